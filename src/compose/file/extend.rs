//! `extends`: a service that begins as another one.

use super::load::{Sources, extended_file};
use super::merge::{merge, reset};
use super::resolve;
use super::value::{Table, Value};
use crate::cli::format::quote::quoted;
use crate::kernel::{join, split_last};

/// The file that is read, where paths in it begin, and what it takes away.
pub struct Loading<'a> {
    pub file: &'a str,
    pub dir: &'a str,
    pub resets: &'a [String],
}

/// Services on the way: the file and the name of each.
type Chain = Vec<(String, String)>;

/// Puts what each service extends below it.
pub fn extend(sources: &Sources<'_>, own: &mut Table, loading: &Loading<'_>) -> Result<(), String> {
    let services = match own.get("services") {
        None => return Ok(()),
        Some(Value::Map(services)) => services.clone(),
        Some(_) => return Err("services must be a mapping".into()),
    };
    let mut done = Table::new();
    for name in services.keys() {
        let scope = Scope { services: &services, file: loading.file, dir: loading.dir };
        let service = service(sources, name, &scope, &Chain::new(), loading.resets)?;
        done.insert(name.clone(), service);
    }
    own.insert("services".into(), Value::Map(done));
    Ok(())
}

struct Scope<'a> {
    services: &'a Table,
    file: &'a str,
    dir: &'a str,
}

fn service(
    sources: &Sources<'_>,
    name: &str,
    scope: &Scope<'_>,
    chain: &Chain,
    resets: &[String],
) -> Result<Value, String> {
    let own = match scope.services.get(name) {
        None | Some(Value::Null) => return Ok(Value::Null),
        Some(Value::Map(service)) => service,
        Some(_) => return Err(format!("services.{name} must be a mapping")),
    };
    let Some(extends) = own.get("extends") else { return Ok(Value::Map(own.clone())) };
    let (from, file) = match extends {
        Value::Text(from) => (from.as_str(), None),
        extends => {
            let from = extends.get("service").and_then(Value::as_text);
            let from = from.ok_or_else(|| format!("extends.{name}.service is required"))?;
            (from, extends.get("file").and_then(Value::as_text))
        }
    };
    let chain = step(chain, file.unwrap_or(scope.file), name)?;
    let base = match file {
        None => {
            if !scope.services.contains_key(from) {
                let (name, from) = (quoted(name), quoted(from));
                return Err(format!("cannot extend service {name} in {}: service {from} not found", scope.file));
            }
            service(sources, from, scope, &chain, resets)?
        }
        Some(file) => from_file(sources, name, from, file, scope, &chain)?,
    };
    if base == Value::Null {
        return Ok(Value::Map(own.clone()));
    }
    let mut below = Value::Map([(name.to_string(), base)].into_iter().collect());
    let mut whole = Value::Map([("services".to_string(), std::mem::take(&mut below))].into_iter().collect());
    reset(&mut whole, resets, "");
    let base = whole.at("services").and_then(|all| all.get(name)).cloned().unwrap_or_default();
    let mut merged = merge(base, Value::Map(own.clone()), "services.x")?;
    if let Value::Map(merged) = &mut merged {
        merged.remove("extends");
    }
    Ok(merged)
}

fn from_file(
    sources: &Sources<'_>,
    name: &str,
    from: &str,
    file: &str,
    scope: &Scope<'_>,
    chain: &Chain,
) -> Result<Value, String> {
    let path = join(scope.dir, file);
    let (mut other, resets) = extended_file(sources, &path)?;
    let cannot = |what: String| format!("cannot extend service {} in {what}", quoted(name));
    match other.get("services") {
        None => return Err(cannot(format!("{path}: no services section"))),
        Some(Value::Map(services)) if services.contains_key(from) => {}
        Some(Value::Map(_)) => {
            return Err(cannot(format!("{}: service {} not found in {file}", scope.file, quoted(from))));
        }
        Some(_) => return Err(cannot(format!("{path}: services must be a mapping"))),
    }
    let dir = split_last(&path).0.trim_end_matches('/').to_string();
    let dir = if dir.is_empty() { "/".to_string() } else { dir };
    resolve::paths(&mut other, &dir, sources.home, "")?;
    let Some(Value::Map(services)) = other.get("services") else { return Ok(Value::Null) };
    service(sources, from, &Scope { services, file, dir: &dir }, chain, &resets)
}

fn step(chain: &Chain, file: &str, name: &str) -> Result<Chain, String> {
    let new = (file.to_string(), name.to_string());
    let mut longer = chain.clone();
    longer.push(new.clone());
    if !chain.contains(&new) {
        return Ok(longer);
    }
    let mut lines = vec!["Circular reference:".to_string()];
    for (at, (file, name)) in longer.iter().enumerate() {
        lines.push(format!("  {}{name} in {file}", if at == 0 { "" } else { "extends " }));
    }
    Err(lines.join("\n"))
}
