//! What runs below the ground: networks, published ports and volumes, and the wall's socket.

use super::View;
use super::draw::{caption, path, rect, run, words};
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Shape, Zone};
use super::space::{Space, Zoom};
use super::text::Look;
use crate::model::container::{Container, MountKind};
use crate::model::network::{Network, ipv4};
use crate::model::order::Order;
use crate::model::{Text, World};

/// A further rail stands that much lower.
const RAIL_STEP: i32 = 15;
const RAILS: usize = 3;
const DRUM: (i32, i32) = (54, 56);

pub fn zone(world: &World, plan: &Plan, view: &View, space: &Space) -> Zone {
    let mut objects = Vec::new();
    networks(world, plan, view, space, &mut objects);
    if space.is_deep() {
        volumes(world, plan, view, space, &mut objects);
    }
    ports(plan, view, space, &mut objects);
    Zone { key: "below", label: view.words.stage.below.to_owned(), objects }
}

/// The default bridge, and the networks that something is attached to.
fn rails<'a>(world: &'a World, plan: &Plan) -> Vec<&'a Network> {
    let used = |network: &Network| {
        let attached = |item: &Item| item.containers.iter().any(|c| c.endpoints.contains_key(&*network.name));
        plan.items.iter().any(attached)
    };
    let mut rails: Vec<&Network> = world
        .engine
        .networks
        .values()
        .map(|network| &**network)
        .filter(|network| network.subnet.is_some() && (&*network.name == "bridge" || used(network)))
        .collect();
    rails.order_by_key(|network| (&*network.name != "bridge", network.created, network.name.clone()));
    rails.truncate(RAILS);
    rails
}

fn networks(world: &World, plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let stage = &view.words.stage;
    let rails = rails(world, plan);
    let count = rails.len();
    for (n, network) in rails.iter().enumerate() {
        let y = space.rail - (count - 1 - n).min(2) as i32 * RAIL_STEP;
        let (x, w) = (plan.containers_x, space.host_right - 16 - plan.containers_x);
        let mut object = Object::new(Kind::Network, format!("network:{}", network.id), x, y, w, 4);
        let subnet = network.subnet.map(|(address, prefix)| format!("{}/{prefix}", ipv4(address))).unwrap_or_default();
        object.label = format!("Network {}, {subnet}", network.name);
        object.class = format!("net-{}", n + 1);
        object.column = 600;
        object.shapes = vec![path("netrail", format!("M0 0H{w}"))];
        if n + 1 == count && space.is_deep() {
            let names: Vec<String> = match count {
                1 => vec![format!("{} · {subnet}", network.name)],
                _ => rails.iter().map(|network| network.name.to_string()).collect(),
            };
            object.shapes.push(caption(0, 24, stage.networks, Some(count), &names.join(" · ")));
        }
        objects.push(object);
        for item in &plan.items {
            objects.extend(leg(item, network, y, n, space));
        }
    }
}

/// A container's leg: a dot where it is attached, a ring where it would be.
fn leg(item: &Item, network: &Network, rail: i32, n: usize, space: &Space) -> Option<Object> {
    let container = item.containers.first()?;
    if item.stand == Stand::Rest || !container.endpoints.contains_key(&*network.name) {
        return None;
    }
    let on = Look::of(container).is_live();
    let x = item.x + if item.stand == Stand::Frame { item.w * 38 / 100 } else { item.w / 2 } + n as i32 * 12;
    let key = format!("leg:{}:{}", container.id, network.id);
    let mut object = Object::new(Kind::Leg, key, x, space.ground, 0, rail - space.ground);
    object.class = format!("net-{} {}", n + 1, if on { "on" } else { "off" });
    object.shapes = vec![
        path(if on { "leg" } else { "leg off" }, format!("M0 0V{}", rail - space.ground)),
        Shape::Circle { class: if on { "jn" } else { "jn off" }, x: 0, y: rail - space.ground, r: 5 },
    ];
    Some(object)
}

