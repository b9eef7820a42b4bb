//! `package.json` and `package-lock.json` (lock file version 3).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::registry::Entry;
use super::tree::Tree;
use super::version::{self, Version};
use crate::model::order::Order;

/// A project's `package.json`, with what npm does not know kept as it is.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub json: Map<String, Value>,
    /// What one level is set in by.
    indent: String,
}

impl Manifest {
    /// None if it is no JSON object.
    pub fn read(text: &str) -> Result<Manifest, String> {
        let second = text.lines().nth(1).unwrap_or("  ");
        let indent: String = second.chars().take_while(|c| c.is_whitespace()).collect();
        match serde_json::from_str(text) {
            Ok(Value::Object(json)) => {
                Ok(Manifest { json, indent: if indent.is_empty() { "  ".into() } else { indent } })
            }
            Ok(_) => Err("not an object".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn text(&self, key: &str) -> &str {
        self.json.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// Names and ranges under `dependencies` or `devDependencies`.
    pub fn needs(&self, key: &str) -> Vec<(String, String)> {
        let all = self.json.get(key).and_then(Value::as_object);
        let pair = |(name, range): (&String, &Value)| (name.clone(), range.as_str().unwrap_or("").to_string());
        all.into_iter().flatten().map(pair).collect()
    }

    pub fn scripts(&self) -> Vec<(String, String)> {
        self.needs("scripts")
    }

    /// Names a need, and takes it out of where else it was; the names stay in order.
    pub fn need(&mut self, key: &str, name: &str, range: &str) {
        self.forget(name);
        let entry = self.json.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(all) = entry {
            all.insert(name.into(), range.into());
            let mut pairs: Vec<(String, Value)> = std::mem::take(all).into_iter().collect();
            pairs.order_by(|a, b| a.0.cmp(&b.0));
            all.extend(pairs);
        }
    }

    /// Whether it was needed.
    pub fn forget(&mut self, name: &str) -> bool {
        let mut known = false;
        for key in ["dependencies", "devDependencies", "optionalDependencies"] {
            let Some(Value::Object(all)) = self.json.get_mut(key) else { continue };
            known |= all.shift_remove(name).is_some();
            if all.is_empty() {
                self.json.shift_remove(key);
            }
        }
        known
    }

    pub fn print(&self) -> String {
        set_in(&Value::Object(self.json.clone()), &self.indent)
    }

    pub fn new(json: Map<String, Value>) -> Manifest {
        Manifest { json, indent: "  ".into() }
    }
}

/// JSON as npm writes it, set in by `indent`.
fn set_in(value: &Value, indent: &str) -> String {
    let plain = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut text = String::new();
    for line in plain.lines() {
        let inner = line.trim_start_matches(' ');
        text.push_str(&indent.repeat((line.len() - inner.len()) / 2));
        text.push_str(inner);
        text.push('\n');
    }
    text
}

/// What a lock file says of a package at its place.
fn locked(entry: &Entry, dev: bool) -> Value {
    let mut json = Map::new();
    let number = version::text(entry.version);
    let file = entry.name.rsplit('/').next().unwrap_or(entry.name);
    json.insert("version".into(), number.as_str().into());
    let from = format!("https://registry.npmjs.org/{}/-/{file}-{number}.tgz", entry.name);
    json.insert("resolved".into(), from.into());
    if dev {
        json.insert("dev".into(), true.into());
    }
    json.insert("license".into(), entry.license.into());
    if !entry.fits() {
        json.insert("optional".into(), true.into());
        json.insert("os".into(), json!(["darwin"]));
    }
    for (key, pairs) in
        [("dependencies", entry.dependencies()), ("bin", entry.commands()), ("optionalDependencies", entry.optional())]
    {
        if !pairs.is_empty() {
            let pairs = pairs.into_iter().map(|(name, what)| (name.to_string(), Value::from(what)));
            json.insert(key.into(), Value::Object(pairs.collect()));
        }
    }
    if !entry.node.is_empty() {
        json.insert("engines".into(), json!({ "node": entry.node }));
    }
    Value::Object(json)
}

/// A lock file; with the project itself in it unless `hidden`.
pub fn lock(manifest: &Manifest, name: &str, tree: &Tree, dev: &dyn Fn(&str) -> bool, hidden: bool) -> String {
    let mut top = Map::new();
    let number = manifest.text("version");
    top.insert("name".into(), name.into());
    if !number.is_empty() {
        top.insert("version".into(), number.into());
    }
    top.insert("lockfileVersion".into(), 3.into());
    top.insert("requires".into(), true.into());
    let mut packages = Map::new();
    if !hidden && !manifest.json.is_empty() {
        let mut own = Map::new();
        for key in ["name", "version", "license", "dependencies", "devDependencies", "bin", "engines"] {
            if let Some(value) = manifest.json.get(key) {
                own.insert(key.into(), value.clone());
            }
        }
        packages.insert(String::new(), Value::Object(own));
    }
    for (place, entry) in tree {
        if !hidden || entry.fits() {
            packages.insert(place.clone(), locked(entry, dev(place)));
        }
    }
    top.insert("packages".into(), Value::Object(packages));
    set_in(&Value::Object(top), "  ")
}

/// What a lock file holds: name and version by place; none if it can't be read.
pub fn read_lock(text: &str) -> Option<BTreeMap<String, (String, Version)>> {
    let json: Value = serde_json::from_str(text).ok()?;
    json.get("lockfileVersion")?.as_u64()?;
    let mut places = BTreeMap::new();
    for (place, package) in json.get("packages")?.as_object()? {
        let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
        let number = package.get("version").and_then(Value::as_str).and_then(version::parse)?;
        places.insert(place.clone(), (name.to_string(), number));
    }
    Some(places)
}
