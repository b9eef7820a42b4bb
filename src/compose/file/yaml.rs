//! YAML text to values: the events of the parser become a tree with lines, then what anchors, `<<` and the tags
//! `!reset` and `!override` ask for is done. Scalars and errors follow Go's yaml.v3, which the real compose uses.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::value::{Table, Value};
use crate::cli::format::quote::quoted;
use crate::model::limits::{YAML_DEPTH, YAML_NODES};

/// A document: its value, and the paths that a tag says are not merged with what was there before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub value: Value,
    pub resets: Vec<String>,
}

#[derive(Clone, Debug)]
struct Node {
    line: usize,
    tag: String,
    alias: bool,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// Text, and whether it stood without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Reads every document of a text.
pub fn documents(text: &str) -> Result<Vec<Document>, String> {
    roots(text)?.into_iter().map(document).collect()
}

/// The name that the first document gives to the project. Its other keys are looked at as the real one does, which
/// reads the file for the name alone first.
pub fn project_name(text: &str) -> Result<String, String> {
    let Some(root) = roots(text)?.into_iter().next() else { return Ok(String::new()) };
    let unmarshal = |what: String| format!("yaml: unmarshal errors:\n  {what}");
    match &root.body {
        Body::Map(entries) => {
            if let Err(what) = unique(entries) {
                return Err(unmarshal(what));
            }
            let name = entries.iter().find(|(key, _)| matches!(&key.body, Body::Scalar(key, _) if key == "name"));
            Ok(name.map(|(_, name)| scalar_value(name).show()).unwrap_or_default())
        }
        Body::List(_) => Err(unmarshal(format!("line {}: cannot unmarshal !!seq into cli.named", root.line))),
        Body::Scalar(text, _) => match scalar_value(&root) {
            Value::Null => Ok(String::new()),
            value => {
                let kind = match value {
                    Value::Int(_) => "int",
                    Value::Float(_) => "float",
                    Value::Bool(_) => "bool",
                    _ => "str",
                };
                let shown = if text.chars().count() > 10 {
                    format!("{}...", text.chars().take(7).collect::<String>())
                } else {
                    text.clone()
                };
                Err(unmarshal(format!("line {}: cannot unmarshal !!{kind} `{shown}` into cli.named", root.line)))
            }
        },
    }
}

fn roots(text: &str) -> Result<Vec<Node>, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.explain(&error, text))?;
        builder.take(event, span)?;
    }
    Ok(builder.roots)
}

/// Collections that are not complete yet, and what has been named.
#[derive(Default)]
struct Builder {
    roots: Vec<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let line = span.start.line();
        let tag = |tag: Option<std::borrow::Cow<'_, saphyr_parser::Tag>>| {
            tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)).unwrap_or_default()
        };
        let node = |tag: String, body: Body| Node { line, tag, alias: false, body };
        match event {
            Event::Scalar(text, style, anchor, tagged) => {
                let scalar = Body::Scalar(text.into_owned(), style == ScalarStyle::Plain);
                self.put(node(tag(tagged), scalar), anchor)
            }
            Event::Alias(anchor) => {
                let named = self.anchors.get(&anchor).cloned();
                let named = named.ok_or_else(|| format!("yaml: line {line}: unknown anchor referenced"))?;
                self.put(Node { alias: true, ..named }, 0)
            }
            Event::SequenceStart(anchor, tagged) => self.open(node(tag(tagged), Body::List(Vec::new())), anchor),
            Event::MappingStart(anchor, tagged) => self.open(node(tag(tagged), Body::Map(Vec::new())), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.put(open.node, open.anchor),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if self.open.len() >= YAML_DEPTH {
            return Err(format!("yaml: exceeded max depth of {YAML_DEPTH}"));
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.nodes += if node.alias { count(&node) } else { 1 };
        if self.nodes > YAML_NODES || depth(&node) + self.open.len() > 2 * YAML_DEPTH {
            return Err("yaml: document contains excessive aliasing".into());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.roots.push(node);
            return Ok(());
        };
        match &mut open.node.body {
            Body::List(list) => list.push(node),
            Body::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(node),
            },
            Body::Scalar(..) => {}
        }
        Ok(())
    }

    /// An error in the words and with the line of libyaml's descendants: what a collection lacks is told with the line
    /// above its beginning, what a token is with its own.
    fn explain(&self, error: &ScanError, text: &str) -> String {
        let at = error.marker().line();
        let info = error.info();
        let (first, rest) = info.split_once(", ").unwrap_or(("", info));
        let innermost = self.open.last().map_or(1, |open| open.node.line);
        let (line, what) = if info.contains("simple key expect") {
            (last_line_before(text, at), "could not find expected ':'".to_string())
        } else if info.contains("did not find expected key") || info.contains("block collection") {
            let above = innermost.saturating_sub(1);
            let what =
                if info.contains("key") { "did not find expected key" } else { "did not find expected '-' indicator" };
            (if above == 0 { at.saturating_sub(1) } else { above }, what.to_string())
        } else if info.contains("',' or") || info.contains("invalid indentation") {
            let what = if info.contains('}') {
                "did not find expected ',' or '}'"
            } else {
                "did not find expected ',' or ']'"
            };
            let above = innermost.saturating_sub(1);
            (if above == 0 { at.saturating_sub(1) } else { above }, what.to_string())
        } else if info.contains("tab") || info.contains("unexpected character") {
            (at, "found character that cannot start any token".to_string())
        } else if info.contains("unexpected end of stream") {
            (at, "found unexpected end of stream".to_string())
        } else if info.contains("unknown anchor") {
            return "yaml: unknown anchor referenced".to_string();
        } else if first.starts_with("while ") {
            (at, rest.to_string())
        } else {
            (at, info.to_string())
        };
        let place = if line == 0 { String::new() } else { format!("line {line}: ") };
        format!("yaml: {place}{what}")
    }
}

