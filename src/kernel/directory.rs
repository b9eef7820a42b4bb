//! Names in directories: listing, making, removing, renaming, linking; and attributes.

use super::files::{FileType, Node, OpenFlags, Resolved};
use super::{Errno, Kernel};
use crate::model::Text;
use crate::model::file::{Data, FsId, Ino, Kind};
use crate::model::order::Order;
use crate::model::process::{Object, Pid};

impl Kernel {
    /// The names in a directory, sorted, without `.` and `..`.
    pub fn read_dir(&self, pid: Pid, path: &str) -> Result<Vec<Text>, Errno> {
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        let at = self.resolve(pid, path, true)?;
        let node = at.node.as_ref().ok_or(Errno::NoEnt)?;
        if !self.is_dir(node) {
            return Err(Errno::NotDir);
        }
        self.permit(pid, node, super::files::READ)?;
        let mut names = self.names(node);
        // Mount points show even where the directory below has no such name.
        let prefix = if at.path == "/" { "/".to_string() } else { format!("{}/", at.path) };
        for mount in &self.mount_ns(process.ns.mount)?.mounts {
            if let Some(name) = mount.at.strip_prefix(prefix.as_str())
                && !name.is_empty()
                && !name.contains('/')
            {
                names.push(name.into());
            }
        }
        names.order();
        names.dedup();
        Ok(names)
    }

    fn names(&self, node: &Node) -> Vec<Text> {
        match node {
            Node::Fs { fs, ino } => {
                let entries = self.world.filesystems.get(fs).and_then(|fs| fs.entries(*ino));
                entries.map(|entries| entries.keys().cloned().collect()).unwrap_or_default()
            }
            Node::Overlay { lower, upper, above, below } => {
                let fs = self.world.filesystems.get(upper);
                let over = above.and_then(|ino| fs?.entries(ino));
                let under = below.and_then(|ino| lower.entries(ino));
                let all = over.into_iter().chain(under).flat_map(|entries| entries.keys().cloned());
                all.filter(|name| self.child(node, name).is_some()).collect()
            }
            Node::Proc(path) => self.proc_list(path),
        }
    }

    pub fn mkdir(&mut self, pid: Pid, path: &str, mode: u16) -> Result<(), Errno> {
        let at = self.resolve(pid, path.trim_end_matches('/').if_empty("/"), false)?;
        if at.node.is_some() {
            return Err(Errno::Exist);
        }
        self.create(pid, &at, mode, Kind::Dir(Default::default())).map(|_| ())
    }

    pub fn symlink(&mut self, pid: Pid, target: &str, path: &str) -> Result<(), Errno> {
        let at = self.resolve(pid, path, false)?;
        if at.node.is_some() {
            return Err(Errno::Exist);
        }
        let (fs, ino) = self.create(pid, &at, 0o777, Kind::Symlink(target.into()))?;
        if let Some(inode) = self.world.filesystems.get_mut(&fs).and_then(|fs| fs.get_mut(ino)) {
            inode.meta.mode = 0o777;
        }
        Ok(())
    }

    /// Creates something where nothing is.
    pub(super) fn create(&mut self, pid: Pid, at: &Resolved, mode: u16, kind: Kind) -> Result<(FsId, Ino), Errno> {
        let parent = self.parent_node(pid, at)?;
        let (place, name) = self.parent_place(pid, at)?;
        let meta = self.now_meta(pid, mode);
        // A new directory where a lower layer has one must not show what was in that.
        let opaque = matches!(kind, Kind::Dir(_)) && self.beneath(&parent, &name).is_some();
        let fs = self.world.filesystems.get_mut(&place.fs).ok_or(Errno::NoEnt)?;
        let old = fs.child(place.dir, &name);
        let ino = fs.insert(place.dir, &name, meta, kind);
        if let Some(old) = old {
            fs.forget(old);
        }
        if opaque && let Some(inode) = fs.get_mut(ino) {
            inode.opaque = true;
        }
        self.touch_dir(place);
        Ok((place.fs, ino))
    }

    /// unlink(2): takes away a name that is not a directory's.
    pub fn unlink(&mut self, pid: Pid, path: &str) -> Result<(), Errno> {
        let at = self.resolve(pid, path, false)?;
        let node = at.node.clone().ok_or(Errno::NoEnt)?;
        if self.is_dir(&node) {
            return Err(Errno::IsDir);
        }
        self.remove_name(pid, &at)
    }

