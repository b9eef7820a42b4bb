//! `docker rename`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let [old, new] = [0, 1].map(|at| call.args.get(at).map_or("", |name| name.trim()));
    if old.is_empty() || new.is_empty() {
        return Err(Failure::new("Error: Neither old nor new names may be empty"));
    }
    match client.call(Request::ContainerRename { container: old.to_string(), name: new.to_string() }).await {
        Ok(_) => Ok(0),
        Err(failure) => {
            client.warn(&format!("{}\n", failure.message)).await;
            Err(Failure::new(format!("Error: failed to rename container named {old}")))
        }
    }
}
