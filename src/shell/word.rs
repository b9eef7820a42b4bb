//! Reading words: quoting, substitutions, and the text of arithmetic.

use super::syntax::{List, Part, Word};
use super::{Dialect, Parser, SyntaxError};
use std::rc::Rc;

type Parsed<T> = Result<T, SyntaxError>;

/// Where a word's text stands, which decides what ends it and what is special in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A token: ends at a blank or an operator.
    Token,
    /// Inside `${...}`, unquoted: ends at `}` or at one of the given bytes.
    Braces(&'static [u8]),
    /// The same inside double quotes.
    QuotedBraces(&'static [u8]),
    /// Inside `[...]` of a parameter.
    Subscript,
    /// The right side of `=~`: ends at a blank.
    Regex,
}

/// Where `$(( ` text ends.
enum ArithmeticEnd {
    At(usize),
    NotArithmetic,
    TextEnds,
}

/// Adds unquoted text, joining it to what stands before.
pub(super) fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

/// Adds quoted text, joining it to what stands before.
pub(super) fn push_quoted(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Quoted(last)) => last.push_str(text),
        _ => parts.push(Part::Quoted(text.to_owned())),
    }
}

impl Parser<'_> {
    /// The word at the current position.
    pub(super) fn word(&mut self) -> Parsed<Word> {
        self.word_in(Place::Token)
    }

    /// The right side of `=~`.
    #[inline(never)]
    pub(super) fn regex_word(&mut self) -> Parsed<Word> {
        self.word_in(Place::Regex)
    }

    /// Reads parts up to what ends the place, which stays unread.
    pub(super) fn word_in(&mut self, place: Place) -> Parsed<Word> {
        let mut parts = Vec::new();
        let opened = self.line;
        loop {
            let start = self.pos;
            while !self.at_end() && !is_special(self.byte(0), place) {
                self.bump();
            }
            let text = self.slice(start, self.pos).to_owned();
            push_plain(&mut parts, &text, place);
            if self.at_end() {
                if matches!(place, Place::Token | Place::Regex) {
                    break;
                }
                let close = if place == Place::Subscript { ']' } else { '}' };
                return Err(self.unclosed(opened, close));
            }
            if !self.word_part(place, &mut parts)? {
                break;
            }
        }
        Ok(Word { parts })
    }

    /// Reads one part that starts with a special byte; false if that byte ends the word.
    fn word_part(&mut self, place: Place, parts: &mut Vec<Part>) -> Parsed<bool> {
        let quoted = matches!(place, Place::QuotedBraces(_));
        match self.byte(0) {
            b'\\' => self.backslash(place, parts)?,
            b'\'' if !quoted => {
                let text = self.single_quotes()?;
                push_quoted(parts, &text);
            }
            b'"' => {
                let inner = self.double_quotes()?;
                parts.push(Part::Double(inner));
            }
            b'$' => self.dollar(quoted, parts)?,
            b'`' => {
                let list = self.backquotes(quoted)?;
                parts.push(Part::Command(list));
            }
            b'<' | b'>' if place == Place::Token && self.byte(1) == b'(' => {
                let out = self.byte(0) == b'>';
                self.pos += 2;
                parts.push(Part::Process(out, self.substitution()?));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn backslash(&mut self, place: Place, parts: &mut Vec<Part>) -> Parsed<()> {
        self.pos += 1;
        let next = self.byte(0);
        if self.at_end() {
            push_quoted(parts, "\\");
            if !self.last {
                return Err(self.incomplete(self.line, "syntax error: unexpected end of file".into(), None));
            }
            return Ok(());
        }
        if next == b'\n' {
            self.bump();
            return Ok(());
        }
        if matches!(place, Place::QuotedBraces(_)) && !matches!(next, b'$' | b'`' | b'"' | b'\\' | b'}' | b'/') {
            push_quoted(parts, "\\");
            return Ok(());
        }
        if let Some(c) = self.bump_char() {
            push_quoted(parts, c.encode_utf8(&mut [0; 4]));
        }
        Ok(())
    }

    /// `'text'`, at the opening quote.
    #[inline(never)]
    fn single_quotes(&mut self) -> Parsed<String> {
        let opened = self.line;
        self.pos += 1;
        let start = self.pos;
        while !self.at_end() && self.byte(0) != b'\'' {
            self.bump();
        }
        if self.at_end() {
            return Err(self.unclosed(opened, '\''));
        }
        let text = self.slice(start, self.pos).to_owned();
        self.pos += 1;
        Ok(text)
    }

    /// `"text"`, at the opening quote.
    #[inline(never)]
    pub(super) fn double_quotes(&mut self) -> Parsed<Vec<Part>> {
        self.enter()?;
        let opened = self.line;
        self.pos += 1;
        let mut parts = Vec::new();
        self.quoted_text(&mut parts, Some(b'"'), 0)?;
        if self.at_end() {
            return Err(self.unclosed(opened, '"'));
        }
        self.pos += 1;
        self.leave();
        if parts.is_empty() {
            parts.push(Part::Quoted(String::new()));
        }
        Ok(parts)
    }

    /// Reads text as in double quotes, up to the closing byte (unread) or until just `behind`
    /// bytes are left.
    pub(super) fn quoted_text(&mut self, parts: &mut Vec<Part>, close: Option<u8>, behind: usize) -> Parsed<()> {
        loop {
            let start = self.pos;
            while self.left() > behind && !matches!(self.byte(0), b'\\' | b'$' | b'`') && Some(self.byte(0)) != close {
                self.bump();
            }
            if self.pos > start {
                let text = self.slice(start, self.pos).to_owned();
                push_quoted(parts, &text);
            }
            if self.left() <= behind || Some(self.byte(0)) == close {
                return Ok(());
            }
            match self.byte(0) {
                b'\\' => match self.byte(1) {
                    b'\n' => {
                        self.bump();
                        self.bump();
                    }
                    next @ (b'$' | b'`' | b'\\') => {
                        self.pos += 2;
                        push_quoted(parts, (next as char).encode_utf8(&mut [0; 4]));
                    }
                    b'"' if close == Some(b'"') => {
                        self.pos += 2;
                        push_quoted(parts, "\"");
                    }
                    _ => {
                        self.pos += 1;
                        push_quoted(parts, "\\");
                    }
                },
                b'$' => self.dollar(true, parts)?,
                _ => {
                    let list = self.backquotes(close == Some(b'"'))?;
                    parts.push(Part::Command(list));
                }
            }
        }
    }

    /// What a dollar starts, at the dollar.
    fn dollar(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Parsed<()> {
        let next = self.byte(1);
        match next {
            b'{' => {
                self.enter()?;
                let parameter = self.braced_parameter(quoted)?;
                self.leave();
                parts.push(Part::Parameter(Box::new(parameter)));
            }
            b'(' => self.dollar_parenthesis(parts)?,
            b'\'' if !quoted => {
                self.pos += 1;
                let text = self.ansi_quotes()?;
                push_quoted(parts, &text);
            }
            b'"' if !quoted && self.dialect == Dialect::Bash => {
                self.pos += 1;
                let inner = self.double_quotes()?;
                parts.push(Part::Double(inner));
            }
            _ => {
                self.pos += 1;
                match self.plain_parameter() {
                    Some(parameter) => parts.push(Part::Parameter(Box::new(parameter))),
                    None if quoted => push_quoted(parts, "$"),
                    None => push_literal(parts, "$"),
                }
            }
        }
        Ok(())
    }

    /// `$((...))` or `$(...)`, at the dollar.
    #[inline(never)]
    fn dollar_parenthesis(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        let opened = self.line;
        if self.byte(2) == b'(' {
            match self.arithmetic_end(self.pos + 3) {
                ArithmeticEnd::At(end) => {
                    self.pos += 3;
                    let word = self.arithmetic_word(end)?;
                    parts.push(Part::Arithmetic(word));
                    return Ok(());
                }
                ArithmeticEnd::TextEnds => return Err(self.unclosed(opened, ')')),
                ArithmeticEnd::NotArithmetic if self.dialect == Dialect::Ash => {
                    return Err(self.fault(self.line, "syntax error: missing '))'".to_owned()));
                }
                ArithmeticEnd::NotArithmetic => {}
            }
        }
        self.pos += 2;
        parts.push(Part::Command(self.substitution()?));
        Ok(())
    }

    /// `((...))` as a command, after the first parenthesis pair; nothing if it is no arithmetic.
    #[inline(never)]
    pub(super) fn double_parenthesis(&mut self) -> Parsed<Option<Word>> {
        let opened = self.line;
        match self.arithmetic_end(self.pos) {
            ArithmeticEnd::At(end) => Ok(Some(self.arithmetic_word(end)?)),
            ArithmeticEnd::TextEnds => Err(self.unclosed(opened, ')')),
            ArithmeticEnd::NotArithmetic => Ok(None),
        }
    }

    /// Reads arithmetic text up to `end`, where the two closing parentheses are.
    fn arithmetic_word(&mut self, end: usize) -> Parsed<Word> {
        self.enter()?;
        let mut parts = Vec::new();
        // An alias in a substitution may move the end, but not what is left behind it.
        let behind = self.src.len().saturating_sub(end);
        self.quoted_text(&mut parts, None, behind)?;
        if self.left() != behind {
            return Err(self.unclosed(self.line, ')'));
        }
        self.pos += 2;
        self.leave();
        Ok(Word { parts })
    }

    /// Looks for the `))` that ends arithmetic, without parsing what is inside.
    fn arithmetic_end(&self, from: usize) -> ArithmeticEnd {
        let bytes = self.src.as_bytes();
        let (mut at, mut open) = (from, 0_usize);
        let mut quote = 0_u8;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' if quote != b'\'' => at += 1,
                b'"' | b'\'' if quote == 0 => quote = byte,
                _ if byte == quote => quote = 0,
                _ if quote != 0 => {}
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' if bytes.get(at + 1) == Some(&b')') => return ArithmeticEnd::At(at),
                b')' if at + 1 < bytes.len() => return ArithmeticEnd::NotArithmetic,
                _ => {}
            }
            at += 1;
        }
        ArithmeticEnd::TextEnds
    }

    /// The list of a `$(...)`, after its opening; passes the closing parenthesis.
    #[inline(never)]
    fn substitution(&mut self) -> Parsed<Rc<List>> {
        self.enter()?;
        self.substitutions += 1;
        let list = self.optional_list()?;
        let token = self.peek()?.clone();
        if token.token != super::lexer::Token::Op(")") {
            return Err(self.unexpected(&token, true, ")"));
        }
        self.next()?;
        self.substitutions -= 1;
        self.leave();
        Ok(Rc::new(list))
    }

    /// `` `text` ``, at the opening quote. Backslashes are taken off once before the text is parsed.
    #[inline(never)]
    fn backquotes(&mut self, in_double: bool) -> Parsed<Rc<List>> {
        let opened = self.line;
        self.pos += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.bump_char() else {
                return Err(self.unclosed(opened, '`'));
            };
            match c {
                '`' => break,
                '\\' => match self.byte(0) {
                    b'\\' | b'`' | b'$' => {}
                    b'"' if in_double => {}
                    _ => {
                        text.push('\\');
                        continue;
                    }
                },
                _ => {
                    text.push(c);
                    continue;
                }
            }
            text.extend(self.bump_char());
        }
        self.enter()?;
        let parsed = self.inner(&text, opened).script();
        self.leave();
        parsed.map(Rc::new).map_err(|error| SyntaxError::Unexpected(Box::new(error.fault().clone())))
    }

    /// `$'text'`, at the opening quote.
    #[inline(never)]
    fn ansi_quotes(&mut self) -> Parsed<String> {
        let opened = self.line;
        self.pos += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.bump_char() else {
                return Err(self.unclosed(opened, '\''));
            };
            match c {
                '\'' => return Ok(text),
                '\\' => self.ansi_escape(&mut text),
                _ => text.push(c),
            }
        }
    }

    fn ansi_escape(&mut self, text: &mut String) {
        let Some(c) = self.bump_char() else { return };
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'e' | 'E' => '\x1b',
            'f' => '\x0c',
            'v' => '\x0b',
            '\\' | '\'' | '"' | '?' => c,
            'x' => return text.extend(self.digits(16, 2, 0)),
            'u' => return text.extend(self.digits(16, 4, 0)),
            'U' => return text.extend(self.digits(16, 8, 0)),
            '0'..='7' => {
                let first = c.to_digit(8).unwrap_or(0);
                return text.extend(self.digits(8, 2, first));
            }
            _ => {
                text.push('\\');
                c
            }
        };
        text.push(plain);
    }

    /// The character that up to `most` digits of a base give.
    fn digits(&mut self, base: u32, most: u32, first: u32) -> Option<char> {
        let mut value = first;
        for _ in 0..most {
            let Some(digit) = (self.byte(0) as char).to_digit(base) else { break };
            value = value.wrapping_mul(base).wrapping_add(digit);
            self.pos += 1;
        }
        char::from_u32(value).filter(|c| *c != '\0')
    }
}

fn is_special(byte: u8, place: Place) -> bool {
    if matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`') {
        return true;
    }
    match place {
        Place::Token => matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'),
        Place::Subscript => byte == b']',
        Place::Regex => matches!(byte, b' ' | b'\t' | b'\n'),
        Place::Braces(stops) | Place::QuotedBraces(stops) => byte == b'}' || stops.contains(&byte),
    }
}

fn push_plain(parts: &mut Vec<Part>, text: &str, place: Place) {
    match place {
        _ if text.is_empty() => {}
        Place::QuotedBraces(_) => push_quoted(parts, text),
        _ => push_literal(parts, text),
    }
}
