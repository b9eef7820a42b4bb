//! `GET /images/{name}/json` and `/history` (Engine API v1.50).

use serde_json::{Map as Object, Value, json};

use super::super::api::{Fault, HistoryRow};
use super::super::{VERSION, find, store};
use super::references;
use crate::model::World;
use crate::model::image::Image;
use crate::model::time::{Time, rfc3339};
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;

const NEVER: &str = "0001-01-01T00:00:00Z";

/// The document of `docker image inspect`. As in Docker 28.2, empty fields of `Config` are left out.
pub fn inspect(world: &World, name: &str) -> Result<Value, Fault> {
    let image = find::image(&world.engine, name)?.image;
    let pointing = references(&world.engine, &image);
    let names = |digest: bool| -> Vec<String> {
        pointing.iter().filter(|one| one.digest.is_some() == digest).map(Reference::familiar).collect()
    };
    let last = image.history.last();
    let comment = if image.comment.is_empty() { last.map_or("", |entry| &entry.comment) } else { &image.comment };
    let layers = image.layers.iter().filter_map(|chain| world.engine.layers.get(chain));
    let diff_ids: Vec<&str> = layers.map(|layer| &*layer.diff_id).collect();
    let config = serde_json::to_value(store::document(&image.config)).unwrap_or_default();
    let mut document = json!({
        "Id": &*image.id,
        "RepoTags": names(false),
        "RepoDigests": names(true),
        "Parent": image.parent.as_deref().unwrap_or_default(),
        "Comment": comment,
        "Created": rfc3339(image.created.0, image.created.1),
        "DockerVersion": if made_here(&image) { VERSION } else { "" },
        "Author": image.author,
        "Config": config,
        "Architecture": image.architecture,
    });
    let rest = json!({
        "Os": image.os,
        "Size": image.size,
        "GraphDriver": { "Data": directories(&image), "Name": "overlay2" },
        "RootFS": root_fs(&diff_ids),
        "Metadata": { "LastTagTime": image.last_tagged.map_or_else(|| NEVER.into(), Time::rfc3339_nano) },
    });
    if let (Some(document), Value::Object(rest)) = (document.as_object_mut(), rest) {
        if !image.variant.is_empty() {
            document.insert("Variant".into(), json!(image.variant));
        }
        document.extend(rest);
    }
    Ok(document)
}

/// Made by `docker commit` or `docker import`, which leave the engine's version.
fn made_here(image: &Image) -> bool {
    image.parent.is_some() || matches!(&image.history[..], [only] if only.created_by.is_empty())
}

fn root_fs(diff_ids: &[&str]) -> Value {
    if diff_ids.is_empty() { json!({ "Type": "layers" }) } else { json!({ "Type": "layers", "Layers": diff_ids }) }
}

/// The directories of overlay2 in which the layers would lie.
fn directories(image: &Image) -> Value {
    let mut data = Object::new();
    let dir = |chain: &str| format!("/var/lib/docker/overlay2/{}", Digest::of(chain.as_bytes()).hex());
    let Some((top, below)) = image.layers.split_last() else { return Value::Null };
    if !below.is_empty() {
        let lower: Vec<String> = below.iter().rev().map(|chain| format!("{}/diff", dir(chain))).collect();
        data.insert("LowerDir".into(), json!(lower.join(":")));
    }
    let top = dir(top);
    data.insert("MergedDir".into(), json!(format!("{top}/merged")));
    data.insert("UpperDir".into(), json!(format!("{top}/diff")));
    data.insert("WorkDir".into(), json!(format!("{top}/work")));
    Value::Object(data)
}

/// The steps of an image's making, newest first. The image's own id, and its ancestors', stand at the first
/// rows; the steps of others are `<missing>`.
pub fn history(world: &World, name: &str) -> Result<Vec<HistoryRow>, Fault> {
    let engine = &world.engine;
    let image = find::image(engine, name)?.image;
    let mut layers = image.layers.iter();
    let mut rows: Vec<HistoryRow> = Vec::new();
    for entry in &image.history {
        let layer = if entry.empty_layer { None } else { layers.next().and_then(|chain| engine.layers.get(chain)) };
        let size = layer.map_or(0, |layer| layer.size);
        rows.push(HistoryRow { id: "<missing>".into(), entry: entry.clone(), size, tags: Vec::new() });
    }
    rows.reverse();
    let mut named = Some(image);
    for row in &mut rows {
        let Some(image) = named else { break };
        row.id = image.id.to_string();
        let tags = references(engine, &image).into_iter().filter(|one| one.digest.is_none());
        row.tags = tags.map(|tag| tag.familiar()).collect();
        named = image.parent.as_ref().and_then(|parent| engine.images.get(parent)).cloned();
    }
    Ok(rows)
}
