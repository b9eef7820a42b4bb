//! Stopping, killing, pausing, waiting for and removing containers.

use super::api::{Answer, Fault, Reply, WaitCondition};
use super::daemon::Reporter;
use super::fault::{conflict, fault, internal, invalid};
use super::resources::group;
use super::start::{change, launch, topic};
use super::{events, find, health};
use crate::kernel::{Key, Sys};
use crate::model::Text;
use crate::model::container::{Container, Status};
use crate::model::process::Pid;
use crate::model::signal::Signal;
use crate::model::time::Time;
use std::rc::Rc;

/// Seconds that a container gets to stop when nobody says otherwise.
const GRACE: i64 = 10;

fn get(sys: &Sys, name: &str) -> Result<Rc<Container>, Fault> {
    sys.world(|w| find::container(&w.engine, name))
}

fn signal_of(text: &str) -> Result<Signal, Fault> {
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    match (Signal::parse(text), number) {
        (Some(signal), _) => Ok(signal),
        (None, Some(number)) => Err(invalid(format!("the linux daemon does not support signal {number}"))),
        (None, None) => Err(invalid(format!("invalid signal: {text}"))),
    }
}

/// Sends a signal to a container's first process, from outside its namespaces.
fn send(sys: &Sys, id: &str, pid: Pid, signal: Signal) {
    let _ = sys.with(|k| k.send_signal(pid, signal, Some(sys.pid())));
    sys.world(|w| events::container(w, id, "kill", &[("signal", signal.0.to_string())]));
}

/// Waits until a container is not running, at most until `deadline`; whether it is so.
async fn stopped(sys: &Sys, container: &Container, deadline: Option<Time>) -> bool {
    let (name, number) = topic(container);
    let id = container.id.clone();
    let started = container.state.started;
    sys.block(|k| {
        let running =
            k.world.engine.containers.get(&id).is_some_and(|c| {
                matches!(c.state.status, Status::Running | Status::Paused) && c.state.started == started
            });
        if !running {
            return Some(true);
        }
        if deadline.is_some_and(|deadline| k.world.now >= deadline) {
            return Some(false);
        }
        k.wait_on(Key::Topic(name, number));
        if let Some(deadline) = deadline {
            k.wait_until(deadline);
        }
        None
    })
    .await
}

pub async fn stop(sys: &Sys, name: &str, timeout: Option<i64>, signal: Option<String>) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    let asked = signal.filter(|signal| !signal.is_empty()).map(|signal| signal_of(&signal)).transpose()?;
    if container.state.status == Status::Restarting {
        change(sys, &container.id, |c| {
            c.manually_stopped = true;
            c.state.status = Status::Exited;
        });
        return Ok(Answer::Nothing);
    }
    if !matches!(container.state.status, Status::Running | Status::Paused) {
        return Ok(Answer::Nothing);
    }
    halt(sys, &container, timeout, asked).await;
    Ok(Answer::Nothing)
}

async fn halt(sys: &Sys, container: &Container, timeout: Option<i64>, asked: Option<Signal>) {
    let id = &container.id;
    change(sys, id, |c| (c.manually_stopped, c.stopping) = (true, true));
    let configured = Signal::parse(&container.config.stop_signal).unwrap_or(Signal::TERM);
    send(sys, id, container.state.pid, asked.unwrap_or(configured));
    if container.state.status == Status::Paused {
        thaw(sys, container);
    }
    let grace = timeout.or(container.config.stop_timeout).unwrap_or(GRACE);
    let deadline = (grace >= 0).then(|| sys.now().plus(Time::seconds(grace as u64)));
    if !stopped(sys, container, deadline).await {
        send(sys, id, container.state.pid, Signal::KILL);
        stopped(sys, container, None).await;
    }
}

pub async fn restart(sys: &Sys, name: &str, timeout: Option<i64>, signal: Option<String>) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    let asked = signal.filter(|signal| !signal.is_empty()).map(|signal| signal_of(&signal)).transpose()?;
    if matches!(container.state.status, Status::Running | Status::Paused) {
        halt(sys, &container, timeout, asked).await;
    }
    change(sys, &container.id, |c| (c.manually_stopped, c.restart_count) = (false, 0));
    if get(sys, &container.id).is_err() {
        return Err(super::fault::no_container(name));
    }
    launch(sys, &container.id)
        .await
        .map_err(|refusal| fault(refusal.status, format!("Cannot restart container {name}: {}", refusal.message)))?;
    sys.world(|w| events::container(w, &container.id, "restart", &[]));
    Ok(Answer::Nothing)
}

pub async fn kill(sys: &Sys, name: &str, signal: Option<String>) -> Result<Answer, Fault> {
    let about = |refusal: Fault| fault(refusal.status, format!("cannot kill container: {name}: {}", refusal.message));
    let signal = match signal.filter(|signal| !signal.is_empty()) {
        Some(text) => signal_of(&text).map_err(about)?,
        None => Signal::KILL,
    };
    let container = get(sys, name).map_err(about)?;
    if container.state.status == Status::Restarting {
        change(sys, &container.id, |c| {
            c.manually_stopped = true;
            c.state.status = Status::Exited;
        });
        return Ok(Answer::Nothing);
    }
    if !matches!(container.state.status, Status::Running | Status::Paused) {
        return Err(conflict(format!("cannot kill container: {name}: container {} is not running", container.id)));
    }
    let stop_signal = Signal::parse(&container.config.stop_signal).unwrap_or(Signal::TERM);
    if signal == Signal::KILL || signal == stop_signal {
        change(sys, &container.id, |c| c.manually_stopped = true);
    }
    send(sys, &container.id, container.state.pid, signal);
    if container.state.status == Status::Paused && signal == Signal::KILL {
        thaw(sys, &container);
    }
    if signal == Signal::KILL {
        stopped(sys, &container, None).await;
    }
    Ok(Answer::Nothing)
}

