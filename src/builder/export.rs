//! What a build leaves: an image, or the files of its last stage.

use super::build::{Build, Built, Failure, Session};
use super::progress::End;
use super::solve::Solved;
use crate::engine::build::{Ask, Export, Found};
use crate::kernel::{Errno, Sys, split_last};
use crate::model::file::{Fs, Kind};
use crate::model::time::{Time, rfc3339};
use crate::oci::{config, layer, tar};

/// Time that an image takes to be written, for each part of it.
const EXPORT: Time = Time::millis(18);

/// Where the result goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Among the engine's images.
    #[default]
    Image,
    /// Into a directory of the host.
    Local(String),
    /// A tar in a file of the host; standard output if there is no name.
    Tar(String),
    /// Nowhere: only the cache has it.
    Cache,
}

/// Makes what was asked for, and shows it.
pub async fn export(
    session: &mut Session,
    ask: &Build,
    image: config::Image,
    solved: Solved,
    built: &mut Built,
) -> Result<(), Failure> {
    let (title, status) = match &ask.output {
        Output::Image => {
            built.id = self::image(session, ask, image, solved).await?;
            return Ok(());
        }
        Output::Cache => return Ok(()),
        Output::Local(_) => ("exporting to client directory", "copying files"),
        Output::Tar(_) => ("exporting to client tarball", "sending tarball"),
    };
    let step = session.trace.begin(title, session.sys.now());
    let Found::Tree(tree) = session.ask(Ask::Tree { chain: solved.chain }).await? else { return Err(session.lost()) };
    let size = tree.as_ref().map_or(0, |tree| layer::size(tree));
    let _ = session.sys.sleep(EXPORT).await;
    if let (Output::Local(dir), Some(tree)) = (&ask.output, &tree)
        && let Err((path, errno)) = write(&session.sys, dir, tree)
    {
        let why = format!("error from receiver: failed to open {path}: {}", errno.text().to_lowercase());
        session.trace.finish(step, End::Failed(why.clone()), session.sys.now());
        return Err(Failure::new(why));
    }
    let now = session.sys.now();
    session.trace.status(step, status, (size, 0), true, now);
    session.trace.finish(step, End::Done, now);
    built.tree = tree;
    session.show().await;
    Ok(())
}

/// Writes a tree into a directory of the host, as whoever builds.
fn write(sys: &Sys, dir: &str, tree: &Fs) -> Result<(), (String, Errno)> {
    let mut place = String::new();
    for name in dir.split('/').filter(|name| !name.is_empty()) {
        place = format!("{place}/{name}");
        match sys.mkdir(&place, 0o755) {
            Ok(()) | Err(Errno::Exist) => {}
            Err(errno) => return Err((place, errno)),
        }
    }
    let mut failed = None;
    layer::walk(tree, &mut |path, _, inode| {
        if failed.is_some() {
            return;
        }
        let at = format!("{}/{path}", dir.trim_end_matches('/'));
        let done = match &inode.kind {
            Kind::Dir(_) => match sys.mkdir(&at, inode.meta.mode | 0o700) {
                Err(Errno::Exist) => Ok(()),
                done => done,
            },
            Kind::File(data) => {
                let _ = sys.unlink(&at);
                sys.put(&at, data.clone(), inode.meta.mode)
            }
            Kind::Symlink(target) => {
                let _ = sys.unlink(&at);
                sys.symlink(target, &at)
            }
            _ => Ok(()),
        };
        let dated = done.and_then(|()| match inode.kind {
            Kind::File(_) => sys.set_mtime(&at, inode.meta.mtime, inode.meta.nanos),
            _ => Ok(()),
        });
        if let Err(errno) = dated {
            failed = Some((split_last(&at).1.to_string(), errno));
        }
    });
    failed.map_or(Ok(()), Err)
}

/// The tar of a tree.
pub fn pack(tree: &Fs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
    let mut writer = tar::Writer::new(&mut sink);
    layer::write_tar(tree, &mut writer);
    writer.finish();
    bytes
}

/// Makes the image, names it and says so.
async fn image(
    session: &mut Session,
    ask: &Build,
    mut image: config::Image,
    solved: Solved,
) -> Result<String, Failure> {
    let step = session.trace.begin("exporting to image", session.sys.now());
    session.trace.status(step, "exporting layers", (0, 0), false, session.sys.now());
    let _ = session.sys.sleep(EXPORT).await;
    session.trace.status(step, "exporting layers", (0, 0), true, session.sys.now());
    date(&mut image, &solved.created, session.sys.now());
    let export = Export { document: image, chain: solved.chain, tags: ask.tags.clone() };
    let Found::Image { id, .. } = session.ask(Ask::Image(Box::new(export))).await? else { return Err(session.lost()) };
    let now = session.sys.now();
    session.trace.status(step, &format!("writing image {id}"), (0, 0), true, now);
    for tag in &ask.tags {
        session.trace.status(step, &format!("naming to {tag}"), (0, 0), true, now);
    }
    session.trace.finish(step, End::Done, session.sys.now());
    session.show().await;
    Ok(id)
}

/// Dates an image's history: layers when they were made, the rest like the layer before, or like the first new
/// layer where nothing new came before it.
fn date(image: &mut config::Image, created: &[(i64, u32)], now: Time) {
    let text = |(seconds, nanos): &(i64, u32)| rfc3339(*seconds, *nanos);
    let mut layers = created.iter();
    for entry in image.history.iter_mut().filter(|entry| entry.created.is_empty() && !entry.empty_layer) {
        entry.created = layers.next().map(text).unwrap_or_default();
    }
    let mut last = String::new();
    let mut missing = false;
    for entry in &image.history {
        if entry.created.is_empty() {
            missing = true;
        } else {
            last.clone_from(&entry.created);
            if missing {
                break;
            }
        }
    }
    missing = false;
    for entry in &mut image.history {
        if entry.created.is_empty() {
            missing = true;
            entry.created.clone_from(&last);
        } else if missing {
            last.clone_from(&entry.created);
        }
    }
    image.created = match image.history.iter().rev().find(|entry| !entry.created.is_empty()) {
        Some(entry) => entry.created.clone(),
        None => {
            let (seconds, nanos) = now.epoch();
            rfc3339(seconds, nanos)
        }
    };
}
