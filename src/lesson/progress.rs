//! How far a learner is, told from the timeline and the World at hand alone.

use super::{Lesson, Seen, Step};
use crate::model::World;
use crate::session::timeline::{Kind, Tick};

/// How many steps are done: each was, at some moment, after the one before it. What a later step undoes
/// stays done; what is taken back from the timeline is not. `now` is the World after all ticks.
pub fn progress(lesson: &Lesson, ticks: &[Tick], answers: &[(&str, &str)], now: &World) -> Reached {
    Progress::default().observe(lesson, 0, ticks, answers, now)
}

/// The same, looked at again and again: what was seen of the timeline is not looked at twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Which build of the machine the timeline is of.
    build: u32,
    /// Ticks that have ended and were looked at, and how many of them are lines.
    ticks: usize,
    typed: usize,
    reached: Reached,
    /// The next step's conditions held once: only its questions are open.
    met: bool,
}

/// How far a learner has come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reached {
    /// Steps that are done.
    pub done: usize,
    /// What each of them took, where it has a par.
    pub spent: Vec<Option<u64>>,
    /// Lines that were typed when the next step began.
    began: usize,
}

impl Reached {
    /// The next step is done, in a World in which so many lines were typed.
    fn step(&mut self, step: &Step, world: &World, lines: &[&str]) {
        let own = lines.get(self.began..).unwrap_or_default();
        self.spent.push(step.par.as_ref().and_then(|par| par.spent(world, own)));
        (self.done, self.began) = (self.done + 1, lines.len());
    }
}

impl Progress {
    /// How many steps are done. A timeline of another build of the machine is looked at anew.
    pub fn observe(
        &mut self,
        lesson: &Lesson,
        build: u32,
        ticks: &[Tick],
        answers: &[(&str, &str)],
        now: &World,
    ) -> Reached {
        if build != self.build || self.ticks > ticks.len() {
            *self = Progress { build, ..Progress::default() };
        }
        let lines = lines(ticks);
        let pass = |(reached, met): &mut (Reached, bool), world: &World, typed: usize| {
            let seen = Seen { world, lines: lines.get(..typed).unwrap_or_default(), answers };
            while let Some(step) = lesson.steps.get(reached.done) {
                *met = *met || step.met(seen);
                if !*met || !step.answered(answers) {
                    break;
                }
                reached.step(step, world, seen.lines);
                *met = false;
            }
        };
        let mut state = (std::mem::take(&mut self.reached), self.met);
        // Things happen after the prompt is back, too: the next tick's `before` has seen them.
        while let Some(tick) = ticks.get(self.ticks)
            && let Some(after) = &tick.after
        {
            pass(&mut state, &tick.before, self.typed);
            self.typed += usize::from(is_line(tick));
            self.ticks += 1;
            pass(&mut state, after, self.typed);
        }
        (self.reached, self.met) = state.clone();
        if let Some(tick) = ticks.get(self.ticks) {
            pass(&mut state, &tick.before, self.typed);
            pass(&mut state, &tick.before, lines.len());
        }
        pass(&mut state, now, lines.len());
        state.0
    }
}

/// The lines that were typed at a shell's prompt.
pub fn lines(ticks: &[Tick]) -> Vec<&str> {
    ticks.iter().filter(|tick| is_line(tick)).map(|tick| tick.text.as_str()).collect()
}

fn is_line(tick: &Tick) -> bool {
    matches!(tick.kind, Kind::Host | Kind::Container)
}
