//! Delivery of signals (signal(7)); the first process of a pid namespace is immune to those it does not
//! catch (pid_namespaces(7), "The namespace init process").

use super::executor::Key;
use super::{Errno, Kernel};
use crate::model::process::{CAP_KILL, HOST, Pid, Process, Run, Status};
use crate::model::signal::{Action, Signal};

impl Kernel {
    /// kill(2), with the sender's permission checked.
    pub fn kill(&mut self, sender: Pid, target: Pid, signal: Option<Signal>) -> Result<(), Errno> {
        let from = self.world.process(sender).ok_or(Errno::Srch)?;
        let to = self.world.process(target).ok_or(Errno::Srch)?;
        if !from.capable(CAP_KILL) && from.user.uid != to.user.uid {
            return Err(Errno::Perm);
        }
        match signal {
            Some(signal) => self.send_signal(target, signal, Some(sender)),
            None => Ok(()),
        }
    }

    /// Sends to every process of a group.
    pub fn signal_group(&mut self, group: Pid, signal: Signal) {
        let members: Vec<Pid> = self.world.processes.values().filter(|p| p.pgid == group).map(|p| p.pid).collect();
        for pid in members {
            let _ = self.send_signal(pid, signal, None);
        }
    }

    /// Sends a signal; `sender` is absent when the kernel itself does.
    pub fn send_signal(&mut self, target: Pid, signal: Signal, sender: Option<Pid>) -> Result<(), Errno> {
        let process = self.world.process(target).ok_or(Errno::Srch)?;
        if matches!(process.run, Run::Zombie(_)) {
            return Ok(());
        }
        let bit = 1u64 << (signal.0 & 63);
        let caught = process.caught & bit != 0;
        if signal == Signal::CONT {
            self.resume(target);
        } else if signal != Signal::KILL && signal != Signal::STOP && process.ignored & bit != 0 {
            return Ok(());
        }
        if caught && signal != Signal::KILL && signal != Signal::STOP {
            if let Some(process) = self.world.process_mut(target)
                && !process.pending.contains(&signal)
            {
                process.pending.push(signal);
            }
            self.wake(Key::Process(target));
            return Ok(());
        }
        let process = self.world.process(target).ok_or(Errno::Srch)?;
        if immune(process, signal, sender.and_then(|pid| self.world.process(pid))) {
            return Ok(());
        }
        match signal.default_action() {
            Action::Terminate => self.exit(target, Status::Signaled(signal)),
            Action::Stop => {
                let parent = process.ppid;
                if let Some(process) = self.world.process_mut(target) {
                    process.run = Run::Stopped;
                }
                self.wake(Key::Process(parent));
            }
            Action::Ignore | Action::Continue => {}
        }
        Ok(())
    }

    fn resume(&mut self, target: Pid) {
        if let Some(process) = self.world.process_mut(target)
            && process.run == Run::Stopped
        {
            process.run = Run::Alive;
            let parent = process.ppid;
            self.unpark(target);
            self.wake(Key::Process(parent));
        }
    }

    /// The next caught signal that was delivered and not taken.
    pub fn take_signal(&mut self, pid: Pid) -> Option<Signal> {
        let process = self.world.process(pid)?;
        if process.pending.is_empty() {
            return None;
        }
        self.wake(Key::Process(pid));
        self.world.process_mut(pid).map(|process| process.pending.remove(0))
    }
}

/// Init of a namespace ignores what it does not catch, KILL and STOP included, but for those two when
/// they come from outside its namespace.
fn immune(process: &Process, signal: Signal, sender: Option<&Process>) -> bool {
    if process.nspid != 1 {
        return false;
    }
    let outside = process.ns.pid != HOST && sender.is_some_and(|sender| sender.ns.pid != process.ns.pid);
    !(outside && (signal == Signal::KILL || signal == Signal::STOP))
}
