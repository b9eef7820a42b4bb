//! The docker command line: one table of commands, what reads and explains it, and the output's form.

pub mod command;
pub mod complete;
pub mod dispatch;
pub mod flag;
pub mod format;
pub mod help;
pub mod program;
pub mod spec;
pub mod template;

pub use dispatch::{Answer, Invocation, dispatch};
pub use flag::Flags;
