//! `/exec`, and the making of one.

use layerlab::engine::api::{Answer as Said, ExecCreate, Fault, Request};
use serde::Deserialize;
use serde_json::json;

use super::container::size;
use super::http::{Ask, not_found};
use super::reply::{Answer, empty, json as document, missing, strange};
use super::stream;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct New {
    user: String,
    privileged: bool,
    tty: bool,
    attach_stdin: bool,
    env: Vec<String>,
    working_dir: String,
    cmd: Vec<String>,
}

pub async fn create(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let new: New = ask.document()?;
    let request = Request::ExecCreate(ExecCreate {
        container: name.to_string(),
        argv: new.cmd,
        env: new.env,
        working_dir: new.working_dir,
        user: new.user,
        tty: new.tty,
        stdin: new.attach_stdin,
        privileged: new.privileged,
    });
    let Said::Created { id, .. } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(201, &json!({ "Id": id })))
}

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("POST", [id, "start"]) => start(ask, id).await,
        ("GET", [id, "json"]) => inspect(ask, id).await,
        ("POST", [id, "resize"]) => {
            let (rows, columns) = size(&ask)?;
            ask.board.answer(Request::ExecResize { exec: id.to_string(), rows, columns }).await.map(|_| empty(200))
        }
        _ => Err(not_found()),
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Start {
    detach: bool,
    console_size: Option<[u16; 2]>,
}

async fn start(ask: Ask, id: &str) -> Result<Answer, Fault> {
    let asked: Start = ask.document_or_default()?;
    let tty = ask.board.world(|world| world.engine.execs.get(id).map(|exec| exec.tty));
    let tty = tty.ok_or_else(|| missing(format!("No such exec instance: {id}")))?;
    let request = Request::ExecStart { exec: id.to_string(), detach: asked.detach };
    if asked.detach {
        return ask.board.answer(request).await.map(|_| empty(200));
    }
    let caller = ask.board.ask(request);
    if let (true, Some([rows, columns])) = (tty && asked.console_size != Some([0, 0]), asked.console_size) {
        caller.mouth().say(layerlab::engine::api::Input::Resize { rows, columns });
    }
    stream::hijack(ask.upgrade, caller, tty).await
}

async fn inspect(ask: Ask, id: &str) -> Result<Answer, Fault> {
    let known = ask.board.world(|world| world.engine.execs.get(id).cloned());
    let Said::ExecState { running, exit_code, pid } =
        ask.board.answer(Request::ExecInspect { exec: id.to_string() }).await?
    else {
        return Err(strange());
    };
    let known = known.ok_or_else(strange)?;
    let (entrypoint, arguments) = known.argv.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    let ended = known.exit_code.is_some();
    Ok(document(
        200,
        &json!({
            "ID": id,
            "Running": running,
            "ExitCode": if ended { json!(exit_code) } else { json!(null) },
            "ProcessConfig": {
                "tty": known.tty,
                "entrypoint": entrypoint,
                "arguments": arguments,
                "privileged": false,
                "user": known.user,
            },
            "OpenStdin": known.open_stdin,
            "OpenStderr": true,
            "OpenStdout": true,
            "CanRemove": ended,
            "ContainerID": &*known.container,
            "DetachKeys": "",
            "Pid": pid,
        }),
    ))
}
