//! Characters to tokens. The parser asks for one token at a time; words are read in `word`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::syntax::{HereDocument, Word};
use super::{DEPTH_LIMIT, Dialect, Fault, SyntaxError};

/// How many aliases one command may expand.
const ALIAS_LIMIT: usize = 200;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word; reserved words are words too.
    Word(Word),
    /// Digits right before `<` or `>`.
    IoNumber(u32),
    /// An operator.
    Op(&'static str),
    /// The end of a line.
    Newline,
    /// The end of the text.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub token: Token,
    pub start: usize,
    pub end: usize,
    pub line: u32,
}

/// The parser of one text.
pub struct Parser<'a> {
    pub(super) src: Cow<'a, str>,
    pub(super) pos: usize,
    pub(super) line: u32,
    pub(super) dialect: Dialect,
    pub(super) last: bool,
    pub(super) pending: Vec<HereDocument>,
    pub(super) warnings: Vec<(u32, String)>,
    /// How many `$(` are open: they change what bash says at the end of the text.
    pub(super) substitutions: u32,
    pub(super) depth: u32,
    aliases: &'a BTreeMap<String, String>,
    peeked: Option<Spanned>,
    original: usize,
    /// Aliases being read: name, and how much text was left behind their value.
    active: Vec<(String, usize)>,
    /// What was left behind the last alias that ended with a blank.
    blank_alias: Option<usize>,
    expanded: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

/// The operators, longest first where one starts another.
const OPERATORS: [&str; 21] = [
    "<<<", "<<-", "&>>", ";;&", "&&", "||", ";;", ";&", "|&", "&>", "<<", ">>", "<&", ">&", ">|", "<>", "<", ">", "&",
    ";", "|",
];

/// Those that ash doesn't know.
const BASH_ONLY: [&str; 4] = ["<<<", ";;&", ";&", "|&"];

impl<'a> Parser<'a> {
    /// A parser at the start of a text; the arguments are those of `next_command`.
    pub fn new(text: &'a str, line: u32, dialect: Dialect, aliases: &'a BTreeMap<String, String>, last: bool) -> Self {
        Parser {
            src: Cow::Borrowed(text),
            pos: 0,
            line,
            dialect,
            last,
            pending: Vec::new(),
            warnings: Vec::new(),
            substitutions: 0,
            depth: 0,
            aliases,
            peeked: None,
            original: text.len(),
            active: Vec::new(),
            blank_alias: None,
            expanded: 0,
        }
    }

