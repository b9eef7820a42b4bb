//! tr and cut: characters and fields.

use super::command::Cmd;
use super::filter::{Filter, Next};
use crate::model::order::Order;

struct Tr {
    /// What becomes of each byte; `None` deletes it.
    map: [Option<u8>; 256],
    squeeze: [bool; 256],
    last: Option<u8>,
}

pub fn tr(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let (delete, squeeze) = (cmd.has('d'), cmd.has('s'));
    let args = std::mem::take(&mut cmd.args);
    let Some(first) = args.first() else {
        cmd.misuse("missing operand", "");
        return None;
    };
    if let Some(extra) = args.get(if delete && !squeeze { 1 } else { 2 }) {
        cmd.misuse("extra operand ‘{}’", extra);
        return None;
    }
    if args.len() < 2 && !squeeze && !delete {
        if cmd.gnu() {
            cmd.object("missing operand after ‘{}’", "", first);
            cmd.note("Two strings must be given when translating.");
            cmd.refer();
            return None;
        }
        return Some(Box::new(Tr { map: std::array::from_fn(|b| Some(b as u8)), squeeze: [false; 256], last: None }));
    }
    let mut set = expand(first, None);
    if cmd.has('c') || cmd.has('C') {
        set = (0..=255).filter(|b| !set.contains(b)).collect();
    }
    let mut map: [Option<u8>; 256] = std::array::from_fn(|b| Some(b as u8));
    let mut squeezed = [false; 256];
    let mut last = set.clone();
    if delete {
        set.iter().for_each(|b| map[usize::from(*b)] = None);
        last = args.get(1).map(|s| expand(s, None)).unwrap_or_default();
    } else if let Some(second) = args.get(1) {
        let to = expand(second, Some(set.len()));
        if to.is_empty() {
            cmd.fail("when not truncating set1, string2 must be non-empty");
            return None;
        }
        for (at, from) in set.iter().enumerate() {
            map[usize::from(*from)] = to.get(at).or(to.last()).copied();
        }
        last = to;
    }
    if squeeze {
        last.iter().for_each(|b| squeezed[usize::from(*b)] = true);
    }
    Some(Box::new(Tr { map, squeeze: squeezed, last: None }))
}

/// The bytes that a set stands for. `[x*]` fills up to `length`.
fn expand(text: &str, length: Option<usize>) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut set: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"[:")
            && let Some(end) = rest.windows(2).position(|w| w == b":]")
            && let Some(members) = class(rest.get(2..end).unwrap_or_default())
        {
            set.extend(members);
            at += end + 2;
            continue;
        }
        if let [b'[', byte, b'*', b']', ..] = rest {
            set.resize(length.unwrap_or(0).max(set.len()), *byte);
            at += 4;
            continue;
        }
        let (low, used) = byte(rest);
        at += used;
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.len() >= 2 && rest.first() == Some(&b'-') {
            let (high, used) = byte(rest.get(1..).unwrap_or_default());
            if high >= low {
                set.extend(low..=high);
                at += 1 + used;
                continue;
            }
        }
        set.push(low);
    }
    set
}

/// The first byte of some text, backslash sequences understood, and how many bytes it took.
fn byte(text: &[u8]) -> (u8, usize) {
    match text {
        [b'\\', digit @ b'0'..=b'7', ..] => {
            let digits = text.iter().skip(1).take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count().max(1);
            let value = text.iter().skip(1).take(digits).fold(0u32, |n, b| n * 8 + u32::from(b - b'0'));
            let _ = digit;
            (value as u8, digits + 1)
        }
        [b'\\', letter, ..] => {
            let byte = match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                other => *other,
            };
            (byte, 2)
        }
        [byte, ..] => (*byte, 1),
        [] => (0, 1),
    }
}

fn class(name: &[u8]) -> Option<Vec<u8>> {
    let name = std::str::from_utf8(name).ok()?;
    let known =
        ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"];
    if !known.contains(&name) {
        return None;
    }
    Some((0..128u8).filter(|b| super::regex::in_class(name, char::from(*b))).collect())
}

impl Filter for Tr {
    fn pieces(&self) -> bool {
        true
    }

