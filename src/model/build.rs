//! What the builder keeps between builds: its cache, as `docker system df` and `docker builder prune` see it.

use std::rc::Rc;

use super::file::{Fs, FsId};
use super::time::Time;
use super::{Map, Text};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RecordKind {
    /// The result of a step, or a base image.
    Regular,
    /// A build context as it was sent.
    Source,
    /// What `RUN --mount=type=cache` keeps.
    CacheMount,
}

impl RecordKind {
    pub fn name(self) -> &'static str {
        match self {
            RecordKind::Regular => "regular",
            RecordKind::Source => "source.local",
            RecordKind::CacheMount => "exec.cachemount",
        }
    }
}

/// One entry of the build cache.
#[derive(Clone, PartialEq, Debug)]
pub struct BuildRecord {
    pub id: Text,
    pub kind: RecordKind,
    pub description: String,
    pub parents: Vec<Text>,
    /// The layer chain that it is, if it is one.
    pub chain: Option<Text>,
    /// The files of a build context.
    pub tree: Option<Rc<Fs>>,
    /// The file system of a cache mount.
    pub fs: Option<FsId>,
    pub created: Time,
    pub used: Option<Time>,
    pub uses: u64,
    /// Bytes of its own.
    pub size: u64,
}

/// How a step of a build stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StepState {
    #[default]
    Waiting,
    Running,
    Done,
    Cached,
    Failed,
    Canceled,
}

/// A step of a build, for whoever draws it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildStep {
    /// `[2/4] WORKDIR /app`.
    pub name: Text,
    /// Lines of the Dockerfile, counted from 1; none for what the builder does by itself.
    pub lines: Option<(usize, usize)>,
    /// The steps that it needs; the first is what it stands on.
    pub inputs: Vec<usize>,
    pub state: StepState,
    /// Bytes that it added.
    pub size: u64,
    /// What it is known by: its instruction, what is below it, and the files it takes. What differs from the
    /// build before is what broke the cache.
    pub known: (Text, Text, Text),
}

/// A build under way, or the last ones that were.
#[derive(Clone, PartialEq, Debug)]
pub struct BuildRun {
    pub name: Text,
    pub dockerfile: Text,
    pub started: Time,
    pub ended: Option<Time>,
    /// Inputs before what needs them.
    pub steps: Vec<BuildStep>,
    pub error: Option<Text>,
    /// The image's id.
    pub image: Option<Text>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct BuildCache {
    /// By id.
    pub records: Map<Text, Rc<BuildRecord>>,
    /// What a step is known by (a digest of the instruction, its parent and the content it takes) to records.
    pub keys: Map<Text, Text>,
    /// Builds by number; old ones are forgotten.
    pub runs: Map<u64, Rc<BuildRun>>,
    pub next_run: u64,
}

impl BuildCache {
    /// The record of a key.
    pub fn find(&self, key: &str) -> Option<&Rc<BuildRecord>> {
        self.records.get(self.keys.get(key)?)
    }
}
