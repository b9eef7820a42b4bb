//! How far a learner is, told from the timeline alone.

use super::{Lesson, Seen};
use crate::model::World;

/// The World after a line was typed.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub line: &'a str,
    pub world: &'a World,
}

/// How many steps are done: each was, at some moment, after the one before it. What a later step undoes
/// stays done.
pub fn progress(lesson: &Lesson, moments: &[Moment<'_>]) -> usize {
    let lines: Vec<&str> = moments.iter().map(|moment| moment.line).collect();
    let mut done = 0;
    for (at, moment) in moments.iter().enumerate() {
        let seen = Seen { world: moment.world, lines: lines.get(..=at).unwrap_or_default() };
        while lesson.steps.get(done).is_some_and(|step| step.check.holds(seen)) {
            done += 1;
        }
    }
    done
}
