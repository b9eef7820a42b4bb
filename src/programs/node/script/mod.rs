//! A small JavaScript: source into code ([`compile`]), code run step by step ([`Machine`]).
//!
//! The seam for a real engine is what `node` uses of this module: [`Machine::new`], [`Machine::load`],
//! [`Machine::call`], [`Machine::run`] with its fuel, and the [`Effect`]s it leaves to be done. Nothing
//! here knows the kernel: files are read through [`Host`].
//!
//! What it has: `let`, `const`, `var`, functions, arrow functions, closures, `new`, `this`, prototypes,
//! `if`, `for`, `for…of`, `for…in`, `while`, `do`, `switch`, `break`, `continue`, `return`, `throw`,
//! `try`, destructuring in declarations and parameters, default and rest parameters, spread, templates,
//! optional chains and all operators but those on BigInt. What it has not, it says: classes, generators,
//! async functions and promises, regular expressions, modules of the `import` kind, getters, labels.

mod builtin;
mod call;
mod code;
mod compile;
mod expression;
mod function;
mod heap;
mod inspect;
mod json;
mod lexer;
mod literal;
mod machine;
mod number;
mod operator;
mod scope;
mod statement;
mod trace;
mod uri;

pub use heap::Value;
pub use inspect::inspect;
pub use machine::{Effect, Machine, Outcome};
pub use trace::{Report, loader, syntax};

use std::rc::Rc;

pub type Text = Rc<str>;

/// Files, as a script reads and writes them. Paths are absolute or relative to the working directory.
pub trait Host {
    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str>;
    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<(), &'static str>;
    fn is_dir(&self, path: &str) -> bool;
    fn list(&self, path: &str) -> Result<Vec<String>, &'static str>;
    fn make_dir(&self, path: &str) -> Result<(), &'static str>;
    fn remove(&self, path: &str) -> Result<(), &'static str>;
    /// Facts by name: `cwd`, `pid`, `hostname`, `version`, ...
    fn fact(&self, name: &str) -> String;
    fn environment(&self) -> Vec<(String, String)>;
    fn arguments(&self) -> Vec<String>;
    /// Milliseconds since 1970.
    fn now(&self) -> f64;
    fn random(&self) -> f64;
}

/// Why a text is no script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// As JavaScript says it; or what it has that is not simulated.
    pub text: String,
    /// Offset and length in bytes of the token.
    pub at: u32,
    pub len: u32,
    /// False if it is well formed for all we know, but not simulated.
    pub simulated: bool,
}

/// A text with its name.
#[derive(Debug)]
pub struct Source {
    /// An absolute path, `[eval]` or `[stdin]`; empty for what the machine brings itself.
    pub name: String,
    pub text: String,
}

impl Source {
    /// Line and column of an offset, from 1, and the text of the line.
    pub fn place(&self, at: u32) -> (usize, usize, &str) {
        let before = self.text.get(..at as usize).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        (before.matches('\n').count() + 1, column, line)
    }
}

#[cfg(test)]
mod tests;
