//! Finding containers and images by what people type: names, ids, beginnings of ids.

use std::rc::Rc;

use super::api::Fault;
use super::fault::{invalid, no_container, no_image};
use crate::model::container::Container;
use crate::model::engine::Engine;
use crate::model::image::Image;
use crate::model::{Map, Text};
use crate::oci::reference::Reference;

/// The one key that starts with `prefix`; `Err(true)` when there are several.
fn by_prefix<V: Clone + 'static>(map: &Map<Text, V>, prefix: &str) -> Result<Text, bool> {
    let mut found = map.range(Text::from(prefix)..).take_while(|(key, _)| key.starts_with(prefix));
    match (found.next(), found.next()) {
        (Some((key, _)), None) => Ok(key.clone()),
        (Some(_), Some(_)) => Err(true),
        _ => Err(false),
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
}

/// A container by id, name or unique beginning of its id.
pub fn container(engine: &Engine, name: &str) -> Result<Rc<Container>, Fault> {
    if name.is_empty() {
        return Err(invalid("invalid container name or ID: value is empty"));
    }
    let bare = name.strip_prefix('/').unwrap_or(name);
    if let Some(found) = engine.containers.get(bare).or_else(|| engine.container_by_name(bare)) {
        return Ok(found.clone());
    }
    if is_hex(bare) {
        match by_prefix(&engine.containers, bare) {
            Ok(id) => return engine.containers.get(&id).cloned().ok_or_else(|| no_container(name)),
            Err(true) => {
                return Err(super::fault::fault(400, format!("Multiple IDs found with provided prefix: {bare}")));
            }
            Err(false) => {}
        }
    }
    Err(no_container(name))
}

/// How an image was named.
pub struct FoundImage {
    pub image: Rc<Image>,
    /// The tag (`alpine:3.19`) or digest reference that was typed, when it was not an id.
    pub reference: Option<Text>,
}

/// An image by tag, digest, id or unique beginning of its id.
pub fn image(engine: &Engine, name: &str) -> Result<FoundImage, Fault> {
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    if is_hex(hex) && hex.len() == 64 {
        let id: Text = format!("sha256:{hex}").into();
        if let Some(image) = engine.images.get(&id) {
            return Ok(FoundImage { image: image.clone(), reference: None });
        }
        return Err(no_image(name));
    }
    let parsed = Reference::parse(name).map_err(|bad| invalid(bad.0))?.tagged();
    if let Some(digest) = &parsed.digest {
        let wanted = format!("{}@{digest}", parsed.familiar_name());
        let found = engine.images.values().find(|image| image.repo_digests.iter().any(|d| **d == *wanted));
        return match found {
            Some(image) => Ok(FoundImage { image: image.clone(), reference: Some(wanted.into()) }),
            None => Err(no_image(name)),
        };
    }
    let tag: Text = parsed.familiar().into();
    if let Some(image) = engine.tags.get(&tag).and_then(|id| engine.images.get(id)) {
        return Ok(FoundImage { image: image.clone(), reference: Some(tag) });
    }
    if is_hex(hex)
        && let Ok(id) = by_prefix(&engine.images, &format!("sha256:{hex}"))
        && let Some(image) = engine.images.get(&id)
    {
        return Ok(FoundImage { image: image.clone(), reference: None });
    }
    Err(no_image(&tag))
}
