//! Values in the order in which they are printed, as YAML and as JSON, the way Go's encoders write them.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::value::Value;
use super::yaml::plain_value;
use crate::model::order::Order;

/// A value whose fields have an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Null,
    Bool(bool),
    Int(i64),
    /// A number of 32 bits, as the real compose keeps them.
    Float(f32),
    Text(String),
    List(Vec<Shown>),
    Fields(Vec<(String, Shown)>),
}

impl Shown {
    pub fn text(text: &str) -> Shown {
        Shown::Text(text.into())
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Shown::List(list) => list.is_empty(),
            Shown::Fields(fields) => fields.is_empty(),
            _ => false,
        }
    }

    /// A plain value; keys sorted as the YAML encoder does.
    pub fn of(value: &Value) -> Shown {
        match value {
            Value::Null => Shown::Null,
            Value::Bool(value) => Shown::Bool(*value),
            Value::Int(value) => Shown::Int(*value),
            Value::Float(value) => Shown::Float(*value as f32),
            Value::Text(text) => Shown::Text(text.clone()),
            Value::List(list) => Shown::List(list.iter().map(Shown::of).collect()),
            Value::Map(map) => Shown::Fields(map.iter().map(|(key, value)| (key.clone(), Shown::of(value))).collect()),
        }
    }

    /// All mappings in the order of the YAML encoder.
    pub fn sorted(self) -> Shown {
        match self {
            Shown::Fields(fields) => {
                let mut fields: Vec<(String, Shown)> =
                    fields.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                sort_keys(&mut fields);
                Shown::Fields(fields)
            }
            Shown::List(list) => Shown::List(list.into_iter().map(Shown::sorted).collect()),
            other => other,
        }
    }

    pub fn json(&self) -> Json {
        match self {
            Shown::Null => Json::Null,
            Shown::Bool(value) => Json::from(*value),
            Shown::Int(value) => Json::from(*value),
            Shown::Float(value) if value.fract() == 0.0 => Json::from(*value as i64),
            Shown::Float(value) => value.to_string().parse::<f64>().map(Json::from).unwrap_or_default(),
            Shown::Text(text) => Json::from(text.as_str()),
            Shown::List(list) => list.iter().map(Shown::json).collect(),
            Shown::Fields(fields) => fields.iter().map(|(key, value)| (key.clone(), value.json())).collect(),
        }
    }

    /// The document as JSON on one line, or over several, with the signs escaped that Go escapes.
    pub fn json_text(&self, pretty: bool) -> String {
        let text =
            if pretty { serde_json::to_string_pretty(&self.json()) } else { serde_json::to_string(&self.json()) };
        escaped(&text.unwrap_or_default())
    }

    /// The document as YAML, ended by a newline.
    pub fn yaml(&self) -> String {
        let mut out = String::new();
        match self {
            Shown::Fields(fields) if !fields.is_empty() => entries(&mut out, fields, 0),
            other => {
                out += &inline(other, 0);
                out.push('\n');
            }
        }
        out
    }
}

/// JSON with the signs escaped that might end a script.
pub fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The keys of a mapping in the order of the YAML encoder: numbers in them count as numbers, signs before letters.
pub fn sort_keys<T>(entries: &mut [(String, T)]) {
    entries.order_by(|a, b| natural(&a.0, &b.0));
}

fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for at in 0..left.len().min(right.len()) {
        let (l, r) = (left[at], right[at]);
        if l == r {
            digits = l.is_numeric();
            continue;
        }
        match (l.is_alphabetic(), r.is_alphabetic()) {
            (true, true) => return l.cmp(&r),
            (true, false) => return if digits { Ordering::Less } else { Ordering::Greater },
            (false, true) => return if digits { Ordering::Greater } else { Ordering::Less },
            (false, false) => {}
        }
        let within =
            (l == '0' || r == '0') && left[..at].iter().rev().take_while(|c| c.is_numeric()).any(|c| *c != '0');
        let number = |chars: &[char]| {
            let run: Vec<u64> = chars[at..].iter().map_while(|c| c.to_digit(10)).map(u64::from).collect();
            let start = u64::from(within);
            (run.iter().fold(start, |sum, digit| sum.saturating_mul(10).saturating_add(*digit)), run.len())
        };
        let ((an, ai), (bn, bi)) = (number(&left), number(&right));
        return an.cmp(&bn).then(ai.cmp(&bi)).then(l.cmp(&r));
    }
    left.len().cmp(&right.len())
}

