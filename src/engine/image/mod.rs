//! What is asked of images: listing, telling, tagging, removing, finding them in the registry.

pub(super) mod inspect;
mod list;
mod prune;
mod remove;

use super::api::{Answer, Fault, Filters, Request, SearchRow};
use super::daemon::Reporter;
use super::fault::{fault, invalid};
use super::{archive, catalogue, commit, disk, events, find, listing, store, transfer};
use crate::kernel::Sys;
use crate::model::engine::Engine;
use crate::model::image::Image;
use crate::model::order::Order;
use crate::model::{Text, World};
use crate::oci::reference::Reference;

/// Answers the requests that concern images and archives; none for any other.
pub async fn dispatch(sys: &Sys, out: &Reporter, request: Request) -> Option<Result<Answer, Fault>> {
    let answer = match request {
        Request::ImageList { all, filters } => sys.world(|w| list::list(w, all, &filters)).map(Answer::Images),
        Request::ImageInspect { image } => sys.world(|w| inspect::inspect(w, &image)).map(Answer::Json),
        Request::ImageHistory { image } => sys.world(|w| inspect::history(w, &image)).map(Answer::History),
        Request::ImageTag { image, target } => {
            changed(sys, sys.world(|w| tag(w, &image, &target)).map(|()| Answer::Nothing))
        }
        Request::ImageRemove { image, force, no_prune } => {
            let removed = sys.world(|w| remove::remove(w, &image, force, !no_prune));
            changed(sys, removed.map(|gone| Answer::Lines(gone.iter().map(remove::Gone::line).collect())))
        }
        Request::ImagePrune { all, filters } => changed(sys, sys.world(|w| prune::prune(w, all, &filters))),
        Request::ImageSearch { term, limit, filters } => search(sys, &term, limit, &filters).map(Answer::Search),
        Request::Commit(ask) => commit::commit(sys, ask).await,
        Request::ImageSave { images } => sys.world(|w| transfer::save(w, &images)),
        Request::ImageLoad { tar } => changed(sys, sys.world(|w| transfer::load(w, &tar))),
        Request::ImageImport { tar, target, message, changes } => {
            changed(sys, sys.world(|w| transfer::import(w, &tar, &target, &message, &changes)))
        }
        Request::ContainerExport { container } => transfer::export(sys, &container),
        Request::ArchiveStat { container, path } => archive::stat(sys, &container, &path),
        Request::ArchiveGet { container, path } => archive::get(sys, &container, &path),
        Request::ArchivePut { container, path, tar, no_overwrite_dir_non_dir, copy_uid_gid } => {
            let ask = archive::Put { no_overwrite_dir_non_dir, copy_uid_gid };
            changed(sys, archive::put(sys, &container, &path, &tar, ask))
        }
        Request::DiskUsage => Ok(Answer::Json(sys.world(|w| disk::usage(w)))),
        request => return listing::dispatch(sys, out, request),
    };
    Some(answer)
}

/// Tells whoever watches the engine that it may have changed.
fn changed(sys: &Sys, answer: Result<Answer, Fault>) -> Result<Answer, Fault> {
    sys.notify("engine", 0);
    answer
}

/// What points at an image: its tags, and the digests under which it was pulled; sorted as moby's reference
/// store sorts them (by full name, a tag before a digest).
pub fn references(engine: &Engine, image: &Image) -> Vec<Reference> {
    let tags = engine.tags_of(&image.id);
    let all = tags.iter().chain(&image.repo_digests);
    let mut all: Vec<Reference> = all.filter_map(|text| Reference::parse(text).ok()).collect();
    all.order_by_key(|reference| format!("{}{}", reference.full_name(), reference.suffix()));
    all
}

/// The images whose parent this is.
pub fn has_children(engine: &Engine, id: &str) -> bool {
    engine.images.values().any(|image| image.parent.as_deref() == Some(id))
}

/// Records what happened to an image; `name` is its reference or id.
pub fn event(world: &mut World, action: &str, id: &str, name: &str) {
    let labels = world.engine.images.get(id).map(|image| image.config.labels.clone()).unwrap_or_default();
    let labels = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    events::record(world, "image", action, id, labels.chain([("name", name)]));
}

