//! ip: shows the interfaces, addresses and routes of this network namespace.

use super::super::command::Cmd;
use crate::model::network::{Interface, ipv4};
use crate::model::process::HOST;

pub fn ip(cmd: &mut Cmd) {
    let (options, words): (Vec<String>, Vec<String>) =
        std::mem::take(&mut cmd.args).into_iter().partition(|word| word.starts_with('-'));
    let one_line = options.iter().any(|option| option.starts_with("-o"));
    let net = cmd.sys.me(|process| process.ns.net).unwrap_or(HOST);
    let all: Vec<Interface> =
        cmd.sys.world(|world| world.nets.get(&net).map(|net| net.interfaces.clone())).unwrap_or_default();
    let action = words.get(1).map_or("show", String::as_str);
    if !["show", "list", "s", "l", "sh", "ls"].contains(&action) && action != "dev" {
        return cmd.missing(&format!("ip {}", words.join(" ")));
    }
    let wanted = words.last().filter(|_| words.len() > 2).cloned();
    let text = match words.first().map_or("", String::as_str) {
        what @ ("a" | "addr" | "address" | "l" | "link") => {
            let address = what.starts_with('a');
            let lo = ("lo".to_string(), "lo".to_string(), String::new(), Some((0x7f00_0001, 8)));
            let rest = all.iter().enumerate().map(|(index, i)| {
                let peer = if net == HOST { String::new() } else { format!("@if{}", index + 5) };
                (i.name.to_string(), format!("{}{peer}", i.name), i.mac.to_string(), Some((i.address, i.prefix)))
            });
            let rows = std::iter::once(lo).chain(rest).enumerate();
            let shown = rows.filter(|(_, (name, ..))| wanted.as_ref().is_none_or(|wanted| wanted == name));
            let mut text = String::new();
            for (index, (_, label, mac, own)) in shown {
                let name = label.split('@').next().unwrap_or("");
                text.push_str(&interface(index, name, &label, &mac, own.filter(|_| address), one_line));
            }
            text
        }
        "r" | "route" | "ro" => routes(&all),
        other => {
            let gnu = cmd.gnu();
            if other.is_empty() || !gnu {
                return cmd.usage();
            }
            cmd.note(&format!("Object \"{other}\" is unknown, try \"ip help\"."));
            cmd.status = 1;
            return;
        }
    };
    cmd.out(&text);
}

fn interface(index: usize, name: &str, label: &str, mac: &str, own: Option<(u32, u8)>, one_line: bool) -> String {
    let number = index + 1;
    let loopback = name == "lo";
    let end = if one_line { "\\" } else { "\n" };
    if let (true, Some((address, prefix))) = (one_line, own) {
        let scope = if loopback { "host lo".to_string() } else { format!("global {name}") };
        let life = "valid_lft forever preferred_lft forever";
        return format!("{number}: {name}    inet {}/{prefix} scope {scope}\\       {life}\n", ipv4(address));
    }
    let mut text = match loopback {
        true => format!(
            "{number}: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000{end}    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        ),
        false => format!(
            "{number}: {label}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP {end}    link/ether {mac} brd ff:ff:ff:ff:ff:ff\n"
        ),
    };
    if let Some((address, prefix)) = own {
        let broadcast = address | u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        let scope = match loopback {
            true => "scope host lo".to_string(),
            false => format!("brd {} scope global {name}", ipv4(broadcast)),
        };
        let life = "valid_lft forever preferred_lft forever";
        text.push_str(&format!("    inet {}/{prefix} {scope}\n       {life}\n", ipv4(address)));
    }
    text
}

fn routes(all: &[Interface]) -> String {
    let out = all.iter().find(|interface| interface.gateway != 0);
    let default = out.map(|i| format!("default via {} dev {} \n", ipv4(i.gateway), i.name));
    let near = all.iter().map(|i| {
        let mask = u32::MAX.checked_shl(32 - u32::from(i.prefix)).unwrap_or(0);
        let (base, own) = (ipv4(i.address & mask), ipv4(i.address));
        format!("{base}/{} dev {} scope link  src {own} \n", i.prefix, i.name)
    });
    default.into_iter().chain(near).collect()
}
