//! What a container mounts: read from what was asked for when it is made (moby's `registerMountPoints`),
//! filled from its image, and mounted when it starts.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::api::Fault;
use super::fault::invalid;
use super::start::RUNC;
use super::{find, volume};
use crate::kernel::{Errno, Kernel, Node, join};
use crate::model::World;
use crate::model::container::{Container, HostConfig, MountAsk, MountKind, MountPoint};
use crate::model::file::{Fs, FsId, Ino, Kind, Meta, ROOT};
use crate::model::image::Config;
use crate::model::order::Order;
use crate::model::process::{Mount, MountNs, NsId, Pid, Source};
use crate::oci::layer;

/// Bytes that a file system in memory may take when nobody says how many.
const UNLIMITED: u64 = 0;

/// A mount point and how it came about.
struct Wanted {
    point: MountPoint,
    /// Its volume takes what the image has there, if it is empty.
    copy: bool,
}

/// The mount points of a container to be; their volumes are made and filled.
pub fn register(
    k: &mut Kernel,
    me: Pid,
    host: &HostConfig,
    config: &Config,
    image: &Fs,
) -> Result<Vec<MountPoint>, Fault> {
    let mut all: Vec<Wanted> = Vec::new();
    for from in &host.volumes_from {
        // No 404, which a client would take for a missing image.
        inherit(k, from, &mut all).map_err(|refusal| invalid(refusal.message))?;
    }
    let mut own: Vec<String> = Vec::new();
    let asked = host.binds.iter().map(|spec| read_bind(spec)).collect::<Result<Vec<_>, _>>()?;
    let mounts = host.mounts.iter().map(|ask| (ask.clone(), None));
    for (ask, mode) in asked.into_iter().map(|(ask, mode)| (ask, Some(mode))).chain(mounts) {
        check(&ask)?;
        let at = join("/", &ask.target);
        if own.contains(&at) || host.tmpfs.contains_key(&at) {
            return Err(invalid(format!("Duplicate mount point: {at}")));
        }
        let wanted = wanted(k, me, &ask, mode)?;
        all.retain(|other| other.point.destination != at);
        own.push(at);
        all.push(wanted);
    }
    for path in &config.volumes {
        let at = join("/", path);
        if all.iter().any(|other| other.point.destination == at) || host.tmpfs.contains_key(&at) {
            continue;
        }
        if layer::find(image, &at).is_some_and(|ino| image.entries(ino).is_none()) {
            return Err(invalid(format!("cannot mount volume over existing file, file exists {at}")));
        }
        let made = volume::ensure(k, me, "", BTreeMap::new())?;
        all.push(Wanted { point: volume_point(&made.name, &at, true, ""), copy: true });
    }
    for wanted in all.iter().filter(|wanted| wanted.copy) {
        let fs = k.world.engine.volumes.get(wanted.point.name.as_str()).map(|volume| volume.fs);
        if let Some(fs) = fs.and_then(|fs| k.world.filesystems.get_mut(&fs)) {
            fill(fs, image, &wanted.point.destination);
        }
    }
    Ok(all.into_iter().map(|wanted| wanted.point).collect())
}

fn volume_point(name: &str, at: &str, writable: bool, mode: &str) -> MountPoint {
    MountPoint {
        kind: MountKind::Volume,
        name: name.into(),
        source: volume::mountpoint(name),
        destination: at.into(),
        writable,
        mode: mode.into(),
    }
}

/// `--volumes-from container[:mode]`.
fn inherit(k: &Kernel, from: &str, all: &mut Vec<Wanted>) -> Result<(), Fault> {
    let (name, mode) = from.split_once(':').unwrap_or((from, "rw"));
    if name.is_empty() {
        return Err(invalid("invalid volumes-from specification: ''"));
    }
    if !matches!(mode, "ro" | "rw" | "z" | "Z") {
        return Err(invalid(format!("invalid mode: {mode}")));
    }
    let other = find::container(&k.world.engine, name)?;
    for point in &other.mounts {
        let mut point = point.clone();
        point.writable = point.writable && mode != "ro";
        all.retain(|known| known.point.destination != point.destination);
        all.push(Wanted { point, copy: false });
    }
    Ok(())
}

