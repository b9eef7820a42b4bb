//! `type`, `command`, `builtin`, `help`, `history`

use super::super::interpreter::{Flow, Shell};
use super::super::{Dialect, grammar, parse, print};
use super::{arguments, find, is_special, names};
use crate::model::Text;

/// What a name means to the shell.
enum Meaning {
    Alias(Text),
    Keyword,
    Function,
    Builtin,
    File(String),
    /// A file that was found before.
    Hashed(String),
}

impl Shell {
    fn meaning(&self, name: &str) -> Option<Meaning> {
        if let Some(value) = self.look(|s| s.aliases.get(name).cloned())
            && (self.interactive() || !self.is_bash())
        {
            return Some(Meaning::Alias(value));
        }
        let keyword = match self.dialect {
            Dialect::Bash => grammar::is_reserved(name),
            Dialect::Ash => grammar::is_reserved(name) && !matches!(name, "[[" | "]]" | "time" | "select" | "coproc"),
        };
        if keyword {
            return Some(Meaning::Keyword);
        }
        let function = self.look(|s| s.functions.contains_key(name));
        if function && !is_special(name) {
            return Some(Meaning::Function);
        }
        if find(name, self.dialect).is_some() {
            return Some(Meaning::Builtin);
        }
        if let Some(path) = self.remembered(name) {
            return Some(Meaning::Hashed(path));
        }
        self.which(name).ok().filter(|path| self.sys.access(path, 1).is_ok()).map(Meaning::File)
    }