    /// A parser for a text inside this one, as deep as this one is.
    pub(super) fn inner<'b>(&self, text: &'b str, line: u32) -> Parser<'b>
    where
        'a: 'b,
    {
        let mut parser = Parser::new(text, line, self.dialect, self.aliases, true);
        parser.depth = self.depth;
        parser
    }

    /// The bytes of the given text that have been read.
    pub fn consumed(&self) -> usize {
        let at = self.peeked.as_ref().map_or(self.pos, |t| t.start);
        self.original.saturating_sub(self.src.len().saturating_sub(at))
    }

    /// The line that would be read next.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The warnings so far, each with its line.
    pub fn take_warnings(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.src.as_bytes().get(self.pos + ahead).copied().unwrap_or(0)
    }

    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.src.len()
    }

    /// How many bytes are still unread.
    pub(super) fn left(&self) -> usize {
        self.src.len().saturating_sub(self.pos)
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.src.as_bytes().get(self.pos..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    /// The source between two positions; empty if they are no boundaries.
    pub(super) fn slice(&self, start: usize, end: usize) -> &str {
        self.src.get(start..end).unwrap_or_default()
    }

    /// Passes one byte; only ASCII is passed so where text is later cut.
    pub(super) fn bump(&mut self) {
        if self.byte(0) == b'\n' {
            self.line += 1;
        }
        self.pos += 1;
    }

    /// Passes one whole character and gives it.
    pub(super) fn bump_char(&mut self) -> Option<char> {
        let c = self.src.get(self.pos..)?.chars().next()?;
        if c == '\n' {
            self.line += 1;
        }
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Goes one level deeper; every call is met by a `leave`, except on the way out with an error.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            let message = format!("layerlab: syntax nested more than {DEPTH_LIMIT} levels deep");
            return Err(self.fault(self.line, message));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn peek(&mut self) -> Parsed<&Spanned> {
        if self.peeked.is_none() {
            self.peeked = Some(self.lex()?);
        }
        match &self.peeked {
            Some(token) => Ok(token),
            None => Err(self.fault(self.line, "syntax error".to_owned())),
        }
    }

    pub(super) fn next(&mut self) -> Parsed<Spanned> {
        self.peek()?;
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => Err(self.fault(self.line, "syntax error".to_owned())),
        }
    }

    /// Forgets the token looked at, so that its text is read again in another way.
    pub(super) fn rewind(&mut self, token: &Spanned, skip: usize) {
        self.peeked = None;
        self.pos = token.start + skip;
        self.line = token.line;
    }

    pub(super) fn peek_is(&mut self, op: &'static str) -> Parsed<bool> {
        Ok(self.peek()?.token == Token::Op(op))
    }

    /// Takes the operator if it is next.
    pub(super) fn take_op(&mut self, op: &'static str) -> Parsed<bool> {
        let found = self.peek_is(op)?;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    pub(super) fn skip_newlines(&mut self) -> Parsed<()> {
        while self.peek()?.token == Token::Newline {
            self.next()?;
        }
        Ok(())
    }

    /// Passes blanks, comments and continued lines.
    fn skip_blanks(&mut self) {
        loop {
            match self.byte(0) {
                b' ' | b'\t' => self.pos += 1,
                b'\\' if self.byte(1) == b'\n' => {
                    self.bump();
                    self.bump();
                }
                b'#' => {
                    while !self.at_end() && self.byte(0) != b'\n' {
                        self.pos += 1;
                    }
                }
                _ => return,
            }
        }
    }

    #[inline(never)]
    fn lex(&mut self) -> Parsed<Spanned> {
        self.skip_blanks();
        let (start, line) = (self.pos, self.line);
        let token = self.token()?;
        Ok(Spanned { token, start, end: self.pos, line })
    }

    fn token(&mut self) -> Parsed<Token> {
        if self.at_end() {
            if !self.last && self.src.ends_with("\\\n") {
                // The last line is continued: a newline that counts would have been a token.
                return Err(self.unexpected_end(""));
            }
            self.read_heredocs()?;
            return Ok(Token::End);
        }
        match self.byte(0) {
            b'\n' => {
                self.bump();
                self.read_heredocs()?;
                return Ok(Token::Newline);
            }
            b'(' => {
                self.pos += 1;
                return Ok(Token::Op("("));
            }
            b')' => {
                self.pos += 1;
                return Ok(Token::Op(")"));
            }
            b'<' | b'>' if self.byte(1) == b'(' => {}
            b'<' | b'>' | b'&' | b';' | b'|' => {
                if let Some(op) = self.operator() {
                    self.pos += op.len();
                    return Ok(Token::Op(op));
                }
            }
            _ => {}
        }
        let start = self.pos;
        let word = self.word()?;
        if matches!(self.byte(0), b'<' | b'>')
            && self.byte(1) != b'('
            && let Some(text) = word.as_literal()
            && text.len() <= 4
            && self.pos.saturating_sub(start) == text.len()
            && let Ok(fd) = text.parse()
            && text.bytes().all(|b| b.is_ascii_digit())
        {
            return Ok(Token::IoNumber(fd));
        }
        Ok(Token::Word(word))
    }

    fn operator(&self) -> Option<&'static str> {
        OPERATORS
            .into_iter()
            .find(|op| self.starts_with(op) && !(self.dialect == Dialect::Ash && BASH_ONLY.contains(op)))
    }

    /// Puts an alias's value in its name's place, if the word is one. The word was just looked at.
    pub(super) fn expand_alias(&mut self) -> Parsed<bool> {
        let token = self.peek()?.clone();
        let Token::Word(word) = &token.token else { return Ok(false) };
        let Some(name) = word.as_literal() else { return Ok(false) };
        let Some(value) = self.aliases.get(name) else { return Ok(false) };
        let left = self.src.len() - token.start;
        self.active.retain(|(_, behind)| left > *behind);
        if self.active.iter().any(|(active, _)| active == name) || self.expanded >= ALIAS_LIMIT {
            return Ok(false);
        }
        let rest = self.slice(token.end, self.src.len());
        let behind = rest.len();
        let text = format!("{}{value}{rest}", self.slice(0, token.start));
        self.expanded += 1;
        self.active.push((name.to_owned(), behind));
        if value.ends_with([' ', '\t']) {
            self.blank_alias = Some(behind);
        }
        self.src = Cow::Owned(text);
        self.pos = token.start;
        self.line = token.line;
        self.peeked = None;
        Ok(true)
    }

    /// True if the next word follows an alias that ended with a blank, and so may be one too.
    pub(super) fn after_blank_alias(&mut self) -> Parsed<bool> {
        let Some(behind) = self.blank_alias else { return Ok(false) };
        let start = self.peek()?.start;
        let reached = self.src.len() - start <= behind;
        if reached {
            self.blank_alias = None;
        }
        Ok(reached)
    }

    /// A fault that no further text mends.
    pub(super) fn fault(&self, line: u32, message: String) -> SyntaxError {
        SyntaxError::Unexpected(Box::new(Fault {
            line,
            message,
            excerpt: None,
            wanted: None,
            consumed: self.consumed(),
        }))
    }

    /// The fault of a text that ends too early.
    pub(super) fn incomplete(&self, line: u32, message: String, wanted: Option<String>) -> SyntaxError {
        SyntaxError::Incomplete(Box::new(Fault { line, message, excerpt: None, wanted, consumed: self.original }))
    }

    /// The end of the text inside something that `close` ends, opened on `line`.
    pub(super) fn unclosed(&self, line: u32, close: char) -> SyntaxError {
        let message = match (self.dialect, close) {
            (Dialect::Bash, _) => format!("unexpected EOF while looking for matching `{close}'"),
            (_, '`') => "syntax error: EOF in backquote substitution".to_owned(),
            (_, '}') => "syntax error: missing '}'".to_owned(),
            (_, ')') => "syntax error: missing '))'".to_owned(),
            _ => "syntax error: unterminated quoted string".to_owned(),
        };
        self.incomplete(line, message, None)
    }

    /// The number bash gives to the line behind the text's last.
    pub(super) fn end_line(&self) -> u32 {
        self.line + u32::from(!self.src.ends_with('\n'))
    }

    /// A token that doesn't fit. `keyword` says that a reserved word there counts as one,
    /// `expecting` is what ash names.
    pub(super) fn unexpected(&self, at: &Spanned, keyword: bool, expecting: &str) -> SyntaxError {
        if at.token == Token::End {
            return self.unexpected_end(expecting);
        }
        let text = match &at.token {
            Token::Newline => "newline",
            Token::Op(op) => op,
            _ => self.slice(at.start, at.end),
        };
        if self.dialect == Dialect::Bash {
            let excerpt = Some(self.source_line(at.start).to_owned());
            let message = format!("syntax error near unexpected token `{text}'");
            let consumed = self.consumed();
            return SyntaxError::Unexpected(Box::new(Fault {
                line: at.line,
                message,
                excerpt,
                wanted: None,
                consumed,
            }));
        }
        let name = match &at.token {
            Token::Newline => "newline".to_owned(),
            Token::IoNumber(_) => "redirection".to_owned(),
            Token::Op(op) if op.contains(['<', '>']) => "redirection".to_owned(),
            Token::Word(word) if !(keyword && word.as_literal().is_some_and(|w| self.is_reserved(w))) => {
                "word".to_owned()
            }
            _ => format!("\"{text}\""),
        };
        self.fault(at.line, format!("syntax error: unexpected {name}{}", expectation(expecting)))
    }

    pub(super) fn unexpected_end(&self, expecting: &str) -> SyntaxError {
        let message = match self.dialect {
            Dialect::Bash if self.substitutions > 0 => "unexpected EOF while looking for matching `)'".to_owned(),
            Dialect::Bash => "syntax error: unexpected end of file".to_owned(),
            Dialect::Ash => format!("syntax error: unexpected end of file{}", expectation(expecting)),
        };
        let line = if self.dialect == Dialect::Bash { self.end_line() } else { self.line };
        self.incomplete(line, message, None)
    }

    /// The line of the source around a position.
    fn source_line(&self, at: usize) -> &str {
        let start = self.slice(0, at).rfind('\n').map_or(0, |i| i + 1);
        let rest = self.slice(start, self.src.len());
        rest.split('\n').next().unwrap_or_default()
    }
}

fn expectation(what: &str) -> String {
    match what {
        "" => String::new(),
        "word" => " (expecting word)".to_owned(),
        _ => format!(" (expecting \"{what}\")"),
    }
}
