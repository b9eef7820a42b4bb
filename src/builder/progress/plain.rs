//! BuildKit's plain display: lines only, one step at a time.

use super::{End, Status, Step, Trace, bytes};
use crate::model::time::Time;

/// What stands on the screen so far.
pub struct Plain {
    /// What is said first.
    title: String,
    begun: bool,
    next_number: usize,
    /// The step whose lines were printed last, if it has not ended.
    current: Option<usize>,
    /// The last line printed has no end yet.
    open_line: bool,
}

/// Whether a status differs enough from what was printed of it last.
fn worth(status: &Status, now: Time) -> bool {
    const PART: f64 = 0.05;
    const SOME_TIME: Time = Time::seconds(5);
    let Some((current, when)) = status.told.filter(|_| status.completed.is_none()) else { return true };
    let part = status.current.saturating_sub(current) as f64 / status.total.max(1) as f64;
    part >= PART || now.since(when) >= SOME_TIME
}

impl Plain {
    pub fn new(title: &str) -> Plain {
        Plain { title: title.into(), begun: false, next_number: 1, current: None, open_line: false }
    }

    pub fn show(&mut self, trace: &mut Trace, now: Time) -> String {
        let mut out = String::new();
        let changed = |step: &Step| step.changed;
        // What has ended comes first, in the order of its ends; of these what was printed last.
        let mut ended: Vec<usize> =
            (0..trace.steps.len()).filter(|at| changed(&trace.steps[*at]) && trace.steps[*at].end.is_some()).collect();
        let current = self.current;
        crate::model::order::Order::order_by_key(ended.as_mut_slice(), |at| {
            (Some(*at) != current, trace.steps[*at].completed())
        });
        for at in ended {
            self.step(&mut out, trace, at, now);
        }
        let running: Vec<usize> =
            (0..trace.steps.len()).filter(|at| changed(&trace.steps[*at]) && trace.steps[*at].end.is_none()).collect();
        // Only one running step is shown, until it ends.
        if let Some(at) = self.current {
            if running.contains(&at) {
                self.step(&mut out, trace, at, now);
            }
        } else if let Some(at) = running.first() {
            self.step(&mut out, trace, *at, now);
        } else if let Some(at) = trace.steps.iter().position(|step| step.end.is_none()) {
            self.step(&mut out, trace, at, now);
        }
        out
    }

    fn step(&mut self, out: &mut String, trace: &mut Trace, at: usize, now: Time) {
        let step = &mut trace.steps[at];
        if step.number == 0 {
            step.number = self.next_number;
            self.next_number += 1;
        }
        let number = step.number;
        if self.current != Some(at) {
            self.head(out, trace, at);
        }
        let step = &mut trace.steps[at];
        for status in step.statuses.iter_mut().filter(|status| status.changed) {
            status.changed = false;
            if !worth(status, now) {
                continue;
            }
            status.told = Some((status.current, now));
            let size = match (status.current, status.total) {
                (0, 0) => String::new(),
                (current, 0) => format!(" {}", bytes(current)),
                (current, total) => format!(" {} / {}", bytes(current), bytes(total)),
            };
            let took = status.completed.unwrap_or(now).since(status.started).0 as f64 / 1e9;
            let took = if took > 0.01 { format!(" {took:.1}s") } else { String::new() };
            let done = if status.completed.is_some() { " done" } else { "" };
            out.push_str(&format!("#{number} {}{size}{took}{done}\n", status.id));
        }
        for warning in &step.warnings[step.shown_warnings..] {
            out.push_str(&format!("#{number} WARN: {warning}\n"));
        }
        step.shown_warnings = step.warnings.len();
        self.logs(out, step);
        self.current = Some(at);
        step.changed = false;
        if let Some(end) = step.end.clone() {
            self.current = None;
            if std::mem::take(&mut self.open_line) {
                out.push('\n');
            }
            step.shown_end = true;
            out.push_str(&match end {
                End::Done => format!("#{number} DONE {:.1}s\n", step.seconds(now)),
                End::Cached => format!("#{number} CACHED\n"),
                End::Failed(why) => format!("#{number} ERROR: {why}\n"),
                End::Canceled => format!("#{number} CANCELED\n"),
            });
        }
    }

    /// The line that names a step, after what was there before was left.
    fn head(&mut self, out: &mut String, trace: &Trace, at: usize) {
        if let Some(old) = self.current {
            if std::mem::take(&mut self.open_line) {
                out.push('\n');
            }
            out.push_str(&format!("#{} ...\n", trace.steps[old].number));
        }
        if std::mem::replace(&mut self.begun, true) {
            out.push('\n');
        } else if !self.title.is_empty() {
            out.push_str(&format!("#0 {}\n\n", self.title));
        }
        out.push_str(&format!("#{} {}\n", trace.steps[at].number, trace.steps[at].name));
    }

    fn logs(&mut self, out: &mut String, step: &mut Step) {
        let count = step.logs.len();
        for (at, line) in std::mem::take(&mut step.logs).into_iter().enumerate() {
            let last = at + 1 == count;
            // A line that was printed without its end goes on.
            if std::mem::take(&mut self.open_line) {
                out.push_str(line.get(step.printed..).unwrap_or_default());
            } else {
                out.push_str(&format!("#{} {line}", step.number));
            }
            step.printed = 0;
            if last && step.open_line {
                self.open_line = true;
                step.printed = line.len();
                step.logs.push(line);
            } else {
                out.push('\n');
            }
        }
    }
}
