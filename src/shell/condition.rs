//! `[[ expression ]]`

use super::lexer::Token;
use super::syntax::{Condition, Word};
use super::{Parser, SyntaxError};

type Parsed<T> = Result<T, SyntaxError>;

/// The unary operators.
const UNARY: &str = "abcdefghknoprstuvwxzGLNORS";

/// The binary operators that are words; `<` and `>` are operators of the lexer.
const BINARY: [&str; 13] = ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

impl Parser<'_> {
    /// The expression, at `[[`; passes `]]`.
    #[inline(never)]
    pub(super) fn conditional(&mut self) -> Parsed<Condition> {
        self.next()?;
        let condition = self.condition_or()?;
        if self.next_is("]]")? {
            self.next()?;
            return Ok(condition);
        }
        let token = self.peek()?.clone();
        if token.token == Token::End {
            let message = "unexpected EOF while looking for `]]'".to_owned();
            return Err(self.incomplete(token.line, message, None));
        }
        Err(self.unexpected(&token, false, ""))
    }

    fn condition_or(&mut self) -> Parsed<Condition> {
        let mut all = vec![self.condition_and()?];
        while self.condition_op("||")? {
            all.push(self.condition_and()?);
        }
        Ok(single(all, Condition::Or))
    }

    fn condition_and(&mut self) -> Parsed<Condition> {
        let mut all = vec![self.condition_term()?];
        while self.condition_op("&&")? {
            all.push(self.condition_term()?);
        }
        Ok(single(all, Condition::And))
    }

    /// Takes the operator; newlines may stand around it.
    fn condition_op(&mut self, op: &'static str) -> Parsed<bool> {
        self.skip_newlines()?;
        let found = self.take_op(op)?;
        if found {
            self.skip_newlines()?;
        }
        Ok(found)
    }

    fn condition_term(&mut self) -> Parsed<Condition> {
        self.skip_newlines()?;
        let mut negated = false;
        while self.next_is("!")? {
            self.next()?;
            negated = !negated;
        }
        let condition = if self.take_op("(")? {
            self.enter()?;
            let inner = self.condition_or()?;
            self.expect_op(")")?;
            self.leave();
            inner
        } else {
            self.condition_primary()?
        };
        Ok(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn condition_primary(&mut self) -> Parsed<Condition> {
        let first = self.condition_word("")?;
        if let Some(op) = first.as_literal()
            && let Some(letter) = op.strip_prefix('-')
            && letter.len() == 1
            && UNARY.contains(letter)
            && !self.ends_condition()?
        {
            let op = op.to_owned();
            let operand = self.condition_word(" to conditional unary operator")?;
            return Ok(Condition::Unary(op, operand));
        }
        let token = self.peek()?.clone();
        let op = match &token.token {
            Token::Op(op @ ("<" | ">")) => (*op).to_owned(),
            Token::Op("&&" | "||" | ")") => return Ok(Condition::Word(first)),
            Token::Word(word) => match word.as_literal() {
                Some("]]") => return Ok(Condition::Word(first)),
                Some(op) if BINARY.contains(&op) => op.to_owned(),
                _ => return Err(self.binary_expected(token.line, "")),
            },
            Token::End if !self.last => return Err(self.unexpected(&token, false, "")),
            Token::Newline | Token::End => {
                return Err(self.binary_expected(token.line, "unexpected token `newline', "));
            }
            _ => return Err(self.binary_expected(token.line, "")),
        };
        self.next()?;
        let second = if op == "=~" {
            self.regular_expression()?
        } else {
            self.condition_word(" to conditional binary operator")?
        };
        Ok(Condition::Binary(first, op, second))
    }

    fn binary_expected(&self, line: u32, prefix: &str) -> SyntaxError {
        self.fault(line, format!("{prefix}conditional binary operator expected"))
    }

    /// Whether what follows a would-be unary operator leaves it a plain word.
    fn ends_condition(&mut self) -> Parsed<bool> {
        Ok(match &self.peek()?.token {
            Token::Op(op) => matches!(*op, "&&" | "||" | ")"),
            Token::Word(word) => word.as_literal().is_some_and(|w| matches!(w, "==" | "=" | "!=")),
            _ => false,
        })
    }

    fn condition_word(&mut self, role: &str) -> Parsed<Word> {
        let token = self.peek()?.clone();
        match token.token {
            Token::Word(ref word) if word.as_literal() != Some("]]") => {
                let word = word.clone();
                self.next()?;
                Ok(word)
            }
            Token::Word(_) if !role.is_empty() => {
                Err(self.fault(token.line, format!("unexpected argument `]]'{role}")))
            }
            _ => Err(self.unexpected(&token, false, "")),
        }
    }

    /// The right side of `=~`: parentheses and bars belong to it, up to the next blank.
    fn regular_expression(&mut self) -> Parsed<Word> {
        while matches!(self.byte(0), b' ' | b'\t') {
            self.pos += 1;
        }
        self.regex_word()
    }
}

fn single(mut all: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match all.len() {
        1 => all.remove(0),
        _ => join(all),
    }
}
