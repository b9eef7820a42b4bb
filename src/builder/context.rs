//! Build contexts: a directory of the host, or a tar.

use super::ignore::Ignore;
use crate::kernel::{Errno, FileType, Sys};
use crate::model::file::{Data, Fs, Ino, Kind, Meta, ROOT};
use crate::model::glob;
use crate::oci::{gzip, layer, unpack};

/// Bytes of protocol for one entry, for a file's content, and for the end of it all.
const ENTRY: u64 = 19;
const CONTENT: u64 = 6;
const END: u64 = 2;

/// Which paths of a context are wanted; none for all.
pub struct Wanted(Option<Vec<Vec<String>>>);

impl Wanted {
    /// By the sources of COPY, absolute in the context.
    pub fn new(paths: &[String]) -> Wanted {
        if paths.iter().any(|path| path == "/") {
            return Wanted(None);
        }
        let parts = |path: &String| path.split('/').filter(|part| !part.is_empty()).map(String::from).collect();
        Wanted(Some(paths.iter().map(parts).collect()))
    }

    /// Whether a path is wanted, or lies above or below one that is.
    fn takes(&self, path: &str) -> bool {
        let Some(all) = &self.0 else { return true };
        let names: Vec<&str> = path.split('/').collect();
        all.iter().any(|wanted| {
            wanted
                .iter()
                .zip(&names)
                .all(|(pattern, name)| pattern == name || glob::matches(pattern, name) == Some(true))
        })
    }
}

/// Reads what is wanted of a directory and not left out.
pub fn read(sys: &Sys, dir: &str, ignore: &Ignore, wanted: &Wanted) -> Result<Fs, String> {
    let mut reader = Reader { sys, ignore, wanted, fs: Fs::new(layer::root_meta(0)) };
    reader.dir(dir, "", ROOT)?;
    Ok(reader.fs)
}

struct Reader<'a> {
    sys: &'a Sys,
    ignore: &'a Ignore,
    wanted: &'a Wanted,
    fs: Fs,
}

impl Reader<'_> {
    fn dir(&mut self, at: &str, within: &str, ino: Ino) -> Result<(), String> {
        let failed =
            |path: &str, errno: Errno| format!("error from sender: open {path}: {}", errno.text().to_lowercase());
        let names = self.sys.read_dir(at).map_err(|errno| failed(at, errno))?;
        for name in names {
            let path = if within.is_empty() { name.to_string() } else { format!("{within}/{name}") };
            let place = format!("{}/{name}", at.trim_end_matches('/'));
            if !self.wanted.takes(&path) {
                continue;
            }
            let Ok(stat) = self.sys.lstat(&place) else { continue };
            let left_out = self.ignore.matches(&path);
            if left_out && !(stat.kind == FileType::Dir && self.ignore.has_exceptions()) {
                continue;
            }
            let meta = Meta { mode: stat.mode & 0o7777, uid: 0, gid: 0, mtime: stat.mtime, nanos: 0 };
            let kind = match stat.kind {
                FileType::Dir => Kind::Dir(Default::default()),
                FileType::Regular => {
                    let readable = self.sys.access(&place, 4).and_then(|()| self.sys.contents(&place));
                    Kind::File(readable.map_err(|errno| failed(&place, errno))?)
                }
                FileType::Symlink => Kind::Symlink(self.sys.read_link(&place).unwrap_or_default().as_str().into()),
                FileType::Device | FileType::Fifo | FileType::Socket => continue,
            };
            let is_dir = stat.kind == FileType::Dir;
            let child = self.fs.insert(ino, &name, meta, kind);
            if is_dir {
                self.dir(&place, &path, child)?;
                // A directory that is left out stays only for what is taken back in below it.
                if left_out && self.fs.entries(child).is_none_or(|entries| entries.is_empty()) {
                    self.fs.unlink(ino, &name);
                    self.fs.forget(child);
                }
            }
        }
        Ok(())
    }
}

/// The bytes that go over the wire for a context of which the other side has `before`.
pub fn transferred(tree: &Fs, before: Option<&Fs>) -> u64 {
    let mut total = END;
    layer::walk(tree, &mut |path, _, inode| {
        total += ENTRY + path.rsplit('/').next().map_or(0, |_| path.len()) as u64;
        if let Kind::File(data) = &inode.kind {
            let known = before.and_then(|fs| fs.get(layer::find(fs, path)?));
            let same = known.is_some_and(|known| known.meta == inode.meta && known.kind == inode.kind);
            if !same && !data.is_empty() {
                total += data.len() + CONTENT;
            }
        }
    });
    total
}

/// The bytes that go over the wire for single files.
pub fn transferred_file(name: &str, content: Option<&[u8]>) -> u64 {
    let Some(content) = content else { return END };
    let body = if content.is_empty() { 0 } else { content.len() as u64 + CONTENT };
    END + ENTRY + name.len() as u64 + body
}

/// The tree of a tar, packed or not; none for anything else.
pub fn archive(bytes: &[u8]) -> Option<Result<Fs, String>> {
    let unpacked;
    let plain = if gzip::is_gzip(bytes) {
        unpacked = gzip::unpack(bytes)?;
        unpacked.as_slice()
    } else {
        bytes
    };
    let is_tar = plain.get(257..262) == Some(b"ustar".as_slice());
    is_tar.then(|| unpack::read(plain).map_err(|error| error.to_string()))
}

/// A file of a context.
pub fn file(tree: &Fs, path: &str) -> Option<Vec<u8>> {
    let ino = layer::find(tree, &super::snapshot::resolve(tree, path))?;
    match &tree.get(ino)?.kind {
        Kind::File(Data::Bytes(bytes)) => Some(bytes.to_vec()),
        Kind::File(_) => Some(Vec::new()),
        _ => None,
    }
}
