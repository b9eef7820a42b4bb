//! The embedded text and its sections.

use crate::model::Map;
use crate::model::order::Order;
use std::borrow::Cow;
use std::cell::OnceCell;

/// What the learner's own machine is made of; the page starts with it.
const HOST: &str = include_str!("data/debian.txt");

/// The registry's files; the page fetches them when they are asked for, so only [`registry`] may name them.
const FILES: &[&str] = &[
    include_str!("data/registry.txt"),
    include_str!("data/images.txt"),
    include_str!("data/alpine.txt"),
    include_str!("data/busybox.txt"),
    include_str!("data/node.txt"),
    include_str!("data/nginx.txt"),
    include_str!("data/services.txt"),
    include_str!("data/distroless.txt"),
];

/// Diff ids, `LAYER HEX` a line.
pub(super) const DIGESTS: &str = include_str!("data/digests.txt");

/// How deep sections may use one another.
pub(super) const DEPTH_MAX: u8 = 8;

type Sections = Map<&'static str, &'static str>;

thread_local! {
    /// Every section's text by its name, made when the first one is asked for.
    static SECTIONS: (OnceCell<Sections>, OnceCell<Sections>) = const { (OnceCell::new(), OnceCell::new()) };
}

fn host() -> Sections {
    SECTIONS.with(|(host, _)| host.get_or_init(|| split(HOST).collect()).clone())
}

#[inline(never)]
fn registry() -> Sections {
    SECTIONS.with(|(_, all)| all.get_or_init(|| FILES.iter().flat_map(|file| split(file)).collect()).clone())
}

/// Cuts a file at its heads. A line may start with the programs `[` and `[[`; a head's name starts with
/// a small letter.
fn split(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let starts = file.match_indices("\n[").map(|(at, _)| at + 2);
    let starts: Vec<usize> =
        starts.filter(|&at| file[at..].starts_with(|first: char| first.is_ascii_lowercase())).collect();
    let ends: Vec<usize> = starts.iter().skip(1).map(|next| next - 1).chain([file.len()]).collect();
    starts.into_iter().zip(ends).filter_map(|(start, end)| file[start..end].split_once("]\n"))
}

/// A section's name as the data holds it, and its text.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    let of = |sections: &Sections| sections.get_key_value(name).map(|(name, text)| (*name, *text));
    of(&host()).or_else(|| of(&registry()))
}

/// The text of a section.
pub(super) fn section(name: &str) -> Option<&'static str> {
    find(name).map(|(_, text)| text)
}

/// The names of the sections of a kind, `layer ` or `image `, sorted.
pub(super) fn names(kind: &'static str) -> impl Iterator<Item = &'static str> {
    let (host, registry) = (host(), registry());
    let mut names: Vec<_> = host.keys().chain(registry.keys()).filter_map(|name| name.strip_prefix(kind)).collect();
    names.order();
    names.into_iter()
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
    pub(super) fn fill<'l>(&self, line: &'l str) -> Cow<'l, str> {
        if !line.contains('@') {
            return Cow::Borrowed(line);
        }
        let mut line = line.to_owned();
        for (key, value) in self.0.iter().rev() {
            line = line.replace(&format!("@{key}@"), value);
        }
        Cow::Owned(line)
    }
}
