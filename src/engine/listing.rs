//! Requests on networks and volumes, and how both are listed and told.

use crate::model::order::Order;
use std::rc::Rc;

use serde_json::{Map as Object, Value, json};

use super::api::{Answer, Fault, Filters, NetworkSummary, Request, VolumeSummary};
use super::container::label_matches;
use super::daemon::Reporter;
use super::fault::{fault, invalid};
use super::network::{self, find_network, predefined};
use super::volume::{self, mountpoint};
use crate::kernel::Sys;
use crate::model::World;
use crate::model::engine::Volume;
use crate::model::network::{Network, ipv4};

/// Answers the requests on networks and volumes; none for any other.
pub fn dispatch(sys: &Sys, _out: &Reporter, request: Request) -> Option<Result<Answer, Fault>> {
    Some(match request {
        Request::NetworkList { filters } => sys.world(|w| networks(w, &filters)).map(Answer::Networks),
        Request::NetworkCreate(ask) => network::create(sys, &ask),
        Request::NetworkRemove { network } => network::remove(sys, &network),
        Request::NetworkConnect { network, container, aliases, ip } => {
            network::connect(sys, &network, &container, aliases, &ip)
        }
        Request::NetworkDisconnect { network, container, force } => {
            network::disconnect(sys, &network, &container, force)
        }
        Request::NetworkPrune { filters } => network::prune(sys, &filters),
        Request::NetworkInspect { network, .. } => sys.world(|w| network_document(w, &network)).map(Answer::Json),
        Request::VolumeList { filters } => sys.world(|w| volumes(w, &filters)).map(Answer::Volumes),
        Request::VolumeCreate { name, driver, labels, options } => {
            volume::create(sys, &name, &driver, labels, &options)
        }
        Request::VolumeRemove { volume, force } => volume::remove(sys, &volume, force),
        Request::VolumePrune { filters } => volume::prune(sys, &filters),
        Request::VolumeInspect { volume } => sys.world(|w| volume_document(w, &volume)).map(Answer::Json),
        _ => return None,
    })
}

fn check(filters: &Filters, known: &[&str]) -> Result<(), Fault> {
    match filters.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        Some((key, _)) => Err(invalid(format!("invalid filter '{key}'"))),
        None => Ok(()),
    }
}

/// Whether something passes: for each key one of its values, for labels all.
fn passes(filters: &Filters, one: impl Fn(&str, &str) -> bool) -> bool {
    filters.iter().all(|(key, value)| match key.as_str() {
        "label" | "label!" => one(key, value),
        key => filters.iter().filter(|(other, _)| other == key).any(|(key, value)| one(key, value)),
    })
}

fn networks(world: &World, filters: &Filters) -> Result<Vec<NetworkSummary>, Fault> {
    check(filters, &["dangling", "driver", "id", "label", "label!", "name", "scope", "type"])?;
    for (key, value) in filters {
        match (key.as_str(), value.as_str()) {
            ("type", value) if !["builtin", "custom"].contains(&value) => {
                return Err(invalid(format!("invalid filter: 'type'='{value}'")));
            }
            ("dangling", value) if super::image::boolean(value).is_none() => {
                return Err(invalid(format!("invalid filter 'dangling=[{value}]'")));
            }
            _ => {}
        }
    }
    let users = |n: &Network| world.engine.containers.values().any(|c| c.endpoints.contains_key(&*n.name));
    let mut found: Vec<&Rc<Network>> = world.engine.networks.values().collect();
    found.retain(|n| {
        passes(filters, |key, value| match key {
            "driver" => *n.driver == *value,
            "id" => n.id.starts_with(value),
            "label" => label_matches(&n.labels, value),
            "label!" => !label_matches(&n.labels, value),
            "name" => super::name_matches(&n.name, value),
            "scope" => value == "local",
            "type" => predefined(&n.name) == (value == "builtin"),
            _ => (!predefined(&n.name) && !users(n)) == super::image::boolean(value).unwrap_or(false),
        })
    });
    found.order_by(|a, b| a.name.cmp(&b.name));
    let summary = |n: &&Rc<Network>| NetworkSummary {
        id: n.id.clone(),
        name: n.name.clone(),
        driver: n.driver.clone(),
        scope: "local",
        internal: n.internal,
        created: n.created,
        labels: n.labels.clone(),
    };
    Ok(found.iter().map(summary).collect())
}

