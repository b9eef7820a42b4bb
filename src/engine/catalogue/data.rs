//! The embedded text and its sections.

/// The catalogue's files, searched in this order.
const FILES: &[&str] = &[
    include_str!("data/registry.txt"),
    include_str!("data/images.txt"),
    include_str!("data/alpine.txt"),
    include_str!("data/busybox.txt"),
    include_str!("data/debian.txt"),
    include_str!("data/node.txt"),
    include_str!("data/nginx.txt"),
    include_str!("data/services.txt"),
    include_str!("data/distroless.txt"),
];

/// Diff ids, `LAYER HEX` a line.
pub(super) const DIGESTS: &str = include_str!("data/digests.txt");

/// How deep sections may use one another.
pub(super) const DEPTH_MAX: u8 = 8;

/// The text of a section.
pub(super) fn section(name: &str) -> Option<&'static str> {
    let head = format!("\n[{name}]\n");
    FILES.iter().find_map(|file| {
        let start = file.find(&head)? + head.len();
        let rest = &file[start..];
        // A line may start with the programs `[` and `[[`; a head goes on with a letter.
        let end = rest
            .match_indices("\n[")
            .map(|(at, _)| at + 1)
            .find(|at| rest[at + 1..].starts_with(|next: char| next.is_ascii_lowercase()))
            .unwrap_or(rest.len());
        Some(&rest[..end])
    })
}

/// The names of the sections of a kind: `layer`, `image`.
pub(super) fn names(kind: &'static str) -> impl Iterator<Item = &'static str> {
    FILES
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(move |line| line.strip_prefix('[')?.strip_suffix(']')?.strip_prefix(kind)?.strip_prefix(' '))
}

/// The values that `set` gave.
#[derive(Clone, Default)]
pub(super) struct Values(Vec<(&'static str, &'static str)>);

impl Values {
    /// Takes the `KEY=value` words of a `set` line.
    pub(super) fn set(&mut self, words: &'static str) {
        self.0.extend(words.split_whitespace().filter_map(|word| word.split_once('=')));
    }

    /// The line with every `@KEY@` replaced; of a key set twice the last value counts.
    pub(super) fn fill(&self, line: &str) -> String {
        let mut line = line.to_owned();
        if line.contains('@') {
            for (key, value) in self.0.iter().rev() {
                line = line.replace(&format!("@{key}@"), value);
            }
        }
        line
    }
}
