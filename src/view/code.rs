//! A file's text as an editor shows it: stretches of colour, and what there is to say of it. Dockerfiles are
//! read by the parser that builds them; other files are plain.

use std::ops::Range;

use crate::builder::check::{Finding, check};
use crate::builder::parser::{Node, Tree};
use crate::builder::stage::Resolved;
use crate::engine::build::known;
use crate::model::World;

/// What a stretch of text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ink {
    Plain,
    Keyword,
    Flag,
    Variable,
    Quoted,
    Comment,
    /// The name of a stage.
    Name,
}

impl Ink {
    /// The class that the style sheet knows it by.
    pub fn class(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Keyword => "k",
            Ink::Flag => "fl",
            Ink::Variable => "va",
            Ink::Quoted => "qu",
            Ink::Comment => "co",
            Ink::Name => "na",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    Error,
    Warning,
}

/// Something to say of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Docker's own words, after the name of the check that found it.
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// A stretch of one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub text: String,
    pub ink: Ink,
    /// It is underlined.
    pub wrong: Option<Severity>,
}

/// A text taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// Without their ends; a text that ends with a line's end has an empty one behind it.
    pub lines: Vec<Vec<Stretch>>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a file is read as a Dockerfile.
pub fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name == "dockerfile"
        || name.starts_with("dockerfile.") && !name.ends_with("ignore")
        || name.ends_with(".dockerfile")
}

/// A text of more bytes is not taken apart.
const LONGEST: usize = 100_000;

/// Takes a file's text apart; nothing comes of one that is too long.
pub fn code(world: &World, path: &str, text: &str) -> Code {
    if text.len() > LONGEST {
        return Code::default();
    }
    if !is_dockerfile(path) {
        return Code { lines: lines(text, &[], &[]), diagnostics: Vec::new() };
    }
    let mut image =
        |reference: &str| known(world, reference).map(|(id, document)| Resolved { id, document, digest: None });
    let (tree, found) = check(text, &mut image);
    let diagnostics: Vec<Diagnostic> = match text.trim() {
        // Nobody needs to be told that a new file is empty.
        "" => Vec::new(),
        _ => found.into_iter().map(|finding| diagnostic(text, &tree, finding)).collect(),
    };
    Code { lines: lines(text, &colours(text, &tree), &diagnostics), diagnostics }
}

/// A Dockerfile's text in colours alone.
pub fn coloured(text: &str) -> Vec<Vec<Stretch>> {
    let tree = crate::builder::parser::parse(text);
    lines(text, &colours(text, &tree), &[])
}

fn diagnostic(text: &str, tree: &Tree, finding: Finding) -> Diagnostic {
    let starts = starts(text);
    let (first, last) = finding.lines.unwrap_or((1, 1));
    let start = starts.get(first.max(1) - 1).copied().unwrap_or(text.len());
    let end = starts.get(last.max(first)).copied().unwrap_or(text.len());
    let whole = text.get(start..end).unwrap_or_default();
    let from = start + whole.len() - whole.trim_start().len();
    let mut range = from..(start + whole.trim_end().len()).max(from);
    let node = tree.nodes.iter().find(|node| Some(node.lines) == finding.lines);
    if let Some(node) = node.filter(|_| finding.message.starts_with("unknown instruction")) {
        range = node.keyword_span.clone();
    }
    let (severity, message) = match finding.rule {
        None => (Severity::Error, finding.message),
        Some(rule) => (Severity::Warning, format!("{rule}: {}", finding.message)),
    };
    Diagnostic { severity, message, line: first.max(1), range }
}

/// Where each line begins.
fn starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Stretches of colour, in order; what is not in one is plain.
fn colours(text: &str, tree: &Tree) -> Vec<(Range<usize>, Ink)> {
    let stages: Vec<&str> = tree
        .nodes
        .iter()
        .filter(|node| node.name() == "from")
        .filter_map(|node| node.args.get(2))
        .map(String::as_str)
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    for node in &tree.nodes {
        comments(text, at..node.span.start, &mut found);
        instruction(text, tree.escape, node, &stages, &mut found);
        at = node.span.end;
    }
    comments(text, at..text.len(), &mut found);
    found
}

/// Comments of the lines in a range.
fn comments(text: &str, range: Range<usize>, found: &mut Vec<(Range<usize>, Ink)>) {
    let mut at = range.start;
    for line in text.get(range).unwrap_or_default().split_inclusive('\n') {
        if line.trim_start().starts_with('#') {
            found.push((at..at + line.trim_end().len(), Ink::Comment));
        }
        at += line.len();
    }
}

/// What an instruction's lines are painted with.
struct Painter<'a> {
    escape: char,
    /// FROM, whose arguments name stages.
    from: bool,
    stages: &'a [&'a str],
    /// Flags may still come.
    flags: bool,
    /// The next word is a stage's name.
    naming: bool,
    found: &'a mut Vec<(Range<usize>, Ink)>,
}

