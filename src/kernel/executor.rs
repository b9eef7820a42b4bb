//! The executor: single-threaded and deterministic.
//!
//! Virtual time stands still while a task runs and is moved by two things only: timers, and quanta. A
//! task may use [`MICROS_PER_QUANTUM`] units of fuel (microseconds of virtual CPU) in one quantum; when
//! they are spent it goes on at the next quantum, a boundary of absolute virtual time. So two advances
//! of 10 and 20 ms do exactly what one of 30 ms does, and [`step`] may stop anywhere.

use crate::model::order::Order;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::cgroup::CPUS;
use super::{Program, Programs};
use crate::model::process::{JournalId, Pid, PipeId, SocketId};
use crate::model::terminal::TtyId;
use crate::model::time::Time;
use crate::model::{Text, World};

/// Fuel of one quantum; one unit is a microsecond of virtual CPU.
pub const MICROS_PER_QUANTUM: u64 = 1000;
const QUANTUM: Time = Time::millis(1);
/// The usual shares of a group (`cpu.shares`).
const SHARES: u64 = 1024;

/// A task: the high half is its process's pid, the low half numbers its threads, so that the queue is
/// ordered by pid.
pub type Tid = u64;

pub(super) fn pid_of(tid: Tid) -> Pid {
    (tid >> 32) as Pid
}

/// What a blocked task waits for. Waking is coarse: a woken task looks again and may block again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// A change of a process: a child of it ended or stopped, a signal came.
    Process(Pid),
    Pipe(PipeId),
    Terminal(TtyId),
    Socket(SocketId),
    Journal(JournalId),
    /// A subject that programs agree on among themselves (the engine's state, say).
    Topic(&'static str, u64),
}

pub(super) type Body = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    /// Absent while it is being polled.
    body: Option<Body>,
    keys: Vec<Key>,
    timers: Vec<Time>,
    /// The quantum it last used fuel in, and how much.
    quantum: u64,
    used: u64,
    /// CPU that it got where there was not enough, the more the less its group's shares are.
    share: u64,
    /// The quantum in which it was last let go on.
    dealt: u64,
}

/// What [`step`] found to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Ran,
    /// Nothing is left to do before the target time.
    Idle,
}

pub struct Kernel {
    pub world: World,
    pub(super) programs: Programs,
    tasks: BTreeMap<Tid, Task>,
    ready: BTreeSet<Tid>,
    /// Out of fuel until the next quantum.
    starved: BTreeSet<Tid>,
    /// Runnable, but stopped or frozen.
    parked: BTreeSet<Tid>,
    timers: BTreeSet<(Time, Tid)>,
    waits: BTreeSet<(Key, Tid)>,
    pub(super) current: Option<Tid>,
    /// A body to put in place of the current task's (exec).
    pub(super) replacement: Option<Body>,
    /// Bodies of ended tasks, to be dropped when the kernel is not borrowed.
    pub(super) corpses: Vec<Body>,
    next_thread: u32,
    /// The last quantum that CPU was dealt out in, and how far the share of whoever got some had come.
    dealt: u64,
    share: u64,
    /// Polls since boot, for measurements.
    pub polls: u64,
}

impl Kernel {
    pub fn new(world: World, mut programs: Vec<Program>) -> Kernel {
        programs.order_by_key(|program| program.name);
        Kernel {
            world,
            programs: Rc::from(programs),
            tasks: BTreeMap::new(),
            ready: BTreeSet::new(),
            starved: BTreeSet::new(),
            parked: BTreeSet::new(),
            timers: BTreeSet::new(),
            waits: BTreeSet::new(),
            current: None,
            replacement: None,
            corpses: Vec::new(),
            next_thread: 0,
            dealt: 0,
            share: 0,
            polls: 0,
        }
    }

    pub fn program(&self, name: &str) -> Option<Program> {
        self.programs.binary_search_by_key(&name, |program| program.name).ok().map(|at| self.programs[at])
    }

    /// The process whose task is being polled.
    pub fn current_pid(&self) -> Option<Pid> {
        self.current.map(pid_of)
    }

    /// Adds a task to a process and makes it runnable.
    pub(super) fn add_task(&mut self, pid: Pid, body: Body) -> Tid {
        self.next_thread += 1;
        let tid = (u64::from(pid) << 32) | u64::from(self.next_thread);
        let task =
            Task { body: Some(body), keys: Vec::new(), timers: Vec::new(), quantum: 0, used: 0, share: 0, dealt: 0 };
        self.tasks.insert(tid, task);
        self.ready.insert(tid);
        tid
    }

    fn tasks_of(pid: Pid) -> std::ops::Range<Tid> {
        let first = u64::from(pid) << 32;
        first..first + (1 << 32)
    }

