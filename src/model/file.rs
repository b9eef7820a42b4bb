//! File systems as values: a table of inodes, as POSIX describes them.

use std::rc::Rc;

use super::{Map, Text};

/// The number of an inode in its file system; the root directory is [`ROOT`].
pub type Ino = u64;
pub const ROOT: Ino = 1;

/// The number of a file system.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FsId(pub u64);

/// Permission bits (0o7777), owner and time of last change (seconds and nanoseconds since 1970).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meta {
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
    pub nanos: u32,
}

/// What a regular file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Data {
    Bytes(Rc<Vec<u8>>),
    /// So many zero bytes, for content that no lesson opens.
    Fill(u64),
    /// An executable of `len` bytes that the kernel's table knows by `name`.
    Program {
        name: Text,
        len: u64,
    },
}

/// Zeros to compare with and to write from.
pub static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

#[must_use]
pub fn all_zero(bytes: &[u8]) -> bool {
    bytes.chunks(ZEROS.len()).all(|chunk| chunk == &ZEROS[..chunk.len()])
}

impl Data {
    pub fn new(bytes: Vec<u8>) -> Data {
        Data::Bytes(Rc::new(bytes))
    }

    pub fn len(&self) -> u64 {
        match self {
            Data::Bytes(bytes) => bytes.len() as u64,
            Data::Fill(len) | Data::Program { len, .. } => *len,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    Null,
    Zero,
    Full,
    Random,
    /// The controlling terminal of whoever opens it.
    Tty,
    /// `/dev/stdin`, `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`: the opener's own descriptor.
    Fd(u8),
    Console,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    Dir(Map<Text, Ino>),
    File(Data),
    Symlink(Text),
    Device(Device),
    Fifo(u64),
    /// A unix socket; the number is the listener that bound it.
    Socket(u64),
    /// In an upper layer: hides the name below (overlayfs; OCI image-spec, layer "Whiteouts").
    Whiteout,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Inode {
    pub meta: Meta,
    pub kind: Kind,
    /// Names that refer to it (directories: 1).
    pub links: u32,
    /// In an upper layer: this directory hides everything below it.
    pub opaque: bool,
}

/// A file system: inodes by number. Cloning shares everything.
#[derive(Clone, PartialEq, Debug)]
pub struct Fs {
    pub inodes: Map<Ino, Rc<Inode>>,
    pub next: Ino,
    /// A tmpfs: the bytes that it may hold, 0 for no limit.
    pub tmpfs: Option<u64>,
}

impl Fs {
    /// An empty file system whose root directory has these attributes.
    pub fn new(meta: Meta) -> Fs {
        let root = Inode { meta, kind: Kind::Dir(Map::new()), links: 1, opaque: false };
        Fs { inodes: Map::unit(ROOT, Rc::new(root)), next: ROOT + 1, tmpfs: None }
    }

    pub fn get(&self, ino: Ino) -> Option<&Inode> {
        self.inodes.get(&ino).map(|inode| &**inode)
    }

    pub fn get_mut(&mut self, ino: Ino) -> Option<&mut Inode> {
        self.inodes.get_mut(&ino).map(Rc::make_mut)
    }

    /// The entries of a directory; nothing for anything else.
    pub fn entries(&self, dir: Ino) -> Option<&Map<Text, Ino>> {
        match &self.get(dir)?.kind {
            Kind::Dir(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn child(&self, dir: Ino, name: &str) -> Option<Ino> {
        self.entries(dir)?.get(name).copied()
    }

    /// Adds an inode under `name` in `dir`, in place of what had the name. Its link count is 1.
    pub fn insert(&mut self, dir: Ino, name: &str, meta: Meta, kind: Kind) -> Ino {
        let ino = self.next;
        self.next += 1;
        self.unlink(dir, name);
        self.inodes.insert(ino, Rc::new(Inode { meta, kind, links: 1, opaque: false }));
        if let Some(Kind::Dir(entries)) = self.get_mut(dir).map(|inode| &mut inode.kind) {
            entries.insert(name.into(), ino);
        }
        ino
    }

    /// A further name for an inode.
    pub fn link(&mut self, dir: Ino, name: &str, ino: Ino) {
        self.unlink(dir, name);
        if let Some(inode) = self.get_mut(ino) {
            inode.links += 1;
        }
        if let Some(Kind::Dir(entries)) = self.get_mut(dir).map(|inode| &mut inode.kind) {
            entries.insert(name.into(), ino);
        }
    }

    /// Takes a name out of a directory. The inode stays, with no links, when it was the last name:
    /// who holds it open still reads it, and [`Fs::forget`] drops it when nobody does.
    pub fn unlink(&mut self, dir: Ino, name: &str) -> Option<Ino> {
        let ino = self.child(dir, name)?;
        if let Some(Kind::Dir(entries)) = self.get_mut(dir).map(|inode| &mut inode.kind) {
            entries.remove(name);
        }
        if let Some(inode) = self.get_mut(ino) {
            inode.links = inode.links.saturating_sub(1);
        }
        Some(ino)
    }

    /// Drops an inode that has no name left, and for a directory all that is below it.
    pub fn forget(&mut self, ino: Ino) {
        let mut pending = vec![ino];
        while let Some(ino) = pending.pop() {
            if self.get(ino).is_none_or(|inode| inode.links > 0) {
                continue;
            }
            if let Some(inode) = self.inodes.remove(&ino)
                && let Kind::Dir(entries) = &inode.kind
            {
                for child in entries.values() {
                    if let Some(below) = self.get_mut(*child) {
                        below.links = below.links.saturating_sub(1);
                    }
                    pending.push(*child);
                }
            }
        }
    }
}
