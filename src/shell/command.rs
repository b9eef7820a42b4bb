//! Simple commands: assignments, functions, builtins, programs.

use std::rc::Rc;

use super::builtin;
use super::expand::quoted;
use super::interpreter::{Flow, Halt, Running, Shell};
use super::redirect::Refused;
use super::syntax::{Assignment, Command, CommandKind, Redirect, Value, Word};
use super::{Source, grammar, parse};
use crate::kernel::Errno;
use crate::model::file::Data;
use crate::model::shell::Variable;
use crate::model::{Map, Text, limits};

impl Shell {
    /// Runs a command; `last` says that it may take the process over.
    pub(super) fn command<'a>(&'a mut self, command: &'a Command, last: bool) -> Running<'a, Flow> {
        match &command.kind {
            CommandKind::Simple { assignments, words } => Box::pin(async move {
                self.tick(command.line).await?;
                let open = self.process_fds.len();
                let result = self.simple(assignments, words, &command.redirects, last).await;
                self.close_process_fds(open);
                result
            }),
            _ => Box::pin(self.compound_command(command, last)),
        }
    }

    async fn simple(&mut self, assignments: &[Assignment], words: &[Word], redirects: &[Redirect], last: bool) -> Flow {
        self.substituted = None;
        let fields = self.command_fields(words).await?;
        let Some(name) = fields.first().cloned() else {
            return self.assign_only(assignments, redirects).await;
        };
        // POSIX puts special builtins before functions; bash does not.
        let special = !self.is_bash() && builtin::is_special(&name);
        let found = builtin::find(&name, self.dialect);
        if !(special && found.is_some())
            && let Some(text) = self.look(|s| s.functions.get(name.as_str()).cloned())
        {
            return self.with_redirects(redirects, assignments, &fields, Callee::Function(text)).await;
        }
        match found {
            Some(found) => self.with_redirects(redirects, assignments, &fields, Callee::Builtin(found)).await,
            None => self.program(fields, assignments, words, redirects, last).await,
        }
    }

    /// The fields of a command's words. Arguments of `export` and its like are assignments: not split.
    async fn command_fields(&mut self, words: &[Word]) -> Result<Vec<String>, Halt> {
        let declares = words.first().and_then(Word::as_literal).is_some_and(builtin::declares);
        if !declares {
            return self.fields(words).await;
        }
        let mut fields = Vec::new();
        for word in words {
            match grammar::split_assignment(word, self.dialect) {
                Some(assignment) => fields.push(self.declared(assignment, word).await?),
                None => fields.extend(self.fields(std::slice::from_ref(word)).await?),
            }
        }
        Ok(fields)
    }

    /// An assignment as an argument; an array's value is assigned on the spot.
    async fn declared(&mut self, assignment: Assignment, word: &Word) -> Result<String, Halt> {
        if let Some(super::syntax::Part::Array(elements)) = word.parts.last() {
            if self.look(|s| !s.scopes.is_empty()) {
                self.make_local(&assignment.name);
            }
            let value = Value::Array(elements.clone());
            self.assign(&Assignment { value, ..assignment.clone() }).await?;
            return Ok(assignment.name);
        }
        let Value::Scalar(value) = &assignment.value else { return Ok(assignment.name) };
        let text = self.assigned(value).await?;
        let op = if assignment.append { "+=" } else { "=" };
        Ok(format!("{}{op}{text}", assignment.name))
    }

    /// Assignments without a command last.
    async fn assign_only(&mut self, assignments: &[Assignment], redirects: &[Redirect]) -> Flow {
        for assignment in assignments {
            self.assign(assignment).await?;
        }
        match self.redirect(redirects).await {
            Ok(saved) => self.restore(saved),
            Err(Refused::Said) => return Ok(1),
            Err(Refused::Halt(halt)) => return Err(halt),
        }
        Ok(self.substituted.take().unwrap_or(0))
    }

