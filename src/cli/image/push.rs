//! `docker push`.

use super::progress;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::credentials::{self, HUB};
use crate::cli::dispatch::Invocation;
use crate::cli::platform;
use crate::engine::api::Request;
use crate::oci::reference::Reference;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    platform::own(flags, &format!("Invalid platform {}", flags.text("platform")))?;
    let typed = call.args.first().cloned().unwrap_or_default();
    let mut reference = Reference::parse(&typed).map_err(|bad| Failure::new(bad.0))?;
    let bare = reference.tag.is_none() && reference.digest.is_none();
    let (all, quiet) = (flags.bool("all-tags"), flags.bool("quiet"));
    if all && !bare {
        return Err(Failure::new("tag can't be used with --all-tags/-a"));
    }
    if bare && !all {
        reference = reference.tagged();
        if !quiet {
            client.print("Using default tag: latest\n").await?;
        }
    }
    let server = if reference.domain == "docker.io" { HUB } else { &reference.domain };
    let credentials = credentials::get(client, server).await;
    let request = Request::ImagePush { reference: reference.familiar(), all_tags: all, credentials };
    match progress::show(client, request, (!quiet).then_some(1)).await {
        // What goes wrong on the way is the registry's word, not the daemon's.
        Err(failure) => Err(failure.bare()),
        Ok(_) => {
            if quiet {
                client.print(&format!("{}{}\n", reference.full_name(), reference.suffix())).await?;
            }
            Ok(0)
        }
    }
}
