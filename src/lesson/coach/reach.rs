//! What the coach looks for when something on a network was not reached.

use std::rc::Rc;

use super::find::found;
use super::{Case, Found};
use crate::model::container::Container;
use crate::model::network::ipv4;

/// The container in which the command ran.
fn inside<'a>(case: &'a Case<'_>) -> Option<&'a Rc<Container>> {
    let exec = case.words.iter().position(|word| *word == "exec")?;
    let name = case.words.iter().skip(exec + 1).find(|word| case.container(word).is_some())?;
    case.container(name)
}

/// A name that was not resolved, as curl, wget and ping say it.
fn unresolved<'a>(case: &'a Case<'_>) -> Option<&'a str> {
    let name = case
        .between("bad address '", "'")
        .or_else(|| case.between("Could not resolve host: ", ""))
        .or_else(|| case.between("unable to resolve host address ‘", "’"))?;
    name.split(':').next()
}

/// A network that both could meet on: one of the learner's own.
fn meeting(case: &Case<'_>, one: &Container) -> Option<String> {
    let own = |network: &&str| !matches!(*network, "bridge" | "host" | "none");
    let networks = case.world.engine.networks.values();
    let of_one = one.endpoints.keys().map(String::as_str).find(own);
    of_one.map(str::to_string).or_else(|| networks.map(|network| &*network.name).find(own).map(str::to_string))
}

fn shared(one: &Container, other: &Container) -> Vec<String> {
    one.endpoints.keys().filter(|network| other.endpoints.contains_key(*network)).cloned().collect()
}

/// Both are on the default bridge, where there are no names, or they have no network in common.
pub(super) fn no_names(case: &Case<'_>) -> Option<Found> {
    let (name, from) = (unresolved(case)?, inside(case)?);
    let other = case.container(name).filter(|other| other.id != from.id)?;
    let shared = shared(from, other);
    if shared.iter().any(|network| network != "bridge") || !other.state.status.name().starts_with("running") {
        return None;
    }
    let mut commands = Vec::new();
    let network = meeting(case, other).or_else(|| meeting(case, from)).unwrap_or_else(|| {
        commands.push("docker network create mynet".to_string());
        "mynet".to_string()
    });
    for container in [from, other].into_iter().filter(|container| !container.endpoints.contains_key(&network)) {
        commands.push(format!("docker network connect {network} {}", container.name));
    }
    commands.push(case.command.to_string());
    found(&[&from.name, &other.name], &commands)
}

/// A name that only a running container answers to.
pub(super) fn peer_stopped(case: &Case<'_>) -> Option<Found> {
    let (name, from) = (unresolved(case)?, inside(case)?);
    let other = case.container(name).filter(|other| other.id != from.id && other.ns.is_none())?;
    found(&[&other.name], &[format!("docker start {}", other.name), case.command.to_string()])
}

/// The port of a URL on the machine itself that nobody answered at.
fn refused_here(case: &Case<'_>) -> Option<(String, u16)> {
    // A silent curl says it with its status.
    let silent = case.status == 7 && case.words.contains(&"curl");
    let refused =
        silent || case.says("Connection refused") || case.says("Failed to connect to") || case.says("Couldn't connect");
    let word = case.words.iter().find(|word| word.contains("localhost") || word.contains("127.0.0.1"))?;
    let host = if word.contains("localhost") { "localhost" } else { "127.0.0.1" };
    let rest = word.split_once(host)?.1;
    let digits: String = rest.strip_prefix(':').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
    let port = if digits.is_empty() { 80 } else { digits.parse().ok()? };
    refused.then(|| (host.to_string(), port))
}

/// Running containers in which somebody listens at a port.
fn listening<'a>(case: &'a Case<'_>, port: u16) -> impl Iterator<Item = &'a Rc<Container>> {
    let world = case.world;
    let containers = world.engine.containers.values();
    containers.filter(move |c| c.ns.is_some_and(|ns| world.listener(ns.net, 0, port).is_some()))
}

