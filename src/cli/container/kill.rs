//! `docker kill`.

use crate::cli::client::{Client, Outcome, name_line};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let signal = call.flags.text("signal");
    let signal = (!signal.is_empty()).then(|| signal.to_string());
    let request = |name: &str| Request::ContainerKill { container: name.to_string(), signal: signal.clone() };
    client.each(&call.args, &request, name_line).await
}
