//! One step as a plate: what has files has depth and a hue, what has none yet is a dashed outline.

use super::tree::{Node, Tree, What, label_width};
use super::{Look, Room, Site, duration, reason, stage_of};
use crate::diagram::draw::{DX, DY, faces, fingerprint, group, icon, rect, run, words};
use crate::diagram::label;
use crate::diagram::scene::{Kind, Object, Shape};
use crate::diagram::space::Zoom;
use crate::diagram::text::{self, fit};
use crate::model::build::BuildStep;

/// The room that a label keeps before anything else gives way.
const LABEL: i32 = 96;
const CHIP: i32 = 18;
/// From which height a plate has two lines.
const TWO_LINES: i32 = 32;

pub fn objects(site: &Site, tree: &Tree, room: &Room) -> Vec<Object> {
    tree.nodes.iter().enumerate().map(|(at, node)| object(site, tree, at, node, room)).collect()
}

fn step_of<'a>(site: &'a Site, node: &Node) -> Option<(usize, &'a BuildStep)> {
    match node.what {
        What::Step(at) => site.run.steps.get(at).map(|step| (at, step)),
        What::Layer(_) => None,
    }
}

fn object(site: &Site, tree: &Tree, at: usize, node: &Node, room: &Room) -> Object {
    let key = match &node.what {
        What::Layer(chain) => format!("layer:{chain}"),
        What::Step(at) => format!("step:{}:{at}", site.number),
    };
    let mut object = Object::new(Kind::Step, key, node.x, node.y, node.w, node.h);
    object.class = format!("plate {}{}", if node.hue.is_some() { "hue " } else { "" }, node.look.class());
    object.hue = node.hue;
    object.column = node.first as u16;
    object.order = node.stages.len() as u16;
    object.label = spoken(site, node);
    object.shapes = shapes(site, tree, at, node, room);
    object
}

/// The accessible name: instruction, state, size, and what there is to know besides.
fn spoken(site: &Site, node: &Node) -> String {
    let build = site.build();
    let what = [node.label.instruction.as_str(), node.label.text.as_str()].join(" ");
    let what = if what.trim().is_empty() { site.words.stage.layer } else { what.trim() };
    let mut parts = vec![fit(what, 80, |t| t.chars().count() as i32), node.look.word(build).to_owned()];
    if let Some((at, step)) = step_of(site, node) {
        parts.extend(duration(step, site.world.now));
        if node.layers > 1 {
            parts.push((site.words.stage.layers)(node.layers));
        }
        parts.extend(node.bytes.map(label::size));
        for (from, path) in &step.takes {
            if site.run.steps.get(*from).is_some_and(super::tree::is_drawn) {
                parts.push((build.takes)(path, stage_of(site.run, *from)));
            }
        }
        if let Some(cause) = site.cause(at) {
            parts.push(format!("{}: {}", reason(cause, site.run, site.words), build.broken));
        }
        parts.extend(step.lines.map(|(line, _)| (build.line)(line)));
    } else {
        parts.extend(node.bytes.map(label::size));
    }
    parts.join(", ")
}

fn shapes(site: &Site, tree: &Tree, at: usize, node: &Node, room: &Room) -> Vec<Shape> {
    let (w, h) = (node.w, node.h);
    let mut shapes = match node.look {
        look if look.exists() => faces(w, h, (DX, DY)),
        Look::Running => vec![rect("soon", 0, 0, w, h, 0), rect("flow", 0, 0, w, h, 0)],
        Look::Failed => vec![
            rect("pulse b", -7, -7, w + 14, h + 14, 9),
            rect("pulse", -3, -3, w + 6, h + 6, 5),
            rect("soon", 0, 0, w, h, 0),
        ],
        _ => vec![rect("soon", 0, 0, w, h, 0)],
    };
    if node.look == Look::Cached {
        shapes.push(rect("glint", 0, 0, w, h, 0));
    }
    shapes.extend(inscription(site, tree, at, node, room));
    shapes
}

/// What stands at the right end of a plate.
struct Tail {
    chip: Option<(&'static str, String)>,
    size: Option<String>,
    lock: bool,
}

impl Tail {
    fn of(site: &Site, node: &Node) -> Tail {
        let size = node.bytes.filter(|bytes| *bytes > 0 || node.look == Look::Kept).map(label::size);
        let Some((_, step)) = step_of(site, node) else { return Tail { chip: None, size, lock: true } };
        let word = node.look.word(site.build());
        let time = duration(step, site.world.now);
        let text = match node.look {
            Look::Cached => "CACHED".to_owned(),
            Look::Done | Look::Running | Look::Failed => time.unwrap_or_else(|| word.to_owned()),
            _ => word.to_owned(),
        };
        Tail { chip: Some((node.look.icon(), text)), size, lock: false }
    }

    fn chip_width(&self, worded: bool) -> i32 {
        match &self.chip {
            Some((_, text)) if worded => text::bold(text, 11) + 30,
            Some(_) => 20,
            None => 0,
        }
    }

    fn size_width(&self) -> i32 {
        self.size.as_ref().map_or(0, |size| text::mono(size, 11) + 8)
    }

