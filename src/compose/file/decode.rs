//! The values of a checked tree as what they mean: a command's words, sizes in bytes, lists of `key=value` as mappings.

use super::emit::{Shown, sort_keys};
use super::schema::{Meaning, Object, object};
use super::value::{Table, Value};
use super::words;
use crate::cli::flag::{duration, ram_bytes};
use crate::engine::go_duration;
use crate::model::time::Time;

/// Reads the whole project. Errors are told as the real one's decoder does, all by their place.
pub fn decode(project: Value) -> Result<Value, String> {
    let mut wrong = Vec::new();
    let decoded = fields(project, "project", "", &mut wrong);
    match wrong.first() {
        None => Ok(decoded),
        Some(first) => Err(format!("decoding failed due to the following error(s):\n\n{first}")),
    }
}

fn fields(value: Value, name: &str, path: &str, wrong: &mut Vec<String>) -> Value {
    let Some(known) = object(name) else { return Value::Null };
    let map = match value {
        Value::Map(map) => map,
        Value::Null => return Value::Null,
        // What a service's name with a dot keeps from its long form (`super::path` sees more parts than there are).
        other => {
            wrong.push(format!("'{path}' expected a map, got '{}'", kind(&other)));
            return Value::Null;
        }
    };
    let mut done = Table::new();
    for (key, value) in map {
        let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let value = match known.attribute(&key) {
            Some(attribute) => one(value, attribute.meaning, &place, wrong),
            None => value,
        };
        if value != Value::Null {
            done.insert(key, value);
        }
    }
    Value::Map(done)
}

fn one(value: Value, meaning: Meaning, path: &str, wrong: &mut Vec<String>) -> Value {
    if let (Value::Null, Meaning::MapOf(_) | Meaning::Struct(_) | Meaning::Given(_)) = (&value, meaning) {
        return value;
    }
    let mut failed = |why: String| {
        wrong.push(format!("'{path}' {why}"));
        Value::Null
    };
    match meaning {
        Meaning::Raw => value,
        Meaning::Text => match value {
            Value::Null => Value::Null,
            value => Value::Text(value.show()),
        },
        Meaning::Bool | Meaning::BoolAlways | Meaning::BoolGiven => match value {
            Value::Text(text) => Value::Bool(text == "true"),
            value => value,
        },
        Meaning::Int | Meaning::IntGiven => match &value {
            Value::Float(number) => Value::Int(*number as i64),
            Value::Text(text) => match text.parse() {
                Ok(number) => Value::Int(number),
                Err(_) => failed(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")),
            },
            _ => value,
        },
        Meaning::Float => match &value {
            Value::Int(number) => Value::Float(*number as f64),
            Value::Text(text) => match text.parse() {
                Ok(number) => Value::Float(number),
                Err(_) => failed(format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax")),
            },
            _ => value,
        },
        Meaning::Bytes => match &value {
            Value::Text(text) => match ram_bytes(text) {
                Ok(bytes) => Value::Int(bytes),
                Err(why) => failed(why),
            },
            // The real one passes over what is neither a text nor a whole number.
            Value::Float(_) => Value::Null,
            _ => value,
        },
        Meaning::Duration => match long_duration(&value.show()) {
            Ok(nanos) => Value::Text(go_duration(Time(nanos.unsigned_abs()))),
            Err(why) => failed(why),
        },
        Meaning::Command => match value {
            Value::Text(text) => match words::split(&text) {
                Ok(words) => Value::List(words.into_iter().map(Value::Text).collect()),
                Err(why) => failed(why),
            },
            value => value,
        },
        Meaning::Test => match value {
            text @ Value::Text(_) => Value::List(vec![Value::text("CMD-SHELL"), text]),
            value => value,
        },
        Meaning::Dict | Meaning::Labels | Meaning::Options => texts(value, false),
        Meaning::Env => match trailing_space(&value) {
            Some(name) => failed(format!("environment variable {name} is declared with a trailing space")),
            None => texts(value, true),
        },
        Meaning::List => match value {
            Value::List(list) => Value::List(list.iter().map(|item| Value::Text(item.show())).collect()),
            Value::Null => Value::Null,
            value => Value::List(vec![Value::Text(value.show())]),
        },
        Meaning::Hosts => match hosts(value) {
            Ok(hosts) => hosts,
            Err(why) => failed(why),
        },
        Meaning::EnvFiles => value,
        Meaning::Ulimits => match endless(&value) {
            None => value,
            Some(name) => {
                wrong.push(format!("'{path}[{name}]' unexpected value type float64 for ulimit"));
                Value::Null
            }
        },
        Meaning::Mode => match &value {
            Value::Text(text) => match i64::from_str_radix(text, 8) {
                Ok(mode) => Value::Int(mode),
                Err(_) => failed(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")),
            },
            _ => value,
        },
        Meaning::Struct(name) | Meaning::Given(name) => fields(value, name, path, wrong),
        Meaning::Structs(name) => match value {
            Value::List(list) => {
                let item = |(at, item)| fields(item, name, &format!("{path}[{at}]"), wrong);
                Value::List(list.into_iter().enumerate().map(item).collect())
            }
            _ => Value::Null,
        },
        Meaning::MapOf(name) => match value {
            Value::Map(map) => {
                let item = |(key, item): (String, Value)| {
                    let place = format!("{path}[{key}]");
                    (key, fields(item, name, &place, wrong))
                };
                Value::Map(map.into_iter().map(item).collect())
            }
            _ => Value::Null,
        },
    }
}

/// What Go calls a value of this kind.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
    }
}

/// The name of a limit that is no whole number: one that is too long for that is read as a fraction.
fn endless(limits: &Value) -> Option<&str> {
    let is_fraction = |value: &Value| matches!(value, Value::Float(_));
    let has = |limit: &Value| is_fraction(limit) || limit.as_map().is_some_and(|both| both.values().any(is_fraction));
    limits.as_map()?.iter().find(|(_, limit)| has(limit)).map(|(name, _)| name.as_str())
}

/// Days and weeks are known beside Go's units.
fn long_duration(text: &str) -> Result<i64, String> {
    let mut rest = text.to_string();
    let mut more = 0;
    for (unit, seconds) in [('w', 7 * 86_400), ('d', 86_400)] {
        if let Some((count, after)) = rest.split_once(unit) {
            let count: i64 = count.parse().map_err(|_| format!("time: invalid duration \"{text}\""))?;
            more += count.saturating_mul(seconds).saturating_mul(1_000_000_000);
            rest = after.to_string();
        }
    }
    if rest.is_empty() && more != 0 {
        return Ok(more);
    }
    Ok(duration(&rest)?.saturating_add(more))
}

/// Mappings, and lists of `key=value`, as mappings of texts. A key alone has no value, or an empty one.
fn texts(value: Value, nulls: bool) -> Value {
    let show = |value: &Value| match value {
        Value::Null if nulls => Value::Null,
        value => Value::Text(value.show()),
    };
    match value {
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), show(value))).collect()),
        Value::List(list) => {
            let entry = |item: &Value| {
                let item = item.show();
                match item.split_once('=') {
                    Some((key, value)) => (key.to_string(), Value::text(value)),
                    None => (item, show(&Value::Null)),
                }
            };
            Value::Map(list.iter().map(entry).collect())
        }
        _ => Value::Null,
    }
}

