//! Terminals: a line discipline between a keyboard and a foreground process group (POSIX, "General
//! Terminal Interface").

use super::process::JournalId;
use super::{Text, limits};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TtyId(pub u32);

/// A program that waits for an editor: whoever shows the terminal opens one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Editing {
    pub pid: u32,
    /// Absolute, as the program sees it.
    pub path: Text,
    /// `vi`, `nano`.
    pub program: Text,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Terminal {
    /// Lines are edited and delivered whole; ^D ends input.
    pub canonical: bool,
    pub echo: bool,
    /// ^C, ^Z and ^\ become signals.
    pub signals: bool,
    /// Output "\n" becomes "\r\n".
    pub crlf: bool,
    pub rows: u16,
    pub columns: u16,
    /// The line being typed, in canonical mode.
    pub line: Vec<u8>,
    /// Input ready to be read. An end of file is marked by its position.
    pub input: Vec<u8>,
    pub eof: Vec<usize>,
    pub foreground: Option<u32>,
    pub session: Option<u32>,
    /// What was written to it and has not been taken by the screen (or the master side) yet.
    pub output: Vec<u8>,
    /// Bytes written in all, those dropped at the limit included.
    pub written: u64,
    /// Where output goes instead of the screen: a container's log.
    pub journal: Option<JournalId>,
    /// The terminal's master side is still held.
    pub open: bool,
    /// Somebody waits for input from it.
    pub reading: bool,
    /// Somebody waits for an editor.
    pub editing: Option<Editing>,
}

impl Terminal {
    pub fn new(rows: u16, columns: u16) -> Terminal {
        Terminal {
            canonical: true,
            echo: true,
            signals: true,
            crlf: true,
            rows,
            columns,
            line: Vec::new(),
            input: Vec::new(),
            eof: Vec::new(),
            foreground: None,
            session: None,
            output: Vec::new(),
            written: 0,
            journal: None,
            open: true,
            reading: false,
            editing: None,
        }
    }

    /// Appends to the output, dropping the oldest bytes past the limit.
    pub fn put(&mut self, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        for &byte in bytes {
            if byte == b'\n' && self.crlf {
                self.output.push(b'\r');
            }
            self.output.push(byte);
        }
        if self.output.len() > limits::SCREEN_BYTES {
            let cut = self.output.len() - limits::SCREEN_BYTES / 2;
            self.output.drain(..cut);
        }
    }
}
