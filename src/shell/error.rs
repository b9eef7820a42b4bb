//! What the parser says of text that is no shell script, in the words of bash and of busybox ash.

use super::Dialect;

/// Why a text could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// The text ends too early: a terminal asks for more; at the end of input the fault stands.
    Incomplete(Box<Fault>),
    /// The text is wrong, whatever follows.
    Unexpected(Box<Fault>),
}

/// A fault as the shell reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line the report names, counted from 1.
    pub line: u32,
    /// The text after `NAME: line N: `.
    pub message: String,
    /// The source line, which bash adds when it isn't interactive.
    pub excerpt: Option<String>,
    /// The line that alone can end what is open (a here-document's delimiter), if known.
    pub wanted: Option<String>,
    /// The bytes of the text that were read when the fault was seen.
    pub consumed: usize,
}

impl SyntaxError {
    /// The fault, whichever kind.
    pub fn fault(&self) -> &Fault {
        match self {
            SyntaxError::Incomplete(fault) | SyntaxError::Unexpected(fault) => fault,
        }
    }

    /// True if more text may mend it.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, SyntaxError::Incomplete(_))
    }
}

impl Fault {
    /// The lines that go to standard error. `name` is the shell's name or the script's; `source`
    /// is what bash puts behind it (`-c`) and empty elsewhere.
    pub fn report(&self, dialect: Dialect, name: &str, source: Source) -> String {
        let place = match (dialect, source) {
            (Dialect::Bash, Source::Argument) => format!("{name}: -c: line {}", self.line),
            (Dialect::Bash, Source::Eval) => format!("{name}: eval: line {}", self.line),
            (_, Source::Script) => format!("{name}: line {}", self.line),
            (Dialect::Ash, Source::Eval) => format!("{name}: eval: line {}", self.line - 1),
            _ => name.to_owned(),
        };
        let mut text = format!("{place}: {}\n", self.message);
        if let Some(excerpt) = &self.excerpt
            && dialect == Dialect::Bash
            && source != Source::Terminal
        {
            text.push_str(&format!("{place}: `{excerpt}'\n"));
        }
        text
    }
}

/// Where the text of a script comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `sh -c text`
    Argument,
    /// A file.
    Script,
    /// Standard input that is no terminal.
    Input,
    /// A terminal.
    Terminal,
    /// `eval`, a trap.
    Eval,
}