fn trailing_space(value: &Value) -> Option<String> {
    let names = value.as_list()?.iter().map(|item| item.show().split('=').next().unwrap_or_default().to_string());
    names.into_iter().find(|name| name.ends_with(char::is_whitespace))
}

/// Hosts with their addresses.
fn hosts(value: Value) -> Result<Value, String> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |host: &str, addresses: Vec<String>| match all.iter_mut().find(|(known, _)| known == host) {
        Some((_, known)) => known.extend(addresses),
        None => all.push((host.into(), addresses)),
    };
    match value {
        Value::Map(map) => {
            for (host, value) in &map {
                match value {
                    Value::List(list) => add(host, list.iter().map(Value::show).collect()),
                    value => add(host, vec![value.show()]),
                }
            }
        }
        Value::List(list) => {
            for item in list {
                let item = item.show();
                let split = item.split_once('=').or_else(|| item.split_once(':'));
                let (host, address) = split.ok_or_else(|| format!("invalid additional host, missing IP: {item}"))?;
                add(host, address.split(',').map(str::to_string).collect());
            }
        }
        _ => {}
    }
    let mut done = Table::new();
    for (host, addresses) in all {
        if host.is_empty() || host.contains([':', '=']) {
            return Err(format!("bad host name '{host}'"));
        }
        let bare = |address: &String| {
            let inner = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
            Value::text(inner.unwrap_or(address))
        };
        done.insert(host, Value::List(addresses.iter().map(bare).collect()));
    }
    Ok(Value::Map(done))
}

