//! The interpreter: one per process that runs shell code.
//!
//! What a view or a check may see (variables, functions, jobs) is in the World, as the process's
//! `ShellState`; here is only where the reading stands: how many loops and functions are open.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::error::Source;
use super::syntax::{AndOr, Command, Connector, Item, List};
use super::{Dialect, print};
use crate::kernel::{Key, Sys};
use crate::model::shell::ShellState;
use crate::model::signal::Signal;
use crate::model::{Text, limits};

/// CPU that one command of the shell itself costs, in microseconds.
const COMMAND: u64 = 5;

/// How many nested compound commands one task runs.
const LEVELS_A_TASK: u32 = 16;

/// How commands end other than by going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// `break` out of so many loops.
    Break(u32),
    /// `continue` with the loop so many further out.
    Continue(u32),
    /// `return`
    Return,
    /// The rest of the line is given up; the next one runs.
    Discard,
    /// ^C: back to the prompt.
    Interrupt,
    /// The shell ends. The status is in the state.
    Exit,
}

/// What running something gives: a status, or a reason not to go on.
pub type Flow = Result<i32, Halt>;

/// A future of the interpreter, which calls itself.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A shell that runs in a process.
pub struct Shell {
    /// The process.
    pub sys: Sys,
    /// The flavour.
    pub dialect: Dialect,
    /// Where its commands come from.
    pub(super) source: Source,
    /// How many loops, functions, sourced files and levels in all are open.
    pub(super) loops: u32,
    pub(super) functions: u32,
    pub(super) sourced: u32,
    pub(super) depth: u32,
    /// Where it isn't zero, `set -e` doesn't apply: in conditions.
    pub(super) lenient: u32,
    /// True in a forked copy of a shell.
    pub(super) subshell: bool,
    /// The signals that were ignored when the shell started: bits as in the process.
    pub(super) ignored: u64,
    /// Bodies of functions that were parsed, with the text they were parsed from.
    pub(super) parsed: BTreeMap<Text, (Text, Rc<Command>)>,
    /// The status of the last command substitution, for assignments without a command.
    pub(super) substituted: Option<i32>,
    /// The descriptors of process substitutions that the running commands hold.
    pub(super) process_fds: Vec<u32>,
    /// What bash puts before a builtin's message: its name.
    pub(super) builtin: Option<String>,
}

impl Shell {
    /// An interpreter for a process.
    pub fn new(sys: Sys, dialect: Dialect, source: Source) -> Shell {
        let ignored = sys.me(|p| p.ignored).unwrap_or(0);
        Shell {
            sys,
            dialect,
            source,
            loops: 0,
            functions: 0,
            sourced: 0,
            depth: 0,
            lenient: 0,
            subshell: false,
            ignored,
            parsed: BTreeMap::new(),
            substituted: None,
            process_fds: Vec::new(),
            builtin: None,
        }
    }

    /// The same shell in a forked child.
    pub(super) fn child(&self, sys: Sys) -> Shell {
        let mut shell = Shell::new(sys, self.dialect, self.source);
        shell.loops = self.loops;
        shell.functions = self.functions;
        shell.sourced = self.sourced;
        shell.lenient = self.lenient;
        shell.ignored = self.ignored;
        shell.subshell = true;
        shell.become_child();
        shell
    }

    /// Changes the state.
    pub(super) fn state<T: Default>(&self, f: impl FnOnce(&mut ShellState) -> T) -> T {
        self.sys.shell(f).unwrap_or_default()
    }

    /// Looks at the state.
    pub(super) fn look<T: Default>(&self, f: impl FnOnce(&ShellState) -> T) -> T {
        self.sys.me(|p| p.shell.as_deref().map(f)).flatten().unwrap_or_default()
    }

    pub(super) fn is_bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    pub(super) fn interactive(&self) -> bool {
        self.look(|s| s.interactive)
    }

    pub(super) fn status(&self) -> i32 {
        self.look(|s| s.status)
    }

    pub(super) fn set_status(&self, status: i32) {
        if self.status() != status {
            self.state(|s| s.status = status);
        }
    }

