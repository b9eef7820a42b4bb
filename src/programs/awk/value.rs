//! awk's values: numbers, texts, and input that is a number if it looks like one.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::shell::Dialect;
use crate::shell::builtin::printf::printf;

#[derive(Clone, Debug)]
pub enum Value {
    None,
    Number(f64),
    Text(Rc<str>),
    /// Input that looks like a number.
    Both(Rc<str>, f64),
}

impl Value {
    /// A value that comes from outside.
    pub fn input(text: &str) -> Value {
        match text.trim().parse::<f64>() {
            Ok(number) if text.trim().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                Value::Both(text.into(), number)
            }
            _ => Value::Text(text.into()),
        }
    }

    pub fn truth_of(truth: bool) -> Value {
        Value::Number(f64::from(u8::from(truth)))
    }

    pub fn number(&self) -> f64 {
        match self {
            Value::None => 0.0,
            Value::Number(number) | Value::Both(_, number) => *number,
            Value::Text(text) => number_of(text),
        }
    }

    pub fn text(&self) -> String {
        match self {
            Value::None => String::new(),
            Value::Number(number) => shown(*number),
            Value::Text(text) | Value::Both(text, _) => text.to_string(),
        }
    }

    pub fn truth(&self) -> bool {
        match self {
            Value::None => false,
            Value::Number(number) | Value::Both(_, number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    /// As numbers if both are, else as texts.
    pub fn compare(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Text(_), _) | (_, Value::Text(_)) => self.text().cmp(&other.text()),
            _ => self.number().partial_cmp(&other.number()).unwrap_or(Ordering::Equal),
        }
    }
}

/// The number that a text begins with.
pub fn number_of(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    let (mut point, mut exponent) = (false, false);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'+' | b'-' if end == 0 || matches!(bytes.get(end - 1), Some(b'e' | b'E')) => {}
            b'.' if !point && !exponent => point = true,
            b'e' | b'E' if !exponent && end > 0 => exponent = true,
            _ => break,
        }
        end += 1;
    }
    let mut head = text.get(..end).unwrap_or("");
    while !head.is_empty() {
        if let Ok(number) = head.parse() {
            return number;
        }
        head = head.get(..head.len() - 1).unwrap_or("");
    }
    0.0
}

/// A number as print shows it: whole ones whole, others as `%.6g`.
fn shown(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    if number.is_nan() || number.is_infinite() {
        return format!("{number}").to_lowercase();
    }
    piece("%.6g", &format!("{number}"))
}

/// One conversion, by the shells' printf.
fn piece(spec: &str, operand: &str) -> String {
    String::from_utf8_lossy(&printf(spec, &[operand.to_string()], Dialect::Bash).bytes).into_owned()
}

/// printf: conversions one by one, the rest as it stands.
pub fn format(format: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        let Some(end) = rest.char_indices().skip(1).find(|(_, c)| !"-+ #0123456789.*".contains(*c)) else { break };
        let letter = end.1;
        let mut spec = rest.get(..end.0).unwrap_or("%").to_string();
        rest = rest.get(end.0 + letter.len_utf8()..).unwrap_or("");
        while let Some(star) = spec.find('*') {
            let width = values.next().map_or(0.0, Value::number) as i64;
            spec.replace_range(star..=star, &width.to_string());
        }
        match letter {
            '%' => out.push('%'),
            'd' | 'i' => {
                let number = values.next().map_or(0.0, Value::number).trunc();
                out.push_str(&piece(&format!("{spec}d"), &format!("{}", number as i64)));
            }
            'o' | 'x' | 'X' | 'u' => {
                let number = values.next().map_or(0.0, Value::number).trunc();
                out.push_str(&piece(&format!("{spec}{letter}"), &format!("{}", number as i64)));
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let number = values.next().map_or(0.0, Value::number);
                out.push_str(&piece(&format!("{spec}{letter}"), &format!("{number}")));
            }
            'c' => {
                let text = match values.next() {
                    Some(Value::Number(number)) => char::from_u32(*number as u32).map(String::from).unwrap_or_default(),
                    Some(value) => value.text().chars().take(1).collect(),
                    None => String::new(),
                };
                out.push_str(&piece(&format!("{spec}s"), &text));
            }
            's' => {
                let text = values.next().map_or(String::new(), Value::text);
                out.push_str(&piece(&format!("{spec}s"), &text));
            }
            other => out.push_str(&format!("{spec}{other}")),
        }
    }
    out.push_str(rest);
    out
}

/// Backslash sequences of a string.
pub fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some(c @ ('"' | '\\' | '/')) => out.push(c),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}
