//! Markdown events into blocks and spans. Raw HTML is dropped.

use std::cell::Cell;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd};

use super::parse::Error;
use super::quiz::{Choice, Form, Quiz, plain};
use super::{Block, Ends, Span, guard};
use crate::model::limits;

/// A piece of the text, and its line from 1.
pub(super) enum Piece {
    Title(String),
    /// A step's heading, with its id.
    Step {
        title: String,
        id: Option<String>,
    },
    Block(Block),
    /// A fenced block that is no text of its own, with the words after the fence: `check`, `hint`, `file PATH`.
    Part {
        name: String,
        argument: String,
        text: String,
    },
}

/// The fenced blocks that are parts of a step or a lesson.
const PARTS: [&str; 8] = ["check", "hint", "solution", "also", "wrong", "setup", "file", "par"];

pub(super) struct Reader<'a> {
    /// The file, for errors, and the line on which the text begins in it.
    file: &'static str,
    first: usize,
    text: &'a str,
    events: OffsetIter<'a>,
    /// Where the event at hand starts, in bytes.
    at: usize,
    /// A place up to which the lines are counted, and how many there are.
    counted: Cell<(usize, usize)>,
    /// How many notes, questions or figures it stands in.
    depth: usize,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'static str, first: usize, text: &'a str) -> Reader<'a> {
        let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
        Reader {
            file,
            first,
            text,
            events: Parser::new_ext(text, options).into_offset_iter(),
            at: 0,
            counted: Cell::new((0, 0)),
            depth: 0,
        }
    }

    /// The text as blocks alone.
    pub fn blocks(self, what: &str) -> Result<Vec<Block>, Error> {
        let file = self.file;
        let mut blocks = Vec::new();
        for (line, piece) in self.pieces()? {
            match piece {
                Piece::Block(block) => blocks.push(block),
                _ => return Err(Error { file, line, text: format!("{what} has paragraphs, lists and code") }),
            }
        }
        Ok(blocks)
    }

    /// The pieces of the text with their lines.
    pub fn pieces(mut self) -> Result<Vec<(usize, Piece)>, Error> {
        let mut pieces = Vec::new();
        while let Some(event) = self.next() {
            let line = self.line();
            let piece = match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => Piece::Title(plain(&self.spans(0)?)),
                Event::Start(Tag::Heading { level: HeadingLevel::H2, id, .. }) => {
                    let id = id.map(|id| id.to_string());
                    Piece::Step { title: plain(&self.spans(0)?), id }
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.fenced(&info)?,
                Event::Html(_) | Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => continue,
                other => match self.block(other, 0)? {
                    Some(block) => Piece::Block(block),
                    None => continue,
                },
            };
            pieces.push((line, piece));
        }
        Ok(pieces)
    }

    fn next(&mut self) -> Option<Event<'a>> {
        let (event, range) = self.events.next()?;
        self.at = range.start;
        Some(event)
    }

    fn line(&self) -> usize {
        let (from, lines) = self.counted.get();
        let (from, lines) = if from <= self.at { (from, lines) } else { (0, 0) };
        let lines = lines + self.text.get(from..self.at).unwrap_or_default().matches('\n').count();
        self.counted.set((self.at, lines));
        lines + self.first
    }

    fn error(&self, text: impl Into<String>) -> Error {
        Error { file: self.file, line: self.line(), text: text.into() }
    }

    fn fenced(&mut self, info: &str) -> Result<Piece, Error> {
        let (name, argument) = info.trim().split_once(' ').unwrap_or((info.trim(), ""));
        let (language, argument) = (name.to_string(), argument.trim().to_string());
        // What is inside begins on the line after the fence.
        let start = self.line();
        let text = self.code();
        if self.depth > limits::LESSON_DEPTH {
            return Err(Error { file: self.file, line: start, text: "nested too deep".to_string() });
        }
        let inner = Reader { depth: self.depth + 1, ..Reader::new(self.file, start + 1, &text) };
        Ok(match language.as_str() {
            name if PARTS.contains(&name) => Piece::Part { name: language, argument, text },
            "note" => Piece::Block(Block::Note(inner.blocks("a note")?)),
            "quiz" => Piece::Block(Block::Quiz(inner.quiz(&argument, start)?)),
            "figure" => Piece::Block(Block::Figure { object: argument, caption: inner.caption()? }),
            _ => match argument.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["run"] => Piece::Block(Block::Run { lines: commands(&text), ends: Ends::Well }),
                ["run", "fails"] => Piece::Block(Block::Run { lines: commands(&text), ends: Ends::Failing }),
                ["run", "stop"] => Piece::Block(Block::Run { lines: commands(&text), ends: Ends::Stopped }),
                ["run", other, ..] => {
                    let text = format!("commands `run`, `run fails` or `run stop`, not `run {other}`");
                    return Err(Error { file: self.file, line: start, text });
                }
                _ => Piece::Block(Block::Code { language, text }),
            },
        })
    }

    /// A question: a paragraph, a list of choices, a paragraph that says why.
    fn quiz(self, form: &str, line: usize) -> Result<Quiz, Error> {
        let file = self.file;
        let error = |text: &str| Error { file, line, text: text.to_string() };
        let form = Form::ALL.iter().find(|(name, _)| *name == form).map(|(_, form)| *form);
        let form = form.ok_or_else(|| error("a quiz is `choice`, `several`, `order`, `fill` or `predict`"))?;
        let mut quiz = Quiz { form, question: Vec::new(), choices: Vec::new(), why: Vec::new() };
        for block in self.blocks("a quiz")? {
            match block {
                Block::Paragraph(spans) if quiz.choices.is_empty() => quiz.question.extend(spans),
                Block::Paragraph(spans) => quiz.why.extend(spans),
                Block::List { items, .. } if quiz.choices.is_empty() => {
                    quiz.choices = items.into_iter().filter_map(choice).collect();
                }
                _ => return Err(error("a quiz is a question, a list of choices, and why")),
            }
        }
        quiz.fault().map_or(Ok(quiz), |fault| Err(error(fault)))
    }

    fn caption(self) -> Result<Vec<Span>, Error> {
        let error = self.error("a figure has one paragraph");
        match <[Block; 1]>::try_from(self.blocks("a figure")?) {
            Ok([Block::Paragraph(spans)]) => Ok(spans),
            _ => Err(error),
        }
    }

    /// The text up to the end of a code block.
    fn code(&mut self) -> String {
        let mut text = String::new();
        while let Some(event) = self.next() {
            match event {
                Event::Text(more) => text.push_str(&more),
                _ => break,
            }
        }
        text
    }

    fn block(&mut self, event: Event<'a>, depth: usize) -> Result<Option<Block>, Error> {
        if depth > limits::LESSON_DEPTH {
            return Err(self.error("nested too deep"));
        }
        Ok(Some(match event {
            Event::Start(Tag::Paragraph) => Block::Paragraph(self.spans(0)?),
            Event::Start(Tag::List(start)) => Block::List { ordered: start.is_some(), items: self.items(depth)? },
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => match self.fenced(&info)? {
                Piece::Block(block) => block,
                _ => return Err(self.error("a part of a step cannot stand in a list")),
            },
            Event::Start(Tag::Table(_)) => Block::Table(self.rows()?),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                Block::Code { language: String::new(), text: self.code() }
            }
            Event::Start(tag) => return Err(self.error(format!("{} is not part of a lesson", name(&tag)))),
            _ => return Ok(None),
        }))
    }

    /// The rows of a table up to its end.
    fn rows(&mut self) -> Result<Vec<Vec<Vec<Span>>>, Error> {
        let mut rows = Vec::new();
        loop {
            match self.next() {
                Some(Event::Start(Tag::TableHead | Tag::TableRow)) => rows.push(Vec::new()),
                Some(Event::Start(Tag::TableCell)) => {
                    let cell = self.spans(0)?;
                    rows.last_mut().into_iter().for_each(|row: &mut Vec<Vec<Span>>| row.push(cell.clone()));
                }
                Some(Event::End(TagEnd::Table)) | None => return Ok(rows),
                Some(_) => {}
            }
        }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Vec<Block>>, Error> {
        let mut items = Vec::new();
        loop {
            match self.next() {
                Some(Event::Start(Tag::Item)) => items.push(self.item(depth)?),
                Some(Event::End(TagEnd::List(_))) | None => return Ok(items),
                Some(_) => {}
            }
        }
    }

    /// One item: blocks, where a tight list has bare spans.
    fn item(&mut self, depth: usize) -> Result<Vec<Block>, Error> {
        let (mut blocks, mut loose) = (Vec::new(), Vec::new());
        while let Some(event) = self.next() {
            match event {
                Event::End(TagEnd::Item) => break,
                Event::Start(
                    Tag::Paragraph | Tag::List(_) | Tag::CodeBlock(_) | Tag::BlockQuote(_) | Tag::Heading { .. },
                ) => {
                    flush(&mut blocks, &mut loose);
                    blocks.extend(self.block(event, depth + 1)?);
                }
                event => loose.extend(self.span(event, 0)?),
            }
        }
        flush(&mut blocks, &mut loose);
        Ok(blocks)
    }

    /// Spans up to the end of what holds them.
    fn spans(&mut self, depth: usize) -> Result<Vec<Span>, Error> {
        let mut spans = Vec::new();
        loop {
            match self.next() {
                Some(Event::End(_)) | None => return Ok(spans),
                Some(event) => spans.extend(self.span(event, depth)?),
            }
        }
    }

    fn span(&mut self, event: Event<'a>, depth: usize) -> Result<Option<Span>, Error> {
        if depth > limits::LESSON_DEPTH {
            return Err(self.error("nested too deep"));
        }
        Ok(Some(match event {
            Event::Text(text) => {
                // An entity may stand for what the file itself must not have.
                guard::letters(&text).map_err(|text| self.error(text))?;
                Span::Text(text.to_string())
            }
            Event::Code(text) => Span::Code(text.to_string()),
            Event::SoftBreak | Event::HardBreak => Span::Text(" ".to_string()),
            Event::TaskListMarker(on) => Span::Text(if on { MARKED } else { UNMARKED }.to_string()),
            Event::Start(Tag::Strong) => Span::Strong(self.spans(depth + 1)?),
            Event::Start(Tag::Emphasis) => Span::Emphasis(self.spans(depth + 1)?),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let url = dest_url.to_string();
                guard::link(&url).map_err(|text| self.error(text))?;
                Span::Link { url, spans: self.spans(depth + 1)? }
            }
            Event::Start(tag) => return Err(self.error(format!("{} is not part of a lesson", name(&tag)))),
            _ => return Ok(None),
        }))
    }
}

