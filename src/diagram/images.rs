//! Images: plates, drawn once, and the flags that stand on them.

use super::draw::{DX, DY, Plate, faces, group, inscription, path, rect, words};
use super::forest::{Flag, Fold, Node, POLE, RIBBON, RISE, ribbon_text, ribbon_width};
use super::row::{Plan, Stand};
use super::scene::{Kind, Object, Shape, Zone};
use super::slots::Slots;
use super::space::{Space, Zoom};
use super::text::{self, fit};
use super::{View, counted, label};
use crate::model::World;

pub fn zone(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space) -> Zone {
    let mut objects: Vec<Object> = counted::images(world, plan, slots, view, space).into_iter().collect();
    let nodes: Vec<(usize, &Node)> = plan.forest.nodes.iter().enumerate().filter(|(_, n)| n.plate.w > 0).collect();
    for (at, node) in &nodes {
        objects.push(layer(*at, node, plan, view, space));
    }
    for fold in &plan.forest.folds {
        objects.extend(pill(fold, plan, view));
    }
    for (at, node) in &nodes {
        let mut before = 0;
        for flag in &node.flags {
            objects.push(pole(flag, *at, node, before, plan, view, space));
            before += flag.ribbons().len() as i32;
        }
    }
    objects.extend(note(plan, view, space));
    Zone { key: "images", label: view.words.stage.images.to_owned(), objects }
}

fn column(at: usize, plan: &Plan) -> u16 {
    10 + plan.forest.tree_of(at).unwrap_or(0).min(80) as u16
}

#[inline(never)]
fn layer(at: usize, node: &Node, plan: &Plan, view: &View, space: &Space) -> Object {
    let plate = &node.plate;
    let stage = &view.words.stage;
    let mut shapes = faces(plate.w, plate.h, (DX, DY));
    let short = space.zoom != Zoom::Large || plate.w < 250;
    if !plan.forest.is_narrow(at) {
        shapes.extend(inscription(plate, short, space.zoom != Zoom::Small));
    }
    let mut object = Object::new(Kind::Layer, format!("layer:{}", plate.chain), plate.x, plate.y, plate.w, plate.h);
    let what = [plate.label.instruction.as_str(), plate.label.text.as_str()].join(" ");
    let what = fit(what.trim(), 60, |t| t.chars().count() as i32);
    object.label = format!("{} {what}, {}", stage.layer, label::size(plate.bytes));
    object.class = "hue plate".to_owned();
    object.hue = Some(plate.hue);
    object.order = node.depth;
    object.column = column(at, plan);
    object.level = 2;
    // Choosing it selects the image that it made.
    object.selected = Some(false);
    object.shapes = shapes;
    object
}

/// One name for a run of slats.
#[inline(never)]
fn pill(fold: &Fold, plan: &Plan, view: &View) -> Option<Object> {
    let plates: Vec<&Plate> = fold.nodes.iter().filter_map(|node| plan.forest.plate(*node)).collect();
    let lowest = plates.iter().max_by_key(|plate| plate.y)?;
    let top = plates.iter().map(|plate| plate.y).min()?;
    let bytes = plates.iter().map(|plate| plate.bytes).sum();
    let size = label::size(bytes);
    let long = format!("{} · {size}", (view.words.stage.base_layers)(plates.len()));
    let texts = [long, format!("×{} · {size}", plates.len())];
    let text = texts.into_iter().find(|text| text::mono(text, 11) + 40 <= lowest.w)?;
    let w = text::mono(&text, 11) + 20;
    let middle = (top + lowest.y + lowest.h) / 2;
    let key = format!("fold:{}", lowest.chain);
    let mut object = Object::new(Kind::Fold, key, lowest.x + 10, middle - 10, w, 20);
    object.shapes = vec![rect("foldp", 0, 0, w, 20, 10), words("fold", 10, 14, text)];
    Some(object)
}

