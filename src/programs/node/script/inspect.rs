//! Values as `console.log` shows them (Node.js, `util.inspect`).

use super::heap::{Id, Kind, Value};
use super::machine::Machine;
use super::number;

/// Objects within objects that are shown, and columns that are filled.
const DEPTH: usize = 2;
const COLUMNS: usize = 80;
/// Elements of an array that are shown.
const ITEMS: usize = 100;

/// A value as `console.log` shows it, texts with quotes.
pub fn inspect(machine: &Machine, value: &Value) -> String {
    show(machine, value, 0, &mut Way::default())
}

/// Where the walk is.
#[derive(Default)]
struct Way {
    above: Vec<Id>,
    /// How deep the object was that was shown last.
    depth: usize,
}

fn show(machine: &Machine, value: &Value, depth: usize, way: &mut Way) -> String {
    let id = match value {
        Value::String(text) => return quote(text),
        Value::Number(number) if *number == 0.0 && number.is_sign_negative() => return "-0".to_string(),
        Value::Number(number) => return number::text(*number),
        Value::Object(id) => *id,
        other => return machine.plain_text(other, 0).to_string(),
    };
    let Some(object) = machine.heap.get(id) else { return String::new() };
    if way.above.contains(&id) {
        return "[Circular *1]".to_string();
    }
    let (prefix, open, close) = match &object.kind {
        Kind::Array(_) => (String::new(), "[", "]"),
        Kind::Function { code, .. } => (function(&code.name), "{", "}"),
        Kind::Native(name, _) => (function(name.rsplit('.').next().unwrap_or(name)), "{", "}"),
        Kind::Error(stack) if depth > DEPTH => return format!("[{}]", stack.lines().next().unwrap_or("")),
        Kind::Error(stack) => (stack.replace('\n', &format!("\n{}", "  ".repeat(depth))), "{", "}"),
        Kind::Date(millis) => return super::builtin::iso(*millis),
        Kind::Iterator { .. } => return "Object [Iterator] {}".to_string(),
        Kind::Plain => (class(machine, id), "{", "}"),
    };
    if depth > DEPTH {
        let name = if open == "[" {
            "Array"
        } else if prefix.is_empty() {
            "Object"
        } else {
            prefix.as_str()
        };
        return if prefix.starts_with('[') { prefix } else { format!("[{name}]") };
    }
    way.depth = depth;
    way.above.push(id);
    let mut parts = Vec::new();
    if let Kind::Array(items) = &object.kind {
        parts.extend(items.iter().take(ITEMS).map(|item| show(machine, item, depth + 1, way)));
        if let Some(more) = items.len().checked_sub(ITEMS).filter(|more| *more > 0) {
            parts.push(format!("... {more} more item{}", if more == 1 { "" } else { "s" }));
        }
    }
    let is_array = open == "[";
    for (name, value) in
        machine.entries(value).into_iter().filter(|(name, _)| !is_array || name.parse::<usize>().is_err())
    {
        let text = show(machine, &value, depth + 1, way);
        parts.push(format!("{}: {text}", key(&name)));
    }
    way.above.pop();
    let deep = way.depth.saturating_sub(depth);
    let body =
        join(Parts { parts: &parts, open, close, depth, deep, base: &prefix, numbers: all_numbers(&object.kind) });
    match (prefix.is_empty(), parts.is_empty(), &object.kind) {
        (true, ..) => body,
        (false, true, Kind::Plain) => format!("{prefix} {{}}"),
        (false, true, _) => prefix,
        (false, false, _) => format!("{prefix} {body}"),
    }
}

fn function(name: &str) -> String {
    if name.is_empty() { "[Function (anonymous)]".to_string() } else { format!("[Function: {name}]") }
}

