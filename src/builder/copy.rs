//! What COPY and ADD do to a tree, by the rules of BuildKit's file operations.

use std::rc::Rc;

use super::graph::CopyFiles;
use super::ignore::Ignore;
use super::snapshot::{Snapshot, resolve};
use crate::kernel::{join, split_last};
use crate::model::file::{Data, Fs, Ino, Kind, Meta};
use crate::model::glob;
use crate::oci::{gzip, layer, unpack};

/// The paths of a tree that a source names, links at their end followed or not; wildcards may name many.
pub fn sources(tree: &Fs, files: &CopyFiles) -> Vec<String> {
    if !files.wildcard || !glob::has_wildcard(&files.source) {
        let path = resolve(tree, &files.source);
        return layer::find(tree, &path).map(|_| path).into_iter().collect();
    }
    let mut found = Vec::new();
    layer::walk(tree, &mut |path, _, _| {
        if glob::matches(files.source.trim_start_matches('/'), path) == Some(true) {
            found.push(format!("/{path}"));
        }
    });
    found
}

/// Whether a source that names one thing names nothing.
pub fn missing(tree: &Fs, files: &CopyFiles) -> bool {
    let plain = !files.wildcard || !glob::has_wildcard(&files.source);
    match &files.include {
        Some(pattern) if plain && !glob::has_wildcard(pattern) => {
            layer::find(tree, &resolve(tree, &join(&files.source, pattern))).is_none()
        }
        _ => plain && sources(tree, files).is_empty(),
    }
}

/// Copies files into a snapshot. `owner` is what they shall belong to.
pub fn copy(snapshot: &mut Snapshot, tree: &Fs, files: &CopyFiles, owner: (u32, u32)) -> Result<(), String> {
    let excludes = Ignore::new(&files.excludes)?;
    for source in sources(tree, files) {
        one(snapshot, tree, &source, files, owner, &excludes)?;
    }
    Ok(())
}

fn one(
    snapshot: &mut Snapshot,
    tree: &Fs,
    source: &str,
    files: &CopyFiles,
    owner: (u32, u32),
    excludes: &Ignore,
) -> Result<(), String> {
    // The name that counts is the one before links were followed.
    let name = if glob::has_wildcard(&files.source) { source } else { &files.source };
    let source = resolve(tree, source);
    let Some(ino) = layer::find(tree, &source) else { return Ok(()) };
    let is_dir = tree.entries(ino).is_some();
    let parents = snapshot.new_dir(0o755, owner.0, owner.1);
    let (dir, _) = split_last(&files.target);
    let ensured = if files.target.ends_with('/') { files.target.as_str() } else { dir };
    snapshot.make_dirs(ensured, parents)?;
    let mut target = resolve(&snapshot.merged, files.target.trim_end_matches('/'));
    if files.unpack
        && let Some(content) = archive(tree, ino)
    {
        snapshot.make_dirs(&target, parents)?;
        return unpacked(snapshot, &content, &target, owner, !files.chown.is_empty());
    }
    if !is_dir && snapshot.is_dir(&target) {
        target = resolve(&snapshot.merged, &join(&target, split_last(name.trim_end_matches('/')).1));
    }
    if is_dir && !snapshot.is_dir(&target) {
        if snapshot.get(&target).is_some() {
            return Err(format!("cannot copy to non-directory: {target}"));
        }
        let meta = tree.get(ino).map_or(parents, |inode| inode.meta);
        snapshot.put(&target, owned(meta, files, owner), Kind::Dir(Default::default()));
    }
    let mut copier = Copier { snapshot, tree, files, owner, excludes };
    if is_dir { copier.entries(ino, &target, "", 0) } else { copier.node(ino, &target) }
}

fn owned(meta: Meta, files: &CopyFiles, (uid, gid): (u32, u32)) -> Meta {
    Meta { mode: files.mode.unwrap_or(meta.mode), uid, gid, ..meta }
}

struct Copier<'a> {
    snapshot: &'a mut Snapshot,
    tree: &'a Fs,
    files: &'a CopyFiles,
    owner: (u32, u32),
    excludes: &'a Ignore,
}

/// How deep a tree may be.
const DEPTH: usize = 1024;

