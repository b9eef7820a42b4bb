//! `docker top`.

use crate::cli::client::{Client, Outcome, check_name};
use crate::cli::dispatch::Invocation;
use crate::cli::format::table::{Columns, aligned};
use crate::engine::api::{Answer, Request};

/// The columns of this one table: wide, and with one blank at least.
const COLUMNS: Columns = Columns { least: 20, padding: 1 };

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let Some((container, args)) = call.args.split_first() else { return Ok(0) };
    check_name(container)?;
    let request = Request::ContainerTop { container: container.clone(), args: args.to_vec() };
    let Answer::Top { titles, rows } = client.call(request).await? else { return Ok(0) };
    let lines: String = [titles].iter().chain(&rows).map(|cells| cells.join("\t") + "\n").collect();
    client.print(&aligned(&lines, COLUMNS)).await?;
    Ok(0)
}
