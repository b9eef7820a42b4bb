//! BuildKit's display on a terminal: a list of steps that is drawn over itself.

use super::{End, Step, Trace, bytes};
use crate::model::time::Time;

/// The time between two drawings.
const EVERY: Time = Time::millis(100);
/// Rows that a running step's output may take.
const ROWS: usize = 6;
/// Columns that are left free of it.
const PAD: usize = 10;

const BLUE: &str = "34";
const RED: &str = "31";
const YELLOW: &str = "33";
const FAINT: &str = "2";

/// What stands on the screen.
pub struct Tty {
    /// What stands at the right of the first line.
    title: String,
    lines: usize,
    begun: bool,
    drawn: Option<Time>,
}

/// A line of the list.
struct Row<'a> {
    name: String,
    status: String,
    seconds: f64,
    color: Option<&'static str>,
    completed: bool,
    /// The step whose last output may be shown below.
    step: Option<&'a Step>,
    terminal: bool,
}

impl Tty {
    pub fn new(title: &str) -> Tty {
        Tty { title: title.into(), lines: 0, begun: false, drawn: None }
    }

    /// Draws if it is time to, or if it must.
    pub fn show(&mut self, trace: &Trace, now: Time, (rows, columns): (usize, usize), must: bool) -> String {
        if !must && self.drawn.is_some_and(|drawn| now.since(drawn) < EVERY) {
            return String::new();
        }
        self.drawn = Some(now);
        self.draw(trace, now, rows, columns, false)
    }

    /// Draws everything for the last time.
    pub fn finish(&mut self, trace: &Trace, now: Time, (rows, columns): (usize, usize)) -> String {
        self.draw(trace, now, rows, columns, true)
    }

    fn draw(&mut self, trace: &Trace, now: Time, rows: usize, columns: usize, all: bool) -> String {
        let mut out = "\x1b[1A".repeat(self.lines + 1);
        if !std::mem::replace(&mut self.begun, true) {
            out += "\x1b[1B";
        }
        out += "\x1b[0G\x1b[?25l";
        out += &self.header(trace, now, columns, all);
        let (list, hidden) = terminals(list(trace, now), rows);
        let list = if all { list } else { fitted(list, rows.saturating_sub(2 + hidden)) };
        let mut lines = 0;
        for row in list {
            let Some(text) = line(&row, columns) else { continue };
            out += &match row.color.filter(|_| row.completed) {
                Some(color) => colored(&text, color),
                None => text,
            };
            lines += 1;
            if let Some(step) = row.step.filter(|_| row.terminal) {
                for text in last_rows(step, columns.saturating_sub(PAD).max(1)) {
                    out += &colored(&format!(" => => # {text}\n"), FAINT);
                    lines += 1;
                }
            }
        }
        if self.lines > lines {
            let spare = self.lines - lines;
            out += &format!("{}\n", " ".repeat(columns)).repeat(spare);
            out += &format!("\x1b[{spare}A\x1b[0G");
        }
        self.lines = lines;
        out + "\x1b[?25h"
    }

    fn header(&self, trace: &Trace, now: Time, columns: usize, all: bool) -> String {
        let done = trace.steps.iter().filter(|step| step.end.is_some()).count();
        let total = trace.steps.len().max(trace.expected);
        let finished = if done > 0 && done == total && all { "FINISHED" } else { "" };
        let seconds = now.since(trace.began.unwrap_or(now)).0 as f64 / 1e9;
        let text = format!("[+] Building {seconds:.1}s ({done}/{total}) {finished}");
        let text = aligned(&text, &self.title, columns.saturating_sub(1));
        cut(&text, columns).to_string() + "\n"
    }
}

fn colored(text: &str, color: &str) -> String {
    format!("\x1b[{color}m{text}\x1b[0m")
}

/// The left text with the right one at the end of a line of that width.
fn aligned(left: &str, right: &str, width: usize) -> String {
    let room = width.saturating_sub(right.len() + 1);
    format!("{left:<room$} {right}")
}

/// As many bytes of a text as fit, at a border of letters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn list(trace: &Trace, now: Time) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for step in &trace.steps {
        let (mark, color) = match &step.end {
            Some(End::Cached) => ("CACHED ", BLUE),
            Some(End::Failed(_)) => ("ERROR ", RED),
            Some(End::Canceled) => ("CANCELED ", YELLOW),
            Some(End::Done) | None => ("", BLUE),
        };
        rows.push(Row {
            name: format!("{mark}{}", step.name.replace('\t', " ")),
            status: String::new(),
            seconds: step.seconds(now),
            color: Some(color),
            completed: step.end.is_some(),
            step: Some(step),
            terminal: false,
        });
        for status in &step.statuses {
            let shown = match (status.current, status.total) {
                (0, 0) => String::new(),
                (current, 0) => bytes(current),
                (current, total) => format!("{} / {}", bytes(current), bytes(total)),
            };
            rows.push(Row {
                name: format!("=> {}", status.id),
                status: shown,
                seconds: status.completed.unwrap_or(now).since(status.started).0 as f64 / 1e9,
                color: Some(BLUE),
                completed: status.completed.is_some(),
                step: None,
                terminal: false,
            });
        }
        for warning in &step.warnings {
            rows.push(Row {
                name: format!("WARN: {warning}"),
                status: String::new(),
                seconds: step.seconds(now),
                color: None,
                completed: false,
                step: None,
                terminal: false,
            });
        }
    }
    rows
}

