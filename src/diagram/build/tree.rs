//! Which plates a build has, and where they stand: a layer once, as wide as what stands on it.

use std::collections::BTreeMap;

use super::{Look, Room, Site, head, link};
use crate::diagram::draw::GAP;
use crate::diagram::forest::plate_height;
use crate::diagram::hue;
use crate::diagram::label::{self, Label};
use crate::diagram::slots::Slots;
use crate::diagram::space::Zoom;
use crate::diagram::text;
use crate::model::Text;
use crate::model::build::{BuildStep, StepKind};

/// Siblings whose every order is tried.
const TRIED: usize = 5;
/// A plate that has nothing to show of its size yet.
const EMPTY: i32 = 27;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A layer of a base image.
    Layer(Text),
    /// A step, or all layers of a base image in one.
    Step(usize),
}

#[derive(Clone, Debug)]
pub struct Node {
    pub what: What,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    /// Stages of which it is the last step.
    pub stages: Vec<usize>,
    pub look: Look,
    pub label: Label,
    pub diff_id: Option<Text>,
    /// Of a layer that exists.
    pub hue: Option<u16>,
    pub bytes: Option<u64>,
    /// Layers of which it stands for more than one.
    pub layers: usize,
    /// The columns that it covers.
    pub first: usize,
    pub last: usize,
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// A node after the one it stands on.
    pub nodes: Vec<Node>,
    roots: Vec<usize>,
    /// The node of a step.
    of_step: Vec<Option<usize>>,
    pub columns: usize,
    /// The column in which the image stands.
    pub target: Option<usize>,
}

/// Whether a step is a plate.
pub fn is_drawn(step: &BuildStep) -> bool {
    step.kind != StepKind::Files
}

impl Tree {
    /// The plates in their places. Where the room does not do, they get lower, base images become one plate
    /// each, and at last the drawing gets larger than its window.
    pub fn raise(site: &Site, slots: &Slots, room: &mut Room) -> Tree {
        let mut tree = Tree::grow(site, slots, false);
        tree.spread(room);
        for fold in [false, true] {
            if fold {
                tree = Tree::grow(site, slots, true);
                tree.spread(room);
            }
            for tenths in [27, 20, 14, 8, 0] {
                tree.stack(room, tenths);
                if tree.ceiling(site, room) >= room.top {
                    return tree;
                }
            }
        }
        let missing = room.top - tree.ceiling(site, room);
        room.height += missing;
        room.ground += missing;
        tree.stack(room, 0);
        tree
    }

    /// Of the highest thing.
    fn ceiling(&self, site: &Site, room: &Room) -> i32 {
        let heads = self.nodes.iter().map(|node| node.y - head::height(site, self, node));
        heads.min().unwrap_or(room.ground) - link::lanes(site, self)
    }

    fn grow(site: &Site, slots: &Slots, fold: bool) -> Tree {
        let mut tree = Tree { of_step: vec![None; site.run.steps.len()], ..Tree::default() };
        let mut chains: BTreeMap<Text, usize> = BTreeMap::new();
        for (at, step) in site.run.steps.iter().enumerate().filter(|(_, step)| is_drawn(step)) {
            let below = step.below.and_then(|below| tree.of_step.get(below).copied().flatten());
            let node = match step.kind {
                StepKind::Base if !fold && step.chain.is_some() => tree.base(site, at, step, &mut chains),
                _ => None,
            };
            let node = node.unwrap_or_else(|| tree.push(step_node(site, at, step, below)));
            if let Some(place) = tree.of_step.get_mut(at) {
                *place = Some(node);
            }
        }
        for (at, stage) in site.run.stages.iter().enumerate() {
            let top = stage.top.and_then(|top| tree.node_of(top));
            if let Some(node) = top.and_then(|top| tree.nodes.get_mut(top)) {
                node.stages.push(at);
            }
        }
        let target = site.run.stages.get(site.run.target).and_then(|stage| stage.top);
        tree.target = target.and_then(|target| tree.node_of(target));
        tree.colour(slots);
        tree.arrange(site);
        tree
    }

    pub fn node_of(&self, step: usize) -> Option<usize> {
        self.of_step.get(step).copied().flatten()
    }