    /// Does one assignment.
    pub(super) async fn assign(&mut self, assignment: &Assignment) -> Result<String, Halt> {
        let name = &assignment.name;
        let result = match &assignment.value {
            Value::Array(elements) => return self.assign_array(assignment, elements).await,
            Value::Scalar(word) => {
                let mut text = self.assigned(word).await?;
                let index = match &assignment.index {
                    Some(word) => Some(self.arithmetic_word(word).await?),
                    None => None,
                };
                if assignment.append {
                    let old = match index {
                        Some(index) => self.element(name, index),
                        None => self.get(name),
                    };
                    text.insert_str(0, &old.unwrap_or_else(|| "".into()));
                }
                if !self.make_room(text.len()).await {
                    return Err(self.expansion_error("layerlab: value too long").await);
                }
                self.trace_assignment(name, &text).await;
                match index {
                    Some(index) => self.set_element(name, index, &text),
                    None => self.set(name, &text),
                }
                .map(|()| text)
            }
        };
        match result {
            Ok(text) => Ok(text),
            Err(message) => Err(self.refused(&message).await),
        }
    }

    /// An assignment that isn't allowed: bash gives up the line, ash itself.
    async fn refused(&mut self, message: &str) -> Halt {
        self.expansion_error(message).await
    }

    async fn assign_array(
        &mut self,
        assignment: &Assignment,
        elements: &[super::syntax::Element],
    ) -> Result<String, Halt> {
        let name = &assignment.name;
        let mut values: Map<i64, Text> =
            if assignment.append { self.elements(name).into_iter().collect() } else { Map::new() };
        let mut next = values.get_max().map_or(0, |(last, _)| last + 1);
        for element in elements {
            if let Some(index) = &element.index {
                next = self.arithmetic_word(index).await?;
                let text = self.string(&element.word).await?;
                values.insert(next, text.into());
                next += 1;
                continue;
            }
            for field in self.fields(std::slice::from_ref(&element.word)).await? {
                values.insert(next, field.into());
                next += 1;
            }
        }
        match self.set_array(name, values) {
            Ok(()) => Ok(String::new()),
            Err(message) => Err(self.refused(&message).await),
        }
    }

    /// Runs a function or a builtin in this process, with its redirections and assignments in force.
    async fn with_redirects(
        &mut self,
        redirects: &[Redirect],
        assignments: &[Assignment],
        fields: &[String],
        callee: Callee,
    ) -> Flow {
        let saved = match self.redirect(redirects).await {
            Ok(saved) => saved,
            Err(Refused::Halt(halt)) => return Err(halt),
            Err(Refused::Said) => {
                let special = fields.first().is_some_and(|name| builtin::is_special(name));
                if special && !self.is_bash() && !self.interactive() {
                    self.set_status(2);
                    return Err(Halt::Exit);
                }
                return Ok(1);
            }
        };
        let mut covered = Vec::new();
        for assignment in assignments {
            covered.push((assignment.name.clone(), self.look(|s| s.variables.get(assignment.name.as_str()).cloned())));
            if let Err(halt) = self.assign(assignment).await {
                self.restore(saved);
                return Err(halt);
            }
            let _ = self.change(&assignment.name, |variable| variable.exported = true);
        }
        self.trace(fields).await;
        let keeps = fields.first().is_some_and(|name| name == "exec") && fields.len() == 1;
        let result = match callee {
            Callee::Function(text) => self.call(fields, &text).await,
            Callee::Builtin(run) => self.call_builtin(run, fields).await,
        };
        self.uncover(covered);
        if keeps {
            self.keep(saved);
        } else {
            self.restore(saved);
        }
        result
    }

    async fn call_builtin(&mut self, run: builtin::Builtin, fields: &[String]) -> Flow {
        let before = self.builtin.replace(fields.first().cloned().unwrap_or_default());
        let result = run(self, fields).await;
        self.builtin = before;
        result
    }

    /// Ends assignments that were in force for one command.
    fn uncover(&self, covered: Vec<(String, Option<Variable>)>) {
        for (name, before) in covered.into_iter().rev() {
            self.state(|s| match before {
                Some(variable) => s.variables.insert(name.as_str().into(), variable),
                None => s.variables.remove(name.as_str()),
            });
        }
    }

