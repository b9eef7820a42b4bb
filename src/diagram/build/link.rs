//! Arrows from the stages that files are taken of to the plates that take them.

use super::tree::{Node, Tree};
use super::{Look, Room, Site};
use crate::diagram::draw::{DX, words};
use crate::diagram::label;
use crate::diagram::scene::{Kind, Object, Shape};
use crate::diagram::space::Zoom;
use crate::diagram::text;

/// Between two arrows that go over the same columns.
const LANE: i32 = 9;

/// What is taken: from which plate, to which, and the path.
pub fn pairs<'a>(site: &'a Site, tree: &'a Tree) -> impl Iterator<Item = (usize, usize, &'a str)> {
    let takes = site.run.steps.iter().enumerate().flat_map(|(at, step)| step.takes.iter().map(move |take| (at, take)));
    takes.filter_map(|(at, (from, path))| {
        let (from, to) = (tree.node_of(*from)?, tree.node_of(at)?);
        (from != to && !tree.stands_on(to, from)).then_some((from, to, &**path))
    })
}

/// How an arrow goes: the columns beside it, and whether there are others between.
#[derive(Clone, Copy)]
struct Way {
    to_right: bool,
    /// The gaps, by the column on their left, in which it leaves and arrives.
    leaves: usize,
    arrives: usize,
}

fn way(from: &Node, to: &Node) -> Option<Way> {
    if from.last < to.first {
        Some(Way { to_right: true, leaves: from.last, arrives: to.first - 1 })
    } else if to.last < from.first {
        Some(Way { to_right: false, leaves: from.first - 1, arrives: to.last })
    } else {
        // One is above the other: nothing to go round.
        None
    }
}

/// The room that arrows over other columns need at the top.
pub fn lanes(site: &Site, tree: &Tree) -> i32 {
    let far = pairs(site, tree).filter_map(|(from, to, _)| way(tree.nodes.get(from)?, tree.nodes.get(to)?));
    far.filter(|way| way.leaves != way.arrives).count() as i32 * LANE
}

/// The arrows.
pub fn objects(site: &Site, tree: &Tree, room: &Room) -> Vec<Object> {
    let mut drawn = Drawn { objects: Vec::new(), uses: vec![0; tree.columns + 1], labels: Vec::new(), lanes: 0 };
    let mut known: Vec<(usize, usize)> = Vec::new();
    for (from, to, path) in pairs(site, tree) {
        // Several paths of one stage are one arrow.
        if !known.contains(&(from, to)) {
            known.push((from, to));
            drawn.arrow(site, tree, room, (from, to), path);
        }
    }
    drawn.objects
}

struct Drawn {
    objects: Vec<Object>,
    /// Lines that go up or down in each gap.
    uses: Vec<i32>,
    labels: Vec<(i32, i32)>,
    lanes: i32,
}

impl Drawn {
    fn arrow(&mut self, site: &Site, tree: &Tree, room: &Room, (from, to): (usize, usize), taken: &str) {
        let (Some(source), Some(target)) = (tree.nodes.get(from), tree.nodes.get(to)) else { return };
        let Some(way) = way(source, target) else { return };
        let depth = |node: &Node| if node.look.exists() { DX } else { 0 };
        let (start, end) = match way.to_right {
            true => (source.x + source.w + depth(source) + 1, target.x - 3),
            false => (source.x - 2, target.x + target.w + depth(target) + 3),
        };
        let end_y = target.y + target.h / 2;
        let level = end_y >= source.y + 4 && end_y <= source.y + source.h - 4;
        let start_y = if level { end_y } else { source.y + source.h.min(28) / 2 };
        let near = way.leaves == way.arrives;
        let line = if near && level {
            format!("M{start} {start_y}H{end}")
        } else if near {
            let turn = self.turn(tree, room, way.leaves);
            format!("M{start} {start_y}H{turn}V{end_y}H{end}")
        } else {
            let (out, into) = (self.turn(tree, room, way.leaves), self.turn(tree, room, way.arrives));
            let lane = self.lane(site, tree);
            format!("M{start} {start_y}H{out}V{lane}H{into}V{end_y}H{end}")
        };
        let done = matches!(target.look, Look::Cached | Look::Done);
        let mut object = Object::new(Kind::Take, format!("take:{}:{from}:{to}", site.number), 0, 0, 0, 0);
        object.class = if done { "take".to_owned() } else { "take soon".to_owned() };
        object.shapes.push(Shape::Path { class: "line", d: line, arrow: true });
        let bytes = target.bytes.filter(|_| done).map(label::size);
        let name = taken.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let text = bytes.unwrap_or_else(|| name.to_owned());
        object.shapes.extend(self.label(room, (start, end), start_y, &text));
        self.objects.push(object);
    }

    /// Where the next line in a gap goes up or down.
    fn turn(&mut self, tree: &Tree, room: &Room, gap: usize) -> i32 {
        let right = tree.column(gap).map_or(0, |(x, w)| x + w) + DX;
        let free = room.gap - DX;
        let used = self.uses.get_mut(gap).map_or(0, |used| std::mem::replace(used, *used + 1));
        right + free / 2 + used % 3 * 6 - 3
    }

    /// The height of the next arrow that goes over other columns.
    fn lane(&mut self, site: &Site, tree: &Tree) -> i32 {
        let tops = tree.nodes.iter().map(|node| node.y - super::head::height(site, tree, node));
        self.lanes += 1;
        tops.min().unwrap_or(0) - self.lanes * LANE + 4
    }

    /// What an arrow carries, above it in the gap, where there is room.
    fn label(&mut self, room: &Room, (start, end): (i32, i32), y: i32, text: &str) -> Option<Shape> {
        let width = text::mono(text, 10);
        let (middle, free) = ((start + end) / 2, (end - start).abs());
        let taken = self.labels.iter().any(|(x, line)| (x - middle).abs() < room.gap && (line - y).abs() < 14);
        if room.zoom == Zoom::Small || text.is_empty() || width > free + 2 || taken {
            return None;
        }
        self.labels.push((middle, y));
        Some(words("carry", middle, y - 7, text))
    }
}
