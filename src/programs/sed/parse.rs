//! Reads a sed script.

use std::rc::Rc;

use super::{Address, Command, Piece, Verb};
use crate::programs::regex::Regex;

/// An error: how many characters were read, and the text as GNU says it.
type Error = (usize, String);

struct Reader {
    text: Vec<char>,
    at: usize,
    extended: bool,
}

/// Parses a whole script.
pub fn script(text: &str, extended: bool) -> Result<Vec<Command>, Error> {
    let mut reader = Reader { text: text.chars().collect(), at: 0, extended };
    let mut script: Vec<Command> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut labels: Vec<(String, usize)> = Vec::new();
    let mut jumps: Vec<(usize, String)> = Vec::new();
    loop {
        while reader.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
            reader.at += 1;
        }
        let Some(_) = reader.peek() else { break };
        let from = reader.address()?;
        let mut to = None;
        if from.is_some() && reader.skip_blanks() == Some(',') {
            reader.at += 1;
            reader.skip_blanks();
            to = Some(reader.address()?.ok_or_else(|| reader.error("unexpected `,'"))?);
        }
        reader.skip_blanks();
        let negated = reader.peek() == Some('!');
        while reader.peek().is_some_and(|c| c == '!' || c == ' ') {
            reader.at += 1;
        }
        let Some(letter) = reader.peek() else { return Err(reader.error("missing command")) };
        reader.at += 1;
        let addressed = from.is_some();
        let verb = match letter {
            '{' => {
                open.push(script.len());
                Verb::Block(0)
            }
            '}' => {
                if addressed {
                    return Err(reader.error("} doesn't want any addresses"));
                }
                let Some(start) = open.pop() else { return Err(reader.error("unexpected `}'")) };
                let end = script.len();
                if let Some(command) = script.get_mut(start) {
                    command.verb = Verb::Block(end);
                }
                reader.end_of_command()?;
                continue;
            }
            '#' => {
                reader.rest_of_line();
                continue;
            }
            ':' => {
                let label = reader.label();
                if label.is_empty() {
                    return Err(reader.error("\":\" lacks a label"));
                }
                labels.push((label, script.len()));
                continue;
            }
            'b' | 't' | 'T' => {
                let label = reader.label();
                if !label.is_empty() {
                    jumps.push((script.len(), label));
                }
                let when = match letter {
                    'b' => None,
                    letter => Some(letter == 't'),
                };
                Verb::Branch { to: None, when }
            }
            's' => reader.substitution()?,
            'y' => reader.translation()?,
            'a' | 'i' | 'c' => Verb::Text(letter, reader.text_argument()?),
            'r' => {
                reader.skip_blanks();
                Verb::Read(reader.rest_of_line())
            }
            'q' | 'Q' => {
                reader.skip_blanks();
                let code = reader.number().unwrap_or(0) as i32;
                reader.end_of_command()?;
                Verb::Quit { print: letter == 'q', code }
            }
            'w' | 'W' | 'R' | 'e' | 'F' => {
                return Err((reader.at, format!("layerlab: sed's command {letter} is not simulated")));
            }
            'p' | 'P' | 'd' | 'D' | 'n' | 'N' | 'h' | 'H' | 'g' | 'G' | 'x' | '=' | 'l' | 'z' => {
                reader.end_of_command()?;
                Verb::Simple(letter)
            }
            other => return Err(reader.error(&format!("unknown command: `{other}'"))),
        };
        script.push(Command { from, to, negated, range: None, verb });
    }
    if !open.is_empty() {
        return Err((0, "unmatched `{'".into()));
    }
    for (at, label) in jumps {
        let Some((_, target)) = labels.iter().find(|(name, _)| *name == label) else {
            return Err((reader.at, format!("can't find label for jump to `{label}'")));
        };
        if let Some(Command { verb: Verb::Branch { to, .. }, .. }) = script.get_mut(at) {
            *to = Some(*target);
        }
    }
    // Something to stand on behind the last block.
    script.push(Command { from: None, to: None, negated: false, range: None, verb: Verb::Nothing });
    Ok(script)
}

