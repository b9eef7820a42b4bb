//! The driver of everything that reads lines: it opens files, feeds them piece by piece and writes what
//! comes out as it comes, so that `yes | head` ends and `tail -f` shows.

use super::command::Cmd;
use crate::kernel::{Errno, OpenFlags};

/// What a filter wants after a line or a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    More,
    /// Nothing more of this file.
    File,
    /// Nothing more at all.
    Stop,
}

pub trait Filter {
    /// A file begins; `-` is standard input.
    fn open(&mut self, _cmd: &mut Cmd, _name: &str) {}
    /// A line without its newline; `ended` says whether it had one.
    fn line(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) -> Next;
    /// A file was read to its end.
    fn close(&mut self, _cmd: &mut Cmd, _name: &str) -> Next {
        Next::More
    }
    /// Everything was read.
    fn end(&mut self, _cmd: &mut Cmd) {}
    /// Wants pieces as they come instead of lines.
    fn pieces(&self) -> bool {
        false
    }
    /// Lines end with a zero byte.
    fn zero(&self) -> bool {
        false
    }
}

/// Feeds the operands of `cmd`, or standard input, to a filter.
pub async fn drive(cmd: &mut Cmd, filter: &mut dyn Filter) {
    if cmd.args.is_empty() {
        cmd.args.push("-".into());
    }
    for name in cmd.args.clone() {
        let fd = if name == "-" { Ok(0) } else { cmd.sys.open(&name, OpenFlags::READ) };
        let fd = match fd {
            Ok(fd) => fd,
            Err(errno) => {
                cannot_open(cmd, &name, errno);
                continue;
            }
        };
        filter.open(cmd, &name);
        let next = feed(cmd, filter, fd, &name).await;
        if fd != 0 {
            let _ = cmd.sys.close(fd);
        }
        let next = match next {
            Ok(Next::Stop) => Next::Stop,
            Ok(_) => filter.close(cmd, &name),
            Err(()) => return,
        };
        if cmd.flush().await.is_err() {
            return;
        }
        if next == Next::Stop {
            break;
        }
    }
    filter.end(cmd);
}

/// One file. An error means that nothing can be written any more.
async fn feed(cmd: &mut Cmd, filter: &mut dyn Filter, fd: u32, name: &str) -> Result<Next, ()> {
    let end = if filter.zero() { 0 } else { b'\n' };
    let mut held: Vec<u8> = Vec::new();
    loop {
        let piece = match cmd.sys.read(fd, 16_384).await {
            Ok(piece) => piece,
            Err(errno) => {
                cannot_read(cmd, name, errno);
                return Ok(Next::File);
            }
        };
        cmd.cost += 1 + piece.len() as u64 / 200;
        if piece.is_empty() {
            let next = if held.is_empty() { Next::File } else { filter.line(cmd, &held, false) };
            return Ok(if next == Next::Stop { next } else { Next::File });
        }
        let mut next = Next::More;
        if filter.pieces() {
            next = filter.line(cmd, &piece, false);
        } else {
            held.extend_from_slice(&piece);
            let mut start = 0;
            while let Some(length) = held.get(start..).and_then(|rest| rest.iter().position(|b| *b == end)) {
                next = filter.line(cmd, held.get(start..start + length).unwrap_or_default(), true);
                start += length + 1;
                if next != Next::More {
                    break;
                }
                if cmd.queued() > 65_536 || cmd.cost > 2_000 {
                    cmd.flush().await.map_err(|_| ())?;
                }
            }
            held.drain(..start);
            if held.len() > crate::model::limits::FILE_BYTES {
                cannot_read(cmd, name, Errno::FBig);
                return Ok(Next::File);
            }
        }
        cmd.flush().await.map_err(|_| ())?;
        if next != Next::More {
            return Ok(next);
        }
    }
}

/// Complains that a file can't be opened, in the command's own words.
pub fn cannot_open(cmd: &mut Cmd, name: &str, errno: Errno) {
    let (gnu, busybox) = match cmd.row.name {
        "cat" => ("{}", "can't open '{}'"),
        "head" => ("cannot open '{}' for reading", "{}"),
        "tail" => ("cannot open '{}' for reading", "can't open '{}'"),
        "sort" => ("cannot read: {}", "{}"),
        "sed" => ("can't read {}", "{}"),
        "tac" => ("failed to open '{}' for reading", "{}"),
        "rev" => ("cannot open {}", "{}"),
        "uniq" | "less" | "more" | "sha256sum" | "md5sum" | "sha1sum" => ("{}", "can't open '{}'"),
        _ => ("{}", "{}"),
    };
    if cmd.row.name.ends_with("grep") && cmd.has('s') {
        cmd.status = 2;
        return;
    }
    cmd.trouble(gnu, busybox, name, errno);
    match cmd.row.name {
        "sort" | "grep" | "egrep" | "fgrep" => cmd.status = 2,
        "sed" if cmd.gnu() => cmd.status = 2,
        _ => {}
    }
}

fn cannot_read(cmd: &mut Cmd, name: &str, errno: Errno) {
    let (gnu, busybox) = match cmd.row.name {
        "cat" | "tail" if !cmd.gnu() => ("", "read error"),
        "head" | "tail" => ("error reading '{}'", "{}"),
        "sort" => ("read failed: {}", ""),
        "sed" => ("couldn't read {}", ""),
        "tac" => ("{}: read error", "{}"),
        "rev" => ("{}: 0", ""),
        "cut" | "nl" | "grep" | "egrep" | "fgrep" => ("{}", ""),
        _ => ("{}", "{}"),
    };
    // Where busybox reads a directory as if it were empty, there is nothing to say.
    if cmd.gnu() || !busybox.is_empty() {
        if cmd.row.name == "sed" {
            let line = format!("{}: couldn't edit {name}: not a regular file", cmd.name);
            if cmd.has('i') {
                cmd.note(&line);
                cmd.status = 4;
                return;
            }
            let line = format!("{}: read error on {name}: {errno}", cmd.name);
            cmd.note(&line);
            cmd.status = 4;
            return;
        }
        cmd.trouble(gnu, busybox, name, errno);
        if matches!(cmd.row.name, "sort" | "grep" | "egrep" | "fgrep") {
            cmd.status = 2;
        }
    }
}
