//! `docker volume rm` and `docker volume prune`.

use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::container::prune::report;
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let force = call.flags.bool("force");
    let mut failures = Failures::default();
    for name in &call.args {
        if name.is_empty() {
            failures.add(Failure::new("invalid volume name or ID: value is empty"));
            continue;
        }
        match client.call(Request::VolumeRemove { volume: name.clone(), force }).await {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            Err(failure) => failures.add(failure),
        }
    }
    failures.outcome()
}

pub async fn prune(client: &Client, call: &Invocation) -> Outcome {
    let all = call.flags.bool("all");
    let which = if all { "all" } else { "anonymous" };
    let warning = format!("WARNING! This will remove {which} local volumes not used by at least one container.");
    let mut filters = filters(&call.flags);
    if all {
        if filters.iter().any(|(name, _)| name == "all") {
            return Err(Failure::new("conflicting options: cannot specify both --all and --filter all=1"));
        }
        filters.push(("all".to_string(), "true".to_string()));
    }
    if !call.flags.bool("force") && !client.confirmed(&warning).await? {
        return Ok(0);
    }
    let answer = client.call(Request::VolumePrune { filters }).await?;
    client.print(&report("Deleted Volumes:", &answer)).await?;
    Ok(0)
}
