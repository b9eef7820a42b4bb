//! `docker image prune`.

use crate::cli::client::{Client, Outcome};
use crate::cli::container::prune::report;
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let all = call.flags.bool("all");
    let warning = if all {
        "WARNING! This will remove all images without at least one container associated to them."
    } else {
        "WARNING! This will remove all dangling images."
    };
    if !call.flags.bool("force") && !client.confirmed(warning).await? {
        return Ok(0);
    }
    let answer = client.call(Request::ImagePrune { all, filters: filters(&call.flags) }).await?;
    client.print(&report("Deleted Images:", &answer)).await?;
    Ok(0)
}
