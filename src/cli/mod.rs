//! The docker command line: one table of commands, what reads and explains it, the form of the
//! output, and one file for each subcommand.

pub mod build;
pub mod client;
pub mod complete;
pub mod container;
mod context;
mod credentials;
pub mod dispatch;
mod endpoint;
mod filter;
pub mod flag;
pub mod format;
pub mod help;
pub mod image;
mod inspect;
mod network;
mod output;
mod platform;
pub mod program;
pub mod spec;
mod system;
pub mod template;
mod tree;
mod volume;

pub use dispatch::{Answer, Invocation, dispatch};
pub use flag::Flags;
