//! `docker stats`: samples of what a container uses, a second apart.

use super::api::{Answer, Fault, Reply, Stats};
use super::daemon::Reporter;
use super::find;
use crate::kernel::{Either, MEMORY, Sys, race};
use crate::model::World;
use crate::model::container::{Container, Status};
use crate::model::time::Time;

/// Time between two samples.
const PERIOD: Time = Time::seconds(1);

pub async fn stats(sys: &Sys, out: &Reporter, name: &str, stream: bool) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    let runs = matches!(container.state.status, Status::Running | Status::Paused);
    if !stream && !runs {
        let empty = Stats { id: container.id.to_string(), name: container.name.to_string(), ..Stats::default() };
        out.reply(Reply::Stats(Box::new(empty)));
        return Ok(Answer::Nothing);
    }
    let mut before = sys.world(|w| sample(w, &container));
    loop {
        let pause = async {
            let _ = sys.sleep(PERIOD).await;
        };
        if let Either::Right(()) = race(pause, out.closed()).await {
            return Ok(Answer::Nothing);
        }
        let Some(container) = sys.world(|w| w.engine.containers.get(&container.id).cloned()) else {
            return Ok(Answer::Nothing);
        };
        let mut now = sys.world(|w| sample(w, &container));
        // A container that was started meanwhile begins at nothing.
        (now.cpu_before, now.before) = (before.cpu.min(now.cpu), before.at);
        before = now.clone();
        out.reply(Reply::Stats(Box::new(now)));
        if !stream {
            return Ok(Answer::Nothing);
        }
    }
}

/// What a container uses now; nothing but its names if it does not run.
pub fn sample(world: &World, container: &Container) -> Stats {
    let mut stats = Stats {
        id: container.id.to_string(),
        name: container.name.to_string(),
        at: world.now,
        before: world.now,
        ..Stats::default()
    };
    let Some(cgroup) = world.cgroups.get(super::resources::group(container)) else { return stats };
    stats.cpu = cgroup.cpu;
    stats.memory = cgroup.held();
    stats.memory_limit = cgroup.memory_limit.unwrap_or(MEMORY);
    stats.pids = cgroup.processes;
    stats.written = cgroup.written;
    // Who shares the host's network has none of its own to count.
    let own = container.ns.filter(|_| !matches!(container.host.network_mode.as_str(), "host" | "none"));
    if let Some(net) = own.and_then(|ns| world.nets.get(&ns.net)) {
        (stats.received, stats.sent) = (net.received, net.sent);
    }
    stats
}
