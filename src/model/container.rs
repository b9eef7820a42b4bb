//! Containers as the engine keeps them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::file::{Fs, FsId};
use super::image::Config;
use super::network::{Endpoint, PortBinding, Published};
use super::process::{JournalId, Namespaces, OpenId, Pid};
use super::terminal::TtyId;
use super::time::Time;
use super::{Map, Text};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

impl Status {
    /// As `docker inspect` and `--filter status=` spell it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Restarting => "restarting",
            Status::Removing => "removing",
            Status::Exited => "exited",
            Status::Dead => "dead",
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct State {
    pub status: Status,
    /// 0 unless running.
    pub pid: Pid,
    pub exit_code: i32,
    pub error: String,
    pub oom_killed: bool,
    pub started: Option<Time>,
    pub finished: Option<Time>,
    pub health: Option<Health>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Health {
    /// `starting`, `healthy` or `unhealthy`.
    pub status: &'static str,
    pub failing_streak: u32,
    pub log: Vec<Probe>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Probe {
    pub start: Time,
    pub end: Time,
    pub exit_code: i32,
    pub output: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RestartPolicy {
    #[default]
    No,
    Always,
    UnlessStopped,
    OnFailure(u32),
}

impl RestartPolicy {
    pub fn name(self) -> &'static str {
        match self {
            RestartPolicy::No => "no",
            RestartPolicy::Always => "always",
            RestartPolicy::UnlessStopped => "unless-stopped",
            RestartPolicy::OnFailure(_) => "on-failure",
        }
    }
}

/// What a container asks of its host (Docker's `HostConfig`), as far as it is simulated.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HostConfig {
    pub auto_remove: bool,
    pub init: bool,
    pub restart: RestartPolicy,
    pub network_mode: String,
    pub port_bindings: BTreeMap<String, Vec<PortBinding>>,
    pub publish_all: bool,
    pub binds: Vec<String>,
    pub resources: Resources,
    /// How ready it is to be killed when memory runs out, -1000 to 1000.
    pub oom_score_adj: i64,
    pub privileged: bool,
    pub read_only: bool,
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub dns: Vec<String>,
    pub extra_hosts: Vec<String>,
    /// `container:alias`.
    pub links: Vec<String>,
    pub pid_mode: String,
    pub log_driver: String,
    pub shm_size: u64,
    pub tmpfs: BTreeMap<String, String>,
    /// What `--mount` asked for.
    pub mounts: Vec<MountAsk>,
    /// `container[:ro|:rw]`.
    pub volumes_from: Vec<String>,
    /// Settings that are kept and shown but have no effect here, by their JSON names.
    pub other: BTreeMap<String, String>,
}

/// What a container may use (Docker's `Resources`); 0 and the empty text set no limit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Resources {
    /// Bytes.
    pub memory: i64,
    /// Bytes of memory and swap together; -1 for as much swap as it likes.
    pub memory_swap: i64,
    pub memory_reservation: i64,
    pub memory_swappiness: Option<i64>,
    pub oom_kill_disable: bool,
    /// Billionths of a CPU.
    pub nano_cpus: i64,
    /// Microseconds.
    pub cpu_period: i64,
    pub cpu_quota: i64,
    pub cpu_shares: i64,
    pub cpuset_cpus: String,
    pub cpuset_mems: String,
    /// -1 for any number of processes.
    pub pids_limit: Option<i64>,
    pub blkio_weight: i64,
    pub ulimits: Vec<Ulimit>,
}

/// A limit of every process of a container (setrlimit(2)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ulimit {
    pub name: String,
    pub soft: i64,
    pub hard: i64,
}

/// A mount as the API's `Mounts` asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MountAsk {
    /// `volume`, `bind`, `tmpfs`, or what the daemon will refuse.
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    pub no_copy: bool,
    /// Bytes that a tmpfs may hold; 0 for no limit.
    pub size: u64,
    /// Permission bits of a tmpfs.
    pub mode: Option<u16>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MountKind {
    Volume,
    Bind,
    Tmpfs,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MountPoint {
    pub kind: MountKind,
    /// The volume's name; empty for a bind.
    pub name: String,
    pub source: String,
    pub destination: String,
    pub writable: bool,
    pub mode: String,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: Text,
    /// Without the slash.
    pub name: Text,
    /// The image's id.
    pub image: Text,
    pub config: Rc<Config>,
    pub host: Rc<HostConfig>,
    pub created: Time,
    pub path: String,
    pub args: Vec<String>,
    pub state: State,
    /// The image's merged layers.
    pub lower: Rc<Fs>,
    /// The writable layer.
    pub upper: FsId,
    pub journal: JournalId,
    pub restart_count: u32,
    /// Stopped by a person: restart policies leave it alone.
    pub manually_stopped: bool,
    /// `docker stop` waits for its end.
    pub stopping: bool,
    /// By network name.
    pub endpoints: Map<String, Endpoint>,
    pub mounts: Vec<MountPoint>,
    /// While it runs: its ports on the host.
    pub published: Vec<Published>,
    /// Present while it runs.
    pub ns: Option<Namespaces>,
    pub tty: Option<TtyId>,
    /// The engine's write end of its standard input.
    pub stdin: Option<OpenId>,
    pub execs: Vec<Text>,
}

/// A command run in a container by `docker exec`.
#[derive(Clone, PartialEq, Debug)]
pub struct Exec {
    pub id: Text,
    pub container: Text,
    pub argv: Vec<String>,
    pub tty: bool,
    pub pid: Pid,
    pub running: bool,
    pub exit_code: Option<i32>,
    pub journal: JournalId,
    pub terminal: Option<TtyId>,
    pub stdin: Option<OpenId>,
    pub env: Vec<String>,
    pub working_dir: String,
    pub user: String,
    pub open_stdin: bool,
}
