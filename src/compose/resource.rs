//! The networks and volumes of a project.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::file::{Project, Value};
use super::label;
use super::program::Call;
use super::progress::Event;
use super::stack::{OneOff, Stack, Task, all, service_of, text_at};
use crate::cli::client::Failure;
use crate::cli::format::quote::quoted;
use crate::engine::api::{Answer, NetworkCreate, Request};

/// No two services may have one container's name.
pub fn check_names(project: &Project) -> Result<(), Failure> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, service) in &project.services {
        let own = service.word("container_name");
        if own.is_empty() {
            continue;
        }
        if let Some(other) = seen.insert(own, name) {
            return Err(Failure::new(format!(
                "services.{name}: container name {} is already in use by service {other}\"",
                quoted(own)
            )));
        }
    }
    Ok(())
}

fn label_of(document: &Json, name: &str) -> Option<String> {
    document.get("Labels")?.get(name)?.as_str().map(str::to_string)
}

async fn document(stack: &Stack<'_>, request: Request) -> Result<Option<Json>, Failure> {
    match stack.client.call(request).await {
        Ok(Answer::Json(document)) => Ok(Some(document)),
        Ok(_) => Ok(None),
        Err(failure) if failure.not_found => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Makes the networks that are missing.
pub async fn networks<'a>(call: &Call<'_>, stack: &'a Stack<'a>) -> Result<(), Failure> {
    for (key, network) in &stack.project.networks {
        let name = network.word("name");
        let request = Request::NetworkInspect { network: name.into(), verbose: false };
        // An id that begins like the name is another network.
        let there = document(stack, request).await?;
        let there = there.filter(|found| [text_at(found, "Name"), text_at(found, "Id")].iter().any(|own| own == name));
        if network.flag("external") {
            if there.is_none() {
                return Err(Failure::new(format!("network {name} declared as external, but could not be found")));
            }
            continue;
        }
        let Some(found) = there else {
            create_network(stack, key, network).await?;
            continue;
        };
        let of = label_of(&found, label::PROJECT);
        let hint = "\nSet `external: true` to use an existing network";
        match of {
            None => {
                call.warn(&[format!("a network with name {name} exists but was not created by compose.{hint}")]).await
            }
            Some(other) if other != stack.project.name => {
                let project = quoted(&stack.project.name);
                let what =
                    format!("a network with name {name} exists but was not created for project {project}.{hint}");
                call.warn(&[what]).await;
            }
            _ => {}
        }
        let own = label_of(&found, label::NETWORK).unwrap_or_default();
        if own != *key {
            return Err(Failure::new(format!(
                "network {name} was found but has incorrect label {} set to {} (expected: {})",
                label::NETWORK,
                quoted(&own),
                quoted(key)
            )));
        }
        let hash = label_of(&found, label::CONFIG_HASH).unwrap_or_default();
        if !hash.is_empty() && hash != stack.project.network_hash(key) {
            renew_network(stack, key, name).await?;
            create_network(stack, key, network).await?;
        }
    }
    Ok(())
}

/// Takes away a network that has changed, after who is on it was stopped.
async fn renew_network<'a>(stack: &'a Stack<'a>, key: &str, name: &str) -> Result<(), Failure> {
    let on = |service: &Value| service.entries("networks").any(|(network, _)| network == key);
    let services: Vec<String> =
        stack.project.services.iter().filter(|(_, service)| on(service)).map(|(name, _)| name.clone()).collect();
    stack.stop(&services, None).await?;
    stack.client.call(Request::NetworkRemove { network: name.into() }).await?;
    stack.tell(Event::done(format!("Network {name}"), "Removed")).await;
    Ok(())
}

async fn create_network(stack: &Stack<'_>, key: &str, network: &Value) -> Result<(), Failure> {
    let name = network.word("name");
    if network.flag("enable_ipv6") {
        return Err(Failure::not_simulated(&format!("networks.{key}.enable_ipv6")));
    }
    let mut labels = network.texts("labels");
    labels.insert(label::NETWORK.into(), key.into());
    labels.insert(label::PROJECT.into(), stack.project.name.clone());
    labels.insert(label::VERSION.into(), label::NUMBER_OF_VERSION.into());
    labels.insert(label::CONFIG_HASH.into(), stack.project.network_hash(key));
    let pools = network.list("ipam.config");
    if pools.len() > 1 {
        return Err(Failure::not_simulated(&format!("more than one pool in networks.{key}.ipam")));
    }
    let pool = |field: &str| pools.first().map(|pool| pool.word(field).to_string()).unwrap_or_default();
    let driver = network.word("driver");
    let ask = NetworkCreate {
        name: name.into(),
        driver: if driver.is_empty() { "bridge" } else { driver }.into(),
        subnet: pool("subnet"),
        gateway: pool("gateway"),
        ip_range: pool("ip_range"),
        internal: network.flag("internal"),
        attachable: network.flag("attachable"),
        labels,
        options: network.texts("driver_opts"),
    };
    let id = format!("Network {name}");
    stack.tell(Event::working(&id, "Creating")).await;
    match stack.client.call(Request::NetworkCreate(Box::new(ask))).await {
        Ok(_) => {
            stack.tell(Event::done(&id, "Created")).await;
            Ok(())
        }
        Err(failure) => {
            stack.tell(Event::error(&id, "Error")).await;
            Err(Failure { message: format!("failed to create network {name}: {}", failure.message), ..failure })
        }
    }
}

