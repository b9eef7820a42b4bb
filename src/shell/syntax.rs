//! The abstract syntax tree of a shell script: what the parser makes and the interpreter runs.
//!
//! Sub-trees that may run in a child process of their own are behind `Rc`, so that a fork shares them.

use std::cell::OnceCell;
use std::rc::Rc;

/// A sequence of and-or lists, each ended by `;`, `&` or a newline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The items in the order in which they run.
    pub items: Vec<Item>,
}

/// One and-or list and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What runs.
    pub and_or: Rc<AndOr>,
    /// True after `&`.
    pub background: bool,
}

/// Pipelines joined by `&&` and `||`, which bind alike and to the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AndOr {
    /// The pipeline that always runs.
    pub first: Pipeline,
    /// Those that run according to the status so far.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// What stands between two pipelines of an and-or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// True if the status is inverted by `!`.
    pub negated: bool,
    /// True after `time`; the flag inside says `time -p`.
    pub timed: Option<bool>,
    /// The commands, first writer first. Empty only for a lone `!` or `time`.
    pub commands: Vec<Rc<Command>>,
}

/// A command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What kind of command.
    pub kind: CommandKind,
    /// Applied from left to right. For a simple command those between its words too.
    pub redirects: Vec<Redirect>,
    /// The line on which the command starts, counted from 1.
    pub line: u32,
}

/// The kinds of command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Assignments and words.
    Simple {
        /// The assignments before the first word.
        assignments: Vec<Assignment>,
        /// The command's name and arguments, before expansion.
        words: Vec<Word>,
    },
    /// `( list )`
    Subshell(Rc<List>),
    /// `{ list; }`
    Group(Rc<List>),
    /// `if`, with every `elif` as a further arm.
    If {
        /// Condition and consequence.
        arms: Vec<(Rc<List>, Rc<List>)>,
        /// What follows `else`.
        otherwise: Option<Rc<List>>,
    },
    /// `for name in words`; without `in`, the positional parameters.
    For {
        /// The variable.
        name: String,
        /// What follows `in`.
        words: Option<Vec<Word>>,
        /// What runs for each word.
        body: Rc<List>,
    },
    /// `for ((start; condition; step))`
    ArithmeticFor {
        /// The three expressions; an absent one is empty.
        header: [Word; 3],
        /// What runs each time.
        body: Rc<List>,
    },
    /// `while` and `until`.
    Loop {
        /// True for `until`.
        until: bool,
        /// Runs before each turn.
        condition: Rc<List>,
        /// The turn.
        body: Rc<List>,
    },
    /// `case word in`
    Case {
        /// What is matched.
        word: Word,
        /// The arms in order.
        arms: Vec<CaseArm>,
    },
    /// A function's definition.
    Function {
        /// Its name.
        name: String,
        /// Its body, a compound command as a rule.
        body: Rc<Command>,
    },
    /// `[[ expression ]]`
    Conditional(Condition),
    /// `(( expression ))`
    Arithmetic(Word),
}

/// One arm of `case`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseArm {
    /// Any of these patterns may match.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: Rc<List>,
    /// What happens afterwards.
    pub end: CaseEnd,
}

/// The end of an arm of `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEnd {
    /// `;;`: leave.
    Break,
    /// `;&`: run the next arm too.
    FallThrough,
    /// `;;&`: try the next patterns.
    Continue,
}

/// The expression inside `[[ ]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A word: true if it is not empty.
    Word(Word),
    /// `-f word` and its like.
    Unary(String, Word),
    /// `word == pattern` and its like.
    Binary(Word, String, Word),
    /// `! expression`
    Not(Box<Condition>),
    /// `a && b && c`
    And(Vec<Condition>),
    /// `a || b || c`
    Or(Vec<Condition>),
}

/// `name=value`, `name+=value`, `name[index]=value`, `name=(a b)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The element, for an array.
    pub index: Option<Word>,
    /// True for `+=`.
    pub append: bool,
    /// What is assigned.
    pub value: Value,
}

/// The right side of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One word, not split.
    Scalar(Word),
    /// The elements in parentheses.
    Array(Vec<Element>),
}

/// An element of an array's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The index where one is given: `[2]=x`.
    pub index: Option<Word>,
    /// Its word or words.
    pub word: Word,
}

/// One redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The descriptor where one is given; else the operator's own.
    pub fd: Option<u32>,
    /// What it does.
    pub kind: RedirectKind,
}

