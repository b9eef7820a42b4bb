//! `docker builder prune` and `docker buildx du`: the build cache.

use super::error;
use super::table::tabbed;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::flag::Flags;
use crate::cli::format::human;
use crate::engine::api::{Answer, Request};
use crate::engine::build::{Ask, Found, Prune, Row};
use crate::engine::{human_duration, parse_duration};
use crate::model::time::Time;

/// Only these conditions on the age of a record are known.
const AGES: [&str; 2] = ["until", "unused-for"];

fn check(flags: &Flags) -> Result<Vec<(String, String)>, Failure> {
    let filters = filters(flags);
    let ages: Vec<&(String, String)> = filters.iter().filter(|(key, _)| AGES.contains(&key.as_str())).collect();
    match ages.as_slice() {
        [] => {}
        [(key, value)] => {
            parse_duration(value).ok_or_else(|| {
                let value = crate::cli::format::quote::quoted(value);
                error(format!("\"{key}\" filter expects a duration (e.g., '24h'): time: invalid duration {value}"))
            })?;
        }
        [(first, _), (second, _), ..] if first != second => {
            return Err(error("conflicting filters \"until\" and \"unused-for\""));
        }
        _ => return Err(error("filters expect only one value")),
    }
    Ok(filters)
}

async fn ask(client: &Client, ask: Ask) -> Result<Vec<Row>, Failure> {
    let answer = client.call(Request::Build(ask)).await.map_err(|failure| error(failure.bare().message))?;
    Ok(match answer {
        Answer::Build(Found::Records(rows)) => rows,
        _ => Vec::new(),
    })
}

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let filters = check(flags)?;
    let all = flags.bool("all");
    let what = if all { "all build cache" } else { "all dangling build cache" };
    let question = format!("WARNING! This will remove {what}. Are you sure you want to continue?");
    if !flags.bool("force") && !client.asked(&question).await? {
        return Ok(0);
    }
    let keep = flags.bytes("reserved-space").max(flags.bytes("max-used-space")).max(0) as u64;
    let rows = ask(client, Ask::Prune(Prune { all, filters, keep })).await?;
    let now = client.sys.now();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        // Each row is printed as soon as it is gone, so only the first one's columns fit the titles.
        text += &match (flags.bool("verbose"), at) {
            (true, _) => verbose(row, now),
            (false, 0) => tabbed(&[titles(), line(row, now)]),
            (false, _) => tabbed(&[line(row, now)]),
        };
    }
    let total: u64 = rows.iter().map(|row| row.record.size).sum();
    text += &tabbed(&[vec!["Total:".into(), human::size4(total as i64)]]);
    client.print(&text).await?;
    Ok(0)
}

/// `docker buildx du`.
pub async fn usage(client: &Client, call: &Invocation) -> Outcome {
    let filters = check(&call.flags)?;
    let mut rows = ask(client, Ask::Records).await?;
    let now = client.sys.now();
    rows.retain(|row| crate::engine::build::matches(row, &filters));
    crate::model::order::Order::order_by_key(rows.as_mut_slice(), |row| {
        (std::cmp::Reverse(row.record.size), row.record.id.clone())
    });
    let mut text = String::new();
    if call.flags.bool("verbose") {
        text.extend(rows.iter().map(|row| verbose(row, now)));
    } else {
        let lines: Vec<Vec<String>> = std::iter::once(titles()).chain(rows.iter().map(|row| line(row, now))).collect();
        text += &tabbed(&lines);
    }
    if filters.is_empty() {
        let sum =
            |wanted: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).map(|row| row.record.size).sum();
        let (total, shared): (u64, u64) = (sum(&|_| true), sum(&|row| row.shared));
        let line = |name: &str, size: u64| vec![name.to_string(), human::size4(size as i64)];
        let mut lines = Vec::new();
        if shared > 0 {
            lines.extend([line("Shared:", shared), line("Private:", total - shared)]);
        }
        lines.extend([line("Reclaimable:", total), line("Total:", total)]);
        text += &tabbed(&lines);
    }
    client.print(&text).await?;
    Ok(0)
}

fn titles() -> Vec<String> {
    ["ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED"].map(String::from).to_vec()
}

fn accessed(row: &Row, now: Time) -> String {
    row.record.used.map(|used| format!("{} ago", human_duration(now.since(used)))).unwrap_or_default()
}

fn line(row: &Row, now: Time) -> Vec<String> {
    let size = format!("{}{}", human::size4(row.record.size as i64), if row.shared { "*" } else { "" });
    let id =
        format!("{}{}", row.record.id, if row.record.fs.is_some() || row.record.tree.is_some() { "*" } else { "" });
    vec![format!("{id:<40}"), "true ".into(), format!("{size:<10}"), accessed(row, now)]
}

fn verbose(row: &Row, now: Time) -> String {
    let record = &row.record;
    let mut lines: Vec<(&str, String)> = vec![("ID", record.id.to_string())];
    if !record.parents.is_empty() {
        let parents: Vec<&str> = record.parents.iter().map(|id| &**id).collect();
        lines.push(("Parent", parents.join(",")));
    }
    let created = record.created.rfc3339_nano().replace('T', " ").replace('Z', " +0000 UTC");
    lines.push(("Created at", created));
    lines.push(("Mutable", (record.fs.is_some() || record.tree.is_some()).to_string()));
    lines.push(("Reclaimable", "true".into()));
    lines.push(("Shared", row.shared.to_string()));
    lines.push(("Size", human::size4(record.size as i64)));
    if !record.description.is_empty() {
        lines.push(("Description", record.description.clone()));
    }
    lines.push(("Usage count", record.uses.to_string()));
    lines.push(("Last used", accessed(row, now)));
    lines.push(("Type", record.kind.name().into()));
    let lines: Vec<Vec<String>> = lines.into_iter().map(|(name, value)| vec![format!("{name}:"), value]).collect();
    tabbed(&lines) + "\n"
}
