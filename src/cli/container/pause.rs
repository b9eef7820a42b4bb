//! `docker pause` and `docker unpause`.

use crate::cli::client::{Client, Outcome, name_line};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let request = |name: &str| Request::ContainerPause { container: name.to_string() };
    client.each(&call.args, &request, name_line).await
}

pub async fn unpause(client: &Client, call: &Invocation) -> Outcome {
    let request = |name: &str| Request::ContainerUnpause { container: name.to_string() };
    client.each(&call.args, &request, name_line).await
}
