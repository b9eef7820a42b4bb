//! Functions, their parameters, and destructuring.

use std::rc::Rc;

use super::Text;
use super::code::{Declare, Function, Op};
use super::compile::{Compiler, Done};
use super::lexer::Kind;

impl Compiler {
    /// Whether an arrow function begins here.
    pub fn is_arrow(&self) -> bool {
        match self.kind() {
            Kind::Word(_) => matches!(self.after(1), Kind::Mark("=>")),
            Kind::Mark("(") => {
                let mut depth = 0;
                for (count, token) in self.tokens.get(self.at..).unwrap_or_default().iter().enumerate() {
                    match token.kind {
                        Kind::Mark("(" | "[" | "{") => depth += 1,
                        Kind::Mark(")" | "]" | "}") => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        return matches!(self.after(count + 1), Kind::Mark("=>"));
                    }
                }
                false
            }
            _ => false,
        }
    }

    pub fn arrow(&mut self) -> Done {
        let at = self.place();
        let function = self.function("".into(), true)?;
        self.emit_at(Op::Closure(function), at);
        Ok(())
    }

    /// A function from its parameters on.
    pub fn function(&mut self, name: Text, arrow: bool) -> Done<Rc<Function>> {
        let outer = std::mem::take(&mut self.draft);
        let blocks = std::mem::take(&mut self.blocks);
        let no_in = std::mem::replace(&mut self.no_in, false);
        self.function_depth += 1;
        let done = self.deeper(|compiler| compiler.function_here(name, arrow));
        self.function_depth -= 1;
        self.draft = outer;
        self.blocks = blocks;
        self.no_in = no_in;
        done
    }

    fn function_here(&mut self, name: Text, arrow: bool) -> Done<Rc<Function>> {
        let mut length = 0;
        if arrow && !self.is("(") {
            self.emit(Op::Argument(0));
            let name = self.name()?;
            self.emit(Op::Declare(name, Declare::Let));
            length = 1;
        } else {
            self.expect("(")?;
            let mut number = 0;
            while !self.is(")") {
                if self.take("...") {
                    self.emit(Op::Rest(number));
                    self.pattern(Declare::Let)?;
                    break;
                }
                self.emit(Op::Argument(number));
                number += 1;
                length += usize::from(!self.with_default(Declare::Let)?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        if arrow {
            self.expect("=>")?;
        }
        if arrow && !self.is("{") {
            self.assignment()?;
            self.emit(Op::Return);
        } else {
            self.expect("{")?;
            let hoist = self.open_functions();
            while !self.is("}") {
                self.statement()?;
            }
            self.close_functions(hoist);
            self.expect("}")?;
        }
        Ok(self.finish(name, arrow, length))
    }

    /// A pattern, perhaps with a default: takes the value from the stack. True if there is a default.
    pub fn with_default(&mut self, declare: Declare) -> Done<bool> {
        // The default comes after the pattern; it is compiled first, by going there and back.
        let start = self.at;
        self.skip_pattern()?;
        let has = self.take("=");
        if !has {
            self.at = start;
            self.pattern(declare)?;
            return Ok(false);
        }
        let jump = self.emit(Op::JumpNotUndefined(0));
        self.assignment()?;
        self.patch_here(&[jump]);
        let end = self.at;
        self.at = start;
        self.pattern(declare)?;
        self.at = end;
        Ok(true)
    }

    pub fn skip_pattern(&mut self) -> Done {
        let mut depth = 0;
        loop {
            match self.kind() {
                Kind::Mark("{" | "[") => depth += 1,
                Kind::Mark("}" | "]") => depth -= 1,
                Kind::End => return self.unexpected(),
                _ => {}
            }
            self.at += 1;
            if depth <= 0 {
                return Ok(());
            }
        }
    }

    /// Declares what a pattern names, from the value on the stack.
    pub fn pattern(&mut self, declare: Declare) -> Done {
        self.deeper(|compiler| compiler.pattern_here(declare))
    }

    fn pattern_here(&mut self, declare: Declare) -> Done {
        let at = self.place();
        if self.take("{") {
            while !self.is("}") {
                let place = self.place();
                let key = match self.kind().clone() {
                    Kind::Word(word) => word,
                    Kind::String(text) => text,
                    _ => return self.missing("this kind of destructuring"),
                };
                self.emit(Op::Dup);
                self.emit_at(Op::Get(key), place);
                if matches!(self.after(1), Kind::Mark(":")) {
                    self.at += 2;
                }
                self.with_default(declare)?;
                if !self.take(",") {
                    break;
                }
            }
            self.expect("}")?;
            self.emit(Op::Pop);
            return Ok(());
        }
        if self.take("[") {
            self.emit_at(Op::Iterate, at);
            while !self.is("]") {
                if self.take(",") {
                    self.next_or_undefined();
                    self.emit(Op::Pop);
                    continue;
                }
                if self.take("...") {
                    return self.missing("a rest in array destructuring");
                }
                self.next_or_undefined();
                self.with_default(declare)?;
                if !self.take(",") {
                    break;
                }
            }
            self.expect("]")?;
            self.emit(Op::Pop);
            return Ok(());
        }
        let name = self.name()?;
        self.emit_at(Op::Declare(name, declare), at);
        Ok(())
    }

    fn next_or_undefined(&mut self) {
        let next = self.emit(Op::Next(0));
        let over = self.emit(Op::Jump(0));
        self.patch_here(&[next]);
        self.emit(Op::Undefined);
        self.patch_here(&[over]);
    }
}
