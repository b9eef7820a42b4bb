//! Images as terraces: a forest of chains in which a layer stands once, as wide as what stands on it.

use std::collections::BTreeMap;

use super::draw::{GAP, Plate};
use super::label::{self, Label};
use super::slots::Slots;
use super::space::{Space, Zoom};
use super::text;
use crate::model::{Text, World};

/// Between two columns of one tree, and between two trees.
const COLUMN_GAP: i32 = 10;
const TREE_GAP: i32 = 26;
const LEAF: i32 = 152;
const SMALL_LEAF: i32 = 140;
/// Ribbons that an image has at most, the foot of a pole, and from one ribbon to the next.
const RIBBONS: usize = 6;
pub const POLE: i32 = 30;
pub const RISE: i32 = 22;
/// A vertical ribbon of a narrow tree.
pub const RIBBON: i32 = 22;
const SLAT: i32 = 8;

/// An image: a flag on the top plate of its chain.
#[derive(Clone, Debug)]
pub struct Flag {
    pub image: Text,
    /// Empty for an image without a tag.
    pub names: Vec<String>,
    pub layers: usize,
    pub bytes: u64,
    /// Ribbons that its pole has room for.
    pub most: usize,
}

impl Flag {
    /// The ribbons on its pole; what finds no room is counted on the last one.
    pub fn ribbons(&self) -> Vec<String> {
        let names = &self.names;
        if names.len() <= self.most {
            return if names.is_empty() { vec!["<none>".to_owned()] } else { names.clone() };
        }
        let shown = self.most.saturating_sub(1);
        let rest = format!("+{}", names.len() - shown.max(1));
        match shown {
            0 => names.iter().take(1).map(|name| format!("{name} {rest}")).collect(),
            _ => names.iter().take(shown).cloned().chain([rest]).collect(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Node {
    pub plate: Plate,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    pub flags: Vec<Flag>,
    pub root: usize,
    pub depth: u16,
    /// Where its own flags stand.
    pub landing: i32,
    /// Its flags hang upright, for want of room beside what stands on it.
    pub upright: bool,
}

/// A run of thin plates under one pill.
#[derive(Clone, Debug)]
pub struct Fold {
    pub nodes: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Forest {
    /// A node after the one it stands on.
    pub nodes: Vec<Node>,
    pub roots: Vec<usize>,
    pub folds: Vec<Fold>,
    by_chain: BTreeMap<Text, usize>,
    /// By image id, base first.
    chains: BTreeMap<Text, Vec<usize>>,
    /// Roots whose trees are drawn narrow.
    narrow: Vec<bool>,
    /// On a small Stage, the only root whose tree is drawn.
    only: Option<usize>,
    small: bool,
}

impl Forest {
    pub fn grow(world: &World, slots: &Slots) -> Forest {
        let mut forest = Forest::default();
        let labels = labels(world, slots);
        for chain in slots.layers() {
            let Some(layer) = world.engine.layers.get(chain) else { continue };
            let parent = layer.parent.as_ref().and_then(|parent| forest.by_chain.get(parent)).copied();
            let index = forest.nodes.len();
            let (root, depth) = match parent.and_then(|parent| forest.nodes.get_mut(parent)) {
                Some(below) => {
                    below.children.push(index);
                    (below.root, below.depth + 1)
                }
                None => {
                    forest.roots.push(index);
                    (index, 0)
                }
            };
            let plate = Plate {
                chain: chain.clone(),
                diff_id: layer.diff_id.clone(),
                hue: slots.hue(&layer.diff_id),
                bytes: layer.size,
                label: labels.get(chain).cloned().unwrap_or_default(),
                x: 0,
                y: 0,
                w: 0,
                h: 0,
                slat: false,
            };
            let node = Node {
                plate,
                parent,
                children: Vec::new(),
                flags: Vec::new(),
                root,
                depth,
                landing: 0,
                upright: false,
            };
            forest.nodes.push(node);
            forest.by_chain.insert(chain.clone(), index);
        }
        forest.narrow = vec![false; forest.roots.len()];
        forest.plant(world, slots);
        forest
    }

    fn plant(&mut self, world: &World, slots: &Slots) {
        for id in slots.images() {
            let Some(image) = world.engine.images.get(id) else { continue };
            let chain: Vec<usize> = image.layers.iter().filter_map(|c| self.by_chain.get(c)).copied().collect();
            if let Some(top) = chain.last().and_then(|top| self.nodes.get_mut(*top)) {
                let names = world.engine.tags_of(id).iter().map(|tag| tag.to_string()).collect();
                let flag =
                    Flag { image: id.clone(), names, layers: image.layers.len(), bytes: image.size, most: RIBBONS };
                top.flags.push(flag);
            }
            self.chains.insert(id.clone(), chain);
        }
    }

    /// The plates of an image, base first; none for an image that is not there.
    pub fn rows(&self, image: &str) -> Vec<usize> {
        self.chains.get(image).cloned().unwrap_or_default()
    }

    pub fn plate(&self, node: usize) -> Option<&Plate> {
        self.nodes.get(node).map(|node| &node.plate)
    }

    /// The right edge of the tree that a node belongs to.
    pub fn tree_right(&self, node: usize) -> i32 {
        let root = self.nodes.get(node).and_then(|node| self.plate(node.root));
        root.map_or(0, |plate| plate.x + plate.w)
    }

    pub fn right(&self) -> i32 {
        self.roots.iter().map(|root| self.tree_right(*root)).max().unwrap_or(0)
    }

    pub fn is_narrow(&self, node: usize) -> bool {
        let root = self.nodes.get(node).map(|node| node.root);
        self.roots.iter().zip(&self.narrow).any(|(at, narrow)| Some(*at) == root && *narrow)
    }

    /// The position of a node's tree among the trees.
    pub fn tree_of(&self, node: usize) -> Option<usize> {
        let root = self.nodes.get(node)?.root;
        self.roots.iter().position(|at| *at == root)
    }

    /// Leaves one tree standing.
    pub fn keep_only(&mut self, tree: usize) {
        self.only = self.roots.get(tree).copied();
    }

    fn stands(&self, root: usize) -> bool {
        self.only.is_none_or(|only| only == root)
    }

    /// Gives every plate its height so that the highest stack fits: thinner plates first, then folded runs.
    pub fn raise(&mut self, space: &Space) {
        self.pile(space);
        let top = space.host_y + if space.captions { 34 } else { 2 };
        for node in &mut self.nodes {
            let room = (node.plate.y - top - POLE) / RISE / node.flags.len().max(1) as i32;
            node.flags.iter_mut().for_each(|flag| flag.most = RIBBONS.min(room.max(1) as usize));
        }
    }

    fn pile(&mut self, space: &Space) {
        self.small = space.zoom == Zoom::Small;
        let limit = space.stack();
        for tenths in [27, 23, 20, 16, 14, 12] {
            self.set_heights(space.ground, tenths, SLAT);
            if self.highest(space.ground) <= limit {
                return;
            }
        }
        while self.highest(space.ground) > limit && self.fold_longest() {
            self.set_heights(space.ground, 12, SLAT);
        }
        if self.highest(space.ground) > limit {
            for node in &mut self.nodes {
                node.plate.slat = true;
            }
            let deepest = self.nodes.iter().map(|node| i32::from(node.depth) + 1).max().unwrap_or(1);
            self.set_heights(space.ground, 12, (limit / deepest - 1).clamp(1, SLAT));
        }
    }

    fn set_heights(&mut self, ground: i32, tenths: i32, slat: i32) {
        for at in 0..self.nodes.len() {
            let below = self.nodes.get(at).and_then(|node| node.parent).and_then(|parent| self.nodes.get(parent));
            let floor =
                below.map_or(ground, |below| below.plate.y - if below.plate.slat { i32::from(slat > 1) } else { GAP });
            if let Some(node) = self.nodes.get_mut(at) {
                node.plate.h = if node.plate.slat { slat } else { plate_height(node.plate.bytes, tenths) };
                node.plate.y = floor - node.plate.h;
            }
        }
    }

    fn highest(&self, ground: i32) -> i32 {
        let standing = self.nodes.iter().filter(|node| self.stands(node.root));
        standing.map(|node| ground - node.plate.y).max().unwrap_or(0)
    }

    /// Folds the longest run that nothing else branches from, below the highest plate; false when none is left.
    fn fold_longest(&mut self) -> bool {
        let standing = |at: &usize| self.nodes.get(*at).is_some_and(|node| self.stands(node.root));
        let Some(top) =
            (0..self.nodes.len()).filter(standing).min_by_key(|at| self.plate(*at).map_or(0, |plate| plate.y))
        else {
            return false;
        };
        let mut runs: Vec<Vec<usize>> = vec![Vec::new()];
        let mut at = self.nodes.get(top).and_then(|node| node.parent);
        while let Some(node) = at.and_then(|at| self.nodes.get(at).map(|node| (at, node))) {
            let (index, node) = node;
            let branches = node.children.len() > 1 || !node.flags.is_empty();
            if node.plate.slat || branches {
                runs.push(Vec::new());
            }
            if !node.plate.slat
                && let Some(run) = runs.last_mut()
            {
                run.push(index);
            }
            at = node.parent;
        }
        let Some(run) = runs.into_iter().max_by_key(Vec::len).filter(|run| !run.is_empty()) else { return false };
        for index in &run {
            if let Some(node) = self.nodes.get_mut(*index) {
                node.plate.slat = true;
            }
        }
        self.folds.push(Fold { nodes: run });
        true
    }

    /// Gives every plate its least width, with the trees named in `narrow` as spines; the whole's least width.
    pub fn spread(&mut self, narrow: Vec<bool>, extra: i32) -> i32 {
        self.narrow = narrow;
        for at in (0..self.nodes.len()).rev() {
            let is_narrow = self.is_narrow(at);
            let Some(node) = self.nodes.get(at) else { continue };
            let upright = is_narrow || (self.small && !node.children.is_empty());
            let landing = landing(node, upright);
            let least = if self.small { SMALL_LEAF } else { LEAF };
            let children = node.children.iter().filter_map(|child| self.plate(*child)).map(|plate| plate.w);
            let on_top = children.clone().sum::<i32>() + COLUMN_GAP * (node.children.len() as i32 - 1).max(0);
            let w = match (node.children.is_empty(), is_narrow) {
                (true, true) => landing.max(30),
                (true, false) => (landing + 12).max(least) + extra,
                (false, true) => (landing + on_top).max(30),
                (false, false) => (landing + on_top).max(least),
            };
            let w = if self.stands(node.root) { w } else { 0 };
            if let Some(node) = self.nodes.get_mut(at) {
                node.plate.w = w;
                node.landing = if node.children.is_empty() { 0 } else { landing };
                node.upright = upright;
            }
        }
        self.width()
    }

    fn width(&self) -> i32 {
        let standing = || self.roots.iter().filter(|root| self.stands(**root));
        let trees: i32 = standing().filter_map(|root| self.plate(*root)).map(|plate| plate.w).sum();
        trees + TREE_GAP * (standing().count() as i32 - 1).max(0)
    }

    /// Leaves of the trees that are drawn wide.
    pub fn wide_leaves(&self) -> i32 {
        (0..self.nodes.len())
            .filter(|at| !self.is_narrow(*at))
            .filter_map(|at| self.nodes.get(at))
            .filter(|node| node.children.is_empty() && self.stands(node.root))
            .count() as i32
    }

    /// Sets every plate on its place from `x` on.
    pub fn stand(&mut self, x: i32) {
        let mut next = x;
        for root in self.roots.clone() {
            if !self.stands(root) {
                continue;
            }
            if let Some(node) = self.nodes.get_mut(root) {
                node.plate.x = next;
                next += node.plate.w + TREE_GAP;
            }
        }
        for at in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(at) else { continue };
            let mut next = node.plate.x + node.landing;
            for child in node.children.clone() {
                if let Some(child) = self.nodes.get_mut(child) {
                    child.plate.x = next;
                    next += child.plate.w + COLUMN_GAP;
                }
            }
        }
    }

    /// Trees that don't fit into `width` even as spines are left out.
    pub fn cut(&mut self, right: i32) {
        let lost: Vec<usize> = self.roots.iter().copied().filter(|root| self.tree_right(*root) > right).collect();
        for node in self.nodes.iter_mut().filter(|node| lost.contains(&node.root)) {
            node.plate.w = 0;
            node.plate.x = 0;
        }
    }
}

/// The room that a node's own flags need.
fn landing(node: &Node, narrow: bool) -> i32 {
    let ribbons = node.flags.iter().flat_map(Flag::ribbons);
    if narrow {
        return ribbons.count() as i32 * RIBBON + if node.flags.is_empty() { 0 } else { 6 };
    }
    ribbons.map(|name| ribbon_width(&name) + 6).max().unwrap_or(0)
}

/// What a ribbon says of a name, and how long that is.
pub fn ribbon_text(name: &str) -> String {
    text::fit(name, 172, |t| text::mono(t, 11))
}

pub fn ribbon_width(name: &str) -> i32 {
    text::mono(&ribbon_text(name), 11) + 18
}

/// `17 + k * log2(1 + bytes / 65536)`, with `k` in tenths.
pub fn plate_height(bytes: u64, tenths: i32) -> i32 {
    let doublings = (1.0 + bytes as f64 / 65536.0).log2();
    (17.0 + f64::from(tenths) / 10.0 * doublings).round() as i32
}

fn labels(world: &World, slots: &Slots) -> BTreeMap<Text, Label> {
    let mut labels = BTreeMap::new();
    for image in slots.images().iter().filter_map(|id| world.engine.images.get(id)) {
        for (chain, label) in image.layers.iter().zip(label::labels(image)) {
            labels.entry(chain.clone()).or_insert(label);
        }
    }
    labels
}

/// The widths that images should have where there is room: a column that can be read, no more.
pub fn preferred(forest: &Forest, least: i32, space: &Space) -> i32 {
    match space.zoom {
        Zoom::Small => i32::MAX,
        _ => {
            let leaves = forest.wide_leaves();
            let landings: i32 = forest.nodes.iter().map(|node| node.landing).max().unwrap_or(0);
            least.max(if leaves <= 1 { 336 } else { landings + leaves * 216 })
        }
    }
}
