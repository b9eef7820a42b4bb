//! The build cache: records by the keys of the steps that made them.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Found, Keep, Row, Snapshot, record};
use crate::engine::store;
use crate::model::build::{BuildRecord, BuildRun, RecordKind};
use crate::model::engine::Engine;
use crate::model::file::Fs;
use crate::model::{Text, World, limits};
use crate::oci::layer;

/// Every layer that the cache holds, those below others included.
pub fn layers(engine: &Engine) -> BTreeSet<Text> {
    let mut all = BTreeSet::new();
    for record in engine.builds.records.values() {
        let mut next = record.chain.clone();
        while let Some(chain) = next.filter(|chain| !all.contains(chain)) {
            next = engine.layers.get(&chain).and_then(|layer| layer.parent.clone());
            all.insert(chain);
        }
    }
    all
}

fn touch(world: &mut World, id: &Text) {
    let now = world.now;
    if let Some(record) = world.engine.builds.records.get_mut(id) {
        let record = Rc::make_mut(record);
        record.used = Some(now);
        record.uses += 1;
    }
}

fn snapshot(record: &BuildRecord, cached: bool) -> Snapshot {
    Snapshot { record: record.id.clone(), chain: record.chain.clone(), created: record.created.epoch(), cached }
}

/// The record of the first key that is known.
pub fn look(world: &mut World, keys: &[String]) -> Found {
    let found = keys.iter().find_map(|key| world.engine.builds.find(key)).cloned();
    let Some(record) = found else { return Found::Nothing };
    touch(world, &record.id);
    know(world, &record.id, keys);
    Found::Snapshot(snapshot(&record, true))
}

/// Leads keys to a record.
pub fn know(world: &mut World, record: &Text, keys: &[String]) {
    for key in keys {
        world.engine.builds.keys.insert(key.as_str().into(), record.clone());
    }
}

/// Keeps a layer under its keys.
pub fn keep(world: &mut World, ask: Keep) -> Found {
    let diff_id = layer::diff_id(&ask.diff).to_string();
    let size = layer::size(&ask.diff);
    let chain = store::add_merged_layer(&mut world.engine, ask.parent.as_ref(), &diff_id, ask.diff, ask.merged);
    let mut new = record(world, RecordKind::Regular, &ask.description);
    new.parents = ask.record.into_iter().collect();
    (new.chain, new.size) = (Some(chain), size);
    Found::Snapshot(insert(world, new, &ask.keys))
}

/// Adds a record under keys.
pub fn insert(world: &mut World, record: BuildRecord, keys: &[String]) -> Snapshot {
    let answer = snapshot(&record, false);
    let id = record.id.clone();
    world.engine.builds.records.insert(id.clone(), Rc::new(record));
    know(world, &id, keys);
    touch(world, &id);
    answer
}

/// Remembers how a build stands.
pub fn report(world: &mut World, number: Option<u64>, run: Rc<BuildRun>) -> u64 {
    let builds = &mut world.engine.builds;
    let number = number.unwrap_or_else(|| {
        builds.next_run += 1;
        builds.next_run
    });
    builds.runs.insert(number, run);
    while builds.runs.len() > limits::BUILD_RUNS {
        let Some(oldest) = builds.runs.keys().next().copied() else { break };
        builds.runs.remove(&oldest);
    }
    number
}

/// Keeps a build context and gives the one before.
pub fn context(world: &mut World, name: &str, tree: Rc<Fs>) -> Option<Rc<Fs>> {
    let key = format!("local {name}");
    let size = layer::size(&tree);
    let Some(id) = world.engine.builds.keys.get(key.as_str()).cloned() else {
        let mut new = record(world, RecordKind::Source, &format!("local source for {name}"));
        (new.tree, new.size) = (Some(tree), size);
        insert(world, new, &[key]);
        return None;
    };
    touch(world, &id);
    let record = Rc::make_mut(world.engine.builds.records.get_mut(&id)?);
    record.size = size;
    record.tree.replace(tree)
}

/// All records, the oldest first.
pub fn rows(world: &World) -> Vec<Row> {
    let engine = &world.engine;
    let used: BTreeSet<&Text> = engine.images.values().flat_map(|image| &image.layers).collect();
    let row = |record: &Rc<BuildRecord>| Row {
        shared: record.chain.as_ref().is_some_and(|chain| used.contains(chain)),
        record: (**record).clone(),
    };
    let mut rows: Vec<Row> = engine.builds.records.values().map(row).collect();
    crate::model::order::Order::order_by_key(rows.as_mut_slice(), |row| (row.record.created, row.record.id.clone()));
    rows
}
