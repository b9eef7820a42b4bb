//! Objects that texts name (`container web`, `image alpine:3.19`), as the Stage keys them.

use crate::model::World;

/// The Stage's key of an object, if it is there.
#[inline(never)]
pub fn stage_key(world: &World, object: &str) -> Option<String> {
    let (kind, name) = object.split_once(' ')?;
    let engine = &world.engine;
    match kind {
        "container" => engine.names.get(name).map(|id| format!("container:{id}")),
        "image" => {
            let tagged = if name.contains(':') { name.to_string() } else { format!("{name}:latest") };
            engine.tags.get(tagged.as_str()).map(|id| format!("image:{id}"))
        }
        "volume" => engine.volumes.contains_key(name).then(|| format!("volume:{name}")),
        "network" => {
            let network = engine.networks.values().find(|network| &*network.name == name);
            network.map(|network| format!("network:{}", network.id))
        }
        _ => None,
    }
}
