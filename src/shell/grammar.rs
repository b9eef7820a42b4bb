//! Lists, pipelines and simple commands.

use std::cell::OnceCell;
use std::rc::Rc;

use super::lexer::Token;
use super::syntax::{
    AndOr, Assignment, Command, CommandKind, Connector, Element, FileMode, HereDocument, Item, List, Part, Pipeline,
    Redirect, RedirectKind, Value, Word,
};
use super::{Dialect, Parser, SyntaxError};

type Parsed<T> = Result<T, SyntaxError>;

/// The reserved words of both shells.
const RESERVED: [&str; 16] =
    ["!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while"];

/// Those of bash besides. `function` is ash's too.
const RESERVED_BASH: [&str; 6] = ["[[", "]]", "function", "time", "select", "coproc"];

/// The words that end a list or stand inside a compound command: none of them starts a command.
const CLOSERS: [&str; 9] = ["}", "do", "done", "elif", "else", "esac", "fi", "in", "then"];

/// The commands whose arguments may be assignments of arrays.
const DECLARATIONS: [&str; 5] = ["declare", "typeset", "local", "export", "readonly"];

impl Parser<'_> {
    /// The rest of the text.
    pub fn script(&mut self) -> Parsed<List> {
        let mut list = List::default();
        while let Some(mut line) = self.complete_command()? {
            list.items.append(&mut line.items);
        }
        Ok(list)
    }

    /// The commands up to the end of a line, or nothing at the end of the text.
    pub fn complete_command(&mut self) -> Parsed<Option<List>> {
        self.skip_newlines()?;
        if self.peek()?.token == Token::End {
            return Ok(None);
        }
        let mut items = Vec::new();
        loop {
            let (item, ended) = self.item()?;
            items.push(item);
            let token = self.peek()?.clone();
            match token.token {
                Token::Newline | Token::End => {
                    self.next()?;
                    return Ok(Some(List { items }));
                }
                _ if ended => {}
                _ => return Err(self.unexpected(&token, false, "")),
            }
        }
    }

    /// An and-or list with its `;` or `&`, and whether one stood there.
    fn item(&mut self) -> Parsed<(Item, bool)> {
        let and_or = Rc::new(self.and_or()?);
        let background = self.take_op("&")?;
        let ended = background || self.take_op(";")?;
        Ok((Item { and_or, background }, ended))
    }

    /// A list inside something: at least one command, unless the text ends.
    pub(super) fn list(&mut self) -> Parsed<List> {
        self.skip_newlines()?;
        let mut items = Vec::new();
        if self.peek()?.token == Token::End {
            return Ok(List { items });
        }
        loop {
            let (item, mut ended) = self.item()?;
            items.push(item);
            while self.peek()?.token == Token::Newline {
                self.next()?;
                ended = true;
            }
            if !ended || !self.starts_command()? {
                return Ok(List { items });
            }
        }
    }

    /// A list that may be empty: in `$( )` and in an arm of `case`.
    pub(super) fn optional_list(&mut self) -> Parsed<List> {
        self.skip_newlines()?;
        if self.starts_command()? { self.list() } else { Ok(List::default()) }
    }

    /// False for what ends a list. What is plainly wrong there counts as a start, and fails as one.
    fn starts_command(&mut self) -> Parsed<bool> {
        let ends = match &self.peek()?.token {
            Token::Word(word) => word.as_literal().is_some_and(|w| w != "in" && CLOSERS.contains(&w)),
            Token::Op(op) => matches!(*op, ")" | ";;" | ";&" | ";;&"),
            Token::End => true,
            Token::IoNumber(_) | Token::Newline => false,
        };
        Ok(!ends)
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let connector = match self.peek()?.token {
                Token::Op("&&") => Connector::And,
                Token::Op("||") => Connector::Or,
                _ => return Ok(AndOr { first, rest }),
            };
            self.next()?;
            self.skip_newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut pipeline = Pipeline { negated: false, timed: None, commands: Vec::new() };
        let mut prefixed = false;
        loop {
            let bash = self.dialect == Dialect::Bash;
            if (bash || !prefixed) && self.next_is("!")? {
                self.next()?;
                pipeline.negated = !pipeline.negated;
            } else if bash && self.next_is("time")? {
                self.next()?;
                let posix = self.next_is("-p")?;
                if posix {
                    self.next()?;
                }
                pipeline.timed = Some(posix);
            } else {
                break;
            }
            prefixed = true;
        }
        let alone = matches!(self.peek()?.token, Token::Newline | Token::End | Token::Op(";"));
        if prefixed && alone && self.dialect == Dialect::Bash {
            return Ok(pipeline);
        }
        loop {
            let mut command = self.command()?;
            let with_errors = self.peek_is("|&")?;
            if !with_errors && !self.peek_is("|")? {
                pipeline.commands.push(Rc::new(command));
                return Ok(pipeline);
            }
            self.next()?;
            if with_errors {
                let kind = RedirectKind::DupOutput(Word::literal("1"));
                command.redirects.push(Redirect { fd: Some(2), kind });
            }
            pipeline.commands.push(Rc::new(command));
            self.skip_newlines()?;
        }
    }

    /// Whether the next token is this word, unquoted.
    pub(super) fn next_is(&mut self, word: &str) -> Parsed<bool> {
        Ok(matches!(&self.peek()?.token, Token::Word(w) if w.as_literal() == Some(word)))
    }

    /// Takes the reserved word or says that it was expected.
    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.next_is(word)? {
            self.next()?;
            return Ok(());
        }
        let token = self.peek()?.clone();
        Err(self.unexpected(&token, true, word))
    }

    /// Takes the operator or says that it was expected.
    pub(super) fn expect_op(&mut self, op: &'static str) -> Parsed<()> {
        if self.take_op(op)? {
            return Ok(());
        }
        let token = self.peek()?.clone();
        Err(self.unexpected(&token, true, op))
    }

    pub(super) fn is_reserved(&self, word: &str) -> bool {
        RESERVED.contains(&word)
            || word == "function"
            || (self.dialect == Dialect::Bash && RESERVED_BASH.contains(&word))
    }

    /// Any command.
    pub(super) fn command(&mut self) -> Parsed<Command> {
        loop {
            let token = self.peek()?.clone();
            match &token.token {
                Token::Op("(") => return self.compound("("),
                Token::Op(op) if !op.contains(['<', '>']) => return Err(self.unexpected(&token, true, "")),
                Token::Newline | Token::End => return Err(self.unexpected(&token, true, "")),
                Token::Word(word) => match word.as_literal() {
                    Some(name) if CLOSERS.contains(&name) || name == "!" => {
                        return Err(self.unexpected(&token, true, ""));
                    }
                    Some(name) if name != "]]" && self.is_reserved(name) => {
                        let name = name.to_owned();
                        return self.compound(&name);
                    }
                    _ if self.expand_alias()? => {}
                    _ => return self.simple(),
                },
                _ => return self.simple(),
            }
        }
    }

    #[inline(never)]
    fn simple(&mut self) -> Parsed<Command> {
        let (mut assignments, mut words, mut redirects) = (Vec::new(), Vec::<Word>::new(), Vec::new());
        let line = self.peek()?.line;
        let mut aliased = false;
        loop {
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let token = self.peek()?.clone();
            match &token.token {
                Token::Word(_) if (aliased || self.aliasable(&words)?) && self.expand_alias()? => {
                    aliased = true;
                    continue;
                }
                Token::Word(word) => {
                    aliased = false;
                    self.next()?;
                    match words.is_empty().then(|| split_assignment(word, self.dialect)).flatten() {
                        Some(assignment) => assignments.push(self.array_value(assignment)?),
                        None => words.push(self.argument(word.clone(), &words)?),
                    }
                }
                Token::Op("(") if words.len() == 1 && assignments.is_empty() && redirects.is_empty() => {
                    let name = words.remove(0);
                    return self.function_after_name(&name, line);
                }
                _ => {
                    let kind = CommandKind::Simple { assignments, words };
                    return Ok(Command { kind, redirects, line });
                }
            }
        }
    }

    fn aliasable(&mut self, words: &[Word]) -> Parsed<bool> {
        Ok(words.is_empty() || self.after_blank_alias()?)
    }

    /// Reads `(a b)` right behind `name=`.
    #[inline(never)]
    fn array_value(&mut self, mut assignment: Assignment) -> Parsed<Assignment> {
        let empty = matches!(&assignment.value, Value::Scalar(word) if word.parts.is_empty());
        if empty && self.dialect == Dialect::Bash && self.byte(0) == b'(' {
            assignment.value = Value::Array(self.elements()?);
        }
        Ok(assignment)
    }

    /// An argument; that of a declaration may end with an array's value.
    #[inline(never)]
    fn argument(&mut self, mut word: Word, words: &[Word]) -> Parsed<Word> {
        let declares = words.first().and_then(Word::as_literal).is_some_and(|w| DECLARATIONS.contains(&w));
        if declares
            && self.dialect == Dialect::Bash
            && self.byte(0) == b'('
            && word.as_literal().is_some_and(|w| w.ends_with('='))
        {
            word.parts.push(Part::Array(self.elements()?));
        }
        Ok(word)
    }

    /// The elements of an array's value, at the opening parenthesis.
    fn elements(&mut self) -> Parsed<Vec<Element>> {
        let line = self.line;
        self.next()?;
        let mut elements = Vec::new();
        loop {
            let token = self.next()?;
            match token.token {
                Token::Newline => {}
                Token::Op(")") => return Ok(elements),
                Token::Word(word) => elements.push(element(word)),
                Token::End => return Err(self.unclosed(line, ')')),
                _ => return Err(self.unexpected(&token, false, "")),
            }
        }
    }

    /// The redirections behind a compound command.
    pub(super) fn redirects(&mut self) -> Parsed<Vec<Redirect>> {
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(redirects)
    }

    #[inline(never)]
    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let fd = match self.peek()?.token {
            Token::IoNumber(fd) => Some(fd),
            _ => None,
        };
        if fd.is_some() {
            self.next()?;
        }
        let op = match self.peek()?.token {
            Token::Op(op) if op.contains(['<', '>']) => op,
            _ => return Ok(None),
        };
        self.next()?;
        let token = self.peek()?.clone();
        let Token::Word(word) = token.token.clone() else {
            return Err(self.missing_word(token, ""));
        };
        if op == "<<" || op == "<<-" {
            let raw = self.slice(token.start, token.end).to_owned();
            let document = here_document(&word, raw, op == "<<-");
            // Queued before anything behind the word is read: that may be the line's end.
            self.pending.push(document.clone());
            self.next()?;
            return Ok(Some(Redirect { fd, kind: RedirectKind::HereDocument(document) }));
        }
        self.next()?;
        let kind = match op {
            "<" => RedirectKind::File(FileMode::Read, word),
            ">" => RedirectKind::File(FileMode::Write, word),
            ">>" => RedirectKind::File(FileMode::Append, word),
            ">|" => RedirectKind::File(FileMode::Clobber, word),
            "<>" => RedirectKind::File(FileMode::ReadWrite, word),
            "<&" => RedirectKind::DupInput(word),
            ">&" => RedirectKind::DupOutput(word),
            "<<<" => RedirectKind::HereString(word),
            _ => RedirectKind::Both(op == "&>>", word),
        };
        Ok(Some(Redirect { fd, kind }))
    }
}

