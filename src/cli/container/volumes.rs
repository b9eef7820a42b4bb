//! `--volume`, `--mount` and `--tmpfs`.

use std::collections::BTreeMap;

use crate::cli::flag::{Flags, parse_mount};

/// What the flags mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// `source:destination[:options]`, the source a volume's name or an absolute path.
    pub binds: Vec<String>,
    /// Destinations of unnamed volumes.
    pub unnamed: Vec<String>,
    pub tmpfs: BTreeMap<String, String>,
}

/// Reads the flags; `absolute` makes a path of the client absolute.
pub fn volumes(flags: &Flags, absolute: &dyn Fn(&str) -> String) -> Result<Volumes, String> {
    let mut volumes = Volumes::default();
    for spec in flags.list("volume") {
        volume(spec, absolute, &mut volumes)?;
    }
    for spec in flags.list("mount") {
        mount(spec, absolute, &mut volumes)?;
    }
    for spec in flags.list("tmpfs") {
        let (path, options) = spec.split_once(':').unwrap_or((spec, ""));
        volumes.tmpfs.insert(path.to_string(), options.to_string());
    }
    Ok(volumes)
}

fn volume(spec: &str, absolute: &dyn Fn(&str) -> String, volumes: &mut Volumes) -> Result<(), String> {
    if spec.is_empty() {
        return Err("invalid empty volume spec".to_string());
    }
    let parts: Vec<&str> = spec.split(':').collect();
    let invalid = |why: &str| Err(format!("invalid spec: {spec}: {why}"));
    // One or two letters are taken for a destination, whatever they are.
    if spec.chars().count() <= 2 {
        volumes.unnamed.push(spec.to_string());
        return Ok(());
    }
    if parts.iter().any(|part| part.is_empty()) {
        return invalid("empty section between colons");
    }
    match parts.as_slice() {
        [destination] => volumes.unnamed.push(destination.to_string()),
        [source, rest @ ..] if rest.len() <= 2 => {
            let is_relative = source.starts_with('.');
            let source = if is_relative { absolute(source) } else { source.to_string() };
            volumes.binds.push(format!("{source}:{}", rest.join(":")));
        }
        _ => return invalid("too many colons"),
    }
    Ok(())
}

fn mount(spec: &str, absolute: &dyn Fn(&str) -> String, volumes: &mut Volumes) -> Result<(), String> {
    let mount = parse_mount(spec)?;
    let mut options: Vec<String> = Vec::new();
    if mount.read_only {
        options.push("ro".to_string());
    }
    let find = |key: &str| mount.options.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    if find("volume-nocopy").is_some_and(|value| matches!(value.as_str(), "true" | "1" | "t")) {
        options.push("nocopy".to_string());
    }
    options.extend(find("bind-propagation"));
    let tail = if options.is_empty() { String::new() } else { format!(":{}", options.join(",")) };
    match mount.kind.as_str() {
        "tmpfs" => {
            let size = find("tmpfs-size").map(|size| format!("size={size}"));
            let mode = find("tmpfs-mode").map(|mode| format!("mode={mode}"));
            let options: Vec<String> = size.into_iter().chain(mode).chain(options).collect();
            volumes.tmpfs.insert(mount.target, options.join(","));
        }
        "volume" if mount.source.is_empty() => volumes.unnamed.push(mount.target),
        "volume" => volumes.binds.push(format!("{}:{}{tail}", mount.source, mount.target)),
        "bind" => {
            let source = if mount.source.starts_with('.') { absolute(&mount.source) } else { mount.source };
            volumes.binds.push(format!("{source}:{}{tail}", mount.target));
        }
        kind => return Err(format!("layerlab: --mount type={kind} is not simulated")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spec: &str, is_mount: bool) -> Result<Volumes, String> {
        let mut volumes = Volumes::default();
        let absolute = |path: &str| crate::kernel::join("/home/learner", path);
        if is_mount { mount(spec, &absolute, &mut volumes) } else { volume(spec, &absolute, &mut volumes) }?;
        Ok(volumes)
    }

    #[test]
    fn volumes_by_their_short_form() {
        assert_eq!(read("data:/data", false).map(|v| v.binds), Ok(vec!["data:/data".into()]));
        assert_eq!(read("./site:/srv:ro", false).map(|v| v.binds), Ok(vec!["/home/learner/site:/srv:ro".into()]));
        assert_eq!(read("/scratch", false).map(|v| v.unnamed), Ok(vec!["/scratch".into()]));
        assert_eq!(read("", false), Err("invalid empty volume spec".into()));
        assert_eq!(read("one:two:three:four", false), Err("invalid spec: one:two:three:four: too many colons".into()));
        assert_eq!(read("one::two", false), Err("invalid spec: one::two: empty section between colons".into()));
    }

    #[test]
    fn mounts_by_keys() {
        let binds = |spec| read(spec, true).map(|v| v.binds);
        assert_eq!(binds("type=volume,source=notes,target=/m,readonly"), Ok(vec!["notes:/m:ro".into()]));
        assert_eq!(binds("type=bind,src=./a,dst=/b"), Ok(vec!["/home/learner/a:/b".into()]));
        assert_eq!(read("target=/x", true).map(|v| v.unnamed), Ok(vec!["/x".into()]));
        let tmpfs = read("type=tmpfs,target=/t,tmpfs-size=1m", true).map(|v| v.tmpfs);
        assert_eq!(tmpfs, Ok(BTreeMap::from([("/t".to_string(), "size=1m".to_string())])));
    }
}
