//! `docker run`.

use std::rc::Rc;

use super::stream::{Ended, Pump, Raw, catch_signals, pump};
use super::{create, options};
use crate::cli::dispatch::Invocation;
use crate::cli::program::complain;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::Sys;
use crate::model::image::Config;

pub async fn run(sys: Sys, invocation: Invocation) -> i32 {
    let ask = match options::create(&sys, &invocation) {
        Ok(ask) => ask,
        Err(message) => return complain(&sys, &invocation.name, &message).await,
    };
    let detached = invocation.flags.bool("detach");
    if detached && !invocation.flags.list("attach").is_empty() {
        return complain(&sys, &invocation.name, "conflicting options: cannot specify both --attach and --detach")
            .await;
    }
    if ask.config.attach_stdin && ask.config.tty && sys.is_terminal(0).is_none() {
        sys.eprint("the input device is not a TTY\n").await;
        return 1;
    }
    let config = ask.config.clone();
    let auto_remove = ask.host.auto_remove;
    let id = match create::create(&sys, &invocation, ask).await {
        Ok(id) => id,
        Err(message) => return complain(&sys, &invocation.name, &message).await,
    };
    if detached {
        let _ = sys.print(&format!("{id}\n")).await;
        return match call(&sys, Request::ContainerStart { container: id }).await {
            Ok(_) => 0,
            Err(error) => start_failed(&sys, &invocation, &error).await,
        };
    }
    attached(&sys, &invocation, &config, &id, auto_remove).await
}

async fn start_failed(sys: &Sys, invocation: &Invocation, error: &CallError) -> i32 {
    let text = error.text();
    complain(sys, &invocation.name, &text).await;
    exit_code(&text)
}

/// The exit status that a failed start leaves (docker/cli `toStatusError`).
pub fn exit_code(text: &str) -> i32 {
    let has = |part: &str| text.contains(part);
    if has("executable file not found")
        || has("no such file or directory")
        || has("system cannot find the file specified")
    {
        127
    } else if has("permission denied") || has("is a directory") {
        126
    } else {
        125
    }
}

async fn attached(sys: &Sys, invocation: &Invocation, config: &Config, id: &str, auto_remove: bool) -> i32 {
    let attach = Request::ContainerAttach {
        container: id.into(),
        stdin: config.attach_stdin,
        stdout: config.attach_stdout,
        stderr: config.attach_stderr,
        logs: false,
    };
    let condition = if auto_remove { WaitCondition::Removed } else { WaitCondition::NextExit };
    let opened = async {
        let stream = Connection::open(sys, attach)?;
        stream.ready().await?;
        let wait = Connection::open(sys, Request::ContainerWait { container: id.into(), condition })?;
        wait.ready().await?;
        Ok::<_, CallError>((stream, wait))
    };
    let (stream, wait) = match opened.await {
        Ok(both) => both,
        Err(error) => return start_failed(sys, invocation, &error).await,
    };
    let proxy = invocation.flags.bool("sig-proxy");
    catch_signals(sys, proxy);
    if let Err(error) = call(sys, Request::ContainerStart { container: id.into() }).await {
        catch_signals(sys, false);
        return start_failed(sys, invocation, &error).await;
    }
    let raw = if config.tty && config.attach_stdin { Raw::set(sys) } else { None };
    let stream = Rc::new(stream);
    let with = Pump { stdin: config.attach_stdin, tty: raw.is_some(), signals_to: proxy.then_some(id) };
    let ended = pump(sys, stream, with).await;
    if let Some(raw) = raw {
        raw.restore();
    }
    match ended {
        Ok(Ended::Detached) => 0,
        Ok(Ended::Forced) => 1,
        _ => exit_status(sys, &wait).await,
    }
}

/// The exit status that a wait brings.
pub async fn exit_status(sys: &Sys, wait: &Connection) -> i32 {
    loop {
        match wait.answer().await {
            Ok(Answer::ExitCode { code, .. }) => return code,
            Err(CallError::Interrupted) => {
                sys.take_signal();
            }
            _ => return 125,
        }
    }
}
