//! `docker logs`: what a container wrote, line by line.

use std::rc::Rc;

use super::api::{Answer, Fault, Logs, Reply};
use super::daemon::Reporter;
use super::find;
use super::start::topic;
use crate::kernel::{Either, Kernel, Key, Sys, race};
use crate::model::container::Status;
use crate::model::order::Order;
use crate::model::process::{JournalId, Record, Stream};
use crate::model::time::Time;

/// A line of a log; `time` is when it was complete. A line that was written at once is shared with the journal.
struct Line {
    time: Time,
    stream: Stream,
    bytes: Rc<Vec<u8>>,
}

/// Cuts records into lines, a stream at a time (json-file keeps lines).
#[derive(Default)]
struct Cutter {
    partial: [Option<Line>; 2],
}

impl Cutter {
    fn push(&mut self, record: &Record, lines: &mut Vec<Line>) {
        let slot = &mut self.partial[record.stream as usize];
        let ends = record.bytes.iter().position(|byte| *byte == b'\n');
        if slot.is_none() && ends == record.bytes.len().checked_sub(1) {
            lines.push(Line { time: record.time, stream: record.stream, bytes: record.bytes.clone() });
            return;
        }
        for piece in record.bytes.split_inclusive(|byte| *byte == b'\n') {
            let line =
                slot.get_or_insert_with(|| Line { time: record.time, stream: record.stream, bytes: Rc::default() });
            Rc::make_mut(&mut line.bytes).extend_from_slice(piece);
            line.time = record.time;
            if piece.ends_with(b"\n") {
                lines.extend(slot.take());
            }
        }
    }

    fn rest(&mut self, lines: &mut Vec<Line>) {
        lines.extend(self.partial.iter_mut().filter_map(Option::take));
    }
}

/// The lines so far that the request is for (where it wants the last ones alone, perhaps some before them), what
/// is left unfinished, and the number of the next record. A long log is not read for its last lines.
fn written(k: &Kernel, journal: JournalId, ask: &Logs) -> (Cutter, Vec<Line>, u64) {
    let mut count = ask.tail.map_or(u64::MAX, |tail| tail.saturating_add(8));
    loop {
        let (mut records, next, all) = k.read_journal_back(journal, count);
        // Docker copies the two streams apart from each other: what came at once comes a stream at a time.
        records.order_by_key(|record| (record.time, record.stream));
        let mut cutter = Cutter::default();
        let mut lines = Vec::new();
        for record in &records {
            cutter.push(record, &mut lines);
        }
        if !ask.follow {
            cutter.rest(&mut lines);
        }
        let in_time = |line: &Line| {
            ask.since.is_none_or(|since| line.time >= since) && ask.until.is_none_or(|until| line.time <= until)
        };
        lines.retain(|line| wanted(ask, line) && in_time(line));
        // The first line of each stream may have begun in a record before these.
        let first = |stream| lines.iter().position(|line| line.stream == stream).map_or(0, |at| at + 1);
        let sure = lines.len() - first(Stream::Stdout).max(first(Stream::Stderr));
        if all || ask.tail.is_some_and(|tail| sure as u64 >= tail) {
            return (cutter, lines, next);
        }
        count = count.saturating_mul(8);
    }
}

