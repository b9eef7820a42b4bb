//! Writing through mounts: read-only ones refuse, overlays copy up (overlayfs, "Non-directories").

use super::files::{Node, Resolved};
use super::{Errno, Kernel, split_last};
use crate::model::file::{FsId, Ino, Inode, Kind, Meta, ROOT};
use crate::model::process::{NsId, Pid, Source};

/// A directory that can be changed: a file system and the inode in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub fs: FsId,
    pub dir: Ino,
}

impl Kernel {
    pub(super) fn writable_mount(&self, pid: Pid, mount: usize) -> Result<(), Errno> {
        let ns = self.world.process(pid).ok_or(Errno::Srch)?.ns.mount;
        let mount = self.mount_ns(ns)?.mounts.get(mount).ok_or(Errno::NoEnt)?;
        if mount.read_only || matches!(mount.source, Source::Proc(_)) { Err(Errno::RoFs) } else { Ok(()) }
    }

    /// The place of an existing directory, copied up if it is only in a lower layer.
    pub(super) fn place(&mut self, ns: NsId, at: &Resolved) -> Result<Place, Errno> {
        match at.node.as_ref().ok_or(Errno::NoEnt)? {
            Node::Fs { fs, ino } => Ok(Place { fs: *fs, dir: *ino }),
            Node::Overlay { .. } => {
                let ino = self.copy_up(ns, at)?;
                let Some(Node::Overlay { upper, .. }) = &at.node else { return Err(Errno::NoEnt) };
                Ok(Place { fs: *upper, dir: ino })
            }
            Node::Proc(_) => Err(Errno::Perm),
        }
    }

    /// Makes sure that something in an overlay is in its upper layer, its parents first; returns its inode.
    pub(super) fn copy_up(&mut self, ns: NsId, at: &Resolved) -> Result<Ino, Errno> {
        let mount = self.mount_ns(ns)?.mounts.get(at.mount).ok_or(Errno::NoEnt)?.clone();
        let Source::Overlay { lower, upper } = &mount.source else { return Err(Errno::Inval) };
        let inside = at.path.strip_prefix(mount.at.trim_end_matches('/')).unwrap_or(&at.path);
        let mut dir = ROOT;
        let mut below = Some(ROOT);
        for name in inside.split('/').filter(|name| !name.is_empty()) {
            let fs = self.world.filesystems.get_mut(upper).ok_or(Errno::NoEnt)?;
            let beneath = below.and_then(|ino| lower.child(ino, name));
            let there = fs.child(dir, name).filter(|ino| fs.get(*ino).is_some_and(|i| i.kind != Kind::Whiteout));
            dir = match there {
                Some(ino) => ino,
                None => {
                    let source: &Inode = beneath.and_then(|ino| lower.get(ino)).ok_or(Errno::NoEnt)?;
                    let kind = match &source.kind {
                        Kind::Dir(_) => Kind::Dir(Default::default()),
                        kind => kind.clone(),
                    };
                    fs.insert(dir, name, source.meta, kind)
                }
            };
            below = if fs.get(dir).is_some_and(|inode| inode.opaque) { None } else { beneath };
        }
        Ok(dir)
    }

    /// Resolves the directory that holds (or will hold) `path`, for writing in it.
    pub(super) fn parent_place(&mut self, pid: Pid, at: &Resolved) -> Result<(Place, String), Errno> {
        let (dir, name) = split_last(&at.path);
        let (ns, user) = self.world.process(pid).map(|p| (p.ns.mount, p.user)).ok_or(Errno::Srch)?;
        let parent = self.resolve_in(ns, user, "/", dir, true)?;
        self.writable_mount(pid, parent.mount)?;
        self.permit(pid, parent.node.as_ref().ok_or(Errno::NoEnt)?, super::files::WRITE | super::files::EXEC)?;
        Ok((self.place(ns, &parent)?, name.to_string()))
    }

    pub(super) fn now_meta(&self, pid: Pid, mode: u16) -> Meta {
        let (mtime, nanos) = self.world.now.epoch();
        let process = self.world.process(pid);
        let (user, umask) = process.map_or((crate::model::process::SUPERUSER, 0o22), |p| (p.user, p.umask));
        Meta { mode: mode & !umask, uid: user.uid, gid: user.gid, mtime, nanos }
    }

    /// Marks a directory as changed now.
    pub(super) fn touch_dir(&mut self, place: Place) {
        let (mtime, nanos) = self.world.now.epoch();
        if let Some(inode) = self.world.filesystems.get_mut(&place.fs).and_then(|fs| fs.get_mut(place.dir)) {
            inode.meta.mtime = mtime;
            inode.meta.nanos = nanos;
        }
    }

    /// Whether `name` in a directory is (also) in a lower layer, so that its removal needs a whiteout.
    pub(super) fn beneath(&self, parent: &Node, name: &str) -> Option<Ino> {
        let Node::Overlay { lower, upper, above, below } = parent else { return None };
        let hidden =
            above.and_then(|ino| self.world.filesystems.get(upper)?.get(ino)).is_some_and(|inode| inode.opaque);
        if hidden { None } else { lower.child((*below)?, name) }
    }

    /// The node of the directory that holds a resolved path.
    pub(super) fn parent_node(&self, pid: Pid, at: &Resolved) -> Result<Node, Errno> {
        let (ns, user) = self.world.process(pid).map(|p| (p.ns.mount, p.user)).ok_or(Errno::Srch)?;
        let (dir, _) = split_last(&at.path);
        self.resolve_in(ns, user, "/", dir, true)?.node.ok_or(Errno::NoEnt)
    }

    /// The file system and inode of an existing node, copied up for writing.
    pub(super) fn writable_inode(&mut self, pid: Pid, at: &Resolved) -> Result<(FsId, Ino), Errno> {
        self.writable_mount(pid, at.mount)?;
        let ns = self.world.process(pid).ok_or(Errno::Srch)?.ns.mount;
        match at.node.as_ref().ok_or(Errno::NoEnt)? {
            Node::Fs { fs, ino } => Ok((*fs, *ino)),
            Node::Overlay { upper, .. } => {
                let upper = *upper;
                Ok((upper, self.copy_up(ns, at)?))
            }
            Node::Proc(_) => Err(Errno::Perm),
        }
    }
}
