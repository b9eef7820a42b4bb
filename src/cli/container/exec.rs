//! `docker exec`.

use super::envfile::environment;
use super::stream::{End, Streams, check_terminal, stream};
use crate::cli::client::{Client, Failure, Outcome, check_name};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, ExecCreate, Request};
use crate::engine::client::Connection;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let Some((container, argv)) = call.args.split_first() else { return Ok(0) };
    let env = environment(client, flags).await?;
    // An unknown container is said before a missing terminal.
    check_name(container)?;
    client.call(Request::ContainerFind { container: container.clone() }).await?;
    let detach = flags.bool("detach");
    let stdin = flags.bool("interactive") && !detach;
    let tty = flags.bool("tty");
    if !detach {
        check_terminal(client, stdin, tty)?;
    }
    let request = Request::ExecCreate(ExecCreate {
        container: container.clone(),
        argv: argv.to_vec(),
        env,
        working_dir: flags.text("workdir").to_string(),
        user: flags.text("user").to_string(),
        tty,
        stdin,
        privileged: flags.bool("privileged"),
    });
    let Answer::Created { id, .. } = client.call(request).await? else {
        return Err(Failure::new("exec ID empty"));
    };
    if detach {
        client.call(Request::ExecStart { exec: id, detach }).await?;
        return Ok(0);
    }
    let connection = Connection::open(&client.sys, Request::ExecStart { exec: id.clone(), detach })?;
    let streams = Streams { stdin, stdout: true, stderr: true, tty };
    let end = stream(client, &connection, &streams, flags.text("detach-keys"), None).await;
    connection.close();
    if end? == End::Detached {
        return Err(Failure::new("read escape sequence"));
    }
    match client.call(Request::ExecInspect { exec: id }).await? {
        Answer::ExecState { exit_code, .. } => Ok(exit_code),
        _ => Ok(0),
    }
}
