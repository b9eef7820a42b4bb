//! A container's place in its networks: addresses, its network namespace, the files that tell it of both,
//! the names that it knows, and the ports that the host answers for.

use std::rc::Rc;

use super::api::Fault;
use super::fault::{conflict, fault, internal};
use super::{find, network};
use crate::kernel::{Kernel, Node};
use crate::model::World;
use crate::model::container::Container;
use crate::model::file::{Data, Kind};
use crate::model::network::{Endpoint, Forward, Interface, NetNs, Network, Published, ipv4, parse_ipv4};
use crate::model::process::{HOST, NsId, SUPERUSER};

/// The host ports that are given where nobody asked for one (`net.ipv4.ip_local_port_range`).
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32768..=60999;

/// An address of a network that is free: the one asked for, or the lowest.
pub fn free_address(world: &World, network: &Network, asked: u32) -> Result<u32, Fault> {
    let taken = |address: u32| {
        network.gateway == Some(address) || world.engine.addresses.contains_key(&(network.id.clone(), address))
    };
    if asked != 0 {
        return if taken(asked) { Err(fault(403, "Address already in use")) } else { Ok(asked) };
    }
    let (base, prefix) = network.range.or(network.subnet).unwrap_or((0, 32));
    let last = base | u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
    let start = if network.subnet.is_some_and(|subnet| subnet.0 == base) { base + 1 } else { base };
    // Those in use stand in order, so the first gap between them is the lowest free address.
    let from = (network.id.clone(), start);
    let used = world.engine.addresses.range(from..).map(|((id, address), _)| (id, *address));
    let mut free = start;
    for (_, address) in used.take_while(|(id, _)| **id == network.id) {
        free += u32::from(network.gateway == Some(free));
        if address > free {
            break;
        }
        free = free.max(address + 1);
    }
    free += u32::from(network.gateway == Some(free));
    (free < last).then_some(free).ok_or_else(|| {
        let text = "no available IPv4 addresses on this network's address pools";
        internal(format!("{text}: {} ({})", network.name, network.id))
    })
}

/// Gives a container its address in one network.
pub fn join_one(world: &mut World, container: &mut Container, network: &Network) -> Result<(), Fault> {
    let endpoint_id = world.random.hex(64);
    let Some(endpoint) = container.endpoints.get_mut(&*network.name) else { return Ok(()) };
    endpoint.network_id = network.id.to_string();
    endpoint.endpoint_id = endpoint_id;
    let Some((_, prefix)) = network.subnet else { return Ok(()) };
    let address = free_address(world, network, endpoint.asked)?;
    world.engine.addresses.insert((network.id.clone(), address), container.id.clone());
    let [a, b, c, d] = address.to_be_bytes();
    endpoint.address = address;
    endpoint.prefix = prefix;
    endpoint.gateway = network.gateway.filter(|_| !network.internal).unwrap_or(0);
    endpoint.mac = format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}");
    Ok(())
}

/// Gives a starting container its addresses and its ports on the host.
pub fn join(world: &mut World, container: &mut Container) -> Result<(), Fault> {
    let names: Vec<String> = container.endpoints.keys().cloned().collect();
    for name in names {
        let network = network::find_network(world, &name)?;
        join_one(world, container, &network)?;
        network::event(world, &network.id, "connect", Some(&container.id));
    }
    publish(world, container)
}

/// The network namespace that a container shares with another one or the host.
pub fn namespace(world: &World, container: &Container) -> Result<Option<NsId>, Fault> {
    let mode = container.host.network_mode.as_str();
    if mode == "host" {
        return Ok(Some(HOST));
    }
    let Some(other) = mode.strip_prefix("container:") else { return Ok(None) };
    let found = find::container(&world.engine, other).map_err(|refusal| {
        fault(refusal.status, format!("joining network namespace of container: {}", refusal.message))
    })?;
    match found.ns {
        Some(ns) => Ok(Some(ns.net)),
        None => Err(conflict(format!("cannot join network namespace of a non running container: {}", found.id))),
    }
}

/// Takes one address back.
pub fn release(world: &mut World, endpoint: &Endpoint) {
    if endpoint.address != 0 {
        world.engine.addresses.remove(&(endpoint.network_id.as_str().into(), endpoint.address));
    }
}

/// Takes the addresses and ports of a stopped container back.
pub fn leave(world: &mut World, container: &mut Container) {
    let names: Vec<String> = container.endpoints.keys().cloned().collect();
    for name in names {
        let Some(endpoint) = container.endpoints.get_mut(&name) else { continue };
        release(world, endpoint);
        if !endpoint.endpoint_id.is_empty() {
            network::event(world, &endpoint.network_id, "disconnect", Some(&container.id));
        }
        *endpoint = Endpoint {
            network_id: endpoint.network_id.clone(),
            aliases: std::mem::take(&mut endpoint.aliases),
            asked: endpoint.asked,
            ..Endpoint::default()
        };
    }
    for published in std::mem::take(&mut container.published) {
        let (host_ip, udp) = key(&published.host_ip, &published.port);
        let Some(all) = world.forwards.get_mut(&published.host_port) else { continue };
        Rc::make_mut(all).retain(|forward| (Some(forward.host_ip), forward.udp) != (host_ip, udp));
        if all.is_empty() {
            world.forwards.remove(&published.host_port);
        }
    }
}

