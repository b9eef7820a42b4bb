//! Starting a shell: its arguments, its first variables, and the loop that reads commands.

use std::rc::Rc;

use super::error::{Fault, Source, SyntaxError};
use super::interpreter::{Flow, Halt, Shell};
use super::memo::Script;
use super::{Dialect, next_command};
use crate::kernel::{Errno, LocalFuture, Program, Sys};
use crate::model::process::Pid;
use crate::model::shell::{ShellState, Variable};
use crate::model::signal::Signal;
use crate::model::{Map, Text, limits};

/// The program bash.
pub fn bash(sys: Sys) -> LocalFuture<i32> {
    Box::pin(start(sys, Dialect::Bash))
}

/// The program sh of busybox.
pub fn ash(sys: Sys) -> LocalFuture<i32> {
    Box::pin(start(sys, Dialect::Ash))
}

/// The shells of a machine. `sh` and `dash` of Debian's kind are stood for by busybox's.
pub fn table() -> Vec<Program> {
    vec![
        Program { name: "ash", main: ash },
        Program { name: "bash", main: bash },
        Program { name: "dash", main: ash },
        Program { name: "sh", main: ash },
    ]
}

/// What the arguments ask for.
#[derive(Debug, Default)]
struct Arguments {
    command: bool,
    interactive: bool,
    login: bool,
    stdin: bool,
    norc: bool,
    options: Vec<(char, bool)>,
    /// What is left: the text of `-c`, a script, parameters.
    operands: Vec<String>,
}

async fn start(sys: Sys, dialect: Dialect) -> i32 {
    let argv = sys.argv();
    let name = argv.first().cloned().unwrap_or_else(|| "sh".to_owned());
    let arguments = match parse_arguments(argv.get(1..).unwrap_or_default(), dialect) {
        Ok(mut arguments) => {
            arguments.login |= name.starts_with('-');
            arguments
        }
        Err(Usage::Version) => {
            let _ = sys.print("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n").await;
            return 0;
        }
        Err(Usage::Bad(text)) => {
            sys.eprint(&format!("{name}: {text}\n")).await;
            return 2;
        }
    };
    let terminal = sys.is_terminal(0).is_some() && sys.is_terminal(2).is_some();
    let reads = !arguments.command && (arguments.stdin || arguments.operands.is_empty());
    let interactive = arguments.interactive || reads && terminal;
    let source = match () {
        () if arguments.command => Source::Argument,
        () if !reads => Source::Script,
        () if interactive => Source::Terminal,
        () => Source::Input,
    };
    let mut shell = Shell::new(sys, dialect, source);
    shell.begin(&name, interactive, &arguments);
    if interactive {
        shell.take_control();
    }
    shell.run(&arguments, interactive).await
}

/// Arguments that no shell starts with.
enum Usage {
    Version,
    Bad(String),
}

fn parse_arguments(mut argv: &[String], dialect: Dialect) -> Result<Arguments, Usage> {
    let mut arguments = Arguments::default();
    let bash = dialect == Dialect::Bash;
    while let Some((first, rest)) = argv.split_first() {
        if bash && let Some(long) = first.strip_prefix("--").filter(|long| !long.is_empty()) {
            argv = rest;
            match long {
                "login" => arguments.login = true,
                "norc" | "noprofile" => arguments.norc = true,
                "posix" | "noediting" | "restricted" | "verbose" | "debugger" => {}
                "rcfile" | "init-file" => argv = rest.get(1..).unwrap_or_default(),
                "version" => return Err(Usage::Version),
                _ => return Err(Usage::Bad(format!("{first}: invalid option"))),
            }
            continue;
        }
        let Some(on) = first.chars().next().filter(|c| matches!(c, '-' | '+')).map(|c| c == '-') else { break };
        let letters = first.get(1..).unwrap_or_default();
        if letters.is_empty() {
            argv = rest;
            break;
        }
        argv = rest;
        if letters == "-" {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'c' => arguments.command = true,
                'i' => arguments.interactive = true,
                'l' => arguments.login = true,
                's' => arguments.stdin = true,
                'o' => {
                    let Some((name, rest)) = argv.split_first() else { break };
                    argv = rest;
                    match super::builtin::option_letter(name) {
                        Some(letter) => arguments.options.push((letter, on)),
                        None if bash => return Err(Usage::Bad(format!("{name}: invalid option name"))),
                        None => return Err(Usage::Bad(format!("illegal option -o {name}"))),
                    }
                }
                letter if "aefhmnuvxbC".contains(letter) => arguments.options.push((letter, on)),
                letter if bash => return Err(Usage::Bad(format!("-{letter}: invalid option"))),
                letter => return Err(Usage::Bad(format!("illegal option -{letter}"))),
            }
        }
    }
    arguments.operands = argv.to_vec();
    if arguments.command && arguments.operands.is_empty() {
        return Err(Usage::Bad(match dialect {
            Dialect::Bash => "-c: option requires an argument".to_owned(),
            Dialect::Ash => "-c requires an argument".to_owned(),
        }));
    }
    Ok(arguments)
}

