//! `docker commit`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Commit, Request};
use crate::oci::reference::Reference;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let target = call.args.get(1).cloned().unwrap_or_default();
    if !target.is_empty() {
        let reference = Reference::parse(&target).map_err(|bad| Failure::new(bad.0))?;
        if reference.digest.is_some() {
            return Err(Failure::new("refusing to create a tag with a digest reference"));
        }
    }
    let request = Request::Commit(Commit {
        container: call.args.first().cloned().unwrap_or_default(),
        target,
        author: call.flags.text("author").to_string(),
        comment: call.flags.text("message").to_string(),
        pause: call.flags.bool("pause"),
        changes: call.flags.list("change").to_vec(),
    });
    if let Answer::Created { id, .. } = client.call(request).await? {
        client.print(&format!("{id}\n")).await?;
    }
    Ok(0)
}
