//! What the tests of the Stage share: how a page sees a session, and where a Scene's boxes and texts are, as the
//! shipped fonts and `styles/stage.css` set them.

#![allow(dead_code, reason = "each test uses its part")]

use layerlab::diagram::advances::{self, Weight};
use layerlab::diagram::{Kind, Object, Scene, Shape, ShelfItem, Slots, View, scene};
use layerlab::model::World;
use layerlab::view::shelf;
use layerlab::words::{Lang, Lens};

/// The sizes of the Stage: a desktop, a desktop with the inspector, a tablet, a phone, an embed, and odd ones.
pub const SIZES: [(&str, i32, i32); 6] = [
    ("desktop", 1084, 520),
    ("wide", 1720, 640),
    ("inspector", 936, 520),
    ("tablet", 780, 440),
    ("embed", 720, 254),
    ("phone", 390, 350),
];

/// Draws a World as the page does.
pub fn draw(world: &World, slots: &Slots, size: (i32, i32), lang: Lang, selected: Option<&str>) -> Scene {
    through(Lens::Technical, world, slots, size, lang, selected)
}

/// Draws a World as the page does through a lens.
pub fn through(
    lens: Lens,
    world: &World,
    slots: &Slots,
    (width, height): (i32, i32),
    lang: Lang,
    selected: Option<&str>,
) -> Scene {
    let shelf: Vec<ShelfItem> = shelf::references(world).iter().filter_map(|name| shelf::item(name)).take(5).collect();
    let view = View { width, height, words: lens.words(lang), selected: selected.map(str::to_owned), shelf };
    scene(world, &view, slots)
}

/// A rectangle of the Scene, in pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Area {
    pub fn new(x: i32, y: i32, w: i32, h: i32) -> Area {
        Area { x: x.into(), y: y.into(), w: w.into(), h: h.into() }
    }

    /// They share more than an edge.
    pub fn meets(&self, other: &Area) -> bool {
        const EDGE: f64 = 0.5;
        self.x + EDGE < other.x + other.w
            && other.x + EDGE < self.x + self.w
            && self.y + EDGE < other.y + other.h
            && other.y + EDGE < self.y + self.h
    }

    pub fn holds(&self, inner: &Area) -> bool {
        const EDGE: f64 = 1.0;
        inner.x >= self.x - EDGE
            && inner.y >= self.y - EDGE
            && inner.x + inner.w <= self.x + self.w + EDGE
            && inner.y + inner.h <= self.y + self.h + EDGE
    }
}

/// A text where it stands.
#[derive(Clone, Debug)]
pub struct Label {
    pub text: String,
    pub area: Area,
    /// The innermost box that is drawn around it, if there is one.
    pub inside: Option<Area>,
}

/// How a text is set.
struct Set {
    mono: bool,
    weight: f64,
    size: f64,
    anchor: f64,
}

const START: f64 = 0.0;
const MIDDLE: f64 = 0.5;
const END: f64 = 1.0;

fn inter(weight: f64, size: f64) -> Set {
    Set { mono: false, weight, size, anchor: START }
}

fn mono(size: f64) -> Set {
    Set { mono: true, weight: 400.0, size, anchor: START }
}

/// What the style sheet says of a text in its place.
fn set(around: &[&str], class: &str) -> Set {
    let has = |name: &str| class.split(' ').any(|one| one == name);
    let within = |name: &str| around.iter().any(|classes| classes.split(' ').any(|one| one == name));
    let set = match () {
        _ if has("cap") => inter(600.0, 12.5),
        _ if has("sub") => inter(400.0, 11.0),
        _ if has("void") => inter(550.0, 13.5),
        _ if within("badge") => inter(600.0, 11.0),
        _ if within("plug") => Set { anchor: MIDDLE, ..mono(11.0) },
        _ if within("ribbon") || has("fold") || has("lb") || has("cmd") => mono(11.0),
        _ if has("sz") => Set { anchor: END, ..mono(10.5) },
        _ if has("k") => inter(600.0, 10.0),
        _ if has("cd") => Set { anchor: MIDDLE, ..mono(11.0) },
        _ if has("vn") => mono(12.0),
        _ if has("ad") || has("mt") || has("pl") => mono(10.5),
        _ if has("u") => Set { anchor: MIDDLE, ..mono(9.5) },
        _ if within("wr") && has("v") => Set { anchor: END, ..inter(500.0, 10.5) },
        _ if within("wr") => inter(600.0, 11.0),
        _ if has("nm") && within("cont") => inter(650.0, 14.0),
        _ if has("nm") && within("drum") => mono(12.0),
        _ if has("nm") => mono(11.0),
        _ if has("id") => Set { anchor: END, ..mono(10.5) },
        _ if within("note") => inter(400.0, 12.0),
        _ => inter(400.0, 11.0),
    };
    if has("end") { Set { anchor: END, ..set } } else { set }
}

