//! Published ports: a plug at the container's foot, a conduit, a socket in the wall, and outside the learner's
//! browser.

use super::View;
use super::draw::{group, path, rect, words};
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Shape};
use super::space::{Space, Zoom};
use super::text::{self, Look};
use crate::model::container::Container;

/// A port of the host that leads to one of a container, or should.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lead {
    /// Of the container, without the protocol.
    pub port: String,
    pub udp: bool,
    pub host_ip: String,
    pub host_port: String,
    /// Another holds the host's port.
    pub failed: bool,
}

impl Lead {
    fn new(port: &str, host_ip: &str, host_port: String) -> Lead {
        let (port, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let host_ip = match host_ip {
            "" | "::" | "0.0.0.0" => "0.0.0.0".to_owned(),
            other if other.contains(':') => format!("[{other}]"),
            other => other.to_owned(),
        };
        Lead { port: port.to_owned(), udp: protocol == "udp", host_ip, host_port, failed: false }
    }

    /// `:80`, with the protocol where it is not TCP.
    fn plug(&self) -> String {
        format!(":{}{}", self.port, if self.udp { "/udp" } else { "" })
    }

    /// `0.0.0.0:8080`.
    fn address(&self) -> String {
        format!("{}:{}{}", self.host_ip, self.host_port, if self.udp { "/udp" } else { "" })
    }

    /// `3000`, or `8080→80` where the two differ.
    pub fn short(&self) -> String {
        let udp = if self.udp { "/udp" } else { "" };
        match self.host_port == self.port {
            true => format!("{}{udp}", self.port),
            false => format!("{}→{}{udp}", self.host_port, self.port),
        }
    }
}

/// What a container publishes now, both families of an address as one, or what it failed to publish.
pub fn leads(container: &Container) -> Vec<Lead> {
    let mut leads: Vec<Lead> = Vec::new();
    if Look::of(container).is_live() {
        for at in &container.published {
            let lead = Lead::new(&at.port, &at.host_ip, at.host_port.to_string());
            if !leads.contains(&lead) {
                leads.push(lead);
            }
        }
        return leads;
    }
    let Some((_, rest)) = container.state.error.split_once("Bind for ") else { return leads };
    let Some((address, _)) = rest.split_once(" failed: port is already allocated") else { return leads };
    let taken = address.rsplit(':').next().unwrap_or_default();
    for (port, bindings) in &container.host.port_bindings {
        if bindings.iter().any(|binding| binding.host_port == taken) && leads.is_empty() {
            leads.push(Lead { failed: true, ..Lead::new(port, "", taken.to_owned()) });
        }
    }
    leads
}

/// A lead and where it starts.
struct Start<'a> {
    item: &'a Item,
    container: &'a Container,
    lead: Lead,
    /// How many of the same place came before it.
    nth: i32,
}

fn starts(plan: &Plan) -> Vec<Start<'_>> {
    let mut starts = Vec::new();
    for item in plan.items.iter().filter(|item| item.stand != Stand::Rest) {
        let mut nth = 0;
        for container in &item.containers {
            for lead in leads(container) {
                starts.push(Start { item, container, lead, nth });
                nth += 1;
            }
        }
    }
    starts
}

pub fn draw(plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let starts = starts(plan);
    if !starts.is_empty() {
        all(&starts, view, space, objects);
    }
}