fn instruction(text: &str, escape: char, node: &Node, stages: &[&str], found: &mut Vec<(Range<usize>, Ink)>) {
    found.push((node.keyword_span.clone(), Ink::Keyword));
    let from = node.name() == "from";
    let mut painter = Painter { escape, from, stages, flags: true, naming: false, found };
    let mut at = node.keyword_span.end;
    let mut documents = node.heredocs.iter();
    let mut document: Option<&str> = None;
    for (number, line) in text.get(at..node.span.end).unwrap_or_default().split_inclusive('\n').enumerate() {
        let plain = line.trim_end();
        match document {
            // The text of a here-document is in another language.
            Some(name) if plain.trim_start_matches('\t') == name => {
                painter.found.push((at..at + plain.len(), Ink::Quoted));
                document = documents.next().map(|next| next.name.as_str());
            }
            Some(_) => {}
            None if number > 0 && plain.trim_start().starts_with('#') => {
                painter.found.push((at..at + plain.len(), Ink::Comment));
            }
            None => {
                painter.line(plain, at);
                if !plain.ends_with(escape) {
                    document = documents.next().map(|next| next.name.as_str());
                }
            }
        }
        at += line.len();
    }
}

impl Painter<'_> {
    /// Paints a line that begins at `at`.
    fn line(&mut self, line: &str, at: usize) {
        let mut place = 0;
        while let Some(rest) = line.get(place..).filter(|rest| !rest.is_empty()) {
            let blank = rest.len() - rest.trim_start().len();
            let word = rest.split_whitespace().next().unwrap_or_default();
            place += blank;
            place += match word {
                "" => break,
                word => self.word(word, rest.get(blank..).unwrap_or_default(), at + place),
            };
        }
    }

    /// Paints a word, of which quotes may make more; how many bytes that were.
    fn word(&mut self, word: &str, rest: &str, at: usize) -> usize {
        if self.flags && word.starts_with("--") {
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            self.found.push((at..at + name.len(), Ink::Flag));
            let start = at + name.len() + 1;
            match value {
                Some(value) if name == "--from" && self.stages.contains(&value) => {
                    self.found.push((start..start + value.len(), Ink::Name));
                    return word.len();
                }
                Some(value) => return name.len() + 1 + self.letters(rest, name.len() + 1, at).max(value.len()),
                None => return word.len(),
            }
        }
        self.flags &= word.chars().all(|letter| letter == self.escape);
        let named = std::mem::take(&mut self.naming);
        if self.from && word.eq_ignore_ascii_case("as") {
            self.naming = true;
            self.found.push((at..at + word.len(), Ink::Keyword));
            return word.len();
        }
        if named || self.from && self.stages.contains(&word) {
            self.found.push((at..at + word.len(), Ink::Name));
            return word.len();
        }
        self.letters(rest, 0, at)
    }

    /// Paints quoted texts and variables from a place of a text up to the next blank; how many bytes that were.
    fn letters(&mut self, text: &str, from: usize, at: usize) -> usize {
        let mut place = from;
        while let Some(letter) = text.get(place..).and_then(|rest| rest.chars().next()) {
            let after = text.get(place + letter.len_utf8()..).unwrap_or_default();
            let length = letter.len_utf8()
                + match letter {
                    _ if letter.is_whitespace() => break,
                    _ if letter == self.escape => after.chars().next().map_or(0, char::len_utf8),
                    '"' | '\'' => after.find(letter).map_or(after.len(), |end| end + 1),
                    '$' => match after.strip_prefix('{') {
                        Some(inner) => inner.find('}').map_or(after.len(), |end| end + 2),
                        None => after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len()),
                    },
                    _ => 0,
                };
            let range = at + place..at + place + length;
            match letter {
                '"' | '\'' => self.found.push((range, Ink::Quoted)),
                '$' if length > 1 => self.found.push((range, Ink::Variable)),
                _ => {}
            }
            place += length;
        }
        place - from
    }
}

