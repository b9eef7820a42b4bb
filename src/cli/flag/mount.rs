//! The value of `--mount`: keys and values of one mount.

use super::check::{comma_separated, go_bool};
use super::ram_bytes;

/// A mount as `--mount` describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// `volume`, `bind`, `tmpfs`, or what the user wrote; the engine judges it.
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    /// Further keys with a prefix of their kind, such as `volume-driver`, as given.
    pub options: Vec<(String, String)>,
}

/// Reads the value of `--mount`.
pub fn parse(value: &str) -> Result<Mount, String> {
    if value.is_empty() {
        return Err("EOF".to_string());
    }
    let mut mount = Mount { kind: "volume".to_string(), ..Mount::default() };
    for field in comma_separated(value)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), value),
            None => match field.to_lowercase().as_str() {
                key @ ("readonly" | "ro" | "volume-nocopy" | "bind-nonrecursive") => (key.to_string(), "true"),
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            },
        };
        let invalid = || format!("invalid value for {key}: {value}");
        match key.as_str() {
            "type" => mount.kind = value.to_lowercase(),
            "source" | "src" => mount.source = value.to_string(),
            "target" | "dst" | "destination" => mount.target = value.to_string(),
            "readonly" | "ro" => mount.read_only = go_bool(value).map_err(|_| invalid())?,
            "consistency" => {}
            "bind-propagation" | "volume-subpath" | "volume-label" | "volume-driver" | "volume-opt"
            | "image-subpath" => {
                mount.options.push((key, value.to_string()));
            }
            "bind-nonrecursive" | "volume-nocopy" => {
                go_bool(value).map_err(|_| invalid())?;
                mount.options.push((key, value.to_string()));
            }
            "bind-recursive" => match value {
                "enabled" => {}
                "disabled" | "writable" | "readonly" => mount.options.push((key, value.to_string())),
                _ => {
                    return Err(format!(
                        "{} (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")",
                        invalid()
                    ));
                }
            },
            "tmpfs-size" => {
                ram_bytes(value).map_err(|_| invalid())?;
                mount.options.push((key, value.to_string()));
            }
            "tmpfs-mode" => {
                u32::from_str_radix(value, 8).map_err(|_| invalid())?;
                mount.options.push((key, value.to_string()));
            }
            _ => return Err(format!("unexpected key '{key}' in '{field}'")),
        }
    }
    whole(&mount).map(|()| mount)
}

/// What has to fit together once every key is read.
fn whole(mount: &Mount) -> Result<(), String> {
    if mount.kind.is_empty() {
        return Err("type is required".to_string());
    }
    if mount.target.is_empty() {
        return Err("target is required".to_string());
    }
    for kind in ["volume", "image", "bind", "tmpfs"] {
        let has = mount.options.iter().any(|(key, _)| key.strip_prefix(kind).is_some_and(|key| key.starts_with('-')));
        if has && mount.kind != kind {
            return Err(format!("cannot mix '{kind}-*' options with mount type '{}'", mount.kind));
        }
    }
    let has = |key: &str, value: &str| mount.options.iter().any(|(known, given)| known == key && given == value);
    for recursive in ["writable", "readonly"] {
        let option = format!("option 'bind-recursive={recursive}' requires");
        if has("bind-recursive", recursive) && !mount.read_only {
            return Err(format!("{option} 'readonly' to be specified in conjunction"));
        }
        if recursive == "readonly" && has("bind-recursive", recursive) && !has("bind-propagation", "rprivate") {
            return Err(format!("{option} 'bind-propagation=rprivate' to be specified in conjunction"));
        }
    }
    Ok(())
}

/// Whether the value can be read.
pub fn check(value: &str) -> Result<(), String> {
    parse(value).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts() {
        let mount = parse("type=bind,src=/a,dst=/b,ro").expect("a mount");
        assert_eq!((mount.kind.as_str(), mount.source.as_str(), mount.target.as_str()), ("bind", "/a", "/b"));
        assert!(mount.read_only);
        for (value, message) in [
            ("x", "invalid field 'x' must be a key=value pair"),
            ("type=bind", "target is required"),
            ("type=volume,source=a,target=/b,readonly=maybe", "invalid value for readonly: maybe"),
            ("type=bind,target=/b,volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'"),
            ("foo=bar", "unexpected key 'foo' in 'foo=bar'"),
        ] {
            assert_eq!(parse(value), Err(message.to_string()));
        }
    }
}
