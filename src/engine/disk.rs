//! `GET /system/df`.

use std::cmp::Reverse;
use std::rc::Rc;

use serde_json::{Value, json};

use super::container;
use crate::model::World;
use crate::model::container::{Container, Status};
use crate::model::image::Image;
use crate::model::order::Order;
use crate::oci::layer;

/// What images, containers, volumes and the build cache take.
pub fn usage(world: &World) -> Value {
    let engine = &world.engine;
    let shared = |image: &Image| -> u64 {
        let common = |chain: &&crate::model::Text| {
            engine.images.values().filter(|other| other.layers.contains(*chain)).count() > 1
        };
        image.layers.iter().filter(common).filter_map(|chain| engine.layers.get(chain)).map(|layer| layer.size).sum()
    };
    let mut images: Vec<&Rc<Image>> = engine.images.values().collect();
    images.order_by_key(|image| Reverse(image.created));
    let images = images.into_iter().map(|image| {
        json!({
            "Id": &*image.id,
            "RepoTags": engine.tags_of(&image.id).iter().map(|tag| tag.to_string()).collect::<Vec<_>>(),
            "RepoDigests": image.repo_digests.iter().map(|digest| digest.to_string()).collect::<Vec<_>>(),
            "Created": image.created.0,
            "Size": image.size,
            "SharedSize": shared(image),
            "Containers": engine.containers_of(&image.id).count(),
        })
    });
    let mut containers: Vec<&Rc<Container>> = engine.containers.values().collect();
    containers.order_by_key(|c| Reverse((c.created, c.upper)));
    let containers = containers.into_iter().map(|c| {
        let (own, all) = container::sizes(world, c);
        let running = matches!(c.state.status, Status::Running | Status::Paused | Status::Restarting);
        let volumes: Vec<&str> =
            c.mounts.iter().map(|mount| mount.name.as_str()).filter(|name| !name.is_empty()).collect();
        json!({
            "Id": &*c.id,
            "Names": [format!("/{}", c.name)],
            "Image": c.config.image,
            "ImageID": &*c.image,
            "Command": container::command(c),
            "Created": c.created.epoch().0,
            "State": c.state.status.name(),
            "Status": container::status(world.now, c),
            "Running": running,
            "SizeRw": own,
            "SizeRootFs": all,
            "LocalVolumes": volumes,
            "Mounts": super::inspect::mounts(c),
        })
    });
    let volumes = engine.volumes.values().map(|volume| {
        let users = engine.containers.values().filter(|c| c.mounts.iter().any(|m| m.name == *volume.name)).count();
        json!({
            "Name": &*volume.name,
            "Driver": "local",
            "Labels": volume.labels,
            "Mountpoint": super::volume::mountpoint(&volume.name),
            "Scope": "local",
            "UsageData": {
                "Size": world.filesystems.get(&volume.fs).map_or(0, layer::size),
                "RefCount": users,
            },
        })
    });
    json!({
        "LayersSize": engine.layers.values().map(|layer| layer.size).sum::<u64>(),
        "Images": images.collect::<Vec<_>>(),
        "Containers": containers.collect::<Vec<_>>(),
        "Volumes": volumes.collect::<Vec<_>>(),
        "BuildCache": super::build::usage(world),
    })
}
