//! `$NAME` and `${NAME...}` in the values of a compose file and of env files.

use crate::cli::format::quote::quoted;
use crate::model::limits::SUBSTITUTION_DEPTH;

/// Where variables have their values from; it is told which one has none.
pub trait Lookup {
    fn value(&self, name: &str) -> Option<String>;
    fn warn_unset(&self, name: &str);
}

/// Why a text can't be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This is no form of a variable.
    Invalid(String),
    /// The message of a required variable.
    Required(String),
}

/// Fills in every variable of a text.
pub fn substitute(text: &str, lookup: &dyn Lookup) -> Result<String, Fault> {
    fill(text, lookup, 0)
}

fn fill(text: &str, lookup: &dyn Lookup, depth: usize) -> Result<String, Fault> {
    if depth > SUBSTITUTION_DEPTH {
        return Err(Fault::Invalid(text.into()));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = closing(after).ok_or_else(|| Fault::Invalid(text.into()))?;
            out += &braced(&after[..end], lookup, depth).map_err(|fault| match fault {
                Fault::Invalid(inner) if inner.is_empty() => Fault::Invalid(text.into()),
                fault => fault,
            })?;
            rest = &after[end + 1..];
        } else {
            let name = name_of(rest);
            if name.is_empty() {
                // Before anything else a dollar is only itself.
                out.push('$');
            } else {
                out += &plain(name, lookup);
                rest = &rest[name.len()..];
            }
        }
    }
    Ok(out + rest)
}

/// The name that a text begins with.
fn name_of(text: &str) -> &str {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(first) {
        return "";
    }
    let end = text.find(|c: char| !(first(c) || c.is_ascii_digit())).unwrap_or(text.len());
    &text[..end]
}

/// Where the brace closes that stands before this text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn plain(name: &str, lookup: &dyn Lookup) -> String {
    lookup.value(name).unwrap_or_else(|| {
        lookup.warn_unset(name);
        String::new()
    })
}

/// What stands in braces: a name, and what to do when it has a value or none.
fn braced(inner: &str, lookup: &dyn Lookup, depth: usize) -> Result<String, Fault> {
    let name = name_of(inner);
    let rest = &inner[name.len()..];
    if name.is_empty() {
        return Err(Fault::Invalid(String::new()));
    }
    if rest.is_empty() {
        return Ok(plain(name, lookup));
    }
    let (colon, rest) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let value = lookup.value(name);
    let set = value.as_ref().is_some_and(|value| !colon || !value.is_empty());
    let operator = rest.chars().next();
    if !matches!(operator, Some('-' | '?' | '+')) {
        return Err(Fault::Invalid(String::new()));
    }
    // The word is filled in whether it is used or not, and tells of its own variables.
    let word = fill(&rest[1..], lookup, depth + 1)?;
    match operator {
        Some('-') => Ok(if set { value.unwrap_or_default() } else { word }),
        Some('+') => Ok(if set { word } else { value.unwrap_or_default() }),
        _ if set => Ok(value.unwrap_or_default()),
        _ => {
            let why = if word.is_empty() { String::new() } else { format!(": {word}") };
            Err(Fault::Required(format!("required variable {name} is missing a value{why}")))
        }
    }
}

/// The warning about a variable without a value.
pub fn unset(name: &str) -> String {
    format!("The {} variable is not set. Defaulting to a blank string.", quoted(name))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Some(RefCell<Vec<String>>);

    impl Lookup for Some {
        fn value(&self, name: &str) -> Option<String> {
            match name {
                "A" => Option::Some("a".into()),
                "EMPTY" => Option::Some(String::new()),
                _ => None,
            }
        }
        fn warn_unset(&self, name: &str) {
            self.0.borrow_mut().push(name.into());
        }
    }

    fn filled(text: &str) -> String {
        match substitute(text, &Some::default()) {
            Ok(text) => text,
            Err(Fault::Required(why)) => why,
            Err(Fault::Invalid(text)) => format!("invalid {text}"),
        }
    }

    #[test]
    fn every_form() {
        let cases = [
            ("$A-${A}$$A $ $1", "a-a$A $ $1"),
            ("${NO:-d}${EMPTY:-d}${EMPTY-d}${A:-d}", "dda"),
            ("${NO-x}", "x"),
            ("${A:+r}${EMPTY:+r}${EMPTY+r}${NO+r}", "rr"),
            ("${NO:-${A}b}", "ab"),
            ("${NO:-${EMPTY:-${A}}}", "a"),
            ("${NO:?give it}", "required variable NO is missing a value: give it"),
            ("${EMPTY?}", ""),
            ("${EMPTY:?}", "required variable EMPTY is missing a value"),
            ("${A:?x}", "a"),
            ("x${", "invalid x${"),
            ("${}", "invalid ${}"),
            ("${A!}", "invalid ${A!}"),
            ("${NO:-a-b:?c}", "a-b:?c"),
        ];
        for (text, wanted) in cases {
            assert_eq!(filled(text), wanted, "{text}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth: usize| format!("{}x{}", "${N:-".repeat(depth), "}".repeat(depth));
        assert_eq!(filled(&nested(SUBSTITUTION_DEPTH)), "x");
        assert!(filled(&nested(SUBSTITUTION_DEPTH + 2)).starts_with("invalid "));
    }

    #[test]
    fn who_has_no_value_is_told() {
        let some = Some::default();
        assert_eq!(substitute("$B ${C} ${D:-$E}", &some), Ok("  ".into()));
        assert_eq!(*some.0.borrow(), ["B", "C", "E"]);
    }
}
