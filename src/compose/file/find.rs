//! From the command line's options to a project: which files, which name, which variables.

use std::cell::RefCell;

use super::check::check;
use super::decode::decode;
use super::dotenv::{self, Variables};
use super::load::{File, Files, Sources, model, open_error};
use super::normal::normalise;
use super::project::Project;
use super::template::{Fault, Lookup, substitute, unset};
use super::value::Value;
use super::{include, yaml};
use crate::cli::format::quote::quoted;
use crate::kernel::join;

const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What a command asks for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub cwd: String,
    pub home: String,
    pub environment: Variables,
    pub files: Vec<String>,
    pub env_files: Vec<String>,
    pub project_directory: String,
    pub name: String,
    pub profiles: Vec<String>,
    /// What came on standard input, for a file named `-`.
    pub stdin: Option<String>,
    pub no_interpolate: bool,
    pub no_resolve_paths: bool,
    pub no_normalize: bool,
    pub no_consistency: bool,
}

/// Loads a project, and the warnings on the way. The environments of its services are not complete yet.
pub fn load(files: &dyn Files, ask: &Ask, warnings: &RefCell<Vec<String>>) -> Result<Project, String> {
    let found = prepare(files, ask, warnings)?;
    let mut tree = found.tree(files, ask, warnings)?;
    if tree.as_map().is_none_or(|map| map.is_empty()) {
        return Err("empty compose file".into());
    }
    if found.name.is_empty() {
        return Err("project name must not be empty".into());
    }
    tree = decode(tree)?;
    if !ask.no_normalize {
        normalise(&mut tree, &found.name, &found.environment);
    }
    let mut project = Project::new(tree, &found.name).with_profiles(found.profiles(ask));
    project.dir.clone_from(&found.dir);
    project.files = found.files.iter().map(|file| file.path.clone()).collect();
    project.env_files = ask.env_files.iter().map(|file| join(&ask.cwd, file)).collect();
    project.environment = found.environment;
    if !ask.no_consistency {
        check(&project)?;
    }
    Ok(project)
}

/// The tree alone, as the files say it.
pub fn tree(files: &dyn Files, ask: &Ask, warnings: &RefCell<Vec<String>>) -> Result<(String, Value), String> {
    let found = prepare(files, ask, warnings)?;
    let tree = found.tree(files, ask, warnings)?;
    Ok((found.name, tree))
}

struct Found {
    files: Vec<File>,
    dir: String,
    name: String,
    environment: Variables,
}

impl Found {
    fn tree(&self, files: &dyn Files, ask: &Ask, warnings: &RefCell<Vec<String>>) -> Result<Value, String> {
        let sources = Sources {
            files,
            home: &ask.home,
            environment: self.environment.clone(),
            interpolate: !ask.no_interpolate,
            resolve_paths: !ask.no_resolve_paths,
            warnings,
        };
        model(&sources, &self.files, &self.dir, &[])
    }

    fn profiles(&self, ask: &Ask) -> Vec<String> {
        if !ask.profiles.is_empty() {
            return ask.profiles.clone();
        }
        let listed = self.environment.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
        listed.split(',').map(|profile| profile.trim().to_string()).filter(|profile| !profile.is_empty()).collect()
    }
}

struct Known<'a> {
    environment: &'a Variables,
    warnings: &'a RefCell<Vec<String>>,
}

impl Lookup for Known<'_> {
    fn value(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn warn_unset(&self, name: &str) {
        self.warnings.borrow_mut().push(unset(name));
    }
}

fn prepare(files: &dyn Files, ask: &Ask, warnings: &RefCell<Vec<String>>) -> Result<Found, String> {
    let mut environment = ask.environment.clone();
    environment.insert("PWD".into(), ask.cwd.clone());
    let given = |path: &str| if path.is_empty() { String::new() } else { join(&ask.cwd, path) };
    let mut dir = given(&ask.project_directory);
    let mut paths: Vec<String> = ask.files.clone();
    let place = |paths: &[String], dir: &str| match paths.iter().find(|path| *path != "-") {
        _ if !dir.is_empty() => dir.to_string(),
        Some(path) => include::parent(&join(&ask.cwd, path)),
        None => ask.cwd.clone(),
    };
    add_env_files(files, ask, &place(&paths, &dir), &mut environment, warnings)?;
    if paths.is_empty() {
        paths = match environment.get("COMPOSE_FILE") {
            Some(list) => {
                let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
                let separator = separator.map_or(":", String::as_str);
                list.split(separator).map(|path| join(&ask.cwd, path)).collect()
            }
            None => default_files(files, &place(&paths, &dir), warnings),
        };
    }
    let before = dir.clone();
    dir = place(&paths, &dir);
    // A folder that was found above has env files of its own.
    add_env_files(files, ask, &dir, &mut environment, warnings)?;
    if !ask.name.is_empty() && normal_name(&ask.name) != ask.name {
        return Err(invalid_name(&ask.name));
    }
    if paths.is_empty() {
        return Err("no configuration file provided: not found".into());
    }
    let dir = if before.is_empty() { dir } else { before };
    let texts = read_all(files, ask, &paths)?;
    let name = name(ask, &texts, &dir, &environment, warnings)?;
    environment.insert("COMPOSE_PROJECT_NAME".into(), name.clone());
    Ok(Found { files: texts, dir, name, environment })
}

