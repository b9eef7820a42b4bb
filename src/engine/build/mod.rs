//! What the builder needs of dockerd: base images, snapshots on a chain of layers, processes in them that are no
//! listed containers, images from layers, and a cache that outlives a build.
//!
//! The builder itself (Dockerfiles, graph, solver) knows more than dockerd does and stands above it; it asks
//! for these over the socket like any client.

mod cache;
mod prune;
mod resolve;
mod sandbox;

use std::rc::Rc;

pub use cache::layers;
pub use prune::matches;
pub use resolve::known;

use super::api::{Answer, Fault};
use super::daemon::Reporter;
use super::image::{event, point};
use super::store::{self, NewImage};
use crate::kernel::Sys;
use crate::model::build::{BuildRecord, BuildRun, RecordKind};
use crate::model::file::Fs;
use crate::model::time::Time;
use crate::model::{Text, World};
use crate::oci::config;
use crate::oci::reference::Reference;

#[derive(Clone, PartialEq, Debug)]
pub enum Ask {
    /// `Found::Image`: the configuration of an image, from the registry or from here; `Found::Nothing` if it is
    /// not here.
    Resolve { reference: String, remote: bool },
    /// `Found::Snapshot`: the layers of an image that was resolved, transferred if they are missing; streams
    /// `Reply::Progress`. Without `transfer`, `Found::Nothing` where that would be needed.
    Base { reference: String, id: String, transfer: bool },
    /// `Found::Snapshot` if the cache knows the first of these keys that it knows; else `Found::Nothing`.
    Look { keys: Vec<String> },
    /// `Found::Snapshot`: keeps a layer on a chain under these keys.
    Keep(Box<Keep>),
    /// Further keys for a record.
    Know { record: Text, keys: Vec<String> },
    /// `Found::Tree`: the files of a chain of layers.
    Tree { chain: Option<Text> },
    /// Runs a process on a chain of layers: streams `Reply::Output`, then `Found::Ran`.
    Run(Box<Run>),
    /// How a build stands, for whoever looks: under its number, or a new one (`Found::Number`).
    Report { number: Option<u64>, run: Rc<BuildRun> },
    /// `Found::Tree`: keeps a build context under a name and gives what was there before.
    Context { name: String, tree: Rc<Fs> },
    /// `Found::Image`: an image from layers.
    Image(Box<Export>),
    /// `Found::Records`.
    Records,
    /// `Found::Records`: what was removed.
    Prune(Prune),
}

/// A layer to keep.
#[derive(Clone, PartialEq, Debug)]
pub struct Keep {
    pub keys: Vec<String>,
    pub parent: Option<Text>,
    pub record: Option<Text>,
    pub diff: Rc<Fs>,
    /// All below it with it, where the asker knows.
    pub merged: Option<Rc<Fs>>,
    pub description: String,
}

/// A process to run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    pub chain: Option<Text>,
    pub argv: Vec<String>,
    /// `KEY=value`.
    pub env: Vec<String>,
    pub cwd: String,
    pub user: String,
    /// `default`, `none` or `host`.
    pub network: String,
    /// Names and addresses for `/etc/hosts`.
    pub hosts: Vec<(String, String)>,
    pub hostname: String,
    pub mounts: Vec<Mount>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Mount {
    pub at: String,
    pub source: Source,
    pub read_only: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// A path of a tree; what is written there is lost.
    Tree { tree: Rc<Fs>, path: String },
    /// A file system in memory of at most so many bytes, 0 for no limit.
    Memory { size: u64 },
    /// A directory that outlives the build, filled from a path of a tree when it is first made.
    Cache { id: String, from: Option<(Rc<Fs>, String)>, mode: u16, uid: u32, gid: u32 },
    /// A file with these bytes.
    File { bytes: Rc<Vec<u8>>, mode: u16, uid: u32, gid: u32 },
}

/// An image to make.
#[derive(Clone, PartialEq, Debug)]
pub struct Export {
    pub document: config::Image,
    pub chain: Option<Text>,
    /// Names to give it.
    pub tags: Vec<String>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Prune {
    pub all: bool,
    pub filters: Vec<(String, String)>,
    /// Bytes that may stay.
    pub keep: u64,
}

/// A chain of layers that the cache holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    pub record: Text,
    pub chain: Option<Text>,
    /// Seconds and nanoseconds since 1970.
    pub created: (i64, u32),
    /// It was there already.
    pub cached: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Found {
    Nothing,
    Image {
        id: String,
        document: Box<config::Image>,
        /// The manifest's digest where the image came from the registry.
        digest: Option<String>,
    },
    Snapshot(Snapshot),
    Tree(Option<Rc<Fs>>),
    Number(u64),
    Ran {
        code: i32,
        diff: Rc<Fs>,
    },
    /// The runtime could not start the process.
    Refused(String),
    Records(Vec<Row>),
}

/// A row of `docker buildx du`.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub record: BuildRecord,
    /// An image is made of it too.
    pub shared: bool,
}

