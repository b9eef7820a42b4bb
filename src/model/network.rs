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
    pub mac: String,
}

/// `8080/tcp -> host bindings`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PortBinding {
    pub host_ip: String,
    pub host_port: String,
}

/// `a.b.c.d`.
pub fn ipv4(address: u32) -> String {
    let [a, b, c, d] = address.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}
