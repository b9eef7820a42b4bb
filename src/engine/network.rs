//! Networks: made, removed, found, and containers connected to them.

use std::rc::Rc;

use super::api::{Answer, Fault, Filters, NetworkCreate};
use super::container::label_matches;
use super::endpoint;
use super::fault::{conflict, fault, invalid};
use super::find;
use super::start::change;
use crate::kernel::Sys;
use crate::model::container::{Container, Status};
use crate::model::network::{Endpoint, Interface, NetNs, Network, parse_ipv4, within};
use crate::model::order::Order;
use crate::model::process::HOST;
use crate::model::{Text, World};

/// The networks that every engine has, and the host's own interfaces.
pub fn boot(world: &mut World) {
    let outside = Interface {
        name: "eth0".into(),
        address: 0x0a00_020f,
        prefix: 24,
        gateway: 0x0a00_0202,
        network: "".into(),
        mac: "52:54:00:12:34:56".into(),
    };
    world.nets.insert(HOST, Rc::new(NetNs { interfaces: vec![outside], ..NetNs::default() }));
    for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
        let bridge = driver == "bridge";
        let network = Network {
            id: world.random.id().into(),
            name: name.into(),
            driver: driver.into(),
            created: world.now,
            subnet: bridge.then_some((0xac11_0000, 16)),
            gateway: bridge.then_some(0xac11_0001),
            range: None,
            internal: false,
            attachable: false,
            labels: Default::default(),
            options: Default::default(),
        };
        add(world, network);
    }
}

/// Keeps a network and gives the host an interface on its bridge.
fn add(world: &mut World, network: Network) {
    if let (Some((_, prefix)), Some(address)) = (network.subnet, network.gateway) {
        let name = match &*network.name {
            "bridge" => "docker0".to_string(),
            _ => format!("br-{}", network.id.get(..12).unwrap_or("")),
        };
        let [a, b, c, d] = address.to_be_bytes();
        let mac = format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}").as_str().into();
        let interface =
            Interface { name: name.as_str().into(), address, prefix, gateway: 0, network: network.id.clone(), mac };
        if let Some(host) = world.nets.get_mut(&HOST) {
            Rc::make_mut(host).interfaces.push(interface);
        }
    }
    world.engine.networks.insert(network.id.clone(), Rc::new(network));
}

pub fn predefined(name: &str) -> bool {
    ["bridge", "host", "none"].contains(&name)
}

/// A network by name, id or unique beginning of its id.
pub fn find_network(world: &World, name: &str) -> Result<Rc<Network>, Fault> {
    let all = || world.engine.networks.values();
    let missing = || fault(404, format!("network {name} not found"));
    let wanted = if name == "default" { "bridge" } else { name };
    if let Some(found) = all().find(|n| *n.id == *name).or_else(|| all().find(|n| *n.name == *wanted)) {
        return Ok(found.clone());
    }
    let mut by_prefix = all().filter(|n| !name.is_empty() && n.id.starts_with(name));
    let found = by_prefix.next().ok_or_else(missing)?;
    match by_prefix.next() {
        None => Ok(found.clone()),
        Some(_) => Err(invalid(format!("network {name} is ambiguous (2 matches found on ID prefix)"))),
    }
}

/// The containers that are on a network now.
pub fn members<'a>(world: &'a World, network: &'a Network) -> impl Iterator<Item = (&'a Container, &'a Endpoint)> {
    let on = |c: &'a Rc<Container>| c.endpoints.get(&*network.name).map(|endpoint| (&**c, endpoint));
    world.engine.containers.values().filter(|c| c.ns.is_some()).filter_map(on)
}

/// `a.b.c.d/prefix`, the host bits cleared.
fn cidr(text: &str) -> Option<(u32, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let prefix = prefix.parse::<u8>().ok().filter(|prefix| *prefix <= 32)?;
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    Some((parse_ipv4(address)? & mask, prefix))
}

pub fn create(sys: &Sys, ask: &NetworkCreate) -> Result<Answer, Fault> {
    let made = sys.world(|w| make(w, ask));
    sys.notify("engine", 0);
    made.map(|id| Answer::Created { id: id.to_string(), warnings: Vec::new() })
}

