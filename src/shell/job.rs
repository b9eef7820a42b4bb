//! Children of the shell: forking, pipelines, foreground and background jobs.

use std::future::Future;

use super::interpreter::{Flow, Halt, Shell};
use super::print;
use super::syntax::{Command, Item, List, Pipeline};
use crate::kernel::{Errno, Waited};
use crate::model::process::{Pid, Status};
use crate::model::shell::Job;
use crate::model::signal::Signal;
use crate::model::terminal::TtyId;

/// How many ended jobs are kept until somebody waits for them.
const ENDED: usize = 256;

impl Shell {
    /// Forks: the body runs in the child, with an interpreter of its own, and gives the exit status.
    pub(super) async fn fork<F, B>(&mut self, body: B) -> Result<Pid, Halt>
    where
        B: FnOnce(Shell) -> F,
        F: Future<Output = i32> + 'static,
    {
        let shell = &*self;
        let forked = shell.sys.fork(|sys| body(shell.child(sys))).await;
        match forked {
            Ok(pid) => Ok(pid),
            Err(errno) => {
                let text = match self.is_bash() {
                    true => format!("fork: {errno}"),
                    false => format!("can't fork: {errno}"),
                };
                Err(self.fatal(&text, if self.is_bash() { 254 } else { 2 }).await)
            }
        }
    }

    /// In bash a child doesn't know the loops around it; in ash `break` ends the child.
    pub(super) fn leave_loops(&mut self) {
        if self.is_bash() {
            self.loops = 0;
        }
    }

    /// What a forked shell forgets: caught signals, traps, jobs.
    pub(super) fn become_child(&self) {
        let ignored = self.look(|s| {
            let empty = s.traps.iter().filter(|(_, action)| action.is_empty());
            empty.filter_map(|(name, _)| Signal::parse(name)).fold(0, |bits, signal| bits | 1u64 << (signal.0 & 63))
        });
        self.sys.me_mut(|p| {
            p.caught = 0;
            p.pending.clear();
            p.ignored = self.ignored | ignored;
        });
        // The state is shared with the parent until it is changed.
        if self.look(|s| !s.traps.is_empty() || !s.jobs.is_empty()) {
            self.state(|s| {
                s.traps = s.traps.iter().filter(|(_, a)| a.is_empty()).map(|(n, a)| (n.clone(), a.clone())).collect();
                s.jobs.clear();
            });
        }
    }

    /// The end of a forked shell: its list is run, then its trap; gives the exit status.
    pub(super) async fn run_child(&mut self, list: &List) -> i32 {
        let flow = self.list(list, true).await;
        self.finish(flow).await
    }

    /// The end of a shell, whatever ended it: runs the trap on EXIT and gives the exit status.
    pub(super) async fn finish(&mut self, flow: Flow) -> i32 {
        if let Ok(status) = flow {
            self.set_status(status);
        }
        if let Some(action) = self.look(|s| s.traps.get("EXIT").cloned()) {
            self.state(|s| s.traps.remove("EXIT"));
            let status = self.status();
            if self.trap(&action).await.is_ok() {
                self.set_status(status);
            }
        }
        self.status()
    }

    /// Whether this shell gives its children process groups of their own: the terminal, if so.
    pub(super) fn job_control(&self) -> Option<TtyId> {
        if self.subshell || !(self.interactive() || self.option('m')) {
            return None;
        }
        self.sys.me(|p| p.tty).flatten()
    }

    /// Runs a pipeline.
    pub(super) async fn pipeline(&mut self, pipeline: &Pipeline, last: bool) -> Flow {
        let started = (self.sys.now(), self.sys.me(|p| p.cpu).unwrap_or(0));
        let plain = !pipeline.negated && pipeline.timed.is_none();
        self.lenient += u32::from(pipeline.negated);
        let result = match pipeline.commands.as_slice() {
            [] => Ok(0),
            [command] => self.single(command, last && plain).await,
            _ => self.piped(pipeline).await,
        };
        self.lenient -= u32::from(pipeline.negated);
        let status = result?;
        let status = if pipeline.negated { i32::from(status == 0) } else { status };
        self.set_status(status);
        if let Some(posix) = pipeline.timed {
            self.report_time(started, posix).await;
        }
        Ok(status)
    }