    pub fn rmdir(&mut self, pid: Pid, path: &str) -> Result<(), Errno> {
        let at = self.resolve(pid, path, false)?;
        let node = at.node.clone().ok_or(Errno::NoEnt)?;
        if !self.is_dir(&node) {
            return Err(Errno::NotDir);
        }
        let ns = self.world.process(pid).ok_or(Errno::Srch)?.ns.mount;
        let inside = format!("{}/", at.path.trim_end_matches('/'));
        if self.mount_ns(ns)?.mounts.iter().any(|m| *m.at == *at.path || m.at.starts_with(&inside)) {
            return Err(Errno::Busy);
        }
        if !self.names(&node).is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.remove_name(pid, &at)
    }

    fn remove_name(&mut self, pid: Pid, at: &Resolved) -> Result<(), Errno> {
        let ns = self.world.process(pid).ok_or(Errno::Srch)?.ns.mount;
        if at.path == "/" || self.mount_ns(ns)?.mounts.iter().any(|mount| *mount.at == *at.path) {
            return Err(Errno::Busy);
        }
        let parent = self.parent_node(pid, at)?;
        let (place, name) = self.parent_place(pid, at)?;
        let beneath = self.beneath(&parent, &name).is_some();
        let meta = self.now_meta(pid, 0);
        let fs = self.world.filesystems.get_mut(&place.fs).ok_or(Errno::NoEnt)?;
        let gone = fs.unlink(place.dir, &name);
        if beneath {
            fs.insert(place.dir, &name, meta, Kind::Whiteout);
        }
        if let Some(ino) = gone {
            self.forget_unless_open(place.fs, ino);
        }
        self.touch_dir(place);
        Ok(())
    }

    /// Drops an inode without names, unless somebody holds it open.
    pub(super) fn forget_unless_open(&mut self, fs: FsId, ino: Ino) {
        let open = self.world.files.values().any(|file| file.object == Object::File { fs, ino });
        if !open && let Some(fs) = self.world.filesystems.get_mut(&fs) {
            fs.forget(ino);
        }
    }

    /// rename(2). A directory that is (partly) in a lower layer can't be moved in one step: EXDEV.
    pub fn rename(&mut self, pid: Pid, from: &str, to: &str) -> Result<(), Errno> {
        let source = self.resolve(pid, from.trim_end_matches('/').if_empty("/"), false)?;
        let target = self.resolve(pid, to.trim_end_matches('/').if_empty("/"), false)?;
        let node = source.node.clone().ok_or(Errno::NoEnt)?;
        let dir = self.is_dir(&node);
        if source.path == target.path {
            return Ok(());
        }
        if dir && target.path.starts_with(&format!("{}/", source.path)) {
            return Err(Errno::Inval);
        }
        if source.mount != target.mount {
            return Err(Errno::XDev);
        }
        if dir && matches!(node, Node::Overlay { below: Some(_), .. }) {
            return Err(Errno::XDev);
        }
        if let Some(there) = &target.node {
            match (dir, self.is_dir(there)) {
                (true, false) => return Err(Errno::NotDir),
                (false, true) => return Err(Errno::IsDir),
                (true, true) if !self.names(there).is_empty() => return Err(Errno::NotEmpty),
                _ => {}
            }
            self.remove_name(pid, &target)?;
        }
        let (fs, ino) = self.writable_inode(pid, &source)?;
        let parent = self.parent_node(pid, &target)?;
        let (place, name) = self.parent_place(pid, &target)?;
        let opaque = dir && self.beneath(&parent, &name).is_some();
        let Some(table) = self.world.filesystems.get_mut(&fs) else { return Err(Errno::NoEnt) };
        table.link(place.dir, &name, ino);
        if opaque && let Some(inode) = table.get_mut(ino) {
            inode.opaque = true;
        }
        self.remove_name(pid, &source)?;
        self.touch_dir(place);
        Ok(())
    }

    /// link(2): a further name for a file.
    pub fn link(&mut self, pid: Pid, from: &str, to: &str) -> Result<(), Errno> {
        let source = self.resolve(pid, from, false)?;
        let target = self.resolve(pid, to, false)?;
        if target.node.is_some() {
            return Err(Errno::Exist);
        }
        if self.is_dir(source.node.as_ref().ok_or(Errno::NoEnt)?) {
            return Err(Errno::Perm);
        }
        if source.mount != target.mount {
            return Err(Errno::XDev);
        }
        let (fs, ino) = self.writable_inode(pid, &source)?;
        let (place, name) = self.parent_place(pid, &target)?;
        if let Some(table) = self.world.filesystems.get_mut(&fs) {
            table.link(place.dir, &name, ino);
        }
        self.touch_dir(place);
        Ok(())
    }

