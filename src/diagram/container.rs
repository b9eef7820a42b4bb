//! Containers: a frame on the same ground, the image's plates by reference, one writable plate on top.

use super::draw::{GAP, Plate, badge, badge_width, ghost, icon, path, rect, run, words};
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Shape, Zone};
use super::space::Space;
use super::text::{self, Look, fit, short_id, state_of};
use super::{View, group, health, label};
use crate::model::World;
use crate::model::container::Container;
use crate::model::file::{Fs, Ino, Kind as FileKind, ROOT};
use crate::words::{Lens, Words};

/// Where the parts of a container stand, from its plates upwards.
pub struct Body<'a> {
    pub plates: Vec<&'a Plate>,
    /// The top of the writable plate, of the PID 1 line, of the header, of the frame.
    pub writable: i32,
    pub pid: i32,
    pub head: i32,
    pub top: i32,
}

pub const WRITABLE: i32 = 27;

impl<'a> Body<'a> {
    pub fn of(item: &Item, plan: &'a Plan, space: &Space, head: i32) -> Body<'a> {
        let plates: Vec<&Plate> = item.rows.iter().filter_map(|row| plan.forest.plate(*row)).collect();
        // A container whose image was removed still has its plates, but nothing on the Stage shows them.
        let floor = plates.last().map_or(space.ground - 40, |plate| plate.y);
        let writable = floor - GAP - 29;
        let pid = writable - 28;
        Body { plates, writable, pid, head: pid - head, top: pid - head - 6 }
    }
}

/// The column of the row's place number `at`.
pub fn column(at: usize) -> u16 {
    100 + at.min(400) as u16
}

pub fn zone(world: &World, plan: &Plan, view: &View, space: &Space) -> Zone {
    let mut objects = Vec::new();
    for (at, item) in plan.items.iter().enumerate() {
        let first = objects.len();
        match item.stand {
            Stand::Frame => frame(world, item, plan, view, space, &mut objects),
            Stand::Spine | Stand::Group(_) => group::spine(item, plan, view, space, &mut objects),
            Stand::Rest => objects.push(group::rest(item, view, space)),
            Stand::Gap => {}
        }
        for object in objects.iter_mut().skip(first) {
            object.column = column(at);
        }
    }
    objects.extend(group::chips(plan, view, space));
    Zone { key: "containers", label: view.words.stage.containers.to_owned(), objects }
}

#[inline(never)]
fn frame(world: &World, item: &Item, plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let Some(container) = item.containers.first() else { return };
    let stage = &view.words.stage;
    let look = Look::of(container);
    let body = Body::of(item, plan, space, if space.compact { 27 } else { 50 });
    let inset = item.inset(space);
    let inner = item.w - 2 * inset;
    let key = format!("container:{}", container.id);
    let selected = view.is_selected(&key);
    let mut object = Object::new(Kind::Container, key, item.x, body.top, item.w, space.ground - body.top);
    object.class = format!("cont {}{}", look.class(), if selected { " sel" } else { "" });
    let stopping = container.stopping && look == Look::Running;
    if stopping {
        object.class.push_str(" stopping");
    }
    object.selected = Some(selected);
    object.shapes = vec![rect("frame", 0, 0, item.w, object.h, 10)];
    head(container, inset, inner, body.head - body.top, view.words, space, &mut object.shapes);
    object.shapes.push(pid_line(world, container, inset, inner, body.pid - body.top, view.words, space));
    if stopping {
        // What is left of the grace period.
        object.shapes.push(Shape::Circle { class: "grace", x: item.w - inset - 9, y: body.pid - body.top + 7, r: 6 });
    }
    let (files, bytes) = written(world, container);
    object.label = accessible(container, files, view.words);
    objects.push(object);
    objects.push(ghosts(container, look, item.x + inset, inner, &body, true, space));
    let mut plate =
        writable(container, item.x + inset, inner, body.writable, (files, bytes), stage.writable, view.words);
    plate.copied = copied_up(world, container);
    objects.push(plate);
}

/// Name, id and state: two lines, or one where it is narrow.
fn head(container: &Container, x: i32, w: i32, y: i32, words_: &'static Words, space: &Space, shapes: &mut Vec<Shape>) {
    let look = Look::of(container);
    let state = state_of(container, words_);
    if space.compact {
        let mark = if health::of(container).is_some() { 24 } else { 0 };
        // The name matters more than the word for the state, whose icon and code say the same.
        let code = if look == Look::Failed { container.state.exit_code.to_string() } else { String::new() };
        let whole = text::bold(&container.name, 14).min(w / 2) + badge_width(&state) + mark + 8 <= w;
        let state = if whole { state } else { code };
        let name = fit(&container.name, w - badge_width(&state) - mark - 8, |t| text::bold(t, 14));
        shapes.push(words("nm", x + 2, y + 14, name));
        let left = x + w - badge_width(&state);
        shapes.extend(health::of(container).map(|health| health::mark(left - mark, y, health)));
        shapes.push(badge(left, y, look, &state));
        return;
    }
    let id = short_id(&container.id);
    let id_w = text::mono(id, 11);
    let name = fit(&container.name, w - 6, |t| text::bold(t, 14));
    let both = text::bold(&name, 14) + 12 + id_w <= w;
    shapes.push(words("nm", x + 2, y + 14, name));
    shapes.push(badge(x, y + 22, look, &state));
    let next = x + badge_width(&state) + 5;
    shapes.extend(health::beside(container, next, y + 22, x + w - next, words_));
    if both {
        shapes.push(words("id", x + w - 1, y + 14, id));
    }
    if words_.lens == Lens::Kitchen && look == Look::Running && x + w - next > 44 && health::of(container).is_none() {
        shapes.push(path("steam", steam(x + w - 30, y + 24)));
    }
}

/// What cooks steams.
fn steam(x: i32, y: i32) -> String {
    [0, 9, 18].map(|right| format!("M{} {y}q4 4 0 8t0 8", x + right)).concat()
}

/// The first process and its pulse.
fn pid_line(
    world: &World,
    container: &Container,
    x: i32,
    w: i32,
    y: i32,
    words_: &'static Words,
    space: &Space,
) -> Shape {
    let look = Look::of(container);
    let lead = text::bold(words_.stage.pid1, 10) + if space.compact { 7 } else { 10 };
    let command = command(world, container);
    let again = health::again(container, x + w, y, (w - lead - text::mono(&command, 11) - 6).max(w / 6));
    let w_command = w - again.as_ref().map_or(0, |(_, taken)| *taken);
    let command = if look == Look::Created && container.state.started.is_none() {
        fit(words_.stage.not_started, w_command - lead - 2, |t| text::mono(t, 11))
    } else {
        fit(&command, w_command - lead - 2, |t| text::mono(t, 11))
    };
    let class = match look {
        Look::Running => "pid on",
        Look::Paused => "pid on held",
        Look::Exited | Look::Failed | Look::Dead => "pid off dead",
        _ => "pid off",
    };
    let line =
        Shape::Text { class: "k", x: x + 2, y: y + 11, turned: false, runs: vec![run("", 0, words_.stage.pid1)] };
    let again = again.into_iter().flat_map(|(shapes, _)| shapes);
    let mut shapes = vec![line, words("cmd", x + 2 + lead, y + 11, command), path("trace", trace(x, w, y + 21, look))];
    shapes.extend(again);
    if look == Look::Paused {
        let middle = x + w / 2;
        shapes.push(path("bars", format!("M{} {}v9M{} {}v9", middle - 2, y + 17, middle + 3, y + 17)));
    }
    super::draw::group(class, None, shapes)
}

/// A pulse where there is a process, a flat line where there is none.
pub fn trace(x: i32, w: i32, y: i32, look: Look) -> String {
    if !look.is_live() {
        return format!("M{x} {y}h{w}");
    }
    if w < 80 {
        return format!("M{x} {y}h{}l3 -4l4 7l4 -6l3 3H{}", w * 3 / 10, x + w);
    }
    format!("M{x} {y}h{}l3 -4l4 7l4 -6l3 3h{}l3 -4l4 7l4 -6l3 3H{}", w * 3 / 10, w * 22 / 100, x + w)
}

/// What runs as PID 1, or would.
fn command(world: &World, container: &Container) -> String {
    if let Some(process) = world.process(container.state.pid).filter(|_| container.state.pid != 0) {
        return process.argv.iter().map(|arg| arg.to_string()).collect::<Vec<_>>().join(" ");
    }
    match container.config.cmd.as_deref() {
        Some(cmd) if !cmd.is_empty() => cmd.join(" "),
        _ => std::iter::once(&container.path).chain(&container.args).cloned().collect::<Vec<_>>().join(" "),
    }
}

pub fn ghosts(container: &Container, look: Look, x: i32, w: i32, body: &Body, print: bool, space: &Space) -> Object {
    let top = body.plates.last().map_or(space.ground, |plate| plate.y);
    let key = format!("ghosts:{}", container.id);
    let mut object = Object::new(Kind::Ghosts, key, x, top, w, space.ground - top);
    object.class = format!("ghosts {}", if look.is_over() { "is-off" } else { "" }).trim_end().to_owned();
    object.shapes = body.plates.iter().map(|plate| ghost(plate, 0, plate.y - top, w, print)).collect();
    object
}

/// The one plate that can be written to. It stays when the process goes.
fn writable(
    container: &Container,
    x: i32,
    w: i32,
    y: i32,
    (files, bytes): (usize, u64),
    name: &str,
    words_: &'static Words,
) -> Object {
    let mut object = Object::new(Kind::Writable, format!("writable:{}", container.id), x, y, w, WRITABLE);
    let stage = &words_.stage;
    let count = (stage.files)(files);
    let long = format!("{count} · {}", label::size(bytes));
    object.label = format!("{}, {long}", words_.lang.words().stage.writable);
    object.class = "wr".to_owned();
    object.level = 2;
    let room = w - 25 - text::bold(name, 11) - 14;
    object.shapes = vec![
        rect("wrf", 0, 0, w, WRITABLE, 2),
        // What is written falls from the process; it is seen while it moves.
        Shape::Circle { class: "file", x: 14, y: 13, r: 3 },
        icon("pen", "i", 8, 8, 12),
        words("", 25, 18, name),
        words("v", w - 7, 18, if text::bold(&long, 11) <= room { long } else { count }),
    ];
    object
}

/// Files (not directories) in the writable layer, what it hides counted in, and their bytes.
pub fn written(world: &World, container: &Container) -> (usize, u64) {
    world.filesystems.get(&container.upper).map_or((0, 0), bytes_of)
}

/// Files (not directories) in the writable layer that stand in the image too: they were copied up to be changed.
pub fn copied_up(world: &World, container: &Container) -> usize {
    fn below(upper: &Fs, dir: Ino, lower: &Fs, under: Ino) -> usize {
        let Some(entries) = upper.entries(dir) else { return 0 };
        let both = entries.iter().filter_map(|(name, ino)| Some((*ino, upper.get(*ino)?, lower.child(under, name)?)));
        both.map(|(ino, inode, under)| match inode.kind {
            FileKind::Dir(_) if inode.opaque => 0,
            FileKind::Dir(_) => below(upper, ino, lower, under),
            FileKind::File(_) => 1,
            _ => 0,
        })
        .sum()
    }
    world.filesystems.get(&container.upper).map_or(0, |upper| below(upper, ROOT, &container.lower, ROOT))
}

/// Files (not directories) in a file system, and their bytes.
pub fn bytes_of(fs: &Fs) -> (usize, u64) {
    let mut count = 0;
    let mut bytes: u64 = 0;
    for inode in fs.inodes.values().filter(|inode| inode.links > 0) {
        match &inode.kind {
            FileKind::Dir(_) => {}
            FileKind::File(data) => {
                count += 1;
                bytes = bytes.saturating_add(data.len());
            }
            _ => count += 1,
        }
    }
    (count, bytes)
}

/// `Container web, đang chạy, image myapp:1.0, lớp ghi 3 tệp, cổng 3000`.
///
/// A listener hears Docker's own words, whatever the lens.
pub fn accessible(container: &Container, files: usize, seen: &'static Words) -> String {
    let words_ = seen.lang.words();
    let stage = &words_.stage;
    let mut label = format!(
        "Container {}, {}, image {}, {} {}",
        container.name,
        state_of(container, words_).to_lowercase(),
        container.config.image,
        stage.writable.to_lowercase(),
        (stage.files)(files)
    );
    if let Some(health) = health::of(container) {
        label.push_str(&format!(", {}", health.word(&stage.health)));
    }
    if container.restart_count > 0 {
        label.push_str(&format!(", {} {}", stage.restarts, container.restart_count));
    }
    for lead in super::wall::leads(container) {
        label.push_str(&format!(", {} {}", stage.port, lead.short()));
    }
    label
}
