//! Reads an awk program.

use std::rc::Rc;

use super::lexer::{Token, tokens};
use super::{Expr, Pattern, Rule, Stmt};
use crate::programs::regex::Regex;

const DEPTH: u32 = 60;

const FUNCTIONS: [&str; 18] = [
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "tolower", "toupper", "int", "sqrt",
    "exp", "log", "sin", "cos", "atan2", "srand",
];

pub fn program(text: &str) -> Result<Vec<Rule>, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, no_in: false, no_greater: false };
    let mut rules = Vec::new();
    parser.skip_ends();
    while *parser.peek() != Token::End {
        rules.push(parser.rule()?);
        parser.skip_ends();
    }
    Ok(rules)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// `in` belongs to the `for`, `>` to the `print` around.
    no_in: bool,
    no_greater: bool,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn sees(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.sees(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.accept(sign) { Ok(()) } else { Err(self.error()) }
    }

    fn error(&self) -> String {
        let near = match self.peek() {
            Token::Number(n) => n.to_string(),
            Token::Text(t) | Token::Regex(t) | Token::Name(t) | Token::Call(t) => t.to_string(),
            Token::Sign(s) => s.to_string(),
            Token::Newline => "newline".into(),
            Token::End => "end of file".into(),
        };
        format!("line 1: syntax error at or near {near}")
    }

    fn word(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(n) | Token::Call(n) if &**n == name);
        self.at += usize::from(found);
        found
    }

    fn skip_newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.at += 1;
        }
    }

    fn skip_ends(&mut self) {
        while *self.peek() == Token::Newline || self.sees(";") {
            self.at += 1;
        }
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err("program nests too deep".into()) } else { Ok(()) }
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let pattern = if self.word("BEGIN") {
            Pattern::Begin
        } else if self.word("END") {
            Pattern::End
        } else if self.sees("{") {
            Pattern::Always
        } else {
            let from = self.expr()?;
            if self.accept(",") {
                self.skip_newlines();
                Pattern::Range(from, self.expr()?, false)
            } else {
                Pattern::When(from)
            }
        };
        let body = match self.sees("{") {
            true => self.braces()?,
            false => vec![Stmt::Print(Vec::new())],
        };
        Ok((pattern, body.into()))
    }

    fn braces(&mut self) -> Parsed<Vec<Stmt>> {
        self.expect("{")?;
        let mut body = Vec::new();
        self.skip_ends();
        while !self.accept("}") {
            if *self.peek() == Token::End {
                return Err(self.error());
            }
            body.push(self.statement()?);
            self.skip_ends();
        }
        Ok(body)
    }

    fn body(&mut self) -> Parsed<Vec<Stmt>> {
        self.skip_newlines();
        if self.accept(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.statement()?])
    }

    fn statement(&mut self) -> Parsed<Stmt> {
        self.deeper()?;
        let statement = self.any_statement();
        self.depth -= 1;
        statement
    }

    fn end_of_simple(&mut self) -> Parsed<()> {
        match self.peek() {
            Token::Newline | Token::End | Token::Sign(";") => {
                self.at += usize::from(*self.peek() != Token::End);
                Ok(())
            }
            Token::Sign("}") => Ok(()),
            Token::Sign(">" | ">>" | "|") => {
                Err("layerlab: awk's output to files and commands is not simulated".into())
            }
            _ => Err(self.error()),
        }
    }

    fn any_statement(&mut self) -> Parsed<Stmt> {
        if self.sees("{") {
            return Ok(Stmt::Block(self.braces()?));
        }
        if self.word("if") {
            self.expect("(")?;
            let test = self.expr()?;
            self.expect(")")?;
            let yes = self.body()?;
            let mark = self.at;
            self.skip_ends();
            let no = if self.word("else") {
                self.body()?
            } else {
                self.at = mark;
                Vec::new()
            };
            return Ok(Stmt::If(test, yes, no));
        }
        if self.word("while") {
            self.expect("(")?;
            let test = self.expr()?;
            self.expect(")")?;
            return Ok(Stmt::While(test, self.body()?, None, false));
        }
        if self.word("do") {
            let body = self.body()?;
            self.skip_ends();
            if !self.word("while") {
                return Err(self.error());
            }
            self.expect("(")?;
            let test = self.expr()?;
            self.expect(")")?;
            self.end_of_simple()?;
            return Ok(Stmt::While(test, body, None, true));
        }
        if self.word("for") {
            return self.for_loop();
        }
        let statement = self.simple()?;
        self.end_of_simple()?;
        Ok(statement)
    }

    fn for_loop(&mut self) -> Parsed<Stmt> {
        self.expect("(")?;
        if let (Token::Name(name), Some(Token::Name(word)), Some(Token::Name(array)), Some(Token::Sign(")"))) = (
            self.peek().clone(),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
            self.tokens.get(self.at + 3),
        ) && &**word == "in"
        {
            let array = array.clone();
            self.at += 4;
            return Ok(Stmt::ForIn(name, array, self.body()?));
        }
        let first = if self.sees(";") { None } else { Some(self.simple()?) };
        self.expect(";")?;
        self.skip_newlines();
        let test = if self.sees(";") { Expr::Number(1.0) } else { self.expr()? };
        self.expect(";")?;
        self.skip_newlines();
        let step = if self.sees(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        let mut list: Vec<Stmt> = first.into_iter().collect();
        list.push(Stmt::While(test, self.body()?, step, false));
        Ok(Stmt::Block(list))
    }

    fn simple(&mut self) -> Parsed<Stmt> {
        if self.word("print") {
            return Ok(Stmt::Print(self.print_list()?));
        }
        if self.word("printf") {
            return Ok(Stmt::Printf(self.print_list()?));
        }
        if self.word("next") {
            return Ok(Stmt::Next);
        }
        if self.word("break") {
            return Ok(Stmt::Break);
        }
        if self.word("continue") {
            return Ok(Stmt::Continue);
        }
        if self.word("exit") {
            let bare = matches!(self.peek(), Token::Newline | Token::End | Token::Sign(";" | "}"));
            return Ok(Stmt::Exit(if bare { None } else { Some(self.expr()?) }));
        }
        if self.word("delete") {
            let Token::Name(name) = self.peek().clone() else { return Err(self.error()) };
            self.at += 1;
            let mut key = Vec::new();
            if self.accept("[") {
                key = self.list()?;
                self.expect("]")?;
            }
            return Ok(Stmt::Delete(name, key));
        }
        Ok(Stmt::Expr(self.expr()?))
    }

    fn print_list(&mut self) -> Parsed<Vec<Expr>> {
        if matches!(self.peek(), Token::Newline | Token::End | Token::Sign(";" | "}" | ">" | ">>" | "|")) {
            return Ok(Vec::new());
        }
        // `print (a, b)`: parentheses around the whole list.
        let mark = self.at;
        if self.accept("(") {
            let list = self.list();
            if list.is_ok()
                && self.accept(")")
                && matches!(self.peek(), Token::Newline | Token::End | Token::Sign(";" | "}" | ">" | ">>" | "|"))
            {
                return list;
            }
            self.at = mark;
        }
        let before = std::mem::replace(&mut self.no_greater, true);
        let list = self.list();
        self.no_greater = before;
        list
    }

    fn list(&mut self) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expr()?];
        while self.accept(",") {
            self.skip_newlines();
            list.push(self.expr()?);
        }
        Ok(list)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let left = self.ternary()?;
        let operator = match self.peek() {
            Token::Sign("=") => Some(None),
            Token::Sign(s @ ("+=" | "-=" | "*=" | "/=" | "%=" | "^=")) => Some(s.chars().next()),
            Token::Sign("**=") => Some(Some('^')),
            _ => None,
        };
        let result = match operator {
            Some(operator) if matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Item(..)) => {
                self.at += 1;
                self.skip_newlines();
                Expr::Assign(Box::new(left), operator, Box::new(self.expr()?))
            }
            Some(_) => return Err(self.error()),
            None => left,
        };
        self.depth -= 1;
        Ok(result)
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let test = self.level(0)?;
        if !self.accept("?") {
            return Ok(test);
        }
        self.skip_newlines();
        let yes = self.expr()?;
        self.skip_newlines();
        self.expect(":")?;
        self.skip_newlines();
        let no = self.expr()?;
        Ok(Expr::If(Box::new(test), Box::new(yes), Box::new(no)))
    }

    /// Binary operators by how tightly they bind.
    fn level(&mut self, level: usize) -> Parsed<Expr> {
        const LEVELS: [&[&str]; 8] = [
            &["||"],
            &["&&"],
            &["in"],
            &["~", "!~"],
            &["<", "<=", "!=", "==", ">", ">="],
            &[" "],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        loop {
            let joined = *signs == [" "] && self.begins_value();
            if joined {
                let right = self.level(level + 1)?;
                left = Expr::Binary(" ", Box::new(left), Box::new(right));
                continue;
            }
            if *signs == ["in"] {
                if self.no_in || !self.word("in") {
                    return Ok(left);
                }
                let Token::Name(array) = self.peek().clone() else { return Err(self.error()) };
                self.at += 1;
                left = Expr::In(vec![left], array);
                continue;
            }
            let Token::Sign(sign) = *self.peek() else { return Ok(left) };
            if !signs.contains(&sign) || sign == ">" && self.no_greater {
                return Ok(left);
            }
            self.at += 1;
            if matches!(sign, "&&" | "||") {
                self.skip_newlines();
            }
            let right = Box::new(self.level(level + 1)?);
            left = match sign {
                "~" | "!~" => Expr::Match(Box::new(left), right, sign == "!~"),
                sign => Expr::Binary(sign, Box::new(left), right),
            };
        }
    }

    /// Whether what comes next can be joined to a value without an operator.
    fn begins_value(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Call(_) => true,
            Token::Name(name) => &**name != "in",
            Token::Sign(sign) => matches!(*sign, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
            _ => false,
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        for sign in ["!", "-", "+"] {
            if self.accept(sign) {
                self.deeper()?;
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(Expr::Unary(sign.chars().next().unwrap_or('+'), Box::new(inner)));
            }
        }
        let base = self.postfix()?;
        if self.accept("^") || self.accept("**") {
            self.deeper()?;
            let power = self.unary()?;
            self.depth -= 1;
            return Ok(Expr::Binary("^", Box::new(base), Box::new(power)));
        }
        Ok(base)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.accept(sign) {
                let place = self.primary()?;
                return Ok(Expr::Step(Box::new(place), by, false));
            }
        }
        let value = self.primary()?;
        if matches!(value, Expr::Var(_) | Expr::Field(_) | Expr::Item(..)) {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.accept(sign) {
                    return Ok(Expr::Step(Box::new(value), by, true));
                }
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => Ok(Expr::Regex(Rc::new(Regex::new(&text, true, false)?))),
            Token::Sign("$") => {
                self.deeper()?;
                let index = if self.sees("(") || self.sees("$") { self.primary()? } else { self.postfix_index()? };
                self.depth -= 1;
                Ok(Expr::Field(Box::new(index)))
            }
            Token::Sign("(") => {
                let (no_in, no_greater) = (std::mem::take(&mut self.no_in), std::mem::take(&mut self.no_greater));
                let mut list = self.list()?;
                self.expect(")")?;
                (self.no_in, self.no_greater) = (no_in, no_greater);
                if list.len() > 1 {
                    if !self.word("in") {
                        return Err(self.error());
                    }
                    let Token::Name(array) = self.peek().clone() else { return Err(self.error()) };
                    self.at += 1;
                    return Ok(Expr::In(list, array));
                }
                // The parentheses keep `(a) = 1` from being an assignment: a grouping is a value.
                let inner = list.pop().unwrap_or(Expr::Number(0.0));
                Ok(inner)
            }
            Token::Name(name) if &*name == "length" => Ok(Expr::Call("length", Vec::new())),
            Token::Name(name) => {
                if self.accept("[") {
                    let key = self.list()?;
                    self.expect("]")?;
                    return Ok(Expr::Item(name, key));
                }
                Ok(Expr::Var(name))
            }
            Token::Call(name) => {
                let known = FUNCTIONS.iter().chain(&["rand"]).find(|known| **known == &*name);
                let Some(known) = known else {
                    return Err(format!("layerlab: awk's function {name} is not simulated"));
                };
                self.expect("(")?;
                let args = if self.sees(")") { Vec::new() } else { self.list()? };
                self.expect(")")?;
                Ok(Expr::Call(known, args))
            }
            _ => {
                self.at -= 1;
                Err(self.error())
            }
        }
    }

    /// What follows a `$`: a number, a name, `++i`.
    fn postfix_index(&mut self) -> Parsed<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.accept(sign) {
                return Ok(Expr::Step(Box::new(self.primary()?), by, false));
            }
        }
        if self.accept("-") {
            return Ok(Expr::Unary('-', Box::new(self.primary()?)));
        }
        self.primary()
    }
}