/// Host ports that a container asks for.
pub fn published(container: &Container) -> Vec<String> {
    let bindings = container.host.port_bindings.values().flatten();
    let mut ports: Vec<String> = bindings.map(|binding| binding.host_port.clone()).filter(|p| !p.is_empty()).collect();
    ports.dedup();
    ports
}

fn ports(plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let mut open: Vec<Text> = Vec::new();
    let mut alarm = false;
    for item in plan.items.iter().filter(|item| item.stand == Stand::Frame) {
        let Some(container) = item.containers.first() else { continue };
        let Some(port) = published(container).into_iter().next() else { continue };
        let live = Look::of(container).is_live();
        let failed = !live && container.state.error.contains("port is already allocated");
        if !live && !failed {
            continue;
        }
        alarm |= failed;
        if live {
            open.push(port.as_str().into());
        }
        objects.push(plug(item, container, &port, failed, view, space));
    }
    if open.is_empty() && !alarm {
        return;
    }
    objects.push(socket(alarm, space));
    if let Some(port) = open.first() {
        objects.push(browser(port, space));
    }
}

fn plug(item: &Item, container: &Container, port: &str, failed: bool, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let (ground, conduit) = (space.ground, space.conduit);
    let x = item.x + item.w - 26;
    let text = format!(":{port}");
    let w = super::text::mono(&text, 11) + 18;
    let mut object = Object::new(Kind::Port, format!("port:{}:{port}", container.id), x, ground, w, conduit - ground);
    object.level = 2;
    object.column = 601;
    let depth = conduit - ground;
    if failed {
        object.label = format!("{} {port}, {}", stage.port, stage.port_taken);
        object.class = "fail".to_owned();
        object.shapes.push(path("cable fail", format!("M0 10V{}", depth - 14)));
        object.shapes.push(path("failx", format!("M-5 {}l10 10m0 -10l-10 10", depth - 14)));
    } else {
        object.label = format!("{} {port}", stage.port);
        let wall = space.host_right - x;
        object.shapes.push(path("cable", format!("M0 7V{}a8 8 0 0 0 8 8H{}", depth - 8, wall - 6)));
    }
    let plug = vec![rect("", -w / 2, -8, w, 18, 4), words("", 0, 5, text)];
    object.shapes.push(super::draw::group(if failed { "plug fail" } else { "plug" }, None, plug));
    object
}

fn socket(alarm: bool, space: &Space) -> Object {
    let mut object = Object::new(Kind::Socket, "socket".to_owned(), space.host_right, space.conduit, 18, 26);
    object.class = if alarm { "sock alarm".to_owned() } else { "sock".to_owned() };
    if alarm {
        object.shapes.push(Shape::Circle { class: "pulse", x: 0, y: 0, r: 24 });
        object.shapes.push(Shape::Circle { class: "pulse b", x: 0, y: 0, r: 36 });
    }
    object.shapes.push(rect("", -9, -13, 18, 26, 4));
    object.shapes.push(path("", "M-3 -5v10M3 -5v10".to_owned()));
    object
}

