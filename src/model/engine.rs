//! What dockerd keeps: images, containers, networks, volumes, events.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::build::BuildCache;
use super::container::{Container, Exec};
use super::file::FsId;
use super::image::{Image, Layer};
use super::network::Network;
use super::time::Time;
use super::{Map, Text};

#[derive(Clone, PartialEq, Debug)]
pub struct Volume {
    pub name: Text,
    pub fs: FsId,
    pub created: Time,
    pub anonymous: bool,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub time: Time,
    /// `container`, `image`, `network`, `volume`, ...
    pub kind: &'static str,
    pub action: String,
    pub actor: Text,
    /// In the order of their names; a list, because thousands of events are kept by snapshots.
    pub attributes: Vec<(Text, Text)>,
}

impl Event {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Engine {
    /// By id, `sha256:...`.
    pub images: Map<Text, Rc<Image>>,
    /// Familiar references with tag (`node:18-alpine`) to image ids.
    pub tags: Map<Text, Text>,
    /// By chain id.
    pub layers: Map<Text, Rc<Layer>>,
    /// By id.
    pub containers: Map<Text, Rc<Container>>,
    /// Container names to ids.
    pub names: Map<Text, Text>,
    pub execs: Map<Text, Rc<Exec>>,
    /// By id.
    pub networks: Map<Text, Rc<Network>>,
    /// By name.
    pub volumes: Map<Text, Rc<Volume>>,
    /// By sequence number.
    pub events: Map<u64, Rc<Event>>,
    pub next_event: u64,
    /// Addresses in use, by network id and address.
    pub addresses: Map<(Text, u32), Text>,
    pub builds: BuildCache,
    /// The engine's own id, as `docker info` shows it.
    pub id: String,
}

impl Engine {
    /// The tags that point at an image, sorted.
    pub fn tags_of(&self, image: &str) -> Vec<Text> {
        self.tags.iter().filter(|(_, id)| &***id == image).map(|(tag, _)| tag.clone()).collect()
    }

    /// Containers, running or not, made from an image.
    pub fn containers_of<'a>(&'a self, image: &'a str) -> impl Iterator<Item = &'a Rc<Container>> {
        self.containers.values().filter(move |container| &*container.image == image)
    }

    pub fn container_by_name(&self, name: &str) -> Option<&Rc<Container>> {
        self.containers.get(self.names.get(name)?)
    }
}