pub(super) fn network_document(world: &World, name: &str) -> Result<Value, Fault> {
    let n = find_network(world, name)?;
    let config = n.subnet.map(|(address, prefix)| {
        let mut one = Object::new();
        one.insert("Subnet".into(), json!(format!("{}/{prefix}", ipv4(address))));
        if let Some(gateway) = n.gateway {
            one.insert("Gateway".into(), json!(ipv4(gateway)));
        }
        if let Some((address, prefix)) = n.range {
            one.insert("IPRange".into(), json!(format!("{}/{prefix}", ipv4(address))));
        }
        json!([one])
    });
    let mut members = Object::new();
    for container in world.engine.containers.values() {
        if let Some(endpoint) = container.endpoints.get(&*n.name).filter(|_| container.ns.is_some()) {
            let address = match endpoint.address {
                0 => String::new(),
                address => format!("{}/{}", ipv4(address), endpoint.prefix),
            };
            members.insert(
                container.id.to_string(),
                json!({
                    "Name": &*container.name,
                    "EndpointID": endpoint.endpoint_id,
                    "MacAddress": endpoint.mac,
                    "IPv4Address": address,
                    "IPv6Address": "",
                }),
            );
        }
    }
    Ok(json!({
        "Name": &*n.name,
        "Id": &*n.id,
        "Created": n.created.rfc3339_nano(),
        "Scope": "local",
        "Driver": &*n.driver,
        "EnableIPv4": true,
        "EnableIPv6": false,
        "IPAM": {
            "Driver": "default",
            "Options": if predefined(&n.name) { Value::Null } else { json!({}) },
            "Config": config,
        },
        "Internal": n.internal,
        "Attachable": n.attachable,
        "Ingress": false,
        "ConfigFrom": { "Network": "" },
        "ConfigOnly": false,
        "Containers": members,
        "Options": options(&n),
        "Labels": n.labels,
    }))
}

/// The driver's options; the default bridge has its own.
fn options(n: &Network) -> Value {
    if &*n.name != "bridge" {
        return json!(n.options);
    }
    json!({
        "com.docker.network.bridge.default_bridge": "true",
        "com.docker.network.bridge.enable_icc": "true",
        "com.docker.network.bridge.enable_ip_masquerade": "true",
        "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
        "com.docker.network.bridge.name": "docker0",
        "com.docker.network.driver.mtu": "1500",
    })
}

fn volumes(world: &World, filters: &Filters) -> Result<Vec<VolumeSummary>, Fault> {
    check(filters, &["dangling", "driver", "label", "label!", "name"])?;
    let used = |v: &Volume| world.engine.containers.values().any(|c| c.mounts.iter().any(|m| m.name == *v.name));
    let mut found: Vec<&Rc<Volume>> = world.engine.volumes.values().collect();
    found.retain(|v| {
        passes(filters, |key, value| match key {
            "driver" => value == "local",
            "label" => label_matches(&v.labels, value),
            "label!" => !label_matches(&v.labels, value),
            "name" => super::name_matches(&v.name, value),
            _ => used(v) != super::image::boolean(value).unwrap_or(false),
        })
    });
    let summary = |v: &&Rc<Volume>| VolumeSummary {
        name: v.name.clone(),
        driver: "local",
        created: v.created,
        mountpoint: mountpoint(&v.name),
        labels: v.labels.clone(),
        anonymous: v.anonymous,
    };
    Ok(found.iter().map(summary).collect())
}

pub(super) fn volume_document(world: &World, name: &str) -> Result<Value, Fault> {
    let missing = || fault(404, format!("get {name}: no such volume"));
    let volume = world.engine.volumes.get(name).ok_or_else(missing)?;
    let created = crate::model::time::rfc3339(volume.created.epoch().0, 0);
    Ok(json!({
        "CreatedAt": created,
        "Driver": "local",
        "Labels": if volume.labels.is_empty() { Value::Null } else { json!(volume.labels) },
        "Mountpoint": mountpoint(&volume.name),
        "Name": &*volume.name,
        "Options": null,
        "Scope": "local",
    }))
}
