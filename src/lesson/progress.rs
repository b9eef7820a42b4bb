//! How far a learner is, told from the timeline and the World at hand alone.

use super::{Lesson, Seen};
use crate::model::World;
use crate::session::timeline::{Kind, Tick};

/// How many steps are done: each was, at some moment, after the one before it. What a later step undoes
/// stays done; what is taken back from the timeline is not. `now` is the World after all ticks.
pub fn progress(lesson: &Lesson, ticks: &[Tick], now: &World) -> usize {
    Progress::default().observe(lesson, 0, ticks, now)
}

/// The same, looked at again and again: what was seen of the timeline is not looked at twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Which build of the machine the timeline is of.
    build: u32,
    /// Ticks that have ended and were looked at, and how many of them are lines.
    ticks: usize,
    typed: usize,
    done: usize,
}

impl Progress {
    /// How many steps are done. A timeline of another build of the machine is looked at anew.
    pub fn observe(&mut self, lesson: &Lesson, build: u32, ticks: &[Tick], now: &World) -> usize {
        if build != self.build || self.ticks > ticks.len() {
            *self = Progress { build, ..Progress::default() };
        }
        let lines = lines(ticks);
        let pass = |done: &mut usize, world: &World, typed: usize| {
            let seen = Seen { world, lines: lines.get(..typed).unwrap_or_default() };
            while lesson.steps.get(*done).is_some_and(|step| step.check.holds(seen)) {
                *done += 1;
            }
        };
        // Things happen after the prompt is back, too: the next tick's `before` has seen them.
        while let Some(tick) = ticks.get(self.ticks)
            && let Some(after) = &tick.after
        {
            pass(&mut self.done, &tick.before, self.typed);
            self.typed += usize::from(is_line(tick));
            self.ticks += 1;
            pass(&mut self.done, after, self.typed);
        }
        let mut done = self.done;
        if let Some(tick) = ticks.get(self.ticks) {
            pass(&mut done, &tick.before, self.typed);
            pass(&mut done, &tick.before, lines.len());
        }
        pass(&mut done, now, lines.len());
        done
    }
}

/// The lines that were typed at a shell's prompt.
pub fn lines(ticks: &[Tick]) -> Vec<&str> {
    ticks.iter().filter(|tick| is_line(tick)).map(|tick| tick.text.as_str()).collect()
}

fn is_line(tick: &Tick) -> bool {
    matches!(tick.kind, Kind::Host | Kind::Container)
}
