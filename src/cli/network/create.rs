//! `docker network create`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::flag::Flags;
use crate::cli::format::address::ipv4;
use crate::engine::api::{Answer, NetworkCreate, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    check(flags).map_err(Failure::new)?;
    let absent = ["aux-address", "config-from", "config-only", "ingress", "ipam-opt", "ipv6", "scope"];
    if let Some(name) = absent.iter().find(|name| flags.is_set(name)) {
        return Err(Failure::not_simulated(&format!("--{name}")));
    }
    let first = |name: &str| flags.list(name).first().cloned().unwrap_or_default();
    let pairs = |name: &str| flags.pairs(name).into_iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let request = Request::NetworkCreate(Box::new(NetworkCreate {
        name: call.args.first().cloned().unwrap_or_default(),
        driver: flags.text("driver").to_string(),
        subnet: first("subnet"),
        gateway: first("gateway"),
        ip_range: first("ip-range"),
        internal: flags.bool("internal"),
        attachable: flags.bool("attachable"),
        labels: pairs("label").collect(),
        options: pairs("opt").collect(),
    }));
    if let Answer::Created { id, warnings } = client.call(request).await? {
        for warning in &warnings {
            client.warn(&format!("WARNING: {warning}\n")).await;
        }
        client.print(&format!("{id}\n")).await?;
    }
    Ok(0)
}

/// What the client finds by itself in subnets, ranges and gateways.
fn check(flags: &Flags) -> Result<(), String> {
    let [subnets, ranges, gateways] = ["subnet", "ip-range", "gateway"].map(|name| flags.list(name));
    if subnets.len() < ranges.len() || subnets.len() < gateways.len() {
        return Err("every ip-range or gateway must have a corresponding subnet".to_string());
    }
    for (at, subnet) in subnets.iter().enumerate() {
        if subnets[..at].iter().any(|other| contains(subnet, other) || contains(other, subnet)) {
            return Err("multiple overlapping subnet configuration is not supported".to_string());
        }
    }
    if subnets.len() > 1 {
        return Err("layerlab: a network with several subnets is not simulated".to_string());
    }
    for (what, inner) in [("range", ranges), ("gateway", gateways)] {
        for text in inner {
            // A malformed subnet is for the daemon to refuse.
            let fits = |subnet: &String| cidr(subnet).is_none() || contains(subnet, text);
            if !subnets.iter().any(fits) {
                return Err(format!("no matching subnet for {what} {text}"));
            }
        }
    }
    Ok(())
}

/// Whether the subnet holds the address, or the first address of another subnet.
fn contains(subnet: &str, other: &str) -> bool {
    let (Some((base, bits)), Some((address, _))) = (cidr(subnet), cidr(other)) else { return false };
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    base & mask == address & mask
}

/// An IPv4 address and how many of its bits are the network's.
fn cidr(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
    Some((ipv4(address)?, bits.parse().ok().filter(|bits| *bits <= 32)?))
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn subnets() {
        assert!(contains("10.0.0.0/24", "10.0.0.1") && contains("10.0.0.0/24", "10.0.0.128/25"));
        assert!(!contains("10.0.0.0/24", "11.0.0.1") && !contains("banana", "10.0.0.1"));
        assert!(contains("0.0.0.0/0", "8.8.8.8"));
    }
}
