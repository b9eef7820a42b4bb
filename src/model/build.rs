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

#[derive(Clone, PartialEq, Debug, Default)]
pub struct BuildCache {
    /// By id.
    pub records: Map<Text, Rc<BuildRecord>>,
    /// What a step is known by (a digest of the instruction, its parent and the content it takes) to records.
    pub keys: Map<Text, Text>,
}

impl BuildCache {
    /// The record of a key.
    pub fn find(&self, key: &str) -> Option<&Rc<BuildRecord>> {
        self.records.get(self.keys.get(key)?)
    }
}
