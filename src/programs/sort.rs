//! sort and uniq.

use crate::model::order::Order;
use std::cmp::Ordering;

use super::command::Cmd;
use super::filter::{Filter, Next, drive};
use crate::kernel::{LocalFuture, OpenFlags};

/// A key: from field and character to field and character, all counted from 1; 0 is "to the end".
#[derive(Clone, Default)]
struct Key {
    from: (usize, usize),
    to: (usize, usize),
    how: How,
}

#[derive(Clone, Copy, Default, PartialEq)]
struct How {
    numeric: bool,
    human: bool,
    version: bool,
    month: bool,
    fold: bool,
    blanks: bool,
    dictionary: bool,
    reverse: bool,
}

impl How {
    fn read(letters: impl Iterator<Item = char>) -> How {
        let mut how = How::default();
        for letter in letters {
            match letter {
                'n' | 'g' => how.numeric = true,
                'h' => how.human = true,
                'V' => how.version = true,
                'M' => how.month = true,
                'f' => how.fold = true,
                'b' => how.blanks = true,
                'd' => how.dictionary = true,
                'r' => how.reverse = true,
                _ => {}
            }
        }
        how
    }
}

struct Sort {
    lines: Vec<Vec<u8>>,
    zero: bool,
}

impl Filter for Sort {
    fn line(&mut self, _cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        self.lines.push(line.to_vec());
        Next::More
    }

    fn zero(&self) -> bool {
        self.zero
    }
}

pub fn sort(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        sort_files(&mut cmd).await;
        let _ = cmd.flush().await;
        cmd.status
    })
}

async fn sort_files(cmd: &mut Cmd) {
    let global = How::read(cmd.options.iter().map(|(c, _)| *c));
    let mut keys = Vec::new();
    let specs: Vec<String> = cmd.options.iter().filter(|(c, _)| *c == 'k').map(|(_, v)| v.clone()).collect();
    for spec in specs {
        match key(&spec, global) {
            Ok(key) => keys.push(key),
            Err(text) => {
                cmd.object(&format!("{text}: invalid field specification ‘{{}}’"), "bad field specification", &spec);
                cmd.status = 2;
                return;
            }
        }
    }
    let separator = cmd.value('t').and_then(|t| if t == "\\0" { Some(0) } else { t.bytes().next() });
    let mut input = Sort { lines: Vec::new(), zero: cmd.has('z') };
    drive(cmd, &mut input).await;
    let mut lines = input.lines;
    cmd.cost += lines.len() as u64 / 10;
    let stable = cmd.has('s') || cmd.has('u');
    let compare = |a: &Vec<u8>, b: &Vec<u8>| {
        let mut order = Ordering::Equal;
        if keys.is_empty() {
            order = ordered(a, b, global);
        }
        for key in &keys {
            order = ordered(slice(a, key, separator), slice(b, key, separator), key.how);
            if order != Ordering::Equal {
                break;
            }
        }
        let plain = keys.is_empty() && global == How { reverse: global.reverse, ..How::default() };
        if order == Ordering::Equal && !stable && !plain {
            order = a.cmp(b);
            if global.reverse {
                order = order.reverse();
            }
        }
        order
    };
    if cmd.has('c') || cmd.has('C') {
        let wrong = lines.windows(2).position(|pair| match pair {
            [a, b] => compare(a, b) == Ordering::Greater || cmd.has('u') && compare(a, b) == Ordering::Equal,
            _ => false,
        });
        if let Some(at) = wrong {
            let name = cmd.args.first().cloned().unwrap_or_default();
            let line = String::from_utf8_lossy(lines.get(at + 1).map_or(b"", |l| l)).into_owned();
            if !cmd.has('C') {
                cmd.fail(&format!("{name}:{}: disorder: {line}", at + 2));
            }
            cmd.status = 1;
        }
        return;
    }
    lines.order_by(compare);
    if cmd.has('u') {
        lines.dedup_by(|a, b| compare(a, b) == Ordering::Equal);
    }
    let end = if cmd.has('z') { 0 } else { b'\n' };
    let mut all = Vec::new();
    for line in lines {
        all.extend(line);
        all.push(end);
    }
    match cmd.value('o').map(String::from) {
        None => cmd.put(&all),
        Some(name) => match cmd.sys.open(&name, OpenFlags::WRITE) {
            Ok(fd) => {
                let _ = cmd.sys.write(fd, &all).await;
            }
            Err(errno) => {
                cmd.trouble("open failed: {}", "can't open '{}'", &name, errno);
                cmd.status = 2;
            }
        },
    }
}

