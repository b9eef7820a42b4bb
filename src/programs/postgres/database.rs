//! What a server keeps: databases, their tables, and rows of values. It is written to the data folder as
//! JSON after each change.

use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kind {
    Int,
    BigInt,
    Float,
    Text,
    Bool,
    Time,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// As `\d` shows it: `character varying(50)`.
    pub shown: String,
    pub filled: bool,
    pub unique: bool,
    pub primary: bool,
    /// Numbers itself.
    pub serial: bool,
    pub default: Option<Value>,
    /// `DEFAULT now()`.
    pub stamped: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    pub next: i64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Database {
    pub name: String,
    pub tables: Vec<Table>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cluster {
    pub owner: String,
    pub password: String,
    pub databases: Vec<Database>,
}

impl Cluster {
    pub fn new(owner: &str, password: &str) -> Cluster {
        let names = ["postgres", "template0", "template1"];
        let database = |name: &&str| Database { name: (*name).to_string(), tables: Vec::new() };
        Cluster { owner: owner.into(), password: password.into(), databases: names.iter().map(database).collect() }
    }

    pub fn database(&mut self, name: &str) -> Option<&mut Database> {
        self.databases.iter_mut().find(|database| database.name == name)
    }

    pub fn weight(&self) -> usize {
        let row = |row: &Vec<Value>| -> usize {
            row.iter().map(|v| if let Value::Text(t) = v { t.len() + 16 } else { 16 }).sum()
        };
        let tables = self.databases.iter().flat_map(|database| &database.tables);
        tables.map(|table| table.rows.iter().map(row).sum::<usize>()).sum()
    }
}

impl Database {
    pub fn table(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name == name)
    }
}

impl Value {
    pub fn shown(&self) -> Option<String> {
        match self {
            Value::Null => None,
            Value::Bool(value) => Some(if *value { "t" } else { "f" }.into()),
            Value::Int(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            Value::Text(value) => Some(value.clone()),
        }
    }

    pub fn compare(&self, other: &Value) -> Option<std::cmp::Ordering> {
        let number = |value: &Value| match value {
            Value::Int(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Bool(a), Value::Text(b)) => Some(a.cmp(&matches!(b.as_str(), "t" | "true" | "yes" | "on" | "1"))),
            _ => number(self)?.partial_cmp(&number(other)?),
        }
    }
}

impl Kind {
    /// A value as a column of this kind keeps it; none if it can't.
    pub fn fit(self, value: Value) -> Option<Value> {
        Some(match (self, value) {
            (_, Value::Null) => Value::Null,
            (Kind::Int, Value::Int(value)) => Value::Int(i64::from(i32::try_from(value).ok()?)),
            (Kind::BigInt, Value::Int(value)) => Value::Int(value),
            (Kind::Int | Kind::BigInt, Value::Float(value)) => Value::Int(value.round() as i64),
            (Kind::Int | Kind::BigInt, Value::Text(text)) => Value::Int(text.trim().parse().ok()?),
            (Kind::Float, Value::Int(value)) => Value::Float(value as f64),
            (Kind::Float, Value::Float(value)) => Value::Float(value),
            (Kind::Float, Value::Text(text)) => Value::Float(text.trim().parse().ok()?),
            (Kind::Text | Kind::Time, Value::Text(text)) => Value::Text(text),
            (Kind::Text, value) => Value::Text(value.shown()?),
            (Kind::Bool, Value::Bool(value)) => Value::Bool(value),
            (Kind::Bool, Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
                "t" | "true" | "yes" | "on" | "1" => Value::Bool(true),
                "f" | "false" | "no" | "off" | "0" => Value::Bool(false),
                _ => return None,
            },
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Int => "integer",
            Kind::BigInt => "bigint",
            Kind::Float => "numeric",
            Kind::Text => "text",
            Kind::Bool => "boolean",
            Kind::Time => "timestamp without time zone",
        }
    }

    /// Whether psql sets it to the right.
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::BigInt | Kind::Float)
    }
}
