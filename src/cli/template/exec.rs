//! Running a template's tree on a value.

use super::func::{self, Param};
use super::parse::{Arg, Branch, Command, Node, Number, Pipe, Term};
use super::print::show;
use super::value::{Value, zero};
use crate::cli::format::quote::quoted;

/// The longest output of one run, in bytes.
const LONGEST: usize = 4 << 20;
/// The most nodes one run may walk, so that ranges within ranges end.
const STEPS: usize = 1_000_000;

/// Fields whose name in Go is not the one in the engine's JSON.
const GO_NAMES: [(&str, &str); 6] = [
    ("ID", "Id"),
    ("DNS", "Dns"),
    ("DNSOptions", "DnsOptions"),
    ("DNSSearch", "DnsSearch"),
    ("NanoCPUs", "NanoCpus"),
    ("CPUShares", "CpuShares"),
];

#[derive(Clone, Copy)]
pub(super) struct Options {
    /// A missing key of a map is an error, and fields hold interfaces.
    pub strict: bool,
    /// Functions leave the words of a table's head alone.
    pub headers: bool,
}

/// Why a walk ends before its end.
enum Stop {
    Error(String),
    Break,
    Continue,
}

struct Run<'a> {
    name: &'a str,
    text: &'a str,
    options: Options,
    out: String,
    variables: Vec<(&'a str, Value)>,
    steps: usize,
    /// The place of what is being evaluated, and what it is, for errors.
    at: (usize, Shown<'a>),
}

/// A part of the template, whose text only an error shows.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Arg(&'a Arg),
    Command(&'a Command),
    Pipe(Option<&'a Pipe>),
}

impl Shown<'_> {
    fn text(self) -> String {
        match self {
            Shown::Arg(arg) => arg.shown(),
            Shown::Command(command) => command.shown(),
            Shown::Pipe(pipe) => pipe.map_or(String::new(), Pipe::shown),
        }
    }
}

/// Runs the nodes; the first of the pair is what was printed, also before an error.
pub(super) fn execute(
    name: &str,
    text: &str,
    nodes: &[Node],
    data: &Value,
    options: Options,
) -> (String, Result<String, String>) {
    let variables = vec![("$", data.clone())];
    let mut run = Run { name, text, options, out: String::new(), variables, steps: 0, at: (0, Shown::Pipe(None)) };
    match run.walk(nodes, data) {
        Err(Stop::Error(message)) => (run.out, Err(message)),
        _ => (String::new(), Ok(run.out)),
    }
}

impl<'a> Run<'a> {
    fn error<T>(&self, message: &str) -> Result<T, Stop> {
        let before = self.text.get(..self.at.0).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(before.len(), |newline| before.len() - newline - 1);
        let (name, shown) = (self.name, self.at.1.text());
        let place = format!("template: {name}:{line}:{column}: executing {} at <{shown}>: ", quoted(name));
        Err(Stop::Error(place + message))
    }

    fn walk(&mut self, nodes: &'a [Node], dot: &Value) -> Result<(), Stop> {
        for node in nodes {
            self.steps += 1;
            if self.steps > STEPS || self.out.len() > LONGEST {
                return Err(Stop::Error("layerlab: the template prints too much".to_string()));
            }
            match node {
                Node::Text(text) => self.out += text,
                Node::Action(pipe) => {
                    let value = self.pipe(dot, pipe)?;
                    if pipe.variables.is_empty() {
                        self.print(&value)?;
                    }
                }
                Node::If(branch) => self.branch(branch, dot, false)?,
                Node::With(branch) => self.branch(branch, dot, true)?,
                Node::Range(branch) => self.range(branch, dot)?,
                Node::Break => return Err(Stop::Break),
                Node::Continue => return Err(Stop::Continue),
            }
        }
        Ok(())
    }

    fn print(&mut self, value: &Value) -> Result<(), Stop> {
        if matches!(value, Value::Nil) {
            // A nil interface prints like nothing at all; only inside something else is it `<nil>`.
            self.out += if self.options.strict { "<no value>" } else { "<nil>" };
        } else {
            self.out += &show(value);
        }
        Ok(())
    }

    fn branch(&mut self, branch: &'a Branch, dot: &Value, with: bool) -> Result<(), Stop> {
        let known = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        if value.is_true() {
            self.walk(&branch.list, if with { &value } else { dot })?;
        } else {
            self.walk(&branch.otherwise, dot)?;
        }
        self.variables.truncate(known);
        Ok(())
    }

    fn range(&mut self, branch: &'a Branch, dot: &Value) -> Result<(), Stop> {
        let known = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let declared = self.variables.len();
        let items: Vec<(Value, Value)> = match &value.clone().made() {
            Value::Missing | Value::Nil => Vec::new(),
            Value::List(items) => {
                items.iter().enumerate().map(|(at, item)| (Value::Int(at as i64), item.clone())).collect()
            }
            Value::Map(entries) => entries.iter().map(|(key, item)| (Value::text(key), item.clone())).collect(),
            Value::Int(count) if branch.pipe.variables.len() > 1 => {
                return self.error(&format!("can't use {count} to iterate over more than one variable"));
            }
            Value::Int(count) => {
                let count = (*count).min(STEPS as i64);
                (0..count).map(|at| (Value::Int(at), Value::Int(at))).collect()
            }
            value => return self.error(&format!("range can't iterate over {}", show(value))),
        };
        if items.is_empty() {
            self.walk(&branch.otherwise, dot)?;
        }
        for (key, item) in items {
            self.loop_variables(&branch.pipe, &key, &item);
            match self.walk(&branch.list, &item) {
                Err(Stop::Break) => break,
                Err(Stop::Error(message)) => return Err(Stop::Error(message)),
                Ok(()) | Err(Stop::Continue) => {}
            }
            self.variables.truncate(declared);
        }
        self.variables.truncate(known);
        Ok(())
    }

    /// Gives the variables of `range $key, $item := …` their values of this turn.
    fn loop_variables(&mut self, pipe: &'a Pipe, key: &Value, item: &Value) {
        let values: &[&Value] = if pipe.variables.len() > 1 { &[key, item] } else { &[item] };
        for (name, value) in pipe.variables.iter().zip(values) {
            self.set(name, (*value).clone());
        }
    }

    /// Changes a variable, if there is one of that name.
    fn set(&mut self, name: &str, value: Value) -> bool {
        let known = self.variables.iter_mut().rev().find(|(known, _)| *known == name);
        known.map(|known| known.1 = value).is_some()
    }

    fn pipe(&mut self, dot: &Value, pipe: &'a Pipe) -> Result<Value, Stop> {
        let mut value = None;
        self.at = (pipe.commands.first().map_or(0, |command| command.at), Shown::Pipe(Some(pipe)));
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or(Value::Missing);
        for name in &pipe.variables {
            if pipe.assigns {
                if !self.set(name, value.clone()) {
                    return self.error(&format!("undefined variable: {name}"));
                }
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value, command: &'a Command, last: Option<Value>) -> Result<Value, Stop> {
        let Some((first, args)) = command.args.split_first() else { return Ok(Value::Missing) };
        self.call(dot, (command.at, Shown::Command(command)), first, args, last)
    }

    fn call(
        &mut self,
        dot: &Value,
        whole: (usize, Shown<'a>),
        first: &'a Arg,
        args: &'a [Arg],
        last: Option<Value>,
    ) -> Result<Value, Stop> {
        match &first.term {
            Term::Field(names) => {
                self.at(first);
                self.fields(dot, dot, names, args, last)
            }
            Term::Variable(names) => {
                self.at(first);
                let Some((name, names)) = names.split_first() else { return Ok(Value::Missing) };
                let value = self.variable(name);
                if names.is_empty() {
                    self.not_a_function(first, args, &last)?;
                    return Ok(value);
                }
                self.fields(dot, &value, names, args, last)
            }
            Term::Chain(inner, names) => {
                self.at(first);
                let value = self.operand(dot, inner)?;
                self.fields(dot, &value, names, args, last)
            }
            Term::Function(name) => {
                self.at(first);
                self.function(dot, name, whole, args, last)
            }
            Term::Pipe(pipe) => {
                self.not_a_function(first, args, &last)?;
                self.pipe(dot, pipe)
            }
            _ => {
                self.at(first);
                self.not_a_function(first, args, &last)?;
                if matches!(first.term, Term::Nil) {
                    return self.error("nil is not a command");
                }
                Ok(constant(&first.term, dot))
            }
        }
    }

    fn at(&mut self, arg: &'a Arg) {
        self.at = (arg.at, Shown::Arg(arg));
    }

    fn not_a_function(&self, first: &Arg, args: &[Arg], last: &Option<Value>) -> Result<(), Stop> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        let shown = match &first.term {
            Term::Pipe(pipe) => pipe.shown(),
            _ => first.shown(),
        };
        self.error(&format!("can't give argument to non-function {shown}"))
    }

    fn variable(&self, name: &str) -> Value {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::Missing, |(_, value)| value.clone())
    }

    /// A value that stands alone, without arguments.
    fn operand(&mut self, dot: &Value, arg: &'a Arg) -> Result<Value, Stop> {
        match &arg.term {
            Term::Pipe(pipe) => self.pipe(dot, pipe),
            Term::Field(_) | Term::Variable(_) | Term::Chain(..) | Term::Function(_) => {
                self.call(dot, (arg.at, Shown::Arg(arg)), arg, &[], None)
            }
            term => Ok(constant(term, dot)),
        }
    }

    /// `.A.B.C arg`: only the last name may be a method with arguments.
    fn fields(
        &mut self,
        dot: &Value,
        start: &Value,
        names: &[String],
        args: &'a [Arg],
        last: Option<Value>,
    ) -> Result<Value, Stop> {
        let Some((name, before)) = names.split_last() else { return Ok(start.clone()) };
        let mut value = start.clone();
        let depth = before.len();
        for (level, name) in before.iter().enumerate() {
            value = self.field(dot, &value, name, &[], None, level > 0)?;
        }
        self.field(dot, &value, name, args, last, depth > 0)
    }

    fn field(
        &mut self,
        dot: &Value,
        value: &Value,
        name: &str,
        args: &'a [Arg],
        last: Option<Value>,
        inner: bool,
    ) -> Result<Value, Stop> {
        let count = args.len() + usize::from(last.is_some());
        match &value.clone().made() {
            Value::Missing | Value::Nil if self.options.strict => {
                return self.error(&format!("nil data; no entry for key {}", quoted(name)));
            }
            Value::Missing => return Ok(Value::Missing),
            Value::Nil => return self.error(&format!("nil pointer evaluating interface {{}}.{name}")),
            Value::Struct(it) => {
                let json = || GO_NAMES.iter().find(|(go, _)| *go == name).map_or(name, |(_, json)| json);
                let find = |name: &str| it.fields.iter().find(|(known, _)| known == name);
                let absent = if it.has_methods() { None } else { zero(name) };
                let found = find(name).or_else(|| find(json())).map(|(_, value)| value);
                if let Some(value) = found.or(absent.as_ref()) {
                    if let Value::Lookup(entries) = value {
                        let entries = entries.clone();
                        return self.lookup(dot, name, &entries, args, last);
                    }
                    if count == 0 {
                        return Ok(value.clone());
                    }
                    return match it.has_methods() {
                        true => self.error(&format!("wrong number of args for {name}: want 0 got {count}")),
                        false => self.error(&format!("{name} has arguments but cannot be invoked as function")),
                    };
                }
            }
            Value::Map(entries) => {
                if count > 0 {
                    return self.error(&format!("{name} is not a method but has arguments"));
                }
                if let Some((_, value)) = entries.iter().find(|(known, _)| known == name) {
                    return Ok(value.clone());
                }
                if self.options.strict {
                    return self.error(&format!("map has no entry for key {}", quoted(name)));
                }
                return Ok(Value::Missing);
            }
            _ => {}
        }
        // An untyped answer holds everything below its top in interfaces.
        let kind = if self.options.strict && inner { "interface {}".to_string() } else { value.type_name() };
        self.error(&format!("can't evaluate field {name} in type {kind}"))
    }

    fn lookup(
        &mut self,
        dot: &Value,
        name: &str,
        entries: &[(String, Value)],
        args: &'a [Arg],
        last: Option<Value>,
    ) -> Result<Value, Stop> {
        let count = args.len() + usize::from(last.is_some());
        if count != 1 {
            return self.error(&format!("wrong number of args for {name}: want 1 got {count}"));
        }
        let key = match args.first() {
            Some(arg) => self.argument(dot, arg, Param::Text)?,
            None => self.checked(last.unwrap_or(Value::Missing), Param::Text)?,
        };
        let found = entries.iter().find(|(known, _)| matches!(&key, Value::Text(key) if **known == **key));
        Ok(found.map_or(Value::text(""), |(_, value)| value.clone()))
    }

    fn function(
        &mut self,
        dot: &Value,
        name: &str,
        whole: (usize, Shown<'a>),
        args: &'a [Arg],
        last: Option<Value>,
    ) -> Result<Value, Stop> {
        let Some(signature) = func::signature(name) else {
            return self.error(&format!("{} is not a defined function", quoted(name)));
        };
        let is_header = self.options.headers && func::is_header(name);
        let count = args.len() + usize::from(last.is_some());
        let fixed = signature.params.len() - usize::from(signature.repeats);
        if signature.repeats && count < fixed {
            return self.error(&format!("wrong number of args for {name}: want at least {fixed} got {count}"));
        }
        if !signature.repeats && count != fixed {
            return self.error(&format!("wrong number of args for {name}: want {fixed} got {count}"));
        }
        if matches!(name, "and" | "or") {
            return self.short_circuit(dot, name == "and", args, last);
        }
        let param = |at: usize| match signature.params.get(at).or(signature.params.last()) {
            Some(Param::Texts | Param::Any) if is_header && at == 0 => Param::Text,
            Some(param) => *param,
            None => Param::Any,
        };
        let mut values = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            values.push(self.argument(dot, arg, param(at))?);
        }
        if let Some(last) = last {
            values.push(self.checked(last, param(values.len()))?);
        }
        if is_header {
            return Ok(values.into_iter().next().unwrap_or(Value::Missing));
        }
        // Only JSON tells what was never made from what is empty.
        let values = if name == "json" { values } else { values.into_iter().map(Value::made).collect() };
        match func::call(name, &values) {
            Ok(value) => Ok(value),
            Err(message) if message.starts_with("layerlab: ") => Err(Stop::Error(message)),
            Err(message) => {
                self.at = whole;
                self.error(&format!("error calling {name}: {message}"))
            }
        }
    }

    /// `and` and `or` evaluate only as far as they must.
    fn short_circuit(&mut self, dot: &Value, and: bool, args: &'a [Arg], last: Option<Value>) -> Result<Value, Stop> {
        let mut value = Value::Missing;
        for arg in args {
            value = self.argument(dot, arg, Param::Any)?;
            if value.is_true() != and {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(&mut self, dot: &Value, arg: &'a Arg, param: Param) -> Result<Value, Stop> {
        self.at(arg);
        let is_computed = !matches!(arg.term, Term::Bool(_) | Term::Number(..) | Term::Text(..) | Term::Nil);
        if is_computed {
            let value = self.operand(dot, arg)?;
            return self.checked(value, param);
        }
        match (param, &arg.term) {
            (Param::Any, _)
            | (Param::Text, Term::Text(..))
            | (Param::Int, Term::Number(_, Number::Int(_)))
            | (Param::Texts, Term::Nil) => Ok(constant(&arg.term, dot)),
            (Param::Text, Term::Nil) => self.error("cannot assign nil to string"),
            (Param::Int, Term::Nil) => self.error("cannot assign nil to int"),
            (Param::Text, _) => self.error(&format!("expected string; found {}", arg.shown())),
            (Param::Int, _) => self.error(&format!("expected integer; found {}", arg.shown())),
            (Param::Texts, _) => self.error(&format!("can't handle {} for arg of type []string", arg.shown())),
        }
    }

    /// The value, if a parameter takes one of its kind.
    fn checked(&self, value: Value, param: Param) -> Result<Value, Stop> {
        let wanted = match param {
            Param::Any => return Ok(value),
            Param::Text => "string",
            Param::Int => "int",
            Param::Texts => "[]string",
        };
        let fits = match (param, &value) {
            (Param::Text, Value::Text(_)) | (Param::Int, Value::Int(_)) => true,
            (Param::Texts, Value::List(items)) => {
                // An untyped answer has lists of interfaces, which are no lists of texts.
                items.iter().all(|item| matches!(item, Value::Text(_))) && !self.options.strict
            }
            (Param::Texts, Value::Missing | Value::Nil | Value::NoList) => {
                return Ok(Value::List(std::rc::Rc::new(Vec::new())));
            }
            _ => false,
        };
        match value {
            value if fits => Ok(value),
            Value::Missing | Value::Nil => self.error(&format!("invalid value; expected {wanted}")),
            value => {
                let kind = match (&value, self.options.strict) {
                    (Value::List(_), true) => "[]interface {}".to_string(),
                    (Value::Map(_), true) => "map[string]interface {}".to_string(),
                    _ => value.type_name(),
                };
                self.error(&format!("wrong type for value; expected {wanted}; got {kind}"))
            }
        }
    }
}

fn constant(term: &Term, dot: &Value) -> Value {
    match term {
        Term::Dot => dot.clone(),
        Term::Bool(value) => Value::Bool(*value),
        Term::Number(_, Number::Int(value)) => Value::Int(*value),
        Term::Number(_, Number::Float(value)) => Value::Float(*value),
        Term::Text(_, value) => Value::text(value),
        _ => Value::Nil,
    }
}
