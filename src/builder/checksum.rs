//! What a step is known by: digests of instructions, of what is below them and of the files they take. Times
//! of files don't count.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::copy;
use super::graph::CopyFiles;
use super::ignore::Ignore;
use crate::model::file::{Data, Fs, Ino, Inode, Kind};
use crate::oci::digest::Digest;
use crate::oci::layer;

/// The digest of several texts.
pub fn key(parts: &[&str]) -> String {
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(part.len().to_string().as_bytes());
        text.push(b' ');
        text.extend_from_slice(part.as_bytes());
    }
    Digest::of(&text).to_string()
}

/// The digests of a tree's files, by inode, so that none is computed twice.
#[derive(Default)]
pub struct Memo(BTreeMap<Ino, String>);

/// The digest of what a copy takes of a tree.
pub fn of_copy(tree: &Fs, files: &CopyFiles, memo: &mut Memo) -> String {
    let wanted = wanted(files);
    let mut text = String::new();
    for path in copy::sources(tree, files) {
        let Some(ino) = layer::find(tree, &path) else { continue };
        // A directory's own name does not matter, since only what is in it is copied.
        let name = if tree.entries(ino).is_some() { "" } else { path.rsplit('/').next().unwrap_or_default() };
        node(&mut text, tree, ino, name, path == "/", memo);
        below(&mut text, tree, ino, &mut String::new(), memo, &wanted);
        text.push('\n');
    }
    Digest::of(text.as_bytes()).to_string()
}

/// Whether a copy takes a path, counted from what it is asked for.
fn wanted(files: &CopyFiles) -> impl Fn(&str) -> bool {
    let excludes = Ignore::new(&files.excludes).unwrap_or_default();
    let include = files.include.as_ref().and_then(|pattern| Ignore::new(std::slice::from_ref(pattern)).ok());
    move |path| !excludes.matches(path) && include.as_ref().is_none_or(|include| include.matches(path))
}

/// Files that a copy takes of a tree and that are other ones in the tree before, or are in one of them only: at
/// most so many paths.
pub fn changed(tree: &Fs, before: &Fs, files: &CopyFiles, most: usize) -> Vec<String> {
    let (now, then) = (taken(tree, files), taken(before, files));
    let same = |a: &Inode, b: &Inode| {
        (a.meta.mode, a.meta.uid, a.meta.gid, &a.kind) == (b.meta.mode, b.meta.uid, b.meta.gid, &b.kind)
    };
    let other = now.iter().filter(|(path, inode)| !then.get(*path).is_some_and(|known| same(inode, known)));
    let gone = then.iter().filter(|(path, _)| !now.contains_key(*path));
    other.chain(gone).map(|(path, _)| path.clone()).take(most).collect()
}

/// The files that a copy takes, by their paths in the tree.
fn taken<'a>(tree: &'a Fs, files: &CopyFiles) -> BTreeMap<String, &'a Inode> {
    let wanted = wanted(files);
    let mut found = BTreeMap::new();
    for source in copy::sources(tree, files) {
        let mut below = vec![(source, String::new())];
        while let Some((path, within)) = below.pop() {
            let Some(inode) = layer::find(tree, &path).and_then(|ino| tree.get(ino)) else { continue };
            if let Kind::Dir(entries) = &inode.kind {
                let inside = |name: &str| if within.is_empty() { name.to_string() } else { format!("{within}/{name}") };
                below.extend(entries.keys().map(|name| (crate::kernel::join(&path, name), inside(name))));
            } else if wanted(&within) {
                found.insert(path.trim_start_matches('/').to_string(), inode);
            }
        }
    }
    found
}

/// The digest of a path of a tree, as a mount shows it.
pub fn of_path(tree: &Fs, path: &str, memo: &mut Memo) -> String {
    let mut text = String::new();
    if let Some(ino) = layer::find(tree, path) {
        node(&mut text, tree, ino, "", path == "/", memo);
        below(&mut text, tree, ino, &mut String::new(), memo, &|_| true);
    }
    Digest::of(text.as_bytes()).to_string()
}

