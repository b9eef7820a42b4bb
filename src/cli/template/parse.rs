//! Tokens to a tree, with the errors of Go's parser.

use super::lex::{Kind, Token, tokens};
use crate::cli::format::quote::{quoted, unquoted};

/// How deep actions and parentheses may nest.
const DEPTH: usize = 64;

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
}

/// What `if`, `with` and `range` have in common.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub pipe: Pipe,
    pub list: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Commands that hand their value on, and the variables that take the last one.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub variables: Vec<String>,
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// A value, or a function with arguments.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub args: Vec<Arg>,
    pub at: usize,
}

/// A value at a byte offset of the template.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    pub at: usize,
    pub term: Term,
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    /// A number as written.
    Number(String, Number),
    /// A string as written, and what it stands for.
    Text(String, String),
    /// `.A.B`
    Field(Vec<String>),
    /// `$x.A`
    Variable(Vec<String>),
    Function(String),
    Pipe(Pipe),
    /// `(…).A`
    Chain(Box<Arg>, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Arg {
    /// The names that it asks for.
    pub fn names(&self) -> &[String] {
        match &self.term {
            Term::Field(names) | Term::Variable(names) | Term::Chain(_, names) => names,
            _ => &[],
        }
    }

    /// The text that Go shows for it in an error.
    pub fn shown(&self) -> String {
        match &self.term {
            Term::Dot => ".".to_string(),
            Term::Nil => "nil".to_string(),
            Term::Bool(value) => value.to_string(),
            Term::Number(text, _) | Term::Text(text, _) | Term::Function(text) => text.clone(),
            Term::Field(names) => format!(".{}", names.join(".")),
            Term::Variable(names) => names.join("."),
            Term::Pipe(pipe) => format!("({})", pipe.shown()),
            Term::Chain(inner, names) => format!("{}.{}", inner.shown(), names.join(".")),
        }
    }
}

impl Command {
    pub fn shown(&self) -> String {
        self.args.iter().map(Arg::shown).collect::<Vec<_>>().join(" ")
    }
}

impl Pipe {
    pub fn shown(&self) -> String {
        let commands = self.commands.iter().map(Command::shown).collect::<Vec<_>>().join(" | ");
        match self.variables.is_empty() {
            true => commands,
            false => {
                let sign = if self.assigns { "=" } else { ":=" };
                format!("{} {sign} {commands}", self.variables.join(", "))
            }
        }
    }
}

/// Whether a list ended at `{{end}}` or `{{else}}`.
#[derive(Clone, Copy, PartialEq)]
enum End {
    End,
    Else,
}

impl End {
    fn shown(self) -> &'static str {
        if self == End::End { "{{end}}" } else { "{{else}}" }
    }
}

struct Parser {
    name: String,
    tokens: Vec<Token>,
    next: usize,
    variables: Vec<String>,
    ranges: usize,
    depth: usize,
}

/// Reads a whole template.
pub(super) fn parse(name: &str, text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser {
        name: name.to_string(),
        tokens: tokens(text),
        next: 0,
        variables: vec!["$".to_string()],
        ranges: 0,
        depth: 0,
    };
    match parser.list() {
        Ok((nodes, None)) => Ok(nodes),
        Ok((_, Some(end))) => Err(parser.error(&format!("unexpected {}", end.shown()))),
        Err(message) => Err(message),
    }
}

impl Parser {
    fn token(&self, at: usize) -> Token {
        let end = Token { kind: Kind::Eof, text: String::new(), at: 0, line: 1 };
        self.tokens.get(at).or(self.tokens.last()).cloned().unwrap_or(end)
    }

    fn take(&mut self) -> Token {
        let token = self.token(self.next);
        self.next += 1;
        token
    }

    fn peek(&self) -> Token {
        self.token(self.next)
    }

    fn skip_space(&mut self) -> Token {
        while self.tokens.get(self.next).is_some_and(|token| token.kind == Kind::Space) {
            self.next += 1;
        }
        self.peek()
    }

    fn error(&self, message: &str) -> String {
        let line = self.token(self.next.saturating_sub(1)).line;
        format!("template: {}:{line}: {message}", self.name)
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        let shown = match token.kind {
            Kind::Error => return self.error(&token.text),
            Kind::Eof => "EOF".to_string(),
            Kind::Keyword | Kind::Dot => format!("<{}>", token.text),
            _ if token.text.chars().count() > 10 => {
                format!("{}...", quoted(&token.text.chars().take(10).collect::<String>()))
            }
            _ => quoted(&token.text),
        };
        self.error(&format!("unexpected {shown} in {context}"))
    }

