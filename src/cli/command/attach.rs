//! `docker attach`.

use std::rc::Rc;

use super::run::exit_status;
use super::stream::{Ended, Pump, Raw, catch_signals, pump};
use crate::cli::dispatch::Invocation;
use crate::cli::program::failed;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::Sys;

pub async fn run(sys: Sys, invocation: Invocation) -> i32 {
    match attach(&sys, &invocation, &invocation.args[0]).await {
        Ok(code) => code,
        Err(error) => failed(&sys, &error).await,
    }
}

async fn attach(sys: &Sys, invocation: &Invocation, name: &str) -> Result<i32, CallError> {
    let document = match call(sys, Request::ContainerInspect { container: name.into(), size: false }).await? {
        Answer::Json(document) => document,
        _ => return Err(CallError::Unreachable),
    };
    let refusal = match document["State"]["Status"].as_str() {
        Some("paused") => "You cannot attach to a paused container, unpause it first",
        Some("restarting") => "You cannot attach to a restarting container, wait until it is running",
        Some("running") => "",
        _ => "You cannot attach to a stopped container, start it first",
    };
    if !refusal.is_empty() {
        sys.eprint(&format!("{refusal}\n")).await;
        return Ok(1);
    }
    let flag = |key: &str| document["Config"][key].as_bool().unwrap_or(false);
    let id = document["Id"].as_str().unwrap_or(name).to_string();
    let stdin = flag("OpenStdin") && !invocation.flags.bool("no-stdin");
    let tty = flag("Tty");
    if tty && stdin && sys.is_terminal(0).is_none() {
        sys.eprint("the input device is not a TTY\n").await;
        return Ok(1);
    }
    let ask = Request::ContainerAttach { container: id.clone(), stdin, stdout: true, stderr: true, logs: false };
    let stream = Connection::open(sys, ask)?;
    stream.ready().await?;
    let wait =
        Connection::open(sys, Request::ContainerWait { container: id.clone(), condition: WaitCondition::NotRunning })?;
    wait.ready().await?;
    let proxy = invocation.flags.bool("sig-proxy") && !tty;
    catch_signals(sys, proxy);
    let raw = if tty && stdin { Raw::set(sys) } else { None };
    let with = Pump { stdin, tty: raw.is_some(), signals_to: proxy.then_some(&id) };
    let ended = pump(sys, Rc::new(stream), with).await;
    if let Some(raw) = raw {
        raw.restore();
    }
    match ended? {
        Ended::Detached => Ok(0),
        Ended::Forced => Ok(1),
        Ended::Closed => Ok(exit_status(sys, &wait).await),
    }
}