/// Adds what is below a directory; `path` is its own within what is copied, and is given back as it was.
fn below(text: &mut String, tree: &Fs, dir: Ino, path: &mut String, memo: &mut Memo, wanted: &dyn Fn(&str) -> bool) {
    let Some(entries) = tree.entries(dir) else { return };
    for (name, ino) in entries {
        let length = path.len();
        if length > 0 {
            path.push('/');
        }
        path.push_str(name);
        if wanted(path) {
            node(text, tree, *ino, path, false, memo);
        }
        below(text, tree, *ino, path, memo, wanted);
        path.truncate(length);
    }
}

fn node(text: &mut String, tree: &Fs, ino: Ino, path: &str, root: bool, memo: &mut Memo) {
    let Some(inode) = tree.get(ino) else { return };
    text.push_str(path);
    text.push('\0');
    // Writing to a String does not fail.
    if !root {
        let _ = write!(text, "{:o} {}:{}", inode.meta.mode, inode.meta.uid, inode.meta.gid);
    }
    text.push('\0');
    match &inode.kind {
        Kind::Dir(_) => text.push_str("dir"),
        Kind::File(Data::Bytes(bytes)) => text.push_str(memo.0.entry(ino).or_insert_with(|| Digest::of(bytes).hex())),
        Kind::File(Data::Fill(len)) => drop(write!(text, "fill {len}")),
        Kind::File(Data::Program { name, len }) => drop(write!(text, "program {name} {len}")),
        Kind::Symlink(target) => drop(write!(text, "-> {target}")),
        Kind::Device(_) | Kind::Fifo(_) | Kind::Socket(_) | Kind::Whiteout => text.push_str("special"),
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::Meta;

    fn tree(mode: u16, mtime: i64, content: &str) -> Fs {
        let mut fs = Fs::new(layer::root_meta(mtime));
        let meta = Meta { mode, ..layer::root_meta(mtime) };
        layer::add(&mut fs, "/src/a", meta, Kind::File(Data::new(content.as_bytes().to_vec())));
        layer::add(&mut fs, "/other", meta, Kind::File(Data::new(mtime.to_string().into_bytes())));
        fs
    }

    #[test]
    fn what_changed_is_named() {
        let files = CopyFiles { source: "/".into(), wildcard: true, ..CopyFiles::default() };
        let before = tree(0o644, 1, "x");
        assert_eq!(changed(&tree(0o644, 1, "x"), &before, &files, 9), Vec::<String>::new());
        assert_eq!(changed(&tree(0o644, 1, "y"), &before, &files, 9), ["src/a"]);
        assert_eq!(changed(&tree(0o755, 2, "y"), &before, &files, 9), ["other", "src/a"]);
        assert_eq!(changed(&tree(0o755, 2, "y"), &before, &files, 1), ["other"]);
        let only = CopyFiles { source: "/src".into(), ..files.clone() };
        assert_eq!(changed(&tree(0o644, 2, "y"), &before, &only, 9), ["src/a"]);
        let apart = CopyFiles { excludes: vec!["src".into()], ..files };
        assert_eq!(changed(&tree(0o644, 1, "y"), &before, &apart, 9), Vec::<String>::new());
    }

    #[test]
    fn content_and_mode_count_and_times_do_not() {
        let files = CopyFiles { source: "/src".into(), wildcard: true, ..CopyFiles::default() };
        let digest = |fs: &Fs| of_copy(fs, &files, &mut Memo::default());
        let first = digest(&tree(0o644, 1, "x"));
        assert_eq!(first, digest(&tree(0o644, 2, "x")));
        assert_ne!(first, digest(&tree(0o755, 1, "x")));
        assert_ne!(first, digest(&tree(0o644, 1, "y")));
        assert_ne!(key(&["a", "bc"]), key(&["ab", "c"]));
    }
}
