//! paste, comm, diff, cmp: two files or more, side by side.

use super::command::Cmd;
use crate::kernel::{Errno, LocalFuture};

/// Reads a file whole; `-` is standard input.
async fn whole(cmd: &Cmd, name: &str) -> Result<Vec<u8>, Errno> {
    if name == "-" { cmd.sys.read_to_end(0).await } else { cmd.sys.read_file(name).await }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() { Vec::new() } else { body.split(|b| *b == b'\n').collect() }
}

pub fn paste(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let names = if cmd.args.is_empty() { vec!["-".to_string()] } else { cmd.args.clone() };
        let mut files = Vec::new();
        for name in &names {
            match whole(&cmd, name).await {
                Ok(bytes) => files.push(bytes),
                Err(errno) => cmd.trouble("{}", "{}", name, errno),
            }
        }
        if cmd.status == 0 {
            let text = cmd.value('d').unwrap_or("\t").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
            let delimiters: Vec<char> = text.chars().collect();
            let delimiter = |at: usize| match delimiters.get(at % delimiters.len().max(1)) {
                Some('\0') | None => String::new(),
                Some(c) => c.to_string(),
            };
            // Several `-` take turns at standard input.
            let streams = names.iter().filter(|name| *name == "-").count().max(1);
            let stdin = names.iter().position(|name| name == "-");
            let columns: Vec<Vec<&[u8]>> = names
                .iter()
                .enumerate()
                .map(|(at, name)| match stdin {
                    Some(first) if name == "-" && streams > 1 => {
                        let turn = names.iter().take(at).filter(|name| *name == "-").count();
                        let source = files.get(first).map(|bytes| lines(bytes)).unwrap_or_default();
                        source.into_iter().skip(turn).step_by(streams).collect()
                    }
                    _ => files.get(at).map(|bytes| lines(bytes)).unwrap_or_default(),
                })
                .collect();
            let mut out = Vec::new();
            if cmd.has('s') {
                for column in &columns {
                    for (at, line) in column.iter().enumerate() {
                        if at > 0 {
                            out.extend(delimiter(at - 1).bytes());
                        }
                        out.extend_from_slice(line);
                    }
                    out.push(b'\n');
                }
            } else {
                for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
                    for (at, column) in columns.iter().enumerate() {
                        if at > 0 {
                            out.extend(delimiter(at - 1).bytes());
                        }
                        out.extend_from_slice(column.get(row).copied().unwrap_or_default());
                    }
                    out.push(b'\n');
                }
            }
            cmd.put(&out);
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// Both operands of a command on two files.
async fn two(cmd: &mut Cmd) -> Option<(String, Vec<u8>, String, Vec<u8>)> {
    let args = std::mem::take(&mut cmd.args);
    let (a, b) = match args.as_slice() {
        [a, b] => (a.clone(), b.clone()),
        [a] if cmd.row.name == "cmp" => (a.clone(), "-".to_string()),
        [_, _, extra, ..] => {
            cmd.misuse("extra operand '{}'", extra);
            return None;
        }
        few => {
            let last = few.last().cloned().unwrap_or_else(|| cmd.name.clone());
            cmd.misuse("missing operand after '{}'", &last);
            return None;
        }
    };
    let mut pair = Vec::new();
    let names = [a.clone(), b.clone()];
    for (at, name) in names.iter().enumerate() {
        // A directory stands for the file of the other's name in it.
        let other = names.get(1 - at).map_or("", |other| crate::kernel::split_last(other).1);
        let path =
            if cmd.row.name == "diff" && cmd.sys.is_dir(name) { format!("{name}/{other}") } else { name.clone() };
        match whole(cmd, &path).await {
            Ok(bytes) => pair.push(bytes),
            Err(errno) => {
                cmd.trouble("{}", if cmd.row.name == "diff" { "can't stat '{}'" } else { "{}" }, &path, errno);
                cmd.status = 2;
            }
        }
    }
    let mut pair = pair.into_iter();
    match (pair.next(), pair.next()) {
        (Some(x), Some(y)) => Some((a, x, b, y)),
        _ => None,
    }
}

pub fn cmp(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some((a, x, b, y)) = two(&mut cmd).await {
            let differs = x.iter().zip(&y).position(|(x, y)| x != y);
            let line = |at: usize| x.iter().take(at).filter(|b| **b == b'\n').count() + 1;
            let unit = if cmd.gnu() { "byte" } else { "char" };
            match differs {
                Some(at) => {
                    cmd.status = 1;
                    if !cmd.has('s') {
                        cmd.out(&format!("{a} {b} differ: {unit} {}, line {}\n", at + 1, line(at)));
                    }
                }
                None if x.len() != y.len() => {
                    let (short, size) = if x.len() < y.len() { (&a, x.len()) } else { (&b, y.len()) };
                    if !cmd.has('s') {
                        let text = match (cmd.gnu(), size) {
                            (true, 0) => format!("EOF on {short} which is empty"),
                            (true, _) => {
                                // A line that has begun is the one it is in.
                                let whole = x.get(size - 1) == Some(&b'\n');
                                let (word, back) = if whole { ("line", 1) } else { ("in line", 0) };
                                format!("EOF on {short} after byte {size}, {word} {}", line(size) - back)
                            }
                            _ => format!("EOF on {short}"),
                        };
                        cmd.fail(&text);
                    }
                    cmd.status = 1;
                }
                None => {}
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// A run of lines that differ: where it begins and how long it is, on both sides.
struct Change {
    a: usize,
    removed: usize,
    b: usize,
    added: usize,
}

/// The most pairs of lines that are compared one by one.
const PAIRS: usize = 4_000_000;

/// The changes that lead from one list of lines to the other, by their longest common subsequence.
fn changes(a: &[&[u8]], b: &[&[u8]]) -> Vec<Change> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end = ra.iter().rev().zip(rb.iter().rev()).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (ra.get(..ra.len() - end).unwrap_or_default(), rb.get(..rb.len() - end).unwrap_or_default());
    if ra.is_empty() && rb.is_empty() {
        return Vec::new();
    }
    if ra.len().saturating_mul(rb.len()) > PAIRS {
        return vec![Change { a: start, removed: ra.len(), b: start, added: rb.len() }];
    }
    let width = rb.len() + 1;
    let mut best = vec![0u32; (ra.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..ra.len()).rev() {
        for j in (0..rb.len()).rev() {
            let down = best[at(i + 1, j)].max(best[at(i, j + 1)]);
            best[at(i, j)] = if ra[i] == rb[j] { best[at(i + 1, j + 1)] + 1 } else { down };
        }
    }
    let mut list = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < ra.len() || j < rb.len() {
        if i < ra.len() && j < rb.len() && ra[i] == rb[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (from_i, from_j) = (i, j);
        while i < ra.len() || j < rb.len() {
            if i < ra.len() && j < rb.len() && ra[i] == rb[j] {
                break;
            }
            if j == rb.len() || i < ra.len() && best[at(i + 1, j)] >= best[at(i, j + 1)] { i += 1 } else { j += 1 }
        }
        list.push(Change { a: start + from_i, removed: i - from_i, b: start + from_j, added: j - from_j });
    }
    list
}

pub fn diff(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if cmd.has('r') || cmd.args.len() == 2 && cmd.args.iter().all(|arg| cmd.sys.is_dir(arg)) {
            cmd.missing("diff of directories");
            cmd.status = 2;
        } else if let Some((a, x, b, y)) = two(&mut cmd).await {
            compare(&mut cmd, &a, &x, &b, &y);
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// A text with one blank for each run of them, and none at the ends of lines.
fn spaced(text: &[u8]) -> Vec<u8> {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let mut spaced = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b' ' | b'\t' if blank(text.get(at + 1)) || matches!(text.get(at + 1), None | Some(b'\n')) => {}
            b' ' | b'\t' => spaced.push(b' '),
            byte => spaced.push(*byte),
        }
    }
    spaced
}

fn compare(cmd: &mut Cmd, a: &str, x: &[u8], b: &str, y: &[u8]) {
    let shape = |bytes: &[u8]| -> Vec<u8> {
        let mut text = if cmd.has('i') { bytes.to_ascii_lowercase() } else { bytes.to_vec() };
        if cmd.has('w') {
            text.retain(|b| *b != b' ' && *b != b'\t');
        } else if cmd.has('b') {
            text = spaced(&text);
        }
        text
    };
    let ends = |bytes: &[u8]| bytes.is_empty() || bytes.ends_with(b"\n");
    let (mut kx, mut ky) = (shape(x), shape(y));
    if !cmd.has('w') && !cmd.has('b') {
        // A last line without its end is another line than the same with it.
        for (bytes, open) in [(&mut kx, ends(y) && !ends(x)), (&mut ky, ends(x) && !ends(y))] {
            bytes.extend(open.then_some(0));
        }
    }
    let list = changes(&lines(&kx), &lines(&ky));
    let differ = !list.is_empty() || kx != ky && !cmd.has('w') && !cmd.has('b');
    if !differ {
        if cmd.has('s') {
            cmd.out(&format!("Files {a} and {b} are identical\n"));
        }
        return;
    }
    cmd.status = 1;
    if cmd.has('q') {
        return cmd.out(&format!("Files {a} and {b} differ\n"));
    }
    let (la, lb) = (lines(x), lines(y));
    if cmd.has('u') || cmd.has('U') || !cmd.gnu() {
        unified(cmd, a, &la, b, &lb, &list, (ends(x), ends(y)));
    } else {
        normal(cmd, &la, &lb, &list, (ends(x), ends(y)));
    }
}

fn put_line(cmd: &mut Cmd, mark: &str, line: &[u8], open_end: bool) {
    cmd.out(mark);
    cmd.put(line);
    cmd.out(if open_end { "\n\\ No newline at end of file\n" } else { "\n" });
}

fn normal(cmd: &mut Cmd, a: &[&[u8]], b: &[&[u8]], list: &[Change], ends: (bool, bool)) {
    let range = |start: usize, count: usize| match count {
        0 => start.to_string(),
        1 => (start + 1).to_string(),
        count => format!("{},{}", start + 1, start + count),
    };
    for change in list {
        let letter = match (change.removed, change.added) {
            (0, _) => 'a',
            (_, 0) => 'd',
            _ => 'c',
        };
        cmd.out(&format!("{}{letter}{}\n", range(change.a, change.removed), range(change.b, change.added)));
        for at in change.a..change.a + change.removed {
            put_line(cmd, "< ", a.get(at).copied().unwrap_or_default(), at + 1 == a.len() && !ends.0);
        }
        if letter == 'c' {
            cmd.out("---\n");
        }
        for at in change.b..change.b + change.added {
            put_line(cmd, "> ", b.get(at).copied().unwrap_or_default(), at + 1 == b.len() && !ends.1);
        }
    }
}

fn unified(cmd: &mut Cmd, a: &str, la: &[&[u8]], b: &str, lb: &[&[u8]], list: &[Change], ends: (bool, bool)) {
    let context: usize = cmd.value('U').and_then(|n| n.parse().ok()).unwrap_or(3);
    for (mark, name) in [("---", a), ("+++", b)] {
        let stamp = match cmd.sys.stat(name) {
            Ok(stat) if cmd.gnu() => {
                "\t".to_string() + &super::machine::local_date("%Y-%m-%d %H:%M:%S.%N +0000", stat.mtime, stat.nanos)
            }
            _ => String::new(),
        };
        cmd.out(&format!("{mark} {name}{stamp}\n"));
    }
    let mut at = 0;
    while at < list.len() {
        let mut last = at;
        while let (Some(one), Some(next)) = (list.get(last), list.get(last + 1)) {
            if next.a - (one.a + one.removed) > 2 * context {
                break;
            }
            last += 1;
        }
        let (Some(first), Some(end)) = (list.get(at), list.get(last)) else { break };
        let before = context.min(first.a);
        let (from_a, from_b) = (first.a - before, first.b - before);
        let to_a = (end.a + end.removed + context).min(la.len());
        let to_b = (end.b + end.added + context).min(lb.len());
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => format!("{}", from + 1),
            count => format!("{},{count}", from + 1),
        };
        cmd.out(&format!("@@ -{} +{} @@\n", range(from_a, to_a), range(from_b, to_b)));
        let mut here = from_a;
        for change in list.get(at..=last).unwrap_or_default() {
            for line in here..change.a {
                put_line(cmd, " ", la.get(line).copied().unwrap_or_default(), false);
            }
            for line in change.a..change.a + change.removed {
                put_line(cmd, "-", la.get(line).copied().unwrap_or_default(), line + 1 == la.len() && !ends.0);
            }
            for line in change.b..change.b + change.added {
                put_line(cmd, "+", lb.get(line).copied().unwrap_or_default(), line + 1 == lb.len() && !ends.1);
            }
            here = change.a + change.removed;
        }
        for line in here..to_a {
            put_line(cmd, " ", la.get(line).copied().unwrap_or_default(), line + 1 == la.len() && !ends.0);
        }
        at = last + 1;
    }
}
