//! `docker save`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::output::{check_output, save};
use crate::cli::platform;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    platform::own(&call.flags, "invalid platform: ")?;
    let output = call.flags.text("output");
    if output.is_empty() && client.sys.is_terminal(1).is_some() {
        return Err(Failure::new("cowardly refusing to save to a terminal. Use the -o flag or redirect"));
    }
    check_output(client, output).map_err(|why| Failure::new(format!("failed to save image: {}", why.message)))?;
    if let Answer::Bytes(bytes) = client.call(Request::ImageSave { images: call.args.clone() }).await? {
        save(client, output, bytes).await?;
    }
    Ok(0)
}
