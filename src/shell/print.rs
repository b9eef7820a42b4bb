//! The tree back to text: what `jobs` shows of a command, and how a function is kept.
//!
//! The text parses to the same tree, apart from line numbers.

use super::syntax::{
    CaseEnd, Command, CommandKind, Condition, Connector, Element, FileMode, HereDocument, Item, List, Part, Pipeline,
    Redirect, RedirectKind, Value, Word,
};

use super::grammar::is_reserved;

mod indented;
mod words;

pub use indented::indented;

/// A list as one line, or several where it holds here-documents.
pub fn list(list: &List) -> String {
    let mut printer = Printer::default();
    printer.items(&list.items, false);
    printer.finish()
}

/// An and-or list without what ends it.
pub fn item(item: &Item) -> String {
    let mut printer = Printer::default();
    printer.and_or(item);
    printer.finish()
}

/// A command.
pub fn command(command: &Command) -> String {
    let mut printer = Printer::default();
    printer.command(command);
    printer.finish()
}

/// One pipeline.
pub fn pipeline(pipeline: &Pipeline) -> String {
    let mut printer = Printer::default();
    printer.pipeline(pipeline);
    printer.finish()
}

/// A word.
pub fn word(word: &Word) -> String {
    let mut printer = Printer::default();
    printer.word(word);
    printer.finish()
}

/// A condition, without its brackets.
pub fn condition(condition: &Condition) -> String {
    let mut printer = Printer::default();
    printer.condition(condition);
    printer.finish()
}

#[derive(Default)]
struct Printer {
    text: String,
    /// Here-documents whose bodies follow the next newline.
    pending: Vec<HereDocument>,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn finish(mut self) -> String {
        if !self.pending.is_empty() {
            self.gap();
        }
        self.text
    }

    /// A blank, or a newline with the bodies that wait for one.
    fn gap(&mut self) {
        if self.pending.is_empty() {
            return self.push(" ");
        }
        self.push("\n");
        for document in std::mem::take(&mut self.pending) {
            self.here_body(&document);
            self.push(&document.delimiter);
            self.push("\n");
        }
    }

