//! `docker diff`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, ChangeKind, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let container = call.args.first().cloned().unwrap_or_default();
    if container.is_empty() {
        return Err(Failure::new("Container name cannot be empty"));
    }
    let Answer::Changes(changes) = client.call(Request::ContainerChanges { container }).await? else { return Ok(0) };
    let line = |kind, path: &str| {
        let letter = match kind {
            ChangeKind::Modified => 'C',
            ChangeKind::Added => 'A',
            ChangeKind::Deleted => 'D',
        };
        format!("{letter} {path}\n")
    };
    let lines: String = changes.iter().map(|change| line(change.kind, &change.path)).collect();
    client.print(&lines).await?;
    Ok(0)
}
