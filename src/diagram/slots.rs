//! What keeps its place from one snapshot to the next.

use crate::model::order::Order;
use std::collections::{BTreeMap, BTreeSet};

use super::hue;
use crate::model::time::Time;
use crate::model::{Text, World};

/// Which object stands where and which hue a layer took: a fold over the snapshots, one a command.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Slots {
    /// Slots of hue by diff id.
    hues: BTreeMap<Text, u8>,
    /// Chain ids, a layer after the one it stands on.
    layers: Vec<Text>,
    /// Image ids in order of appearance.
    images: Vec<Text>,
    /// Container ids in order of appearance. One that has gone leaves its gap for one snapshot.
    containers: Vec<(Text, bool)>,
    /// Network ids and volume names in order of appearance, one that has gone likewise.
    networks: Vec<(Text, bool)>,
    volumes: Vec<(Text, bool)>,
}

impl Slots {
    /// Takes in what a command left behind.
    pub fn observe(&mut self, world: &World) {
        self.observe_images(world);
        let engine = &world.engine;
        let containers = engine.containers.values().map(|c| (c.created, c.name.clone(), c.id.clone()));
        settle(&mut self.containers, containers.collect());
        let networks = engine.networks.values().map(|n| (n.created, n.name.clone(), n.id.clone()));
        settle(&mut self.networks, networks.collect());
        let volumes = engine.volumes.values().map(|v| (v.created, v.name.clone(), v.name.clone()));
        settle(&mut self.volumes, volumes.collect());
    }

    /// Whether everything of the World has its place.
    pub fn knows(&self, world: &World) -> bool {
        let engine = &world.engine;
        engine.images.keys().all(|id| self.images.contains(id))
            && engine.containers.len() <= self.containers.len()
            && engine.containers.keys().all(|id| stands(&self.containers, id))
            && engine.networks.keys().all(|id| stands(&self.networks, id))
            && engine.volumes.keys().all(|name| stands(&self.volumes, name))
    }

    fn observe_images(&mut self, world: &World) {
        let engine = &world.engine;
        self.images.retain(|id| engine.images.contains_key(id));
        self.layers.retain(|chain| engine.layers.contains_key(chain));
        let present: BTreeSet<&Text> = engine.layers.values().map(|layer| &layer.diff_id).collect();
        self.hues.retain(|diff_id, _| present.contains(diff_id));
        let mut new: Vec<_> = engine.images.values().filter(|image| !self.images.contains(&image.id)).collect();
        new.order_by(|a, b| (a.last_tagged, a.created, &a.id).cmp(&(b.last_tagged, b.created, &b.id)));
        for image in new {
            self.images.push(image.id.clone());
            let mut below: Vec<u8> = Vec::new();
            for chain in &image.layers {
                if !self.layers.contains(chain) {
                    self.layers.push(chain.clone());
                }
                let Some(layer) = engine.layers.get(chain) else { continue };
                let slot = match self.hues.get(&layer.diff_id) {
                    Some(slot) => *slot,
                    None => hue::choose(&layer.diff_id, &self.hues, &below),
                };
                self.hues.insert(layer.diff_id.clone(), slot);
                below.insert(0, slot);
            }
        }
    }

    pub(super) fn hues(&self) -> &BTreeMap<Text, u8> {
        &self.hues
    }

    /// The hue of a layer, in degrees.
    pub fn hue(&self, diff_id: &str) -> u16 {
        self.hues.get(diff_id).map_or_else(|| hue::first(diff_id), |slot| hue::degrees(*slot))
    }

    pub(super) fn layers(&self) -> &[Text] {
        &self.layers
    }

    pub(super) fn images(&self) -> &[Text] {
        &self.images
    }

    /// Containers in their places; a gap is an id that the World no longer knows.
    pub(super) fn containers(&self) -> impl Iterator<Item = &Text> {
        self.containers.iter().map(|(id, _)| id)
    }

    pub(super) fn networks(&self) -> impl Iterator<Item = &Text> {
        self.networks.iter().map(|(id, _)| id)
    }

    pub(super) fn volumes(&self) -> impl Iterator<Item = &Text> {
        self.volumes.iter().map(|(name, _)| name)
    }
}

fn stands(places: &[(Text, bool)], id: &Text) -> bool {
    places.iter().any(|(known, _)| known == id)
}

/// Drops the gaps of the last snapshot, leaves one for what has gone since, and adds what is new by time and name.
fn settle(places: &mut Vec<(Text, bool)>, present: Vec<(Time, Text, Text)>) {
    places.retain(|(_, gone)| !gone);
    let ids: BTreeSet<&Text> = present.iter().map(|(_, _, id)| id).collect();
    for (id, gone) in places.iter_mut() {
        *gone = !ids.contains(id);
    }
    let known: BTreeSet<Text> = places.iter().map(|(id, _)| id.clone()).collect();
    let mut new: Vec<&(Time, Text, Text)> = present.iter().filter(|(_, _, id)| !known.contains(id)).collect();
    new.order();
    places.extend(new.into_iter().map(|(_, _, id)| (id.clone(), false)));
}
