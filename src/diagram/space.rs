//! The measures of a Stage of some size: what stands where before anything is on it.

use super::View;
use super::depth::{Depth, Load};
use super::draw::{caption, named, path, rect, words};
use super::row::Plan;
use super::scene::Shape;
use super::text::{self, fit};

/// How much is drawn. Zoom changes what is drawn, never the size of the letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Zoom {
    Small,
    Medium,
    #[default]
    Large,
}

/// A Stage below this height has no room for names under the ground.
pub const LOW: i32 = 300;

/// The measures, in pixels.
#[derive(Clone, Debug)]
pub struct Space {
    pub width: i32,
    pub height: i32,
    pub zoom: Zoom,
    pub ground: i32,
    pub host_x: i32,
    pub host_y: i32,
    /// The wall.
    pub host_right: i32,
    pub host_bottom: i32,
    pub images_x: i32,
    /// Where the last container must end.
    pub right: i32,
    /// Between images and containers.
    pub gap: i32,
    pub captions: bool,
    /// Containers have one line for name and state.
    pub compact: bool,
    /// What lies below the ground, in the Scene's coordinates.
    pub conduits: Vec<i32>,
    pub rails: Vec<i32>,
    /// Below the ground line.
    pub pipes: Vec<i32>,
    pub drums: i32,
    deep: bool,
}

impl Space {
    pub fn new(width: i32, height: i32, load: Load) -> Space {
        let width = width.clamp(300, 4000);
        let height = height.clamp(200, 3000);
        let zoom = match width {
            ..560 => Zoom::Small,
            560..900 => Zoom::Medium,
            _ => Zoom::Large,
        };
        let low = height < LOW;
        let (host_x, host_right) = match zoom {
            Zoom::Large => (158, width - 160),
            Zoom::Medium if low => (14, width - 132),
            Zoom::Medium => (48, width - 132),
            Zoom::Small => (6, width - 42),
        };
        let host_y = if zoom == Zoom::Large { 12 } else { 8 };
        let deep = zoom != Zoom::Small && height >= 420;
        let depth = Depth::new(load, zoom, height);
        let ground = height - depth.whole;
        let at_ground = |depths: Vec<i32>| depths.into_iter().map(|depth| ground + depth).collect();
        let inset = if zoom == Zoom::Small { 6 } else { 18 };
        Space {
            width,
            height,
            zoom,
            ground,
            host_x,
            host_y,
            host_right,
            host_bottom: height - if deep { 12 } else { 0 },
            images_x: host_x + inset,
            right: host_right - if zoom == Zoom::Small { 6 } else { 14 },
            gap: if zoom == Zoom::Small { 19 } else { 32 },
            captions: zoom != Zoom::Small && height >= 360,
            compact: zoom != Zoom::Large || height < 420,
            conduits: at_ground(depth.conduits),
            rails: at_ground(depth.rails),
            pipes: depth.pipes,
            drums: depth.drums,
            deep,
        }
    }

    /// There is room for names under the ground.
    pub fn is_deep(&self) -> bool {
        self.deep
    }

    /// What images and containers share.
    pub fn room(&self) -> i32 {
        (self.right - self.images_x).max(0)
    }

    /// The highest stack of plates that still leaves room for a container's head.
    pub fn stack(&self) -> i32 {
        let head = if self.compact { 27 } else { 50 };
        let top = if self.captions { 40 } else { 4 };
        self.ground - (self.host_y + top) - 2 - 29 - 28 - head - 6
    }
}

/// Host, earth, wall and captions.
pub fn backdrop(plan: &Plan, view: &View, space: &Space) -> Vec<Shape> {
    let (x, y, right, bottom) = (space.host_x, space.host_y, space.host_right, space.host_bottom);
    let (ground, w) = (space.ground, right - x);
    let earth = format!("M{x} {ground}H{right}V{}a14 14 0 0 1 -14 14H{}a14 14 0 0 1 -14 -14z", bottom - 14, x + 14);
    let mut shapes = vec![
        rect("host", x, y, w, bottom - y, 14),
        path("earth", earth),
        rect("hatch", x, ground, w, 8, 0),
        path("ground", format!("M{x} {ground}H{right}")),
        rect("hostline", x, y, w, bottom - y, 14),
        path("wall", format!("M{right} {}V{}", y + 14, bottom - 14)),
    ];
    let stage = &view.words.stage;
    if space.captions {
        let line = y + 25;
        shapes.push(named(space.images_x, line, plan.containers_x - space.images_x - 12, view, plan.images, |stage| {
            stage.images
        }));
        shapes.push(named(plan.containers_x, line, right - plan.containers_x - 12, view, plan.containers, |stage| {
            stage.containers
        }));
    }
    if space.zoom == Zoom::Large && space.captions {
        shapes.push(caption(right + 24, y + 25, stage.outside, None, ""));
        shapes.push(words("sub", right + 24, y + 41, stage.outside_sub));
    }
    shapes.extend(empty_words(plan, view, space));
    shapes
}

/// What an empty place says.
fn empty_words(plan: &Plan, view: &View, space: &Space) -> Vec<Shape> {
    let stage = &view.words.stage;
    let mut shapes = Vec::new();
    let line = space.ground - if space.is_deep() { 40 } else { 26 };
    // Layers may stay without an image, as long as containers stand on them.
    if plan.images == 0 && plan.forest.nodes.is_empty() {
        // On a small Stage that is all that is said.
        let alone = plan.containers == 0 && space.zoom == Zoom::Small;
        let room = if alone { space.room() } else { plan.containers_x - space.images_x - 8 };
        let (name, hint) = (stage.no_images, stage.no_images_hint);
        shapes.push(words("void", space.images_x, line, fit(name, room, |t| text::bold(t, 14))));
        shapes.push(words("sub", space.images_x, line + 17, fit(hint, room, |t| text::regular(t, 11))));
    }
    if plan.containers == 0 && (plan.images > 0 || space.zoom != Zoom::Small) {
        shapes.push(words("void", plan.containers_x, line, stage.no_containers));
        shapes.push(words("sub", plan.containers_x, line + 17, stage.no_containers_hint));
    }
    shapes
}
