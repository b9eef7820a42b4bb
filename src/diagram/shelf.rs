//! The registry: a shelf of small stacks, and the conduit to the host.

use super::draw::{caption, faces, icon, path, run, words};
use super::forest::plate_height;
use super::scene::{Kind, Object, Shape, Zone};
use super::slots::Slots;
use super::space::{Space, Zoom};
use super::text::{self, fit};
use super::{ShelfItem, View, label};
use crate::model::World;

const WIDTH: i32 = 122;
const STACK: i32 = 58;
const STEP: i32 = 84;
const HIGHEST: i32 = 38;

/// The shelf, where there is room for it; a narrower Stage only names it.
pub fn zone(world: &World, view: &View, slots: &Slots, space: &Space) -> Option<Zone> {
    let stage = &view.words.stage;
    if space.zoom == Zoom::Medium && space.is_deep() {
        return Some(Zone { key: "registry", label: String::new(), objects: vec![name_only(view, space)] });
    }
    if space.zoom != Zoom::Large {
        return None;
    }
    let room = ((space.height - 40 - (space.host_y + 126)) / STEP + 1).max(1) as usize;
    let mut objects = vec![heading(view, space)];
    let mut first_pulled = None;
    for (n, item) in view.shelf.iter().take(room).enumerate() {
        let pulled = world.engine.tags.contains_key(item.reference.as_str());
        let y = space.host_y + 126 + n as i32 * STEP;
        if pulled && first_pulled.is_none() {
            first_pulled = Some(y);
        }
        objects.push(stack(item, y, pulled, view, slots));
    }
    if let Some(y) = first_pulled {
        objects.push(conduit(y, space));
    }
    Some(Zone { key: "registry", label: format!("{}, {}", stage.registry, stage.registry_host), objects })
}

fn heading(view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let mut object = Object::new(Kind::Note, "note:registry".to_owned(), 18, space.host_y, 0, 0);
    object.shapes = vec![caption(0, 25, stage.registry, None, ""), words("sub", 0, 41, stage.registry_host)];
    object
}

fn name_only(view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let runs = vec![run("", 0, stage.registry), run("s", 8, stage.registry_host)];
    let mut object = Object::new(Kind::Note, "note:registry".to_owned(), 28, space.ground - 8, 0, 0);
    object.shapes = vec![Shape::Text { class: "cap", x: 0, y: 0, turned: true, runs }];
    object
}

fn stack(item: &ShelfItem, board: i32, pulled: bool, view: &View, slots: &Slots) -> Object {
    let stage = &view.words.stage;
    let mut shapes = Vec::new();
    let mut y = 0;
    let heights: Vec<i32> = item.layers.iter().map(|(_, bytes)| (plate_height(*bytes, 27) * 10 / 42).max(4)).collect();
    // A high stack is pressed together: it must not reach the name above it.
    let (sum, room) = (heights.iter().sum::<i32>().max(1), (HIGHEST - heights.len() as i32).max(1));
    for ((diff_id, _), height) in item.layers.iter().zip(heights) {
        let h = if sum > room { (height * room / sum).max(1) } else { height };
        y -= h;
        let (class, hue) = ("hue plate mini".to_owned(), Some(slots.hue(diff_id)));
        shapes.push(Shape::Group { class, hue, x: 6, y, shapes: faces(STACK, h, (5, 4)) });
        y -= 1;
    }
    let size = label::size(item.size);
    let state = if pulled { stage.pulled } else { stage.not_pulled };
    let name = fit(&item.reference, WIDTH + 8, |t| text::mono(t, 11));
    let below = if pulled { format!("{size} · {state}") } else { size.clone() };
    shapes.push(path("board", format!("M0 2H{WIDTH}")));
    shapes.push(words("nm", 2, 18, name));
    shapes.push(words("sub", 2, 32, below));
    if pulled {
        shapes.push(icon("check", "ok", 84, -18, 13));
    }
    let mut object = Object::new(Kind::Shelf, format!("shelf:{}", item.reference), 18, board, WIDTH, 36);
    object.label = format!("{}, {size}, {state}", item.reference);
    object.class = if pulled { "shelf on".to_owned() } else { "shelf".to_owned() };
    object.column = 1;
    object.shapes = shapes;
    object
}

fn conduit(board: i32, space: &Space) -> Object {
    let (y, turn) = (board - 12, (18 + WIDTH + space.host_x) / 2 + 1);
    let down =
        format!("M120 {y}H{}a8 8 0 0 1 8 8V{}a8 8 0 0 0 8 8H{}", turn - 8, space.ground - 28, space.images_x - 4);
    let mut object = Object::new(Kind::Note, "note:conduit".to_owned(), 0, 0, 0, 0);
    object.shapes = vec![Shape::Path { class: "pull", d: down, arrow: true }];
    object
}