    fn push(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        match node.parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.children.push(index),
            None => self.roots.push(index),
        }
        self.nodes.push(node);
        index
    }

    /// The layers of a base image, each once; its highest.
    fn base(&mut self, site: &Site, at: usize, step: &BuildStep, chains: &mut BTreeMap<Text, usize>) -> Option<usize> {
        let mut chain = Vec::new();
        let mut next = step.chain.clone();
        while let Some(layer) = next.and_then(|id| site.world.engine.layers.get(&id)) {
            next = layer.parent.clone();
            chain.push(layer);
        }
        let history = history(site, at);
        let mut top = None;
        for (number, layer) in chain.into_iter().rev().enumerate() {
            let node = chains.get(&layer.chain_id).copied().unwrap_or_else(|| {
                let mut node = blank(What::Layer(layer.chain_id.clone()), top, Look::Kept);
                node.label = history.get(number).map(|made| label::of(made)).unwrap_or_default();
                (node.diff_id, node.bytes) = (Some(layer.diff_id.clone()), Some(layer.size));
                self.push(node)
            });
            chains.insert(layer.chain_id.clone(), node);
            top = Some(node);
        }
        top
    }

    /// Gives each layer its hue: the one that it has on the Stage, or will have when the image is there.
    fn colour(&mut self, slots: &Slots) {
        let mut order = self.below(self.target);
        order.reverse();
        order.extend((0..self.nodes.len()).filter(|at| !order.contains(at)).collect::<Vec<_>>());
        let mut taken = slots.hues().clone();
        for at in order {
            let Some(diff_id) = self.nodes.get(at).and_then(|node| node.diff_id.clone()) else { continue };
            let known = taken.get(&diff_id).copied();
            let slot = known.unwrap_or_else(|| {
                let below = self.below(self.nodes.get(at).and_then(|node| node.parent));
                let of = |at: &usize| taken.get(self.nodes.get(*at)?.diff_id.as_ref()?).copied();
                hue::choose(&diff_id, &taken, &below.iter().filter_map(of).collect::<Vec<_>>())
            });
            taken.insert(diff_id, slot);
            if let Some(node) = self.nodes.get_mut(at) {
                node.hue = Some(hue::degrees(slot));
            }
        }
    }

    /// A node and those it stands on, highest first.
    fn below(&self, from: Option<usize>) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = from;
        while let Some((at, node)) = next.and_then(|at| Some((at, self.nodes.get(at)?))) {
            chain.push(at);
            next = node.parent;
        }
        chain
    }

    /// Whether one stands on the other.
    pub fn stands_on(&self, node: usize, other: usize) -> bool {
        self.below(Some(node)).contains(&other)
    }

    /// Puts siblings so that what takes files stands beside what it takes them from, and numbers the columns.
    fn arrange(&mut self, site: &Site) {
        let links: Vec<(usize, usize)> = link::pairs(site, self).map(|(from, to, _)| (from, to)).collect();
        self.roots = self.ordered(self.roots.clone(), &links);
        for at in 0..self.nodes.len() {
            let children = self.nodes.get(at).map(|node| node.children.clone()).unwrap_or_default();
            let children = self.ordered(children, &links);
            if let Some(node) = self.nodes.get_mut(at) {
                node.children = children;
            }
        }
        for root in self.roots.clone() {
            self.number(root);
        }
    }

    fn ordered(&self, siblings: Vec<usize>, links: &[(usize, usize)]) -> Vec<usize> {
        if !(2..=TRIED).contains(&siblings.len()) {
            return siblings;
        }
        let branch = |node: usize| siblings.iter().position(|sibling| self.stands_on(node, *sibling));
        let pairs: Vec<(usize, usize)> = links
            .iter()
            .filter_map(|(from, to)| Some((branch(*from)?, branch(*to)?)))
            .filter(|(a, b)| a != b)
            .collect();
        let apart = |order: &[usize]| -> usize {
            let place = |which: usize| order.iter().position(|one| *one == which).unwrap_or(0);
            pairs.iter().map(|(a, b)| place(*a).abs_diff(place(*b)) - 1).sum()
        };
        let best = orders(siblings.len()).into_iter().min_by_key(|order| apart(order)).unwrap_or_default();
        best.into_iter().filter_map(|which| siblings.get(which).copied()).collect()
    }

    fn number(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else { return };
        let children = node.children.clone();
        let first = self.columns;
        // What is asked for keeps a column to itself, even if others stand on its last step.
        if children.is_empty() || self.target == Some(at) {
            self.columns += 1;
        }
        for child in children {
            self.number(child);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            (node.first, node.last) = (first, self.columns - 1);
        }
    }

    /// Gives the columns their widths; a drawing that does not do gets wider than its window.
    fn spread(&mut self, room: &mut Room) {
        let columns = self.columns.max(1) as i32;
        let gaps = room.gap * (columns - 1);
        let column = ((room.right - room.left - gaps) / columns).max(room.least);
        let missing = room.left + column * columns + gaps - room.right;
        if missing > 0 {
            room.width += missing;
            room.right += missing;
        }
        for node in &mut self.nodes {
            node.x = room.left + node.first as i32 * (column + room.gap);
            node.w = (node.last - node.first) as i32 * (column + room.gap) + column;
        }
    }

    fn stack(&mut self, room: &Room, tenths: i32) {
        let low = if room.zoom == Zoom::Small || tenths == 0 { 20 } else { EMPTY };
        for at in 0..self.nodes.len() {
            let below = self.nodes.get(at).and_then(|node| node.parent).and_then(|parent| self.nodes.get(parent));
            let floor = below.map_or(room.ground, |below| below.y - GAP);
            if let Some(node) = self.nodes.get_mut(at) {
                let high = node.bytes.filter(|_| node.look.exists()).map(|bytes| plate_height(bytes, tenths) + 3);
                node.h = high.unwrap_or(low);
                node.y = floor - node.h;
            }
        }
    }

    /// The x of a column, and its width.
    pub fn column(&self, number: usize) -> Option<(i32, i32)> {
        let leaf = self.nodes.iter().find(|node| node.first == number && node.last == number);
        let shared = || self.nodes.iter().find(|node| node.first == number);
        let alone = self.nodes.iter().find(|node| node.first == node.last).map(|node| node.w);
        leaf.or_else(shared).map(|node| (node.x, if leaf.is_some() { node.w } else { alone.unwrap_or(node.w) }))
    }

    /// The highest plate of a column.
    pub fn top_of(&self, column: usize) -> Option<usize> {
        let covers = |node: &Node| (node.first..=node.last).contains(&column);
        let all = self.nodes.iter().enumerate().filter(|(_, node)| covers(node));
        all.min_by_key(|(_, node)| node.y).map(|(at, _)| at)
    }
}

