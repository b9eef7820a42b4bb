//! The image store: layers shared by chain id, images by id, tags.

use crate::model::order::Order;
use std::rc::Rc;

use super::catalogue;
use crate::model::engine::Engine;
use crate::model::file::{Data, Device, Fs, Kind, Meta};
use crate::model::image::{Config, Healthcheck, History, Image, Layer};
use crate::model::{Text, World};
use crate::oci::{self, layer};

/// The tree of a layer of the catalogue.
pub fn tree(source: &catalogue::Layer) -> Fs {
    let mut fs = Fs::new(layer::root_meta(source.entries.first().map_or(0, |entry| entry.mtime)));
    for entry in &source.entries {
        let meta = Meta { mode: entry.mode, uid: entry.uid, gid: entry.gid, mtime: entry.mtime, nanos: 0 };
        let kind = match &entry.node {
            catalogue::Node::Dir => Kind::Dir(Default::default()),
            catalogue::Node::Symlink(target) => Kind::Symlink(target.as_str().into()),
            catalogue::Node::File(content) => Kind::File(match content {
                catalogue::Content::Bytes(bytes) => Data::new(bytes.clone()),
                catalogue::Content::Fill(len) => Data::Fill(*len),
                catalogue::Content::Program { name, len } => Data::Program { name: name.as_str().into(), len: *len },
            }),
            catalogue::Node::Hardlink(target) => {
                if let Some(ino) = layer::find(&fs, target) {
                    let (dir, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
                    let dir = layer::make_dir(&mut fs, dir, entry.mtime);
                    fs.link(dir, name, ino);
                }
                continue;
            }
        };
        layer::add(&mut fs, &entry.path, meta, kind);
    }
    fs
}

/// Adds a layer on top of a chain, unless it is there; returns its chain id.
pub fn add_layer(engine: &mut Engine, parent: Option<&Text>, diff_id: &str, diff: impl FnOnce() -> Fs) -> Text {
    let chain: Text = layer::chain_id(parent.map(|p| &**p), diff_id).into();
    if !engine.layers.contains_key(&chain) {
        add_merged_layer(engine, parent, diff_id, Rc::new(diff()), None);
    }
    chain
}

/// Keeps the tar that a layer came in.
pub fn keep_archive(engine: &mut Engine, chain: &Text, archive: Option<Rc<Vec<u8>>>) {
    if let Some(layer) = engine.layers.get_mut(chain).filter(|_| archive.is_some()) {
        Rc::make_mut(layer).archive = archive;
    }
}

/// Adds a layer, with all below it and itself where that is known already, unless it is there; returns its
/// chain id.
pub fn add_merged_layer(
    engine: &mut Engine,
    parent: Option<&Text>,
    diff_id: &str,
    diff: Rc<Fs>,
    merged: Option<Rc<Fs>>,
) -> Text {
    let chain: Text = layer::chain_id(parent.map(|p| &**p), diff_id).into();
    if !engine.layers.contains_key(&chain) {
        let below = parent.and_then(|parent| engine.layers.get(parent));
        let merged = merged.unwrap_or_else(|| match below {
            Some(below) => Rc::new(layer::merge(&below.merged, &diff)),
            None => diff.clone(),
        });
        let added = Layer {
            diff_id: diff_id.into(),
            chain_id: chain.clone(),
            parent: parent.cloned(),
            size: layer::size(&diff),
            diff,
            merged,
            archive: None,
            damaged: false,
        };
        engine.layers.insert(chain.clone(), Rc::new(added));
    }
    chain
}

/// What every container's root gets besides its image: mount points and the engine's mark.
fn container_root(merged: &Fs, created: i64) -> Fs {
    let mut fs = merged.clone();
    let meta = |mode| Meta { mode, uid: 0, gid: 0, mtime: created, nanos: 0 };
    for dir in ["/dev", "/proc", "/sys", "/etc"] {
        layer::make_dir(&mut fs, dir, created);
    }
    for file in ["/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"] {
        if layer::find(&fs, file).is_none() {
            layer::add(&mut fs, file, meta(0o755), Kind::File(Data::new(Vec::new())));
        }
    }
    if layer::find(&fs, "/etc/mtab").is_none() {
        layer::add(&mut fs, "/etc/mtab", meta(0o777), Kind::Symlink("/proc/mounts".into()));
    }
    fs
}

/// The tree of device files that every container sees at `/dev`.
pub fn devices() -> Fs {
    let mut fs = Fs::new(layer::root_meta(crate::model::time::BOOT_EPOCH));
    let meta = |mode| Meta { mode, ..layer::root_meta(crate::model::time::BOOT_EPOCH) };
    let devices = [
        ("console", Device::Console),
        ("full", Device::Full),
        ("null", Device::Null),
        ("random", Device::Random),
        ("stderr", Device::Fd(2)),
        ("stdin", Device::Fd(0)),
        ("stdout", Device::Fd(1)),
        ("tty", Device::Tty),
        ("urandom", Device::Random),
        ("zero", Device::Zero),
    ];
    for (name, device) in devices {
        layer::add(&mut fs, &format!("/{name}"), meta(0o666), Kind::Device(device));
    }
    for number in 0..3u8 {
        layer::add(&mut fs, &format!("/fd/{number}"), meta(0o666), Kind::Device(Device::Fd(number)));
    }
    layer::make_dir(&mut fs, "/shm", crate::model::time::BOOT_EPOCH);
    layer::make_dir(&mut fs, "/pts", crate::model::time::BOOT_EPOCH);
    fs
}

/// The tree that every container sees at `/sys`: the folders of sysfs(5), with nothing in them but the place
/// of its cgroup.
pub fn system() -> Fs {
    let mut fs = Fs::new(layer::root_meta(crate::model::time::BOOT_EPOCH));
    for dir in ["block", "bus", "class", "dev", "devices", "firmware", "fs/cgroup", "kernel", "module", "power"] {
        layer::make_dir(&mut fs, &format!("/{dir}"), crate::model::time::BOOT_EPOCH);
    }
    fs
}

/// What an image is, besides its layers.
pub struct NewImage {
    pub document: oci::config::Image,
    /// Chain ids, base first.
    pub layers: Vec<Text>,
    pub parent: Option<Text>,
    pub comment: String,
    /// Seconds and nanoseconds since 1970.
    pub created: (i64, u32),
}

/// Adds an image, unless it is there; returns its id.
pub fn add_image(engine: &mut Engine, new: NewImage) -> Text {
    let json = new.document.to_json();
    add_image_as(engine, new, json)
}

/// Adds an image whose configuration came as JSON, of which `new.document` holds what is understood.
pub fn add_image_as(engine: &mut Engine, new: NewImage, json: Vec<u8>) -> Text {
    let id: Text = oci::digest::Digest::of(&json).to_string().into();
    if engine.images.contains_key(&id) {
        return id;
    }
    let top = new.layers.last().and_then(|chain| engine.layers.get(chain));
    let merged = top.map_or_else(|| Fs::new(layer::root_meta(new.created.0)), |layer| (*layer.merged).clone());
    let size = new.layers.iter().filter_map(|chain| engine.layers.get(chain)).map(|layer| layer.size).sum();
    let document = &new.document;
    let image = Image {
        id: id.clone(),
        json: Rc::new(json),
        parent: new.parent,
        config: Rc::new(config(&document.config)),
        rootfs: Rc::new(container_root(&merged, new.created.0)),
        history: document.history.iter().map(history).collect(),
        layers: new.layers,
        created: new.created,
        author: document.author.clone(),
        comment: new.comment,
        architecture: document.architecture.clone(),
        os: document.os.clone(),
        variant: String::new(),
        size,
        repo_digests: Vec::new(),
        last_tagged: None,
    };
    engine.images.insert(id.clone(), Rc::new(image));
    id
}

/// Reads an RFC 3339 time in UTC as seconds and nanoseconds since 1970; what is none is 1970.
pub fn moment(time: &str) -> (i64, u32) {
    let (whole, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    (catalogue::seconds(&format!("{whole}Z")).unwrap_or(0), digits.parse().unwrap_or(0))
}

fn history(entry: &oci::config::History) -> History {
    History {
        created: moment(&entry.created).0,
        created_by: entry.created_by.clone(),
        comment: entry.comment.clone(),
        author: entry.author.clone(),
        empty_layer: entry.empty_layer,
    }
}

/// An image's configuration document as the engine keeps it.
pub fn config(document: &oci::config::Config) -> Config {
    Config {
        user: document.user.clone(),
        exposed_ports: document.exposed_ports.keys().cloned().collect(),
        env: document.env.clone(),
        entrypoint: document.entrypoint.clone(),
        cmd: document.cmd.clone(),
        volumes: document.volumes.keys().cloned().collect(),
        working_dir: document.working_dir.clone(),
        labels: document.labels.clone(),
        stop_signal: document.stop_signal.clone(),
        healthcheck: document.healthcheck.as_ref().map(|check| Healthcheck {
            test: check.test.clone(),
            interval: check.interval.max(0) as u64,
            timeout: check.timeout.max(0) as u64,
            start_period: check.start_period.max(0) as u64,
            start_interval: check.start_interval.max(0) as u64,
            retries: check.retries.max(0) as u32,
        }),
        on_build: document.on_build.clone(),
        shell: document.shell.clone(),
        args_escaped: document.args_escaped,
        ..Config::default()
    }
}

/// The engine's configuration as an image's document has it.
pub fn document(config: &Config) -> oci::config::Config {
    let empty = |name: &String| (name.clone(), oci::config::Empty {});
    oci::config::Config {
        user: config.user.clone(),
        exposed_ports: config.exposed_ports.iter().map(empty).collect(),
        env: config.env.clone(),
        entrypoint: config.entrypoint.clone(),
        cmd: config.cmd.clone(),
        volumes: config.volumes.iter().map(empty).collect(),
        working_dir: config.working_dir.clone(),
        labels: config.labels.clone(),
        stop_signal: config.stop_signal.clone(),
        args_escaped: config.args_escaped,
        healthcheck: config.healthcheck.as_ref().map(Into::into),
        on_build: config.on_build.clone(),
        shell: config.shell.clone(),
    }
}

/// Adds the layers of an image of the catalogue; returns their chain ids, base first.
pub fn add_catalogue_layers(engine: &mut Engine, source: &catalogue::Image) -> Vec<Text> {
    let mut chain: Option<Text> = None;
    let mut layers = Vec::new();
    for layer in &source.layers {
        let next = add_layer(engine, chain.as_ref(), &layer.diff_id.to_string(), || {
            catalogue::layer(layer.name).map_or_else(|| Fs::new(layer::root_meta(0)), |layer| tree(&layer))
        });
        layers.push(next.clone());
        chain = Some(next);
    }
    layers
}

/// Adds an image of the catalogue with its layers; returns its id.
pub fn add_catalogue_image(engine: &mut Engine, source: &catalogue::Image) -> Text {
    let layers = add_catalogue_layers(engine, source);
    let comment = source.config.history.last().map(|entry| entry.comment.clone()).unwrap_or_default();
    let new = NewImage { document: source.config.clone(), layers, parent: None, comment, created: (source.created, 0) };
    add_image(engine, new)
}

/// Points a tag at an image because somebody here asked for it; an image that had the tag before becomes
/// dangling if it was the last one.
pub fn tag(world: &mut World, tag: &str, id: &Text) {
    let now = world.now;
    set_tag(&mut world.engine, tag, id);
    if let Some(image) = world.engine.images.get_mut(id) {
        Rc::make_mut(image).last_tagged = Some(now);
    }
}

/// Points a tag at an image as a pull or a load does: that does not count as tagging it.
pub fn set_tag(engine: &mut Engine, tag: &str, id: &Text) {
    engine.tags.insert(tag.into(), id.clone());
}

/// Removes layers that no image is made of and that the build cache does not hold.
pub fn drop_unused_layers(engine: &mut Engine, candidates: &[Text]) {
    let cached = super::build::layers(engine);
    for chain in candidates.iter().rev() {
        if !cached.contains(chain) && !engine.images.values().any(|image| image.layers.contains(chain)) {
            engine.layers.remove(chain);
        }
    }
}

/// Puts an image of the catalogue into the store as if it had been pulled; false if there is none.
pub fn preload(world: &mut World, reference: &str) -> bool {
    let Ok(parsed) = oci::reference::Reference::parse(reference).map(oci::reference::Reference::tagged) else {
        return false;
    };
    let wanted = catalogue::Wanted::Tag(parsed.tag.as_deref().unwrap_or("latest"));
    let catalogue::Answer::Found(image) = catalogue::resolve(&parsed.familiar_name(), wanted) else { return false };
    let id = add_catalogue_image(&mut world.engine, &image);
    add_digest(&mut world.engine, &id, &format!("{}@{}", parsed.familiar_name(), image.digest));
    set_tag(&mut world.engine, &parsed.familiar(), &id);
    true
}

pub fn add_digest(engine: &mut Engine, id: &Text, digest: &str) {
    if let Some(image) = engine.images.get_mut(id) {
        let image = Rc::make_mut(image);
        if !image.repo_digests.iter().any(|known| **known == *digest) {
            image.repo_digests.push(digest.into());
            image.repo_digests.order();
        }
    }
}
