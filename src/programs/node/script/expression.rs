//! Expressions (ECMA-262, "ECMAScript Language: Expressions").

use std::rc::Rc;

use super::Text;
use super::code::Op;
use super::compile::{Compiler, Done, Draft};
use super::lexer::Kind;

pub const RESERVED: [&str; 36] = [
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
];

/// What stands where a value is asked for and has not been loaded yet.
pub enum Place {
    /// The value is on the stack.
    Value,
    Name(Text, u32),
    /// The object is on the stack.
    Property(Text, u32),
    /// The object and the key are on the stack.
    Index(u32),
}

/// Binary operators by binding power; `**` binds to the right.
const BINARY: [(&str, u8); 24] = [
    ("??", 1),
    ("||", 2),
    ("&&", 3),
    ("|", 4),
    ("^", 5),
    ("&", 6),
    ("==", 7),
    ("!=", 7),
    ("===", 7),
    ("!==", 7),
    ("<", 8),
    (">", 8),
    ("<=", 8),
    (">=", 8),
    ("<<", 9),
    (">>", 9),
    (">>>", 9),
    ("+", 10),
    ("-", 10),
    ("*", 11),
    ("/", 11),
    ("%", 11),
    ("**", 12),
    ("in", 8),
];
const ASSIGN: [&str; 16] =
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??="];

impl Compiler {
    /// Expressions with commas between.
    pub fn expression(&mut self) -> Done {
        self.assignment()?;
        while self.take(",") {
            self.emit(Op::Pop);
            self.assignment()?;
        }
        Ok(())
    }

    pub fn assignment(&mut self) -> Done {
        self.deeper(Compiler::assignment_here)
    }

    fn assignment_here(&mut self) -> Done {
        if self.is_word("async") && matches!(self.after(1), Kind::Word(_) | Kind::Mark("(")) {
            return self.missing("async functions");
        }
        if self.is_word("await") || self.is_word("yield") {
            return self.missing("await and yield");
        }
        if self.is_arrow() {
            return self.arrow();
        }
        let place = self.conditional()?;
        let Kind::Mark(mark) = *self.kind() else { return self.load(place) };
        if !ASSIGN.contains(&mark) {
            return self.load(place);
        }
        if let Place::Value = place {
            return self.error("Invalid left-hand side in assignment");
        }
        let at = self.place();
        self.at += 1;
        if mark == "=" {
            self.assignment_named(&place)?;
            self.store(place, at);
            return Ok(());
        }
        let operator = mark.strip_suffix('=').unwrap_or(mark);
        if matches!(operator, "&&" | "||" | "??") {
            return self.missing(&format!("the operator {mark}"));
        }
        self.load_keeping(&place);
        self.assignment()?;
        self.emit_at(Op::Binary(static_operator(operator)), at);
        self.store(place, at);
        Ok(())
    }

    /// A function without a name takes that of what it is assigned to.
    fn assignment_named(&mut self, place: &Place) -> Done {
        let before = self.here();
        self.assignment()?;
        if let Place::Name(name, _) | Place::Property(name, _) = place {
            self.name_function(before, name);
        }
        Ok(())
    }

    /// Names the function that is all that was emitted since `before`.
    pub fn name_function(&mut self, before: usize, name: &Text) {
        if self.here() == before + 1
            && let Some(Op::Closure(function)) = self.draft.ops.last_mut()
            && function.name.is_empty()
            && let Some(function) = Rc::get_mut(function)
        {
            function.name = name.clone();
        }
    }

    fn load(&mut self, place: Place) -> Done {
        match place {
            Place::Value => {}
            Place::Name(name, at) => drop(self.emit_at(Op::Load(name), at)),
            Place::Property(name, at) => drop(self.emit_at(Op::Get(name), at)),
            Place::Index(at) => drop(self.emit_at(Op::GetIndex, at)),
        }
        Ok(())
    }

    /// Loads, and leaves what the place has on the stack there.
    fn load_keeping(&mut self, place: &Place) {
        match place {
            Place::Value => {}
            Place::Name(name, at) => drop(self.emit_at(Op::Load(name.clone()), *at)),
            Place::Property(name, at) => {
                self.emit(Op::Dup);
                self.emit_at(Op::Get(name.clone()), *at);
            }
            Place::Index(at) => {
                self.emit(Op::Dup2);
                self.emit_at(Op::GetIndex, *at);
            }
        }
    }

