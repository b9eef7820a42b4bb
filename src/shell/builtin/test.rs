//! `test`, `[` and the primaries of `[[ ]]`.

use super::super::Dialect;
use super::super::interpreter::{Flow, Halt, Shell};
use super::super::syntax::Word;
use super::arguments;
use crate::kernel::{FileType, Sys};

/// How deep parentheses and negations may nest.
const DEPTH: u32 = 100;

const BINARY: [&str; 17] =
    ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "-a", "-o", "=~"];

impl Shell {
    pub(super) async fn test_command(&mut self, fields: &[String]) -> Flow {
        let name = fields.first().map_or("", String::as_str);
        let mut operands = arguments(fields);
        if !self.is_bash() {
            self.builtin = None;
        }
        let close = match name {
            "[" => "]",
            "[[" => "]]",
            _ => "",
        };
        if !close.is_empty() {
            match operands.split_last() {
                Some((last, rest)) if last == close => operands = rest,
                _ => {
                    let text = if self.is_bash() { "missing `]'".to_owned() } else { format!("missing {close}") };
                    self.complain(&text).await;
                    return Ok(2);
                }
            }
        }
        // What only a shell knows.
        let known = match operands {
            [op, name] if self.is_bash() && matches!(op.as_str(), "-v" | "-o") => Some(self.unary_test(op, name)),
            [not, op, name] if self.is_bash() && not == "!" && matches!(op.as_str(), "-v" | "-o") => {
                Some(self.unary_test(op, name).map(|truth| !truth))
            }
            _ => None,
        };
        match known.unwrap_or_else(|| evaluate(&self.sys, operands, self.dialect)) {
            Ok(truth) => Ok(i32::from(!truth)),
            Err(text) => {
                self.complain(&text).await;
                Ok(2)
            }
        }
    }

    /// `-f file` and its like, with what only a shell knows.
    pub(in crate::shell) fn unary_test(&self, op: &str, text: &str) -> Result<bool, String> {
        match op {
            "-v" => Ok(match text.split_once('[') {
                Some((name, index)) => {
                    index.trim_end_matches(']').parse().is_ok_and(|i| self.element(name, i).is_some())
                }
                None => self.get(text).is_some(),
            }),
            "-o" => Ok(super::option::letter(text).is_some_and(|letter| self.option(letter))),
            _ => unary(&self.sys, op, text, self.dialect),
        }
    }

    pub(in crate::shell) fn binary_test(&self, left: &str, op: &str, right: &str) -> Result<bool, String> {
        binary(&self.sys, left, op, right, self.dialect)
    }

    /// `text =~ word`
    pub(in crate::shell) async fn regex_condition(
        &mut self,
        _text: &str,
        _word: &Word,
    ) -> Result<Result<bool, String>, Halt> {
        Ok(Err("layerlab: =~ is not simulated".to_owned()))
    }
}

/// The truth of an expression, or what is wrong with it (POSIX, "test": the rules by the number of
/// operands).
pub fn evaluate(sys: &Sys, operands: &[String], dialect: Dialect) -> Result<bool, String> {
    let words: Vec<&str> = operands.iter().map(String::as_str).collect();
    let test = Test { sys, dialect };
    match words.as_slice() {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        ["!", one] => Ok(one.is_empty()),
        [op, one] if is_unary(op) => unary(sys, op, one, dialect),
        [op, _] => Err(match dialect {
            Dialect::Bash => format!("{op}: unary operator expected"),
            Dialect::Ash => format!("{op}: unknown operand"),
        }),
        [left, op, right] if BINARY.contains(op) && *op != "=~" => test.binary(left, op, right),
        ["!", op, one] if is_unary(op) => unary(sys, op, one, dialect).map(|truth| !truth),
        ["!", ..] if words.len() <= 4 => {
            let rest = operands.get(1..).unwrap_or_default();
            evaluate(sys, rest, dialect).map(|truth| !truth)
        }
        ["(", one, ")"] => Ok(!one.is_empty()),
        [_, op, _] => Err(match dialect {
            Dialect::Bash => format!("{op}: binary operator expected"),
            Dialect::Ash => format!("{op}: unknown operand"),
        }),
        _ => test.general(&words),
    }
}

fn is_unary(op: &str) -> bool {
    let mut chars = op.chars();
    matches!((chars.next(), chars.next(), chars.next()), (Some('-'), Some(c), None) if "abcdefghknopqrstuvwxzGLNORS".contains(c))
}

struct Test<'a> {
    sys: &'a Sys,
    dialect: Dialect,
}

