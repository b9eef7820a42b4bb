//! The simulated registry: a few well-known packages and what they need, as the real registry has them.
//!
//! A line of `registry.txt` is: name, version, licence, bytes unpacked, marks, the Node.js that it asks
//! for, what it needs (`name@range` with `;` between), and what it needs where that can be had; tabs
//! between. Marks: `$` asks for funding, `main=FILE`, `bin=NAME:FILE`, `os=NAME`, `esm`.

use super::version::{self, Range, Version};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub version: Version,
    pub license: &'static str,
    pub bytes: u64,
    marks: &'static str,
    pub node: &'static str,
    needs: &'static str,
    wants: &'static str,
}

const TEXT: &str = include_str!("registry.txt");

/// Packages whose authors say that they should not be used any more, and their words.
const DEPRECATED: [(&str, &str); 1] = [("left-pad", "use String.prototype.padStart()")];

impl Entry {
    fn read(line: &'static str) -> Option<Entry> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        Some(Entry {
            name: next()?,
            version: version::parse(next()?)?,
            license: next()?,
            bytes: next()?.parse().ok()?,
            marks: next().unwrap_or(""),
            node: next().unwrap_or(""),
            needs: next().unwrap_or(""),
            wants: next().unwrap_or(""),
        })
    }

    fn mark(&self, key: &str) -> Option<&'static str> {
        self.marks.split(' ').find_map(|mark| mark.strip_prefix(key)?.strip_prefix('='))
    }

    pub fn asks_for_funding(&self) -> bool {
        self.marks.split(' ').any(|mark| mark == "$")
    }

    pub fn main(&self) -> &'static str {
        self.mark("main").unwrap_or("index.js")
    }

    /// Commands that it brings: name and file.
    pub fn commands(&self) -> Vec<(&'static str, &'static str)> {
        self.marks.split(' ').filter_map(|mark| mark.strip_prefix("bin=")?.split_once(':')).collect()
    }

    /// Whether it can be installed on this kind of machine.
    pub fn fits(&self) -> bool {
        self.mark("os").is_none_or(|os| os.split(',').any(|os| os == "linux"))
    }

    pub fn dependencies(&self) -> Vec<(&'static str, &'static str)> {
        edges(self.needs)
    }

    /// What it takes if it can be had.
    pub fn optional(&self) -> Vec<(&'static str, &'static str)> {
        edges(self.wants)
    }

    pub fn deprecated(&self) -> Option<&'static str> {
        DEPRECATED.iter().find(|(name, _)| *name == self.name).map(|(_, words)| *words)
    }
}

fn edges(text: &'static str) -> Vec<(&'static str, &'static str)> {
    // A scope begins with the sign that comes before a range.
    text.split(';').filter_map(|edge| edge.rsplit_once('@')).collect()
}

/// Every version of a package, the lowest first.
pub fn versions(name: &str) -> Vec<Entry> {
    let own = |line: &&str| line.split('\t').next() == Some(name);
    TEXT.lines().filter(own).filter_map(Entry::read).collect()
}

pub fn entry(name: &str, version: Version) -> Option<Entry> {
    versions(name).into_iter().find(|entry| entry.version == version)
}

/// The highest version of a range.
pub fn best(name: &str, range: &Range) -> Option<Entry> {
    versions(name).into_iter().rfind(|entry| range.holds(entry.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_what_it_needs_is_there() {
        for line in TEXT.lines() {
            let entry = Entry::read(line).unwrap_or_else(|| panic!("{line}"));
            for (name, range) in entry.dependencies().into_iter().chain(entry.optional()) {
                let range = Range::parse(range).unwrap_or_else(|| panic!("{line}: {range}"));
                assert!(best(name, &range).is_some(), "{} needs {name}", entry.name);
            }
        }
    }

    #[test]
    fn the_best_of_a_range() {
        let best = |name, range| best(name, &Range::parse(range)?).map(|entry| version::text(entry.version));
        assert_eq!(best("express", "^4.18.2").as_deref(), Some("4.22.3"));
        assert_eq!(best("express", "*").as_deref(), Some("5.3.0"));
        assert_eq!(best("express", "^3"), None);
    }
}