    /// Changes attributes of an existing file; only its owner and root may.
    fn change(
        &mut self,
        pid: Pid,
        path: &str,
        follow: bool,
        change: impl FnOnce(&mut crate::model::file::Meta),
    ) -> Result<(), Errno> {
        let at = self.resolve(pid, path, follow)?;
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        let (user, owner) = (process.user, process.capable(crate::model::process::CAP_FOWNER));
        let stat = self.stat_node(at.node.as_ref().ok_or(Errno::NoEnt)?)?;
        if !owner && user.uid != stat.uid {
            return Err(Errno::Perm);
        }
        let (fs, ino) = self.writable_inode(pid, &at)?;
        let inode = self.world.filesystems.get_mut(&fs).and_then(|fs| fs.get_mut(ino)).ok_or(Errno::NoEnt)?;
        change(&mut inode.meta);
        Ok(())
    }

    pub fn chmod(&mut self, pid: Pid, path: &str, mode: u16) -> Result<(), Errno> {
        self.change(pid, path, true, |meta| meta.mode = mode & 0o7777)
    }

    /// chown(2); `None` leaves the owner or the group. Only root may give a file away.
    pub fn chown(
        &mut self,
        pid: Pid,
        path: &str,
        uid: Option<u32>,
        gid: Option<u32>,
        follow: bool,
    ) -> Result<(), Errno> {
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        let (user, giver) = (process.user, process.capable(crate::model::process::CAP_CHOWN));
        let stat = self.stat(pid, path, follow)?;
        if !giver && (uid.is_some_and(|uid| uid != stat.uid) || gid.is_some_and(|gid| gid != user.gid)) {
            return Err(Errno::Perm);
        }
        self.change(pid, path, follow, |meta| {
            meta.uid = uid.unwrap_or(meta.uid);
            meta.gid = gid.unwrap_or(meta.gid);
        })
    }

    /// utimensat(2): seconds and nanoseconds since 1970.
    pub fn set_mtime(&mut self, pid: Pid, path: &str, mtime: i64, nanos: u32) -> Result<(), Errno> {
        self.change(pid, path, true, |meta| (meta.mtime, meta.nanos) = (mtime, nanos))
    }

    /// Writes a whole file at once, as `>` would, or makes a program or a declared file of it.
    pub fn put(&mut self, pid: Pid, path: &str, data: Data, mode: u16) -> Result<(), Errno> {
        let at = self.resolve(pid, path, true)?;
        let (fs, ino) = match &at.node {
            None => self.create(pid, &at, mode, Kind::File(Data::new(Vec::new())))?,
            Some(node) if self.is_dir(node) => return Err(Errno::IsDir),
            Some(_) => self.writable_inode(pid, &at)?,
        };
        let (mtime, nanos) = self.world.now.epoch();
        let inode = self.world.filesystems.get_mut(&fs).and_then(|fs| fs.get_mut(ino)).ok_or(Errno::NoEnt)?;
        inode.kind = Kind::File(data);
        (inode.meta.mtime, inode.meta.nanos) = (mtime, nanos);
        Ok(())
    }

    /// mkfifo(3).
    pub fn mkfifo(&mut self, pid: Pid, path: &str, mode: u16) -> Result<(), Errno> {
        let at = self.resolve(pid, path, false)?;
        if at.node.is_some() {
            return Err(Errno::Exist);
        }
        let number = self.world.number();
        self.create(pid, &at, mode, Kind::Fifo(number)).map(|_| ())
    }

    /// What kind of thing a path is, without following a last symbolic link.
    pub fn file_type(&self, pid: Pid, path: &str) -> Option<FileType> {
        self.stat(pid, path, false).ok().map(|stat| stat.kind)
    }

    pub(super) fn check_create(&mut self, pid: Pid, at: &Resolved, flags: OpenFlags) -> Result<(FsId, Ino), Errno> {
        self.create(pid, at, flags.mode, Kind::File(Data::new(Vec::new())))
    }
}

trait IfEmpty {
    fn if_empty<'a>(&'a self, other: &'a str) -> &'a str;
}

impl IfEmpty for str {
    fn if_empty<'a>(&'a self, other: &'a str) -> &'a str {
        if self.is_empty() { other } else { self }
    }
}
