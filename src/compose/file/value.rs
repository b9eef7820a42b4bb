//! What a compose file says, as a tree. Keys are in order: the real one sorts them where it prints or hashes.

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub type Table = BTreeMap<String, Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Table),
}

impl Value {
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// A mapping of these entries.
    pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Table> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_map_mut(&mut self) -> Option<&mut Table> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The entry of a mapping.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// What a path of keys leads to: `deploy.resources.limits`.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, key| value.get(key)).filter(|value| **value != Value::Null)
    }

    /// The text at a path, or nothing.
    pub fn word(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_text).unwrap_or_default()
    }

    pub fn flag(&self, path: &str) -> bool {
        self.at(path) == Some(&Value::Bool(true))
    }

    pub fn number(&self, path: &str) -> Option<i64> {
        match self.at(path)? {
            Value::Int(number) => Some(*number),
            Value::Float(number) => Some(*number as i64),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The texts of a list at a path.
    pub fn words(&self, path: &str) -> Vec<String> {
        self.list(path).iter().map(Value::show).collect()
    }

    /// The list at a path, or none.
    pub fn list(&self, path: &str) -> &[Value] {
        self.at(path).and_then(Value::as_list).unwrap_or_default()
    }

    /// The entries of a mapping at a path, by key.
    pub fn entries(&self, path: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.at(path).and_then(Value::as_map).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// The entries of a mapping of texts.
    pub fn texts(&self, path: &str) -> BTreeMap<String, String> {
        self.entries(path).map(|(key, value)| (key.to_string(), value.show())).collect()
    }

    /// As Go's `fmt.Sprint` writes it.
    pub fn show(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => crate::cli::format::number::shortest(*value),
            Value::Text(text) => text.clone(),
            Value::List(list) => format!("[{}]", list.iter().map(Value::show).collect::<Vec<_>>().join(" ")),
            Value::Map(map) => {
                let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", value.show())).collect();
                format!("map[{}]", entries.join(" "))
            }
        }
    }

    /// The name of its type in Go's `%T`.
    pub fn go_type(&self) -> &'static str {
        match self {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float64",
            Value::Text(_) => "string",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        }
    }

    pub fn json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::from(*value),
            Value::Int(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => Json::from(text.as_str()),
            Value::List(list) => list.iter().map(Value::json).collect(),
            Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), value.json())).collect(),
        }
    }
}
