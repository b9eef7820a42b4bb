//! Networks: a rail each, and a leg from every container to those that it is attached to.

use super::draw::{icon, path, run, words};
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Shape};
use super::slots::Slots;
use super::space::{LOW, Space};
use super::text::{self, Look, fit};
use super::{View, counted};
use crate::model::World;
use crate::model::container::Container;
use crate::model::network::{Endpoint, Network, ipv4};

/// Networks that have a rail: the default bridge first, the others in order of appearance.
pub fn networks<'a>(world: &'a World, slots: &Slots) -> Vec<&'a Network> {
    let known = slots.networks().filter_map(|id| world.engine.networks.get(id)).map(|network| &**network);
    let mut rails: Vec<&Network> = known.filter(|network| network.subnet.is_some()).collect();
    let bridge = rails.iter().position(|network| &*network.name == "bridge");
    if let Some(bridge) = bridge.map(|at| rails.remove(at)) {
        rails.insert(0, bridge);
    }
    rails
}

pub fn draw(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let all = networks(world, slots);
    // Where there are more than rails, those that something hangs on come first.
    let used = |network: &&&Network| plan.items.iter().any(|item| !attached(item, network).is_empty());
    let room = space.rails.len();
    let shown: Vec<&Network> = match all.len() > room {
        false => all.clone(),
        true => {
            let first = all.iter().take(1).chain(all.iter().skip(1).filter(used));
            let rest = all.iter().skip(1).filter(|network| !used(network));
            first.chain(rest).copied().take(room).collect()
        }
    };
    let last = shown.len().saturating_sub(1);
    let named =
        shown.last().map_or(110, |network| before(last, all.len(), view) + text::mono(&remark(network, view), 11));
    let room = space.host_right - 16 - plan.containers_x - named - 12;
    let counted = counted::networks(world, &shown, room, view, space);
    let mut names = Vec::new();
    for (n, network) in shown.iter().enumerate() {
        let Some(y) = space.rails.get(n).copied() else { break };
        objects.push(rail(network, n, y, plan, view, space));
        let taken = if n + 1 == shown.len() { counted.as_ref().map_or(0, |object| object.w + 12) } else { 0 };
        let name = name(network, n, y, (all.len(), shown.len(), taken), plan, view, space);
        let named = name.as_ref().map_or(0, |name| name.x + name.w);
        let until = counted.as_ref().filter(|_| taken > 0).map_or(space.host_right, |object| object.x - 4);
        names.extend(name);
        for item in &plan.items {
            objects.extend(leg(item, network, (n, shown.len()), y, (named, until), view, space));
        }
    }
    for item in &plan.items {
        objects.extend(off_rails(item, plan, view, space));
    }
    // Names stand over the legs that cross them.
    objects.extend(names);
    objects.extend(counted);
}

fn subnet(network: &Network) -> String {
    network.subnet.map(|(address, prefix)| format!("{}/{prefix}", ipv4(address))).unwrap_or_default()
}

/// What a network is like, in words.
fn nature(network: &Network, view: &View) -> &'static str {
    let stage = &view.words.stage;
    if &*network.name == "bridge" { stage.no_names } else { stage.resolves }
}

fn rail(network: &Network, n: usize, y: i32, plan: &Plan, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let (x, w) = (plan.containers_x, space.host_right - 16 - plan.containers_x);
    let mut object = Object::new(Kind::Network, format!("network:{}", network.id), x, y, w, 4);
    object.label = format!("{} {}, {}, {}", stage.network, network.name, subnet(network), nature(network, view));
    if network.internal {
        object.label.push_str(&format!(", {}", stage.internal));
    }
    object.class = format!("net-{}", n + 1);
    object.column = 600;
    object.selected = Some(view.is_selected(&object.key));
    object.shapes = vec![path("netrail", format!("M0 0H{w}"))];
    object
}

