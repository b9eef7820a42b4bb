//! Listing, renaming, updating, pruning containers; their processes and changes.

use crate::model::order::Order;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::api::{Answer, Change, ChangeKind, ContainerSummary, Fault, Filters, PortRow};
use super::create::{check_free, check_name};
use super::fault::{conflict, fault, internal, invalid};
use super::{events, find, life};
use crate::kernel::Sys;
use crate::model::container::{Container, Status};
use crate::model::process::Run;
use crate::model::time::Time;
use crate::model::{Text, World};
use crate::oci::layer;

pub fn rename(sys: &Sys, name: &str, new: &str) -> Result<Answer, Fault> {
    sys.world(|w| {
        let container = find::container(&w.engine, name)?;
        let new = new.strip_prefix('/').unwrap_or(new);
        if new.is_empty() {
            return Err(invalid("Neither old nor new names may be empty"));
        }
        if *container.name == *new {
            return Err(invalid("Renaming a container with the same name as its current name"));
        }
        check_name(new)
            .and_then(|()| check_free(w, new))
            .map_err(|refusal| fault(refusal.status, format!("Error when allocating new name: {}", refusal.message)))?;
        let old = container.name.clone();
        w.engine.names.remove(&old);
        w.engine.names.insert(new.into(), container.id.clone());
        if let Some(record) = w.engine.containers.get_mut(&container.id) {
            Rc::make_mut(record).name = new.into();
        }
        events::container(w, &container.id, "rename", &[("oldName", format!("/{old}"))]);
        Ok(Answer::Nothing)
    })
}

pub fn prune(sys: &Sys, filters: &Filters) -> Result<Answer, Fault> {
    if let Some((key, _)) = filters.iter().find(|(key, _)| !["label", "label!", "until"].contains(&key.as_str())) {
        return Err(invalid(format!("invalid filter '{key}'")));
    }
    let mut stopped = sys.world(|w| {
        let mut found: Vec<Rc<Container>> = w.engine.containers.values().cloned().collect();
        found.retain(|c| matches!(c.state.status, Status::Created | Status::Exited | Status::Dead));
        found.retain(|c| prune_matches(w.now, c, filters));
        found
    });
    stopped.order_by_key(|c| c.upper);
    let mut reclaimed = 0;
    let mut deleted = Vec::new();
    for container in stopped {
        reclaimed += sys.world(|w| w.filesystems.get(&container.upper).map_or(0, layer::size));
        life::forget(sys, &container.id, false);
        deleted.push(container.id.to_string());
    }
    let total = format!("{reclaimed}");
    sys.world(|w| events::record(w, "container", "prune", "", [("reclaimed", total.as_str())]));
    Ok(Answer::Pruned { deleted, reclaimed })
}

fn prune_matches(now: Time, container: &Container, filters: &Filters) -> bool {
    filters.iter().all(|(key, value)| match key.as_str() {
        "label" => label_matches(&container.config.labels, value),
        "label!" => !label_matches(&container.config.labels, value),
        "until" => super::parse_duration(value).is_none_or(|age| container.created.plus(age) <= now),
        _ => true,
    })
}

pub fn label_matches(labels: &std::collections::BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|found| found == value),
        None => labels.contains_key(wanted),
    }
}

/// The bytes of the writable layer, and of that and the image together.
pub fn sizes(world: &World, container: &Container) -> (u64, u64) {
    let own = world.filesystems.get(&container.upper).map_or(0, layer::size);
    (own, own + world.engine.images.get(&container.image).map_or_else(|| layer::size(&container.lower), |i| i.size))
}

pub fn list(
    world: &World,
    all: bool,
    limit: Option<i64>,
    size: bool,
    filters: &Filters,
) -> Result<Vec<ContainerSummary>, Fault> {
    check_filters(world, filters)?;
    let mut found: Vec<&Rc<Container>> = world.engine.containers.values().collect();
    found.order_by_key(|c| std::cmp::Reverse((c.created, c.upper)));
    let by_state = filters.iter().any(|(key, _)| key == "status" || key == "exited" || key == "health");
    let limit = limit.filter(|limit| *limit > 0);
    let live = |c: &Container| matches!(c.state.status, Status::Running | Status::Paused | Status::Restarting);
    found.retain(|c| (all || by_state || limit.is_some() || live(c)) && matches(world, c, filters));
    found.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
    // Thousands may be of one image, whose name is read once.
    let mut images = BTreeMap::new();
    Ok(found.into_iter().map(|c| summary(world, c, size, &mut images)).collect())
}