    async fn single(&mut self, command: &Command, last: bool) -> Flow {
        let status = self.command(command, last).await?;
        self.set_status(status);
        if self.is_bash() && self.look(|s| s.pipe_status.as_slice() != [status]) {
            self.state(|s| s.pipe_status = vec![status]);
        }
        Ok(status)
    }

    async fn report_time(&mut self, started: (crate::model::time::Time, u64), posix: bool) {
        let real = self.sys.now().since(started.0).as_millis();
        let cpu = self.sys.me(|p| p.cpu).unwrap_or(0).saturating_sub(started.1) / 1_000_000;
        let show = |ms: u64| match posix {
            true => format!("{}.{:02}", ms / 1000, ms % 1000 / 10),
            false => format!("{}m{}.{:03}s", ms / 60_000, ms / 1000 % 60, ms % 1000),
        };
        let (blank, gap) = if posix { ("", ' ') } else { ("\n", '\t') };
        let text = format!("{blank}real{gap}{}\nuser{gap}{}\nsys{gap}{}\n", show(real), show(cpu), show(0));
        self.sys.eprint(&text).await;
    }

    /// Starts the commands of a pipeline, each in a child; gives their pids.
    async fn start_piped(&mut self, pipeline: &Pipeline) -> Result<Vec<Pid>, Halt> {
        let mut pids: Vec<Pid> = Vec::new();
        let mut input: Option<u32> = None;
        let control = self.job_control();
        for (i, command) in pipeline.commands.iter().enumerate() {
            let ends = i + 1 == pipeline.commands.len();
            let pipe = if ends { None } else { Some(self.open_pipe().await?) };
            let command = command.clone();
            let reader = input;
            let forked = self.fork(move |mut shell: Shell| async move {
                if let Some(fd) = reader {
                    shell.move_fd(fd, 0);
                }
                if let Some((other, fd)) = pipe {
                    let _ = shell.sys.close(other);
                    shell.move_fd(fd, 1);
                }
                shell.leave_loops();
                let flow = shell.command(&command, true).await;
                shell.finish(flow).await
            });
            let pid = forked.await?;
            for fd in input.into_iter().chain(pipe.map(|(_, writer)| writer)) {
                let _ = self.sys.close(fd);
            }
            input = pipe.map(|(reader, _)| reader);
            pids.push(pid);
            if let (Some(tty), Some(first)) = (control, pids.first()) {
                self.sys.set_group(pid, *first);
                self.sys.set_foreground(tty, *first);
            }
        }
        Ok(pids)
    }

    fn move_fd(&self, from: u32, to: u32) {
        if from != to {
            let _ = self.sys.dup2(from, to);
            let _ = self.sys.close(from);
        }
    }

    async fn open_pipe(&mut self) -> Result<(u32, u32), Halt> {
        match self.sys.pipe() {
            Ok(pipe) => Ok(pipe),
            Err(errno) => Err(self.fatal(&format!("pipe error: {errno}"), 1).await),
        }
    }

    async fn piped(&mut self, pipeline: &Pipeline) -> Flow {
        let pids = self.start_piped(pipeline).await?;
        self.foreground(pids, || print::pipeline(pipeline)).await
    }

    /// Waits for a job in the foreground; gives its status.
    pub(super) async fn foreground(&mut self, pids: Vec<Pid>, text: impl Fn() -> String) -> Flow {
        let control = self.job_control();
        let mut statuses = Vec::new();
        let mut ended = None;
        for (i, pid) in pids.iter().enumerate() {
            match self.wait_child(*pid, control.is_some()).await {
                Some(status) => {
                    statuses.push(status.code());
                    ended = Some((*pid, status));
                }
                None => {
                    let left = pids.get(i..).unwrap_or_default().to_vec();
                    self.take_terminal(control);
                    return self.suspended(left, pids.first().copied().unwrap_or(*pid), text()).await;
                }
            }
        }
        self.take_terminal(control);
        let last = statuses.last().copied().unwrap_or(0);
        let failed = statuses.iter().rev().find(|status| **status != 0).copied().unwrap_or(0);
        self.state(|s| s.pipe_status = statuses);
        if let Some((pid, Status::Signaled(signal))) = ended {
            self.tell_of_death(pid, signal, &text).await;
            if signal == Signal::INT && control.is_some() {
                self.set_status(130);
                return Err(Halt::Interrupt);
            }
        }
        Ok(if self.option('|') { failed } else { last })
    }

