//! What a shell remembers between its commands: it lives in the World so that views, checks and
//! equality see it.

use super::{Map, Text};

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Variable {
    pub value: String,
    pub exported: bool,
    pub readonly: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    pub id: u32,
    /// The process group, which is the pid of its first process.
    pub pgid: u32,
    pub pids: Vec<u32>,
    pub command: String,
    /// How the last process ended, once it has.
    pub status: Option<i32>,
    pub stopped: bool,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct ShellState {
    pub variables: Map<Text, Variable>,
    /// Source text by name; parsed when called.
    pub functions: Map<Text, Text>,
    pub aliases: Map<Text, Text>,
    pub positional: Vec<String>,
    pub name: String,
    pub status: i32,
    pub last_background: Option<u32>,
    pub jobs: Vec<Job>,
    pub history: Vec<Text>,
    pub traps: Map<Text, Text>,
    /// One letter each, as `set -e` names them; `o pipefail` is `|`.
    pub options: String,
    /// Input read from the terminal or standard input and not yet run.
    pub buffered: String,
    pub interactive: bool,
}
