//! `docker builder prune`.

use super::error;
use crate::builder::progress::bytes;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::engine::api::{Answer, Request};
use crate::engine::build::{Ask, Found, Prune, Row};
use crate::engine::human_duration;
use crate::model::time::Time;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    if flags.bool("verbose") {
        return Err(Failure::not_simulated("docker buildx prune --verbose"));
    }
    let all = flags.bool("all");
    if !flags.bool("force") {
        let warning = if all {
            "WARNING! This will remove all build cache."
        } else {
            "WARNING! This will remove all dangling build cache."
        };
        if !client.confirmed(warning).await? {
            return Ok(0);
        }
    }
    let keep = flags.bytes("reserved-space").max(flags.bytes("max-used-space")).max(0) as u64;
    let ask = Ask::Prune(Prune { all, filters: filters(flags), keep });
    let answer = client.call(Request::Build(ask)).await.map_err(|failure| error(failure.bare().message))?;
    let Answer::Build(Found::Records(rows)) = answer else { return Ok(0) };
    let now = client.sys.now();
    let mut text = if rows.is_empty() { String::new() } else { row("ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED") };
    text.extend(rows.iter().map(|removed| line(removed, now)));
    let total: u64 = rows.iter().filter(|row| !row.shared).map(|row| row.record.size).sum();
    client.print(&format!("{text}Total:\t{}\n", bytes(total))).await?;
    Ok(0)
}

fn row(id: &str, reclaimable: &str, size: &str, accessed: &str) -> String {
    format!("{id:<40}{reclaimable:<16}{size:<11}{accessed}\n")
}

fn line(removed: &Row, now: Time) -> String {
    let record = &removed.record;
    let mark = if removed.shared { "*" } else { "" };
    let accessed = record.used.map(|used| format!("{} ago", human_duration(now.since(used)))).unwrap_or_default();
    row(&record.id, "true", &format!("{}{mark}", bytes(record.size)), &accessed)
}