    fn lock_width(&self) -> i32 {
        if self.lock { 14 } else { 0 }
    }
}

fn inscription(site: &Site, tree: &Tree, at: usize, node: &Node, room: &Room) -> Vec<Shape> {
    let (w, h) = (node.w, node.h);
    let mut shapes = Vec::new();
    let lead = match &node.diff_id {
        Some(diff_id) => {
            shapes.push(fingerprint(diff_id, 8, h / 2));
            24
        }
        None => 10,
    };
    let tail = Tail::of(site, node);
    let short = room.zoom == Zoom::Small || w < 250;
    let wanted = label_width(&node.label, short).min(w);
    let free = w - lead - 8;
    let rest = |worded: bool, sized: bool| {
        let size = if sized { tail.size_width() + tail.lock_width() } else { 0 };
        free - tail.chip_width(worded) - 10 - size
    };
    // What gives way first: a long label's end, the one line, the size, the chip's word.
    let (worded, sized) = match () {
        () if rest(true, true) >= wanted.min(2 * LABEL) => (true, true),
        () if h >= TWO_LINES && tail.chip.is_some() => {
            shapes.extend(two_lines(node, &tail, short, lead));
            return shapes;
        }
        () if rest(true, false) >= wanted.min(LABEL) => (true, false),
        () if tail.chip.is_none() && rest(false, true) >= LABEL - 10 => (true, true),
        () => (false, false),
    };
    let line = h / 2 + 4;
    let mut x = w - 8;
    if let Some((icon, text)) = &tail.chip {
        let chip = tail.chip_width(worded);
        shapes.push(self::chip(x - chip, line - 4 - CHIP / 2, icon, worded.then_some(text)));
        x -= chip + 8;
    } else if tail.lock && sized {
        shapes.push(icon("lock", "lk", x - 8, line - 9, 10));
        x -= 14;
    }
    if let Some(size) = tail.size.filter(|_| sized) {
        shapes.push(words("sz", x, line, size.as_str()));
        x -= text::mono(&size, 11) + 8;
    }
    let inner = inner_stage(site, tree, at, node);
    let named = inner.filter(|name| x - lead - wanted > text::mono(name, 11) + 30);
    if let Some(name) = &named {
        let name_w = text::mono(name, 11) + 12;
        shapes.push(group(
            "stname",
            None,
            vec![rect("", x - name_w, line - 13, name_w, 18, 4), words("", x - name_w + 6, line, name.as_str())],
        ));
        x -= name_w + 8;
    }
    shapes.extend(label_of(node, short, lead, line, x - lead - 2));
    shapes
}

/// The label above, state and size below it.
fn two_lines(node: &Node, tail: &Tail, short: bool, lead: i32) -> Vec<Shape> {
    let (first, second) = (node.h / 2 - 3, node.h / 2 + 12);
    let mut shapes: Vec<Shape> = label_of(node, short, lead, first, node.w - lead - 8).into_iter().collect();
    let right = node.w - 10;
    if let Some((name, text)) = &tail.chip {
        let fits = lead + 14 + text::bold(text, 11) + 8 + tail.size_width() <= right;
        let mut state = vec![icon(name, "", lead, second - 9, 10)];
        state.extend(fits.then(|| words("", lead + 14, second, text.as_str())));
        shapes.push(group("schip", None, state));
    }
    shapes.extend(tail.size.as_ref().map(|size| words("sz", right, second, size.as_str())));
    shapes
}

/// Where other stages stand on the last step of one, its name is on the plate.
fn inner_stage(site: &Site, tree: &Tree, at: usize, node: &Node) -> Option<String> {
    if node.children.is_empty() || tree.target == Some(at) {
        return None;
    }
    let named = node.stages.iter().filter_map(|stage| site.run.stages.get(*stage));
    let names: Vec<&str> = named.map(|stage| &*stage.name).filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn label_of(node: &Node, short: bool, x: i32, y: i32, room: i32) -> Option<Shape> {
    let text = if short { &node.label.short } else { &node.label.text };
    let instruction = fit(&node.label.instruction, room, |t| text::mono(t, 11));
    let lead = if instruction.is_empty() { 0 } else { text::mono(&instruction, 11) + 7 };
    let text = fit(text, room - lead, |t| text::mono(t, 11));
    let mut runs = Vec::new();
    if !instruction.is_empty() {
        runs.push(run("in", 0, instruction));
    }
    if !text.is_empty() {
        runs.push(run("", if lead == 0 { 0 } else { 7 }, text));
    }
    (!runs.is_empty()).then_some(Shape::Text { class: "lb", x, y, turned: false, runs })
}

/// Icon and word of a state.
fn chip(x: i32, y: i32, name: &'static str, text: Option<&String>) -> Shape {
    let w = text.map_or(20, |text| text::bold(text, 11) + 30);
    let mut shapes = vec![rect("", x, y, w, CHIP, 9), icon(name, "", x + 5 + i32::from(text.is_some()) * 3, y + 4, 10)];
    shapes.extend(text.map(|text| words("", x + 22, y + 13, text.as_str())));
    group("schip", None, shapes)
}
