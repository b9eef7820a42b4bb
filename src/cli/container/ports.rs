//! `--publish` and `--expose`.

use std::collections::BTreeMap;

use crate::cli::flag::Flags;
use crate::cli::format::address;
use crate::cli::format::quote::quoted;
use crate::model::network::PortBinding;

/// What the flags publish and expose, by container port and protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    pub exposed: Vec<String>,
    pub bindings: BTreeMap<String, Vec<PortBinding>>,
}

/// Reads both flags.
pub fn ports(flags: &Flags) -> Result<Ports, String> {
    let mut ports = Ports::default();
    for spec in flags.list("publish") {
        let spec = if spec.contains('=') { short_form(spec)? } else { spec.clone() };
        publish(&spec, &mut ports)?;
    }
    for spec in flags.list("expose") {
        if spec.contains(':') {
            return Err(format!("invalid port format for --expose: {spec}"));
        }
        let (range, protocol) = split_protocol(spec);
        let (first, last) =
            range_of(range).map_err(|why| format!("invalid range format for --expose: {spec}, error: {why}"))?;
        for port in first..=last {
            expose(&mut ports, format!("{port}/{protocol}"));
        }
    }
    Ok(ports)
}

fn expose(ports: &mut Ports, port: String) {
    if !ports.exposed.contains(&port) {
        ports.exposed.push(port);
    }
}

/// What one `[[ip:]host:]container[/protocol]` publishes.
pub fn published(spec: &str) -> Result<Ports, String> {
    let mut ports = Ports::default();
    publish(spec, &mut ports)?;
    Ok(ports)
}

/// `[[ip:]host:]container[/protocol]`, with ranges on both sides.
fn publish(spec: &str, ports: &mut Ports) -> Result<(), String> {
    let parts: Vec<&str> = spec.split(':').collect();
    let (ip, host, container) = match parts.as_slice() {
        [container] => (String::new(), "", *container),
        [host, container] => (String::new(), *host, *container),
        [ip @ .., host, container] => (ip.join(":"), *host, *container),
        [] => (String::new(), "", ""),
    };
    let (range, protocol) = split_protocol(container);
    let ip = match ip.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').unwrap_or(&ip).to_string(),
        None => ip,
    };
    if !ip.is_empty() && address::canonical(&ip).is_none() {
        return Err(format!("invalid IP address: {ip}"));
    }
    if range.is_empty() {
        return Err(format!("no port specified: {spec}<empty>"));
    }
    let (first, last) = range_of(range).map_err(|_| format!("invalid containerPort: {range}"))?;
    let hosts = match host {
        "" => None,
        host => Some(range_of(host).map_err(|_| format!("invalid hostPort: {host}"))?),
    };
    if let Some((low, high)) = hosts
        && first != last
        && last - first != high - low
    {
        return Err(format!("invalid ranges specified for container and host Ports: {range} and {host}"));
    }
    let protocol = protocol.to_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    for port in first..=last {
        let host_port = match hosts {
            None => String::new(),
            // One port inside and several outside: the daemon takes the first that is free.
            Some((low, high)) if first == last && low != high => format!("{low}-{high}"),
            Some((low, _)) => (u32::from(low) + u32::from(port - first)).to_string(),
        };
        let key = format!("{port}/{protocol}");
        expose(ports, key.clone());
        let bindings = ports.bindings.entry(key).or_default();
        bindings.push(PortBinding { host_ip: ip.clone(), host_port });
    }
    Ok(())
}

/// The long form: `published=8080,target=80,protocol=tcp`.
fn short_form(spec: &str) -> Result<String, String> {
    let (mut target, mut published, mut protocol) = ("", "", "tcp");
    for field in spec.split(',') {
        match field.split_once('=') {
            Some(("target", value)) => target = value,
            Some(("published", value)) => published = value,
            Some(("protocol", value)) => protocol = value,
            Some(("mode", _)) => {}
            _ => return Err(format!("invalid publish opts format (should be name=value but got '{field}')")),
        }
    }
    Ok(format!("{published}:{target}/{protocol}"))
}

fn split_protocol(spec: &str) -> (&str, &str) {
    match spec.split_once('/') {
        None => (spec, "tcp"),
        Some(("", _)) => ("", ""),
        Some((port, "")) => (port, "tcp"),
        Some((port, protocol)) => (port, protocol),
    }
}

/// `80` or `80-85`, in Go's words if it is neither.
fn range_of(text: &str) -> Result<(u16, u16), String> {
    if text.is_empty() {
        return Err("empty string specified for ports".to_string());
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    if last < first { Err(format!("invalid range specified for port: {text}")) } else { Ok((first, last)) }
}

fn number(text: &str) -> Result<u16, String> {
    let wrong = |why: &str| Err(format!("strconv.ParseUint: parsing {}: {why}", quoted(text)));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong("invalid syntax");
    }
    text.parse().or_else(|_| wrong("value out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spec: &str) -> Result<Vec<String>, String> {
        let mut ports = Ports::default();
        publish(spec, &mut ports)?;
        let line = |port: &String, binding: &PortBinding| format!("{}|{}|{port}", binding.host_ip, binding.host_port);
        Ok(ports.bindings.iter().flat_map(|(port, all)| all.iter().map(|one| line(port, one))).collect())
    }

    #[test]
    fn every_form_of_publish() {
        assert_eq!(read("80"), Ok(vec!["||80/tcp".into()]));
        assert_eq!(read("8080:80/udp"), Ok(vec!["|8080|80/udp".into()]));
        assert_eq!(read("127.0.0.1::80"), Ok(vec!["127.0.0.1||80/tcp".into()]));
        assert_eq!(read("[::1]:8080:80"), Ok(vec!["::1|8080|80/tcp".into()]));
        assert_eq!(read("7000-7001:80-81"), Ok(vec!["|7000|80/tcp".into(), "|7001|81/tcp".into()]));
        assert_eq!(read("7000-7009:80"), Ok(vec!["|7000-7009|80/tcp".into()]));
        assert_eq!(short_form("published=1,target=2").as_deref(), Ok("1:2/tcp"));
    }

    #[test]
    fn refusals() {
        for (spec, message) in [
            ("99999:80", "invalid hostPort: 99999"),
            ("80:99999", "invalid containerPort: 99999"),
            ("8080:", "no port specified: 8080:<empty>"),
            (":", "no port specified: :<empty>"),
            ("8000-8002:80-81", "invalid ranges specified for container and host Ports: 80-81 and 8000-8002"),
            ("foo.bar:80:80", "invalid IP address: foo.bar"),
            ("1.2.3.4:80", "invalid hostPort: 1.2.3.4"),
            ("80/icmp", "invalid proto: icmp"),
            ("x", "invalid containerPort: x"),
        ] {
            assert_eq!(read(spec), Err(message.to_string()), "{spec}");
        }
    }
}
