//! A lesson's text into its steps.

use std::fmt;

use super::markdown::{Piece, Reader, commands};
use super::{Block, Check, Lesson, Step};

/// What is wrong with a text, and in which line (from 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// Reads a lesson.
pub fn parse(id: &str, text: &str) -> Result<Lesson, Error> {
    let mut lesson = Lesson { id: id.to_string(), title: String::new(), intro: Vec::new(), steps: Vec::new() };
    let mut heads = Vec::new();
    for (line, piece) in Reader::new(text).pieces()? {
        let error = |text: &str| Error { line, text: text.to_string() };
        match (piece, lesson.steps.last_mut()) {
            (Piece::Title(title), None) if lesson.title.is_empty() => lesson.title = title,
            (Piece::Title(_), _) => return Err(error("a lesson has one title, at its beginning")),
            (Piece::Step { title, id }, _) => {
                let id = id.ok_or_else(|| error("a step needs an id: ## Title {#id}"))?;
                if lesson.steps.iter().any(|step| step.id == id) {
                    return Err(error(&format!("there is a step `{id}` already")));
                }
                heads.push(line);
                let (check, blocks) = (Check::default(), Vec::new());
                lesson.steps.push(Step { id, title, blocks, check, hints: Vec::new(), solution: Vec::new() });
            }
            (Piece::Block(block), Some(step)) => step.blocks.push(block),
            (Piece::Block(Block::Run(_)), None) => return Err(error("commands belong to a step")),
            (Piece::Block(block), None) => lesson.intro.push(block),
            (Piece::Part { name, .. }, None) => return Err(error(&format!("a {name} belongs to a step"))),
            (Piece::Part { name, text }, Some(step)) => part(step, &name, &text, line)?,
        }
    }
    if lesson.title.is_empty() {
        return Err(Error { line: 1, text: "a lesson needs a title: # Title".to_string() });
    }
    for (step, line) in lesson.steps.iter().zip(heads) {
        let missing = [("check", step.check.criteria.is_empty()), ("solution", step.solution.is_empty())];
        if let Some((what, _)) = missing.into_iter().find(|(_, missing)| *missing) {
            return Err(Error { line, text: format!("step `{}` has no {what}", step.id) });
        }
    }
    Ok(lesson)
}

/// A step's check, hint or solution; `line` is that of its fence.
fn part(step: &mut Step, name: &str, text: &str, line: usize) -> Result<(), Error> {
    let twice = || Error { line, text: format!("step `{}` has a {name} already", step.id) };
    match name {
        "check" if !step.check.criteria.is_empty() => return Err(twice()),
        "check" => {
            step.check = Check::parse(text).map_err(|(at, text)| Error { line: line + 1 + at, text })?;
        }
        "solution" if !step.solution.is_empty() => return Err(twice()),
        "solution" => step.solution = commands(text),
        _ => {
            let mut blocks = Vec::new();
            for (at, piece) in Reader::new(text).pieces().map_err(|error| Error { line: line + error.line, ..error })? {
                match piece {
                    Piece::Block(block) => blocks.push(block),
                    _ => {
                        return Err(Error {
                            line: line + at,
                            text: "a hint has paragraphs, lists and code".to_string(),
                        });
                    }
                }
            }
            step.hints.push(blocks);
        }
    }
    Ok(())
}
