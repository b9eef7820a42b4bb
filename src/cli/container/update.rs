//! `docker update`.

use super::options::restart_policy;
use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Request, Update};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    if flags.given().next().is_none() {
        return Err(Failure::new("you must provide one or more flags when using this command"));
    }
    let simulated = ["restart", "memory", "memory-swap", "cpus", "pids-limit"];
    if let Some(other) = flags.given().find(|name| !simulated.contains(name)) {
        return Err(Failure::not_simulated(&format!("--{other}")));
    }
    let update = Update {
        restart: flags.is_set("restart").then(|| restart_policy(flags.text("restart"))).transpose()?,
        memory: flags.is_set("memory").then(|| flags.bytes("memory").unsigned_abs()),
        memory_swap: flags.is_set("memory-swap").then(|| flags.bytes("memory-swap")),
        nano_cpus: flags.is_set("cpus").then(|| flags.nano_cpus("cpus").unsigned_abs()),
        pids_limit: flags.is_set("pids-limit").then(|| flags.number("pids-limit")),
    };
    let mut failures = Failures::default();
    for name in &call.args {
        let request = Request::ContainerUpdate { container: name.clone(), update: update.clone() };
        match client.call(request).await {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            Err(failure) => failures.add(failure),
        }
    }
    failures.outcome()
}
