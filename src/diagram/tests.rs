use crate::model::order::Order;
use std::rc::Rc;

use super::*;
use crate::model::container::{Container, HostConfig, State, Status};
use crate::model::file::{Data, Fs, FsId, Kind as FileKind, Meta, ROOT};
use crate::model::image::{Config, History, Image, Layer};
use crate::model::network::{Endpoint, Network, PortBinding};
use crate::model::process::JournalId;
use crate::model::time::Time;
use crate::model::{Map, Text};
use crate::words::Lang;

const META: Meta = Meta { mode: 0o755, uid: 0, gid: 0, mtime: 0, nanos: 0 };

/// A layer in a few words: what its history says and its bytes.
type Step = (&'static str, u64);

const ALPINE: Step = ("ADD alpine-minirootfs-3.21.3-x86_64.tar.gz / # buildkit", 7_800_000);
const NODE: [Step; 4] = [
    ALPINE,
    ("RUN /bin/sh -c addgroup -g 1000 node && curl node-v18.20.8 # buildkit", 114_000_000),
    ("RUN /bin/sh -c apk add … yarn-v1.22.22 # buildkit", 5_340_000),
    ("COPY docker-entrypoint.sh /usr/local/bin/ # buildkit", 388),
];
const APP: [Step; 3] = [
    ("COPY package*.json ./ # buildkit", 70_200),
    ("RUN /bin/sh -c npm ci --omit=dev # buildkit", 14_300_000),
    ("COPY . . # buildkit", 18_600),
];

fn world() -> World {
    let mut world = World::new(1);
    let bridge = Network {
        id: "b".repeat(64).as_str().into(),
        name: "bridge".into(),
        driver: "bridge".into(),
        created: Time::ZERO,
        subnet: Some((0xac11_0000, 16)),
        gateway: Some(0xac11_0001),
        range: None,
        internal: false,
        attachable: false,
        labels: Default::default(),
        options: Default::default(),
    };
    world.engine.networks.insert(bridge.id.clone(), Rc::new(bridge));
    world
}

fn image(world: &mut World, tags: &[&str], steps: &[Step]) -> Text {
    let mut chain = String::new();
    let mut layers: Vec<Text> = Vec::new();
    let mut size = 0;
    for (text, bytes) in steps {
        let parent = layers.last().cloned();
        chain = format!("sha256:{:08x}", hue::fnv1a32(&format!("{chain}{text}")));
        let fs = Rc::new(Fs::new(META));
        let chain_id: Text = chain.as_str().into();
        let diff_id = format!("sha256:{:08x}", hue::fnv1a32(text)).as_str().into();
        let layer = Layer { diff_id, chain_id, parent, diff: fs.clone(), merged: fs, size: *bytes };
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

fn container(world: &mut World, name: &str, image: &Text, status: Status, exit_code: i32, port: &str) {
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
    if !port.is_empty() {
        let binding = PortBinding { host_ip: String::new(), host_port: port.to_owned() };
        host.port_bindings.insert("3000/tcp".to_owned(), vec![binding]);
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
        endpoints: crate::model::Map::unit("bridge".to_owned(), Endpoint::default()),
        mounts: Vec::new(),
        published: Vec::new(),
        ns: None,
        tty: None,
        stdin: None,
        execs: Vec::new(),
    };
    world.engine.names.insert(container.name.clone(), id.clone());
    world.engine.containers.insert(id, Rc::new(container));
}

fn view(width: i32, height: i32, lang: Lang) -> View {
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

fn slots(world: &World) -> Slots {
    let mut slots = Slots::default();
    slots.observe(world);
    slots
}

/// The article's picture: two images that share a base, two containers.
fn article() -> World {
    let mut world = world();
    image(&mut world, &["node:18-alpine"], &NODE);
    let steps: Vec<Step> = NODE.iter().chain(&APP).copied().collect();
    let app = image(&mut world, &["myapp:1.0"], &steps);
    container(&mut world, "web", &app, Status::Running, 0, "3000");
    container(&mut world, "worker", &app, Status::Exited, 137, "");
    world
}

fn many(count: usize) -> World {
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

const SIZES: [(i32, i32); 4] = [(1084, 520), (720, 254), (390, 350), (800, 480)];

/// The objects that may not lie on each other.
fn solid(scene: &Scene) -> Vec<&Object> {
    let kinds = [Kind::Layer, Kind::Container, Kind::Group];
    scene.objects().filter(|object| kinds.contains(&object.kind) && object.h > 20).collect()
}

fn overlap(a: &Object, b: &Object) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

#[test]
fn nothing_lies_on_anything() {
    for count in [0, 1, 2, 3, 4, 5, 8, 12, 20, 30, 40, 200] {
        let world = many(count);
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
            let solid = solid(&scene);
            for (n, a) in solid.iter().enumerate() {
                assert!(a.x >= 0 && a.x + a.w <= scene.width, "{count} at {width}: {} leaves the Stage", a.key);
                for b in solid.iter().skip(n + 1) {
                    assert!(!overlap(a, b), "{count} at {width}: {} lies on {}", a.key, b.key);
                }
            }
        }
    }
}

#[test]
fn every_container_is_told_of() {
    for count in [0, 1, 3, 8] {
        let world = many(count);
        let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
        let told = scene.objects().filter(|object| object.kind == Kind::Container).count();
        assert_eq!(told, count);
    }
    let world = many(40);
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let groups: Vec<&Object> = scene.objects().filter(|object| object.kind == Kind::Group).collect();
    assert!(groups.len() >= 5, "{}", groups.len());
    assert!(groups.iter().any(|group| group.class.contains("st-failed")), "failed ones stand by themselves");
}

#[test]
fn keys_are_unique() {
    for world in [world(), article(), many(8), many(40)] {
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
            let mut keys: Vec<&str> = scene.objects().map(|object| object.key.as_str()).collect();
            keys.order();
            let all = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), all);
        }
    }
}

#[test]
fn ghosts_stand_at_the_height_of_their_plates() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let plates: Vec<(i32, i32)> = scene.objects().filter(|o| o.kind == Kind::Layer).map(|o| (o.y, o.h)).collect();
    let ghosts: Vec<&Object> = scene.objects().filter(|object| object.kind == Kind::Ghosts).collect();
    assert_eq!((plates.len(), ghosts.len()), (7, 2));
    for object in ghosts {
        let of = object.shapes.iter().filter_map(|shape| match shape {
            Shape::Group { shapes, .. } => shapes.first(),
            _ => None,
        });
        let of: Vec<(i32, i32)> = of
            .filter_map(|shape| match shape {
                Shape::Rect { y, h, .. } => Some((object.y + y, *h)),
                _ => None,
            })
            .collect();
        assert_eq!(of, plates);
    }
}

