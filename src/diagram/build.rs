//! A build as terraces: the steps of its stages stand on the layers of their base images, one beside the other
//! where stages part, with arrows for what one stage takes of another.
//!
//! [`tree`] says which plates there are and where they stand, [`plate`] draws one, [`head`] what stands above a
//! column (the stage's name, the image's flag, what broke the cache), [`link`] the arrows.

mod head;
mod link;
mod plate;
#[cfg(test)]
mod tests;
mod tree;

use super::draw::{path, rect};
use super::scene::{Run, Scene, Shape, Zone};
use super::slots::Slots;
use super::space::Zoom;
use super::text::{self, fit};
use super::{View, draw};
use crate::model::World;
use crate::model::build::{BuildRun, BuildStep, Cause, StepState, broken};
use crate::model::time::Time;
use crate::words::{BuildWords, Words};
use tree::Tree;

/// How a step stands, as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// A layer of a base image.
    Kept,
    Cached,
    Done,
    Running,
    Waiting,
    Failed,
    Stopped,
    Unneeded,
}

impl Look {
    pub fn of(run: &BuildRun, step: &BuildStep) -> Look {
        match step.state {
            StepState::Waiting if run.ended.is_some() && run.error.is_none() => Look::Unneeded,
            StepState::Waiting => Look::Waiting,
            StepState::Running if run.ended.is_some() => Look::Stopped,
            StepState::Running => Look::Running,
            StepState::Done => Look::Done,
            StepState::Cached => Look::Cached,
            StepState::Failed => Look::Failed,
            StepState::Canceled => Look::Stopped,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Look::Kept => "kept",
            Look::Cached => "cached",
            Look::Done => "built",
            Look::Running => "going",
            Look::Waiting => "wait",
            Look::Failed => "bad",
            Look::Stopped => "stop",
            Look::Unneeded => "idle",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Look::Kept => "lock",
            Look::Cached => "bolt",
            Look::Done => "check",
            Look::Running => "s-restart",
            Look::Waiting => "s-created",
            Look::Failed => "x",
            Look::Stopped => "s-exited",
            Look::Unneeded => "s-removed",
        }
    }

    pub fn word(self, words: &'static BuildWords) -> &'static str {
        match self {
            Look::Kept => words.of_base,
            Look::Cached => words.cached,
            Look::Done => words.built,
            Look::Running => words.running,
            Look::Waiting => words.waiting,
            Look::Failed => words.failed,
            Look::Stopped => words.stopped,
            Look::Unneeded => words.unneeded,
        }
    }

    /// It has its files: a layer of its own stands for it.
    fn exists(self) -> bool {
        matches!(self, Look::Kept | Look::Cached | Look::Done)
    }
}

/// How long a step has taken, or took: `6.2s`.
pub fn duration(step: &BuildStep, now: Time) -> Option<String> {
    let length = step.ended.unwrap_or(now).since(step.started?);
    Some(format!("{:.1}s", length.0 as f64 / 1e9))
}

/// The stage that a step is the last of, or else the one whose name its own begins with.
fn stage_of(run: &BuildRun, step: usize) -> &str {
    let tops = || run.stages.iter().filter(|stage| stage.top == Some(step));
    let named = tops().find(|stage| !stage.name.is_empty());
    let inner = run.steps.get(step).and_then(|step| step.name.strip_prefix('[')?.split_once(' '));
    named.map(|stage| &*stage.name).or(inner.map(|(name, _)| name)).unwrap_or_default()
}

/// What broke the cache, in a few words.
pub fn reason(cause: &Cause, run: &BuildRun, words: &'static Words) -> String {
    let build = &words.build;
    match cause {
        Cause::Files(files) => match files.split_first() {
            Some((first, more)) => (build.file_changed)(first, more.len()),
            None => build.context_changed.to_owned(),
        },
        Cause::Step(step) => (build.step_changed)(stage_of(run, *step)),
        Cause::Instruction => build.instruction_changed.to_owned(),
        Cause::Base => build.base_changed.to_owned(),
        Cause::Gone => build.cache_gone.to_owned(),
    }
}

/// The measures of a drawing of some size.
#[derive(Clone, Debug)]
struct Room {
    width: i32,
    height: i32,
    zoom: Zoom,
    left: i32,
    right: i32,
    /// Above which nothing stands but the caption.
    top: i32,
    ground: i32,
    /// Between two columns.
    gap: i32,
    /// A column's least width.
    least: i32,
}

impl Room {
    fn new(width: i32, height: i32, linked: bool) -> Room {
        let width = width.clamp(300, 4000);
        let height = height.clamp(160, 3000);
        let zoom = match width {
            ..480 => Zoom::Small,
            480..700 => Zoom::Medium,
            _ => Zoom::Large,
        };
        let roomy = zoom != Zoom::Small && height >= 300;
        let small = zoom == Zoom::Small;
        Room {
            width,
            height,
            zoom,
            left: if small { 14 } else { 32 },
            right: width - if small { 26 } else { 44 },
            top: if roomy { 46 } else { 12 },
            ground: height - if roomy { 28 } else { 16 },
            gap: match (linked, small) {
                (true, false) => 52,
                (true, true) => 28,
                (false, _) => 14,
            },
            least: if small { 92 } else { 136 },
        }
    }