    fn line(&mut self, cmd: &mut Cmd, piece: &[u8], _ended: bool) -> Next {
        let mut out = Vec::with_capacity(piece.len());
        for byte in piece {
            let Some(to) = self.map[usize::from(*byte)] else { continue };
            if self.squeeze[usize::from(to)] && self.last == Some(to) {
                continue;
            }
            self.last = Some(to);
            out.push(to);
        }
        cmd.put(&out);
        Next::More
    }
}

struct Cut {
    mode: char,
    ranges: Vec<(usize, usize)>,
    delimiter: Vec<u8>,
    output: Vec<u8>,
    only: bool,
    complement: bool,
}

pub fn cut(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let modes: Vec<char> = cmd.options.iter().map(|(c, _)| *c).filter(|c| "bcf".contains(*c)).collect();
    let [mode] = modes.as_slice() else {
        if modes.is_empty() && !cmd.gnu() {
            cmd.fail("expected a list of bytes, characters, or fields");
        } else if modes.is_empty() {
            cmd.misuse("you must specify a list of bytes, characters, or fields", "");
        } else {
            cmd.misuse("only one list may be specified", "");
        }
        return None;
    };
    let delimiter = cmd.value('d').unwrap_or("\t").to_string();
    if delimiter.chars().count() > 1 {
        cmd.misuse("the delimiter must be a single character", "");
        return None;
    }
    let list = cmd.value(*mode).unwrap_or("").to_string();
    let ranges = ranges(cmd, &list, *mode == 'f')?;
    let delimiter = if delimiter.is_empty() { vec![0] } else { delimiter.into_bytes() };
    let joiner = if *mode == 'f' { delimiter.clone() } else { Vec::new() };
    let output = cmd.value('ö').map(|o| o.as_bytes().to_vec()).unwrap_or(joiner);
    Some(Box::new(Cut { mode: *mode, ranges, delimiter, output, only: cmd.has('s'), complement: cmd.has('é') }))
}

fn ranges(cmd: &mut Cmd, list: &str, fields: bool) -> Option<Vec<(usize, usize)>> {
    let mut ranges = Vec::new();
    for part in list.split([',', ' ']) {
        let (low, high) = part
            .split_once('-')
            .map_or((part, part), |(a, b)| (if a.is_empty() && !b.is_empty() { "1" } else { a }, b));
        let low = low.parse::<usize>();
        let high = if high.is_empty() { Ok(usize::MAX) } else { high.parse::<usize>() };
        match (low, high) {
            (Ok(0), _) | (_, Ok(0)) => {
                let what = if fields { "fields" } else { "byte/character positions" };
                cmd.misuse(&format!("{what} are numbered from 1"), "");
                return None;
            }
            (Ok(low), Ok(high)) if low <= high => ranges.push((low, high)),
            (Ok(_), Ok(_)) => {
                cmd.misuse("invalid decreasing range", "");
                return None;
            }
            _ => {
                if cmd.gnu() {
                    let what = if fields { "field value" } else { "byte/character position" };
                    cmd.misuse(&format!("invalid {what} ‘{{}}’"), part);
                } else {
                    cmd.object("", "invalid number '{}'", part);
                }
                return None;
            }
        }
    }
    ranges.order();
    Some(ranges)
}

impl Filter for Cut {
    fn line(&mut self, cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        let wanted = |n: usize| self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&n)) != self.complement;
        let mut kept: Vec<&[u8]> = Vec::new();
        let mut out = Vec::new();
        if self.mode == 'f' {
            if !contains(line, &self.delimiter) {
                if !self.only {
                    cmd.put(line);
                    cmd.out("\n");
                }
                return Next::More;
            }
            let mut rest = line;
            let mut number = 1;
            loop {
                let end = find(rest, &self.delimiter);
                let field = end.map_or(rest, |end| rest.get(..end).unwrap_or_default());
                if wanted(number) {
                    kept.push(field);
                }
                number += 1;
                let Some(end) = end else { break };
                rest = rest.get(end + self.delimiter.len()..).unwrap_or_default();
            }
            out = kept.join(self.output.as_slice());
        } else {
            // Runs of kept bytes are joined by the output delimiter.
            let mut previous = 0;
            for (at, byte) in line.iter().enumerate() {
                if wanted(at + 1) {
                    if previous != 0 && previous != at {
                        out.extend_from_slice(&self.output);
                    }
                    previous = at + 1;
                    out.push(*byte);
                }
            }
        }
        out.push(b'\n');
        cmd.put(&out);
        Next::More
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len().max(1)).position(|window| window == part)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}