/// An image's flag: its tags as ribbons on one pole. `before` ribbons of other images hang there already.
#[inline(never)]
fn pole(flag: &Flag, at: usize, node: &Node, before: i32, plan: &Plan, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let plate = &node.plate;
    let ribbons = flag.ribbons();
    let count = ribbons.len() as i32;
    let inset = if node.landing > 0 { 6 } else { 12 };
    let mut shapes = Vec::new();
    let (x, w, h);
    if node.upright {
        x = plate.x + 4 + before * RIBBON;
        let room = plate.y - space.host_y - if space.captions { 44 } else { 12 };
        let texts: Vec<String> = ribbons.iter().map(|name| fit(name, room - 30, |t| text::mono(t, 11))).collect();
        let length = texts.iter().map(|t| text::mono(t, 11) + 16).max().unwrap_or(16);
        (w, h) = (count * RIBBON, length);
        for (n, text) in texts.iter().enumerate() {
            shapes.push(vertical_ribbon(n as i32 * RIBBON, text));
        }
    } else {
        x = plate.x + inset;
        w = ribbons.iter().map(|name| ribbon_width(name)).max().unwrap_or(0);
        h = POLE + (before + count - 1) * RISE;
        let foot = if before == 0 { 1 } else { 1 - POLE - (before - 1) * RISE };
        shapes.push(path("pole", format!("M0 {foot}V{}", -h)));
        for (n, name) in ribbons.iter().enumerate() {
            shapes.push(ribbon(-POLE - (before + n as i32) * RISE, name));
        }
    }
    let mut object = Object::new(Kind::Image, format!("image:{}", flag.image), x, plate.y - 1, w, h);
    let name = if flag.names.is_empty() { stage.untagged.to_owned() } else { flag.names.join(", ") };
    object.label = format!("Image {name}, {}, {}", (stage.layers)(flag.layers), label::size(flag.bytes));
    object.class = if flag.names.is_empty() { "flag pend".to_owned() } else { "flag".to_owned() };
    object.column = column(at, plan);
    object.selected = Some(view.is_selected(&object.key));
    object.order = node.depth + 1;
    object.shapes = shapes;
    object
}

fn ribbon(y: i32, name: &str) -> Shape {
    let w = ribbon_width(name);
    let cloth = path("cloth", format!("M0 {y}h{w}l-5 10l5 10h{}z", -w));
    group("ribbon", None, vec![cloth, words("", 8, y + 14, ribbon_text(name))])
}

/// In a narrow tree a ribbon hangs upright, and reads from the plate upwards.
fn vertical_ribbon(x: i32, name: &str) -> Shape {
    let length = text::mono(name, 11) + 16;
    let cloth = path("cloth", format!("M{x} 0v{}l9 5l9 -5v{length}z", -length));
    let label = Shape::Text { class: "", x: x + 13, y: -6, turned: true, runs: vec![super::draw::run("", 0, name)] };
    group("ribbon", None, vec![cloth, label])
}

/// How high the flags on a plate reach above it.
fn flags_height(node: &Node) -> i32 {
    let ribbons: Vec<String> = node.flags.iter().flat_map(Flag::ribbons).collect();
    match node.upright {
        true => ribbons.iter().map(|name| text::mono(name, 11) + 16).max().unwrap_or(0),
        false if ribbons.is_empty() => 0,
        false => POLE + ribbons.len() as i32 * RISE,
    }
}

/// With one or two containers there is room to say what the picture is about.
fn note(plan: &Plan, view: &View, space: &Space) -> Option<Object> {
    let frames: Vec<_> = plan.items.iter().filter(|item| item.stand == Stand::Frame).collect();
    let first = frames.first()?;
    if space.zoom != Zoom::Large || plan.containers > 2 || plan.items.len() > 2 || frames.len() > 2 {
        return None;
    }
    let text = view.words.stage.same_layers;
    let w = text::regular(text, 12) + 8;
    let y = space.host_y + 76;
    let x2 = first.x - 16;
    let row = first.rows.last().and_then(|row| plan.forest.plate(*row))?;
    let free = plan.forest.nodes.iter().all(|node| node.plate.y - flags_height(node) > y + 12);
    if !free || x2 - 30 - w < space.images_x || row.x + row.w + DX > x2 - 2 || row.slat {
        return None;
    }
    let dot = row.y + row.h / 2;
    let mut object = Object::new(Kind::Note, "note:same".to_owned(), x2, y, 0, 0);
    object.class = "note".to_owned();
    object.shapes = vec![
        path("", format!("M-128 4H0V{}", dot - y)),
        Shape::Circle { class: "", x: 0, y: dot - y, r: 3 },
        words("end", -134, 8, text),
    ];
    Some(object)
}
