//! `docker builder prune`.

use std::collections::BTreeSet;

use super::{Prune, Row, cache};
use crate::engine::api::Fault;
use crate::engine::fault::invalid;
use crate::engine::{parse_duration, store};
use crate::model::order::Order;
use crate::model::time::Time;
use crate::model::{Text, World};

/// Removes records: with `all` every one, else those that no image is made of; gives what was removed.
pub fn prune(world: &mut World, ask: &Prune) -> Result<Vec<Row>, Fault> {
    let until = until(world, &ask.filters)?;
    let rows = cache::rows(world);
    let mut total: u64 = rows.iter().map(|row| row.record.size).sum();
    let wanted = |row: &Row| {
        let old = until.is_none_or(|until| row.record.used.unwrap_or(row.record.created) <= until);
        (ask.all || !row.shared) && old && matches(row, &ask.filters)
    };
    // What was used longest ago goes first, and only until the rest is small enough.
    let mut candidates: Vec<Row> = rows.into_iter().filter(wanted).collect();
    candidates.order_by_key(|row| row.record.used.unwrap_or(row.record.created));
    let mut gone = Vec::new();
    for row in candidates {
        if ask.keep > 0 && total <= ask.keep {
            break;
        }
        total -= row.record.size;
        gone.push(row);
    }
    let ids: BTreeSet<Text> = gone.iter().map(|row| row.record.id.clone()).collect();
    drop_records(world, &ids);
    Ok(gone)
}

/// Takes records away, with the keys that led to them and the layers that nobody else holds.
fn drop_records(world: &mut World, ids: &BTreeSet<Text>) {
    let mut chains = Vec::new();
    for id in ids {
        let Some(record) = world.engine.builds.records.remove(id) else { continue };
        chains.extend(super::chain_of(world, record.chain.as_ref()));
        if let Some(fs) = record.fs {
            world.filesystems.remove(&fs);
        }
    }
    let stale = world.engine.builds.keys.iter().filter(|(_, id)| ids.contains(*id));
    let stale: Vec<Text> = stale.map(|(key, _)| key.clone()).collect();
    for key in stale {
        world.engine.builds.keys.remove(&key);
    }
    // The topmost layers first: one below another is in use as long as that is there.
    let mut unique: Vec<Text> = Vec::new();
    for chain in chains {
        if !unique.contains(&chain) {
            unique.push(chain);
        }
    }
    store::drop_unused_layers(&mut world.engine, &unique);
}

fn until(world: &World, filters: &[(String, String)]) -> Result<Option<Time>, Fault> {
    let Some((_, value)) = filters.iter().find(|(key, _)| matches!(key.as_str(), "until" | "unused-for")) else {
        return Ok(None);
    };
    let age = parse_duration(value).ok_or_else(|| invalid(format!("time: invalid duration {value:?}")))?;
    Ok(Some(world.now.since(age)))
}

/// Whether a record passes the filters on what it is.
pub fn matches(row: &Row, filters: &[(String, String)]) -> bool {
    filters.iter().all(|(key, value)| match key.as_str() {
        "id" => row.record.id.starts_with(value.as_str()),
        "type" => row.record.kind.name() == value,
        "description" => row.record.description == *value,
        "shared" => row.shared == (value != "false"),
        _ => true,
    })
}