impl Test<'_> {
    fn general(&self, words: &[&str]) -> Result<bool, String> {
        let mut at = 0;
        let truth = self.or(words, &mut at, 0)?;
        match words.get(at) {
            None => Ok(truth),
            Some(word) => Err(match self.dialect {
                Dialect::Bash => "too many arguments".to_owned(),
                Dialect::Ash => format!("{word}: unknown operand"),
            }),
        }
    }

    fn or(&self, words: &[&str], at: &mut usize, depth: u32) -> Result<bool, String> {
        let mut truth = self.and(words, at, depth)?;
        while words.get(*at) == Some(&"-o") {
            *at += 1;
            truth |= self.and(words, at, depth)?;
        }
        Ok(truth)
    }

    fn and(&self, words: &[&str], at: &mut usize, depth: u32) -> Result<bool, String> {
        let mut truth = self.term(words, at, depth)?;
        while words.get(*at) == Some(&"-a") {
            *at += 1;
            truth &= self.term(words, at, depth)?;
        }
        Ok(truth)
    }

    fn term(&self, words: &[&str], at: &mut usize, depth: u32) -> Result<bool, String> {
        if depth > DEPTH {
            return Err("layerlab: expression nested too deeply".to_owned());
        }
        let rest = words.get(*at..).unwrap_or_default();
        match rest {
            [left, op, right, ..] if BINARY.contains(op) && !matches!(*op, "-a" | "-o" | "=~") => {
                *at += 3;
                self.binary(left, op, right)
            }
            ["!", ..] => {
                *at += 1;
                self.term(words, at, depth + 1).map(|truth| !truth)
            }
            ["(", ..] => {
                *at += 1;
                let truth = self.or(words, at, depth + 1)?;
                if words.get(*at) != Some(&")") {
                    return Err(match self.dialect {
                        Dialect::Bash => "`)' expected".to_owned(),
                        Dialect::Ash => "closing paren expected".to_owned(),
                    });
                }
                *at += 1;
                Ok(truth)
            }
            [op, one, ..] if is_unary(op) && !matches!(*one, "-a" | "-o") => {
                *at += 2;
                unary(self.sys, op, one, self.dialect)
            }
            [one, ..] => {
                *at += 1;
                Ok(!one.is_empty())
            }
            [] => Err("argument expected".to_owned()),
        }
    }

    fn binary(&self, left: &str, op: &str, right: &str) -> Result<bool, String> {
        match op {
            "-a" => Ok(!left.is_empty() && !right.is_empty()),
            "-o" => Ok(!left.is_empty() || !right.is_empty()),
            _ => binary(self.sys, left, op, right, self.dialect),
        }
    }
}

fn unary(sys: &Sys, op: &str, text: &str, dialect: Dialect) -> Result<bool, String> {
    let stat = || sys.stat(text).ok();
    let kind = |wanted| stat().is_some_and(|s| s.kind == wanted);
    let mode = |bits| stat().is_some_and(|s| s.mode & bits != 0);
    Ok(match op {
        "-z" => text.is_empty(),
        "-n" => !text.is_empty(),
        "-e" | "-a" => stat().is_some(),
        "-f" => kind(FileType::Regular),
        "-d" => kind(FileType::Dir),
        "-h" | "-L" => sys.lstat(text).is_ok_and(|s| s.kind == FileType::Symlink),
        "-p" => kind(FileType::Fifo),
        "-S" => kind(FileType::Socket),
        "-c" => kind(FileType::Device),
        "-b" => false,
        "-s" => stat().is_some_and(|s| s.size > 0),
        "-r" => sys.access(text, 4).is_ok(),
        "-w" => sys.access(text, 2).is_ok(),
        "-x" => sys.access(text, 1).is_ok(),
        "-u" => mode(0o4000),
        "-g" => mode(0o2000),
        "-k" => mode(0o1000),
        "-O" => stat().is_some_and(|s| s.uid == sys.user().uid),
        "-G" => stat().is_some_and(|s| s.gid == sys.user().gid),
        "-N" => false,
        "-t" => sys.is_terminal(integer(text, dialect)?.try_into().unwrap_or(u32::MAX)).is_some(),
        _ => return Err(format!("{op}: unary operator expected")),
    })
}

fn binary(sys: &Sys, left: &str, op: &str, right: &str, dialect: Dialect) -> Result<bool, String> {
    let time = |path: &str| sys.stat(path).ok().map(|s| (s.mtime, s.nanos));
    Ok(match op {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" => time(left) > time(right),
        "-ot" => time(left) < time(right),
        "-ef" => match (sys.stat(left), sys.stat(right)) {
            (Ok(a), Ok(b)) => (a.dev, a.ino) == (b.dev, b.ino),
            _ => false,
        },
        _ => compare(integer(left, dialect)?, op, integer(right, dialect)?),
    })
}

/// `-eq` and its like.
pub fn compare(left: i64, op: &str, right: i64) -> bool {
    match op {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    }
}

fn integer(text: &str, dialect: Dialect) -> Result<i64, String> {
    text.trim().parse().map_err(|_| match dialect {
        Dialect::Bash => format!("{text}: integer expression expected"),
        Dialect::Ash => format!("{text}: bad number"),
    })
}
