//! Compose files to one tree: read, filled in, extended, included, merged, checked and made canonical.

use std::cell::RefCell;

use super::canonical::{defaults, interpolate};
use super::dotenv::Variables;
use super::extend::{Loading, extend};
use super::merge::{merge, reset, unique};
use super::template::{Lookup, unset};
use super::value::{Table, Value};
use super::{canonical as rules, include, resolve, validate, yaml};
use crate::kernel::Errno;

/// The files of the machine, as far as they are read.
pub trait Files {
    fn read(&self, path: &str) -> Result<String, Errno>;
    fn exists(&self, path: &str) -> bool;
    fn is_dir(&self, path: &str) -> bool;
}

/// What a load goes by.
pub struct Sources<'a> {
    pub files: &'a dyn Files,
    pub home: &'a str,
    pub environment: Variables,
    pub interpolate: bool,
    pub resolve_paths: bool,
    /// Warnings, in order.
    pub warnings: &'a RefCell<Vec<String>>,
}

impl Lookup for Sources<'_> {
    fn value(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn warn_unset(&self, name: &str) {
        self.warnings.borrow_mut().push(unset(name));
    }
}

/// A file to load; what came on standard input is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub text: Option<String>,
}

/// Loads files one over the other. Paths in them begin at `dir`; `included` names the files that led here.
pub fn model(sources: &Sources<'_>, files: &[File], dir: &str, included: &[String]) -> Result<Value, String> {
    let mut dict = Value::Map(Table::new());
    for file in files {
        dict = one_file(sources, file, dir, dict, included)?;
    }
    defaults(&mut dict, "");
    rules_of_resources(&dict)?;
    if sources.resolve_paths {
        resolve::paths(&mut dict, dir, sources.home, "")?;
    }
    Ok(dict)
}

fn text_of(sources: &Sources<'_>, file: &File) -> Result<String, String> {
    match &file.text {
        Some(text) => Ok(text.clone()),
        None => sources.files.read(&file.path).map_err(|errno| open_error(&file.path, errno)),
    }
}

/// Why a file can't be read, in Go's words.
pub fn open_error(path: &str, errno: Errno) -> String {
    crate::cli::client::Failure::file("open", path, errno).message
}

fn one_file(
    sources: &Sources<'_>,
    file: &File,
    dir: &str,
    mut dict: Value,
    included: &[String],
) -> Result<Value, String> {
    let text = text_of(sources, file)?;
    for document in yaml::documents(&text)? {
        let Value::Map(mut own) = filled(sources, document.value)? else {
            return Err("top-level object must be a mapping".into());
        };
        let loading = Loading { file: &file.path, dir, resets: &document.resets };
        extend(sources, &mut own, &loading)?;
        reset(&mut dict, &document.resets, "");
        let mut seen = included.to_vec();
        seen.push(file.path.clone());
        include::apply(sources, &mut own, dir, &seen)?;
        dict = merge(dict, Value::Map(own), "")?;
        unique(&mut dict, "")?;
        validate::validate(&dict).map_err(|why| format!("validating {}: {why}", file.path))?;
        if let Value::Map(dict) = &mut dict
            && dict.remove("version").is_some()
        {
            sources.warnings.borrow_mut().push(format!(
                "{}: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
                file.path
            ));
        }
        dict = tidy(sources, dict)?;
    }
    Ok(dict)
}

/// A file of which services are extended: it is not checked by itself.
pub fn extended_file(sources: &Sources<'_>, path: &str) -> Result<(Value, Vec<String>), String> {
    let text = text_of(sources, &File { path: path.into(), text: None })?;
    let mut dict = Value::Map(Table::new());
    let mut resets = Vec::new();
    for document in yaml::documents(&text)? {
        let own = filled(sources, document.value)?;
        if !matches!(own, Value::Map(_)) {
            return Err("top-level object must be a mapping".into());
        }
        reset(&mut dict, &document.resets, "");
        dict = merge(dict, own, "")?;
        unique(&mut dict, "")?;
        dict = tidy(sources, dict)?;
        resets.extend(document.resets);
    }
    Ok((dict, resets))
}

fn filled(sources: &Sources<'_>, value: Value) -> Result<Value, String> {
    if !sources.interpolate {
        return Ok(value);
    }
    let mut warnings = Vec::new();
    let filled = interpolate(value, "", sources, &mut warnings);
    sources.warnings.borrow_mut().extend(warnings);
    filled
}

fn tidy(sources: &Sources<'_>, dict: Value) -> Result<Value, String> {
    let mut warnings = Vec::new();
    let done = rules::canonical(dict, "", &mut warnings);
    sources.warnings.borrow_mut().extend(warnings);
    let mut dict = done?;
    unique(&mut dict, "")?;
    Ok(dict)
}

/// What has to be said of volumes, configs and secrets.
fn rules_of_resources(dict: &Value) -> Result<(), String> {
    for (name, volume) in dict.entries("volumes") {
        if volume.flag("external") {
            for (key, _) in volume.as_map().into_iter().flatten() {
                if !matches!(key.as_str(), "name" | "external") && !key.starts_with("x-") {
                    return Err(format!(
                        "volumes.{name}: conflicting parameters \"external\" and {} specified",
                        crate::cli::format::quote::quoted(key)
                    ));
                }
            }
        }
    }
    for (section, keys) in [("configs", "file environment content"), ("secrets", "file environment")] {
        for (name, value) in dict.entries(section) {
            let words: Vec<&str> = keys.split(' ').collect();
            let given = words.iter().filter(|key| value.get(key).is_some()).count();
            if given > 1 {
                return Err(format!("{section}.{name}: {} attributes are mutually exclusive", words.join("|")));
            }
            if given == 0 && value.get("driver").is_none() && value.get("external").is_none() {
                return Err(format!("{section}.{name}: one of {} must be set", words.join("|")));
            }
        }
    }
    for (name, service) in dict.entries("services") {
        for port in service.list("ports") {
            let host = port.word("host_ip");
            if !host.is_empty() && crate::cli::format::address::canonical(host).is_none() {
                return Err(format!("services.{name}.ports.[]: invalid ip address: {host}"));
            }
        }
    }
    Ok(())
}