    /// Makes the shell's own group the terminal's foreground again.
    fn take_terminal(&self, control: Option<TtyId>) {
        if let Some(tty) = control {
            let group = self.sys.me(|p| p.pgid).unwrap_or(0);
            self.sys.set_foreground(tty, group);
        }
    }

    /// Waits for a child through all signals; nothing if it was stopped.
    async fn wait_child(&self, pid: Pid, stops: bool) -> Option<Status> {
        let me = self.sys.pid();
        let waited = self.sys.block(|k| k.wait(me, Some(pid), stops)).await;
        match waited {
            Waited::Ended(_, status) => Some(status),
            Waited::NoChild => Some(Status::Exited(127)),
            Waited::Stopped(_) => None,
        }
    }

    async fn suspended(&mut self, pids: Vec<Pid>, pgid: Pid, command: String) -> Flow {
        let id = self.add_job(pids, pgid, command);
        self.state(|s| {
            if let Some(job) = s.jobs.iter_mut().find(|job| job.id == id) {
                job.stopped = true;
            }
        });
        let line = self.look(|s| s.jobs.iter().find(|job| job.id == id).cloned()).map(|job| self.job_line(&job, false));
        self.sys.eprint(&format!("\n{}\n", line.unwrap_or_default())).await;
        Ok(128 + i32::from(Signal::TSTP.0))
    }

    /// What a shell says when its foreground child was killed.
    async fn tell_of_death(&mut self, pid: Pid, signal: Signal, text: &dyn Fn() -> String) {
        let what = describe(signal);
        match signal {
            Signal::INT => {
                if self.interactive() && !self.subshell {
                    self.sys.eprint("\n").await;
                }
            }
            Signal::PIPE => {}
            _ if !self.is_bash() || self.interactive() || signal == Signal::TERM => {
                self.sys.eprint(&format!("{what}\n")).await;
            }
            _ => {
                let builtin = self.builtin.take();
                self.complain(&format!("{pid:>5} {what:<24}{}", text())).await;
                self.builtin = builtin;
            }
        }
    }

    fn add_job(&mut self, pids: Vec<Pid>, pgid: Pid, command: String) -> u32 {
        let last = pids.last().copied().unwrap_or(0);
        let shown = self.sys.world(|w| w.process(last).map_or(last, |p| p.nspid));
        self.state(|s| {
            let id = s.jobs.iter().filter(|j| j.background).map(|j| j.id).max().unwrap_or(0) + 1;
            s.jobs.push(Job { id, pgid, pids, shown, command, status: None, stopped: false, background: true });
            while s.jobs.len() > ENDED
                && let Some(at) = s.jobs.iter().position(|j| j.status.is_some())
            {
                s.jobs.remove(at);
            }
            id
        })
    }

    /// Starts a list in the background.
    pub(super) async fn background(&mut self, item: &Item) -> Flow {
        self.reap_jobs();
        let control = self.job_control();
        let alone = item.and_or.rest.is_empty() && !item.and_or.first.negated && item.and_or.first.timed.is_none();
        let pids = if alone && item.and_or.first.commands.len() > 1 {
            let pids = self.start_piped(&item.and_or.first).await?;
            self.take_terminal(control);
            pids
        } else {
            let and_or = item.and_or.clone();
            let pid = self
                .fork(move |mut shell: Shell| async move {
                    if control.is_none() {
                        shell.detach_input();
                    }
                    shell.leave_loops();
                    let flow = shell.and_or(&and_or, true).await;
                    shell.finish(flow).await
                })
                .await?;
            if control.is_some() {
                self.sys.set_group(pid, pid);
            }
            vec![pid]
        };
        let pgid = pids.first().copied().unwrap_or(0);
        let id = self.add_job(pids, pgid, Shell::describe(item));
        let shown = self.state(|s| {
            s.last_background = s.jobs.last().map(|job| job.shown);
            s.last_background
        });
        if self.is_bash() && control.is_some() {
            self.sys.eprint(&format!("[{id}] {}\n", shown.unwrap_or(0))).await;
        }
        self.set_status(0);
        Ok(0)
    }

