//! World to Scene: boxes, links and labels with stable keys and integer geometry.
//!
//! `Scene = f(World, View, Slots)`, and `Slots` (which object stands where, which hue a layer took) is a fold
//! over the snapshots, so the same log and the same view give the same Scene. Nothing here measures a text:
//! widths come from [`advances`]. The drawing is a cross-section of a building site: above the ground stand
//! the things made of layers, below it run the things that outlive them.
//!
//! [`forest`] stacks the images' layers, [`row`] chooses how containers stand beside them, the other modules
//! draw one family of objects each; [`build`] draws a build in the same way; [`svg`] writes a Scene as a document of its own.

pub mod advances;
mod bands;
mod below;
pub mod build;
mod container;
mod counted;
mod depth;
mod draw;
mod drum;
mod forest;
mod group;
mod health;
pub mod hue;
mod images;
mod label;
mod rail;
mod row;
mod scene;
mod shelf;
#[cfg(test)]
pub(crate) mod situation;
mod slots;
mod space;
pub mod svg;
#[cfg(test)]
mod tests;
pub mod text;
mod wall;

pub use container::bytes_of;
pub use health::health_of;
pub use label::{Label, labels, of as label_of, size as human_size};
pub use scene::{Kind, Object, Run, Scene, Shape, Zone};
pub use slots::Slots;
pub use space::Zoom;
pub use text::{short_id, state_of};

use crate::model::World;
use crate::words::Words;

/// How the reader looks at the World.
#[derive(Clone, Debug)]
pub struct View {
    /// Pixels.
    pub width: i32,
    pub height: i32,
    pub words: &'static Words,
    /// The key of the object that stands open.
    pub selected: Option<String>,
    /// What the registry's shelf offers, in order.
    pub shelf: Vec<ShelfItem>,
}

impl View {
    pub fn is_selected(&self, key: &str) -> bool {
        self.selected.as_deref() == Some(key)
    }
}

/// An image of the registry, as the shelf shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShelfItem {
    /// `node:18-alpine`.
    pub reference: String,
    /// Bytes, unpacked.
    pub size: u64,
    /// Diff ids and bytes, base first.
    pub layers: Vec<(String, u64)>,
}

/// Draws the World.
pub fn scene(world: &World, view: &View, slots: &Slots) -> Scene {
    let load = depth::Load::of(world, slots);
    let space = space::Space::new(view.width, view.height, load);
    let plan = row::plan(world, view, slots, &space);
    let mut zones = Vec::new();
    zones.push(bands::zone(&plan));
    zones.extend(shelf::zone(world, view, slots, &space));
    zones.push(images::zone(world, &plan, slots, view, &space));
    zones.push(container::zone(world, &plan, view, &space));
    zones.push(below::zone(world, &plan, slots, view, &space));
    Scene {
        width: space.width,
        height: space.height,
        ground: space.ground,
        zoom: space.zoom,
        label: view.words.stage.name.to_owned(),
        backdrop: space::backdrop(&plan, view, &space),
        zones,
    }
}
