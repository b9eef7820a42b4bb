//! sed: the stream editor (POSIX, with GNU's usual additions).
//!
//! A script is a flat list of commands; blocks and branches are jumps. `n` and `N` stop in the middle until
//! the next line is there, so that lines can be pushed in as they come.

mod parse;

use std::rc::Rc;

use super::command::Cmd;
use super::filter::{Filter, Next, drive};
use super::regex::Regex;
use crate::kernel::LocalFuture;
use crate::model::file::Data;
use crate::model::limits;

/// Commands run for one line, after which a script is taken to run forever.
const STEPS: u32 = 1_000_000;

#[derive(Clone, Debug)]
enum Address {
    Line(u64),
    Step(u64, u64),
    Last,
    /// `None` is the empty pattern: the one used last.
    Match(Option<Rc<Regex>>),
    /// As the second address: so many lines more.
    More(u64),
}

#[derive(Clone, Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    /// The line where an active range ends; `u64::MAX` while its end is a pattern not yet seen.
    range: Option<u64>,
    verb: Verb,
}

#[derive(Clone, Debug)]
enum Verb {
    Substitute {
        pattern: Option<Rc<Regex>>,
        by: Vec<Piece>,
        nth: usize,
        global: bool,
        print: bool,
    },
    Translate(Vec<(char, char)>),
    /// Jumps over a block when the addresses do not select.
    Block(usize),
    Nothing,
    Branch {
        to: Option<usize>,
        when: Option<bool>,
    },
    Text(char, String),
    Read(String),
    Quit {
        print: bool,
        code: i32,
    },
    Simple(char),
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

struct Sed {
    script: Vec<Command>,
    quiet: bool,
    in_place: bool,
    separate: bool,
    /// The line that waits until it is known whether it is the last.
    held: Option<(Vec<u8>, bool)>,
    ended: bool,
    space: String,
    hold: String,
    line: u64,
    last: bool,
    /// Where `n` or `N` waits for a line.
    waiting: Option<(usize, char)>,
    appended: Vec<String>,
    substituted: bool,
    used: Option<Rc<Regex>>,
    steps: u32,
    quit: bool,
    out: String,
    file: String,
}

pub fn sed(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some(mut sed) = set_up(&mut cmd) {
            drive(&mut cmd, &mut sed).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn set_up(cmd: &mut Cmd) -> Option<Sed> {
    let mut script = String::new();
    let mut given = false;
    for (option, value) in cmd.options.clone() {
        let text = match option {
            'e' => value,
            'f' => {
                let text = super::command::text_of(&cmd.sys, &value);
                if text.is_empty() && cmd.sys.stat(&value).is_err() {
                    cmd.trouble("couldn't open file {}", "{}", &value, crate::kernel::Errno::NoEnt);
                    return None;
                }
                text.trim_end_matches('\n').to_string()
            }
            _ => continue,
        };
        if given {
            script.push('\n');
        }
        given = true;
        script.push_str(&text);
    }
    if !given {
        if cmd.args.is_empty() {
            if cmd.gnu() {
                cmd.note("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...");
                cmd.status = 1;
            } else {
                cmd.usage();
            }
            return None;
        }
        script = cmd.args.remove(0);
    }
    if cmd.value('i').is_some_and(|suffix| !suffix.is_empty()) {
        cmd.missing("sed -i with a suffix");
        return None;
    }
    let extended = cmd.has('E') || cmd.has('r');
    let quiet = cmd.has('n') || script.starts_with("#n\n");
    let script = match parse::script(&script, extended) {
        Ok(script) => script,
        Err((at, text)) => {
            if text.starts_with("layerlab") {
                cmd.note(&text);
                cmd.status = 126;
            } else if cmd.gnu() {
                cmd.fail(&format!("-e expression #1, char {at}: {text}"));
            } else {
                cmd.fail(&parse::busybox_text(&text));
            }
            return None;
        }
    };
    Some(Sed {
        script,
        quiet,
        in_place: cmd.has('i'),
        separate: cmd.has('i') || cmd.has('s'),
        held: None,
        ended: true,
        space: String::new(),
        hold: String::new(),
        line: 0,
        last: false,
        waiting: None,
        appended: Vec::new(),
        substituted: false,
        used: None,
        steps: 0,
        quit: false,
        out: String::new(),
        file: String::new(),
    })
}

impl Filter for Sed {
    fn open(&mut self, _cmd: &mut Cmd, name: &str) {
        self.file = name.to_string();
        if self.separate {
            self.line = 0;
        }
    }

    fn line(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) -> Next {
        cmd.cost += 2 + line.len() as u64 / 200;
        if let Some((line, ended)) = self.held.replace((line.to_vec(), ended)) {
            self.feed(cmd, &line, ended);
        }
        if self.quit {
            self.held = None;
            self.save(cmd);
            return Next::Stop;
        }
        Next::More
    }

    fn close(&mut self, cmd: &mut Cmd, _name: &str) -> Next {
        if self.separate {
            self.finish(cmd);
            self.save(cmd);
        }
        if self.quit { Next::Stop } else { Next::More }
    }

    fn end(&mut self, cmd: &mut Cmd) {
        if !self.quit {
            self.finish(cmd);
        }
    }
}

impl Sed {
    /// The last line, and what `N` waited for in vain.
    fn finish(&mut self, cmd: &mut Cmd) {
        self.last = true;
        if let Some((line, ended)) = self.held.take() {
            self.feed(cmd, &line, ended);
        }
        if let Some((_, verb)) = self.waiting.take() {
            // GNU prints the pattern space when N finds no next line.
            if verb == 'N' {
                self.end_cycle(cmd);
            }
        }
        self.last = false;
    }

    fn save(&mut self, cmd: &mut Cmd) {
        if self.in_place && self.file != "-" {
            let text = std::mem::take(&mut self.out);
            let file = self.file.clone();
            let result =
                cmd.sys.access(&file, 2).and_then(|()| cmd.sys.put(&file, Data::new(text.into_bytes()), 0o644));
            if let Err(errno) = result {
                cmd.trouble("couldn't open {}", "{}", &file, errno);
                cmd.status = 4;
            }
        }
    }

    fn print(&mut self, cmd: &mut Cmd, text: &str, newline: bool) {
        let end = if newline { "\n" } else { "" };
        if self.in_place && self.file != "-" {
            self.out.push_str(text);
            self.out.push_str(end);
        } else {
            cmd.out(text);
            cmd.out(end);
        }
    }

    fn feed(&mut self, cmd: &mut Cmd, line: &[u8], ended: bool) {
        self.line += 1;
        self.ended = ended;
        self.steps = 0;
        let text = String::from_utf8_lossy(line);
        let from = match self.waiting.take() {
            Some((at, 'N')) => {
                self.flush_appended(cmd);
                self.space.push('\n');
                self.space.push_str(&text);
                at
            }
            Some((at, _)) => {
                self.space = text.into_owned();
                at
            }
            None => {
                self.space = text.into_owned();
                self.substituted = false;
                0
            }
        };
        self.run(cmd, from);
    }

    fn end_cycle(&mut self, cmd: &mut Cmd) {
        if !self.quiet {
            let text = std::mem::take(&mut self.space);
            self.print(cmd, &text, self.ended || !self.last);
            self.space = text;
        }
        self.flush_appended(cmd);
    }

    fn flush_appended(&mut self, cmd: &mut Cmd) {
        for text in std::mem::take(&mut self.appended) {
            self.print(cmd, &text, false);
        }
    }

    fn selects(&mut self, at: usize) -> bool {
        let Some(command) = self.script.get(at).cloned() else { return false };
        let holds = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => self.meets(from),
            (Some(from), Some(to)) => self.in_range(at, command.range, from, to),
        };
        holds != command.negated
    }

    fn in_range(&mut self, at: usize, range: Option<u64>, from: &Address, to: &Address) -> bool {
        let mut state = range;
        // `0,/re/` is active before the first line.
        let zero = matches!(from, Address::Line(0)) && self.line == 1 && range.is_none();
        let inside = if range.is_some() || zero {
            match to {
                Address::Match(_) => {
                    state = if self.meets(to) { None } else { Some(u64::MAX) };
                    true
                }
                Address::Last => {
                    state = if self.last { None } else { range };
                    true
                }
                _ => {
                    let end = range.unwrap_or(0);
                    state = if self.line >= end { None } else { range };
                    self.line <= end
                }
            }
        } else {
            false
        };
        let inside = inside || {
            let begins = self.meets(from);
            if begins {
                state = match to {
                    Address::Line(end) if *end <= self.line => None,
                    Address::Line(end) => Some(*end),
                    Address::More(0) => None,
                    Address::More(count) => Some(self.line + count),
                    Address::Step(_, step) if *step == 0 || self.line.is_multiple_of(*step) => None,
                    Address::Step(_, step) => Some((self.line / step + 1) * step),
                    Address::Last if self.last => None,
                    _ => Some(u64::MAX),
                };
            }
            begins
        };
        // A first address of 0 never begins again.
        if let Some(command) = self.script.get_mut(at) {
            command.range = state;
            if zero && state.is_none() {
                command.from = Some(Address::Line(u64::MAX));
            }
        }
        inside
    }

    fn meets(&mut self, address: &Address) -> bool {
        match address {
            Address::Line(line) => self.line == *line,
            Address::Step(first, 0) => self.line == *first,
            Address::Step(first, step) => self.line >= *first && (self.line - first).is_multiple_of(*step),
            Address::Last => self.last,
            Address::More(_) => false,
            Address::Match(pattern) => {
                self.used = pattern.clone().or(self.used.take());
                self.used.as_ref().is_some_and(|regex| regex.is_match(&self.space))
            }
        }
    }

    fn run(&mut self, cmd: &mut Cmd, from: usize) {
        let mut at = from;
        while at < self.script.len() {
            self.steps += 1;
            if self.steps > STEPS || self.space.len() > limits::STRING_BYTES {
                cmd.note("layerlab: sed: this script does not come to an end; stopped");
                cmd.status = 126;
                self.quit = true;
                return;
            }
            let selected = self.selects(at);
            let Some(command) = self.script.get(at) else { return };
            let verb = command.verb.clone();
            at += 1;
            match verb {
                Verb::Block(end) if !selected => at = end,
                _ if !selected => {}
                Verb::Branch { to, when } => {
                    let jump = when.is_none_or(|wanted| self.substituted == wanted);
                    if when.is_some() {
                        self.substituted = false;
                    }
                    if jump {
                        at = to.unwrap_or(self.script.len());
                    }
                }
                Verb::Simple(letter @ ('n' | 'N')) => {
                    if self.last {
                        self.end_cycle(cmd);
                        self.quit = true;
                        return;
                    }
                    if letter == 'n' {
                        self.end_cycle(cmd);
                    }
                    self.waiting = Some((at, letter));
                    return;
                }
                Verb::Simple('D') if self.space.contains('\n') => {
                    let rest = self.space.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_string());
                    self.flush_appended(cmd);
                    self.space = rest;
                    at = 0;
                }
                Verb::Simple('d' | 'D') => {
                    self.flush_appended(cmd);
                    return;
                }
                Verb::Quit { print, code } => {
                    if print {
                        self.end_cycle(cmd);
                    }
                    cmd.status = code;
                    self.quit = true;
                    return;
                }
                Verb::Text('c', text) => {
                    let in_range = self.script.get(at - 1).is_some_and(|c| c.range.is_some() && !c.negated);
                    if !in_range {
                        self.print(cmd, &text, false);
                    }
                    self.flush_appended(cmd);
                    return;
                }
                verb => self.perform(cmd, verb),
            }
        }
        self.end_cycle(cmd);
    }

    /// A command after which the next one runs.
    fn perform(&mut self, cmd: &mut Cmd, verb: Verb) {
        match verb {
            Verb::Substitute { pattern, by, nth, global, print } => {
                self.used = pattern.or(self.used.take());
                let Some(regex) = self.used.clone() else { return };
                if let Some(text) = substitute(&regex, &self.space, &by, nth, global) {
                    self.space = text;
                    self.substituted = true;
                    if print {
                        let text = self.space.clone();
                        self.print(cmd, &text, true);
                    }
                }
            }
            Verb::Translate(pairs) => {
                let swap = |c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                self.space = self.space.chars().map(swap).collect();
            }
            Verb::Text('i', text) => self.print(cmd, &text, false),
            Verb::Text(_, text) => self.appended.push(text),
            Verb::Read(file) => self.appended.push(super::command::text_of(&cmd.sys, &file)),
            Verb::Simple(letter) => self.simple(cmd, letter),
            _ => {}
        }
    }

    fn simple(&mut self, cmd: &mut Cmd, letter: char) {
        match letter {
            'p' => {
                let text = self.space.clone();
                self.print(cmd, &text, true);
            }
            'P' => {
                let text = self.space.split('\n').next().unwrap_or("").to_string();
                self.print(cmd, &text, true);
            }
            '=' => {
                let text = self.line.to_string();
                self.print(cmd, &text, true);
            }
            'l' => {
                let text: String =
                    self.space.escape_default().collect::<String>().replace("\\'", "'").replace("\\\"", "\"");
                self.print(cmd, &(text + "$"), true);
            }
            'h' => self.hold = self.space.clone(),
            'H' => self.hold = format!("{}\n{}", self.hold, self.space),
            'g' => self.space = self.hold.clone(),
            'G' => self.space = format!("{}\n{}", self.space, self.hold),
            'x' => std::mem::swap(&mut self.space, &mut self.hold),
            'z' => self.space.clear(),
            _ => {}
        }
    }
}

/// The text with matches replaced; `None` when nothing was.
fn substitute(regex: &Regex, text: &str, by: &[Piece], nth: usize, global: bool) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut count, mut changed) = (0, 0, false);
    let mut last_end = None;
    while at <= text.len() {
        let Some(found) = regex.find(text, at) else { break };
        let (Some(Some(start)), Some(Some(end))) = (found.first().copied(), found.get(1).copied()) else { break };
        // An empty match right after another match does not count.
        if start == end && last_end == Some(start) {
            let Some(c) = text.get(start..).and_then(|rest| rest.chars().next()) else { break };
            out.push(c);
            at = start + c.len_utf8();
            last_end = None;
            continue;
        }
        out.push_str(text.get(at..start)?);
        count += 1;
        if count >= nth {
            replace(&mut out, text, &found, by);
            changed = true;
        } else {
            out.push_str(text.get(start..end)?);
        }
        at = end;
        last_end = Some(end);
        if changed && !global {
            break;
        }
        if start == end {
            let Some(c) = text.get(end..).and_then(|rest| rest.chars().next()) else { break };
            out.push(c);
            at = end + c.len_utf8();
            last_end = None;
        }
    }
    if !changed {
        return None;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Some(out)
}

fn replace(out: &mut String, text: &str, found: &[Option<usize>], by: &[Piece]) {
    let (mut all, mut next) = (None, None);
    for piece in by {
        let part = match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Group(n) => match (found.get(n * 2), found.get(n * 2 + 1)) {
                (Some(Some(start)), Some(Some(end))) => text.get(*start..*end).unwrap_or(""),
                _ => "",
            },
            Piece::Case(c @ ('u' | 'l')) => {
                next = Some(*c);
                continue;
            }
            Piece::Case('E') => {
                (all, next) = (None, None);
                continue;
            }
            Piece::Case(c) => {
                all = Some(*c);
                continue;
            }
        };
        let shaped = match all {
            Some('U') => part.to_uppercase(),
            Some(_) => part.to_lowercase(),
            None => part.to_string(),
        };
        let mut chars = shaped.chars();
        if let Some(case) = next
            && let Some(first) = chars.next()
        {
            next = None;
            if case == 'u' { out.extend(first.to_uppercase()) } else { out.extend(first.to_lowercase()) }
        }
        out.push_str(chars.as_str());
    }
}
