//! `POST /commit`: an image from what a container changed.

use super::api::{Answer, Commit, Fault};
use super::fault::{conflict, internal, invalid};
use super::image::point;
use super::store::{self, NewImage};
use super::{change, events, find, life};
use crate::kernel::Sys;
use crate::model::container::{Container, Status};
use crate::model::file::{Fs, Ino, ROOT};
use crate::model::image::{Config, Image};
use crate::model::time::{Time, rfc3339};
use crate::model::{Text, World};
use crate::oci::config::{self, RootFs};
use crate::oci::layer;
use crate::oci::reference::Reference;

/// Time that writing a layer takes.
const TAKES: Time = Time::millis(80);

pub async fn commit(sys: &Sys, ask: Commit) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, &ask.container))?;
    if matches!(container.state.status, Status::Dead | Status::Removing) {
        let state = if container.state.status == Status::Dead { "Dead" } else { "being removed" };
        return Err(conflict(format!("You cannot commit container {} which is {state}", container.id)));
    }
    let target = match ask.target.as_str() {
        "" => None,
        target => Some(Reference::parse(target).map_err(|bad| invalid(bad.0))?.tagged()),
    };
    let paused = ask.pause && life::pause(sys, &container.id).is_ok();
    let _ = sys.sleep(TAKES).await;
    let made = sys.world(|w| make(w, &container, &ask, target.as_ref()));
    if paused {
        let _ = life::unpause(sys, &container.id);
    }
    sys.notify("engine", 0);
    made.map(|id| Answer::Created { id: id.to_string(), warnings: Vec::new() })
}

/// Makes and tags the image; returns its id.
pub fn make(world: &mut World, container: &Container, ask: &Commit, target: Option<&Reference>) -> Result<Text, Fault> {
    let mut config = (*container.config).clone();
    change::apply(&mut config, &ask.changes)?;
    fill(&mut config, &container.config);
    let Some(parent) = world.engine.images.get(&container.image).cloned() else {
        let hex = container.image.strip_prefix("sha256:").unwrap_or(&container.image);
        return Err(internal(format!(
            "failed to get digest {}: open /var/lib/docker/image/overlay2/imagedb/content/sha256/{hex}: no such file or directory",
            container.image
        )));
    };
    let mut diff = world.filesystems.get(&container.upper).cloned().unwrap_or_else(|| Fs::new(layer::root_meta(0)));
    drop_unnamed(&mut diff);
    let empty = diff.entries(ROOT).is_none_or(|entries| entries.is_empty());
    let mut layers = parent.layers.clone();
    if !empty {
        let diff_id = layer::diff_id(&diff).to_string();
        layers.push(store::add_layer(&mut world.engine, parent.layers.last(), &diff_id, || diff));
    }
    let created = world.now.epoch();
    let step = config::History {
        created: rfc3339(created.0, created.1),
        created_by: container.config.cmd.clone().unwrap_or_default().join(" "),
        author: ask.author.clone(),
        comment: ask.comment.clone(),
        empty_layer: empty,
    };
    let document = child(world, &parent, &layers, &config, step);
    let new = NewImage { document, layers, parent: Some(parent.id.clone()), comment: String::new(), created };
    let id = store::add_image(&mut world.engine, new);
    if let Some(target) = target {
        point(world, &id, target);
    }
    let reference = target.map(Reference::familiar).unwrap_or_default();
    let more = [("comment", ask.comment.clone()), ("imageID", id.to_string()), ("imageRef", reference)];
    events::container(world, &container.id, "commit", &more);
    Ok(id)
}

/// The configuration document of an image that is its parent and one more step.
fn child(world: &World, parent: &Image, layers: &[Text], config: &Config, step: config::History) -> config::Image {
    let diff_ids = layers.iter().filter_map(|chain| world.engine.layers.get(chain)?.diff_id.parse().ok());
    let before = parent.history.iter().map(|entry| config::History {
        created: rfc3339(entry.created, 0),
        created_by: entry.created_by.clone(),
        author: entry.author.clone(),
        comment: entry.comment.clone(),
        empty_layer: entry.empty_layer,
    });
    config::Image {
        created: step.created.clone(),
        author: step.author.clone(),
        architecture: parent.architecture.clone(),
        os: parent.os.clone(),
        config: store::document(config),
        rootfs: RootFs { diff_ids: diff_ids.collect(), ..RootFs::default() },
        history: before.chain([step]).collect(),
    }
}

/// What the instructions left empty is the container's again (moby's `merge`).
fn fill(config: &mut Config, from: &Config) {
    if config.entrypoint.as_ref().is_none_or(Vec::is_empty) {
        if config.cmd.as_ref().is_none_or(Vec::is_empty) {
            config.cmd.clone_from(&from.cmd);
        }
        if config.entrypoint.is_none() {
            config.entrypoint.clone_from(&from.entrypoint);
        }
    }
}

/// Drops what has no name any more and lives only because somebody holds it open.
pub fn drop_unnamed(fs: &mut Fs) {
    let unnamed: Vec<Ino> = fs.inodes.iter().filter(|(_, inode)| inode.links == 0).map(|(ino, _)| *ino).collect();
    for ino in unnamed {
        fs.forget(ino);
    }
}
