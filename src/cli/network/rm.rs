//! `docker network rm` and `docker network prune`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::container::prune::removed;
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let mut failed = false;
    for name in &call.args {
        let removed = match name.as_str() {
            "" => Err(Failure::new("invalid network name or ID: value is empty")),
            name => client.call(Request::NetworkRemove { network: name.to_string() }).await,
        };
        match removed {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            Err(failure) if call.flags.bool("force") && failure.not_found => {}
            Err(failure) => {
                client.warn(&format!("{}\n", failure.message)).await;
                failed = true;
            }
        }
    }
    // The client says its own exit status here, and only here.
    if failed { Err(Failure::new("exit status 1")) } else { Ok(0) }
}

pub async fn prune(client: &Client, call: &Invocation) -> Outcome {
    let warning = "WARNING! This will remove all custom networks not used by at least one container.";
    if !call.flags.bool("force") && !client.confirmed(warning).await? {
        return Ok(0);
    }
    let answer = client.call(Request::NetworkPrune { filters: filters(&call.flags) }).await?;
    if let Answer::Pruned { deleted, .. } = answer {
        client.print(&removed("Deleted Networks:", &deleted)).await?;
    }
    Ok(0)
}
