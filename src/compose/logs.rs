//! `docker compose logs`.

use super::attached::{Rest, Watch};
use super::log::{Consumer, Lines};
use super::program::Call;
use super::stack::{OneOff, bare_name, containers, number_of, service_of, sorted};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::cli::format::time::moment;
use crate::engine::api::{ContainerSummary, Logs, Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::model::process::Stream;
use crate::model::signal::Signal;
use crate::model::time::Time;

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let index = usize::try_from(flags.number("index")).unwrap_or(0);
    if index > 0 && call.args.len() != 1 {
        return Err(Failure::new("--index requires one service to be selected"));
    }
    let (project, name) = call.project_or_name(call.args).await?;
    let mut services = call.args.to_vec();
    if let Some(project) = &project
        && services.is_empty()
    {
        let shown =
            project.services.iter().filter(|(_, service)| service.at("attach").is_none() || service.flag("attach"));
        services = shown.map(|(name, _)| name.clone()).collect();
    }
    let mut found = sorted(containers(call.client, &name, OneOff::Exclude, true, &services).await?);
    if index > 0 {
        found.retain(|one| number_of(one) == index);
    }
    if found.is_empty() && index > 0 {
        return Err(Failure::new(format!("service {} is not running container #{index}", quoted(&call.args[0]))));
    }
    let logs = Logs {
        follow: flags.bool("follow"),
        stdout: true,
        stderr: true,
        since: limit(call, "since")?,
        until: limit(call, "until")?,
        timestamps: flags.bool("timestamps"),
        tail: flags.text("tail").parse().ok(),
        ..Logs::default()
    };
    let consumer = Consumer::new(call, false);
    if !logs.follow {
        for container in &found {
            copy(call, &consumer, container, &logs).await?;
        }
        return Ok(0);
    }
    follow(call, &consumer, &name, found, logs).await
}

async fn follow(
    call: &Call<'_>,
    consumer: &Consumer<'_>,
    name: &str,
    found: Vec<ContainerSummary>,
    logs: Logs,
) -> Outcome {
    let services: Vec<String> = found.iter().map(|one| service_of(one).to_string()).collect();
    call.client.sys.catch_signal(Signal::INT, true);
    let mut watch = Watch::new(call.client, consumer, name, (services, Vec::new()), Some(logs)).await?;
    for container in &found {
        watch.add(container, true).await?;
    }
    let rest = watch.run().await?;
    watch.close();
    Ok(if rest == Rest::Interrupted { 130 } else { 0 })
}

fn limit(call: &Call<'_>, name: &str) -> Result<Option<Time>, Failure> {
    let text = call.flags.text(name);
    if text.is_empty() {
        return Ok(None);
    }
    let why = || format!("invalid value for \"{name}\": failed to parse value as time or duration: {}", quoted(text));
    moment(text, call.client.sys.now()).map(Some).ok_or_else(|| Failure::new(why()))
}

async fn copy(
    call: &Call<'_>,
    consumer: &Consumer<'_>,
    container: &ContainerSummary,
    logs: &Logs,
) -> Result<(), Failure> {
    let request = Request::ContainerLogs(Logs { container: container.id.to_string(), ..logs.clone() });
    let connection = Connection::open(&call.client.sys, request)?;
    let name = bare_name(container);
    let mut lines = Lines::default();
    loop {
        match connection.next().await? {
            Some(Reply::Output { bytes, .. }) => {
                for line in lines.take(&bytes) {
                    consumer.line(&name, Stream::Stdout, line.trim_end_matches('\r')).await?;
                }
            }
            Some(Reply::Failed(fault)) => return Err(CallError::Daemon(fault).into()),
            Some(Reply::Done(_)) | None => break,
            Some(_) => {}
        }
    }
    if let Some(line) = lines.rest() {
        consumer.line(&name, Stream::Stdout, &line).await?;
    }
    connection.close();
    Ok(())
}
