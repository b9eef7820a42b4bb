//! `docker stop`.

use crate::cli::client::{Client, Outcome, name_line};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let (timeout, signal) = waits(call);
    let request = |name: &str| Request::ContainerStop { container: name.to_string(), timeout, signal: signal.clone() };
    client.each(&call.args, &request, name_line).await
}

/// The time to wait before a kill, in seconds, and the signal to begin with, where they are given.
pub(super) fn waits(call: &Invocation) -> (Option<i64>, Option<String>) {
    let timeout = call.flags.is_set("timeout").then(|| call.flags.number("timeout"));
    let signal = call.flags.text("signal");
    (timeout, (!signal.is_empty()).then(|| signal.to_string()))
}