/// The name of what made an object, if it is not `Object`.
fn class(machine: &Machine, id: Id) -> String {
    let Some(proto) = machine.heap.get(id).and_then(|object| object.proto) else {
        return "[Object: null prototype]".to_string();
    };
    if proto == machine.protos.object {
        return String::new();
    }
    match machine.heap.own(proto, "constructor") {
        Some(Value::Object(id)) => match machine.heap.get(*id).map(|object| &object.kind) {
            Some(Kind::Function { code, .. }) => code.name.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn all_numbers(kind: &Kind) -> bool {
    matches!(kind, Kind::Array(items) if items.iter().all(|item| matches!(item, Value::Number(_))))
}

/// The parts of an object, and what decides how they are laid out.
struct Parts<'a> {
    parts: &'a [String],
    open: &'a str,
    close: &'a str,
    depth: usize,
    /// How many levels are below it.
    deep: usize,
    base: &'a str,
    numbers: bool,
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn join(all: Parts<'_>) -> String {
    let Parts { parts, open, close, depth, .. } = all;
    if parts.is_empty() {
        return format!("{open}{close}");
    }
    let rows = if open == "[" && parts.len() > 6 { columns(parts, depth, all.numbers) } else { None };
    let total: usize = parts.iter().map(|part| width(part) + 2).sum();
    let fits = total + 2 * depth + width(all.base) + 11 <= COLUMNS;
    let one_line = |text: &String| !text.contains('\n');
    if rows.is_none() && fits && all.deep < 3 && parts.iter().all(one_line) && !all.base.contains('\n') {
        return format!("{open} {} {close}", parts.join(", "));
    }
    let (lines, indent) = (rows.as_deref().unwrap_or(parts), "  ".repeat(depth + 1));
    let lines: Vec<String> = lines.iter().map(|line| format!("{indent}{line}")).collect();
    format!("{open}\n{}\n{}{close}", lines.join(",\n"), "  ".repeat(depth))
}

/// Many short elements in columns, a text for each row (`groupArrayElements`); none where they stay as
/// they are.
fn columns(parts: &[String], depth: usize, numbers: bool) -> Option<Vec<String>> {
    let more = usize::from(parts.last().is_some_and(|last| last.starts_with("... ")));
    let cells = parts.get(..parts.len() - more)?;
    let widths: Vec<usize> = cells.iter().map(|cell| width(cell)).collect();
    let total: usize = widths.iter().map(|width| width + 2).sum();
    let most = widths.iter().max()? + 2;
    if most * 3 + 2 * depth >= COLUMNS
        || (total as f64 / most as f64 <= 5.0 && most > 8)
        || cells.iter().any(|c| c.contains('\n'))
    {
        return None;
    }
    let bias = (most as f64 - total as f64 / parts.len() as f64).sqrt();
    let biased = (most as f64 - 3.0 - bias).max(1.0);
    let wanted = ((2.5 * biased * cells.len() as f64).sqrt() / biased).round() as usize;
    let count = wanted.min((COLUMNS - 2 * depth) / most).min(12).min(15);
    if count <= 1 {
        return None;
    }
    let column = |at: usize| widths.iter().skip(at).step_by(count).max().map_or(0, |width| width + 2);
    let pads: Vec<usize> = (0..count).map(column).collect();
    let row = |row: &[String]| {
        let last = row.len() - 1;
        let cells = row.iter().enumerate().map(|(at, cell)| match (numbers, at == last) {
            (true, true) => format!("{cell:>pad$}", pad = pads[at] - 2),
            (true, false) => format!("{:>pad$}", format!("{cell}, "), pad = pads[at]),
            (false, true) => cell.clone(),
            (false, false) => format!("{:<pad$}", format!("{cell}, "), pad = pads[at]),
        });
        cells.collect::<String>()
    };
    Some(cells.chunks(count).map(row).chain(parts.get(cells.len()..)?.iter().cloned()).collect())
}

fn key(name: &str) -> String {
    let is_part = |(at, c): (usize, char)| c == '_' || c == '$' || c.is_alphabetic() || at > 0 && c.is_ascii_digit();
    let plain = !name.is_empty() && name.chars().enumerate().all(is_part);
    if plain { name.to_string() } else { quote(name) }
}

pub fn quote(text: &str) -> String {
    let mark = ['\'', '"', '`'].into_iter().find(|mark| !text.contains(*mark)).unwrap_or('\'');
    let mut out = String::from(mark);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == mark => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(mark);
    out
}

/// What `console.log` writes of its arguments, without the line's end.
pub fn format_all(machine: &Machine, values: &[Value]) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => text.to_string(),
        value => inspect(machine, value),
    };
    let mut rest = values.iter();
    let mut out = String::new();
    if let Some(Value::String(format)) = values.first()
        && format.contains('%')
        && values.len() > 1
    {
        rest.next();
        let mut pieces = format.split('%');
        out.push_str(pieces.next().unwrap_or(""));
        while let Some(piece) = pieces.next() {
            let mut chars = piece.chars();
            let take = |value: &Value, letter: char| match letter {
                's' => match value {
                    Value::Object(_) => inspect(machine, value),
                    value => machine.plain_text(value, 0).to_string(),
                },
                'd' => number::text(machine.number(value)),
                'i' => number::text(machine.number(value).trunc()),
                'f' => number::text(number::prefix(&machine.plain_text(value, 0))),
                'j' => super::json::stringify(machine, value, "").unwrap_or_else(|| "undefined".to_string()),
                'c' => String::new(),
                _ => inspect(machine, value),
            };
            match chars.next() {
                Some(letter @ ('s' | 'd' | 'i' | 'f' | 'j' | 'o' | 'O' | 'c')) if rest.len() > 0 => {
                    out.push_str(&rest.next().map(|value| take(value, letter)).unwrap_or_default());
                    out.push_str(chars.as_str());
                }
                None => {
                    // `%%` is one sign; the text after it follows unread.
                    out.push('%');
                    out.push_str(pieces.next().unwrap_or(""));
                }
                _ => {
                    out.push('%');
                    out.push_str(piece);
                }
            }
        }
    }
    for value in rest {
        if !out.is_empty() || !std::ptr::eq(value, &values[0]) {
            out.push(' ');
        }
        out.push_str(&shown(value));
    }
    out
}
