//! Logical lines: keyword, flags, arguments; each instruction has its own way of taking them apart.

use super::Node;

/// The blanks that separate words; a line has no other.
const BLANKS: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];
/// ONBUILD in ONBUILD goes no deeper; one is refused later anyway.
const DEPTH: usize = 20;

/// Reads a logical line.
pub fn node(line: &str, escape: char, depth: usize) -> Result<Node, String> {
    let trimmed = line.trim();
    let (keyword, rest) = cut(trimmed);
    let (flags, args) = flags(rest.unwrap_or_default(), escape);
    let mut node = Node { keyword: keyword.into(), flags, original: line.into(), ..Node::default() };
    let args = args.trim();
    match node.name().as_str() {
        "add" | "copy" | "volume" => match json(args) {
            Json::List(list) => (node.args, node.json) = (list, true),
            Json::Mixed => return Err(MIXED.into()),
            Json::None => node.args = split(args),
        },
        "cmd" | "entrypoint" | "run" | "shell" => maybe_json(&mut node, args)?,
        "expose" | "from" => node.args = split(args),
        "arg" => node.args = words(args, escape),
        "env" => node.args = pairs(args, "ENV", escape)?,
        "label" => node.args = pairs(args, "LABEL", escape)?,
        "maintainer" | "stopsignal" | "user" | "workdir" => node.args.extend(some(args)),
        "healthcheck" => {
            let end = args.find(char::is_whitespace).unwrap_or(args.len());
            let (kind, command) = args.split_at(end);
            maybe_json(&mut node, command.trim_start())?;
            if !kind.is_empty() {
                node.args.insert(0, kind.into());
            }
        }
        "onbuild" if !args.is_empty() && depth < DEPTH => {
            node.child = Some(Box::new(self::node(args, escape, depth + 1)?));
        }
        _ => {}
    }
    Ok(node)
}

const MIXED: &str = "when using JSON array syntax, arrays must be comprised of strings only";

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

fn maybe_json(node: &mut Node, args: &str) -> Result<(), String> {
    match json(args) {
        Json::List(list) => (node.args, node.json) = (list, true),
        Json::Mixed => return Err(MIXED.into()),
        Json::None => node.args.extend(some(args)),
    }
    Ok(())
}

enum Json {
    List(Vec<String>),
    /// A list of something else than strings.
    Mixed,
    None,
}

fn json(text: &str) -> Json {
    if !text.trim_start().starts_with('[') {
        return Json::None;
    }
    let Ok(list) = serde_json::from_str::<Vec<serde_json::Value>>(text) else { return Json::None };
    let strings: Option<Vec<String>> = list.iter().map(|value| value.as_str().map(String::from)).collect();
    strings.map_or(Json::Mixed, Json::List)
}

/// The first word, and what follows the blanks behind it.
fn cut(text: &str) -> (&str, Option<&str>) {
    match text.find(BLANKS) {
        Some(at) => (&text[..at], Some(text[at..].trim_start_matches(BLANKS))),
        None => (text, None),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(BLANKS).filter(|word| !word.is_empty()).map(String::from).collect()
}

/// The words in front that begin with two dashes, and the rest.
fn flags(line: &str, escape: char) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        if !rest.starts_with("--") {
            return (flags, rest);
        }
        let (word, blank_ok, after) = flag(rest, escape);
        rest = after;
        if word == "--" {
            return (flags, rest);
        }
        if blank_ok || !word.is_empty() {
            flags.push(word);
        }
    }
}

/// One word with its quotes and escapes taken off, whether anything in it was quoted, and what follows.
fn flag(text: &str, escape: char) -> (String, bool, &str) {
    let mut word = String::new();
    let (mut quote, mut quoted) = (None, false);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => return (word, quoted, &text[at..]),
            None if matches!(c, '\'' | '"') => (quote, quoted) = (Some(c), true),
            Some(open) if c == open => quote = None,
            _ if c == escape => word.extend(chars.next().map(|(_, c)| c)),
            _ => word.push(c),
        }
    }
    (word, quoted, "")
}

/// Words between blanks, quotes and escapes kept.
fn words(text: &str, escape: char) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let (mut quote, mut inside) = (None, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if std::mem::take(&mut inside) && !word.is_empty() {
                all.push(std::mem::take(&mut word));
            }
            continue;
        }
        inside = true;
        match quote {
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
        if c == escape && quote != Some('\'') {
            // One at the very end counts for nothing.
            let Some(next) = chars.next() else { break };
            word.push(c);
            word.push(next);
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// `NAME=value ...`, or `NAME value` with the rest of the line as the value.
fn pairs(text: &str, keyword: &str, escape: char) -> Result<Vec<String>, String> {
    let words = words(text, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let (name, value) = cut(text);
        let value = value.ok_or_else(|| format!("{keyword} must have two arguments"))?;
        return Ok(vec![name.into(), value.into(), String::new()]);
    }
    let mut all = Vec::new();
    for word in &words {
        let (name, value) = word.split_once('=').ok_or_else(|| {
            let word = crate::model::quote::quoted(word);
            format!("Syntax error - can't find = in {word}. Must be of the form: name=value")
        })?;
        all.extend([name.to_string(), value.to_string(), "=".to_string()]);
    }
    Ok(all)
}
