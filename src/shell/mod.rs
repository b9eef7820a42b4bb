//! The shell language: POSIX and the parts of bash that a learner uses, in two dialects.
//!
//! Text becomes a tree (`parser`), the tree is run. The parser is written by hand because its
//! messages are interface, because hostile text must meet a depth limit, and because it is small.

pub mod arithmetic;
pub mod builtin;
mod command;
mod compound;
mod condition;
mod control;
mod error;
mod expand;
mod grammar;
mod heredoc;
mod interpreter;
mod job;
mod lexer;
mod memo;
mod parameter;
pub mod pattern;
pub mod print;
mod prompt;
mod redirect;
mod start;
pub mod syntax;
mod variable;
mod word;

use std::collections::BTreeMap;

pub use error::{Fault, Source, SyntaxError};
pub use expand::quoted;
pub use lexer::Parser;
pub use start::{ash, bash, table};

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

/// Parses a text as if it stood in double quotes, as a prompt's is.
pub fn parse_quoted(text: &str, dialect: Dialect) -> Result<syntax::Word, SyntaxError> {
    let aliases = BTreeMap::new();
    let mut parser = Parser::new(text, 1, dialect, &aliases, true);
    let mut parts = Vec::new();
    parser.quoted_text(&mut parts, None, 0)?;
    Ok(syntax::Word { parts })
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
mod run_tests;
#[cfg(test)]
mod tests;
