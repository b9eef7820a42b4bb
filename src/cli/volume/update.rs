//! `docker volume update`, which is for the volumes of a cluster.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let volume = call.args.first().cloned().unwrap_or_default();
    if volume.is_empty() {
        return Err(Failure::new("invalid volume name or ID: value is empty"));
    }
    client.call(Request::VolumeInspect { volume }).await?;
    // No engine here is part of a cluster.
    Err(Failure::new("Can only update cluster volumes"))
}
