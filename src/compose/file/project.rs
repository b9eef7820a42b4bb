//! A loaded project: its services and resources, and which of them a command is about.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::shown;
use super::dotenv::{self, Variables};
use super::emit::{Shown, sort_keys};
use super::load::Files;
use super::template::Lookup;
use super::value::{Table, Value};
use crate::oci::digest::Digest;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    pub name: String,
    /// Where relative paths begin.
    pub dir: String,
    pub files: Vec<String>,
    /// The `--env-file`s that were given.
    pub env_files: Vec<String>,
    pub environment: Variables,
    pub profiles: Vec<String>,
    pub services: Table,
    /// Services whose profiles are not active, or that were not chosen.
    pub disabled: Table,
    pub networks: Table,
    pub volumes: Table,
    pub secrets: Table,
    pub configs: Table,
    /// The `x-` keys of the top.
    pub extensions: Table,
}

/// Which services come along with those that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependencies {
    Include,
    Dependents,
    Ignore,
}

impl Project {
    /// Takes a decoded and normalised tree apart.
    pub fn new(tree: Value, name: &str) -> Project {
        let mut project = Project { name: name.into(), ..Project::default() };
        let Value::Map(tree) = tree else { return project };
        for (key, value) in tree {
            let table = match value {
                Value::Map(table) if !key.starts_with("x-") => table,
                value => {
                    if key.starts_with("x-") {
                        project.extensions.insert(key, value);
                    }
                    continue;
                }
            };
            match key.as_str() {
                "services" => project.services = table,
                "networks" => project.networks = table,
                "volumes" => project.volumes = table,
                "secrets" => project.secrets = table,
                "configs" => project.configs = table,
                _ => {}
            }
        }
        project
    }

    /// Leaves on what the profiles ask for.
    pub fn with_profiles(mut self, profiles: Vec<String>) -> Project {
        let all: Table =
            std::mem::take(&mut self.services).into_iter().chain(std::mem::take(&mut self.disabled)).collect();
        for (name, service) in all {
            let own = service.words("profiles");
            let on = own.is_empty() || profiles.iter().any(|active| active == "*" || own.contains(active));
            let target = if on { &mut self.services } else { &mut self.disabled };
            target.insert(name, service);
        }
        self.profiles = profiles;
        self
    }

    /// Naming a service activates its profiles.
    pub fn with_enabled(self, names: &[String]) -> Project {
        let off = names.iter().filter(|name| !self.services.contains_key(*name));
        let more: Vec<String> =
            off.filter_map(|name| self.disabled.get(name)).flat_map(|service| service.words("profiles")).collect();
        if names.is_empty() {
            return self;
        }
        let profiles = self.profiles.iter().cloned().chain(more).collect();
        self.with_profiles(profiles)
    }

    /// Restricts the project to services and what they need.
    pub fn with_selected(mut self, names: &[String], policy: Dependencies) -> Result<Project, String> {
        if names.is_empty() {
            return Ok(self);
        }
        let mut chosen = BTreeSet::new();
        for name in names {
            self.collect(name, true, policy, &mut chosen)?;
        }
        let off: Vec<String> = self.services.keys().filter(|name| !chosen.contains(*name)).cloned().collect();
        for name in off {
            self.disable(&name);
        }
        for service in self.services.values_mut() {
            if let Some(Value::Map(depends_on)) = service.as_map_mut().and_then(|map| map.get_mut("depends_on")) {
                depends_on.retain(|name, _| chosen.contains(name));
            }
        }
        Ok(self)
    }

    fn collect(
        &self,
        name: &str,
        required: bool,
        policy: Dependencies,
        chosen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let Some(service) = self.services.get(name) else {
            return if required { Err(format!("no such service: {name}")) } else { Ok(()) };
        };
        if !chosen.insert(name.to_string()) {
            return Ok(());
        }
        match policy {
            Dependencies::Ignore => Ok(()),
            Dependencies::Include => service
                .entries("depends_on")
                .try_for_each(|(other, how)| self.collect(other, how.flag("required"), policy, chosen)),
            Dependencies::Dependents => {
                self.dependents(name).iter().try_for_each(|other| self.collect(other, true, policy, chosen))
            }
        }
    }

