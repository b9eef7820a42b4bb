//! Partial matches against what `docker inspect` says of an object.
//!
//! `PATH OPERATOR VALUE and ...`: the path leads through objects by key and through lists by number; a value
//! is JSON, or a text where it is none. Of an object all that is wanted must be there, of a list each wanted
//! item must be some item.

use std::fmt;

use serde_json::Value;

use super::Kind;
use crate::engine::inspect;
use crate::model::World;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching {
    path: String,
    operator: Operator,
    /// As it was written; read when there is something to compare it with.
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    Is,
    IsNot,
    Less,
    More,
}

impl Operator {
    const ALL: [Operator; 4] = [Operator::Is, Operator::IsNot, Operator::Less, Operator::More];

    pub fn sign(self) -> &'static str {
        match self {
            Operator::Is => "=",
            Operator::IsNot => "!=",
            Operator::Less => "<",
            Operator::More => ">",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| operator.sign() == word)
    }

    pub(super) fn compares<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Operator::Is => left == right,
            Operator::IsNot => left != right,
            Operator::Less => left < right,
            Operator::More => left > right,
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Matching>, String> {
    text.split(" and ").map(one).collect()
}

fn one(text: &str) -> Result<Matching, String> {
    let mut words = text.trim().splitn(3, ' ');
    let (path, sign, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
    let operator = Operator::parse(sign).ok_or_else(|| format!("`{}` is no PATH OPERATOR VALUE", text.trim()))?;
    let value = value.trim();
    let fits = path.chars().next().is_some_and(|c| c.is_ascii_uppercase()) && !value.is_empty();
    // What looks like JSON has to be JSON.
    let braced = value.starts_with(['{', '[', '"']);
    if !fits || (braced && !is_json(value)) {
        return Err(format!("`{}` is no PATH OPERATOR VALUE", text.trim()));
    }
    Ok(Matching { path: path.to_string(), operator, value: value.to_string() })
}

/// Kept out of the reader's way: a value in braces is rare, and the parser of JSON is not at hand at first.
#[inline(never)]
fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

pub(super) fn write(f: &mut fmt::Formatter<'_>, wanted: &[Matching]) -> fmt::Result {
    for (number, one) in wanted.iter().enumerate() {
        let before = if number == 0 { ":" } else { " and" };
        write!(f, "{before} {} {} {}", one.path, one.operator.sign(), one.value)?;
    }
    Ok(())
}

#[inline(never)]
pub(super) fn holds(world: &World, kind: Kind, name: &str, wanted: &[Matching]) -> bool {
    inspect::document(world, kind.name(), name).is_some_and(|document| says(&document, wanted))
}

/// How many objects of a kind have a document that says this.
#[inline(never)]
pub(super) fn count(world: &World, kind: Kind, wanted: &[Matching]) -> usize {
    let engine = &world.engine;
    let names: Vec<String> = match kind {
        Kind::Image => engine.images.keys().map(|id| id.to_string()).collect(),
        Kind::Container => engine.containers.keys().map(|id| id.to_string()).collect(),
        Kind::Volume => engine.volumes.keys().map(|name| name.to_string()).collect(),
        // The three that are always there don't count.
        Kind::Network => {
            let names = engine.networks.values().map(|network| network.name.to_string());
            names.filter(|name| !matches!(name.as_str(), "bridge" | "host" | "none")).collect()
        }
    };
    let fits = |name: &&String| wanted.is_empty() || holds(world, kind, name, wanted);
    names.iter().filter(fits).count()
}

fn says(document: &Value, wanted: &[Matching]) -> bool {
    wanted.iter().all(|one| {
        let value = serde_json::from_str(&one.value).unwrap_or_else(|_| Value::String(one.value.clone()));
        let found = at(document, &one.path).unwrap_or(&Value::Null);
        // A text need not be quoted, even if it looks like a number.
        let is = covers(found, &value) || found.as_str() == Some(one.value.as_str());
        match one.operator {
            Operator::Is => is,
            Operator::IsNot => !is,
            operator => match (found.as_f64(), value.as_f64()) {
                (Some(found), Some(wanted)) => operator.compares(found, wanted),
                _ => false,
            },
        }
    })
}

/// The value at a path. Keys may hold dots: the longest key that is there is taken.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]).collect::<Vec<_>>();
    ends.into_iter().rev().find_map(|end| {
        let (key, rest) = (path.get(..end)?, path.get(end + 1..).unwrap_or(""));
        let inner = match value {
            Value::Object(object) => object.get(key)?,
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
        at(inner, rest)
    })
}

/// Whether a value has all that is wanted.
fn covers(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(object), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| object.get(key).is_some_and(|value| covers(value, wanted)))
        }
        (Value::Array(items), Value::Array(wanted)) => {
            wanted.iter().all(|wanted| items.iter().any(|item| covers(item, wanted)))
        }
        (value, wanted) => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_matched_in_part() {
        let document = json!({
            "Name": "/web",
            "State": { "Running": true, "ExitCode": 0 },
            "Ports": { "80/tcp": [{ "HostIp": "", "HostPort": "8080" }] },
            "Labels": { "a.b": "c" },
            "Mounts": [{ "Name": "data", "Destination": "/d", "RW": true }],
            "Size": 12.5,
        });
        let holds = |text: &str| says(&document, &parse(text).expect(text));
        for text in [
            "Name = /web",
            "State.Running = true and State.ExitCode = 0",
            "Ports.80/tcp.0.HostPort = \"8080\"",
            "Ports.80/tcp.0.HostPort = 8080",
            "Labels.a.b = c",
            "Mounts = [{\"Name\":\"data\",\"Destination\":\"/d\"}]",
            "Size > 12 and Size < 13",
            "Nothing = null",
            "Name != /other",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "Name = web",
            "State.Running = false",
            "Ports.80/tcp.0.HostPort = 808",
            "Mounts = [{\"Name\":\"data\",\"Destination\":\"/e\"}]",
            "Size > 13",
            "Name > 1",
            "State = {\"Running\":true,\"Pid\":1}",
        ] {
            assert!(!holds(text), "{text}");
        }
        for text in ["Name", "Name = ", "name = x", "Name ~ x", "Mounts = [", "= x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
