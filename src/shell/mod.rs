//! The shell language: POSIX and the parts of bash that a learner uses, in two dialects.
//!
//! Text becomes a tree (`parser`), the tree is run. The parser is written by hand because its
//! messages are interface, because hostile text must meet a depth limit, and because it is small.

pub mod arithmetic;
mod compound;
mod condition;
mod error;
mod grammar;
mod heredoc;
mod lexer;
mod parameter;
pub mod pattern;
pub mod print;
pub mod syntax;
mod word;

use std::collections::BTreeMap;

pub use error::{Fault, Source, SyntaxError};
pub use lexer::Parser;

/// Which shell's grammar and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// GNU bash 5.2, the host's shell.
    Bash,
    /// busybox ash, the shell of alpine images.
    Ash,
}

/// How deep a script may nest before the parser refuses it.
pub const DEPTH_LIMIT: u32 = crate::model::limits::SHELL_DEPTH as u32;

/// Parses a whole text.
pub fn parse(text: &str, dialect: Dialect) -> Result<syntax::List, SyntaxError> {
    let aliases = BTreeMap::new();
    Parser::new(text, 1, dialect, &aliases, true).script()
}

/// What `next_command` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The complete command, or nothing at the text's end.
    pub list: Option<syntax::List>,
    /// The bytes of the text that it takes.
    pub consumed: usize,
    /// The lines that it takes.
    pub lines: u32,
    /// Warnings of the parser, each with its line.
    pub warnings: Vec<(u32, String)>,
}

/// Parses the first complete command of a text: up to the newline that ends it.
///
/// `line` is the number of the text's first line. `last` says that nothing follows the text, so
/// that an open here-document ends there, with a warning.
pub fn next_command(
    text: &str,
    line: u32,
    dialect: Dialect,
    aliases: &BTreeMap<String, String>,
    last: bool,
) -> Result<Next, SyntaxError> {
    let mut parser = Parser::new(text, line, dialect, aliases, last);
    let list = parser.complete_command()?;
    Ok(Next { list, consumed: parser.consumed(), lines: parser.line() - line, warnings: parser.take_warnings() })
}

#[cfg(test)]
mod tests;