    /// Calls a function with its text.
    async fn call(&mut self, fields: &[String], text: &Text) -> Flow {
        let name = fields.first().cloned().unwrap_or_default();
        if self.functions as usize >= limits::SHELL_DEPTH {
            let text = format!("{name}: maximum function nesting level exceeded ({})", limits::SHELL_DEPTH);
            return Err(self.fatal(&text, 1).await);
        }
        let Some(body) = self.function_body(&name, text) else { return Ok(1) };
        let arguments = fields.get(1..).unwrap_or_default().to_vec();
        let outer = self.state(|s| {
            s.scopes.push(Map::new());
            std::mem::replace(&mut s.positional, arguments)
        });
        let loops = std::mem::take(&mut self.loops);
        self.functions += 1;
        let result = self.body_apart(body).await;
        self.functions -= 1;
        self.loops = loops;
        self.leave_scope();
        self.state(|s| s.positional = outer);
        match result {
            Err(Halt::Return) => Ok(self.status()),
            other => other,
        }
    }

    /// The body of a function, parsed when first called.
    fn function_body(&mut self, name: &str, text: &Text) -> Option<Rc<Command>> {
        if let Some((known, body)) = self.parsed.get(name)
            && known == text
        {
            return Some(body.clone());
        }
        let list = parse(text, self.dialect).ok()?;
        let command = list.items.first()?.and_or.first.commands.first()?.clone();
        let CommandKind::Function { body, .. } = &command.kind else { return None };
        self.parsed.insert(name.into(), (text.clone(), body.clone()));
        Some(body.clone())
    }

    /// Runs a program: in a child, or in this process if nothing follows.
    async fn program(
        &mut self,
        fields: Vec<String>,
        assignments: &[Assignment],
        words: &[Word],
        redirects: &[Redirect],
        last: bool,
    ) -> Flow {
        self.trace(&fields).await;
        if last && !self.must_stay() {
            return Ok(self.become_program(&fields, assignments, redirects, None).await);
        }
        // A `PATH` of the command's own is in force in the child alone, but what was found is forgotten.
        let own = assignments.iter().any(|assignment| assignment.name == "PATH");
        if own {
            self.state(|s| s.hashed.clear());
        }
        let found = fields.first().filter(|_| !own).map(|name| self.find_program(name));
        let control = self.job_control();
        let (assignments, redirects) = (assignments.to_vec(), redirects.to_vec());
        let pid = self
            .fork(move |mut shell: Shell| async move {
                shell.become_program(&fields, &assignments, &redirects, found).await
            })
            .await?;
        if let Some(tty) = control {
            self.sys.set_group(pid, pid);
            self.sys.set_foreground(tty, pid);
        }
        let text = || words.iter().map(super::print::word).collect::<Vec<_>>().join(" ");
        self.foreground(vec![pid], text).await
    }

    /// Replaces this process by a program, which may have been looked up; comes back with a status only if that
    /// fails.
    pub(super) async fn become_program(
        &mut self,
        fields: &[String],
        assignments: &[Assignment],
        redirects: &[Redirect],
        found: Option<Result<String, Errno>>,
    ) -> i32 {
        self.subshell = true;
        self.builtin = None;
        match self.redirect(redirects).await {
            Ok(saved) => self.keep(saved),
            Err(Refused::Said) => return 1,
            Err(Refused::Halt(_)) => return self.status(),
        }
        for assignment in assignments {
            if self.assign(assignment).await.is_err() {
                return self.status();
            }
            let _ = self.change(&assignment.name, |variable| variable.exported = true);
        }
        let name = fields.first().cloned().unwrap_or_default();
        let path = match found.unwrap_or_else(|| self.find_program(&name)) {
            Ok(path) => path,
            Err(errno) => return self.not_run(&name, &name, errno).await,
        };
        self.become_child();
        let Err(errno) = self.sys.exec(&path, fields, self.environment_for(&path)).await;
        if errno == Errno::NoExec
            && let Some(status) = self.run_text(&path, fields).await
        {
            return status;
        }
        // What was found, and is there no more, bash names by its path.
        let name = if self.is_bash() && errno == Errno::NoEnt { &path } else { &name };
        self.not_run(name, &path, errno).await
    }

