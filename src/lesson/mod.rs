//! Lessons: Markdown read into plain data, checks on the machine's state, and the coach.
//!
//! The form of a lesson is in `lessons/README.md`.

pub mod archive;
mod check;
pub mod coach;
mod front;
mod glossary;
mod guard;
pub mod library;
mod lint;
mod markdown;
mod object;
pub mod own;
mod pack;
mod par;
mod parse;
mod progress;
mod quiz;
mod refusal;
mod trial;

pub use check::{Condition, Criterion, Kind, Matching, Operator, Place, Seen, State};
pub use front::Front;
pub use glossary::mark;
pub use lint::{Problem, lint, sound};
pub use object::stage_key;
pub use pack::{pack, unpack};
pub use par::Par;
pub use parse::{Error, parse};
pub use progress::{Progress, Reached, lines, progress};
pub use quiz::{Choice, Form, Quiz, shown};
pub use trial::{states, trial};

use crate::session::log::{self, Boot, Content, HomeFile};

/// A lesson in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// The name of its folder.
    pub id: String,
    pub title: String,
    pub front: Front,
    /// Commands that have run before the learner sits down.
    pub setup: Script,
    /// Files that the working directory has in place of the usual ones: path and content.
    pub files: Vec<(String, String)>,
    /// What stands before the first step.
    pub intro: Vec<Block>,
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Unique in the lesson, the same in every language.
    pub id: String,
    pub title: String,
    pub blocks: Vec<Block>,
    pub check: Vec<Criterion>,
    /// From vague to plain; each is shown when asked for.
    pub hints: Vec<Vec<Block>>,
    /// What makes the check hold.
    pub solution: Script,
    /// Other ways that must, and ways that must not.
    pub also: Vec<Script>,
    pub wrong: Vec<Script>,
    /// What is good for a puzzle; nothing where nobody counts.
    pub par: Option<Par>,
    /// Where its headings stand: in the lesson's file, and in the language's.
    pub lines: (usize, usize),
}

/// Lines to be typed, `^C` and `^D` for the keys, and where they stand in the lesson's file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    pub lines: Vec<String>,
    pub at: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    Paragraph(Vec<Span>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    /// Rows of cells, the first one the head.
    Table(Vec<Vec<Vec<Span>>>),
    /// Text to look at: a file, some output.
    Code {
        language: String,
        text: String,
    },
    /// Commands to run, a line each, at the host's prompt.
    Run {
        lines: Vec<String>,
        ends: Ends,
    },
    /// Something beside the way.
    Note(Vec<Block>),
    Quiz(Quiz),
    /// What to look at on the Stage, and why.
    Figure {
        object: String,
        caption: Vec<Span>,
    },
}

/// How the commands of a block are expected to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    Well,
    /// One of them fails: that is what is to be seen.
    Failing,
    /// The last one goes on until ^C.
    Stopped,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Span {
    Text(String),
    Code(String),
    Strong(Vec<Span>),
    Emphasis(Vec<Span>),
    Link {
        url: String,
        spans: Vec<Span>,
    },
    /// A word of the glossary.
    Term {
        word: String,
        meaning: String,
    },
}

impl Lesson {
    /// What the lesson's machine starts with.
    pub fn boot(&self, boot: Boot) -> Boot {
        let file = |(path, text): &(String, String)| HomeFile {
            path: path.clone(),
            content: Content::Text(text.clone()),
            executable: false,
        };
        Boot {
            lesson: boot.lesson.clone().or_else(|| Some(log::Lesson { id: self.id.clone(), hash: String::new() })),
            files: self.files.iter().map(file).collect(),
            images: self.front.images.clone(),
            setup: self.setup.lines.clone(),
            switches: self.front.switches.clone(),
            ..boot
        }
    }
}

impl Step {
    /// The questions that have to be answered, with their numbers in the step.
    pub fn questions(&self) -> impl Iterator<Item = (String, &Quiz)> {
        let quizzes = self.blocks.iter().filter_map(|block| match block {
            Block::Quiz(quiz) => Some(quiz),
            _ => None,
        });
        quizzes.enumerate().map(|(number, quiz)| (format!("{}/{number}", self.id), quiz))
    }

    /// Whether every question is answered rightly; a guess need not be right.
    pub fn answered(&self, answers: &[(&str, &str)]) -> bool {
        self.questions()
            .filter(|(_, quiz)| quiz.form != Form::Predict)
            .all(|(name, quiz)| answers.iter().any(|(question, given)| *question == name && quiz.right(given)))
    }

    /// Whether all conditions hold.
    pub fn met(&self, seen: Seen<'_>) -> bool {
        self.check.iter().all(|criterion| criterion.condition.holds(seen))
    }
}

#[cfg(test)]
mod tests;
