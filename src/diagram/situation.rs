//! Worlds to draw in tests, made by hand: no engine stands below this layer.

use std::rc::Rc;

use super::*;
use crate::model::container::{Container, Health, HostConfig, MountKind, MountPoint, State, Status};
use crate::model::engine::Volume;
use crate::model::file::{Data, Fs, FsId, Kind as FileKind, Meta, ROOT};
use crate::model::image::{Config, History, Image, Layer};
use crate::model::network::{Endpoint, Network, PortBinding, Published};
use crate::model::process::JournalId;
use crate::model::time::Time;
use crate::model::{Map, Text};
use crate::words::Lang;

pub const META: Meta = Meta { mode: 0o755, uid: 0, gid: 0, mtime: 0, nanos: 0 };

/// A layer in a few words: what its history says and its bytes.
pub type Step = (&'static str, u64);

pub const ALPINE: Step = ("ADD alpine-minirootfs-3.21.3-x86_64.tar.gz / # buildkit", 7_800_000);
pub const NODE: [Step; 4] = [
    ALPINE,
    ("RUN /bin/sh -c addgroup -g 1000 node && curl node-v18.20.8 # buildkit", 114_000_000),
    ("RUN /bin/sh -c apk add … yarn-v1.22.22 # buildkit", 5_340_000),
    ("COPY docker-entrypoint.sh /usr/local/bin/ # buildkit", 388),
];
pub const APP: [Step; 3] = [
    ("COPY package*.json ./ # buildkit", 70_200),
    ("RUN /bin/sh -c npm ci --omit=dev # buildkit", 14_300_000),
    ("COPY . . # buildkit", 18_600),
];

pub fn world() -> World {
    let mut world = World::new(1);
    network(&mut world, "bridge", 0xac11_0000);
    world
}

/// A bridge of its own with 65,534 addresses.
pub fn network(world: &mut World, name: &str, base: u32) {
    let network = Network {
        id: format!("{:064x}", hue::fnv1a32(name)).as_str().into(),
        name: name.into(),
        driver: "bridge".into(),
        created: Time(world.engine.networks.len() as u64),
        subnet: Some((base, 16)),
        gateway: Some(base + 1),
        range: None,
        internal: false,
        attachable: false,
        labels: Default::default(),
        options: Default::default(),
    };
    world.engine.networks.insert(network.id.clone(), Rc::new(network));
}

pub fn image(world: &mut World, tags: &[&str], steps: &[Step]) -> Text {
    let mut chain = String::new();
    let mut layers: Vec<Text> = Vec::new();
    let mut size = 0;
    for (text, bytes) in steps {
        let parent = layers.last().cloned();
        chain = format!("sha256:{:08x}", hue::fnv1a32(&format!("{chain}{text}")));
        let fs = Rc::new(Fs::new(META));
        let chain_id: Text = chain.as_str().into();
        let diff_id = format!("sha256:{:08x}", hue::fnv1a32(text)).as_str().into();
        let diff = fs.clone();
        let layer = Layer { diff_id, chain_id, parent, diff, merged: fs, size: *bytes, archive: None, damaged: false };
        layers.push(layer.chain_id.clone());
        size += bytes;
        world.engine.layers.insert(layer.chain_id.clone(), Rc::new(layer));
    }
    let step = |text: &&str| History { created_by: (*text).to_owned(), ..History::default() };
    let id: Text = format!("sha256:image{chain}").as_str().into();
    let image = Image {
        json: Default::default(),
        id: id.clone(),
        parent: None,
        layers,
        config: Rc::default(),
        history: steps.iter().map(|(text, _)| step(text)).collect(),
        created: (0, 0),
        author: String::new(),
        comment: String::new(),
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
        variant: String::new(),
        size,
        repo_digests: Vec::new(),
        rootfs: Rc::new(Fs::new(META)),
        last_tagged: Some(Time(world.engine.images.len() as u64)),
    };
    for tag in tags {
        world.engine.tags.insert((*tag).into(), id.clone());
    }
    world.engine.images.insert(id.clone(), Rc::new(image));
    id
}

pub fn container(world: &mut World, name: &str, image: &Text, status: Status, exit_code: i32, port: &str) {
    let number = world.number();
    let id: Text = format!("{number:02x}{:062x}", u64::from(hue::fnv1a32(name))).as_str().into();
    let upper = FsId(number);
    let mut fs = Fs::new(META);
    fs.insert(ROOT, "cache.json", META, FileKind::File(Data::Fill(8_300)));
    fs.insert(ROOT, "server.js", META, FileKind::File(Data::Fill(4_100)));
    world.filesystems.insert(upper, fs);
    let cmd = Some(vec!["node".to_owned(), "server.js".to_owned()]);
    let tags = world.engine.tags_of(image);
    let config = Config { cmd, image: tags.first().map_or(String::new(), |t| t.to_string()), ..Config::default() };
    let mut host = HostConfig::default();
    let mut published = Vec::new();
    if !port.is_empty() {
        let binding = PortBinding { host_ip: String::new(), host_port: port.to_owned() };
        host.port_bindings.insert("3000/tcp".to_owned(), vec![binding]);
        if status == Status::Running {
            let at = |host_ip: &str| Published {
                port: "3000/tcp".to_owned(),
                host_ip: host_ip.to_owned(),
                host_port: port.parse().expect("a port"),
            };
            published = vec![at("0.0.0.0"), at("::")];
        }
    }
    let state = State {
        status,
        pid: 0,
        exit_code,
        error: String::new(),
        oom_killed: false,
        started: (status != Status::Created).then_some(Time::ZERO),
        finished: None,
        health: None,
    };
    let container = Container {
        id: id.clone(),
        name: name.into(),
        image: image.clone(),
        config: Rc::new(config),
        host: Rc::new(host),
        created: Time(number),
        path: "docker-entrypoint.sh".to_owned(),
        args: vec!["node".to_owned(), "server.js".to_owned()],
        state,
        lower: Rc::new(Fs::new(META)),
        upper,
        journal: JournalId(number),
        restart_count: 0,
        manually_stopped: false,
        stopping: false,
        endpoints: Map::unit("bridge".to_owned(), endpoint(world, "bridge", status)),
        mounts: Vec::new(),
        published,
        ns: None,
        tty: None,
        stdin: None,
        execs: Vec::new(),
    };
    world.engine.names.insert(container.name.clone(), id.clone());
    world.engine.containers.insert(id, Rc::new(container));
}

pub fn view(width: i32, height: i32, lang: Lang) -> View {
    let layers = NODE.map(|(text, bytes)| (format!("sha256:{:08x}", hue::fnv1a32(text)), bytes)).to_vec();
    let item = |reference: &str, take: usize| ShelfItem {
        reference: reference.to_owned(),
        size: layers.iter().take(take).map(|(_, bytes)| bytes).sum(),
        layers: layers.iter().take(take).cloned().collect(),
    };
    let shelf =
        vec![item("node:18-alpine", 4), item("alpine:latest", 1), item("nginx:alpine", 3), item("redis:7-alpine", 2)];
    View { width, height, words: lang.words(), selected: None, shelf }
}

pub fn slots(world: &World) -> Slots {
    let mut slots = Slots::default();
    slots.observe(world);
    slots
}

/// The article's picture: two images that share a base, two containers.
pub fn article() -> World {
    let mut world = world();
    image(&mut world, &["node:18-alpine"], &NODE);
    let steps: Vec<Step> = NODE.iter().chain(&APP).copied().collect();
    let app = image(&mut world, &["myapp:1.0"], &steps);
    container(&mut world, "web", &app, Status::Running, 0, "3000");
    container(&mut world, "worker", &app, Status::Exited, 137, "");
    world
}

pub fn many(count: usize) -> World {
    let mut world = world();
    let node = image(&mut world, &["node:18-alpine"], &NODE);
    let alpine = image(&mut world, &["alpine:latest", "alpine:3.22"], &[("ADD alpine-3.22 /", 8_300_000)]);
    let states = [Status::Running, Status::Paused, Status::Exited, Status::Created, Status::Restarting];
    for n in 0..count {
        let status = states.get(n % 5).copied().unwrap_or(Status::Created);
        let image = if n % 3 == 2 { &alpine } else { &node };
        container(&mut world, &format!("c{n}"), image, status, if n % 10 == 2 { 1 } else { 0 }, "");
    }
    world
}

fn endpoint(world: &World, network: &str, status: Status) -> Endpoint {
    let network = world.engine.networks.values().find(|known| &*known.name == network);
    let base = network.and_then(|network| network.subnet).map_or(0, |(base, _)| base);
    let taken = world.engine.containers.values().flat_map(|container| container.endpoints.values());
    let taken = taken.filter(|endpoint| endpoint.address & 0xffff_0000 == base).count() as u32;
    Endpoint { address: if status == Status::Running { base + 2 + taken } else { 0 }, ..Endpoint::default() }
}

/// Changes a container by name.
pub fn change(world: &mut World, name: &str, with: impl Fn(&mut Container)) {
    let id = world.engine.names.get(name).cloned().expect(name);
    let mut container = (**world.engine.containers.get(&id).expect(name)).clone();
    with(&mut container);
    world.engine.containers.insert(id, Rc::new(container));
}

/// A container on other networks than the default bridge.
pub fn attach(world: &mut World, name: &str, networks: &[(&str, &[&str])]) {
    let status = world.engine.container_by_name(name).map_or(Status::Created, |container| container.state.status);
    let mut endpoints = Map::new();
    for (network, aliases) in networks {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        endpoints.insert((*network).to_owned(), Endpoint { aliases, ..endpoint(world, network, status) });
    }
    change(world, name, |container| container.endpoints = endpoints.clone());
}

pub fn volume(world: &mut World, name: &str, anonymous: bool, bytes: u64) {
    let fs_id = FsId(world.number());
    let mut fs = Fs::new(META);
    fs.insert(ROOT, "data", META, FileKind::File(Data::Fill(bytes)));
    world.filesystems.insert(fs_id, fs);
    let created = Time(world.engine.volumes.len() as u64);
    let volume = Volume { name: name.into(), fs: fs_id, created, anonymous, labels: Default::default() };
    world.engine.volumes.insert(volume.name.clone(), Rc::new(volume));
}

/// Mounts a volume, a path of the host (`/...`) or, for an empty source, memory.
pub fn mount(world: &mut World, name: &str, source: &str, destination: &str, writable: bool) {
    let kind = match source {
        "" => MountKind::Tmpfs,
        path if path.starts_with('/') => MountKind::Bind,
        _ => MountKind::Volume,
    };
    let volume = if kind == MountKind::Volume { source } else { "" };
    let point = MountPoint {
        kind,
        name: volume.to_owned(),
        source: source.to_owned(),
        destination: destination.to_owned(),
        writable,
        mode: String::new(),
    };
    change(world, name, |container| container.mounts.push(point.clone()));
}

pub fn health(world: &mut World, name: &str, status: &'static str) {
    change(world, name, |container| {
        container.state.health = Some(Health { status, failing_streak: 0, log: Vec::new() });
    });
}

/// The article's picture with its volume.
pub fn with_volume() -> World {
    let mut world = article();
    volume(&mut world, "app-data", false, 1_800_000);
    mount(&mut world, "web", "app-data", "/app/data", true);
    world
}

/// The mock of an error: a second container asks for the first one's port.
pub fn port_clash() -> World {
    let mut world = with_volume();
    let id = world.engine.names.remove("worker").expect("worker");
    world.engine.containers.remove(&id);
    let image = world.engine.container_by_name("web").map(|web| web.image.clone()).expect("web");
    container(&mut world, "web2", &image, Status::Created, 128, "3000");
    change(&mut world, "web2", |container| {
        container.state.error = "driver failed programming external connectivity on endpoint web2 (1f): \
            Bind for 0.0.0.0:3000 failed: port is already allocated"
            .to_owned();
    });
    world
}

/// Two tiers on networks of their own, a folder of the learner's, an anonymous volume, memory, several ports.
pub fn tiers() -> World {
    let mut world = world();
    let node = image(&mut world, &["node:18-alpine"], &NODE);
    let redis = image(&mut world, &["redis:7-alpine"], &[ALPINE, ("RUN /bin/sh -c redis 7.4 # buildkit", 33_600_000)]);
    network(&mut world, "frontend", 0xac12_0000);
    network(&mut world, "backend", 0xac13_0000);
    container(&mut world, "web", &node, Status::Running, 0, "8080");
    container(&mut world, "db", &redis, Status::Running, 0, "");
    container(&mut world, "old", &node, Status::Exited, 137, "");
    attach(&mut world, "web", &[("frontend", &["www"]), ("backend", &[])]);
    attach(&mut world, "db", &[("backend", &["cache", "redis"])]);
    volume(&mut world, "db-data", false, 52_000);
    volume(&mut world, &"5f".repeat(32), true, 0);
    volume(&mut world, "kept", false, 9_100_000);
    mount(&mut world, "web", "/home/learner/work/site", "/usr/share/site", false);
    mount(&mut world, "web", "", "/cache", true);
    mount(&mut world, "db", "db-data", "/data", true);
    mount(&mut world, "old", &"5f".repeat(32), "/var/lib/old", true);
    change(&mut world, "web", |container| {
        let udp = |ip: &str| Published { port: "53/udp".to_owned(), host_ip: ip.to_owned(), host_port: 5353 };
        container.published.extend([udp("127.0.0.1")]);
        let mut host = (*container.host).clone();
        host.restart = crate::model::container::RestartPolicy::Always;
        container.host = Rc::new(host);
        container.restart_count = 2;
    });
    change(&mut world, "old", |container| container.state.oom_killed = true);
    health(&mut world, "web", "healthy");
    health(&mut world, "db", "starting");
    world
}

/// Containers without a rail: none, the host's network, another container's.
pub fn modes() -> World {
    let mut world = world();
    let alpine = image(&mut world, &["alpine:latest"], &[ALPINE]);
    for (name, mode) in [("web", ""), ("alone", "none"), ("open", "host"), ("side", "container:web")] {
        container(&mut world, name, &alpine, Status::Running, 0, "");
        if !mode.is_empty() {
            change(&mut world, name, |container| {
                let mut host = (*container.host).clone();
                host.network_mode = mode.to_owned();
                (container.host, container.endpoints) = (Rc::new(host), Map::new());
            });
        }
    }
    world
}

/// Many containers, of which every fourth has a port, every third a volume, every second a network.
pub fn busy(count: usize) -> World {
    let mut world = many(count);
    network(&mut world, "backend", 0xac12_0000);
    let names: Vec<Text> = world.engine.names.keys().cloned().collect();
    for (n, name) in names.iter().enumerate() {
        if n % 2 == 0 {
            attach(&mut world, name, &[("backend", &[])]);
        }
        if n % 3 == 0 {
            let of = format!("data{n}");
            volume(&mut world, &of, false, 1 << n.min(40));
            mount(&mut world, name, &of, "/data", n % 2 == 0);
        }
        if n % 4 == 0 {
            let at = Published { port: "80/tcp".to_owned(), host_ip: String::new(), host_port: 8000 + n as u16 };
            change(&mut world, name, |container| container.published = vec![at.clone()]);
        }
    }
    world
}
