//! The geometry of the Stage, in Worlds that random sittings make: what is in the World is drawn or counted once,
//! boxes do not overlap, no text leaves its box or lies on another.
//!
//! `LAYERLAB_WORLDS` says how many Worlds there are. Each is drawn in every size, in one language, through one lens and
//! with one thing selected, all drawn by lot.

#[allow(dead_code, reason = "the typist serves another test, too")]
mod property;
mod stage;

use std::collections::BTreeMap;

use layerlab::diagram::{Kind, Scene, Slots};
use layerlab::model::World;
use layerlab::model::order::Order;
use layerlab::model::random::Random;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Key};
use layerlab::words::{Lang, Lens};
use property::{Act, Typist};
use stage::{Area, Label, SIZES, backdrop, boxes, labels, through};

/// Worlds of one sitting.
const WORLDS: usize = 40;

/// What fills a Stage: many of each kind, long names, shared and folded layers, ports, networks and mounts.
const FILLING: [&str; 41] = [
    "docker pull node:18-alpine",
    "docker pull nginx:alpine",
    "docker pull redis:7-alpine",
    "docker pull httpd:alpine",
    "docker run -d --name w%d%d -p 80%d%d:80 nginx:alpine",
    "docker run -d --name p%d -p 90%d%d:80 -p 91%d%d:443 -p 53%d%d:53/udp alpine:3.19 sleep 1000",
    "docker run -d -P nginx:alpine",
    "docker run -d -v data%d:/data -v more%d:/var/lib/more alpine:3.19 sleep 1000",
    "docker run -d -v /anonymous/%d busybox sleep 1000",
    "docker run -d -v $PWD:/src:ro -v /etc:/host-etc --tmpfs /cache alpine:3.19 sleep 1000",
    "docker run -d --network net%d --network-alias api%d alpine:3.19 sleep 1000",
    "docker run -d --network host alpine:3.19 sleep 1000",
    "docker run -d --network none alpine:3.19 sleep 1000",
    "docker run -d --network container:w%d%d alpine:3.19 sleep 1000",
    "docker run -d --name a-name-that-goes-on-and-on-%d%d --restart always alpine:3.19 sh -c 'sleep 1; exit 3'",
    "docker run --name failed%d%d alpine:3.19 sh -c 'exit %d'",
    "for n in 1 2 3 4 %d; do docker create alpine:3.19; done",
    "for n in $(seq 1 1%d); do docker run -d busybox sleep 1000; done",
    "for n in $(seq 1 3%d); do docker create busybox; done",
    "docker pause $(docker ps -q | head -n 1)",
    "docker kill $(docker ps -q | tail -n 1)",
    "docker rm -f $(docker ps -aq | head -n %d)",
    "docker rm -f $(docker ps -aq)",
    "docker network create net%d",
    "docker network create --internal backend-with-a-long-name-%d",
    "docker network connect net%d w%d%d",
    "docker network rm net%d",
    "docker volume create data%d",
    "docker volume create a-volume-with-a-name-that-is-too-long-%d",
    "docker volume prune -af",
    "docker tag alpine:3.19 registry.example.com/a/very/long/name/indeed:with-a-long-tag-%d",
    "docker tag alpine:3.19 short:%d",
    "for n in $(seq 1 1%d); do docker tag busybox tag:$n; docker tag alpine:3.19 other:$n; done",
    "docker tag nginx:alpine learner/site:%d",
    "printf 'FROM alpine:3.19\\nCOPY . /x%d\\nRUN echo %d > /y\\nRUN echo %d > /z\\nENV A=%d\\n' > Dockerfile; docker build -t built:%d .",
    "printf 'FROM scratch\\nCOPY . /%d\\n' > Dockerfile; docker build -t bare:%d .",
    "(echo FROM busybox; for n in $(seq 1 2%d); do echo RUN echo $n%d '>>' /log; done) > Dockerfile; docker build -t tall:%d .",
    "printf 'FROM node:18-alpine\\nWORKDIR /app\\nCOPY . .\\nRUN npm --version\\nUSER node\\n' > Dockerfile; docker build -t learner/app:1.%d .",
    "docker commit $(docker ps -aq | head -n 1) committed:%d",
    "docker rmi -f $(docker images -q | head -n %d)",
    "docker system prune -af --volumes",
];

