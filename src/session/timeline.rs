//! The timeline: what each operation was, and the World before and after it.

use super::log::{Input, Switch};
use crate::model::World;
use crate::model::time::Time;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A line at the host's prompt.
    Host,
    /// A line at a container's prompt.
    Container,
    Edit,
    Switch,
}

/// One operation. Snapshots share what did not change.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    pub kind: Kind,
    /// The line, or what was switched or edited.
    pub text: String,
    pub at: Time,
    /// The exit status, once the prompt is back.
    pub status: Option<i32>,
    pub before: World,
    /// The World when the prompt was back; absent while the line still runs.
    pub after: Option<World>,
}

impl Tick {
    pub(super) fn new(input: &Input, container: bool, before: World) -> Option<Tick> {
        let (kind, text) = match input {
            Input::Line(text) if container => (Kind::Container, text.clone()),
            Input::Line(text) => (Kind::Host, text.clone()),
            Input::Edit { path, .. } => (Kind::Edit, path.clone()),
            Input::Switch(Switch::Network(up)) => {
                (Kind::Switch, format!("network {}", if *up { "up" } else { "down" }))
            }
            Input::Switch(Switch::Damage(image)) => (Kind::Switch, format!("damage {image}")),
            Input::Switch(Switch::Slow(slow)) => {
                (Kind::Switch, format!("registry {}", if *slow { "slow" } else { "fast" }))
            }
            Input::Switch(Switch::Full(full)) => {
                (Kind::Switch, format!("disk {}", if *full { "full" } else { "free" }))
            }
            Input::Switch(Switch::Port { port, taken }) => {
                (Kind::Switch, format!("port {port} {}", if *taken { "taken" } else { "free" }))
            }
            _ => return None,
        };
        Some(Tick { kind, text, at: before.now, status: None, before, after: None })
    }
}
