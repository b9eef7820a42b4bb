//! Layers: the trees that images add one on the other.

use std::collections::BTreeMap;

use super::data::{DEPTH_MAX, Values, find, section};
use super::{image, seconds};
use crate::oci::digest::Digest;
use crate::oci::tar::{self, Body, Header, Kind};

/// A layer and the tree it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name in the catalogue.
    pub name: &'static str,
    /// The stored digest of its tar.
    pub diff_id: Digest,
    /// The stand-in for the digest of its packed form.
    pub blob: Digest,
    /// Length of the packed form in bytes: what a pull transfers.
    pub compressed: u64,
    /// Sum of its files' sizes in bytes: what `docker history` shows.
    pub size: u64,
    /// The members, sorted by path; parents come before their children.
    pub entries: Vec<Entry>,
}

/// A member of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute, without a trailing slash; the root itself is never a member.
    pub path: String,
    /// The twelve permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// What it is.
    pub node: Node,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Dir,
    /// A regular file.
    File(Content),
    /// A symbolic link with this text.
    Symlink(String),
    /// Another name of the file at this absolute path of the same layer.
    Hardlink(String),
}

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// This many bytes that no lesson opens.
    Fill(u64),
    /// An executable of `len` bytes that the kernel runs as its program `name`.
    Program {
        /// The program's name in the kernel's table.
        name: String,
        /// Length in bytes.
        len: u64,
    },
}

impl Content {
    /// The content as an archive takes it.
    pub fn body(&self) -> Body<'_> {
        match self {
            Self::Bytes(bytes) => Body::Bytes(bytes),
            Self::Fill(len) => Body::Fill(*len),
            Self::Program { name, len } => Body::Program { name, len: *len },
        }
    }
}

impl Layer {
    /// Recomputes the digest of the layer's tar. Hashes as many bytes as the layer has.
    pub fn compute_diff_id(&self) -> Digest {
        tar::diff_id(|writer| {
            for entry in &self.entries {
                entry.write(writer);
            }
        })
    }
}

impl Entry {
    fn write(&self, writer: &mut tar::Writer<'_>) {
        let (kind, link, body) = match &self.node {
            Node::Dir => (Kind::Dir, "", Body::Bytes(&[])),
            Node::File(content) => (Kind::File, "", content.body()),
            Node::Symlink(text) => (Kind::Symlink, text.as_str(), Body::Bytes(&[])),
            Node::Hardlink(path) => (Kind::Hardlink, path.trim_start_matches('/'), Body::Bytes(&[])),
        };
        let mut header = Header::new(&self.path, kind, self.mode);
        (header.uid, header.gid, header.mtime) = (self.uid, self.gid, self.mtime);
        header.link = link.to_owned();
        writer.member(&header, body);
    }
}

/// What is in the layer of this name, without what the registry knows of it.
pub fn entries(name: &str) -> Vec<Entry> {
    read(name).map_or_else(Vec::new, |(_, tree)| tree.entries.into_values().map(|(entry, _)| entry).collect())
}

fn read(name: &str) -> Option<(&'static str, Tree)> {
    let (head, text) = find(&format!("layer {name}"))?;
    let mut tree = Tree::default();
    tree.read(text, 0);
    Some((head.strip_prefix("layer ")?, tree))
}

/// The layer of this name.
pub fn layer(name: &str) -> Option<Layer> {
    let (name, mut tree) = read(name)?;
    let diff_id = image::stored_diff_id(name).unwrap_or(Digest::from_bytes([0; 32]));
    let (size, entries) = (tree.share(), tree.entries.into_values().map(|(entry, _)| entry).collect());
    Some(Layer { name, diff_id, blob: image::blob(&diff_id), compressed: image::packed(name), size, entries })
}

/// A layer while it is read. The key sorts a directory before what is in it.
#[derive(Default)]
struct Tree {
    entries: BTreeMap<String, (Entry, u64)>,
    values: Values,
    dir: String,
    total: Option<u64>,
    time: i64,
}

