//! IP addresses as texts: read, and written in their shortest form.

pub use crate::model::network::parse_ipv4 as ipv4;

/// The address in its shortest form (RFC 5952), if the text is one of either family.
pub fn canonical(text: &str) -> Option<String> {
    if let Some(address) = ipv4(text) {
        return Some(crate::model::network::ipv4(address));
    }
    ipv6(text).map(shortest)
}

fn ipv6(text: &str) -> Option<[u16; 8]> {
    let (head, tail) = match text.split_once("::") {
        Some((_, tail)) if tail.contains("::") => return None,
        Some((head, tail)) => (groups(head)?, Some(groups(tail)?)),
        None => (groups(text)?, None),
    };
    let mut all = [0; 8];
    match tail {
        None if head.len() == 8 => all.copy_from_slice(&head),
        None => return None,
        Some(tail) => {
            // The two colons stand for one group of zeros at least.
            let gap = 8usize.checked_sub(head.len() + tail.len()).filter(|gap| *gap > 0)?;
            all.get_mut(..head.len())?.copy_from_slice(&head);
            all.get_mut(head.len() + gap..)?.copy_from_slice(&tail);
        }
    }
    Some(all)
}

/// Groups between colons, the last two of which may be a dotted IPv4 address.
fn groups(text: &str) -> Option<Vec<u16>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let parts: Vec<&str> = text.split(':').collect();
    let mut groups = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at + 1 == parts.len() && part.contains('.') {
            let address = ipv4(part)?;
            groups.extend([(address >> 16) as u16, address as u16]);
        } else if (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            groups.push(u16::from_str_radix(part, 16).ok()?);
        } else {
            return None;
        }
    }
    (groups.len() <= 8).then_some(groups)
}

/// The longest run of zeros, if longer than one group, becomes two colons.
fn shortest(groups: [u16; 8]) -> String {
    let (mut best, mut length, mut start) = (0, 0, 0);
    for at in 0..=groups.len() {
        if groups.get(at) == Some(&0) {
            continue;
        }
        if at - start > length {
            (best, length) = (start, at - start);
        }
        start = at + 1;
    }
    let shown = |part: &[u16]| part.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":");
    if length < 2 {
        return shown(&groups);
    }
    format!("{}::{}", shown(&groups[..best]), shown(&groups[best + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("10.0.0.1", Some("10.0.0.1")),
            ("0:0:0:0:0:0:0:1", Some("::1")),
            ("::", Some("::")),
            ("2001:DB8::0:1", Some("2001:db8::1")),
            ("1:0:2:0:3:0:4:0", Some("1:0:2:0:3:0:4:0")),
            ("::ffff:1.2.3.4", Some("::ffff:102:304")),
            ("1:2:3:4:5:6:7::", Some("1:2:3:4:5:6:7:0")),
            ("1.2.3", None),
            ("1.2.3.4.5", None),
            ("01.2.3.4", None),
            ("256.1.1.1", None),
            ("1::2::3", None),
            ("1:2:3:4:5:6:7:8:9", None),
            (":1", None),
            ("12345::", None),
            ("", None),
            ("bar", None),
        ] {
            assert_eq!(canonical(text).as_deref(), shown, "{text}");
        }
    }
}
