//! Paths in a compose file, made absolute.

use super::path::{any, next};
use super::value::Value;
use super::volume::clean;

const PLAIN: &str = "services.*.env_file.[].path services.*.label_file.[] services.*.develop.watch.[].path \
    configs.*.file secrets.*.file services.*.extends.file";
const CONTEXTS: &str = "services.*.build.context services.*.build.additional_contexts.*";

/// Makes the paths below `path` absolute: they begin at `dir`.
pub fn paths(value: &mut Value, dir: &str, home: &str, path: &str) -> Result<(), String> {
    if let Value::Text(text) = value {
        if any(path, PLAIN) || any(path, CONTEXTS) && !is_elsewhere(text) {
            *text = absolute(text, dir, home);
        }
        return Ok(());
    }
    if any(path, "services.*.volumes.[]") {
        if value.word("type") == "bind" {
            let source = value.get("source").map(Value::show);
            let why = "invalid mount config for type \"bind\": field Source must not be empty";
            let source = source.ok_or_else(|| why.to_string())?;
            if let Some(map) = value.as_map_mut() {
                map.insert("source".into(), Value::Text(absolute(&source, dir, home)));
            }
        }
        return Ok(());
    }
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter_mut() {
                paths(value, dir, home, &next(path, key))?;
            }
        }
        Value::List(list) => {
            for value in list {
                paths(value, dir, home, &next(path, "[]"))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn absolute(path: &str, dir: &str, home: &str) -> String {
    let path = match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
        _ => path.to_string(),
    };
    match path.as_str() {
        "" => path,
        rooted if rooted.starts_with('/') => path,
        relative => clean(&format!("{dir}/{relative}")),
    }
}

/// A context that is no folder: a URL, a repository, another service.
pub fn is_elsewhere(context: &str) -> bool {
    context.contains("://")
        || ["service:", "https://", "http://", "git://", "ssh://", "github.com/", "git@"]
            .iter()
            .any(|prefix| context.starts_with(prefix))
}
