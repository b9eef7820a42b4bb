//! What the builder keeps between builds: its cache, as `docker system df` and `docker builder prune` see it.

mod cause;

use std::rc::Rc;

pub use cause::{Cause, broken};

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

/// What a step makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StepKind {
    /// A layer on what is below it.
    #[default]
    Layer,
    /// It is an image to stand on.
    Base,
    /// Files for others: a build context, a here-document, a download.
    Files,
}

/// A step of a build, for whoever draws it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildStep {
    /// `[2/4] WORKDIR /app`.
    pub name: Text,
    /// Lines of the Dockerfile, counted from 1; none for what the builder does by itself.
    pub lines: Option<(usize, usize)>,
    pub kind: StepKind,
    /// The step that it stands on; none for an image, and for what is made from nothing.
    pub below: Option<usize>,
    /// The steps that it takes files from, and which.
    pub takes: Vec<(usize, Text)>,
    pub state: StepState,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    /// The chain of layers that it gave.
    pub chain: Option<Text>,
    /// Bytes that it added.
    pub size: u64,
    /// What it is known by: its instruction, what is below it, and the files it takes. What differs from the
    /// build before is what broke the cache.
    pub known: (Text, Text, Text),
    /// Files that it takes of the context and that are not what they were when that was sent before; a few of them.
    pub changed: Vec<Text>,
}

impl BuildStep {
    /// It is, or was, done in this build.
    pub fn is_anew(&self) -> bool {
        let done = !matches!(self.state, StepState::Waiting | StepState::Cached);
        self.kind == StepKind::Layer && done
    }

    /// `WORKDIR /app`: the name without its place in the stage.
    pub fn instruction(&self) -> &str {
        let name: &str = &self.name;
        let behind = name.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        behind.map_or(name, |(_, instruction)| instruction)
    }
}

/// A stage of a Dockerfile that a build needs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildStage {
    /// Empty where it has none and is the only one.
    pub name: Text,
    /// Those of its FROM.
    pub lines: (usize, usize),
    /// Its last step, which may be one of the stage that it stands on.
    pub top: Option<usize>,
    /// An image that only a copy or a mount names.
    pub implicit: bool,
    /// What made each layer of the image that it stands on, lowest first; nothing where that is another stage.
    pub layers: Vec<Text>,
}

/// A build under way, or the last ones that were.
#[derive(Clone, PartialEq, Debug)]
pub struct BuildRun {
    /// The Dockerfile's name and, where it is a file of the host, its path.
    pub name: Text,
    pub path: Text,
    pub dockerfile: Text,
    /// The directory that is the build context.
    pub context: Text,
    /// Names that the image is to have.
    pub tags: Vec<Text>,
    pub started: Time,
    pub ended: Option<Time>,
    pub stages: Vec<BuildStage>,
    /// The stage that is asked for.
    pub target: usize,
    /// What a step needs stands before it.
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
    /// The newest build, the number it goes by, and the one before it of the same Dockerfile and context.
    pub fn newest(&self) -> Option<(u64, &BuildRun, Option<&BuildRun>)> {
        let mut runs = self.runs.iter().rev();
        let (number, run) = runs.next()?;
        let former = runs.find(|(_, known)| (&known.name, &known.context) == (&run.name, &run.context));
        Some((*number, run, former.map(|(_, former)| &**former)))
    }

    /// The record of a key.
    pub fn find(&self, key: &str) -> Option<&Rc<BuildRecord>> {
        self.records.get(self.keys.get(key)?)
    }
}
