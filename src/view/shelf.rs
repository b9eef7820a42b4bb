//! What the registry's shelf shows: what was pulled, then what a beginner may try.

use crate::diagram::ShelfItem;
use crate::engine::catalogue::{self, Answer, Wanted};
use crate::model::World;

const SUGGESTIONS: [&str; 5] =
    ["node:18-alpine", "nginx:alpine", "redis:7-alpine", "postgres:16-alpine", "alpine:latest"];

/// What the shelf shows for a World, in order. It may name what the registry does not have.
pub fn references(world: &World) -> Vec<String> {
    let tags = &world.engine.tags;
    let (pulled, others): (Vec<&str>, Vec<&str>) = SUGGESTIONS.into_iter().partition(|name| tags.contains_key(*name));
    let more = tags.keys().map(|tag| &**tag).filter(|tag| !SUGGESTIONS.contains(tag));
    pulled.into_iter().chain(more).chain(others).map(str::to_owned).collect()
}

/// An image of the registry. This reads its layers' trees: keep the answer.
pub fn item(reference: &str) -> Option<ShelfItem> {
    let (repository, tag) = reference.rsplit_once(':')?;
    let Answer::Found(image) = catalogue::resolve(repository, Wanted::Tag(tag)) else { return None };
    let layer = |layer: &catalogue::LayerRef| {
        let size = catalogue::layer(layer.name).map_or(layer.compressed, |layer| layer.size);
        (layer.diff_id.to_string(), size)
    };
    let layers: Vec<(String, u64)> = image.layers.iter().map(layer).collect();
    let size = layers.iter().map(|(_, bytes)| bytes).sum();
    Some(ShelfItem { reference: reference.to_owned(), size, layers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suggestion_is_in_the_registry() {
        for name in SUGGESTIONS {
            let item = item(name);
            assert!(item.as_ref().is_some_and(|item| item.size > 1_000_000 && !item.layers.is_empty()), "{name}");
        }
        assert_eq!(item("nothing:here"), None);
        assert_eq!(references(&World::new(1)), SUGGESTIONS);
    }
}
