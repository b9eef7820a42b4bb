//! Containers that have no room for a frame: spines, groups, chips, and the rest in one number.

use std::rc::Rc;

use super::container::{Body, WRITABLE, accessible, ghosts, trace};
use super::draw::{badge, badge_width, group, icon, path, rect, words};
use super::row::{Item, Plan};
use super::scene::{Kind, Object, Shape};
use super::space::Space;
use super::text::{self, Look, fit, state_of};
use super::{View, health};
use crate::model::container::Container;
use crate::model::order::Order;

/// The least that a name upright should have, in pixels.
const NAME: i32 = 110;

/// 44 px: state, writable edge, ghosts, the name upright. A group of containers has a count and a second back.
#[inline(never)]
pub fn spine(item: &Item, plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let Some(container) = item.containers.first() else { return };
    let look = Look::of(container);
    let body = Body::of(item, plan, space, 50);
    let count = item.containers.len();
    let is_group = count > 1;
    let (kind, key) = match is_group {
        true => (Kind::Group, format!("group:{}:{}", container.image, look.class())),
        false => (Kind::Container, format!("container:{}", container.id)),
    };
    // The name stands over the ghosts; where those are too low for it, between the state and the process.
    let name = if is_group { &container.config.image } else { &*container.name };
    let low = space.ground - body.writable - WRITABLE - 20;
    let above = text::mono(name, 12) > low && low < NAME;
    let floor = space.host_y + if space.captions { 44 } else { 4 };
    let lift = if above { (text::mono(name, 12) + 8).min(NAME) } else { 0 };
    let top = (body.top - lift).max(floor.min(body.top)).max(space.host_y + 4);
    let name = fit(name, if above { body.top - top - 8 } else { low }, |t| text::mono(t, 12));
    let foot = if above { body.pid - top - 4 } else { space.ground - top - 12 };
    let (w, inset, middle) = (item.w, item.inset(space), item.w / 2);
    let inner = w - 2 * inset;
    let mut object = Object::new(kind, key, item.x, top, w, space.ground - top);
    let height = object.h;
    let selected = view.is_selected(&object.key);
    let (off, chosen) = (if look.is_over() { " is-off" } else { "" }, if selected { " sel" } else { "" });
    object.class = format!("cont spine {}{off}{chosen}", look.class());
    object.selected = Some(selected);
    object.label = match is_group {
        true => {
            (view.words.stage.group)(count, &container.config.image, look.word(&view.words.lang.words().stage.states))
        }
        false => accessible(container, 0, view.words),
    };
    if is_group {
        object.holds = holds(&item.containers);
        let back = format!("M10 -5H{}a10 10 0 0 1 10 10V{height}", w + 5 - 10);
        object.shapes.push(path("frame bk", back));
    }
    object.shapes.push(rect("frame", 0, 0, w, height, 10));
    object.shapes.push(Shape::Circle { class: "stc", x: middle, y: 21, r: 13 });
    object.shapes.push(icon(look.icon(), "sti", middle - 5, 16, 11));
    let code = match (is_group, look) {
        (true, _) => format!("×{count}"),
        (false, Look::Failed) => container.state.exit_code.to_string(),
        _ => String::new(),
    };
    if code.is_empty() {
        object.shapes.extend(health::of(container).map(|health| health::mark(middle - 10, 37, health)));
    }
    object.shapes.push(words("cd", middle, 50, code));
    let line = path("trace", trace(inset, inner, body.pid - top + 21, look));
    object.shapes.push(group(if look.is_live() { "pid on" } else { "pid off" }, None, vec![line]));
    object.shapes.push(Shape::Group {
        class: "wr".to_owned(),
        hue: None,
        x: inset,
        y: body.writable - top,
        shapes: vec![rect("wrf", 0, 0, inner, WRITABLE, 2), icon("pen", "i", inner / 2 - 6, 8, 12)],
    });
    let mut behind = ghosts(container, look, item.x + inset, inner, &body, false, space);
    if is_group {
        behind.key = format!("ghosts:{}", object.key);
    }
    objects.push(behind);
    object.shapes.push(Shape::Text {
        class: "vn",
        x: middle + 4,
        y: foot,
        turned: true,
        runs: vec![super::draw::run("", 0, name)],
    });
    objects.push(object);
}

fn holds(containers: &[Rc<Container>]) -> Vec<String> {
    containers.iter().map(|container| format!("container:{}", container.id)).collect()
}

/// What found no place.
#[inline(never)]
pub fn rest(item: &Item, view: &View, space: &Space) -> Object {
    let top = space.ground - 120;
    let mut object = Object::new(Kind::Group, "group:rest".to_owned(), item.x, top, item.w, 120);
    let text = (view.words.stage.more)(item.containers.len());
    object.label = text.clone();
    let selected = view.is_selected(&object.key);
    object.class = if selected { "cont spine sel" } else { "cont spine" }.to_owned();
    object.holds = holds(&item.containers);
    object.selected = Some(selected);
    object.shapes = vec![
        rect("frame", 0, 0, item.w, 120, 10),
        Shape::Text { class: "vn", x: item.w / 2 + 4, y: 108, turned: true, runs: vec![super::draw::run("", 0, text)] },
    ];
    object
}

/// On a small Stage the others are badges under the ground, as many as fit; failed ones first.
pub fn chips(plan: &Plan, view: &View, space: &Space) -> Vec<Object> {
    let mut chips: Vec<_> = plan.chips.iter().collect();
    chips.order_by_key(|container| !matches!(Look::of(container), Look::Failed | Look::Dead));
    let (mut x, y) = (space.images_x + 2, space.ground + 14);
    let limit = plan.items.first().map_or(space.right, |item| item.x) - 6;
    let mut objects = Vec::new();
    for (n, container) in chips.iter().enumerate() {
        let left = chips.len() - n;
        let mut text = container.name.to_string();
        if Look::of(container) == Look::Failed {
            text.push_str(&format!(" ({})", container.state.exit_code));
        }
        let text = fit(&text, limit - x - 34, |t| text::bold(t, 11));
        if text.is_empty() || (left > 1 && x + badge_width(&text) + 40 > limit) {
            let mut object = Object::new(Kind::Chip, "chip:rest".to_owned(), x, y, 36, 20);
            object.label = (view.words.stage.more)(left);
            object.selected = Some(view.is_selected(&object.key));
            object.holds = chips.iter().skip(n).map(|container| format!("container:{}", container.id)).collect();
            object.shapes = vec![words("sub", 4, 14, format!("+{left}"))];
            objects.push(object);
            break;
        }
        let w = badge_width(&text);
        let mut object = Object::new(Kind::Chip, format!("container:{}", container.id), x, y, w, 20);
        object.label = format!("Container {}, {}", container.name, state_of(container, view.words).to_lowercase());
        object.column = 90;
        object.selected = Some(false);
        object.shapes = vec![badge(0, 0, Look::of(container), &text)];
        objects.push(object);
        x += w + 6;
    }
    objects
}
