//! Files by path: resolution (POSIX, "Pathname Resolution"), attributes and permission.

use std::borrow::Cow;
use std::rc::Rc;

use super::{Errno, Kernel, join};
use crate::model::file::{Data, Device, Fs, FsId, Ino, Inode, Kind, Meta, ROOT};
use crate::model::process::{Mount, MountNs, NsId, Pid, Source, User};
use crate::model::{Text, limits};

/// What a path leads to.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    Fs {
        fs: FsId,
        ino: Ino,
    },
    /// A name in an overlay: in its upper layer, its lower one, or (a directory) both.
    Overlay {
        lower: Rc<Fs>,
        upper: FsId,
        above: Option<Ino>,
        below: Option<Ino>,
    },
    /// A path in procfs: the number of the pid namespace, then names, with slashes between; or a cgroup's
    /// file, see [`super::cgroupfs`].
    Proc(String),
}

/// A node (the kernel's directory entry) with what it is made of at hand, so that a walk looks each inode up once.
#[derive(Clone)]
enum Dentry<'a> {
    Fs {
        id: FsId,
        fs: &'a Fs,
        ino: Ino,
        inode: &'a Inode,
    },
    Overlay {
        lower: &'a Rc<Fs>,
        id: FsId,
        upper: &'a Fs,
        above: Option<(Ino, &'a Inode)>,
        below: Option<(Ino, &'a Inode)>,
    },
    Proc(String),
}

impl<'a> Dentry<'a> {
    /// The inode that shows its attributes.
    fn inode(&self) -> Option<&'a Inode> {
        match self {
            Dentry::Fs { inode, .. } => Some(inode),
            Dentry::Overlay { above, below, .. } => above.or(*below).map(|(_, inode)| inode),
            Dentry::Proc(_) => None,
        }
    }

    fn node(self) -> Node {
        match self {
            Dentry::Fs { id, ino, .. } => Node::Fs { fs: id, ino },
            Dentry::Overlay { lower, id, above, below, .. } => {
                let ino = |found: Option<(Ino, &Inode)>| found.map(|(ino, _)| ino);
                overlay(lower, id, ino(above), ino(below))
            }
            Dentry::Proc(path) => Node::Proc(path),
        }
    }
}

/// What has a name in a directory of a file system.
fn entry<'a>(fs: &'a Fs, dir: &Inode, name: &str) -> Option<(Ino, &'a Inode)> {
    let Kind::Dir(entries) = &dir.kind else { return None };
    let ino = *entries.get(name)?;
    Some((ino, fs.get(ino)?))
}

/// The part of a path before its first slash.
fn first_name(path: &str) -> &str {
    let end = path.bytes().position(|byte| byte == b'/').unwrap_or(path.len());
    path.get(..end).unwrap_or(path)
}

/// Whether the rest of a path names nothing more.
fn ends(mut rest: &str) -> bool {
    loop {
        let name = first_name(rest);
        if !matches!(name, "" | ".") {
            return false;
        }
        let Some(next) = rest.get(name.len() + 1..) else { return true };
        rest = next;
    }
}

/// A resolved path: the dentry, and what is there.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Absolute, without symbolic links (but for the last name when it was not followed).
    pub path: String,
    pub node: Option<Node>,
    /// Which mount of the namespace it is in.
    pub mount: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    Dir,
    Regular,
    Symlink,
    Device,
    Fifo,
    Socket,
}

/// stat(2), sizes in bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct Stat {
    pub ino: Ino,
    pub kind: FileType,
    /// Permission bits only (0o7777).
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub links: u32,
    pub mtime: i64,
    pub nanos: u32,
    /// The file system, so that a mount point can be told.
    pub dev: u64,
}

/// open(2)'s flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenFlags {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub truncate: bool,
    pub exclusive: bool,
    pub mode: u16,
}

