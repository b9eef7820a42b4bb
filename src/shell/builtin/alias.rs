//! `alias`, `unalias`

use super::super::interpreter::{Flow, Shell};
use super::arguments;

impl Shell {
    pub(super) async fn alias_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if operands.first().is_some_and(|a| a == "-p" || a == "--") {
            operands = arguments(operands);
        }
        let prefix = if self.is_bash() { "alias " } else { "" };
        if operands.is_empty() {
            let lines: String = self.look(|s| {
                s.aliases.iter().map(|(name, value)| format!("{prefix}{name}={}\n", in_quotes(value))).collect()
            });
            return self.say(&lines).await;
        }
        let mut status = 0;
        for operand in operands {
            if let Some((name, value)) = operand.split_once('=').filter(|(name, _)| !name.is_empty()) {
                self.state(|s| s.aliases.insert(name.into(), value.into()));
                continue;
            }
            match self.look(|s| s.aliases.get(operand.as_str()).cloned()) {
                Some(value) => {
                    self.say(&format!("{prefix}{operand}={}\n", in_quotes(&value))).await?;
                }
                None => status = self.no_alias(operand).await,
            }
        }
        Ok(status)
    }

    async fn no_alias(&mut self, name: &str) -> i32 {
        if self.is_bash() {
            self.complain(&format!("{name}: not found")).await;
        } else {
            let builtin = self.builtin.clone().unwrap_or_default();
            self.sys.eprint(&format!("{builtin}: {name} not found\n")).await;
        }
        1
    }

    pub(super) async fn unalias_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        if operands.is_empty() && self.is_bash() {
            return self.usage("[-a] name [name ...]").await;
        }
        let mut status = 0;
        for operand in operands {
            if operand == "-a" {
                self.state(|s| s.aliases.clear());
            } else if self.state(|s| s.aliases.remove(operand.as_str())).is_none() {
                status = self.no_alias(operand).await;
            }
        }
        Ok(status)
    }
}

/// A value in single quotes, always.
pub(super) fn in_quotes(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}