/// The longest key in bytes that the encoder puts before its colon; a longer one stands behind a question mark.
const SIMPLE_KEY: usize = 128;

fn entries(out: &mut String, fields: &[(String, Shown)], indent: usize) {
    for (key, value) in fields {
        let pad = " ".repeat(indent);
        let name = scalar(key, indent, true);
        if key.len() <= SIMPLE_KEY {
            *out += &format!("{pad}{name}:");
            rest(out, value, indent);
        } else {
            *out += &format!("{pad}? {name}\n{pad}: ");
            behind(out, value, indent);
        }
    }
}

/// What follows `key:`.
fn rest(out: &mut String, value: &Shown, indent: usize) {
    match value {
        Shown::Fields(fields) if !fields.is_empty() => {
            out.push('\n');
            entries(out, fields, indent + 2);
        }
        Shown::List(list) if !list.is_empty() => {
            out.push('\n');
            items(out, list, indent + 2);
        }
        other => {
            out.push(' ');
            out.push_str(&inline(other, indent));
            out.push('\n');
        }
    }
}

fn items(out: &mut String, list: &[Shown], indent: usize) {
    for item in list {
        out.push_str(&" ".repeat(indent));
        out.push_str("- ");
        behind(out, item, indent);
    }
}

/// A value behind a dash or a lone colon: a collection begins on the same line.
fn behind(out: &mut String, value: &Shown, indent: usize) {
    let mut text = String::new();
    match value {
        Shown::Fields(fields) if !fields.is_empty() => entries(&mut text, fields, indent + 2),
        Shown::List(list) if !list.is_empty() => items(&mut text, list, indent + 2),
        other => {
            text.push_str(&inline(other, indent));
            text.push('\n');
        }
    }
    out.push_str(text.trim_start_matches(' '));
}

fn inline(value: &Shown, indent: usize) -> String {
    match value {
        Shown::Null => "null".into(),
        Shown::Bool(value) => value.to_string(),
        Shown::Int(value) => value.to_string(),
        Shown::Float(value) => value.to_string(),
        Shown::Text(text) => scalar(text, indent, false),
        Shown::List(_) => "[]".into(),
        Shown::Fields(_) => "{}".into(),
    }
}

fn scalar(text: &str, indent: usize, key: bool) -> String {
    if text.contains('\n') && !key && block_allowed(text) {
        return block(text, indent);
    }
    let plain = matches!(plain_value(text), Value::Text(_)) && !is_old(text) && !is_date(text) && text != "<<";
    let nature = analyse(text);
    if text.contains('\n') || !plain || nature.special || text.is_empty() {
        return double(text);
    }
    if nature.indicators { format!("'{}'", text.replace('\'', "''")) } else { text.to_string() }
}

struct Nature {
    /// It can't stand without quotes.
    indicators: bool,
    /// It can't stand in single quotes either.
    special: bool,
}

fn analyse(text: &str) -> Nature {
    let chars: Vec<char> = text.chars().collect();
    let blank = |at: usize| chars.get(at).is_none_or(|c| matches!(c, ' ' | '\t' | '\n'));
    let mut nature = Nature { indicators: false, special: false };
    nature.indicators =
        text.starts_with("---") || text.starts_with("...") || text.starts_with(' ') || text.ends_with(' ');
    for (at, c) in chars.iter().enumerate() {
        nature.indicators |= match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                if at == 0 =>
            {
                true
            }
            '?' | '-' if at == 0 => blank(at + 1),
            ':' => blank(at + 1),
            '#' => matches!(chars[at - 1], ' ' | '\t'),
            _ => false,
        };
        nature.special |= *c != '\n' && !printable(*c);
    }
    nature
}

