//! The requests that dockerd answers over `/var/run/docker.sock`, typed (the Docker Engine API v1.50 by
//! its meaning). A client sends one [`Request`] on a connection; the daemon answers with [`Reply`]s, the
//! last of which is `Reply::Done` or `Reply::Failed`. On attached connections the client may send
//! [`Input`] meanwhile.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::model::Text;
use crate::model::container::HostConfig;
use crate::model::engine::Event;
use crate::model::image::{Config, History};
use crate::model::process::Stream;
use crate::model::time::Time;

/// `--filter key=value`, in the order given.
pub type Filters = Vec<(String, String)>;

#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    Ping,
    Version,
    Info,
    DiskUsage,
    Events {
        since: Option<Time>,
        until: Option<Time>,
        filters: Filters,
    },

    ContainerCreate(Box<Create>),
    ContainerStart {
        container: String,
    },
    ContainerStop {
        container: String,
        timeout: Option<i64>,
        signal: Option<String>,
    },
    ContainerRestart {
        container: String,
        timeout: Option<i64>,
        signal: Option<String>,
    },
    ContainerKill {
        container: String,
        signal: Option<String>,
    },
    ContainerPause {
        container: String,
    },
    ContainerUnpause {
        container: String,
    },
    ContainerRemove {
        container: String,
        force: bool,
        volumes: bool,
    },
    ContainerRename {
        container: String,
        name: String,
    },
    /// Answers first `Reply::Ready` (the wait is on), then `Answer::ExitCode`.
    ContainerWait {
        container: String,
        condition: WaitCondition,
    },
    ContainerList {
        all: bool,
        limit: Option<i64>,
        size: bool,
        filters: Filters,
    },
    /// `Answer::Json`: the document of `docker inspect`.
    ContainerInspect {
        container: String,
        size: bool,
    },
    /// `Answer::Nothing`, if there is such a container: for a client that inspects one and looks at nothing of it.
    ContainerFind {
        container: String,
    },
    /// Streams `Reply::Output`.
    ContainerLogs(Logs),
    /// Streams `Reply::Output` after a `Reply::Ready`, until the container ends; takes [`Input`].
    ContainerAttach {
        container: String,
        stdin: bool,
        stdout: bool,
        stderr: bool,
        logs: bool,
    },
    ContainerResize {
        container: String,
        rows: u16,
        columns: u16,
    },
    ContainerTop {
        container: String,
        args: Vec<String>,
    },
    ContainerChanges {
        container: String,
    },
    ContainerUpdate {
        container: String,
        update: Update,
    },
    ContainerPrune {
        filters: Filters,
    },
    ContainerStats {
        container: String,
        stream: bool,
    },
    ContainerExport {
        container: String,
    },
    /// What is at a path in a container: `Answer::PathStat`.
    ArchiveStat {
        container: String,
        path: String,
    },
    /// A tar of a path in a container: `Answer::Bytes`.
    ArchiveGet {
        container: String,
        path: String,
    },
    /// Unpacks a tar in a directory of a container.
    ArchivePut {
        container: String,
        path: String,
        tar: Rc<Vec<u8>>,
        no_overwrite_dir_non_dir: bool,
        copy_uid_gid: bool,
    },

    ExecCreate(ExecCreate),
    /// Unless detached: streams as attach does, and takes [`Input`].
    ExecStart {
        exec: String,
        detach: bool,
    },
    ExecResize {
        exec: String,
        rows: u16,
        columns: u16,
    },
    /// `Answer::ExecState`.
    ExecInspect {
        exec: String,
    },

    ImageList {
        all: bool,
        filters: Filters,
    },
    ImageInspect {
        image: String,
    },
    ImageHistory {
        image: String,
    },
    ImageRemove {
        image: String,
        force: bool,
        no_prune: bool,
    },
    ImageTag {
        image: String,
        target: String,
    },
    /// Streams `Reply::Progress`. `reference` as typed; `all_tags` for `-a`.
    ImagePull {
        reference: String,
        all_tags: bool,
        platform: Option<String>,
    },
    /// Streams `Reply::Progress`.
    ImagePush {
        reference: String,
        all_tags: bool,
        credentials: Option<Credentials>,
    },
    /// `Answer::Lines`.
    Auth {
        server: String,
        credentials: Credentials,
    },
    ImagePrune {
        all: bool,
        filters: Filters,
    },
    ImageSearch {
        term: String,
        limit: usize,
        filters: Filters,
    },
    ImageLoad {
        tar: Rc<Vec<u8>>,
    },
    ImageSave {
        images: Vec<String>,
    },
    ImageImport {
        tar: Rc<Vec<u8>>,
        target: String,
        message: String,
        changes: Vec<String>,
    },
    Commit(Commit),

    NetworkList {
        filters: Filters,
    },
    NetworkInspect {
        network: String,
        verbose: bool,
    },
    NetworkCreate(Box<NetworkCreate>),
    NetworkRemove {
        network: String,
    },
    NetworkConnect {
        network: String,
        container: String,
        aliases: Vec<String>,
        ip: String,
    },
    NetworkDisconnect {
        network: String,
        container: String,
        force: bool,
    },
    NetworkPrune {
        filters: Filters,
    },

    VolumeList {
        filters: Filters,
    },
    VolumeInspect {
        volume: String,
    },
    VolumeCreate {
        name: String,
        driver: String,
        labels: BTreeMap<String, String>,
        options: BTreeMap<String, String>,
    },
    VolumeRemove {
        volume: String,
        force: bool,
    },
    VolumePrune {
        filters: Filters,
    },

    /// What the builder asks for: `Answer::Build`.
    Build(super::build::Ask),
}

