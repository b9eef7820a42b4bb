//! JSON as the client prints what the engine answered.

use serde_json::Value;

use crate::cli::template::{self, marshal};

/// On one line, without blanks.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// Over several lines, indented by four blanks.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out);
    out
}

fn write(value: &Value, level: Option<usize>, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            list(items.iter().map(|item| (None, item)), ('[', ']'), level, out);
        }
        Value::Object(fields) if !fields.is_empty() => {
            list(fields.iter().map(|(name, item)| (Some(name), item)), ('{', '}'), level, out);
        }
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        Value::String(text) => marshal(&template::Value::text(text), out),
        other => out.push_str(&other.to_string()),
    }
}

fn list<'a>(
    items: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
    brackets: (char, char),
    level: Option<usize>,
    out: &mut String,
) {
    let inner = level.map(|level| level + 1);
    let newline = |level: Option<usize>, out: &mut String| {
        if let Some(level) = level {
            out.push('\n');
            out.push_str(&"    ".repeat(level));
        }
    };
    out.push(brackets.0);
    for (at, (name, item)) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        newline(inner, out);
        if let Some(name) = name {
            marshal(&template::Value::text(name), out);
            out.push_str(if level.is_some() { ": " } else { ":" });
        }
        write(item, inner, out);
    }
    newline(level, out);
    out.push(brackets.1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_both_forms() {
        let value = serde_json::json!({"A": [1, "x<y"], "B": {}, "C": [], "D": {"E": null}});
        assert_eq!(compact(&value), r#"{"A":[1,"x<y"],"B":{},"C":[],"D":{"E":null}}"#);
        let lines = "{\n    \"A\": [\n        1,\n        \"x<y\"\n    ],\n    \"B\": {},\n    \"C\": [],\n    \"D\": {\n        \"E\": null\n    }\n}";
        assert_eq!(pretty(&value), lines);
    }
}