/// The same error in busybox's words.
pub fn busybox_text(gnu: &str) -> String {
    if let Some(rest) = gnu.strip_prefix("unknown command: `") {
        return format!("unsupported command {}", rest.trim_end_matches('\''));
    }
    match gnu {
        "unterminated `s' command" => "unmatched '/'".into(),
        "unknown option to `s'" => "bad option in substitution expression".into(),
        "missing command" => "missing command".into(),
        "unmatched `{'" => "unmatched '{'".into(),
        "unexpected `}'" => "unexpected '}'".into(),
        other => other.into(),
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn error(&self, text: &str) -> Error {
        (self.at, text.to_string())
    }

    fn skip_blanks(&mut self) -> Option<char> {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
        self.peek()
    }

    fn number(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.text.get(start..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn rest_of_line(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| c != '\n') {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn label(&mut self) -> String {
        self.skip_blanks();
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && c != ';' && c != '}') {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn end_of_command(&mut self) -> Result<(), Error> {
        match self.skip_blanks() {
            None | Some('}' | '#') => Ok(()),
            Some(';' | '\n') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                self.at += 1;
                Err(self.error("extra characters after command"))
            }
        }
    }

    fn address(&mut self) -> Result<Option<Address>, Error> {
        match self.peek() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('+' | '~') if self.text.get(self.at + 1).is_some_and(char::is_ascii_digit) => {
                let more = self.peek() == Some('+');
                self.at += 1;
                let number = self.number().unwrap_or(0);
                Ok(Some(if more { Address::More(number) } else { Address::Step(0, number) }))
            }
            Some(c) if c.is_ascii_digit() => {
                let first = self.number().unwrap_or(u64::MAX);
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(first, self.number().unwrap_or(0))));
                }
                Ok(Some(Address::Line(first)))
            }
            Some(c @ ('/' | '\\')) => {
                self.at += 1;
                let mut delimiter = c;
                if c == '\\' {
                    delimiter = self.peek().unwrap_or('/');
                    self.at += 1;
                }
                let pattern =
                    self.delimited(delimiter, true).ok_or_else(|| self.error("unterminated address regex"))?;
                let fold = self.peek() == Some('I');
                if fold {
                    self.at += 1;
                }
                Ok(Some(Address::Match(self.regex(&pattern, fold)?)))
            }
            _ => Ok(None),
        }
    }

    fn regex(&self, pattern: &str, fold: bool) -> Result<Option<Rc<Regex>>, Error> {
        if pattern.is_empty() {
            return Ok(None);
        }
        Regex::new(pattern, self.extended, fold).map(|regex| Some(Rc::new(regex))).map_err(|text| (self.at, text))
    }

    /// Text up to a delimiter, which a backslash makes ordinary.
    fn delimited(&mut self, delimiter: char, pattern: bool) -> Option<String> {
        let mut text = String::new();
        let mut bracket = false;
        loop {
            let c = self.peek()?;
            self.at += 1;
            if c == delimiter && !bracket {
                return Some(text);
            }
            if c == '\n' && pattern {
                return None;
            }
            if c == '\\' {
                let next = self.peek()?;
                self.at += 1;
                if next == delimiter {
                    text.push(next);
                } else {
                    text.push('\\');
                    text.push(next);
                }
                continue;
            }
            if pattern {
                match c {
                    '[' if !bracket && self.closes(delimiter) => bracket = true,
                    ']' if bracket && !text.ends_with('[') && !text.ends_with("[^") => bracket = false,
                    _ => {}
                }
            }
            text.push(c);
        }
    }

    /// Whether a bracket expression that begins here ends on this line.
    fn closes(&self, _delimiter: char) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.iter().take_while(|c| **c != '\n').skip(1).any(|c| *c == ']')
    }

    fn substitution(&mut self) -> Result<Verb, Error> {
        let unterminated = "unterminated `s' command";
        let delimiter = self.peek().ok_or_else(|| self.error(unterminated))?;
        self.at += 1;
        let pattern = self.delimited(delimiter, true).ok_or_else(|| self.error(unterminated))?;
        let by = self.delimited(delimiter, false).ok_or_else(|| self.error(unterminated))?;
        let (mut nth, mut global, mut print, mut fold) = (1, false, false, false);
        loop {
            match self.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => fold = true,
                Some('m' | 'M' | 'e' | 'w') => return Err(self.error("layerlab: this flag of s is not simulated")),
                Some(c) if c.is_ascii_digit() => {
                    nth = self.number().unwrap_or(1) as usize;
                    if nth == 0 {
                        return Err(self.error("number option to `s' command may not be zero"));
                    }
                    continue;
                }
                None | Some(' ' | '\t' | ';' | '\n' | '}' | '#') => break,
                Some(_) => {
                    self.at += 1;
                    return Err(self.error("unknown option to `s'"));
                }
            }
            self.at += 1;
        }
        let pattern = self.regex(&pattern, fold)?;
        let by = pieces(&by);
        let groups = pattern.as_ref().map_or(9, |regex| regex.groups);
        for piece in &by {
            if let Piece::Group(n) = piece
                && *n > groups
            {
                return Err(self.error(&format!("invalid reference \\{n} on `s' command's RHS")));
            }
        }
        self.end_of_command()?;
        Ok(Verb::Substitute { pattern, by, nth, global, print })
    }

    fn translation(&mut self) -> Result<Verb, Error> {
        let unterminated = "unterminated `y' command";
        let delimiter = self.peek().ok_or_else(|| self.error(unterminated))?;
        self.at += 1;
        let from = self.delimited(delimiter, false).ok_or_else(|| self.error(unterminated))?;
        let to = self.delimited(delimiter, false).ok_or_else(|| self.error(unterminated))?;
        let plain = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
        let (from, to) = (plain(&from), plain(&to));
        if from.chars().count() != to.chars().count() {
            return Err(self.error("strings for `y' command are different lengths"));
        }
        self.end_of_command()?;
        Ok(Verb::Translate(from.chars().zip(to.chars()).collect()))
    }

    /// The text of a, i and c: the rest of the line, on the next line after a backslash; with its newline.
    fn text_argument(&mut self) -> Result<String, Error> {
        self.skip_blanks();
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip_blanks();
            if self.peek() == Some('\n') {
                self.at += 1;
            }
        }
        if self.peek().is_none() {
            return Err(self.error("expected \\ after `a', `c' or `i'"));
        }
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\n' => break,
                '\\' => {
                    if let Some(next) = self.peek() {
                        self.at += 1;
                        text.push(if next == 't' { '\t' } else { next });
                    }
                }
                c => text.push(c),
            }
        }
        text.push('\n');
        Ok(text)
    }
}

/// A replacement's parts.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '&' => Piece::Group(0),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => Piece::Group(digit.to_digit(10).unwrap_or(0) as usize),
                Some(case @ ('U' | 'L' | 'u' | 'l' | 'E')) => Piece::Case(case),
                Some('n') => {
                    plain.push('\n');
                    continue;
                }
                Some('t') => {
                    plain.push('\t');
                    continue;
                }
                Some(other) => {
                    plain.push(other);
                    continue;
                }
                None => break,
            },
            c => {
                plain.push(c);
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(piece);
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}
