//! Volumes: each is a file system of its own, mounted on the host under `/var/lib/docker/volumes`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::api::{Answer, Fault, Filters};
use super::container::label_matches;
use super::events;
use super::fault::{conflict, fault, invalid};
use crate::kernel::{Kernel, Sys};
use crate::model::container::Container;
use crate::model::engine::{Engine, Volume};
use crate::model::file::{Fs, FsId, ROOT};
use crate::model::process::{HOST, Mount, Pid, Source};
use crate::model::{Text, World};
use crate::oci::layer;

/// The label that moby gives a volume that nobody named.
const ANONYMOUS: &str = "com.docker.volume.anonymous";

/// Where the host sees a volume's files.
pub fn mountpoint(name: &str) -> String {
    format!("/var/lib/docker/volumes/{name}/_data")
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+` (moby's `RestrictedNamePattern`).
fn check_name(name: &str) -> Result<(), Fault> {
    if name.len() == 1 {
        return Err(invalid(format!(
            "create {name}: volume name is too short, names should be at least two alphanumeric characters"
        )));
    }
    let mut bytes = name.bytes();
    let good = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if good {
        return Ok(());
    }
    Err(invalid(format!(
        "create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
    )))
}

/// The volume of this name, made if there is none; one without a name gets 64 hexadecimal digits. `me` is
/// the daemon, whose namespace shows the volume's files.
pub fn ensure(k: &mut Kernel, me: Pid, name: &str, labels: BTreeMap<String, String>) -> Result<Rc<Volume>, Fault> {
    let anonymous = name.is_empty();
    let name: Text = if anonymous { k.world.random.hex(64).into() } else { name.into() };
    if let Some(volume) = k.world.engine.volumes.get(&name) {
        return Ok(volume.clone());
    }
    check_name(&name)?;
    let mut labels = labels;
    if anonymous {
        labels.insert(ANONYMOUS.into(), String::new());
    }
    let fs = FsId(k.world.number());
    let (mtime, nanos) = k.world.now.epoch();
    k.world.filesystems.insert(fs, Fs::new(crate::model::file::Meta { nanos, ..layer::root_meta(mtime) }));
    let at = mountpoint(&name);
    for dir in ["/var/lib/docker/volumes", at.trim_end_matches("/_data"), &at] {
        let _ = k.mkdir(me, dir, 0o755);
    }
    if let Some(ns) = k.world.mounts.get_mut(&HOST) {
        let mount = Mount { at: at.as_str().into(), source: Source::Fs { fs, root: ROOT }, read_only: false };
        Rc::make_mut(ns).mounts.push(mount);
    }
    let volume = Rc::new(Volume { name: name.clone(), fs, created: k.world.now, anonymous, labels });
    k.world.engine.volumes.insert(name.clone(), volume.clone());
    events::record(&mut k.world, "volume", "create", &name, [("driver", "local")]);
    Ok(volume)
}

pub fn create(
    sys: &Sys,
    name: &str,
    driver: &str,
    labels: BTreeMap<String, String>,
    options: &BTreeMap<String, String>,
) -> Result<Answer, Fault> {
    if !matches!(driver, "" | "local") {
        let why = format!("error looking up volume plugin {driver}: plugin \"{driver}\" not found");
        return Err(fault(404, format!("create {name}: {why}")));
    }
    if let Some(bad) = options.keys().find(|key| !["device", "o", "size", "type"].contains(&key.as_str())) {
        return Err(invalid(format!("create {name}: invalid option: \"{bad}\"")));
    }
    if let Some(key) = options.keys().next() {
        return Err(super::fault::not_simulated(&format!("volume option {key}")));
    }
    let volume = sys.with(|k| ensure(k, sys.pid(), name, labels))?;
    sys.notify("engine", 0);
    Ok(Answer::Created { id: volume.name.to_string(), warnings: Vec::new() })
}

fn uses(container: &Container, volume: &str) -> bool {
    container.mounts.iter().any(|mount| mount.name == volume)
}

/// The ids of the containers, running or not, that mount a volume.
fn users(engine: &Engine, volume: &str) -> Vec<String> {
    engine.containers.values().filter(|c| uses(c, volume)).map(|c| c.id.to_string()).collect()
}

pub fn remove(sys: &Sys, name: &str, force: bool) -> Result<Answer, Fault> {
    let removed = sys.with(|k| {
        let engine = &k.world.engine;
        if !engine.volumes.contains_key(name) {
            return if force { Ok(()) } else { Err(fault(404, format!("get {name}: no such volume"))) };
        }
        let users = users(engine, name);
        if !users.is_empty() {
            return Err(conflict(format!("remove {name}: volume is in use - [{}]", users.join(", "))));
        }
        forget(k, sys.pid(), name);
        Ok(())
    });
    sys.notify("engine", 0);
    removed.map(|()| Answer::Nothing)
}

/// Removes a volume that nobody uses, with what is in it; the bytes that were.
fn forget(k: &mut Kernel, me: Pid, name: &str) -> u64 {
    let Some(volume) = k.world.engine.volumes.remove(name) else { return 0 };
    let at = mountpoint(name);
    if let Some(ns) = k.world.mounts.get_mut(&HOST) {
        Rc::make_mut(ns).mounts.retain(|mount| *mount.at != *at);
    }
    for dir in [at.as_str(), at.trim_end_matches("/_data")] {
        let _ = k.rmdir(me, dir);
    }
    events::record(&mut k.world, "volume", "destroy", name, [("driver", "local")]);
    k.world.filesystems.remove(&volume.fs).map_or(0, |fs| layer::size(&fs))
}

/// With a container that is gone, the volumes that nobody named go too, unless another uses them.
pub fn forget_anonymous(k: &mut Kernel, me: Pid, container: &Container) {
    for mount in &container.mounts {
        let engine = &k.world.engine;
        let anonymous = engine.volumes.get(mount.name.as_str()).is_some_and(|volume| volume.anonymous);
        if anonymous && users(engine, &mount.name).is_empty() {
            forget(k, me, &mount.name);
        }
    }
}

/// Unused volumes: those that nobody named, or with the filter `all` every one.
pub fn prune(sys: &Sys, filters: &Filters) -> Result<Answer, Fault> {
    let known = ["all", "label", "label!"];
    if let Some((key, _)) = filters.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        return Err(invalid(format!("invalid filter '{key}'")));
    }
    let all = filters.iter().any(|(key, value)| key == "all" && super::image::boolean(value) == Some(true));
    let passes = |volume: &Volume| {
        filters.iter().all(|(key, value)| match key.as_str() {
            "label" => label_matches(&volume.labels, value),
            "label!" => !label_matches(&volume.labels, value),
            _ => true,
        })
    };
    let (deleted, reclaimed) = sys.with(|k| {
        let unused = |world: &World, v: &Volume| users(&world.engine, &v.name).is_empty();
        let found = k.world.engine.volumes.values().filter(|v| (all || v.anonymous) && passes(v));
        let gone: Vec<String> = found.filter(|v| unused(&k.world, v)).map(|v| v.name.to_string()).collect();
        let reclaimed = gone.iter().map(|name| forget(k, sys.pid(), name)).sum();
        let total = format!("{reclaimed}");
        events::record(&mut k.world, "volume", "prune", "", [("reclaimed", total.as_str())]);
        (gone, reclaimed)
    });
    sys.notify("engine", 0);
    Ok(Answer::Pruned { deleted, reclaimed })
}
