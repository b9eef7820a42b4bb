//! What a step is known by: digests of instructions, of what is below them and of the files they take. Times
//! of files don't count.

use std::collections::BTreeMap;

use super::copy;
use super::graph::CopyFiles;
use super::ignore::Ignore;
use crate::model::file::{Data, Fs, Ino, Kind};
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
    let excludes = Ignore::new(&files.excludes).unwrap_or_default();
    let include = files.include.as_ref().and_then(|pattern| Ignore::new(std::slice::from_ref(pattern)).ok());
    let mut text = String::new();
    for path in copy::sources(tree, files) {
        let Some(ino) = layer::find(tree, &path) else { continue };
        // A directory's own name does not matter, since only what is in it is copied.
        let name = if tree.entries(ino).is_some() { "" } else { path.rsplit('/').next().unwrap_or_default() };
        node(&mut text, tree, ino, name, path == "/", memo);
        below(&mut text, tree, ino, "", memo, &|path| {
            !excludes.matches(path) && include.as_ref().is_none_or(|wanted| wanted.matches(path))
        });
        text.push('\n');
    }
    Digest::of(text.as_bytes()).to_string()
}

/// The digest of a path of a tree, as a mount shows it.
pub fn of_path(tree: &Fs, path: &str, memo: &mut Memo) -> String {
    let mut text = String::new();
    if let Some(ino) = layer::find(tree, path) {
        node(&mut text, tree, ino, "", path == "/", memo);
        below(&mut text, tree, ino, "", memo, &|_| true);
    }
    Digest::of(text.as_bytes()).to_string()
}

fn below(text: &mut String, tree: &Fs, dir: Ino, within: &str, memo: &mut Memo, wanted: &dyn Fn(&str) -> bool) {
    let Some(entries) = tree.entries(dir) else { return };
    for (name, ino) in entries {
        let path = if within.is_empty() { name.to_string() } else { format!("{within}/{name}") };
        if wanted(&path) {
            node(text, tree, *ino, &path, false, memo);
        }
        below(text, tree, *ino, &path, memo, wanted);
    }
}

fn node(text: &mut String, tree: &Fs, ino: Ino, path: &str, root: bool, memo: &mut Memo) {
    let Some(inode) = tree.get(ino) else { return };
    let content = match &inode.kind {
        Kind::Dir(_) => "dir".to_string(),
        Kind::File(Data::Bytes(bytes)) => memo.0.entry(ino).or_insert_with(|| Digest::of(bytes).hex()).clone(),
        Kind::File(Data::Fill(len)) => format!("fill {len}"),
        Kind::File(Data::Program { name, len }) => format!("program {name} {len}"),
        Kind::Symlink(target) => format!("-> {target}"),
        Kind::Device(_) | Kind::Fifo(_) | Kind::Socket(_) | Kind::Whiteout => "special".to_string(),
    };
    let meta =
        if root { String::new() } else { format!("{:o} {}:{}", inode.meta.mode, inode.meta.uid, inode.meta.gid) };
    text.push_str(&format!("{path}\0{meta}\0{content}\n"));
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