impl Tree {
    fn read(&mut self, text: &'static str, depth: u8) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "" | "#" | "packed" => {}
                "total" => self.total = rest.parse().ok(),
                "at" => self.time = seconds(rest).unwrap_or(0),
                "set" => self.values.set(rest),
                "use" if depth < DEPTH_MAX => {
                    if let Some(text) = section(rest) {
                        self.read(text, depth + 1);
                    }
                }
                _ if line.starts_with('|') => {}
                _ => {
                    let line = self.values.fill(line);
                    let mut content = Vec::new();
                    while let Some(more) = lines.next_if(|line| line.starts_with(['|', '&'])) {
                        self.content(more, &mut content, depth);
                    }
                    self.line(&line, content);
                }
            }
        }
    }

    fn content(&self, line: &str, content: &mut Vec<u8>, depth: u8) {
        let Some(name) = line.strip_prefix('&') else {
            content.extend_from_slice(self.values.fill(&line[1..]).as_bytes());
            content.push(b'\n');
            return;
        };
        if depth < DEPTH_MAX {
            for line in section(name).into_iter().flat_map(str::lines) {
                if line.starts_with(['|', '&']) {
                    self.content(line, content, depth + 1);
                }
            }
        }
    }

    fn line(&mut self, line: &str, content: Vec<u8>) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(dir) = words.first().and_then(|word| word.strip_suffix('/')) {
            self.dir = dir.to_owned();
            if !dir.is_empty() {
                self.parents(dir);
                self.add(dir.to_owned(), Node::Dir, 0o755, 0, &words[1..]);
            }
            return;
        }
        let Some(at) = words.iter().position(|word| matches!(*word, "=" | "!" | "->" | "=>" | "<")) else {
            return;
        };
        let (names, args) = (&words[..at], &words[at + 1..]);
        let first = args.first().copied().unwrap_or("");
        for name in names {
            let path = format!("{}/{name}", self.dir);
            match words[at] {
                "=" => {
                    let (len, weight) = size(first, &path, names.len() == 1);
                    self.add(path, Node::File(Content::Fill(len)), 0o644, weight, &args[1..]);
                }
                "!" => {
                    let (len, weight) = size(args.get(1).copied().unwrap_or(""), &path, names.len() == 1);
                    let program = if first == "." { name } else { first };
                    let content = Content::Program { name: program.to_owned(), len };
                    self.add(path, Node::File(content), 0o755, weight, args.get(2..).unwrap_or(&[]));
                }
                "->" => self.add(path, Node::Symlink(first.to_owned()), 0o777, 0, &[]),
                "=>" => self.add(path, Node::Hardlink(first.to_owned()), 0o755, 0, &args[1..]),
                _ => self.add(path, Node::File(Content::Bytes(content.clone())), 0o644, 0, args),
            }
        }
    }

    fn add(&mut self, path: String, node: Node, mode: u16, weight: u64, attrs: &[&str]) {
        let mut entry = Entry { path, mode, uid: 0, gid: 0, mtime: self.time, node };
        for attr in attrs {
            match attr.split_once(':') {
                Some((uid, gid)) => {
                    entry.uid = uid.parse().unwrap_or(0);
                    entry.gid = gid.parse().unwrap_or(0);
                }
                None => entry.mode = u16::from_str_radix(attr, 8).unwrap_or(mode),
            }
        }
        self.entries.insert(key(&entry.path), (entry, weight));
    }

    fn parents(&mut self, path: &str) {
        for (at, _) in path.match_indices('/').skip(1) {
            let (parent, time) = (&path[..at], self.time);
            self.entries.entry(key(parent)).or_insert_with(|| {
                let entry =
                    Entry { path: parent.to_owned(), mode: 0o755, uid: 0, gid: 0, mtime: time, node: Node::Dir };
                (entry, 0)
            });
        }
    }

    /// Shares out what `total` leaves by weight; returns the sum of all sizes.
    fn share(&mut self) -> u64 {
        let fixed: u64 = self.entries.values().map(|(entry, _)| file_len(entry)).sum();
        let mut weights: u64 = self.entries.values().map(|(_, weight)| weight).sum();
        let mut rest = self.total.unwrap_or(fixed).saturating_sub(fixed);
        let size = if weights > 0 { fixed + rest } else { fixed };
        for (entry, weight) in self.entries.values_mut().filter(|(_, weight)| *weight > 0) {
            let share = (u128::from(rest) * u128::from(*weight) / u128::from(weights)) as u64;
            weights -= *weight;
            rest -= share;
            if let Node::File(Content::Fill(len) | Content::Program { len, .. }) = &mut entry.node {
                *len = share;
            }
        }
        size
    }
}

