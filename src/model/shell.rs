//! What a shell remembers between its commands: it lives in the World so that views, checks and
//! equality see it.

use super::time::Time;
use super::{Map, Text};

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Variable {
    /// Absent for a name that was only declared (`export NAME`).
    pub value: Option<Text>,
    /// The elements of an array by index; `value` is unused then.
    pub elements: Option<Map<i64, Text>>,
    pub exported: bool,
    pub readonly: bool,
}

/// A pipeline that the shell started and that it may not have waited for.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    pub id: u32,
    /// The process group, which is the pid of its first process.
    pub pgid: u32,
    /// Those of its processes that are not known to have ended.
    pub pids: Vec<u32>,
    /// What `$!` says: the last process's pid as the shell's namespace knows it.
    pub shown: u32,
    pub command: String,
    /// How the last process ended, once it has: as wait(2) tells it, signals negative.
    pub status: Option<i32>,
    pub stopped: bool,
    /// Put into the background, or stopped: `jobs` shows it and the prompt tells of its end.
    pub background: bool,
}

/// Where a command was found, and how often it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Hashed {
    pub path: Text,
    pub hits: u32,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct ShellState {
    pub variables: Map<Text, Variable>,
    /// What `local` covered, innermost function last; nothing for a name that was not set.
    pub scopes: Vec<Map<Text, Option<Variable>>>,
    /// Source text by name; parsed when called.
    pub functions: Map<Text, Text>,
    pub aliases: Map<Text, Text>,
    /// Commands that were found, and the `PATH` in which.
    pub hashed: Map<Text, Hashed>,
    pub hashed_in: Option<Text>,
    pub positional: Vec<String>,
    pub name: String,
    /// What `$$` says, in subshells too.
    pub pid: u32,
    pub status: i32,
    /// The statuses of the last pipeline's commands.
    pub pipe_status: Vec<i32>,
    pub last_background: Option<u32>,
    pub jobs: Vec<Job>,
    /// Lines that were read at a prompt by number, counted from 1. A map, so that neither a snapshot nor a fork
    /// copies them.
    pub history: Map<u32, Text>,
    pub traps: Map<Text, Text>,
    /// One letter each, as `set -e` names them; `o pipefail` is `|`.
    pub options: String,
    /// Input read from the terminal or standard input and not yet run.
    pub buffered: String,
    pub interactive: bool,
    /// The line of the command that runs, counted from 1.
    pub line: u32,
    /// How far `getopts` is into its word, in characters.
    pub getopts: u32,
    pub started: Time,
}