    fn store(&mut self, place: Place, at: u32) {
        match place {
            Place::Value => {}
            Place::Name(name, _) => drop(self.emit_at(Op::Store(name), at)),
            Place::Property(name, _) => drop(self.emit_at(Op::Set(name), at)),
            Place::Index(_) => drop(self.emit_at(Op::SetIndex, at)),
        }
    }

    fn short_circuit(&mut self, operator: &str) -> Option<usize> {
        let op = match operator {
            "&&" => Op::JumpKeepFalse(0),
            "||" => Op::JumpKeepTrue(0),
            "??" => Op::JumpKeepDefined(0),
            _ => return None,
        };
        Some(self.emit(op))
    }

    fn conditional(&mut self) -> Done<Place> {
        let place = self.binary(0)?;
        if !self.take("?") {
            return Ok(place);
        }
        self.load(place)?;
        let no = self.emit(Op::JumpFalse(0));
        let no_in = std::mem::replace(&mut self.no_in, false);
        self.assignment()?;
        self.no_in = no_in;
        self.expect(":")?;
        let end = self.emit(Op::Jump(0));
        self.patch_here(&[no]);
        self.assignment()?;
        self.patch_here(&[end]);
        Ok(Place::Value)
    }

    fn operator(&self) -> Option<(&'static str, u8)> {
        let found = |mark: &str| BINARY.iter().find(|(operator, _)| *operator == mark).copied();
        match self.kind() {
            Kind::Mark(mark) => found(mark),
            Kind::Word(word) if **word == *"instanceof" => Some(("instanceof", 8)),
            Kind::Word(word) if **word == *"in" && !self.no_in => found("in"),
            _ => None,
        }
    }

    fn binary(&mut self, least: u8) -> Done<Place> {
        let mut place = self.unary()?;
        while let Some((operator, power)) = self.operator()
            && power > least
        {
            self.load(place)?;
            let at = self.place();
            self.at += 1;
            // What binds to the right takes in its equals.
            let least = if operator == "**" { power - 1 } else { power };
            if let Some(jump) = self.short_circuit(operator) {
                let right = self.deeper(|c| c.binary(least))?;
                self.load(right)?;
                self.patch_here(&[jump]);
            } else {
                let right = self.deeper(|c| c.binary(least))?;
                self.load(right)?;
                self.emit_at(Op::Binary(operator), at);
            }
            place = Place::Value;
        }
        Ok(place)
    }

    fn unary(&mut self) -> Done<Place> {
        let at = self.place();
        let operator = match self.kind() {
            Kind::Mark(mark @ ("!" | "-" | "+" | "~" | "++" | "--")) => *mark,
            Kind::Word(word) => match &**word {
                "typeof" => "typeof",
                "void" => "void",
                "delete" => "delete",
                _ => return self.postfix(),
            },
            _ => return self.postfix(),
        };
        self.at += 1;
        let place = self.deeper(Compiler::unary)?;
        match (operator, place) {
            ("++" | "--", Place::Value) => return self.error("Invalid left-hand side expression in prefix operation"),
            ("++" | "--", place) => {
                self.load_keeping(&place);
                self.emit(Op::Unary("+"));
                self.emit(Op::Number(1.0));
                self.emit(Op::Binary(if operator == "++" { "+" } else { "-" }));
                self.store(place, at);
            }
            ("delete", Place::Property(name, _)) => drop(self.emit(Op::Delete(name))),
            ("delete", Place::Index(_)) => drop(self.emit(Op::DeleteIndex)),
            ("typeof", Place::Name(name, at)) => {
                self.emit_at(Op::LoadOrUndefined(name), at);
                self.emit(Op::Unary("typeof"));
            }
            (operator, place) => {
                self.load(place)?;
                self.emit_at(Op::Unary(operator), at);
            }
        }
        Ok(Place::Value)
    }

