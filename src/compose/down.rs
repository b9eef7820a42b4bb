//! `docker compose down`.

use super::file::{Project, Value};
use super::label;
use super::program::Call;
use super::progress::{Event, Progress};
use super::stack::{OneOff, Stack, Task, all, containers, from_containers, service_of};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::engine::api::{Answer, ContainerSummary, Request};

pub async fn run(call: &Call<'_>) -> Outcome {
    let rmi = call.flags.text("rmi");
    if !matches!(rmi, "" | "all" | "local") {
        return Err(Failure::new(format!("invalid value for --rmi: {}", quoted(rmi))));
    }
    let (project, name) = call.project_or_name(call.args).await?;
    let orphans = call.flags.bool("remove-orphans")
        || call.client.sys.env("COMPOSE_REMOVE_ORPHANS").is_some_and(|value| matches!(&*value, "1" | "true"));
    self::project(call, &name, project, call.args, orphans).await?;
    Ok(0)
}

/// Takes a project down.
pub async fn project(
    call: &Call<'_>,
    name: &str,
    given: Option<Project>,
    services: &[String],
    orphans: bool,
) -> Result<(), Failure> {
    let one_off = if orphans { OneOff::Include } else { OneOff::Exclude };
    let found = containers(call.client, name, one_off, true, &[]).await?;
    let explicit = given.is_some();
    let project = match given {
        Some(project) => project,
        None => with_resources(call, from_containers(name, &found)).await?,
    };
    let mut chosen = Vec::new();
    for service in services {
        if project.services.contains_key(service) {
            chosen.push(service.clone());
        } else if explicit {
            let why = if project.disabled.contains_key(service) { "disabled" } else { "not found" };
            return Err(Failure::new(format!("no such service: {service}: {why}")));
        }
    }
    if !services.is_empty() && chosen.is_empty() {
        return Ok(());
    }
    let progress = Progress::new(call.mode, "Running");
    let stack = Stack::new(call.client, &project, &progress);
    progress.run(call.client, take_down(call, &stack, &found, &chosen, orphans)).await
}

/// Whose containers are removed when these services go: they and all that depend on them.
fn goes(project: &Project, chosen: &[String], name: &str) -> bool {
    chosen.is_empty()
        || chosen.iter().any(|known| known == name)
        || project.services[name]
            .entries("depends_on")
            .any(|(other, _)| project.services.contains_key(other) && goes(project, chosen, other))
}