pub fn tag(world: &mut World, image: &str, target: &str) -> Result<(), Fault> {
    let found = find::image(&world.engine, image)?.image;
    let reference = Reference::parse(target).map_err(|bad| invalid(bad.0))?.tagged();
    if reference.digest.is_some() {
        return Err(invalid("refusing to create a tag with a digest reference"));
    }
    point(world, &found.id, &reference);
    Ok(())
}

/// Points a tag at an image because a person asked for it.
pub fn point(world: &mut World, id: &Text, reference: &Reference) {
    let name = reference.familiar();
    store::tag(world, &name, id);
    event(world, "tag", id, &name);
}

/// Most rows that a search gives, and how many when nothing is said.
const SEARCH_MOST: usize = 100;
const SEARCH_USUAL: usize = 25;

fn search(sys: &Sys, term: &str, limit: usize, filters: &Filters) -> Result<Vec<SearchRow>, Fault> {
    if limit > SEARCH_MOST {
        return Err(invalid(format!("limit {limit} is outside the range of [1, {SEARCH_MOST}]")));
    }
    let mut official = None;
    let mut stars = 0;
    for (key, value) in filters {
        let bad = || invalid(format!("invalid filter '{key}=[{value}]'"));
        match key.as_str() {
            "is-official" => official = Some(boolean(value).ok_or_else(bad)?),
            "is-automated" => {
                // Docker Hub builds nothing by itself any more, so nothing is automated.
                if boolean(value).ok_or_else(bad)? {
                    return Ok(Vec::new());
                }
            }
            "stars" => stars = stars.max(value.parse::<u64>().map_err(|_| bad())?),
            _ => return Err(invalid(format!("invalid filter '{key}'"))),
        }
    }
    if !sys.world(|w| w.network_up) {
        return Err(fault(
            500,
            format!(
                "Get \"https://index.docker.io/v1/search?q={term}&n={SEARCH_USUAL}\": dial tcp: lookup index.docker.io: Temporary failure in name resolution"
            ),
        ));
    }
    let limit = if limit == 0 { SEARCH_USUAL } else { limit };
    let rows = catalogue::search(term).into_iter().map(|listing| SearchRow {
        name: listing.name.into(),
        description: listing.description.into(),
        stars: u64::from(listing.stars),
        official: listing.official,
    });
    Ok(rows
        .filter(|row| row.stars >= stars && official.is_none_or(|wanted| row.official == wanted))
        .take(limit)
        .collect())
}

/// `true`, `1`, `false` or `0`, as filters take it.
pub fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The `dangling` filter, if it is given.
fn dangling(filters: &Filters) -> Result<Option<bool>, Fault> {
    let values: Vec<&str> =
        filters.iter().filter(|(key, _)| key == "dangling").map(|(_, value)| value.as_str()).collect();
    match values[..] {
        [] => Ok(None),
        [value] => boolean(value).map(Some).ok_or_else(|| invalid(format!("invalid filter 'dangling=[{value}]'"))),
        _ => Err(invalid(format!("invalid filter 'dangling=[{}]'", values.join(" ")))),
    }
}

/// Whether an image passes the `label` and `label!` filters.
fn labels_match(image: &Image, filters: &Filters) -> bool {
    let has = |value: &str| super::container::label_matches(&image.config.labels, value);
    filters.iter().all(|(key, value)| match key.as_str() {
        "label" => has(value),
        "label!" => !has(value),
        _ => true,
    })
}

/// The moment that an `until` filter names: an age, seconds since 1970, or RFC 3339.
fn until(world: &World, filters: &Filters) -> Result<Option<(i64, u32)>, Fault> {
    let mut values = filters.iter().filter(|(key, _)| key == "until").map(|(_, value)| value.as_str());
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid("more than one until filter specified"));
    }
    if let Some(age) = super::parse_duration(value) {
        let (seconds, nanos) = world.now.epoch();
        let whole = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        return Ok(Some((seconds.saturating_sub(whole), nanos)));
    }
    let moment = value.parse::<i64>().ok().or_else(|| catalogue::seconds(value));
    let moment = moment.or_else(|| catalogue::seconds(&format!("{value}T00:00:00Z")));
    match moment {
        Some(seconds) => Ok(Some((seconds, 0))),
        None => Err(invalid(format!("failed to parse value as time or duration: {value:?}"))),
    }
}

#[cfg(test)]
pub(in crate::engine) mod tests;
