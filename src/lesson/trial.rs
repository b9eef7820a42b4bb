//! A lesson tried out: every check is false before its step's solution and true after it, other ways pass,
//! wrong ways don't, every runnable block runs.

use super::progress::{lines, progress};
use super::quiz::Form;
use super::{Block, Ends, Lesson, Problem, Seen, Step};
use crate::model::time::Time;
use crate::session::Session;
use crate::session::log::{Boot, Input, Key};

/// How long a line may hold the terminal, and how long the reader then looks at it.
const LONGEST: Time = Time::seconds(600);
const LOOK: Time = Time::seconds(2);

/// What a script left.
struct Played {
    session: Session,
    output: String,
    problems: Vec<String>,
    /// The lines' exit statuses, as far as they have one.
    statuses: Vec<i32>,
}

/// Does a lesson from its first to its last step in a session of its own; what goes wrong, if anything.
/// `file` is the language's text, for what stands there.
pub fn trial(lesson: &Lesson, file: &'static str) -> Vec<Problem> {
    let mut session = Session::new(lesson.boot(Boot::default()));
    session.run_to_prompt(LONGEST);
    let mut problems = Vec::new();
    let shared = super::parse::SHARED;
    for image in &session.machine().missing {
        problems.push(Problem { file: shared, line: 1, text: format!("the catalogue has no image `{image}`") });
    }
    for (at, step) in lesson.steps.iter().enumerate() {
        let mut problem = |line: usize, text: String| problems.push(Problem { file: shared, line, text });
        let before = session.save();
        if !step.check.is_empty() && met(&session, step) {
            problem(step.lines.0, format!("step `{}`: the check holds before the solution", step.id));
        }
        for script in &step.also {
            let played = play(&before, &script.lines);
            for text in played.problems.iter().chain(missing(&played, step).iter()) {
                problem(script.at, format!("step `{}`, another way: {text}", step.id));
            }
        }
        for script in &step.wrong {
            let played = play(&before, &script.lines);
            for text in &played.problems {
                problem(script.at, format!("step `{}`, a wrong way: {text}", step.id));
            }
            if missing(&played, step).is_empty() {
                problem(script.at, format!("step `{}`: a wrong way passes", step.id));
            }
        }
        for text in blocks(&before, step) {
            problems.push(Problem { file, line: step.lines.1, text: format!("step `{}`: {text}", step.id) });
        }
        let mut problem = |line: usize, text: String| problems.push(Problem { file: shared, line, text });
        let played = play(&before, &step.solution.lines);
        for text in played.problems.iter().chain(missing(&played, step).iter()) {
            problem(step.solution.at, format!("step `{}`: {text}", step.id));
        }
        session = played.session;
        for (question, quiz) in step.questions().filter(|(_, quiz)| quiz.form != Form::Predict) {
            let _ = session.apply(Input::Answer { question, given: quiz.answer() });
        }
        let reached = progress(lesson, session.ticks(), &session.answers(), &session.world());
        if reached.done != at + 1 {
            let text = format!("{} steps count as done after step `{}`, not {}", reached.done, step.id, at + 1);
            problem(step.lines.0, text);
        } else if let Some(par) = &step.par {
            match reached.spent.get(at).copied().flatten() {
                Some(spent) if spent <= par.goal() => {}
                Some(spent) => {
                    let text = format!("step `{}`: the solution takes {spent}, which is over its par `{par}`", step.id);
                    problem(step.solution.at, text);
                }
                None => problem(step.lines.0, format!("step `{}`: nothing can be told of its par `{par}`", step.id)),
            }
        }
    }
    problems
}

