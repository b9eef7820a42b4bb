//! Tar archives as streams: what layers, `docker save`, `docker export` and `docker cp` are made of.
//!
//! The writer makes POSIX ustar headers, with pax records (`x`) only where ustar has no room, as the
//! OCI image layer specification asks; the same members give the same bytes, always. The reader takes
//! ustar, pax and GNU long names and numbers.

mod read;

pub use read::{Error, Reader};

use super::digest::Digest;
use crate::model::file::{ZEROS, all_zero};

const BLOCK: usize = 512;
/// The largest number that eleven octal digits hold: sizes and times.
const LONG_MAX: u64 = 0o77_777_777_777;
/// The largest number that seven octal digits hold: users and groups.
const SHORT_MAX: u64 = 0o7_777_777;
/// Marks the removal of the file whose name follows it (image-spec `layer.md`, Whiteouts).
pub const WHITEOUT: &str = ".wh.";
/// A file of this name hides everything that lower layers have in its directory.
pub const OPAQUE: &str = ".wh..wh..opq";

/// What a whiteout file does to the layers below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whiteout {
    /// This path is removed.
    Removed(String),
    /// This directory starts afresh.
    Opaque(String),
}

/// The path of the whiteout file that removes `path`.
pub fn whiteout(path: &str) -> String {
    let (dir, name) = split(path);
    format!("{dir}{WHITEOUT}{name}")
}

/// The meaning of a path, if its last name is a whiteout's.
pub fn as_whiteout(path: &str) -> Option<Whiteout> {
    let (dir, name) = split(path);
    if name == OPAQUE {
        return Some(Whiteout::Opaque(dir.trim_end_matches('/').to_owned()));
    }
    let name = name.strip_prefix(WHITEOUT)?;
    Some(Whiteout::Removed(format!("{dir}{name}")))
}

/// The directory with its slash, and the last name.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

/// What kind of member a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link; [`Header::link`] is its text.
    Symlink,
    /// Another name of the member at [`Header::link`].
    Hardlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
}

/// One member, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Path without a leading or trailing slash.
    pub path: String,
    /// The twelve permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// What it is.
    pub kind: Kind,
    /// Target of a link, else empty.
    pub link: String,
    /// Device numbers (major, minor), else zero.
    pub device: (u32, u32),
    /// The archive that it was read from has `./` before the path.
    pub dotted: bool,
}

impl Header {
    /// A member of `kind` at `path` that root owns.
    pub fn new(path: &str, kind: Kind, mode: u16) -> Self {
        Self {
            path: path.trim_matches('/').to_owned(),
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            kind,
            link: String::new(),
            device: (0, 0),
            dotted: false,
        }
    }
}

/// A regular file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// This many bytes that no lesson opens; zeros in an archive.
    Fill(u64),
    /// An executable of `len` bytes that the kernel runs as its built-in program `name`.
    Program {
        /// The program's name in the kernel's table.
        name: &'a str,
        /// Length in bytes.
        len: u64,
    },
}

/// What an archive holds at the front of a program, before its name and a newline; zeros follow.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0layerlab program ";
/// No name of a program is longer.
const PROGRAM_NAME_MAX: usize = 64;

impl<'a> Body<'a> {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Fill(len) | Self::Program { len, .. } => *len,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Recognises a fill or a program in bytes that an archive held.
    pub fn of(bytes: &'a [u8]) -> Self {
        let len = bytes.len() as u64;
        if len >= BLOCK as u64 && all_zero(bytes) {
            return Self::Fill(len);
        }
        program_name(bytes).map_or(Self::Bytes(bytes), |name| Self::Program { name, len })
    }

    /// Gives the content to `sink` piece by piece.
    pub fn stream(&self, sink: &mut dyn FnMut(&[u8])) {
        match *self {
            Self::Bytes(bytes) => sink(bytes),
            Self::Fill(len) => zeros(len, sink),
            Self::Program { name, len } => {
                let mut front = PROGRAM.to_vec();
                front.extend_from_slice(name.as_bytes());
                front.push(b'\n');
                front.truncate(usize::try_from(len).unwrap_or(usize::MAX));
                sink(&front);
                zeros(len - front.len() as u64, sink);
            }
        }
    }
}

fn program_name(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(PROGRAM)?;
    let end = rest.iter().take(PROGRAM_NAME_MAX + 1).position(|&byte| byte == b'\n')?;
    all_zero(&rest[end + 1..]).then(|| std::str::from_utf8(&rest[..end]).ok()).flatten()
}

fn zeros(mut len: u64, sink: &mut dyn FnMut(&[u8])) {
    while len > 0 {
        let step = len.min(ZEROS.len() as u64);
        sink(&ZEROS[..step as usize]);
        len -= step;
    }
}

/// Writes members one after the other into a sink.
pub struct Writer<'s> {
    sink: &'s mut dyn FnMut(&[u8]),
}

impl<'s> Writer<'s> {
    /// A writer into `sink`.
    pub fn new(sink: &'s mut dyn FnMut(&[u8])) -> Self {
        Self { sink }
    }

    /// Writes a member; `body` counts for regular files only.
    pub fn member(&mut self, header: &Header, body: Body<'_>) {
        let len = if header.kind == Kind::File { body.len() } else { 0 };
        let records = pax_records(header, len);
        if !records.is_empty() {
            let pax = Header::new("PaxHeaders.0/member", Kind::File, 0o644);
            self.block(&pax, b'x', records.len() as u64);
            (self.sink)(records.as_bytes());
            self.pad(records.len() as u64);
        }
        self.block(header, type_flag(header.kind), len);
        if header.kind == Kind::File {
            body.stream(self.sink);
            self.pad(len);
        }
    }

