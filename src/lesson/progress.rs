//! How far a learner is, told from the timeline and the World at hand alone.

use super::{Lesson, Seen};
use crate::model::World;
use crate::session::timeline::{Kind, Tick};

/// How many steps are done: each was, at some moment, after the one before it. What a later step undoes
/// stays done; what is taken back from the timeline is not. `now` is the World after all ticks.
pub fn progress(lesson: &Lesson, ticks: &[Tick], now: &World) -> usize {
    let lines = lines(ticks);
    let mut done = 0;
    // Things happen after the prompt is back, too: the next tick's `before` has seen them.
    let before = ticks.iter().map(|tick| (tick, false, &tick.before));
    let after = ticks.iter().map(|tick| (tick, true, tick.after.as_ref().unwrap_or(&tick.before)));
    let mut typed = 0;
    for (first, second) in before.zip(after) {
        for (tick, is_after, world) in [first, second] {
            typed += usize::from(is_after && is_line(tick));
            let seen = Seen { world, lines: lines.get(..typed).unwrap_or_default() };
            while lesson.steps.get(done).is_some_and(|step| step.check.holds(seen)) {
                done += 1;
            }
        }
    }
    let seen = Seen { world: now, lines: &lines };
    while lesson.steps.get(done).is_some_and(|step| step.check.holds(seen)) {
        done += 1;
    }
    done
}

/// The lines that were typed at a shell's prompt.
pub fn lines(ticks: &[Tick]) -> Vec<&str> {
    ticks.iter().filter(|tick| is_line(tick)).map(|tick| tick.text.as_str()).collect()
}

fn is_line(tick: &Tick) -> bool {
    matches!(tick.kind, Kind::Host | Kind::Container)
}
