//! Env files: `.env`, `env_file`, `label_file`, with quotes, comments and variables.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::template::{Fault, Lookup, substitute};
use crate::cli::format::quote::quoted;

pub type Variables = BTreeMap<String, String>;

/// Reads an env file into `variables`. Values may name what `outside` knows, then what stands above them.
pub fn parse(text: &str, variables: &mut Variables, outside: &dyn Lookup) -> Result<(), String> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    while reader.start() {
        let (key, inherited) = reader.key()?;
        if key.contains(' ') {
            return Err(format!("line {}: key cannot contain a space", reader.line));
        }
        if inherited {
            if let Some(value) = outside.value(&key) {
                variables.insert(key, value);
            }
            continue;
        }
        let value = reader.value(&Both { outside, above: RefCell::new(variables.clone()) })?;
        variables.insert(key, value);
    }
    Ok(())
}

struct Both<'a> {
    outside: &'a dyn Lookup,
    above: RefCell<Variables>,
}

impl Lookup for Both<'_> {
    fn value(&self, name: &str) -> Option<String> {
        self.outside.value(name).or_else(|| self.above.borrow().get(name).cloned())
    }

    fn warn_unset(&self, name: &str) {
        self.outside.warn_unset(name);
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

/// White space that does not end a line.
fn blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'a> Reader<'a> {
    /// Goes to the next statement, if there is one.
    fn start(&mut self) -> bool {
        loop {
            let Some(at) = self.rest.find(|c: char| !c.is_whitespace()) else { return false };
            self.line += self.rest[..at].matches('\n').count();
            self.rest = &self.rest[at..];
            if !self.rest.starts_with('#') {
                return true;
            }
            let Some(end) = self.rest.find('\n') else { return false };
            self.rest = &self.rest[end..];
        }
    }

    /// The name, and whether it stands alone: then its value is the environment's.
    fn key(&mut self) -> Result<(String, bool), String> {
        let mut text = self.rest;
        if let Some(after) = text.strip_prefix("export").filter(|after| after.starts_with(char::is_whitespace)) {
            text = after.trim_start_matches(blank);
        }
        let mut end = None;
        for (at, c) in text.char_indices() {
            match c {
                '=' | ':' | '\n' => {
                    end = Some((at, c == '\n'));
                    break;
                }
                c if blank(c) || matches!(c, '_' | '.' | '-' | '[' | ']') || c.is_alphanumeric() => {}
                c => {
                    let line = text.lines().next().unwrap_or_default();
                    let what =
                        format!("unexpected character {} in variable name {}", quoted(&c.to_string()), quoted(line));
                    return Err(format!("line {}: {what}", self.line));
                }
            }
        }
        // At the very end of the file a name alone is read as no name.
        let Some((end, inherited)) = end else {
            self.rest = "";
            return Ok((String::new(), true));
        };
        let key = text[..end].trim_end().to_string();
        if inherited && !text[..end].contains(' ') {
            self.line += 1;
        }
        self.rest = text[end + 1..].trim_start_matches(blank);
        Ok((key, inherited))
    }

    fn value(&mut self, lookup: &dyn Lookup) -> Result<String, String> {
        let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            (self.rest, self.line) = (rest, self.line + 1);
            let value = line.split(" #").next().unwrap_or_default().trim_end();
            return filled(value, lookup);
        };
        let mut escaped = false;
        let mut value = String::new();
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == '\n' {
                self.line += 1;
            }
            if c == quote && !escaped {
                self.rest = &self.rest[at + 1..];
                return if quote == '"' { filled(&unescaped(&value), lookup) } else { Ok(value) };
            }
            if c == '\\' && !escaped {
                escaped = true;
                continue;
            }
            if std::mem::take(&mut escaped) && c != quote {
                value.push('\\');
            }
            value.push(c);
        }
        let line = self.rest.lines().next().unwrap_or_default();
        Err(format!("line {}: unterminated quoted value {line}", self.line))
    }
}

fn filled(value: &str, lookup: &dyn Lookup) -> Result<String, String> {
    substitute(value, lookup).map_err(|fault| match fault {
        Fault::Required(why) => why,
        Fault::Invalid(text) => format!("Invalid template: {}", quoted(&text)),
    })
}

/// The escapes of double quotes.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
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
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('$') => out.push_str("$$"),
            Some(other @ ('"' | '\\')) => out.push(other),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Outside;

    impl Lookup for Outside {
        fn value(&self, name: &str) -> Option<String> {
            (name == "HOME").then(|| "/home/learner".to_string())
        }
        fn warn_unset(&self, _: &str) {}
    }

    fn read(text: &str) -> Result<String, String> {
        let mut variables = Variables::new();
        parse(text, &mut variables, &Outside)?;
        Ok(variables.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn quotes_comments_and_variables() {
        let text = "# first\nA=1 # one\nexport B='$A \"x'\nC=\"${A}\\n$HOME\"\nHOME\nD: y\n\nE=a#b\nF=\n";
        assert_eq!(read(text).as_deref(), Ok("A=1|B=$A \"x|C=1\n/home/learner|D=y|E=a#b|F=|HOME=/home/learner"));
        assert_eq!(read("A=\"two\nlines\"\nB=2").as_deref(), Ok("A=two\nlines|B=2"));
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        assert_eq!(read("A=1\nB!=2\n"), Err("line 2: unexpected character \"!\" in variable name \"B!=2\"".into()));
        assert_eq!(read("A='x\n"), Err("line 2: unterminated quoted value 'x".into()));
        assert_eq!(read("A B=1\n"), Err("line 1: key cannot contain a space".into()));
    }
}
