//! head and tail: the beginning and the end of files.

use super::command::Cmd;
use super::filter::{Filter, Next, cannot_open};
use crate::kernel::{Errno, FileType, LocalFuture, OpenFlags, Sys};
use crate::model::file::{ZEROS, all_zero};
use crate::model::time::Time;

/// A count as head and tail take it: its sign, its size, whether it is of bytes.
#[derive(Clone, Copy)]
struct Count {
    sign: Option<char>,
    count: usize,
    bytes: bool,
}

fn count(cmd: &mut Cmd) -> Option<Count> {
    let option = cmd.last_of("nc#").unwrap_or('n');
    let text = cmd.value(option).unwrap_or("10").to_string();
    let sign = text.chars().next().filter(|c| "+-".contains(*c));
    let digits = text.trim_start_matches(['+', '-']);
    let (digits, unit) = match digits.strip_suffix(['k', 'K', 'm', 'M', 'b']) {
        Some(rest) => (
            rest,
            if digits.ends_with(['k', 'K']) {
                1024
            } else if digits.ends_with('b') {
                512
            } else {
                1 << 20
            },
        ),
        None => (digits, 1),
    };
    match digits.parse::<usize>() {
        Ok(number) => Some(Count { sign, count: number.saturating_mul(unit), bytes: option == 'c' }),
        Err(_) => {
            let what = if option == 'c' { "bytes" } else { "lines" };
            cmd.object(&format!("invalid number of {what}: ‘{{}}’"), "invalid number '{}'", &text);
            None
        }
    }
}

struct Head {
    count: Count,
    left: usize,
    headers: bool,
    first: bool,
    /// With a negative count: what may yet turn out to be the end.
    held: Vec<Vec<u8>>,
}

pub fn head(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let count = count(cmd)?;
    let headers = cmd.has('v') || cmd.args.len() > 1 && !cmd.has('q');
    Some(Box::new(Head { count, left: count.count, headers, first: true, held: Vec::new() }))
}

fn header(cmd: &mut Cmd, name: &str, first: &mut bool) {
    let name = if name == "-" { "standard input" } else { name };
    let text = format!("{}==> {name} <==\n", if std::mem::take(first) { "" } else { "\n" });
    cmd.out(&text);
}

impl Filter for Head {
    fn open(&mut self, cmd: &mut Cmd, name: &str) {
        self.left = self.count.count;
        self.held.clear();
        if self.headers {
            header(cmd, name, &mut self.first);
        }
    }

    fn pieces(&self) -> bool {
        self.count.bytes
    }

    fn line(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) -> Next {
        let negative = self.count.sign == Some('-');
        if self.count.bytes {
            if negative {
                self.held.push(line.to_vec());
                return Next::More;
            }
            let take = line.len().min(self.left);
            cmd.put(line.get(..take).unwrap_or_default());
            self.left -= take;
            return if self.left == 0 { Next::File } else { Next::More };
        }
        if negative {
            let mut line = line.to_vec();
            if ended {
                line.push(b'\n');
            }
            self.held.push(line);
            if self.held.len() > self.count.count {
                cmd.put(&self.held.remove(0));
            }
            return Next::More;
        }
        if self.left == 0 {
            return Next::File;
        }
        cmd.put(line);
        if ended {
            cmd.out("\n");
        }
        self.left -= 1;
        if self.left == 0 { Next::File } else { Next::More }
    }

    fn close(&mut self, cmd: &mut Cmd, _name: &str) -> Next {
        if self.count.bytes && self.count.sign == Some('-') {
            let all = self.held.concat();
            cmd.put(all.get(..all.len().saturating_sub(self.count.count)).unwrap_or_default());
        }
        Next::More
    }
}

