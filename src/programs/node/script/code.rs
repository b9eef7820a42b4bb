//! The code that scripts are compiled to: a stack machine's.

use std::rc::Rc;

use super::{Source, Text};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Declare {
    Let,
    Const,
    Var,
}

/// One instruction. Jumps are to absolute positions. The comment shows the stack before and after.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    String(Text),
    This,
    /// A function made here, in the scope at hand.
    Closure(Rc<Function>),
    Load(Text),
    /// As `Load`, but an unknown name is undefined (typeof).
    LoadOrUndefined(Text),
    /// value -- value
    Store(Text),
    /// value --
    Declare(Text, Declare),
    /// The functions declared in this block, by number.
    Hoist(usize),
    /// object -- value
    Get(Text),
    /// object key -- value
    GetIndex,
    /// object value -- value
    Set(Text),
    /// object key value -- value
    SetIndex,
    /// object -- bool
    Delete(Text),
    /// object key -- bool
    DeleteIndex,
    Dup,
    /// a b -- a b a b
    Dup2,
    Pop,
    /// a b -- b a
    Swap,
    /// a b c -- c a b
    Tuck,
    /// a b c d -- d a b c
    Tuck3,
    Binary(&'static str),
    Unary(&'static str),
    Jump(usize),
    /// value --
    JumpFalse(usize),
    /// value -- value, where it jumps; value --, where not.
    JumpKeepFalse(usize),
    JumpKeepTrue(usize),
    JumpKeepDefined(usize),
    /// value -- value; undefined in its place where it jumps
    JumpNullish(usize),
    /// value -- where it does not jump; it stays where it is not undefined
    JumpNotUndefined(usize),
    /// this function args… -- value
    Call(usize),
    /// this function array -- value
    CallSpread,
    /// function args… -- value
    New(usize),
    /// function array -- value
    NewSpread,
    Array,
    /// array value -- array
    Append,
    AppendAll,
    Object,
    /// object value -- object
    Init(Text),
    /// object key value -- object
    InitIndex,
    /// object other -- object
    InitAll,
    /// The argument of this number; those from it on.
    Argument(usize),
    Rest(usize),
    PushScope,
    PopScope,
    /// A fresh copy of the scope: one for each round of a loop.
    CopyScope,
    /// iterable -- iterator
    Iterate,
    /// object -- iterator of its keys
    IterateKeys,
    /// iterator -- iterator value; at the end it jumps, and pushes nothing
    Next(usize),
    /// Values to text: v1 … vn -- text
    Concat(usize),
    TryPush(usize),
    TryPop,
    /// value --
    Throw,
    /// value --
    Return,
    /// value -- ; what a script is worth
    Result,
}

#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: Text,
    pub arrow: bool,
    /// How many parameters have no default.
    pub length: usize,
    pub ops: Vec<Op>,
    /// For each op, where it comes from.
    pub places: Vec<u32>,
    pub hoisted: Vec<Vec<Rc<Function>>>,
    pub source: Rc<Source>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        self.name == other.name
    }
}