    /// Items with their separators; `closed` says that the last one needs its own too.
    fn items(&mut self, items: &[Item], closed: bool) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.gap();
            }
            self.and_or(item);
            let last = i + 1 == items.len();
            if item.background {
                self.push(" &");
            } else if !last || closed {
                self.push(";");
            }
        }
    }

    /// A list between two reserved words.
    fn body(&mut self, list: &List) {
        self.gap();
        self.items(&list.items, true);
        self.gap();
    }

    fn and_or(&mut self, item: &Item) {
        self.pipeline(&item.and_or.first);
        for (connector, pipeline) in &item.and_or.rest {
            self.push(if *connector == Connector::And { " &&" } else { " ||" });
            self.gap();
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        if let Some(posix) = pipeline.timed {
            self.push(if posix { "time -p " } else { "time " });
        }
        if pipeline.negated {
            self.push("! ");
        }
        for (i, command) in pipeline.commands.iter().enumerate() {
            if i > 0 {
                self.push(" |");
                self.gap();
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        let bare = match &command.kind {
            CommandKind::Simple { assignments, words } => {
                // A reserved word is a plain one behind a redirection, and only there.
                assignments.is_empty() && words.first().is_none_or(|w| w.as_literal().is_some_and(is_reserved))
            }
            _ => false,
        };
        if !bare {
            self.kind(&command.kind);
        }
        for (i, redirect) in command.redirects.iter().enumerate() {
            self.push(if i == 0 && bare { "" } else { " " });
            self.redirect(redirect);
        }
        if bare {
            let alone = matches!(&command.kind, CommandKind::Simple { words, .. } if words.is_empty());
            self.push(if alone || command.redirects.is_empty() { "" } else { " " });
            self.kind(&command.kind);
        }
    }

    fn kind(&mut self, kind: &CommandKind) {
        match kind {
            CommandKind::Simple { assignments, words } => {
                let mut first = true;
                for assignment in assignments {
                    self.push(if first { "" } else { " " });
                    first = false;
                    self.push(&assignment.name);
                    self.index(assignment.index.as_ref());
                    self.push(if assignment.append { "+=" } else { "=" });
                    match &assignment.value {
                        Value::Scalar(word) => self.word(word),
                        Value::Array(elements) => self.elements(elements),
                    }
                }
                for word in words {
                    self.push(if first { "" } else { " " });
                    first = false;
                    self.word(word);
                }
            }
            CommandKind::Subshell(list) => {
                self.push("( ");
                self.items(&list.items, false);
                self.gap();
                self.push(")");
            }
            CommandKind::Group(list) => {
                self.push("{");
                self.body(list);
                self.push("}");
            }
            CommandKind::Arithmetic(word) => {
                self.push("((");
                self.quoted_parts(&word.parts, words::Quoting::Arithmetic);
                self.push("))");
            }
            CommandKind::Conditional(condition) => {
                self.push("[[ ");
                self.condition(condition);
                self.push(" ]]");
            }
            CommandKind::Function { name, body } => {
                self.push(name);
                self.push(" () ");
                self.command(body);
            }
            _ => self.control(kind),
        }
    }

    fn control(&mut self, kind: &CommandKind) {
        match kind {
            CommandKind::If { arms, otherwise } => {
                for (i, (condition, consequence)) in arms.iter().enumerate() {
                    self.push(if i == 0 { "if" } else { "elif" });
                    self.body(condition);
                    self.push("then");
                    self.body(consequence);
                }
                if let Some(list) = otherwise {
                    self.push("else");
                    self.body(list);
                }
                self.push("fi");
            }
            CommandKind::For { name, words, body } => {
                self.push("for ");
                self.push(name);
                if let Some(words) = words {
                    self.push(" in");
                    for word in words {
                        self.push(" ");
                        self.word(word);
                    }
                }
                self.push("; do");
                self.body(body);
                self.push("done");
            }
            CommandKind::ArithmeticFor { header, body } => {
                self.push("for ((");
                for (i, word) in header.iter().enumerate() {
                    self.push(if i == 0 { "" } else { ";" });
                    self.quoted_parts(&word.parts, words::Quoting::Arithmetic);
                }
                self.push(")); do");
                self.body(body);
                self.push("done");
            }
            CommandKind::Loop { until, condition, body } => {
                self.push(if *until { "until" } else { "while" });
                self.body(condition);
                self.push("do");
                self.body(body);
                self.push("done");
            }
            CommandKind::Case { word, arms } => {
                self.push("case ");
                self.word(word);
                self.push(" in ");
                for arm in arms {
                    self.push("(");
                    for (i, pattern) in arm.patterns.iter().enumerate() {
                        self.push(if i == 0 { "" } else { " | " });
                        self.word(pattern);
                    }
                    self.push(") ");
                    self.items(&arm.body.items, false);
                    self.push(match arm.end {
                        CaseEnd::Break => " ;;",
                        CaseEnd::FallThrough => " ;&",
                        CaseEnd::Continue => " ;;&",
                    });
                    self.gap();
                }
                self.push("esac");
            }
            _ => {}
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        if let Some(fd) = redirect.fd {
            self.push(&fd.to_string());
        }
        let (op, word) = match &redirect.kind {
            RedirectKind::File(mode, word) => {
                let op = match mode {
                    FileMode::Read => "< ",
                    FileMode::Write => "> ",
                    FileMode::Append => ">> ",
                    FileMode::Clobber => ">| ",
                    FileMode::ReadWrite => "<> ",
                };
                (op, word)
            }
            RedirectKind::DupInput(word) => ("<&", word),
            RedirectKind::DupOutput(word) => (">&", word),
            RedirectKind::Both(false, word) => ("&> ", word),
            RedirectKind::Both(true, word) => ("&>> ", word),
            RedirectKind::HereString(word) => ("<<< ", word),
            RedirectKind::HereDocument(document) => {
                self.push(if document.strip { "<<-" } else { "<<" });
                if document.quoted {
                    self.single_quoted(&document.delimiter);
                } else {
                    self.push(&document.delimiter);
                }
                self.pending.push(document.clone());
                return;
            }
        };
        self.push(op);
        self.word(word);
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Word(word) => self.word(word),
            Condition::Unary(op, word) => {
                self.push(op);
                self.push(" ");
                self.word(word);
            }
            Condition::Binary(left, op, right) => {
                self.word(left);
                self.push(" ");
                self.push(op);
                self.push(" ");
                self.word(right);
            }
            Condition::Not(inner) => {
                self.push("! ");
                self.grouped(inner);
            }
            Condition::And(all) => self.joined(all, " && "),
            Condition::Or(all) => self.joined(all, " || "),
        }
    }

    fn joined(&mut self, all: &[Condition], with: &str) {
        for (i, one) in all.iter().enumerate() {
            if i > 0 {
                self.push(with);
            }
            self.grouped(one);
        }
    }

    fn grouped(&mut self, condition: &Condition) {
        if !matches!(condition, Condition::And(_) | Condition::Or(_)) {
            return self.condition(condition);
        }
        self.push("( ");
        self.condition(condition);
        self.push(" )");
    }

    fn elements(&mut self, elements: &[Element]) {
        self.push("(");
        for (i, element) in elements.iter().enumerate() {
            self.push(if i == 0 { "" } else { " " });
            if element.index.is_some() {
                self.index(element.index.as_ref());
                self.push("=");
            }
            self.word(&element.word);
        }
        self.push(")");
    }

    fn index(&mut self, index: Option<&Word>) {
        if let Some(word) = index {
            self.push("[");
            self.word(word);
            self.push("]");
        }
    }

    fn word(&mut self, word: &Word) {
        self.parts(&word.parts);
    }

    fn parts(&mut self, parts: &[Part]) {
        for (i, part) in parts.iter().enumerate() {
            self.part(part, parts.get(i + 1));
        }
    }
}
