//! The default networks and the addresses on them.

use std::rc::Rc;

use crate::model::container::Container;
use crate::model::network::{Endpoint, Network};
use crate::model::{Text, World};

/// The networks that every engine has.
pub fn boot(world: &mut World) {
    let now = world.now;
    for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
        let id: Text = world.random.id().into();
        let bridge = driver == "bridge";
        let network = Network {
            id: id.clone(),
            name: name.into(),
            driver: driver.into(),
            created: now,
            subnet: bridge.then_some((0xac11_0000, 16)),
            gateway: bridge.then_some(0xac11_0001),
            internal: false,
            attachable: false,
            labels: Default::default(),
            options: Default::default(),
        };
        world.engine.networks.insert(id, Rc::new(network));
    }
}

pub fn by_name(world: &World, name: &str) -> Option<Rc<Network>> {
    let name = if name == "default" || name.is_empty() { "bridge" } else { name };
    world.engine.networks.values().find(|network| &*network.name == name).cloned()
}

/// The lowest address of a network that is free.
fn free_address(world: &World, network: &Network) -> Option<u32> {
    let (subnet, prefix) = network.subnet?;
    let count = 1u32 << (32 - u32::from(prefix)).min(31);
    let mut next = subnet + 1;
    let id = network.id.clone();
    for ((of, address), _) in world.engine.addresses.range((id.clone(), 0)..) {
        if network.gateway == Some(next) {
            next += 1;
        }
        if *of != id || *address > next {
            break;
        }
        if *address == next {
            next += 1;
        }
    }
    if network.gateway == Some(next) {
        next += 1;
    }
    (next < subnet + count - 1).then_some(next)
}

/// Gives a starting container its addresses.
pub fn join(world: &mut World, container: &mut Container) -> Result<(), super::api::Fault> {
    let names: Vec<String> = container.endpoints.keys().cloned().collect();
    for name in names {
        let Some(network) = by_name(world, &name) else {
            return Err(super::fault::fault(404, format!("network {name} not found")));
        };
        let endpoint_id = world.random.hex(64);
        let Some(endpoint) = container.endpoints.get_mut(&name) else { continue };
        endpoint.network_id = network.id.to_string();
        endpoint.endpoint_id = endpoint_id;
        let Some((_, prefix)) = network.subnet else { continue };
        let Some(address) = free_address(world, &network) else {
            return Err(super::fault::internal(format!(
                "failed to set up container networking: no available IPv4 addresses on this network's address pools: {name} ({})",
                network.id
            )));
        };
        world.engine.addresses.insert((network.id.clone(), address), container.id.clone());
        let [a, b, c, d] = address.to_be_bytes();
        *endpoint = Endpoint {
            address,
            prefix,
            gateway: network.gateway.unwrap_or(0),
            mac: format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
            ..endpoint.clone()
        };
    }
    Ok(())
}

/// Takes the addresses of a stopped container back.
pub fn leave(world: &mut World, container: &mut Container) {
    for endpoint in container.endpoints.values_mut() {
        if endpoint.address != 0 {
            world.engine.addresses.remove(&(endpoint.network_id.as_str().into(), endpoint.address));
        }
        *endpoint = Endpoint {
            network_id: endpoint.network_id.clone(),
            aliases: std::mem::take(&mut endpoint.aliases),
            ..Endpoint::default()
        };
    }
}