impl Shell {
    /// Makes the state: variables from the environment, parameters, options.
    fn begin(&mut self, name: &str, interactive: bool, arguments: &Arguments) {
        let mut operands = arguments.operands.iter();
        let mut called = name.to_owned();
        if arguments.command {
            operands.next();
        }
        if (arguments.command || !arguments.stdin)
            && let Some(first) = operands.next()
        {
            called.clone_from(first);
        }
        let positional: Vec<String> = operands.cloned().collect();
        let variables = self.first_variables(interactive);
        let (pid, now) = (self.sys.nspid(), self.sys.now());
        self.sys.me_mut(|p| {
            let state = ShellState {
                variables,
                positional,
                name: called,
                pid,
                interactive,
                line: 1,
                started: now,
                ..ShellState::default()
            };
            p.shell = Some(std::rc::Rc::new(state));
        });
        for (letter, on) in &arguments.options {
            self.set_option(*letter, *on);
        }
        if interactive && self.sys.me(|p| p.tty).flatten().is_some() {
            self.set_option('m', true);
        }
    }

    fn first_variables(&self, interactive: bool) -> Map<Text, Variable> {
        let mut variables: Map<Text, Variable> = Map::new();
        for (name, value) in &self.sys.environment() {
            if super::grammar::is_name(name) {
                let variable = Variable { value: Some(value.clone()), exported: true, ..Variable::default() };
                variables.insert(name.clone(), variable);
            }
        }
        let value = |name: &str| variables.get(name).and_then(|v| v.value.clone());
        let level = value("SHLVL").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0).saturating_add(1);
        let cwd = self.sys.cwd();
        let directory = match value("PWD") {
            Some(path) if self.sys.real_path(&path).is_ok_and(|real| *real == *cwd) => path,
            _ => cwd,
        };
        let mut plain: Vec<(&str, Text)> = vec![("IFS", " \t\n".into()), ("OPTIND", "1".into()), ("PS4", "+ ".into())];
        let mut defaults: Vec<(&str, Text)> =
            vec![("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into())];
        if interactive || self.dialect == Dialect::Ash {
            let prompt = if self.is_bash() { "\\u@\\h:\\w\\$ " } else { "\\w \\$ " };
            defaults.extend([("PS1", prompt.into()), ("PS2", "> ".into())]);
        }
        let parent = self.sys.me(|p| p.ppid).unwrap_or(0);
        plain.push(("PPID", self.namespace_pid(parent).to_string().into()));
        if self.is_bash() {
            plain.extend([
                ("BASH", self.sys.me(|p| p.exe.clone()).unwrap_or_else(|| "/bin/bash".into())),
                ("BASH_VERSION", "5.2.15(1)-release".into()),
                ("HOSTTYPE", "x86_64".into()),
                ("MACHTYPE", "x86_64-pc-linux-gnu".into()),
                ("OSTYPE", "linux-gnu".into()),
            ]);
            defaults.extend([
                ("HOSTNAME", self.sys.hostname()),
                ("SHELL", "/bin/bash".into()),
                ("TERM", "dumb".into()),
            ]);
        }
        let plain = plain.into_iter().map(|(name, value)| (name, value, false, true));
        let defaults = defaults.into_iter().map(|(name, value)| (name, value, false, false));
        let exported = [("PWD", directory, true, true), ("SHLVL", level.to_string().into(), true, true)];
        for (name, value, exported, replaces) in plain.chain(defaults).chain(exported) {
            if replaces || !variables.contains_key(name) {
                variables.insert(name.into(), Variable { value: Some(value), exported, ..Variable::default() });
            }
        }
        variables
    }

    /// The pid of a process as this namespace knows it; 0 outside.
    fn namespace_pid(&self, pid: Pid) -> Pid {
        let mine = self.sys.me(|p| p.ns.pid);
        self.sys.world(|w| w.process(pid).filter(|p| Some(p.ns.pid) == mine).map_or(0, |p| p.nspid))
    }

    /// An interactive shell leads its terminal and isn't killed by what is typed there.
    fn take_control(&self) {
        self.sys.catch_signal(Signal::INT, true);
        for signal in [Signal::QUIT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
            self.sys.ignore_signal(signal, true);
        }
        if let Some(tty) = self.sys.me(|p| p.tty).flatten() {
            self.sys.set_group(0, 0);
            self.sys.set_foreground(tty, self.sys.pid());
        }
    }

    async fn run(&mut self, arguments: &Arguments, interactive: bool) -> i32 {
        if let Err(Halt::Exit) = self.startup_files(arguments, interactive).await {
            return self.finish(Err(Halt::Exit)).await;
        }
        let flow = match (arguments.command, arguments.operands.first()) {
            (true, Some(text)) => self.run_lines(text, true).await,
            (false, Some(path)) if !arguments.stdin => match self.script(path).await {
                Ok(text) => self.run_lines(&text, false).await,
                Err(status) => return status,
            },
            _ => self.read_commands(interactive).await,
        };
        self.finish(flow).await
    }

    /// Runs the files that a shell starts with, as far as they are there.
    async fn startup_files(&mut self, arguments: &Arguments, interactive: bool) -> Result<(), Halt> {
        let home = self.get("HOME").unwrap_or_else(|| "".into());
        let mut files = Vec::new();
        if arguments.login {
            files.push("/etc/profile".to_owned());
            let own = if self.is_bash() { vec![".bash_profile", ".bash_login", ".profile"] } else { vec![".profile"] };
            let own = own.into_iter().map(|name| format!("{home}/{name}"));
            files.extend(own.into_iter().find(|path| self.sys.stat(path).is_ok()));
        } else if interactive && self.is_bash() && !arguments.norc {
            files.extend(["/etc/bash.bashrc".to_owned(), format!("{home}/.bashrc")]);
        } else if interactive {
            files.extend(self.get("ENV").map(|path| path.to_string()));
        }
        for path in files {
            let Ok(bytes) = self.sys.read_file(&path).await else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.sourced += 1;
            let result = self.evaluate(&text, Source::Script).await;
            self.sourced -= 1;
            if result == Err(Halt::Exit) {
                return Err(Halt::Exit);
            }
        }
        Ok(())
    }

    async fn script(&mut self, path: &str) -> Result<String, i32> {
        let bytes = match self.sys.is_dir(path) {
            true => Err(Errno::IsDir),
            false => self.sys.read_file(path).await,
        };
        match bytes {
            Ok(bytes) if bytes.iter().take(80).any(|b| *b == 0) && self.is_bash() => {
                self.sys.eprint(&format!("{path}: {path}: cannot execute binary file\n")).await;
                Err(126)
            }
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(errno) => {
                let name = self.sys.argv().first().cloned().unwrap_or_default();
                let (text, status) = match self.is_bash() {
                    true if errno == Errno::IsDir => (format!("{path}: {path}: Is a directory"), 126),
                    true if errno == Errno::NoEnt => (format!("{name}: {path}: {errno}"), 127),
                    true => (format!("{name}: {path}: {errno}"), 126),
                    false => (format!("{name}: can't open '{path}': {errno}"), 2),
                };
                self.sys.eprint(&format!("{text}\n")).await;
                Err(status)
            }
        }
    }

    /// Runs a whole text, one complete command after the other. `hands_over` lets the last command
    /// take the process.
    async fn run_lines(&mut self, text: &str, hands_over: bool) -> Flow {
        let mut script = Some(Script::of(text, self.dialect));
        let (mut rest, mut line) = (text, 1);
        let mut status = 0;
        for at in 0.. {
            let aliases = self.aliases();
            script = script.filter(|_| aliases.is_empty());
            let parsed = match &script {
                Some(script) => script.command(at, text.len() - rest.len(), line),
                None => Rc::new(next_command(rest, line, self.dialect, &aliases, true)),
            };
            let next = match &*parsed {
                Ok(next) => next,
                Err(error) => {
                    self.syntax_error(error.fault(), self.source).await;
                    self.set_status(2);
                    return Ok(2);
                }
            };
            rest = rest.get(next.consumed..).unwrap_or_default();
            line += next.lines;
            self.warn(&next.warnings).await;
            let Some(list) = &next.list else { break };
            let last = hands_over && rest.trim().is_empty();
            match self.list(list, last).await {
                Ok(now) => status = now,
                Err(Halt::Discard | Halt::Interrupt | Halt::Break(_) | Halt::Continue(_)) => status = self.status(),
                Err(halt) => return Err(halt),
            }
        }
        Ok(status)
    }

    /// Runs a text inside another: `eval`, a sourced file, a trap.
    pub(super) async fn evaluate(&mut self, text: &str, source: Source) -> Flow {
        let outer = self.look(|s| s.line);
        let mut line = if source == Source::Eval { outer } else { 1 };
        let first = line;
        let mut rest = text;
        let mut status = 0;
        loop {
            let next = match next_command(rest, line, self.dialect, &self.aliases(), true) {
                Ok(next) => next,
                Err(error) => {
                    let mut fault = error.fault().clone();
                    fault.line = fault.line.saturating_sub(first) + 1;
                    self.syntax_error(&fault, source).await;
                    self.set_status(2);
                    return if self.is_bash() || self.interactive() { Ok(2) } else { Err(Halt::Exit) };
                }
            };
            rest = rest.get(next.consumed..).unwrap_or_default();
            line += next.lines;
            self.warn(&next.warnings).await;
            let Some(list) = next.list else { break };
            status = self.list(&list, false).await?;
        }
        self.state(|s| s.line = outer);
        Ok(status)
    }

    /// The aliases that are in force: bash expands none in a script.
    fn aliases(&self) -> std::collections::BTreeMap<String, String> {
        if self.is_bash() && !self.interactive() {
            return Default::default();
        }
        self.look(|s| s.aliases.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    async fn syntax_error(&mut self, fault: &Fault, source: Source) {
        let name = self.look(|s| s.name.clone());
        let text = fault.report(self.dialect, &name, source);
        self.sys.eprint(&text).await;
    }

    async fn warn(&mut self, warnings: &[(u32, String)]) {
        for (line, text) in warnings {
            self.state(|s| s.line = *line);
            self.complain(text).await;
        }
    }

    /// Reads commands from standard input and runs them, until the input ends.
    async fn read_commands(&mut self, interactive: bool) -> Flow {
        let mut line = 1;
        let mut status = 0;
        loop {
            if interactive {
                self.notify_jobs().await;
            }
            let mut text = String::new();
            let read = self.read_complete(&mut text, line, interactive).await;
            line += text.matches('\n').count() as u32;
            let list = match read {
                Read::Command(list) => list,
                Read::Nothing => continue,
                Read::Failed => {
                    self.set_status(2);
                    status = 2;
                    // Bash goes on with the next line only at a terminal.
                    if interactive {
                        continue;
                    }
                    return Ok(2);
                }
                Read::End => {
                    if interactive && self.is_bash() {
                        self.sys.eprint("exit\n").await;
                    }
                    return Ok(if interactive { self.status() } else { status });
                }
            };
            match self.list(&list, false).await {
                Ok(now) => status = now,
                Err(Halt::Exit) => return Err(Halt::Exit),
                Err(_) => status = self.status(),
            }
        }
    }

    /// Reads lines until they make a complete command.
    async fn read_complete(&mut self, text: &mut String, line: u32, interactive: bool) -> Read {
        let mut wanted: Option<String> = None;
        loop {
            if interactive {
                let name = if text.is_empty() { "PS1" } else { "PS2" };
                let prompt = self.prompt(name).await;
                self.sys.eprint(&prompt).await;
            }
            // Who looks at the terminal can tell a prompt from the wait for the rest of a command.
            self.state(|s| s.buffered.clone_from(text));
            let more = match self.read_input(interactive).await {
                Ok(more) => more,
                Err(Errno::Intr) => {
                    let _ = self.signals().await;
                    text.clear();
                    self.set_status(130);
                    return Read::Nothing;
                }
                Err(_) => String::new(),
            };
            let ended = more.is_empty();
            text.push_str(&more);
            if text.len() > limits::LINE_BYTES {
                self.complain("layerlab: command too long").await;
                return Read::Failed;
            }
            if !ended
                && wanted.as_ref().is_some_and(|wanted| more.trim_start_matches('\t').trim_end_matches('\n') != wanted)
            {
                continue;
            }
            match next_command(text, line, self.dialect, &self.aliases(), ended) {
                Ok(next) => {
                    self.warn(&next.warnings).await;
                    self.remember(text, interactive);
                    return match next.list {
                        Some(list) => Read::Command(list),
                        None if ended => Read::End,
                        None => Read::Nothing,
                    };
                }
                Err(SyntaxError::Incomplete(fault)) if !ended => wanted = fault.wanted,
                Err(error) => {
                    self.remember(text, interactive);
                    let source = self.source;
                    self.syntax_error(error.fault(), source).await;
                    return Read::Failed;
                }
            }
        }
    }

    /// A line of standard input with its newline; nothing at the end. Byte by byte, unless it is a
    /// terminal, so that what follows stays for the commands.
    async fn read_input(&mut self, interactive: bool) -> Result<String, Errno> {
        let mut bytes = Vec::new();
        let size = if self.sys.is_terminal(0).is_some() { 4096 } else { 1 };
        loop {
            let some = match self.sys.read(0, size).await {
                Err(Errno::Intr) if !interactive => {
                    if self.signals().await.is_err() {
                        return Ok(String::new());
                    }
                    continue;
                }
                other => other?,
            };
            if some.is_empty() {
                break;
            }
            bytes.extend(some);
            if bytes.ends_with(b"\n") || bytes.len() > limits::LINE_BYTES {
                break;
            }
        }
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        text.retain(|c| c != '\0');
        Ok(text)
    }

    /// Adds a command to the history.
    fn remember(&self, text: &str, interactive: bool) {
        let line = text.trim_end_matches('\n');
        if !interactive || line.trim().is_empty() {
            return;
        }
        self.state(|s| {
            let last = s.history.get_max();
            if last.is_some_and(|(_, last)| **last == *line) && self.dialect == Dialect::Ash {
                return;
            }
            let number = last.map_or(1, |(number, _)| number + 1);
            s.history.insert(number, line.into());
            if number > limits::HISTORY_LINES {
                s.history.remove(&(number - limits::HISTORY_LINES));
            }
        });
    }
}

/// What reading a command gave.
enum Read {
    Command(super::syntax::List),
    /// An empty line, or one that was given up.
    Nothing,
    Failed,
    End,
}