    /// The environment of a program; bash tells it its path as `_`.
    fn environment_for(&self, path: &str) -> Map<Text, Text> {
        let mut environment = self.environment();
        if self.is_bash() {
            environment.insert("_".into(), path.into());
        }
        environment
    }

    /// Looks a command up in `PATH`.
    pub(super) fn which(&self, name: &str) -> Result<String, Errno> {
        let path = self.get("PATH");
        self.sys.with(|k| k.which(self.sys.pid(), name, path.as_deref()))
    }

    /// Says why a program can't run; gives the status.
    pub(super) async fn not_run(&mut self, name: &str, path: &str, errno: Errno) -> i32 {
        let slash = name.contains('/');
        let missing = errno == Errno::NoEnt;
        let directory = slash && self.sys.is_dir(path);
        let text = match (self.is_bash(), missing) {
            (true, _) if directory => format!("{name}: Is a directory"),
            (true, true) if !slash => format!("{name}: command not found"),
            (true, true) => match self.interpreter_of(path) {
                Some(interpreter) => {
                    self.complain(&format!("{name}: {interpreter}: bad interpreter: {errno}")).await;
                    return 126;
                }
                None => format!("{name}: {errno}"),
            },
            (false, true) if name.is_empty() => format!(": {}", Errno::Access),
            (false, true) => format!("{name}: not found"),
            (true, false) if errno == Errno::NoExec => format!("{name}: cannot execute binary file: {errno}"),
            _ => format!("{name}: {errno}"),
        };
        self.complain(&text).await;
        if missing { 127 } else { 126 }
    }

    /// The interpreter that a file's first line names.
    fn interpreter_of(&self, path: &str) -> Option<String> {
        let Ok(Data::Bytes(bytes)) = self.sys.contents(path) else { return None };
        let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(256))?).into_owned();
        Some(text.strip_prefix("#!")?.split_whitespace().next()?.to_owned())
    }

    /// Runs a file without `#!` as a script of this shell, if it looks like text.
    async fn run_text(&mut self, path: &str, fields: &[String]) -> Option<i32> {
        let Ok(Data::Bytes(bytes)) = self.sys.contents(path) else { return None };
        if bytes.iter().take(256).any(|b| *b == 0) {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.state(|s| {
            s.name = path.to_owned();
            s.positional = fields.get(1..).unwrap_or_default().to_vec();
            s.variables = s.variables.iter().filter(|(_, v)| v.exported).map(|(n, v)| (n.clone(), v.clone())).collect();
            s.functions.clear();
            s.hashed.clear();
            s.scopes.clear();
            s.options.clear();
            s.interactive = false;
        });
        (self.loops, self.functions, self.sourced, self.lenient) = (0, 0, 0, 0);
        self.source = Source::Script;
        let flow = self.evaluate(&text, Source::Script).await;
        Some(self.finish(flow).await)
    }

    /// Shows a command before it runs (`set -x`).
    async fn trace(&mut self, fields: &[String]) {
        if self.option('x') {
            let words: Vec<String> = fields.iter().map(|field| quoted(field, self.dialect)).collect();
            self.trace_text(&words.join(" ")).await;
        }
    }

    async fn trace_assignment(&mut self, name: &str, value: &str) {
        if self.option('x') {
            let value = if value.is_empty() { String::new() } else { quoted(value, self.dialect) };
            self.trace_text(&format!("{name}={value}")).await;
        }
    }

    pub(super) async fn trace_text(&mut self, text: &str) {
        let prefix = self.get("PS4").unwrap_or_else(|| "+ ".into());
        self.sys.eprint(&format!("{prefix}{text}\n")).await;
    }
}

/// What runs in the shell's own process.
enum Callee {
    Function(Text),
    Builtin(builtin::Builtin),
}
