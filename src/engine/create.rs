//! `POST /containers/create`: a container from an image and what was asked for.

use crate::model::order::Order;
use std::rc::Rc;

use super::api::{Answer, Create, Fault};
use super::fault::{conflict, fault, invalid};
use super::{events, find, mounts, names};
use crate::kernel::{Kernel, Sys};
use crate::model::container::{Container, HostConfig, State, Status};
use crate::model::file::{Fs, FsId, Kind, Meta};
use crate::model::image::{Config, Image};
use crate::model::network::Endpoint;
use crate::model::process::{JournalId, Pid};
use crate::model::time::Time;
use crate::model::{Map, Text, World};
use crate::oci::layer;

/// Bytes of a hostname (HOST_NAME_MAX).
const HOSTNAME: usize = 64;
/// Time that making a container takes.
const TAKES: Time = Time::millis(30);

pub async fn create(sys: &Sys, ask: Create) -> Result<Answer, Fault> {
    let _ = sys.sleep(TAKES).await;
    let created = sys.with(|k| {
        let journal = k.add_journal();
        let made = make(k, sys.pid(), ask, journal);
        if made.is_err() {
            k.remove_journal(journal);
        }
        made
    })?;
    sys.notify("engine", 0);
    let (id, warnings) = created;
    Ok(Answer::Created { id: id.to_string(), warnings })
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
pub fn check_name(name: &str) -> Result<(), Fault> {
    let bare = name.strip_prefix('/').unwrap_or(name);
    let word = |b: u8| b.is_ascii_alphanumeric();
    let good = bare.len() > 1
        && bare.bytes().next().is_some_and(word)
        && bare.bytes().all(|b| word(b) || matches!(b, b'_' | b'.' | b'-'));
    if good {
        return Ok(());
    }
    Err(invalid(format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")))
}

/// Refuses a name that a container has.
pub fn check_free(world: &World, name: &str) -> Result<(), Fault> {
    match world.engine.names.get(name) {
        None => Ok(()),
        Some(id) => Err(conflict(format!(
            "Conflict. The container name \"/{name}\" is already in use by container \"{id}\". You have to remove (or rename) that container to be able to reuse that name."
        ))),
    }
}

fn make(k: &mut Kernel, me: Pid, ask: Create, journal: JournalId) -> Result<(Text, Vec<String>), Fault> {
    let world = &mut k.world;
    super::health::check(&ask.config)?;
    if ask.config.hostname.len() > HOSTNAME {
        let hostname = &ask.config.hostname;
        return Err(invalid(format!("hostname {hostname:?} is too long (maximum {HOSTNAME} bytes)")));
    }
    super::capability::check(&ask.host)?;
    let mut warnings = super::resources::check_host(&ask.host)?;
    let mut ask = ask;
    super::resources::complete(&mut ask.host.resources);
    if !ask.config.working_dir.is_empty() && !ask.config.working_dir.starts_with('/') {
        return Err(invalid(format!(
            "the working directory '{}' is invalid, it needs to be an absolute path",
            ask.config.working_dir
        )));
    }
    let image = find::image(&world.engine, &ask.config.image)?.image;
    let config = merge(ask.config, &image.config);
    let (path, args) = command(&config)?;
    let name: Text = match &ask.name {
        Some(name) => {
            check_name(name)?;
            name.strip_prefix('/').unwrap_or(name).into()
        }
        None => names::generate(world).into(),
    };
    check_free(world, &name)?;
    warnings.extend(check_network(world, &ask.host, &config)?);
    let endpoints = endpoints(world, &ask.host, &ask.networks)?;
    check_layers(world, &image)?;
    let mounts = mounts::register(k, me, &ask.host, &config, &image.rootfs)?;
    let world = &mut k.world;
    let id: Text = world.random.id().into();
    let mut config = config;
    if config.hostname.is_empty() {
        let shares_name = ask.host.other.get("UTSMode").is_some_and(|mode| mode == "\"host\"");
        config.hostname = match ask.host.network_mode.as_str() {
            mode if shares_name || mode == "host" => {
                world.hostnames.get(&crate::model::process::HOST).map_or_else(String::new, |name| name.to_string())
            }
            mode => match mode.strip_prefix("container:").map(|name| find::container(&world.engine, name)) {
                Some(Ok(other)) => other.config.hostname.clone(),
                _ => id[..12].to_string(),
            },
        };
    }
    let upper = FsId(world.number());
    let fs = writable_layer(&image.rootfs, &config.working_dir, world.now);
    world.filesystems.insert(upper, fs);
    let container = Container {
        id: id.clone(),
        name: name.clone(),
        image: image.id.clone(),
        endpoints,
        config: Rc::new(config),
        host: Rc::new(ask.host),
        created: world.now,
        path,
        args,
        state: State {
            status: Status::Created,
            pid: 0,
            exit_code: 0,
            error: String::new(),
            oom_killed: false,
            started: None,
            finished: None,
            health: None,
        },
        lower: image.rootfs.clone(),
        upper,
        journal,
        restart_count: 0,
        manually_stopped: false,
        stopping: false,
        mounts,
        published: Vec::new(),
        ns: None,
        tty: None,
        stdin: None,
        execs: Vec::new(),
    };
    world.engine.containers.insert(id.clone(), Rc::new(container));
    world.engine.names.insert(name, id.clone());
    events::container(world, &id, "create", &[]);
    Ok((id, warnings))
}

/// A layer whose files are gone cannot be mounted.
fn check_layers(world: &mut World, image: &Image) -> Result<(), Fault> {
    let damaged = |id: &Text| world.engine.layers.get(id).is_some_and(|layer| layer.damaged);
    if !image.layers.iter().any(damaged) {
        return Ok(());
    }
    let place = format!("/var/lib/docker/overlay2/{}-init/merged", world.random.id());
    Err(fault(500, format!("error creating overlay mount to {place}: no such file or directory")))
}

/// What the daemon has against a container's network settings, and what it only warns of.
fn check_network(world: &World, host: &HostConfig, config: &Config) -> Result<Vec<String>, Fault> {
    let published = !host.port_bindings.is_empty() || host.publish_all;
    if host.network_mode.starts_with("container:") {
        let what = if published {
            "port publishing"
        } else if !config.exposed_ports.is_empty() {
            "port exposing"
        } else if !config.hostname.is_empty() {
            return Err(invalid("conflicting options: hostname and the network mode"));
        } else {
            return Ok(Vec::new());
        };
        return Err(invalid(format!("conflicting options: {what} and the container type network mode")));
    }
    for link in &host.links {
        let (name, _) = link.split_once(':').unwrap_or((link, link));
        find::container(&world.engine, name)
            .map_err(|refusal| invalid(format!("could not get container for {name}: {}", refusal.message)))?;
    }
    let discarded = host.network_mode == "host" && !host.port_bindings.is_empty();
    let text = "Published ports are discarded when using host network mode";
    Ok(discarded.then(|| text.to_string()).into_iter().collect())
}

/// The networks that a container is to join when it starts.
fn endpoints(
    world: &World,
    host: &HostConfig,
    asked: &[(String, super::api::EndpointAsk)],
) -> Result<Map<String, Endpoint>, Fault> {
    let mode = match host.network_mode.as_str() {
        "" | "default" => "bridge",
        mode => mode,
    };
    let mut all = Map::new();
    if !mode.starts_with("container:") {
        all.insert(name_of(world, mode), Endpoint::default());
    }
    for (name, ask) in asked.iter().filter(|(name, _)| !name.starts_with("container:")) {
        let mut endpoint = Endpoint { aliases: ask.aliases.clone(), ..Endpoint::default() };
        // One that is not there is missed when the container starts.
        if let Ok(network) = super::network::find_network(world, name) {
            endpoint.asked = super::network::check_address(&network, &ask.ip)?;
        }
        all.insert(name_of(world, name), endpoint);
    }
    Ok(all)
}

/// The name of a network that may be meant by its id.
fn name_of(world: &World, network: &str) -> String {
    super::network::find_network(world, network).map_or_else(|_| network.into(), |found| found.name.to_string())
}

/// The image's configuration under what was asked for (moby's `merge`).
fn merge(mut ask: Config, image: &Config) -> Config {
    if ask.user.is_empty() {
        ask.user.clone_from(&image.user);
    }
    for port in &image.exposed_ports {
        if !ask.exposed_ports.contains(port) {
            ask.exposed_ports.push(port.clone());
        }
    }
    ask.exposed_ports.order();
    let key = |entry: &str| entry.split_once('=').map_or(entry, |(key, _)| key).to_string();
    let known: Vec<String> = ask.env.iter().map(|entry| key(entry)).collect();
    ask.env.extend(image.env.iter().filter(|entry| !known.contains(&key(entry))).cloned());
    for (key, value) in &image.labels {
        ask.labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if ask.entrypoint.as_ref().is_none_or(Vec::is_empty) {
        if ask.cmd.as_ref().is_none_or(Vec::is_empty) && ask.entrypoint.is_none() {
            ask.cmd.clone_from(&image.cmd);
        }
        if ask.entrypoint.is_none() {
            ask.entrypoint.clone_from(&image.entrypoint);
        }
    }
    if ask.healthcheck.is_none() {
        ask.healthcheck.clone_from(&image.healthcheck);
    }
    if ask.working_dir.is_empty() {
        ask.working_dir.clone_from(&image.working_dir);
    }
    for volume in &image.volumes {
        if !ask.volumes.contains(volume) {
            ask.volumes.push(volume.clone());
        }
    }
    if ask.stop_signal.is_empty() {
        ask.stop_signal.clone_from(&image.stop_signal);
    }
    ask
}

fn command(config: &Config) -> Result<(String, Vec<String>), Fault> {
    let mut all = config.entrypoint.iter().chain(&config.cmd).flatten().cloned();
    match all.next() {
        Some(path) if !path.is_empty() || config.entrypoint.is_none() => Ok((path, all.collect())),
        Some(_) => all.next().map(|path| (path, all.collect())).ok_or_else(|| invalid("no command specified")),
        None => Err(invalid("no command specified")),
    }
}

/// An empty writable layer, with the working directory made if the image has none.
fn writable_layer(lower: &Rc<Fs>, working_dir: &str, now: Time) -> Fs {
    let (mtime, nanos) = now.epoch();
    let mut fs = Fs::new(Meta { nanos, ..layer::root_meta(mtime) });
    if working_dir.is_empty() || layer::find(lower, working_dir).is_some() {
        return fs;
    }
    let mut path = String::new();
    for name in working_dir.split('/').filter(|name| !name.is_empty() && *name != "." && *name != "..") {
        path = format!("{path}/{name}");
        let meta =
            layer::find(lower, &path).and_then(|ino| lower.get(ino)).map(|inode| (inode.meta, inode.kind.clone()));
        match meta {
            Some((_, Kind::Symlink(_) | Kind::File(_))) => return fs,
            Some((meta, _)) => layer::add(&mut fs, &path, meta, Kind::Dir(Default::default())),
            None => {
                layer::add(&mut fs, &path, Meta { nanos, ..layer::root_meta(mtime) }, Kind::Dir(Default::default()))
            }
        };
    }
    fs
}
