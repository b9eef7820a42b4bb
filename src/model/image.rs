//! Images and layers as the engine keeps them (OCI image-spec, "Image Configuration").

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Text;
use super::file::Fs;
use super::time::Time;

/// The part of a configuration that says how to run (Docker's `Config`).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    pub hostname: String,
    pub domainname: String,
    pub user: String,
    pub attach_stdin: bool,
    pub attach_stdout: bool,
    pub attach_stderr: bool,
    pub tty: bool,
    pub open_stdin: bool,
    pub stdin_once: bool,
    /// `KEY=value`, in order.
    pub env: Vec<String>,
    pub cmd: Option<Vec<String>>,
    pub entrypoint: Option<Vec<String>>,
    /// As typed, or the image's id; empty in an image.
    pub image: String,
    pub working_dir: String,
    /// `80/tcp`.
    pub exposed_ports: Vec<String>,
    pub volumes: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: String,
    pub stop_timeout: Option<i64>,
    pub healthcheck: Option<Healthcheck>,
    pub shell: Option<Vec<String>>,
    pub on_build: Vec<String>,
    pub args_escaped: bool,
}

/// Durations in nanoseconds; zero means "inherit".
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", args...]` or `["CMD-SHELL", command]`.
    pub test: Vec<String>,
    pub interval: u64,
    pub timeout: u64,
    pub start_period: u64,
    pub start_interval: u64,
    pub retries: u32,
}

/// A layer in the store: a diff on top of its parent chain.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    /// SHA-256 of the layer's tar, `sha256:...`.
    pub diff_id: Text,
    /// OCI image-spec, "Layer ChainID".
    pub chain_id: Text,
    pub parent: Option<Text>,
    /// What this layer adds, changes and hides (whiteouts).
    pub diff: Rc<Fs>,
    /// This layer and all below it, merged.
    pub merged: Rc<Fs>,
    /// Bytes of file content in `diff`.
    pub size: u64,
    /// The tar that it came in, where the machine's own of the same tree is another; a diff id is of that one.
    pub archive: Option<Rc<Vec<u8>>>,
    /// Its files on the host are gone: nothing can be mounted that stands on it.
    pub damaged: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// Seconds since 1970.
    pub created: i64,
    pub created_by: String,
    pub comment: String,
    pub author: String,
    pub empty_layer: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Image {
    /// SHA-256 of the configuration's JSON, `sha256:...`.
    pub id: Text,
    /// The configuration's JSON, whose digest the id is.
    pub json: Rc<Vec<u8>>,
    pub parent: Option<Text>,
    /// Chain ids, base first.
    pub layers: Vec<Text>,
    pub config: Rc<Config>,
    /// All layers merged, with the few names that every container gets (`/dev`, `/etc/hosts`, ...).
    pub rootfs: Rc<Fs>,
    pub history: Vec<History>,
    /// Seconds and nanoseconds since 1970.
    pub created: (i64, u32),
    pub author: String,
    pub comment: String,
    pub architecture: String,
    pub os: String,
    pub variant: String,
    pub size: u64,
    /// `name@sha256:...`, sorted.
    pub repo_digests: Vec<Text>,
    pub last_tagged: Option<Time>,
}
