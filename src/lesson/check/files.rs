//! Files of containers, images, volumes and the host, without a process that reads them.

use std::fmt;

use crate::model::World;
use crate::model::container::{Container, MountKind};
use crate::model::file::{Data, Fs, FsId, Ino, Kind, ROOT};

/// The host's root file system (`session::host`).
const HOST: FsId = FsId(1);

/// Where a file is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The writable layer on the image's layers, and the volumes in it.
    Container(String, String),
    Image(String, String),
    Volume(String, String),
    Host(String),
}

impl Place {
    pub(super) fn parse(words: &[&str]) -> Result<Place, String> {
        let (kind, place) = match words {
            [place] => ("container", *place),
            [kind @ ("container" | "image" | "volume"), place] => (*kind, *place),
            _ => return Err("a file is `file [container|image|volume] NAME:/PATH` or `file host:/PATH`".to_string()),
        };
        let split = place.find(":/").filter(|at| *at > 0).map(|at| place.split_at(at));
        let Some((name, path)) = split else { return Err(format!("`{place}` is no NAME:/PATH")) };
        let (name, path) = (name.to_string(), path.trim_start_matches(':').to_string());
        Ok(match kind {
            "image" => Place::Image(name, path),
            "volume" => Place::Volume(name, path),
            _ if name == "host" => Place::Host(path),
            _ => Place::Container(name, path),
        })
    }

    /// Whether that in which the file is looked for is there.
    pub(super) fn stands(&self, world: &World) -> bool {
        match self {
            Place::Container(name, _) => super::Kind::Container.exists(world, name),
            Place::Image(name, _) => super::Kind::Image.exists(world, name),
            Place::Volume(name, _) => super::Kind::Volume.exists(world, name),
            Place::Host(_) => true,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Container(name, path) => write!(f, "{name}:{path}"),
            Place::Image(name, path) => write!(f, "image {name}:{path}"),
            Place::Volume(name, path) => write!(f, "volume {name}:{path}"),
            Place::Host(path) => write!(f, "host:{path}"),
        }
    }
}

/// What a file holds; an empty text for whatever has no bytes of its own. Links are not followed.
pub(super) fn find(world: &World, place: &Place) -> Option<String> {
    let engine = &world.engine;
    match place {
        Place::Container(name, path) => in_container(world, engine.container_by_name(name)?, path),
        Place::Image(name, path) => {
            let tagged = if name.contains(':') { name.clone() } else { format!("{name}:latest") };
            below(&engine.images.get(engine.tags.get(tagged.as_str())?)?.rootfs, path)
        }
        Place::Volume(name, path) => below(world.filesystems.get(&engine.volumes.get(name.as_str())?.fs)?, path),
        Place::Host(path) => below(world.filesystems.get(&HOST)?, path),
    }
}

/// A path below a file system's root.
fn below(fs: &Fs, path: &str) -> Option<String> {
    let ino = parts(path).try_fold(ROOT, |dir, name| fs.child(dir, name))?;
    content(fs, ino)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

fn content(fs: &Fs, ino: Ino) -> Option<String> {
    match &fs.get(ino)?.kind {
        Kind::Whiteout => None,
        Kind::File(Data::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => Some(String::new()),
    }
}

/// A container's files: its volumes, its writable layer, its image's layers.
fn in_container(world: &World, container: &Container, path: &str) -> Option<String> {
    let mounted = container.mounts.iter().filter(|mount| mount.kind == MountKind::Volume).find_map(|mount| {
        let rest = path.strip_prefix(mount.destination.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some((&mount.name, rest))
    });
    if let Some((volume, rest)) = mounted {
        return below(world.filesystems.get(&world.engine.volumes.get(volume.as_str())?.fs)?, rest);
    }
    let upper = world.filesystems.get(&container.upper);
    let (mut above, mut under) = (upper.map(|_| ROOT), Some(ROOT));
    for name in parts(path) {
        let (next, covered) = match (upper, above) {
            (Some(fs), Some(dir)) => step(fs, dir, name),
            _ => (None, false),
        };
        under = under.filter(|_| !covered).and_then(|dir| container.lower.child(dir, name));
        above = next;
        if above.is_none() && under.is_none() {
            return None;
        }
    }
    match (upper, above, under) {
        (Some(fs), Some(ino), _) => content(fs, ino),
        (_, _, Some(ino)) => content(&container.lower, ino),
        _ => None,
    }
}

/// An entry of a directory of a writable layer, and whether it hides what lies below it.
fn step(fs: &Fs, dir: Ino, name: &str) -> (Option<Ino>, bool) {
    let opaque = fs.get(dir).is_some_and(|inode| inode.opaque);
    match fs.child(dir, name) {
        Some(ino) if fs.get(ino).is_some_and(|inode| inode.kind == Kind::Whiteout) => (None, true),
        Some(ino) => (Some(ino), opaque),
        None => (None, opaque),
    }
}