/// Gives running steps rows for their output, the most talkative first; how many rows that takes.
fn terminals(mut list: Vec<Row<'_>>, rows: usize) -> (Vec<Row<'_>>, usize) {
    let running = list.iter().filter(|row| !row.completed).count();
    let mut free = rows.saturating_sub(2 + running);
    let mut hidden = 0;
    for row in list.iter_mut().filter(|row| !row.completed) {
        let talks = row.step.is_some_and(|step| !step.last_lines.is_empty());
        if talks && free > ROWS + 3 {
            row.terminal = true;
            hidden += row.step.map_or(0, |step| step.last_lines.len().min(ROWS));
            free -= ROWS + 3;
        }
    }
    (list, hidden)
}

/// The last lines that fit; running ones that were cut off take the place of ended ones.
fn fitted(list: Vec<Row<'_>>, most: usize) -> Vec<Row<'_>> {
    let spare = list.len().saturating_sub(most);
    if spare == 0 {
        return list;
    }
    let mut cut: Vec<Row<'_>> = list;
    let kept = cut.split_off(spare);
    let mut invisible: Vec<Row<'_>> = cut.into_iter().filter(|row| !row.completed).collect();
    let mut left = invisible.len();
    if left == 0 {
        return kept;
    }
    let before = kept.len();
    let mut rewrapped = Vec::new();
    for row in kept {
        if !row.completed || left == 0 {
            rewrapped.push(row);
        }
        left = left.saturating_sub(1);
    }
    let room = before - rewrapped.len();
    let from = invisible.len().saturating_sub(room);
    let mut all = invisible.split_off(from);
    all.extend(rewrapped);
    all
}

/// A line of the list; none if there is no room.
fn line(row: &Row<'_>, columns: usize) -> Option<String> {
    const PREFIX: &str = " => ";
    let seconds = if row.seconds < 0.05 { 0.0 } else { row.seconds };
    let timer = format!(" {seconds:3.1}s\n");
    let mut left = columns.checked_sub(PREFIX.len() + timer.len() + 1)?;
    let mut status = "";
    if !row.status.is_empty() && left + row.status.len() > 20 {
        status = &row.status;
        left = left.saturating_sub(status.len() + 1);
    }
    if left < 12 {
        return None;
    }
    let mut text = format!("{PREFIX}{}", cut(&row.name, left));
    if !status.is_empty() {
        text += &format!(" {status}");
    }
    Some(aligned(&text, &timer, columns))
}

/// The last rows of a step's output, as a small terminal shows them.
fn last_rows(step: &Step, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in &step.last_lines {
        // The time before it is the log's, not the step's.
        let text = plain(line.split_once(' ').map_or("", |(_, text)| text));
        let letters: Vec<char> = text.chars().collect();
        if letters.is_empty() {
            rows.push(String::new());
        }
        rows.extend(letters.chunks(width).map(|row| row.iter().collect()));
    }
    let from = rows.len().saturating_sub(ROWS);
    rows.drain(..from);
    rows.retain(|row| !row.trim().is_empty());
    rows.iter().map(|row| format!("{row:<width$}")).collect()
}

/// A line without control sequences; what a carriage return wrote over is gone.
fn plain(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\x1b' && chars.next_if_eq(&'[').is_some() {
            while chars.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
            chars.next();
        } else if c == '\t' {
            out.push_str(&" ".repeat(8 - out.chars().count() % 8));
        } else if !c.is_control() {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_over_each_other() {
        let mut trace = Trace::default();
        let mut tty = Tty::new("docker:default");
        let ms = Time::millis;
        let size = (24, 60);
        let load = trace.begin("[internal] load", ms(0));
        trace.expected = 2;
        let first = tty.show(&trace, ms(0), size, false);
        assert!(first.starts_with("\x1b[1A\x1b[1B\x1b[0G\x1b[?25l[+] Building 0.0s (0/2)"), "{first:?}");
        trace.status(load, "transferring context:", (72, 0), true, ms(1));
        trace.finish(load, End::Done, ms(2));
        assert!(tty.show(&trace, ms(50), size, false).is_empty(), "not so soon");
        let run = trace.begin("[2/2] RUN x", ms(2));
        trace.log(run, b"one\n", ms(203));
        let second = tty.show(&trace, ms(203), size, false);
        assert!(second.starts_with("\x1b[1A\x1b[1A\x1b[0G\x1b[?25l[+] Building 0.2s (1/2)"), "{second:?}");
        let expected = format!(
            "\x1b[34m => [internal] load{:36}0.0s\n\x1b[0m\x1b[34m => => transferring context: 72B{:23}0.0s\n\x1b[0m \
             => [2/2] RUN x{:40}0.2s\n\x1b[2m => => # one{:47}\n\x1b[0m\x1b[?25h",
            "", "", "", ""
        );
        assert!(second.ends_with(&expected), "{second:?}\n{expected:?}");
        trace.finish(run, End::Failed("process".into()), ms(303));
        let last = tty.finish(&trace, ms(303), size);
        assert!(last.contains("\x1b[31m => ERROR [2/2] RUN x"));
        assert!(last.ends_with(&format!("{}\n\x1b[1A\x1b[0G\x1b[?25h", " ".repeat(60))), "{last:?}");
    }

    #[test]
    fn a_low_terminal_shows_the_end_and_what_runs() {
        let mut trace = Trace::default();
        let running = trace.begin("first", Time::ZERO);
        for number in 0..20 {
            let step = trace.begin(&format!("step {number}"), Time::ZERO);
            trace.finish(step, End::Done, Time::ZERO);
        }
        let text = Tty::new("").show(&trace, Time::ZERO, (10, 80), true);
        assert!(text.contains("first") && text.contains("step 19") && !text.contains("step 12 "), "{text}");
        trace.finish(running, End::Done, Time::ZERO);
    }
}