/// Whether a sign may stand in a document as it is.
fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn block_allowed(text: &str) -> bool {
    !text.lines().any(|line| line.ends_with(' ')) && text.chars().all(|c| matches!(c, '\n' | '\t') || printable(c))
}

/// `|`, with what is said of the ends, and the lines below.
fn block(text: &str, indent: usize) -> String {
    let mut head = String::from("|");
    if text.starts_with([' ', '\n']) {
        head.push('2');
    }
    if !text.ends_with('\n') {
        head.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        head.push('+');
    }
    let pad = " ".repeat(indent + 2);
    let mut body = String::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        body.push('\n');
        if !line.is_empty() {
            body += &format!("{pad}{line}");
        }
    }
    head + &body
}

/// Words that were switches once, and numbers in sixties, are quoted for old readers.
fn is_old(text: &str) -> bool {
    const SWITCHES: &str = " y Y yes Yes YES on On ON n N no No NO off Off OFF ";
    let sixties = || {
        let body = text.trim_start_matches(['-', '+']);
        let (first, rest) = body.split_once(':')?;
        let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '_');
        let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let small = |part: &str| number(part) && part.parse::<u32>().is_ok_and(|part| part < 60) && part.len() < 3;
        let starts = first.starts_with(|c: char| c.is_ascii_digit());
        (starts && number(first) && rest.split(':').all(small) && (fraction.is_empty() || number(fraction)))
            .then_some(())
    };
    (!text.contains(' ') && SWITCHES.contains(&format!(" {text} "))) || sixties().is_some()
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |at: usize, c: u8| bytes.get(at) == Some(&c);
    text.len() >= 10
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(at, c)| if at == 4 || at == 7 { *c == b'-' } else { c.is_ascii_digit() })
        && (text.len() == 10 || shape(10, b'T') || shape(10, b't') || shape(10, b' '))
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            c if (c as u32) < 0x20 || (0x7f..0xa0).contains(&(c as u32)) => {
                out.push_str(&format!("\\x{:02X}", c as u32))
            }
            c if !printable(c) => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_the_encoder_does() {
        let shown = |text: &str| scalar(text, 0, false);
        assert_eq!(shown("a\nb"), "|-\n  a\n  b");
        assert_eq!(shown("a\n\u{feff}b\u{85}"), "\"a\\n\\uFEFFb\\x85\"");
        for plain in ["a b", "a:b", "-c", "/x:/y", "a#b", "key=value", "x: y".trim_end_matches(": y")] {
            assert_eq!(shown(plain), plain);
        }
        for single in ["a: b", "- a", "*x", "%d", " a", "a #b", "[x]", "@x", "'q'"] {
            assert!(shown(single).starts_with('\''), "{single}");
        }
        for double in ["", "<<", "true", "8080", "1.5", "yes", "22:22", "2024-01-02", "a\tb", "null", "0x1f"] {
            assert!(shown(double).starts_with('"'), "{double}");
        }
        assert_eq!(shown("a\nb\n"), "|\n  a\n  b");
        assert_eq!(shown("a\n\nb"), "|-\n  a\n\n  b");
    }

    #[test]
    fn keys_are_sorted_by_numbers_and_signs() {
        let mut keys: Vec<(String, ())> =
            ["web10", "web2", "DBX", "DB_HOST", "a1", "a"].map(|key| (key.to_string(), ())).to_vec();
        sort_keys(&mut keys);
        let keys: Vec<&str> = keys.iter().map(|(key, ())| key.as_str()).collect();
        assert_eq!(keys, ["DB_HOST", "DBX", "a", "a1", "web2", "web10"]);
    }
}
