//! The engine's event log.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::World;
use crate::model::engine::Event;

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
    let attributes: BTreeMap<String, String> =
        attributes.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
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
