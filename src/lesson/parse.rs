//! A lesson's two texts into one: what is checked stands in `lesson.md`, what is said in `vi.md` and `en.md`.

use std::fmt;

use super::check::Condition;
use super::front::front;
use super::markdown::{Piece, Reader, commands};
use super::{Block, Criterion, Lesson, Par, Script, Step, guard};
use crate::model::limits;

/// The file that is the same in every language.
pub(super) const SHARED: &str = "lesson.md";

/// What is wrong with a text, and in which file and line (from 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    pub file: &'static str,
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Reads a lesson; `file` is the name of the language's text. Whoever wrote it, what comes of it is safe to draw.
pub fn parse(id: &str, shared: &str, file: &'static str, text: &str) -> Result<Lesson, Error> {
    let read = || {
        guard::file(SHARED, shared)?;
        guard::file(file, text)?;
        let lesson = both(id, shared, file, text)?;
        guard::size(file, &lesson)?;
        Ok(lesson)
    };
    read().map_err(guard::shown)
}

fn both(id: &str, shared: &str, file: &'static str, text: &str) -> Result<Lesson, Error> {
    let mut lesson = common(id, shared)?;
    let mut at = None;
    let mut told = 0;
    for (line, piece) in Reader::new(file, 1, text).pieces()? {
        let error = |text: String| Error { file, line, text };
        let step = at.and_then(|at: usize| lesson.steps.get_mut(at));
        match (piece, step) {
            (Piece::Title(title), None) if lesson.title.is_empty() => lesson.title = title,
            (Piece::Title(_), _) => return Err(error("a lesson has one title, at its beginning".to_string())),
            (Piece::Step { title, id }, _) => {
                let id = id.ok_or_else(|| error("a step needs an id: ## Title {#id}".to_string()))?;
                let found = lesson.steps.iter().position(|step| step.id == id);
                let found = found.ok_or_else(|| error(format!("{SHARED} has no step `{id}`")))?;
                if found != told {
                    return Err(error(format!("step `{id}` stands elsewhere in {SHARED}")));
                }
                told += 1;
                at = Some(found);
                if let Some(step) = lesson.steps.get_mut(found) {
                    (step.title, step.lines.1) = (title, line);
                }
            }
            (Piece::Block(block), Some(step)) => step.blocks.push(block),
            (Piece::Block(Block::Run { .. }), None) => return Err(error("commands belong to a step".to_string())),
            (Piece::Block(Block::Quiz(_)), None) => return Err(error("a quiz belongs to a step".to_string())),
            (Piece::Block(block), None) => lesson.intro.push(block),
            (Piece::Part { name, .. }, None) => return Err(error(format!("a {name} belongs to a step"))),
            (Piece::Part { name, text, .. }, Some(step)) => said(step, &name, &text, file, line)?,
        }
    }
    if lesson.title.is_empty() {
        return Err(Error { file, line: 1, text: "a lesson needs a title: # Title".to_string() });
    }
    whole(&lesson, file, told)?;
    Ok(lesson)
}

/// What a language's text must have of every step.
fn whole(lesson: &Lesson, file: &'static str, told: usize) -> Result<(), Error> {
    if let Some(step) = lesson.steps.get(told) {
        let text = format!("{file} has no step `{}`", step.id);
        return Err(Error { file: SHARED, line: step.lines.0, text });
    }
    for step in &lesson.steps {
        let error = |text: String| Error { file, line: step.lines.1, text };
        let said = step.check.iter().filter(|criterion| !criterion.meaning.is_empty()).count();
        if said != step.check.len() {
            let text = format!("step `{}` says what {said} conditions mean, and has {}", step.id, step.check.len());
            return Err(error(text));
        }
        if step.check.is_empty() && step.questions().next().is_none() {
            return Err(error(format!("step `{}` has neither a check nor a quiz", step.id)));
        }
    }
    Ok(())
}

/// A part of a step in a language's text; `line` is that of its fence.
fn said(step: &mut Step, name: &str, text: &str, file: &'static str, line: usize) -> Result<(), Error> {
    match name {
        "hint" => step.hints.push(Reader::new(file, line + 1, text).blocks("a hint")?),
        "check" => {
            let meanings = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            for (at, meaning) in meanings {
                let free = step.check.iter_mut().find(|criterion| criterion.meaning.is_empty());
                let Some(criterion) = free else {
                    let text = format!("step `{}` has no such condition in {SHARED}", step.id);
                    return Err(Error { file, line: line + 1 + at, text });
                };
                criterion.meaning = meaning.trim().to_string();
            }
        }
        _ => return Err(Error { file, line, text: format!("a {name} stands in {SHARED}") }),
    }
    Ok(())
}