    /// What a background child without job control begins with: no input, deaf to ^C.
    fn detach_input(&self) {
        if let Ok(fd) = self.sys.open("/dev/null", crate::kernel::OpenFlags::READ) {
            self.move_fd(fd, 0);
        }
        for signal in [Signal::INT, Signal::QUIT] {
            self.sys.ignore_signal(signal, true);
        }
    }

    /// Notes which jobs have ended, stopped or gone on.
    pub(super) fn reap_jobs(&self) {
        let jobs = self.look(|s| s.jobs.clone());
        for job in jobs.iter().filter(|job| !job.pids.is_empty()) {
            for pid in &job.pids {
                if let Some(Waited::Ended(_, status)) = self.sys.poll_child(Some(*pid)) {
                    self.note_end(*pid, status);
                }
            }
            let stopped = self.sys.world(|w| {
                let mut records = job.pids.iter().filter_map(|pid| w.process(*pid));
                records.any(|p| p.run == crate::model::process::Run::Stopped)
            });
            if stopped != job.stopped {
                self.state(|s| {
                    if let Some(job) = s.jobs.iter_mut().find(|j| j.id == job.id && j.pgid == job.pgid) {
                        job.stopped = stopped;
                    }
                });
            }
        }
    }

    /// Notes the end of one of a job's processes.
    fn note_end(&self, pid: Pid, status: Status) {
        let encoded = match status {
            Status::Exited(code) => i32::from(code),
            Status::Signaled(signal) => -i32::from(signal.0),
        };
        self.state(|s| {
            let Some(job) = s.jobs.iter_mut().find(|job| job.pids.contains(&pid)) else { return };
            let last = job.pids.last() == Some(&pid);
            job.pids.retain(|p| *p != pid);
            // The last command's end is the job's, whether or not the others have ended.
            if last {
                job.status = Some(encoded);
            }
            job.stopped &= job.status.is_none();
        });
    }

    /// Tells of jobs that ended since the last prompt.
    pub(super) async fn notify_jobs(&mut self) {
        self.reap_jobs();
        let jobs = self.look(|s| s.jobs.clone());
        for job in jobs.iter().filter(|job| job.status.is_some() && job.background) {
            let line = self.job_line(job, false);
            self.sys.eprint(&format!("{line}\n")).await;
        }
        for job in jobs.iter().filter(|job| job.status.is_some()) {
            self.hide_job(job.shown);
        }
    }

    /// A job that was told of: `jobs` shows it no more, but `wait` still knows its status.
    pub(super) fn hide_job(&self, shown: Pid) {
        self.state(|s| {
            if let Some(job) = s.jobs.iter_mut().find(|job| job.shown == shown && job.background) {
                job.background = false;
            }
        });
    }

    /// Keeps a child in mind that nobody waits for, so that it is reaped.
    pub(super) fn watch_child(&mut self, pid: Pid) {
        self.add_job(vec![pid], pid, String::new());
        self.state(|s| {
            if let Some(job) = s.jobs.last_mut() {
                job.background = false;
            }
        });
    }

