//! The engine's event log.

use std::rc::Rc;

use super::api::{Answer, Fault, Filters, Reply};
use super::daemon::Reporter;
use super::fault::invalid;
use crate::kernel::{Either, Key, Sys, race};
use crate::model::engine::Event;
use crate::model::time::Time;
use crate::model::{Map, Text, World};
use crate::oci::reference::Reference;

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

/// Streams what has happened between two moments and, unless `until` has passed, what will.
pub async fn follow(
    sys: &Sys,
    out: &Reporter,
    since: Option<Time>,
    until: Option<Time>,
    filters: &Filters,
) -> Result<Answer, Fault> {
    if let (Some(since), Some(until)) = (since, until)
        && until < since
    {
        return Err(reversed(&stamp(since), &stamp(until)));
    }
    out.reply(Reply::Ready);
    let mut next = sys.world(|w| w.engine.next_event);
    if since.is_some() || until.is_some() {
        next = 0;
    }
    let earliest = since.unwrap_or_default();
    loop {
        let some = sys.block(|k| {
            let engine = &k.world.engine;
            let found: Vec<Rc<Event>> = engine.events.range(next..).map(|(_, event)| event.clone()).collect();
            let over = until.is_some_and(|until| k.world.now >= until);
            if !found.is_empty() || over {
                return Some((found, engine.next_event, over));
            }
            k.wait_on(Key::Topic("engine", 0));
            if let Some(until) = until {
                k.wait_until(until);
            }
            None
        });
        let Either::Left((found, after, over)) = race(some, out.closed()).await else { return Ok(Answer::Nothing) };
        next = after;
        let in_time = |event: &Event| event.time >= earliest && until.is_none_or(|until| event.time <= until);
        for event in found.into_iter().filter(|event| in_time(event) && passes(event, filters)) {
            out.reply(Reply::Event(event));
        }
        if over {
            return Ok(Answer::Nothing);
        }
    }
}

/// The refusal of a span that ends before it begins; both as the client sent them.
pub fn reversed(since: &str, until: &str) -> Fault {
    invalid(format!("`since` time ({since}) cannot be after `until` time ({until})"))
}

/// A moment as the client sends it: seconds since 1970, with nine digits of a fraction if there is one.
fn stamp(time: Time) -> String {
    match time.epoch() {
        (seconds, 0) => seconds.to_string(),
        (seconds, nanos) => format!("{seconds}.{nanos:09}"),
    }
}

/// The types of things that events are about; a filter by one of these names looks for its id or name.
const KINDS: [&str; 9] = ["config", "container", "daemon", "network", "node", "plugin", "secret", "service", "volume"];

/// Whether an event passes the filters (moby's `events.Filter`); filters that nobody knows let everything pass.
fn passes(event: &Event, filters: &Filters) -> bool {
    let any = |key: &str, fits: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|(known, _)| known == key).map(|(_, value)| value.as_str()).peekable();
        values.peek().is_none() || values.any(fits)
    };
    let fuzzy = filters
        .iter()
        .any(|(key, value)| key == "event" && matches!(value.as_str(), "health_status" | "exec_create" | "exec_start"));
    let action = |value: &str| event.action == value || (fuzzy && event.action.starts_with(value));
    let name = event.attribute("name").unwrap_or_default();
    any("event", &action)
        && any("type", &|value| event.kind == value)
        && any("scope", &|value| value == "local")
        && KINDS.iter().all(|kind| any(kind, &|value| event.actor.starts_with(value) || name.starts_with(value)))
        && any("image", &|value| is_image(event, value))
        && filters.iter().filter(|(key, _)| key == "label").all(|(_, value)| has_label(event, value))
}

/// Whether an event is about an image, or about a container made from it; tags may be left out.
fn is_image(event: &Event, wanted: &str) -> bool {
    let name = event.attribute(if event.kind == "image" { "name" } else { "image" }).unwrap_or_default();
    let bare = |text: &str| Reference::parse(text).map_or_else(|_| text.to_string(), |parsed| parsed.familiar_name());
    [&event.actor, name].iter().any(|text| *text == wanted || bare(text) == wanted)
}

fn has_label(event: &Event, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => event.attribute(key) == Some(value),
        None => event.attribute(wanted).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_pass_filters() {
        let mut world = World::new(1);
        let attributes = [("image", "alpine:3.19"), ("name", "web"), ("tier", "front")];
        record(&mut world, "container", "exec_create: true", "abc123", attributes);
        let event = world.engine.events.values().next().cloned().expect("an event");
        for (filters, expected) in [
            (vec![], true),
            (vec![("type", "container")], true),
            (vec![("type", "image"), ("type", "container")], true),
            (vec![("type", "image")], false),
            (vec![("container", "we")], true),
            (vec![("container", "db")], false),
            (vec![("container", "abc")], true),
            (vec![("image", "alpine")], true),
            (vec![("image", "alpine:3.18")], false),
            (vec![("label", "tier=front")], true),
            (vec![("label", "tier=back")], false),
            (vec![("event", "exec_create")], true),
            (vec![("event", "exec")], false),
            (vec![("mood", "happy")], true),
        ] {
            let filters: Filters = filters.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            assert_eq!(passes(&event, &filters), expected, "{filters:?}");
        }
    }
}
