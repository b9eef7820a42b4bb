//! Changing a tree of files without a kernel: what COPY and WORKDIR do, kept as the layer that they add.

use std::rc::Rc;

use crate::kernel::join;
use crate::model::file::{Fs, Ino, Inode, Kind, Meta, ROOT};
use crate::model::limits;
use crate::oci::layer;

/// A tree and what was changed of it.
pub struct Snapshot {
    pub merged: Fs,
    /// The layer: what was added or changed, with the directories that lead there.
    pub diff: Fs,
    /// Seconds and nanoseconds since 1970.
    now: (i64, u32),
}

impl Snapshot {
    pub fn new(lower: Option<&Rc<Fs>>, now: (i64, u32)) -> Snapshot {
        let root = Meta { nanos: now.1, ..layer::root_meta(now.0) };
        let merged = lower.map_or_else(|| Fs::new(root), |fs| (**fs).clone());
        Snapshot { merged, diff: Fs::new(root), now }
    }

    /// A directory made now.
    pub fn new_dir(&self, mode: u16, uid: u32, gid: u32) -> Meta {
        Meta { mode, uid, gid, mtime: self.now.0, nanos: self.now.1 }
    }

    /// What is at a path that has no links in it.
    pub fn get(&self, path: &str) -> Option<&Inode> {
        self.merged.get(layer::find(&self.merged, path)?)
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.get(path).is_some_and(|inode| matches!(inode.kind, Kind::Dir(_)))
    }

    /// Makes a directory and those above it where they are missing; links on the way are followed.
    pub fn make_dirs(&mut self, path: &str, meta: Meta) -> Result<String, String> {
        let path = resolve(&self.merged, path);
        let mut here = String::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            here = format!("{here}/{name}");
            match self.get(&here).map(|inode| &inode.kind) {
                Some(Kind::Dir(_)) => {}
                Some(_) => return Err(format!("mkdir {here}: not a directory")),
                None => self.put(&here, meta, Kind::Dir(Default::default())),
            }
        }
        Ok(if here.is_empty() { "/".into() } else { here })
    }

    /// Puts something at a path whose directory is there. A directory that is there keeps what is in it.
    pub fn put(&mut self, path: &str, meta: Meta, kind: Kind) {
        let (dir, name) = crate::kernel::split_last(path);
        let over = self.get(path).map(|inode| matches!(inode.kind, Kind::Dir(_)));
        let dirs = matches!(kind, Kind::Dir(_));
        let into = self.copy_up(dir, over.is_none());
        let below = layer::find(&self.merged, dir).unwrap_or(ROOT);
        if dirs && over == Some(true) {
            let own = self.copy_up(path, false);
            if let Some(inode) = self.diff.get_mut(own) {
                inode.meta = meta;
            }
            if let Some(inode) = layer::find(&self.merged, path).and_then(|ino| self.merged.get_mut(ino)) {
                inode.meta = meta;
            }
            return;
        }
        if let Some(old) = self.merged.unlink(below, name) {
            self.merged.forget(old);
        }
        if let Some(old) = self.diff.unlink(into, name) {
            self.diff.forget(old);
        }
        self.merged.insert(below, name, meta, kind.clone());
        self.diff.insert(into, name, meta, kind);
    }

    /// The directory in the layer, with those above it; changed now if something is added to it.
    fn copy_up(&mut self, path: &str, changed: bool) -> Ino {
        let mut ino = ROOT;
        let mut below = Some(ROOT);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            below = below.and_then(|dir| self.merged.child(dir, name));
            ino = match self.diff.child(ino, name) {
                Some(there) => there,
                None => {
                    let meta = below.and_then(|ino| self.merged.get(ino)).map(|inode| inode.meta);
                    let meta = meta.unwrap_or_else(|| self.new_dir(0o755, 0, 0));
                    self.diff.insert(ino, name, meta, Kind::Dir(Default::default()))
                }
            };
        }
        if changed && ino != ROOT {
            let (mtime, nanos) = self.now;
            for inode in [self.diff.get_mut(ino), below.and_then(|ino| self.merged.get_mut(ino))].into_iter().flatten()
            {
                (inode.meta.mtime, inode.meta.nanos) = (mtime, nanos);
            }
        }
        ino
    }
}

/// A path with its links followed inside the tree; what is not there stays as it is.
pub fn resolve(fs: &Fs, path: &str) -> String {
    let mut pending: Vec<String> = parts(path);
    pending.reverse();
    let mut here = String::new();
    let mut links = 0;
    while let Some(name) = pending.pop() {
        let next = join(if here.is_empty() { "/" } else { &here }, &name);
        let target = match layer::find(fs, &next).and_then(|ino| fs.get(ino)).map(|inode| &inode.kind) {
            Some(Kind::Symlink(target)) if links < limits::SYMLINKS => target.to_string(),
            _ => {
                here = if next == "/" { String::new() } else { next };
                continue;
            }
        };
        links += 1;
        if target.starts_with('/') {
            here.clear();
        }
        let mut more = parts(&target);
        more.reverse();
        pending.extend(more);
    }
    if here.is_empty() { "/".into() } else { here }
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".").map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::Data;

    fn list(fs: &Fs) -> Vec<String> {
        let mut all = Vec::new();
        layer::walk(fs, &mut |path, _, _| all.push(path.to_string()));
        all
    }

    #[test]
    fn a_change_is_a_layer() {
        let mut lower = Fs::new(layer::root_meta(0));
        let meta = layer::root_meta(0);
        layer::add(&mut lower, "/run/x", meta, Kind::Dir(Default::default()));
        layer::add(&mut lower, "/var/run", meta, Kind::Symlink("../run".into()));
        layer::add(&mut lower, "/etc/a", meta, Kind::File(Data::new(b"old".to_vec())));
        let lower = Rc::new(lower);
        let mut snapshot = Snapshot::new(Some(&lower), (9, 0));
        let dir = snapshot.new_dir(0o755, 0, 0);
        assert_eq!(snapshot.make_dirs("/var/run/app", dir).as_deref(), Ok("/run/app"));
        snapshot.put("/etc/a", meta, Kind::File(Data::new(b"new".to_vec())));
        assert_eq!(list(&snapshot.diff), ["etc", "etc/a", "run", "run/app"]);
        let merged = layer::merge(&lower, &snapshot.diff);
        assert_eq!(list(&merged), list(&snapshot.merged));
        assert!(snapshot.make_dirs("/etc/a/b", dir).is_err());
    }
}