impl OpenFlags {
    pub const READ: OpenFlags = OpenFlags {
        read: true,
        write: false,
        append: false,
        create: false,
        truncate: false,
        exclusive: false,
        mode: 0,
    };
    /// As `>` opens.
    pub const WRITE: OpenFlags = OpenFlags {
        write: true,
        create: true,
        truncate: true,
        mode: 0o666,
        read: false,
        append: false,
        exclusive: false,
    };
    /// As `>>` opens.
    pub const APPEND: OpenFlags = OpenFlags {
        write: true,
        create: true,
        append: true,
        mode: 0o666,
        read: false,
        truncate: false,
        exclusive: false,
    };
}

pub(super) const READ: u16 = 4;
pub(super) const WRITE: u16 = 2;
pub(super) const EXEC: u16 = 1;

impl Kernel {
    pub(super) fn mount_ns(&self, ns: NsId) -> Result<&MountNs, Errno> {
        self.world.mounts.get(&ns).map(|ns| &**ns).ok_or(Errno::NoEnt)
    }

    /// Resolves `path` for a process; the last symbolic link is followed when `follow`.
    pub fn resolve(&self, pid: Pid, path: &str, follow: bool) -> Result<Resolved, Errno> {
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        self.resolve_as(pid, process.ns.mount, process.user, &process.cwd, path, follow)
    }

    /// Resolves `path` from directory `cwd` of a mount namespace. A missing last name is no error.
    pub fn resolve_in(&self, ns: NsId, user: User, cwd: &str, path: &str, follow: bool) -> Result<Resolved, Errno> {
        self.resolve_as(0, ns, user, cwd, path, follow)
    }

    fn resolve_as(
        &self,
        pid: Pid,
        ns: NsId,
        user: User,
        cwd: &str,
        path: &str,
        follow: bool,
    ) -> Result<Resolved, Errno> {
        if path.is_empty() {
            return Err(Errno::NoEnt);
        }
        if path.len() > limits::PATH_BYTES {
            return Err(Errno::NameTooLong);
        }
        let mounts = self.mount_ns(ns)?;
        let must_be_dir = path.ends_with('/') || path.ends_with("/.");
        // What is still to be walked is `rest` from `from` on; `at` is where the walk stands, and `trail` how
        // it came there: the length of the path, the dentry and the mount of every directory above.
        let mut rest = match path.starts_with('/') {
            true => Cow::Borrowed(path),
            false => Cow::Owned(format!("{cwd}/{path}")),
        };
        let mut from = 0;
        let mut trail: Vec<(usize, Dentry, usize)> = Vec::new();
        let (mut here, mut mount) = (self.mount_root(mounts, 0)?, 0);
        let mut at = String::with_capacity(rest.len());
        let mut links = 0;
        while let Some(tail) = rest.get(from..).filter(|tail| !tail.is_empty()) {
            let name = first_name(tail);
            from += name.len() + 1;
            if name.is_empty() || name == "." {
                continue;
            }
            if name == ".." {
                if let Some((length, dentry, index)) = trail.pop() {
                    at.truncate(length);
                    (here, mount) = (dentry, index);
                }
                continue;
            }
            if name.len() > limits::NAME_BYTES {
                return Err(Errno::NameTooLong);
            }
            self.enter(&here, user)?;
            let last = rest.get(from..).is_none_or(ends);
            let above = at.len();
            at.push('/');
            at.push_str(name);
            let covering = mounts.mounts.iter().rposition(|mount| &*mount.at == at.as_str());
            let found = match covering {
                Some(index) => Some((self.mount_root(mounts, index)?, index)),
                None => self.lookup(&here, name).map(|dentry| (dentry, mount)),
            };
            let Some((dentry, index)) = found else {
                return if last { Ok(Resolved { path: at, node: None, mount }) } else { Err(Errno::NoEnt) };
            };
            if (!last || follow || must_be_dir)
                && let Some(target) = self.link_target(&dentry, pid)
            {
                links += 1;
                if links > limits::SYMLINKS {
                    return Err(Errno::Loop);
                }
                at.truncate(above);
                if target.starts_with('/') {
                    at.clear();
                    (here, mount) = (self.mount_root(mounts, 0)?, 0);
                    trail.clear();
                }
                rest = Cow::Owned(format!("{target}/{}", rest.get(from..).unwrap_or_default()));
                from = 0;
                continue;
            }
            trail.push((above, std::mem::replace(&mut here, dentry), mount));
            mount = index;
        }
        if must_be_dir && !self.dentry_is_dir(&here) {
            return Err(Errno::NotDir);
        }
        if at.is_empty() {
            at.push('/');
        }
        Ok(Resolved { path: at, node: Some(here.node()), mount })
    }

