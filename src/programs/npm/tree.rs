//! Which packages stand where in `node_modules`: as near to the top as nothing else of the name forbids.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::{self, Entry};
use super::version::{self, Range, Version};
use crate::model::order::Order;

/// Packages by their place, `node_modules/a/node_modules/b`.
pub type Tree = BTreeMap<String, Entry>;

/// Why there is no tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The registry has no package of this name; the range that was asked for.
    NoPackage(String, String),
    /// It has the package, but no such version.
    NoVersion(String, String),
    /// A package from elsewhere than the registry.
    Elsewhere(String),
}

/// The place of a package below another; the project's own place is empty.
fn below(place: &str, name: &str) -> String {
    if place.is_empty() { format!("node_modules/{name}") } else { format!("{place}/node_modules/{name}") }
}

/// The place above, if there is one.
fn above(place: &str) -> Option<&str> {
    let at = place.rfind("node_modules/")?;
    Some(place[..at].trim_end_matches('/'))
}

/// Where a package at `from` finds `name`.
pub fn find(tree: &Tree, from: &str, name: &str) -> Option<String> {
    let mut at = from;
    loop {
        let place = below(at, name);
        if tree.contains_key(&place) {
            return Some(place);
        }
        at = above(at)?;
    }
}

/// What a range or tag of a package means.
pub fn choose(name: &str, wanted: &str) -> Result<Entry, Trouble> {
    let elsewhere = wanted.contains([':', '/']);
    if elsewhere {
        return Err(Trouble::Elsewhere(format!("{name}@{wanted}")));
    }
    if registry::versions(name).is_empty() {
        return Err(Trouble::NoPackage(name.into(), wanted.into()));
    }
    let range = if wanted == "latest" { Range::parse("*") } else { Range::parse(wanted) };
    let found = range.and_then(|range| registry::best(name, &range));
    found.ok_or_else(|| Trouble::NoVersion(name.into(), wanted.into()))
}

/// Builds the tree of a project's needs. What stands in `old` and serves stays as it is.
pub fn build(needs: &[(String, String)], old: &BTreeMap<String, (String, Version)>) -> Result<Tree, Trouble> {
    let mut tree = Tree::new();
    for (place, (name, version)) in old {
        let missing = || Trouble::NoVersion(name.clone(), version::text(*version));
        tree.insert(place.clone(), registry::entry(name, *version).ok_or_else(missing)?);
    }
    // By depth, then by name: who comes first takes the place at the top.
    let mut queue = BTreeSet::from([(0, String::new())]);
    let mut seen = BTreeSet::new();
    while let Some((_, place)) = queue.pop_first() {
        if !seen.insert(place.clone()) {
            continue;
        }
        let mut edges: Vec<(String, String)> = match tree.get(&place) {
            Some(entry) => {
                let own = entry.dependencies().into_iter().chain(entry.optional());
                own.map(|(name, range)| (name.to_string(), range.to_string())).collect()
            }
            None => needs.to_vec(),
        };
        edges.order();
        for (name, range) in edges {
            let found = find(&tree, &place, &name);
            let serves = |at: &String| tree.get(at).is_some_and(|entry| satisfies(entry, &range));
            let at = match found.filter(serves) {
                Some(at) => at,
                None => {
                    let (at, replaced) = put(&mut tree, &place, choose(&name, &range)?);
                    if replaced {
                        // Whoever was content with the other version has to look again.
                        seen.clear();
                        queue.insert((0, String::new()));
                    }
                    at
                }
            };
            queue.insert((at.matches("node_modules/").count(), at));
        }
    }
    tree.retain(|place, _| seen.contains(place));
    Ok(tree)
}

pub fn satisfies(entry: &Entry, range: &str) -> bool {
    range == "latest" || Range::parse(range).is_some_and(|range| range.holds(entry.version))
}

/// Puts a package where `from` finds it, as high as it goes: below the first of another version. Gives the
/// place, and whether another version stood there.
fn put(tree: &mut Tree, from: &str, entry: Entry) -> (String, bool) {
    let mut at = from;
    while let Some(higher) = above(at) {
        if tree.contains_key(&below(at, entry.name)) || tree.contains_key(&below(higher, entry.name)) {
            break;
        }
        at = higher;
    }
    let place = below(at, entry.name);
    // What stood below the one that goes, goes with it.
    let inside = format!("{place}/");
    tree.retain(|other, _| !other.starts_with(&inside));
    let replaced = tree.insert(place.clone(), entry).is_some();
    (place, replaced)
}

/// The places that some of the project's needs lead to.
pub fn reached(tree: &Tree, needs: &[(String, String)]) -> BTreeSet<String> {
    let mut todo: Vec<String> = needs.iter().filter_map(|(name, _)| find(tree, "", name)).collect();
    let mut reached = BTreeSet::new();
    while let Some(place) = todo.pop() {
        if reached.insert(place.clone())
            && let Some(entry) = tree.get(&place)
        {
            let edges = entry.dependencies().into_iter().chain(entry.optional());
            todo.extend(edges.filter_map(|(name, _)| find(tree, &place, name)));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(needs: &[(&str, &str)]) -> Tree {
        let needs: Vec<_> = needs.iter().map(|(name, range)| (name.to_string(), range.to_string())).collect();
        build(&needs, &BTreeMap::new()).expect("a tree")
    }

    /// How many packages the real npm adds for each.
    #[test]
    fn trees_are_as_large_as_real_ones() {
        let sizes = [("express", "4", 71), ("express", "5", 68), ("axios", "*", 30), ("nodemon", "*", 28)];
        let more = [("pg", "*", 14), ("mysql2", "*", 12), ("mongoose", "*", 19), ("redis", "*", 6), ("chalk", "4", 6)];
        for (name, range, size) in sizes.into_iter().chain(more) {
            let tree = built(&[(name, range)]);
            assert_eq!(tree.values().filter(|entry| entry.fits()).count(), size, "{name}@{range}");
        }
    }

    #[test]
    fn another_version_stands_below_who_needs_it() {
        let tree = built(&[("express", "^4"), ("debug", "^4")]);
        let at = |place: &str| tree.get(place).map(|entry| entry.version[0]);
        assert_eq!(at("node_modules/debug"), Some(4));
        assert_eq!(at("node_modules/express/node_modules/debug"), Some(2));
        assert_eq!(
            find(&tree, "node_modules/express", "debug").as_deref(),
            Some("node_modules/express/node_modules/debug")
        );
    }

    #[test]
    fn what_is_not_there() {
        let one = |name: &str, range: &str| build(&[(name.into(), range.into())], &BTreeMap::new());
        assert_eq!(one("nosuch", "1"), Err(Trouble::NoPackage("nosuch".into(), "1".into())));
        assert_eq!(one("lodash", "^99"), Err(Trouble::NoVersion("lodash".into(), "^99".into())));
        assert_eq!(one("x", "file:../x"), Err(Trouble::Elsewhere("x@file:../x".into())));
    }
}
