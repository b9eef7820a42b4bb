//! Statements (ECMA-262, "ECMAScript Language: Statements and Declarations").

use super::code::{Declare, Op};
use super::compile::{Compiler, Done, Loop};
use super::lexer::Kind;

impl Compiler {
    pub fn statement(&mut self) -> Done {
        self.deeper(Compiler::statement_here)
    }

    fn statement_here(&mut self) -> Done {
        if self.take(";") {
            return Ok(());
        }
        if self.is("{") {
            return self.block();
        }
        let word = match self.kind() {
            Kind::Word(word) => word.clone(),
            _ => return self.expression_statement(),
        };
        let at = self.place();
        match &*word {
            "var" => self.declaration(Declare::Var),
            "const" => self.declaration(Declare::Const),
            "let" if matches!(self.after(1), Kind::Word(_) | Kind::Mark("{" | "[")) => self.declaration(Declare::Let),
            "function" => self.function_declaration(),
            "if" => self.if_statement(),
            "for" => self.for_statement(),
            "while" => self.while_statement(),
            "do" => self.do_statement(),
            "switch" => self.switch(),
            "break" | "continue" => self.jump(&word),
            "return" => {
                self.at += 1;
                if self.function_depth == 0 && self.keep_result {
                    return self.error("Illegal return statement");
                }
                if self.draft.finals > 0 {
                    return self.missing("return out of a try with finally");
                }
                if self.ends_statement() {
                    self.emit_at(Op::Undefined, at);
                } else {
                    self.expression()?;
                }
                self.emit_at(Op::Return, at);
                self.end_statement()
            }
            "throw" => {
                self.at += 1;
                self.expression()?;
                self.emit_at(Op::Throw, at);
                self.end_statement()
            }
            "try" => self.try_statement(),
            "debugger" => {
                self.at += 1;
                self.end_statement()
            }
            "class" => self.missing("classes"),
            "with" => self.missing("with"),
            "import" | "export" if !matches!(self.after(1), Kind::Mark("(")) => self.missing("import and export"),
            "async" if matches!(self.after(1), Kind::Word(_)) => self.missing("async functions"),
            _ if matches!(self.after(1), Kind::Mark(":")) => self.missing("labels"),
            _ => self.expression_statement(),
        }
    }

    fn ends_statement(&self) -> bool {
        self.is(";") || self.is("}") || self.kind() == &Kind::End || self.token().first
    }

    fn end_statement(&mut self) -> Done {
        if self.take(";") || self.ends_statement() { Ok(()) } else { self.unexpected() }
    }

    fn expression_statement(&mut self) -> Done {
        self.expression()?;
        let keep = self.keep_result && self.function_depth == 0;
        self.emit(if keep { Op::Result } else { Op::Pop });
        self.end_statement()
    }

    /// `{ … }` with a scope of its own, if it declares anything.
    fn block(&mut self) -> Done {
        self.expect("{")?;
        self.emit(Op::PushScope);
        self.draft.scopes += 1;
        let hoist = self.open_functions();
        while !self.is("}") {
            self.statement()?;
        }
        self.expect("}")?;
        self.close_functions(hoist);
        self.draft.scopes -= 1;
        self.emit(Op::PopScope);
        Ok(())
    }

    fn declaration(&mut self, declare: Declare) -> Done {
        self.at += 1;
        self.declarations(declare)?;
        self.end_statement()
    }