    /// Whether `user` may look names up in a dentry.
    fn enter(&self, dentry: &Dentry, user: User) -> Result<(), Errno> {
        match (dentry, dentry.inode()) {
            (Dentry::Proc(path), _) if self.proc_is_dir(path) => Ok(()),
            (_, Some(Inode { meta, kind: Kind::Dir(_), .. })) => permitted(meta, true, user, EXEC),
            _ => Err(Errno::NotDir),
        }
    }

    fn dentry_is_dir(&self, dentry: &Dentry) -> bool {
        match dentry {
            Dentry::Proc(path) => self.proc_is_dir(path),
            dentry => dentry.inode().is_some_and(|inode| matches!(inode.kind, Kind::Dir(_))),
        }
    }

    fn mount_root<'a>(&'a self, ns: &'a MountNs, index: usize) -> Result<Dentry<'a>, Errno> {
        let mount: &Mount = ns.mounts.get(index).ok_or(Errno::NoEnt)?;
        match &mount.source {
            Source::Fs { fs, root } => self.in_fs(*fs, *root),
            Source::Overlay { lower, upper } => self.in_overlay(lower, *upper, Some(ROOT), Some(ROOT)),
            Source::Proc(ns) => Some(Dentry::Proc(ns.0.to_string())),
            Source::Cgroup(id) => Some(Dentry::Proc(format!("{}{id}", super::cgroupfs::PREFIX))),
        }
        .ok_or(Errno::NoEnt)
    }

