//! `DELETE /images/{name}`: moby's rules for untagging and deleting.

use crate::model::order::Order;
use std::rc::Rc;

use super::super::api::Fault;
use super::super::fault::{conflict, invalid};
use super::super::{find, store};
use super::{event, has_children, references};
use crate::model::container::{Container, Status};
use crate::model::engine::Engine;
use crate::model::image::Image;
use crate::model::{Text, World};
use crate::oci::reference::Reference;

/// One thing that was removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gone {
    /// A tag or a digest reference.
    Untagged(String),
    /// An image's id or a layer's chain id.
    Deleted(Text),
}

impl Gone {
    /// As `docker rmi` prints it.
    pub fn line(&self) -> String {
        match self {
            Gone::Untagged(reference) => format!("Untagged: {reference}"),
            Gone::Deleted(id) => format!("Deleted: {id}"),
        }
    }
}

/// Which conflicts keep an image.
#[derive(Clone, Copy)]
struct Mask {
    /// References to it.
    references: bool,
    /// Stopped containers made from it.
    stopped: bool,
}

struct Conflict {
    /// A container uses the image.
    used: bool,
    hard: bool,
    words: String,
}

impl Conflict {
    fn fault(&self, id: &str) -> Fault {
        let force = if self.hard { "cannot be forced" } else { "must be forced" };
        conflict(format!("conflict: unable to delete {} ({force}) - {}", short(id), self.words))
    }
}

/// The twelve digits of an id that people see.
pub fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// Removes a reference and, if it was the last one, the image; or an image by its id. With `prune`, also
/// ancestors that nobody needs.
pub fn remove(world: &mut World, name: &str, force: bool, prune: bool) -> Result<Vec<Gone>, Fault> {
    let image = find::image(&world.engine, name)?.image;
    let id = image.id.clone();
    let mut gone = Vec::new();
    let pointing = references(&world.engine, &image);
    let by_id = id.starts_with(name) || id.strip_prefix("sha256:").is_some_and(|hex| hex.starts_with(name));
    if !by_id {
        if !force
            && is_single(&pointing)
            && let Some(user) = users(&world.engine, &id).first()
        {
            return Err(conflict(format!(
                "conflict: unable to remove repository reference \"{name}\" (must force) - container {} is using its referenced image {}",
                short(&user.id),
                short(&id)
            )));
        }
        let reference = Reference::parse(name).map_err(|bad| invalid(bad.0))?.tagged();
        if untag_one(world, &id, &reference, &mut gone) > 0 {
            return Ok(gone);
        }
    } else if is_single(&pointing) {
        if let Some(found) = check(&world.engine, &id, Mask { references: false, stopped: !force }) {
            return Err(found.fault(&id));
        }
        untag_all(world, &id, &mut gone);
    }
    delete(world, &id, force, prune, !by_id, &mut gone)?;
    Ok(gone)
}

/// Takes one reference away, and the digests of its repository when no tag of that is left; returns how many
/// references the image still has.
fn untag_one(world: &mut World, id: &Text, reference: &Reference, gone: &mut Vec<Gone>) -> usize {
    drop_reference(world, id, reference);
    event(world, "untag", id, id);
    gone.push(Gone::Untagged(reference.familiar()));
    let mut left = remaining(world, id);
    let own = |other: &Reference| other.full_name() == reference.full_name();
    let tagged = left.iter().any(|other| other.digest.is_none() && own(other));
    if reference.digest.is_none() && !tagged {
        let digests: Vec<Reference> = left.iter().filter(|other| own(other)).cloned().collect();
        for digest in digests {
            drop_reference(world, id, &digest);
            gone.push(Gone::Untagged(digest.familiar()));
        }
        left = remaining(world, id);
    }
    left.len()
}

fn remaining(world: &World, id: &Text) -> Vec<Reference> {
    world.engine.images.get(id).map(|image| references(&world.engine, image)).unwrap_or_default()
}

fn untag_all(world: &mut World, id: &Text, gone: &mut Vec<Gone>) {
    for reference in remaining(world, id) {
        drop_reference(world, id, &reference);
        event(world, "untag", id, id);
        gone.push(Gone::Untagged(reference.familiar()));
    }
}

