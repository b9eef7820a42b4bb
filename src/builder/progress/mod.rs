//! What a build has done so far, step by step, and how that is shown: plain, on a terminal, as JSON, or not.

mod plain;
mod tty;

pub use plain::Plain;
pub use tty::Tty;

use crate::model::time::Time;

/// Log lines kept to be shown again when a step fails.
const LAST_LINES: usize = 10;

/// A part of a step, with how far it got: `transferring context: 2B`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub id: String,
    pub current: u64,
    pub total: u64,
    pub started: Time,
    pub completed: Option<Time>,
    changed: bool,
    /// How far it was when a plain display printed it last, and when that was.
    told: Option<(u64, Time)>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    Cached,
    Failed(String),
    Canceled,
}

/// A step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    /// When it ran; a step may run more than once.
    pub spans: Vec<(Time, Option<Time>)>,
    pub end: Option<End>,
    pub statuses: Vec<Status>,
    pub warnings: Vec<String>,
    /// Lines with their time, not shown yet; the last may not be complete.
    logs: Vec<String>,
    open_line: bool,
    /// Bytes of the open line that are on the screen.
    printed: usize,
    last_lines: Vec<String>,
    changed: bool,
    shown_warnings: usize,
    /// The number of a plain display, 0 for none yet.
    number: usize,
    shown_end: bool,
}

impl Step {
    fn started(&self) -> Time {
        self.spans.last().map_or(Time::ZERO, |(start, _)| *start)
    }

    fn completed(&self) -> Option<Time> {
        self.spans.last().and_then(|(_, end)| *end)
    }

    /// Time it took so far, in seconds.
    pub fn seconds(&self, now: Time) -> f64 {
        self.spans.iter().map(|(start, end)| end.unwrap_or(now).since(*start).0 as f64 / 1e9).sum()
    }
}

/// All steps, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub steps: Vec<Step>,
    pub began: Option<Time>,
    /// How many steps are known to come, at least.
    pub expected: usize,
    /// What the steps that begin now belong to, where several things are built: it stands in their names.
    pub target: String,
}

impl Trace {
    /// Begins a step; its number.
    pub fn begin(&mut self, name: &str, now: Time) -> usize {
        self.began.get_or_insert(now);
        let name = match (self.target.as_str(), name.strip_prefix('[')) {
            ("", _) => name.to_string(),
            (target, Some(rest)) => format!("[{target} {rest}"),
            (target, None) => format!("[{target}] {name}"),
        };
        self.steps.push(Step { name, spans: vec![(now, None)], changed: true, ..Step::default() });
        self.steps.len() - 1
    }

    /// Begins a step again.
    pub fn again(&mut self, step: usize, now: Time) {
        if let Some(step) = self.steps.get_mut(step) {
            step.spans.push((now, None));
            step.end = None;
            step.changed = true;
        }
    }

    pub fn finish(&mut self, step: usize, end: End, now: Time) {
        if let Some(step) = self.steps.get_mut(step) {
            if let Some((_, stop @ None)) = step.spans.last_mut() {
                *stop = Some(now);
            }
            step.end = Some(end);
            step.changed = true;
        }
    }

    /// Changes a step's end that nobody has seen.
    pub fn settle(&mut self, step: usize, end: End) {
        if let Some(step) = self.steps.get_mut(step) {
            step.end = Some(end);
            step.changed = true;
        }
    }

    /// How far a part of a step got.
    pub fn status(&mut self, step: usize, id: &str, (current, total): (u64, u64), done: bool, now: Time) {
        let Some(step) = self.steps.get_mut(step) else { return };
        step.changed = true;
        let at = step.statuses.iter().position(|status| status.id == id).unwrap_or_else(|| {
            step.statuses.push(Status { id: id.into(), started: now, ..Status::default() });
            step.statuses.len() - 1
        });
        let status = &mut step.statuses[at];
        (status.current, status.total, status.changed) = (current, total, true);
        status.completed = done.then_some(now);
    }

    pub fn warn(&mut self, step: usize, text: &str) {
        if let Some(step) = self.steps.get_mut(step) {
            step.warnings.push(text.into());
            step.changed = true;
        }
    }