    /// Whether an option of `set` is on, by its letter.
    pub(super) fn option(&self, letter: char) -> bool {
        self.look(|s| s.options.contains(letter))
    }

    /// Writes a complaint to standard error, with the shell's name and the line in front.
    pub async fn complain(&self, text: &str) {
        let message = format!("{}{text}\n", self.prefix());
        self.sys.eprint(&message).await;
    }

    /// What stands before a complaint.
    fn prefix(&self) -> String {
        let (name, line) = self.look(|s| (s.name.clone(), s.line));
        match (self.dialect, self.source) {
            (Dialect::Bash, _) => {
                let named = if self.functions > 0 && self.source == Source::Argument { "environment" } else { &name };
                let place = match self.source {
                    Source::Argument | Source::Script | Source::Eval => format!("{named}: line {line}: "),
                    Source::Input | Source::Terminal => format!("{name}: "),
                };
                match &self.builtin {
                    Some(builtin) => format!("{place}{builtin}: "),
                    None => place,
                }
            }
            (Dialect::Ash, source) => {
                // ash counts the lines of `-c` from zero, and shows them only behind a builtin's name.
                let line = if source == Source::Argument { line.saturating_sub(1) } else { line };
                match (&self.builtin, source) {
                    (Some(builtin), Source::Terminal) => format!("{name}: {builtin}: "),
                    (Some(builtin), _) => format!("{name}: {builtin}: line {line}: "),
                    (None, Source::Script) => format!("{name}: line {line}: "),
                    (None, _) => format!("{name}: "),
                }
            }
        }
    }

    /// An error that ends a shell that isn't interactive, or the line in one that is.
    pub(super) async fn fatal(&mut self, text: &str, status: i32) -> Halt {
        self.complain(text).await;
        self.set_status(status);
        if self.interactive() && !self.subshell { Halt::Discard } else { Halt::Exit }
    }

    /// An error in an expansion: bash gives up the line, ash itself.
    pub(super) async fn expansion_error(&mut self, text: &str) -> Halt {
        if !self.is_bash() {
            return self.fatal(text, 2).await;
        }
        self.complain(text).await;
        self.set_status(1);
        if self.subshell { Halt::Exit } else { Halt::Discard }
    }

    /// Goes a level deeper, or says that it is too deep.
    pub(super) async fn deeper(&mut self) -> Result<(), Halt> {
        self.depth += 1;
        if self.depth as usize > 4 * limits::SHELL_DEPTH {
            self.depth -= 1;
            let text = format!("layerlab: commands nested more than {} levels deep", 4 * limits::SHELL_DEPTH);
            return Err(self.fatal(&text, 2).await);
        }
        Ok(())
    }

    /// Runs something nested as a task of its own while this one waits. Each task has a poll stack of
    /// its own, so nesting can't use up the machine's.
    async fn apart<F, B>(&mut self, body: B) -> Flow
    where
        B: FnOnce(Shell) -> F,
        F: Future<Output = (Shell, Flow)> + 'static,
    {
        let hollow = Shell::new(self.sys.clone(), self.dialect, self.source);
        let future = body(std::mem::replace(self, hollow));
        let slot = Rc::new(RefCell::new(None));
        let (sys, done) = (self.sys.clone(), slot.clone());
        self.sys.thread(async move {
            let result = future.await;
            *done.borrow_mut() = Some(result);
            sys.with(|k| k.wake(Key::Process(sys.pid())));
        });
        let pid = self.sys.pid();
        let (shell, flow) = self
            .sys
            .block(|k| {
                let result = slot.borrow_mut().take();
                if result.is_none() {
                    k.wait_on(Key::Process(pid));
                }
                result
            })
            .await;
        *self = shell;
        flow
    }

    /// Runs a function's body.
    pub(super) async fn body_apart(&mut self, body: Rc<Command>) -> Flow {
        self.apart(|mut shell| async move {
            let flow = shell.command(&body, false).await;
            (shell, flow)
        })
        .await
    }

    /// Runs a text inside another.
    pub(super) async fn text_apart(&mut self, text: String, source: Source) -> Flow {
        self.apart(|mut shell| async move {
            let flow = shell.evaluate(&text, source).await;
            (shell, flow)
        })
        .await
    }