    /// Takes a service out, and the dependencies on it.
    pub fn disable(&mut self, name: &str) {
        for service in self.services.values_mut() {
            if let Some(Value::Map(depends_on)) = service.as_map_mut().and_then(|map| map.get_mut("depends_on")) {
                depends_on.remove(name);
            }
        }
        if let Some(service) = self.services.remove(name) {
            self.disabled.insert(name.into(), service);
        }
    }

    /// Leaves out networks, volumes, secrets and configs that no service uses.
    pub fn without_unused(mut self) -> Project {
        let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for service in self.services.values() {
            let mut mark = |section, name: &str| used.entry(section).or_default().insert(name.to_string());
            for (network, _) in service.entries("networks") {
                mark("networks", network);
            }
            for mount in service.list("volumes").iter().filter(|mount| mount.word("type") == "volume") {
                mark("volumes", mount.word("source"));
            }
            for (section, list) in [("secrets", "secrets"), ("secrets", "build.secrets"), ("configs", "configs")] {
                for reference in service.list(list) {
                    mark(section, reference.word("source"));
                }
            }
        }
        for (section, table) in [
            ("networks", &mut self.networks),
            ("volumes", &mut self.volumes),
            ("secrets", &mut self.secrets),
            ("configs", &mut self.configs),
        ] {
            table.retain(|name, _| used.get(section).is_some_and(|used| used.contains(name)));
        }
        self
    }

    /// The services that depend on one.
    pub fn dependents(&self, name: &str) -> Vec<String> {
        let depends = |service: &Value| service.entries("depends_on").any(|(other, _)| other == name);
        self.services.iter().filter(|(_, service)| depends(service)).map(|(name, _)| name.clone()).collect()
    }

    /// The services in an order in which each comes behind what it depends on, by name where that leaves a choice.
    pub fn ordered(&self) -> Vec<String> {
        let mut done: Vec<String> = Vec::new();
        let mut left: Vec<&String> = self.services.keys().collect();
        while !left.is_empty() {
            let ready = |name: &String| {
                let needs = self.services[name].entries("depends_on").map(|(other, _)| other);
                needs
                    .into_iter()
                    .all(|other| !self.services.contains_key(other) || done.iter().any(|known| known == other))
            };
            let (now, later): (Vec<&String>, Vec<&String>) = left.iter().partition(|name| ready(name));
            // A cycle was refused when the project was loaded.
            if now.is_empty() {
                done.extend(later.into_iter().cloned());
                break;
            }
            done.extend(now.into_iter().cloned());
            left = later;
        }
        done
    }

    /// Reads `env_file`s into the environments of the services.
    pub fn resolve_environment(&mut self, files: &dyn Files, lookup: &dyn Lookup) -> Result<(), String> {
        let environment = self.environment.clone();
        for service in self.services.values_mut() {
            let mut own = service.at("environment").and_then(Value::as_map).cloned().unwrap_or_default();
            super::normal::from_environment(&mut own, &environment);
            let mut all: Variables = own
                .iter()
                .filter(|(_, value)| **value != Value::Null)
                .map(|(key, value)| (key.clone(), value.show()))
                .collect();
            for file in service.list("env_file") {
                read_variables(files, file, &mut all, &Chosen { own: &own, environment: &environment, lookup })?;
            }
            let mut merged: Table = all.into_iter().map(|(key, value)| (key, Value::Text(value))).collect();
            merged.extend(own);
            let Some(map) = service.as_map_mut() else { continue };
            if !merged.is_empty() {
                map.insert("environment".into(), Value::Map(merged));
            }
            map.remove("env_file");
        }
        Ok(())
    }

    /// Reads `label_file`s into the labels of the services.
    pub fn resolve_labels(&mut self, files: &dyn Files, lookup: &dyn Lookup) -> Result<(), String> {
        for service in self.services.values_mut() {
            let mut labels = Variables::new();
            for file in service.words("label_file") {
                let text = files
                    .read(&file)
                    .map_err(|_| format!("label file {file} not found: stat {file}: no such file or directory"))?;
                dotenv::parse(&text, &mut labels, lookup).map_err(|why| format!("failed to read {file}: {why}"))?;
            }
            if labels.is_empty() {
                continue;
            }
            labels.extend(service.texts("labels"));
            if let Some(map) = service.as_map_mut() {
                map.insert("labels".into(), Value::Map(labels.into_iter().map(|(k, v)| (k, Value::Text(v))).collect()));
                map.remove("label_file");
            }
        }
        Ok(())
    }

