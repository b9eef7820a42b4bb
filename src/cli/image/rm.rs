//! `docker rmi`.

use crate::cli::client::{Client, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::platform;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    platform::own(&call.flags, "")?;
    let force = call.flags.bool("force");
    let no_prune = call.flags.bool("no-prune");
    let mut failures = Failures::default();
    let mut only_absent = true;
    for image in &call.args {
        match client.call(Request::ImageRemove { image: image.clone(), force, no_prune }).await {
            Ok(Answer::Lines(lines)) => {
                let text: String = lines.into_iter().map(|line| line + "\n").collect();
                client.print(&text).await?;
            }
            Ok(_) => {}
            Err(failure) => {
                only_absent &= failure.not_found;
                failures.add(failure);
            }
        }
    }
    match failures.outcome() {
        // By force, what is not there is said but is no failure.
        Err(failure) if force && only_absent => {
            client.warn(&format!("{}\n", failure.message)).await;
            Ok(0)
        }
        outcome => outcome,
    }
}
