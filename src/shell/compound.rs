//! Compound commands: groups, conditions, loops, `case` and functions.

use std::rc::Rc;

use super::grammar::is_name;
use super::lexer::{Spanned, Token};
use super::syntax::{CaseArm, CaseEnd, Command, CommandKind, List, Word};
use super::{Dialect, Parser, SyntaxError};

type Parsed<T> = Result<T, SyntaxError>;

impl Parser<'_> {
    /// The compound command that the next token, `opening`, starts.
    pub(super) fn compound(&mut self, opening: &str) -> Parsed<Command> {
        self.enter()?;
        let line = self.peek()?.line;
        let kind = match opening {
            "(" => self.parenthesis()?,
            "{" => {
                self.next()?;
                let list = self.list()?;
                self.expect_word("}")?;
                CommandKind::Group(Rc::new(list))
            }
            "if" => self.if_command()?,
            "for" => self.for_command()?,
            "while" | "until" => self.loop_command(opening == "until")?,
            "case" => self.case_command()?,
            "[[" => CommandKind::Conditional(self.conditional()?),
            "function" => {
                let command = self.function_keyword()?;
                self.leave();
                return Ok(command);
            }
            _ => {
                return Err(self.fault(line, format!("layerlab: {opening} is not simulated")));
            }
        };
        let redirects = self.redirects()?;
        self.leave();
        Ok(Command { kind, redirects, line })
    }

    /// `( list )` or, in bash, `(( expression ))`.
    fn parenthesis(&mut self) -> Parsed<CommandKind> {
        let open = self.next()?;
        if self.dialect == Dialect::Bash && self.byte(0) == b'(' {
            self.pos += 1;
            if let Some(word) = self.double_parenthesis()? {
                return Ok(CommandKind::Arithmetic(word));
            }
            self.rewind(&open, 1);
        }
        let list = self.list()?;
        self.expect_op(")")?;
        Ok(CommandKind::Subshell(Rc::new(list)))
    }

    #[inline(never)]
    fn if_command(&mut self) -> Parsed<CommandKind> {
        let mut arms = Vec::new();
        self.next()?;
        loop {
            let condition = Rc::new(self.list()?);
            self.expect_word("then")?;
            arms.push((condition, Rc::new(self.list()?)));
            if !self.next_is("elif")? {
                break;
            }
            self.next()?;
        }
        let mut otherwise = None;
        if self.next_is("else")? {
            self.next()?;
            otherwise = Some(Rc::new(self.list()?));
        }
        self.expect_word("fi")?;
        Ok(CommandKind::If { arms, otherwise })
    }

    fn loop_command(&mut self, until: bool) -> Parsed<CommandKind> {
        self.next()?;
        let condition = Rc::new(self.list()?);
        let body = self.do_group()?;
        Ok(CommandKind::Loop { until, condition, body })
    }

    fn do_group(&mut self) -> Parsed<Rc<List>> {
        self.expect_word("do")?;
        let list = self.list()?;
        self.expect_word("done")?;
        Ok(Rc::new(list))
    }

    /// The body of `for`, which bash also takes in braces.
    fn for_body(&mut self) -> Parsed<Rc<List>> {
        if self.dialect == Dialect::Bash && self.next_is("{")? {
            self.next()?;
            let list = self.list()?;
            self.expect_word("}")?;
            return Ok(Rc::new(list));
        }
        self.do_group()
    }

    #[inline(never)]
    fn for_command(&mut self) -> Parsed<CommandKind> {
        self.next()?;
        let token = self.peek()?.clone();
        let bash = self.dialect == Dialect::Bash;
        if bash && token.token == Token::Op("(") && self.byte(0) == b'(' {
            self.next()?;
            self.pos += 1;
            return self.arithmetic_for();
        }
        let name = self.slice(token.start, token.end).to_owned();
        match &token.token {
            Token::End if !self.last => return Err(self.unexpected(&token, false, "")),
            Token::Word(_) if bash || is_name(&name) => self.next()?,
            _ if bash => {
                return Err(self.missing_word(token, ""));
            }
            _ => return Err(self.fault(token.line, "syntax error: bad for loop variable".to_owned())),
        };
        let words = self.for_words()?;
        self.skip_newlines()?;
        let body = self.for_body()?;
        Ok(CommandKind::For { name, words, body })
    }

    fn for_words(&mut self) -> Parsed<Option<Vec<Word>>> {
        if self.take_op(";")? {
            return Ok(None);
        }
        self.skip_newlines()?;
        if !self.next_is("in")? {
            return Ok(None);
        }
        self.next()?;
        let mut words = Vec::new();
        loop {
            let token = self.peek()?.clone();
            match token.token {
                Token::Word(word) => {
                    self.next()?;
                    words.push(word);
                }
                Token::Op(";") | Token::Newline => {
                    self.next()?;
                    return Ok(Some(words));
                }
                _ => return Err(self.unexpected(&token, false, "")),
            }
        }
    }

    /// `for ((a; b; c))`, after the parentheses.
    #[inline(never)]
    fn arithmetic_for(&mut self) -> Parsed<CommandKind> {
        let (line, start) = (self.line, self.pos);
        let word = self.double_parenthesis()?;
        let header = word.and_then(|word| split_header(&word));
        let Some(header) = header else {
            let text = self.slice(start, self.pos).to_owned();
            let message = "syntax error: arithmetic expression required".to_owned();
            let mut error = self.fault(line, message);
            if let SyntaxError::Unexpected(fault) = &mut error {
                fault.excerpt = Some(format!("(({text}"));
            }
            return Err(error);
        };
        self.take_op(";")?;
        self.skip_newlines()?;
        let body = self.for_body()?;
        Ok(CommandKind::ArithmeticFor { header, body })
    }

    #[inline(never)]
    fn case_command(&mut self) -> Parsed<CommandKind> {
        self.next()?;
        let word = self.expect_any_word("")?;
        self.skip_newlines()?;
        if !self.next_is("in")? {
            let token = self.peek()?.clone();
            return Err(self.unexpected(&token, false, "in"));
        }
        self.next()?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.next_is("esac")? {
                self.next()?;
                return Ok(CommandKind::Case { word, arms });
            }
            let (arm, ended) = self.case_arm()?;
            arms.push(arm);
            if !ended {
                // An arm without `;;` is the last one.
                self.expect_esac()?;
                return Ok(CommandKind::Case { word, arms });
            }
        }
    }

    fn expect_esac(&mut self) -> Parsed<()> {
        if self.next_is("esac")? {
            self.next()?;
            return Ok(());
        }
        let token = self.peek()?.clone();
        Err(self.unexpected(&token, true, ";;"))
    }

    #[inline(never)]
    fn case_arm(&mut self) -> Parsed<(CaseArm, bool)> {
        self.take_op("(")?;
        if self.peek()?.token == Token::End {
            return Err(self.unexpected_end(")"));
        }
        let mut patterns = vec![self.expect_any_word(")")?];
        while self.take_op("|")? {
            patterns.push(self.expect_any_word(")")?);
        }
        let token = self.peek()?.clone();
        if token.token != Token::Op(")") {
            return Err(self.missing_word(token, ")"));
        }
        self.next()?;
        let body = Rc::new(self.optional_list()?);
        let end = match self.peek()?.token {
            Token::Op(";&") => CaseEnd::FallThrough,
            Token::Op(";;&") => CaseEnd::Continue,
            Token::Op(";;") => CaseEnd::Break,
            _ => return Ok((CaseArm { patterns, body, end: CaseEnd::Break }, false)),
        };
        self.next()?;
        Ok((CaseArm { patterns, body, end }, true))
    }

    fn expect_any_word(&mut self, expecting: &str) -> Parsed<Word> {
        let token = self.peek()?.clone();
        match token.token {
            Token::Word(word) => {
                self.next()?;
                Ok(word)
            }
            _ => Err(self.missing_word(token, expecting)),
        }
    }

    /// What stands where a word or a parenthesis must. Bash reads a newline behind every text, and
    /// names that at its end.
    pub(super) fn missing_word(&self, mut token: Spanned, expecting: &str) -> SyntaxError {
        if token.token == Token::End && self.last && self.dialect == Dialect::Bash {
            token.token = Token::Newline;
        }
        self.unexpected(&token, false, expecting)
    }

    /// `function name [()] body`
    #[inline(never)]
    fn function_keyword(&mut self) -> Parsed<Command> {
        let line = self.next()?.line;
        let token = self.peek()?.clone();
        let Token::Word(_) = token.token else {
            return Err(self.missing_word(token, "word"));
        };
        self.next()?;
        let name = self.slice(token.start, token.end).to_owned();
        if self.take_op("(")? {
            self.expect_op(")")?;
        }
        self.function_body(name, line)
    }

    /// `name () body`, at the opening parenthesis.
    #[inline(never)]
    pub(super) fn function_after_name(&mut self, name: &Word, line: u32) -> Parsed<Command> {
        self.next()?;
        let token = self.peek()?.clone();
        if token.token != Token::Op(")") {
            return Err(self.missing_word(token, ")"));
        }
        self.next()?;
        let name = match name.as_literal() {
            Some(name) if self.dialect == Dialect::Bash || is_name(name) => name.to_owned(),
            _ if self.dialect == Dialect::Ash => {
                return Err(self.fault(line, "syntax error: bad function name".to_owned()));
            }
            _ => return Err(self.fault(line, "syntax error: the function's name is quoted".to_owned())),
        };
        self.enter()?;
        let command = self.function_body(name, line)?;
        self.leave();
        Ok(command)
    }

    fn function_body(&mut self, name: String, line: u32) -> Parsed<Command> {
        self.skip_newlines()?;
        let token = self.peek()?.clone();
        let compound = match &token.token {
            Token::Op("(") => true,
            Token::Word(word) => {
                word.as_literal().is_some_and(|w| matches!(w, "{" | "if" | "for" | "while" | "until" | "case" | "[["))
            }
            _ => false,
        };
        if !compound && (self.dialect == Dialect::Bash || token.token == Token::End) {
            return Err(self.unexpected(&token, false, ""));
        }
        let body = Rc::new(self.command()?);
        Ok(Command { kind: CommandKind::Function { name, body }, redirects: Vec::new(), line })
    }
}

/// Splits the text of `for ((a; b; c))` at its semicolons; nothing if they aren't two.
fn split_header(word: &Word) -> Option<[Word; 3]> {
    use super::syntax::Part;
    let mut words = vec![Word::default()];
    for part in &word.parts {
        let Part::Quoted(text) = part else {
            words.last_mut()?.parts.push(part.clone());
            continue;
        };
        for (i, piece) in text.split(';').enumerate() {
            if i > 0 {
                words.push(Word::default());
            }
            if !piece.is_empty() {
                words.last_mut()?.parts.push(Part::Quoted(piece.to_owned()));
            }
        }
    }
    words.try_into().ok()
}
