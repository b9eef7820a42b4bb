//! Cuts an awk program into tokens.

use std::rc::Rc;

use super::value::unescape;

const MISSING: [&str; 7] = ["getline", "system", "function", "func", "close", "fflush", "nextfile"];

/// Operators, longest first.
const SIGNS: [&str; 35] = [
    "**=", "&&", "||", "==", "<=", ">=", "!=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", "**", ">>", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">",
];

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<str>),
    Name(Rc<str>),
    /// A name right before a parenthesis: a call.
    Call(Rc<str>),
    Sign(&'static str),
    Newline,
    End,
}

struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
}

/// The tokens of a program, [`Token::End`] last.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut lexer = Lexer { rest: text, tokens: Vec::new() };
    lexer.run()?;
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn take(&mut self, count: usize) -> String {
        let (head, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, ""));
        self.rest = rest;
        head.to_string()
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.chars().next() {
            let token = match c {
                ' ' | '\t' | '\r' => {
                    self.take(1);
                    continue;
                }
                '\\' if self.rest.starts_with("\\\n") => {
                    self.take(2);
                    continue;
                }
                '#' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.take(end);
                    continue;
                }
                '\n' => {
                    self.take(1);
                    Token::Newline
                }
                '"' => {
                    self.take(1);
                    Token::Text(unescape(&self.until('"')?).into())
                }
                '/' if self.regex_may_stand() => {
                    self.take(1);
                    Token::Regex(self.until('/')?.replace("\\/", "/").into())
                }
                c if c.is_ascii_digit() || c == '.' && self.rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => {
                    let mut end = 0;
                    for (at, c) in self.rest.char_indices() {
                        let sign = "+-".contains(c) && self.rest.get(..at).is_some_and(|t| t.ends_with(['e', 'E']));
                        if !(c.is_ascii_digit() || ".eE".contains(c) || sign) {
                            break;
                        }
                        end = at + 1;
                    }
                    let text = self.take(end);
                    Token::Number(text.parse().map_err(|_| format!("syntax error at or near {text}"))?)
                }
                c if c.is_ascii_alphabetic() || c == '_' => {
                    let end =
                        self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                    let name = self.take(end);
                    if MISSING.contains(&name.as_str()) {
                        return Err(format!("layerlab: awk's {name} is not simulated"));
                    }
                    if self.rest.starts_with('(') { Token::Call(name.into()) } else { Token::Name(name.into()) }
                }
                _ => {
                    match SIGNS.iter().chain(&["=", "~", "?", ":", "$", "|"]).find(|sign| self.rest.starts_with(**sign))
                    {
                        Some(sign) => {
                            self.take(sign.len());
                            Token::Sign(sign)
                        }
                        None => return Err(format!("syntax error at or near {c}")),
                    }
                }
            };
            self.tokens.push(token);
        }
        self.tokens.push(Token::End);
        Ok(())
    }

    fn until(&mut self, end: char) -> Result<String, String> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices() {
            if c == end && !escaped {
                let text = self.take(at);
                self.take(1);
                return Ok(text);
            }
            if c == '\n' && end == '/' {
                break;
            }
            escaped = c == '\\' && !escaped;
        }
        Err(if end == '"' { "runaway string constant" } else { "regular expression compile failed (missing '/')" }
            .into())
    }

    /// After a value a slash divides.
    fn regex_may_stand(&self) -> bool {
        !matches!(
            self.tokens.last(),
            Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Sign(")" | "]" | "$" | "++" | "--"))
        )
    }
}
