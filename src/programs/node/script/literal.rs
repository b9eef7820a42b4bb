//! Templates, arrays and objects.

use std::rc::Rc;

use super::Text;
use super::code::Op;
use super::compile::{Compiler, Done};
use super::expression::{Place, RESERVED};
use super::lexer::{Kind, Token};

impl Compiler {
    /// The elements of an array up to a closing mark.
    pub fn elements(&mut self, close: &str) -> Done {
        self.emit(Op::Array);
        while !self.is(close) {
            let op = if self.take("...") { Op::AppendAll } else { Op::Append };
            if self.is(",") {
                self.emit(Op::Undefined);
            } else {
                self.assignment()?;
            }
            self.emit(op);
            if !self.take(",") {
                break;
            }
        }
        self.expect(close)
    }

    pub fn template(&mut self, parts: &[(Text, Option<Vec<Token>>)]) -> Done<Place> {
        let mut count = 0;
        for (text, tokens) in parts {
            self.emit(Op::String(text.clone()));
            count += 1;
            let Some(tokens) = tokens else { continue };
            let (outer, at) = (std::mem::replace(&mut self.tokens, Rc::new(tokens.clone())), self.at);
            self.at = 0;
            self.expression()?;
            if self.kind() != &Kind::End {
                return self.unexpected();
            }
            (self.tokens, self.at) = (outer, at);
            count += 1;
        }
        self.emit(Op::Concat(count));
        Ok(Place::Value)
    }

    pub fn object(&mut self) -> Done {
        self.expect("{")?;
        let no_in = std::mem::replace(&mut self.no_in, false);
        self.emit(Op::Object);
        while !self.is("}") {
            self.member()?;
            if !self.take(",") {
                break;
            }
        }
        self.no_in = no_in;
        self.expect("}")
    }

    pub fn member(&mut self) -> Done {
        if self.take("...") {
            self.assignment()?;
            self.emit(Op::InitAll);
            return Ok(());
        }
        let accessor = ["get", "set", "async"].iter().any(|word| self.is_word(word));
        if self.is("*") || accessor && matches!(self.after(1), Kind::Word(_) | Kind::String(_) | Kind::Mark("[" | "*"))
        {
            return self.missing("getters, setters, generators and async methods");
        }
        let at = self.place();
        let key = match self.kind().clone() {
            Kind::Mark("[") => {
                self.at += 1;
                self.assignment()?;
                self.expect("]")?;
                None
            }
            Kind::String(text) => Some(text),
            Kind::Number(number) => Some(super::number::text(number).into()),
            Kind::Word(word) => Some(word),
            _ => return self.unexpected(),
        };
        self.at += usize::from(key.is_some());
        let before = self.here();
        if self.is("(") {
            let function = self.function(key.clone().unwrap_or_else(|| "".into()), false)?;
            self.emit(Op::Closure(function));
        } else if self.take(":") {
            self.assignment()?;
            if let Some(key) = &key {
                self.name_function(before, key);
            }
        } else if let Some(Kind::Word(word)) = self.tokens.get(self.at - 1).map(|token| token.kind.clone()) {
            if RESERVED.contains(&&*word) {
                return self.unexpected();
            }
            self.emit_at(Op::Load(word), at);
        } else {
            return self.unexpected();
        }
        self.emit(key.map_or(Op::InitIndex, Op::Init));
        Ok(())
    }
}
