//! `docker run`.

use super::create::{self, with_help};
use super::stream::{End, Signals, Streams, check_terminal, stream};
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::Connection;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let mut create = create::read(client, call, "run").await?;
    let config = &mut create.config;
    if flags.bool("detach") {
        if flags.is_set("attach") {
            return Err(Failure::new("conflicting options: cannot specify both --attach and --detach"));
        }
        (config.attach_stdin, config.attach_stdout, config.attach_stderr) = (false, false, false);
        config.stdin_once = false;
    } else {
        check_terminal(client, config.attach_stdin, config.tty)?;
    }
    let streams = Streams {
        stdin: config.attach_stdin,
        stdout: config.attach_stdout,
        stderr: config.attach_stderr,
        tty: config.tty,
    };
    let id = create::container(client, flags, &create).await.map_err(status)?;
    if !(streams.stdin || streams.stdout || streams.stderr) {
        client.print(&format!("{id}\n")).await?;
        return start(client, &id).await.map(|()| 0).map_err(status);
    }
    let signals = flags.bool("sig-proxy").then(|| Signals::catch(client, &id));
    let leave = flags.text("detach-keys");
    let attached = attached(client, &id, &streams, (create.host.auto_remove, leave), &signals, status).await;
    if let Some(signals) = signals {
        signals.release(client);
    }
    attached
}

/// Attaches, starts, and stays until the container has ended or the keys that leave it were typed. `worded` says why
/// it could not be started.
pub async fn attached(
    client: &Client,
    id: &str,
    streams: &Streams,
    (auto_remove, keys): (bool, &str),
    signals: &Option<Signals>,
    worded: fn(Failure) -> Failure,
) -> Outcome {
    let attach = Connection::open(&client.sys, streams.attach(id))?;
    attach.ready().await?;
    let condition = if auto_remove { WaitCondition::Removed } else { WaitCondition::NextExit };
    let wait = Connection::open(&client.sys, Request::ContainerWait { container: id.to_string(), condition })?;
    wait.ready().await?;
    if let Err(failure) = start(client, id).await {
        attach.close();
        if auto_remove {
            let _ = wait.answer().await;
        }
        wait.close();
        return Err(worded(failure));
    }
    let end = stream(client, &attach, streams, keys, signals.as_ref()).await;
    attach.close();
    let code = match end {
        Ok(End::Detached) => Ok(0),
        Ok(End::Over) => match wait.answer().await? {
            Answer::ExitCode { code, .. } => Ok(code),
            _ => Ok(0),
        },
        Err(failure) => Err(failure),
    };
    wait.close();
    code
}

async fn start(client: &Client, id: &str) -> Result<(), Failure> {
    client.call(Request::ContainerStart { container: id.to_string() }).await.map(|_| ())
}

/// The failure with the exit status that fits its cause: a missing program is 127, one that may not
/// be run 126, and everything else 125.
fn status(failure: Failure) -> Failure {
    if failure.message.is_empty() || failure.code == 130 {
        return failure;
    }
    let has = |texts: &[&str]| texts.iter().any(|text| failure.message.contains(text));
    let code = if has(&["executable file not found", "no such file or directory", "system cannot find the file"]) {
        127
    } else if has(&["permission denied", "is a directory"]) {
        126
    } else {
        125
    };
    Failure { code, ..with_help(failure, "run") }
}