    /// Runs a list inside a compound command.
    pub(super) async fn nested(&mut self, list: &Rc<List>, last: bool) -> Flow {
        if !self.depth.is_multiple_of(LEVELS_A_TASK) {
            return self.list(list, last).await;
        }
        let list = list.clone();
        self.apart(|mut shell| async move {
            let flow = shell.list(&list, last).await;
            (shell, flow)
        })
        .await
    }

    /// Runs a list. `last` says that nothing follows, so that the last command may take the
    /// process over instead of getting one of its own.
    pub(super) fn list<'a>(&'a mut self, list: &'a List, last: bool) -> Running<'a, Flow> {
        Box::pin(async move {
            let mut status = 0;
            for (i, item) in list.items.iter().enumerate() {
                let last = last && i + 1 == list.items.len();
                status = self.item(item, last).await?;
            }
            Ok(status)
        })
    }

    async fn item(&mut self, item: &Item, last: bool) -> Flow {
        if item.background {
            return self.background(item).await;
        }
        self.and_or(&item.and_or, last).await
    }

    pub(super) async fn and_or(&mut self, and_or: &AndOr, last: bool) -> Flow {
        let alone = and_or.rest.is_empty();
        self.lenient += u32::from(!alone);
        let first = self.pipeline(&and_or.first, last && alone).await;
        self.lenient -= u32::from(!alone);
        let mut status = first?;
        // Only the last pipeline of a list can end the shell, and only if it ran.
        let mut judged = alone && !and_or.first.negated;
        for (i, (connector, pipeline)) in and_or.rest.iter().enumerate() {
            if (*connector == Connector::And) != (status == 0) {
                judged = false;
                continue;
            }
            let end = i + 1 == and_or.rest.len();
            self.lenient += u32::from(!end);
            let result = self.pipeline(pipeline, last && end).await;
            self.lenient -= u32::from(!end);
            status = result?;
            judged = end && !pipeline.negated;
        }
        if judged && status != 0 {
            self.check_errexit(status)?;
        }
        Ok(status)
    }

    /// Ends the shell after a failure if `set -e` says so.
    fn check_errexit(&mut self, status: i32) -> Result<(), Halt> {
        if self.lenient == 0 && self.option('e') {
            self.set_status(status);
            return Err(Halt::Exit);
        }
        Ok(())
    }

    /// What every command begins with: time passes, signals are looked at.
    pub(super) async fn tick(&mut self, line: u32) -> Result<(), Halt> {
        if self.look(|s| s.line) != line && line > 0 {
            self.state(|s| s.line = line);
        }
        self.sys.burn(COMMAND).await;
        self.signals().await
    }

    /// Runs the traps of the signals that came.
    pub(super) async fn signals(&mut self) -> Result<(), Halt> {
        while let Some(signal) = self.sys.take_signal() {
            self.signal(signal).await?;
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal) -> Result<(), Halt> {
        if let Some(action) = self.look(|s| s.traps.get(signal.name().as_str()).cloned()) {
            return self.trap(&action).await;
        }
        if signal == Signal::INT && self.interactive() && !self.subshell {
            self.set_status(130);
            self.sys.eprint("\n").await;
            return Err(Halt::Interrupt);
        }
        Ok(())
    }

    /// Runs a trap's action, which leaves the status alone.
    pub(super) async fn trap(&mut self, action: &str) -> Result<(), Halt> {
        let status = self.status();
        let builtin = self.builtin.take();
        let result = self.text_apart(action.to_owned(), Source::Eval).await;
        self.builtin = builtin;
        match result {
            Ok(_) => {
                self.set_status(status);
                Ok(())
            }
            Err(halt) => Err(halt),
        }
    }

    /// The text of a command, for `set -x` and jobs.
    pub(super) fn describe(item: &Item) -> String {
        print::item(item)
    }

    /// Whether anything waits for the shell's end, so that it must not hand its process over.
    pub(super) fn must_stay(&self) -> bool {
        self.look(|s| !s.traps.is_empty())
    }
}