fn here_document(word: &Word, raw: String, strip: bool) -> HereDocument {
    let (delimiter, quoted) = match plain_text(&word.parts) {
        Some(text) => (text, word.as_literal().is_none()),
        None => (raw, false),
    };
    HereDocument { delimiter, quoted, strip, body: Rc::new(OnceCell::new()) }
}

/// The text of parts that nothing expands in.
fn plain_text(parts: &[Part]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(t) | Part::Quoted(t) => text.push_str(t),
            Part::Double(inner) => text.push_str(&plain_text(inner)?),
            _ => return None,
        }
    }
    Some(text)
}

/// Whether either shell reserves the word.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word) || RESERVED_BASH.contains(&word)
}

/// Whether a text is a variable's name.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Takes a word as `name=value` and its kin, if it is one.
pub fn split_assignment(word: &Word, dialect: Dialect) -> Option<Assignment> {
    let Some(Part::Literal(head)) = word.parts.first() else { return None };
    let end = head.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(head.len());
    let (name, rest) = head.split_at_checked(end)?;
    if !is_name(name) {
        return None;
    }
    let bash = dialect == Dialect::Bash;
    let tail = word.parts.get(1..)?;
    if bash && rest.starts_with('[') {
        let (index, value) = split_subscript(rest.get(1..)?, tail)?;
        return assignment(name, Some(index), value, bash);
    }
    let value = std::iter::once(Part::Literal(rest.to_owned())).chain(tail.iter().cloned()).collect();
    assignment(name, None, value, bash)
}

