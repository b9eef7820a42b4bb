//! What stands above a column: the stage's name and what becomes of it, the image's flag, what broke the cache.

use super::tree::{Node, Tree, What};
use super::{Room, Site, reason};
use crate::diagram::draw::{DX, DY, group, path, run, words};
use crate::diagram::forest::{ribbon_text, ribbon_width};
use crate::diagram::scene::{Kind, Object, Shape};
use crate::diagram::text::{self, fit};
use crate::model::build::{BuildStage, Cause};

/// Name and remark, and what is between them and the plate.
const NAME: i32 = 38;
/// A flag that has a row of its own.
const FLAG: i32 = 26;
const CAUSE: i32 = 30;

/// What a column's head holds.
struct Head<'a> {
    node: &'a Node,
    column: usize,
    x: i32,
    w: i32,
    name: String,
    /// What becomes of the stage, and the same in fewer words.
    remark: (&'static str, &'static str),
    /// The image's name, and whether it hangs beside the stage's name.
    flag: Option<(String, bool)>,
    cause: Option<(&'a Node, &'a Cause)>,
}

fn heads<'a>(site: &'a Site, tree: &'a Tree) -> Vec<Head<'a>> {
    let column = |number: usize| {
        let (x, w) = tree.column(number)?;
        let top = tree.top_of(number)?;
        let node = tree.nodes.get(top)?;
        let named: Vec<&BuildStage> = node.stages.iter().filter_map(|stage| site.run.stages.get(*stage)).collect();
        let target = tree.target == Some(top);
        let names: Vec<&str> = named.iter().map(|stage| &*stage.name).filter(|name| !name.is_empty()).collect();
        let name = if names.is_empty() { site.build().image.to_owned() } else { names.join(", ") };
        let flag = target.then(|| flag(site, &name, w));
        let cause = causes(site, tree).find(|(node, _)| node.last == number);
        Some(Head { node, column: number, x, w, remark: remark(site, tree, top, &named), name, flag, cause })
    };
    (0..tree.columns).filter_map(column).collect()
}

/// What becomes of a stage.
fn remark(site: &Site, tree: &Tree, top: usize, stages: &[&BuildStage]) -> (&'static str, &'static str) {
    let build = site.build();
    let taken = super::link::pairs(site, tree).any(|(from, _, _)| from == top);
    match () {
        () if tree.target == Some(top) => (build.final_stage, build.final_short),
        () if stages.iter().all(|stage| stage.implicit) => (build.only_copied, build.only_copied),
        () if taken => (build.copied_from, build.left_short),
        () => (build.left_behind, build.left_short),
    }
}

/// The image's name, with the number of its further ones, and whether there is room for it beside the stage's name.
fn flag(site: &Site, name: &str, w: i32) -> (String, bool) {
    let text = match site.run.tags.split_first() {
        None => "<none>".to_owned(),
        Some((first, [])) => first.to_string(),
        Some((first, more)) => format!("{first} +{}", more.len()),
    };
    let beside = w - ribbon_width(&text) - 34;
    (text, beside >= text::mono(name, 13).max(text::regular(site.build().final_stage, 11)))
}

/// What broke the cache where nothing else explains it, by the plate.
fn causes<'a>(site: &'a Site, tree: &'a Tree) -> impl Iterator<Item = (&'a Node, &'a Cause)> {
    let own = site.causes.iter().filter(|(_, cause)| !matches!(cause, Cause::Step(_)));
    own.filter_map(|(at, cause)| Some((tree.nodes.get(tree.node_of(*at)?)?, cause)))
}

impl Head<'_> {
    fn height(&self) -> i32 {
        let flag = self.flag.as_ref().is_some_and(|(_, beside)| !beside);
        NAME + i32::from(flag) * FLAG + i32::from(self.cause.is_some()) * CAUSE
    }
}

/// What stands above a plate, in pixels.
pub fn height(site: &Site, tree: &Tree, node: &Node) -> i32 {
    let above = heads(site, tree).into_iter().filter(|head| std::ptr::eq(head.node, node));
    above.map(|head| head.height() + DY).max().unwrap_or(0)
}