fn worlds() -> usize {
    std::env::var("LAYERLAB_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// A line that fills the Stage, or one that anybody types.
fn line(random: &mut Random, typist: &mut Typist) -> Option<String> {
    if random.below(10) < 7 {
        let template = FILLING[random.below(FILLING.len() as u64) as usize];
        let mut line = String::new();
        for (n, part) in template.split("%d").enumerate() {
            if n > 0 {
                line.push_str(&random.below(10).to_string());
            }
            line.push_str(part);
        }
        return Some(line);
    }
    match typist.next() {
        Act::Line(line) => Some(line),
        _ => None,
    }
}

/// What is wrong with a Scene of a World.
fn faults(world: &World, scene: &Scene) -> Vec<String> {
    let mut faults = Vec::new();
    told_once(world, scene, &mut faults);
    texts(scene, &mut faults);
    overlaps(scene, &mut faults);
    faults
}

/// Every container, image, volume and network is an object, or counted by exactly one.
fn told_once(world: &World, scene: &Scene, faults: &mut Vec<String>) {
    let engine = &world.engine;
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    told.extend(engine.containers.keys().map(|id| (format!("container:{id}"), 0)));
    told.extend(engine.images.keys().map(|id| (format!("image:{id}"), 0)));
    told.extend(engine.volumes.keys().map(|name| (format!("volume:{name}"), 0)));
    told.extend(engine.networks.keys().map(|id| (format!("network:{id}"), 0)));
    for object in scene.objects() {
        if !object.holds.is_empty() && object.is_decoration() {
            faults.push(format!("{} counts without a name", object.key));
        }
        for key in std::iter::once(&object.key).chain(&object.holds) {
            told.entry(key.clone()).and_modify(|count| *count += 1);
        }
    }
    faults.extend(
        told.iter().filter(|(_, count)| **count != 1).map(|(key, count)| format!("{key} is told of {count} times")),
    );
    let mut keys: Vec<&str> = scene.objects().map(|object| object.key.as_str()).collect();
    keys.order();
    faults.extend(keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| format!("{} is there twice", pair[0])));
}

/// No text leaves the Stage or its box, and none lies on another.
fn texts(scene: &Scene, faults: &mut Vec<String>) {
    let stage = Area::new(0, 0, scene.width, scene.height);
    let mut all: Vec<(&str, Label)> = backdrop(scene).into_iter().map(|label| ("backdrop", label)).collect();
    for object in scene.objects() {
        all.extend(labels(object).into_iter().map(|label| (object.key.as_str(), label)));
    }
    for (key, label) in &all {
        if !stage.holds(&label.area) {
            faults.push(format!("{key}: {:?} leaves the Stage: {:?}", label.text, label.area));
        }
        if let Some(inside) = label.inside.filter(|inside| !inside.holds(&label.area)) {
            faults.push(format!("{key}: {:?} at {:?} leaves its box {inside:?}", label.text, label.area));
        }
    }
    for (n, (key, label)) in all.iter().enumerate() {
        for (other, on) in all.iter().skip(n + 1).filter(|(_, on)| on.area.meets(&label.area)) {
            faults.push(format!(
                "{key}: {:?} at {:?} lies on {other}: {:?} at {:?}",
                label.text, label.area, on.text, on.area
            ));
        }
    }
}

/// No box lies on another, and no text on a box that is not its own.
fn overlaps(scene: &Scene, faults: &mut Vec<String>) {
    let mut all = Vec::new();
    for object in scene.objects() {
        all.extend(boxes(object).into_iter().map(|area| (object, area)));
    }
    let stage = Area::new(0, 0, scene.width, scene.height);
    for (n, (object, area)) in all.iter().enumerate() {
        if !stage.holds(area) {
            faults.push(format!("{} leaves the Stage: {area:?}", object.key));
        }
        for (other, on) in all.iter().skip(n + 1).filter(|(_, on)| on.meets(area)) {
            let kinds = [object.kind, other.kind];
            // A plug stands at its container's foot, half in the ground.
            let foot =
                kinds.contains(&Kind::Port) && (kinds.contains(&Kind::Container) || kinds.contains(&Kind::Group));
            if !foot {
                faults.push(format!("{} at {area:?} lies on {} at {on:?}", object.key, other.key));
            }
        }
    }
    for object in scene.objects().filter(|object| ![Kind::Fold, Kind::Writable].contains(&object.kind)) {
        for label in labels(object) {
            for (other, area) in all.iter().filter(|(other, area)| other.key != object.key && area.meets(&label.area)) {
                let foot = object.kind == Kind::Port && [Kind::Container, Kind::Group].contains(&other.kind);
                if !foot && ![Kind::Image, Kind::Port].contains(&other.kind) {
                    faults.push(format!(
                        "{}: {:?} at {:?} lies on {} at {area:?}",
                        object.key, label.text, label.area, other.key
                    ));
                }
            }
        }
    }
}

/// Brings back the prompt, whatever runs.
fn calm(session: &mut Session) {
    if session.run_to_prompt(Time::seconds(60)) {
        return;
    }
    for key in [Key::Interrupt, Key::End, Key::Quit] {
        let _ = session.key(key);
        if session.run_to_prompt(Time::seconds(30)) {
            return;
        }
    }
}

/// Draws the Worlds of a sitting; what was wrong in how many, with an example of each kind.
fn sitting(seed: u64, count: usize, found: &mut BTreeMap<String, (usize, String)>) {
    let images = vec!["alpine:3.19".into(), "busybox:latest".into()];
    let mut session = Session::new(Boot { seed, images, ..Boot::default() });
    let (mut random, mut typist) = (Random(seed), Typist::new(seed));
    let mut slots = Slots::default();
    slots.observe(&session.world());
    let mut drawn = 0;
    while drawn < count {
        let Some(line) = line(&mut random, &mut typist) else { continue };
        if session.submit(&line).is_err() {
            continue;
        }
        calm(&mut session);
        session.take_output();
        drawn += 1;
        let world = session.world();
        slots.observe(&world);
        let lang = Lang::ALL[random.below(2) as usize];
        let lens = Lens::ALL[random.below(6).saturating_sub(3) as usize];
        let keys: Vec<String> = world.engine.containers.keys().map(|id| format!("container:{id}")).collect();
        let selected = match keys.len() as u64 {
            0 => None,
            count => keys.get(random.below(2 * count) as usize).map(String::as_str),
        };
        for (name, width, height) in SIZES {
            let scene = through(lens, &world, &slots, (width, height), lang, selected);
            for fault in faults(&world, &scene) {
                let kind: String = fault.chars().filter(|sign| !sign.is_ascii_digit()).take(28).collect();
                let example =
                    format!("seed {seed}, {} objects, world {drawn} ({line}), {name} {lens:?}: {fault}", keys.len());
                found.entry(format!("{name} {kind}")).and_modify(|(times, _)| *times += 1).or_insert((1, example));
            }
        }
    }
}

#[test]
fn every_world_is_drawn_whole() {
    let worlds = worlds();
    let mut found = BTreeMap::new();
    for n in 0..worlds.div_ceil(WORLDS) {
        sitting(400_001 + n as u64, WORLDS.min(worlds - n * WORLDS), &mut found);
    }
    let text: Vec<String> = found.values().map(|(times, example)| format!("{times} times, as: {example}")).collect();
    assert!(found.is_empty(), "in {worlds} worlds:\n{}", text.join("\n"));
}