/// `2,3nr`, `1.2,1.4`
fn key(spec: &str, global: How) -> Result<Key, &'static str> {
    let (from, to) = spec.split_once(',').unwrap_or((spec, ""));
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let place = |text: &str| -> Option<(usize, usize)> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (field, char) = digits.split_once('.').unwrap_or((digits, "0"));
        Some((field.parse().ok()?, char.parse().ok()?))
    };
    let start = place(from).ok_or("invalid number at field start")?;
    if start.0 == 0 {
        return Err("field number is zero");
    }
    let end = if to.is_empty() { (0, 0) } else { place(to).ok_or("invalid number after ‘,’")? };
    let own = letters(from) + &letters(to);
    let how = if own.is_empty() { global } else { How::read(own.chars()) };
    Ok(Key { from: start, to: end, how })
}

/// The part of a line that a key looks at.
fn slice<'a>(line: &'a [u8], key: &Key, separator: Option<u8>) -> &'a [u8] {
    let fields = fields(line, separator);
    let start = match fields.get(key.from.0 - 1) {
        Some((start, end)) => {
            let mut start = *start;
            if key.how.blanks || key.how.numeric {
                while start < *end && line.get(start).is_some_and(|b| b" \t".contains(b)) {
                    start += 1;
                }
            }
            start + key.from.1.saturating_sub(1)
        }
        None => line.len(),
    };
    let end = match (key.to, fields.get(key.to.0.wrapping_sub(1))) {
        ((0, _), _) | (_, None) => line.len(),
        ((_, 0), Some((_, end))) => *end,
        ((_, chars), Some((start, _))) => start + chars,
    };
    let start = start.min(line.len());
    line.get(start..end.min(line.len()).max(start)).unwrap_or_default()
}

/// Where the fields of a line begin and end. Without a separator, blanks before a field belong to it.
fn fields(line: &[u8], separator: Option<u8>) -> Vec<(usize, usize)> {
    let mut fields = Vec::new();
    let mut start = 0;
    match separator {
        Some(separator) => {
            for (at, byte) in line.iter().enumerate() {
                if *byte == separator {
                    fields.push((start, at));
                    start = at + 1;
                }
            }
        }
        None => {
            let blank = |at: usize| line.get(at).is_some_and(|b| b" \t".contains(b));
            for at in 1..line.len() {
                if blank(at) && !blank(at - 1) {
                    fields.push((start, at));
                    start = at;
                }
            }
        }
    }
    fields.push((start, line.len()));
    fields
}

fn ordered(a: &[u8], b: &[u8], how: How) -> Ordering {
    let order = if how.numeric || how.human {
        number(a, how.human).total_cmp(&number(b, how.human))
    } else if how.month {
        month(a).cmp(&month(b))
    } else if how.version {
        version(a, b)
    } else {
        let seen = |text: &[u8]| -> Vec<u8> {
            let text = text.iter().copied().skip_while(|b| how.blanks && b" \t".contains(b));
            let text = text.filter(|b| !how.dictionary || b.is_ascii_alphanumeric() || b" \t".contains(b));
            text.map(|b| if how.fold { b.to_ascii_uppercase() } else { b }).collect()
        };
        if how.fold || how.dictionary || how.blanks { seen(a).cmp(&seen(b)) } else { a.cmp(b) }
    };
    if how.reverse { order.reverse() } else { order }
}

fn number(text: &[u8], human: bool) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let end = text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *at == 0 && *c == '-'));
    let end = end.map_or(text.len(), |(at, _)| at);
    let value: f64 = text.get(..end).and_then(|t| t.parse().ok()).unwrap_or(0.0);
    let unit = text.get(end..).and_then(|rest| rest.chars().next()).filter(|_| human);
    let power = unit.and_then(|unit| "KMGTPE".find(unit.to_ascii_uppercase())).map_or(0, |p| p as i32 + 1);
    value * 1024f64.powi(power)
}

