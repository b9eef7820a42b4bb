//! Checks: whether a step is done, told from the World and from what was typed.
//!
//! A check is a list of conditions, a line each; all must hold. What they mean stands in each language's
//! text, in the same order. `lessons/README.md` has the list.

mod document;
mod files;
mod parse;
mod ran;

use std::fmt;

pub use document::{Matching, Operator};
pub use files::Place;

use crate::model::World;
use crate::model::container::Status;

/// One condition, and what it means for the learner that it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Criterion {
    pub condition: Condition,
    pub meaning: String,
    /// Where the condition stands in the lesson's file, from 1.
    pub line: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// An object is there, in a state, and its document says this.
    Object {
        kind: Kind,
        name: String,
        state: State,
        wanted: Vec<Matching>,
    },
    Absent {
        kind: Kind,
        name: String,
    },
    /// So many objects of a kind have a document that says this.
    Count {
        kind: Kind,
        operator: Operator,
        number: usize,
        wanted: Vec<Matching>,
    },
    /// A file is there, or is not; a text is in it.
    File {
        place: Place,
        present: bool,
        text: Option<String>,
    },
    /// The last answer that a client had from a URL.
    Http {
        url: String,
        from: String,
        code: u16,
        text: Option<String>,
    },
    /// Any of these commands was typed, as words.
    Ran(Vec<Vec<String>>),
}

/// The kinds of object that `docker inspect` tells of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Image,
    Container,
    Volume,
    Network,
}

/// What state a container is expected to be in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    Any,
    Is(&'static str),
    Exited(i32),
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub world: &'a World,
    /// The lines typed so far at a shell's prompt, undone ones left out.
    pub lines: &'a [&'a str],
    /// Questions (`step/number`) and the last answer given to each.
    pub answers: &'a [(&'a str, &'a str)],
}

const STATES: [Status; 6] =
    [Status::Created, Status::Running, Status::Paused, Status::Restarting, Status::Exited, Status::Dead];

impl Kind {
    const ALL: [Kind; 4] = [Kind::Image, Kind::Container, Kind::Volume, Kind::Network];

    /// As a check spells it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Image => "image",
            Kind::Container => "container",
            Kind::Volume => "volume",
            Kind::Network => "network",
        }
    }

    /// Whether there is one of this name.
    fn exists(self, world: &World, name: &str) -> bool {
        let engine = &world.engine;
        match self {
            Kind::Image if name.contains(':') => engine.tags.contains_key(name),
            Kind::Image => engine.tags.contains_key(format!("{name}:latest").as_str()),
            Kind::Container => engine.container_by_name(name).is_some(),
            Kind::Volume => engine.volumes.contains_key(name),
            Kind::Network => engine.networks.values().any(|network| &*network.name == name),
        }
    }

    /// An image's size, where it is one and there.
    pub(super) fn size(self, world: &World, name: &str) -> Option<u64> {
        let engine = &world.engine;
        let tagged = if name.contains(':') { name.to_string() } else { format!("{name}:latest") };
        let id = engine.tags.get(tagged.as_str()).filter(|_| self == Kind::Image)?;
        engine.images.get(id).map(|image| image.size)
    }

    /// Whether there is any of this kind that is not always there.
    fn any(self, world: &World) -> bool {
        let engine = &world.engine;
        match self {
            Kind::Image => engine.images.iter().next().is_some(),
            Kind::Container => engine.containers.iter().next().is_some(),
            Kind::Volume => engine.volumes.iter().next().is_some(),
            Kind::Network => engine.networks.iter().nth(3).is_some(),
        }
    }
}

impl Condition {
    /// Whether it holds. What needs documents or the client's table of commands is looked at last: there is
    /// none of it before the learner's first command.
    pub fn holds(&self, seen: Seen<'_>) -> bool {
        let world = seen.world;
        match self {
            Condition::Object { kind, name, state, wanted } => {
                kind.exists(world, name)
                    && state.holds(world, name)
                    && (wanted.is_empty() || document::holds(world, *kind, name, wanted))
            }
            Condition::Absent { kind, name } => !kind.exists(world, name),
            Condition::Count { kind, operator, number, wanted } => {
                let count = if kind.any(world) { document::count(world, *kind, wanted) } else { 0 };
                operator.compares(count, *number)
            }
            Condition::File { place, present, text } => {
                let found = files::find(world, place);
                match (found, text) {
                    (None, _) => !present && place.stands(world),
                    (Some(_), None) => *present,
                    (Some(content), Some(text)) => content.contains(text.as_str()) == *present,
                }
            }
            Condition::Http { url, from, code, text } => {
                let answer = world.answers.get(format!("{from} {url}").as_str());
                answer.is_some_and(|(got, body)| {
                    got == code && text.as_ref().is_none_or(|text| body.contains(text.as_str()))
                })
            }
            Condition::Ran(commands) => !seen.lines.is_empty() && ran::ran(seen.lines, commands),
        }
    }

    /// Whether it asks only that something was typed.
    pub fn is_ran(&self) -> bool {
        matches!(self, Condition::Ran(_))
    }
}

impl State {
    fn holds(&self, world: &World, name: &str) -> bool {
        let state = || world.engine.container_by_name(name).map(|container| &container.state);
        match self {
            State::Any => true,
            State::Is(wanted) => state().is_some_and(|state| state.status.name() == *wanted),
            State::Exited(code) => {
                state().is_some_and(|state| state.status == Status::Exited && state.exit_code == *code)
            }
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Object { kind, name, state, wanted } => {
                write!(f, "{} {name}", kind.name())?;
                match state {
                    State::Any => {}
                    State::Is(state) => write!(f, " {state}")?,
                    State::Exited(code) => write!(f, " exited {code}")?,
                }
                document::write(f, wanted)
            }
            Condition::Absent { kind, name } => write!(f, "no {} {name}", kind.name()),
            Condition::Count { kind, operator, number, wanted } => {
                write!(f, "count {} {} {number}", kind.name(), operator.sign())?;
                document::write(f, wanted)
            }
            Condition::File { place, present, text } => {
                write!(f, "{}file {place}", if *present { "" } else { "no " })?;
                text.as_ref().map_or(Ok(()), |text| write!(f, " has {text}"))
            }
            Condition::Http { url, from, code, text } => {
                write!(f, "http {url}")?;
                if from != "host" {
                    write!(f, " from {from}")?;
                }
                write!(f, " {code}")?;
                text.as_ref().map_or(Ok(()), |text| write!(f, " has {text}"))
            }
            Condition::Ran(commands) => {
                let commands: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
                write!(f, "ran {}", commands.join(" or "))
            }
        }
    }
}
