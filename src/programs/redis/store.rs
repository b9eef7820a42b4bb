//! What a server keeps: sixteen databases of keys, their values, and when they go.

use std::collections::{BTreeMap, VecDeque};

use crate::model::limits;
use crate::model::time::Time;

pub type Bytes = Vec<u8>;

#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Text(Bytes),
    List(VecDeque<Bytes>),
    /// In the order in which they came, as small sets have it; sets of whole numbers are sorted.
    Set(Vec<Bytes>),
    Hash(Vec<(Bytes, Bytes)>),
    /// Sorted by score, then by member.
    Sorted(Vec<(f64, Bytes)>),
}

impl Value {
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Hash(_) => "hash",
            Value::Sorted(_) => "zset",
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Value::Text(_) => false,
            Value::List(all) => all.is_empty(),
            Value::Set(all) => all.is_empty(),
            Value::Hash(all) => all.is_empty(),
            Value::Sorted(all) => all.is_empty(),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::List(all) => all.iter().map(|one| one.len() + 16).sum(),
            Value::Set(all) => all.iter().map(|one| one.len() + 16).sum(),
            Value::Hash(all) => all.iter().map(|(a, b)| a.len() + b.len() + 16).sum(),
            Value::Sorted(all) => all.iter().map(|(_, one)| one.len() + 24).sum(),
        }
    }
}

/// How many databases `SELECT` knows.
pub const DATABASES: usize = 16;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Store {
    pub databases: BTreeMap<usize, Database>,
    /// Changes since the last save.
    pub dirty: u64,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Database {
    keys: BTreeMap<Bytes, Value>,
    /// Moments, in milliseconds since 1970.
    ends: BTreeMap<Bytes, i64>,
}

/// Milliseconds since 1970.
pub fn millis(now: Time) -> i64 {
    let (seconds, nanos) = now.epoch();
    seconds * 1000 + i64::from(nanos / 1_000_000)
}

impl Database {
    /// Drops what is over.
    pub fn expire(&mut self, now: i64) {
        let over: Vec<Bytes> = self.ends.iter().filter(|(_, end)| **end <= now).map(|(key, _)| key.clone()).collect();
        for key in over {
            self.remove(&key);
        }
    }

    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        self.keys.get(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = (&Bytes, &Value)> {
        self.keys.iter()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn ending(&self) -> usize {
        self.ends.len()
    }

    /// A new value in place of the old; it stays until it is removed.
    pub fn set(&mut self, key: &[u8], value: Value) {
        self.ends.remove(key);
        self.keys.insert(key.to_vec(), value);
    }

    pub fn remove(&mut self, key: &[u8]) -> Option<Value> {
        self.ends.remove(key);
        self.keys.remove(key)
    }

    /// Changes a value, made by `new` where there is none; an empty one goes.
    pub fn change<T>(&mut self, key: &[u8], new: fn() -> Value, change: impl FnOnce(&mut Value) -> T) -> T {
        let value = self.keys.entry(key.to_vec()).or_insert_with(new);
        let result = change(value);
        if value.is_empty() {
            self.remove(key);
        }
        result
    }

    pub fn end(&self, key: &[u8]) -> Option<i64> {
        self.ends.get(key).copied()
    }

    pub fn set_end(&mut self, key: &[u8], end: Option<i64>) {
        match end {
            Some(end) => drop(self.ends.insert(key.to_vec(), end)),
            None => drop(self.ends.remove(key)),
        }
    }
}

impl Store {
    pub fn database(&mut self, index: usize) -> &mut Database {
        self.databases.entry(index).or_default()
    }

    pub fn keys(&self) -> usize {
        self.databases.values().map(Database::len).sum()
    }

    /// Bytes of keys and values.
    pub fn weight(&self) -> usize {
        let of = |database: &Database| -> usize {
            database.keys().map(|(key, value)| key.len() + value.weight() + 48).sum()
        };
        self.databases.values().map(of).sum()
    }

    pub fn is_full(&self) -> bool {
        self.weight() > limits::FILE_BYTES / 2
    }

    /// Commands that make this store out of an empty one.
    pub fn commands(&self) -> Vec<Vec<Bytes>> {
        let mut all = Vec::new();
        let word = |text: &str| text.as_bytes().to_vec();
        for (index, database) in self.databases.iter().filter(|(_, database)| database.len() > 0) {
            all.push(vec![word("SELECT"), word(&index.to_string())]);
            for (key, value) in database.keys() {
                let mut words = match value {
                    Value::Text(text) => vec![word("SET"), key.clone(), text.clone()],
                    Value::List(_) => vec![word("RPUSH"), key.clone()],
                    Value::Set(_) => vec![word("SADD"), key.clone()],
                    Value::Hash(_) => vec![word("HSET"), key.clone()],
                    Value::Sorted(_) => vec![word("ZADD"), key.clone()],
                };
                match value {
                    Value::Text(_) => {}
                    Value::List(items) => words.extend(items.iter().cloned()),
                    Value::Set(items) => words.extend(items.iter().cloned()),
                    Value::Hash(items) => words.extend(items.iter().flat_map(|(a, b)| [a.clone(), b.clone()])),
                    Value::Sorted(items) => {
                        words.extend(items.iter().flat_map(|(score, member)| [word(&number(*score)), member.clone()]));
                    }
                }
                all.push(words);
                if let Some(end) = database.end(key) {
                    all.push(vec![word("PEXPIREAT"), key.clone(), word(&end.to_string())]);
                }
            }
        }
        all
    }
}

/// A score as Redis shows it.
pub fn number(score: f64) -> String {
    match score {
        score if score == f64::INFINITY => "inf".into(),
        score if score == f64::NEG_INFINITY => "-inf".into(),
        score => format!("{score}"),
    }
}
