//! `-p`: published ports as people write them (go-connections `nat.ParsePortSpec`).

use std::collections::BTreeMap;

use crate::model::network::PortBinding;

/// Ports by `number/protocol`, each with what of the host is bound to it.
pub type Bindings = BTreeMap<String, Vec<PortBinding>>;

/// Adds what one `-p` asks for.
pub fn parse(text: &str, all: &mut Bindings) -> Result<(), String> {
    let (rest, protocol) = match text.rsplit_once('/') {
        Some((rest, protocol)) => (rest, protocol),
        None => (text, "tcp"),
    };
    let (ip, host, container) = split(rest);
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    if !["tcp", "udp", "sctp"].contains(&protocol.to_ascii_lowercase().as_str()) {
        return Err(format!("invalid proto: {protocol}"));
    }
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    if !ip.is_empty() && !is_ip(ip) {
        return Err(format!("invalid IP address: {ip}"));
    }
    let inside = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    let outside =
        if host.is_empty() { None } else { Some(range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?) };
    let count = inside.1 - inside.0;
    if let Some((first, last)) = outside
        && last - first != count
        && count != 0
    {
        return Err(format!("invalid ranges specified for container and host Ports: {container} and {host}"));
    }
    for offset in 0..=count {
        let host_port = match outside {
            None => String::new(),
            Some((first, last)) if count == 0 && first != last => format!("{first}-{last}"),
            Some((first, _)) => (first + offset).to_string(),
        };
        let key = format!("{}/{}", inside.0 + offset, protocol.to_ascii_lowercase());
        all.entry(key).or_default().push(PortBinding { host_ip: ip.into(), host_port });
    }
    Ok(())
}

/// `ip:host:container`, from the right.
fn split(text: &str) -> (&str, &str, &str) {
    let (rest, container) = text.rsplit_once(':').map_or(("", text), |(rest, last)| (rest, last));
    let (ip, host) = rest.rsplit_once(':').map_or(("", rest), |(ip, host)| (ip, host));
    (ip, host, container)
}

fn range(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| text.parse::<u16>().ok().map(u32::from);
    match text.split_once('-') {
        None => number(text).map(|n| (n, n)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some((first, last))
        }
    }
}

fn is_ip(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    (parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok()))
        || (text.contains(':') && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.'))
}

/// `--expose`: the ports of one value.
pub fn expose(text: &str) -> Result<Vec<String>, String> {
    if text.contains(':') {
        return Err(format!("invalid port format for --expose: {text}"));
    }
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let Some((first, last)) = range(ports) else {
        return Err(format!(
            "invalid range format for --expose: {text}, error: strconv.ParseUint: parsing \"{ports}\": invalid syntax"
        ));
    };
    Ok((first..=last).map(|port| format!("{port}/{}", protocol.to_ascii_lowercase())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let mut all = Bindings::new();
        match parse(text, &mut all) {
            Err(message) => message,
            Ok(()) => all
                .iter()
                .flat_map(|(port, list)| list.iter().map(move |b| format!("{}:{}->{port}", b.host_ip, b.host_port)))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    #[test]
    fn ports_are_read_as_the_client_reads_them() {
        assert_eq!(told("8080:80"), ":8080->80/tcp");
        assert_eq!(told("127.0.0.1:8091:81/udp"), "127.0.0.1:8091->81/udp");
        assert_eq!(told("80"), ":->80/tcp");
        assert_eq!(told("8000-8001:80-81"), ":8000->80/tcp :8001->81/tcp");
        assert_eq!(
            told("8000-8001:80-83"),
            "invalid ranges specified for container and host Ports: 80-83 and 8000-8001"
        );
        assert_eq!(told("notaport"), "invalid containerPort: notaport");
        assert_eq!(told("99999:80"), "invalid hostPort: 99999");
        assert_eq!(told("8080:"), "no port specified: 8080:<empty>");
        assert_eq!(told("1:1/icmp"), "invalid proto: icmp");
        assert_eq!(told("foo.bar:1:1"), "invalid IP address: foo.bar");
    }
}