    /// What a step prints.
    pub fn log(&mut self, step: usize, bytes: &[u8], now: Time) {
        let Some(step) = self.steps.get_mut(step) else { return };
        step.changed = true;
        let seconds = now.since(step.started()).0 as f64 / 1e9;
        let precision = if seconds < 10.0 {
            3
        } else if seconds < 100.0 {
            2
        } else {
            1
        };
        let text = String::from_utf8_lossy(bytes);
        for piece in text.split_inclusive('\n') {
            let line = piece.strip_suffix('\n').unwrap_or(piece);
            if step.open_line {
                for known in [step.logs.last_mut(), step.last_lines.last_mut()].into_iter().flatten() {
                    known.push_str(line);
                }
            } else {
                let line = format!("{seconds:.precision$} {line}");
                step.logs.push(line.clone());
                step.last_lines.push(line);
                if step.last_lines.len() > LAST_LINES {
                    step.last_lines.remove(0);
                }
            }
            step.open_line = !piece.ends_with('\n');
        }
    }

    /// What is said once more of the steps that failed, with their last lines or `all`.
    pub fn errors(&self, all: bool) -> String {
        let mut text = String::new();
        for step in self.steps.iter().filter(|step| matches!(step.end, Some(End::Failed(_)))) {
            text += &format!("------\n > {}:\n", step.name);
            let lines = if all { &step.logs } else { &step.last_lines };
            text.extend(lines.iter().map(|line| format!("{line}\n")));
            text += "------\n";
        }
        text
    }
}

/// A number of bytes with a decimal unit: `143B`, `1.23kB`.
pub fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count}B") } else { format!("{value:.2}{}", units[unit]) }
}

/// How a build is shown.
pub enum Display {
    Plain(Plain),
    Tty(Tty),
    Quiet,
}

impl Display {
    /// What to print now, on a terminal of so many rows and columns. Between changes a terminal is drawn anew
    /// now and then, which is what `tick` says.
    pub fn show(&mut self, trace: &mut Trace, now: Time, size: (usize, usize), tick: bool) -> String {
        match self {
            Display::Plain(_) if tick => String::new(),
            Display::Plain(plain) => plain.show(trace, now),
            Display::Tty(tty) => tty.show(trace, now, size, tick),
            Display::Quiet => String::new(),
        }
    }

    /// What to print at the end.
    pub fn finish(&mut self, trace: &mut Trace, now: Time, size: (usize, usize)) -> String {
        match self {
            Display::Tty(tty) => tty.finish(trace, now, size) + &trace.errors(true),
            Display::Plain(plain) => plain.show(trace, now) + &trace.errors(false),
            Display::Quiet => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_display_tells_steps_one_after_the_other() {
        let mut trace = Trace::default();
        let mut plain = Display::Plain(Plain::new("building"));
        let ms = Time::millis;
        let one = trace.begin("[internal] load", ms(0));
        trace.status(one, "transferring context:", (72, 0), true, ms(1));
        trace.finish(one, End::Done, ms(2));
        let from = trace.begin("[1/2] FROM a", ms(2));
        trace.finish(from, End::Cached, ms(2));
        let mut text = plain.show(&mut trace, ms(2), (24, 80), false);
        let run = trace.begin("[2/2] RUN x", ms(3));
        trace.log(run, b"one\ntw", ms(203));
        text += &plain.show(&mut trace, ms(203), (24, 80), false);
        trace.log(run, b"o\n", ms(250));
        text += &plain.show(&mut trace, ms(250), (24, 80), false);
        trace.finish(run, End::Failed("process".into()), ms(303));
        text += &plain.finish(&mut trace, ms(303), (24, 80));
        let expected = "#0 building\n\n#1 [internal] load\n#1 transferring context: 72B done\n#1 DONE 0.0s\n\n\
                        #2 [1/2] FROM a\n#2 CACHED\n\n#3 [2/2] RUN x\n#3 0.200 one\n#3 0.200 two\n#3 ERROR: process\n\
                        ------\n > [2/2] RUN x:\n0.200 one\n0.200 two\n------\n";
        assert_eq!(text, expected);
        assert_eq!((bytes(999), bytes(1_234_567)), ("999B".into(), "1.23MB".into()));
    }
}
