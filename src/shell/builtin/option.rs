//! `set`, `shopt`, `ulimit`

use super::super::expand::quoted;
use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::model::limits;
use crate::model::order::Order;

/// The options: letter, long name, which shells list it with `set -o`.
const OPTIONS: [(char, &str); 14] = [
    ('a', "allexport"),
    ('b', "notify"),
    ('e', "errexit"),
    ('h', "hashall"),
    ('I', "ignoreeof"),
    ('m', "monitor"),
    ('C', "noclobber"),
    ('n', "noexec"),
    ('f', "noglob"),
    ('u', "nounset"),
    ('|', "pipefail"),
    ('E', "errtrace"),
    ('v', "verbose"),
    ('x', "xtrace"),
];

/// The letter of a long name.
pub(super) fn letter(name: &str) -> Option<char> {
    OPTIONS.iter().find(|(_, long)| *long == name).map(|(letter, _)| *letter)
}

impl Shell {
    /// Turns an option on or off.
    pub(in crate::shell) fn set_option(&self, letter: char, on: bool) {
        self.state(|s| {
            s.options.retain(|c| c != letter);
            if on {
                s.options.push(letter);
                let mut letters: Vec<char> = s.options.chars().collect();
                letters.order();
                s.options = letters.into_iter().collect();
            }
        });
    }

    pub(super) async fn set_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if operands.is_empty() {
            return self.show_variables().await;
        }
        while let Some((first, rest)) = operands.split_first() {
            let (on, letters) = match (first.strip_prefix('-'), first.strip_prefix('+')) {
                (Some("-"), _) => {
                    let rest = rest.to_vec();
                    self.state(|s| s.positional = rest);
                    return Ok(0);
                }
                (Some(letters), _) if !letters.is_empty() => (true, letters),
                (_, Some(letters)) if !letters.is_empty() => (false, letters),
                (Some(_), _) => {
                    operands = rest;
                    self.set_option('x', false);
                    self.set_option('v', false);
                    break;
                }
                _ => break,
            };
            operands = rest;
            for c in letters.chars() {
                if c == 'o' {
                    let Some((name, rest)) = operands.split_first() else { return self.show_options(on).await };
                    operands = rest;
                    if let Err(flow) = self.set_long(name, on).await {
                        return flow;
                    }
                } else if c != '|' && (c != 'I') && OPTIONS.iter().any(|(letter, _)| *letter == c)
                    || self.is_bash() && "BHPTkpt".contains(c)
                {
                    self.set_option(c, on);
                } else {
                    return self.bad_set_option(if on { '-' } else { '+' }, c).await;
                }
            }
            if operands.is_empty() {
                return Ok(0);
            }
        }
        let words = operands.to_vec();
        self.state(|s| s.positional = words);
        Ok(0)
    }

    async fn bad_set_option(&mut self, sign: char, letter: char) -> Flow {
        if !self.is_bash() {
            return self.builtin_error(&format!("illegal option {sign}{letter}"), 2).await;
        }
        self.complain(&format!("{sign}{letter}: invalid option")).await;
        self.usage("[-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]").await
    }

    async fn set_long(&mut self, name: &str, on: bool) -> Result<(), Flow> {
        match letter(name) {
            Some(letter) => {
                self.set_option(letter, on);
                Ok(())
            }
            None if self.is_bash() && matches!(name, "posix" | "emacs" | "vi" | "history" | "braceexpand") => Ok(()),
            None if self.is_bash() => {
                self.complain(&format!("{name}: invalid option name")).await;
                Err(Ok(2))
            }
            None => {
                self.complain(&format!("illegal option {}o {name}", if on { '-' } else { '+' })).await;
                Err(Ok(1))
            }
        }
    }

    async fn show_options(&mut self, table: bool) -> Flow {
        let mut rows: Vec<(&str, char)> = OPTIONS.iter().map(|(letter, name)| (*name, *letter)).collect();
        if self.is_bash() {
            rows.order();
        }
        let mut text = String::new();
        for (name, letter) in rows {
            let on = self.option(letter) || self.is_bash() && letter == 'h';
            let state = if on { "on" } else { "off" };
            text.push_str(&match (table, self.is_bash()) {
                (true, true) => format!("{name:<15}\t{state}\n"),
                (true, false) => format!("{name:<16}{state}\n"),
                (false, _) => format!("set {}o {name}\n", if on { '-' } else { '+' }),
            });
        }
        self.say(&text).await
    }

    /// All variables, as assignments.
    async fn show_variables(&mut self) -> Flow {
        let all = self.look(|s| s.variables.clone());
        let mut text = String::new();
        for (name, variable) in &all {
            if let Some(elements) = &variable.elements {
                let shown: Vec<String> = elements.iter().map(|(i, v)| format!("[{i}]=\"{v}\"")).collect();
                text.push_str(&format!("{name}=({})\n", shown.join(" ")));
            } else if let Some(value) = &variable.value {
                let shown = match self.is_bash() {
                    true if value.is_empty() => String::new(),
                    true => quoted(value, self.dialect),
                    false => super::alias::in_quotes(value),
                };
                text.push_str(&format!("{name}={shown}\n"));
            }
        }
        if self.is_bash() {
            let functions = self.look(|s| s.functions.clone());
            for name in functions.keys() {
                text.push_str(&self.function_text(name).unwrap_or_default());
                text.push('\n');
            }
        }
        self.say(&text).await
    }

    pub(super) async fn shopt_command(&mut self, fields: &[String]) -> Flow {
        let names: Vec<&String> = arguments(fields).iter().filter(|a| !a.starts_with('-')).collect();
        let shown: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let shown = if shown.is_empty() { String::new() } else { format!(" {}", shown.join(" ")) };
        self.sys.eprint(&format!("layerlab: shopt{shown} is not simulated\n")).await;
        Ok(1)
    }

    pub(super) async fn ulimit_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        let option = operands.iter().find(|a| a.starts_with('-')).map_or("-f", String::as_str);
        if operands.iter().any(|a| !a.starts_with('-')) {
            self.sys.eprint("layerlab: setting a limit with ulimit is not simulated\n").await;
            return Ok(1);
        }
        let value = match option.trim_start_matches(['-', 'S', 'H']) {
            "n" => self.sys.me(|p| p.open_files).unwrap_or(0).to_string(),
            "u" | "p" => limits::USER_PROCESSES.to_string(),
            "f" | "" => (limits::FILE_BYTES / 1024).to_string(),
            "c" => "0".to_owned(),
            "s" => "8192".to_owned(),
            "t" | "v" | "m" | "d" | "l" => "unlimited".to_owned(),
            other => {
                self.sys.eprint(&format!("layerlab: ulimit -{other} is not simulated\n")).await;
                return Ok(1);
            }
        };
        self.say(&format!("{value}\n")).await
    }
}
