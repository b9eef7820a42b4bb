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

/// The suggestions' layers, base first: a line with the reference, then a line `DIFF-ID SIZE` a layer. The page
/// draws them before it has fetched the catalogue; a test holds them against it.
const TABLE: &str = include_str!("shelf.txt");

/// An image of the registry. What is no suggestion is looked up, which reads its layers' trees: keep the answer.
pub fn item(reference: &str) -> Option<ShelfItem> {
    suggested(reference).or_else(|| found(reference))
}

fn suggested(reference: &str) -> Option<ShelfItem> {
    let mut lines = TABLE.lines().skip_while(|line| *line != reference);
    let reference = lines.next()?.to_owned();
    let layer = |line: &str| line.split_once(' ').and_then(|(id, size)| Some((id.to_owned(), size.parse().ok()?)));
    Some(shelved(reference, lines.map_while(layer).collect()))
}

fn found(reference: &str) -> Option<ShelfItem> {
    let (repository, tag) = reference.rsplit_once(':')?;
    let Answer::Found(image) = catalogue::resolve(repository, Wanted::Tag(tag)) else { return None };
    let layer = |layer: &catalogue::LayerRef| {
        let size = catalogue::layer(layer.name).map_or(layer.compressed, |layer| layer.size);
        (layer.diff_id.to_string(), size)
    };
    Some(shelved(reference.to_owned(), image.layers.iter().map(layer).collect()))
}

fn shelved(reference: String, layers: Vec<(String, u64)>) -> ShelfItem {
    ShelfItem { reference, size: layers.iter().map(|(_, bytes)| bytes).sum(), layers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suggestion_is_in_the_registry() {
        for name in SUGGESTIONS {
            let found = found(name);
            let lines = found.iter().flat_map(|item| &item.layers).map(|(id, size)| format!("{id} {size}\n"));
            let table: String = std::iter::once(format!("{name}\n")).chain(lines).collect();
            assert!(TABLE.contains(&table), "shelf.txt has not:\n{table}");
            let item = item(name);
            assert_eq!(item, found);
            assert!(item.as_ref().is_some_and(|item| item.size > 1_000_000 && !item.layers.is_empty()), "{name}");
        }
        assert_eq!(item("nothing:here"), None);
        assert_eq!(references(&World::new(1)), SUGGESTIONS);
    }
}