/// The interfaces that a container's endpoints make.
pub fn interfaces(container: &Container) -> NetNs {
    let with_address = container.endpoints.values().filter(|endpoint| endpoint.address != 0);
    let interface = |(number, endpoint): (usize, &Endpoint)| Interface {
        name: format!("eth{number}").as_str().into(),
        address: endpoint.address,
        prefix: endpoint.prefix,
        gateway: endpoint.gateway,
        network: endpoint.network_id.as_str().into(),
        mac: endpoint.mac.as_str().into(),
    };
    NetNs { interfaces: with_address.enumerate().map(interface).collect(), ..NetNs::default() }
}

/// After a change of its networks: a running container's interfaces, `/etc/hosts` and `/etc/resolv.conf`.
pub fn plug(k: &mut Kernel, container: &Container) {
    let Some(ns) = container.ns else { return };
    let counted = k.world.nets.get(&ns.net).map_or((0, 0), |net| (net.received, net.sent));
    let net = NetNs { received: counted.0, sent: counted.1, ..interfaces(container) };
    k.world.nets.insert(ns.net, Rc::new(net));
    for (path, text) in [("/etc/hosts", hosts(&k.world, container)), ("/etc/resolv.conf", resolv_conf(container))] {
        let node = k.resolve_in(ns.mount, SUPERUSER, "/", path, true).ok().and_then(|at| at.node);
        if let Some(Node::Fs { fs, ino }) = node
            && let Some(inode) = k.world.filesystems.get_mut(&fs).and_then(|fs| fs.get_mut(ino))
        {
            inode.kind = Kind::File(Data::new(text.into_bytes()));
        }
    }
}

