//! The life of processes: fork, exec, exit, wait (POSIX, "Processes").

use std::rc::Rc;

use super::executor::{Body, Key};
use super::files::Resolved;
use super::{Errno, Kernel, Program};
use crate::model::file::Data;
use crate::model::process::{Fd, Namespaces, OpenId, Pid, Process, Run, Status, User};
use crate::model::signal::Signal;
use crate::model::terminal::TtyId;
use crate::model::{Map, Text, limits};

/// What a process that is not a fork starts with (a container's first one, a command of `docker exec`).
#[derive(Clone, Debug)]
pub struct NewProcess {
    pub parent: Pid,
    pub ns: Namespaces,
    pub cgroup: Option<Text>,
    pub tty: Option<TtyId>,
    pub argv: Vec<String>,
    pub env: Map<Text, Text>,
    pub cwd: String,
    pub user: User,
    pub groups: Vec<u32>,
    /// Descriptors 0, 1, 2, ...
    pub files: Vec<OpenId>,
}

/// An executable that was found: its program, and argv as it will see it.
#[derive(Clone)]
pub(super) struct Executable {
    pub program: Program,
    pub exe: String,
    pub argv: Rc<Vec<String>>,
    /// Bytes of the file.
    pub len: u64,
}

/// What wait(2) found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    Ended(Pid, Status),
    Stopped(Pid),
    /// There is no such child.
    NoChild,
}

impl Kernel {
    /// Finds the program of an executable file, following `#!` lines.
    pub(super) fn executable(&self, pid: Pid, path: &str, argv: &[String], depth: u8) -> Result<Executable, Errno> {
        let Resolved { path: exe, node, .. } = self.resolve(pid, path, true)?;
        let node = node.ok_or(Errno::NoEnt)?;
        if self.is_dir(&node) {
            return Err(Errno::Access);
        }
        self.permit(pid, &node, super::files::EXEC)?;
        match self.contents_of(pid, &node)? {
            Data::Program { name, len } => {
                let program = self.program(&name).or_else(|| self.program("?")).ok_or(Errno::NoExec)?;
                Ok(Executable { program, exe, argv: Rc::new(argv.to_vec()), len })
            }
            Data::Bytes(bytes) if bytes.starts_with(b"#!") && depth < 4 => {
                let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
                let line = String::from_utf8_lossy(&bytes[2..end.min(256)]).trim().to_string();
                let (interpreter, argument) = match line.split_once([' ', '\t']) {
                    Some((interpreter, argument)) => (interpreter, Some(argument.trim())),
                    None => (line.as_str(), None),
                };
                let mut all = vec![interpreter.to_string()];
                all.extend(argument.map(String::from));
                all.push(path.to_string());
                all.extend(argv.iter().skip(1).cloned());
                self.executable(pid, interpreter, &all, depth + 1)
            }
            _ => Err(Errno::NoExec),
        }
    }

    /// Creates a process that shares nothing with its parent but parenthood. It has no task yet.
    pub fn create_process(&mut self, new: NewProcess) -> Result<Pid, Errno> {
        if self.world.processes.len() >= limits::PROCESSES {
            return Err(Errno::Again);
        }
        let pid = self.next_pid();
        let nspid = self.enter_pid_ns(pid, new.ns);
        let mut fds = Map::new();
        for (number, file) in new.files.iter().enumerate() {
            self.hold(*file);
            fds.insert(number as u32, Fd { file: *file, cloexec: false });
        }
        if let Some(cgroup) = new.cgroup.as_ref().and_then(|name| self.world.cgroups.get_mut(name)) {
            cgroup.processes += 1;
        }
        let process = Process {
            pid,
            ppid: new.parent,
            pgid: pid,
            sid: pid,
            nspid,
            ns: new.ns,
            cgroup: new.cgroup,
            tty: new.tty,
            program: "".into(),
            exe: "".into(),
            argv: Rc::new(new.argv),
            env: new.env,
            cwd: new.cwd.into(),
            user: new.user,
            groups: Rc::new(new.groups),
            umask: 0o022,
            fds,
            children: Map::new(),
            run: Run::Alive,
            sleeping: false,
            pending: Vec::new(),
            caught: 0,
            ignored: 0,
            started: self.world.now,
            cpu: 0,
            shell: None,
            memory: 0,
            capabilities: u64::MAX,
            open_files: limits::FDS as u32,
        };
        self.world.processes.insert(pid, Rc::new(process));
        if let Some(parent) = self.world.process_mut(new.parent) {
            parent.children.insert(pid, ());
        }
        if let Some(tty) = new.tty.and_then(|tty| self.world.terminal_mut(tty)) {
            tty.session.get_or_insert(pid);
            tty.foreground.get_or_insert(pid);
        }
        Ok(pid)
    }