/// Reads what is the same in every language.
fn common(id: &str, text: &str) -> Result<Lesson, Error> {
    let file = SHARED;
    let (front, rest, first) = front(file, text)?;
    let mut lesson = Lesson {
        id: id.to_string(),
        title: String::new(),
        front,
        setup: Script::default(),
        files: Vec::new(),
        intro: Vec::new(),
        steps: Vec::new(),
    };
    for (line, piece) in Reader::new(file, first, rest).pieces()? {
        let error = |text: String| Error { file, line, text };
        match piece {
            Piece::Step { title, .. } => {
                let ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if title.is_empty() || !title.chars().all(ok) {
                    return Err(error(format!("`{title}` is no id: small letters, digits and hyphens are")));
                }
                if lesson.steps.iter().any(|step| step.id == title) {
                    return Err(error(format!("there is a step `{title}` already")));
                }
                lesson.steps.push(Step {
                    id: title,
                    title: String::new(),
                    blocks: Vec::new(),
                    check: Vec::new(),
                    hints: Vec::new(),
                    solution: Script::default(),
                    also: Vec::new(),
                    wrong: Vec::new(),
                    par: None,
                    lines: (line, 0),
                });
            }
            Piece::Part { name, argument, text } => part(&mut lesson, &name, &argument, &text, line)?,
            _ => return Err(error(format!("{SHARED} has steps and their parts, no text"))),
        }
    }
    for step in &lesson.steps {
        if step.check.is_empty() != step.solution.lines.is_empty() {
            let missing = if step.check.is_empty() { "check" } else { "solution" };
            let text = format!("step `{}` has no {missing}", step.id);
            return Err(Error { file, line: step.lines.0, text });
        }
    }
    if lesson.steps.is_empty() {
        return Err(Error { file, line: first, text: "a lesson has steps: ## id".to_string() });
    }
    Ok(lesson)
}

/// A part of the lesson or of its last step; `line` is that of its fence.
fn part(lesson: &mut Lesson, name: &str, argument: &str, text: &str, line: usize) -> Result<(), Error> {
    let error = |text: String| Error { file: SHARED, line, text };
    let script = Script { lines: commands(text), at: line };
    if name != "file" && script.lines.is_empty() {
        return Err(error(format!("the {name} is empty")));
    }
    match (name, lesson.steps.last_mut()) {
        ("file", _)
            if argument.is_empty()
                || argument.starts_with('/')
                || argument.contains("..")
                || argument.len() > limits::PATH_BYTES =>
        {
            return Err(error("a file has a path below the working directory: `file PATH`".to_string()));
        }
        ("file", _) => lesson.files.push((argument.to_string(), text.to_string())),
        ("setup", None) => lesson.setup = script,
        ("setup", Some(_)) => return Err(error("the setup stands before the first step".to_string())),
        ("hint", _) => return Err(error("a hint stands in the languages' texts".to_string())),
        (name, None) => return Err(error(format!("a {name} belongs to a step"))),
        ("check", Some(step)) => {
            if !step.check.is_empty() {
                return Err(error(format!("step `{}` has a check already", step.id)));
            }
            for (at, condition) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
                let line = line + 1 + at;
                let condition = Condition::parse(condition).map_err(|text| Error { file: SHARED, line, text })?;
                step.check.push(Criterion { condition, meaning: String::new(), line });
            }
        }
        ("solution", Some(step)) if step.solution.lines.is_empty() => step.solution = script,
        ("also", Some(step)) => step.also.push(script),
        ("wrong", Some(step)) => step.wrong.push(script),
        ("par", Some(step)) => {
            if step.par.is_some() {
                return Err(error(format!("step `{}` has a par already", step.id)));
            }
            step.par = Some(Par::parse(text).map_err(error)?);
        }
        (name, Some(step)) => return Err(error(format!("step `{}` has a {name} already", step.id))),
    }
    Ok(())
}
