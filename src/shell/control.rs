//! Compound commands.

use std::rc::Rc;

use super::interpreter::{Flow, Halt, Shell};
use super::print;
use super::redirect::Refused;
use super::syntax::{CaseArm, CaseEnd, Command, CommandKind, Condition, List, Word};

impl Shell {
    /// Runs a compound command with its redirections.
    pub(super) async fn compound_command(&mut self, command: &Command, last: bool) -> Flow {
        self.tick(command.line).await?;
        let saved = match self.redirect(&command.redirects).await {
            Ok(saved) => saved,
            Err(Refused::Said) => return Ok(1),
            Err(Refused::Halt(halt)) => return Err(halt),
        };
        let last = last && command.redirects.is_empty();
        let open = self.process_fds.len();
        self.deeper().await?;
        let result = self.compound(command, last).await;
        self.depth -= 1;
        self.restore(saved);
        self.close_process_fds(open);
        result
    }

    async fn compound(&mut self, command: &Command, last: bool) -> Flow {
        match &command.kind {
            CommandKind::Simple { .. } => Ok(0),
            CommandKind::Group(list) => self.nested(list, last).await,
            CommandKind::Subshell(list) => self.subshell(list, command).await,
            CommandKind::If { arms, otherwise } => {
                for (condition, consequence) in arms {
                    if self.condition(condition).await? == 0 {
                        return self.nested(consequence, last).await;
                    }
                }
                match otherwise {
                    Some(list) => self.nested(list, last).await,
                    None => Ok(0),
                }
            }
            CommandKind::For { name, words, body } => self.for_loop(name, words.as_deref(), body).await,
            CommandKind::ArithmeticFor { header, body } => self.arithmetic_loop(header, body).await,
            CommandKind::Loop { until, condition, body } => self.while_loop(*until, condition, body).await,
            CommandKind::Case { word, arms } => self.case(word, arms, last).await,
            CommandKind::Function { name, .. } => {
                let text = print::command(command);
                self.state(|s| s.functions.insert(name.as_str().into(), text.into()));
                Ok(0)
            }
            CommandKind::Conditional(condition) => {
                if self.option('x') {
                    self.trace_text(&format!("[[ {} ]]", print::condition(condition))).await;
                }
                match self.test(condition).await? {
                    Ok(truth) => Ok(i32::from(!truth)),
                    Err(message) => {
                        self.complain(&message).await;
                        Ok(2)
                    }
                }
            }
            CommandKind::Arithmetic(word) => self.arithmetic_command(word).await,
        }
    }

    /// A list whose failure is no reason to leave.
    async fn condition(&mut self, list: &Rc<List>) -> Flow {
        self.lenient += 1;
        let result = self.nested(list, false).await;
        self.lenient -= 1;
        result
    }

    async fn subshell(&mut self, list: &Rc<List>, command: &Command) -> Flow {
        let inside = list.clone();
        let control = self.job_control();
        let pid = self
            .fork(move |mut shell: Shell| async move {
                shell.leave_loops();
                shell.run_child(&inside).await
            })
            .await?;
        if let Some(tty) = control {
            self.sys.set_group(pid, pid);
            self.sys.set_foreground(tty, pid);
        }
        self.foreground(vec![pid], || print::command(command)).await
    }

    /// One turn of a loop; nothing when the loop is left.
    fn turn(&mut self, result: Flow) -> Result<Option<i32>, Halt> {
        match result {
            Ok(status) => Ok(Some(status)),
            Err(Halt::Break(1)) => Ok(None),
            Err(Halt::Continue(1)) => Ok(Some(0)),
            Err(Halt::Break(levels)) => Err(Halt::Break(levels - 1)),
            Err(Halt::Continue(levels)) => Err(Halt::Continue(levels - 1)),
            Err(halt) => Err(halt),
        }
    }

    async fn loop_body(&mut self, body: &Rc<List>) -> Result<Option<i32>, Halt> {
        self.loops += 1;
        let result = self.nested(body, false).await;
        self.loops -= 1;
        self.turn(result)
    }

    async fn for_loop(&mut self, name: &str, words: Option<&[Word]>, body: &Rc<List>) -> Flow {
        if !super::grammar::is_name(name) {
            self.complain(&format!("`{name}': not a valid identifier")).await;
            return Ok(1);
        }
        let values = match words {
            Some(words) => self.fields(words).await?,
            None => self.look(|s| s.positional.clone()),
        };
        let mut status = 0;
        let line = self.look(|s| s.line);
        for value in values {
            self.tick(line).await?;
            if let Err(message) = self.set(name, &value) {
                return Err(self.expansion_error(&message).await);
            }
            if self.option('x') && self.is_bash() {
                let shown = words.map_or_else(String::new, |words| {
                    words.iter().map(|word| format!(" {}", print::word(word))).collect()
                });
                self.trace_text(&format!("for {name} in{shown}")).await;
            }
            match self.loop_body(body).await? {
                Some(now) => status = now,
                None => return Ok(0),
            }
        }
        Ok(status)
    }