    fn postfix(&mut self) -> Done<Place> {
        let place = self.chain()?;
        let operator = match self.kind() {
            Kind::Mark("++") if !self.token().first => "+",
            Kind::Mark("--") if !self.token().first => "-",
            _ => return Ok(place),
        };
        let at = self.place();
        self.at += 1;
        // The old value goes below what the place has on the stack, then the new one is stored.
        let tuck = match &place {
            Place::Value => return self.error("Invalid left-hand side expression in postfix operation"),
            Place::Name(..) => None,
            Place::Property(..) => Some(Op::Tuck),
            Place::Index(_) => Some(Op::Tuck3),
        };
        self.load_keeping(&place);
        self.emit(Op::Unary("+"));
        self.emit(Op::Dup);
        if let Some(tuck) = tuck {
            self.emit(tuck);
        }
        self.emit(Op::Number(1.0));
        self.emit(Op::Binary(operator));
        self.store(place, at);
        self.emit(Op::Pop);
        Ok(Place::Value)
    }

    /// Members, calls and optional chains.
    fn chain(&mut self) -> Done<Place> {
        let mut place = if self.is_word("new") { self.new_expression()? } else { self.primary()? };
        let mut nullish = Vec::new();
        loop {
            let at = self.place();
            match self.kind() {
                Kind::Mark(".") => {
                    self.at += 1;
                    self.load(place)?;
                    let at = self.place();
                    place = Place::Property(self.property_name()?, at);
                }
                Kind::Mark("?.") => {
                    self.at += 1;
                    let callee = self.prepare_call(place, self.is("("))?;
                    nullish.push((self.emit(Op::JumpNullish(0)), callee));
                    place = match self.kind() {
                        Kind::Mark("(") => self.call(at)?,
                        Kind::Mark("[") => self.index()?,
                        _ => Place::Property(self.property_name()?, at),
                    };
                }
                Kind::Mark("[") => {
                    self.load(place)?;
                    place = self.index()?;
                }
                Kind::Mark("(") => {
                    let at = match &place {
                        Place::Name(_, at) | Place::Property(_, at) => *at,
                        _ => at,
                    };
                    self.prepare_call(place, true)?;
                    place = self.call(at)?;
                }
                Kind::Template(_) => return self.missing("tagged templates"),
                _ => break,
            }
        }
        if nullish.is_empty() {
            return Ok(place);
        }
        self.load(place)?;
        let end = self.emit(Op::Jump(0));
        for (jump, callee) in nullish {
            // A call that is not made has its `this` on the stack, below the function.
            self.patch_here(&[jump]);
            if callee {
                self.emit(Op::Swap);
                self.emit(Op::Pop);
            }
            let over = self.emit(Op::Jump(0));
            self.patch(&[over], end);
        }
        self.patch_here(&[end]);
        Ok(Place::Value)
    }

    /// Loads a function and what it is called on, in the order: this, function. True if it did.
    fn prepare_call(&mut self, place: Place, call: bool) -> Done<bool> {
        if !call {
            self.load(place)?;
            return Ok(false);
        }
        match place {
            Place::Property(name, at) => {
                self.emit(Op::Dup);
                self.emit_at(Op::Get(name), at);
            }
            Place::Index(at) => {
                self.emit(Op::Dup2);
                self.emit_at(Op::GetIndex, at);
                self.emit(Op::Swap);
                self.emit(Op::Pop);
            }
            Place::Value => {
                self.emit(Op::Undefined);
                self.emit(Op::Swap);
            }
            place => {
                self.emit(Op::Undefined);
                self.load(place)?;
            }
        }
        Ok(true)
    }

    fn property_name(&mut self) -> Done<Text> {
        match self.kind().clone() {
            Kind::Word(word) => {
                self.at += 1;
                Ok(word)
            }
            _ => self.unexpected(),
        }
    }

    fn index(&mut self) -> Done<Place> {
        self.expect("[")?;
        let at = self.place();
        let no_in = std::mem::replace(&mut self.no_in, false);
        self.expression()?;
        self.no_in = no_in;
        self.expect("]")?;
        Ok(Place::Index(at))
    }

    fn call(&mut self, at: u32) -> Done<Place> {
        let op = match self.arguments()? {
            Some(count) => Op::Call(count),
            None => Op::CallSpread,
        };
        self.emit_at(op, at);
        Ok(Place::Value)
    }