    /// A line of `jobs`.
    pub(super) fn job_line(&self, job: &Job, long: bool) -> String {
        let marks: Vec<u32> = self.look(|s| s.jobs.iter().filter(|j| j.background).map(|j| j.id).collect());
        let mark = match marks.iter().rev().position(|id| *id == job.id) {
            Some(0) => '+',
            Some(1) => '-',
            _ => ' ',
        };
        let state = match job.status {
            None if job.stopped => "Stopped".to_owned(),
            None => "Running".to_owned(),
            Some(0) => "Done".to_owned(),
            Some(code) if code < 0 => describe(Signal(code.unsigned_abs() as u8)),
            Some(code) if self.is_bash() => format!("Exit {code}"),
            Some(code) => format!("Done({code})"),
        };
        let (id, pid) = (job.id, job.shown);
        if !self.is_bash() {
            let command = if self.job_control().is_some() { job.command.as_str() } else { "" };
            return match long {
                true => format!("[{id}]{mark}  {pid} {state:<21}{command}"),
                false => format!("[{id}]{mark}  {state:<27}{command}"),
            };
        }
        let runs = if job.status.is_none() && !job.stopped { " &" } else { "" };
        let pid = if long { format!("{pid:>5} ") } else { " ".to_owned() };
        format!("[{id}]{mark} {pid}{state:<24}{}{runs}", job.command)
    }

    /// The id of the job that `%n`, `%+`, `%-`, `%name` or a pid names.
    pub(super) fn find_job(&self, text: &str) -> Option<Job> {
        self.reap_jobs();
        let jobs = self.look(|s| s.jobs.clone());
        let Some(name) = text.strip_prefix('%') else {
            let pid: u32 = text.parse().ok()?;
            return jobs.into_iter().find(|job| job.shown == pid);
        };
        let listed: Vec<Job> = jobs.into_iter().filter(|job| job.background).collect();
        match name {
            "" | "%" | "+" => listed.last().cloned(),
            "-" => listed.iter().rev().nth(1).or(listed.last()).cloned(),
            _ => match name.parse::<u32>() {
                Ok(id) => listed.into_iter().find(|job| job.id == id),
                Err(_) => match name.strip_prefix('?') {
                    Some(part) => listed.into_iter().find(|job| job.command.contains(part)),
                    None => listed.into_iter().find(|job| job.command.starts_with(name)),
                },
            },
        }
    }

    /// Waits for a job, until a caught signal comes: its status as `$?` shows it.
    pub(super) async fn wait_job(&mut self, job: &Job) -> Result<i32, Errno> {
        let me = self.sys.pid();
        let mut left = job.pids.clone();
        while let Some(pid) = left.first().copied() {
            let waited = self.sys.block_or_signal(|k| k.wait(me, Some(pid), false).map(Ok)).await?;
            if let Waited::Ended(pid, status) = waited {
                self.note_end(pid, status);
            }
            left.remove(0);
        }
        let status = self.look(|s| s.jobs.iter().find(|j| j.shown == job.shown).and_then(|j| j.status));
        Ok(match status.or(job.status) {
            Some(code) if code < 0 => 128 - code,
            Some(code) => code,
            None => 127,
        })
    }

    /// Forgets a job that was waited for; bash tells of one that was killed.
    pub(super) async fn forget_job(&mut self, job: &Job, tell: bool) {
        let ended = self.look(|s| s.jobs.iter().find(|j| j.shown == job.shown).cloned());
        self.hide_job(job.shown);
        let Some(code) = ended.and_then(|job| job.status).filter(|code| *code < 0 && tell) else { return };
        let signal = Signal(code.unsigned_abs() as u8);
        if self.is_bash() && matches!(signal, Signal::TERM | Signal::INT | Signal::PIPE) {
            return;
        }
        self.tell_of_death(job.shown, signal, &|| job.command.clone()).await;
    }
}

/// A signal as the shells describe a death by it.
pub(super) fn describe(signal: Signal) -> String {
    match signal {
        Signal::HUP => "Hangup",
        Signal::INT => "Interrupt",
        Signal::QUIT => "Quit",
        Signal(4) => "Illegal instruction",
        Signal(5) => "Trace/breakpoint trap",
        Signal(6) => "Aborted",
        Signal(7) => "Bus error",
        Signal(8) => "Floating point exception",
        Signal::KILL => "Killed",
        Signal::USR1 => "User defined signal 1",
        Signal(11) => "Segmentation fault",
        Signal::USR2 => "User defined signal 2",
        Signal::PIPE => "Broken pipe",
        Signal::ALRM => "Alarm clock",
        Signal::TERM => "Terminated",
        other => return format!("Signal {}", other.0),
    }
    .to_owned()
}