pub async fn dispatch(sys: &Sys, out: &Reporter, ask: Ask) -> Result<Answer, Fault> {
    let found = match ask {
        Ask::Resolve { reference, remote } => resolve::resolve(sys, &reference, remote).await?,
        Ask::Base { reference, id, transfer } => resolve::base(sys, out, &reference, &id, transfer).await?,
        Ask::Look { keys } => sys.world(|w| cache::look(w, &keys)),
        Ask::Keep(keep) => sys.world(|w| cache::keep(w, *keep)),
        Ask::Report { number, run } => Found::Number(sys.world(|w| cache::report(w, number, run))),
        Ask::Know { record, keys } => {
            sys.world(|w| cache::know(w, &record, &keys));
            Found::Nothing
        }
        Ask::Tree { chain } => Found::Tree(sys.world(|w| tree(w, chain.as_ref()))),
        Ask::Run(run) => sandbox::run(sys, out, *run).await?,
        Ask::Context { name, tree } => Found::Tree(sys.world(|w| cache::context(w, &name, tree))),
        Ask::Image(export) => export_image(sys, *export)?,
        Ask::Records => Found::Records(sys.world(|w| cache::rows(w))),
        Ask::Prune(prune) => Found::Records(sys.world(|w| prune::prune(w, &prune))?),
    };
    sys.notify("engine", 0);
    Ok(Answer::Build(found))
}

fn tree(world: &World, chain: Option<&Text>) -> Option<Rc<Fs>> {
    world.engine.layers.get(chain?).map(|layer| layer.merged.clone())
}

/// The layers of a chain, base first.
fn chain_of(world: &World, top: Option<&Text>) -> Vec<Text> {
    let mut all = Vec::new();
    let mut next = top.cloned();
    while let Some(layer) = next.as_ref().and_then(|chain| world.engine.layers.get(chain)) {
        all.push(layer.chain_id.clone());
        next = layer.parent.clone();
    }
    all.reverse();
    all
}

fn export_image(sys: &Sys, export: Export) -> Result<Found, Fault> {
    let mut tags = Vec::new();
    for tag in &export.tags {
        tags.push(Reference::parse(tag).map_err(|bad| super::fault::invalid(bad.0))?.tagged());
    }
    Ok(sys.world(|w| {
        let layers = chain_of(w, export.chain.as_ref());
        let mut document = export.document;
        let diffs = layers.iter().filter_map(|chain| w.engine.layers.get(chain)?.diff_id.parse().ok());
        document.rootfs.diff_ids = diffs.collect();
        let created = store::moment(&document.created);
        let comment = document.history.last().map(|entry| entry.comment.clone()).unwrap_or_default();
        let new = NewImage { document: document.clone(), layers, parent: None, comment, created };
        let id = store::add_image(&mut w.engine, new);
        for tag in &tags {
            point(w, &id, tag);
        }
        if tags.is_empty() {
            event(w, "create", &id, &id);
        }
        Found::Image { id: id.to_string(), document: Box::new(document), digest: None }
    }))
}

/// A record's id: 25 digits of base 36, as BuildKit's.
fn record_id(world: &mut World) -> Text {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let id: String = (0..25).map(|_| DIGITS[world.random.below(36) as usize] as char).collect();
    id.as_str().into()
}

/// A fresh record.
fn record(world: &mut World, kind: RecordKind, description: &str) -> BuildRecord {
    BuildRecord {
        id: record_id(world),
        kind,
        description: description.into(),
        parents: Vec::new(),
        chain: None,
        tree: None,
        fs: None,
        created: world.now,
        used: None,
        uses: 0,
        size: 0,
    }
}

/// The records as `GET /system/df` tells them.
pub fn usage(world: &World) -> Vec<serde_json::Value> {
    let time = |time: Time| time.rfc3339_nano();
    let row = |row: Row| {
        serde_json::json!({
            "ID": &*row.record.id,
            "Parents": row.record.parents.iter().map(|id| id.to_string()).collect::<Vec<_>>(),
            "Type": row.record.kind.name(),
            "Description": row.record.description,
            "InUse": false,
            "Shared": row.shared,
            "Size": row.record.size,
            "CreatedAt": time(row.record.created),
            "LastUsedAt": row.record.used.map(time),
            "UsageCount": row.record.uses,
        })
    };
    cache::rows(world).into_iter().map(row).collect()
}
