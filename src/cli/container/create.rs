//! `docker create`, and what `docker run` does like it.

use super::options;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::flag::Flags;
use crate::cli::image::progress;
use crate::cli::platform;
use crate::engine::api::{Answer, Create, Request};
use crate::model::file::Data;
use crate::oci::reference::Reference;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let create = read(client, call, "create").await?;
    let id = container(client, &call.flags, &create).await?;
    client.print(&format!("{id}\n")).await?;
    Ok(0)
}

/// What the command line asks for; the failure is worded for `docker run` or `docker create`.
pub(super) async fn read(client: &Client, call: &Invocation, command: &str) -> Result<Create, Failure> {
    check_pull(call.flags.text("pull")).map_err(|failure| with_help(failure, command))?;
    let create = options::create(client, &call.flags, &call.args).await;
    create.map_err(|failure| with_help(failure, command))
}

fn check_pull(text: &str) -> Result<(), Failure> {
    match text {
        "always" | "missing" | "never" | "" => Ok(()),
        text => Err(Failure::new(format!(
            "invalid pull option: '{text}': must be one of \"always\", \"missing\" or \"never\""
        ))),
    }
}

/// The failure as `docker run` words its own.
pub(super) fn with_help(failure: Failure, command: &str) -> Failure {
    let hint = format!("Run 'docker {command} --help' for more information");
    let message = match failure.message.strip_prefix("layerlab: ") {
        Some(_) => failure.message,
        None => format!("docker: {}\n\n{hint}", failure.message),
    };
    Failure { message, code: 125, ..failure }
}

/// Creates the container, after a pull where that is wanted, and gives its id.
pub(super) async fn container(client: &Client, flags: &Flags, create: &Create) -> Result<String, Failure> {
    let file = flags.text("cidfile");
    if !file.is_empty() {
        id_file(client, file)?;
    }
    let made = make(client, flags, create).await;
    match &made {
        Ok(id) if !file.is_empty() => {
            let data = Data::new(id.clone().into_bytes());
            client.sys.put(file, data, 0o644).map_err(|errno| Failure::file("open", file, errno))?;
        }
        Err(_) if !file.is_empty() => {
            let _ = client.sys.unlink(file);
        }
        _ => {}
    }
    made
}

fn id_file(client: &Client, path: &str) -> Result<(), Failure> {
    if client.sys.stat(path).is_ok() {
        let hint = format!("make sure the other container isn't running or delete {path}");
        return Err(Failure::new(format!("container ID file found, {hint}")));
    }
    client.sys.put(path, Data::new(Vec::new()), 0o644).map_err(|errno| {
        let why = Failure::file("open", path, errno).message;
        Failure::new(format!("failed to create the container ID file: {why}"))
    })
}

async fn make(client: &Client, flags: &Flags, create: &Create) -> Result<String, Failure> {
    let image = &create.config.image;
    // An id is no name, and nothing to pull.
    let is_id = image.len() == 64 && image.bytes().all(|byte| byte.is_ascii_hexdigit());
    let reference =
        if is_id { None } else { Some(Reference::parse(image).map_err(|bad| Failure::new(bad.0))?.tagged()) };
    platform::check(flags.text("platform"), "error parsing specified platform: ")?;
    if flags.text("pull") == "always" {
        pull(client, flags, image).await?;
    }
    let request = || Request::ContainerCreate(Box::new(create.clone()));
    let answer = match (client.call(request()).await, reference) {
        (Err(failure), Some(reference)) if failure.not_found && flags.text("pull") == "missing" => {
            if !flags.bool("quiet") {
                client.warn(&format!("Unable to find image '{}' locally\n", reference.familiar())).await;
            }
            pull(client, flags, image).await?;
            client.call(request()).await?
        }
        (answer, _) => answer?,
    };
    let Answer::Created { id, warnings } = answer else { return Ok(String::new()) };
    for warning in &warnings {
        client.warn(&format!("WARNING: {warning}\n")).await;
    }
    Ok(id)
}

/// A pull whose progress is shown on standard error.
async fn pull(client: &Client, flags: &Flags, image: &str) -> Result<(), Failure> {
    let platform = flags.text("platform");
    let request = Request::ImagePull {
        reference: image.to_string(),
        all_tags: false,
        platform: (!platform.is_empty()).then(|| platform.to_string()),
    };
    progress::show(client, request, if flags.bool("quiet") { None } else { Some(2) }).await.map(|_| ())
}