/// tail: reads each file to its end, then (with -f) looks for more.
pub fn tail(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let Some(count) = count(&mut cmd) else {
            let _ = cmd.flush().await;
            return cmd.status;
        };
        if cmd.args.is_empty() {
            cmd.args.push("-".into());
        }
        let headers = cmd.has('v') || cmd.args.len() > 1 && !cmd.has('q');
        let mut first = true;
        let mut followed = Vec::new();
        for name in cmd.args.clone() {
            let fd = if name == "-" { Ok(0) } else { cmd.sys.open(&name, OpenFlags::READ) };
            let fd = match fd {
                Ok(fd) => fd,
                Err(errno) => {
                    cannot_open(&mut cmd, &name, errno);
                    continue;
                }
            };
            match gather(&cmd.sys, fd, count).await {
                Ok(End { mut zeros, bytes, seen }) => {
                    if headers {
                        header(&mut cmd, &name, &mut first);
                    }
                    let from = start(&bytes, count);
                    while from == 0 && zeros > 0 {
                        let some = zeros.min(ZEROS.len() as u64);
                        cmd.put(ZEROS.get(..some as usize).unwrap_or_default());
                        zeros -= some;
                        if cmd.flush().await.is_err() {
                            return cmd.status;
                        }
                    }
                    cmd.put(bytes.get(from..).unwrap_or_default());
                    followed.push((fd, name, seen));
                }
                Err(errno) => cmd.trouble("error reading '{}'", "read error", &name, errno),
            }
            if cmd.flush().await.is_err() {
                return cmd.status;
            }
        }
        let follow = cmd.has('f') || cmd.has('F');
        if cmd.status != 0 && followed.is_empty() && (follow || !cmd.gnu()) {
            cmd.note(if cmd.gnu() { "tail: no files remaining" } else { "tail: no files" });
        }
        let _ = cmd.flush().await;
        if follow {
            follow_files(&mut cmd, followed, headers).await;
        }
        cmd.status
    })
}

/// What tail holds: zeros, and the bytes behind them.
struct End {
    zeros: u64,
    bytes: Vec<u8>,
    /// Bytes of the whole file.
    seen: u64,
}

/// Bytes from which on what is not wanted is let go, and the most that is held.
const MUCH: usize = 256 << 10;
const MOST: usize = 64 << 20;

/// Reads to the end and holds what may have to be printed. A long line of zeros, as of /dev/zero, is only
/// counted, but it takes memory as any other line does.
async fn gather(sys: &Sys, fd: u32, count: Count) -> Result<End, Errno> {
    let mut end = End { zeros: 0, bytes: Vec::new(), seen: 0 };
    if count.sign == Some('+') {
        end.bytes = sys.read_to_end(fd).await?;
        end.seen = end.bytes.len() as u64;
        return Ok(end);
    }
    let own = sys.memory();
    loop {
        let some = sys.read(fd, 65_536).await?;
        if some.is_empty() {
            break;
        }
        end.seen += some.len() as u64;
        end.bytes.extend(some);
        if end.bytes.len() < MUCH {
            continue;
        }
        if !count.bytes && count.count > 0 && all_zero(&end.bytes) {
            end.zeros += end.bytes.len() as u64;
            end.bytes.clear();
        } else {
            let from = start(&end.bytes, count);
            if from > 0 {
                end.bytes.drain(..from);
                end.zeros = 0;
            }
        }
        sys.hold_memory(own + end.zeros + end.bytes.len() as u64).await;
        if end.bytes.len() > MOST {
            return Err(Errno::FBig);
        }
    }
    Ok(end)
}

/// Where the end begins.
fn start(bytes: &[u8], count: Count) -> usize {
    let from_start = count.sign == Some('+');
    if count.bytes {
        return if from_start {
            count.count.saturating_sub(1).min(bytes.len())
        } else {
            bytes.len().saturating_sub(count.count)
        };
    }
    if from_start {
        let skip = count.count.saturating_sub(1);
        if skip == 0 {
            return 0;
        }
        let end = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(skip - 1);
        return end.map_or(bytes.len(), |(at, _)| at + 1);
    }
    if count.count == 0 {
        return bytes.len();
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let before = body.iter().enumerate().rev().filter(|(_, b)| **b == b'\n').nth(count.count - 1);
    before.map_or(0, |(at, _)| at + 1)
}

/// Waits for more, a look a second, until a signal ends it. Standard input that is a pipe has no more.
async fn follow_files(cmd: &mut Cmd, mut files: Vec<(u32, String, u64)>, headers: bool) {
    files.retain(|(fd, name, _)| *fd != 0 && cmd.sys.stat(name).is_ok_and(|stat| stat.kind != FileType::Fifo));
    let mut last = files.len().wrapping_sub(1);
    while !files.is_empty() {
        let _ = cmd.sys.sleep(Time::seconds(1)).await;
        for (at, (fd, name, seen)) in files.iter_mut().enumerate() {
            let size = cmd.sys.stat(name).map_or(*seen, |stat| stat.size);
            if size < *seen {
                let note = format!("{}: {name}: file truncated", cmd.name);
                cmd.note(&note);
                *seen = 0;
                let _ = cmd.sys.seek(*fd, 0);
            }
            let more = cmd.sys.read_to_end(*fd).await.unwrap_or_default();
            if !more.is_empty() {
                *seen += more.len() as u64;
                if headers && last != at {
                    header(cmd, name, &mut false);
                    last = at;
                }
                cmd.put(&more);
            }
        }
        if cmd.flush().await.is_err() {
            return;
        }
    }
}