/// Whether a mode is made of words that mounts know, each kind once.
fn valid_mode(mode: &str) -> bool {
    let kinds: [&[&str]; 4] =
        [&["rw", "ro"], &["z", "Z"], &["private", "rprivate", "slave", "rslave", "shared", "rshared"], &["nocopy"]];
    let mut seen = [false; 4];
    mode.is_empty()
        || mode.split(',').all(|word| {
            let kind = kinds.iter().position(|words| words.contains(&word));
            kind.is_some_and(|kind| !std::mem::replace(&mut seen[kind], true))
        })
}

/// A bind as `-v` spells it, and its mode (moby's `ParseMountRaw`).
fn read_bind(spec: &str) -> Result<(MountAsk, String), Fault> {
    let wrong = || invalid(format!("invalid volume specification: '{spec}'"));
    let parts: Vec<&str> = spec.splitn(4, ':').collect();
    let (source, target, mode) = match parts.as_slice() {
        ["", ..] => return Err(wrong()),
        [source, target] if !valid_mode(target) => (*source, *target, ""),
        [source, target, mode] => (*source, *target, *mode),
        _ => return Err(wrong()),
    };
    if !valid_mode(mode) {
        return Err(invalid(format!("invalid mode: {mode}")));
    }
    let words: Vec<&str> = mode.split(',').collect();
    let ask = MountAsk {
        kind: if source.starts_with('/') { "bind" } else { "volume" }.into(),
        source: source.into(),
        target: target.into(),
        read_only: words.contains(&"ro"),
        no_copy: words.contains(&"nocopy"),
        ..MountAsk::default()
    };
    check(&ask).map_err(|why| invalid(format!("invalid volume specification: '{spec}': {}", why.message)))?;
    Ok((ask, mode.into()))
}

fn check(ask: &MountAsk) -> Result<(), Fault> {
    let kind = &ask.kind;
    let wrong = |why: &str| Err(invalid(format!("invalid mount config for type \"{kind}\": {why}")));
    if !["bind", "tmpfs", "volume"].contains(&kind.as_str()) {
        return wrong("mount type unknown");
    }
    if ask.target.is_empty() {
        return wrong("field Target must not be empty");
    }
    if join("/", &ask.target) == "/" {
        return wrong("invalid specification: destination can't be '/'");
    }
    if !ask.target.starts_with('/') {
        return wrong(&format!("invalid mount path: '{}' mount path must be absolute", ask.target));
    }
    match kind.as_str() {
        "bind" if ask.source.is_empty() => wrong("field Source must not be empty"),
        "bind" if !ask.source.starts_with('/') => {
            wrong(&format!("invalid mount path: '{}' mount path must be absolute", ask.source))
        }
        "volume" if ask.source.is_empty() && ask.read_only => {
            wrong("must not set ReadOnly mode when using anonymous volumes")
        }
        "tmpfs" if !ask.source.is_empty() => wrong("field Source must not be specified"),
        _ => Ok(()),
    }
}

/// The mount point of one request; `mode` is what `-v` said, none for `--mount`.
fn wanted(k: &mut Kernel, me: Pid, ask: &MountAsk, mode: Option<String>) -> Result<Wanted, Fault> {
    let at = join("/", &ask.target);
    let writable = !ask.read_only;
    if ask.kind == "volume" {
        let name = volume::ensure(k, me, &ask.source, BTreeMap::new())?.name.clone();
        let mode = mode.filter(|mode| !mode.is_empty()).unwrap_or_else(|| "z".into());
        return Ok(Wanted { point: volume_point(&name, &at, writable, &mode), copy: !ask.no_copy });
    }
    let bind = ask.kind == "bind";
    if bind && mode.is_none() && k.resolve(me, &ask.source, true).ok().and_then(|at| at.node).is_none() {
        let why = format!("bind source path does not exist: {}", ask.source);
        return Err(invalid(format!("invalid mount config for type \"bind\": {why}")));
    }
    let point = MountPoint {
        kind: if bind { MountKind::Bind } else { MountKind::Tmpfs },
        name: String::new(),
        source: if bind { join("/", &ask.source) } else { String::new() },
        destination: at,
        writable,
        mode: mode.unwrap_or_default(),
    };
    Ok(Wanted { point, copy: false })
}

