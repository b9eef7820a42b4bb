//! The values that a template sees, and their JSON.

use crate::model::order::Order;
use std::rc::Rc;

/// A value of one of Go's kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// What a missing key gives: it prints as `<no value>`.
    Missing,
    /// A list that was never made: empty, but null in JSON.
    NoList,
    /// A map that was never made: empty, but null in JSON.
    NoMap,
    /// A nil pointer or interface.
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<Vec<Value>>),
    /// A map with text keys, sorted by them.
    Map(Rc<Vec<(String, Value)>>),
    Struct(Rc<Struct>),
    /// A method with one text argument that looks it up, such as `.Label "name"`.
    Lookup(Rc<Vec<(String, Value)>>),
}

/// A value with named fields; asking for another field is an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Go's name of the type, such as `*formatter.ContainerContext`.
    pub name: &'static str,
    pub fields: Vec<(String, Value)>,
}

impl Struct {
    /// Whether its fields are methods, as those of a line of a table are.
    pub fn has_methods(&self) -> bool {
        self.name.starts_with('*')
    }
}

/// Keys of the engine's answers whose objects are maps in Go, not structs.
const MAPS: [&str; 17] = [
    "Labels",
    "ExposedPorts",
    "Volumes",
    "Ports",
    "Networks",
    "Options",
    "Sysctls",
    "StorageOpt",
    "Annotations",
    "Tmpfs",
    "Data",
    "DriverOpts",
    "AuxiliaryAddresses",
    "Containers",
    "ConfigOptions",
    "Status",
    "LogConfig.Config",
];
/// Keys whose null is a nil pointer; elsewhere null is an empty list or map.
const POINTERS: [&str; 9] = [
    "Init",
    "Health",
    "Healthcheck",
    "OomKillDisable",
    "PidsLimit",
    "MemorySwappiness",
    "StopTimeout",
    "GraphDriver",
    "RootFS",
];

/// Fields that the engine leaves out of its answer when they are empty, by what they are then.
const LISTS: [&str; 13] = [
    "Env",
    "Cmd",
    "Entrypoint",
    "OnBuild",
    "Shell",
    "Aliases",
    "Binds",
    "CapAdd",
    "CapDrop",
    "Mounts",
    "ExecIDs",
    "RepoTags",
    "RepoDigests",
];
const TEXTS: [&str; 11] = [
    "User",
    "WorkingDir",
    "Hostname",
    "Domainname",
    "StopSignal",
    "MacAddress",
    "Comment",
    "Author",
    "Variant",
    "OsVersion",
    "Parent",
];
const ABSENT_MAPS: [&str; 3] = ["Labels", "ExposedPorts", "Volumes"];
const ABSENT_POINTERS: [&str; 6] = ["Healthcheck", "Health", "StopTimeout", "Init", "SizeRw", "SizeRootFs"];