/// What is written below a rail of its network.
fn remark(network: &Network, view: &View) -> String {
    let internal = if network.internal { view.words.stage.internal } else { "" };
    let parts = [&*network.name, &subnet(network), internal, nature(network, view)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// The width of the zone's caption, which stands before the first rail's name.
fn before(n: usize, all: usize, view: &View) -> i32 {
    let caption = view.words.stage.networks;
    if n == 0 { text::bold(caption, 13) + 6 + text::bold(&all.to_string(), 13) + 12 } else { 0 }
}

/// What is written below a rail.
fn name(
    network: &Network,
    n: usize,
    y: i32,
    (all, shown, taken): (usize, usize, i32),
    plan: &Plan,
    view: &View,
    space: &Space,
) -> Option<Object> {
    let stage = &view.words.stage;
    let (x, w) = (plan.containers_x, space.host_right - 16 - plan.containers_x);
    let more = if n + 1 == shown && all > shown { (stage.more)(all - shown) } else { String::new() };
    let key = format!("note:network:{}", network.id);
    if !space.is_deep() {
        if space.height < LOW || (shown == 1 && &*network.name == "bridge") {
            return None;
        }
        let text = fit([&*network.name, &more].join(" ").trim(), w / 2, |t| text::mono(t, 11));
        let mut object = Object::new(Kind::Note, key, x + w, y, 0, 0);
        object.class = format!("net-{}", n + 1);
        object.shapes = vec![words("ad over end", 0, 12, text)];
        return Some(object);
    }
    let mut runs = Vec::new();
    let before = before(n, all, view);
    if n == 0 {
        runs.push(run("", 0, stage.networks));
        runs.push(run("n", 6, all.to_string()));
    }
    let remark = fit(&remark(network, view), w - before - taken, |t| text::mono(t, 11));
    let mut object = Object::new(Kind::Note, key, x, y, before + text::mono(&remark, 11), 0);
    object.class = format!("net-{}", n + 1);
    runs.push(run("rl", if n == 0 { 12 } else { 0 }, remark));
    object.shapes = vec![Shape::Text { class: "cap over", x: 0, y: 15, turned: false, runs }];
    Some(object)
}

/// The containers of a place that a network knows.
fn attached<'a>(item: &'a Item, network: &Network) -> Vec<(&'a Container, &'a Endpoint)> {
    let all = item.containers.iter();
    all.filter_map(|c| Some((&**c, c.endpoints.get(&*network.name)?))).collect()
}

/// Where an item's leg for the rail number `n` of `count` stands: the first rail's is the rightmost, so that what
/// is written beside its dot crosses no other.
pub fn leg_x(item: &Item, n: usize, count: usize) -> i32 {
    let back = count.saturating_sub(1 + n) as i32;
    match item.stand {
        Stand::Frame => item.x + item.w * 52 / 100 + back * 12,
        _ => item.x + item.w / 2 + back * 8 - count.saturating_sub(1) as i32 * 4,
    }
}

/// A container's leg: a dot where it is attached, a ring where it would be.
#[inline(never)]
fn leg(
    item: &Item,
    network: &Network,
    (n, count): (usize, usize),
    depth: i32,
    (named, until): (i32, i32),
    view: &View,
    space: &Space,
) -> Option<Object> {
    let all = attached(item, network);
    let (container, endpoint) = *all.iter().find(|(c, _)| Look::of(c).is_live()).or(all.first())?;
    if item.stand == Stand::Rest {
        return None;
    }
    let down = depth - space.ground;
    let on = Look::of(container).is_live();
    let key = format!("leg:{}:{}", container.id, network.id);
    let mut object = Object::new(Kind::Leg, key, leg_x(item, n, count) - 5, space.ground, 10, down);
    object.class = format!("net-{} {}", n + 1, if on { "on" } else { "off" });
    object.level = 2;
    object.label = spoken(container, endpoint, network, on, view);
    object.shapes = vec![
        path(if on { "leg" } else { "leg off" }, format!("M5 0V{down}")),
        Shape::Circle { class: if on { "jn" } else { "jn off" }, x: 5, y: down, r: 5 },
    ];
    if space.is_deep() && all.len() == 1 {
        let room = if item.stand == Stand::Frame { item.x + item.w - object.x - 2 } else { 30 };
        object.shapes.extend(address(endpoint, network, room, down));
        if object.x + 14 > named {
            let room = room.min(until - object.x - 14);
            object.shapes.extend(aliases(container, endpoint, network, room, down));
        }
    }
    Some(object)
}

/// The address beside the dot, or what of it tells one container from another.
fn address(endpoint: &Endpoint, network: &Network, room: i32, down: i32) -> Option<Shape> {
    let prefix = network.subnet.map_or(0, |(_, prefix)| usize::from(prefix) / 8);
    let whole = ipv4(endpoint.address);
    let own: String = whole.split('.').skip(prefix.clamp(1, 3)).map(|part| format!(".{part}")).collect();
    let text = if small(&whole) <= room { whole } else { own };
    let fits = endpoint.address != 0 && small(&text) <= room;
    fits.then(|| words("ad over", 14, down - 5, text))
}

/// The width of code at 10.5 pixels.
fn small(text: &str) -> i32 {
    text::mono(text, 21) / 2 + 1
}

/// Further names, below the rail.
fn aliases(container: &Container, endpoint: &Endpoint, network: &Network, room: i32, down: i32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let names = further(container, endpoint).join(" ");
    let names = fit(&names, room - 16, |t| text::mono(t, 11));
    if !names.is_empty() && &*network.name != "bridge" {
        shapes.push(icon("tag", "adi", 14, down + 4, 9));
        shapes.push(words("ad over", 26, down + 13, names));
    }
    shapes
}

/// Names that a network knows a container by, besides its own.
fn further<'a>(container: &'a Container, endpoint: &'a Endpoint) -> Vec<&'a str> {
    let id = text::short_id(&container.id);
    let aliases = endpoint.aliases.iter().map(String::as_str);
    let mut names: Vec<&str> = aliases.filter(|name| *name != id && *name != &*container.name).collect();
    names.dedup();
    names
}

fn spoken(container: &Container, endpoint: &Endpoint, network: &Network, on: bool, view: &View) -> String {
    let stage = &view.words.stage;
    let mut label = (stage.on_network)(&container.name, &network.name);
    if !on {
        label.push_str(&format!(", {}", stage.detached));
    }
    if endpoint.address != 0 {
        label.push_str(&format!(", {}", ipv4(endpoint.address)));
    }
    let names = further(container, endpoint);
    if !names.is_empty() && &*network.name != "bridge" {
        label.push_str(&format!(", {} {}", stage.also_named, names.join(", ")));
    }
    label
}

/// A container without a rail: on no network, on the host's own, or on another container's.
#[inline(never)]
fn off_rails(item: &Item, plan: &Plan, view: &View, space: &Space) -> Option<Object> {
    let container = item.containers.first().filter(|_| matches!(item.stand, Stand::Frame | Stand::Spine))?;
    let stage = &view.words.stage;
    let mode = container.host.network_mode.as_str();
    let x = leg_x(item, 0, space.rails.len().max(1));
    let off = if Look::of(container).is_live() { "" } else { " off" };
    let mut object = Object::new(Kind::Leg, format!("leg:{}:mode", container.id), x - 5, space.ground, 10, 16);
    object.class = format!("mode{off}");
    object.level = 2;
    let (text, says);
    match mode {
        "none" => {
            (text, says) = ("none", stage.no_network.to_owned());
            object.shapes.push(path("leg", "M5 0V11M0 12h10".to_owned()));
        }
        "host" => {
            (text, says) = ("host", stage.host_network.to_owned());
            let wall = space.host_right - x + 5;
            object.shapes.push(path("leg", format!("M5 0a6 6 0 0 0 6 6H{wall}")));
            object.shapes.push(Shape::Circle { class: "jn", x: wall, y: 6, r: 4 });
        }
        _ => {
            let other = mode.strip_prefix("container:")?;
            let owner = plan.items.iter().find_map(|item| {
                let owner = item.containers.iter().find(|c| *c.id == *other || *c.name == *other)?;
                Some((owner.name.to_string(), leg_x(item, 0, space.rails.len().max(1))))
            });
            let (name, to) = owner.unwrap_or_else(|| (text::short_id(other).to_owned(), x - 30));
            (text, says) = ("", (stage.shares_network)(&name));
            let to = to - x + 5;
            object.shapes.push(path("leg", format!("M5 0V14H{to}")));
            object.shapes.push(Shape::Circle { class: "jn", x: to, y: 14, r: 4 });
        }
    }
    object.label = format!("{}: {says}", container.name);
    if !text.is_empty() && item.stand == Stand::Frame && space.height >= LOW {
        object.shapes.push(words("ad over", 14, if mode == "none" { 15 } else { 19 }, text));
    }
    Some(object)
}
