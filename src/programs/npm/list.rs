//! `npm ls`: what is installed, as a tree.

use std::collections::BTreeSet;

use super::manifest::{self, Manifest};
use super::tree::{self, Tree};
use super::{Npm, registry, version};
use crate::model::order::Order;

struct Drawing<'a> {
    tree: &'a Tree,
    text: String,
    seen: BTreeSet<String>,
    problems: Vec<String>,
    /// How deep it goes below the project.
    depth: usize,
    /// The packages asked for; all if there are none.
    wanted: &'a [String],
    root: &'a str,
}

pub async fn list(npm: &mut Npm, wanted: &[String]) -> i32 {
    let manifest = match npm.text("package.json").await {
        Some(_) => match npm.manifest().await {
            Ok(manifest) => manifest,
            Err(code) => return code,
        },
        None => Manifest::new(serde_json::Map::new()),
    };
    let text = npm.text("node_modules/.package-lock.json").await;
    let places = text.and_then(|text| manifest::read_lock(&text)).unwrap_or_default();
    let there = |place: &String| npm.sys.stat(&npm.at(&format!("{place}/package.json"))).is_ok();
    let entries = places.into_iter().filter(|(place, _)| there(place));
    let tree: Tree =
        entries.filter_map(|(place, (name, number))| Some((place, registry::entry(&name, number)?))).collect();
    let root = npm.at("").trim_end_matches('/').to_string();
    let title = match (manifest.text("name"), manifest.text("version")) {
        ("", _) => root.clone(),
        (name, number) => format!("{name}@{number} {root}"),
    };
    let depth = if npm.options.all || !wanted.is_empty() { usize::MAX } else { npm.options.depth };
    let mut needs = manifest.needs("dependencies");
    needs.extend(manifest.needs("devDependencies"));
    needs.order();
    let own = format!("{}@{}", manifest.text("name"), manifest.text("version"));
    let mut drawing = Drawing {
        tree: &tree,
        text: format!("{title}\n"),
        seen: BTreeSet::new(),
        problems: Vec::new(),
        depth,
        wanted,
        root: &root,
    };
    let shown = drawing.rows("", &needs, "", &own, 0);
    if shown == 0 {
        drawing.text.push_str("└── (empty)\n");
    }
    drawing.text.push('\n');
    let (text, problems) = (drawing.text, drawing.problems);
    npm.say(&text).await;
    if !problems.is_empty() {
        let lines: Vec<String> = std::iter::once("code ELSPROBLEMS".to_string()).chain(problems).collect();
        return npm.error(&lines).await;
    }
    i32::from(shown == 0 && !wanted.is_empty())
}

impl Drawing<'_> {
    /// Draws what `place` needs; how many rows that were.
    fn rows(&mut self, place: &str, needs: &[(String, String)], lead: &str, by: &str, level: usize) -> usize {
        let shown: Vec<&(String, String)> =
            needs.iter().filter(|(name, _)| self.leads(place, name, &mut BTreeSet::new())).collect();
        for (at, (name, range)) in shown.iter().enumerate() {
            let last = at + 1 == shown.len();
            self.row(place, name, range, (lead, last), by, level);
        }
        shown.len()
    }

    /// Whether a need is asked for, or leads to one that is.
    fn leads(&self, from: &str, name: &str, on_the_way: &mut BTreeSet<String>) -> bool {
        if self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == name) {
            return true;
        }
        let Some(place) = tree::find(self.tree, from, name) else { return false };
        if !on_the_way.insert(place.clone()) {
            return false;
        }
        let entry = self.tree.get(&place);
        entry.is_some_and(|entry| entry.dependencies().iter().any(|(name, _)| self.leads(&place, name, on_the_way)))
    }

    fn row(&mut self, from: &str, name: &str, range: &str, (lead, last): (&str, bool), by: &str, level: usize) {
        let corner = if last { "└" } else { "├" };
        let Some(place) = tree::find(self.tree, from, name) else {
            self.text.push_str(&format!("{lead}{corner}── UNMET DEPENDENCY {name}@{range}\n"));
            self.problems.push(format!("missing: {name}@{range}, required by {by}"));
            return;
        };
        let Some(entry) = self.tree.get(&place).copied() else { return };
        let label = format!("{name}@{}", version::text(entry.version));
        let deduped = !self.seen.insert(place.clone());
        let mut below: Vec<(String, String)> =
            entry.dependencies().into_iter().map(|(name, range)| (name.to_string(), range.to_string())).collect();
        below.order();
        let further =
            self.wanted.is_empty() || below.iter().any(|(name, _)| self.leads(&place, name, &mut BTreeSet::new()));
        let branches = !deduped && level < self.depth && !below.is_empty() && further;
        let stem = if branches { "─┬" } else { "──" };
        let mut note = if deduped { " deduped".to_string() } else { String::new() };
        if !tree::satisfies(&entry, range) {
            let who = if from.is_empty() { "the root project" } else { from };
            note.push_str(&format!(" invalid: \"{range}\" from {who}"));
            self.problems.push(format!("invalid: {label} {}/{place}", self.root));
        }
        self.text.push_str(&format!("{lead}{corner}{stem} {label}{note}\n"));
        if branches {
            let lead = format!("{lead}{}", if last { "  " } else { "│ " });
            self.rows(&place, &below, &lead, &label, level + 1);
        }
    }
}