fn flush(blocks: &mut Vec<Block>, loose: &mut Vec<Span>) {
    if !loose.is_empty() {
        blocks.push(Block::Paragraph(std::mem::take(loose)));
    }
}

/// The lines of a block of commands, without blank ones.
pub(super) fn commands(text: &str) -> Vec<String> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(String::from).collect()
}

/// The boxes before a choice, until they are taken off.
const MARKED: &str = "[x] ";
const UNMARKED: &str = "[ ] ";

/// An item of a list as a choice.
fn choice(item: Vec<Block>) -> Option<Choice> {
    let Ok([Block::Paragraph(mut text)]) = <[Block; 1]>::try_from(item) else { return None };
    let mark = match text.first() {
        Some(Span::Text(first)) if first == MARKED => Some(true),
        Some(Span::Text(first)) if first == UNMARKED => Some(false),
        _ => None,
    };
    if mark.is_some() {
        text.remove(0);
    }
    Some(Choice { text, right: mark == Some(true) })
}

fn name(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::BlockQuote(_) => "a quote",
        Tag::Heading { .. } => "a heading of this level",
        Tag::Image { .. } => "an image",
        _ => "this form",
    }
}

/// The steps (`#id`) that a block's links lead to.
pub(super) fn links(block: &Block, found: &mut Vec<String>) {
    match block {
        Block::Paragraph(spans) | Block::Figure { caption: spans, .. } => spans.iter().for_each(|s| leads(s, found)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| links(block, found)),
        Block::Table(rows) => rows.iter().flatten().flatten().for_each(|span| leads(span, found)),
        Block::Note(blocks) => blocks.iter().for_each(|block| links(block, found)),
        Block::Quiz(quiz) => quiz.question.iter().chain(&quiz.why).for_each(|span| leads(span, found)),
        Block::Code { .. } | Block::Run { .. } => {}
    }
}

fn leads(span: &Span, found: &mut Vec<String>) {
    match span {
        Span::Strong(spans) | Span::Emphasis(spans) => spans.iter().for_each(|span| leads(span, found)),
        Span::Link { url, spans } => {
            found.extend(url.strip_prefix('#').map(str::to_string));
            spans.iter().for_each(|span| leads(span, found));
        }
        Span::Text(_) | Span::Code(_) | Span::Term { .. } => {}
    }
}
