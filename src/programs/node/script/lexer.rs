//! JavaScript's tokens (ECMA-262, "Lexical Grammar"). There are no regular expressions here: `/` divides.

use std::rc::Rc;

use super::{SyntaxError, Text};

#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    Number(f64),
    String(Text),
    /// Cooked text, and the tokens of the expression after it (the last part has none).
    Template(Rc<Vec<(Text, Option<Vec<Token>>)>>),
    /// Identifiers and keywords alike.
    Word(Text),
    Mark(&'static str),
    End,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Token {
    pub kind: Kind,
    /// Offset and length in bytes.
    pub at: u32,
    pub len: u32,
    /// It is the first of its line.
    pub first: bool,
}

/// Longest first.
const MARKS: [&str; 57] = [
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", ".",
];

/// Templates within templates.
const DEPTH: usize = 16;

pub fn tokens(text: &str, from: usize, depth: usize) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, from, depth, first: true, tokens: Vec::new() };
    if from == 0 && text.starts_with("#!") {
        lexer.at = text.find('\n').unwrap_or(text.len());
    }
    while lexer.token()? {}
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    from: usize,
    depth: usize,
    first: bool,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn error<T>(&self, text: &str, at: usize) -> Result<T, SyntaxError> {
        Err(SyntaxError { text: text.to_string(), at: (self.from + at) as u32, len: 1, simulated: true })
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let first = std::mem::take(&mut self.first);
        let (at, len) = ((self.from + start) as u32, (self.at - start) as u32);
        self.tokens.push(Token { kind, at, len, first });
    }

    fn blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            let start = self.at;
            match self.peek() {
                Some('\n') => {
                    self.first = true;
                    self.at += 1;
                }
                Some(c) if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
                Some('/') if self.rest().starts_with("//") => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                Some('/') if self.rest().starts_with("/*") => match self.rest().find("*/") {
                    Some(end) => {
                        self.first |= self.rest().get(..end).is_some_and(|text| text.contains('\n'));
                        self.at += end + 2;
                    }
                    None => return self.error("Invalid or unexpected token", start),
                },
                _ => return Ok(()),
            }
        }
    }

    /// Reads one token; false after the end.
    fn token(&mut self) -> Result<bool, SyntaxError> {
        self.blank()?;
        let start = self.at;
        let Some(c) = self.peek() else {
            self.push(Kind::End, start);
            return Ok(false);
        };
        let digit_after = self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        let kind = match c {
            '0'..='9' => self.number()?,
            '.' if digit_after => self.number()?,
            '"' | '\'' => self.string(c)?,
            '`' => self.template()?,
            c if c.is_alphabetic() || c == '_' || c == '$' => self.word(),
            _ => match MARKS.iter().find(|mark| self.rest().starts_with(**mark)) {
                // `a ?.5 : b` has no optional chain.
                Some(&"?.") if self.rest().chars().nth(2).is_some_and(|c| c.is_ascii_digit()) => self.mark("?"),
                Some(mark) => self.mark(mark),
                None => return self.error("Invalid or unexpected token", start),
            },
        };
        self.push(kind, start);
        Ok(true)
    }

    fn mark(&mut self, mark: &'static str) -> Kind {
        self.at += mark.len();
        Kind::Mark(mark)
    }

    fn word(&mut self) -> Kind {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let len = self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len());
        let word: Text = self.rest().get(..len).unwrap_or("").into();
        self.at += len;
        Kind::Word(word)
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let rest = self.rest().as_bytes();
        let radix = match (rest.first(), rest.get(1).map(u8::to_ascii_lowercase)) {
            (Some(b'0'), Some(b'x')) => 16,
            (Some(b'0'), Some(b'b')) => 2,
            (Some(b'0'), Some(b'o')) => 8,
            _ => 10,
        };
        let mut text = String::new();
        if radix != 10 {
            self.at += 2;
        }
        while let Some(c) = self.peek() {
            let exponent = radix == 10 && matches!(c, '+' | '-') && text.ends_with(['e', 'E']);
            if !(c.is_ascii_alphanumeric() || c == '_' || exponent || (c == '.' && radix == 10 && !text.contains('.')))
            {
                break;
            }
            if c != '_' {
                text.push(c);
            }
            self.at += 1;
        }
        let value = match radix {
            10 => text.parse().ok(),
            radix => u64::from_str_radix(&text, radix).ok().map(|n| n as f64),
        };
        match value {
            Some(value) => Ok(Kind::Number(value)),
            None => self.error("Invalid or unexpected token", start),
        }
    }

    fn string(&mut self, quote: char) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.bump() {
                Some(c) if c == quote => return Ok(Kind::String(text.into())),
                Some('\\') => self.escape(&mut text),
                Some('\n') | None => return self.error("Invalid or unexpected token", start),
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('v') => text.push('\u{b}'),
            Some('0') => text.push('\0'),
            Some('x') => self.hex(2, text),
            Some('u') if self.peek() == Some('{') => {
                let len = self.rest().find('}').unwrap_or(0);
                let code = self.rest().get(1..len).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                self.at += len + 1;
            }
            Some('u') => self.hex(4, text),
            Some('\n') | None => {}
            Some(c) => text.push(c),
        }
    }

    fn hex(&mut self, digits: usize, text: &mut String) {
        let code = self.rest().get(..digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if code.is_some() {
            self.at += digits;
        }
        text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }

    fn template(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        if self.depth > DEPTH {
            return self.error("Invalid or unexpected token", start);
        }
        self.at += 1;
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            match self.bump() {
                Some('`') => {
                    parts.push((text.into(), None));
                    return Ok(Kind::Template(Rc::new(parts)));
                }
                Some('\\') => self.escape(&mut text),
                Some('$') if self.peek() == Some('{') => {
                    self.at += 1;
                    let len = self.expression_len(start)?;
                    let inner = self.rest().get(..len).unwrap_or("");
                    let inner = tokens(inner, self.from + self.at, self.depth + 1)?;
                    self.at += len + 1;
                    parts.push((std::mem::take(&mut text).into(), Some(inner)));
                }
                Some(c) => text.push(c),
                None => return self.error("Unterminated template literal", start),
            }
        }
    }

    /// The length of a template's expression: up to the brace that closes it.
    fn expression_len(&self, start: usize) -> Result<usize, SyntaxError> {
        let (mut braces, mut quote, mut escaped) = (0usize, Vec::new(), false);
        for (at, c) in self.rest().char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (c, quote.last().copied()) {
                ('\\', _) => escaped = true,
                (c, Some(open)) if c == open => drop(quote.pop()),
                ('\'' | '"', Some('`')) | (_, Some('\'' | '"')) => {}
                ('\'' | '"' | '`', _) => quote.push(c),
                (_, Some('`')) => {}
                ('{', _) => braces += 1,
                ('}', _) if braces == 0 => return Ok(at),
                ('}', _) => braces -= 1,
                _ => {}
            }
        }
        self.error("Unterminated template literal", start)
    }
}