/// Makes the volumes that are missing.
pub async fn volumes<'a>(call: &Call<'_>, stack: &'a Stack<'a>) -> Result<(), Failure> {
    for (key, volume) in &stack.project.volumes {
        let name = volume.word("name");
        let found = document(stack, Request::VolumeInspect { volume: name.into() }).await?;
        let Some(found) = found else {
            if volume.flag("external") {
                return Err(Failure::new(format!("external volume {} not found", quoted(name))));
            }
            create_volume(stack, key, volume).await?;
            continue;
        };
        if volume.flag("external") {
            continue;
        }
        let shown = quoted(name);
        match label_of(&found, label::PROJECT) {
            None => {
                let what = format!(
                    "volume {shown} already exists but was not created by Docker Compose. Use `external: true` to use an existing volume"
                );
                call.warn(&[what]).await;
            }
            Some(other) if other != stack.project.name => {
                let what = format!(
                    "volume {shown} already exists but was created for project {} (expected {}). Use `external: true` to use an existing volume",
                    quoted(&other),
                    quoted(&stack.project.name)
                );
                call.warn(&[what]).await;
            }
            _ => {}
        }
        let hash = label_of(&found, label::CONFIG_HASH);
        if hash.is_some_and(|hash| hash != stack.project.volume_hash(key)) {
            let question = format!(
                "Volume {shown} exists but doesn't match configuration in compose file. Recreate (data will be lost)?"
            );
            if call.flags.bool("yes") || asked(call, &question).await? {
                renew_volume(stack, key, name).await?;
                create_volume(stack, key, volume).await?;
            }
        }
    }
    Ok(())
}

/// A question that only a yes answers; without a terminal the answer is no.
pub async fn asked(call: &Call<'_>, question: &str) -> Result<bool, Failure> {
    if call.client.sys.is_terminal(0).is_none() {
        call.client.print(question).await?;
        let line = call.client.sys.read_to_end(0).await.unwrap_or_default();
        return Ok(is_yes(&line));
    }
    call.client.print(&format!("? {question} [yN] ")).await?;
    let line = call.client.sys.read(0, 4096).await.unwrap_or_default();
    Ok(is_yes(&line))
}

fn is_yes(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    matches!(line.lines().next().unwrap_or_default().trim().to_lowercase().as_str(), "y" | "yes" | "1" | "true" | "t")
}

async fn renew_volume<'a>(stack: &'a Stack<'a>, key: &str, name: &str) -> Result<(), Failure> {
    let mounts = |service: &Value| service.list("volumes").iter().any(|mount| mount.word("source") == key);
    let services: Vec<String> =
        stack.project.services.iter().filter(|(_, service)| mounts(service)).map(|(name, _)| name.clone()).collect();
    stack.stop(&services, None).await?;
    let containers = stack.containers(OneOff::Exclude, true).await?;
    let those = containers.iter().filter(|one| services.iter().any(|service| service == service_of(one)));
    let tasks = those.map(|one| -> Task<'_> { Box::pin(stack.remove(one, false, false)) });
    all(tasks.collect()).await?;
    stack.client.call(Request::VolumeRemove { volume: name.into(), force: true }).await?;
    Ok(())
}

async fn create_volume(stack: &Stack<'_>, key: &str, volume: &Value) -> Result<(), Failure> {
    let name = volume.word("name");
    let mut labels = volume.texts("labels");
    labels.insert(label::VOLUME.into(), key.into());
    labels.insert(label::PROJECT.into(), stack.project.name.clone());
    labels.insert(label::VERSION.into(), label::NUMBER_OF_VERSION.into());
    labels.insert(label::CONFIG_HASH.into(), stack.project.volume_hash(key));
    let id = format!("Volume {}", quoted(name));
    stack.tell(Event::working(&id, "Creating")).await;
    let driver = volume.word("driver");
    let request = Request::VolumeCreate {
        name: name.into(),
        driver: if driver.is_empty() { "local" } else { driver }.into(),
        labels,
        options: volume.texts("driver_opts"),
    };
    match stack.client.call(request).await {
        Ok(_) => {
            stack.tell(Event::done(&id, "Created")).await;
            Ok(())
        }
        Err(failure) => {
            stack.tell(Event::error(&id, "Error")).await;
            Err(failure)
        }
    }
}
