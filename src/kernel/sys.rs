//! The handle through which a program touches the World, and the ways to wait for several things at once.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use super::executor::{Body, Kernel, Key};
use super::{Errno, Program};
use crate::model::process::{Pid, Process, Status, User};
use crate::model::shell::ShellState;
use crate::model::signal::Signal;
use crate::model::time::Time;
use crate::model::{Map, Text, World};

pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// System calls, made by one process.
#[derive(Clone)]
pub struct Sys {
    pub(super) kernel: Rc<RefCell<Kernel>>,
    pid: Pid,
}

impl Sys {
    pub fn new(kernel: Rc<RefCell<Kernel>>, pid: Pid) -> Sys {
        Sys { kernel, pid }
    }

    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Looks at the kernel, or changes it, without waiting. Never await inside.
    pub fn with<T>(&self, f: impl FnOnce(&mut Kernel) -> T) -> T {
        f(&mut self.kernel.borrow_mut())
    }

    pub fn world<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        self.with(|kernel| f(&mut kernel.world))
    }

    /// Looks at this process's record.
    pub fn me<T>(&self, f: impl FnOnce(&Process) -> T) -> Option<T> {
        self.kernel.borrow().world.process(self.pid).map(f)
    }

    /// Changes this process's record.
    pub fn me_mut<T>(&self, f: impl FnOnce(&mut Process) -> T) -> Option<T> {
        self.kernel.borrow_mut().world.process_mut(self.pid).map(f)
    }

    pub fn argv(&self) -> Vec<String> {
        self.me(|p| p.argv.to_vec()).unwrap_or_default()
    }

    pub fn env(&self, name: &str) -> Option<Text> {
        self.me(|p| p.env.get(name).cloned()).flatten()
    }

    pub fn environment(&self) -> Map<Text, Text> {
        self.me(|p| p.env.clone()).unwrap_or_default()
    }

    pub fn cwd(&self) -> Text {
        self.me(|p| p.cwd.clone()).unwrap_or_else(|| "/".into())
    }

    pub fn user(&self) -> User {
        self.me(|p| p.user).unwrap_or(User { uid: 0, gid: 0 })
    }

    pub fn now(&self) -> Time {
        self.kernel.borrow().world.now
    }

    /// The pid as this process's namespace knows it.
    pub fn nspid(&self) -> Pid {
        self.me(|p| p.nspid).unwrap_or(0)
    }

    pub fn hostname(&self) -> Text {
        let kernel = self.kernel.borrow();
        let uts = kernel.world.process(self.pid).map(|p| p.ns.uts);
        uts.and_then(|uts| kernel.world.hostnames.get(&uts).cloned()).unwrap_or_else(|| "".into())
    }

    /// What a shell remembers; created when first asked for.
    pub fn shell<T>(&self, f: impl FnOnce(&mut ShellState) -> T) -> Option<T> {
        self.me_mut(|p| f(Rc::make_mut(p.shell.get_or_insert_with(Default::default))))
    }

    /// Calls `attempt` until it gives something; it registers what it waits for each time it does not.
    pub async fn block<T>(&self, mut attempt: impl FnMut(&mut Kernel) -> Option<T>) -> T {
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            if kernel.current_is_dead() {
                return Poll::Pending;
            }
            match attempt(&mut kernel) {
                Some(value) if kernel.current_is_dead() => {
                    drop(value);
                    Poll::Pending
                }
                Some(value) => {
                    set_sleeping(&mut kernel, self.pid, false);
                    Poll::Ready(value)
                }
                None => {
                    set_sleeping(&mut kernel, self.pid, true);
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Like [`Sys::block`], but a caught signal ends it with EINTR.
    pub async fn block_or_signal<T>(
        &self,
        mut attempt: impl FnMut(&mut Kernel) -> Option<Result<T, Errno>>,
    ) -> Result<T, Errno> {
        let pid = self.pid;
        self.block(|kernel| {
            if let Some(result) = attempt(kernel) {
                return Some(result);
            }
            if kernel.world.process(pid).is_some_and(|p| !p.pending.is_empty()) {
                return Some(Err(Errno::Intr));
            }
            kernel.wait_on(Key::Process(pid));
            None
        })
        .await
    }

    /// Uses `micros` microseconds of CPU.
    pub async fn burn(&self, micros: u64) {
        if !self.kernel.borrow_mut().burn(micros) {
            poll_fn(|_| if self.kernel.borrow_mut().rested() { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    }

    /// Sleeps, and ends early (EINTR) on a caught signal.
    pub async fn sleep(&self, length: Time) -> Result<(), Errno> {
        let until = self.now().plus(length);
        self.block_or_signal(|kernel| {
            if kernel.world.now >= until {
                return Some(Ok(()));
            }
            kernel.wait_until(until);
            None
        })
        .await
    }

    /// Sleeps through whatever signals are caught.
    pub async fn sleep_until(&self, until: Time) {
        self.block(|kernel| {
            if kernel.world.now >= until {
                return Some(());
            }
            kernel.wait_until(until);
            None
        })
        .await
    }

    /// Waits for a change of a topic: everybody who waits on it is woken by [`Sys::notify`].
    pub async fn topic(&self, name: &'static str, number: u64) {
        let mut first = true;
        self.block(|kernel| {
            if std::mem::take(&mut first) {
                kernel.wait_on(Key::Topic(name, number));
                return None;
            }
            Some(())
        })
        .await
    }

    pub fn notify(&self, name: &'static str, number: u64) {
        self.with(|kernel| kernel.wake(Key::Topic(name, number)));
    }

    /// From now on these signals are delivered to [`Sys::take_signal`] instead of ending the process.
    pub fn catch_signal(&self, signal: Signal, caught: bool) {
        let bit = 1u64 << (signal.0 & 63);
        self.me_mut(|p| {
            p.caught = if caught { p.caught | bit } else { p.caught & !bit };
            p.ignored &= !bit;
        });
    }

    pub fn ignore_signal(&self, signal: Signal, ignored: bool) {
        let bit = 1u64 << (signal.0 & 63);
        self.me_mut(|p| {
            p.ignored = if ignored { p.ignored | bit } else { p.ignored & !bit };
            p.caught &= !bit;
        });
    }

    pub fn take_signal(&self) -> Option<Signal> {
        self.with(|kernel| kernel.take_signal(self.pid))
    }

    /// Waits for a caught signal.
    pub async fn next_signal(&self) -> Signal {
        let pid = self.pid;
        self.block(|kernel| {
            let signal = kernel.take_signal(pid);
            kernel.wait_on(Key::Process(pid));
            signal
        })
        .await
    }

    /// Runs something beside what the process already does (a thread). It ends with the process.
    pub fn thread(&self, body: impl Future<Output = ()> + 'static) {
        self.with(|kernel| kernel.add_task(self.pid, Box::pin(body)));
    }

    /// Ends this process.
    pub async fn exit(&self, code: i32) -> std::convert::Infallible {
        self.with(|kernel| kernel.exit(self.pid, Status::Exited(code as u8)));
        std::future::pending().await
    }

    /// The body of a process that runs a program.
    pub(super) fn body(&self, program: Program) -> Body {
        let sys = self.clone();
        Box::pin(async move {
            let code = (program.main)(sys.clone()).await;
            sys.exit(code).await;
        })
    }
}

fn set_sleeping(kernel: &mut Kernel, pid: Pid, sleeping: bool) {
    if kernel.world.process(pid).is_some_and(|p| p.sleeping != sleeping)
        && let Some(process) = kernel.world.process_mut(pid)
    {
        process.sleeping = sleeping;
    }
}

/// The first of two to finish.
pub enum Either<A, B> {
    Left(A),
    Right(B),
}

/// Runs two futures; the first to finish (the left one, if both do) ends both.
pub async fn race<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> Either<A, B> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| {
        if let Poll::Ready(value) = a.as_mut().poll(context) {
            return Poll::Ready(Either::Left(value));
        }
        b.as_mut().poll(context).map(Either::Right)
    })
    .await
}

/// Runs two futures until both are done.
pub async fn join2<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut left, mut right) = (None, None);
    poll_fn(|context| {
        if left.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            left = Some(value);
        }
        if right.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            right = Some(value);
        }
        match (left.take(), right.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (left, right) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs any number of futures until all are done; what they give, in their order.
pub async fn join_all<'a, T>(futures: Vec<Pin<Box<dyn Future<Output = T> + 'a>>>) -> Vec<T> {
    let mut under_way: Vec<_> = futures.into_iter().map(|future| (Some(future), None)).collect();
    poll_fn(|context| {
        for (future, value) in &mut under_way {
            if let Some(running) = future
                && let Poll::Ready(done) = running.as_mut().poll(context)
            {
                *value = Some(done);
                *future = None;
            }
        }
        if under_way.iter().any(|(future, _)| future.is_some()) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    under_way.into_iter().filter_map(|(_, value)| value).collect()
}
