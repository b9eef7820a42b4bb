//! What the inspector shows of an object of the Stage, as plain data: a head, its tabs, and for each tab the
//! docker command that shows the same.

pub mod files;
mod group;
mod life;
mod overview;
mod parts;
pub mod stats;
#[cfg(test)]
mod tests;

pub use files::{Files, Looked};
pub use group::{Group, Member};
pub use life::{Life, life};
pub use parts::{LayerRow, Layers, Origin};
pub use stats::Samples;

use crate::cli::format::json::pretty;
use crate::diagram::{Slots, health_of, short_id, state_of, text::Look};
use crate::model::World;
use crate::model::container::Container;
use crate::model::engine::Volume;
use crate::model::image::Image;
use crate::model::network::Network;
use crate::words::Words;

/// An object that can be inspected.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Container(&'a Container),
    Image(&'a Image),
    Volume(&'a Volume),
    Network(&'a Network),
    Group(Group<'a>),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Tab {
    #[default]
    Overview,
    Files,
    Logs,
    Env,
    Processes,
    Stats,
    Network,
    Layers,
    Json,
}

/// Name, state and tabs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    pub name: String,
    pub short_id: String,
    /// A container's: its class, its icon and its word.
    pub state: Option<(&'static str, &'static str, String)>,
    pub tabs: Vec<(Tab, &'static str)>,
}

/// A line of facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
}

/// What a tab shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    Facts(Vec<Fact>),
    Table {
        heads: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// Lines of a log; those of the standard error are marked.
    Lines(Vec<(bool, String)>),
    Code(String),
    Files(Files),
    Layers(Layers),
    Charts(Vec<stats::Chart>),
    /// What stands on the Stage as one.
    Members(Vec<Member>),
    /// Why there is nothing.
    Nothing(&'static str),
}

/// A tab's content and the command that shows the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    pub body: Body,
    pub command: String,
}

impl<'a> Subject<'a> {
    /// The object of a Stage's key.
    pub fn of(world: &'a World, key: &str) -> Option<Subject<'a>> {
        let (kind, id) = key.split_once(':')?;
        let engine = &world.engine;
        match kind {
            "container" => engine.containers.get(id).map(|found| Subject::Container(found)),
            "image" => engine.images.get(id).map(|found| Subject::Image(found)),
            "volume" => engine.volumes.get(id).map(|found| Subject::Volume(found)),
            "network" => engine.networks.get(id).map(|found| Subject::Network(found)),
            kind => Group::of(world, kind, id).map(Subject::Group),
        }
    }

    /// What a docker command calls it, or what a group is called together.
    pub fn name(self, world: &World, words: &'static Words) -> String {
        match self {
            Subject::Container(container) => container.name.to_string(),
            Subject::Image(image) => {
                parts::tags(world, image).into_iter().next().unwrap_or_else(|| short_id(&image.id).to_owned())
            }
            Subject::Volume(volume) => volume.name.to_string(),
            Subject::Network(network) => network.name.to_string(),
            Subject::Group(group) => group.name(words),
        }
    }

    fn tabs(self) -> &'static [Tab] {
        use Tab::{Env, Files, Json, Layers, Logs, Network, Overview, Processes, Stats};
        match self {
            Subject::Container(_) => &[Overview, Files, Logs, Env, Processes, Stats, Network, Json],
            Subject::Image(_) => &[Overview, Layers, Files, Env, Json],
            Subject::Volume(_) => &[Overview, Files, Json],
            Subject::Network(_) => &[Overview, Json],
            Subject::Group(_) => &[Overview],
        }
    }
}

/// What is inspected when an object is chosen: a layer leads to the smallest image that has it.
pub fn subject(world: &World, key: &str) -> (String, Option<Tab>) {
    let Some(chain) = key.strip_prefix("layer:") else { return (key.to_owned(), None) };
    let has = |image: &Image| image.layers.iter().any(|layer| **layer == *chain);
    let images = world.engine.images.values().filter(|image| has(image));
    match images.min_by_key(|image| image.layers.len()) {
        Some(image) => (format!("image:{}", image.id), Some(Tab::Layers)),
        None => (key.to_owned(), None),
    }
}

impl Tab {
    pub fn word(self, words: &'static Words) -> &'static str {
        let words = &words.inspect;
        match self {
            Tab::Overview => words.overview,
            Tab::Files => words.files,
            Tab::Logs => words.logs,
            Tab::Env => words.env,
            Tab::Processes => words.processes,
            Tab::Stats => words.stats,
            Tab::Network => words.network,
            Tab::Layers => words.layers,
            Tab::Json => words.json,
        }
    }
}

/// The head of an object's inspector; nothing for what can't be inspected or has gone.
pub fn head(world: &World, key: &str, words: &'static Words) -> Option<Head> {
    let subject = Subject::of(world, key)?;
    let (state, id) = match subject {
        Subject::Container(container) => {
            let look = Look::of(container);
            let mut word = state_of(container, words);
            if let Some(health) = health_of(container, words) {
                word = format!("{word} · {health}");
            }
            (Some((look.class(), look.icon(), word)), &*container.id)
        }
        Subject::Image(image) => (None, &*image.id),
        Subject::Network(network) => (None, &*network.id),
        Subject::Volume(_) | Subject::Group(_) => (None, ""),
    };
    let tabs = subject.tabs().iter().map(|tab| (*tab, tab.word(words))).collect();
    Some(Head { name: subject.name(world, words), short_id: short_id(id).to_owned(), state, tabs })
}

/// What a tab shows, of what is looked at within it.
pub fn panel(
    world: &World,
    slots: &Slots,
    key: &str,
    tab: Tab,
    looked: &Looked,
    samples: &Samples,
    words: &'static Words,
) -> Option<Panel> {
    let subject = Subject::of(world, key)?;
    let name = subject.name(world, words);
    let body = match (tab, subject) {
        (Tab::Files, subject) => Body::Files(files::list(world, slots, subject, looked, words)),
        (Tab::Json, subject) => Body::Code(document(world, subject, &name)?),
        (Tab::Logs, Subject::Container(container)) => overview::logs(world, container, words),
        (Tab::Env, Subject::Container(container)) => overview::environment(world, container, words),
        (Tab::Env, Subject::Image(image)) => overview::variables(image, words),
        (Tab::Processes, Subject::Container(container)) => overview::processes(world, container, words),
        (Tab::Stats, Subject::Container(container)) => stats::charts(container, samples, words),
        (Tab::Network, Subject::Container(container)) => overview::connections(world, container, words),
        (Tab::Layers, Subject::Image(image)) => Body::Layers(parts::layers(world, slots, image, words)),
        (_, Subject::Group(group)) => group.body(world, words),
        (_, subject) => Body::Facts(overview::facts(world, subject, words)),
    };
    Some(Panel { body, command: command(world, subject, tab, &name, looked) })
}

fn document(world: &World, subject: Subject, name: &str) -> Option<String> {
    let kind = match subject {
        Subject::Container(_) => "container",
        Subject::Image(_) => "image",
        Subject::Volume(_) => "volume",
        Subject::Network(_) => "network",
        Subject::Group(_) => return None,
    };
    let document = crate::engine::inspect::document(world, kind, name)?;
    Some(pretty(&serde_json::Value::Array(vec![document])))
}

/// The docker command that shows what the tab shows.
fn command(world: &World, subject: Subject, tab: Tab, name: &str, looked: &Looked) -> String {
    match subject {
        Subject::Container(container) => {
            let runs = Look::of(container).is_live();
            match tab {
                Tab::Overview | Tab::Json => format!("docker inspect {name}"),
                Tab::Files => match looked.row.as_deref().filter(|_| runs) {
                    Some(path) => format!("docker exec {name} ls -l {path}"),
                    None => format!("docker diff {name}"),
                },
                Tab::Logs => format!("docker logs {name}"),
                Tab::Env if runs => format!("docker exec {name} env"),
                Tab::Env => format!("docker inspect -f '{{{{json .Config.Env}}}}' {name}"),
                Tab::Processes => format!("docker top {name}"),
                Tab::Stats => format!("docker stats --no-stream {name}"),
                Tab::Network | Tab::Layers => format!("docker port {name}"),
            }
        }
        Subject::Image(_) => match tab {
            Tab::Layers => format!("docker history {name}"),
            Tab::Env => format!("docker image inspect -f '{{{{json .Config.Env}}}}' {name}"),
            Tab::Files => format!("docker run --rm {name} ls -l {}", looked.row.as_deref().unwrap_or("/")),
            _ => format!("docker image inspect {name}"),
        },
        Subject::Volume(_) => match tab {
            Tab::Files => format!("docker run --rm -v {name}:/data alpine ls -l /data"),
            _ => format!("docker volume inspect {name}"),
        },
        Subject::Network(_) => format!("docker network inspect {name}"),
        Subject::Group(group) => group.command(world),
    }
}