fn make(world: &mut World, ask: &NetworkCreate) -> Result<Text, Fault> {
    let driver = if ask.driver.is_empty() { "bridge" } else { &ask.driver };
    if ask.name.trim().is_empty() {
        return Err(invalid("invalid network name"));
    }
    if predefined(&ask.name) || ask.name == "default" {
        let text = format!("operation is not permitted on predefined {} network", ask.name);
        return Err(fault(403, text));
    }
    if world.engine.networks.values().any(|network| *network.name == *ask.name) {
        return Err(conflict(format!("network with name {} already exists", ask.name)));
    }
    let bad = |why: String| invalid(format!("invalid network config:\n{why}"));
    let asked = match ask.subnet.as_str() {
        "" => None,
        text => Some(cidr(text).ok_or_else(|| bad(format!("invalid subnet {text}: invalid CIDR block notation")))?),
    };
    let range = match ask.ip_range.as_str() {
        "" => None,
        text => Some(cidr(text).ok_or_else(|| bad(format!("invalid ip-range {text}: invalid CIDR block notation")))?),
    };
    match driver {
        "bridge" => {}
        "host" | "null" => {
            return Err(fault(403, format!("only one instance of \"{driver}\" network is allowed")));
        }
        "overlay" | "macvlan" | "ipvlan" => {
            return Err(super::fault::not_simulated(&format!("network driver {driver}")));
        }
        driver => return Err(fault(404, format!("plugin \"{driver}\" not found"))),
    }
    let subnet = match asked {
        Some(subnet) => {
            if world.engine.networks.values().filter_map(|network| network.subnet).any(|other| overlap(subnet, other)) {
                return Err(fault(403, "invalid pool request: Pool overlaps with other one on this address space"));
            }
            subnet
        }
        None => free_pool(world)?,
    };
    let gateway = match ask.gateway.as_str() {
        "" => range.map_or(subnet.0, |range| range.0) + 1,
        text => parse_ipv4(text).ok_or_else(|| bad(format!("invalid gateway {text}: invalid address")))?,
    };
    let network = Network {
        id: world.random.id().into(),
        name: ask.name.as_str().into(),
        driver: driver.into(),
        created: world.now,
        subnet: Some(subnet),
        gateway: Some(gateway),
        range,
        internal: ask.internal,
        attachable: ask.attachable,
        labels: ask.labels.clone(),
        options: ask.options.clone(),
    };
    let id = network.id.clone();
    add(world, network);
    event(world, &id, "create", None);
    Ok(id)
}

fn overlap(a: (u32, u8), b: (u32, u8)) -> bool {
    within(a, b.0) || within(b, a.0)
}

/// The first of Docker's own pools that no network has: 172.17 to 172.31 by /16, then 192.168 by /20.
fn free_pool(world: &World) -> Result<(u32, u8), Fault> {
    let wide = (17..=31).map(|n| (0xac00_0000 | n << 16, 16));
    let narrow = (0..16).map(|n| (0xc0a8_0000 | n << 12, 20));
    let taken = |pool: &(u32, u8)| {
        world.engine.networks.values().filter_map(|network| network.subnet).any(|other| overlap(*pool, other))
    };
    let full = "all predefined address pools have been fully subnetted";
    wide.chain(narrow).find(|pool| !taken(pool)).ok_or_else(|| fault(500, full))
}

/// Records what happened to a network, and with which container.
pub fn event(world: &mut World, id: &str, action: &str, container: Option<&str>) {
    let Some(network) = world.engine.networks.get(id).cloned() else { return };
    let own = [("name", &*network.name), ("type", &*network.driver)];
    let more = container.map(|container| ("container", container));
    super::events::record(world, "network", action, id, own.into_iter().chain(more));
}

pub fn remove(sys: &Sys, name: &str) -> Result<Answer, Fault> {
    sys.world(|w| {
        let network = find_network(w, name)?;
        if predefined(&network.name) {
            let text = format!("{} is a pre-defined network and cannot be removed", network.name);
            return Err(fault(403, text));
        }
        let active: Vec<String> = members(w, &network)
            .map(|(c, e)| format!("name:\"{}\" id:\"{}\"", c.name, e.endpoint_id.get(..12).unwrap_or("")))
            .collect();
        if !active.is_empty() {
            let text = format!("network {} has active endpoints ({})", network.name, active.join(", "));
            return Err(fault(403, format!("error while removing network: {text}")));
        }
        forget(w, &network);
        Ok(Answer::Nothing)
    })
    .inspect(|_| sys.notify("engine", 0))
}

fn forget(world: &mut World, network: &Network) {
    event(world, &network.id, "destroy", None);
    world.engine.networks.remove(&network.id);
    if let Some(host) = world.nets.get_mut(&HOST) {
        Rc::make_mut(host).interfaces.retain(|interface| interface.network != network.id);
    }
}

