//! `docker restart`.

use super::stop::waits;
use crate::cli::client::{Client, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let (timeout, signal) = waits(call);
    let mut failures = Failures::default();
    // Unlike stop, the client restarts one after the other.
    for name in &call.args {
        let request = Request::ContainerRestart { container: name.clone(), timeout, signal: signal.clone() };
        match client.call(request).await {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            Err(failure) => failures.add(failure),
        }
    }
    failures.outcome()
}