    /// Writes the two empty blocks that end an archive.
    pub fn finish(self) {
        (self.sink)(&ZEROS[..2 * BLOCK]);
    }

    fn pad(&mut self, len: u64) {
        let rest = (len % BLOCK as u64) as usize;
        if rest > 0 {
            (self.sink)(&ZEROS[..BLOCK - rest]);
        }
    }

    fn block(&mut self, header: &Header, flag: u8, len: u64) {
        let mut block = [0; BLOCK];
        let (prefix, name) = place(header);
        text(&mut block[..100], name.as_bytes());
        octal(&mut block[100..108], u64::from(header.mode));
        octal(&mut block[108..116], u64::from(header.uid));
        octal(&mut block[116..124], u64::from(header.gid));
        octal(&mut block[124..136], len);
        octal(&mut block[136..148], u64::try_from(header.mtime).unwrap_or(0));
        block[156] = flag;
        text(&mut block[157..257], header.link.as_bytes());
        block[257..265].copy_from_slice(b"ustar\x0000");
        if matches!(header.kind, Kind::CharDevice | Kind::BlockDevice) {
            octal(&mut block[329..337], u64::from(header.device.0));
            octal(&mut block[337..345], u64::from(header.device.1));
        }
        text(&mut block[345..500], prefix.as_bytes());
        let sum = checksum(&block);
        octal(&mut block[148..155], sum);
        block[155] = b' ';
        (self.sink)(&block);
    }
}

/// The tar of `members` in memory.
pub fn pack<'a>(members: impl IntoIterator<Item = (&'a Header, Body<'a>)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
    let mut writer = Writer::new(&mut sink);
    for (header, body) in members {
        writer.member(header, body);
    }
    writer.finish();
    bytes
}

/// A layer's diff id, the digest of its tar, without holding the tar.
pub fn diff_id(write: impl FnOnce(&mut Writer<'_>)) -> Digest {
    let mut hasher = super::digest::Hasher::default();
    let mut sink = |piece: &[u8]| hasher.update(piece);
    let mut writer = Writer::new(&mut sink);
    write(&mut writer);
    writer.finish();
    hasher.finish()
}

fn type_flag(kind: Kind) -> u8 {
    match kind {
        Kind::File => b'0',
        Kind::Hardlink => b'1',
        Kind::Symlink => b'2',
        Kind::CharDevice => b'3',
        Kind::BlockDevice => b'4',
        Kind::Dir => b'5',
        Kind::Fifo => b'6',
    }
}

/// The name as an archive holds it: directories end with a slash.
fn stored_name(header: &Header) -> String {
    match header.kind {
        Kind::Dir => format!("{}/", header.path),
        _ => header.path.clone(),
    }
}

/// Splits a long name into ustar's prefix and name; one that fits neither is cut, a pax record has it.
fn place(header: &Header) -> (String, String) {
    let name = stored_name(header);
    if name.len() <= 100 {
        return (String::new(), name);
    }
    let cut = name
        .match_indices('/')
        .map(|(at, _)| at)
        .find(|&at| at <= 155 && at > 0 && at + 1 < name.len() && name.len() - at - 1 <= 100);
    match cut {
        Some(at) => (name[..at].to_owned(), name[at + 1..].to_owned()),
        None => (String::new(), name),
    }
}

fn pax_records(header: &Header, len: u64) -> String {
    let mut records = String::new();
    if place(header).1.len() > 100 {
        pax_record(&mut records, "path", &stored_name(header));
    }
    if header.link.len() > 100 {
        pax_record(&mut records, "linkpath", &header.link);
    }
    for (key, number, most) in
        [("size", len, LONG_MAX), ("uid", u64::from(header.uid), SHORT_MAX), ("gid", u64::from(header.gid), SHORT_MAX)]
    {
        if number > most {
            pax_record(&mut records, key, &number.to_string());
        }
    }
    if u64::try_from(header.mtime).map_or(true, |time| time > LONG_MAX) {
        pax_record(&mut records, "mtime", &header.mtime.to_string());
    }
    records
}

/// `LEN key=value\n`, where LEN counts its own digits too.
fn pax_record(records: &mut String, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len != rest + len.to_string().len() {
        len = rest + len.to_string().len();
    }
    records.push_str(&format!("{len} {key}={value}\n"));
}

fn text(field: &mut [u8], bytes: &[u8]) {
    let len = bytes.len().min(field.len());
    field[..len].copy_from_slice(&bytes[..len]);
}

/// Octal digits and a NUL; a number without room is written as 0, a pax record has it.
fn octal(field: &mut [u8], number: u64) {
    let digits = field.len() - 1;
    let mut rest = if number >> (3 * digits) == 0 { number } else { 0 };
    for digit in field[..digits].iter_mut().rev() {
        *digit = b'0' + (rest & 7) as u8;
        rest >>= 3;
    }
    field[digits] = 0;
}

/// The sum of the header's bytes, its own field read as blanks.
fn checksum(block: &[u8]) -> u64 {
    block.iter().enumerate().map(|(at, &byte)| u64::from(if (148..156).contains(&at) { b' ' } else { byte })).sum()
}

#[cfg(test)]
mod tests;
