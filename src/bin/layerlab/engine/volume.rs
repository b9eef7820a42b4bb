//! `/volumes`.

use std::collections::BTreeMap;

use layerlab::engine::api::{Answer as Said, Fault, Request};
use layerlab::engine::inspect::document as look;
use serde::Deserialize;
use serde_json::{Value, json};

use super::container::{inspect, or_null};
use super::http::{Ask, not_found};
use super::reply::{Answer, empty, json as document, strange};

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("GET", [] | [""]) => list(ask).await,
        ("POST", ["create"]) => create(ask).await,
        ("POST", ["prune"]) => {
            let request = Request::VolumePrune { filters: ask.query.filters()? };
            let Said::Pruned { deleted, reclaimed } = ask.board.answer(request).await? else { return Err(strange()) };
            Ok(document(200, &json!({ "VolumesDeleted": or_null(deleted), "SpaceReclaimed": reclaimed })))
        }
        ("GET", [name]) => inspect(ask, Request::VolumeInspect { volume: name.to_string() }).await,
        ("DELETE", [name]) => {
            let force = ask.query.flag("force");
            ask.board.answer(Request::VolumeRemove { volume: name.to_string(), force }).await.map(|_| empty(204))
        }
        _ => Err(not_found()),
    }
}

async fn list(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::VolumeList { filters: ask.query.filters()? };
    let Said::Volumes(rows) = ask.board.answer(request).await? else { return Err(strange()) };
    let mut all: Vec<Value> =
        rows.iter().filter_map(|row| ask.board.world(|world| look(world, "volume", &row.name))).collect();
    all.iter_mut().for_each(|volume| ask.board.clock.document(volume));
    Ok(document(200, &json!({ "Volumes": all, "Warnings": null })))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct New {
    name: String,
    driver: String,
    driver_opts: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
}

async fn create(ask: Ask) -> Result<Answer, Fault> {
    let New { name, driver, driver_opts: options, labels } = ask.document()?;
    let driver = if driver.is_empty() { "local".to_string() } else { driver };
    let Said::Created { id, .. } = ask.board.answer(Request::VolumeCreate { name, driver, labels, options }).await?
    else {
        return Err(strange());
    };
    let mut made = ask.board.world(|world| look(world, "volume", &id)).ok_or_else(strange)?;
    ask.board.clock.document(&mut made);
    Ok(document(201, &made))
}
