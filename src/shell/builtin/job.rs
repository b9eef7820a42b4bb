//! `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`

use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::kernel::Errno;
use crate::model::shell::Job;
use crate::model::signal::{NAMES, Signal};

impl Shell {
    pub(super) async fn jobs_command(&mut self, fields: &[String]) -> Flow {
        let letters: String = arguments(fields).iter().filter_map(|a| a.strip_prefix('-')).collect();
        self.reap_jobs();
        let jobs: Vec<Job> = self.look(|s| s.jobs.iter().filter(|job| job.background).cloned().collect());
        let mut text = String::new();
        for job in &jobs {
            if letters.contains('p') {
                text.push_str(&format!("{}\n", job.shown));
                continue;
            }
            if letters.contains('r') && (job.stopped || job.status.is_some()) || letters.contains('s') && !job.stopped {
                continue;
            }
            text.push_str(&format!("{}\n", self.job_line(job, letters.contains('l'))));
        }
        let status = self.say(&text).await?;
        // What was told need not be told again.
        for job in jobs.iter().filter(|job| job.status.is_some()) {
            self.hide_job(job.shown);
        }
        Ok(status)
    }

    async fn no_such_job(&mut self, text: &str) -> Flow {
        let message = match (self.is_bash(), text) {
            (true, "") => "current: no such job".to_owned(),
            (false, "") => "No current job".to_owned(),
            _ => format!("{text}: no such job"),
        };
        self.builtin_error(&message, 1).await
    }

    pub(super) async fn fg_command(&mut self, fields: &[String]) -> Flow {
        let operand = arguments(fields).first().cloned().unwrap_or_default();
        let Some(tty) = self.job_control() else {
            if self.is_bash() {
                return self.builtin_error("no job control", 1).await;
            }
            return self.no_such_job(&operand).await;
        };
        let name = if operand.is_empty() || operand.starts_with('%') { operand.clone() } else { format!("%{operand}") };
        let Some(job) = self.find_job(if name.is_empty() { "%" } else { &name }) else {
            return self.no_such_job(&operand).await;
        };
        self.say(&format!("{}\n", job.command)).await?;
        self.state(|s| s.jobs.retain(|j| j.shown != job.shown));
        self.sys.set_foreground(tty, job.pgid);
        self.sys.with(|k| k.signal_group(job.pgid, Signal::CONT));
        let command = job.command.clone();
        self.foreground(job.pids.clone(), move || command.clone()).await
    }

    pub(super) async fn bg_command(&mut self, fields: &[String]) -> Flow {
        let operand = arguments(fields).first().cloned().unwrap_or_default();
        if self.job_control().is_none() && self.is_bash() {
            return self.builtin_error("no job control", 1).await;
        }
        let name = if operand.is_empty() || operand.starts_with('%') { operand.clone() } else { format!("%{operand}") };
        let Some(job) = self.find_job(if name.is_empty() { "%" } else { &name }) else {
            return self.no_such_job(&operand).await;
        };
        self.sys.with(|k| k.signal_group(job.pgid, Signal::CONT));
        self.state(|s| {
            if let Some(job) = s.jobs.iter_mut().find(|j| j.shown == job.shown) {
                job.stopped = false;
            }
        });
        let id = job.id;
        let text =
            if self.is_bash() { format!("[{id}]+ {} &\n", job.command) } else { format!("[{id}] {}\n", job.command) };
        self.say(&text).await
    }

