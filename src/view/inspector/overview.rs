//! The tabs that are lists: facts, logs, variables, processes, connections.

use super::{Body, Fact, Subject};
use crate::cli::format::time::created_at;
use crate::diagram::{human_size, text::Look};
use crate::model::World;
use crate::model::container::{Container, MountKind};
use crate::model::image::Image;
use crate::model::network::ipv4;
use crate::model::process::{Run, Stream};
use crate::model::time::Time;
use crate::oci::layer;
use crate::words::{InspectWords, Words};

/// Lines of a log that are shown.
const LINES: usize = 400;

/// A list of facts that leaves out what is not there.
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, label: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push(Fact { label, value });
        }
    }
}

pub(super) fn facts(world: &World, subject: Subject, words: &'static Words) -> Vec<Fact> {
    let mut facts = Facts(Vec::new());
    let words = &words.inspect;
    match subject {
        Subject::Container(container) => of_container(world, container, words, &mut facts),
        Subject::Image(image) => of_image(world, image, words, &mut facts),
        Subject::Volume(volume) => {
            facts.add(words.name, &*volume.name);
            facts.add(words.created, moment(volume.created));
            facts.add(words.mountpoint, format!("/var/lib/docker/volumes/{}/_data", volume.name));
            if let Some(fs) = world.filesystems.get(&volume.fs) {
                let files = (words.file_count)(layer::files(fs));
                facts.add(words.size, format!("{} · {files}", human_size(layer::size(fs))));
            }
            let users = world.engine.containers.values().filter_map(|container| {
                let mount = container.mounts.iter().find(|mount| mount.name == *volume.name)?;
                Some(format!("{} ({})", container.name, mount.destination))
            });
            facts.add(words.used_by, list(users, words.nobody));
            facts.add(words.labels, pairs(&volume.labels));
        }
        Subject::Network(network) => {
            facts.add(words.id, &*network.id);
            facts.add(words.driver, &*network.driver);
            facts.add(
                words.subnet,
                network.subnet.map(|(base, bits)| format!("{}/{bits}", ipv4(base))).unwrap_or_default(),
            );
            facts.add(words.gateway, network.gateway.map(ipv4).unwrap_or_default());
            let members = world.engine.containers.values().filter_map(|container| {
                let endpoint = container.endpoints.values().find(|endpoint| endpoint.network_id == *network.id)?;
                Some(match endpoint.address {
                    0 => container.name.to_string(),
                    address => format!("{} ({})", container.name, ipv4(address)),
                })
            });
            facts.add(words.used_by, list(members, words.nobody));
            facts.add(words.labels, pairs(&network.labels));
        }
        Subject::Group(_) => {}
    }
    facts.0
}

fn of_container(world: &World, container: &Container, words: &'static InspectWords, facts: &mut Facts) {
    let (state, config) = (&container.state, &container.config);
    let image = match world.engine.images.contains_key(&container.image) {
        true => config.image.clone(),
        false => format!("{} ({})", config.image, words.image_gone),
    };
    facts.add(words.image, image);
    let command = std::iter::once(container.path.as_str()).chain(container.args.iter().map(String::as_str));
    facts.add(words.command, command.collect::<Vec<_>>().join(" "));
    facts.add(words.created, moment(container.created));
    facts.add(words.started, state.started.map(moment).unwrap_or_default());
    if !Look::of(container).is_live() {
        facts.add(words.finished, state.finished.map(moment).unwrap_or_default());
        let code = state.finished.map(|_| state.exit_code.to_string()).unwrap_or_default();
        facts.add(words.exit_code, if state.oom_killed { format!("{code} (OOM)") } else { code });
    }
    facts.add("", state.error.as_str());
    if let Some(probe) = state.health.as_ref().and_then(|health| health.log.last()) {
        facts.add(words.health, format!("exit {} · {}", probe.exit_code, probe.output.trim()));
    }
    if container.host.restart.name() != "no" {
        let times = (words.times)(container.restart_count);
        facts.add(words.restarts, format!("{} · {times}", container.host.restart.name()));
    }
    facts.add(words.user, if config.user.is_empty() { "root" } else { &config.user });
    facts.add(words.workdir, if config.working_dir.is_empty() { "/" } else { &config.working_dir });
    if let Some(upper) = world.filesystems.get(&container.upper) {
        let files = (words.file_count)(layer::files(upper));
        facts.add(words.written, format!("{} · {files}", human_size(layer::size(upper))));
    }
    facts.add(words.limits, limits(container, words));
    facts.add(words.labels, pairs(&config.labels));
    facts.add(words.id, &*container.id);
}

