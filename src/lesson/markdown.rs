//! Markdown events into blocks and spans. Raw HTML is dropped.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd};

use super::parse::Error;
use super::{Block, Span};

/// Nesting of lists and of emphasis.
const DEPTH: usize = 8;

/// A piece of the text, and its line from 1.
pub(super) enum Piece {
    Title(String),
    /// A step's heading, with its id.
    Step {
        title: String,
        id: Option<String>,
    },
    Block(Block),
    /// A fenced block with the word after the fence: `check`, `hint`, `solution`.
    Part {
        name: String,
        text: String,
    },
}

pub(super) struct Reader<'a> {
    text: &'a str,
    events: OffsetIter<'a>,
    /// Where the event at hand starts, in bytes.
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text, events: Parser::new_ext(text, Options::ENABLE_HEADING_ATTRIBUTES).into_offset_iter(), at: 0 }
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
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.fenced(&info),
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
        let before = self.text.get(..self.at).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn error(&self, text: impl Into<String>) -> Error {
        Error { line: self.line(), text: text.into() }
    }

    fn fenced(&mut self, info: &str) -> Piece {
        let text = self.code();
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or("").to_string();
        match (language.as_str(), words.next()) {
            ("check" | "hint" | "solution", _) => Piece::Part { name: language, text },
            (_, Some("run")) => Piece::Block(Block::Run(commands(&text))),
            _ => Piece::Block(Block::Code { language, text }),
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
        if depth > DEPTH {
            return Err(self.error("nested too deep"));
        }
        Ok(Some(match event {
            Event::Start(Tag::Paragraph) => Block::Paragraph(self.spans(0)?),
            Event::Start(Tag::List(start)) => Block::List { ordered: start.is_some(), items: self.items(depth)? },
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => match self.fenced(&info) {
                Piece::Block(block) => block,
                _ => return Err(self.error("a check, hint or solution cannot stand in a list")),
            },
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                Block::Code { language: String::new(), text: self.code() }
            }
            Event::Start(tag) => return Err(self.error(format!("{} is not part of a lesson", name(&tag)))),
            _ => return Ok(None),
        }))
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
        if depth > DEPTH {
            return Err(self.error("nested too deep"));
        }
        Ok(Some(match event {
            Event::Text(text) => Span::Text(text.to_string()),
            Event::Code(text) => Span::Code(text.to_string()),
            Event::SoftBreak | Event::HardBreak => Span::Text(" ".to_string()),
            Event::Start(Tag::Strong) => Span::Strong(self.spans(depth + 1)?),
            Event::Start(Tag::Emphasis) => Span::Emphasis(self.spans(depth + 1)?),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let url = dest_url.to_string();
                if !(url.starts_with("https://") || url.starts_with('#')) {
                    return Err(self.error(format!("a link must lead to https:// or #, not {url}")));
                }
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

/// Spans as text.
fn plain(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Text(part) | Span::Code(part) => text.push_str(part),
            Span::Strong(inner) | Span::Emphasis(inner) | Span::Link { spans: inner, .. } => {
                text.push_str(&plain(inner));
            }
        }
    }
    text
}

fn name(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::BlockQuote(_) => "a quote",
        Tag::Heading { .. } => "a heading of this level",
        Tag::Image { .. } => "an image",
        Tag::Table(_) => "a table",
        _ => "this form",
    }
}
