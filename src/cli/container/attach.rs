//! `docker attach`.

use serde_json::Value;

use super::start::{exit_code, inspect};
use super::stream::{End, Signals, Streams, check_terminal, stream};
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Request, WaitCondition};
use crate::engine::client::Connection;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let container = call.args.first().cloned().unwrap_or_default();
    let document = inspect(client, &container).await?;
    check_state(&document)?;
    let is =
        |key: &str| document.get("Config").and_then(|part| part.get(key)).and_then(Value::as_bool).unwrap_or(false);
    let stdin = !call.flags.bool("no-stdin");
    check_terminal(client, stdin, is("Tty"))?;
    let streams = Streams { stdin: stdin && is("OpenStdin"), stdout: true, stderr: true, tty: is("Tty") };
    let proxied = call.flags.bool("sig-proxy") && !streams.tty;
    let signals = proxied.then(|| Signals::catch(client, &container));
    let end = joined(client, call, &container, &streams, &signals).await;
    if let Some(signals) = signals {
        signals.release(client);
    }
    end
}

async fn joined(
    client: &Client,
    call: &Invocation,
    container: &str,
    streams: &Streams,
    signals: &Option<Signals>,
) -> Outcome {
    let condition = WaitCondition::NotRunning;
    let wait = Connection::open(&client.sys, Request::ContainerWait { container: container.to_string(), condition })?;
    wait.ready().await?;
    let attach = Connection::open(&client.sys, streams.attach(container))?;
    attach.ready().await?;
    let end = stream(client, &attach, streams, call.flags.text("detach-keys"), signals.as_ref()).await;
    attach.close();
    let code = match end? {
        End::Detached => return Err(Failure::new("read escape sequence")),
        End::Over => exit_code(wait.answer().await?),
    };
    wait.close();
    Ok(code)
}

fn check_state(document: &Value) -> Result<(), Failure> {
    let is = |key: &str| document.get("State").and_then(|state| state.get(key)).and_then(Value::as_bool);
    let refused =
        |state: &str, hint: &str| Err(Failure::new(format!("You cannot attach to a {state} container, {hint}")));
    if is("Running") != Some(true) {
        return refused("stopped", "start it first");
    }
    if is("Paused") == Some(true) {
        return refused("paused", "unpause it first");
    }
    if is("Restarting") == Some(true) {
        return refused("restarting", "wait until it is running");
    }
    Ok(())
}
