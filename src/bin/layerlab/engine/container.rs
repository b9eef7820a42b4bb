//! `/containers`.

use layerlab::engine::api::{
    Answer as Said, ChangeKind, ContainerSummary, Fault, Logs, Reply, Request, Stats, Update, WaitCondition,
};
use layerlab::engine::{inspect, policy};
use layerlab::model::World;
use serde::Deserialize;
use serde_json::{Value, json};

use super::board::Board;
use super::create::{self, Resources, RestartPolicy};
use super::http::{Ask, not_found};
use super::reply::{Answer, bad, empty, json as document, strange};
use super::{archive, stream};

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("GET", ["json"]) => list(ask).await,
        ("POST", ["create"]) => create::create(ask).await,
        ("POST", ["prune"]) => prune(ask).await,
        ("GET", [name, "json"]) => {
            let size = ask.query.flag("size");
            inspect(ask, Request::ContainerInspect { container: name.to_string(), size }).await
        }
        ("GET", [name, "top"]) => top(ask, name).await,
        ("GET", [name, "logs"]) => logs(ask, name).await,
        ("GET", [name, "changes"]) => changes(ask, name).await,
        ("GET", [name, "stats"]) => stats(ask, name).await,
        ("GET", [name, "export"]) => archive::export(ask, name).await,
        ("HEAD", [name, "archive"]) => archive::stat(ask, name).await,
        ("GET", [name, "archive"]) => archive::get(ask, name).await,
        ("PUT", [name, "archive"]) => archive::put(ask, name).await,
        ("POST", [name, "attach"]) => attach(ask, name).await,
        ("POST", [name, "wait"]) => wait(ask, name).await,
        ("POST", [name, "update"]) => update(ask, name).await,
        ("POST", [name, "exec"]) => super::exec::create(ask, name).await,
        ("POST", [name, verb]) => act(ask, name, verb).await,
        ("DELETE", [name]) => {
            let (force, volumes) = (ask.query.flag("force"), ask.query.flag("v"));
            done(&ask, Request::ContainerRemove { container: name.to_string(), force, volumes }, 204).await
        }
        _ => Err(not_found()),
    }
}

/// A request that answers nothing but that it is done.
async fn done(ask: &Ask, request: Request, status: u16) -> Result<Answer, Fault> {
    ask.board.answer(request).await.map(|_| empty(status))
}

/// A document as the daemon has it, in the caller's time.
pub async fn inspect(ask: Ask, request: Request) -> Result<Answer, Fault> {
    let Said::Json(mut found) = ask.board.answer(request).await? else { return Err(strange()) };
    ask.board.clock.document(&mut found);
    Ok(document(200, &found))
}

/// What is done to a container by a verb.
async fn act(ask: Ask, name: &str, verb: &str) -> Result<Answer, Fault> {
    let container = name.to_string();
    let signal = ask.query.some("signal");
    let request = match verb {
        "start" => Request::ContainerStart { container },
        "stop" => Request::ContainerStop { container, timeout: ask.query.number("t")?, signal },
        "restart" => Request::ContainerRestart { container, timeout: ask.query.number("t")?, signal },
        "kill" => Request::ContainerKill { container, signal },
        "pause" => Request::ContainerPause { container },
        "unpause" => Request::ContainerUnpause { container },
        "rename" => Request::ContainerRename { container, name: ask.query.text("name").to_string() },
        "resize" => {
            let (rows, columns) = size(&ask)?;
            return done(&ask, Request::ContainerResize { container, rows, columns }, 200).await;
        }
        _ => return Err(not_found()),
    };
    done(&ask, request, 204).await
}

/// The rows and columns of a terminal.
pub fn size(ask: &Ask) -> Result<(u16, u16), Fault> {
    let side = |name: &str| {
        let number = ask.query.number(name)?.and_then(|number| u16::try_from(number).ok());
        number.ok_or_else(|| bad(format!("invalid resize height or width: {:?}", ask.query.text(name))))
    };
    Ok((side("h")?, side("w")?))
}

async fn list(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::ContainerList {
        all: ask.query.flag("all"),
        limit: ask.query.number("limit")?,
        size: ask.query.flag("size"),
        filters: ask.query.filters()?,
    };
    let Said::Containers(rows) = ask.board.answer(request).await? else { return Err(strange()) };
    let rows: Vec<Value> = rows.iter().map(|row| summary(&ask.board, row)).collect();
    Ok(document(200, &Value::Array(rows)))
}

