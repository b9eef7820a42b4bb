//! The functions of a template: Go's own and docker's.

use std::cmp::Ordering;
use std::rc::Rc;

use super::print::{print, printf, println, show};
use super::value::{Value, marshal};

/// What a function takes at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param {
    Any,
    Text,
    Int,
    Texts,
}

/// A function's name, parameters, and whether the last one repeats.
pub(super) struct Signature {
    pub name: &'static str,
    pub params: &'static [Param],
    pub repeats: bool,
}

/// The longest text that a function may make.
const LONGEST: usize = 1 << 20;

use Param::{Any, Int, Text, Texts};

macro_rules! functions {
    ($(($name:literal, $params:expr, $repeats:literal)),* $(,)?) => {
        const FUNCTIONS: &[Signature] = &[$(Signature { name: $name, params: $params, repeats: $repeats }),*];
    };
}

functions![
    ("json", &[Any], false),
    ("split", &[Text, Text], false),
    ("join", &[Texts, Text], false),
    ("title", &[Text], false),
    ("lower", &[Text], false),
    ("upper", &[Text], false),
    ("pad", &[Text, Int, Int], false),
    ("truncate", &[Text, Int], false),
    ("and", &[Any, Any], true),
    ("or", &[Any, Any], true),
    ("not", &[Any], false),
    ("len", &[Any], false),
    ("index", &[Any, Any], true),
    ("slice", &[Any, Any], true),
    ("eq", &[Any, Any], true),
    ("ne", &[Any, Any], false),
    ("lt", &[Any, Any], false),
    ("le", &[Any, Any], false),
    ("gt", &[Any, Any], false),
    ("ge", &[Any, Any], false),
    ("print", &[Any], true),
    ("println", &[Any], true),
    ("printf", &[Text, Any], true),
    ("html", &[Any], true),
    ("js", &[Any], true),
    ("urlquery", &[Any], true),
    ("call", &[Any, Any], true),
];

/// The head of a table keeps its words: there these take and give a text.
const HEADER_FUNCTIONS: [&str; 7] = ["json", "split", "join", "title", "lower", "upper", "truncate"];

/// Whether a template may call the function.
pub(super) fn is_known(name: &str) -> bool {
    signature(name).is_some()
}

pub(super) fn signature(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Whether the function leaves its first argument as it is in the head of a table.
pub(super) fn is_header(name: &str) -> bool {
    HEADER_FUNCTIONS.contains(&name)
}

/// Calls a function whose arguments have been counted and checked.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    let text = |at: usize| match args.get(at) {
        Some(Value::Text(text)) => text.to_string(),
        _ => String::new(),
    };
    let whole = |at: usize| if let Some(Value::Int(number)) = args.get(at) { *number } else { 0 };
    let first = args.first().unwrap_or(&Value::Missing);
    let made = match name {
        "json" => {
            let mut out = String::new();
            marshal(first, &mut out);
            out
        }
        "split" => {
            let (text, by) = (text(0), text(1));
            let parts: Vec<Value> = match by.as_str() {
                "" => text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect(),
                by => text.split(by).map(Value::text).collect(),
            };
            return Ok(Value::List(Rc::new(parts)));
        }
        "join" => match first {
            Value::List(items) => items.iter().map(show).collect::<Vec<_>>().join(&text(1)),
            _ => String::new(),
        },
        "title" => title(&text(0)),
        "lower" => text(0).chars().map(|c| single(c, c.to_lowercase())).collect(),
        "upper" => text(0).chars().map(|c| single(c, c.to_uppercase())).collect(),
        "pad" => pad(&text(0), whole(1), whole(2))?,
        "truncate" => truncate(&text(0), whole(1))?,
        "not" => return Ok(Value::Bool(!first.is_true())),
        "len" => return length(first).map(Value::Int),
        "index" => return args.iter().skip(1).try_fold(first.clone(), |item, at| index(&item, at)),
        "slice" => return slice(args),
        "eq" => return equal(args).map(Value::Bool),
        "ne" => return equal_two(first, args.get(1).unwrap_or(&Value::Missing)).map(|same| Value::Bool(!same)),
        "lt" | "le" | "gt" | "ge" => return compare(name, first, args.get(1).unwrap_or(&Value::Missing)),
        "print" => print(args),
        "println" => println(args),
        "printf" => printf(&text(0), args.get(1..).unwrap_or_default()),
        "html" => html(&print(args)),
        name => return Err(format!("layerlab: {name} is not simulated")),
    };
    if made.len() > LONGEST { Err(format!("layerlab: {name} makes too long a text")) } else { Ok(Value::text(&made)) }
}

/// Go maps a letter to one letter or leaves it.
fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

fn title(text: &str) -> String {
    let mut starts = true;
    let mut out = String::new();
    for c in text.chars() {
        out.push(if starts { single(c, c.to_uppercase()) } else { c });
        starts = !(c.is_alphanumeric() || c == '_');
    }
    out
}

