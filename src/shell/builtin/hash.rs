//! Where commands were found: the table that `hash` shows (POSIX, "Command Search and Execution").

use super::super::interpreter::{Flow, Shell};
use super::{arguments, find};
use crate::kernel::Errno;
use crate::model::shell::Hashed;
use crate::model::{Map, Text};

impl Shell {
    /// Looks a command up in the table, else in `PATH`, and remembers where it was.
    pub(in crate::shell) fn find_program(&self, name: &str) -> Result<String, Errno> {
        self.find_counted(name, 1)
    }

    fn find_counted(&self, name: &str, hits: u32) -> Result<String, Errno> {
        let path = self.get("PATH");
        let known = self.state(|s| {
            if s.hashed_in != path {
                (s.hashed, s.hashed_in) = (Map::new(), path);
            }
            let hashed = s.hashed.get_mut(name)?;
            hashed.hits += hits;
            Some(hashed.path.to_string())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.which(name)?;
        // What depends on the directory is looked for each time.
        if found.starts_with('/') && !name.contains('/') {
            let path = Text::from(found.as_str());
            self.state(|s| s.hashed.insert(name.into(), Hashed { path, hits }));
        }
        Ok(found)
    }

    /// Where a command was found before; nothing once `PATH` has changed.
    pub(super) fn remembered(&self, name: &str) -> Option<String> {
        self.table().get(name).map(|hashed| hashed.path.to_string())
    }

    fn table(&self) -> Map<Text, Hashed> {
        let path = self.get("PATH");
        self.look(|s| if s.hashed_in == path { s.hashed.clone() } else { Map::new() })
    }

    pub(super) async fn hash_command(&mut self, fields: &[String]) -> Flow {
        let mut names = arguments(fields);
        let mut letters = String::new();
        while let Some(more) = names.first().and_then(|a| a.strip_prefix('-')) {
            letters.push_str(more);
            names = arguments(names);
        }
        if let Some(letter) =
            letters.chars().find(|letter| self.is_bash() && names.is_empty() && "dt".contains(*letter))
        {
            return self.builtin_error(&format!("-{letter}: option requires an argument"), 1).await;
        }
        let known = if self.is_bash() { "dlprt" } else { "rv" };
        if let Some(letter) = letters.chars().find(|letter| !known.contains(*letter)) {
            return self.hash_usage(letter).await;
        }
        if letters.contains('r') {
            self.state(|s| s.hashed.clear());
        } else if names.is_empty() {
            return self.list_table(letters.contains('l')).await;
        }
        if letters.contains('p') {
            let [path, names @ ..] = names else { return Ok(0) };
            for name in names {
                let hashed = Hashed { path: path.as_str().into(), hits: 0 };
                let now = self.get("PATH");
                self.state(|s| {
                    s.hashed_in = now;
                    s.hashed.insert(name.as_str().into(), hashed)
                });
            }
            return Ok(0);
        }
        let mut status = 0;
        for name in names {
            let found = match () {
                () if letters.contains('d') => self.state(|s| s.hashed.remove(name.as_str())).is_some(),
                () if letters.contains('t') => match self.remembered(name) {
                    Some(path) => {
                        let label = if names.len() > 1 { format!("{name}\t") } else { String::new() };
                        self.say(&format!("{label}{path}\n")).await?;
                        true
                    }
                    None => false,
                },
                () => find(name, self.dialect).is_some() || self.find_counted(name, 0).is_ok(),
            };
            if !found {
                self.complain(&format!("{name}: not found")).await;
                status = 1;
            }
        }
        Ok(status)
    }

    async fn list_table(&mut self, reusable: bool) -> Flow {
        let table = self.table();
        let mut text = String::new();
        if self.is_bash() && table.is_empty() {
            text.push_str("hash: hash table empty\n");
        } else if self.is_bash() && !reusable {
            text.push_str("hits\tcommand\n");
        }
        for (name, hashed) in &table {
            text.push_str(&match (self.is_bash(), reusable) {
                (true, true) => format!("builtin hash -p {} {name}\n", hashed.path),
                (true, false) => format!("{:4}\t{}\n", hashed.hits, hashed.path),
                (false, _) => format!("{}\n", hashed.path),
            });
        }
        self.say(&text).await
    }

    async fn hash_usage(&mut self, letter: char) -> Flow {
        if !self.is_bash() {
            return self.builtin_error(&format!("illegal option -{letter}"), 2).await;
        }
        self.complain(&format!("-{letter}: invalid option")).await;
        self.usage("[-lr] [-p pathname] [-dt] [name ...]").await
    }
}
