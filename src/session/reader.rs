//! Who reads the learner's terminal now, and so where a typed line would go.

use super::machine::Machine;
use crate::kernel::Kernel;
use crate::model::World;
use crate::model::process::{Pid, Process, Run};
use crate::model::terminal::{Terminal, TtyId};

/// Where a typed line would go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// Nobody reads: something runs in the foreground.
    Nobody,
    /// A shell at its prompt.
    Prompt { shell: Pid, container: bool },
    /// A shell that wants the rest of a command (`PS2`).
    Continuation { shell: Pid },
    /// Some program that reads its standard input.
    Program,
    /// A program that waits for an editor.
    Editor(Pid),
}

/// Programs that have a prompt.
const SHELLS: [&str; 4] = ["ash", "bash", "busybox", "sh"];

impl Machine {
    /// Who reads the desk's terminal. It says `Nobody` while what was typed is still on its way.
    pub fn reader(&self) -> Reader {
        let Some(desk) = self.desk else { return Reader::Nobody };
        let kernel = self.kernel.borrow();
        let Some(outer) = kernel.world.terminal(desk.tty) else { return Reader::Nobody };
        if let Some(editing) = &outer.editing {
            return Reader::Editor(editing.pid);
        }
        if !outer.reading {
            return Reader::Nobody;
        }
        if outer.canonical {
            return reader_of(&kernel, outer, false);
        }
        // A docker client in raw mode stands between this terminal and a container's.
        if busy(&kernel, outer)
            || kernel.world.processes.values().any(|p| &*p.program == "dockerd" && kernel.runnable(p.pid))
        {
            return Reader::Nobody;
        }
        match attached(&kernel.world, desk.tty, outer) {
            Some(Terminal { editing: Some(editing), .. }) => Reader::Editor(editing.pid),
            Some(inner) if inner.reading => reader_of(&kernel, inner, true),
            _ => Reader::Nobody,
        }
    }
}

fn foreground<'a>(world: &'a World, terminal: &Terminal) -> impl Iterator<Item = &'a Process> + use<'a> {
    let group = terminal.foreground.unwrap_or(0);
    let alive = |process: &&Process| process.run == Run::Alive;
    world.processes.values().map(|process| &**process).filter(move |process| process.pgid == group).filter(alive)
}

fn busy(kernel: &Kernel, terminal: &Terminal) -> bool {
    foreground(&kernel.world, terminal).any(|process| kernel.runnable(process.pid))
}

fn reader_of(kernel: &Kernel, terminal: &Terminal, container: bool) -> Reader {
    if busy(kernel, terminal) {
        return Reader::Nobody;
    }
    let mut group = foreground(&kernel.world, terminal);
    match (group.next(), group.next()) {
        (Some(shell), None) if SHELLS.contains(&&*shell.program) && shell.shell.is_some() => {
            let open = shell.shell.as_ref().is_some_and(|state| !state.buffered.is_empty());
            match open {
                true => Reader::Continuation { shell: shell.pid },
                false => Reader::Prompt { shell: shell.pid, container },
            }
        }
        (Some(_), _) => Reader::Program,
        (None, _) => Reader::Nobody,
    }
}

/// The container's terminal that the client in the foreground of `outer` shows: the newest whose processes
/// started after the client did, else (`docker attach`) the newest that anybody reads.
fn attached<'a>(world: &'a World, desk: TtyId, outer: &Terminal) -> Option<&'a Terminal> {
    let client = foreground(world, outer).find(|process| &*process.program == "docker")?;
    let inner = || world.terminals.iter().filter(|(id, terminal)| **id != desk && terminal.open).map(|(_, t)| &**t);
    let fresh = |terminal: &&Terminal| foreground(world, terminal).any(|process| process.pid > client.pid);
    if client.argv.iter().any(|word| word == "attach") {
        return inner().rfind(|terminal| terminal.reading);
    }
    inner().rfind(fresh)
}