    fn next_pid(&mut self) -> Pid {
        let pid = self.world.next_pid;
        self.world.next_pid += 1;
        pid
    }

    fn enter_pid_ns(&mut self, pid: Pid, ns: Namespaces) -> Pid {
        // The host sees everybody, by the numbers of the machine.
        if ns.pid == crate::model::process::HOST {
            if let Some(table) = self.world.pid_namespaces.get_mut(&ns.pid).filter(|table| table.init == 0) {
                table.init = pid;
            }
            return pid;
        }
        match self.world.pid_namespaces.get_mut(&ns.pid) {
            Some(table) => {
                let nspid = table.next;
                table.next += 1;
                if nspid == 1 {
                    table.init = pid;
                }
                nspid
            }
            None => pid,
        }
    }

    /// fork(2): a copy of `parent`, without a task yet.
    pub(super) fn fork(&mut self, parent: Pid) -> Result<Pid, Errno> {
        let original = self.world.process(parent).ok_or(Errno::Srch)?.clone();
        if self.world.processes.len() >= limits::PROCESSES || self.over_limit(&original) {
            return Err(Errno::Again);
        }
        let pid = self.next_pid();
        let nspid = self.enter_pid_ns(pid, original.ns);
        for fd in original.fds.values() {
            self.hold(fd.file);
        }
        if let Some(cgroup) = original.cgroup.as_ref().and_then(|name| self.world.cgroups.get_mut(name)) {
            cgroup.processes += 1;
        }
        let child = Process {
            pid,
            ppid: parent,
            nspid,
            children: Map::new(),
            pending: Vec::new(),
            cpu: 0,
            started: self.world.now,
            sleeping: false,
            memory: 0,
            ..original
        };
        self.world.processes.insert(pid, Rc::new(child));
        self.set_memory(pid, super::cgroup::FORKED);
        if let Some(parent) = self.world.process_mut(parent) {
            parent.children.insert(pid, ());
        }
        Ok(pid)
    }

    /// A group's own limit, or for the host's users `ulimit -u`.
    fn over_limit(&self, process: &Process) -> bool {
        match &process.cgroup {
            Some(name) => {
                self.world.cgroups.get(name).is_some_and(|cgroup| {
                    cgroup.processes >= cgroup.pids_limit.unwrap_or(limits::USER_PROCESSES as u32)
                })
            }
            None => {
                let uid = process.user.uid;
                uid != 0
                    && self.world.processes.len() >= limits::USER_PROCESSES
                    && self.world.processes.values().filter(|p| p.cgroup.is_none() && p.user.uid == uid).count()
                        >= limits::USER_PROCESSES
            }
        }
    }

    /// execve(2) but for the task: the record becomes the new program's.
    pub(super) fn exec_record(&mut self, pid: Pid, found: &Executable, env: Map<Text, Text>) {
        let closing: Vec<u32> = match self.world.process(pid) {
            Some(process) => process.fds.iter().filter(|(_, fd)| fd.cloexec).map(|(n, _)| *n).collect(),
            None => return,
        };
        for fd in closing {
            let _ = self.close(pid, fd);
        }
        if let Some(process) = self.world.process_mut(pid) {
            process.program = found.program.name.into();
            process.exe = found.exe.as_str().into();
            process.argv = found.argv.clone();
            process.env = env;
            process.shell = None;
            process.caught = 0;
            process.pending.clear();
        }
        self.set_memory(pid, super::cgroup::resident(found.len));
    }

    pub(super) fn start(&mut self, pid: Pid, body: Body) {
        self.add_task(pid, body);
    }

    /// Whether a process may not run now.
    pub(super) fn suspended(&self, pid: Pid) -> bool {
        let Some(process) = self.world.process(pid) else { return false };
        process.run == Run::Stopped
            || process.cgroup.as_ref().is_some_and(|name| self.world.cgroups.get(name).is_some_and(|c| c.frozen))
    }

    /// Freezes or thaws the processes of a cgroup.
    pub fn freeze(&mut self, name: &str, frozen: bool) {
        if let Some(cgroup) = self.world.cgroups.get_mut(name) {
            cgroup.frozen = frozen;
        }
        if !frozen {
            let pids: Vec<Pid> =
                self.world.processes.values().filter(|p| p.cgroup.as_deref() == Some(name)).map(|p| p.pid).collect();
            for pid in pids {
                self.unpark(pid);
            }
        }
    }

