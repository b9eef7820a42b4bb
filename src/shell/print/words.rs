//! Words and their quoting.

use super::Printer;
use crate::shell::syntax::{Fallback, HereDocument, Index, Operation, Parameter, Part, ReplaceScope, Word};

/// What text inside quotes is escaped for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Double,
    Heredoc,
    Arithmetic,
    Braces,
}

impl Printer {
    pub(super) fn part(&mut self, part: &Part, next: Option<&Part>) {
        match part {
            Part::Literal(text) => self.push(text),
            Part::Quoted(text) => self.quoted_word(text),
            Part::Double(parts) => {
                self.push("\"");
                self.quoted_parts(parts, Quoting::Double);
                self.push("\"");
            }
            Part::Array(elements) => self.elements(elements),
            Part::Process(out, list) => {
                self.push(if *out { ">(" } else { "<(" });
                self.items(&list.items, false);
                self.close();
            }
            Part::Parameter(_) | Part::Command(_) | Part::Arithmetic(_) => {
                self.expansion(part, next, false);
            }
        }
    }

    /// Parts that are inside quotes.
    pub(super) fn quoted_parts(&mut self, parts: &[Part], quoting: Quoting) {
        for (i, part) in parts.iter().enumerate() {
            match part {
                Part::Quoted(text) | Part::Literal(text) => self.escaped(text, quoting),
                Part::Double(inner) => {
                    self.push("\"");
                    self.quoted_parts(inner, Quoting::Double);
                    self.push("\"");
                }
                _ => self.expansion(part, parts.get(i + 1), true),
            }
        }
    }

    fn expansion(&mut self, part: &Part, next: Option<&Part>, quoted: bool) {
        match part {
            Part::Parameter(parameter) => self.parameter(parameter, next, quoted),
            Part::Command(list) => {
                // A blank keeps a subshell inside from looking like arithmetic.
                self.push(if matches!(super::list(list).as_bytes().first(), Some(b'(')) { "$( " } else { "$(" });
                self.items(&list.items, false);
                self.close();
            }
            Part::Arithmetic(word) => {
                self.push("$((");
                self.quoted_parts(&word.parts, Quoting::Arithmetic);
                self.push("))");
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        if !self.pending.is_empty() {
            self.gap();
        }
        self.push(")");
    }

    fn escaped(&mut self, text: &str, quoting: Quoting) {
        for c in text.chars() {
            let special = match quoting {
                Quoting::Double => matches!(c, '$' | '`' | '\\' | '"'),
                Quoting::Braces => matches!(c, '$' | '`' | '\\' | '"' | '}'),
                Quoting::Heredoc | Quoting::Arithmetic => matches!(c, '$' | '`' | '\\'),
            };
            if special {
                self.push("\\");
            }
            self.text.push(c);
        }
    }

    /// Text that was quoted outside double quotes.
    fn quoted_word(&mut self, text: &str) {
        if self.text.ends_with('$') {
            // A dollar and a quote would be another kind of quoting.
            for c in text.chars() {
                self.push("\\");
                self.text.push(c);
            }
            return;
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c != '\n' && !c.is_alphanumeric() => {
                self.push("\\");
                self.text.push(c);
            }
            _ => self.single_quoted(text),
        }
    }

    pub(super) fn single_quoted(&mut self, text: &str) {
        self.push("'");
        self.push(&text.replace('\'', "'\\''"));
        self.push("'");
    }

    fn parameter(&mut self, parameter: &Parameter, next: Option<&Part>, quoted: bool) {
        let plain = parameter.operation == Operation::Value && parameter.index.is_none() && !parameter.indirect;
        let single = parameter.name.len() == 1 || !parameter.name.starts_with(|c: char| c.is_ascii_digit());
        let joins = match next {
            Some(Part::Literal(text) | Part::Quoted(text)) => {
                text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '[')
            }
            _ => false,
        };
        if plain && single && !joins {
            self.push("$");
            return self.push(&parameter.name);
        }
        if let Operation::Bad(text) = &parameter.operation {
            return self.push(text);
        }
        self.push("${");
        match parameter.operation {
            Operation::Length => self.push("#"),
            Operation::Keys | Operation::Names(_) => self.push("!"),
            _ if parameter.indirect => self.push("!"),
            _ => {}
        }
        self.push(&parameter.name);
        match &parameter.index {
            Some(Index::All) => self.push("[@]"),
            Some(Index::Joined) => self.push("[*]"),
            Some(Index::At(word)) => self.index(Some(word)),
            None => {}
        }
        self.operation(&parameter.operation, quoted);
        self.push("}");
    }

    fn operation(&mut self, operation: &Operation, quoted: bool) {
        match operation {
            Operation::Fallback { kind, colon, word } => {
                self.push(if *colon { ":" } else { "" });
                self.push(match kind {
                    Fallback::Default => "-",
                    Fallback::Assign => "=",
                    Fallback::Error => "?",
                    Fallback::Alternative => "+",
                });
                if quoted {
                    self.quoted_parts(&word.parts, Quoting::Braces);
                } else {
                    self.word(word);
                }
            }
            Operation::Trim { suffix, longest, pattern } => {
                let op = if *suffix { "%" } else { "#" };
                self.push(op);
                self.push(if *longest { op } else { "" });
                self.word(pattern);
            }
            Operation::Replace { scope, pattern, with } => {
                self.push(match scope {
                    ReplaceScope::First => "/",
                    ReplaceScope::All => "//",
                    ReplaceScope::Prefix => "/#",
                    ReplaceScope::Suffix => "/%",
                });
                self.word(pattern);
                self.push("/");
                self.word(with);
            }
            Operation::Slice { offset, length } => {
                self.push(":");
                self.word(offset);
                if let Some(length) = length {
                    self.push(":");
                    self.word(length);
                }
            }
            Operation::Case { upper, all, pattern } => {
                let op = if *upper { "^" } else { "," };
                self.push(op);
                self.push(if *all { op } else { "" });
                self.word(pattern);
            }
            Operation::Transform(letter) => {
                self.push("@");
                self.text.push(*letter);
            }
            Operation::Names(at) => self.push(if *at { "@" } else { "*" }),
            Operation::Value | Operation::Length | Operation::Keys | Operation::Bad(_) => {}
        }
    }

    pub(super) fn here_body(&mut self, document: &HereDocument) {
        let Word { parts } = document.word();
        if document.quoted {
            if let Some(Part::Quoted(text)) = parts.first() {
                self.push(text);
            }
            return;
        }
        self.quoted_parts(&parts, Quoting::Heredoc);
        if !parts.is_empty() && !self.text.ends_with('\n') {
            // The last line was continued.
            self.push("\\\n");
        }
    }
}