/// Fills an empty volume with what an image has at a path, its attributes too.
fn fill(volume: &mut Fs, image: &Fs, path: &str) {
    let found = layer::find(image, path).filter(|ino| image.entries(*ino).is_some());
    let (Some(from), Some(true)) = (found, volume.entries(ROOT).map(|entries| entries.is_empty())) else { return };
    let mut pending: Vec<(Ino, Ino)> = vec![(from, ROOT)];
    let mut links: BTreeMap<Ino, Ino> = BTreeMap::new();
    while let Some((from, to)) = pending.pop() {
        let (Some(source), Some(entries)) = (image.get(from), image.entries(from)) else { continue };
        if let Some(target) = volume.get_mut(to) {
            target.meta = source.meta;
        }
        for (name, ino) in entries {
            let Some(inode) = image.get(*ino) else { continue };
            if let Some(linked) = links.get(ino) {
                volume.link(to, name, *linked);
                continue;
            }
            let dir = matches!(inode.kind, Kind::Dir(_));
            let kind = if dir { Kind::Dir(Default::default()) } else { inode.kind.clone() };
            let made = volume.insert(to, name, inode.meta, kind);
            if dir {
                pending.push((*ino, made));
            } else if inode.links > 1 {
                links.insert(*ino, made);
            }
        }
    }
}

/// Mounts everything in the namespace of a starting container; on failure what Docker says, and the exit
/// code that it leaves.
pub fn mount_all(k: &mut Kernel, me: Pid, ns: NsId, container: &Container) -> Result<(), (String, i32)> {
    let mut all: Vec<(String, Source, bool, &str)> = Vec::new();
    for (path, options) in &container.host.tmpfs {
        let options: Vec<&str> = options.split(',').collect();
        let value = |key: &str| options.iter().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
        let size = value("size").and_then(bytes).unwrap_or(UNLIMITED);
        let mode = value("mode").and_then(|mode| u16::from_str_radix(mode, 8).ok());
        all.push((join("/", path), memory(k, size, mode), options.contains(&"ro"), "tmpfs"));
    }
    for point in &container.mounts {
        let read_only = !point.writable;
        match point.kind {
            MountKind::Tmpfs => {
                let ask = container.host.mounts.iter().find(|ask| join("/", &ask.target) == point.destination);
                let source = memory(k, ask.map_or(UNLIMITED, |ask| ask.size), ask.and_then(|ask| ask.mode));
                all.push((point.destination.clone(), source, read_only, "tmpfs"));
            }
            MountKind::Volume => {
                let missing = || (format!("get {}: no such volume", point.name), 128);
                let volume = k.world.engine.volumes.get(point.name.as_str()).ok_or_else(missing)?;
                let source = Source::Fs { fs: volume.fs, root: ROOT };
                all.push((point.destination.clone(), source, read_only, &point.source));
            }
            MountKind::Bind => {
                for (below, source, fixed) in bind(k, me, &point.source).map_err(|why| (why, 128))? {
                    let at = format!("{}{below}", point.destination);
                    all.push((at, source, read_only || fixed, &point.source));
                }
            }
        }
    }
    // A mount inside another comes after it.
    let depth = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    all.order_by_key(|(at, ..)| depth(at));
    for (at, source, read_only, from) in &all {
        within(k, me, ns, |k| mount(k, me, at, source, *read_only)).map_err(|errno| {
            let why = errno.text().to_lowercase();
            let hint = match errno {
                Errno::NotDir => ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
                _ => "",
            };
            let flags = "dstFd=/proc/thread-self/fd/8, flags=MS_BIND|MS_REC";
            let what = format!("error mounting \"{from}\" to rootfs at \"{at}\": mount src={from}, dst={at}, {flags}");
            (format!("{RUNC}{what}: {why}: unknown{hint}"), 127)
        })?;
    }
    Ok(())
}

/// An empty file system in memory (tmpfs(5)).
fn memory(k: &mut Kernel, size: u64, mode: Option<u16>) -> Source {
    let fs = FsId(k.world.number());
    let (mtime, nanos) = k.world.now.epoch();
    let meta = Meta { mode: mode.unwrap_or(0o1777), nanos, ..layer::root_meta(mtime) };
    k.world.filesystems.insert(fs, Fs { tmpfs: Some(size), ..Fs::new(meta) });
    Source::Fs { fs, root: ROOT }
}

/// `64m`: a number with a unit, as tmpfs takes it.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim_end_matches(['b', 'B']);
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)?.to_ascii_lowercase().as_str() {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << unit)
}

