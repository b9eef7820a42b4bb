//! How containers stand beside the images: full frames, spines, groups.

use crate::model::order::Order;
use std::rc::Rc;

use super::View;
use super::forest::{self, Forest};
use super::slots::Slots;
use super::space::{Space, Zoom};
use super::text::Look;
use crate::model::container::Container;
use crate::model::{Text, World};

/// Between two frames, and beside a spine.
const FRAME_GAP: i32 = 14;
const SPINE_GAP: i32 = 8;
const SPINE: i32 = 44;
const MANY: usize = 30;

/// How something stands in the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stand {
    Frame,
    Spine,
    /// Several containers of one image in one state.
    Group(Look),
    /// The place of a container that has just gone.
    Gap,
    /// What found no room.
    Rest,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub stand: Stand,
    pub containers: Vec<Rc<Container>>,
    pub x: i32,
    pub w: i32,
    /// The plates it refers to, base first.
    pub rows: Vec<usize>,
}

impl Item {
    /// Frames show their fingerprints, spines are too narrow for them.
    pub fn inset(&self, space: &Space) -> i32 {
        match self.stand {
            Stand::Frame if space.compact => 6,
            Stand::Frame => 8,
            _ => 5,
        }
    }
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub struct Plan {
    pub forest: Forest,
    pub items: Vec<Item>,
    /// Containers that are told of as chips, on a small Stage.
    pub chips: Vec<Rc<Container>>,
    pub images: usize,
    pub containers: usize,
    pub containers_x: i32,
}

/// A way to draw the row.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// The width of a full frame.
    frame: i32,
    /// All containers have one, or only the one in focus, or none.
    frames: Frames,
    group: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Frames {
    All,
    Focus,
    None,
}

pub fn plan(world: &World, view: &View, slots: &Slots, space: &Space) -> Plan {
    let mut forest = Forest::grow(world, slots);
    let standing: Vec<Option<Rc<Container>>> =
        slots.containers().map(|id| world.engine.containers.get(id).cloned()).collect();
    let focus = focus(&standing, view);
    let count = standing.iter().flatten().count();
    let image = focus.as_ref().and_then(|id| world.engine.containers.get(id)).map(|container| container.image.clone());
    let open = open_tree(&forest, image.as_ref(), view);
    if let (Zoom::Small, Some(open)) = (space.zoom, open) {
        forest.keep_only(open);
    }
    forest.raise(space);
    let narrowings = narrowings(&forest, open);
    let styles = styles(count, space);
    let (items, narrow) = choose(&mut forest, &standing, focus.as_ref(), &styles, &narrowings, space);
    let chips = match space.zoom {
        Zoom::Small => standing.iter().flatten().filter(|c| Some(&c.id) != focus.as_ref()).cloned().collect(),
        _ => Vec::new(),
    };
    place(forest, items, chips, narrow, count, world.engine.images.len(), space)
}

/// The container that stands open: the selected one, else the newest of those that are not over, else the newest.
fn focus(standing: &[Option<Rc<Container>>], view: &View) -> Option<Text> {
    let selected = view.selected.as_deref().and_then(|key| key.split_once(':')).map(|(_, id)| id);
    let present = || standing.iter().flatten();
    let selected = present().find(|container| Some(&*container.id) == selected);
    let lasting = || present().rfind(|container| !Look::of(container).is_over());
    let chosen = selected.or_else(lasting).or_else(|| present().last());
    chosen.map(|container| container.id.clone())
}

/// The tree that stands open: of what is selected, else of the container in focus, else the newest.
fn open_tree(forest: &Forest, image: Option<&Text>, view: &View) -> Option<usize> {
    let selected = view.selected.as_deref().and_then(|key| key.split_once(':')).map(|(_, id)| id);
    let of_selected = selected.and_then(|id| {
        let by_image = forest.rows(id).first().copied();
        by_image.or_else(|| forest.nodes.iter().position(|node| &*node.plate.chain == id))
    });
    let of_image = image.and_then(|image| forest.rows(image).first().copied());
    let newest = forest.nodes.len().checked_sub(1);
    of_selected.or(of_image).or(newest).and_then(|node| forest.tree_of(node))
}

/// Which trees are spines, from none to all.
fn narrowings(forest: &Forest, open: Option<usize>) -> Vec<Vec<bool>> {
    let trees = forest.roots.len();
    let one_open = (0..trees).map(|tree| Some(tree) != open).collect();
    vec![vec![false; trees], one_open, vec![true; trees]]
}

fn styles(count: usize, space: &Space) -> Vec<Style> {
    let widths: &[i32] = match space.zoom {
        Zoom::Large => &[178, 154, 138],
        Zoom::Medium => &[184, 160, 142],
        Zoom::Small => &[142],
    };
    let all = |frames, group| widths.iter().map(move |frame| Style { frame: *frame, frames, group });
    let mut styles = Vec::new();
    if count <= 3 && space.zoom == Zoom::Large || count <= 1 {
        styles.extend(all(Frames::All, false));
    }
    if count <= 8 {
        styles.extend(all(Frames::Focus, false));
    }
    if count <= MANY || space.zoom == Zoom::Small {
        styles.extend(all(Frames::Focus, true));
    }
    // A small Stage shows one container, and that one whole.
    if space.zoom != Zoom::Small {
        styles.push(Style { frame: 0, frames: Frames::None, group: true });
    }
    styles
}

/// The first pair of row and trees that fits, least loss first.
fn choose(
    forest: &mut Forest,
    standing: &[Option<Rc<Container>>],
    focus: Option<&Text>,
    styles: &[Style],
    narrowings: &[Vec<bool>],
    space: &Space,
) -> (Vec<Item>, Vec<bool>) {
    let room = space.room() - space.gap;
    let mut pairs: Vec<(usize, usize)> =
        (0..styles.len()).flat_map(|style| (0..narrowings.len()).map(move |narrow| (style, narrow))).collect();
    pairs.order_by_key(|(style, narrow)| (style + narrow, *narrow));
    let mut last = (Vec::new(), Vec::new());
    for (style, narrow) in pairs {
        let (Some(style), Some(narrow)) = (styles.get(style), narrowings.get(narrow)) else { continue };
        let items = items(forest, standing, focus, *style, space);
        let images = forest.spread(narrow.clone(), 0);
        let fits = images + width(&items).max(if space.zoom == Zoom::Large { 178 } else { 120 }) <= room;
        last = (items, narrow.clone());
        if fits {
            break;
        }
    }
    last
}

fn items(
    forest: &Forest,
    standing: &[Option<Rc<Container>>],
    focus: Option<&Text>,
    style: Style,
    space: &Space,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for place in standing {
        let Some(container) = place else {
            let w = if style.frames == Frames::All { style.frame } else { SPINE };
            if space.zoom != Zoom::Small && !style.group {
                items.push(Item { stand: Stand::Gap, containers: Vec::new(), x: 0, w, rows: Vec::new() });
            }
            continue;
        };
        let in_focus = Some(&container.id) == focus;
        if space.zoom == Zoom::Small && !in_focus {
            continue;
        }
        let framed = style.frames == Frames::All || (style.frames == Frames::Focus && in_focus);
        let look = Look::of(container);
        let failed = matches!(look, Look::Failed | Look::Dead);
        if style.group && !framed && (!failed || standing.len() > MANY) {
            let same = |item: &&mut Item| {
                matches!(item.stand, Stand::Spine | Stand::Group(_))
                    && item.containers.first().is_some_and(|c| c.image == container.image && Look::of(c) == look)
            };
            if let Some(item) = items.iter_mut().find(same) {
                item.stand = Stand::Group(look);
                item.containers.push(container.clone());
                continue;
            }
        }
        let (stand, w) = if framed { (Stand::Frame, style.frame) } else { (Stand::Spine, SPINE) };
        let rows = forest.rows(&container.image);
        items.push(Item { stand, containers: vec![container.clone()], x: 0, w, rows });
    }
    items
}

fn gap_after(item: &Item, next: &Item) -> i32 {
    match (item.stand, next.stand) {
        (Stand::Frame | Stand::Gap, Stand::Frame | Stand::Gap) => FRAME_GAP,
        (Stand::Group(_), _) => SPINE_GAP + 4,
        _ => SPINE_GAP,
    }
}

fn width(items: &[Item]) -> i32 {
    let gaps: i32 = items.iter().zip(items.iter().skip(1)).map(|(item, next)| gap_after(item, next)).sum();
    items.iter().map(|item| item.w).sum::<i32>() + gaps
}

fn place(
    mut forest: Forest,
    mut items: Vec<Item>,
    chips: Vec<Rc<Container>>,
    narrow: Vec<bool>,
    containers: usize,
    images: usize,
    space: &Space,
) -> Plan {
    let reserve = if space.zoom == Zoom::Large { 178 } else { 142 };
    let row = width(&items).max(reserve);
    let room = space.room() - space.gap - row;
    let least = forest.spread(narrow.clone(), 0);
    let leaves = forest.wide_leaves();
    if leaves > 0 {
        let wanted = forest::preferred(&forest, least, space).min(room);
        forest.spread(narrow, ((wanted - least) / leaves).max(0));
    }
    forest.stand(space.images_x);
    forest.cut(space.images_x + room.max(120));
    let images_w = (forest.right() - space.images_x).max(room.min(336)).max(0);
    let containers_x = space.images_x + images_w + space.gap;
    let mut x = containers_x;
    let mut kept = items.len();
    for at in 0..items.len() {
        let gap = items.get(at).zip(items.get(at + 1)).map_or(0, |(item, next)| gap_after(item, next));
        let Some(item) = items.get_mut(at) else { break };
        if x + item.w > space.right {
            kept = kept.min(at);
        }
        item.x = x;
        x += item.w + gap;
    }
    overflow(&mut items, kept);
    Plan { forest, items, chips, images, containers, containers_x }
}

/// What stands beyond the wall is counted in the last place.
fn overflow(items: &mut Vec<Item>, kept: usize) {
    if kept >= items.len() {
        return;
    }
    let lost = items.split_off(kept.max(1).min(items.len()));
    let lost: Vec<Rc<Container>> = lost.into_iter().flat_map(|item| item.containers).collect();
    if let Some(item) = items.last_mut().filter(|_| !lost.is_empty()) {
        item.stand = Stand::Rest;
        item.rows.clear();
        item.containers.extend(lost);
    }
}