/// Outside the wall: what plugs into the socket.
fn browser(port: &str, space: &Space) -> Object {
    let (w, h) = match space.zoom {
        Zoom::Large => (118, 92),
        Zoom::Medium => (96, 80),
        Zoom::Small => (28, 24),
    };
    let margin = if space.zoom == Zoom::Small { 7 } else { 24 };
    let (x, y) = (space.host_right + margin, space.ground - h - if space.is_deep() { 4 } else { 32 });
    let socket = space.conduit - y;
    let mut object = Object::new(Kind::Browser, "browser".to_owned(), x, y, w, h);
    object.class = "brow".to_owned();
    let centre = w / 2;
    let cable = format!("M{} {socket}H{}a8 8 0 0 0 8 -8V{h}", 9 - margin, centre - 8);
    object.shapes.push(path("cable ext", cable));
    if space.zoom == Zoom::Small {
        object.shapes.push(rect("win", 0, 0, w, h, 5));
        object.shapes.push(path("bar", format!("M0 8h{w}")));
        object.shapes.push(Shape::Circle { class: "dotg", x: centre, y: h / 2 + 4, r: 4 });
        return object;
    }
    object.shapes.push(rect("win", 0, 0, w, h, 7));
    object.shapes.push(path("bar", format!("M0 22h{w}")));
    object.shapes.push(rect("url", 8, 5, w - 16, 13, 6));
    object.shapes.push(words("u", centre, 15, format!("localhost:{port}")));
    for (n, width) in [w - 52, w - 36, w - 60].into_iter().enumerate() {
        object.shapes.push(rect("ln", 18, 36 + n as i32 * 13, width, 5, 2));
    }
    if space.zoom == Zoom::Large {
        object.shapes.push(words("pl", 16 - margin, socket + 19, format!("0.0.0.0:{port}")));
    }
    object
}

fn volumes(world: &World, plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let stage = &view.words.stage;
    let total = world.engine.volumes.len();
    if total == 0 {
        return;
    }
    let mut heading = Object::new(Kind::Note, "note:volumes".to_owned(), space.images_x, space.ground, 0, 0);
    heading.shapes = vec![caption(0, 28, stage.volumes, Some(total), "")];
    objects.push(heading);
    let room = ((plan.containers_x - space.images_x) / 180).max(1) as usize;
    for (n, volume) in world.engine.volumes.values().take(room).enumerate() {
        let (x, y) = (space.images_x + 2 + n as i32 * 180, space.ground + 42);
        let mounts = plan.items.iter().filter_map(|item| {
            let container = item.containers.first()?;
            let of_this = |mount: &&_| is_mount_of(mount, &volume.name);
            container.mounts.iter().find(of_this).map(|mount| (item, mount.destination.clone()))
        });
        let mounts: Vec<(&Item, String)> = mounts.collect();
        let place = mounts.first().map(|(_, at)| (stage.mounted_at)(at)).unwrap_or_default();
        let (w, h) = DRUM;
        let mut object = Object::new(Kind::Volume, format!("volume:{}", volume.name), x, y, w, h);
        object.label = format!("Volume {}, {place}", volume.name).trim_end_matches(", ").to_owned();
        object.class = "drum".to_owned();
        object.column = 602;
        let name = super::text::fit(&volume.name, 108, |t| super::text::mono(t, 12));
        object.shapes = vec![
            path("b", format!("M0 7v{}a{} 7 0 0 0 {w} 0v{}", h - 14, w / 2, 14 - h)),
            path("t", format!("M0 7a{0} 7 0 0 1 {w} 0a{0} 7 0 0 1 {1} 0z", w / 2, -w)),
            Shape::Text { class: "nm", x: w + 12, y: h / 2 + 1, turned: false, runs: vec![run("", 0, name)] },
            words("sub", w + 12, h / 2 + 16, place),
        ];
        objects.push(object);
        for (item, _) in &mounts {
            objects.push(pipe(item, &volume.name, x + w, y + 12, space));
        }
    }
}

fn is_mount_of(mount: &crate::model::container::MountPoint, volume: &str) -> bool {
    mount.kind == MountKind::Volume && mount.name == volume
}

/// From the drum to the container's left foot.
fn pipe(item: &Item, volume: &str, x: i32, y: i32, space: &Space) -> Object {
    let id = item.containers.first().map_or("", |container| &container.id);
    let foot = item.x + 16 - x;
    let up = space.ground - y;
    let mut object = Object::new(Kind::Mount, format!("mount:{id}:{volume}"), x, y, 0, 0);
    object.shapes = vec![
        path("mount", format!("M0 0H{}a8 8 0 0 0 8 -8V{}", foot - 8, up + 8)),
        path("mtip", format!("M{} {}l5 -9l5 9z", foot - 5, up + 10)),
    ];
    object
}