    /// Nodes up to the end of the text, or to an `end` or `else`.
    fn list(&mut self) -> Result<(Vec<Node>, Option<End>), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error("layerlab: the template nests too deeply"));
        }
        let mut nodes = Vec::new();
        let end = loop {
            let token = self.take();
            match token.kind {
                Kind::Eof => break None,
                Kind::Text => nodes.push(Node::Text(token.text)),
                Kind::Open => match self.action()? {
                    Ok(node) => nodes.push(node),
                    Err(end) => break Some(end),
                },
                _ => return Err(self.unexpected(&token, "input")),
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    fn action(&mut self) -> Result<Result<Node, End>, String> {
        let token = self.skip_space();
        if token.kind != Kind::Keyword || token.text == "nil" {
            return self.pipeline("command", Kind::Close).map(|pipe| Ok(Node::Action(pipe)));
        }
        self.next += 1;
        let node = match token.text.as_str() {
            "if" => Node::If(self.branch("if")?),
            "with" => Node::With(self.branch("with")?),
            "range" => Node::Range(self.branch("range")?),
            "end" => {
                self.expect_close("end")?;
                return Ok(Err(End::End));
            }
            "else" => {
                let next = self.skip_space();
                if !(next.kind == Kind::Keyword && matches!(next.text.as_str(), "if" | "with")) {
                    self.expect_close("else")?;
                }
                return Ok(Err(End::Else));
            }
            word @ ("break" | "continue") => {
                let next = self.skip_space();
                if next.kind != Kind::Close {
                    return Err(self.unexpected(&next, &format!("{{{{{word}}}}}")));
                }
                self.next += 1;
                if self.ranges == 0 {
                    return Err(self.error(&format!("{{{{{word}}}}} outside {{{{range}}}}")));
                }
                if word == "break" { Node::Break } else { Node::Continue }
            }
            word => return Err(self.error(&format!("layerlab: {{{{{word}}}}} is not simulated"))),
        };
        Ok(Ok(node))
    }

    fn expect_close(&mut self, context: &str) -> Result<(), String> {
        self.skip_space();
        let token = self.take();
        if token.kind == Kind::Close { Ok(()) } else { Err(self.unexpected(&token, context)) }
    }

    fn branch(&mut self, context: &str) -> Result<Branch, String> {
        let known = self.variables.len();
        let pipe = self.pipeline(context, Kind::Close)?;
        let in_range = usize::from(context == "range");
        self.ranges += in_range;
        let (list, end) = self.list()?;
        self.ranges -= in_range;
        let mut otherwise = Vec::new();
        match end {
            None => return Err(self.error("unexpected EOF")),
            Some(End::End) => {}
            Some(End::Else) => otherwise = self.otherwise(context)?,
        }
        self.variables.truncate(known);
        Ok(Branch { pipe, list, otherwise })
    }

    /// What follows an `else`, up to the `end`.
    fn otherwise(&mut self, context: &str) -> Result<Vec<Node>, String> {
        let next = self.peek();
        if next.kind == Kind::Keyword {
            if next.text != context {
                return Err(self.unexpected(&next, "input"));
            }
            self.next += 1;
            self.depth += 1;
            if self.depth > DEPTH {
                return Err(self.error("layerlab: the template nests too deeply"));
            }
            let branch = self.branch(context)?;
            self.depth -= 1;
            return Ok(vec![if context == "if" { Node::If(branch) } else { Node::With(branch) }]);
        }
        match self.list()? {
            (nodes, Some(End::End)) => Ok(nodes),
            (_, Some(end)) => Err(self.error(&format!("expected end; found {}", end.shown()))),
            (_, None) => Err(self.error("unexpected EOF")),
        }
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, String> {
        let mut pipe = Pipe { variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.skip_space();
            match token.kind {
                kind if kind == end => {
                    self.next += 1;
                    return self.check_pipeline(&pipe, context).map(|()| pipe);
                }
                Kind::Bool
                | Kind::Character
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::RawText
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParen => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                Kind::Keyword if token.text == "nil" => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => {
                    self.next += 1;
                    return Err(self.unexpected(&token, context));
                }
            }
        }
    }

    /// `$x :=`, `$x =`, or `$i, $x :=` of a range.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), String> {
        loop {
            let variable = self.skip_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let start = self.next;
            self.next += 1;
            let sign = self.skip_space();
            match sign.kind {
                Kind::Assign | Kind::Declare => {
                    self.next += 1;
                    pipe.assigns = sign.kind == Kind::Assign;
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    return Ok(());
                }
                Kind::Sign if sign.text == "," => {
                    self.next += 1;
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return Err(self.error(&format!("too many declarations in {context}")));
                    }
                    if !matches!(self.skip_space().kind, Kind::Variable | Kind::Close | Kind::RightParen) {
                        return Err(self.error("range can only initialize variables"));
                    }
                }
                _ => {
                    self.next = start;
                    return Ok(());
                }
            }
        }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<(), String> {
        if pipe.commands.is_empty() {
            return Err(self.error(&format!("missing value for {context}")));
        }
        let is_value = |command: &Command| {
            let term = command.args.first().map(|arg| &arg.term);
            matches!(term, Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(..) | Term::Text(..)))
        };
        match pipe.commands.iter().skip(1).position(is_value) {
            Some(at) => Err(self.error(&format!("non executable command in pipeline stage {}", at + 2))),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut command = Command { args: Vec::new(), at: self.skip_space().at };
        loop {
            self.skip_space();
            command.args.extend(self.operand()?);
            let token = self.take();
            match token.kind {
                Kind::Space => continue,
                Kind::Close | Kind::RightParen => self.next -= 1,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if command.args.is_empty() { Err(self.error("empty command")) } else { Ok(command) }
    }

    fn operand(&mut self) -> Result<Option<Arg>, String> {
        let Some(arg) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(arg));
        }
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(self.take().text.trim_start_matches('.').to_string());
        }
        let term = match arg.term {
            Term::Field(mut known) => {
                known.extend(names);
                Term::Field(known)
            }
            Term::Variable(mut known) => {
                known.extend(names);
                Term::Variable(known)
            }
            Term::Bool(_) | Term::Text(..) | Term::Number(..) | Term::Nil | Term::Dot => {
                return Err(self.error(&format!("unexpected . after term {}", quoted(&arg.shown()))));
            }
            _ => Term::Chain(Box::new(arg), names),
        };
        Ok(Some(Arg { at: first.at, term }))
    }

    fn term(&mut self) -> Result<Option<Arg>, String> {
        let token = self.skip_space();
        self.next += 1;
        let term = match token.kind {
            Kind::Identifier if super::func::is_known(&token.text) => Term::Function(token.text),
            Kind::Identifier => {
                return Err(self.error(&format!("function {} not defined", quoted(&token.text))));
            }
            Kind::Dot => Term::Dot,
            Kind::Keyword if token.text == "nil" => Term::Nil,
            Kind::Variable if self.variables.contains(&token.text) => Term::Variable(vec![token.text]),
            Kind::Variable => {
                return Err(self.error(&format!("undefined variable {}", quoted(&token.text))));
            }
            Kind::Field => Term::Field(vec![token.text.trim_start_matches('.').to_string()]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Number => match number(&token.text) {
                Some(value) => Term::Number(token.text, value),
                None => {
                    let why = if is_big_number(&token.text) { "integer overflow" } else { "illegal number syntax" };
                    return Err(self.error(&format!("{why}: {}", quoted(&token.text))));
                }
            },
            Kind::Character => {
                let inner = unquoted(&token.text).filter(|inner| inner.chars().count() == 1);
                match inner.and_then(|inner| inner.chars().next()) {
                    Some(c) => Term::Number(token.text, Number::Int(i64::from(u32::from(c)))),
                    None if token.text.len() < 3 => return Err(self.error("invalid syntax")),
                    None => return Err(self.error(&format!("malformed character constant: {}", token.text))),
                }
            }
            Kind::Quoted | Kind::RawText => match unquoted(&token.text) {
                Some(value) => Term::Text(token.text, value),
                None => return Err(self.error("invalid syntax")),
            },
            Kind::LeftParen => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(self.error("layerlab: the template nests too deeply"));
                }
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.depth -= 1;
                Term::Pipe(pipe)
            }
            _ => {
                self.next -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Arg { at: token.at, term }))
    }
}