/// The log of a session as it is before each step from the second on: the steps before are done by their solutions
/// and answers.
pub fn states(lesson: &Lesson) -> Vec<Vec<Input>> {
    let mut session = Session::new(lesson.boot(Boot::default()));
    session.run_to_prompt(LONGEST);
    let done = lesson.steps.split_last().map_or(&[][..], |(_, done)| done);
    let mut state = |step: &Step| {
        type_in(&mut session, &step.solution.lines);
        for (question, quiz) in step.questions().filter(|(_, quiz)| quiz.form != Form::Predict) {
            let _ = session.apply(Input::Answer { question, given: quiz.answer() });
        }
        let _ = session.stored();
        session.log().to_vec()
    };
    done.iter().map(&mut state).collect()
}

fn met(session: &Session, step: &Step) -> bool {
    let world = session.world();
    step.met(Seen { world: &world, lines: &lines(session.ticks()), answers: &session.answers() })
}

/// The conditions that do not hold, with what the terminal said.
fn missing(played: &Played, step: &Step) -> Vec<String> {
    let world = played.session.world();
    let lines = lines(played.session.ticks());
    let seen = Seen { world: &world, lines: &lines, answers: &played.session.answers() };
    let failed = step.check.iter().filter(|criterion| !criterion.condition.holds(seen));
    let failed = failed.map(|criterion| {
        let said = played.output.lines().rev().take(12).collect::<Vec<_>>();
        let said: Vec<&str> = said.into_iter().rev().collect();
        format!(
            "`{}` (line {}) does not hold; the terminal said:\n{}",
            criterion.condition,
            criterion.line,
            said.join("\n")
        )
    });
    failed.collect()
}

/// Types a script into the machine that a saved session tells of.
fn play(saved: &str, script: &[String]) -> Played {
    let mut session = match Session::load(saved) {
        Ok(session) => session,
        Err(_) => Session::new(Boot::default()),
    };
    let _ = session.take_output();
    let first = session.ticks().len();
    let problems = type_in(&mut session, script);
    let output = String::from_utf8_lossy(&session.take_output()).replace('\r', "");
    let statuses = session.ticks().iter().skip(first).filter_map(|tick| tick.status).collect();
    Played { session, output, problems, statuses }
}

/// Types a script, as a reader would who waits for each line's end; gives what goes wrong.
fn type_in(session: &mut Session, script: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, line) in script.iter().enumerate() {
        let taken = match line.as_str() {
            "^C" => session.key(Key::Interrupt),
            "^D" => session.key(Key::End),
            line => session.submit(line),
        };
        if let Err(refusal) = taken {
            problems.push(format!("`{line}`: {refusal}"));
        }
        let next = script.get(at + 1).map(String::as_str);
        if matches!(next, Some("^C" | "^D")) {
            session.advance(LOOK.plus(LOOK));
        } else if !session.run_to_reader(LONGEST) {
            problems.push(format!("`{line}` does not come to an end"));
            let _ = session.key(Key::Interrupt);
        } else {
            session.advance(LOOK);
        }
    }
    if !session.run_to_prompt(LOOK) {
        problems.push("the prompt does not come back".to_string());
        let _ = session.key(Key::Interrupt);
        session.run_to_prompt(LOOK);
    }
    problems
}

/// Runs a step's runnable blocks, one after the other, as a reader would click them.
fn blocks(before: &str, step: &Step) -> Vec<String> {
    let mut problems = Vec::new();
    let mut saved = before.to_string();
    for block in &step.blocks {
        let Block::Run { lines, ends } = block else { continue };
        let mut script = lines.clone();
        if *ends == Ends::Stopped {
            script.push("^C".to_string());
        }
        let mut played = play(&saved, &script);
        problems.append(&mut played.problems);
        let failed = played.statuses.iter().filter(|status| **status != 0).count();
        let wrong = match ends {
            Ends::Well => failed > 0,
            Ends::Failing => failed == 0,
            Ends::Stopped => false,
        };
        if wrong {
            let said = if failed == 0 { "nothing fails, although the block says `fails`" } else { "a command fails" };
            problems.push(format!("{said}: {}; the terminal said:\n{}", lines.join(" | "), played.output));
        }
        saved = played.session.save();
    }
    problems
}