pub async fn logs(sys: &Sys, out: &Reporter, ask: Logs) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, &ask.container))?;
    if container.host.log_driver == "none" {
        return Err(super::fault::fault(501, "configured logging driver does not support reading"));
    }
    out.reply(Reply::Ready);
    let (mut cutter, lines, mut from) = sys.with(|k| written(k, container.journal, &ask));
    let skip = ask.tail.map_or(0, |tail| lines.len().saturating_sub(tail as usize));
    for line in lines.into_iter().skip(skip) {
        send(out, &ask, line);
    }
    if !ask.follow {
        return Ok(Answer::Nothing);
    }
    let id = container.id.clone();
    let (name, number) = topic(&container);
    loop {
        let next =
            sys.block(|k| {
                let (records, next) = k.read_journal(container.journal, from);
                if !records.is_empty() {
                    return Some(Some((records, next)));
                }
                let live =
                    k.world.engine.containers.get(&id).is_some_and(|c| {
                        matches!(c.state.status, Status::Running | Status::Paused | Status::Restarting)
                    });
                if !live || ask.until.is_some_and(|until| k.world.now >= until) {
                    return Some(None);
                }
                k.wait_on(Key::Topic(name, number));
                k.wait_on(Key::Journal(container.journal));
                if let Some(until) = ask.until {
                    k.wait_until(until);
                }
                None
            });
        match race(next, out.closed()).await {
            Either::Left(Some((records, next))) => {
                from = next;
                let mut lines = Vec::new();
                records.iter().for_each(|record| cutter.push(record, &mut lines));
                lines.into_iter().filter(|line| wanted(&ask, line)).for_each(|line| send(out, &ask, line));
            }
            Either::Left(None) | Either::Right(()) => {
                let mut lines = Vec::new();
                cutter.rest(&mut lines);
                lines.into_iter().filter(|line| wanted(&ask, line)).for_each(|line| send(out, &ask, line));
                return Ok(Answer::Nothing);
            }
        }
    }
}

fn wanted(ask: &Logs, line: &Line) -> bool {
    match line.stream {
        Stream::Stdout => ask.stdout,
        Stream::Stderr => ask.stderr,
    }
}

fn send(out: &Reporter, ask: &Logs, line: Line) {
    if !ask.timestamps && !ask.details {
        out.output(line.stream, line.bytes);
        return;
    }
    let mut bytes = Vec::new();
    if ask.timestamps {
        // The log's own times always have nine digits of a second.
        let (seconds, nanos) = line.time.epoch();
        let whole = crate::model::time::rfc3339(seconds, 0);
        bytes.extend(format!("{}.{nanos:09}Z ", whole.trim_end_matches('Z')).bytes());
    }
    if ask.details {
        bytes.push(b' ');
    }
    bytes.extend_from_slice(&line.bytes);
    out.output(line.stream, Rc::new(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::World;
    use crate::model::random::Random;

    /// However the writes are cut, the last lines are the same whether or not all was read for them.
    #[test]
    fn the_last_lines_are_those_of_the_whole_log() {
        let mut random = Random(11);
        let mut roll = |sides: u64| random.below(sides);
        for _ in 0..60 {
            let mut kernel = Kernel::new(World::new(1), Vec::new());
            let journal = kernel.add_journal();
            for at in 0..roll(200) {
                kernel.world.now = kernel.world.now.plus(Time(roll(3) / 2));
                let stream = if roll(5) == 0 { Stream::Stderr } else { Stream::Stdout };
                let text: Vec<String> = (0..=roll(3)).map(|piece| format!("{at}.{piece}")).collect();
                let end = if roll(3) == 0 { "" } else { "\n" };
                kernel.append_journal(journal, stream, format!("{}{end}", text.join("\n")).as_bytes());
            }
            let ask = Logs { stdout: true, stderr: roll(4) > 0, follow: roll(2) == 0, ..Logs::default() };
            let (mut cutter, all, next) = written(&kernel, journal, &ask);
            let mut unfinished = Vec::new();
            cutter.rest(&mut unfinished);
            let shown = |lines: &[Line]| -> Vec<(Time, Vec<u8>)> {
                lines.iter().map(|line| (line.time, line.bytes.to_vec())).collect()
            };
            for tail in [0, 1, 2, 5, 20, 1000] {
                let (mut cutter, lines, same) = written(&kernel, journal, &Logs { tail: Some(tail), ..ask.clone() });
                let mut rest = Vec::new();
                cutter.rest(&mut rest);
                let last = |lines: &[Line]| shown(&lines[lines.len().saturating_sub(tail as usize)..]);
                assert_eq!(last(&lines), last(&all), "{tail}");
                assert_eq!(shown(&rest), shown(&unfinished));
                assert_eq!(next, same);
            }
        }
    }
}