/// A text's lines in stretches: where colours or what is wrong begin and end, a stretch does.
fn lines(text: &str, colours: &[(Range<usize>, Ink)], wrong: &[Diagnostic]) -> Vec<Vec<Stretch>> {
    let mut lines = Vec::new();
    let mut at = 0;
    let mut colours = colours.iter().peekable();
    for line in text.split('\n') {
        let end = at + line.len();
        let mut stretches = Vec::new();
        let mut place = at;
        while place < end {
            while colours.next_if(|(range, _)| range.end <= place).is_some() {}
            let (ink, stop) = match colours.peek() {
                Some((range, ink)) if range.start <= place => (*ink, range.end),
                Some((range, _)) => (Ink::Plain, range.start),
                None => (Ink::Plain, end),
            };
            let covers = |one: &&Diagnostic| one.range.contains(&place);
            let worst = wrong.iter().filter(covers).min_by_key(|one| one.severity == Severity::Warning);
            let edges = wrong.iter().flat_map(|one| [one.range.start, one.range.end]).filter(|edge| *edge > place);
            let mut stop = edges.chain([stop, end]).min().unwrap_or(end).max(place + 1);
            while !text.is_char_boundary(stop) {
                stop += 1;
            }
            let text = text.get(place..stop).unwrap_or_default().to_owned();
            stretches.push(Stretch { text, ink, wrong: worst.map(|one| one.severity) });
            place = stop;
        }
        lines.push(stretches);
        at = end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::session::log::Boot;

    fn of(text: &str) -> Code {
        code(&Session::new(Boot::default()).world(), "/home/learner/Dockerfile", text)
    }

    /// Stretches that are not plain, as `ink:text`.
    fn inks(text: &str) -> Vec<String> {
        let lines = of(text).lines;
        let kept = lines.into_iter().flatten().filter(|one| one.ink != Ink::Plain);
        kept.map(|one| format!("{}:{}", one.ink.class(), one.text)).collect()
    }

    fn said(text: &str) -> Vec<(usize, String, String)> {
        let code = of(text);
        let of = |one: &Diagnostic| (one.line, text[one.range.clone()].to_owned(), one.message.clone());
        code.diagnostics.iter().map(of).collect()
    }

    #[test]
    fn a_dockerfile_is_coloured_by_its_parts() {
        let text = "# syntax=docker/dockerfile:1\nFROM node:18-alpine AS base\nfrom base\nCOPY --from=base --chown=1 \\\n  # inside\n  \"a b\" ${X:-y}/z\nRUN <<EOF\necho $x\nEOF\nCMD [\"node\", \"a.js\"]\n";
        assert_eq!(
            inks(text),
            [
                "co:# syntax=docker/dockerfile:1",
                "k:FROM",
                "k:AS",
                "na:base",
                "k:from",
                "na:base",
                "k:COPY",
                "fl:--from",
                "na:base",
                "fl:--chown",
                "co:  # inside",
                "qu:\"a b\"",
                "va:${X:-y}",
                "k:RUN",
                "qu:EOF",
                "k:CMD",
                "qu:\"node\"",
                "qu:\"a.js\"",
            ]
        );
        let whole: Vec<String> =
            of(text).lines.into_iter().map(|line| line.into_iter().map(|one| one.text).collect()).collect();
        assert_eq!(whole.join("\n"), text);
    }

    #[test]
    fn what_a_build_would_say_is_said() {
        let typo = said("FROM node:18-alpine\nRUNN npm ci\nCPOY . .\n");
        assert_eq!(
            typo,
            [
                (2, "RUNN".to_owned(), "unknown instruction: RUNN (did you mean RUN?)".to_owned()),
                (3, "CPOY".to_owned(), "unknown instruction: CPOY (did you mean COPY?)".to_owned()),
            ]
        );
        let lint = said("FROM node:18-alpine as base\nWORKDIR app\nCMD node server.js\n");
        let rules: Vec<&str> = lint.iter().filter_map(|(_, _, message)| message.split(':').next()).collect();
        assert_eq!(rules, ["FromAsCasing", "WorkdirRelativePath", "JSONArgsRecommended"], "{lint:#?}");
        let missing = said("FROM node:18-alpine\nFROM nosuch:1\n");
        assert_eq!(missing.len(), 1, "{missing:#?}");
        assert!(missing[0].2.starts_with("nosuch:1: failed to resolve source metadata"), "{missing:#?}");
        assert_eq!(said("FROM node:18-alpine\nWORKDIR /app\nRUN echo $NODE_VERSION\nCOPY . .\n"), []);
        assert_eq!(said("\n"), []);
    }

    #[test]
    fn any_text_is_taken_apart_whole() {
        let samples = [
            "",
            "\n",
            "ầ",
            "FROM",
            "FROM a AS",
            "RUN \"unclosed\nCOPY $",
            "RUN <<\"E\nầ $\n",
            "COPY --from= x\r\n\tENV ${é",
        ];
        for text in samples {
            let lines = of(text).lines.into_iter().map(|line| line.into_iter().map(|one| one.text).collect::<String>());
            assert_eq!(lines.collect::<Vec<_>>().join("\n"), text);
        }
        assert_eq!(of(&"x\n".repeat(LONGEST)), Code::default());
        let plain = code(&Session::new(Boot::default()).world(), "/x/server.js", "FROM x\n");
        assert_eq!((plain.diagnostics.len(), plain.lines.len()), (0, 2));
        let names =
            ["/a/Dockerfile", "dockerfile", "web.Dockerfile", "Dockerfile.dev", "Dockerfile.dockerignore", "x.js"];
        assert_eq!(names.map(is_dockerfile), [true, true, true, true, false, false]);
    }
}
