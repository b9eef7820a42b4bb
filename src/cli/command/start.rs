//! `docker start`.

use std::rc::Rc;

use super::run::exit_status;
use super::stream::{Ended, Pump, Raw, catch_signals, pump};
use crate::cli::dispatch::Invocation;
use crate::cli::program::failed;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::Sys;

pub async fn run(sys: Sys, invocation: Invocation) -> i32 {
    let flags = &invocation.flags;
    if flags.bool("attach") || flags.bool("interactive") {
        if invocation.args.len() > 1 {
            sys.eprint("you cannot start and attach multiple containers at once\n").await;
            return 1;
        }
        return match attached(&sys, &invocation, &invocation.args[0]).await {
            Ok(code) => code,
            Err(error) => failed(&sys, &error).await,
        };
    }
    let mut bad = Vec::new();
    for name in &invocation.args {
        match call(&sys, Request::ContainerStart { container: name.clone() }).await {
            Ok(_) => {
                let _ = sys.print(&format!("{name}\n")).await;
            }
            Err(error) => {
                failed(&sys, &error).await;
                bad.push(name.as_str());
            }
        }
    }
    if bad.is_empty() {
        return 0;
    }
    sys.eprint(&format!("Error: failed to start containers: {}\n", bad.join(", "))).await;
    1
}

async fn attached(sys: &Sys, invocation: &Invocation, name: &str) -> Result<i32, CallError> {
    let document = match call(sys, Request::ContainerInspect { container: name.into(), size: false }).await? {
        Answer::Json(document) => document,
        _ => return Err(CallError::Unreachable),
    };
    let flag = |key: &str| document["Config"][key].as_bool().unwrap_or(false);
    let id = document["Id"].as_str().unwrap_or(name).to_string();
    let (tty, stdin) = (flag("Tty"), flag("OpenStdin") && invocation.flags.bool("interactive"));
    if tty && stdin && sys.is_terminal(0).is_none() {
        sys.eprint("the input device is not a TTY\n").await;
        return Ok(1);
    }
    let attach = Request::ContainerAttach { container: id.clone(), stdin, stdout: true, stderr: true, logs: false };
    let stream = Connection::open(sys, attach)?;
    stream.ready().await?;
    let auto_remove = document["HostConfig"]["AutoRemove"].as_bool().unwrap_or(false);
    let condition = if auto_remove { WaitCondition::Removed } else { WaitCondition::NextExit };
    let wait = Connection::open(sys, Request::ContainerWait { container: id.clone(), condition })?;
    wait.ready().await?;
    catch_signals(sys, true);
    if let Err(error) = call(sys, Request::ContainerStart { container: id.clone() }).await {
        sys.eprint(&format!("{}\nError: failed to start containers: {name}\n", error.text())).await;
        return Ok(1);
    }
    let raw = if tty && stdin { Raw::set(sys) } else { None };
    let with = Pump { stdin, tty: raw.is_some(), signals_to: Some(&id) };
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
