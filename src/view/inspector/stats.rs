//! What a container used, a point a second.

use super::{Body, Subject};
use crate::diagram::{human_size, text::Look};
use crate::engine::stats::sample;
use crate::model::World;
use crate::model::container::Container;
use crate::model::time::Time;
use crate::words::Words;

/// Points that are kept.
const KEPT: usize = 60;
/// Time between two points.
const PERIOD: Time = Time::seconds(1);
/// A chart's size in pixels.
const WIDE: u64 = 240;
const HIGH: u64 = 44;

/// The last points of one container.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    key: String,
    points: Vec<Point>,
}

/// What it used at a moment; CPU in thousandths of a percent since the point before.
#[derive(Clone, PartialEq, Debug)]
struct Point {
    at: Time,
    used: u64,
    cpu: u64,
    memory: u64,
    limit: u64,
    pids: u32,
    received: u64,
    sent: u64,
    written: u64,
}

/// A line over time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chart {
    pub label: &'static str,
    pub value: String,
    /// `0,40 4,38 ...` in a box of 240 by 44; empty where there is no course to see.
    pub points: String,
}

impl Samples {
    /// Takes a point of a container, if a second has passed since the last one.
    pub fn observe(&mut self, world: &World, key: &str) {
        if self.key != key {
            *self = Samples { key: key.to_owned(), points: Vec::new() };
        }
        let Some(Subject::Container(container)) = Subject::of(world, key) else { return };
        // Time has gone back: what was seen is no past of this.
        self.points.retain(|point| point.at <= world.now);
        let last = self.points.last();
        if !Look::of(container).is_live() || last.is_some_and(|last| world.now.since(last.at) < PERIOD) {
            return;
        }
        let now = sample(world, container);
        let passed = last.map_or(0, |last| world.now.since(last.at).0);
        // A container that was started anew begins at nothing.
        let spent = last.map_or(0, |last| now.cpu.saturating_sub(last.used));
        let cpu = if passed == 0 { 0 } else { (u128::from(spent) * 100_000 / u128::from(passed)) as u64 };
        self.points.push(Point {
            at: world.now,
            used: now.cpu,
            cpu,
            memory: now.memory,
            limit: now.memory_limit,
            pids: now.pids,
            received: now.received,
            sent: now.sent,
            written: now.written,
        });
        let old = self.points.len().saturating_sub(KEPT);
        self.points.drain(..old);
    }
}

/// The charts of a running container.
pub(super) fn charts(container: &Container, samples: &Samples, words: &'static Words) -> Body {
    let words = &words.inspect;
    let Some(last) = samples.points.last().filter(|_| Look::of(container).is_live()) else {
        return Body::Nothing(words.no_stats);
    };
    let points = &samples.points;
    let cpus: Vec<u64> = points.iter().map(|point| point.cpu).collect();
    let memory: Vec<u64> = points.iter().map(|point| point.memory).collect();
    let limited = container.host.resources.memory > 0;
    // Against its own limit where it has one: how near it is matters more than how it moves.
    let ceiling = if limited { last.limit } else { 2 * memory.iter().max().copied().unwrap_or(0) };
    let plain = |label, value| Chart { label, value, points: String::new() };
    Body::Charts(vec![
        Chart { label: words.cpu, value: percent(last.cpu), points: course(&cpus, 100_000) },
        Chart {
            label: words.memory,
            value: (words.of)(&human_size(last.memory), &human_size(last.limit)),
            points: course(&memory, ceiling),
        },
        plain(words.pids, last.pids.to_string()),
        plain(words.net_in, human_size(last.received)),
        plain(words.net_out, human_size(last.sent)),
        plain(words.disk, human_size(last.written)),
    ])
}

fn percent(thousandths: u64) -> String {
    format!("{}.{:02} %", thousandths / 1000, thousandths % 1000 / 10)
}

/// The newest value at the right edge, `ceiling` or more at the top.
fn course(values: &[u64], ceiling: u64) -> String {
    let top = values.iter().copied().max().unwrap_or(0).max(ceiling).max(1);
    let step = WIDE / (KEPT as u64 - 1);
    let first = WIDE - step * (values.len() as u64).saturating_sub(1);
    let place = |(at, value): (usize, &u64)| {
        let y = HIGH - 2 - (u128::from(*value) * u128::from(HIGH - 4) / u128::from(top)) as u64;
        format!("{},{y}", first + step * at as u64)
    };
    values.iter().enumerate().map(place).collect::<Vec<_>>().join(" ")
}
