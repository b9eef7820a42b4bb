//! `docker start`.

use serde_json::Value;

use super::stream::{End, Signals, Streams, stream};
use crate::cli::client::{Client, Failure, Outcome, check_name};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::Connection;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    if call.flags.is_set("checkpoint") || call.flags.is_set("checkpoint-dir") {
        return Err(Failure::not_simulated("--checkpoint"));
    }
    if call.flags.bool("attach") || call.flags.bool("interactive") {
        if call.args.len() > 1 {
            return Err(Failure::new("you cannot start and attach multiple containers at once"));
        }
        return attached(client, call).await;
    }
    let mut failed = Vec::new();
    for name in &call.args {
        match client.call(Request::ContainerStart { container: name.clone() }).await {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            Err(failure) => {
                client.warn(&format!("{}\n", failure.message)).await;
                failed.push(name.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(0);
    }
    Err(Failure::new(format!("Error: failed to start containers: {}", failed.join(", "))))
}

async fn attached(client: &Client, call: &Invocation) -> Outcome {
    let container = call.args.first().cloned().unwrap_or_default();
    let document = inspect(client, &container).await?;
    let is = |part: &str, key: &str| {
        document.get(part).and_then(|part| part.get(key)).and_then(Value::as_bool).unwrap_or(false)
    };
    let id = document.get("Id").and_then(Value::as_str).unwrap_or(&container).to_string();
    let tty = is("Config", "Tty");
    let streams =
        Streams { stdin: call.flags.bool("interactive") && is("Config", "OpenStdin"), stdout: true, stderr: true, tty };
    let signals = (!tty).then(|| Signals::catch(client, &id));
    let end = until_end(client, call, &id, &streams, is("HostConfig", "AutoRemove"), &signals).await;
    if let Some(signals) = signals {
        signals.release(client);
    }
    end
}

async fn until_end(
    client: &Client,
    call: &Invocation,
    id: &str,
    streams: &Streams,
    auto_remove: bool,
    signals: &Option<Signals>,
) -> Outcome {
    let attach = Connection::open(&client.sys, streams.attach(id))?;
    attach.ready().await?;
    let condition = if auto_remove { WaitCondition::Removed } else { WaitCondition::NextExit };
    let wait = Connection::open(&client.sys, Request::ContainerWait { container: id.to_string(), condition })?;
    wait.ready().await?;
    if let Err(failure) = client.call(Request::ContainerStart { container: id.to_string() }).await {
        attach.close();
        if auto_remove {
            let _ = wait.answer().await;
        }
        wait.close();
        return Err(failure);
    }
    let end = stream(client, &attach, streams, call.flags.text("detach-keys"), signals.as_ref()).await;
    attach.close();
    let code = match end? {
        End::Detached => 0,
        End::Over => exit_code(wait.answer().await?),
    };
    wait.close();
    Ok(code)
}

/// The status that a wait answered.
pub(super) fn exit_code(answer: Answer) -> i32 {
    if let Answer::ExitCode { code, .. } = answer { code } else { 0 }
}

/// The inspect document of a container.
pub(super) async fn inspect(client: &Client, container: &str) -> Result<Value, Failure> {
    check_name(container)?;
    match client.call(Request::ContainerInspect { container: container.to_string(), size: false }).await? {
        Answer::Json(document) => Ok(document),
        _ => Ok(Value::Null),
    }
}