    pub(super) async fn type_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        let mut letters = String::new();
        while let Some(more) = operands.first().and_then(|a| a.strip_prefix('-')).filter(|_| self.is_bash()) {
            letters.push_str(more);
            operands = arguments(operands);
        }
        let mut status = 0;
        for name in operands {
            let meaning = self.meaning(name);
            if letters.contains(['t', 'p', 'P']) {
                let text = match &meaning {
                    Some(meaning) if letters.contains('t') => meaning.kind().to_owned(),
                    Some(Meaning::File(path) | Meaning::Hashed(path)) => path.clone(),
                    Some(_) => continue,
                    None => {
                        status = 1;
                        continue;
                    }
                };
                self.say(&format!("{text}\n")).await?;
                continue;
            }
            status = status.max(self.describe_name(name, meaning).await?);
        }
        Ok(status)
    }

    /// Says what a name is, at length.
    async fn describe_name(&mut self, name: &str, meaning: Option<Meaning>) -> Flow {
        let text = match meaning {
            Some(Meaning::Alias(value)) if self.is_bash() => format!("{name} is aliased to `{value}'"),
            Some(Meaning::Alias(value)) => format!("{name} is an alias for {value}"),
            Some(Meaning::Keyword) => format!("{name} is a shell keyword"),
            Some(Meaning::Function) => match self.function_text(name) {
                Some(text) if self.is_bash() => format!("{name} is a function\n{text}"),
                _ => format!("{name} is a function"),
            },
            Some(Meaning::Builtin) if is_special(name) && !self.is_bash() => {
                format!("{name} is a special shell builtin")
            }
            Some(Meaning::Builtin) => format!("{name} is a shell builtin"),
            Some(Meaning::Hashed(path)) if self.is_bash() => format!("{name} is hashed ({path})"),
            Some(Meaning::File(path) | Meaning::Hashed(path)) => format!("{name} is {path}"),
            None if self.is_bash() => {
                self.complain(&format!("{name}: not found")).await;
                return Ok(1);
            }
            None => {
                self.say(&format!("{name}: not found\n")).await?;
                return Ok(127);
            }
        };
        self.say(&format!("{text}\n")).await
    }

    /// A function as `declare -f` shows it.
    pub(super) fn function_text(&self, name: &str) -> Option<String> {
        let text = self.look(|s| s.functions.get(name).cloned())?;
        let list = parse(&text, self.dialect).ok()?;
        let command = list.items.first()?.and_or.first.commands.first()?;
        Some(print::indented(command))
    }

    pub(super) async fn command_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        let mut letters = String::new();
        while let Some(more) = operands.first().and_then(|a| a.strip_prefix('-')).filter(|l| !l.is_empty()) {
            operands = arguments(operands);
            if more == "-" {
                break;
            }
            letters.push_str(more);
        }
        let Some(name) = operands.first().cloned() else { return Ok(0) };
        if !letters.contains(['v', 'V']) {
            return self.run_plainly(&name, operands).await;
        }
        let mut status = 1;
        // ash looks at the first name only.
        let names = if self.is_bash() { operands } else { std::slice::from_ref(&name) };
        for name in names {
            let meaning = self.meaning(name);
            if letters.contains('V') {
                status = self.describe_name(name, meaning).await?;
                continue;
            }
            let text = match meaning {
                Some(Meaning::File(path) | Meaning::Hashed(path)) => path,
                Some(Meaning::Alias(value)) => format!("alias {name}={}", super::alias::in_quotes(&value)),
                Some(_) => name.clone(),
                None => {
                    status = if self.is_bash() { status } else { 127 };
                    continue;
                }
            };
            status = self.say(&format!("{text}\n")).await?;
        }
        Ok(status)
    }

    /// Runs a builtin or a program, whatever functions there are.
    async fn run_plainly(&mut self, name: &str, operands: &[String]) -> Flow {
        let before = self.builtin.take();
        let result = match find(name, self.dialect) {
            Some(run) => {
                self.builtin = Some(name.to_owned());
                run(self, operands).await
            }
            None => {
                let fields = operands.to_vec();
                let text = fields.join(" ");
                let control = self.job_control();
                let found = Some(self.find_program(name));
                let forked = self
                    .fork(move |mut shell: Shell| async move { shell.become_program(&fields, &[], &[], found).await })
                    .await;
                match forked {
                    Ok(pid) => {
                        if let Some(tty) = control {
                            self.sys.set_group(pid, pid);
                            self.sys.set_foreground(tty, pid);
                        }
                        self.foreground(vec![pid], || text.clone()).await
                    }
                    Err(halt) => Err(halt),
                }
            }
        };
        self.builtin = before;
        result
    }

    pub(super) async fn builtin_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        let Some(name) = operands.first() else { return Ok(0) };
        match find(name, self.dialect) {
            Some(run) => {
                self.builtin = Some(name.clone());
                run(self, operands).await
            }
            None => self.builtin_error(&format!("{name}: not a shell builtin"), 1).await,
        }
    }

    pub(super) async fn help_command(&mut self, fields: &[String]) -> Flow {
        if let Some(name) = arguments(fields).first()
            && self.is_bash()
        {
            if find(name, self.dialect).is_none() {
                let text =
                    format!("no help topics match `{name}'.  Try `help help' or `man -k {name}' or `info {name}'.");
                return self.builtin_error(&text, 1).await;
            }
            self.sys.eprint("layerlab: the help texts of the builtins are not simulated\n").await;
            return Ok(1);
        }
        let mut text = String::from("Built-in commands:\n------------------\n");
        let mut line = String::from("\t");
        for name in names(self.dialect) {
            if line.len() + name.len() > 66 {
                text.push_str(line.trim_end_matches(' '));
                text.push('\n');
                line = String::from("\t");
            }
            line.push_str(name);
            line.push(' ');
        }
        text.push_str(line.trim_end_matches(' '));
        self.say(&format!("{text}\n")).await
    }

    pub(super) async fn history_command(&mut self, fields: &[String]) -> Flow {
        let operand = arguments(fields).first().map(String::as_str);
        if operand == Some("-c") {
            self.state(|s| s.history.clear());
            return Ok(0);
        }
        let history = self.look(|s| s.history.clone());
        let most = match operand.map(str::parse::<usize>) {
            None => history.len(),
            Some(Ok(most)) => most,
            Some(Err(_)) => {
                let text = format!("{}: numeric argument required", operand.unwrap_or_default());
                return self.builtin_error(&text, 1).await;
            }
        };
        let from = history.len().saturating_sub(most);
        let width = if self.is_bash() { 5 } else { 4 };
        // bash keeps a line's number when older ones are dropped, busybox counts what is there from 0.
        let number = |at: usize, number: u32| if self.is_bash() { number as usize } else { at };
        let lines: String = history
            .iter()
            .enumerate()
            .skip(from)
            .map(|(at, (n, line))| format!("{:width$}  {line}\n", number(at, *n)))
            .collect();
        self.say(&lines).await
    }
}

impl Meaning {
    fn kind(&self) -> &'static str {
        match self {
            Meaning::Alias(_) => "alias",
            Meaning::Keyword => "keyword",
            Meaning::Function => "function",
            Meaning::Builtin => "builtin",
            Meaning::File(_) | Meaning::Hashed(_) => "file",
        }
    }
}
