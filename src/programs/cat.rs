//! Commands that pass lines on with little change: cat, tac, rev, nl, tee, less, base64.

use super::command::Cmd;
use super::filter::{Filter, Next};
use crate::kernel::{LocalFuture, OpenFlags};

/// How a number stands before a line.
#[derive(Clone, Copy, PartialEq)]
enum Number {
    No,
    All,
    Filled,
}

struct Cat {
    number: Number,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    control: bool,
    count: u64,
    blank: bool,
    plain: bool,
}

pub fn cat(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let number = match (cmd.has('b'), cmd.has('n')) {
        (true, _) => Number::Filled,
        (_, true) => Number::All,
        _ => Number::No,
    };
    let all = cmd.has('A');
    let mut cat = Cat {
        number,
        squeeze: cmd.has('s'),
        ends: all || cmd.has('E') || cmd.has('e'),
        tabs: all || cmd.has('T') || cmd.has('t'),
        control: all || cmd.has('v') || cmd.has('e') || cmd.has('t'),
        count: 0,
        blank: false,
        plain: false,
    };
    cat.plain = cat.number == Number::No && !cat.squeeze && !cat.ends && !cat.tabs && !cat.control;
    Some(Box::new(cat))
}

/// less and more, where nobody can page: as cat.
pub fn page(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    cmd.options.clear();
    cat(cmd)
}

impl Filter for Cat {
    fn pieces(&self) -> bool {
        self.plain
    }

    fn line(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) -> Next {
        if self.plain {
            cmd.put(line);
            return Next::More;
        }
        let blank = line.is_empty() && ended;
        if self.squeeze && blank && self.blank {
            return Next::More;
        }
        self.blank = blank;
        if self.number == Number::All || self.number == Number::Filled && !blank {
            self.count += 1;
            let number = format!("{:>6}\t", self.count);
            cmd.out(&number);
        }
        for &byte in line {
            match byte {
                b'\t' if self.tabs => cmd.out("^I"),
                b'\t' => cmd.put(&[byte]),
                _ if self.control => caret(cmd, byte),
                _ => cmd.put(&[byte]),
            }
        }
        if self.ends && ended {
            cmd.out("$");
        }
        if ended {
            cmd.out("\n");
        }
        Next::More
    }
}

fn caret(cmd: &mut Cmd, byte: u8) {
    let (prefix, byte) = if byte >= 128 { ("M-", byte - 128) } else { ("", byte) };
    cmd.out(prefix);
    match byte {
        0..32 => cmd.put(&[b'^', byte + 64]),
        127 => cmd.out("^?"),
        _ => cmd.put(&[byte]),
    }
}

/// tac: the lines of each file, last first.
struct Tac(Vec<Vec<u8>>);

pub fn tac(_cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    Some(Box::new(Tac(Vec::new())))
}

impl Filter for Tac {
    fn line(&mut self, _cmd: &mut Cmd, line: &[u8], ended: bool) -> Next {
        let mut line = line.to_vec();
        if ended {
            line.push(b'\n');
        }
        self.0.push(line);
        Next::More
    }

    fn close(&mut self, cmd: &mut Cmd, _name: &str) -> Next {
        while let Some(line) = self.0.pop() {
            cmd.put(&line);
        }
        Next::More
    }
}

struct Rev;

pub fn rev(_cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    Some(Box::new(Rev))
}

impl Filter for Rev {
    fn line(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) -> Next {
        let text: String = String::from_utf8_lossy(line).chars().rev().collect();
        cmd.out(&text);
        if ended {
            cmd.out("\n");
        }
        Next::More
    }
}

/// nl: numbers lines.
struct Nl {
    all: bool,
    width: usize,
    separator: String,
    next: i64,
    step: i64,
    /// `l`eft, `r`ight, or right with `z`eros.
    format: char,
}

pub fn nl(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let number = |c, default| cmd.value(c).and_then(|v| v.parse().ok()).unwrap_or(default);
    let nl = Nl {
        all: cmd.value('b') == Some("a"),
        width: number('w', 6).clamp(1, 1000) as usize,
        separator: cmd.value('s').unwrap_or("\t").to_string(),
        next: number('v', 1),
        step: number('i', 1),
        format: match cmd.value('n') {
            Some("ln") => 'l',
            Some("rz") => 'z',
            None | Some("rn") => 'r',
            Some(other) => {
                let other = other.to_string();
                cmd.misuse("invalid line numbering format: ‘{}’", &other);
                return None;
            }
        },
    };
    Some(Box::new(nl))
}

impl Filter for Nl {
    fn line(&mut self, cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        if self.all || !line.is_empty() {
            let (number, width, separator) = (self.next, self.width, &self.separator);
            let text = match self.format {
                'l' => format!("{number:<width$}{separator}"),
                'z' => format!("{number:0>width$}{separator}"),
                _ => format!("{number:>width$}{separator}"),
            };
            cmd.out(&text);
            self.next = self.next.wrapping_add(self.step);
        } else {
            let text = " ".repeat(self.width + self.separator.len());
            cmd.out(&text);
        }
        cmd.put(line);
        cmd.out("\n");
        Next::More
    }
}

/// tee: copies standard input to files and to standard output.
pub fn tee(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let flags = if cmd.has('a') { OpenFlags::APPEND } else { OpenFlags::WRITE };
        let mut files = Vec::new();
        for name in std::mem::take(&mut cmd.args) {
            match cmd.sys.open(&name, flags) {
                Ok(fd) => files.push(fd),
                Err(errno) => cmd.trouble("{}", "{}", &name, errno),
            }
        }
        while let Ok(bytes) = cmd.sys.read(0, 16_384).await {
            if bytes.is_empty() {
                break;
            }
            cmd.put(&bytes);
            for fd in &files {
                let _ = cmd.sys.write(*fd, &bytes).await;
            }
            if cmd.flush().await.is_err() {
                break;
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}
