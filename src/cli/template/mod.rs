//! Go's text/template as far as docker's `--format` needs it, with Go's own errors.
//!
//! `{{define}}`, `{{block}}`, `{{template}}`, `js`, `urlquery` and `call` say that they are not
//! simulated; everything else of the language is here.

mod exec;
mod func;
mod lex;
mod parse;
mod print;
mod value;

pub use value::{Struct, Value, marshal};

/// A template that has been read.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    text: String,
    nodes: Vec<parse::Node>,
}

impl Template {
    /// Reads a template; the error is Go's, from `template: :1: ` on.
    pub fn parse(text: &str) -> Result<Template, String> {
        Template::named("", text)
    }

    /// Reads a template whose errors bear a name: `template: version:1: `.
    pub fn named(name: &str, text: &str) -> Result<Template, String> {
        Ok(Template { name: name.to_string(), text: text.to_string(), nodes: parse::parse(name, text)? })
    }

    /// Runs it on `data`. With `strict` a missing key of a map is an error, as where the client
    /// falls back on the engine's raw answer.
    pub fn execute(&self, data: &Value, strict: bool) -> Result<String, String> {
        exec::execute(&self.name, &self.text, &self.nodes, data, exec::Options { strict, headers: false }).1
    }

    /// What it prints for the head of a table: functions leave the words as they are, and what
    /// was printed before an error counts.
    pub fn execute_headers(&self, headers: &Value) -> String {
        let options = exec::Options { strict: false, headers: true };
        match exec::execute(&self.name, &self.text, &self.nodes, headers, options) {
            (_, Ok(whole)) => whole,
            (partial, Err(_)) => partial,
        }
    }

    /// Whether some field of that name is asked for, at any place.
    pub fn mentions(&self, field: &str) -> bool {
        parse::asks(&self.nodes, &|arg| arg.names().iter().any(|name| name == field))
    }

    /// Whether it takes all that it is run on, and not only fields of it.
    pub fn takes_all(&self) -> bool {
        let alone = |arg: &parse::Arg| match &arg.term {
            parse::Term::Dot => true,
            parse::Term::Variable(names) => names.len() == 1,
            _ => false,
        };
        parse::asks(&self.nodes, &alone)
    }
}

#[cfg(test)]
mod tests;
