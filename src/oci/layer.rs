//! Layers as trees: building them, merging one onto another, telling what an upper layer changed
//! (OCI image-spec, "Applying Changesets"; overlayfs).

use std::collections::BTreeMap;

use super::digest::Digest;
use super::tar::{self, Body, Header};
use crate::model::file::{Data, Fs, Ino, Inode, Kind, Meta, ROOT};

/// How deep a tree may be for a walk; PATH_MAX allows no more.
const DEPTH: usize = 2048;

/// The root directory of a fresh tree.
pub fn root_meta(mtime: i64) -> Meta {
    Meta { mode: 0o755, uid: 0, gid: 0, mtime, nanos: 0 }
}

/// Finds an inode by absolute path, without following symbolic links.
pub fn find(fs: &Fs, path: &str) -> Option<Ino> {
    path.split('/').filter(|name| !name.is_empty()).try_fold(ROOT, |dir, name| fs.child(dir, name))
}

/// The inode of a directory by absolute path, made (0755, root) where it is missing.
pub fn make_dir(fs: &mut Fs, path: &str, mtime: i64) -> Ino {
    let mut dir = ROOT;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        dir = match fs.child(dir, name) {
            Some(ino) if matches!(fs.get(ino).map(|i| &i.kind), Some(Kind::Dir(_))) => ino,
            _ => fs.insert(dir, name, root_meta(mtime), Kind::Dir(Default::default())),
        };
    }
    dir
}

/// Adds something at an absolute path.
pub fn add(fs: &mut Fs, path: &str, meta: Meta, kind: Kind) -> Ino {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let dir = make_dir(fs, dir, meta.mtime);
    if let (Kind::Dir(_), Some(ino)) = (&kind, fs.child(dir, name))
        && let Some(inode) = fs.get_mut(ino)
        && matches!(inode.kind, Kind::Dir(_))
    {
        inode.meta = meta;
        return ino;
    }
    fs.insert(dir, name, meta, kind)
}

/// Lays `diff` over `lower`: what the merged tree shows.
pub fn merge(lower: &Fs, diff: &Fs) -> Fs {
    let mut merged = lower.clone();
    let mut links = BTreeMap::new();
    merge_dir(&mut merged, ROOT, diff, ROOT, &mut links, 0);
    merged
}

fn merge_dir(merged: &mut Fs, into: Ino, diff: &Fs, from: Ino, links: &mut BTreeMap<Ino, Ino>, depth: usize) {
    let Some(entries) = diff.entries(from).cloned() else { return };
    if depth > DEPTH {
        return;
    }
    if depth > 0
        && let (Some(target), Some(source)) = (merged.get_mut(into), diff.get(from))
    {
        target.meta = source.meta;
    }
    for (name, ino) in &entries {
        let Some(inode) = diff.get(*ino) else { continue };
        match &inode.kind {
            Kind::Whiteout => drop_name(merged, into, name),
            Kind::Dir(_) => {
                let there = merged
                    .child(into, name)
                    .filter(|there| !inode.opaque && matches!(merged.get(*there).map(|i| &i.kind), Some(Kind::Dir(_))));
                let target = there.unwrap_or_else(|| {
                    drop_name(merged, into, name);
                    merged.insert(into, name, inode.meta, Kind::Dir(Default::default()))
                });
                merge_dir(merged, target, diff, *ino, links, depth + 1);
            }
            kind => match links.get(ino) {
                Some(linked) => merged.link(into, name, *linked),
                None => {
                    drop_name(merged, into, name);
                    let new = merged.insert(into, name, inode.meta, kind.clone());
                    if inode.links > 1 {
                        links.insert(*ino, new);
                    }
                }
            },
        }
    }
}

fn drop_name(fs: &mut Fs, dir: Ino, name: &str) {
    if let Some(ino) = fs.unlink(dir, name) {
        fs.forget(ino);
    }
}

/// What happened to a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ChangeKind {
    Modified,
    Added,
    Deleted,
}

/// What an upper layer changed of what is below it, sorted by path, as `docker diff` tells it.
pub fn changes(lower: &Fs, upper: &Fs) -> Vec<(ChangeKind, String)> {
    let mut all = Vec::new();
    change_dir(Some((lower, ROOT)), upper, ROOT, "", &mut all, 0);
    all
}

fn change_dir(
    lower: Option<(&Fs, Ino)>,
    upper: &Fs,
    dir: Ino,
    path: &str,
    all: &mut Vec<(ChangeKind, String)>,
    depth: usize,
) {
    let Some(entries) = upper.entries(dir) else { return };
    if depth > DEPTH {
        return;
    }
    for (name, ino) in entries {
        let Some(inode) = upper.get(*ino) else { continue };
        let below = lower.and_then(|(fs, dir)| fs.child(dir, name).map(|ino| (fs, ino)));
        let path = format!("{path}/{name}");
        let kind = match (&inode.kind, below) {
            (Kind::Whiteout, _) => ChangeKind::Deleted,
            (_, Some(_)) => ChangeKind::Modified,
            (_, None) => ChangeKind::Added,
        };
        all.push((kind, path.clone()));
        if let Kind::Dir(_) = inode.kind {
            let below = below.filter(|_| !inode.opaque);
            change_dir(below, upper, *ino, &path, all, depth + 1);
        }
    }
}

