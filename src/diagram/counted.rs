//! What has no place of its own is counted: images whose trees found no room, networks without a rail.

use std::collections::BTreeSet;

use super::View;
use super::draw::{named_width, words};
use super::row::Plan;
use super::scene::{Kind, Object};
use super::slots::Slots;
use super::space::Space;
use super::text;
use crate::model::network::Network;
use crate::model::{Text, World};

/// Names that a listener hears of what is counted.
const HEARD: usize = 5;

/// `Images, +7 more: alpine:3.19, redis:7-alpine, ...`.
fn spoken(kind: &str, more: &str, names: &[String]) -> String {
    let heard: Vec<&str> = names.iter().take(HEARD).map(String::as_str).collect();
    let rest = if names.len() > HEARD { ", …" } else { "" };
    format!("{kind}, {more}: {}{rest}", heard.join(", "))
}

/// Images of which nothing stands on the Stage: their trees found no room, or they have no layers at all.
pub fn images(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space) -> Option<Object> {
    let standing = plan.forest.nodes.iter().filter(|node| node.plate.w > 0).flat_map(|node| &node.flags);
    let standing: BTreeSet<&str> = standing.map(|flag| &*flag.image).collect();
    let known = slots.images().iter().filter(|id| world.engine.images.contains_key(*id));
    let left: Vec<&Text> = known.filter(|id| !standing.contains(&***id)).collect();
    (!left.is_empty()).then(|| images_left(world, &left, plan, view, space))
}

#[inline(never)]
fn images_left(world: &World, left: &[&Text], plan: &Plan, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let name = |id: &Text| match world.engine.tags_of(id).first() {
        Some(tag) => tag.to_string(),
        None => text::short_id(id).to_owned(),
    };
    let names: Vec<String> = left.iter().map(|id| name(id)).collect();
    let more = (stage.more)(left.len());
    let (x, y) = match space.captions {
        // Behind the zone's caption and its number.
        true => {
            let room = plan.containers_x - space.images_x - 12;
            (space.images_x + named_width(room, view, plan.images, |stage| stage.images) + 12, space.host_y + 11)
        }
        false => (space.images_x, space.host_y + 4),
    };
    let texts = [more.clone(), format!("+{}", left.len())];
    let text = texts.into_iter().find(|text| x + text::regular(text, 11) + 8 <= plan.containers_x).unwrap_or_default();
    let w = text::regular(&text, 11);
    let mut object = Object::new(Kind::Chip, "chip:images".to_owned(), x, y, w, 18);
    object.label = spoken(stage.images, &more, &names);
    object.column = 9;
    object.selected = Some(view.is_selected(&object.key));
    object.holds = left.iter().map(|id| format!("image:{id}")).collect();
    object.shapes = vec![words("sub", 0, 14, text)];
    object
}

/// Networks without a rail: those that are no bridge (`host`, `none`), and those that found no room. They are told
/// of at the end of the lowest rail, as far as the `room` behind its name goes.
pub fn networks(world: &World, shown: &[&Network], room: i32, view: &View, space: &Space) -> Option<Object> {
    let stage = &view.words.stage;
    let all = world.engine.networks.values().map(|network| &**network);
    let without = all.filter(|network| !shown.iter().any(|shown| shown.id == network.id));
    let (others, left): (Vec<&Network>, Vec<&Network>) = without.partition(|network| network.subnet.is_none());
    let count = others.len() + left.len();
    if count == 0 {
        return None;
    }
    let mut said: Vec<String> = others.iter().map(|network| network.name.to_string()).collect();
    if !left.is_empty() {
        said.push((stage.more)(left.len()));
    }
    let room = if space.is_deep() { room } else { 0 };
    let texts = [said.join(" · "), format!("+{count}")];
    let text = texts.into_iter().find(|text| text::mono(text, 11) <= room).unwrap_or_default();
    let (w, right) = (text::mono(&text, 11), space.host_right - 16);
    let y = space.rails.last().copied().unwrap_or(space.ground + 34);
    let y = (y + 3).min(space.height - 17);
    let names: Vec<String> = left.iter().chain(&others).map(|network| network.name.to_string()).collect();
    let mut object = Object::new(Kind::Chip, "chip:networks".to_owned(), right - w, y, w, 16);
    object.label = spoken(stage.networks, &(stage.more)(count), &names);
    object.column = 601;
    object.selected = Some(view.is_selected(&object.key));
    object.holds = left.iter().chain(&others).map(|network| format!("network:{}", network.id)).collect();
    if w > 0 {
        object.shapes = vec![words("ad over", 0, 12, text)];
    }
    Some(object)
}
