//! The line discipline of terminals (POSIX, "General Terminal Interface").

use super::executor::Key;
use super::{Errno, Kernel};
use crate::model::process::{Pid, Stream};
use crate::model::signal::Signal;
use crate::model::terminal::{Terminal, TtyId};

const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const SUSPEND: u8 = 0x1a;
const QUIT: u8 = 0x1c;
const ERASE: u8 = 0x7f;

impl Kernel {
    pub fn add_terminal(&mut self, terminal: Terminal) -> TtyId {
        let id = TtyId(self.world.number() as u32);
        self.world.terminals.insert(id, std::rc::Rc::new(terminal));
        id
    }

    /// Keys typed at a terminal.
    pub fn type_keys(&mut self, id: TtyId, bytes: &[u8]) {
        for &byte in bytes {
            self.type_key(id, byte);
        }
        self.wake(Key::Terminal(id));
    }

    fn type_key(&mut self, id: TtyId, byte: u8) {
        let Some(terminal) = self.world.terminal_mut(id) else { return };
        let signal = match byte {
            INTERRUPT => Some((Signal::INT, "^C")),
            QUIT => Some((Signal::QUIT, "^\\")),
            SUSPEND => Some((Signal::TSTP, "^Z")),
            _ => None,
        };
        if let (true, Some((signal, shown))) = (terminal.signals, signal) {
            terminal.line.clear();
            terminal.input.clear();
            terminal.eof.clear();
            terminal.reading = false;
            let (group, echo) = (terminal.foreground, terminal.echo);
            if echo {
                self.write_terminal(id, shown.as_bytes());
            }
            if let Some(group) = group {
                self.signal_group(group, signal);
            }
            return;
        }
        if !terminal.canonical {
            terminal.input.push(byte);
            if terminal.echo {
                self.write_terminal(id, &[byte]);
            }
            return;
        }
        match byte {
            END if terminal.line.is_empty() => {
                let at = terminal.input.len();
                terminal.eof.push(at);
            }
            END => {
                let line = std::mem::take(&mut terminal.line);
                terminal.input.extend(line);
            }
            ERASE | 0x08 => {
                while let Some(last) = terminal.line.pop()
                    && last & 0xc0 == 0x80
                {}
                if terminal.echo {
                    self.write_terminal(id, b"\x08 \x08");
                }
            }
            b'\r' | b'\n' => {
                terminal.line.push(b'\n');
                let line = std::mem::take(&mut terminal.line);
                terminal.input.extend(line);
                if terminal.echo {
                    self.write_terminal(id, b"\n");
                }
            }
            byte => {
                if terminal.line.len() < crate::model::limits::LINE_BYTES {
                    terminal.line.push(byte);
                }
                if terminal.echo {
                    if byte < 0x20 && byte != b'\t' {
                        self.write_terminal(id, &[b'^', byte + 0x40]);
                    } else {
                        self.write_terminal(id, &[byte]);
                    }
                }
            }
        }
    }

    /// A line of input, all there is in raw mode, nothing at ^D; `None` when there is none yet.
    pub(super) fn read_terminal(&mut self, pid: Pid, id: TtyId, max: usize) -> Result<Option<Vec<u8>>, Errno> {
        let group = self.world.process(pid).map_or(0, |p| p.pgid);
        let Some(terminal) = self.world.terminal_mut(id) else { return Err(Errno::Io) };
        if terminal.foreground.is_some_and(|foreground| foreground != group) {
            return Err(Errno::Io);
        }
        terminal.reading = false;
        if terminal.eof.first() == Some(&0) {
            terminal.eof.remove(0);
            return Ok(Some(Vec::new()));
        }
        if terminal.input.is_empty() {
            if !terminal.open {
                return Ok(Some(Vec::new()));
            }
            terminal.reading = true;
            self.wait_on(Key::Terminal(id));
            return Ok(None);
        }
        let limit = terminal.eof.first().copied().unwrap_or(usize::MAX).min(max).min(terminal.input.len());
        let count = if terminal.canonical {
            terminal.input[..limit].iter().position(|byte| *byte == b'\n').map_or(limit, |at| at + 1)
        } else {
            limit
        };
        let bytes: Vec<u8> = terminal.input.drain(..count).collect();
        for at in &mut terminal.eof {
            *at -= count;
        }
        Ok(Some(bytes))
    }

    pub fn write_terminal(&mut self, id: TtyId, bytes: &[u8]) {
        let Some(terminal) = self.world.terminal_mut(id) else { return };
        terminal.put(bytes);
        let journal = terminal.journal;
        if let Some(journal) = journal {
            let output = std::mem::take(&mut terminal.output);
            self.append_journal(journal, Stream::Stdout, &output);
        }
    }

    /// Takes what was written to a terminal since the last call.
    pub fn take_output(&mut self, id: TtyId) -> Vec<u8> {
        match self.world.terminal(id) {
            Some(terminal) if !terminal.output.is_empty() => {}
            _ => return Vec::new(),
        }
        self.world.terminal_mut(id).map(|terminal| std::mem::take(&mut terminal.output)).unwrap_or_default()
    }

    /// The terminal is gone: readers see the end of input, its session gets SIGHUP.
    pub fn hang_up(&mut self, id: TtyId) {
        let Some(terminal) = self.world.terminal_mut(id) else { return };
        terminal.open = false;
        let group = terminal.foreground;
        if let Some(group) = group {
            self.signal_group(group, Signal::HUP);
        }
        self.wake(Key::Terminal(id));
    }

    /// The editor that a process waited for is done.
    pub fn end_editing(&mut self, pid: Pid) {
        let waits = |terminal: &Terminal| terminal.editing.as_ref().is_some_and(|editing| editing.pid == pid);
        let found = self.world.terminals.iter().find(|(_, terminal)| waits(terminal)).map(|(id, _)| *id);
        if let Some((id, terminal)) = found.and_then(|id| Some((id, self.world.terminal_mut(id)?))) {
            terminal.editing = None;
            self.wake(Key::Terminal(id));
        }
    }

    pub fn remove_terminal(&mut self, id: TtyId) {
        self.world.terminals.remove(&id);
    }
}
