//! The layers that an object's files come from, top first, and what each brings.

use crate::diagram::{Label, Slots, hue, human_size};
use crate::model::World;
use crate::model::container::MountKind;
use crate::model::file::{Fs, Ino, Kind, ROOT};
use crate::model::image::Image;
use crate::oci::layer;
use crate::view::complete::{host, walk};
use crate::words::Words;

use super::Subject;

/// Where a file comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    Writable,
    /// A layer of the image, counted from the base.
    Layer(usize),
    /// A volume or a directory of the host.
    Mount(usize),
}

/// One part of the whole.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub origin: Origin,
    pub fs: &'a Fs,
    pub root: Ino,
    /// Where it stands in the whole; `/` but for a mount.
    pub at: String,
    /// What made it: `COPY . .`, the name of a volume.
    pub name: String,
    pub hue: Option<u16>,
    pub bars: [i32; 4],
}

/// All parts of an object: mounts, then what is laid over each other, top first.
#[derive(Clone, Debug, Default)]
pub struct Stack<'a> {
    pub mounts: Vec<Part<'a>>,
    pub laid: Vec<Part<'a>>,
}

impl<'a> Stack<'a> {
    pub fn of(world: &'a World, slots: &Slots, subject: Subject<'a>, words: &'static Words) -> Stack<'a> {
        match subject {
            Subject::Image(image) => Stack { mounts: Vec::new(), laid: image_parts(world, slots, image) },
            Subject::Container(container) => {
                let mut laid = Vec::new();
                if let Some(fs) = world.filesystems.get(&container.upper) {
                    laid.push(plain(Origin::Writable, fs, ROOT, "/", words.inspect.writable));
                }
                match world.engine.images.get(&container.image) {
                    Some(image) => laid.extend(image_parts(world, slots, image)),
                    None => laid.push(plain(Origin::Layer(0), &container.lower, ROOT, "/", words.inspect.image_gone)),
                }
                let mounts = container.mounts.iter().enumerate().filter_map(|(at, mount)| {
                    let (fs, root) = match mount.kind {
                        MountKind::Volume => {
                            let volume = world.engine.volumes.get(mount.name.as_str())?;
                            (world.filesystems.get(&volume.fs)?, ROOT)
                        }
                        MountKind::Bind => {
                            let fs = host(world)?;
                            (fs, walk(fs, &mount.source)?)
                        }
                        MountKind::Tmpfs => return None,
                    };
                    let name = match mount.kind {
                        MountKind::Volume => format!("{} {}", words.inspect.volume, mount.name),
                        _ => format!("{} {}", words.inspect.bind, mount.source),
                    };
                    Some(plain(Origin::Mount(at), fs, root, &mount.destination, &name))
                });
                Stack { mounts: mounts.collect(), laid }
            }
            Subject::Volume(volume) => {
                let fs = world.filesystems.get(&volume.fs);
                let part = fs.map(|fs| plain(Origin::Mount(0), fs, ROOT, "/", &volume.name));
                Stack { mounts: Vec::new(), laid: part.into_iter().collect() }
            }
            Subject::Network(_) | Subject::Group(_) => Stack::default(),
        }
    }

    pub fn part(&self, origin: Origin) -> Option<&Part<'a>> {
        self.mounts.iter().chain(&self.laid).find(|part| part.origin == origin)
    }
}

fn plain<'a>(origin: Origin, fs: &'a Fs, root: Ino, at: &str, name: &str) -> Part<'a> {
    Part { origin, fs, root, at: at.to_owned(), name: name.to_owned(), hue: None, bars: [0; 4] }
}

/// An image's layers, top first.
fn image_parts<'a>(world: &'a World, slots: &Slots, image: &Image) -> Vec<Part<'a>> {
    let labels = crate::diagram::labels(image);
    let layers = image.layers.iter().enumerate().filter_map(|(at, chain)| {
        let layer = world.engine.layers.get(chain)?;
        Some(Part {
            origin: Origin::Layer(at),
            fs: &layer.diff,
            root: ROOT,
            at: "/".to_owned(),
            name: labels.get(at).map(said).unwrap_or_default(),
            hue: Some(slots.hue(&layer.diff_id)),
            bars: hue::fingerprint(&layer.diff_id),
        })
    });
    let mut parts: Vec<Part> = layers.collect();
    parts.reverse();
    parts
}