fn limits(container: &Container, words: &'static InspectWords) -> String {
    let resources = &container.host.resources;
    let mut all = Vec::new();
    if resources.memory > 0 {
        all.push(format!("{} {}", words.memory, human_size(resources.memory.unsigned_abs())));
    }
    if resources.nano_cpus > 0 {
        all.push(format!("{} {}", resources.nano_cpus as f64 / 1e9, words.cpu));
    }
    if let Some(pids) = resources.pids_limit.filter(|pids| *pids > 0) {
        all.push(format!("{pids} {}", words.pids));
    }
    list(all.into_iter(), words.no_limits)
}

fn of_image(world: &World, image: &Image, words: &'static InspectWords, facts: &mut Facts) {
    let config = &image.config;
    facts.add(words.tags, list(super::parts::tags(world, image).into_iter(), words.untagged));
    facts.add(words.id, &*image.id);
    facts.add(words.size, human_size(image.size));
    facts.add(words.created, created_at(image.created.0));
    facts.add(words.entrypoint, config.entrypoint.as_deref().map(said).unwrap_or_default());
    facts.add(words.cmd, config.cmd.as_deref().map(said).unwrap_or_default());
    facts.add(words.user, config.user.as_str());
    facts.add(words.workdir, config.working_dir.as_str());
    facts.add(words.exposed, config.exposed_ports.join(", "));
    facts.add(words.declared_volumes, config.volumes.join(", "));
    facts.add(words.platform, format!("{}/{}", image.os, image.architecture));
    let users = world.engine.containers_of(&image.id).map(|container| container.name.to_string());
    facts.add(words.used_by, list(users, words.nobody));
    facts.add(words.labels, pairs(&config.labels));
}

/// A command as the JSON list that it is.
fn said(words: &[String]) -> String {
    crate::cli::format::json::compact(&serde_json::Value::from(words.to_vec()))
}

fn list(items: impl Iterator<Item = String>, none: &str) -> String {
    let all: Vec<String> = items.collect();
    if all.is_empty() { none.to_owned() } else { all.join(", ") }
}

fn pairs(labels: &std::collections::BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

fn moment(time: Time) -> String {
    created_at(time.epoch().0)
}

pub(super) fn logs(world: &World, container: &Container, words: &'static Words) -> Body {
    let Some(journal) = world.journals.get(&container.journal).filter(|journal| journal.next > 0) else {
        return Body::Nothing(words.inspect.no_logs);
    };
    let mut lines: Vec<(bool, String)> = Vec::new();
    let mut fresh = true;
    for record in journal.records.range(journal.next.saturating_sub(LINES as u64)..).map(|(_, record)| record) {
        let error = record.stream == Stream::Stderr;
        let text = String::from_utf8_lossy(&record.bytes);
        for piece in text.split_inclusive('\n') {
            let bare = plain(piece.trim_end_matches(['\n', '\r']));
            match lines.last_mut().filter(|_| !fresh) {
                Some((_, line)) => line.push_str(&bare),
                None => lines.push((error, bare)),
            }
            fresh = piece.ends_with('\n');
        }
    }
    let old = lines.len().saturating_sub(LINES);
    lines.drain(..old);
    Body::Lines(lines)
}

/// A line without the sequences that colour it on a terminal.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                let _ = rest.find(char::is_ascii_alphabetic);
            }
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