/// The fields of an object in the order in which they are printed; mappings sorted as YAML or as JSON.
pub fn shown(value: &Value, name: &str, yaml: bool) -> Shown {
    let (Some(map), Some(known)) = (value.as_map(), object(name)) else { return Shown::Fields(Vec::new()) };
    let mut out = Vec::new();
    for attribute in &known.attributes {
        let given = map.get(attribute.name);
        let always = !yaml && matches!(attribute.meaning, Meaning::Struct(_) | Meaning::Command);
        let Some(value) = given else {
            if always {
                let empty = if attribute.meaning == Meaning::Command { Shown::Null } else { Shown::Fields(Vec::new()) };
                out.push((attribute.name.to_string(), empty));
            } else if attribute.meaning == Meaning::BoolAlways {
                out.push((attribute.name.to_string(), Shown::Bool(false)));
            }
            continue;
        };
        if let Some(value) = field(value, attribute.meaning, yaml) {
            out.push((attribute.name.to_string(), value));
        }
    }
    if yaml {
        out.extend(extensions(map, known));
    }
    Shown::Fields(out)
}

fn extensions(map: &Table, known: &Object) -> Vec<(String, Shown)> {
    let mut all: Vec<(String, Shown)> = map
        .iter()
        .filter(|(key, _)| known.attribute(key).is_none() && key.starts_with("x-"))
        .map(|(key, value)| (key.clone(), Shown::of(value).sorted()))
        .collect();
    sort_keys(&mut all);
    all
}

/// How a field is shown, or nothing where it is empty.
fn field(value: &Value, meaning: Meaning, yaml: bool) -> Option<Shown> {
    let order = |shown: Shown| if yaml { shown.sorted() } else { shown };
    let shown = match meaning {
        Meaning::Bytes => Shown::Text(value.show()),
        Meaning::Mode => Shown::Text(format!("0{:o}", int(value))),
        Meaning::Hosts => {
            let mut all = Vec::new();
            for (host, addresses) in value.as_map().into_iter().flatten() {
                all.extend(addresses.as_list().unwrap_or_default().iter().map(|one| format!("{host}={}", one.show())));
            }
            crate::model::order::Order::order(all.as_mut_slice());
            Shown::List(all.into_iter().map(Shown::Text).collect())
        }
        Meaning::EnvFiles => {
            let one = |file: &Value| match file.flag("required") {
                true => Shown::text(file.word("path")),
                false => Shown::of(file),
            };
            Shown::List(value.as_list().unwrap_or_default().iter().map(one).collect())
        }
        Meaning::Ulimits => {
            let one = |(key, value): (&String, &Value)| {
                let shown = match value {
                    Value::Map(_) => {
                        let part = |name: &str| (name.to_string(), Shown::Int(value.number(name).unwrap_or(0)));
                        Shown::Fields(vec![part("soft"), part("hard")])
                    }
                    value => Shown::of(value),
                };
                (key.clone(), shown)
            };
            let mut all: Vec<(String, Shown)> = value.as_map().into_iter().flatten().map(one).collect();
            if yaml {
                sort_keys(&mut all);
            }
            Shown::Fields(all)
        }
        Meaning::Given(name) | Meaning::Struct(name) => shown_or_null(value, name, yaml),
        Meaning::Structs(name) => {
            Shown::List(value.as_list().unwrap_or_default().iter().map(|item| shown(item, name, yaml)).collect())
        }
        Meaning::MapOf(name) => {
            let one = |(key, value): (&String, &Value)| (key.clone(), shown_or_null(value, name, yaml));
            let mut all: Vec<(String, Shown)> = value.as_map().into_iter().flatten().map(one).collect();
            if yaml {
                sort_keys(&mut all);
            }
            Shown::Fields(all)
        }
        _ => order(Shown::of(value)),
    };
    let keeps_empty = matches!(meaning, Meaning::Given(_) | Meaning::Command)
        || !yaml && matches!(meaning, Meaning::Struct(_))
        || matches!(meaning, Meaning::BoolAlways | Meaning::BoolGiven | Meaning::IntGiven);
    let empty = match &shown {
        Shown::Bool(value) => !value,
        Shown::Int(value) => *value == 0,
        Shown::Float(value) => *value == 0.0,
        Shown::Text(text) => text.is_empty() || meaning == Meaning::Bytes && text == "0",
        Shown::Null => true,
        other => other.is_empty(),
    };
    (keeps_empty || !empty).then_some(shown)
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        _ => 0,
    }
}

fn shown_or_null(value: &Value, name: &str, yaml: bool) -> Shown {
    match value {
        Value::Null => Shown::Null,
        value => shown(value, name, yaml),
    }
}