pub fn prune(sys: &Sys, filters: &Filters) -> Result<Answer, Fault> {
    if let Some((key, _)) = filters.iter().find(|(key, _)| !["label", "label!", "until"].contains(&key.as_str())) {
        return Err(invalid(format!("invalid filter '{key}'")));
    }
    let deleted = sys.world(|w| {
        let passes = |n: &Network| {
            filters.iter().all(|(key, value)| match key.as_str() {
                "label" => label_matches(&n.labels, value),
                "label!" => !label_matches(&n.labels, value),
                _ => super::parse_duration(value).is_none_or(|age| n.created.plus(age) <= w.now),
            })
        };
        let unused = |n: &&Rc<Network>| !predefined(&n.name) && members(w, n).next().is_none() && passes(n);
        let mut gone: Vec<Rc<Network>> = w.engine.networks.values().filter(unused).cloned().collect();
        gone.order_by_key(|n| n.name.clone());
        for network in &gone {
            forget(w, network);
        }
        super::events::record(w, "network", "prune", "", [("reclaimed", "0")]);
        gone.iter().map(|n| n.name.to_string()).collect()
    });
    sys.notify("engine", 0);
    Ok(Answer::Pruned { deleted, reclaimed: 0 })
}

fn live(container: &Container) -> bool {
    matches!(container.state.status, Status::Running | Status::Paused)
}

/// The mode of a container's network that leaves no room for others.
fn alone(container: &Container) -> Option<&str> {
    let mode = container.host.network_mode.as_str();
    (mode == "host" || mode == "none" || mode.starts_with("container:")).then_some(mode)
}

pub fn connect(sys: &Sys, name: &str, container: &str, aliases: Vec<String>, ip: &str) -> Result<Answer, Fault> {
    let found = sys.world(|w| find::container(&w.engine, container))?;
    let network = sys.world(|w| find_network(w, name))?;
    let forbidden = |text: &str| Err(fault(403, text));
    match (alone(&found), &*network.name) {
        (_, "host") => {
            return forbidden(
                "cannot connect container to host network - container must be created in host network mode",
            );
        }
        (Some("none"), _) | (_, "none") => {
            return forbidden(
                "container cannot be connected to multiple networks with one of the networks in private (none) mode",
            );
        }
        (Some("host"), _) => return forbidden("cannot connect container in host network mode to other networks"),
        (Some(_), _) => {
            return forbidden(
                "container sharing network namespace with another container or host cannot be connected to any other network",
            );
        }
        _ => {}
    }
    if found.endpoints.contains_key(&*network.name) {
        let text = format!("endpoint with name {} already exists in network {}", found.name, network.name);
        return forbidden(&text);
    }
    let asked = check_address(&network, ip)?;
    let mut changed = (*found).clone();
    let endpoint = Endpoint { aliases, asked, network_id: network.id.to_string(), ..Endpoint::default() };
    changed.endpoints.insert(network.name.to_string(), endpoint);
    if live(&found) {
        sys.with(|k| endpoint::join_one(&mut k.world, &mut changed, &network).map(|()| endpoint::plug(k, &changed)))?;
    }
    change(sys, &found.id, |c| c.endpoints = changed.endpoints);
    sys.world(|w| event(w, &network.id, "connect", Some(&found.id)));
    Ok(Answer::Nothing)
}

pub fn disconnect(sys: &Sys, name: &str, container: &str, force: bool) -> Result<Answer, Fault> {
    let network = sys.world(|w| find_network(w, name))?;
    let found = match sys.world(|w| find::container(&w.engine, container)) {
        Ok(found) => found,
        Err(_) if force => return Err(fault(404, format!("endpoint {container} not found"))),
        Err(refusal) => return Err(refusal),
    };
    if found.host.network_mode == "host" && &*network.name == "host" {
        let text = "cannot disconnect container from host network - container was created in host network mode";
        return Err(fault(403, text));
    }
    if !found.endpoints.contains_key(&*network.name) {
        return Err(fault(403, format!("container {} is not connected to network {}", found.id, network.name)));
    }
    let mut changed = (*found).clone();
    sys.with(|k| {
        if let Some(endpoint) = changed.endpoints.remove(&*network.name) {
            endpoint::release(&mut k.world, &endpoint);
        }
        if live(&found) {
            endpoint::plug(k, &changed);
        }
    });
    change(sys, &found.id, |c| c.endpoints = changed.endpoints);
    sys.world(|w| event(w, &network.id, "disconnect", Some(&found.id)));
    Ok(Answer::Nothing)
}

/// The address asked for in a network, 0 for none.
pub fn check_address(network: &Network, ip: &str) -> Result<u32, Fault> {
    if ip.is_empty() {
        return Ok(0);
    }
    let wrong = |why: &str| {
        Err(invalid(format!("invalid config for network {}: invalid endpoint settings:\n{why}", network.name)))
    };
    if predefined(&network.name) {
        return wrong("user specified IP address is supported on user defined networks only");
    }
    let Some(address) = parse_ipv4(ip) else { return wrong(&format!("invalid IPv4 address: {ip}")) };
    if !network.subnet.is_some_and(|subnet| within(subnet, address)) {
        return wrong(&format!("no configured subnet or ip-range contain the IP address {ip}"));
    }
    Ok(address)
}