/// Bytes of file content in a tree, hard links once.
pub fn size(fs: &Fs) -> u64 {
    fs.inodes.values().map(|inode| if let Kind::File(data) = &inode.kind { data.len() } else { 0 }).sum()
}

/// How many files (not directories, not whiteouts) a tree has.
pub fn files(fs: &Fs) -> usize {
    fs.inodes.values().filter(|inode| !matches!(inode.kind, Kind::Dir(_) | Kind::Whiteout)).count()
}

/// Visits everything below the root, parents first, names sorted: path without leading slash, and inode.
pub fn walk(fs: &Fs, visit: &mut dyn FnMut(&str, Ino, &Inode)) {
    walk_dir(fs, ROOT, "", visit, 0);
}

fn walk_dir(fs: &Fs, dir: Ino, path: &str, visit: &mut dyn FnMut(&str, Ino, &Inode), depth: usize) {
    let Some(entries) = fs.entries(dir) else { return };
    if depth > DEPTH {
        return;
    }
    for (name, ino) in entries {
        let Some(inode) = fs.get(*ino) else { continue };
        let path = if path.is_empty() { name.to_string() } else { format!("{path}/{name}") };
        visit(&path, *ino, inode);
        walk_dir(fs, *ino, &path, visit, depth + 1);
    }
}

/// The content of a file as an archive takes it.
pub fn body(data: &Data) -> Body<'_> {
    match data {
        Data::Bytes(bytes) => Body::Bytes(bytes),
        Data::Fill(len) => Body::Fill(*len),
        Data::Program { name, len } => Body::Program { name, len: *len },
    }
}

/// Writes a layer as its tar: whiteouts become `.wh.` files.
pub fn write_tar(fs: &Fs, writer: &mut tar::Writer<'_>) {
    let mut first: BTreeMap<Ino, String> = BTreeMap::new();
    walk(fs, &mut |path, ino, inode| {
        let mut link = String::new();
        let (kind, body) = match &inode.kind {
            Kind::Dir(_) => (tar::Kind::Dir, Body::Bytes(&[])),
            Kind::File(_) if first.contains_key(&ino) => {
                link = first.get(&ino).cloned().unwrap_or_default();
                (tar::Kind::Hardlink, Body::Bytes(&[]))
            }
            Kind::File(data) => {
                if inode.links > 1 {
                    first.insert(ino, path.to_string());
                }
                (tar::Kind::File, body(data))
            }
            Kind::Symlink(target) => {
                link = target.to_string();
                (tar::Kind::Symlink, Body::Bytes(&[]))
            }
            Kind::Whiteout => {
                writer.member(&header(&tar::whiteout(path), tar::Kind::File, &inode.meta, ""), Body::Bytes(&[]));
                return;
            }
            Kind::Fifo(_) => (tar::Kind::Fifo, Body::Bytes(&[])),
            Kind::Device(_) | Kind::Socket(_) => return,
        };
        writer.member(&header(path, kind, &inode.meta, &link), body);
        if inode.opaque {
            let marker = format!("{path}/{}", tar::OPAQUE);
            writer.member(&header(&marker, tar::Kind::File, &inode.meta, ""), Body::Bytes(&[]));
        }
    });
}

fn header(path: &str, kind: tar::Kind, meta: &Meta, link: &str) -> Header {
    let mut header = Header::new(path, kind, meta.mode);
    (header.uid, header.gid, header.mtime) = (meta.uid, meta.gid, meta.mtime);
    header.link = link.to_string();
    header
}

/// The digest of a layer's tar.
pub fn diff_id(fs: &Fs) -> Digest {
    tar::diff_id(|writer| write_tar(fs, writer))
}

/// OCI image-spec, "Layer ChainID".
pub fn chain_id(parent: Option<&str>, diff_id: &str) -> String {
    match parent {
        None => diff_id.to_string(),
        Some(parent) => Digest::of(format!("{parent} {diff_id}").as_bytes()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str)]) -> Fs {
        let mut fs = Fs::new(root_meta(0));
        for (path, content) in entries {
            let kind = match *content {
                "dir" => Kind::Dir(Default::default()),
                "gone" => Kind::Whiteout,
                text => Kind::File(Data::new(text.as_bytes().to_vec())),
            };
            add(&mut fs, path, root_meta(0), kind);
        }
        fs
    }

    fn list(fs: &Fs) -> Vec<String> {
        let mut all = Vec::new();
        walk(fs, &mut |path, _, _| all.push(path.to_string()));
        all
    }

    #[test]
    fn a_merge_adds_replaces_and_hides() {
        let lower = tree(&[("/etc/a", "1"), ("/etc/b", "2"), ("/srv/x/y", "3")]);
        let diff = tree(&[("/etc/a", "new"), ("/etc/b", "gone"), ("/srv", "gone"), ("/data", "dir")]);
        let merged = merge(&lower, &diff);
        assert_eq!(list(&merged), ["data", "etc", "etc/a"]);
        assert_eq!(size(&merged), 3);
        let told: Vec<String> = changes(&lower, &diff).into_iter().map(|(k, p)| format!("{k:?} {p}")).collect();
        assert_eq!(told, ["Added /data", "Modified /etc", "Modified /etc/a", "Deleted /etc/b", "Deleted /srv"]);
    }
}
