//! EXPOSE: ports, ranges and protocols, as go-connections reads them.

/// The ports of one word as `80/tcp`.
pub fn parse(word: &str) -> Result<Vec<String>, String> {
    let (ports, kind) = word.split_once('/').unwrap_or((word, "tcp"));
    let parts: Vec<&str> = ports.rsplitn(3, ':').collect();
    let container = parts.first().copied().unwrap_or_default();
    let host = parts.get(1).copied().unwrap_or_default();
    let kind = if kind.is_empty() { "tcp".to_string() } else { kind.to_lowercase() };
    if container.is_empty() {
        return Err(format!("no port specified: {word}<empty>"));
    }
    let (first, last) = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    if !host.is_empty() {
        let (from, to) = range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?;
        if to - from != last - first && last != first {
            return Err(format!("invalid ranges specified for container and host Ports: {container} and {host}"));
        }
    }
    if !matches!(kind.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {kind}"));
    }
    Ok((first..=last).map(|port| format!("{port}/{kind}")).collect())
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