    fn declarations(&mut self, declare: Declare) -> Done {
        loop {
            let start = self.at;
            let name = match self.kind() {
                Kind::Word(word) => Some(word.clone()),
                _ => None,
            };
            self.skip_pattern()?;
            if self.take("=") {
                let before = self.here();
                self.assignment()?;
                if let Some(name) = &name {
                    self.name_function(before, name);
                }
            } else if declare == Declare::Const {
                return self.error("Missing initializer in const declaration");
            } else {
                self.emit(Op::Undefined);
            }
            let end = self.at;
            self.at = start;
            self.pattern(declare)?;
            self.at = end;
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    fn function_declaration(&mut self) -> Done {
        self.at += 1;
        if self.is("*") {
            return self.missing("generators");
        }
        let name = self.name()?;
        let function = self.function(name, false)?;
        match self.blocks.last_mut() {
            Some(functions) => functions.push(function),
            None => return self.unexpected(),
        }
        Ok(())
    }

    fn condition(&mut self) -> Done {
        self.expect("(")?;
        self.expression()?;
        self.expect(")")
    }

    fn if_statement(&mut self) -> Done {
        self.at += 1;
        self.condition()?;
        let no = self.emit(Op::JumpFalse(0));
        self.statement()?;
        if !self.take_word("else") {
            self.patch_here(&[no]);
            return Ok(());
        }
        let end = self.emit(Op::Jump(0));
        self.patch_here(&[no]);
        self.statement()?;
        self.patch_here(&[end]);
        Ok(())
    }

    fn begin_loop(&mut self, is_switch: bool) {
        let draft = &mut self.draft;
        let (scopes, tries, values) = (draft.scopes, draft.tries, draft.values);
        draft.loops.push(Loop { is_switch, scopes, tries, values, ..Loop::default() });
    }

    /// Lets `continue` lead to `again` and `break` here.
    fn end_loop(&mut self, again: usize) {
        if let Some(ended) = self.draft.loops.pop() {
            self.patch(&ended.continues, again);
            self.patch_here(&ended.breaks);
        }
    }

    fn jump(&mut self, word: &str) -> Done {
        let is_break = word == "break";
        let found = self.draft.loops.iter().rposition(|inside| is_break || !inside.is_switch);
        let Some(found) = found else {
            let text = if is_break {
                "Illegal break statement"
            } else {
                "Illegal continue statement: no surrounding iteration statement"
            };
            return self.error(text);
        };
        self.at += 1;
        if matches!(self.kind(), Kind::Word(_)) && !self.token().first {
            return self.missing("labels");
        }
        let inside = &self.draft.loops[found];
        let ops = self.draft.leave(inside.scopes, inside.tries, inside.values);
        for op in ops {
            self.emit(op);
        }
        let jump = self.emit(Op::Jump(0));
        let inside = &mut self.draft.loops[found];
        if is_break {
            inside.breaks.push(jump)
        } else {
            inside.continues.push(jump)
        }
        self.end_statement()
    }

    fn while_statement(&mut self) -> Done {
        self.at += 1;
        let again = self.here();
        self.condition()?;
        let end = self.emit(Op::JumpFalse(0));
        self.begin_loop(false);
        self.statement()?;
        self.emit(Op::Jump(again));
        self.patch_here(&[end]);
        self.end_loop(again);
        Ok(())
    }

    fn do_statement(&mut self) -> Done {
        self.at += 1;
        let start = self.here();
        self.begin_loop(false);
        self.statement()?;
        if !self.take_word("while") {
            return self.unexpected();
        }
        let again = self.here();
        self.condition()?;
        let end = self.emit(Op::JumpFalse(0));
        self.emit(Op::Jump(start));
        self.patch_here(&[end]);
        self.end_loop(again);
        self.take(";");
        Ok(())
    }

    fn for_statement(&mut self) -> Done {
        self.at += 1;
        if self.is_word("await") {
            return self.missing("for await");
        }
        self.expect("(")?;
        self.emit(Op::PushScope);
        self.draft.scopes += 1;
        let declare = match self.kind() {
            Kind::Word(word) => match &**word {
                "const" => Some(Declare::Const),
                "let" => Some(Declare::Let),
                "var" => Some(Declare::Var),
                _ => None,
            },
            _ => None,
        };
        self.at += usize::from(declare.is_some());
        let start = self.at;
        let each = match declare {
            Some(_) => {
                self.skip_pattern()?;
                let each = ["of", "in"].into_iter().find(|word| self.is_word(word));
                if each.is_none() {
                    self.at = start;
                }
                each
            }
            None if matches!(self.after(1), Kind::Word(word) if &**word == "of" || &**word == "in") => {
                return self.missing("for over a variable declared outside");
            }
            None => None,
        };
        match (each, declare) {
            (Some(each), Some(declare)) => self.for_each(each, declare, start)?,
            _ => self.for_three(declare)?,
        }
        self.draft.scopes -= 1;
        self.emit(Op::PopScope);
        Ok(())
    }

    fn for_each(&mut self, each: &str, declare: Declare, pattern: usize) -> Done {
        let at = self.place();
        self.at += 1;
        self.expression()?;
        self.emit_at(if each == "of" { Op::Iterate } else { Op::IterateKeys }, at);
        self.expect(")")?;
        self.begin_loop(false);
        self.draft.values += 1;
        if let Some(inside) = self.draft.loops.last_mut() {
            inside.values += 1;
        }
        let again = self.here();
        let next = self.emit(Op::Next(0));
        self.emit(Op::PushScope);
        self.draft.scopes += 1;
        let body = self.at;
        self.at = pattern;
        self.pattern(declare)?;
        self.at = body;
        self.statement()?;
        self.draft.scopes -= 1;
        self.emit(Op::PopScope);
        self.emit(Op::Jump(again));
        self.patch_here(&[next]);
        self.end_loop(again);
        self.draft.values -= 1;
        self.emit(Op::Pop);
        Ok(())
    }

    fn for_three(&mut self, declare: Option<Declare>) -> Done {
        if !self.is(";") {
            self.no_in = true;
            match declare {
                Some(declare) => self.declarations(declare)?,
                None => {
                    self.expression()?;
                    self.emit(Op::Pop);
                }
            }
            self.no_in = false;
        }
        self.expect(";")?;
        let test = self.here();
        let mut end = Vec::new();
        if !self.is(";") {
            self.expression()?;
            end.push(self.emit(Op::JumpFalse(0)));
        }
        self.expect(";")?;
        let over = self.emit(Op::Jump(0));
        let again = self.here();
        // Closures made in one round keep that round's variables.
        self.emit(Op::CopyScope);
        if !self.is(")") {
            self.expression()?;
            self.emit(Op::Pop);
        }
        self.expect(")")?;
        self.emit(Op::Jump(test));
        self.patch_here(&[over]);
        self.begin_loop(false);
        self.statement()?;
        self.emit(Op::Jump(again));
        self.patch_here(&end);
        self.end_loop(again);
        Ok(())
    }

    fn switch(&mut self) -> Done {
        self.at += 1;
        self.condition()?;
        self.expect("{")?;
        self.begin_loop(true);
        self.draft.values += 1;
        if let Some(inside) = self.draft.loops.last_mut() {
            inside.values += 1;
        }
        self.emit(Op::PushScope);
        self.draft.scopes += 1;
        let hoist = self.open_functions();
        // Bodies follow each other; each test jumps over the bodies until one holds.
        let (mut fall, mut default, mut miss): (Option<usize>, Option<usize>, Option<usize>) = (None, None, None);
        while !self.is("}") {
            if self.take_word("default") {
                // It is not tested: what misses goes on to the next test, in the end back to it.
                miss = miss.or_else(|| Some(self.emit(Op::Jump(0))));
                default = Some(self.here());
            } else if self.take_word("case") {
                if let Some(jump) = miss.take() {
                    self.patch_here(&[jump]);
                }
                self.emit(Op::Dup);
                self.expression()?;
                self.emit(Op::Binary("==="));
                miss = Some(self.emit(Op::JumpFalse(0)));
            } else {
                return self.unexpected();
            }
            self.expect(":")?;
            if let Some(jump) = fall.take() {
                self.patch_here(&[jump]);
            }
            while !(self.is("}") || self.is_word("case") || self.is_word("default")) {
                self.statement()?;
            }
            fall = Some(self.emit(Op::Jump(0)));
        }
        self.expect("}")?;
        if let Some(jump) = miss {
            match default {
                Some(target) => self.patch(&[jump], target),
                None => self.patch_here(&[jump]),
            }
        }
        self.patch_here(&fall.into_iter().collect::<Vec<_>>());
        self.close_functions(hoist);
        self.draft.scopes -= 1;
        self.emit(Op::PopScope);
        let again = self.here();
        self.end_loop(again);
        self.draft.values -= 1;
        self.emit(Op::Pop);
        Ok(())
    }

    fn try_statement(&mut self) -> Done {
        self.at += 1;
        // The block after `finally` is compiled where it is needed, twice: look for it first.
        let start = self.at;
        self.skip_block()?;
        let catch = self.is_word("catch").then_some(self.at);
        if catch.is_some() {
            self.at += 1;
            if self.is("(") {
                self.skip_group()?;
            }
            self.skip_block()?;
        }
        let finally = self.take_word("finally").then_some(self.at);
        if finally.is_some() {
            self.skip_block()?;
        }
        let end = self.at;
        if catch.is_none() && finally.is_none() {
            return self.error("Missing catch or finally after try");
        }
        if finally.is_some() && self.finally_depth >= 3 {
            return self.missing("finally nested this deep");
        }
        self.draft.finals += usize::from(finally.is_some());
        let outer = finally.map(|_| self.open_try());
        let inner = catch.map(|_| self.open_try());
        self.at = start;
        self.block()?;
        if let (Some(handler), Some(catch)) = (inner, catch) {
            self.close_try();
            let over = self.emit(Op::Jump(0));
            self.patch_here(&[handler]);
            self.emit(Op::PushScope);
            self.draft.scopes += 1;
            self.at = catch + 1;
            if self.take("(") {
                self.pattern(Declare::Let)?;
                self.expect(")")?;
            } else {
                self.emit(Op::Pop);
            }
            self.block()?;
            self.draft.scopes -= 1;
            self.emit(Op::PopScope);
            self.patch_here(&[over]);
        }
        if let (Some(handler), Some(finally)) = (outer, finally) {
            self.close_try();
            self.draft.finals -= 1;
            self.finally_depth += 1;
            self.at = finally;
            self.block()?;
            let over = self.emit(Op::Jump(0));
            self.patch_here(&[handler]);
            self.draft.values += 1;
            self.at = finally;
            self.block()?;
            self.draft.values -= 1;
            self.finally_depth -= 1;
            self.emit(Op::Throw);
            self.patch_here(&[over]);
        }
        self.at = end;
        Ok(())
    }

    fn open_try(&mut self) -> usize {
        self.draft.tries += 1;
        self.emit(Op::TryPush(0))
    }

    fn close_try(&mut self) {
        self.draft.tries -= 1;
        self.emit(Op::TryPop);
    }

    fn skip_block(&mut self) -> Done {
        if self.is("{") { self.skip_group() } else { self.unexpected() }
    }

    /// Skips what is between a mark that opens and the one that closes it.
    fn skip_group(&mut self) -> Done {
        let mut depth = 0;
        loop {
            match self.kind() {
                Kind::Mark("{" | "[" | "(") => depth += 1,
                Kind::Mark("}" | "]" | ")") => depth -= 1,
                Kind::End => return self.unexpected(),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }
}
