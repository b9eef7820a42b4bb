//! A function over several lines, as bash's `type` and `declare -f` show it.

use super::{Printer, command, item};
use crate::shell::syntax::{CaseEnd, Command, CommandKind, List};

/// A command over several lines.
pub fn indented(shown: &Command) -> String {
    let mut printer = Indented { text: String::new() };
    match &shown.kind {
        CommandKind::Function { name, body } => {
            printer.text = format!("{name} () \n");
            printer.command(body, 0);
        }
        _ => printer.command(shown, 0),
    }
    printer.text
}

struct Indented {
    text: String,
}

impl Indented {
    fn line(&mut self, level: usize, text: &str) {
        self.text.push_str(&"    ".repeat(level));
        self.text.push_str(text);
    }

    /// The items of a list, one a line; `closed` puts a semicolon behind the last one too.
    fn list(&mut self, list: &List, level: usize, closed: bool) {
        for (i, one) in list.items.iter().enumerate() {
            let simple = one.and_or.rest.is_empty() && !one.and_or.first.negated;
            match one.and_or.first.commands.as_slice() {
                [only] if simple && spreads(only) => {
                    self.line(level, "");
                    self.command(only, level);
                }
                _ => self.line(level, &item(one)),
            }
            let last = i + 1 == list.items.len();
            if one.background {
                self.text.push_str(" &");
            } else if !last || closed {
                self.text.push(';');
            }
            self.text.push('\n');
        }
    }

    /// A command whose first line is indented already.
    fn command(&mut self, shown: &Command, level: usize) {
        if !spreads(shown) {
            self.text.push_str(&command(shown));
            return;
        }
        let inner = level + 1;
        match &shown.kind {
            CommandKind::Group(list) => {
                self.text.push_str("{ \n");
                self.list(list, inner, false);
                self.line(level, "}");
            }
            CommandKind::If { arms, otherwise } => {
                for (i, (condition, consequence)) in arms.iter().enumerate() {
                    let word = if i == 0 { "if" } else { "elif" };
                    self.line(if i == 0 { 0 } else { level }, &format!("{word} {}; then\n", super::list(condition)));
                    self.list(consequence, inner, true);
                }
                if let Some(list) = otherwise {
                    self.line(level, "else\n");
                    self.list(list, inner, true);
                }
                self.line(level, "fi");
            }
            CommandKind::For { name, words, body } => {
                let words: String = match words {
                    Some(words) => words.iter().map(|w| format!(" {}", super::word(w))).collect(),
                    None => " \"$@\"".to_owned(),
                };
                self.text.push_str(&format!("for {name} in{words};\n"));
                self.body(body, level);
            }
            CommandKind::Loop { until, condition, body } => {
                let word = if *until { "until" } else { "while" };
                self.text.push_str(&format!("{word} {}; do\n", super::list(condition)));
                self.list(body, inner, true);
                self.line(level, "done");
            }
            CommandKind::Case { word, arms } => {
                self.text.push_str(&format!("case {} in \n", super::word(word)));
                for arm in arms {
                    let patterns: Vec<String> = arm.patterns.iter().map(super::word).collect();
                    self.line(inner, &format!("{})\n", patterns.join(" | ")));
                    self.list(&arm.body, inner + 1, false);
                    let end = match arm.end {
                        CaseEnd::Break => ";;",
                        CaseEnd::FallThrough => ";&",
                        CaseEnd::Continue => ";;&",
                    };
                    self.line(inner, &format!("{end}\n"));
                }
                self.line(level, "esac");
            }
            _ => {}
        }
        self.redirects(shown);
    }

    fn body(&mut self, list: &List, level: usize) {
        self.line(level, "do\n");
        self.list(list, level + 1, true);
        self.line(level, "done");
    }

    fn redirects(&mut self, shown: &Command) {
        let mut printer = Printer::default();
        for redirect in &shown.redirects {
            printer.push(" ");
            printer.redirect(redirect);
        }
        self.text.push_str(&printer.finish());
    }
}

/// Whether a command takes several lines.
fn spreads(command: &Command) -> bool {
    matches!(
        command.kind,
        CommandKind::Group(_)
            | CommandKind::If { .. }
            | CommandKind::For { .. }
            | CommandKind::Loop { .. }
            | CommandKind::Case { .. }
    )
}