/// What Go's type holds in a field that the answer lacks, if it has such a field.
pub(super) fn zero(field: &str) -> Option<Value> {
    match field {
        _ if LISTS.contains(&field) => Some(Value::NoList),
        _ if TEXTS.contains(&field) => Some(Value::text("")),
        _ if ABSENT_MAPS.contains(&field) => Some(Value::NoMap),
        _ if ABSENT_POINTERS.contains(&field) => Some(Value::Nil),
        _ => None,
    }
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    /// A map, sorted by key.
    pub fn map(mut entries: Vec<(String, Value)>) -> Value {
        entries.order_by(|a, b| a.0.cmp(&b.0));
        Value::Map(Rc::new(entries))
    }

    /// A struct of the named type.
    pub fn structure(name: &'static str, fields: Vec<(String, Value)>) -> Value {
        Value::Struct(Rc::new(Struct { name, fields }))
    }

    /// An answer of the engine as the client's types hold it: structs, and maps where Go has maps.
    pub fn typed(json: &serde_json::Value) -> Value {
        typed("", json, 0)
    }

    /// The same answer decoded without types: every object is a map.
    pub fn raw(json: &serde_json::Value) -> Value {
        raw(json, 0)
    }

    /// Go's name of the value's type.
    pub fn type_name(&self) -> String {
        match self {
            Value::Missing | Value::Nil => "interface {}".to_string(),
            Value::Bool(_) => "bool".to_string(),
            Value::Int(_) => "int".to_string(),
            Value::Float(_) => "float64".to_string(),
            Value::Text(_) => "string".to_string(),
            Value::NoList => "[]string".to_string(),
            Value::NoMap => "map[string]string".to_string(),
            Value::List(items) if is_texts(items.iter()) => "[]string".to_string(),
            Value::List(_) => "[]interface {}".to_string(),
            Value::Map(entries) if is_texts(entries.iter().map(|(_, value)| value)) => "map[string]string".to_string(),
            Value::Map(_) => "map[string]interface {}".to_string(),
            Value::Struct(it) => it.name.to_string(),
            Value::Lookup(_) => "func(string) string".to_string(),
        }
    }

    /// The value, with an empty list or map in place of one that was never made.
    pub fn made(self) -> Value {
        match self {
            Value::NoList => Value::List(Rc::new(Vec::new())),
            Value::NoMap => Value::map(Vec::new()),
            value => value,
        }
    }

    /// Whether `if` takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Missing | Value::Nil | Value::NoList | Value::NoMap => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(value) => !value.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) | Value::Lookup(entries) => !entries.is_empty(),
            Value::Struct(_) => true,
        }
    }
}

fn is_texts<'a>(mut items: impl Iterator<Item = &'a Value>) -> bool {
    items.all(|item| matches!(item, Value::Text(_)))
}

/// Objects nested deeper than any answer of the engine are cut off.
const DEPTH: usize = 64;

fn typed(key: &str, json: &serde_json::Value, depth: usize) -> Value {
    use serde_json::Value as Json;
    let is_map = matches!(json, Json::Null | Json::Object(_)) && MAPS.contains(&key);
    match json {
        _ if depth > DEPTH => Value::Nil,
        Json::Null if POINTERS.contains(&key) => Value::Nil,
        Json::Null if is_map => Value::NoMap,
        Json::Null => Value::NoList,
        Json::Array(items) => Value::List(Rc::new(items.iter().map(|item| typed("", item, depth + 1)).collect())),
        Json::Object(fields) => {
            let below = |(name, value): (&String, &Json)| {
                let key = if is_map { "" } else { name.as_str() };
                // Config is a map in a log configuration and a struct elsewhere.
                let key = if key == "Config" && fields.contains_key("Type") { "LogConfig.Config" } else { key };
                (name.clone(), typed(key, value, depth + 1))
            };
            let entries = fields.iter().map(below).collect();
            if is_map { Value::map(entries) } else { Value::structure("struct", entries) }
        }
        json => scalar(json),
    }
}

fn raw(json: &serde_json::Value, depth: usize) -> Value {
    use serde_json::Value as Json;
    match json {
        _ if depth > DEPTH => Value::Nil,
        Json::Array(items) => Value::List(Rc::new(items.iter().map(|item| raw(item, depth + 1)).collect())),
        Json::Object(fields) => {
            Value::map(fields.iter().map(|(name, value)| (name.clone(), raw(value, depth + 1))).collect())
        }
        json => scalar(json),
    }
}

fn scalar(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::text(text),
        _ => Value::Nil,
    }
}

/// JSON as Go's encoder writes it without escaping HTML.
pub fn marshal(value: &Value, out: &mut String) {
    let object = |entries: &[(String, Value)], out: &mut String| {
        out.push('{');
        let entries = entries.iter().filter(|(_, value)| !matches!(value, Value::Lookup(_)));
        for (at, (name, value)) in entries.enumerate() {
            if at > 0 {
                out.push(',');
            }
            text(name, out);
            out.push(':');
            marshal(value, out);
        }
        out.push('}');
    };
    match value {
        Value::Missing | Value::Nil | Value::NoList | Value::NoMap | Value::Lookup(_) => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&value.to_string()),
        Value::Text(value) => text(value, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                marshal(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => object(entries, out),
        Value::Struct(it) => object(&it.fields, out),
    }
}

fn text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