impl Copier<'_> {
    /// What is in a directory; `within` is its path below the source.
    fn entries(&mut self, dir: Ino, target: &str, within: &str, depth: usize) -> Result<(), String> {
        let Some(entries) = self.tree.entries(dir).cloned() else { return Ok(()) };
        if depth > DEPTH {
            return Err("file name too long".into());
        }
        for (name, ino) in &entries {
            let path = if within.is_empty() { name.to_string() } else { format!("{within}/{name}") };
            let is_dir = self.tree.entries(*ino).is_some();
            let excluded = self.excludes.matches(&path);
            if excluded && !(is_dir && self.excludes.has_exceptions()) {
                continue;
            }
            let at = join(target, name);
            if !is_dir {
                if self.included(&path) {
                    self.parents(&at)?;
                    self.node(*ino, &at)?;
                }
                continue;
            }
            let place = resolve(&self.snapshot.merged, &at);
            if self.files.include.is_none() || self.included(&path) {
                self.parents(&place)?;
                if self.snapshot.get(&place).is_some() && !self.snapshot.is_dir(&place) {
                    return Err(format!("cannot copy to non-directory: {place}"));
                }
                if let Some(inode) = self.tree.get(*ino) {
                    let meta = owned(inode.meta, self.files, self.owner);
                    self.snapshot.put(&place, meta, Kind::Dir(Default::default()));
                }
            }
            self.entries(*ino, &place, &path, depth + 1)?;
        }
        Ok(())
    }

    /// Whether a path, or a directory above it, is what `--parents` asks for.
    fn included(&self, path: &str) -> bool {
        let Some(pattern) = &self.files.include else { return true };
        let one = std::slice::from_ref(pattern);
        pattern.is_empty() || Ignore::new(one).is_ok_and(|wanted| wanted.matches(path))
    }

    fn parents(&mut self, path: &str) -> Result<(), String> {
        if self.files.include.is_some() {
            let meta = self.snapshot.new_dir(0o755, self.owner.0, self.owner.1);
            self.snapshot.make_dirs(split_last(path).0, meta)?;
        }
        Ok(())
    }

    fn node(&mut self, ino: Ino, target: &str) -> Result<(), String> {
        let Some(inode) = self.tree.get(ino) else { return Ok(()) };
        if self.snapshot.is_dir(target) {
            return Err(format!("cannot copy to directory: {target}"));
        }
        let mut meta = owned(inode.meta, self.files, self.owner);
        if matches!(inode.kind, Kind::Symlink(_)) {
            meta.mode = inode.meta.mode;
        }
        match &inode.kind {
            Kind::Device(_) | Kind::Socket(_) | Kind::Whiteout => {}
            kind => self.snapshot.put(target, meta, kind.clone()),
        }
        Ok(())
    }
}

/// The tar that a file is, packed or not.
fn archive(tree: &Fs, ino: Ino) -> Option<Rc<Vec<u8>>> {
    let Kind::File(Data::Bytes(bytes)) = &tree.get(ino)?.kind else { return None };
    let plain = if gzip::is_gzip(bytes) { Rc::new(gzip::unpack(bytes)?) } else { bytes.clone() };
    (plain.get(257..262) == Some(b"ustar".as_slice())).then_some(plain)
}

fn unpacked(
    snapshot: &mut Snapshot,
    content: &[u8],
    target: &str,
    owner: (u32, u32),
    chown: bool,
) -> Result<(), String> {
    let tree = unpack::read(content).map_err(|error| error.to_string())?;
    let mut failed = None;
    layer::walk(&tree, &mut |path, _, inode| {
        let at = join(target, path);
        let meta = if chown { Meta { uid: owner.0, gid: owner.1, ..inode.meta } } else { inode.meta };
        let parents = snapshot.new_dir(0o755, 0, 0);
        if let Err(why) = snapshot.make_dirs(split_last(&at).0, parents) {
            failed.get_or_insert(why);
            return;
        }
        let kind = match &inode.kind {
            Kind::Dir(_) => Kind::Dir(Default::default()),
            kind => kind.clone(),
        };
        snapshot.put(&at, meta, kind);
    });
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str)]) -> Fs {
        let mut fs = Fs::new(layer::root_meta(0));
        for (path, content) in entries {
            let (mode, kind) = match content.strip_prefix("-> ") {
                Some(target) => (0o777, Kind::Symlink(target.into())),
                None if *content == "dir" => (0o700, Kind::Dir(Default::default())),
                None => (0o644, Kind::File(Data::new(content.as_bytes().to_vec()))),
            };
            layer::add(&mut fs, path, Meta { mode, ..layer::root_meta(0) }, kind);
        }
        fs
    }

    fn list(fs: &Fs) -> Vec<String> {
        let mut all = Vec::new();
        layer::walk(fs, &mut |path, _, inode| {
            if !matches!(inode.kind, Kind::Dir(_)) {
                all.push(path.to_string());
            }
        });
        all
    }

    fn copied(lower: &Fs, source: &str, target: &str) -> Result<Vec<String>, String> {
        let context = tree(&[
            ("/one.txt", "1"),
            ("/two.txt", "2"),
            ("/src/inner.txt", "3"),
            ("/src/deep/d.txt", "4"),
            ("/link", "-> src"),
        ]);
        let mut snapshot = Snapshot::new(Some(&Rc::new(lower.clone())), (1, 0));
        let files = CopyFiles { source: source.into(), target: target.into(), wildcard: true, ..CopyFiles::default() };
        copy(&mut snapshot, &context, &files, (0, 0)).map(|()| list(&snapshot.merged))
    }

    #[test]
    fn files_land_where_buildkit_puts_them() {
        let empty = tree(&[]);
        for (source, target, expected) in [
            ("/one.txt", "/a/", vec!["a/one.txt"]),
            ("/one.txt", "/a", vec!["a"]),
            ("/*.txt", "/f/", vec!["f/one.txt", "f/two.txt"]),
            ("/src", "/c", vec!["c/deep/d.txt", "c/inner.txt"]),
            ("/src", "/c/", vec!["c/deep/d.txt", "c/inner.txt"]),
            ("/link", "/c", vec!["c/deep/d.txt", "c/inner.txt"]),
            ("/*.nope", "/", vec![]),
        ] {
            assert_eq!(
                copied(&empty, source, target),
                Ok(expected.iter().map(|s| s.to_string()).collect()),
                "{source} {target}"
            );
        }
        let lower = tree(&[("/run/x", "0"), ("/var/run", "-> /run"), ("/file", "f")]);
        assert!(copied(&lower, "/one.txt", "/var/run").is_ok_and(|all| all.contains(&"run/one.txt".to_string())));
        assert_eq!(copied(&lower, "/src", "/file").err().as_deref(), Some("cannot copy to non-directory: /file"));
        assert!(copied(&lower, "/one.txt", "/file/x").is_err());
    }
}