#[inline(never)]
fn all(starts: &[Start<'_>], view: &View, space: &Space, objects: &mut Vec<Object>) {
    let (failed, open): (Vec<&Start<'_>>, Vec<&Start<'_>>) = starts.iter().partition(|start| start.lead.failed);
    let lanes = &space.conduits;
    for (start, lane) in open.iter().zip(lanes) {
        objects.push(conduit(start, *lane, view, space));
    }
    for start in &failed {
        let same = |open: &&&Start<'_>| open.lead.host_port == start.lead.host_port;
        let lane = open.iter().position(|open| same(&open)).and_then(|at| lanes.get(at)).or(lanes.first());
        objects.push(refused(start, lane.copied().unwrap_or(space.ground + 30), view, space));
    }
    for (n, (start, lane)) in open.iter().zip(lanes).enumerate() {
        let alarm = failed.iter().any(|failed| failed.lead.host_port == start.lead.host_port);
        let hidden = if n + 1 == lanes.len() { open.len().saturating_sub(lanes.len()) } else { 0 };
        objects.push(socket(&start.lead, Some(start.container), *lane, (alarm, hidden), view, space));
    }
    // What else holds the port of the host is not on the Stage: the socket is drawn all the same.
    if let Some(start) = failed.first().filter(|_| open.is_empty()) {
        objects.push(socket(&start.lead, None, space.ground + 30, (true, 0), view, space));
    }
    let web = open.iter().zip(lanes).find(|(start, _)| !start.lead.udp && start.lead.host_port != "22");
    if let Some((start, lane)) = web {
        objects.push(browser(&start.lead, *lane, view, space));
    }
}

fn plug_x(start: &Start<'_>) -> i32 {
    match start.item.stand {
        Stand::Frame => start.item.x + start.item.w - 26 - start.nth * 6,
        _ => start.item.x + start.item.w / 2 + 8 - start.nth * 4,
    }
}

/// Where a plug of this width begins: around its foot, but not into the socket in the wall beside it.
fn plug_left(foot: i32, w: i32, space: &Space) -> i32 {
    (foot - w / 2).min(space.host_right - 11 - w)
}

/// The plug at the foot; a further lead of the same container only has its cable.
fn plug(start: &Start<'_>, space: &Space) -> (String, i32) {
    let frame = start.item.stand == Stand::Frame;
    let count = start.item.containers.iter().map(|container| leads(container).len()).sum::<usize>();
    let lead = &start.lead;
    let text = match space.zoom == Zoom::Small && lead.host_port != lead.port {
        true => format!("{}{}", lead.host_port, lead.plug()),
        false => lead.plug(),
    };
    // A spine is as wide as one short port.
    let text = match count {
        1 if frame || text.len() <= 5 => text,
        1 => ":".to_owned(),
        _ if frame => format!("{text} +{}", count - 1),
        _ => format!("×{count}"),
    };
    let w = text::mono(&text, 11) + if frame { 18 } else { 8 };
    (text, w)
}

fn named(start: &Start<'_>, view: &View) -> String {
    let stage = &view.words.stage;
    (stage.port_of)(&start.lead.address(), &start.container.name, &start.lead.plug()[1..])
}

fn conduit(start: &Start<'_>, lane: i32, view: &View, space: &Space) -> Object {
    let (text, w) = plug(start, space);
    let (x, depth) = (plug_x(start), lane - space.ground);
    let key = format!("port:{}:{}", start.container.id, start.lead.address());
    let (left, width) = if start.nth == 0 { (plug_left(x, w, space), w) } else { (x - 4, 8) };
    let mut object = Object::new(Kind::Port, key, left, space.ground - 8, width, 18);
    object.level = 2;
    object.label = named(start, view);
    let (foot, wall) = (x - left, space.host_right - left);
    let cable = format!("M{foot} 15V{depth}a8 8 0 0 0 8 8H{}", wall - 6);
    object.shapes.push(path("cable", cable));
    if start.nth == 0 {
        object.shapes.push(group("plug", None, vec![rect("", 0, 0, w, 18, 4), words("", w / 2, 13, text)]));
    }
    object
}

/// A plug that found its socket taken.
fn refused(start: &Start<'_>, lane: i32, view: &View, space: &Space) -> Object {
    let (text, w) = plug(start, space);
    let (x, depth) = (plug_x(start), (lane - space.ground).max(24));
    let key = format!("port:{}:{}", start.container.id, start.lead.address());
    let left = plug_left(x, w, space);
    let mut object = Object::new(Kind::Port, key, left, space.ground - 8, w, 18);
    object.level = 2;
    object.label = format!("{}, {}", named(start, view), view.words.stage.port_taken);
    object.class = "fail".to_owned();
    let foot = x - left;
    object.shapes.push(path("cable fail", format!("M{foot} 18V{}", depth - 6)));
    object.shapes.push(path("failx", format!("M{} {}l10 10m0 -10l-10 10", foot - 5, depth - 6)));
    object.shapes.push(group("plug fail", None, vec![rect("", 0, 0, w, 18, 4), words("", w / 2, 13, text)]));
    object
}

/// The socket in the wall, with the host's address beside it, and how many more there are than have a place.
fn socket(
    lead: &Lead,
    holder: Option<&Container>,
    lane: i32,
    (alarm, hidden): (bool, usize),
    view: &View,
    space: &Space,
) -> Object {
    let stage = &view.words.stage;
    let tall = if space.conduits.len() > 1 { 16 } else { 26 };
    let key = format!("socket:{}", lead.address());
    let mut object = Object::new(Kind::Socket, key, space.host_right - 9, lane - tall / 2, 18, tall);
    object.column = 603;
    object.class = if alarm { "sock alarm".to_owned() } else { "sock".to_owned() };
    object.label = match holder {
        Some(container) => (stage.socket)(&lead.address(), &container.name, &lead.plug()[1..]),
        None => format!("{}, {}", lead.address(), stage.port_taken),
    };
    if hidden > 0 {
        object.label.push_str(&format!(", {}", (stage.more)(hidden)));
    }
    if alarm {
        object.shapes.push(Shape::Circle { class: "pulse", x: 9, y: tall / 2, r: 24 });
        object.shapes.push(Shape::Circle { class: "pulse b", x: 9, y: tall / 2, r: 36 });
    }
    object.shapes.push(rect("", 0, 0, 18, tall, 4));
    let (top, bars) = (tall / 2 - tall / 5, tall * 2 / 5);
    object.shapes.push(path("", format!("M6 {top}v{bars}M12 {top}v{bars}")));
    if space.zoom != Zoom::Small {
        let mut text = lead.address();
        if hidden > 0 {
            text.push_str(&format!(" +{hidden}"));
        }
        let room = if space.zoom == Zoom::Large { 128 } else { 108 };
        // Beside a single socket there is room below its cable, as there is none between several.
        let y = if space.conduits.len() > 1 { tall / 2 - 5 } else { tall / 2 + 19 };
        object.shapes.push(words("pl", 25, y, text::fit(&text, room, |t| text::mono(t, 11))));
    }
    object
}

/// Outside the wall: what plugs into the first socket.
fn browser(lead: &Lead, lane: i32, view: &View, space: &Space) -> Object {
    let (w, h) = match space.zoom {
        Zoom::Large => (118, 92),
        Zoom::Medium => (104, 80),
        Zoom::Small => (28, 24),
    };
    let margin = if space.zoom == Zoom::Small { 7 } else { 24 };
    let (x, y) = (space.host_right + margin, space.ground - h - if space.is_deep() { 4 } else { 32 });
    let (socket, several) = (lane - y, space.conduits.len() > 1);
    let mut object = Object::new(Kind::Browser, "browser".to_owned(), x, y, w, h);
    object.column = 604;
    object.class = "brow".to_owned();
    // Choosing it opens the browser.
    object.selected = Some(false);
    let host = if matches!(lead.host_ip.as_str(), "0.0.0.0" | "127.0.0.1") { "localhost" } else { &lead.host_ip };
    let url = if lead.host_port == "80" { host.to_owned() } else { format!("{host}:{}", lead.host_port) };
    object.label = (view.words.stage.browser)(&url);
    // With several sockets their addresses stand where a single cable would rise.
    let rise = if several && space.zoom != Zoom::Small { w - 10 } else { w / 2 };
    object.shapes.push(path("cable ext", format!("M{} {socket}H{}a8 8 0 0 0 8 -8V{h}", 9 - margin, rise - 8)));
    if space.zoom == Zoom::Small {
        object.shapes.push(rect("win", 0, 0, w, h, 5));
        object.shapes.push(path("bar", format!("M0 8h{w}")));
        object.shapes.push(Shape::Circle { class: "dotg", x: w / 2, y: h / 2 + 4, r: 4 });
        return object;
    }
    object.shapes.push(rect("win", 0, 0, w, h, 7));
    object.shapes.push(path("bar", format!("M0 22h{w}")));
    object.shapes.push(rect("url", 8, 5, w - 16, 13, 6));
    object.shapes.push(words("u", w / 2, 15, text::fit(&url, w - 20, |t| text::mono(t, 10))));
    for (n, width) in [w - 52, w - 36, w - 60].into_iter().enumerate() {
        object.shapes.push(rect("ln", 18, 36 + n as i32 * 13, width, 5, 2));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_named_shortly() {
        let lead = |port: &str, ip: &str, host: &str| Lead::new(port, ip, host.to_owned());
        assert_eq!(lead("3000/tcp", "0.0.0.0", "3000").short(), "3000");
        assert_eq!(lead("80/tcp", "", "8080").short(), "8080→80");
        assert_eq!(lead("53/udp", "127.0.0.1", "5353").short(), "5353→53/udp");
        assert_eq!(lead("53/udp", "127.0.0.1", "5353").address(), "127.0.0.1:5353/udp");
        assert_eq!(lead("80/tcp", "::", "80"), lead("80/tcp", "0.0.0.0", "80"));
    }
}
