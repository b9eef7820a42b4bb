//! Networks, endpoints and what a container publishes.

use std::collections::BTreeMap;

use super::Text;
use super::time::Time;

#[derive(Clone, PartialEq, Debug)]
pub struct Network {
    /// 64 hexadecimal digits.
    pub id: Text,
    pub name: Text,
    pub driver: Text,
    pub created: Time,
    /// IPv4 subnet as address and prefix length; none for `none` and `host`.
    pub subnet: Option<(u32, u8)>,
    pub gateway: Option<u32>,
    /// Where addresses are given from, if not from the whole subnet.
    pub range: Option<(u32, u8)>,
    pub internal: bool,
    pub attachable: bool,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
}

/// A container's place in a network.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Endpoint {
    pub network_id: String,
    pub endpoint_id: String,
    /// 0 while the container is not running.
    pub address: u32,
    pub prefix: u8,
    pub gateway: u32,
    pub aliases: Vec<String>,
    /// The address asked for, or 0.
    pub asked: u32,
    pub mac: String,
}

/// `8080/tcp -> host bindings`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PortBinding {
    pub host_ip: String,
    pub host_port: String,
}

/// A port of a running container that the host answers for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// `80/tcp`.
    pub port: String,
    pub host_ip: String,
    pub host_port: u16,
}

/// What a network namespace has besides its loopback interface.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NetNs {
    pub interfaces: Vec<Interface>,
    /// Bytes that came in and went out over them.
    pub received: u64,
    pub sent: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    /// `eth0`, `docker0`, ...
    pub name: Text,
    pub address: u32,
    pub prefix: u8,
    /// 0 where nothing leads further.
    pub gateway: u32,
    /// The id of the network whose bridge it is on; empty for the world outside.
    pub network: Text,
    pub mac: Text,
}

/// What the host does with connections to one of its ports: it passes them on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// 0 for every address of the host.
    pub host_ip: u32,
    pub udp: bool,
    pub address: u32,
    pub port: u16,
}

/// Whether a subnet holds an address.
pub fn within((base, prefix): (u32, u8), address: u32) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    base & mask == address & mask
}

/// The number of a dotted IPv4 address; a part must not begin with a needless zero.
pub fn parse_ipv4(text: &str) -> Option<u32> {
    let mut parts = text.split('.');
    let mut next = || {
        let part = parts.next()?;
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
        part.parse::<u8>().ok().filter(|_| plain)
    };
    let address = u32::from_be_bytes([next()?, next()?, next()?, next()?]);
    parts.next().is_none().then_some(address)
}

/// `a.b.c.d`.
pub fn ipv4(address: u32) -> String {
    let [a, b, c, d] = address.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}