    /// Ends every task of a process, but for `keep`.
    pub(super) fn drop_tasks(&mut self, pid: Pid, keep: Option<Tid>) {
        let tids: Vec<Tid> = self.tasks.range(Self::tasks_of(pid)).map(|(tid, _)| *tid).collect();
        for tid in tids.into_iter().filter(|tid| Some(*tid) != keep) {
            self.unwait(tid);
            self.ready.remove(&tid);
            self.starved.remove(&tid);
            self.parked.remove(&tid);
            self.corpses.extend(self.tasks.remove(&tid).and_then(|task| task.body));
        }
    }

    fn unwait(&mut self, tid: Tid) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        for key in task.keys.drain(..) {
            self.waits.remove(&(key, tid));
        }
        for time in task.timers.drain(..) {
            self.timers.remove(&(time, tid));
        }
    }

    /// The current task wants to be polled again when `key` changes.
    pub fn wait_on(&mut self, key: Key) {
        if let Some(tid) = self.current
            && let Some(task) = self.tasks.get_mut(&tid)
            && !task.keys.contains(&key)
        {
            task.keys.push(key);
            self.waits.insert((key, tid));
        }
    }

    /// The current task wants to be polled again at `time`.
    pub fn wait_until(&mut self, time: Time) {
        if let Some(tid) = self.current
            && let Some(task) = self.tasks.get_mut(&tid)
        {
            task.timers.push(time);
            self.timers.insert((time, tid));
        }
    }

    /// Makes every task that waits on `key` runnable.
    pub fn wake(&mut self, key: Key) {
        self.ready.extend(self.waits.range((key, Tid::MIN)..=(key, Tid::MAX)).map(|(_, tid)| *tid));
    }

    /// Makes the tasks of a process runnable that were parked while it was stopped or frozen.
    pub(super) fn unpark(&mut self, pid: Pid) {
        let tids: Vec<Tid> = self.parked.range(Self::tasks_of(pid)).copied().collect();
        for tid in tids {
            self.parked.remove(&tid);
            self.ready.insert(tid);
        }
    }

    /// Whether a process has something to do now, or at the next quantum.
    pub fn runnable(&self, pid: Pid) -> bool {
        let mut queues = [&self.ready, &self.starved].into_iter();
        queues.any(|queue| queue.range(Self::tasks_of(pid)).next().is_some())
    }

    fn quantum_now(&self) -> u64 {
        self.world.now.0 / QUANTUM.0
    }

    /// Spends fuel of the current task; false when this quantum's is gone and it must wait for the next.
    pub(super) fn burn(&mut self, micros: u64) -> bool {
        let Some(tid) = self.current else { return true };
        let now = self.quantum_now();
        let mut group = None;
        if let Some(process) = self.world.process_mut(pid_of(tid)) {
            process.cpu += micros * 1000;
            group = process.cgroup.clone();
        }
        let mut free = true;
        if let Some(group) = group
            && let Some(cgroup) = self.world.cgroups.get_mut(&group)
        {
            free = cgroup.spend(self.world.now, micros);
        }
        // The task of a process that has just been killed goes no further.
        let Some(task) = self.tasks.get_mut(&tid) else { return false };
        if task.quantum != now {
            // What was overdrawn is paid back by the quanta that passed.
            let passed = now.saturating_sub(task.quantum).saturating_mul(MICROS_PER_QUANTUM);
            task.used = task.used.saturating_sub(passed);
            task.quantum = now;
        }
        task.used += micros;
        free && task.used < MICROS_PER_QUANTUM
    }

    /// Whether the current task has paid back what it overdrew, and its group too; if not, it waits for the
    /// next quantum or period.
    pub(super) fn rested(&mut self) -> bool {
        let Some(tid) = self.current else { return true };
        let now = self.quantum_now();
        let group = self.world.process(pid_of(tid)).and_then(|process| process.cgroup.as_ref());
        let cgroup = group.and_then(|name| self.world.cgroups.get(name));
        if let Some(time) = cgroup.and_then(|cgroup| cgroup.throttled_until(self.world.now)) {
            self.wait_until(time);
            return false;
        }
        let least = self.share;
        let Some(task) = self.tasks.get_mut(&tid) else { return false };
        let passed = now.saturating_sub(task.quantum).saturating_mul(MICROS_PER_QUANTUM);
        if task.used.saturating_sub(passed) < MICROS_PER_QUANTUM {
            return true;
        }
        // Who had no need of CPU a moment ago gets no more of it than the others now.
        if task.dealt + 1 < now {
            task.share = task.share.max(least);
        }
        self.starved.insert(tid);
        false
    }

    pub(super) fn has_task(&self, tid: Tid) -> bool {
        self.tasks.contains_key(&tid)
    }

    /// At a new quantum those who are out of fuel go on, or, where there are more of them than processors,
    /// those who had least by their groups' shares.
    fn deal(&mut self) {
        let quantum = self.quantum_now();
        if self.starved.is_empty() || quantum <= self.dealt {
            return;
        }
        self.dealt = quantum;
        if self.starved.len() <= CPUS {
            for tid in &self.starved {
                if let Some(task) = self.tasks.get_mut(tid) {
                    task.dealt = quantum;
                }
            }
            self.ready.append(&mut self.starved);
            return;
        }
        let group = |k: &Kernel, tid: Tid| k.world.process(pid_of(tid)).and_then(|process| process.cgroup.clone());
        let mut members: BTreeMap<Option<Text>, u64> = BTreeMap::new();
        let mut queue: Vec<(u64, Tid)> = Vec::new();
        let (stopped, starved): (BTreeSet<Tid>, BTreeSet<Tid>) =
            std::mem::take(&mut self.starved).into_iter().partition(|tid| self.suspended(pid_of(*tid)));
        self.parked.extend(stopped);
        for tid in starved.iter().copied() {
            // Every program outside containers stands for itself.
            if let Some(name) = group(self, tid) {
                *members.entry(Some(name)).or_default() += 1;
            }
            queue.push((self.tasks.get(&tid).map_or(0, |task| task.share), tid));
        }
        queue.order();
        self.share = queue.first().map_or(self.share, |(share, _)| *share);
        let mut starved = starved;
        for (share, tid) in queue.into_iter().take(CPUS) {
            let group = group(self, tid);
            let cgroup = group.as_ref().and_then(|name| self.world.cgroups.get(name));
            let shares = cgroup.map(|cgroup| u64::from(cgroup.shares)).filter(|shares| *shares > 0).unwrap_or(SHARES);
            let cost = MICROS_PER_QUANTUM * SHARES * members.get(&group).copied().unwrap_or(1) / shares;
            if let Some(task) = self.tasks.get_mut(&tid) {
                (task.share, task.dealt) = (share + cost, quantum);
            }
            starved.remove(&tid);
            self.ready.insert(tid);
        }
        self.starved = starved;
    }

    /// When something will happen by itself: now, at the next quantum or at a timer.
    pub fn next_event(&self) -> Option<Time> {
        // Who has been stopped or frozen meanwhile does nothing.
        if self.ready.iter().any(|tid| !self.suspended(pid_of(*tid))) {
            return Some(self.world.now);
        }
        let boundary = (!self.starved.is_empty()).then(|| Time((self.quantum_now() + 1) * QUANTUM.0));
        let timer = self.timers.first().map(|(time, _)| *time);
        match (boundary, timer) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Takes the next runnable task, moving time forward, but never past `target`.
    fn next_task(&mut self, target: Time) -> Option<Tid> {
        loop {
            if let Some(tid) = self.ready.pop_first() {
                if self.suspended(pid_of(tid)) {
                    self.parked.insert(tid);
                    continue;
                }
                return Some(tid);
            }
            match self.next_event() {
                Some(time) if time <= target => self.world.now = self.world.now.max(time),
                _ => {
                    self.world.now = self.world.now.max(target);
                    return None;
                }
            }
            while let Some(&(time, tid)) = self.timers.first()
                && time <= self.world.now
            {
                self.timers.pop_first();
                self.ready.insert(tid);
            }
            self.deal();
        }
    }

    /// Takes a task out to be polled.
    fn begin(&mut self, target: Time) -> Option<(Tid, Body)> {
        loop {
            let tid = self.next_task(target)?;
            self.unwait(tid);
            self.starved.remove(&tid);
            if let Some(body) = self.tasks.get_mut(&tid).and_then(|task| task.body.take()) {
                self.current = Some(tid);
                self.polls += 1;
                return Some((tid, body));
            }
        }
    }

    /// Puts a task back after its poll, or ends it.
    fn end(&mut self, tid: Tid, body: Body, done: bool) {
        self.current = None;
        let replacement = self.replacement.take();
        if !self.tasks.contains_key(&tid) {
            self.corpses.push(body);
        } else if let Some(next) = replacement {
            self.unwait(tid);
            self.starved.remove(&tid);
            self.corpses.push(body);
            if let Some(task) = self.tasks.get_mut(&tid) {
                task.body = Some(next);
                self.ready.insert(tid);
            }
        } else if done {
            self.unwait(tid);
            self.tasks.remove(&tid);
            self.starved.remove(&tid);
            self.corpses.push(body);
        } else if let Some(task) = self.tasks.get_mut(&tid) {
            task.body = Some(body);
        }
    }
}

/// Runs one task until it blocks. Time moves at most to `target`, and is `target` when nothing is left.
pub fn step(kernel: &Rc<RefCell<Kernel>>, target: Time) -> Step {
    let Some((tid, mut body)) = kernel.borrow_mut().begin(target) else { return Step::Idle };
    let mut context = Context::from_waker(Waker::noop());
    let done = body.as_mut().poll(&mut context).is_ready();
    kernel.borrow_mut().end(tid, body, done);
    let corpses = std::mem::take(&mut kernel.borrow_mut().corpses);
    drop(corpses);
    Step::Ran
}

/// Ends every task, so that nothing holds the kernel any more. The World stays as it is.
pub fn halt(kernel: &Rc<RefCell<Kernel>>) {
    let tasks = std::mem::take(&mut kernel.borrow_mut().tasks);
    drop(tasks);
}