    fn in_fs(&self, id: FsId, ino: Ino) -> Option<Dentry<'_>> {
        let fs = self.world.filesystems.get(&id)?;
        Some(Dentry::Fs { id, fs, ino, inode: fs.get(ino)? })
    }

    fn in_overlay<'a>(
        &'a self,
        lower: &'a Rc<Fs>,
        id: FsId,
        above: Option<Ino>,
        below: Option<Ino>,
    ) -> Option<Dentry<'a>> {
        let upper = self.world.filesystems.get(&id)?;
        let above = above.and_then(|ino| Some((ino, upper.get(ino)?)));
        let below = below.and_then(|ino| Some((ino, lower.get(ino)?)));
        Some(Dentry::Overlay { lower, id, upper, above, below })
    }

    /// Where a node is.
    fn dentry<'a>(&'a self, node: &'a Node) -> Option<Dentry<'a>> {
        match node {
            Node::Fs { fs, ino } => self.in_fs(*fs, *ino),
            Node::Overlay { lower, upper, above, below } => self.in_overlay(lower, *upper, *above, *below),
            Node::Proc(path) => Some(Dentry::Proc(path.clone())),
        }
    }

    pub(super) fn child(&self, node: &Node, name: &str) -> Option<Node> {
        self.lookup(&self.dentry(node)?, name).map(Dentry::node)
    }

    /// What has a name in a directory.
    fn lookup<'a>(&self, dentry: &Dentry<'a>, name: &str) -> Option<Dentry<'a>> {
        match dentry {
            Dentry::Fs { id, fs, inode, .. } => {
                let (ino, inode) = entry(fs, inode, name)?;
                Some(Dentry::Fs { id: *id, fs, ino, inode })
            }
            Dentry::Overlay { lower, id, upper, above, below } => {
                let beneath = || below.and_then(|(_, dir)| entry(lower, dir, name));
                let found = match above.map(|(_, dir)| (dir, entry(upper, dir, name))) {
                    Some((dir, None)) if dir.opaque => return None,
                    None | Some((_, None)) => (None, Some(beneath()?)),
                    Some((_, Some((ino, inode)))) => match inode.kind {
                        Kind::Whiteout => return None,
                        Kind::Dir(_) if !inode.opaque => {
                            let dir = beneath().filter(|(_, inode)| matches!(inode.kind, Kind::Dir(_)));
                            (Some((ino, inode)), dir)
                        }
                        _ => (Some((ino, inode)), None),
                    },
                };
                Some(Dentry::Overlay { lower, id: *id, upper, above: found.0, below: found.1 })
            }
            Dentry::Proc(path) => {
                let path = format!("{path}/{name}");
                self.proc_exists(&path).then_some(Dentry::Proc(path))
            }
        }
    }

    fn link_target(&self, dentry: &Dentry, pid: Pid) -> Option<Text> {
        match dentry {
            Dentry::Proc(path) => self.proc_link(path, pid).map(Text::from),
            dentry => match &dentry.inode()?.kind {
                Kind::Symlink(target) => Some(target.clone()),
                _ => None,
            },
        }
    }

    /// The inode that shows a node's attributes.
    pub(super) fn inode<'a>(&'a self, node: &'a Node) -> Option<&'a Inode> {
        match node {
            Node::Fs { fs, ino } => self.world.filesystems.get(fs)?.get(*ino),
            Node::Overlay { upper, above: Some(ino), .. } => self.world.filesystems.get(upper)?.get(*ino),
            Node::Overlay { lower, below: Some(ino), .. } => lower.get(*ino),
            _ => None,
        }
    }

    /// Whether a node is a directory.
    pub fn node_is_dir(&self, node: &Node) -> bool {
        self.is_dir(node)
    }

    pub(super) fn is_dir(&self, node: &Node) -> bool {
        match node {
            Node::Proc(path) => self.proc_is_dir(path),
            node => self.inode(node).is_some_and(|inode| matches!(inode.kind, Kind::Dir(_))),
        }
    }

    /// Whether `user` may do `want` (a mask of READ, WRITE, EXEC) with a node.
    pub(super) fn allow(&self, node: &Node, user: User, want: u16) -> Result<(), Errno> {
        let Some(inode) = self.inode(node) else { return Ok(()) };
        permitted(&inode.meta, matches!(inode.kind, Kind::Dir(_)), user, want)
    }

    /// [`Kernel::allow`] for a process, whose further groups count too.
    pub(super) fn permit(&self, pid: Pid, node: &Node, want: u16) -> Result<(), Errno> {
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        let group = self.inode(node).map(|inode| inode.meta.gid).filter(|gid| process.groups.contains(gid));
        let user = User { gid: group.unwrap_or(process.user.gid), ..process.user };
        self.allow(node, user, want)
    }

    /// stat(2) or, without `follow`, lstat(2).
    pub fn stat(&self, pid: Pid, path: &str, follow: bool) -> Result<Stat, Errno> {
        let resolved = self.resolve(pid, path, follow)?;
        self.stat_node(&resolved.node.ok_or(Errno::NoEnt)?)
    }

    pub(super) fn stat_node(&self, node: &Node) -> Result<Stat, Errno> {
        if let Node::Proc(path) = node {
            return self.proc_stat(path);
        }
        let inode = self.inode(node).ok_or(Errno::NoEnt)?;
        let (dev, ino) = match node {
            Node::Fs { fs, ino } => (fs.0, *ino),
            Node::Overlay { upper, above: Some(ino), .. } => (upper.0, *ino),
            Node::Overlay { upper, below, .. } => (upper.0, below.unwrap_or(0) + (1 << 32)),
            Node::Proc(_) => (0, 0),
        };
        Ok(stat_inode(inode, ino, dev))
    }

    /// readlink(2).
    pub fn read_link(&self, pid: Pid, path: &str) -> Result<String, Errno> {
        let resolved = self.resolve(pid, path, false)?;
        let node = resolved.node.ok_or(Errno::NoEnt)?;
        let dentry = self.dentry(&node).ok_or(Errno::NoEnt)?;
        self.link_target(&dentry, pid).map(|target| target.to_string()).ok_or(Errno::Inval)
    }

    /// access(2).
    pub fn access(&self, pid: Pid, path: &str, want: u16) -> Result<(), Errno> {
        let resolved = self.resolve(pid, path, true)?;
        let node = resolved.node.ok_or(Errno::NoEnt)?;
        if want & WRITE != 0 {
            self.writable_mount(pid, resolved.mount)?;
        }
        self.permit(pid, &node, want)
    }

    /// The canonical absolute path of something that exists (realpath(3)).
    pub fn real_path(&self, pid: Pid, path: &str) -> Result<String, Errno> {
        let resolved = self.resolve(pid, path, true)?;
        resolved.node.map(|_| resolved.path).ok_or(Errno::NoEnt)
    }

    /// The whole content of a regular file; what is declared but not held reads as zeros.
    pub fn contents(&self, pid: Pid, path: &str) -> Result<Data, Errno> {
        self.contents_of(pid, &self.resolve(pid, path, true)?.node.ok_or(Errno::NoEnt)?)
    }

    pub(super) fn contents_of(&self, pid: Pid, node: &Node) -> Result<Data, Errno> {
        if let Node::Proc(path) = node {
            return Ok(Data::new(self.proc_read(pid, path)?));
        }
        match &self.inode(node).ok_or(Errno::NoEnt)?.kind {
            Kind::File(data) => Ok(data.clone()),
            Kind::Dir(_) => Err(Errno::IsDir),
            Kind::Device(Device::Null) => Ok(Data::new(Vec::new())),
            _ => Err(Errno::Inval),
        }
    }

    /// The whole content of a regular file in a mount namespace.
    pub fn contents_in(&self, ns: NsId, user: User, path: &str) -> Result<Data, Errno> {
        let node = self.resolve_in(ns, user, "/", path, true)?.node.ok_or(Errno::NoEnt)?;
        match &self.inode(&node).ok_or(Errno::NoEnt)?.kind {
            Kind::File(data) => Ok(data.clone()),
            Kind::Dir(_) => Err(Errno::IsDir),
            _ => Err(Errno::Inval),
        }
    }

    /// Changes the directory of a process.
    pub fn chdir(&mut self, pid: Pid, path: &str) -> Result<(), Errno> {
        let resolved = self.resolve(pid, path, true)?;
        let node = resolved.node.ok_or(Errno::NoEnt)?;
        if !self.is_dir(&node) {
            return Err(Errno::NotDir);
        }
        self.permit(pid, &node, EXEC)?;
        if let Some(process) = self.world.process_mut(pid) {
            process.cwd = resolved.path.into();
        }
        Ok(())
    }

    /// An absolute path in the view of a process, symbolic links not followed.
    pub fn absolute(&self, pid: Pid, path: &str) -> String {
        join(self.world.process(pid).map_or("/", |process| &process.cwd), path)
    }
}