    /// The image that a service is made of.
    pub fn image(&self, name: &str) -> String {
        match self.services.get(name).map(|service| service.word("image")) {
            Some("") | None => format!("{}-{name}", self.name),
            Some(image) => image.to_string(),
        }
    }

    fn tree(&self, yaml: bool) -> Vec<(String, Shown)> {
        let section = |table: &Table, object: &str| {
            let one = |(key, value): (&String, &Value)| (key.clone(), shown(value, object, yaml));
            let mut all: Vec<(String, Shown)> = table.iter().map(one).collect();
            if yaml {
                sort_keys(&mut all);
            }
            Shown::Fields(all)
        };
        let mut fields = vec![("name".to_string(), Shown::text(&self.name))];
        fields.push(("services".into(), section(&self.services, "service")));
        for (key, table, object) in [
            ("networks", &self.networks, "network"),
            ("volumes", &self.volumes, "volume"),
            ("secrets", &self.secrets, "secret"),
            ("configs", &self.configs, "config"),
        ] {
            if !table.is_empty() {
                fields.push((key.into(), section(table, object)));
            }
        }
        fields.extend(self.extensions.iter().map(|(key, value)| (key.clone(), Shown::of(value))));
        fields
    }

    /// The project in its canonical form.
    pub fn yaml(&self) -> String {
        Shown::Fields(self.tree(true)).yaml()
    }

    pub fn json(&self) -> String {
        let mut fields = self.tree(false);
        crate::model::order::Order::order_by_key(fields.as_mut_slice(), |(key, _)| key.clone());
        Shown::Fields(fields).json_text(true)
    }

    /// What tells whether a container was made from this service.
    pub fn service_hash(&self, name: &str) -> String {
        let Some(Value::Map(service)) = self.services.get(name) else { return String::new() };
        let mut service = service.clone();
        for key in ["build", "pull_policy", "scale", "depends_on", "profiles"] {
            service.remove(key);
        }
        if let Some(Value::Map(deploy)) = service.get_mut("deploy") {
            deploy.remove("replicas");
        }
        hash(&Value::Map(service), "service")
    }

    pub fn network_hash(&self, key: &str) -> String {
        self.networks.get(key).map(|network| hash(network, "network")).unwrap_or_default()
    }

    pub fn volume_hash(&self, key: &str) -> String {
        let Some(Value::Map(volume)) = self.volumes.get(key) else { return String::new() };
        let mut volume = volume.clone();
        volume.entry("driver".into()).or_insert_with(|| Value::text("local"));
        hash(&Value::Map(volume), "volume")
    }
}

fn hash(value: &Value, object: &str) -> String {
    Digest::of(shown(value, object, false).json_text(false).as_bytes()).hex().to_string()
}

struct Chosen<'a> {
    own: &'a Table,
    environment: &'a Variables,
    lookup: &'a dyn Lookup,
}

impl Lookup for Chosen<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let own = || self.own.get(name).filter(|value| **value != Value::Null).map(Value::show);
        self.environment.get(name).cloned().or_else(own)
    }

    fn warn_unset(&self, name: &str) {
        self.lookup.warn_unset(name);
    }
}

fn read_variables(files: &dyn Files, file: &Value, into: &mut Variables, lookup: &dyn Lookup) -> Result<(), String> {
    let path = file.word("path");
    if !files.exists(path) {
        return match file.flag("required") {
            true => Err(format!("env file {path} not found: stat {path}: no such file or directory")),
            false => Ok(()),
        };
    }
    let text = files.read(path).map_err(|errno| super::load::open_error(path, errno))?;
    if file.word("format") == "raw" {
        for line in text.lines().filter(|line| !line.trim_start().is_empty() && !line.trim_start().starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            into.insert(key.into(), value.into());
        }
        return Ok(());
    }
    dotenv::parse(&text, into, lookup).map_err(|why| format!("failed to read {path}: {why}"))
}