fn said(label: &Label) -> String {
    match label.instruction.is_empty() {
        true => label.text.clone(),
        false => format!("{} {}", label.instruction, label.short),
    }
}

/// The names of an image.
pub(super) fn tags(world: &World, image: &Image) -> Vec<String> {
    world.engine.tags_of(&image.id).iter().map(ToString::to_string).collect()
}

/// An image's layers and steps, and what of them nobody can see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layers {
    /// Newest first, as `docker history` lists them.
    pub rows: Vec<LayerRow>,
    /// Bytes in all layers, and those of files that a layer above hides.
    pub total: String,
    pub wasted: u64,
    /// The share that can be seen, in percent.
    pub efficiency: u64,
    pub worst: Vec<(String, String)>,
}

/// A step of an image's making; one without a layer has neither colour nor files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerRow {
    pub step: String,
    pub size: String,
    pub layer: Option<usize>,
    pub hue: Option<u16>,
    pub bars: [i32; 4],
    pub files: usize,
}

/// Files named that are hidden for nothing.
const WORST: usize = 5;

pub(super) fn layers(world: &World, slots: &Slots, image: &Image, words: &'static Words) -> Layers {
    let stack = Stack::of(world, slots, Subject::Image(image), words);
    let mut at = 0;
    let mut rows: Vec<LayerRow> = Vec::new();
    for step in &image.history {
        let said = crate::diagram::label_of(&step.created_by);
        let text = format!("{} {}", said.instruction, said.text).trim().to_owned();
        let part = stack.part(Origin::Layer(at)).filter(|_| !step.empty_layer);
        rows.push(LayerRow {
            step: text,
            size: human_size(part.map_or(0, |part| layer::size(part.fs))),
            layer: part.map(|_| at),
            hue: part.and_then(|part| part.hue),
            bars: part.map_or([0; 4], |part| part.bars),
            files: part.map_or(0, |part| layer::files(part.fs)),
        });
        at += usize::from(!step.empty_layer);
    }
    rows.reverse();
    let (total, hidden) = hidden(&stack);
    let wasted: u64 = hidden.iter().map(|(_, size)| size).sum();
    let efficiency = (100 * (total - wasted)).checked_div(total).unwrap_or(100);
    let worst = hidden.into_iter().take(WORST).map(|(path, size)| (path, human_size(size))).collect();
    Layers { rows, total: human_size(total), wasted, efficiency, worst }
}

/// The bytes of all layers, and the files that a layer above replaces or hides, largest first.
fn hidden(stack: &Stack) -> (u64, Vec<(String, u64)>) {
    use crate::model::order::Order;
    let mut total = 0;
    let mut found: Vec<(String, u64)> = Vec::new();
    for (at, part) in stack.laid.iter().enumerate() {
        layer::walk(part.fs, &mut |path, _, inode| {
            let Kind::File(data) = &inode.kind else { return };
            total += data.len();
            let above = stack.laid.get(..at).unwrap_or_default();
            if !data.is_empty() && above.iter().any(|above| covers(above.fs, path)) {
                found.push((format!("/{path}"), data.len()));
            }
        });
    }
    found.order_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    (total, found)
}

/// Whether a layer has something of its own in a path's place, or hides it.
fn covers(fs: &Fs, path: &str) -> bool {
    let mut dir = ROOT;
    let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
    while let Some(name) = names.next() {
        let Some(ino) = fs.child(dir, name) else { return false };
        let Some(inode) = fs.get(ino) else { return false };
        match &inode.kind {
            Kind::Dir(_) if inode.opaque => return true,
            Kind::Dir(_) if names.peek().is_some() => dir = ino,
            _ => return true,
        }
    }
    false
}
