//! `break`, `continue`, `return`, `exit`, `shift`, `eval`, `exec`, `.`, `let`, `times`

use super::super::Source;
use super::super::interpreter::{Flow, Halt, Shell};
use super::arguments;
use crate::kernel::Errno;

impl Shell {
    pub(super) async fn break_command(&mut self, fields: &[String]) -> Flow {
        let leaves = fields.first().is_some_and(|name| name == "break");
        if self.loops == 0 && self.is_bash() {
            self.complain("only meaningful in a `for', `while', or `until' loop").await;
            return Ok(0);
        }
        let levels = match arguments(fields).first() {
            None => 1,
            Some(text) => match text.parse::<u32>() {
                Ok(levels) if levels > 0 => levels,
                Ok(_) if self.is_bash() => {
                    self.complain(&format!("{text}: loop count out of range")).await;
                    return Err(Halt::Break(self.loops));
                }
                _ if self.is_bash() => {
                    self.complain(&format!("{text}: numeric argument required")).await;
                    self.set_status(128);
                    return Err(Halt::Exit);
                }
                _ => return self.builtin_error(&format!("Illegal number: {text}"), 2).await,
            },
        };
        if self.loops == 0 {
            return Ok(0);
        }
        let levels = levels.min(self.loops);
        self.set_status(0);
        Err(if leaves { Halt::Break(levels) } else { Halt::Continue(levels) })
    }

    /// The status that `exit` and `return` are given.
    async fn status_argument(&mut self, fields: &[String]) -> Result<i32, Flow> {
        let operands = arguments(fields);
        let Some(text) = operands.first().filter(|text| *text != "--") else { return Ok(self.status()) };
        match text.parse::<i64>() {
            Ok(_) if operands.len() > 1 && self.is_bash() => {
                self.complain("too many arguments").await;
                self.set_status(1);
                Err(Err(Halt::Discard))
            }
            Ok(value) => Ok((value & 255) as i32),
            Err(_) if self.is_bash() => {
                self.complain(&format!("{text}: numeric argument required")).await;
                Ok(2)
            }
            Err(_) => Err(self.builtin_error(&format!("Illegal number: {text}"), 2).await),
        }
    }

    pub(super) async fn exit_command(&mut self, fields: &[String]) -> Flow {
        if self.interactive() && !self.subshell && self.is_bash() {
            self.sys.eprint("exit\n").await;
        }
        match self.status_argument(fields).await {
            Ok(status) => {
                self.set_status(status);
                Err(Halt::Exit)
            }
            Err(flow) => flow,
        }
    }

    pub(super) async fn logout_command(&mut self, fields: &[String]) -> Flow {
        let argv = self.sys.argv();
        let mut words = argv.iter().enumerate();
        if words
            .any(|(at, word)| if at == 0 { word.starts_with('-') } else { matches!(word.as_str(), "-l" | "--login") })
        {
            return self.exit_command(fields).await;
        }
        self.complain("not login shell: use `exit'").await;
        Ok(1)
    }

    pub(super) async fn return_command(&mut self, fields: &[String]) -> Flow {
        let status = match self.status_argument(fields).await {
            Ok(status) => status,
            Err(flow) => return flow,
        };
        if self.functions == 0 && self.sourced == 0 {
            if self.is_bash() {
                self.complain("can only `return' from a function or sourced script").await;
                return Ok(2);
            }
            self.set_status(status);
            return Err(Halt::Exit);
        }
        self.set_status(status);
        Err(Halt::Return)
    }

    pub(super) async fn shift_command(&mut self, fields: &[String]) -> Flow {
        let count = match arguments(fields).first() {
            None => 1,
            Some(text) => match text.parse::<usize>() {
                Ok(count) => count,
                Err(_) if self.is_bash() => {
                    let what =
                        if text.starts_with('-') { "shift count out of range" } else { "numeric argument required" };
                    return self.builtin_error(&format!("{text}: {what}"), 1).await;
                }
                Err(_) => return self.builtin_error(&format!("Illegal number: {text}"), 2).await,
            },
        };
        let shifted = self.state(|s| {
            let enough = count <= s.positional.len();
            if enough {
                s.positional.drain(..count);
            }
            enough
        });
        Ok(i32::from(!shifted))
    }

