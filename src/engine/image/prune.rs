//! `POST /images/prune`.

use crate::model::order::Order;
use std::collections::BTreeMap;

use super::super::api::{Answer, Fault, Filters};
use super::super::events;
use super::super::fault::invalid;
use super::remove::{Gone, remove};
use super::{dangling, has_children, labels_match, references, until};
use crate::model::{Text, World};

const FILTERS: [&str; 4] = ["dangling", "label", "label!", "until"];

/// Removes images that have no tag or, with `all`, those that no container uses.
pub fn prune(world: &mut World, all: bool, filters: &Filters) -> Result<Answer, Fault> {
    if let Some((key, _)) = filters.iter().find(|(key, _)| !FILTERS.contains(&key.as_str())) {
        return Err(invalid(format!("invalid filter '{key}'")));
    }
    let only_dangling = dangling(filters)?.unwrap_or(!all);
    let until = until(world, filters)?;
    let engine = &world.engine;
    let sizes: BTreeMap<Text, u64> = engine.layers.iter().map(|(chain, layer)| (chain.clone(), layer.size)).collect();
    let mut chosen: Vec<_> = engine.images.values().cloned().collect();
    chosen.retain(|image| {
        let child = has_children(engine, &image.id);
        let inner = child && (only_dangling || references(engine, image).is_empty());
        !inner && until.is_none_or(|until| image.created <= until) && labels_match(image, filters)
    });
    chosen.order_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    let mut gone = Vec::new();
    for image in chosen {
        let pointing = references(&world.engine, &image);
        let names: Vec<String> = if pointing.is_empty() {
            vec![image.id.strip_prefix("sha256:").unwrap_or(&image.id).to_string()]
        } else if !only_dangling || pointing.iter().all(|reference| reference.digest.is_some()) {
            pointing.iter().map(|reference| format!("{}{}", reference.full_name(), reference.suffix())).collect()
        } else {
            continue;
        };
        // What is in use stays, without a word; so does what went with an earlier one.
        for name in names {
            gone.extend(remove(world, &name, false, true).unwrap_or_default());
        }
    }
    let mut reclaimed = 0;
    let mut deleted = Vec::new();
    for one in gone {
        deleted.push(match one {
            Gone::Untagged(reference) => format!("untagged: {reference}"),
            Gone::Deleted(id) => {
                reclaimed += sizes.get(&id).copied().unwrap_or(0);
                format!("deleted: {id}")
            }
        });
    }
    events::record(world, "image", "prune", "", [("reclaimed", reclaimed.to_string().as_str())]);
    Ok(Answer::Pruned { deleted, reclaimed })
}
