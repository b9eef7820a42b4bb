//! Go's fmt: `print`, `println`, `printf`, and how a value shows.

use super::value::Value;
use crate::cli::format::number::{general, shortest};
use crate::cli::format::quote::{quoted, quoted_char};

/// The longest width or precision that a verb may ask for, as in Go.
const WIDEST: usize = 1_000_000;

/// The value as `%v` shows it; nested nils are `<nil>`.
pub(super) fn show(value: &Value) -> String {
    let joined = |items: Vec<String>| items.join(" ");
    match value {
        Value::Missing => "<no value>".to_string(),
        Value::Nil => "<nil>".to_string(),
        Value::NoList => "[]".to_string(),
        Value::NoMap => "map[]".to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => shortest(*value),
        Value::Text(value) => value.to_string(),
        Value::List(items) => format!("[{}]", joined(items.iter().map(show_inner).collect())),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}:{}", show_inner(value)));
            format!("map[{}]", joined(entries.collect()))
        }
        Value::Struct(it) => {
            let fields = it.fields.iter().filter(|(_, value)| !matches!(value, Value::Lookup(_)));
            format!("{{{}}}", joined(fields.map(|(_, value)| show_inner(value)).collect()))
        }
        Value::Lookup(_) => "<func>".to_string(),
    }
}

fn show_inner(value: &Value) -> String {
    if *value == Value::Missing { "<nil>".to_string() } else { show(value) }
}

/// `print`: a space between two values neither of which is a text.
pub(super) fn print(values: &[Value]) -> String {
    let mut out = String::new();
    let mut was_text = true;
    for (at, value) in values.iter().enumerate() {
        let is_text = matches!(value, Value::Text(_));
        if at > 0 && !is_text && !was_text {
            out.push(' ');
        }
        was_text = is_text;
        out += &show_inner(value);
    }
    out
}

/// `println`.
pub(super) fn println(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().map(show_inner).collect();
    format!("{}\n", shown.join(" "))
}

#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `printf`.
pub(super) fn printf(format: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                '#' => verb.sharp = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                _ => break,
            }
            chars.next();
        }
        verb.width = count(&mut chars, values, &mut next);
        if chars.peek() == Some(&'.') {
            chars.next();
            verb.precision = Some(count(&mut chars, values, &mut next).unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(letter) => match values.get(next) {
                None => out.push_str(&format!("%!{letter}(MISSING)")),
                Some(value) => {
                    next += 1;
                    out += &verb.print(letter, value);
                }
            },
        }
    }
    if next < values.len() {
        let extra: Vec<String> = values[next..].iter().map(typed).collect();
        out += &format!("%!(EXTRA {})", extra.join(", "));
    }
    out
}

/// A width or precision, written out or, with `*`, taken from the values.
fn count(chars: &mut std::iter::Peekable<std::str::Chars>, values: &[Value], next: &mut usize) -> Option<usize> {
    if chars.peek() == Some(&'*') {
        chars.next();
        let value = values.get(*next);
        *next += 1;
        return match value {
            Some(Value::Int(width)) => usize::try_from(*width).ok().filter(|width| *width <= WIDEST),
            _ => None,
        };
    }
    let mut found = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        found = Some((found.unwrap_or(0) * 10 + digit as usize).min(WIDEST));
        chars.next();
    }
    found
}

fn typed(value: &Value) -> String {
    match value {
        Value::Nil | Value::Missing => "<nil>".to_string(),
        value => format!("{}={}", value.type_name(), show(value)),
    }
}

impl Verb {
    fn print(&self, letter: char, value: &Value) -> String {
        let text = match (letter, value) {
            ('T', Value::Nil | Value::Missing) => "<nil>".to_string(),
            ('T', value) => value.type_name(),
            ('v', Value::Text(text)) if self.sharp => quoted(text),
            // A plus asks `%v` for field names, not for a sign.
            ('v', Value::Int(_)) => return Verb { plus: false, ..*self }.number(letter, value),
            ('v', value) => show_inner(value),
            (_, Value::Nil | Value::Missing) => format!("%!{letter}(<nil>)"),
            (letter, Value::List(items)) if letter != 'p' => {
                let plain = Verb { width: None, ..*self };
                let items: Vec<String> = items.iter().map(|item| plain.print(letter, item)).collect();
                format!("[{}]", items.join(" "))
            }
            ('s', Value::Text(text)) => self.cut(text),
            ('q', Value::Text(text)) => quoted(&self.cut(text)),
            ('x' | 'X', Value::Text(text)) => {
                let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
                let text = bytes.join(if self.space { " " } else { "" });
                if letter == 'X' { text.to_uppercase() } else { text }
            }
            ('t', Value::Bool(value)) => value.to_string(),
            ('d' | 'x' | 'X' | 'o' | 'b' | 'c' | 'q' | 'U', Value::Int(_)) => return self.number(letter, value),
            ('f' | 'F' | 'e' | 'g', Value::Float(number)) => return self.pad(self.float(letter, *number), true),
            ('E' | 'G', Value::Float(number)) => {
                let letter = letter.to_ascii_lowercase();
                return self.pad(self.float(letter, *number).to_uppercase(), true);
            }
            (letter, value) => format!("%!{letter}({})", typed(value)),
        };
        self.pad(text, false)
    }

    fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.to_string(),
        }
    }

    fn number(&self, letter: char, value: &Value) -> String {
        let Value::Int(number) = value else { return String::new() };
        let size = number.unsigned_abs();
        let code = u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        let digits = match letter {
            'x' => format!("{}{size:x}", if self.sharp { "0x" } else { "" }),
            'X' => format!("{}{size:X}", if self.sharp { "0X" } else { "" }),
            'o' => format!("{}{size:o}", if self.sharp { "0" } else { "" }),
            'b' => format!("{size:b}"),
            'c' => return self.pad(code.to_string(), false),
            'q' => return self.pad(quoted_char(code), false),
            'U' => return self.pad(format!("U+{size:04X}"), false),
            _ => size.to_string(),
        };
        let digits = match self.precision {
            Some(least) => format!("{digits:0>least$}"),
            None => digits,
        };
        self.pad(format!("{}{digits}", self.sign(*number < 0)), true)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn float(&self, letter: char, number: f64) -> String {
        let size = number.abs();
        let digits = match (letter, self.precision) {
            ('g', None) => shortest(size),
            ('g', Some(precision)) => general(size, precision.clamp(1, 300)),
            ('e', precision) => crate::cli::format::number::scientific(size, precision.unwrap_or(6).min(300)),
            (_, precision) => format!("{size:.*}", precision.unwrap_or(6).min(300)),
        };
        format!("{}{digits}", self.sign(number < 0.0))
    }

    /// Pads to the width, with zeros behind the sign of a number if asked.
    fn pad(&self, text: String, is_number: bool) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if missing == 0 {
            return text;
        }
        if self.minus {
            return text + &" ".repeat(missing);
        }
        if !self.zero {
            return " ".repeat(missing) + &text;
        }
        let sign = usize::from(is_number && text.starts_with(['-', '+', ' ']));
        let (sign, digits) = text.split_at(sign);
        format!("{sign}{}{digits}", "0".repeat(missing))
    }
}
