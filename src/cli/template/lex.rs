//! Text to tokens.

use crate::cli::format::quote::{is_printable, quoted};

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Eof,
    /// The token's text is the message.
    Error,
    Text,
    Open,
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    Quoted,
    RawText,
    Character,
    Number,
    Bool,
    Identifier,
    Keyword,
    Dot,
    Field,
    Variable,
    LeftParen,
    RightParen,
    /// Any other sign, such as a comma.
    Sign,
}

/// A piece of the template, at a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    pub at: usize,
    pub line: usize,
}

const KEYWORDS: [&str; 11] =
    ["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"];

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    depth: usize,
}

/// All tokens of `text`; an error is the last one.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), depth: 0 };
    if let Err(message) = lexer.run() {
        let line = lexer.line(lexer.at);
        lexer.tokens.push(Token { kind: Kind::Error, text: message, at: lexer.at, line });
    }
    lexer.tokens
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Result<(), String> {
        loop {
            let rest = self.rest();
            let Some(open) = rest.find("{{") else {
                self.push_text(rest);
                self.push(Kind::Eof, 0);
                return Ok(());
            };
            let trims = rest[open + 2..].starts_with('-') && rest[open + 3..].starts_with(is_space);
            let before = if trims { rest[..open].trim_end_matches(is_space) } else { &rest[..open] };
            self.push_text(before);
            self.at += open - before.len();
            self.action(trims)?;
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line at a place behind the last token, counted on from there.
    fn line(&self, at: usize) -> usize {
        let (from, line) = self.tokens.last().map_or((0, 1), |token| (token.at, token.line));
        line + self.text.get(from..at).map_or(0, |between| between.matches('\n').count())
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Kind::Text, text.len());
        }
    }

    /// Adds the next `length` bytes as a token.
    fn push(&mut self, kind: Kind, length: usize) {
        let text = self.rest().get(..length).unwrap_or_default().to_string();
        let (at, line) = (self.at, self.line(self.at));
        self.tokens.push(Token { kind, text, at, line });
        self.at += length;
    }

    /// From `{{` to `}}` and the spaces that `-}}` takes away.
    fn action(&mut self, trims: bool) -> Result<(), String> {
        let skipped = if trims { 4 } else { 2 };
        if self.rest().get(skipped..).is_some_and(|after| after.starts_with("/*")) {
            return self.comment(skipped);
        }
        self.push(Kind::Open, 2);
        self.at += skipped - 2;
        self.depth = 0;
        loop {
            if let Some(length) = self.closing() {
                if self.depth > 0 {
                    return Err("unclosed left paren".to_string());
                }
                self.close(length);
                return Ok(());
            }
            self.token()?;
        }
    }

    fn comment(&mut self, skipped: usize) -> Result<(), String> {
        self.at += skipped;
        let Some(end) = self.rest().find("*/") else { return Err("unclosed comment".to_string()) };
        self.at += end + 2;
        match self.closing() {
            Some(length) => {
                self.at += length;
                if length > 2 {
                    self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
                }
                Ok(())
            }
            None => Err("comment ends before closing delimiter".to_string()),
        }
    }

    /// The length of a closing delimiter here, with its ` -`.
    fn closing(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some(2);
        }
        let after = rest.strip_prefix(is_space)?;
        after.starts_with("-}}").then_some(rest.len() - after.len() + 3)
    }

    fn close(&mut self, length: usize) {
        self.at += length - 2;
        self.push(Kind::Close, 2);
        if length > 2 {
            self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        }
    }

    fn token(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Err("unclosed action".to_string()) };
        let second = rest.chars().nth(1);
        match first {
            c if is_space(c) => {
                let mut length = rest.len() - rest.trim_start_matches(is_space).len();
                // The last space of a run belongs to ` -}}`.
                if rest[length..].starts_with("-}}") {
                    length -= 1;
                }
                self.push(Kind::Space, length);
            }
            '=' => self.push(Kind::Assign, 1),
            ':' if second == Some('=') => self.push(Kind::Declare, 2),
            ':' => return Err("expected :=".to_string()),
            '|' => self.push(Kind::Pipe, 1),
            '"' => return self.constant('"', Kind::Quoted, "unterminated quoted string"),
            '\'' => return self.constant('\'', Kind::Character, "unterminated character constant"),
            '`' => match rest[1..].find('`') {
                Some(end) => self.push(Kind::RawText, end + 2),
                None => return Err("unterminated raw quoted string".to_string()),
            },
            '$' => return self.name(Kind::Variable),
            // At the very end of the text Go takes a dot for a number.
            '.' if second.is_none() => self.push(Kind::Number, 1),
            '.' if !second.is_some_and(|c| c.is_ascii_digit()) => return self.name(Kind::Field),
            '.' | '+' | '-' | '0'..='9' => return self.number(),
            c if is_word(c) => return self.word(),
            '(' => {
                self.depth += 1;
                self.push(Kind::LeftParen, 1);
            }
            ')' if self.depth == 0 => return Err("unexpected right paren".to_string()),
            ')' => {
                self.depth -= 1;
                self.push(Kind::RightParen, 1);
            }
            c if c.is_ascii_graphic() => self.push(Kind::Sign, 1),
            c => return Err(format!("unrecognized character in action: {}", named(c))),
        }
        Ok(())
    }

    fn constant(&mut self, end: char, kind: Kind, unclosed: &str) -> Result<(), String> {
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == end => {
                    self.push(kind, at + 1);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(unclosed.to_string())
    }

    /// A field or a variable, whose first letter is the dot or the dollar.
    fn name(&mut self, kind: Kind) -> Result<(), String> {
        let rest = self.rest();
        let name = rest[1..].len() - rest[1..].trim_start_matches(is_word).len();
        if name == 0 && self.ends(1) {
            self.push(if kind == Kind::Field { Kind::Dot } else { kind }, 1);
            return Ok(());
        }
        self.terminated(1 + name)?;
        self.push(kind, 1 + name);
        Ok(())
    }

    fn word(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_word).len();
        self.terminated(length)?;
        let kind = match &rest[..length] {
            "true" | "false" => Kind::Bool,
            word if KEYWORDS.contains(&word) => Kind::Keyword,
            _ => Kind::Identifier,
        };
        self.push(kind, length);
        Ok(())
    }

    /// A number, as far as its letters go: what it is worth is the parser's to say.
    fn number(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let span = |from: usize, fits: &dyn Fn(char) -> bool| {
            let tail = rest.get(from..).unwrap_or_default();
            from + tail.find(|c| !fits(c)).unwrap_or(tail.len())
        };
        let mut at = usize::from(rest.starts_with(['+', '-']));
        let prefix = rest.get(at..at + 2).unwrap_or_default().to_ascii_lowercase();
        let radix = match prefix.as_str() {
            "0x" => 16,
            "0o" => 8,
            "0b" => 2,
            _ => 10,
        };
        at += if radix == 10 { 0 } else { 2 };
        let is_digit = |c: char| c == '_' || c.is_digit(radix);
        at = span(at, &is_digit);
        if rest.get(at..).is_some_and(|tail| tail.starts_with('.')) {
            at = span(at + 1, &is_digit);
        }
        if radix == 10 && rest.get(at..).is_some_and(|tail| tail.starts_with(['e', 'E'])) {
            at += 1;
            at += usize::from(rest.get(at..).is_some_and(|tail| tail.starts_with(['+', '-'])));
            at = span(at, &is_digit);
        }
        match rest.get(at..).and_then(|tail| tail.chars().next()) {
            Some(c) if is_word(c) => {
                let text = rest.get(..at + c.len_utf8()).unwrap_or_default();
                Err(format!("bad number syntax: {}", quoted(text)))
            }
            _ => {
                self.push(Kind::Number, at);
                Ok(())
            }
        }
    }

    /// Whether a name may end `length` bytes from here.
    fn ends(&self, length: usize) -> bool {
        let after = self.rest().get(length..).unwrap_or_default();
        match after.chars().next() {
            None => true,
            Some(c) => is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(') || after.starts_with("}}"),
        }
    }

    fn terminated(&self, length: usize) -> Result<(), String> {
        if self.ends(length) {
            return Ok(());
        }
        let c = self.rest().get(length..).and_then(|after| after.chars().next()).unwrap_or(' ');
        Err(format!("bad character {}", named(c)))
    }
}

/// A character as `%#U` shows it: `U+007D '}'`.
fn named(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_printable(c) { format!("{code} '{c}'") } else { code }
}