fn summary(board: &Board, row: &ContainerSummary) -> Value {
    let whole = board.world(|world| inspect::document(world, "container", &row.id)).unwrap_or_default();
    let of = |path: &str| whole.pointer(path).cloned().unwrap_or_default();
    let ports: Vec<Value> = row
        .ports
        .iter()
        .map(|port| match &port.public {
            Some((ip, public)) => {
                json!({ "IP": ip, "PrivatePort": port.private, "PublicPort": public, "Type": port.kind })
            }
            None => json!({ "PrivatePort": port.private, "Type": port.kind }),
        })
        .collect();
    let mut told = json!({
        "Id": &*row.id,
        "Names": [format!("/{}", row.name)],
        "Image": row.image,
        "ImageID": &*row.image_id,
        "Command": row.command,
        "Created": board.clock.seconds(row.created),
        "Ports": ports,
        "Labels": row.labels,
        "State": row.state,
        "Status": row.status,
        "HostConfig": { "NetworkMode": of("/HostConfig/NetworkMode") },
        "NetworkSettings": { "Networks": of("/NetworkSettings/Networks") },
        "Mounts": of("/Mounts"),
    });
    if let (Some((own, all)), Some(told)) = (row.size, told.as_object_mut()) {
        told.insert("SizeRw".into(), json!(own));
        told.insert("SizeRootFs".into(), json!(all));
    }
    told
}

async fn prune(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::ContainerPrune { filters: ask.query.filters()? };
    let Said::Pruned { deleted, reclaimed } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(200, &json!({ "ContainersDeleted": or_null(deleted), "SpaceReclaimed": reclaimed })))
}

/// A list, or null where Go has a nil slice.
pub fn or_null(list: Vec<String>) -> Value {
    if list.is_empty() { Value::Null } else { json!(list) }
}

async fn top(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let args = ask.query.text("ps_args").split_whitespace().map(String::from).collect();
    let request = Request::ContainerTop { container: name.to_string(), args };
    let Said::Top { titles, rows } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(200, &json!({ "Titles": titles, "Processes": rows })))
}

async fn changes(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let request = Request::ContainerChanges { container: name.to_string() };
    let Said::Changes(changes) = ask.board.answer(request).await? else { return Err(strange()) };
    let number = |kind: ChangeKind| match kind {
        ChangeKind::Modified => 0,
        ChangeKind::Added => 1,
        ChangeKind::Deleted => 2,
    };
    let rows: Vec<Value> =
        changes.iter().map(|change| json!({ "Path": change.path, "Kind": number(change.kind) })).collect();
    Ok(document(200, &if rows.is_empty() { Value::Null } else { Value::Array(rows) }))
}

/// Whether a container has a terminal.
fn has_terminal(world: &World, name: &str) -> bool {
    let found = inspect::document(world, "container", name);
    found.and_then(|found| found.pointer("/Config/Tty")?.as_bool()).unwrap_or(false)
}

async fn logs(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let query = &ask.query;
    let (stdout, stderr) = (query.flag("stdout"), query.flag("stderr"));
    if !stdout && !stderr {
        return Err(bad("Bad parameters: you must choose at least one stream"));
    }
    let moment = |name: &str| match query.text(name) {
        "" | "0" => Ok(None),
        text => ask.board.clock.from(text).map(Some).ok_or_else(|| bad(format!("invalid value for {name}: {text:?}"))),
    };
    let timestamps = query.flag("timestamps");
    let request = Request::ContainerLogs(Logs {
        container: name.to_string(),
        follow: query.flag("follow"),
        stdout,
        stderr,
        since: moment("since")?,
        until: moment("until")?,
        timestamps,
        details: query.flag("details"),
        // Anything but a number means all.
        tail: query.text("tail").parse().ok(),
    });
    let tty = ask.board.world(|world| has_terminal(world, name));
    let board = ask.board.clone();
    let write = move |reply: &Reply| match reply {
        Reply::Output { stream, bytes } if timestamps => Some(stream::frame(tty, *stream, &board.clock.line(bytes))),
        Reply::Output { stream, bytes } => Some(stream::frame(tty, *stream, bytes)),
        _ => None,
    };
    stream::body(ask.board.ask(request), stream::media(tty), write).await
}

