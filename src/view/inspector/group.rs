//! What stands on the Stage as one: containers of one image in one state, or what found no place of its own.

use std::collections::BTreeSet;

use super::Body;
use crate::diagram::{human_size, short_id, state_of, text::Look};
use crate::model::World;
use crate::model::container::Container;
use crate::model::engine::Volume;
use crate::model::image::Image;
use crate::model::network::{Network, ipv4};
use crate::model::order::Order;
use crate::oci::layer;
use crate::words::Words;

/// Things that are opened together.
#[derive(Clone, Copy, Debug)]
pub enum Group<'a> {
    /// Of the image that the first of them has, in the state that it has.
    Alike(&'a Container),
    Containers,
    Images,
    Networks,
    Volumes,
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its key on the Stage.
    pub key: String,
    pub name: String,
    pub note: String,
    /// A container's: its class, its icon and its word.
    pub state: Option<(&'static str, &'static str, String)>,
}

impl<'a> Group<'a> {
    /// The group of a Stage's key; nothing when none of it is left.
    pub(super) fn of(world: &'a World, kind: &str, id: &str) -> Option<Group<'a>> {
        let group = match (kind, id) {
            ("group" | "chip", "rest") => Group::Containers,
            ("chip", "images") => Group::Images,
            ("chip", "networks") => Group::Networks,
            ("chip" | "note", "volumes") => Group::Volumes,
            ("group", id) => {
                let (image, class) = id.rsplit_once(':')?;
                let alike = |container: &&Container| *container.image == *image && Look::of(container).class() == class;
                Group::Alike(containers(world).find(alike)?)
            }
            _ => return None,
        };
        let is_empty = match group {
            Group::Alike(_) => false,
            Group::Containers => world.engine.containers.is_empty(),
            Group::Images => world.engine.images.is_empty(),
            Group::Networks => world.engine.networks.is_empty(),
            Group::Volumes => world.engine.volumes.is_empty(),
        };
        (!is_empty).then_some(group)
    }

    /// What all of them are called together.
    pub(super) fn name(self, words: &'static Words) -> String {
        let stage = &words.stage;
        match self {
            Group::Alike(first) => format!("{} · {}", first.config.image, Look::of(first).word(&stage.states)),
            Group::Containers => stage.containers.to_owned(),
            Group::Images => stage.images.to_owned(),
            Group::Networks => stage.networks.to_owned(),
            Group::Volumes => stage.volumes.to_owned(),
        }
    }

    pub(super) fn body(self, world: &World, words: &'static Words) -> Body {
        Body::Members(self.members(world, words))
    }

    /// The docker command that lists them.
    pub(super) fn command(self, world: &World) -> String {
        match self {
            Group::Alike(first) => {
                let filters: BTreeSet<String> = match Look::of(first) {
                    Look::Exited | Look::Failed => {
                        alike(world, first).map(|container| format!("exited={}", container.state.exit_code)).collect()
                    }
                    _ => BTreeSet::from([format!("status={}", first.state.status.name())]),
                };
                let filters: String = filters.iter().map(|filter| format!(" --filter {filter}")).collect();
                format!("docker ps -a --filter ancestor={}{filters}", first.config.image)
            }
            Group::Containers => "docker ps -a".to_owned(),
            Group::Images => "docker images".to_owned(),
            Group::Networks => "docker network ls".to_owned(),
            Group::Volumes => "docker volume ls".to_owned(),
        }
    }

    fn members(self, world: &World, words: &'static Words) -> Vec<Member> {
        let engine = &world.engine;
        match self {
            Group::Alike(first) => alike(world, first).map(|container| of_container(container, words)).collect(),
            Group::Containers => containers(world).map(|container| of_container(container, words)).collect(),
            Group::Images => engine.images.values().map(|image| of_image(world, image)).collect(),
            Group::Networks => engine.networks.values().map(|network| of_network(network)).collect(),
            Group::Volumes => engine.volumes.values().map(|volume| of_volume(world, volume)).collect(),
        }
    }
}

/// Oldest first, as they stand on the Stage.
fn containers(world: &World) -> impl Iterator<Item = &Container> {
    let mut all: Vec<&Container> = world.engine.containers.values().map(|container| &**container).collect();
    all.order_by_key(|container| container.created);
    all.into_iter()
}

fn alike<'a>(world: &'a World, first: &Container) -> impl Iterator<Item = &'a Container> {
    containers(world).filter(|container| container.image == first.image && Look::of(container) == Look::of(first))
}

fn of_container(container: &Container, words: &'static Words) -> Member {
    let look = Look::of(container);
    Member {
        key: format!("container:{}", container.id),
        name: container.name.to_string(),
        note: container.config.image.clone(),
        state: Some((look.class(), look.icon(), state_of(container, words))),
    }
}

fn of_image(world: &World, image: &Image) -> Member {
    let tag = super::parts::tags(world, image).into_iter().next();
    Member {
        key: format!("image:{}", image.id),
        name: tag.unwrap_or_else(|| short_id(&image.id).to_owned()),
        note: human_size(image.size),
        state: None,
    }
}

fn of_network(network: &Network) -> Member {
    let subnet = network.subnet.map(|(base, bits)| format!("{}/{bits}", ipv4(base)));
    Member {
        key: format!("network:{}", network.id),
        name: network.name.to_string(),
        note: subnet.unwrap_or_else(|| network.driver.to_string()),
        state: None,
    }
}

fn of_volume(world: &World, volume: &Volume) -> Member {
    let size = world.filesystems.get(&volume.fs).map(layer::size);
    Member {
        key: format!("volume:{}", volume.name),
        name: volume.name.to_string(),
        note: size.map(human_size).unwrap_or_default(),
        state: None,
    }
}
