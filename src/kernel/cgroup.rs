//! Control groups (cgroups(7)): what a container's processes hold and use, and what happens at their limits.
//!
//! Memory is what processes claim and what files in memory hold; there is no swap. CPU is the executor's
//! fuel: a group that has used its quota waits for the next period, a boundary of absolute virtual time, so
//! that time stays additive.

use super::Kernel;
use super::executor::Key;
use crate::model::process::{Cgroup, Pid, Run, Source, Status};
use crate::model::signal::Signal;
use crate::model::time::Time;
use crate::oci::layer;

/// Processors of the machine.
pub const CPUS: usize = 2;
/// Bytes of memory of the machine.
pub const MEMORY: u64 = 8_035_000 * 1024;
/// What a fork holds for itself before it writes to the pages that it shares with its parent.
pub(super) const FORKED: u64 = 96 << 10;
/// A claim from which on the memory of the whole machine is looked at.
const LARGE: u64 = 256 << 20;

/// Bytes that a program holds when it has just been started, by the size of its file: its stacks and data,
/// and the part of its code that a start touches.
pub(super) fn resident(len: u64) -> u64 {
    (224 << 10) + (len / 4).min(1 << 20)
}

impl Cgroup {
    /// All that it holds.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.memory + self.files
    }

    fn over(&self) -> bool {
        self.memory_limit.is_some_and(|limit| self.held() > limit)
    }

    /// Adds CPU to its account; false when its quota is used up.
    pub(super) fn spend(&mut self, now: Time, micros: u64) -> bool {
        self.cpu += micros * 1000;
        let Some(bandwidth) = self.bandwidth else { return true };
        let period = now.0 / (bandwidth.period * 1000);
        // What was overdrawn is paid back by the periods that passed.
        let passed = period.saturating_sub(self.period).saturating_mul(bandwidth.quota);
        self.spent = self.spent.saturating_sub(passed);
        self.period = period;
        let before = self.spent;
        self.spent += micros;
        if before < bandwidth.quota && self.spent >= bandwidth.quota {
            self.throttled += 1;
        }
        self.spent < bandwidth.quota
    }

    /// When it may use CPU again, if it may not now.
    pub(super) fn throttled_until(&self, now: Time) -> Option<Time> {
        let bandwidth = self.bandwidth?;
        let length = bandwidth.period * 1000;
        let passed = (now.0 / length).saturating_sub(self.period).saturating_mul(bandwidth.quota);
        (self.spent.saturating_sub(passed) >= bandwidth.quota).then(|| Time((now.0 / length + 1) * length))
    }
}

impl Kernel {
    /// From now on a process holds so many bytes. Whoever holds most is killed where that is too much for its
    /// group or for the machine, the process itself perhaps.
    pub fn set_memory(&mut self, pid: Pid, bytes: u64) {
        let Some(process) = self.world.process_mut(pid) else { return };
        let before = std::mem::replace(&mut process.memory, bytes);
        let group = process.cgroup.clone();
        if let Some(cgroup) = group.as_ref().and_then(|name| self.world.cgroups.get_mut(name)) {
            cgroup.memory = (cgroup.memory + bytes).saturating_sub(before);
            cgroup.peak = cgroup.peak.max(cgroup.held());
            if bytes > before && cgroup.over() {
                self.relieve(group.as_deref());
            }
        }
        if bytes > before && bytes >= LARGE && self.all_held() > MEMORY {
            self.relieve(None);
        }
    }

    /// Changes a group's limits; what it holds beyond them goes.
    pub fn limit_group(&mut self, name: &str, change: impl FnOnce(&mut Cgroup)) {
        let Some(cgroup) = self.world.cgroups.get_mut(name) else { return };
        change(cgroup);
        if cgroup.over() {
            self.relieve(Some(name));
        }
    }

    fn all_held(&self) -> u64 {
        let processes: u64 = self.world.processes.values().map(|process| process.memory).sum();
        processes + self.world.cgroups.values().map(|cgroup| cgroup.files).sum::<u64>()
    }

    /// Files in memory that a process sees count for its group.
    pub(super) fn charge_files(&mut self, pid: Pid) {
        let Some(process) = self.world.process(pid) else { return };
        let (Some(group), Some(ns)) = (process.cgroup.clone(), self.world.mounts.get(&process.ns.mount)) else {
            return;
        };
        let files = ns.mounts.iter().filter_map(|mount| match mount.source {
            Source::Fs { fs, .. } => self.world.filesystems.get(&fs).filter(|fs| fs.tmpfs.is_some()),
            _ => None,
        });
        let bytes = files.map(layer::size).sum();
        let Some(cgroup) = self.world.cgroups.get_mut(&group) else { return };
        cgroup.files = bytes;
        cgroup.peak = cgroup.peak.max(cgroup.held());
        if cgroup.over() {
            self.relieve(Some(&group));
        }
    }

    /// Kills those who hold most of a group, or of the machine, until the rest fits (the OOM killer).
    fn relieve(&mut self, group: Option<&str>) {
        loop {
            let over = match group {
                Some(name) => self.world.cgroups.get(name).is_some_and(Cgroup::over),
                None => self.all_held() > MEMORY,
            };
            let alive = self.world.processes.values().filter(|p| !matches!(p.run, Run::Zombie(_)));
            let members = alive.filter(|p| group.is_none_or(|name| p.cgroup.as_deref() == Some(name)));
            // The first process of the machine is spared.
            let victims = members.filter(|p| p.pid != 1 && p.memory > 0);
            let Some(victim) = victims.max_by_key(|p| (p.memory, std::cmp::Reverse(p.pid))).filter(|_| over) else {
                return;
            };
            let (pid, group) = (victim.pid, victim.cgroup.clone());
            if let Some(cgroup) = group.and_then(|name| self.world.cgroups.get_mut(&name)) {
                cgroup.oom_kills += 1;
            }
            self.wake(Key::Topic("oom", 0));
            self.exit(pid, Status::Signaled(Signal::KILL));
        }
    }

    /// Whether the current task belongs to a process that is no more: it must not go on.
    pub(super) fn current_is_dead(&self) -> bool {
        self.current.is_some_and(|tid| !self.has_task(tid))
    }
}

impl super::Sys {
    /// Claims so many bytes of memory for this process from now on. It does not return if the kernel kills
    /// the process because of it.
    pub async fn hold_memory(&self, bytes: u64) {
        self.with(|k| k.set_memory(self.pid(), bytes));
        self.burn(1).await;
    }

    /// The bytes that this process holds.
    pub fn memory(&self) -> u64 {
        self.me(|p| p.memory).unwrap_or(0)
    }

    /// The bytes that this process's group may hold, if there is a limit.
    pub fn memory_limit(&self) -> Option<u64> {
        let group = self.me(|p| p.cgroup.clone()).flatten()?;
        self.world(|w| w.cgroups.get(&group).and_then(|cgroup| cgroup.memory_limit))
    }
}
