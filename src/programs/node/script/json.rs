//! JSON (ECMA-404) to values and back.

use serde_json::Value as Json;

use super::heap::{Kind, Value};
use super::machine::{Fault, Machine};
use super::number;

const DEPTH: usize = 64;

/// The text of a value; none for what JSON cannot say.
pub fn stringify(machine: &Machine, value: &Value, indent: &str) -> Option<String> {
    write(machine, value, indent, 0)
}

fn write(machine: &Machine, value: &Value, indent: &str, depth: usize) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    let id = match value {
        Value::Undefined => return None,
        Value::Number(number) if !number.is_finite() => return Some("null".to_string()),
        Value::String(text) => return serde_json::to_string(&**text).ok(),
        Value::Object(id) => *id,
        other => return Some(machine.plain_text(other, 0).to_string()),
    };
    let (parts, open, close) = match &machine.heap.get(id)?.kind {
        Kind::Function { .. } | Kind::Native(..) => return None,
        Kind::Date(millis) => return serde_json::to_string(&super::builtin::iso(*millis)).ok(),
        Kind::Array(items) => {
            let of = |item| write(machine, item, indent, depth + 1).unwrap_or_else(|| "null".to_string());
            (items.iter().map(of).collect::<Vec<_>>(), '[', ']')
        }
        _ => {
            let gap = if indent.is_empty() { "" } else { " " };
            let of = |(name, value): (super::Text, Value)| {
                let text = write(machine, &value, indent, depth + 1)?;
                Some(format!("{}:{gap}{text}", serde_json::to_string(&*name).ok()?))
            };
            (machine.entries(value).into_iter().filter_map(of).collect(), '{', '}')
        }
    };
    if parts.is_empty() || indent.is_empty() {
        return Some(format!("{open}{}{close}", parts.join(",")));
    }
    let (inner, outer) = (indent.repeat(depth + 1), indent.repeat(depth));
    Some(format!("{open}\n{inner}{}\n{outer}{close}", parts.join(&format!(",\n{inner}"))))
}

pub fn parse(machine: &mut Machine, text: &str) -> Result<Value, Fault> {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => build(machine, &json),
        Err(_) if text.trim().is_empty() => machine.throw("SyntaxError", "Unexpected end of JSON input"),
        Err(error) => {
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
            let before: usize = text.lines().take(error.line().saturating_sub(1)).map(|line| line.len() + 1).sum();
            let column = error.column().saturating_sub(1);
            match line.chars().nth(column) {
                Some(c) => {
                    let at = before + column;
                    machine.throw("SyntaxError", &format!("Unexpected token {c} in JSON at position {at}"))
                }
                None => machine.throw("SyntaxError", "Unexpected end of JSON input"),
            }
        }
    }
}

/// Values nest as deep as the parser lets them (128).
fn build(machine: &mut Machine, json: &Json) -> Result<Value, Fault> {
    machine.extra += 1;
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number::parse(&number.to_string())),
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Array(items) => {
            let items = items.iter().map(|item| build(machine, item)).collect::<Result<Vec<_>, _>>()?;
            machine.array(items)
        }
        Json::Object(members) => {
            let id = machine.heap.add(Kind::Plain, Some(machine.protos.object));
            for (name, member) in members {
                let value = build(machine, member)?;
                machine.heap.put(id, name, value);
            }
            Value::Object(id)
        }
    })
}