async fn take_down<'a>(
    call: &Call<'_>,
    stack: &'a Stack<'a>,
    found: &[ContainerSummary],
    chosen: &[String],
    orphans: bool,
) -> Result<(), Failure> {
    let (timeout, volumes) = (call.timeout(), call.flags.bool("volumes"));
    stack
        .in_order(true, |name| {
            let mine = goes(stack.project, chosen, &name);
            let own: Vec<ContainerSummary> =
                found.iter().filter(|one| mine && service_of(one) == name).cloned().collect();
            Box::pin(async move {
                let tasks =
                    own.iter().map(|one| -> Task<'_> { Box::pin(stack.stop_and_remove(one, timeout, volumes)) });
                all(tasks.collect()).await
            })
        })
        .await?;
    let left: Vec<&ContainerSummary> = found.iter().filter(|one| orphans && stack.is_orphan(one)).collect();
    let tasks = left.iter().map(|one| -> Task<'_> { Box::pin(stack.stop_and_remove(one, timeout, false)) });
    all(tasks.collect()).await?;
    let images = if call.flags.text("rmi").is_empty() { Vec::new() } else { images(call, stack).await? };
    let mut tasks: Vec<Task<'_>> = Vec::new();
    let networks = stack.project.networks.iter().filter(|(_, network)| !network.flag("external"));
    for (key, network) in networks {
        tasks.push(Box::pin(remove_network(stack, key, network)));
    }
    for image in &images {
        tasks.push(Box::pin(remove_image(stack, image)));
    }
    if volumes {
        for volume in stack.project.volumes.values().filter(|volume| !volume.flag("external")) {
            tasks.push(Box::pin(remove_volume(stack, volume)));
        }
    }
    if found.is_empty() && tasks.is_empty() {
        let name = quoted(&stack.project.name);
        call.warn(&[format!("Warning: No resource found to remove for project {name}.")]).await;
    }
    all(tasks).await
}

async fn remove_network(stack: &Stack<'_>, key: &str, network: &Value) -> Result<(), Failure> {
    let name = network.word("name");
    let filters = vec![
        ("label".to_string(), format!("{}={}", label::PROJECT, stack.project.name)),
        ("label".to_string(), format!("{}={key}", label::NETWORK)),
    ];
    let Answer::Networks(found) = stack.client.call(Request::NetworkList { filters }).await? else { return Ok(()) };
    if found.is_empty() {
        return Ok(());
    }
    let id = format!("Network {name}");
    stack.tell(Event::working(&id, "Removing")).await;
    let mut removed = false;
    for network in found.iter().filter(|network| *network.name == *name) {
        let request = Request::NetworkInspect { network: network.id.to_string(), verbose: false };
        let Answer::Json(document) = stack.client.call(request).await? else { continue };
        if document.get("Containers").and_then(|all| all.as_object()).is_some_and(|all| !all.is_empty()) {
            stack.tell(Event::warning(&id, "Resource is still in use")).await;
            removed = true;
            continue;
        }
        match stack.client.call(Request::NetworkRemove { network: network.id.to_string() }).await {
            Ok(_) => {
                stack.tell(Event::done(&id, "Removed")).await;
                removed = true;
            }
            Err(failure) if failure.not_found => {}
            Err(failure) => {
                stack.tell(Event::error(&id, "Error")).await;
                let message = format!("failed to remove network {name}: {}", failure.message);
                return Err(Failure { message, ..failure });
            }
        }
    }
    if !removed {
        stack.tell(Event::warning(&id, "No resource found to remove")).await;
    }
    Ok(())
}

async fn remove_image(stack: &Stack<'_>, image: &str) -> Result<(), Failure> {
    let id = format!("Image {image}");
    stack.tell(Event::working(&id, "Removing")).await;
    match stack.client.call(Request::ImageRemove { image: image.into(), force: false, no_prune: false }).await {
        Ok(_) => stack.tell(Event::done(&id, "Removed")).await,
        Err(failure) if failure.not_found => {
            stack.tell(Event::done(&id, "Warning: No resource found to remove")).await;
        }
        Err(failure) if failure.message.contains("conflict") => {
            stack.tell(Event::warning(&id, "Resource is still in use")).await;
        }
        Err(failure) => return Err(failure),
    }
    Ok(())
}

async fn remove_volume(stack: &Stack<'_>, volume: &Value) -> Result<(), Failure> {
    let name = volume.word("name");
    match stack.client.call(Request::VolumeInspect { volume: name.into() }).await {
        Err(failure) if failure.not_found => return Ok(()),
        _ => {}
    }
    let id = format!("Volume {name}");
    stack.tell(Event::working(&id, "Removing")).await;
    match stack.client.call(Request::VolumeRemove { volume: name.into(), force: true }).await {
        Ok(_) => stack.tell(Event::done(&id, "Removed")).await,
        Err(failure) if failure.message.contains("in use") => {
            stack.tell(Event::warning(&id, "Resource is still in use")).await;
        }
        Err(failure) => return Err(failure),
    }
    Ok(())
}

/// The images that go: those that were built here, or all.
async fn images(call: &Call<'_>, stack: &Stack<'_>) -> Result<Vec<String>, Failure> {
    let all = call.flags.text("rmi") == "all";
    let mut names: Vec<String> = Vec::new();
    for (name, service) in &stack.project.services {
        let image = stack.project.image(name);
        if !all && !service.word("image").is_empty() {
            continue;
        }
        if super::image::id_of(stack, &image).await?.is_none() || !all && service.at("build").is_none() {
            continue;
        }
        let tagged = crate::oci::reference::Reference::parse(&image).map(|parsed| parsed.tagged().familiar());
        let image = tagged.unwrap_or(image);
        if !names.contains(&image) {
            names.push(image);
        }
    }
    Ok(names)
}

/// What the engine has of a project whose file is not at hand.
async fn with_resources(call: &Call<'_>, mut project: Project) -> Result<Project, Failure> {
    let filters = vec![("label".to_string(), format!("{}={}", label::PROJECT, project.name))];
    let named = |name: &str| Value::map([("name", Value::text(name))]);
    if let Answer::Networks(found) = call.client.call(Request::NetworkList { filters: filters.clone() }).await? {
        for network in found {
            let key = network.labels.get(label::NETWORK).cloned().unwrap_or_default();
            project.networks.insert(key, named(&network.name));
        }
    }
    if let Answer::Volumes(found) = call.client.call(Request::VolumeList { filters }).await? {
        for volume in found {
            let key = volume.labels.get(label::VOLUME).cloned().unwrap_or_default();
            project.volumes.insert(key, named(&volume.name));
        }
    }
    Ok(project)
}