pub(super) fn overlay(lower: &Rc<Fs>, upper: FsId, above: Option<Ino>, below: Option<Ino>) -> Node {
    Node::Overlay { lower: lower.clone(), upper, above, below }
}

pub(super) fn permitted(meta: &Meta, dir: bool, user: User, want: u16) -> Result<(), Errno> {
    if user.uid == 0 {
        let executable = dir || meta.mode & 0o111 != 0;
        return if want & EXEC == 0 || executable { Ok(()) } else { Err(Errno::Access) };
    }
    let shift = if meta.uid == user.uid {
        6
    } else if meta.gid == user.gid {
        3
    } else {
        0
    };
    if (meta.mode >> shift) & want == want { Ok(()) } else { Err(Errno::Access) }
}

pub(super) fn stat_inode(inode: &Inode, ino: Ino, dev: u64) -> Stat {
    let (kind, size) = match &inode.kind {
        Kind::Dir(_) => (FileType::Dir, 4096),
        Kind::File(data) => (FileType::Regular, data.len()),
        Kind::Symlink(target) => (FileType::Symlink, target.len() as u64),
        Kind::Device(_) | Kind::Whiteout => (FileType::Device, 0),
        Kind::Fifo(_) => (FileType::Fifo, 0),
        Kind::Socket(_) => (FileType::Socket, 0),
    };
    let meta = inode.meta;
    let links = if let Kind::Dir(entries) = &inode.kind { 2 + entries.len() as u32 } else { inode.links };
    Stat {
        ino,
        kind,
        mode: meta.mode,
        uid: meta.uid,
        gid: meta.gid,
        size,
        links,
        mtime: meta.mtime,
        nanos: meta.nanos,
        dev,
    }
}
