//! `/build`: the build cache.

use layerlab::engine::api::{Answer as Said, Fault, Request};
use layerlab::engine::build::{Ask as Question, Found, Prune};
use serde_json::json;

use super::http::{Ask, not_found};
use super::reply::{Answer, json as document, not_simulated, strange};

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("POST", ["prune"]) => prune(ask).await,
        ("POST", []) => Err(not_simulated("POST /build")),
        _ => Err(not_found()),
    }
}

async fn prune(ask: Ask) -> Result<Answer, Fault> {
    let keep = ask.query.number("reserved-space")?.or(ask.query.number("keep-storage")?).unwrap_or(0);
    let prune =
        Prune { all: ask.query.flag("all"), filters: ask.query.filters()?, keep: u64::try_from(keep).unwrap_or(0) };
    let Said::Build(Found::Records(rows)) = ask.board.answer(Request::Build(Question::Prune(prune))).await? else {
        return Err(strange());
    };
    let deleted: Vec<String> = rows.iter().map(|row| row.record.id.to_string()).collect();
    let reclaimed: u64 = rows.iter().filter(|row| !row.shared).map(|row| row.record.size).sum();
    Ok(document(200, &json!({ "CachesDeleted": super::container::or_null(deleted), "SpaceReclaimed": reclaimed })))
}
