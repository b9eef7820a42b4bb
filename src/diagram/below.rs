//! What runs below the ground: volumes, published ports and networks.

use super::View;
use super::container::column;
use super::row::Plan;
use super::scene::{Object, Zone};
use super::slots::Slots;
use super::space::Space;
use super::{drum, rail, wall};
use crate::model::World;

pub fn zone(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space) -> Zone {
    let mut objects = Vec::new();
    rail::draw(world, plan, slots, view, space, &mut objects);
    drum::draw(world, plan, slots, view, space, &mut objects);
    wall::draw(plan, view, space, &mut objects);
    for object in objects.iter_mut().filter(|object| object.level == 2) {
        object.column = owner(object, plan);
    }
    Zone { key: "below", label: view.words.stage.below.to_owned(), objects }
}

/// A part of a container belongs to its column, from which it is reached downwards.
fn owner(object: &Object, plan: &Plan) -> u16 {
    let id = object.key.split(':').nth(1).unwrap_or_default();
    let at = plan.items.iter().position(|item| item.containers.iter().any(|container| *container.id == *id));
    column(at.unwrap_or_default())
}