/// The kinds of redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// To or from a file.
    File(FileMode, Word),
    /// `<&word`; the word is a number, `-`, or becomes one.
    DupInput(Word),
    /// `>&word`
    DupOutput(Word),
    /// `&>word` (true: `&>>word`): standard output and error.
    Both(bool, Word),
    /// `<<<word`
    HereString(Word),
    /// `<<word`
    HereDocument(HereDocument),
}

/// How a redirection opens its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`
    ReadWrite,
}

/// A here-document: its delimiter is read with the command, its body after the line's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HereDocument {
    /// The delimiter without its quotes.
    pub delimiter: String,
    /// True if the delimiter was quoted: nothing in the body is expanded.
    pub quoted: bool,
    /// True for `<<-`: leading tabs are dropped.
    pub strip: bool,
    /// The body, filled when the parser has passed it.
    pub body: Rc<OnceCell<Word>>,
}

impl HereDocument {
    /// The body as a word.
    pub fn word(&self) -> Word {
        self.body.get().cloned().unwrap_or_default()
    }
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its parts, side by side.
    pub parts: Vec<Part>,
}

/// A part of a word. What is quoted and what is not decides what expansion may do to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Unquoted text: tilde, braces and pattern characters are active.
    Literal(String),
    /// Text from single quotes, `$'...'` or after a backslash.
    Quoted(String),
    /// Double quotes; inside, text is `Quoted`.
    Double(Vec<Part>),
    /// `$name`, `${...}`
    Parameter(Box<Parameter>),
    /// `$(...)` and backquotes.
    Command(Rc<List>),
    /// `$((...))`; the text is expanded as if in double quotes, then evaluated.
    Arithmetic(Word),
    /// `<(...)` (true: `>(...)`).
    Process(bool, Rc<List>),
    /// `(a b)` as the value in an argument of `declare` and its like.
    Array(Vec<Element>),
}

/// A parameter's expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// A name, a number, or one of `@*#?-$!`.
    pub name: String,
    /// `[@]`, `[*]` or `[expression]`.
    pub index: Option<Index>,
    /// `${!name}`: the value names the parameter meant.
    pub indirect: bool,
    /// What is done with the value.
    pub operation: Operation,
}

/// The subscript of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Index {
    /// `[@]`
    All,
    /// `[*]`
    Joined,
    /// An arithmetic expression.
    At(Word),
}

/// What an expansion does with its parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Nothing: `$x`
    Value,
    /// `${#x}`
    Length,
    /// `${!x[@]}`: the indices of an array.
    Keys,
    /// `${!prefix*}`: the names that start so; true for `@`.
    Names(bool),
    /// `${x-w}`, `${x=w}`, `${x?w}`, `${x+w}`; with a colon empty counts as unset.
    Fallback {
        /// Which of the four.
        kind: Fallback,
        /// True with the colon.
        colon: bool,
        /// The word.
        word: Word,
    },
    /// `${x#w}`, `${x%w}` and doubled.
    Trim {
        /// True for `%`.
        suffix: bool,
        /// True if doubled.
        longest: bool,
        /// What is cut off.
        pattern: Word,
    },
    /// `${x/a/b}` and its like.
    Replace {
        /// Where the pattern may match.
        scope: ReplaceScope,
        /// What is sought.
        pattern: Word,
        /// What takes its place.
        with: Word,
    },
    /// `${x:offset:length}`
    Slice {
        /// An arithmetic expression.
        offset: Word,
        /// Another.
        length: Option<Word>,
    },
    /// `${x^}`, `${x^^}`, `${x,}`, `${x,,}`
    Case {
        /// True for `^`.
        upper: bool,
        /// True if doubled: all characters, not just the first.
        all: bool,
        /// Which characters; empty for any.
        pattern: Word,
    },
    /// `${x@Q}` and its like.
    Transform(char),
    /// What the shell refuses when it runs: the text between the braces.
    Bad(String),
}

/// The four fallbacks of an expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// `-`: use the word.
    Default,
    /// `=`: assign the word.
    Assign,
    /// `?`: fail with the word.
    Error,
    /// `+`: use the word if set.
    Alternative,
}

/// Where `${x/a/b}` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceScope {
    /// `/`: the first match.
    First,
    /// `//`: all.
    All,
    /// `/#`: at the start.
    Prefix,
    /// `/%`: at the end.
    Suffix,
}

impl Word {
    /// A word of one unquoted text.
    pub fn literal(text: &str) -> Word {
        Word { parts: vec![Part::Literal(text.to_owned())] }
    }

    /// A word of one quoted text.
    pub fn quoted(text: &str) -> Word {
        Word { parts: vec![Part::Quoted(text.to_owned())] }
    }

    /// The text, if the whole word is plain and unquoted: what may be a reserved word or an alias.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
