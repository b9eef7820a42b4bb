//! `docker exec`.

use std::rc::Rc;

use super::options::environment;
use super::stream::{Pump, Raw, pump};
use crate::cli::dispatch::Invocation;
use crate::cli::program::failed;
use crate::engine::api::{Answer, ExecCreate, Request};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::Sys;

pub async fn run(sys: Sys, invocation: Invocation) -> i32 {
    match exec(&sys, &invocation).await {
        Ok(code) => code,
        Err(error) => failed(&sys, &error).await,
    }
}

async fn exec(sys: &Sys, invocation: &Invocation) -> Result<i32, CallError> {
    let flags = &invocation.flags;
    let (name, argv) = invocation.args.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let env = match environment(sys, flags) {
        Ok(env) => env,
        Err(message) => {
            sys.eprint(&format!("{message}\n")).await;
            return Ok(1);
        }
    };
    // The container is looked up before the terminal is checked.
    call(sys, Request::ContainerInspect { container: name.into(), size: false }).await?;
    let detach = flags.bool("detach");
    let (tty, stdin) = (flags.bool("tty"), flags.bool("interactive") && !detach);
    if tty && stdin && sys.is_terminal(0).is_none() {
        sys.eprint("the input device is not a TTY\n").await;
        return Ok(1);
    }
    let ask = ExecCreate {
        container: name.into(),
        argv: argv.to_vec(),
        env,
        working_dir: flags.text("workdir").into(),
        user: flags.text("user").into(),
        tty,
        stdin,
        privileged: flags.bool("privileged"),
    };
    let Answer::Created { id, .. } = call(sys, Request::ExecCreate(ask)).await? else {
        return Err(CallError::Unreachable);
    };
    let stream = Connection::open(sys, Request::ExecStart { exec: id.clone(), detach })?;
    if detach {
        stream.answer().await?;
        return Ok(0);
    }
    stream.ready().await?;
    let raw = if tty && stdin { Raw::set(sys) } else { None };
    let with = Pump { stdin, tty: raw.is_some(), signals_to: None };
    let ended = pump(sys, Rc::new(stream), with).await;
    if let Some(raw) = raw {
        raw.restore();
    }
    ended?;
    match call(sys, Request::ExecInspect { exec: id }).await? {
        Answer::ExecState { exit_code, .. } => Ok(exit_code),
        _ => Ok(0),
    }
}
