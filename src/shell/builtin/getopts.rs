//! `getopts` (POSIX)

use super::super::interpreter::{Flow, Shell};
use super::arguments;

impl Shell {
    pub(super) async fn getopts_command(&mut self, fields: &[String]) -> Flow {
        let [options, name, operands @ ..] = arguments(fields) else {
            let text = if self.is_bash() { "optstring name [arg ...]" } else { "optstring var [arg]" };
            return self.usage(text).await;
        };
        let words = if operands.is_empty() { self.look(|s| s.positional.clone()) } else { operands.to_vec() };
        let mut index = self.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
        let mut offset = self.look(|s| s.getopts) as usize;
        let word = words.get(index - 1).cloned().unwrap_or_default();
        if offset == 0 {
            if word == "--" {
                index += 1;
            }
            if !word.starts_with('-') || word == "-" || word == "--" {
                self.store_option(name, "?", index, 0, None).await;
                return Ok(1);
            }
            offset = 1;
        }
        let letters: Vec<char> = word.chars().collect();
        let letter = letters.get(offset).copied().unwrap_or('?');
        offset += 1;
        let silent = options.starts_with(':');
        let known = options.find(letter).filter(|_| letter != ':');
        let takes =
            known.is_some_and(|at| options.get(at + letter.len_utf8()..).is_some_and(|rest| rest.starts_with(':')));
        if !takes {
            let ends = offset >= letters.len();
            let (index, offset) = if ends { (index + 1, 0) } else { (index, offset) };
            return match known {
                Some(_) => {
                    self.store_option(name, &letter.to_string(), index, offset, None).await;
                    Ok(0)
                }
                None => self.bad_letter(name, letter, silent, false, index, offset).await,
            };
        }
        let rest: String = letters.get(offset..).unwrap_or_default().iter().collect();
        if !rest.is_empty() {
            self.store_option(name, &letter.to_string(), index + 1, 0, Some(&rest)).await;
            return Ok(0);
        }
        match words.get(index) {
            Some(argument) => {
                self.store_option(name, &letter.to_string(), index + 2, 0, Some(argument)).await;
                Ok(0)
            }
            None => self.bad_letter(name, letter, silent, true, index + 1, 0).await,
        }
    }

    async fn bad_letter(
        &mut self,
        name: &str,
        letter: char,
        silent: bool,
        missing: bool,
        index: usize,
        offset: usize,
    ) -> Flow {
        if silent {
            let value = if missing { ":" } else { "?" };
            self.store_option(name, value, index, offset, Some(&letter.to_string())).await;
            return Ok(0);
        }
        let what = match (self.is_bash(), missing) {
            (true, true) => "option requires an argument -- ",
            (true, false) => "illegal option -- ",
            (false, true) => "No arg for -",
            (false, false) => "Illegal option -",
        };
        // Bash names only the script here, ash nothing.
        let script = if self.is_bash() { self.look(|s| s.name.clone()) + ": " } else { String::new() };
        self.sys.eprint(&format!("{script}{what}{letter}\n")).await;
        self.store_option(name, "?", index, offset, None).await;
        Ok(0)
    }

    async fn store_option(&mut self, name: &str, value: &str, index: usize, offset: usize, argument: Option<&str>) {
        let mut results = vec![self.set(name, value), self.set("OPTIND", &index.to_string())];
        match argument {
            Some(argument) => results.push(self.set("OPTARG", argument)),
            None => results.push(self.unset("OPTARG")),
        }
        self.state(|s| s.getopts = offset as u32);
        for message in results.into_iter().filter_map(Result::err) {
            self.complain(&message).await;
        }
    }
}
