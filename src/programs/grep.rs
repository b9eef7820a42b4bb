//! grep, egrep, fgrep: lines that match.

use super::command::Cmd;
use super::filter::{Filter, Next, drive};
use super::regex::Regex;
use crate::kernel::{FileType, LocalFuture};

struct Grep {
    patterns: Vec<Regex>,
    invert: bool,
    count: bool,
    numbers: bool,
    /// `l` names files that match, `L` those that don't.
    names: Option<char>,
    only: bool,
    quiet: bool,
    words: bool,
    lines: bool,
    with_name: bool,
    most: Option<u64>,
    before: usize,
    after: usize,
    name: String,
    line: u64,
    matches: u64,
    any: bool,
    /// Lines held for `-B`, each with its number; lines that `-A` still wants; the last number shown.
    held: Vec<(u64, Vec<u8>)>,
    trailing: usize,
    shown: Option<u64>,
    color: bool,
}

pub fn grep(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some(mut grep) = set_up(&mut cmd) {
            drive(&mut cmd, &mut grep).await;
            if cmd.status == 0 || grep.quiet && grep.any {
                cmd.status = i32::from(!grep.any);
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn set_up(cmd: &mut Cmd) -> Option<Grep> {
    let mut texts: Vec<String> = cmd.options.iter().filter(|(c, _)| *c == 'e').map(|(_, v)| v.clone()).collect();
    for (_, file) in cmd.options.iter().filter(|(c, _)| *c == 'f') {
        texts.extend(super::command::text_of(&cmd.sys, file).lines().map(String::from));
    }
    if !cmd.has('e') && !cmd.has('f') {
        if cmd.args.is_empty() {
            if cmd.gnu() {
                cmd.refer();
            } else {
                cmd.usage();
            }
            return None;
        }
        texts.push(cmd.args.remove(0));
    }
    let kind = match cmd.row.name {
        "egrep" => Some('E'),
        "fgrep" => Some('F'),
        _ => cmd.last_of("EFGP"),
    };
    if kind == Some('P') {
        cmd.missing("grep -P");
        return None;
    }
    let fold = cmd.has('i') || cmd.has('y');
    let mut patterns = Vec::new();
    for text in texts.iter().flat_map(|text| text.split('\n')) {
        match kind {
            Some('F') => patterns.push(Regex::literal(text, fold)),
            kind => match Regex::new(text, kind == Some('E'), fold) {
                Ok(regex) => patterns.push(regex),
                Err(error) => {
                    if error.starts_with("layerlab") {
                        cmd.note(&error);
                    } else if cmd.gnu() {
                        cmd.fail(&error);
                    } else {
                        cmd.fail(&format!("bad regex '{text}': {error}"));
                    }
                    cmd.status = 2;
                    return None;
                }
            },
        }
    }
    let recursive = cmd.has('r') || cmd.has('R');
    let many = cmd.args.len() > 1 || recursive && cmd.args.first().is_none_or(|arg| cmd.sys.is_dir(arg));
    if recursive {
        expand(cmd);
    }
    let context = |c| cmd.value(c).or(cmd.value('C')).or(cmd.value('#')).and_then(|v| v.parse().ok()).unwrap_or(0);
    let color = match cmd.value('é') {
        Some("always") => true,
        Some("never") | None => false,
        Some(_) => cmd.sys.is_terminal(1).is_some(),
    };
    Some(Grep {
        patterns,
        invert: cmd.has('v'),
        count: cmd.has('c'),
        numbers: cmd.has('n'),
        names: cmd.last_of("lL"),
        only: cmd.has('o'),
        quiet: cmd.has('q'),
        words: cmd.has('w'),
        lines: cmd.has('x'),
        with_name: match cmd.last_of("hH") {
            Some(c) => c == 'H',
            None => many,
        },
        most: cmd.value('m').and_then(|m| m.parse().ok()),
        before: context('B'),
        after: context('A'),
        name: String::new(),
        line: 0,
        matches: 0,
        any: false,
        held: Vec::new(),
        trailing: 0,
        shown: None,
        color,
    })
}

/// Replaces directories by the files below them.
fn expand(cmd: &mut Cmd) {
    let bare = cmd.args.is_empty();
    let mut pending: Vec<String> = if bare { vec![".".into()] } else { std::mem::take(&mut cmd.args) };
    pending.reverse();
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if !cmd.sys.is_dir(&path) {
            if path != "-"
                && cmd.sys.lstat(&path).is_ok_and(|stat| matches!(stat.kind, FileType::Fifo | FileType::Device))
            {
                continue;
            }
            files.push(if bare { path.trim_start_matches("./").to_string() } else { path });
            continue;
        }
        cmd.cost += 2;
        match cmd.sys.read_dir(&path) {
            Ok(names) => {
                for name in names.iter().rev() {
                    let below = format!("{}/{name}", path.trim_end_matches('/'));
                    // Links inside are not followed.
                    if !cmd.sys.lstat(&below).is_ok_and(|stat| stat.kind == FileType::Symlink) {
                        pending.push(below);
                    }
                }
            }
            Err(errno) => super::filter::cannot_open(cmd, &path, errno),
        }
    }
    if files.is_empty() {
        // Nothing to read is not standard input.
        files.push("/dev/null".into());
    }
    cmd.args = files;
}

impl Grep {
    /// The first place at or after `from` where a pattern matches.
    fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        for regex in &self.patterns {
            let mut at = from;
            while let Some(found) = regex.find(text, at) {
                let (Some(Some(start)), Some(Some(end))) = (found.first(), found.get(1)) else { break };
                let (start, end) = (*start, *end);
                let fits =
                    if self.lines { start == 0 && end == text.len() } else { !self.words || alone(text, start, end) };
                if fits {
                    if best.is_none_or(|best| start < best.0 || start == best.0 && end > best.1) {
                        best = Some((start, end));
                    }
                    break;
                }
                let Some(step) = text.get(start..).and_then(|rest| rest.chars().next()) else { break };
                at = start + step.len_utf8();
            }
        }
        best
    }

    fn prefix(&self, cmd: &mut Cmd, number: u64, separator: char) {
        let mut text = String::new();
        if self.with_name {
            let name = if self.name == "-" { "(standard input)" } else { &self.name };
            match self.color {
                true => {
                    text.push_str(&format!("\x1b[35m\x1b[K{name}\x1b[m\x1b[K\x1b[36m\x1b[K{separator}\x1b[m\x1b[K"))
                }
                false => text.push_str(&format!("{name}{separator}")),
            }
        }
        if self.numbers {
            match self.color {
                true => {
                    text.push_str(&format!("\x1b[32m\x1b[K{number}\x1b[m\x1b[K\x1b[36m\x1b[K{separator}\x1b[m\x1b[K"))
                }
                false => text.push_str(&format!("{number}{separator}")),
            }
        }
        cmd.out(&text);
    }

    fn show(&mut self, cmd: &mut Cmd, number: u64, line: &[u8], separator: char) {
        let context = self.before > 0 || self.after > 0;
        if context && self.shown.is_some_and(|shown| shown + 1 < number) {
            cmd.out("--\n");
        }
        self.shown = Some(number);
        self.prefix(cmd, number, separator);
        if self.color && separator == ':' && !self.invert {
            let text = String::from_utf8_lossy(line).into_owned();
            self.colored(cmd, &text);
        } else {
            cmd.put(line);
        }
        cmd.out("\n");
    }

    fn colored(&self, cmd: &mut Cmd, text: &str) {
        let mut at = 0;
        while let Some((start, end)) = self.find(text, at).filter(|(start, end)| end > start) {
            let before = text.get(at..start).unwrap_or("");
            let piece = format!("{before}\x1b[01;31m\x1b[K{}\x1b[m\x1b[K", text.get(start..end).unwrap_or(""));
            cmd.out(&piece);
            at = end;
        }
        cmd.out(text.get(at..).unwrap_or(""));
    }
}

fn alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    !is_word(before) && !is_word(after)
}

