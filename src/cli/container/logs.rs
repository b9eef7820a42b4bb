//! `docker logs`.

use crate::cli::client::{Client, Failure, Outcome, check_name};
use crate::cli::dispatch::Invocation;
use crate::cli::format::time::moment;
use crate::engine::api::{Answer, Logs, Reply, Request};
use crate::engine::client::Connection;
use crate::model::process::Stream;
use crate::model::time::Time;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let container = call.args.first().cloned().unwrap_or_default();
    check_name(&container)?;
    // An unknown container is said before a bad time.
    client.call(Request::ContainerFind { container: container.clone() }).await?;
    let request = Request::ContainerLogs(Logs {
        container,
        follow: flags.bool("follow"),
        stdout: true,
        stderr: true,
        since: limit(client, "since", flags.text("since"))?,
        until: limit(client, "until", flags.text("until"))?,
        timestamps: flags.bool("timestamps"),
        details: flags.bool("details"),
        // Whatever is no number means all lines, as at the daemon.
        tail: flags.text("tail").parse().ok(),
    });
    let connection = Connection::open(&client.sys, request)?;
    let outcome = copy(client, &connection).await;
    connection.close();
    outcome
}

fn limit(client: &Client, name: &str, text: &str) -> Result<Option<Time>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let moment = moment(text, client.sys.now()).map(Some);
    moment.ok_or_else(|| {
        let text = crate::cli::format::quote::quoted(text);
        Failure::new(format!("invalid value for \"{name}\": failed to parse value as time or duration: {text}"))
    })
}

/// Prints what streams in until the daemon is done.
async fn copy(client: &Client, connection: &Connection) -> Outcome {
    while let Some(reply) = connection.next().await? {
        match reply {
            Reply::Output { stream: Stream::Stdout, bytes } => client.sys.write(1, &bytes).await?,
            Reply::Output { stream: Stream::Stderr, bytes } => client.sys.write(2, &bytes).await?,
            Reply::Done(Answer::ExitCode { code, .. }) => return Ok(code),
            Reply::Done(_) => break,
            Reply::Failed(fault) => return Err(crate::engine::client::CallError::Daemon(fault).into()),
            _ => {}
        }
    }
    Ok(0)
}
