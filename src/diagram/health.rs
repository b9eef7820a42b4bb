//! What a container's health check found, and how often its restart policy has started it again.

use super::draw::{group, icon, rect, words};
use super::scene::Shape;
use super::text::{self, Look};
use crate::model::container::{Container, RestartPolicy};
use crate::words::{HealthWords, Words};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

/// The health of a container that runs and is checked.
pub fn of(container: &Container) -> Option<Health> {
    let health = container.state.health.as_ref().filter(|_| Look::of(container).is_live())?;
    Some(match health.status {
        "healthy" => Health::Healthy,
        "unhealthy" => Health::Unhealthy,
        _ => Health::Starting,
    })
}

/// The health of a container in a word.
pub fn health_of(container: &Container, words: &'static Words) -> Option<&'static str> {
    of(container).map(|health| health.word(&words.stage.health))
}

impl Health {
    pub fn word(self, words: &HealthWords) -> &'static str {
        match self {
            Health::Starting => words.starting,
            Health::Healthy => words.healthy,
            Health::Unhealthy => words.unhealthy,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Health::Starting => "badge he-starting",
            Health::Healthy => "badge he-healthy",
            Health::Unhealthy => "badge he-unhealthy",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Health::Starting => "h-starting",
            Health::Healthy => "h-healthy",
            Health::Unhealthy => "h-unhealthy",
        }
    }
}

/// The icon alone.
pub fn mark(x: i32, y: i32, health: Health) -> Shape {
    group(health.class(), None, vec![rect("", x, y, 20, 20, 10), icon(health.icon(), "i", x + 5, y + 5, 10)])
}

/// Beside the state's badge: the health in a word, or its icon, as far as there is room.
pub fn beside(container: &Container, x: i32, y: i32, room: i32, words_: &'static Words) -> Option<Shape> {
    let health = of(container).filter(|_| room >= 20)?;
    let word = health.word(&words_.stage.health);
    let w = text::bold(word, 11) + 30;
    if w > room {
        return Some(mark(x, y, health));
    }
    let mark = icon(health.icon(), "i", x + 7, y + 5, 10);
    Some(group(health.class(), None, vec![rect("", x, y, w, 20, 10), mark, words("", x + 21, y + 14, word)]))
}

/// The restart policy and how often it has acted, ending at `right`, and the room that takes.
pub fn again(container: &Container, right: i32, y: i32, room: i32) -> Option<(Vec<Shape>, i32)> {
    if container.host.restart == RestartPolicy::No {
        return None;
    }
    let count = match container.restart_count {
        0 => String::new(),
        count => format!("×{count}"),
    };
    let long = [container.host.restart.name(), &count].join(" ");
    let text = [long.trim(), &count].into_iter().find(|text| text::regular(text, 11) + 18 <= room)?.to_owned();
    let w = text::regular(&text, 11) + if text.is_empty() { 11 } else { 15 };
    Some((vec![icon("s-restart", "again", right - w, y + 2, 10), words("sub", right - w + 14, y + 11, text)], w + 4))
}