    pub(super) async fn eval_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if operands.first().is_some_and(|a| a == "--") {
            operands = arguments(operands);
        }
        let text = operands.join(" ");
        self.builtin = None;
        self.deeper().await?;
        let result = self.text_apart(text, Source::Eval).await;
        self.depth -= 1;
        result
    }

    pub(super) async fn exec_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if operands.first().is_some_and(|a| a == "--") {
            operands = arguments(operands);
        }
        let Some(name) = operands.first() else { return Ok(0) };
        let path = match self.find_program(name) {
            Ok(path) => path,
            Err(errno) => return self.exec_failed(name, errno).await,
        };
        let ignored = self.sys.me(|p| (p.caught, p.ignored)).unwrap_or((0, 0));
        self.sys.me_mut(|p| {
            p.caught = 0;
            p.ignored = self.ignored;
        });
        let environment = self.environment();
        let Err(errno) = self.sys.exec(&path, operands, environment).await;
        self.sys.me_mut(|p| (p.caught, p.ignored) = ignored);
        self.exec_failed(name, errno).await
    }

    async fn exec_failed(&mut self, name: &str, errno: Errno) -> Flow {
        let missing = errno == Errno::NoEnt;
        let what = if missing && (!self.is_bash() || !name.contains('/')) {
            "not found".to_owned()
        } else {
            errno.to_string()
        };
        self.complain(&format!("{name}: {what}")).await;
        let status = if missing { 127 } else { 126 };
        self.set_status(status);
        if self.interactive() && !self.subshell { Ok(status) } else { Err(Halt::Exit) }
    }

    pub(super) async fn source_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        let Some(name) = operands.first() else {
            if self.is_bash() {
                self.complain("filename argument required").await;
                return self.usage("filename [arguments]").await;
            }
            return Ok(0);
        };
        let path = self.source_path(name);
        let text = match &path {
            Some(path) => self.sys.read_file(path).await,
            None => Err(Errno::NoEnt),
        };
        let text = match text {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(errno) => {
                let text = match (self.is_bash(), name.contains('/')) {
                    // Bash doesn't name the builtin here.
                    (true, _) => {
                        self.builtin = None;
                        format!("{name}: {errno}")
                    }
                    (false, true) => format!("can't open '{name}': {errno}"),
                    (false, false) => format!("{name}: not found"),
                };
                return self.builtin_error(&text, 1).await;
            }
        };
        self.source_text(&text, arguments(operands)).await
    }

    async fn source_text(&mut self, text: &str, operands: &[String]) -> Flow {
        let given = (!operands.is_empty() && self.is_bash()).then(|| operands.to_vec());
        let outer = given.map(|given| self.state(|s| std::mem::replace(&mut s.positional, given)));
        self.builtin = None;
        self.deeper().await?;
        self.sourced += 1;
        let result = self.text_apart(text.to_owned(), Source::Script).await;
        self.sourced -= 1;
        self.depth -= 1;
        if let Some(outer) = outer {
            self.state(|s| s.positional = outer);
        }
        match result {
            Err(Halt::Return) => Ok(self.status()),
            other => other,
        }
    }

    /// Where a sourced file is: in `PATH`, and for bash in the working directory too.
    fn source_path(&self, name: &str) -> Option<String> {
        if name.contains('/') {
            return Some(name.to_owned());
        }
        let path = self.get("PATH").unwrap_or_else(|| "".into());
        let found = path
            .split(':')
            .map(|dir| format!("{dir}/{name}"))
            .find(|file| self.sys.stat(file).is_ok_and(|stat| stat.kind == crate::kernel::FileType::Regular));
        found.or_else(|| self.is_bash().then(|| name.to_owned()))
    }

    pub(super) async fn let_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        if operands.is_empty() {
            return self.builtin_error("expression expected", 1).await;
        }
        let mut value = 0;
        for operand in operands {
            match self.arithmetic(operand, "").await {
                Ok(number) => value = number,
                Err(Ok(message)) => return self.builtin_error(&message, 1).await,
                Err(Err(halt)) => return Err(halt),
            }
        }
        Ok(i32::from(value == 0))
    }

    pub(super) async fn times_command(&mut self) -> Flow {
        let ms = self.sys.me(|p| p.cpu).unwrap_or(0) / 1_000_000;
        let own = format!("{}m{}.{:03}s 0m0.000s", ms / 60_000, ms / 1000 % 60, ms % 1000);
        self.say(&format!("{own}\n0m0.000s 0m0.000s\n")).await
    }
}
