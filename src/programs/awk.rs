//! awk: a subset of POSIX's. Patterns, actions, fields, arrays and the common functions; without functions of
//! one's own, `getline`, `system` and redirections, which it says plainly.

mod function;
mod lexer;
mod parse;
mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::command::Cmd;
use super::filter::{Filter, Next, drive};
use super::regex::Regex;
use crate::kernel::LocalFuture;
use crate::model::limits;
use value::Value;

/// Steps of one call, after which a program is taken to run forever.
const STEPS: u64 = 5_000_000;

/// An expression.
#[derive(Clone, Debug)]
enum Expr {
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<Regex>),
    Var(Rc<str>),
    Field(Box<Expr>),
    Item(Rc<str>, Vec<Expr>),
    Assign(Box<Expr>, Option<char>, Box<Expr>),
    /// `++x` and its like: the place, what is added, whether the old value is the result.
    Step(Box<Expr>, f64, bool),
    Unary(char, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Box<Expr>, bool),
    In(Vec<Expr>, Rc<str>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(&'static str, Vec<Expr>),
}

#[derive(Clone, Debug)]
enum Stmt {
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    Expr(Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// The body, whether it runs before the first test.
    While(Expr, Vec<Stmt>, Option<Box<Stmt>>, bool),
    ForIn(Rc<str>, Rc<str>, Vec<Stmt>),
    Delete(Rc<str>, Vec<Expr>),
    Block(Vec<Stmt>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
}

#[derive(Debug)]
enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    /// From, to, and whether it is open.
    Range(Expr, Expr, bool),
}

/// A pattern and what is done where it holds.
type Rule = (Pattern, Rc<[Stmt]>);

/// Why a list of statements was left.
enum Flow {
    Break,
    Continue,
    Next,
    Exit,
    /// Something that can't go on: what to say.
    Stop(String),
}

type Run<T> = Result<T, Flow>;

struct Awk {
    rules: Vec<Rule>,
    vars: BTreeMap<Rc<str>, Value>,
    arrays: BTreeMap<Rc<str>, BTreeMap<String, Value>>,
    /// `$0` and the fields.
    fields: Vec<Value>,
    steps: u64,
    out: Vec<u8>,
    exited: bool,
    regexes: BTreeMap<String, Rc<Regex>>,
    random: u64,
}

pub fn awk(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some(mut awk) = set_up(&mut cmd) {
            awk.special(&mut cmd, true);
            let reads = awk.rules.iter().any(|(pattern, _)| !matches!(pattern, Pattern::Begin));
            if reads && !awk.exited {
                drive(&mut cmd, &mut awk).await;
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn set_up(cmd: &mut Cmd) -> Option<Awk> {
    let mut text = String::new();
    for (_, file) in cmd.options.iter().filter(|(c, _)| *c == 'f') {
        text.push_str(&super::command::text_of(&cmd.sys, file));
        text.push('\n');
    }
    if !cmd.has('f') {
        if cmd.args.is_empty() {
            if cmd.gnu() {
                cmd.note("Usage: awk [-F fs] [-v var=value] 'prog' [file ...]");
                cmd.status = 2;
            } else {
                cmd.usage();
            }
            return None;
        }
        text = cmd.args.remove(0);
    }
    let rules = match parse::program(&text) {
        Ok(rules) => rules,
        Err(text) => {
            if text.starts_with("layerlab") {
                cmd.note(&text);
                cmd.status = 126;
            } else {
                cmd.fail(&text);
                cmd.status = if cmd.gnu() { 2 } else { 1 };
            }
            return None;
        }
    };
    let mut awk = Awk {
        rules,
        vars: BTreeMap::new(),
        arrays: BTreeMap::new(),
        fields: vec![Value::Text("".into())],
        steps: 0,
        out: Vec::new(),
        exited: false,
        regexes: BTreeMap::new(),
        random: 0,
    };
    for (name, value) in
        [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n"), ("SUBSEP", "\u{1c}"), ("CONVFMT", "%.6g")]
    {
        awk.set(name, Value::Text(value.into()));
    }
    if let Some(separator) = cmd.value('F') {
        let separator = if separator == "t" { "\t".into() } else { value::unescape(separator) };
        awk.set("FS", Value::Text(separator.into()));
    }
    for (_, pair) in cmd.options.clone().iter().filter(|(c, _)| *c == 'v') {
        if let Some((name, text)) = pair.split_once('=') {
            awk.set(name, Value::input(&value::unescape(text)));
        }
    }
    let environment = cmd.sys.environment();
    let environment = environment.iter().map(|(name, value)| (name.to_string(), Value::input(value))).collect();
    awk.arrays.insert("ENVIRON".into(), environment);
    Some(awk)
}

impl Filter for Awk {
    fn open(&mut self, _cmd: &mut Cmd, name: &str) {
        self.set("FILENAME", Value::Text(if name == "-" { "" } else { name }.into()));
        self.set("FNR", Value::Number(0.0));
    }

    fn line(&mut self, cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        cmd.cost += 5 + line.len() as u64 / 50;
        for name in ["NR", "FNR"] {
            let next = self.get(name).number() + 1.0;
            self.set(name, Value::Number(next));
        }
        self.set_line(&String::from_utf8_lossy(line));
        self.steps = 0;
        let result = self.rules_for_line();
        self.settle(cmd, result);
        if self.exited { Next::Stop } else { Next::More }
    }

    fn end(&mut self, cmd: &mut Cmd) {
        if cmd.status != 126 {
            self.special(cmd, false);
        }
    }
}

impl Awk {
    /// Runs the BEGIN or the END rules.
    fn special(&mut self, cmd: &mut Cmd, begin: bool) {
        self.steps = 0;
        for at in 0..self.rules.len() {
            let Some((pattern, body)) = self.rules.get(at) else { return };
            let wanted = match pattern {
                Pattern::Begin => begin,
                Pattern::End => !begin,
                _ => false,
            };
            if !wanted {
                continue;
            }
            let body = body.clone();
            let result = self.block(&body);
            self.settle(cmd, result);
            if self.exited {
                return;
            }
        }
    }

    fn settle(&mut self, cmd: &mut Cmd, result: Run<()>) {
        let out = std::mem::take(&mut self.out);
        cmd.put(&out);
        cmd.cost += self.steps / 20;
        match result {
            Err(Flow::Exit) => {
                self.exited = true;
                cmd.status = self.get("\0exit").number() as i32 & 255;
            }
            Err(Flow::Stop(text)) => {
                self.exited = true;
                if text.starts_with("layerlab") {
                    cmd.note(&text);
                    cmd.status = 126;
                } else {
                    cmd.fail(&text);
                    cmd.status = 2;
                }
            }
            _ => {}
        }
    }

    fn rules_for_line(&mut self) -> Run<()> {
        for at in 0..self.rules.len() {
            if self.selects(at)? {
                let Some((_, body)) = self.rules.get(at) else { return Ok(()) };
                let body = body.clone();
                match self.block(&body) {
                    Err(Flow::Next) => return Ok(()),
                    other => other?,
                }
            }
        }
        Ok(())
    }

    fn selects(&mut self, at: usize) -> Run<bool> {
        let (when, until, open) = match self.rules.get(at) {
            Some((Pattern::Always, _)) => return Ok(true),
            Some((Pattern::When(expr), _)) => (expr.clone(), None, false),
            Some((Pattern::Range(from, to, open), _)) => (from.clone(), Some(to.clone()), *open),
            _ => return Ok(false),
        };
        let begins = open || self.eval(&when)?.truth();
        if let Some(until) = until
            && begins
        {
            let ends = self.eval(&until)?.truth();
            if let Some((Pattern::Range(_, _, open), _)) = self.rules.get_mut(at) {
                *open = !ends;
            }
        }
        Ok(begins)
    }

    fn get(&self, name: &str) -> Value {
        self.vars.get(name).cloned().unwrap_or(Value::None)
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.vars.get_mut(name) {
            Some(place) => *place = value,
            None => drop(self.vars.insert(name.into(), value)),
        }
    }

    fn set_line(&mut self, line: &str) {
        let separator = self.get("FS").text();
        self.fields = vec![Value::input(line)];
        let parts = self.pieces(line, &separator);
        self.fields.extend(parts.iter().map(|part| Value::input(part)));
        self.set("NF", Value::Number((self.fields.len() - 1) as f64));
    }

    /// Splits as FS does: a blank means runs of blanks, one character itself, more a pattern.
    fn pieces(&mut self, text: &str, separator: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let mut chars = separator.chars();
        match (chars.next(), chars.next()) {
            (Some(' '), None) => text.split_whitespace().map(String::from).collect(),
            (None, _) => text.chars().map(String::from).collect(),
            (Some(c), None) if c != '\\' => text.split(c).map(String::from).collect(),
            _ => {
                let Ok(regex) = self.compile(separator) else { return vec![text.to_string()] };
                let (mut parts, mut from) = (Vec::new(), 0);
                while let Some((start, end)) = span(&regex, text, from).filter(|(start, end)| end > start) {
                    parts.push(text.get(from..start).unwrap_or("").to_string());
                    from = end;
                }
                parts.push(text.get(from..).unwrap_or("").to_string());
                parts
            }
        }
    }

    fn compile(&mut self, pattern: &str) -> Run<Rc<Regex>> {
        if let Some(regex) = self.regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex =
            Rc::new(Regex::new(pattern, true, false).map_err(|error| Flow::Stop(format!("{error}: {pattern}")))?);
        self.regexes.insert(pattern.to_string(), regex.clone());
        Ok(regex)
    }

    fn rebuild(&mut self) {
        let separator = self.get("OFS").text();
        let parts: Vec<String> = self.fields.iter().skip(1).map(Value::text).collect();
        if let Some(line) = self.fields.first_mut() {
            *line = Value::Text(parts.join(&separator).into());
        }
    }

    fn tick(&mut self) -> Run<()> {
        self.steps += 1;
        if self.steps > STEPS || self.out.len() > limits::FILE_BYTES {
            return Err(Flow::Stop("layerlab: awk: this program does not come to an end; stopped".into()));
        }
        Ok(())
    }

    fn block(&mut self, body: &[Stmt]) -> Run<()> {
        for statement in body {
            self.tick()?;
            self.run(statement)?;
        }
        Ok(())
    }

    fn run(&mut self, statement: &Stmt) -> Run<()> {
        match statement {
            Stmt::Print(parts) => {
                let mut texts = Vec::new();
                for part in parts {
                    texts.push(self.eval(part)?.text());
                }
                let line = if parts.is_empty() {
                    self.fields.first().map_or(String::new(), Value::text)
                } else {
                    texts.join(&self.get("OFS").text())
                };
                self.out.extend(line.bytes());
                self.out.extend(self.get("ORS").text().bytes());
            }
            Stmt::Printf(parts) => {
                let text = self.format(parts)?;
                self.out.extend(text.bytes());
            }
            Stmt::Expr(expr) => drop(self.eval(expr)?),
            Stmt::Block(body) => self.block(body)?,
            Stmt::If(test, yes, no) => {
                let branch = if self.eval(test)?.truth() { yes } else { no };
                self.block(branch)?;
            }
            Stmt::While(test, body, step, first) => {
                let mut first = *first;
                while std::mem::take(&mut first) || self.eval(test)?.truth() {
                    self.tick()?;
                    match self.block(body) {
                        Err(Flow::Break) => break,
                        Ok(()) | Err(Flow::Continue) => {}
                        other => other?,
                    }
                    if let Some(step) = step {
                        self.run(step)?;
                    }
                }
            }
            Stmt::ForIn(name, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).map(|a| a.keys().cloned().collect()).unwrap_or_default();
                for key in keys {
                    self.tick()?;
                    self.set(name, Value::input(&key));
                    match self.block(body) {
                        Err(Flow::Break) => break,
                        Ok(()) | Err(Flow::Continue) => {}
                        other => other?,
                    }
                }
            }
            Stmt::Delete(array, key) => {
                let key = self.key(key)?;
                if let Some(array) = self.arrays.get_mut(array) {
                    match key {
                        Some(key) => drop(array.remove(&key)),
                        None => array.clear(),
                    }
                }
            }
            Stmt::Next => return Err(Flow::Next),
            Stmt::Break => return Err(Flow::Break),
            Stmt::Continue => return Err(Flow::Continue),
            Stmt::Exit(code) => {
                if let Some(code) = code {
                    let code = self.eval(code)?;
                    self.set("\0exit", code);
                }
                return Err(Flow::Exit);
            }
        }
        Ok(())
    }

    /// The subscript that some expressions make; none for none.
    fn key(&mut self, parts: &[Expr]) -> Run<Option<String>> {
        let mut texts = Vec::new();
        for part in parts {
            texts.push(self.eval(part)?.text());
        }
        let separator = self.get("SUBSEP").text();
        Ok((!texts.is_empty()).then(|| texts.join(&separator)))
    }

    fn assign(&mut self, place: &Expr, value: Value) -> Run<()> {
        match place {
            Expr::Var(name) => {
                self.set(name, value);
                if &**name == "NF" {
                    let count = self.get("NF").number().clamp(0.0, 10_000.0) as usize;
                    self.fields.resize(count + 1, Value::Text("".into()));
                    self.rebuild();
                }
            }
            Expr::Item(array, key) => {
                let key = self.key(key)?.unwrap_or_default();
                self.arrays.entry(array.clone()).or_default().insert(key, value);
            }
            Expr::Field(index) => {
                let at = self.eval(index)?.number();
                if !(0.0..=10_000.0).contains(&at) {
                    return Err(Flow::Stop(format!("trying to access out of range field {at}")));
                }
                let at = at as usize;
                if at == 0 {
                    self.set_line(&value.text());
                    return Ok(());
                }
                if self.fields.len() <= at {
                    self.fields.resize(at + 1, Value::Text("".into()));
                    self.set("NF", Value::Number(at as f64));
                }
                if let Some(field) = self.fields.get_mut(at) {
                    *field = value;
                }
                self.rebuild();
            }
            _ => return Err(Flow::Stop("syntax error: not a place to assign to".into())),
        }
        Ok(())
    }

    fn eval(&mut self, expr: &Expr) -> Run<Value> {
        self.tick()?;
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(regex) => {
                let line = self.fields.first().map_or(String::new(), Value::text);
                Value::truth_of(regex.is_match(&line))
            }
            Expr::Var(name) => self.get(name),
            Expr::Field(index) => {
                let at = self.eval(index)?.number();
                if at < 0.0 {
                    return Err(Flow::Stop(format!("trying to access out of range field {at}")));
                }
                self.fields.get(at as usize).cloned().unwrap_or(Value::None)
            }
            Expr::Item(array, key) => {
                let key = self.key(key)?.unwrap_or_default();
                self.arrays.entry(array.clone()).or_default().entry(key).or_insert(Value::None).clone()
            }
            Expr::In(key, array) => {
                let key = self.key(key)?.unwrap_or_default();
                Value::truth_of(self.arrays.get(array).is_some_and(|array| array.contains_key(&key)))
            }
            Expr::Assign(place, operator, value) => {
                let mut value = self.eval(value)?;
                if let Some(operator) = operator {
                    let old = self.eval(place)?.number();
                    value = Value::Number(arithmetic(*operator, old, value.number())?);
                }
                self.assign(place, value.clone())?;
                value
            }
            Expr::Step(place, by, post) => {
                let old = self.eval(place)?.number();
                self.assign(place, Value::Number(old + by))?;
                Value::Number(if *post { old } else { old + by })
            }
            Expr::Unary('!', inner) => Value::truth_of(!self.eval(inner)?.truth()),
            Expr::Unary(sign, inner) => {
                let number = self.eval(inner)?.number();
                Value::Number(if *sign == '-' { -number } else { number })
            }
            Expr::If(test, yes, no) => {
                let branch = if self.eval(test)?.truth() { yes } else { no };
                self.eval(branch)?
            }
            Expr::Match(text, pattern, negated) => {
                let text = self.eval(text)?.text();
                let regex = self.pattern(pattern)?;
                Value::truth_of(regex.is_match(&text) != *negated)
            }
            Expr::Binary(operator, left, right) => return self.binary(operator, left, right),
            Expr::Call(name, args) => return self.call(name, args),
        })
    }

    fn pattern(&mut self, expr: &Expr) -> Run<Rc<Regex>> {
        if let Expr::Regex(regex) = expr {
            return Ok(regex.clone());
        }
        let text = self.eval(expr)?.text();
        self.compile(&text)
    }

    fn binary(&mut self, operator: &'static str, left: &Expr, right: &Expr) -> Run<Value> {
        let a = self.eval(left)?;
        match operator {
            "&&" => return Ok(Value::truth_of(a.truth() && self.eval(right)?.truth())),
            "||" => return Ok(Value::truth_of(a.truth() || self.eval(right)?.truth())),
            _ => {}
        }
        let b = self.eval(right)?;
        Ok(match operator {
            " " => {
                let text = a.text() + &b.text();
                if text.len() > limits::STRING_BYTES {
                    return Err(Flow::Stop("layerlab: awk: a string grew too long".into()));
                }
                Value::Text(text.into())
            }
            "<" | "<=" | ">" | ">=" | "==" | "!=" => {
                let order = a.compare(&b);
                Value::truth_of(match operator {
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    ">=" => order.is_ge(),
                    "==" => order.is_eq(),
                    _ => order.is_ne(),
                })
            }
            operator => Value::Number(arithmetic(operator.chars().next().unwrap_or('+'), a.number(), b.number())?),
        })
    }
}

fn span(regex: &Regex, text: &str, from: usize) -> Option<(usize, usize)> {
    let found = regex.find(text, from)?;
    Some(((*found.first()?)?, (*found.get(1)?)?))
}

fn arithmetic(operator: char, a: f64, b: f64) -> Run<f64> {
    Ok(match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' | '%' if b == 0.0 => return Err(Flow::Stop("division by zero".into())),
        '/' => a / b,
        '%' => a % b,
        _ => a.powf(b),
    })
}