/// The last line before this one that holds something.
fn last_line_before(text: &str, line: usize) -> usize {
    let full = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let before: Vec<&str> = text.lines().take(line.saturating_sub(1)).collect();
    let blank = before.iter().rev().take_while(|line| !full(line)).count();
    (before.len() - blank).max(1)
}

fn count(node: &Node) -> usize {
    match &node.body {
        Body::Scalar(..) => 1,
        Body::List(list) => 1 + list.iter().map(count).sum::<usize>(),
        Body::Map(entries) => 1 + entries.iter().map(|(key, value)| count(key) + count(value)).sum::<usize>(),
    }
}

fn depth(node: &Node) -> usize {
    match &node.body {
        Body::Scalar(..) => 0,
        Body::List(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Body::Map(entries) => 1 + entries.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
    }
}

fn unique(entries: &[(Node, Node)]) -> Result<(), String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, _) in entries {
        let Body::Scalar(name, _) = &key.body else { continue };
        if let Some(line) = seen.insert(name, key.line) {
            return Err(format!("line {}: mapping key {} already defined at line {line}", key.line, quoted(name)));
        }
    }
    Ok(())
}

fn document(root: Node) -> Result<Document, String> {
    let mut resets = Vec::new();
    let value = value(&root, "", &mut resets)?.unwrap_or_default();
    Ok(Document { value, resets })
}

/// The value of a node; nothing where it is to be left out.
fn value(node: &Node, path: &str, resets: &mut Vec<String>) -> Result<Option<Value>, String> {
    match node.tag.as_str() {
        "!reset" => {
            resets.push(path.to_string());
            return Ok(None);
        }
        "!override" => resets.push(path.to_string()),
        _ => {}
    }
    match &node.body {
        Body::Scalar(..) => Ok(Some(scalar_value(node))),
        Body::List(list) => {
            let mut values = Vec::new();
            for (at, item) in list.iter().enumerate() {
                values.extend(value(item, &next(path, &at.to_string()), resets)?);
            }
            Ok(Some(Value::List(values)))
        }
        Body::Map(entries) => {
            unique(entries)?;
            let mut merged = Table::new();
            let mut own = Table::new();
            for (key, item) in entries {
                let name = key_name(key, path)?;
                if name == "<<" && matches!(&key.body, Body::Scalar(_, true)) {
                    merge(item, path, resets, &mut merged)?;
                } else if let Some(item) = value(item, &next(path, &name), resets)? {
                    own.insert(name, item);
                }
            }
            merged.extend(own);
            Ok(Some(Value::Map(merged)))
        }
    }
}

/// What `<<` brings: a mapping, or several, the first of which counts most.
fn merge(item: &Node, path: &str, resets: &mut Vec<String>, into: &mut Table) -> Result<(), String> {
    let wrong = || "yaml: map merge requires map or sequence of maps as the value".to_string();
    let maps: Vec<&Node> = match &item.body {
        Body::Map(_) => vec![item],
        Body::List(list) => list.iter().collect(),
        Body::Scalar(..) => return Err(wrong()),
    };
    for map in maps {
        match value(map, path, resets)? {
            Some(Value::Map(table)) => {
                for (key, value) in table {
                    into.entry(key).or_insert(value);
                }
            }
            _ => return Err(wrong()),
        }
    }
    Ok(())
}

fn next(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}

fn key_name(key: &Node, path: &str) -> Result<String, String> {
    let shown = match scalar_value(key) {
        Value::Text(name) => return Ok(name),
        Value::Null => "<nil>".to_string(),
        other => other.show(),
    };
    let place = if path.is_empty() { "at top level".to_string() } else { format!("in {path}") };
    match &key.body {
        Body::Scalar(..) => Err(format!("non-string key {place}: {shown}")),
        _ => Err(format!("yaml: line {}: invalid map key", key.line)),
    }
}

fn scalar_value(node: &Node) -> Value {
    let Body::Scalar(text, plain) = &node.body else { return Value::Null };
    match node.tag.as_str() {
        "!!str" | "tag:yaml.org,2002:str" | "!" => return Value::Text(text.clone()),
        _ => {}
    }
    if !plain {
        return Value::Text(text.clone());
    }
    plain_value(text)
}

/// What an unquoted word means.
pub fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Value::text(text);
    }
    let digits = text.replace('_', "");
    integer(&digits)
        .map(Value::Int)
        .or_else(|| is_float(&digits).then(|| digits.parse().ok().map(Value::Float)).flatten())
        .unwrap_or_else(|| Value::text(text))
}

fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let small = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = small.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = small.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = small.strip_prefix("0o") {
        (8, octal)
    } else if small.len() > 1 && small.starts_with('0') {
        (8, &small[1..])
    } else {
        (10, small.as_str())
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok().map(|number| sign * number)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let body = text.trim_start_matches(['-', '+']);
    let (number, exponent) = match body.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (body, None),
    };
    let all = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let whole = match number.split_once('.') {
        Some((before, after)) => all(before) && all(after) && !(before.is_empty() && after.is_empty()),
        None => all(number) && !number.is_empty(),
    };
    let scaled = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['-', '+']).unwrap_or(e);
        all(digits) && !digits.is_empty()
    });
    whole && scaled && text.len() - body.len() <= 1
}
