//! The images of a project: which are there, which have to be pulled, which to be built.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::build;
use super::file::Value;
use super::program::Call;
use super::progress::{Event, Mode, Progress, Status};
use super::stack::{Stack, Task, all};
use crate::cli::client::Failure;
use crate::cli::image::progress::bar;
use crate::engine::api::{Answer, Reply, Request};
use crate::engine::client::{CallError, Connection};

/// The id of an image, if it is there.
pub async fn id_of(stack: &Stack<'_>, image: &str) -> Result<Option<String>, Failure> {
    match stack.client.call(Request::ImageInspect { image: image.into() }).await {
        Ok(Answer::Json(document)) => Ok(document.get("Id").and_then(|id| id.as_str()).map(str::to_string)),
        Ok(_) => Ok(None),
        Err(failure) if failure.not_found => Ok(None),
        Err(failure) => {
            Err(Failure { message: format!("unable to get image '{image}': {}", failure.message), ..failure })
        }
    }
}

/// Pulls and builds what services lack; the ids of their images.
pub async fn ensure(
    call: &Call<'_>,
    stack: &Stack<'_>,
    services: &[String],
    mode: Mode,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    for name in stack.project.services.keys() {
        let image = stack.project.image(name);
        if let Some(id) = id_of(stack, &image).await? {
            there.insert(image, id);
        }
    }
    pull_missing(call, stack, &there, mode).await?;
    if !call.flags.bool("no-build") {
        let wanted = |name: &String, service: &Value| {
            let present = there.contains_key(&stack.project.image(name));
            service.at("build").is_some() && (!present || service.word("pull_policy") == "build")
        };
        let chosen = |name: &String| services.is_empty() || needed(stack, services, name);
        let names: Vec<String> = stack
            .project
            .ordered()
            .into_iter()
            .filter(|name| chosen(name) && wanted(name, stack.service(name)))
            .collect();
        build::build(call, stack.project, &names, &build::Ask::default(), stack.progress).await?;
    }
    let mut ids = BTreeMap::new();
    for name in stack.project.services.keys() {
        if let Some(id) = id_of(stack, &stack.project.image(name)).await? {
            ids.insert(name.clone(), id);
        }
    }
    Ok(ids)
}

/// Whether a service is among those that were named, or needed by one of them.
fn needed(stack: &Stack<'_>, services: &[String], name: &str) -> bool {
    services.iter().any(|service| service == name)
        || stack.project.dependents(name).iter().any(|dependent| needed(stack, services, dependent))
}