const FILTERS: [&str; 16] = [
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
    "label!",
];

fn check_filters(world: &World, filters: &Filters) -> Result<(), Fault> {
    for (key, value) in filters {
        if !FILTERS.contains(&key.as_str()) {
            return Err(invalid(format!("invalid filter '{key}'")));
        }
        match key.as_str() {
            "status" => {
                let known = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
                if !known.contains(&value.as_str()) {
                    let known = known.join(", ");
                    let why = format!("invalid value for state ({value}): must be one of {known}");
                    return Err(invalid(format!("invalid filter 'status={value}': {why}")));
                }
            }
            "exited" => {
                let why = || format!("strconv.Atoi: parsing {value:?}: invalid syntax");
                value.parse::<i64>().map_err(|_| invalid(format!("invalid filter 'exited={value}': {}", why())))?;
            }
            "is-task" if super::image::boolean(value).is_none() => {
                return Err(invalid(format!("invalid filter 'is-task=[{value}]'")));
            }
            "health" if !["none", "healthy", "unhealthy", "starting"].contains(&value.as_str()) => {
                let known = "none, starting, healthy, unhealthy";
                let why = format!("invalid value for health ({value}): must be one of {known}");
                return Err(invalid(format!("invalid filter 'health={value}': {why}")));
            }
            "before" | "since" => {
                find::container(&world.engine, value)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a container passes: for each key, one of its values.
fn matches(world: &World, c: &Container, filters: &Filters) -> bool {
    filters.iter().all(|(key, _)| {
        let all_of = key == "label" || key == "label!";
        let mut values = filters.iter().filter(|(other, _)| other == key).map(|(_, value)| value.as_str());
        let pass = |value: &str| one_matches(world, c, key, value);
        if all_of { values.all(pass) } else { values.any(pass) }
    })
}

fn one_matches(world: &World, c: &Container, key: &str, value: &str) -> bool {
    match key {
        "id" => c.id.starts_with(value),
        "name" => super::name_matches(&format!("/{}", c.name), value),
        "status" => c.state.status.name() == value,
        "exited" => {
            let ended = c.state.finished.is_some() && !matches!(c.state.status, Status::Running | Status::Paused);
            ended && c.state.exit_code.to_string() == value
        }
        "label" => label_matches(&c.config.labels, value),
        "label!" => !label_matches(&c.config.labels, value),
        "health" => c.state.health.as_ref().map_or("none", |h| h.status) == value,
        "network" => {
            let by_id = |e: &crate::model::network::Endpoint| !value.is_empty() && e.network_id.starts_with(value);
            c.endpoints.contains_key(value) || c.endpoints.values().any(by_id)
        }
        "volume" => c.mounts.iter().any(|m| m.name == value || m.destination == value || m.source == value),
        "before" => {
            find::container(&world.engine, value).is_ok_and(|other| (c.created, c.upper) < (other.created, other.upper))
        }
        "since" => {
            find::container(&world.engine, value).is_ok_and(|other| (c.created, c.upper) > (other.created, other.upper))
        }
        "ancestor" => find::image(&world.engine, value).is_ok_and(|found| {
            let ancestors = &found.image.layers;
            let own = world.engine.images.get(&c.image).map(|image| &image.layers);
            c.image == found.image.id || own.is_some_and(|own| own.starts_with(ancestors) && !ancestors.is_empty())
        }),
        // Nothing here is a task of a swarm.
        "is-task" => super::image::boolean(value) == Some(false),
        "expose" => c.config.exposed_ports.iter().any(|port| port.split('/').next() == value.split('/').next()),
        "publish" => c.host.port_bindings.keys().any(|port| port.split('/').next() == value.split('/').next()),
        _ => true,
    }
}

/// A line of the list; `images` holds what each name of an image means now.
fn summary<'a>(
    world: &World,
    c: &'a Container,
    size: bool,
    images: &mut BTreeMap<&'a str, Option<Text>>,
) -> ContainerSummary {
    let meant = || find::image(&world.engine, &c.config.image).ok().map(|found| found.image.id.clone());
    let tagged = images.entry(&c.config.image).or_insert_with(meant).as_ref() == Some(&c.image);
    let image = if tagged { c.config.image.clone() } else { c.image.to_string() };
    let live = matches!(c.state.status, Status::Running | Status::Paused);
    let ports = if live { ports(c) } else { Vec::new() };
    ContainerSummary {
        id: c.id.clone(),
        name: c.name.clone(),
        image,
        image_id: c.image.clone(),
        command: command(c),
        created: c.created,
        state: c.state.status.name(),
        status: status(world.now, c),
        ports,
        labels: c.config.labels.clone(),
        mounts: c.mounts.iter().map(|m| if m.name.is_empty() { m.source.clone() } else { m.name.clone() }).collect(),
        networks: c.endpoints.keys().cloned().collect(),
        size: size.then(|| sizes(world, c)),
    }
}

/// The command as `docker ps` shows it: arguments with blanks are in quotes.
pub fn command(c: &Container) -> String {
    let quoted = |word: &String| if word.contains(' ') { format!("'{word}'") } else { word.clone() };
    std::iter::once(&c.path).cloned().chain(c.args.iter().map(quoted)).collect::<Vec<_>>().join(" ")
}

fn ports(c: &Container) -> Vec<PortRow> {
    let mut rows: Vec<PortRow> = Vec::new();
    for published in &c.published {
        let (number, kind) = published.port.split_once('/').unwrap_or((&published.port, "tcp"));
        let public = Some((published.host_ip.clone(), published.host_port));
        rows.push(PortRow { private: number.parse().unwrap_or(0), kind: kind.into(), public });
    }
    for port in &c.config.exposed_ports {
        let (number, kind) = port.split_once('/').unwrap_or((port, "tcp"));
        if !c.published.iter().any(|published| published.port == *port)
            && let Ok(private) = number.parse()
        {
            rows.push(PortRow { private, kind: kind.into(), public: None });
        }
    }
    rows.order();
    rows
}

/// The STATUS column (moby's `State.String`).
pub fn status(now: Time, c: &Container) -> String {
    let since = |time: Option<Time>| super::human_duration(now.since(time.unwrap_or(now)));
    match c.state.status {
        Status::Created => "Created".into(),
        Status::Removing => "Removal In Progress".into(),
        Status::Dead => "Dead".into(),
        Status::Restarting => format!("Restarting ({}) {} ago", c.state.exit_code, since(c.state.finished)),
        Status::Paused => format!("Up {} (Paused)", since(c.state.started)),
        Status::Running => match &c.state.health {
            Some(health) if health.status == "starting" => {
                format!("Up {} (health: starting)", since(c.state.started))
            }
            Some(health) => format!("Up {} ({})", since(c.state.started), health.status),
            None => format!("Up {}", since(c.state.started)),
        },
        Status::Exited => format!("Exited ({}) {} ago", c.state.exit_code, since(c.state.finished)),
    }
}

/// `docker top`: the container's processes as the host's ps shows them.
pub fn top(world: &mut World, name: &str, args: &[String]) -> Result<Answer, Fault> {
    let c = find::container(&world.engine, name)?;
    let Some(ns) = c.ns.filter(|_| matches!(c.state.status, Status::Running | Status::Paused)) else {
        return Err(conflict(format!("container {} is not running", c.id)));
    };
    let (titles, row) = super::top::columns(args).map_err(internal)?;
    let mine = world.processes.values().filter(|p| p.ns.pid == ns.pid && !matches!(p.run, Run::Zombie(_)));
    let rows = mine.map(|process| row(world, process)).collect();
    events::container(world, &c.id, "top", &[]);
    Ok(Answer::Top { titles, rows })
}

pub fn changes(world: &World, name: &str) -> Result<Vec<Change>, Fault> {
    let c = find::container(&world.engine, name)?;
    let Some(upper) = world.filesystems.get(&c.upper) else { return Ok(Vec::new()) };
    let all = layer::changes(&c.lower, upper).into_iter().map(|(kind, path)| {
        let kind = match kind {
            layer::ChangeKind::Modified => ChangeKind::Modified,
            layer::ChangeKind::Added => ChangeKind::Added,
            layer::ChangeKind::Deleted => ChangeKind::Deleted,
        };
        Change { kind, path }
    });
    Ok(all.collect())
}