/// Sorts paths part by part: `/` comes before every other byte.
fn key(path: &str) -> String {
    path.replace('/', "\0")
}

fn file_len(entry: &Entry) -> u64 {
    match &entry.node {
        Node::File(content) => content.body().len(),
        _ => 0,
    }
}

/// A size in bytes and a weight, one of them zero. What the data rounds (a unit, a weight) varies with
/// the path, so that no two files of a list are alike: a list's by a half, a single file's by a little.
fn size(word: &str, path: &str, alone: bool) -> (u64, u64) {
    let (digits, weight) = word.strip_prefix('~').map_or((word, false), |digits| (digits, true));
    let (digits, unit) = match digits.strip_suffix('k') {
        Some(digits) => (digits, 1 << 10),
        None => digits.strip_suffix('M').map_or((digits, 1), |digits| (digits, 1 << 20)),
    };
    let number: u64 = digits.parse().unwrap_or(0);
    // FNV-1a.
    let hash = path
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let varied = match alone {
        true => 980 + (hash >> 32) % 41,
        false => 500 + (hash >> 32) % 1001,
    };
    match (weight, unit) {
        (true, _) => (0, number * varied),
        (false, 1) => (number, 0),
        (false, unit) => (number * unit * varied / 1000, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("12", "/a", false), (12, 0));
        assert_ne!(size("12k", "/a", false), size("12k", "/b", false));
        for path in ["/a", "/b", "/c"] {
            let (list, alone) = (size("12k", path, false).0, size("12k", path, true).0);
            assert!((6144..=18432).contains(&list) && (12042..=12534).contains(&alone), "{list} {alone}");
            assert_eq!(size("~7", path, true).0, 0);
        }
    }

    #[test]
    fn a_tree_is_read_line_by_line() {
        let text = "total 1000\nat 2025-02-14T03:28:36Z\n/bin/\nbusybox ! . 300\nls cat -> /bin/busybox\n\
                    /etc/ 700 1:2\nmotd < 600\n|hi\nbig = ~1\nsmall = ~2\n";
        let mut tree = Tree::default();
        tree.read(text, 0);
        assert_eq!(tree.share(), 1000);
        let paths: Vec<_> = tree.entries.values().map(|(entry, _)| entry.path.as_str()).collect();
        let want = ["/bin", "/bin/busybox", "/bin/cat", "/bin/ls", "/etc", "/etc/big", "/etc/motd", "/etc/small"];
        assert_eq!(paths, want);
        let motd = &tree.entries[&key("/etc/motd")].0;
        assert_eq!((motd.mode, &motd.node), (0o600, &Node::File(Content::Bytes(b"hi\n".to_vec()))));
        let etc = &tree.entries[&key("/etc")].0;
        assert_eq!((etc.mode, etc.uid, etc.gid), (0o700, 1, 2));
        let small = &tree.entries[&key("/etc/small")].0;
        // The weights 1 and 2 share the 697 bytes that are left, give or take a fiftieth each.
        assert!(matches!(small.node, Node::File(Content::Fill(455..=475))), "{small:?}");
    }
}
