//! System calls on processes.

use std::convert::Infallible;
use std::future::Future;

use super::executor::Key;
use super::{Errno, NewProcess, Sys, Waited};
use crate::model::process::{Pid, Status};
use crate::model::signal::Signal;
use crate::model::terminal::TtyId;
use crate::model::{Map, Text};

/// CPU that creating a process and starting a program cost, in microseconds.
const FORK: u64 = 100;
const EXEC: u64 = 250;

impl Sys {
    /// fork(2): `body` runs as the child, with a handle of its own; what it returns is the exit status.
    pub async fn fork<F, B>(&self, body: B) -> Result<Pid, Errno>
    where
        B: FnOnce(Sys) -> F,
        F: Future<Output = i32> + 'static,
    {
        self.burn(FORK).await;
        let child = self.with(|k| k.fork(self.pid()))?;
        let sys = Sys::new(self.kernel.clone(), child);
        let future = body(sys.clone());
        self.with(|k| {
            k.start(
                child,
                Box::pin(async move {
                    let code = future.await;
                    sys.exit(code).await;
                }),
            )
        });
        Ok(child)
    }

    /// execve(2): on success the process goes on as the new program and this never returns.
    pub async fn exec(&self, path: &str, argv: &[String], env: Map<Text, Text>) -> Result<Infallible, Errno> {
        self.burn(EXEC).await;
        self.with(|k| -> Result<(), Errno> {
            let found = k.executable(self.pid(), path, argv, 0)?;
            k.exec_record(self.pid(), &found, env);
            k.drop_tasks(self.pid(), k.current);
            k.replacement = Some(self.body(found.program));
            Ok(())
        })?;
        std::future::pending().await
    }

    /// posix_spawn(3): a child that runs a program with this process's descriptors.
    pub async fn spawn(&self, path: &str, argv: &[String], env: Map<Text, Text>) -> Result<Pid, Errno> {
        self.burn(FORK + EXEC).await;
        self.with(|k| {
            let found = k.executable(self.pid(), path, argv, 0)?;
            let child = k.fork(self.pid())?;
            k.exec_record(child, &found, env);
            let body = Sys::new(self.kernel.clone(), child).body(found.program);
            k.start(child, body);
            Ok(child)
        })
    }

    /// Creates a process that is not a copy of this one and runs argv\[0\], looked up in the new process's
    /// PATH. On failure nothing is left of it.
    pub fn create(&self, new: NewProcess) -> Result<Pid, Errno> {
        self.with(|k| {
            let argv = new.argv.clone();
            let env = new.env.clone();
            let child = k.create_process(new)?;
            let name = argv.first().cloned().unwrap_or_default();
            let found = k
                .which(child, &name, env.get("PATH").map(|p| &**p))
                .and_then(|path| k.executable(child, &path, &argv, 0));
            match found {
                Ok(found) => {
                    k.exec_record(child, &found, env);
                    let body = Sys::new(self.kernel.clone(), child).body(found.program);
                    k.start(child, body);
                    Ok(child)
                }
                Err(errno) => {
                    k.exit(child, Status::Exited(127));
                    k.reap(child);
                    Err(errno)
                }
            }
        })
    }

    /// The path of a command: itself if it has a slash, else looked up in `PATH`.
    pub fn which(&self, name: &str) -> Result<String, Errno> {
        let path = self.env("PATH");
        self.with(|k| k.which(self.pid(), name, path.as_deref()))
    }

    /// Waits until a child ends (or, with `stops`, is stopped).
    pub async fn wait(&self, child: Option<Pid>, stops: bool) -> Result<Waited, Errno> {
        self.block_or_signal(|k| k.wait(self.pid(), child, stops).map(Ok)).await
    }

    /// The exit status of a child, waited for through whatever signals come.
    pub async fn wait_for(&self, child: Pid) -> Status {
        self.block(|k| match k.wait(self.pid(), Some(child), false)? {
            Waited::Ended(_, status) => Some(status),
            Waited::NoChild => Some(Status::Exited(127)),
            Waited::Stopped(_) => None,
        })
        .await
    }

    /// Looks for an ended child without waiting.
    pub fn poll_child(&self, child: Option<Pid>) -> Option<Waited> {
        self.with(|k| k.wait(self.pid(), child, false))
    }

    /// Waits until a process that need not be a child has ended.
    pub async fn until_gone(&self, pid: Pid) {
        self.block(|k| {
            k.wait_on(Key::Process(pid));
            k.world.process(pid).is_none_or(|p| matches!(p.run, crate::model::process::Run::Zombie(_))).then_some(())
        })
        .await
    }

    /// kill(2) by the pid that this process's namespace knows; no signal only asks whether one could.
    pub fn kill(&self, nspid: Pid, signal: Option<Signal>) -> Result<(), Errno> {
        self.with(|k| {
            let ns = k.world.process(self.pid()).ok_or(Errno::Srch)?.ns.pid;
            let target = k.find_nspid(ns, nspid).ok_or(Errno::Srch)?.pid;
            k.kill(self.pid(), target, signal)
        })
    }

    /// Puts a process (0: this one) into a group of its own or another's.
    pub fn set_group(&self, pid: Pid, group: Pid) {
        let pid = if pid == 0 { self.pid() } else { pid };
        self.world(|w| {
            if let Some(process) = w.process_mut(pid) {
                process.pgid = if group == 0 { pid } else { group };
            }
        });
    }

    /// Makes a group the foreground of a terminal (tcsetpgrp(3)).
    pub fn set_foreground(&self, tty: TtyId, group: Pid) {
        self.world(|w| {
            if let Some(terminal) = w.terminal_mut(tty) {
                terminal.foreground = Some(group);
            }
        });
        self.with(|k| k.wake(Key::Terminal(tty)));
    }
}

impl super::Kernel {
    pub fn which(&self, pid: Pid, name: &str, path: Option<&str>) -> Result<String, Errno> {
        if name.contains('/') {
            return Ok(name.to_string());
        }
        if name.is_empty() {
            return Err(Errno::NoEnt);
        }
        let mut worst = Errno::NoEnt;
        for dir in path.unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(':') {
            let candidate = format!("{}/{name}", if dir.is_empty() { "." } else { dir });
            let found = self.resolve(pid, &candidate, true).ok().and_then(|resolved| resolved.node);
            if let Some(node) =
                found.filter(|node| self.stat_node(node).is_ok_and(|stat| stat.kind == super::FileType::Regular))
            {
                match self.permit(pid, &node, super::files::EXEC) {
                    Ok(()) => return Ok(candidate),
                    Err(errno) => worst = errno,
                }
            }
        }
        Err(worst)
    }
}