/// `/etc/hosts` of a container.
pub fn hosts(world: &World, container: &Container) -> String {
    let mut text = String::from(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    for extra in &container.host.extra_hosts {
        if let Some((name, address)) = extra.split_once(':') {
            let address = if address == "host-gateway" { "172.17.0.1" } else { address };
            text.push_str(&format!("{address}\t{name}\n"));
        }
    }
    for link in &container.host.links {
        let (name, alias) = link.split_once(':').unwrap_or((link, link));
        if let Ok(other) = find::container(&world.engine, name)
            && let Some(endpoint) = other.endpoints.get("bridge").filter(|endpoint| endpoint.address != 0)
        {
            let names = format!("{alias} {} {}", other.config.hostname, other.name);
            text.push_str(&format!("{}\t{names}\n", ipv4(endpoint.address)));
        }
    }
    let hostname = &container.config.hostname;
    for endpoint in container.endpoints.values().filter(|endpoint| endpoint.address != 0) {
        text.push_str(&format!("{}\t{hostname}\n", ipv4(endpoint.address)));
    }
    text
}

/// `/etc/resolv.conf` of a container: on a network of the user's the engine itself answers.
pub fn resolv_conf(container: &Container) -> String {
    let host = &container.host;
    let own = |name: &String| !network::predefined(name);
    let embedded = container.endpoints.keys().any(own);
    let list = |key: &str| host.other.get(key).and_then(|json| serde_json::from_str::<Vec<String>>(json).ok());
    let (search, options) = (list("DnsSearch").unwrap_or_default(), list("DnsOptions").unwrap_or_default());
    let outer: Vec<String> = if host.dns.is_empty() { vec!["10.0.2.3".into()] } else { host.dns.clone() };
    let mut text = String::from(
        "# Generated by Docker Engine.\n# This file can be edited; Docker Engine will not make further changes once it\n# has been modified.\n\n",
    );
    let servers = if embedded { vec!["127.0.0.11".to_string()] } else { outer.clone() };
    text.extend(servers.iter().map(|server| format!("nameserver {server}\n")));
    let search: Vec<&str> = search.iter().map(String::as_str).filter(|name| *name != ".").collect();
    if !search.is_empty() {
        text.push_str(&format!("search {}\n", search.join(" ")));
    }
    let mut all = options.clone();
    if embedded {
        all.push("ndots:0".into());
    }
    if !all.is_empty() {
        text.push_str(&format!("options {}\n", all.join(" ")));
    }
    let kind = if embedded { "internal resolver" } else { "legacy" };
    text.push_str(&format!("\n# Based on host file: '/etc/resolv.conf' ({kind})\n"));
    if embedded {
        let place = if host.dns.is_empty() { "host" } else { "" };
        let shown = |server: &String| if place.is_empty() { server.clone() } else { format!("{place}({server})") };
        let servers: Vec<String> = outer.iter().map(shown).collect();
        text.push_str(&format!("# ExtServers: [{}]\n", servers.join(" ")));
    }
    let given =
        [("nameservers", !host.dns.is_empty()), ("search", !search.is_empty()), ("options", !options.is_empty())];
    let overrides: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    text.push_str(&format!("# Overrides: [{}]\n", overrides.join(" ")));
    if embedded {
        text.push_str("# Option ndots from: internal\n");
    }
    text
}

/// The names by which others on a network of the user's know a container.
pub fn dns_names(container: &Container, endpoint: &Endpoint) -> Vec<String> {
    let mut names = vec![container.name.to_string()];
    let short = container.id.get(..12).unwrap_or_default();
    for name in endpoint.aliases.iter().map(String::as_str).chain([short, &container.config.hostname]) {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
    names
}

/// What the engine's own DNS answers to a name asked in a network namespace.
pub fn resolve(world: &World, net: NsId, name: &str) -> Vec<u32> {
    let name = name.trim_end_matches('.');
    let asks = |c: &&Rc<Container>| c.ns.is_some_and(|ns| ns.net == net) && !c.endpoints.is_empty();
    let Some(asking) = world.engine.containers.values().find(asks) else { return Vec::new() };
    let networks = asking.endpoints.keys().filter(|name| !network::predefined(name));
    let mut found = Vec::new();
    for network in networks.filter_map(|name| network::find_network(world, name).ok()) {
        for (container, endpoint) in network::members(world, &network) {
            let known = |alias: &String| alias.eq_ignore_ascii_case(name);
            if endpoint.address != 0 && dns_names(container, endpoint).iter().any(known) {
                found.push(endpoint.address);
            }
        }
    }
    found
}

/// The host address and protocol of a published port; no address for IPv6, which nothing listens on here.
fn key(host_ip: &str, port: &str) -> (Option<u32>, bool) {
    (parse_ipv4(host_ip), port.ends_with("/udp"))
}

/// Takes ports of the host for a starting container.
fn publish(world: &mut World, container: &mut Container) -> Result<(), Fault> {
    let host = container.host.clone();
    let Some((name, endpoint)) = container.endpoints.iter().find(|(_, endpoint)| endpoint.address != 0) else {
        return Ok(());
    };
    let (name, endpoint) = (name.clone(), endpoint.clone());
    if network::find_network(world, &name).is_ok_and(|network| network.internal) {
        return Ok(());
    }
    let mut asked: Vec<(String, String, String)> = Vec::new();
    for (port, bindings) in &host.port_bindings {
        asked.extend(bindings.iter().map(|b| (port.clone(), b.host_ip.clone(), b.host_port.clone())));
    }
    if host.publish_all {
        let more = container.config.exposed_ports.iter().filter(|port| !host.port_bindings.contains_key(*port));
        asked.extend(more.map(|port| (port.clone(), String::new(), String::new())));
    }
    for (port, host_ip, host_port) in asked {
        publish_one(world, container, &endpoint, &port, &host_ip, &host_port).map_err(|why| {
            let what = format!("endpoint {} ({})", container.name, endpoint.endpoint_id);
            internal(format!("driver failed programming external connectivity on {what}: {why}"))
        })?;
    }
    Ok(())
}

fn publish_one(
    world: &mut World,
    container: &mut Container,
    endpoint: &Endpoint,
    port: &str,
    host_ip: &str,
    host_port: &str,
) -> Result<(), String> {
    let shown = if host_ip.is_empty() { "0.0.0.0" } else { host_ip };
    let (address, udp) = key(shown, port);
    let inner: u16 = port.split('/').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let clash = |number: u16| {
        let same = |forward: &Forward| {
            forward.udp == udp && (address == Some(0) || forward.host_ip == 0 || Some(forward.host_ip) == address)
        };
        address.is_some() && world.forwards.get(&number).is_some_and(|all| all.iter().any(same))
    };
    let heard = |number: u16| !udp && world.listener(HOST, address.unwrap_or(0), number).is_some();
    let chosen = match host_port.split_once('-') {
        None if host_port.is_empty() => EPHEMERAL.clone().find(|number| !clash(*number) && !heard(*number)),
        None => host_port.parse().ok(),
        Some((low, high)) => {
            let (low, high) = (low.parse().unwrap_or(0), high.parse().unwrap_or(0));
            (low..=high).find(|number: &u16| !clash(*number) && !heard(*number)).or(Some(low))
        }
    };
    let number = chosen.ok_or("no ports available")?;
    if clash(number) {
        return Err(format!("Bind for {shown}:{number} failed: port is already allocated"));
    }
    if heard(number) {
        let to = format!("{shown}:{number}:{}:{port}", ipv4(endpoint.address));
        return Err(format!("failed to bind host port for {to}: address already in use"));
    }
    if let Some(host_ip) = address {
        let forward = Forward { host_ip, udp, address: endpoint.address, port: inner };
        match world.forwards.get_mut(&number) {
            Some(all) => Rc::make_mut(all).push(forward),
            None => drop(world.forwards.insert(number, Rc::new(vec![forward]))),
        }
    }
    let families: &[&str] = if host_ip.is_empty() { &["0.0.0.0", "::"] } else { &[host_ip] };
    let row = |ip: &&str| Published { port: port.into(), host_ip: ip.to_string(), host_port: number };
    container.published.extend(families.iter().map(row));
    Ok(())
}