fn drop_reference(world: &mut World, id: &Text, reference: &Reference) {
    let name = reference.familiar();
    if reference.digest.is_none() {
        world.engine.tags.remove(name.as_str());
    } else if let Some(image) = world.engine.images.get_mut(id) {
        let digest = reference.digest.as_deref().unwrap_or_default();
        let name = format!("{}@{digest}", reference.familiar_name());
        Rc::make_mut(image).repo_digests.retain(|known| **known != *name);
    }
}

/// All references are of one repository, with at most one tag; false when there are none.
fn is_single(references: &[Reference]) -> bool {
    if references.len() <= 1 {
        return references.len() == 1;
    }
    let mut tags = references.iter().filter(|reference| reference.digest.is_none());
    let first = tags.next().or(references.first()).map(Reference::full_name);
    let mut digests = references.iter().filter(|reference| reference.digest.is_some()).peekable();
    tags.next().is_none() && digests.peek().is_some() && digests.all(|digest| Some(digest.full_name()) == first)
}

/// Containers made from an image, oldest first.
fn users<'a>(engine: &'a Engine, id: &'a str) -> Vec<&'a Rc<Container>> {
    let mut all: Vec<_> = engine.containers_of(id).collect();
    all.order_by_key(|container| container.upper);
    all
}

fn check(engine: &Engine, id: &str, mask: Mask) -> Option<Conflict> {
    if has_children(engine, id) {
        let words = "image has dependent child images".into();
        return Some(Conflict { used: false, hard: true, words });
    }
    let users = users(engine, id);
    let runs = |c: &Container| matches!(c.state.status, Status::Running | Status::Paused | Status::Restarting);
    if let Some(user) = users.iter().find(|c| runs(c)) {
        let words = format!("image is being used by running container {}", short(&user.id));
        return Some(Conflict { used: true, hard: true, words });
    }
    let referenced = || engine.images.get(id).is_some_and(|image| !references(engine, image).is_empty());
    if mask.references && referenced() {
        let words = "image is referenced in multiple repositories".into();
        return Some(Conflict { used: false, hard: false, words });
    }
    let user = users.iter().find(|c| !runs(c)).filter(|_| mask.stopped)?;
    let words = format!("image is being used by stopped container {}", short(&user.id));
    Some(Conflict { used: true, hard: false, words })
}

/// Deletes an image and then, with `prune`, its ancestors as far as nobody needs them. When `quiet`, a
/// conflict is told only if the image would be left dangling and unused.
fn delete(
    world: &mut World,
    id: &Text,
    force: bool,
    prune: bool,
    quiet: bool,
    gone: &mut Vec<Gone>,
) -> Result<(), Fault> {
    let (mut id, mut force, mut quiet) = (id.clone(), force, quiet);
    loop {
        if let Some(found) = check(&world.engine, &id, Mask { references: !force, stopped: !force }) {
            let dangling = remaining(world, &id).is_empty() && !has_children(&world.engine, &id);
            return if quiet && (!dangling || found.used) { Ok(()) } else { Err(found.fault(&id)) };
        }
        untag_all(world, &id, gone);
        let Some(image) = world.engine.images.get(&id).cloned() else { return Ok(()) };
        event(world, "delete", &id, &id);
        gone.push(Gone::Deleted(id.clone()));
        drop_image(world, &image, gone);
        match &image.parent {
            Some(parent) if prune && world.engine.images.contains_key(parent) => id = parent.clone(),
            _ => return Ok(()),
        }
        (force, quiet) = (false, true);
    }
}

/// Takes an image and the layers that only it had out of the store. Layers under a container's writable one
/// are not told, because Docker keeps them until the container goes.
fn drop_image(world: &mut World, image: &Image, gone: &mut Vec<Gone>) {
    let engine = &mut world.engine;
    engine.images.remove(&image.id);
    let held = engine.containers_of(&image.id).next().is_some();
    let had: Vec<&Text> = image.layers.iter().filter(|chain| engine.layers.contains_key(*chain)).collect();
    let had: Vec<Text> = had.into_iter().cloned().collect();
    store::drop_unused_layers(engine, &image.layers);
    if !held {
        let dropped = had.into_iter().rev().filter(|chain| !engine.layers.contains_key(chain));
        gone.extend(dropped.map(Gone::Deleted));
    }
}