/// What a path of the host gives: itself, and the mounts below it with the rest of their paths. A missing
/// one is made a directory.
fn bind(k: &mut Kernel, me: Pid, path: &str) -> Result<Vec<(String, Source, bool)>, String> {
    let failed = |why: String| format!("error while creating mount source path '{path}': {why}");
    let mut at = String::new();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        at = format!("{at}/{name}");
        match k.mkdir(me, &at, 0o755) {
            Ok(()) | Err(Errno::Exist) => {}
            Err(errno) => return Err(failed(format!("mkdir {at}: {}", errno.text().to_lowercase()))),
        }
    }
    let missing = || failed(format!("stat {path}: no such file or directory"));
    let found = k.resolve(me, path, true).map_err(|_| missing())?;
    let source = match found.node {
        Some(Node::Fs { fs, ino }) => Source::Fs { fs, root: ino },
        Some(Node::Proc(_)) => Source::Proc(crate::model::process::HOST),
        _ => return Err(missing()),
    };
    let mut all = vec![(String::new(), source, false)];
    let prefix = format!("{}/", found.path.trim_end_matches('/'));
    let mounts = k.world.mounts.get(&crate::model::process::HOST).cloned();
    for mount in mounts.iter().flat_map(|ns| &ns.mounts).filter(|mount| mount.at.len() > 1) {
        if let Some(rest) = mount.at.strip_prefix(prefix.as_str()) {
            all.push((format!("/{rest}"), mount.source.clone(), mount.read_only));
        }
    }
    Ok(all)
}

/// Works in another mount namespace, as setns(2) lets the runtime do.
fn within<T>(k: &mut Kernel, me: Pid, ns: NsId, work: impl FnOnce(&mut Kernel) -> T) -> T {
    let before = k.world.process(me).map_or(crate::model::process::HOST, |process| process.ns.mount);
    let enter = |k: &mut Kernel, ns: NsId| {
        if let Some(process) = k.world.process_mut(me) {
            process.ns.mount = ns;
        }
    };
    enter(k, ns);
    let done = work(k);
    enter(k, before);
    done
}

/// Mounts one source, over a file or directory that is made where it is missing.
fn mount(k: &mut Kernel, me: Pid, at: &str, source: &Source, read_only: bool) -> Result<(), Errno> {
    let dir = match source {
        Source::Fs { fs, root } => k.node_is_dir(&Node::Fs { fs: *fs, ino: *root }),
        _ => true,
    };
    let (parent, name) = crate::kernel::split_last(at);
    let mut here = String::from("/");
    for part in parent.split('/').filter(|part| !part.is_empty()) {
        let next = join(&here, part);
        match k.mkdir(me, &next, 0o755) {
            Ok(()) | Err(Errno::Exist | Errno::RoFs) => here = k.real_path(me, &next)?,
            Err(errno) => return Err(errno),
        }
    }
    let target = join(&here, name);
    let found = k.resolve(me, &target, true)?;
    match &found.node {
        Some(node) if k.node_is_dir(node) != dir => return Err(Errno::NotDir),
        Some(_) => {}
        None if dir => k.mkdir(me, &target, 0o755)?,
        None => k.put(me, &target, crate::model::file::Data::new(Vec::new()), 0o755)?,
    }
    let ns = k.world.process(me).ok_or(Errno::Srch)?.ns.mount;
    let mounts: &mut MountNs = Rc::make_mut(k.world.mounts.get_mut(&ns).ok_or(Errno::NoEnt)?);
    mounts.mounts.push(Mount { at: found.path.as_str().into(), source: source.clone(), read_only });
    Ok(())
}

/// Records that a container's volumes were mounted or unmounted.
pub fn tell(world: &mut World, container: &Container, action: &str) {
    for point in container.mounts.iter().filter(|point| point.kind == MountKind::Volume) {
        let writable = if point.writable { "true" } else { "false" };
        let mut attributes = vec![("driver", "local"), ("container", &*container.id)];
        if action == "mount" {
            attributes.extend([("destination", &*point.destination), ("read/write", writable), ("propagation", "")]);
        }
        super::events::record(world, "volume", action, &point.name, attributes);
    }
}

/// The file systems that only a container's own namespace has: its own files and those in memory.
pub fn own(k: &Kernel, container: &Container, ns: &MountNs) -> Vec<FsId> {
    let shared = |fs: FsId| {
        // Numbers below 100 are the host's.
        fs.0 < 100 || fs == container.upper || k.world.engine.volumes.values().any(|volume| volume.fs == fs)
    };
    let all = ns.mounts.iter().filter_map(|mount| match mount.source {
        Source::Fs { fs, .. } if !shared(fs) => Some(fs),
        _ => None,
    });
    all.collect()
}