#[test]
fn a_shared_layer_is_drawn_once() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    assert_eq!(scene.objects().filter(|object| object.kind == Kind::Layer).count(), 7);
    assert_eq!(scene.objects().filter(|object| object.kind == Kind::Image).count(), 2);
    let mut hues: Vec<u16> = scene.objects().filter(|o| o.kind == Kind::Layer).filter_map(|o| o.hue).collect();
    hues.order();
    hues.dedup();
    assert_eq!(hues.len(), 7, "seven layers, seven hues");
}

#[test]
fn what_stays_keeps_its_place() {
    let mut world = world();
    let node = image(&mut world, &["node:18-alpine"], &NODE);
    let mut slots = slots(&world);
    let mut places: Vec<(String, i32)> = Vec::new();
    for name in ["a", "b", "c"] {
        container(&mut world, name, &node, Status::Running, 0, "");
        slots.observe(&world);
    }
    let before = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    places.extend(before.objects().filter(|o| o.kind == Kind::Container).map(|o| (o.key.clone(), o.x)));
    let gone = world.engine.names.remove("a").expect("a");
    world.engine.containers.remove(&gone);
    slots.observe(&world);
    let after = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    for (key, x) in places.iter().skip(1) {
        assert_eq!(after.object(key).map(|object| object.x), Some(*x), "the gap stays until the next command");
    }
    slots.observe(&world);
    let closed = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    let first = places.get(1).and_then(|(key, _)| closed.object(key)).map(|object| object.x);
    assert!(first < places.get(1).map(|(_, x)| *x), "then the row closes");
}

#[test]
fn a_layer_keeps_its_hue() {
    let mut world = world();
    image(&mut world, &["node:18-alpine"], &NODE);
    let mut slots = slots(&world);
    let hues: Vec<u16> = world.engine.layers.values().map(|layer| slots.hue(&layer.diff_id)).collect();
    let diff_ids: Vec<Text> = world.engine.layers.values().map(|layer| layer.diff_id.clone()).collect();
    for n in 0..9 {
        let tag = format!("other:{n}");
        image(&mut world, &[tag.as_str()], &[(["a", "b", "c", "d", "e", "f", "g", "h", "i"][n], 1 << n)]);
        slots.observe(&world);
    }
    assert_eq!(diff_ids.iter().map(|diff_id| slots.hue(diff_id)).collect::<Vec<_>>(), hues);
}

#[test]
fn the_same_snapshots_give_the_same_scene() {
    let (a, b) = (article(), article());
    assert_eq!(scene(&a, &view(1084, 520, Lang::Vi), &slots(&a)), scene(&b, &view(1084, 520, Lang::Vi), &slots(&b)));
}

#[test]
fn names_say_kind_state_and_image() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let labels: Vec<&str> = scene.objects().map(|object| object.label.as_str()).collect();
    for expected in [
        "Container web, đang chạy, image myapp:1.0, lớp ghi 2 tệp, cổng 3000",
        "Container worker, đã thoát (137), image myapp:1.0, lớp ghi 2 tệp",
        "Image node:18-alpine, 4 lớp, 127 MB",
        "Lớp COPY . ., 18.6 kB",
        "Lớp ghi, 2 tệp · 12.4 kB",
    ] {
        assert!(labels.contains(&expected), "{expected} is not in {labels:#?}");
    }
}

#[test]
fn odd_worlds_are_drawn() {
    let mut world = article();
    // An image that was removed below its containers, a long stack, a long name, an untagged image, no network.
    world.engine.images = Map::new();
    world.engine.tags = Map::new();
    world.engine.layers = Map::new();
    world.engine.networks = Map::new();
    let steps: Vec<Step> = (0..40).map(|n| (["RUN /bin/sh -c a", "COPY x /"][n % 2], 1 << n.min(34))).collect();
    let long = image(&mut world, &["registry.example.com/a/very/long/repository/name/indeed:with-a-long-tag"], &steps);
    image(&mut world, &[], &[("RUN /bin/sh -c true", 0)]);
    container(&mut world, "a-name-that-does-not-fit-anywhere-at-all", &long, Status::Dead, 1, "65535");
    for (width, height) in SIZES.into_iter().chain([(0, 0), (i32::MAX, i32::MAX), (-5, 10)]) {
        let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
        assert!(!svg::write(&scene).is_empty());
        for object in scene.objects().filter(|object| object.kind == Kind::Container) {
            assert!(object.y >= 0, "{} at {width}x{height} starts at {}", object.key, object.y);
        }
    }
}
