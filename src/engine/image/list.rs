//! `GET /images/json`.

use crate::model::order::Order;
use std::rc::Rc;

use super::super::api::{Fault, Filters, ImageSummary};
use super::super::fault::invalid;
use super::super::find;
use super::{dangling, has_children, labels_match, references, until};
use crate::model::World;
use crate::model::glob;
use crate::model::image::Image;
use crate::oci::reference::Reference;

const FILTERS: [&str; 7] = ["dangling", "label", "label!", "before", "since", "reference", "until"];

/// The images, newest first.
pub fn list(world: &World, all: bool, filters: &Filters) -> Result<Vec<ImageSummary>, Fault> {
    if let Some((key, _)) = filters.iter().find(|(key, _)| !FILTERS.contains(&key.as_str())) {
        return Err(invalid(format!("invalid filter '{key}'")));
    }
    let engine = &world.engine;
    let dangling = dangling(filters)?;
    let moment = |key: &str| -> Result<Option<(i64, u32)>, Fault> {
        let named = filters.iter().rfind(|(k, _)| k == key);
        named.map(|(_, value)| find::image(engine, value).map(|found| found.image.created)).transpose()
    };
    let (before, since, until) = (moment("before")?, moment("since")?, until(world, filters)?);
    let mut images: Vec<&Rc<Image>> = engine.images.values().collect();
    images.retain(|image| {
        before.is_none_or(|before| image.created < before)
            && since.is_none_or(|since| image.created > since)
            && until.is_none_or(|until| image.created <= until)
            && labels_match(image, filters)
    });
    images.order_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    let mut rows = Vec::new();
    for image in images {
        if let Some(row) = row(world, image, all, dangling, filters)? {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// An image's row; none when it is filtered out.
fn row(
    world: &World,
    image: &Image,
    all: bool,
    dangling: Option<bool>,
    filters: &Filters,
) -> Result<Option<ImageSummary>, Fault> {
    let engine = &world.engine;
    let head = !has_children(engine, &image.id);
    if dangling == Some(true) && !head {
        return Ok(None);
    }
    let patterns: Vec<&str> =
        filters.iter().filter(|(key, _)| key == "reference").map(|(_, value)| value.as_str()).collect();
    let (mut tags, mut digests) = (Vec::new(), Vec::new());
    for reference in references(engine, image) {
        if !patterns.is_empty() && !any_matches(&patterns, &reference)? {
            continue;
        }
        if reference.digest.is_some() {
            digests.push(reference.familiar());
        } else if dangling == Some(true) {
            return Ok(None);
        } else {
            tags.push(reference.familiar());
        }
    }
    if tags.is_empty() && digests.is_empty() {
        let hidden = (!all && !head) || dangling == Some(false) || !patterns.is_empty();
        if hidden {
            return Ok(None);
        }
    }
    Ok(Some(ImageSummary {
        id: image.id.clone(),
        parent: image.parent.clone(),
        tags,
        digests,
        created: image.created.0,
        size: image.size,
        labels: image.config.labels.clone(),
        containers: engine.containers_of(&image.id).count(),
    }))
}

/// Whether a pattern matches the familiar reference or its name alone.
fn any_matches(patterns: &[&str], reference: &Reference) -> Result<bool, Fault> {
    let texts = [reference.familiar(), reference.familiar_name()];
    for pattern in patterns {
        for text in &texts {
            if glob::matches(pattern, text).ok_or_else(|| invalid("syntax error in pattern"))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