/// Somebody's account with a registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// What an attached client sends.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    Bytes(Rc<Vec<u8>>),
    /// Its standard input has ended.
    End,
    Resize {
        rows: u16,
        columns: u16,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// What was asked for is under way; more replies follow.
    Ready,
    Output {
        stream: Stream,
        bytes: Rc<Vec<u8>>,
    },
    Progress(Progress),
    Event(Rc<Event>),
    Stats(Box<Stats>),
    Done(Answer),
    Failed(Fault),
}

/// One line of a pull's or push's progress.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    /// A layer's short id, or the tag of the first line; empty for a line of its own.
    pub id: String,
    pub status: String,
    /// Bytes so far and in all; both 0 where there is no bar.
    pub current: u64,
    pub total: u64,
}

/// The daemon's refusal: an HTTP status and `Error response from daemon: MESSAGE`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    pub status: u16,
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitCondition {
    NotRunning,
    NextExit,
    Removed,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    Nothing,
    /// A new object's id (or a volume's name) and the daemon's warnings.
    Created {
        id: String,
        warnings: Vec<String>,
    },
    /// Lines to print as they are: names, `Untagged: ...`, deleted ids.
    Lines(Vec<String>),
    Json(Value),
    Containers(Vec<ContainerSummary>),
    Images(Vec<ImageSummary>),
    History(Vec<HistoryRow>),
    Networks(Vec<NetworkSummary>),
    Volumes(Vec<VolumeSummary>),
    Search(Vec<SearchRow>),
    Top {
        titles: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    Changes(Vec<Change>),
    ExitCode {
        code: i32,
        error: String,
    },
    ExecState {
        running: bool,
        exit_code: i32,
        pid: u32,
    },
    PathStat {
        name: String,
        size: u64,
        mode: u32,
        mtime: i64,
        link_target: String,
    },
    Bytes(Rc<Vec<u8>>),
    Build(super::build::Found),
    /// What a prune removed (as lines to print under their heading) and freed.
    Pruned {
        deleted: Vec<String>,
        reclaimed: u64,
    },
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Create {
    pub name: Option<String>,
    pub config: Config,
    pub host: HostConfig,
    /// Network aliases and addresses asked for, by network.
    pub networks: Vec<(String, EndpointAsk)>,
    pub platform: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct EndpointAsk {
    pub aliases: Vec<String>,
    pub ip: String,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Logs {
    pub container: String,
    pub follow: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// Virtual times.
    pub since: Option<Time>,
    pub until: Option<Time>,
    pub timestamps: bool,
    pub details: bool,
    /// Lines from the end; all when absent.
    pub tail: Option<u64>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExecCreate {
    pub container: String,
    pub argv: Vec<String>,
    pub env: Vec<String>,
    pub working_dir: String,
    pub user: String,
    pub tty: bool,
    pub stdin: bool,
    pub privileged: bool,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Commit {
    pub container: String,
    /// `repository:tag`, empty for none.
    pub target: String,
    pub author: String,
    pub comment: String,
    pub pause: bool,
    pub changes: Vec<String>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Update {
    pub restart: Option<crate::model::container::RestartPolicy>,
    /// 0 and the empty text change nothing.
    pub resources: crate::model::container::Resources,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct NetworkCreate {
    pub name: String,
    pub driver: String,
    pub subnet: String,
    pub gateway: String,
    pub ip_range: String,
    pub internal: bool,
    pub attachable: bool,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
}

/// A row of `docker ps`.
#[derive(Clone, PartialEq, Debug)]
pub struct ContainerSummary {
    pub id: Text,
    pub name: Text,
    /// As typed when created, or an image id where that name now means another image.
    pub image: String,
    pub image_id: Text,
    /// Path and arguments, joined by blanks.
    pub command: String,
    pub created: Time,
    /// `running`, `exited`, ...
    pub state: &'static str,
    /// `Up 3 minutes`, `Exited (0) 5 seconds ago`.
    pub status: String,
    pub ports: Vec<PortRow>,
    pub labels: BTreeMap<String, String>,
    pub mounts: Vec<String>,
    pub networks: Vec<String>,
    /// Bytes of the writable layer and of the whole, when asked for.
    pub size: Option<(u64, u64)>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PortRow {
    pub private: u16,
    pub kind: String,
    /// Host address and port; absent for a port that is only exposed.
    pub public: Option<(String, u16)>,
}

/// A row of `docker images` (one image; the client makes a row of each tag).
#[derive(Clone, PartialEq, Debug)]
pub struct ImageSummary {
    pub id: Text,
    pub parent: Option<Text>,
    /// `node:18-alpine`, sorted; empty for a dangling image.
    pub tags: Vec<String>,
    /// `node@sha256:...`.
    pub digests: Vec<String>,
    /// Seconds since 1970.
    pub created: i64,
    pub size: u64,
    pub labels: BTreeMap<String, String>,
    pub containers: usize,
}

#[derive(Clone, PartialEq, Debug)]
pub struct HistoryRow {
    /// `<missing>` or an image id.
    pub id: String,
    pub entry: History,
    pub size: u64,
    pub tags: Vec<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct NetworkSummary {
    pub id: Text,
    pub name: Text,
    pub driver: Text,
    pub scope: &'static str,
    pub internal: bool,
    pub created: Time,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct VolumeSummary {
    pub name: Text,
    pub driver: &'static str,
    pub created: Time,
    pub mountpoint: String,
    pub labels: BTreeMap<String, String>,
    pub anonymous: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct SearchRow {
    pub name: String,
    pub description: String,
    pub stars: u64,
    pub official: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeKind {
    Modified,
    Added,
    Deleted,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub path: String,
}

/// One sample of `docker stats`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Stats {
    pub id: String,
    pub name: String,
    pub at: Time,
    /// CPU used so far, in nanoseconds, now and at the sample before.
    pub cpu: u64,
    pub cpu_before: u64,
    pub before: Time,
    pub memory: u64,
    pub memory_limit: u64,
    pub pids: u32,
    pub received: u64,
    pub sent: u64,
    pub read: u64,
    pub written: u64,
}