/// A number constant.
pub(super) fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1i128, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] if lower.bytes().all(|c| c.is_ascii_digit()) => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if radix != 10 && (body.is_empty() || !body.chars().all(|c| c.is_digit(radix))) {
        return None;
    }
    if !body.is_empty() && body.chars().all(|c| c.is_digit(radix)) {
        let value = i128::from_str_radix(body, radix).ok()? * sign;
        return i64::try_from(value).ok().map(Number::Int);
    }
    if !lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !lower.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = lower.parse().ok()?;
    value.is_finite().then_some(Number::Float(value * sign as f64))
}

/// Whether it is a whole number, but too big a one.
pub(super) fn is_big_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.chars().all(|c| c.is_ascii_digit())
}

/// Whether what is wanted holds of some argument.
pub(super) fn asks(nodes: &[Node], wanted: &dyn Fn(&Arg) -> bool) -> bool {
    nodes.iter().any(|node| match node {
        Node::Text(_) | Node::Break | Node::Continue => false,
        Node::Action(pipe) => in_pipe(pipe, wanted),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            in_pipe(&branch.pipe, wanted) || asks(&branch.list, wanted) || asks(&branch.otherwise, wanted)
        }
    })
}

fn in_pipe(pipe: &Pipe, wanted: &dyn Fn(&Arg) -> bool) -> bool {
    pipe.commands.iter().flat_map(|command| &command.args).any(|arg| in_arg(arg, wanted))
}

fn in_arg(arg: &Arg, wanted: &dyn Fn(&Arg) -> bool) -> bool {
    wanted(arg)
        || match &arg.term {
            Term::Pipe(pipe) => in_pipe(pipe, wanted),
            Term::Chain(inner, _) => in_arg(inner, wanted),
            _ => false,
        }
}
