//! The shapes that several objects share: plates, ghosts, badges, captions.

use super::label::Label;
use super::scene::{Run, Shape};
use super::text::{self, Look};
use super::{View, hue, label};
use crate::model::Text;
use crate::words::{Lens, StageWords};

/// Between two plates.
pub const GAP: i32 = 2;
/// The depth of a plate: right and up.
pub const DX: i32 = 7;
pub const DY: i32 = 5;

/// One layer where it stands, in the Scene's coordinates.
#[derive(Clone, PartialEq, Debug)]
pub struct Plate {
    pub chain: Text,
    pub diff_id: Text,
    pub hue: u16,
    pub bytes: u64,
    pub label: Label,
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
    /// A slat: too thin for words.
    pub slat: bool,
}

pub fn rect(class: &'static str, x: i32, y: i32, w: i32, h: i32, r: i32) -> Shape {
    Shape::Rect { class, x, y, w: w.max(0), h: h.max(0), r }
}

pub fn path(class: &'static str, d: String) -> Shape {
    Shape::Path { class, d, arrow: false }
}

pub fn icon(name: &'static str, class: &'static str, x: i32, y: i32, size: i32) -> Shape {
    Shape::Icon { class, name, x, y, size }
}

pub fn run(class: &'static str, gap: i32, text: impl Into<String>) -> Run {
    Run { class, gap, text: text.into() }
}

pub fn words(class: &'static str, x: i32, y: i32, text: impl Into<String>) -> Shape {
    Shape::Text { class, x, y, turned: false, runs: vec![run("", 0, text)] }
}

pub fn group(class: impl Into<String>, hue: Option<u16>, shapes: Vec<Shape>) -> Shape {
    Shape::Group { class: class.into(), hue, x: 0, y: 0, shapes }
}

/// A zone's caption: name, count, remark.
pub fn caption(x: i32, y: i32, name: &str, count: Option<usize>, remark: &str) -> Shape {
    let mut runs = vec![run("", 0, name)];
    if let Some(count) = count {
        runs.push(run("n", 6, count.to_string()));
    }
    if !remark.is_empty() {
        runs.push(run("rl", 12, remark));
    }
    Shape::Text { class: "cap", x, y, turned: false, runs }
}

/// Which of a zone's names a caption has.
pub type Pick = fn(&StageWords) -> &'static str;

/// The caption of a zone, through a lens with the word that Docker has for it if there is room.
pub fn named(x: i32, y: i32, room: i32, view: &View, count: usize, pick: Pick) -> Shape {
    let mut caption = caption(x, y, pick(&view.words.stage), Some(count), "");
    if let (Shape::Text { runs, .. }, Some(word)) = (&mut caption, beside(room, view, count, pick)) {
        runs.push(run("s", 6, word));
    }
    caption
}

/// How long that is.
pub fn named_width(room: i32, view: &View, count: usize, pick: Pick) -> i32 {
    let word = beside(room, view, count, pick);
    own_width(view, count, pick) + word.map_or(0, |word| 6 + text::regular(&word, 11))
}

fn own_width(view: &View, count: usize, pick: Pick) -> i32 {
    text::bold(pick(&view.words.stage), 13) + 6 + text::bold(&count.to_string(), 13)
}

fn beside(room: i32, view: &View, count: usize, pick: Pick) -> Option<String> {
    let word = (view.words.lens != Lens::Technical).then(|| pick(&view.words.lang.words().stage).to_lowercase())?;
    (own_width(view, count, pick) + 6 + text::regular(&word, 11) <= room).then_some(word)
}

/// Four bars around `cy`, from the layer's digest.
pub fn fingerprint(diff_id: &str, x: i32, cy: i32) -> Shape {
    let bars = hue::fingerprint(diff_id);
    let bar = |(n, height): (usize, i32)| rect("", x + n as i32 * 3, cy - height / 2, 2, height, 0);
    group("fp", None, bars.into_iter().enumerate().map(bar).collect())
}

/// The three faces of a read-only plate at the origin: only what exists on the disk has depth.
pub fn faces(w: i32, h: i32, depth: (i32, i32)) -> Vec<Shape> {
    let (dx, dy) = depth;
    vec![
        path("side", format!("M{w} 0l{dx} {}v{h}l{} {dy}z", -dy, -dx)),
        path("topf", format!("M0 0l{dx} {}h{w}l{} {dy}z", -dy, -dx)),
        rect("front", 0, 0, w, h, 0),
    ]
}

/// What is written on a plate, relative to its corner: fingerprint, instruction, arguments, size, lock.
pub fn inscription(plate: &Plate, short: bool, lock: bool) -> Vec<Shape> {
    let (w, h) = (plate.w, plate.h);
    if plate.slat || h < 15 || w < 40 {
        return Vec::new();
    }
    let middle = h / 2;
    let mut shapes = vec![fingerprint(&plate.diff_id, 8, middle)];
    if w < 90 {
        return shapes;
    }
    let lock_w = if lock { 18 } else { 7 };
    let size = label::size(plate.bytes);
    let size_w = text::mono(&size, 11);
    let text = if short { &plate.label.short } else { &plate.label.text };
    let instruction = &plate.label.instruction;
    let lead = if instruction.is_empty() { 0 } else { text::mono(instruction, 11) + 7 };
    let one_line = w - 24 - size_w - lock_w - 6;
    let two_lines = h >= 32 && lead + text::mono(text, 11) > one_line;
    let room = if two_lines { w - 24 - lock_w - 2 } else { one_line };
    let (first, second) = if two_lines { (middle - 3, middle + 12) } else { (middle + 4, middle + 4) };
    let mut runs = Vec::new();
    if !instruction.is_empty() {
        runs.push(run("in", 0, instruction.as_str()));
    }
    runs.push(run("", if lead == 0 { 0 } else { 7 }, text::fit(text, room - lead, |t| text::mono(t, 11))));
    shapes.push(Shape::Text { class: "lb", x: 24, y: first, turned: false, runs });
    shapes.push(words("sz", w - lock_w, second, size));
    if lock {
        shapes.push(icon("lock", "lk", w - 14, first - 9, 10));
    }
    shapes
}

/// The same plate seen through a container: flat, because it is not there a second time.
pub fn ghost(plate: &Plate, x: i32, y: i32, w: i32, print: bool) -> Shape {
    let mut shapes = vec![rect("", x, y, w, plate.h, 0)];
    if print && plate.h >= 9 {
        shapes.push(fingerprint(&plate.diff_id, x + 8, y + plate.h / 2));
    }
    group("hue ghost", Some(plate.hue), shapes)
}

/// The width of a badge with this text.
pub fn badge_width(text: &str) -> i32 {
    text::bold(text, 11) + 30
}

/// Icon, word and colour of a state.
pub fn badge(x: i32, y: i32, look: Look, text: &str) -> Shape {
    let shapes = vec![
        rect("", x, y, badge_width(text), 20, 10),
        icon(look.icon(), "i", x + 7, y + 5, 10),
        words("", x + 21, y + 14, text),
    ];
    group(format!("badge {}", look.class()), None, shapes)
}
