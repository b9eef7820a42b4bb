//! `trap`

use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::model::order::Order;
use crate::model::signal::Signal;

impl Shell {
    pub(super) async fn trap_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if operands.first().is_some_and(|a| a == "--") {
            operands = arguments(operands);
        }
        let lists = operands.first().is_some_and(|a| a == "-p");
        if operands.is_empty() || lists {
            return self.list_traps(arguments(operands)).await;
        }
        let (action, names) = match operands {
            // A lone condition, or a number first, resets.
            [only] => (None, std::slice::from_ref(only)),
            [first, ..] if first.parse::<u32>().is_ok() => (None, operands),
            [action, names @ ..] => (Some(action.as_str()).filter(|a| *a != "-"), names),
            [] => return Ok(0),
        };
        let mut status = 0;
        for name in names {
            match condition(name) {
                Some(name) => self.set_trap(&name, action),
                None => {
                    self.complain(&format!("{name}: invalid signal specification")).await;
                    status = 1;
                }
            }
        }
        Ok(status)
    }

    fn set_trap(&self, name: &str, action: Option<&str>) {
        self.state(|s| match action {
            Some(action) => {
                s.traps.insert(name.into(), action.into());
            }
            None => {
                s.traps.remove(name);
            }
        });
        let Some(signal) = Signal::parse(name) else { return };
        let interrupts = signal == Signal::INT && self.interactive();
        match action {
            Some("") => self.sys.ignore_signal(signal, true),
            Some(_) => self.sys.catch_signal(signal, true),
            None if interrupts => self.sys.catch_signal(signal, true),
            None => {
                self.sys.ignore_signal(signal, false);
                self.sys.catch_signal(signal, false);
            }
        }
    }

    async fn list_traps(&mut self, names: &[String]) -> Flow {
        let mut traps: Vec<(u8, String, String)> = self.look(|s| {
            s.traps
                .iter()
                .map(|(name, action)| (Signal::parse(name).map_or(0, |s| s.0), name.to_string(), action.to_string()))
                .collect()
        });
        traps.order();
        let wanted: Vec<String> = names.iter().filter_map(|name| condition(name)).collect();
        let mut text = String::new();
        for (number, name, action) in traps {
            if !wanted.is_empty() && !wanted.contains(&name) {
                continue;
            }
            let prefix = if self.is_bash() && number > 0 { "SIG" } else { "" };
            text.push_str(&format!("trap -- {} {prefix}{name}\n", super::alias::in_quotes(&action)));
        }
        self.say(&text).await
    }
}

/// The name under which a condition's trap is kept.
fn condition(name: &str) -> Option<String> {
    match name {
        "0" | "EXIT" | "exit" => Some("EXIT".to_owned()),
        "ERR" | "DEBUG" | "RETURN" => None,
        _ => Signal::parse(name).map(Signal::name),
    }
}