impl Filter for Grep {
    fn open(&mut self, _cmd: &mut Cmd, name: &str) {
        self.name = name.to_string();
        (self.line, self.matches, self.trailing, self.shown) = (0, 0, 0, None);
        self.held.clear();
    }

    fn line(&mut self, cmd: &mut Cmd, line: &[u8], _ended: bool) -> Next {
        self.line += 1;
        let text = String::from_utf8_lossy(line);
        cmd.cost += line.len() as u64 / 400;
        let found = self.find(&text, 0);
        if found.is_some() == self.invert {
            if self.trailing > 0 {
                self.trailing -= 1;
                self.show(cmd, self.line, line, '-');
            } else if self.before > 0 {
                self.held.push((self.line, line.to_vec()));
                if self.held.len() > self.before {
                    self.held.remove(0);
                }
            }
            return Next::More;
        }
        if self.most == Some(0) {
            return Next::File;
        }
        self.any = self.any || self.names != Some('L');
        self.matches += 1;
        if self.quiet {
            return Next::Stop;
        }
        if self.names.is_some() {
            return Next::File;
        }
        if !self.count {
            for (number, line) in std::mem::take(&mut self.held) {
                self.show(cmd, number, &line, '-');
            }
            if !self.only {
                self.show(cmd, self.line, line, ':');
                self.trailing = self.after;
            } else if !self.invert {
                let mut next = found;
                while let Some((start, end)) = next {
                    if end > start {
                        self.prefix(cmd, self.line, ':');
                        let part = format!("{}\n", text.get(start..end).unwrap_or(""));
                        cmd.out(&part);
                    }
                    let step = text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                    let from = if end > start { end } else { end + step };
                    next = if from <= text.len() { self.find(&text, from) } else { None };
                }
            }
        }
        if self.most.is_some_and(|most| self.matches >= most) { Next::File } else { Next::More }
    }

    fn close(&mut self, cmd: &mut Cmd, name: &str) -> Next {
        let shown = if name == "-" { "(standard input)" } else { name };
        match self.names {
            Some(wanted) if (self.matches > 0) == (wanted == 'l') => {
                self.any = true;
                cmd.out(&format!("{shown}\n"));
            }
            None if self.count && !self.quiet => {
                let text =
                    if self.with_name { format!("{shown}:{}\n", self.matches) } else { format!("{}\n", self.matches) };
                cmd.out(&text);
            }
            _ => {}
        }
        Next::More
    }
}