    /// Arguments, each on the stack; or, where one is spread, all in an array.
    fn arguments(&mut self) -> Done<Option<usize>> {
        let no_in = std::mem::replace(&mut self.no_in, false);
        self.expect("(")?;
        let (start, mut depth, mut spread) = (self.at, 0i32, false);
        for token in self.tokens.get(start..).unwrap_or_default() {
            match token.kind {
                Kind::Mark("(" | "[" | "{") => depth += 1,
                Kind::Mark(")" | "]" | "}") => depth -= 1,
                Kind::Mark("...") if depth == 0 => spread = true,
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
        let count = if spread {
            self.elements(")")?;
            None
        } else {
            let mut count = 0;
            while !self.is(")") {
                self.assignment()?;
                count += 1;
                if !self.take(",") {
                    break;
                }
            }
            self.expect_after_argument()?;
            Some(count)
        };
        self.no_in = no_in;
        Ok(count)
    }

    fn expect_after_argument(&mut self) -> Done {
        if self.take(")") { Ok(()) } else { self.error("missing ) after argument list") }
    }

    fn new_expression(&mut self) -> Done<Place> {
        let at = self.place();
        self.at += 1;
        if self.is(".") {
            return self.missing("new.target");
        }
        let mut place = if self.is_word("new") { self.deeper(Compiler::new_expression)? } else { self.primary()? };
        loop {
            if self.take(".") {
                self.load(place)?;
                let at = self.place();
                place = Place::Property(self.property_name()?, at);
            } else if self.is("[") {
                self.load(place)?;
                place = self.index()?;
            } else {
                break;
            }
        }
        self.load(place)?;
        let count = if self.is("(") { self.arguments()? } else { Some(0) };
        self.emit_at(count.map_or(Op::NewSpread, Op::New), at);
        Ok(Place::Value)
    }

    fn primary(&mut self) -> Done<Place> {
        let at = self.place();
        let op = match self.kind().clone() {
            Kind::Number(number) => Op::Number(number),
            Kind::String(text) => Op::String(text),
            Kind::Template(parts) => {
                self.at += 1;
                return self.template(&parts);
            }
            Kind::Mark("(") => {
                self.at += 1;
                let no_in = std::mem::replace(&mut self.no_in, false);
                self.expression()?;
                self.no_in = no_in;
                self.expect(")")?;
                return Ok(Place::Value);
            }
            Kind::Mark("[") => {
                self.at += 1;
                self.elements("]")?;
                return Ok(Place::Value);
            }
            Kind::Mark("{") => {
                self.object()?;
                return Ok(Place::Value);
            }
            Kind::Mark("/" | "/=") => return self.missing("regular expressions"),
            Kind::Word(word) => match &*word {
                "true" => Op::Bool(true),
                "false" => Op::Bool(false),
                "null" => Op::Null,
                "undefined" => Op::Undefined,
                "this" => Op::This,
                "function" => {
                    self.at += 1;
                    let name = if self.is("(") { "".into() } else { self.name()? };
                    let function = self.function(name, false)?;
                    self.emit_at(Op::Closure(function), at);
                    return Ok(Place::Value);
                }
                "class" => return self.missing("classes"),
                "import" => return self.missing("import()"),
                "super" => return self.missing("super"),
                _ => return Ok(Place::Name(self.name()?, at)),
            },
            _ => return self.unexpected(),
        };
        self.at += 1;
        self.emit_at(op, at);
        Ok(Place::Value)
    }
}

/// The operator of an assignment as the table has it.
fn static_operator(operator: &str) -> &'static str {
    BINARY.iter().map(|(known, _)| *known).find(|known| *known == operator).unwrap_or("+")
}

impl Draft {
    /// Leaves what was opened since a loop began, without forgetting it.
    pub fn leave(&self, scopes: usize, tries: usize, values: usize) -> Vec<Op> {
        let mut ops = vec![Op::TryPop; self.tries.saturating_sub(tries)];
        ops.extend(std::iter::repeat_n(Op::PopScope, self.scopes.saturating_sub(scopes)));
        ops.extend(std::iter::repeat_n(Op::Pop, self.values.saturating_sub(values)));
        ops
    }
}