    fn captions(&self) -> bool {
        self.top > 40
    }
}

/// A build and what is needed to draw it.
struct Site<'a> {
    world: &'a World,
    run: &'a BuildRun,
    number: u64,
    causes: Vec<(usize, Cause)>,
    words: &'static Words,
}

impl Site<'_> {
    fn build(&self) -> &'static BuildWords {
        &self.words.build
    }

    /// What broke the cache at a step.
    fn cause(&self, step: usize) -> Option<&Cause> {
        self.causes.iter().find(|(at, _)| *at == step).map(|(_, cause)| cause)
    }
}

/// Draws the newest build; none if there was none.
pub fn scene(world: &World, view: &View, slots: &Slots) -> Option<Scene> {
    let (number, run, former) = world.engine.builds.newest()?;
    let site = Site { world, run, number, causes: broken(run, former), words: view.words };
    let takes = run.steps.iter().flat_map(|step| &step.takes);
    let linked = takes.into_iter().any(|(from, _)| run.steps.get(*from).is_some_and(tree::is_drawn));
    let mut room = Room::new(view.width, view.height, linked);
    let tree = Tree::raise(&site, slots, &mut room);
    let mut objects = plate::objects(&site, &tree, &room);
    objects.extend(head::objects(&site, &tree, &room));
    let links = link::objects(&site, &tree, &room);
    Some(Scene {
        width: room.width,
        height: room.height,
        ground: room.ground,
        zoom: room.zoom,
        label: view.words.build.graph.to_owned(),
        backdrop: backdrop(&site, &tree, &room),
        zones: vec![
            Zone { key: "links", label: String::new(), objects: links },
            Zone { key: "graph", label: view.words.build.graph.to_owned(), objects },
        ],
    })
}

/// The ground, and what stands in the corner.
fn backdrop(site: &Site, tree: &Tree, room: &Room) -> Vec<Shape> {
    let inset = if room.zoom == Zoom::Small { 4 } else { 12 };
    let (x, y, w) = (inset, inset.min(8), room.width - 2 * inset);
    let bottom = room.height - if room.captions() { 12 } else { 4 };
    let (right, ground) = (x + w, room.ground);
    let deep = bottom - ground;
    let r = deep.min(14);
    let flat = bottom - r;
    let earth = format!("M{x} {ground}H{right}V{flat}a{r} {r} 0 0 1 -{r} {r}H{}a{r} {r} 0 0 1 -{r} -{r}z", x + r);
    let mut shapes = vec![
        rect("host", x, y, w, bottom - y, 14),
        path("earth", earth),
        rect("hatch", x, ground, w, deep.min(8), 0),
        path("ground", format!("M{x} {ground}H{right}")),
        rect("hostline", x, y, w, bottom - y, 14),
    ];
    let (words, build) = (site.words, site.build());
    let stages = site.run.stages.iter().filter(|stage| !stage.implicit).count();
    if room.captions() && stages > 0 {
        let mut runs = vec![draw::run("", 0, build.graph), draw::run("n", 8, (build.stages)(stages))];
        let used: i32 = runs.iter().map(|run: &Run| text::bold(&run.text, 13) + 12).sum();
        let room_left = room.right - room.left - used;
        if stages > 1 && text::regular(build.one_base, 11) < room_left {
            runs.push(draw::run("s", 10, build.one_base));
        }
        shapes.push(Shape::Text { class: "cap", x: room.left, y: y + 26, turned: false, runs });
    }
    if tree.nodes.is_empty() {
        shapes.extend(nothing(site, room, words));
    }
    shapes
}

/// What is said where a build never got to its steps.
fn nothing(site: &Site, room: &Room, words: &'static Words) -> Vec<Shape> {
    let width = room.right - room.left;
    let line = room.ground - 40;
    let error = site.run.error.as_deref().unwrap_or(words.build.waiting);
    let look = if site.run.error.is_some() { words.build.failed } else { words.build.waiting };
    let error: String = error.lines().next().unwrap_or_default().chars().take(300).collect();
    vec![
        draw::words("void", room.left, line, fit(look, width, |t| text::bold(t, 14))),
        draw::words("sub code", room.left, line + 18, fit(&error, width, |t| text::mono(t, 11))),
    ]
}