pub(super) fn environment(world: &World, container: &Container, words: &'static Words) -> Body {
    let words = &words.inspect;
    let image = world.engine.images.get(&container.image);
    let of_image = |pair: &String| image.is_some_and(|image| image.config.env.contains(pair));
    let rows = container.config.env.iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let source = if of_image(pair) { words.from_image } else { words.given };
        vec![name.to_owned(), value.to_owned(), source.to_owned()]
    });
    table(vec![words.name, words.value, words.source], rows.collect(), words.no_env)
}

pub(super) fn variables(image: &Image, words: &'static Words) -> Body {
    let words = &words.inspect;
    let rows = image.config.env.iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        vec![name.to_owned(), value.to_owned()]
    });
    table(vec![words.name, words.value], rows.collect(), words.no_env)
}

pub(super) fn processes(world: &World, container: &Container, words: &'static Words) -> Body {
    let heads = vec!["PID", "PPID", "USER", "TIME", "CMD"];
    let Some(ns) = container.ns.filter(|_| Look::of(container).is_live()) else {
        return Body::Nothing(words.inspect.not_running);
    };
    let mine =
        world.processes.values().filter(|process| process.ns.pid == ns.pid && !matches!(process.run, Run::Zombie(_)));
    let rows = mine.map(|process| {
        let parent = world.process(process.ppid).filter(|parent| parent.ns.pid == ns.pid);
        let seconds = process.cpu / 1_000_000_000;
        vec![
            process.nspid.to_string(),
            parent.map_or(0, |parent| parent.nspid).to_string(),
            if process.user.uid == 0 { "root".to_owned() } else { process.user.uid.to_string() },
            format!("{}:{:02}", seconds / 60, seconds % 60),
            process.argv.join(" "),
        ]
    });
    table(heads, rows.collect(), words.inspect.not_running)
}

/// Networks, ports and mounts.
pub(super) fn connections(world: &World, container: &Container, words: &'static Words) -> Body {
    let words = &words.inspect;
    let mut facts = Facts(Vec::new());
    for (name, endpoint) in &container.endpoints {
        let address = if endpoint.address == 0 { String::new() } else { format!(" · {}", ipv4(endpoint.address)) };
        facts.add(words.network, format!("{name}{address}"));
        let driver = world.engine.networks.values().find(|network| *network.id == *endpoint.network_id);
        // The default bridge knows no names.
        if driver.is_some_and(|network| &*network.name != "bridge" && network.subnet.is_some()) {
            facts.add(words.names, crate::engine::endpoint::dns_names(container, endpoint).join(", "));
        }
    }
    if container.endpoints.is_empty() {
        facts.add(words.network, words.no_networks);
    }
    let mut ports: Vec<String> = Vec::new();
    for published in &container.published {
        let port = format!("{} → {}", published.host_port, published.port);
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    let asked = container
        .host
        .port_bindings
        .iter()
        .flat_map(|(port, bindings)| bindings.iter().map(move |binding| format!("{} → {port}", binding.host_port)));
    let ports = if ports.is_empty() { asked.collect() } else { ports };
    facts.add(words.ports, list(ports.into_iter(), words.no_ports));
    for mount in &container.mounts {
        let what = match mount.kind {
            MountKind::Volume => format!("{} {}", words.volume, mount.name),
            MountKind::Bind => format!("{} {}", words.bind, mount.source),
            MountKind::Tmpfs => "tmpfs".to_owned(),
        };
        let mode = if mount.writable { String::new() } else { format!(" · {}", words.read_only) };
        facts.add(words.mounts, format!("{what} → {}{mode}", mount.destination));
    }
    if container.mounts.is_empty() {
        facts.add(words.mounts, words.no_mounts);
    }
    Body::Facts(facts.0)
}

fn table(heads: Vec<&'static str>, rows: Vec<Vec<String>>, none: &'static str) -> Body {
    if rows.is_empty() { Body::Nothing(none) } else { Body::Table { heads, rows } }
}