async fn attach(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let flag = |name: &str| ask.query.flag(name);
    let request = Request::ContainerAttach {
        container: name.to_string(),
        stdin: flag("stdin"),
        stdout: flag("stdout"),
        stderr: flag("stderr"),
        logs: flag("logs"),
    };
    let tty = ask.board.world(|world| has_terminal(world, name));
    stream::hijack(ask.upgrade, ask.board.ask(request), tty).await
}

async fn wait(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let condition = match ask.query.text("condition") {
        "" | "not-running" => WaitCondition::NotRunning,
        "next-exit" => WaitCondition::NextExit,
        "removed" => WaitCondition::Removed,
        other => return Err(bad(format!("invalid condition: {other:?}"))),
    };
    let request = Request::ContainerWait { container: name.to_string(), condition };
    let write = |reply: &Reply| {
        let told = match reply {
            Reply::Done(Said::ExitCode { code, error }) if error.is_empty() => json!({ "StatusCode": code }),
            Reply::Done(Said::ExitCode { code, error }) => {
                json!({ "StatusCode": code, "Error": { "Message": error } })
            }
            Reply::Failed(fault) => json!({ "StatusCode": -1, "Error": { "Message": fault.message } }),
            _ => return None,
        };
        Some(format!("{told}\n").into_bytes())
    };
    stream::body(ask.board.ask(request), "application/json", write).await
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Change {
    restart_policy: Option<RestartPolicy>,
    #[serde(flatten)]
    resources: Resources,
}

async fn update(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let change: Change = ask.document()?;
    let restart = change.restart_policy.filter(|asked| !asked.name.is_empty());
    let restart = restart.map(|asked| policy::restart(&asked.name, asked.maximum_retry_count)).transpose()?;
    let update = Update { restart, resources: change.resources.read() };
    let request = Request::ContainerUpdate { container: name.to_string(), update };
    let warnings = match ask.board.answer(request).await? {
        Said::Created { warnings, .. } => warnings,
        _ => Vec::new(),
    };
    Ok(document(200, &json!({ "Warnings": or_null(warnings) })))
}

async fn stats(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let request = Request::ContainerStats { container: name.to_string(), stream: ask.query.flag_or_yes("stream") };
    let board = ask.board.clone();
    let write = move |reply: &Reply| match reply {
        Reply::Stats(stats) => Some(format!("{}\n", sample(&board, stats)).into_bytes()),
        _ => None,
    };
    stream::body(ask.board.ask(request), "application/json", write).await
}

const CPUS: u64 = layerlab::kernel::CPUS as u64;

/// A sample in the shape of the kernel's own accounts.
fn sample(board: &Board, stats: &Stats) -> Value {
    let cpu = |used: u64, at: layerlab::model::time::Time| {
        json!({
            "cpu_usage": { "total_usage": used, "usage_in_kernelmode": 0, "usage_in_usermode": used },
            "system_cpu_usage": at.0 * CPUS,
            "online_cpus": CPUS,
            "throttling_data": { "periods": 0, "throttled_periods": 0, "throttled_time": 0 },
        })
    };
    let runs = stats.memory_limit > 0;
    let mut told = json!({
        "name": format!("/{}", stats.name.trim_start_matches('/')),
        "id": stats.id,
        "read": if runs { board.clock.text(stats.at) } else { NEVER.into() },
        "preread": if runs { board.clock.text(stats.before) } else { NEVER.into() },
        "num_procs": 0,
        "pids_stats": if runs { json!({ "current": stats.pids }) } else { json!({}) },
        "cpu_stats": cpu(stats.cpu, stats.at),
        "precpu_stats": cpu(stats.cpu_before, stats.before),
        "memory_stats": if runs { json!({ "usage": stats.memory, "stats": {}, "limit": stats.memory_limit }) } else { json!({}) },
        "blkio_stats": { "io_service_bytes_recursive": [
            { "major": 8, "minor": 0, "op": "read", "value": stats.read },
            { "major": 8, "minor": 0, "op": "write", "value": stats.written },
        ] },
        "storage_stats": {},
    });
    if let (true, Some(told)) = (runs, told.as_object_mut()) {
        let network = json!({ "rx_bytes": stats.received, "rx_packets": 0, "rx_errors": 0, "rx_dropped": 0,
            "tx_bytes": stats.sent, "tx_packets": 0, "tx_errors": 0, "tx_dropped": 0 });
        told.insert("networks".into(), json!({ "eth0": network }));
    }
    told
}

const NEVER: &str = "0001-01-01T00:00:00Z";