    pub(super) async fn disown_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        if operands.is_empty() {
            let Some(last) = self.find_job("%") else { return self.no_such_job("").await };
            self.state(|s| s.jobs.retain(|job| last.shown != job.shown));
        }
        for operand in operands {
            let Some(job) = self.find_job(operand) else { return self.no_such_job(operand).await };
            self.state(|s| s.jobs.retain(|j| j.shown != job.shown));
        }
        Ok(0)
    }

    pub(super) async fn wait_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        if operands.first().is_some_and(|a| a == "-n") {
            return self.wait_any().await;
        }
        if operands.is_empty() {
            self.reap_jobs();
            for job in self.look(|s| s.jobs.iter().filter(|job| job.background).cloned().collect::<Vec<_>>()) {
                if !job.stopped
                    && let Err(errno) = self.wait_job(&job).await
                {
                    return self.wait_interrupted(errno).await;
                }
                self.forget_job(&job, true).await;
            }
            return Ok(0);
        }
        let mut status = 0;
        for operand in operands {
            let Some(job) = self.find_job(operand) else {
                status = self.nothing_to_wait_for(operand).await?;
                continue;
            };
            match self.wait_job(&job).await {
                Ok(code) => status = code,
                Err(errno) => return self.wait_interrupted(errno).await,
            }
            self.forget_job(&job, true).await;
        }
        Ok(status)
    }

    async fn nothing_to_wait_for(&mut self, operand: &str) -> Flow {
        let number = operand.parse::<u32>().is_ok();
        let text = match (self.is_bash(), operand.starts_with('%'), number) {
            (_, true, _) => format!("{operand}: no such job"),
            (true, _, true) => format!("pid {operand} is not a child of this shell"),
            (true, _, false) => {
                self.complain(&format!("`{operand}': not a pid or valid job spec")).await;
                return Ok(1);
            }
            (false, _, true) => return Ok(127),
            (false, _, false) => format!("Illegal number: {operand}"),
        };
        self.builtin_error(&text, 127).await
    }

    async fn wait_any(&mut self) -> Flow {
        loop {
            self.reap_jobs();
            let ended = self.look(|s| s.jobs.iter().find(|job| job.status.is_some() && job.background).cloned());
            if let Some(job) = ended {
                let status = self.wait_job(&job).await.unwrap_or(127);
                self.forget_job(&job, false).await;
                return Ok(status);
            }
            let pids: Vec<u32> = self.look(|s| s.jobs.iter().flat_map(|job| job.pids.clone()).collect());
            if pids.is_empty() {
                return Ok(127);
            }
            let waited = self.sys.block_or_signal(|k| {
                let mut ended = false;
                for pid in &pids {
                    let zombie = |run| matches!(run, crate::model::process::Run::Zombie(_));
                    ended |= k.world.process(*pid).is_none_or(|p| zombie(p.run));
                }
                k.wait_on(crate::kernel::Key::Process(self.sys.pid()));
                ended.then_some(Ok(()))
            });
            if let Err(errno) = waited.await {
                return self.wait_interrupted(errno).await;
            }
        }
    }

    /// A caught signal ends `wait`: its trap runs, and the status is over 128.
    async fn wait_interrupted(&mut self, _errno: Errno) -> Flow {
        let signal = self.sys.me(|p| p.pending.first().copied()).flatten().unwrap_or(Signal::INT);
        self.signals().await?;
        Ok(128 + i32::from(signal.0))
    }

    pub(super) async fn kill_command(&mut self, fields: &[String]) -> Flow {
        let mut operands = arguments(fields);
        if !self.is_bash() {
            // ash takes over the program, which names itself only by the shell.
            if !operands.iter().any(|a| a.starts_with('%')) {
                self.builtin = None;
            }
        }
        let mut signal = Some(Signal::TERM);
        match operands.first().map(String::as_str) {
            Some("-l" | "-L") => return self.list_signals(arguments(operands)).await,
            Some("-s" | "-n") => {
                let name = operands.get(1).cloned().unwrap_or_default();
                match self.parse_signal(&name).await {
                    Ok(found) => signal = found,
                    Err(flow) => return flow,
                }
                operands = operands.get(2..).unwrap_or_default();
            }
            Some("--") => operands = arguments(operands),
            Some(text) if text.starts_with('-') && text.len() > 1 => {
                match self.parse_signal(text.get(1..).unwrap_or_default()).await {
                    Ok(found) => signal = found,
                    Err(flow) => return flow,
                }
                operands = arguments(operands);
                if operands.first().is_some_and(|a| a == "--") {
                    operands = arguments(operands);
                }
            }
            _ => {}
        }
        if operands.is_empty() {
            if self.is_bash() {
                return self.usage("[-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]").await;
            }
            self.complain("you need to specify whom to kill").await;
            return Ok(1);
        }
        let mut status = 0;
        for operand in operands {
            if let Err(flow) = self.kill_one(operand, signal).await {
                status = flow?;
            }
        }
        Ok(status)
    }

    async fn parse_signal(&mut self, name: &str) -> Result<Option<Signal>, Flow> {
        if name == "0" || name == "EXIT" {
            return Ok(None);
        }
        if let Some(signal) = Signal::parse(name) {
            return Ok(Some(signal));
        }
        let text = match self.is_bash() {
            true => format!("{name}: invalid signal specification"),
            false => format!("bad signal name '{name}'"),
        };
        self.complain(&text).await;
        Err(Ok(1))
    }

    async fn kill_one(&mut self, operand: &str, signal: Option<Signal>) -> Result<(), Flow> {
        if operand.starts_with('%') {
            let Some(job) = self.find_job(operand) else {
                let text = format!("{operand}: no such job");
                return Err(self.builtin_error(&text, 1).await);
            };
            if let Some(signal) = signal {
                self.sys.with(|k| match self.job_control() {
                    Some(_) => k.signal_group(job.pgid, signal),
                    None => {
                        for pid in &job.pids {
                            let _ = k.send_signal(*pid, signal, Some(self.sys.pid()));
                        }
                    }
                });
            }
            return Ok(());
        }
        let Ok(pid) = operand.parse::<i64>() else {
            let text = match self.is_bash() {
                true => format!("{operand}: arguments must be process or job IDs"),
                false => format!("invalid number '{operand}'"),
            };
            self.complain(&text).await;
            return Err(Ok(1));
        };
        let result = if pid < 0 { self.kill_group(pid, signal) } else { self.kill_pid(pid, signal) };
        match result {
            Ok(()) => Ok(()),
            Err(errno) => {
                let text = match self.is_bash() {
                    true => format!("({operand}) - {errno}"),
                    false => format!("can't kill pid {operand}: {errno}"),
                };
                self.complain(&text).await;
                Err(Ok(1))
            }
        }
    }

    fn kill_pid(&self, pid: i64, signal: Option<Signal>) -> Result<(), Errno> {
        self.sys.kill(u32::try_from(pid).map_err(|_| Errno::Srch)?, signal)
    }

    /// The group whose leader the pid is; -1 is everybody that one may signal but oneself.
    fn kill_group(&self, pid: i64, signal: Option<Signal>) -> Result<(), Errno> {
        let me = self.sys.pid();
        self.sys.with(|k| {
            let ns = k.world.process(me).ok_or(Errno::Srch)?.ns.pid;
            let members: Vec<u32> = if pid == -1 {
                k.visible(ns).into_iter().map(|(_, p)| p.pid).filter(|pid| *pid != me).collect()
            } else {
                let leader = u32::try_from(-pid).map_err(|_| Errno::Srch)?;
                let leader = k.find_nspid(ns, leader).map_or(leader, |p| p.pid);
                k.world.processes.values().filter(|p| p.pgid == leader && p.ns.pid == ns).map(|p| p.pid).collect()
            };
            let mut result = Err(Errno::Srch);
            for member in members {
                let sent = k.kill(me, member, signal);
                if result.is_err() {
                    result = sent;
                }
            }
            result
        })
    }

    async fn list_signals(&mut self, operands: &[String]) -> Flow {
        if operands.is_empty() {
            let text = if self.is_bash() { bash_signals() } else { ash_signals() };
            return self.say(&text).await;
        }
        for operand in operands {
            let number = operand.parse::<i64>().ok();
            let signal = match number {
                Some(code) => Signal::parse(&(if code > 128 { code - 128 } else { code }).to_string()),
                None => Signal::parse(operand),
            };
            let text = match (signal, number) {
                (Some(signal), Some(_)) => signal.name(),
                (Some(signal), None) => signal.0.to_string(),
                (None, _) => {
                    self.complain(&format!("{operand}: invalid signal specification")).await;
                    return Ok(1);
                }
            };
            self.say(&format!("{text}\n")).await?;
        }
        Ok(0)
    }
}

fn bash_signals() -> String {
    let mut entries: Vec<(usize, String)> = NAMES.iter().enumerate().map(|(i, n)| (i + 1, format!("SIG{n}"))).collect();
    entries.push((34, "SIGRTMIN".to_owned()));
    entries.extend((1..=15).map(|i| (34 + i, format!("SIGRTMIN+{i}"))));
    entries.extend((1..=14).map(|i| (49 + i, format!("SIGRTMAX-{}", 15 - i))));
    entries.push((64, "SIGRTMAX".to_owned()));
    let mut text = String::new();
    for (i, (number, name)) in entries.iter().enumerate() {
        let ends = i % 5 == 4;
        text.push_str(&format!("{number:2}) {name}{}", if ends { "\n" } else { "\t" }));
    }
    text.push('\n');
    text
}

fn ash_signals() -> String {
    let name = |n: &str| if n == "IO" { "POLL".to_owned() } else { n.to_owned() };
    NAMES.iter().enumerate().map(|(i, n)| format!("{:2}) {}\n", i + 1, name(n))).collect()
}
