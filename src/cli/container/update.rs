//! `docker update`.

use super::options::restart_policy;
use super::resources::resources;
use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request, Update};

/// Flags whose effect is not simulated.
const ABSENT: [&str; 3] = ["cpu-rt-period", "cpu-rt-runtime", "kernel-memory"];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    if flags.given().next().is_none() {
        return Err(Failure::new("you must provide one or more flags when using this command"));
    }
    if let Some(other) = flags.given().find(|name| ABSENT.contains(name)) {
        return Err(Failure::not_simulated(&format!("--{other}")));
    }
    let restart = flags.text("restart");
    let update = Update {
        restart: (!restart.is_empty()).then(|| restart_policy(restart)).transpose()?,
        resources: resources(flags),
    };
    let mut failures = Failures::default();
    let mut warned = Vec::new();
    for name in &call.args {
        let request = Request::ContainerUpdate { container: name.clone(), update: update.clone() };
        match client.call(request).await {
            Ok(answer) => {
                client.print(&format!("{name}\n")).await?;
                if let Answer::Created { warnings, .. } = answer {
                    warned.extend(warnings);
                }
            }
            Err(failure) => failures.add(failure),
        }
    }
    if !warned.is_empty() {
        client.print(&(warned.join("\n") + "\n")).await?;
    }
    failures.outcome()
}