/// Splits what stands behind `[` at the closing bracket.
fn split_subscript(head: &str, tail: &[Part]) -> Option<(Word, Vec<Part>)> {
    let mut index = Vec::new();
    let mut parts = std::iter::once(Part::Literal(head.to_owned())).chain(tail.iter().cloned());
    while let Some(part) = parts.next() {
        match &part {
            Part::Literal(text) if text.contains(']') => {
                let (inside, after) = text.split_once(']')?;
                super::word::push_literal(&mut index, inside);
                let value = std::iter::once(Part::Literal(after.to_owned())).chain(parts).collect();
                return Some((Word { parts: index }, value));
            }
            Part::Literal(text) => super::word::push_literal(&mut index, text),
            _ => index.push(part),
        }
    }
    None
}

/// Makes the assignment of parts that start with `=` or `+=`.
fn assignment(name: &str, index: Option<Word>, mut parts: Vec<Part>, bash: bool) -> Option<Assignment> {
    let Some(Part::Literal(head)) = parts.first() else { return None };
    let append = bash && head.starts_with("+=");
    let rest = head.strip_prefix(if append { "+=" } else { "=" })?.to_owned();
    if rest.is_empty() {
        parts.remove(0);
    } else if let Some(first) = parts.first_mut() {
        *first = Part::Literal(rest);
    }
    Some(Assignment { name: name.to_owned(), index, append, value: Value::Scalar(Word { parts }) })
}

/// An element of an array's value, with `[index]=` taken off.
fn element(word: Word) -> Element {
    if let Some(Part::Literal(head)) = word.parts.first()
        && let Some(rest) = head.strip_prefix('[')
        && let Some((index, parts)) = split_subscript(rest, word.parts.get(1..).unwrap_or_default())
        && let Some(assignment) = assignment("", Some(index), parts, false)
        && let Value::Scalar(value) = assignment.value
    {
        return Element { index: assignment.index, word: value };
    }
    Element { index: None, word }
}
