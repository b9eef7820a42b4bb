//! `docker stats`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::{Answer, Reply, Request, Stats};
use crate::engine::client::{CallError, Connection};
use crate::model::time::Time;

const TYPE: &str = "*container.statsContext";
const HEADERS: [(&str, &str); 9] = [
    ("Container", "CONTAINER"),
    ("Name", "NAME"),
    ("ID", "CONTAINER ID"),
    ("CPUPerc", "CPU %"),
    ("MemUsage", "MEM USAGE / LIMIT"),
    ("MemPerc", "MEM %"),
    ("NetIO", "NET I/O"),
    ("BlockIO", "BLOCK I/O"),
    ("PIDs", "PIDS"),
];
/// The pause between two pictures of a running display.
const PAUSE: Time = Time::seconds(1);

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let format = match call.flags.text("format") {
        "" | "table" => {
            let columns = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"];
            format!("table {}", columns.map(|name| format!("{{{{.{name}}}}}")).join("\t"))
        }
        format => format.to_string(),
    };
    loop {
        let rows = sample(client, call).await?;
        let text = Listing { headers: &HEADERS, rows }.print(&format).map_err(Failure::new)?;
        if call.flags.bool("no-stream") {
            client.print(&text).await?;
            return Ok(0);
        }
        // A running display begins each picture at the top of a cleared screen.
        client.print(&format!("\x1b[H\x1b[2J{text}")).await?;
        client.sys.sleep(PAUSE).await?;
    }
}

/// One line for each container asked for, or for each that runs.
async fn sample(client: &Client, call: &Invocation) -> Result<Vec<Value>, Failure> {
    let names = if call.args.is_empty() {
        let all = call.flags.bool("all");
        let request = Request::ContainerList { all, limit: None, size: false, filters: Vec::new() };
        let Answer::Containers(containers) = client.call(request).await? else { return Ok(Vec::new()) };
        containers.iter().map(|container| human::short_id(&container.id).to_string()).collect()
    } else {
        call.args.clone()
    };
    let whole = call.flags.bool("no-trunc");
    let mut rows = Vec::new();
    for name in &names {
        if let Some(stats) = one(client, name).await? {
            rows.push(row(name, &stats, whole));
        }
    }
    Ok(rows)
}

async fn one(client: &Client, name: &str) -> Result<Option<Stats>, Failure> {
    let connection =
        Connection::open(&client.sys, Request::ContainerStats { container: name.to_string(), stream: false })?;
    let mut found = None;
    let end = loop {
        match connection.next().await? {
            Some(Reply::Stats(stats)) => found = Some(*stats),
            Some(Reply::Failed(fault)) => break Err(CallError::Daemon(fault).into()),
            Some(Reply::Done(_)) | None => break Ok(found),
            Some(_) => {}
        }
    };
    connection.close();
    end
}

fn row(name: &str, stats: &Stats, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let pair = |a: u64, b: u64| format!("{} / {}", human::size(a as i64), human::size(b as i64));
    let elapsed = stats.at.since(stats.before).0;
    let cpu = if elapsed == 0 { 0.0 } else { stats.cpu.saturating_sub(stats.cpu_before) as f64 / elapsed as f64 };
    let memory = if stats.memory_limit == 0 { 0.0 } else { stats.memory as f64 / stats.memory_limit as f64 };
    let usage =
        format!("{} / {}", human::binary_size(stats.memory as f64), human::binary_size(stats.memory_limit as f64));
    let id = if whole { &stats.id } else { human::short_id(&stats.id) };
    line(
        TYPE,
        vec![
            ("Container", text(name)),
            ("Name", text(stats.name.trim_start_matches('/'))),
            ("ID", text(id)),
            ("CPUPerc", text(&format!("{:.2}%", cpu * 100.0))),
            ("MemUsage", text(&usage)),
            ("MemPerc", text(&format!("{:.2}%", memory * 100.0))),
            ("NetIO", text(&pair(stats.received, stats.sent))),
            ("BlockIO", text(&pair(stats.read, stats.written))),
            ("PIDs", text(&stats.pids.to_string())),
        ],
    )
}
