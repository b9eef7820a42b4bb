//! Text to tree: a Dockerfile as BuildKit's parser cuts it, with spans and diagnostics for any text at all.
//!
//! BuildKit stops at the first thing that is wrong; so does a build ([`Tree::first_problem`]). An editor wants
//! the rest as well, so the parser goes on behind it.

mod heredoc;
mod line;
mod word;

use std::ops::Range;

pub use heredoc::{Heredoc, chomped, parse as parse_heredoc};

/// Lines from and to, counted from 1.
pub type Lines = (usize, usize);

/// An instruction as it stands in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// As typed: `From`.
    pub keyword: String,
    /// `--from=build`, quotes and escapes taken off.
    pub flags: Vec<String>,
    /// Its arguments; of ENV and LABEL three each: name, value, and `=` or nothing.
    pub args: Vec<String>,
    /// The arguments came as a JSON list.
    pub json: bool,
    /// What ONBUILD keeps for later.
    pub child: Option<Box<Node>>,
    pub heredocs: Vec<Heredoc>,
    /// The logical line, continuations joined.
    pub original: String,
    /// Comments right before it.
    pub comments: Vec<String>,
    pub lines: Lines,
    /// Bytes of the source, here-documents included.
    pub span: Range<usize>,
    /// Bytes of the keyword.
    pub keyword_span: Range<usize>,
}

impl Node {
    /// The keyword in small letters.
    pub fn name(&self) -> String {
        self.keyword.to_lowercase()
    }

    /// The tree as BuildKit's own tests write it.
    pub fn dump(&self) -> String {
        let quoted = crate::model::quote::quoted;
        let mut out = self.name();
        if !self.flags.is_empty() {
            let flags: Vec<String> = self.flags.iter().map(|flag| quoted(flag)).collect();
            out += &format!(" [{}]", flags.join(" "));
        }
        for arg in &self.args {
            out += &format!(" {}", quoted(arg));
        }
        if let Some(child) = &self.child {
            out += &format!(" ({})", child.dump());
        }
        out
    }
}

/// `# escape=` and its like, at the top of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub lines: Lines,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub directives: Vec<Directive>,
    pub escape: char,
    /// In the order of the text; the first is the one that a build fails with.
    pub problems: Vec<Problem>,
    /// Where an instruction goes on behind an empty line.
    pub empty_continuations: Vec<usize>,
}

impl Tree {
    /// What a build fails with, if anything.
    pub fn first_problem(&self) -> Option<&Problem> {
        self.problems.first()
    }

    /// The value of a directive.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives.iter().find(|directive| directive.name == name).map(|directive| directive.value.as_str())
    }
}

/// A physical line is no longer than this (bufio's scanner).
const LINE_BYTES: usize = 65_535;

/// Reads a Dockerfile.
pub fn parse(source: &str) -> Tree {
    let mut parser = Parser {
        source,
        rest: source,
        offset: 0,
        line: 0,
        tree: Tree { escape: '\\', ..Tree::default() },
        directives_over: false,
        comments: Vec::new(),
    };
    parser.run();
    let mut tree = parser.tree;
    if tree.nodes.is_empty() && tree.problems.is_empty() {
        let message = "file with no instructions".to_string();
        tree.problems.push(Problem { message, lines: (parser.line, parser.line) });
    }
    tree
}

/// Where a keyword stands in its instruction: behind a line that only goes on it comes later, and it may go on
/// behind one itself.
fn keyword_span(source: &str, span: Range<usize>, keyword: &str) -> Range<usize> {
    if let Some(at) = source[span.clone()].find(keyword) {
        return span.start + at..span.start + at + keyword.len();
    }
    let mut letters = keyword.chars().peekable();
    let mut found: Option<Range<usize>> = None;
    for (at, letter) in source[span.clone()].char_indices() {
        if letters.next_if_eq(&letter).is_some() {
            let end = span.start + at + letter.len_utf8();
            found.get_or_insert(span.start + at..end).end = end;
        }
    }
    found.filter(|_| letters.peek().is_none()).unwrap_or(span.start..span.start)
}