fn pad(text: &str, before: i64, after: i64) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let spaces = |count: i64| match usize::try_from(count) {
        Err(_) => Err("strings: negative Repeat count".to_string()),
        Ok(count) if count > LONGEST => Err("layerlab: pad makes too long a text".to_string()),
        Ok(count) => Ok(" ".repeat(count)),
    };
    Ok(format!("{}{text}{}", spaces(before)?, spaces(after)?))
}

fn truncate(text: &str, length: i64) -> Result<String, String> {
    match usize::try_from(length) {
        Err(_) => Err(format!("runtime error: slice bounds out of range [:{length}]")),
        Ok(length) if length >= text.len() => Ok(text.to_string()),
        // Go cuts bytes; half a character would show as the replacement sign.
        Ok(length) => Ok(String::from_utf8_lossy(&text.as_bytes()[..length]).into_owned()),
    }
}

fn length(value: &Value) -> Result<i64, String> {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::Nil | Value::Missing => return Err("len of nil pointer".to_string()),
        value => return Err(format!("len of type {}", value.type_name().trim_start_matches('*'))),
    };
    Ok(i64::try_from(length).unwrap_or(i64::MAX))
}

fn index(item: &Value, at: &Value) -> Result<Value, String> {
    match item {
        Value::Nil | Value::Missing => Err("index of untyped nil".to_string()),
        Value::List(items) => {
            position(at, items.len(), "slice", false).map(|at| items.get(at).cloned().unwrap_or(Value::Nil))
        }
        Value::Text(text) => position(at, text.len(), "string", false)
            .map(|at| Value::Int(text.as_bytes().get(at).copied().unwrap_or(0).into())),
        Value::Map(entries) => match at {
            Value::Text(key) => {
                let found = entries.iter().find(|(name, _)| **name == **key).map(|(_, value)| value.clone());
                Ok(found.unwrap_or_else(|| zero_like(entries.first().map(|(_, value)| value))))
            }
            Value::Nil | Value::Missing => Err("value is nil; should be of type string".to_string()),
            at => Err(format!("value has type {}; should be string", at.type_name())),
        },
        item => Err(format!("can't index item of type {}", item.type_name().trim_start_matches('*'))),
    }
}

/// What a map gives for an absent key, by what its other values are.
fn zero_like(other: Option<&Value>) -> Value {
    match other {
        None | Some(Value::Text(_)) => Value::text(""),
        Some(Value::List(_)) => Value::List(Rc::new(Vec::new())),
        Some(_) => Value::Missing,
    }
}

fn position(at: &Value, length: usize, what: &str, inclusive: bool) -> Result<usize, String> {
    match at {
        Value::Int(number) => match usize::try_from(*number) {
            Ok(at) if at < length + usize::from(inclusive) => Ok(at),
            // Go lets the length itself pass as a bound, and stumbles later.
            Ok(at) if at == length => Err(format!("reflect: {what} index out of range")),
            _ => Err(format!("index out of range: {number}")),
        },
        Value::Nil | Value::Missing => Err("cannot index slice/array with nil".to_string()),
        at => Err(format!("cannot index slice/array with type {}", at.type_name())),
    }
}

fn slice(args: &[Value]) -> Result<Value, String> {
    let Some(item) = args.first().filter(|item| !matches!(item, Value::Nil | Value::Missing)) else {
        return Err("slice of untyped nil".to_string());
    };
    if args.len() > 4 {
        return Err(format!("too many slice indexes: {}", args.len() - 1));
    }
    let length = match item {
        Value::Text(_) if args.len() == 4 => return Err("cannot 3-index slice a string".to_string()),
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        item => return Err(format!("can't slice item of type {}", item.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, at) in bounds.iter_mut().zip(&args[1..]) {
        *bound = position(at, length, "slice", true)?;
    }
    let [from, to, _] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match item {
        Value::List(items) => Value::List(Rc::new(items[from..to].to_vec())),
        Value::Text(text) => Value::text(&String::from_utf8_lossy(&text.as_bytes()[from..to])),
        item => item.clone(),
    })
}

fn equal(args: &[Value]) -> Result<bool, String> {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err("missing argument for comparison".to_string());
    };
    for other in others {
        if equal_two(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_two(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        (Value::Nil | Value::Missing, Value::Nil | Value::Missing) => Ok(true),
        (Value::Nil | Value::Missing, _) | (_, Value::Nil | Value::Missing) => Ok(false),
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
            Err(format!("non-comparable type {}: {}", show(a), a.type_name()))
        }
        _ => Err("incompatible types for comparison".to_string()),
    }
}

fn compare(name: &str, a: &Value, b: &Value) -> Result<Value, String> {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(_), Value::Bool(_)) => return Err("invalid type for comparison".to_string()),
        (Value::List(_) | Value::Map(_) | Value::Struct(_) | Value::Nil | Value::Missing, _) => {
            return Err("invalid type for comparison".to_string());
        }
        _ => return Err("incompatible types for comparison".to_string()),
    };
    Ok(Value::Bool(match name {
        "lt" => order == Some(Ordering::Less),
        "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        "gt" => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }))
}

fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
