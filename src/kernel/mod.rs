//! What an operating system gives: processes, signals, files, pipes, terminals, virtual time and the
//! executor that runs programs. It knows no program: it runs what the table handed to it at boot names.

mod cgroup;
mod cgroupfs;
mod descriptor;
mod directory;
pub mod errno;
mod executor;
mod files;
mod inet;
mod journal;
mod mount;
mod path;
mod process;
mod procfs;
mod signals;
mod socket;
mod sys;
mod sys_file;
mod sys_process;
mod terminal;

pub use cgroup::{CPUS, MEMORY};
pub use errno::Errno;
pub use executor::{Kernel, Key, MICROS_PER_QUANTUM, Step, halt, step};
pub use files::{FileType, Node, OpenFlags, Stat};
pub use path::{join, normalise, split_last};
pub use process::{NewProcess, Waited};
pub use procfs::state_letter;
pub use sys::{Either, LocalFuture, Sys, join_all, join2, race};

use std::rc::Rc;

/// A program: the name that executables refer to it by, and its entry point.
#[derive(Clone, Copy)]
pub struct Program {
    pub name: &'static str,
    pub main: fn(Sys) -> LocalFuture<i32>,
}

/// The programs of a machine, sorted by name.
pub type Programs = Rc<[Program]>;

#[cfg(test)]
mod tests;