fn thaw(sys: &Sys, container: &Container) {
    sys.with(|k| k.freeze(group(container), false));
    let resumed = change(sys, &container.id, |c| {
        let paused = c.state.status == Status::Paused;
        if paused {
            c.state.status = Status::Running;
        }
        paused
    });
    if resumed == Some(true) {
        health::watch(sys, &container.id);
    }
}

pub fn pause(sys: &Sys, name: &str) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    match container.state.status {
        Status::Running => {}
        Status::Paused => return Err(conflict(format!("Container {} is already paused", container.id))),
        Status::Restarting => {
            return Err(conflict(format!(
                "Container {} is restarting, wait until the container is running",
                container.id
            )));
        }
        _ => return Err(conflict(format!("container {} is not running", container.id))),
    }
    sys.with(|k| k.freeze(group(&container), true));
    change(sys, &container.id, |c| {
        c.state.status = Status::Paused;
        health::stop(c);
    });
    sys.world(|w| events::container(w, &container.id, "pause", &[]));
    Ok(Answer::Nothing)
}

pub fn unpause(sys: &Sys, name: &str) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    if container.state.status != Status::Paused {
        return Err(internal(format!("Container {} is not paused", container.id)));
    }
    thaw(sys, &container);
    sys.world(|w| events::container(w, &container.id, "unpause", &[]));
    Ok(Answer::Nothing)
}

/// Waits as the condition says. The wait is on when `Ready` goes out.
pub async fn wait(sys: &Sys, out: &Reporter, name: &str, condition: WaitCondition) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    out.reply(Reply::Ready);
    let (topic_name, number) = topic(&container);
    let id = container.id.clone();
    let before = container.state.finished;
    let mut last = (container.state.exit_code, container.state.error.clone());
    let done = sys.block(|k| {
        k.wait_on(Key::Topic(topic_name, number));
        let Some(now) = k.world.engine.containers.get(&id) else {
            // With --rm it is gone as soon as it ends; its exit status is left in the events.
            last.0 = died_with(&k.world, &id).unwrap_or(last.0);
            return Some(());
        };
        last = (now.state.exit_code, now.state.error.clone());
        let live = matches!(now.state.status, Status::Running | Status::Paused | Status::Restarting);
        let over = match condition {
            WaitCondition::NotRunning => !live,
            WaitCondition::NextExit => now.state.finished != before,
            WaitCondition::Removed => false,
        };
        over.then_some(())
    });
    crate::kernel::race(done, out.closed()).await;
    Ok(Answer::ExitCode { code: last.0, error: last.1 })
}

/// The exit status of a container's last end.
fn died_with(world: &crate::model::World, id: &Text) -> Option<i32> {
    let mut events = world.engine.events.iter().rev().map(|(_, event)| event);
    let died = events.find(|event| event.kind == "container" && event.action == "die" && event.actor == *id)?;
    died.attribute("exitCode")?.parse().ok()
}

pub async fn remove(sys: &Sys, name: &str, force: bool, volumes: bool) -> Result<Answer, Fault> {
    let container = get(sys, name)?;
    let id = container.id.clone();
    let state = match container.state.status {
        Status::Paused => Some("paused and must be unpaused first"),
        Status::Restarting => Some("restarting: stop the container before removing or force remove"),
        Status::Running => Some("running: stop the container before removing or force remove"),
        _ => None,
    };
    let name = name.strip_prefix('/').unwrap_or(name);
    if let Some(words) = state {
        if !force {
            return Err(conflict(format!("cannot remove container {name:?}: container is {words}")));
        }
        change(sys, &id, |c| c.manually_stopped = true);
        if container.state.pid != 0 {
            send(sys, &id, container.state.pid, Signal::KILL);
            if container.state.status == Status::Paused {
                thaw(sys, &container);
            }
            stopped(sys, &container, None).await;
        }
    }
    forget(sys, &id, volumes);
    Ok(Answer::Nothing)
}

/// Removes a container that does not run, with its unnamed volumes if `volumes`.
pub fn forget(sys: &Sys, id: &Text, volumes: bool) {
    sys.with(|k| {
        events::container(&mut k.world, id, "destroy", &[]);
        let Some(container) = k.world.engine.containers.remove(id) else { return };
        k.world.engine.names.remove(&container.name);
        k.world.filesystems.remove(&container.upper);
        k.remove_journal(container.journal);
        if volumes {
            super::volume::forget_anonymous(k, sys.pid(), &container);
        }
        let (name, number) = topic(&container);
        k.wake(Key::Topic(name, number));
        k.wake(Key::Topic("engine", 0));
    });
}
