//! Reading `$name` and `${...}`.

use super::syntax::{Fallback, Index, Operation, Parameter, ReplaceScope, Word};
use super::word::Place;
use super::{Dialect, Parser, SyntaxError};

type Parsed<T> = Result<T, SyntaxError>;

impl Parser<'_> {
    /// A parameter without braces, after the dollar; nothing if no name follows.
    pub(super) fn plain_parameter(&mut self) -> Option<Parameter> {
        let name = match self.byte(0) {
            b'0'..=b'9' => {
                self.pos += 1;
                self.slice(self.pos - 1, self.pos).to_owned()
            }
            _ => self.parameter_name()?,
        };
        Some(value_of(name))
    }

    /// A parameter in braces, at the dollar.
    #[inline(never)]
    pub(super) fn braced_parameter(&mut self, quoted: bool) -> Parsed<Parameter> {
        let (opened, start) = (self.line, self.pos);
        self.pos += 2;
        let parameter = match self.braced_content(quoted)? {
            Some(parameter) if self.byte(0) == b'}' && !self.at_end() => {
                self.pos += 1;
                return Ok(parameter);
            }
            found => found,
        };
        if self.at_end() {
            return Err(self.unclosed(opened, '}'));
        }
        if self.dialect == Dialect::Ash {
            return Err(self.fault(opened, "syntax error: bad substitution".to_owned()));
        }
        // What bash can't read it refuses when it gets there.
        let place = if quoted { Place::QuotedBraces(&[]) } else { Place::Braces(&[]) };
        self.word_in(place)?;
        self.pos += 1;
        let text = self.slice(start, self.pos).to_owned();
        let mut bad = value_of(parameter.map(|p| p.name).unwrap_or_default());
        bad.operation = Operation::Bad(text);
        Ok(bad)
    }

    /// What stands between the braces; nothing if it has no name.
    fn braced_content(&mut self, quoted: bool) -> Parsed<Option<Parameter>> {
        if self.byte(0) == b'#' {
            let back = self.pos;
            self.pos += 1;
            if let Some(name) = self.parameter_name() {
                let index = self.subscript()?;
                if self.byte(0) == b'}' {
                    let operation = Operation::Length;
                    return Ok(Some(Parameter { name, index, indirect: false, operation }));
                }
            }
            self.pos = back;
        }
        let mut indirect = false;
        if self.byte(0) == b'!' && self.dialect == Dialect::Bash && !matches!(self.byte(1), b'}' | b'-' | b':') {
            indirect = true;
            self.pos += 1;
        }
        let Some(name) = self.parameter_name() else { return Ok(None) };
        if indirect && matches!(self.byte(0), b'*' | b'@') && self.byte(1) == b'}' {
            let operation = Operation::Names(self.byte(0) == b'@');
            self.pos += 1;
            return Ok(Some(Parameter { name, index: None, indirect: false, operation }));
        }
        let index = self.subscript()?;
        if indirect && matches!(index, Some(Index::All | Index::Joined)) && self.byte(0) == b'}' {
            let operation = Operation::Keys;
            return Ok(Some(Parameter { name, index, indirect: false, operation }));
        }
        let operation = self.operation(quoted)?;
        Ok(Some(Parameter { name, index, indirect, operation }))
    }

    /// A name, a number or a special parameter.
    fn parameter_name(&mut self) -> Option<String> {
        let start = self.pos;
        match self.byte(0) {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while matches!(self.byte(0), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') {
                    self.pos += 1;
                }
            }
            b'0'..=b'9' => {
                while self.byte(0).is_ascii_digit() {
                    self.pos += 1;
                }
            }
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => self.pos += 1,
            _ => return None,
        }
        Some(self.slice(start, self.pos).to_owned())
    }

    fn subscript(&mut self) -> Parsed<Option<Index>> {
        if self.byte(0) != b'[' || self.dialect != Dialect::Bash {
            return Ok(None);
        }
        self.pos += 1;
        if let star @ (b'@' | b'*') = self.byte(0)
            && self.byte(1) == b']'
        {
            self.pos += 2;
            return Ok(Some(if star == b'@' { Index::All } else { Index::Joined }));
        }
        let word = self.word_in(Place::Subscript)?;
        self.pos += 1;
        Ok(Some(Index::At(word)))
    }

    fn operation(&mut self, quoted: bool) -> Parsed<Operation> {
        let colon = self.byte(0) == b':';
        let at = usize::from(colon);
        let kind = match self.byte(at) {
            b'-' => Some(Fallback::Default),
            b'=' => Some(Fallback::Assign),
            b'?' => Some(Fallback::Error),
            b'+' => Some(Fallback::Alternative),
            _ => None,
        };
        if let Some(kind) = kind {
            self.pos += at + 1;
            let word = self.operand(quoted, &[])?;
            return Ok(Operation::Fallback { kind, colon, word });
        }
        let doubled = self.byte(1) == self.byte(0);
        match self.byte(0) {
            b'#' | b'%' => {
                let suffix = self.byte(0) == b'%';
                self.pos += 1 + usize::from(doubled);
                let pattern = self.operand(false, &[])?;
                Ok(Operation::Trim { suffix, longest: doubled, pattern })
            }
            b'/' => self.replacement(doubled),
            b':' if !matches!(self.byte(1), b'}') => {
                self.pos += 1;
                let offset = self.operand(false, b":")?;
                let length = match self.byte(0) {
                    b':' => {
                        self.pos += 1;
                        Some(self.operand(false, &[])?)
                    }
                    _ => None,
                };
                Ok(Operation::Slice { offset, length })
            }
            byte @ (b'^' | b',') if self.dialect == Dialect::Bash => {
                self.pos += 1 + usize::from(doubled);
                let pattern = self.operand(false, &[])?;
                Ok(Operation::Case { upper: byte == b'^', all: doubled, pattern })
            }
            b'@' if self.dialect == Dialect::Bash && self.byte(2) == b'}' => {
                let letter = self.byte(1) as char;
                if !"QUuLEPAKak".contains(letter) {
                    return Ok(Operation::Value);
                }
                self.pos += 2;
                Ok(Operation::Transform(letter))
            }
            _ => Ok(Operation::Value),
        }
    }

    fn replacement(&mut self, doubled: bool) -> Parsed<Operation> {
        self.pos += 1;
        let scope = match self.byte(0) {
            b'/' if doubled => ReplaceScope::All,
            b'#' => ReplaceScope::Prefix,
            b'%' => ReplaceScope::Suffix,
            _ => ReplaceScope::First,
        };
        if scope != ReplaceScope::First {
            self.pos += 1;
        }
        let pattern = self.operand(false, b"/")?;
        let mut with = Word::default();
        if self.byte(0) == b'/' {
            self.pos += 1;
            with = self.operand(false, &[])?;
        }
        Ok(Operation::Replace { scope, pattern, with })
    }

    fn operand(&mut self, quoted: bool, stops: &'static [u8]) -> Parsed<Word> {
        self.word_in(if quoted { Place::QuotedBraces(stops) } else { Place::Braces(stops) })
    }
}

fn value_of(name: String) -> Parameter {
    Parameter { name, index: None, indirect: false, operation: Operation::Value }
}
