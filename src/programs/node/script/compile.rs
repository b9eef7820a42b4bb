//! From tokens to code in one pass: what statements and expressions share.

use std::rc::Rc;

use super::code::{Function, Op};
use super::lexer::{Kind, Token, tokens};
use super::{Source, SyntaxError, Text};

/// Nesting of expressions, blocks and functions.
const DEPTH: usize = 60;

pub type Done<T = ()> = Result<T, SyntaxError>;

/// A loop or a switch that `break` and `continue` lead out of.
#[derive(Default)]
pub struct Loop {
    pub breaks: Vec<usize>,
    pub continues: Vec<usize>,
    pub is_switch: bool,
    /// Scopes and handlers open, and values on the stack, where it began.
    pub scopes: usize,
    pub tries: usize,
    pub values: usize,
}

/// A function while it is compiled.
#[derive(Default)]
pub struct Draft {
    pub ops: Vec<Op>,
    pub places: Vec<u32>,
    pub hoisted: Vec<Vec<Rc<Function>>>,
    pub loops: Vec<Loop>,
    pub scopes: usize,
    pub tries: usize,
    /// Iterators and switched values on the stack.
    pub values: usize,
    /// In a `try` that has a `finally`, which `return` would have to run.
    pub finals: usize,
}

pub struct Compiler {
    pub source: Rc<Source>,
    pub tokens: Rc<Vec<Token>>,
    /// What is behind the last token of a list that has none.
    pub end: Token,
    pub at: usize,
    pub draft: Draft,
    /// The declared functions of the blocks that are open.
    pub blocks: Vec<Vec<Rc<Function>>>,
    pub depth: usize,
    /// Expression statements of the script give its result.
    pub keep_result: bool,
    pub function_depth: usize,
    /// `finally` blocks that are being compiled, each twice.
    pub finally_depth: usize,
    /// `in` is no operator: the head of a `for`.
    pub no_in: bool,
}

/// Compiles a script: a function without parameters, or with those named.
pub fn compile(source: Rc<Source>, parameters: &[&str], keep_result: bool) -> Done<Rc<Function>> {
    let tokens = Rc::new(tokens(&source.text, 0, 0)?);
    let mut compiler = Compiler {
        source,
        tokens,
        end: Token { kind: Kind::End, at: 0, len: 0, first: true },
        at: 0,
        draft: Draft::default(),
        blocks: Vec::new(),
        depth: 0,
        keep_result,
        function_depth: 0,
        finally_depth: 0,
        no_in: false,
    };
    for (at, name) in parameters.iter().enumerate() {
        compiler.emit(Op::Argument(at));
        compiler.emit(Op::Declare((*name).into(), super::code::Declare::Let));
    }
    let hoist = compiler.open_functions();
    while compiler.kind() != &Kind::End {
        compiler.statement()?;
    }
    compiler.close_functions(hoist);
    Ok(compiler.finish("".into(), false, parameters.len()))
}

impl Compiler {
    pub fn token(&self) -> &Token {
        self.tokens.get(self.at).or_else(|| self.tokens.last()).unwrap_or(&self.end)
    }

    pub fn kind(&self) -> &Kind {
        &self.token().kind
    }

    pub fn place(&self) -> u32 {
        self.token().at
    }

    pub fn after(&self, count: usize) -> &Kind {
        self.tokens.get(self.at + count).map_or(&Kind::End, |token| &token.kind)
    }

    pub fn is(&self, mark: &str) -> bool {
        matches!(self.kind(), Kind::Mark(found) if *found == mark)
    }

