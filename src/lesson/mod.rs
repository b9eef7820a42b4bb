//! Lessons: Markdown read into plain data, checks on the machine's state, and the coach.
//!
//! The form of a lesson is in `lessons/README.md`.

mod check;
pub mod coach;
mod lint;
mod markdown;
mod parse;
mod progress;
mod trial;

pub use check::{Check, Condition, Criterion, Expect, Seen};
pub use lint::{Problem, lint};
pub use parse::{Error, parse};
pub use progress::{Progress, lines, progress};
pub use trial::trial;

use crate::words::Lang;

/// A lesson in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// The name of its folder.
    pub id: String,
    pub title: String,
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
    pub check: Check,
    /// From vague to plain; each is shown when asked for.
    pub hints: Vec<Vec<Block>>,
    /// Commands that make the check hold, a line each.
    pub solution: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    Paragraph(Vec<Span>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    /// Text to look at: a file, some output.
    Code {
        language: String,
        text: String,
    },
    /// Commands to run, a line each, at the host's prompt.
    Run(Vec<String>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Span {
    Text(String),
    Code(String),
    Strong(Vec<Span>),
    Emphasis(Vec<Span>),
    Link { url: String, spans: Vec<Span> },
}

/// A lesson's texts, by language.
struct Source {
    id: &'static str,
    vi: &'static str,
    en: &'static str,
}

/// The lessons, in order.
const LESSONS: [Source; 1] = [Source {
    id: "01-image-and-container",
    vi: include_str!("../../lessons/01-image-and-container/vi.md"),
    en: include_str!("../../lessons/01-image-and-container/en.md"),
}];

/// The ids of the lessons, in order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().map(|source| source.id)
}

/// The text of a lesson in a language.
pub fn source(id: &str, lang: Lang) -> Option<&'static str> {
    let source = LESSONS.iter().find(|source| source.id == id)?;
    Some(match lang {
        Lang::Vi => source.vi,
        Lang::En => source.en,
    })
}

/// A lesson in a language. The texts are checked by a test: one that is there can be read.
pub fn lesson(id: &str, lang: Lang) -> Option<Lesson> {
    parse(id, source(id, lang)?).ok()
}

#[cfg(test)]
mod tests;
