//! What can be told of a lesson without trying it out.

use std::fmt;

use super::quiz::Form;
use super::{Block, Lesson, Step};

/// What is wrong with a lesson, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// `lesson.md`, or a language's text.
    pub file: &'static str,
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Both languages must carry the same: runnable blocks, hints, questions and their answers, figures. `file` is
/// that of the second.
pub fn lint(one: &Lesson, other: &Lesson, file: &'static str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (a, b) in one.steps.iter().zip(&other.steps) {
        let mut differ = |same: bool, what: &str| {
            if !same {
                let text = format!("step `{}`: the {what} of the two languages differ", a.id);
                problems.push(Problem { file, line: b.lines.1, text });
            }
        };
        differ(runs(a) == runs(b), "runnable blocks");
        differ(a.hints.len() == b.hints.len(), "numbers of hints");
        differ(answers(a) == answers(b), "questions");
        differ(figures(a) == figures(b), "figures");
    }
    problems
}

/// What makes a whole lesson good, besides its form: other ways, a wrong one, hints, 4 to 10 steps in 5 to 12 minutes.
pub fn sound(lesson: &Lesson) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |line: usize, text: String| problems.push(Problem { file: super::parse::SHARED, line, text });
    let scripts = |of: fn(&Step) -> usize| lesson.steps.iter().map(of).sum::<usize>();
    let (also, wrong) = (scripts(|step| step.also.len()), scripts(|step| step.wrong.len()));
    if also < 2 {
        say(1, format!("{also} other ways (`also`) are too few: 2 are asked for"));
    }
    if wrong < 1 {
        say(1, "there is no wrong way (`wrong`)".to_string());
    }
    if !(4..=10).contains(&lesson.steps.len()) {
        say(1, format!("{} steps: 4 to 10 are asked for", lesson.steps.len()));
    }
    for step in lesson.steps.iter().filter(|step| !step.check.is_empty() && step.hints.is_empty()) {
        say(step.lines.0, format!("step `{}` has no hint", step.id));
    }
    for step in &lesson.steps {
        for link in links(step).filter(|link| !lesson.steps.iter().any(|step| step.id == *link)) {
            say(step.lines.0, format!("step `{}` points to `#{link}`, which is no step", step.id));
        }
    }
    problems
}

/// The steps that a step's text points to.
fn links(step: &Step) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let all = step.blocks.iter().chain(step.hints.iter().flatten());
    all.for_each(|block| super::markdown::links(block, &mut found));
    found.into_iter()
}

fn runs(step: &Step) -> Vec<&Block> {
    step.blocks.iter().filter(|block| matches!(block, Block::Run { .. })).collect()
}

fn answers(step: &Step) -> Vec<(Form, usize, String)> {
    let answer = |form, quiz: &super::Quiz| if form == Form::Fill { String::new() } else { quiz.answer() };
    step.questions().map(|(_, quiz)| (quiz.form, quiz.choices.len(), answer(quiz.form, quiz))).collect()
}

fn figures(step: &Step) -> Vec<&str> {
    fn figure(block: &Block) -> Option<&str> {
        match block {
            Block::Figure { object, .. } => Some(object),
            _ => None,
        }
    }
    step.blocks.iter().filter_map(figure).collect()
}