struct Parser<'a> {
    source: &'a str,
    rest: &'a str,
    /// Bytes before `rest`.
    offset: usize,
    /// Lines taken.
    line: usize,
    tree: Tree,
    directives_over: bool,
    comments: Vec<String>,
}

impl<'a> Parser<'a> {
    /// The next line with its end.
    fn next_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.offset += end;
        self.line += 1;
        if line.len() > LINE_BYTES {
            let why = format!("dockerfile line greater than max allowed size of {LINE_BYTES}");
            self.problem(why, (self.line, self.line));
        }
        Some(line)
    }

    fn problem(&mut self, message: String, lines: Lines) {
        self.tree.problems.push(Problem { message, lines });
    }

    fn run(&mut self) {
        loop {
            let start = self.offset;
            let Some(mut line) = self.next_line() else { return };
            let length = line.len();
            if self.line == 1 {
                line = line.strip_prefix('\u{feff}').unwrap_or(line);
            }
            let text = line.trim_end_matches(['\r', '\n']).trim_start();
            if line::is_comment(text) {
                self.comment(text);
                continue;
            }
            self.directives_over = true;
            let (kept, more) = line::continued(text, self.tree.escape);
            if !more && kept.is_empty() {
                continue;
            }
            let (first, begin) = (self.line, start + length - line.trim_start().len());
            let mut logical = kept.to_string();
            if more {
                self.join(&mut logical);
            }
            self.instruction(&logical, first, begin);
        }
    }

    /// A comment, which may be a directive or stand before an instruction that it describes.
    fn comment(&mut self, text: &str) {
        if !self.directives_over
            && let Some((name, value)) = line::directive(text)
        {
            let line = self.line;
            let twice = self.tree.directives.iter().any(|known| known.name == name);
            if twice {
                self.problem(format!("only one {name} parser directive can be used"), (line, line));
            } else if name == "escape" {
                match value.as_str() {
                    "\\" => {}
                    "`" => self.tree.escape = '`',
                    _ => {
                        let why = format!("invalid escape token '{value}' does not match ` or \\");
                        self.problem(why, (line, line));
                    }
                }
            }
            self.tree.directives.push(Directive { name, value, line });
            return;
        }
        self.directives_over = true;
        match text.trim_start_matches('#').trim() {
            _ if text[1..].trim().is_empty() => self.comments.clear(),
            _ => self.comments.push(text[1..].trim().to_string()),
        }
    }

    /// Appends the lines that go on behind a continuation.
    fn join(&mut self, logical: &mut String) {
        let mut empty = false;
        while let Some(line) = self.next_line() {
            let text = line.trim_end_matches(['\r', '\n']);
            if line::is_comment(text.trim_start()) {
                continue;
            }
            if text.trim().is_empty() {
                empty = true;
                continue;
            }
            let (kept, more) = line::continued(text, self.tree.escape);
            logical.push_str(kept);
            if !more {
                break;
            }
        }
        if empty {
            self.tree.empty_continuations.push(self.line);
        }
    }

    fn instruction(&mut self, logical: &str, first: usize, begin: usize) {
        let mut node = match word::node(logical, self.tree.escape, 0) {
            Ok(node) => node,
            Err(message) => {
                self.comments.clear();
                return self.problem(message, (first, self.line));
            }
        };
        if heredoc::allowed(&node) && logical.contains("<<") {
            for mut document in heredoc::in_line(logical) {
                if !self.document(&mut document) {
                    self.problem("unterminated heredoc".into(), (first, self.line));
                }
                node.heredocs.push(document);
            }
        }
        node.comments = std::mem::take(&mut self.comments);
        node.lines = (first, self.line);
        node.span = begin..self.offset;
        node.keyword_span = keyword_span(self.source, node.span.clone(), &node.keyword);
        self.tree.nodes.push(node);
    }

    /// Reads a here-document up to its end; false if that never comes.
    fn document(&mut self, document: &mut Heredoc) -> bool {
        while let Some(line) = self.next_line() {
            let mut end = line.trim_end_matches(['\r', '\n']);
            if document.chomp {
                end = end.trim_start_matches('\t');
            }
            if end == document.name {
                return true;
            }
            document.content.push_str(line);
        }
        false
    }
}

#[cfg(test)]
mod tests;