    pub fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Word(found) if **found == *word)
    }

    pub fn take(&mut self, mark: &str) -> bool {
        let hit = self.is(mark);
        self.at += usize::from(hit);
        hit
    }

    pub fn take_word(&mut self, word: &str) -> bool {
        let hit = self.is_word(word);
        self.at += usize::from(hit);
        hit
    }

    pub fn expect(&mut self, mark: &str) -> Done {
        if self.take(mark) { Ok(()) } else { self.unexpected() }
    }

    pub fn unexpected<T>(&self) -> Done<T> {
        let token = self.token();
        let text = match &token.kind {
            Kind::End => "Unexpected end of input".to_string(),
            Kind::Word(word) if super::expression::RESERVED.contains(&&**word) => format!("Unexpected token '{word}'"),
            Kind::Word(word) => format!("Unexpected identifier '{word}'"),
            Kind::Number(_) => "Unexpected number".to_string(),
            Kind::String(_) => "Unexpected string".to_string(),
            Kind::Template(_) => "Unexpected template string".to_string(),
            Kind::Mark(mark) => format!("Unexpected token '{mark}'"),
        };
        Err(SyntaxError { text, at: token.at, len: token.len.max(1), simulated: true })
    }

    /// What this JavaScript does not have.
    pub fn missing<T>(&self, what: &str) -> Done<T> {
        let token = self.token();
        Err(SyntaxError { text: what.to_string(), at: token.at, len: token.len.max(1), simulated: false })
    }

    pub fn error<T>(&self, text: &str) -> Done<T> {
        let token = self.token();
        Err(SyntaxError { text: text.to_string(), at: token.at, len: token.len.max(1), simulated: true })
    }

    pub fn emit(&mut self, op: Op) -> usize {
        let place = self.place();
        self.emit_at(op, place)
    }

    pub fn emit_at(&mut self, op: Op, place: u32) -> usize {
        self.draft.ops.push(op);
        self.draft.places.push(place);
        self.draft.ops.len() - 1
    }

    pub fn here(&self) -> usize {
        self.draft.ops.len()
    }

    /// Lets the jumps at these positions lead to `target`.
    pub fn patch(&mut self, jumps: &[usize], target: usize) {
        for at in jumps {
            if let Some(
                Op::Jump(to)
                | Op::JumpFalse(to)
                | Op::JumpKeepFalse(to)
                | Op::JumpKeepTrue(to)
                | Op::JumpKeepDefined(to)
                | Op::JumpNullish(to)
                | Op::JumpNotUndefined(to)
                | Op::Next(to)
                | Op::TryPush(to),
            ) = self.draft.ops.get_mut(*at)
            {
                *to = target;
            }
        }
    }

    pub fn patch_here(&mut self, jumps: &[usize]) {
        self.patch(jumps, self.here());
    }

    /// Goes a level down, within the limit.
    pub fn deeper<T>(&mut self, body: impl FnOnce(&mut Compiler) -> Done<T>) -> Done<T> {
        if self.depth >= DEPTH {
            return self.missing("code nested this deep");
        }
        self.depth += 1;
        let done = body(self);
        self.depth -= 1;
        done
    }

    /// Begins a list of declared functions; what it gives goes to [`Compiler::close_functions`].
    pub fn open_functions(&mut self) -> usize {
        self.blocks.push(Vec::new());
        let number = self.draft.hoisted.len();
        self.draft.hoisted.push(Vec::new());
        self.emit(Op::Hoist(number));
        number
    }

    /// Ends the list.
    pub fn close_functions(&mut self, number: usize) {
        let functions = self.blocks.pop().unwrap_or_default();
        if let Some(list) = self.draft.hoisted.get_mut(number) {
            *list = functions;
        }
    }

    pub fn finish(&mut self, name: Text, arrow: bool, length: usize) -> Rc<Function> {
        self.emit(Op::Undefined);
        self.emit(Op::Return);
        let draft = std::mem::take(&mut self.draft);
        let source = self.source.clone();
        Rc::new(Function { name, arrow, length, ops: draft.ops, places: draft.places, hoisted: draft.hoisted, source })
    }

    /// An identifier that may be declared.
    pub fn name(&mut self) -> Done<Text> {
        match self.kind() {
            Kind::Word(word) if !super::expression::RESERVED.contains(&&**word) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => self.unexpected(),
        }
    }
}