/// `localhost` inside of a container is that container itself.
pub(super) fn own_localhost(case: &Case<'_>) -> Option<Found> {
    let ((host, port), from) = (refused_here(case)?, inside(case)?);
    let other = listening(case, port).find(|other| other.id != from.id)?;
    let mut networks = shared(from, other);
    networks.retain(|network| network != "bridge");
    let (network, peer) = match networks.first() {
        Some(network) => (network.clone(), other.name.to_string()),
        None => ("bridge".to_string(), ipv4(other.endpoints.get("bridge")?.address)),
    };
    let again = case.words.iter().map(|word| word.replace(&host, &peer)).collect::<Vec<_>>().join(" ");
    let together = from.endpoints.contains_key(&network) && other.endpoints.contains_key(&network);
    let commands = if together { vec![again] } else { Vec::new() };
    found(&[&from.name, &other.name, &peer], &commands)
}

/// Somebody listens in a container, but the machine has no way in.
pub(super) fn not_published(case: &Case<'_>) -> Option<Found> {
    let (_, port) = refused_here(case).filter(|_| inside(case).is_none())?;
    let container = listening(case, port).find(|container| container.published.is_empty())?;
    let (name, image) = (&container.name, &container.config.image);
    let commands = [format!("docker rm -f {name}"), format!("docker run -d --name {name} -p {port}:{port} {image}")];
    found(&[name, &port.to_string()], &commands)
}

/// The host does not know the names that containers have for each other.
pub(super) fn name_on_host(case: &Case<'_>) -> Option<Found> {
    let name = unresolved(case).filter(|_| inside(case).is_none() && !case.words.contains(&"run"))?;
    let container = case.container(name)?;
    let open = container.published.first().map(|published| published.host_port);
    let again = open.map(|port| format!("curl http://localhost:{port}"));
    found(&[&container.name], &again.into_iter().collect::<Vec<_>>())
}

/// Somebody listens in a container, and the machine's way in is another port.
pub(super) fn other_port(case: &Case<'_>) -> Option<Found> {
    let (host, port) = refused_here(case).filter(|_| inside(case).is_none())?;
    let inner = format!("{port}/tcp");
    let published = |container: &&Rc<Container>| container.published.iter().any(|published| published.port == inner);
    let container = case.world.engine.containers.values().find(published)?;
    let open = container.published.iter().find(|published| published.port == inner)?.host_port.to_string();
    let named = format!("{host}:{port}");
    let again = match case.command.contains(&named) {
        true => case.command.replace(&named, &format!("{host}:{open}")),
        false => case.command.replacen(&host, &format!("{host}:{open}"), 1),
    };
    found(&[&container.name, &port.to_string(), &open], &[again])
}

/// A published port leads to one at which nobody listens in the container.
pub(super) fn wrong_port_inside(case: &Case<'_>) -> Option<Found> {
    let reset = ["Connection reset by peer", "Empty reply", "reset by peer"].iter().any(|text| case.says(text));
    let digits =
        |word: &&str| word.split_once("localhost:")?.1.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let port: u16 = case.words.iter().find_map(digits).filter(|_| reset && inside(case).is_none())?;
    let at = |c: &Container| c.published.iter().find(|published| published.host_port == port).map(|p| p.port.clone());
    let (container, inner) = case.world.engine.containers.values().find_map(|c| Some((c, at(c)?)))?;
    let inner = inner.trim_end_matches("/tcp");
    let net = container.ns?.net;
    let really = container.config.exposed_ports.iter().filter_map(|port| port.split('/').next()?.parse::<u16>().ok());
    let really = really.filter(|port| case.world.listener(net, 0, *port).is_some()).map(|port| port.to_string()).next();
    let name = &container.name;
    let mut commands = vec![format!("docker logs {name}")];
    if let Some(really) = &really {
        let image = &container.config.image;
        commands =
            vec![format!("docker rm -f {name}"), format!("docker run -d --name {name} -p {port}:{really} {image}")];
    }
    found(&[name, &port.to_string(), inner], &commands)
}
