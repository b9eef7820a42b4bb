//! `docker container prune`.

use crate::cli::client::{Client, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::human;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let warning = "WARNING! This will remove all stopped containers.";
    if !call.flags.bool("force") && !client.confirmed(warning).await? {
        return Ok(0);
    }
    let answer = client.call(Request::ContainerPrune { filters: filters(&call.flags) }).await?;
    client.print(&report("Deleted Containers:", &answer)).await?;
    Ok(0)
}

/// What a prune removed, under a heading, and what it freed.
pub(in crate::cli) fn report(heading: &str, answer: &Answer) -> String {
    let Answer::Pruned { deleted, reclaimed } = answer else { return String::new() };
    format!("{}Total reclaimed space: {}\n", removed(heading, deleted), human::size4(*reclaimed as i64))
}

/// The removed objects under their heading, with an empty line behind them.
pub(in crate::cli) fn removed(heading: &str, deleted: &[String]) -> String {
    if deleted.is_empty() { String::new() } else { format!("{heading}\n{}\n\n", deleted.join("\n")) }
}
