//! What a lesson from anybody may hold: how much, which letters, and where its links may lead.

use super::parse::Error;
use super::{Block, Lesson, Span};
use crate::model::limits;

/// Whether a letter changes how the text around it reads, or shows nothing: controls, directions, invisible ones.
fn disguises(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text, if it reads as it stands there.
pub(super) fn letters(text: &str) -> Result<(), String> {
    let found = text.chars().find(|letter| disguises(*letter));
    found.map_or(Ok(()), |letter| Err(format!("U+{:04X} is no letter of a lesson", u32::from(letter))))
}

/// A file of a lesson, before it is read.
pub(super) fn file(file: &'static str, text: &str) -> Result<(), Error> {
    if text.len() > limits::LESSON_BYTES {
        let text = format!("a text of {} bytes is too long (limit: {})", text.len(), limits::LESSON_BYTES);
        return Err(Error { file, line: 1, text });
    }
    for (at, line) in text.lines().enumerate() {
        letters(line).map_err(|text| Error { file, line: at + 1, text })?;
    }
    Ok(())
}

/// Links lead to another site by https, or to a step. A name before the host would pass for the host.
pub(super) fn link(url: &str) -> Result<(), String> {
    let fine = match url.strip_prefix("https://") {
        Some(rest) => {
            let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
            !host.is_empty() && !host.contains('@') && host.is_ascii() && !rest.contains(['\\', ' '])
        }
        None => url.starts_with('#'),
    };
    letters(url)?;
    if fine { Ok(()) } else { Err(format!("a link must lead to https:// or #, not {url}")) }
}

/// How much a whole lesson has: what it lists, and blocks and spans of what it tells.
pub(super) fn size(file: &'static str, lesson: &Lesson) -> Result<(), Error> {
    let told = lesson.steps.iter().flat_map(|step| step.blocks.iter().chain(step.hints.iter().flatten()));
    let parts: usize = lesson.intro.iter().chain(told).map(parts).sum();
    let titles = lesson.steps.iter().map(|step| &step.title).chain([&lesson.title]);
    if let Some(long) = titles.map(String::len).find(|bytes| *bytes > limits::NAME_BYTES) {
        let text = format!("a title of {long} bytes is too long (limit: {})", limits::NAME_BYTES);
        return Err(Error { file, line: 1, text });
    }
    let front = &lesson.front;
    let listed = [
        (lesson.steps.len(), "steps"),
        (lesson.files.len(), "files"),
        (front.images.len(), "images"),
        (front.needs.len(), "lessons before it"),
        (front.switches.len(), "switches"),
        (front.covers.len(), "headings"),
    ];
    let listed = listed.map(|(count, what)| (count, limits::LESSON_STEPS, what));
    for (count, limit, what) in listed.into_iter().chain([(parts, limits::LESSON_PARTS, "parts of text")]) {
        if count > limit {
            return Err(Error { file, line: 1, text: format!("{count} {what} are too many (limit: {limit})") });
        }
    }
    Ok(())
}

fn parts(block: &Block) -> usize {
    let spans = |spans: &[Span]| spans.iter().map(self::spans).sum::<usize>();
    1 + match block {
        Block::Paragraph(inner) | Block::Figure { caption: inner, .. } => spans(inner),
        Block::List { items, .. } => items.iter().flatten().map(parts).sum(),
        Block::Table(rows) => rows.iter().flatten().map(|cell| 1 + spans(cell)).sum(),
        Block::Note(blocks) => blocks.iter().map(parts).sum(),
        Block::Quiz(quiz) => {
            spans(&quiz.question) + spans(&quiz.why) + quiz.choices.iter().map(|c| 1 + spans(&c.text)).sum::<usize>()
        }
        Block::Run { lines, .. } => lines.len(),
        Block::Code { .. } => 0,
    }
}

fn spans(span: &Span) -> usize {
    1 + match span {
        Span::Strong(inner) | Span::Emphasis(inner) | Span::Link { spans: inner, .. } => inner.iter().map(spans).sum(),
        Span::Text(_) | Span::Code(_) | Span::Term { .. } => 0,
    }
}

/// An error's text for whoever reads it: what it quotes of the lesson is neither long nor in disguise.
pub(super) fn shown(error: Error) -> Error {
    let mut text: String =
        error.text.chars().map(|c| if disguises(c) || c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
    if text.len() < error.text.len() && error.text.chars().nth(300).is_some() {
        text.push('…');
    }
    Error { text, ..error }
}