fn width(text: &str, set: &Set) -> f64 {
    if set.mono {
        return f64::from(advances::mono(text, 100)) / 64.0 * set.size / 100.0;
    }
    let at = |weight| f64::from(advances::inter(text, 100, weight)) / 64.0 * set.size / 100.0;
    let (regular, semibold) = (at(Weight::Regular), at(Weight::Semibold));
    regular + (semibold - regular) * (set.weight - 400.0) / 200.0
}

/// The texts of an object, and of the backdrop for `None`.
pub fn labels(object: &Object) -> Vec<Label> {
    let own = Area::new(object.x, object.y, object.w, object.h);
    let boxed = matches!(object.kind, Kind::Layer | Kind::Container | Kind::Group | Kind::Writable | Kind::Fold)
        || (object.kind == Kind::Volume && object.class == "vchip");
    let mut found = Vec::new();
    walk(&object.shapes, (object.x, object.y), &mut vec![object.class.as_str()], boxed.then_some(own), &mut found);
    found
}

pub fn backdrop(scene: &Scene) -> Vec<Label> {
    let mut found = Vec::new();
    walk(&scene.backdrop, (0, 0), &mut Vec::new(), None, &mut found);
    found
}

fn walk<'a>(
    shapes: &'a [Shape],
    (dx, dy): (i32, i32),
    around: &mut Vec<&'a str>,
    inside: Option<Area>,
    found: &mut Vec<Label>,
) {
    for shape in shapes {
        match shape {
            Shape::Group { class, x, y, shapes, .. } => {
                let place = (dx + x, dy + y);
                let framed = ["badge", "plug"].iter().any(|name| class.split(' ').any(|one| one == *name));
                let first = shapes.iter().find_map(|shape| match shape {
                    Shape::Rect { x, y, w, h, .. } => Some(Area::new(place.0 + x, place.1 + y, *w, *h)),
                    _ => None,
                });
                around.push(class);
                walk(shapes, place, around, first.filter(|_| framed).or(inside), found);
                around.pop();
            }
            Shape::Text { class, x, y, turned, runs } => {
                let whole = set(around, class);
                let mut length = 0.0;
                let mut text = String::new();
                for run in runs {
                    let set = match run.class {
                        "n" => Set { weight: 500.0, ..set(around, class) },
                        "s" => inter(400.0, 11.0),
                        "rl" if around.iter().any(|class| class.split(' ').any(|one| one == "vols")) => {
                            inter(400.0, 11.0)
                        }
                        "rl" => mono(11.0),
                        _ => set(around, class),
                    };
                    length += f64::from(run.gap) + width(&run.text, &set);
                    text.push_str(&run.text);
                }
                if text.is_empty() {
                    continue;
                }
                let (x, y) = (f64::from(dx + x), f64::from(dy + y));
                let (above, below) = (whole.size * 0.74, whole.size * 0.2);
                let area = match turned {
                    true => Area { x: x - above, y: y - length, w: above + below, h: length },
                    false => Area { x: x - length * whole.anchor, y: y - above, w: length, h: above + below },
                };
                found.push(Label { text, area, inside });
            }
            _ => {}
        }
    }
}

/// The boxes of an object that nothing else may lie on.
pub fn boxes(object: &Object) -> Vec<Area> {
    let own = Area::new(object.x, object.y, object.w, object.h);
    match object.kind {
        Kind::Layer | Kind::Container | Kind::Group | Kind::Volume | Kind::Browser | Kind::Socket => vec![own],
        Kind::Port => {
            let plug = object.shapes.iter().find_map(|shape| match shape {
                Shape::Group { x, y, shapes, .. } => match shapes.first() {
                    Some(Shape::Rect { w, h, .. }) => Some(Area::new(object.x + x, object.y + y, *w, *h)),
                    _ => None,
                },
                _ => None,
            });
            plug.into_iter().collect()
        }
        // A ribbon is its text with its edges.
        Kind::Image => labels(object)
            .into_iter()
            .map(|label| match label.area.h > label.area.w {
                true => {
                    Area { x: label.area.x - 5.0, w: label.area.w + 8.0, y: label.area.y - 8.0, h: label.area.h + 12.0 }
                }
                false => Area { x: label.area.x - 8.0, w: label.area.w + 16.0, y: label.area.y - 5.0, h: 20.0 },
            })
            .collect(),
        _ => Vec::new(),
    }
}
