//! `docker create`, and making a container with a pull when its image is missing.

use super::{options, pull};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Create, Request};
use crate::engine::client::{CallError, call};
use crate::kernel::Sys;
use crate::oci::reference::Reference;

pub async fn run(sys: Sys, call: Invocation) -> i32 {
    let ask = match options::create(&sys, &call) {
        Ok(ask) => ask,
        Err(message) => {
            sys.eprint(&format!("{message}\n")).await;
            return 1;
        }
    };
    match create(&sys, &call, ask).await {
        Ok(id) => {
            let _ = sys.print(&format!("{id}\n")).await;
            0
        }
        Err(error) => {
            sys.eprint(&format!("{error}\n")).await;
            1
        }
    }
}

/// Makes a container; its id, or the complaint.
pub async fn create(sys: &Sys, invocation: &Invocation, ask: Create) -> Result<String, String> {
    let policy = invocation.flags.text("pull").to_string();
    let image = ask.config.image.clone();
    let quiet = invocation.flags.bool("quiet");
    let out = if quiet { None } else { Some(2) };
    if policy == "always" {
        pull::pull(sys, &image, false, out).await.map_err(|error| error.text())?;
    }
    let mut tried = false;
    loop {
        match call(sys, Request::ContainerCreate(Box::new(ask.clone()))).await {
            Ok(Answer::Created { id, warnings }) => {
                for warning in warnings {
                    sys.eprint(&format!("WARNING: {warning}\n")).await;
                }
                return Ok(id);
            }
            Ok(_) => return Err("unexpected answer".into()),
            Err(CallError::Daemon(fault))
                if !tried
                    && policy == "missing"
                    && fault.status == 404
                    && fault.message.starts_with("No such image") =>
            {
                tried = true;
                if !quiet {
                    let name =
                        Reference::parse(&image).map_or(image.clone(), |reference| reference.tagged().familiar());
                    sys.eprint(&format!("Unable to find image '{name}' locally\n")).await;
                }
                pull::pull(sys, &image, false, out).await.map_err(|error| error.text())?;
            }
            Err(error) => return Err(error.text()),
        }
    }
}
