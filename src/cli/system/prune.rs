//! `docker system prune`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::container::prune::removed;
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::human;
use crate::engine::api::{Answer, Request};
use crate::engine::build::{Ask, Found, Prune};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let filters = filters(flags);
    let (all, volumes) = (flags.bool("all"), flags.bool("volumes"));
    if volumes && filters.iter().any(|(name, _)| name == "until") {
        return Err(Failure::new("ERROR: The \"until\" filter is not supported with \"--volumes\""));
    }
    if !flags.bool("force") && !client.confirmed(&warning(all, volumes, &filters)).await? {
        return Ok(0);
    }
    let cache = filters.iter().filter(|(name, _)| name == "until").cloned().collect();
    let mut requests = vec![
        ("Deleted Containers:", Request::ContainerPrune { filters: filters.clone() }),
        ("Deleted Networks:", Request::NetworkPrune { filters: filters.clone() }),
    ];
    if volumes {
        requests.push(("Deleted Volumes:", Request::VolumePrune { filters: filters.clone() }));
    }
    requests.push(("Deleted Images:", Request::ImagePrune { all, filters }));
    let mut freed = 0;
    for (heading, request) in requests {
        if let Answer::Pruned { deleted, reclaimed } = client.call(request).await? {
            freed += reclaimed;
            client.print(&removed(heading, &deleted)).await?;
        }
    }
    let ask = Ask::Prune(Prune { all, filters: cache, keep: 0 });
    if let Answer::Build(Found::Records(rows)) = client.call(Request::Build(ask)).await? {
        let deleted: Vec<String> = rows.iter().map(|row| row.record.id.to_string()).collect();
        freed += rows.iter().filter(|row| !row.shared).map(|row| row.record.size).sum::<u64>();
        client.print(&removed("Deleted build cache objects:", &deleted)).await?;
    }
    client.print(&format!("Total reclaimed space: {}\n", human::size4(freed as i64))).await?;
    Ok(0)
}

fn warning(all: bool, volumes: bool, filters: &[(String, String)]) -> String {
    let mut lines = vec!["all stopped containers", "all networks not used by at least one container"];
    if volumes {
        lines.push("all anonymous volumes not used by at least one container");
    }
    lines.push(if all {
        "all images without at least one container associated to them"
    } else {
        "all dangling images"
    });
    lines.push(if all { "all build cache" } else { "unused build cache" });
    let lines: String = lines.iter().map(|line| format!("  - {line}\n")).collect();
    let mut text = format!("WARNING! This will remove:\n{lines}");
    if !filters.is_empty() {
        let lines: String = filters.iter().map(|(name, value)| format!("  - {name}={value}\n")).collect();
        text += &format!("\n  Items to be pruned will be filtered with:\n{lines}");
    }
    text
}
