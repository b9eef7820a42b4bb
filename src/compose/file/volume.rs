//! The short form of a mount: `SOURCE:TARGET:OPTIONS`.

use super::value::{Table, Value};

const PROPAGATION: [&str; 6] = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

/// The mount in its long form.
pub fn parse(spec: &str) -> Result<Value, String> {
    let mut mount = Table::new();
    let set = |mount: &mut Table, key: &str, value: Value| mount.insert(key.to_string(), value);
    if spec.is_empty() {
        return Err("invalid empty volume spec".into());
    }
    if spec.len() <= 2 {
        set(&mut mount, "type", Value::text("volume"));
        set(&mut mount, "target", Value::text(spec));
        return Ok(Value::Map(mount));
    }
    let bad = |why: &str| format!("invalid spec: {spec}: {why}");
    let parts = parts(spec);
    if parts.iter().any(String::is_empty) {
        return Err(bad("empty section between colons"));
    }
    if parts.len() > 3 {
        return Err(bad("too many colons"));
    }
    let mut bind = Table::new();
    let mut volume = Table::new();
    for option in parts.get(2).map(|options| options.split(',')).into_iter().flatten() {
        match option {
            "ro" => drop(set(&mut mount, "read_only", Value::Bool(true))),
            "rw" => drop(mount.remove("read_only")),
            "nocopy" => drop(set(&mut volume, "nocopy", Value::Bool(true))),
            "z" | "Z" => drop(set(&mut bind, "selinux", Value::text(option))),
            option if PROPAGATION.contains(&option) => drop(set(&mut bind, "propagation", Value::text(option))),
            _ => {}
        }
    }
    let (source, target) = match parts.as_slice() {
        [target] => ("", target.as_str()),
        [source, target, ..] => (source.as_str(), target.as_str()),
        [] => ("", ""),
    };
    let is_path = source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || is_drive(source);
    set(&mut mount, "type", Value::text(if is_path { "bind" } else { "volume" }));
    if !source.is_empty() {
        set(&mut mount, "source", Value::text(source));
    }
    set(&mut mount, "target", Value::text(clean(target)));
    if is_path {
        set(&mut bind, "create_host_path", Value::Bool(true));
    } else {
        set(&mut mount, "volume", Value::Map(volume.clone()));
    }
    if !bind.is_empty() {
        set(&mut mount, "bind", Value::Map(bind));
    }
    if is_path && !volume.is_empty() {
        set(&mut mount, "volume", Value::Map(volume));
    }
    Ok(Value::Map(mount))
}

/// The parts between colons; the colon behind a single letter names a drive.
fn parts(spec: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in spec.chars() {
        let last = parts.last_mut().map(std::mem::take).unwrap_or_default();
        let drive = last.len() == 1 && last.chars().all(|c| c.is_ascii_alphabetic());
        let at = parts.len() - 1;
        if c == ':' && !drive {
            parts[at] = last;
            parts.push(String::new());
        } else {
            parts[at] = last + c.encode_utf8(&mut [0; 4]);
        }
    }
    parts
}

fn is_drive(source: &str) -> bool {
    let bytes = source.as_bytes();
    bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

/// A path without what is superfluous in it, as Go's `path.Clean`.
pub fn clean(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", None) if rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::file::emit::Shown;

    fn read(spec: &str) -> String {
        match parse(spec) {
            Ok(mount) => Shown::of(&mount).json().to_string(),
            Err(why) => why,
        }
    }

    #[test]
    fn short_forms_become_long_ones() {
        let data = r#"{"source":"data","target":"/data","type":"volume","volume":{}}"#;
        assert_eq!(read("data:/data/"), data);
        let bind =
            r#"{"bind":{"create_host_path":true},"read_only":true,"source":"./src","target":"/app","type":"bind"}"#;
        assert_eq!(read("./src:/app:ro"), bind);
        assert_eq!(read("/cache"), r#"{"target":"/cache","type":"volume","volume":{}}"#);
        assert_eq!(read("ab::c"), "invalid spec: ab::c: empty section between colons");
        assert_eq!(read("a1:/b:ro:x"), "invalid spec: a1:/b:ro:x: too many colons");
    }
}