    async fn arithmetic_loop(&mut self, header: &[Word; 3], body: &Rc<List>) -> Flow {
        let [start, condition, step] = header;
        let line = self.look(|s| s.line);
        let mut status = 0;
        if self.loop_expression(start).await?.is_none() {
            return Ok(1);
        }
        loop {
            self.tick(line).await?;
            match self.loop_expression(condition).await? {
                None => return Ok(1),
                Some(0) if !condition.parts.is_empty() => return Ok(status),
                Some(_) => {}
            }
            match self.loop_body(body).await? {
                Some(now) => status = now,
                None => return Ok(0),
            }
            if self.loop_expression(step).await?.is_none() {
                return Ok(1);
            }
        }
    }

    /// The value of an expression of `for (( ))`; nothing after a complaint.
    async fn loop_expression(&mut self, word: &Word) -> Result<Option<i64>, Halt> {
        let text = self.arithmetic_text(word).await?;
        match self.arithmetic(&text, "((").await {
            Ok(value) => Ok(Some(value)),
            Err(Ok(message)) => {
                self.complain(&message).await;
                Ok(None)
            }
            Err(Err(halt)) => Err(halt),
        }
    }

    async fn arithmetic_command(&mut self, word: &Word) -> Flow {
        if self.option('x') {
            let text = self.arithmetic_text(word).await?;
            self.trace_text(&format!("(( {} ))", text.trim())).await;
        }
        Ok(match self.loop_expression(word).await? {
            Some(0) | None => 1,
            Some(_) => 0,
        })
    }

    async fn while_loop(&mut self, until: bool, condition: &Rc<List>, body: &Rc<List>) -> Flow {
        let line = self.look(|s| s.line);
        let mut status = 0;
        loop {
            self.tick(line).await?;
            self.loops += 1;
            let tested = self.condition(condition).await;
            self.loops -= 1;
            match self.turn(tested)? {
                Some(truth) if (truth == 0) != until => {}
                Some(_) => return Ok(status),
                None => return Ok(0),
            }
            match self.loop_body(body).await? {
                Some(now) => status = now,
                None => return Ok(0),
            }
        }
    }

    async fn case(&mut self, word: &Word, arms: &[CaseArm], last: bool) -> Flow {
        let text = self.string(word).await?;
        let mut falls = false;
        let mut status = 0;
        for arm in arms {
            if !falls && !self.case_matches(&text, arm).await? {
                continue;
            }
            status = self.nested(&arm.body, last && arm.end == CaseEnd::Break).await?;
            match arm.end {
                CaseEnd::Break => return Ok(status),
                CaseEnd::FallThrough => falls = true,
                CaseEnd::Continue => falls = false,
            }
        }
        Ok(status)
    }

    async fn case_matches(&mut self, text: &str, arm: &CaseArm) -> Result<bool, Halt> {
        for pattern in &arm.patterns {
            if self.pattern(pattern).await?.matches(text) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The truth of `[[ ]]`, or what is wrong with it.
    fn test<'a>(
        &'a mut self,
        condition: &'a Condition,
    ) -> super::interpreter::Running<'a, Result<Result<bool, String>, Halt>> {
        Box::pin(async move {
            match condition {
                Condition::Word(word) => Ok(Ok(!self.string(word).await?.is_empty())),
                Condition::Not(inner) => Ok(self.test(inner).await?.map(|truth| !truth)),
                Condition::And(all) => {
                    for one in all {
                        match self.test(one).await? {
                            Ok(true) => {}
                            other => return Ok(other),
                        }
                    }
                    Ok(Ok(true))
                }
                Condition::Or(all) => {
                    for one in all {
                        match self.test(one).await? {
                            Ok(false) => {}
                            other => return Ok(other),
                        }
                    }
                    Ok(Ok(false))
                }
                Condition::Unary(op, word) => {
                    let text = self.string(word).await?;
                    Ok(self.unary_test(op, &text))
                }
                Condition::Binary(left, op, right) => self.binary_condition(left, op, right).await,
            }
        })
    }

    async fn binary_condition(&mut self, left: &Word, op: &str, right: &Word) -> Result<Result<bool, String>, Halt> {
        let text = self.string(left).await?;
        match op {
            "==" | "=" | "!=" => {
                let pattern = self.pattern(right).await?;
                Ok(Ok(pattern.matches(&text) == (op != "!=")))
            }
            "=~" => self.regex_condition(&text, right).await,
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                let other = self.string(right).await?;
                let mut values = [0, 0];
                for (value, text) in values.iter_mut().zip([&text, &other]) {
                    match self.arithmetic(text, "[[").await {
                        Ok(number) => *value = number,
                        Err(Ok(message)) => return Ok(Err(message)),
                        Err(Err(halt)) => return Err(halt),
                    }
                }
                let [a, b] = values;
                Ok(Ok(super::builtin::test::compare(a, op, b)))
            }
            _ => {
                let other = self.string(right).await?;
                Ok(self.binary_test(&text, op, &other))
            }
        }
    }
}
