//! `include`: other compose files, each loaded by itself, whose resources are taken in.

use super::dotenv::{self, Variables};
use super::load::{File, Sources, model, open_error};
use super::merge::import;
use super::value::{Table, Value};
use crate::kernel::{join, split_last};

/// Loads what `own` includes and takes it in.
pub fn apply(sources: &Sources<'_>, own: &mut Table, dir: &str, seen: &[String]) -> Result<(), String> {
    let list = match own.remove("include") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::List(list)) => list,
        Some(other) => return Err(format!("`include` must be a list, got {}", other.show())),
    };
    for entry in list {
        let imported = one(sources, &entry, dir, seen)?;
        import(&imported, own)?;
    }
    Ok(())
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::List(list)) => list.iter().map(Value::show).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(value) => vec![value.show()],
    }
}

fn one(sources: &Sources<'_>, entry: &Value, dir: &str, seen: &[String]) -> Result<Value, String> {
    let paths = if let Value::Text(path) = entry { vec![path.clone()] } else { strings(entry.get("path")) };
    let paths: Vec<String> = paths.iter().map(|path| join(dir, path)).collect();
    let Some(main) = paths.first() else { return Ok(Value::Null) };
    if seen.contains(main) {
        let mut all = seen.to_vec();
        all.push(main.clone());
        return Err(format!("include cycle detected:\n{}\n include {}", all[0], all[1..].join("\n include ")));
    }
    let project = match entry.word("project_directory") {
        "" => parent(main),
        other => join(dir, other),
    };
    let mut env_files = strings(entry.get("env_file"));
    if env_files.is_empty() {
        let default = join(&project, ".env");
        if sources.files.exists(&default) && !sources.files.is_dir(&default) {
            env_files.push(default);
        }
    }
    let mut environment = sources.environment.clone();
    for file in env_files {
        let path = join(dir, &file);
        for (key, value) in env_file(sources, &path)? {
            environment.entry(key).or_insert(value);
        }
    }
    let inner = Sources {
        files: sources.files,
        home: sources.home,
        environment,
        interpolate: sources.interpolate,
        resolve_paths: true,
        warnings: sources.warnings,
    };
    let files: Vec<File> = paths.into_iter().map(|path| File { path, text: None }).collect();
    model(&inner, &files, &project, seen)
}

fn env_file(sources: &Sources<'_>, path: &str) -> Result<Variables, String> {
    if sources.files.is_dir(path) {
        return Err(format!("{path} is not a file"));
    }
    let text = sources.files.read(path).map_err(|errno| open_error(path, errno).replacen("open", "stat", 1))?;
    let mut variables = Variables::new();
    dotenv::parse(&text, &mut variables, sources).map_err(|why| format!("failed to read {path}: {why}"))?;
    Ok(variables)
}

/// The folder that a path is in.
pub fn parent(path: &str) -> String {
    match split_last(path).0.trim_end_matches('/') {
        "" => "/".to_string(),
        folder => folder.to_string(),
    }
}