/// Every order of so many things; the natural one first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    fn extend(order: &mut Vec<usize>, count: usize, all: &mut Vec<Vec<usize>>) {
        if order.len() == count {
            all.push(order.clone());
        }
        for next in (0..count).filter(|next| !order.contains(next)).collect::<Vec<_>>() {
            order.push(next);
            extend(order, count, all);
            order.pop();
        }
    }
    extend(&mut Vec::new(), count, &mut all);
    all
}

fn blank(what: What, parent: Option<usize>, look: Look) -> Node {
    Node {
        what,
        parent,
        children: Vec::new(),
        stages: Vec::new(),
        look,
        label: Label::default(),
        diff_id: None,
        hue: None,
        bytes: None,
        layers: 1,
        first: 0,
        last: 0,
        x: 0,
        y: 0,
        w: 0,
        h: 0,
    }
}

fn step_node(site: &Site, at: usize, step: &BuildStep, below: Option<usize>) -> Node {
    let mut node = blank(What::Step(at), below, Look::of(site.run, step));
    let layers = &site.world.engine.layers;
    let layer = step.chain.as_ref().and_then(|chain| layers.get(chain));
    node.label = if step.kind == StepKind::Base { from(step.instruction()) } else { instruction(step.instruction()) };
    node.diff_id = layer.filter(|_| node.look.exists()).map(|layer| layer.diff_id.clone());
    node.bytes = node.look.exists().then(|| layer.map_or(step.size, |layer| layer.size));
    if step.kind == StepKind::Base
        && let Some(top) = layer
    {
        let mut below = top.parent.clone();
        while let Some(layer) = below.and_then(|chain| layers.get(&chain)) {
            node.layers += 1;
            node.bytes = node.bytes.map(|bytes| bytes + layer.size);
            below = layer.parent.clone();
        }
    }
    node
}

/// `RUN npm ci` in its parts.
fn instruction(text: &str) -> Label {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let text: String = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |text: &str| text.split(' ').filter(|word| !word.starts_with("--")).collect::<Vec<_>>().join(" ");
    let short = if word == "RUN" { text.clone() } else { plain(&text) };
    Label { instruction: word.to_ascii_uppercase(), text, short }
}

/// `FROM docker.io/library/node:18-alpine@sha256:…` without what goes without saying.
fn from(text: &str) -> Label {
    let name = text.strip_prefix("FROM ").unwrap_or(text);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let name = name.split('@').next().unwrap_or(name).to_owned();
    Label { instruction: "FROM".to_owned(), text: name.clone(), short: name }
}

/// What made the layers of a base image, as a stage that stands on it knows.
fn history(site: &Site, base: usize) -> Vec<Text> {
    let root = |mut step: usize| {
        while let Some(below) = site.run.steps.get(step).and_then(|step| step.below) {
            step = below;
        }
        step
    };
    let stands =
        site.run.stages.iter().find(|stage| !stage.layers.is_empty() && stage.top.is_some_and(|top| root(top) == base));
    stands.map(|stage| stage.layers.clone()).unwrap_or_default()
}

/// The width of a plate's label.
pub fn label_width(label: &Label, short: bool) -> i32 {
    let text = if short { &label.short } else { &label.text };
    let lead = if label.instruction.is_empty() { 0 } else { text::mono(&label.instruction, 11) + 7 };
    lead + text::mono(text, 11)
}
