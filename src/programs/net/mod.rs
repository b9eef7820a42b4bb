//! Programs that speak over the network, and what they share: names, URLs, HTTP.

pub mod browser;
pub mod curl;
pub mod http;
pub mod ip;
pub mod nc;
pub mod ping;
pub mod wget;

use super::command::text_of;
use crate::engine::endpoint;
use crate::kernel::Sys;
use crate::model::network::parse_ipv4;
use crate::model::process::HOST;

/// The name servers of `/etc/resolv.conf`.
pub fn servers(sys: &Sys) -> Vec<String> {
    let text = text_of(sys, "/etc/resolv.conf");
    text.lines().filter_map(|line| line.strip_prefix("nameserver ")).map(|server| server.trim().to_string()).collect()
}

/// What the engine's own name server says, if this process's configuration names it.
pub fn ask(sys: &Sys, name: &str) -> Option<Vec<u32>> {
    if servers(sys).first().is_none_or(|server| server != "127.0.0.11") {
        return None;
    }
    let net = sys.me(|process| process.ns.net).unwrap_or(HOST);
    Some(sys.world(|world| endpoint::resolve(world, net, name)))
}

/// Hosts of the world outside that are known by name, and whether they answer an echo. Nothing else of
/// them is simulated.
const OUTSIDE: [(&str, u32, bool); 12] = [
    ("registry-1.docker.io", 0x2cd0_fec2, false),
    ("auth.docker.io", 0x3650_51ba, false),
    ("hub.docker.com", 0x2cdb_03bd, false),
    ("docker.com", 0x178d_e5a0, true),
    ("google.com", 0xd83a_cc6e, true),
    ("www.google.com", 0xd83a_cc64, true),
    ("dns.google", 0x0808_0808, true),
    ("one.one.one.one", 0x0101_0101, true),
    ("github.com", 0x8c52_7904, true),
    ("example.com", 0x17d7_0050, true),
    ("registry.npmjs.org", 0x6810_0323, true),
    ("deb.debian.org", 0x9765_0284, true),
];

/// A host of the world outside, if it can be reached: its name and whether it answers an echo.
pub fn stranger(sys: &Sys, address: u32) -> Option<(&'static str, bool)> {
    let known = OUTSIDE.iter().find(|(_, own, _)| *own == address);
    known.filter(|_| outside(sys)).map(|(name, _, answers)| (*name, *answers))
}

/// The address of a host outside.
pub fn stranger_named(sys: &Sys, name: &str) -> Option<u32> {
    let known = OUTSIDE.iter().find(|(own, _, _)| own.eq_ignore_ascii_case(name));
    known.filter(|_| outside(sys)).map(|(_, address, _)| *address)
}

/// Whether the world outside can be reached from here: the wall is open, and a way leads out.
pub fn outside(sys: &Sys) -> bool {
    let net = sys.me(|process| process.ns.net).unwrap_or(HOST);
    let leads_out = |world: &mut crate::model::World| {
        world.nets.get(&net).is_some_and(|net| net.interfaces.iter().any(|interface| interface.gateway != 0))
    };
    sys.world(|world| world.network_up && leads_out(world))
}

/// The IPv4 address of a name or of a dotted address: `/etc/hosts` first, then the name server.
pub fn resolve(sys: &Sys, name: &str) -> Option<u32> {
    if let Some(address) = parse_ipv4(name) {
        return Some(address);
    }
    let hosts = text_of(sys, "/etc/hosts");
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or(""));
    let found = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let address = parse_ipv4(words.next()?)?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    });
    let mut found = found.peekable();
    match found.peek() {
        Some(address) => Some(*address),
        None => {
            let inside = ask(sys, name).and_then(|found| found.first().copied());
            inside.or_else(|| stranger_named(sys, name))
        }
    }
}
