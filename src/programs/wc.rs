//! wc: lines, words, bytes, characters.

use super::command::Cmd;
use super::filter::{Filter, Next};
use crate::kernel::FileType;

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    chars: u64,
    bytes: u64,
    longest: u64,
}

struct Wc {
    what: String,
    width: usize,
    here: Counts,
    total: Counts,
    named: bool,
    files: usize,
    in_word: bool,
    column: u64,
}

pub fn wc(cmd: &mut Cmd) -> Option<Box<dyn Filter>> {
    let what: String = "lwmcL".chars().filter(|c| cmd.has(*c)).collect();
    let what = if what.is_empty() { "lwc".to_string() } else { what };
    let width = if cmd.gnu() { width(cmd, &what) } else { 0 };
    let named = !cmd.args.is_empty();
    let none = Counts::default();
    Some(Box::new(Wc { what, width, here: none, total: none, named, files: 0, in_word: false, column: 0 }))
}

/// GNU's column width: that of the sum of the sizes; 7 if something has no size; 1 for a single number.
fn width(cmd: &Cmd, what: &str) -> usize {
    let stats: Vec<_> = cmd.args.iter().map(|name| cmd.sys.stat(name).ok()).collect();
    if what.len() == 1 && cmd.args.len() <= 1 {
        return 1;
    }
    let mut sum = 0;
    let mut least = 1;
    if cmd.args.is_empty() {
        least = 7;
    }
    for stat in stats.into_iter().flatten() {
        match stat.kind {
            FileType::Regular => sum += stat.size,
            _ => least = 7,
        }
    }
    sum.to_string().len().max(least)
}

impl Wc {
    fn show(&self, cmd: &mut Cmd, counts: Counts, name: &str) {
        let numbers: Vec<String> = self
            .what
            .chars()
            .map(|c| match c {
                'l' => counts.lines,
                'w' => counts.words,
                'm' => counts.chars,
                'c' => counts.bytes,
                _ => counts.longest,
            })
            .map(|n| n.to_string())
            .collect();
        let single = self.what.len() == 1;
        let columns: Vec<String> = match (self.width, single) {
            (0, true) => numbers,
            (0, false) => numbers.iter().map(|n| format!("{n:>9}")).collect(),
            (width, _) => numbers.iter().map(|n| format!("{n:>width$}")).collect(),
        };
        let mut line = columns.join(" ");
        if !name.is_empty() {
            line = format!("{line} {name}");
        }
        line.push('\n');
        cmd.out(&line);
    }
}

impl Filter for Wc {
    fn open(&mut self, _cmd: &mut Cmd, _name: &str) {
        self.here = Counts::default();
        (self.in_word, self.column) = (false, 0);
    }

    fn pieces(&self) -> bool {
        true
    }

    fn line(&mut self, _cmd: &mut Cmd, piece: &[u8], _ended: bool) -> Next {
        self.here.bytes += piece.len() as u64;
        for &byte in piece {
            if byte & 0xC0 != 0x80 {
                self.here.chars += 1;
                self.column += 1;
            }
            if byte == b'\n' {
                self.here.lines += 1;
                self.column = 0;
            }
            self.here.longest = self.here.longest.max(self.column);
            let space = byte.is_ascii_whitespace() || byte == 11;
            if !space && !self.in_word {
                self.here.words += 1;
            }
            self.in_word = !space;
        }
        Next::More
    }

    fn close(&mut self, cmd: &mut Cmd, name: &str) -> Next {
        let here = self.here;
        self.files += 1;
        self.total.lines += here.lines;
        self.total.words += here.words;
        self.total.chars += here.chars;
        self.total.bytes += here.bytes;
        self.total.longest = self.total.longest.max(here.longest);
        self.show(cmd, here, if self.named { name } else { "" });
        Next::More
    }

    fn end(&mut self, cmd: &mut Cmd) {
        if cmd.args.len() > 1 {
            self.show(cmd, self.total, "total");
        }
    }
}