fn month(text: &[u8]) -> usize {
    let text = String::from_utf8_lossy(text).trim_start().to_ascii_uppercase();
    let names = crate::model::time::MONTHS;
    names.iter().position(|name| text.starts_with(&name.to_ascii_uppercase())).map_or(0, |at| at + 1)
}

/// Runs of digits compare as numbers.
pub fn version(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
        let (da, db) = (digits(a), digits(b));
        if da > 0 && db > 0 {
            let value = |t: &[u8], n: usize| {
                String::from_utf8_lossy(t.get(..n).unwrap_or_default()).parse::<u128>().unwrap_or(u128::MAX)
            };
            let order = value(a, da).cmp(&value(b, db));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (a.get(da..).unwrap_or_default(), b.get(db..).unwrap_or_default());
            continue;
        }
        match (a, b) {
            ([], []) => return Ordering::Equal,
            ([x, ra @ ..], [y, rb @ ..]) if x == y => (a, b) = (ra, rb),
            _ => return a.cmp(b),
        }
    }
}

struct Uniq {
    count: bool,
    repeated: bool,
    unique: bool,
    fold: bool,
    fields: usize,
    chars: usize,
    width: usize,
    held: Option<(Vec<u8>, u64)>,
    out: Vec<u8>,
    to_file: bool,
}

pub fn uniq(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let number = |c, default| cmd.value(c).and_then(|v| v.parse().ok()).unwrap_or(default);
        let mut uniq = Uniq {
            count: cmd.has('c'),
            repeated: cmd.has('d'),
            unique: cmd.has('u'),
            fold: cmd.has('i'),
            fields: number('f', 0),
            chars: number('s', 0),
            width: number('w', usize::MAX),
            held: None,
            out: Vec::new(),
            to_file: cmd.args.len() > 1,
        };
        let target = if cmd.args.len() > 1 { Some(cmd.args.remove(1)) } else { None };
        drive(&mut cmd, &mut uniq).await;
        if let Some(name) = target {
            match cmd.sys.open(&name, OpenFlags::WRITE) {
                Ok(fd) => {
                    let _ = cmd.sys.write(fd, &uniq.out).await;
                }
                Err(errno) => cmd.trouble("{}", "can't open '{}'", &name, errno),
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

impl Uniq {
    fn key(&self, line: &[u8]) -> Vec<u8> {
        let mut rest = line;
        let is_blank = |b: &u8| *b == b' ' || *b == b'\t';
        for _ in 0..self.fields {
            let blanks = rest.iter().take_while(|b| is_blank(b)).count();
            let rest_of = rest.get(blanks..).unwrap_or_default();
            let word = rest_of.iter().take_while(|b| !is_blank(b)).count();
            rest = rest_of.get(word..).unwrap_or_default();
        }
        let key = rest.iter().skip(self.chars).take(self.width);
        key.map(|b| if self.fold { b.to_ascii_lowercase() } else { *b }).collect()
    }

    fn finish(&mut self, cmd: &mut Cmd) {
        let Some((line, count)) = self.held.take() else { return };
        if self.repeated && count < 2 || self.unique && count > 1 {
            return;
        }
        let mut text = if self.count { format!("{count:>7} ").into_bytes() } else { Vec::new() };
        text.extend(line);
        text.push(b'\n');
        if self.to_file { self.out.extend(text) } else { cmd.put(&text) }
    }
}

impl Filter for Uniq {
    fn line(&mut self, cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        let same = self.held.as_ref().is_some_and(|(held, _)| self.key(held) == self.key(line));
        if same {
            if let Some((_, count)) = &mut self.held {
                *count += 1;
            }
        } else {
            self.finish(cmd);
            self.held = Some((line.to_vec(), 1));
        }
        Next::More
    }

    fn end(&mut self, cmd: &mut Cmd) {
        self.finish(cmd);
    }
}
