//! What runs below the ground: volumes, published ports and networks.

use super::View;
use super::row::Plan;
use super::scene::Zone;
use super::slots::Slots;
use super::space::Space;
use super::{drum, rail, wall};
use crate::model::World;

pub fn zone(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space) -> Zone {
    let mut objects = Vec::new();
    rail::draw(world, plan, slots, view, space, &mut objects);
    drum::draw(world, plan, slots, view, space, &mut objects);
    wall::draw(plan, view, space, &mut objects);
    Zone { key: "below", label: view.words.stage.below.to_owned(), objects }
}
