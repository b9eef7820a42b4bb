//! `--volume`, `--mount` and `--tmpfs`.

use std::collections::BTreeMap;

use crate::cli::flag::{Flags, parse_mount, ram_bytes};
use crate::model::container::MountAsk;

/// What the flags mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// `source:destination[:options]`, the source a volume's name or an absolute path.
    pub binds: Vec<String>,
    /// Destinations of unnamed volumes.
    pub unnamed: Vec<String>,
    pub tmpfs: BTreeMap<String, String>,
    pub mounts: Vec<MountAsk>,
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
    let find = |key: &str| mount.options.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    const ABSENT: [&str; 8] = [
        "bind-nonrecursive",
        "bind-propagation",
        "bind-recursive",
        "image-subpath",
        "volume-driver",
        "volume-label",
        "volume-opt",
        "volume-subpath",
    ];
    if let Some(key) = ABSENT.iter().find(|key| find(key).is_some()) {
        return Err(format!("layerlab: --mount {key} is not simulated"));
    }
    if mount.kind == "image" {
        return Err("layerlab: --mount type=image is not simulated".to_string());
    }
    let bind = mount.kind == "bind";
    let source = if bind && mount.source.starts_with('.') { absolute(&mount.source) } else { mount.source.clone() };
    volumes.mounts.push(MountAsk {
        source,
        target: mount.target.clone(),
        read_only: mount.read_only,
        no_copy: find("volume-nocopy").is_some_and(|value| matches!(value, "true" | "1" | "t")),
        size: find("tmpfs-size").and_then(|size| ram_bytes(size).ok()).map_or(0, i64::unsigned_abs),
        mode: find("tmpfs-mode").and_then(|mode| u16::from_str_radix(mode, 8).ok()),
        kind: mount.kind,
    });
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
        let one = |spec| read(spec, true).map(|v| v.mounts);
        let ask = |kind: &str, source: &str, target: &str| MountAsk {
            kind: kind.into(),
            source: source.into(),
            target: target.into(),
            ..MountAsk::default()
        };
        let notes = MountAsk { read_only: true, ..ask("volume", "notes", "/m") };
        assert_eq!(one("type=volume,source=notes,target=/m,readonly"), Ok(vec![notes]));
        assert_eq!(one("type=bind,src=./a,dst=/b"), Ok(vec![ask("bind", "/home/learner/a", "/b")]));
        assert_eq!(one("target=/x"), Ok(vec![ask("volume", "", "/x")]));
        let tmpfs = MountAsk { size: 1 << 20, ..ask("tmpfs", "", "/t") };
        assert_eq!(one("type=tmpfs,target=/t,tmpfs-size=1m"), Ok(vec![tmpfs]));
        assert!(one("type=volume,target=/t,volume-opt=a=b").is_err_and(|why| why.starts_with("layerlab: ")));
    }
}
