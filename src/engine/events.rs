//! The engine's event log.

use std::rc::Rc;

use crate::model::engine::Event;
use crate::model::{Map, Text, World};

/// How many events are kept (moby keeps 256).
const KEPT: u64 = 256;

/// Records an event now.
pub fn record<'a>(
    world: &mut World,
    kind: &'static str,
    action: &str,
    actor: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let attributes: Map<Text, Text> = attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let attributes = attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let event = Event { time: world.now, kind, action: action.into(), actor: actor.into(), attributes };
    let number = world.engine.next_event;
    world.engine.next_event += 1;
    world.engine.events.insert(number, Rc::new(event));
    if number >= KEPT {
        world.engine.events.remove(&(number - KEPT));
    }
}

/// Records what happened to a container, with its labels, image and name.
pub fn container(world: &mut World, id: &str, action: &str, more: &[(&str, String)]) {
    let Some(found) = world.engine.containers.get(id).cloned() else { return };
    let labels = found.config.labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let own = [("image", found.config.image.as_str()), ("name", &*found.name)];
    let more = more.iter().map(|(k, v)| (*k, v.as_str()));
    record(world, "container", action, id, labels.chain(own).chain(more));
}
