//! A lesson tried out: every check is false before its step's solution and true after it.

use super::progress::{lines, progress};
use super::{Lesson, Problem, Seen, Step};
use crate::model::time::Time;
use crate::session::Session;
use crate::session::log::Boot;

/// How long a line of a solution may hold the terminal, and how long the reader then looks at it.
const LONGEST: Time = Time::seconds(600);
const LOOK: Time = Time::seconds(2);

/// Does a lesson from its first to its last step in a session of its own; what goes wrong, if anything.
pub fn trial(lesson: &Lesson) -> Vec<Problem> {
    let mut session = Session::new(Boot::default());
    session.run_to_prompt(LONGEST);
    let mut problems = Vec::new();
    for (at, step) in lesson.steps.iter().enumerate() {
        let mut problem = |text: String| problems.push(Problem { step: Some(step.id.clone()), text });
        if holds(&session, step) {
            problem("the check holds before the solution".to_string());
        }
        for line in &step.solution {
            if let Err(refusal) = session.submit(line) {
                problem(format!("`{line}`: {refusal}"));
            }
            if !session.run_to_prompt(LONGEST) {
                problem(format!("`{line}` does not come to an end"));
            }
            session.advance(LOOK);
        }
        let output = String::from_utf8_lossy(&session.take_output()).into_owned();
        let world = session.world();
        let typed = lines(session.ticks());
        let seen = Seen { world: &world, lines: &typed };
        for criterion in step.check.criteria.iter().filter(|criterion| !criterion.condition.holds(seen)) {
            problem(format!(
                "`{}` does not hold after the solution; the terminal said:\n{output}",
                criterion.condition
            ));
        }
        let done = progress(lesson, session.ticks(), &world);
        if done != at + 1 {
            problem(format!("{done} steps count as done, not {}", at + 1));
        }
    }
    problems
}

fn holds(session: &Session, step: &Step) -> bool {
    let world = session.world();
    step.check.holds(Seen { world: &world, lines: &lines(session.ticks()) })
}
