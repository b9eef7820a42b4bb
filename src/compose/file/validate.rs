//! Whether a tree keeps to the schema, in the words of the validator that the real compose has.

use super::schema::{Object, Type, named, object};
use super::value::{Table, Value};
use crate::cli::format::quote::quoted;

/// One thing that is wrong: where, and what.
#[derive(Clone, Debug)]
struct Problem {
    field: String,
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Type,
    /// None of several types fits; what the nearest of them lacks follows.
    OneOf,
    Other,
}

/// Checks a whole file. The message is the most specific one: that of the longest path.
pub fn validate(file: &Value) -> Result<(), String> {
    let mut found = Vec::new();
    check(file, &Type::Named("project", false), "", &mut found);
    let depth = |problem: &Problem| problem.field.split('.').count();
    let mut best = 0;
    for (at, problem) in found.iter().enumerate() {
        let (new, old) = (depth(problem), depth(&found[best]));
        if new > old || new == old && problem.kind == Kind::Type && found[best].kind != Kind::Type {
            best = at;
        }
    }
    let Some(problem) = found.get(best) else { return Ok(()) };
    let text = match (problem.kind, found.get(best + 1)) {
        (Kind::OneOf, Some(child)) => &child.text,
        _ => &problem.text,
    };
    Err(format!("{} {text}", if problem.field.is_empty() { "(root)" } else { &problem.field }))
}

/// How well a value fits: what is wrong costs, what was looked at in vain does not. Returns the score.
fn check(value: &Value, kind: &Type, field: &str, found: &mut Vec<Problem>) -> i32 {
    match kind {
        Type::Plain(letters, words) => plain(value, letters, words, field, found),
        Type::OneOf(all) => one_of(value, all, field, found),
        Type::List(of, unique) => match value {
            Value::List(list) => {
                let mut score = 1;
                for (at, item) in list.iter().enumerate() {
                    score += check(item, of, &next(field, &at.to_string()), found);
                }
                if *unique && let Some((first, second)) = twice(list) {
                    score += wrong(found, field, Kind::Other, format!("array items[{first},{second}] must be unique"));
                }
                score
            }
            _ => wrong_type(found, field, "list"),
        },
        Type::Map(of, names) => match value {
            Value::Map(map) => mapping(map, of, *names, field, found),
            _ => wrong_type(found, field, "mapping"),
        },
        Type::Named(name, nullable) => match (named(name), object(name)) {
            (Some(kind), _) => check(value, kind, field, found),
            (_, Some(object)) => match value {
                Value::Map(map) => fields(map, object, field, found),
                Value::Null if *nullable => 1,
                _ => wrong_type(found, field, if *nullable { "mapping or null" } else { "mapping" }),
            },
            _ => 0,
        },
    }
}

fn plain(value: &Value, letters: &str, words: &[&str], field: &str, found: &mut Vec<Problem>) -> i32 {
    let fits = letters.split(',').any(|letter| match letter {
        "s" => matches!(value, Value::Text(_)),
        "n" => matches!(value, Value::Int(_) | Value::Float(_)),
        "i" => matches!(value, Value::Int(_)) || matches!(value, Value::Float(f) if f.fract() == 0.0),
        "b" => matches!(value, Value::Bool(_)),
        "o" => matches!(value, Value::Map(_)),
        _ => *value == Value::Null,
    });
    if !fits {
        let names: Vec<&str> = letters.split(',').map(type_name).collect();
        let names = match names.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            _ => names.concat(),
        };
        return wrong_type(found, field, &names);
    }
    if !words.is_empty() && !words.iter().any(|word| value.as_text() == Some(word)) {
        let all: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        return wrong(found, field, Kind::Other, format!("{field} must be one of the following: {}", all.join(", ")));
    }
    1
}

fn type_name(letter: &str) -> &'static str {
    match letter {
        "s" => "string",
        "n" => "number",
        "i" => "integer",
        "b" => "boolean",
        "o" => "mapping",
        _ => "null",
    }
}

/// Exactly one must fit. If none does, the one that came nearest says why.
fn one_of(value: &Value, all: &[Type], field: &str, found: &mut Vec<Problem>) -> i32 {
    let mut nearest: Option<(i32, Vec<Problem>)> = None;
    for kind in all {
        let mut problems = Vec::new();
        let score = check(value, kind, field, &mut problems);
        if problems.is_empty() {
            return 1;
        }
        if nearest.as_ref().is_none_or(|(best, _)| score > *best) {
            nearest = Some((score, problems));
        }
    }
    let text = "Must validate one and only one schema (oneOf)".to_string();
    let score = wrong(found, field, Kind::OneOf, text);
    found.extend(nearest.map(|(_, problems)| problems).unwrap_or_default());
    score
}

fn mapping(map: &Table, of: &Type, names: bool, field: &str, found: &mut Vec<Problem>) -> i32 {
    let mut score = 1;
    for (key, value) in map {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if names && (key.is_empty() || !key.chars().all(good)) {
            score += wrong(found, field, Kind::Other, format!("Additional property {key} is not allowed"));
            continue;
        }
        score += check(value, of, &next(field, key), found);
    }
    score
}

fn fields(map: &Table, object: &Object, field: &str, found: &mut Vec<Problem>) -> i32 {
    let mut score = 1;
    for attribute in object.attributes.iter().filter(|attribute| attribute.required) {
        if !map.contains_key(attribute.name) {
            score += wrong(found, field, Kind::Other, format!("{} is required", attribute.name));
        }
    }
    for (key, value) in map {
        match object.attribute(key) {
            Some(attribute) => score += check(value, &attribute.kind, &next(field, key), found),
            None if object.extensible && key.starts_with("x-") => {}
            None => score += wrong(found, field, Kind::Other, format!("Additional property {key} is not allowed")),
        }
    }
    score
}

fn twice(list: &[Value]) -> Option<(usize, usize)> {
    let second = (0..list.len()).find(|at| list[..*at].contains(&list[*at]))?;
    let first = list.iter().position(|item| *item == list[second])?;
    Some((first, second))
}

fn wrong_type(found: &mut Vec<Problem>, field: &str, names: &str) -> i32 {
    wrong(found, field, Kind::Type, format!("must be a {names}"))
}

fn wrong(found: &mut Vec<Problem>, field: &str, kind: Kind, text: String) -> i32 {
    found.push(Problem { field: field.into(), text, kind });
    -2
}

fn next(field: &str, key: &str) -> String {
    if field.is_empty() { key.to_string() } else { format!("{field}.{key}") }
}