pub fn objects(site: &Site, tree: &Tree, room: &Room) -> Vec<Object> {
    let heads = heads(site, tree);
    let mut objects: Vec<Object> =
        causes(site, tree).map(|(node, cause)| broken(site, node, cause, &heads, room.gap)).collect();
    for head in &heads {
        objects.push(title(site, head));
        objects.extend(head.flag.as_ref().map(|(text, beside)| hang(site, head, text, *beside)));
    }
    objects
}

/// The stage's name and what becomes of it.
fn title(site: &Site, head: &Head) -> Object {
    let (mut x, mut y) = (head.x, head.node.y - DY - NAME);
    match &head.flag {
        Some((text, true)) => x += ribbon_width(text) + 26,
        Some((_, false)) => y -= FLAG,
        None => {}
    }
    let w = head.x + head.w - x;
    let step = match head.node.what {
        What::Step(at) => at.to_string(),
        What::Layer(_) => String::new(),
    };
    let mut object =
        Object::new(Kind::Stage, format!("stage:{}:{}:{step}", site.number, head.column), x, y, w, NAME - 6);
    object.label = format!("{} {}, {}", site.build().stage, head.name, head.remark.0);
    object.column = head.node.first as u16;
    let remark = if text::regular(head.remark.0, 11) <= w { head.remark.0 } else { head.remark.1 };
    object.shapes = vec![
        words("nm", 0, 13, fit(&head.name, w, |t| text::mono(t, 13))),
        words("sub", 0, 28, fit(remark, w, |t| text::regular(t, 11))),
    ];
    object
}

/// The flag that the image gets; an outline until it is there.
fn hang(site: &Site, head: &Head, text: &str, beside: bool) -> Object {
    let w = ribbon_width(text);
    let rise = if beside { NAME - 2 } else { FLAG };
    let cloth = path("cloth", format!("M0 0h{w}l-5 10l5 10h{}z", -w));
    let ribbon = group("ribbon", None, vec![cloth, words("", 8, 14, ribbon_text(text))]);
    let key = format!("flag:{}", site.number);
    let mut object = Object::new(Kind::Flag, key, head.x + 10, head.node.y - 1 - rise, w, 20);
    let there = site.run.image.is_some();
    object.class = if there { "flag".to_owned() } else { "flag pend".to_owned() };
    let state = match (there, site.run.error.is_some()) {
        (true, _) => site.build().built,
        (false, true) => site.build().failed,
        (false, false) => site.build().waiting,
    };
    object.label = format!("Image {text}, {state}");
    object.column = head.node.first as u16;
    object.shapes = vec![path("pole", format!("M0 {}V0", rise + 1)), ribbon];
    object
}

/// The line below the first plate that the cache did not have, and what it is that changed.
fn broken(site: &Site, node: &Node, cause: &Cause, heads: &[Head], gap: i32) -> Object {
    let (right, foot) = (node.x + node.w + DX + 5, node.y + node.h + 1);
    let mut object = Object::new(Kind::Cause, format!("cause:{}:{}:{foot}", site.number, node.x), 0, 0, 0, 0);
    object.class = "cause".to_owned();
    object.shapes = vec![path("dots", format!("M{} {foot}H{right}", node.x - 8))];
    // The label stands over the column in which the plate ends.
    let shown = |head: &&Head| head.cause.is_some_and(|(of, _)| std::ptr::eq(of, node));
    let Some(head) = heads.iter().find(shown) else { return object };
    let top = head.node.y - DY - head.height();
    let end = head.x + head.w;
    let text = |y: i32, text: &str| {
        let text = fit(text, (head.w + gap - DX).min(end - 4), |t| text::bold(t, 12));
        Shape::Text { class: "why end", x: end, y, turned: false, runs: vec![run("", 0, text)] }
    };
    object.shapes.push(path("rail", format!("M{right} {foot}V{}H{}", top + 8, end + 4)));
    object.shapes.push(text(top + 12, &reason(cause, site.run, site.words)));
    object.shapes.push(text(top + 26, site.build().broken));
    object
}