    /// Ends a process. Its record stays, a zombie, until its parent waits for it.
    pub fn exit(&mut self, pid: Pid, status: Status) {
        if self.world.process(pid).is_none_or(|process| matches!(process.run, Run::Zombie(_))) {
            return;
        }
        self.set_memory(pid, 0);
        let Some(process) = self.world.process_mut(pid) else { return };
        process.run = Run::Zombie(status);
        process.sleeping = false;
        process.shell = None;
        let fds = std::mem::take(&mut process.fds);
        let children = std::mem::take(&mut process.children);
        let (parent, ns, nspid, cgroup) = (process.ppid, process.ns, process.nspid, process.cgroup.clone());
        self.drop_tasks(pid, None);
        for fd in fds.values() {
            self.release(fd.file);
        }
        let group = cgroup.as_ref().and_then(|name| self.world.cgroups.get_mut(name));
        let alone = group.is_none_or(|cgroup| {
            cgroup.processes = cgroup.processes.saturating_sub(1);
            cgroup.processes == 0
        });
        let init_of_ns = nspid == 1 && ns.pid != crate::model::process::HOST;
        if init_of_ns && !alone {
            self.kill_namespace(ns, pid);
        }
        self.adopt(pid, ns, children);
        self.wake(Key::Process(parent));
        self.wake(Key::Process(pid));
        let ignores = self.world.process(parent).is_none_or(|p| p.ignored & (1 << Signal::CHLD.0) != 0);
        if ignores {
            self.reap(pid);
        } else {
            let _ = self.send_signal(parent, Signal::CHLD, None);
        }
    }

    /// The first process of a pid namespace died: so does everybody in it (pid_namespaces(7)).
    fn kill_namespace(&mut self, ns: Namespaces, init: Pid) {
        let members: Vec<Pid> = self
            .world
            .processes
            .values()
            .filter(|p| p.ns.pid == ns.pid && p.pid != init && !matches!(p.run, Run::Zombie(_)))
            .map(|p| p.pid)
            .collect();
        for pid in members {
            self.exit(pid, Status::Signaled(Signal::KILL));
        }
    }

    /// Children of a dead process go to the first process of its pid namespace, or to the host's.
    fn adopt(&mut self, dead: Pid, ns: Namespaces, children: Map<Pid, ()>) {
        if children.is_empty() {
            return;
        }
        let init = self.world.pid_namespaces.get(&ns.pid).map_or(1, |table| table.init);
        let alive = self.world.process(init).is_some_and(|p| !matches!(p.run, Run::Zombie(_)));
        let heir = if init == dead || !alive { 1 } else { init };
        for child in children.keys() {
            let mut zombie = false;
            if let Some(process) = self.world.process_mut(*child) {
                process.ppid = heir;
                zombie = matches!(process.run, Run::Zombie(_));
            }
            if let Some(process) = self.world.process_mut(heir) {
                process.children.insert(*child, ());
            }
            // An heir that is no init (PID 1 of most containers) never waits for strangers; the host's does.
            if zombie && heir == 1 {
                self.reap(*child);
            }
        }
        self.wake(Key::Process(heir));
    }

    /// Forgets a zombie.
    pub fn reap(&mut self, pid: Pid) -> Option<Status> {
        let Run::Zombie(status) = self.world.process(pid)?.run else { return None };
        let process = self.world.processes.remove(&pid)?;
        if let Some(parent) = self.world.process_mut(process.ppid) {
            parent.children.remove(&pid);
        }
        for child in process.children.keys() {
            if let Some(child) = self.world.process_mut(*child) {
                child.ppid = 1;
            }
        }
        Some(status)
    }

    /// waitpid(2) for one child, or any: what ended is reaped; `None` when it must wait.
    pub fn wait(&mut self, pid: Pid, child: Option<Pid>, stops: bool) -> Option<Waited> {
        let process = self.world.process(pid)?;
        let mut found = false;
        let candidates: Vec<Pid> = match child {
            Some(child) => process.children.contains_key(&child).then_some(child).into_iter().collect(),
            None => process.children.keys().copied().collect(),
        };
        for child in candidates {
            let Some(record) = self.world.process(child) else { continue };
            found = true;
            match record.run {
                Run::Zombie(status) => {
                    self.reap(child);
                    return Some(Waited::Ended(child, status));
                }
                Run::Stopped if stops => return Some(Waited::Stopped(child)),
                _ => {}
            }
        }
        if !found {
            return Some(Waited::NoChild);
        }
        self.wait_on(Key::Process(pid));
        None
    }
}