async fn pull_missing(
    call: &Call<'_>,
    stack: &Stack<'_>,
    there: &BTreeMap<String, String>,
    mode: Mode,
) -> Result<(), Failure> {
    let wanted = |service: &Value| {
        let image = service.word("image");
        !image.is_empty()
            && match service.word("pull_policy") {
                "always" => true,
                "never" | "build" => false,
                _ => !there.contains_key(image),
            }
    };
    let names: Vec<&String> =
        stack.project.services.iter().filter(|(_, service)| wanted(service)).map(|(name, _)| name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let progress = Progress::new(mode, "Running");
    let shown = Stack::new(call.client, stack.project, &progress);
    let shown = &shown;
    let one = |name: &'_ &String| -> Task<'_> {
        let name = name.to_string();
        Box::pin(async move {
            match pull(shown, &name, mode == Mode::Quiet).await {
                // What can be built need not be pulled.
                Err(_) if can_be_built(shown, &name) => Ok(()),
                other => other,
            }
        })
    };
    progress.run(call.client, all(names.iter().map(one).collect())).await
}

fn can_be_built(stack: &Stack<'_>, name: &str) -> bool {
    let image = stack.service(name).word("image");
    let same = |service: &&Value| service.word("image") == image && service.at("build").is_some();
    stack.project.services.values().any(|service| same(&service))
}

/// Pulls the image of one service and shows how far it is.
pub async fn pull(stack: &Stack<'_>, name: &str, quiet: bool) -> Result<(), Failure> {
    let service = stack.service(name);
    let text = |status: Status, text: &str, status_text: &str| Event {
        text: text.into(),
        ..Event::new(name, status, status_text)
    };
    stack.tell(text(Status::Working, "Pulling", "")).await;
    let platform = service.word("platform");
    let request = Request::ImagePull {
        reference: service.word("image").into(),
        all_tags: false,
        platform: (!platform.is_empty()).then(|| platform.to_string()),
    };
    let connection = Connection::open(&stack.client.sys, request)?;
    let mut begun = false;
    let outcome = loop {
        match connection.next().await {
            Ok(Some(Reply::Progress(progress))) => {
                begun = true;
                if !quiet && !progress.id.is_empty() && !progress.status.starts_with("Pulling from") {
                    let done =
                        ["Download complete", "Already exists", "Pull complete"].contains(&progress.status.as_str());
                    let event = Event {
                        id: progress.id.clone(),
                        parent: name.into(),
                        text: progress.status.clone(),
                        status: if done { Status::Done } else { Status::Working },
                        status_text: bar(&progress, 200),
                        current: progress.current,
                        total: progress.total,
                    };
                    stack.tell(event).await;
                }
            }
            Ok(Some(Reply::Done(_))) => break Ok(()),
            Ok(Some(Reply::Failed(fault))) => break Err(CallError::Daemon(fault)),
            Ok(Some(_)) => {}
            Ok(None) => break Err(CallError::Unreachable),
            Err(error) => break Err(error),
        }
    };
    connection.close();
    let Err(error) = outcome else {
        stack.tell(text(Status::Done, "Pulled", "")).await;
        return Ok(());
    };
    if error == CallError::Interrupted {
        stack.tell(Event::warning(name, "Interrupted")).await;
        return Err(Failure::with(130, ""));
    }
    let why = match &error {
        CallError::Daemon(fault) => fault.message.clone(),
        other => other.text(),
    };
    // Once messages have come, an error is one of them, and the display stays as it is.
    if begun {
        return Err(Failure::new(why));
    }
    let event = match service.at("build") {
        Some(_) => text(Status::Warning, "Warning", &why),
        None => text(Status::Error, "Error", &why),
    };
    stack.tell(event).await;
    Err(error.into())
}

/// `docker compose pull`.
pub async fn pull_all(call: &Call<'_>, stack: &Stack<'_>) -> Result<Vec<String>, Failure> {
    let flags = call.flags;
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut names = Vec::new();
    for (name, service) in &stack.project.services {
        let image = service.word("image");
        let skipped = match service.word("pull_policy") {
            _ if image.is_empty() => Some("Skipped - No image to be pulled".to_string()),
            "never" | "build" => Some("Skipped".to_string()),
            "missing" if !image.ends_with(":latest") && image.contains(':') && id_of(stack, image).await?.is_some() => {
                Some("Skipped - Image is already present locally".to_string())
            }
            _ if service.at("build").is_some() && flags.bool("ignore-buildable") => {
                Some("Skipped - Image can be built".to_string())
            }
            _ => seen.get(image).map(|other| format!("Skipped - Image is already being pulled by {other}")),
        };
        match skipped {
            Some(text) => stack.tell(Event { text, ..Event::done(name, "") }).await,
            None => {
                seen.insert(image.to_string(), name.clone());
                names.push(name.clone());
            }
        }
    }
    let must_build: RefCell<Vec<String>> = RefCell::default();
    let must = &must_build;
    let quiet = flags.bool("quiet");
    let one = |name: &'_ String| -> Task<'_> {
        let name = name.clone();
        Box::pin(async move {
            match pull(stack, &name, quiet).await {
                Err(_) if stack.service(&name).at("build").is_some() => {
                    must.borrow_mut().push(name);
                    Ok(())
                }
                Err(_) if flags.bool("ignore-pull-failures") => Ok(()),
                other => other,
            }
        })
    };
    all(names.iter().map(one).collect()).await?;
    Ok(must_build.into_inner())
}