fn read_all(files: &dyn Files, ask: &Ask, paths: &[String]) -> Result<Vec<File>, String> {
    let one = |path: &String| {
        if path == "-" {
            return Ok(File { path: "-".into(), text: ask.stdin.clone() });
        }
        let path = join(&ask.cwd, path);
        let text = files.read(&path).map_err(|errno| open_error(&path, errno))?;
        Ok(File { path, text: Some(text) })
    };
    paths.iter().map(one).collect()
}

/// The files that are taken where none is named: from here, or the nearest folder above.
fn default_files(files: &dyn Files, dir: &str, warnings: &RefCell<Vec<String>>) -> Vec<String> {
    let mut at = dir.to_string();
    loop {
        let here = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| join(&at, name)).filter(|path| files.exists(path)).collect()
        };
        let found = here(&NAMES);
        if let Some(winner) = found.first() {
            let mut chosen = vec![winner.clone()];
            let overrides = here(&OVERRIDES);
            for (all, what) in [(&found, "config"), (&overrides, "override")] {
                if all.len() > 1 {
                    let mut warnings = warnings.borrow_mut();
                    warnings.push(format!("Found multiple {what} files with supported names: {}", all.join(", ")));
                    warnings.push(format!("Using {}", all[0]));
                }
            }
            chosen.extend(overrides.into_iter().next());
            return chosen;
        }
        let parent = include::parent(&at);
        if parent == at {
            return Vec::new();
        }
        at = parent;
    }
}

fn add_env_files(
    files: &dyn Files,
    ask: &Ask,
    dir: &str,
    environment: &mut Variables,
    warnings: &RefCell<Vec<String>>,
) -> Result<(), String> {
    let mut paths: Vec<String> = ask.env_files.iter().map(|file| join(&ask.cwd, file)).collect();
    if paths.is_empty() {
        let default = join(dir, ".env");
        if environment.get("COMPOSE_DISABLE_ENV_FILE").is_some_and(|off| off == "1" || off == "true")
            || !files.exists(&default)
            || files.is_dir(&default)
        {
            return Ok(());
        }
        paths.push(default);
    }
    let mut read = Variables::new();
    for path in paths {
        if !files.exists(&path) {
            return Err(format!("couldn't find env file: {path}"));
        }
        if files.is_dir(&path) {
            return Err(format!("{path} is a directory"));
        }
        let text = files.read(&path).map_err(|errno| open_error(&path, errno))?;
        // The same file is read twice where the folder does not change: its warnings are told once.
        let told = warnings.borrow().clone();
        let mut all = environment.clone();
        all.extend(read.clone());
        let outcome = dotenv::parse(&text, &mut read, &Known { environment: &all, warnings });
        outcome.map_err(|why| format!("failed to read {path}: {why}"))?;
        let mut warnings = warnings.borrow_mut();
        let new: Vec<String> = warnings.drain(told.len()..).filter(|warning| !told.contains(warning)).collect();
        warnings.extend(new);
    }
    for (key, value) in read {
        environment.entry(key).or_insert(value);
    }
    Ok(())
}

/// A name as it may be: small letters, digits, `-` and `_`, beginning with a letter or digit.
pub fn normal_name(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let kept: String = name.to_lowercase().chars().filter(kept).collect();
    kept.trim_start_matches(['_', '-']).to_string()
}

pub fn invalid_name(name: &str) -> String {
    format!(
        "invalid project name {}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number",
        quoted(name)
    )
}

fn name(
    ask: &Ask,
    files: &[File],
    dir: &str,
    environment: &Variables,
    warnings: &RefCell<Vec<String>>,
) -> Result<String, String> {
    let set = match environment.get("COMPOSE_PROJECT_NAME") {
        _ if !ask.name.is_empty() => Some(ask.name.clone()),
        Some(name) if !name.is_empty() => Some(name.clone()),
        _ => None,
    };
    let mut own = String::new();
    for file in files {
        let text = file.text.as_deref().unwrap_or_default();
        let name = match (yaml::project_name(text), &set) {
            (Ok(name), _) => name,
            (Err(_), Some(_)) if !ask.name.is_empty() => String::new(),
            (Err(why), _) => return Err(why),
        };
        if !name.is_empty() {
            own = name;
        }
    }
    if let Some(set) = set {
        return if normal_name(&set) == set { Ok(set) } else { Err(invalid_name(&set)) };
    }
    if own.is_empty() {
        return Ok(normal_name(dir.rsplit('/').next().unwrap_or_default()));
    }
    let filled = substitute(&own, &Known { environment, warnings }).map_err(|fault| match fault {
        Fault::Required(why) => format!("error while interpolating name: {why}"),
        Fault::Invalid(text) => {
            format!("invalid interpolation format for name.\nYou may need to escape any $ with another $.\n{text}")
        }
    })?;
    Ok(normal_name(&filled))
}
