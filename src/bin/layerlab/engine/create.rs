//! `POST /containers/create`: the documents that say what a container is to be.

use std::collections::BTreeMap;

use layerlab::engine::api::{Answer as Said, Create, EndpointAsk, Fault, Request};
use layerlab::engine::policy;
use layerlab::model::container::{self, HostConfig, MountAsk, Ulimit};
use layerlab::model::image;
use layerlab::model::network::PortBinding;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::http::Ask;
use super::reply::{Answer, bad, json as document, not_simulated, strange};

type Pairs = BTreeMap<String, String>;
/// The keys of what Go prints as a set.
type Set = BTreeMap<String, Value>;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct New {
    #[serde(flatten)]
    config: Config,
    host_config: Host,
    networking_config: Networking,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    hostname: String,
    domainname: String,
    user: String,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    exposed_ports: Set,
    tty: bool,
    open_stdin: bool,
    stdin_once: bool,
    env: Vec<String>,
    cmd: Option<Words>,
    entrypoint: Option<Words>,
    healthcheck: Option<Healthcheck>,
    image: String,
    volumes: Set,
    working_dir: String,
    on_build: Vec<String>,
    labels: Pairs,
    stop_signal: String,
    stop_timeout: Option<i64>,
    shell: Option<Words>,
}

/// A command as a list, or as one text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Many(Vec<String>),
    One(String),
}

impl Words {
    fn list(self) -> Vec<String> {
        match self {
            Words::Many(words) => words,
            Words::One(word) => vec![word],
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Healthcheck {
    test: Vec<String>,
    interval: i64,
    timeout: i64,
    start_period: i64,
    start_interval: i64,
    retries: i64,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "PascalCase", default)]
pub struct RestartPolicy {
    pub name: String,
    pub maximum_retry_count: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Host {
    binds: Vec<String>,
    log_config: LogConfig,
    network_mode: String,
    port_bindings: BTreeMap<String, Vec<Binding>>,
    restart_policy: RestartPolicy,
    auto_remove: bool,
    volumes_from: Vec<String>,
    cap_add: Vec<String>,
    cap_drop: Vec<String>,
    dns: Vec<String>,
    extra_hosts: Vec<String>,
    links: Vec<String>,
    oom_score_adj: i64,
    pid_mode: String,
    privileged: bool,
    publish_all_ports: bool,
    readonly_rootfs: bool,
    shm_size: i64,
    init: bool,
    mounts: Vec<Mount>,
    tmpfs: Pairs,
    #[serde(flatten)]
    resources: Resources,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct LogConfig {
    #[serde(rename = "Type")]
    driver: String,
    config: Pairs,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Binding {
    host_ip: String,
    host_port: String,
}

/// What a container may use; and, as the last to look, all that nobody else has read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resources {
    memory: i64,
    memory_swap: i64,
    memory_reservation: i64,
    memory_swappiness: Option<i64>,
    oom_kill_disable: bool,
    nano_cpus: i64,
    cpu_period: i64,
    cpu_quota: i64,
    cpu_shares: i64,
    cpuset_cpus: String,
    cpuset_mems: String,
    pids_limit: Option<i64>,
    blkio_weight: i64,
    ulimits: Vec<Limit>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Limit {
    name: String,
    hard: i64,
    soft: i64,
}

impl Resources {
    pub fn read(self) -> container::Resources {
        let limit = |limit: Limit| Ulimit { name: limit.name, soft: limit.soft, hard: limit.hard };
        container::Resources {
            memory: self.memory,
            memory_swap: self.memory_swap,
            memory_reservation: self.memory_reservation,
            memory_swappiness: self.memory_swappiness.filter(|value| *value != -1),
            oom_kill_disable: self.oom_kill_disable,
            nano_cpus: self.nano_cpus,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpu_shares: self.cpu_shares,
            cpuset_cpus: self.cpuset_cpus,
            cpuset_mems: self.cpuset_mems,
            pids_limit: self.pids_limit.filter(|limit| *limit != 0),
            blkio_weight: self.blkio_weight,
            ulimits: self.ulimits.into_iter().map(limit).collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Mount {
    #[serde(rename = "Type")]
    kind: String,
    source: String,
    target: String,
    read_only: bool,
    bind_options: Map<String, Value>,
    volume_options: VolumeOptions,
    tmpfs_options: TmpfsOptions,
    image_options: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeOptions {
    no_copy: bool,
    labels: Pairs,
    subpath: String,
    driver_config: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct TmpfsOptions {
    size_bytes: u64,
    mode: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Networking {
    endpoints_config: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Endpoint {
    aliases: Vec<String>,
    #[serde(rename = "IPAMConfig")]
    ipam_config: Addresses,
    links: Vec<String>,
    driver_opts: Pairs,
    gw_priority: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Addresses {
    #[serde(rename = "IPv4Address")]
    v4: String,
    #[serde(rename = "IPv6Address")]
    v6: String,
    #[serde(rename = "LinkLocalIPs")]
    link_local: Vec<String>,
}

impl Endpoint {
    /// The place in a network that is asked for.
    pub fn read(self) -> Result<EndpointAsk, Fault> {
        let absent = [
            (!self.driver_opts.is_empty(), "driver-opt"),
            (self.gw_priority != 0, "gw-priority"),
            (!self.ipam_config.v6.is_empty(), "ip6"),
            (!self.links.is_empty(), "link"),
            (!self.ipam_config.link_local.is_empty(), "link-local-ip"),
        ];
        refuse(&absent, "--")?;
        Ok(EndpointAsk { aliases: self.aliases, ip: self.ipam_config.v4 })
    }
}

/// Refuses the first of these that is asked for.
fn refuse(absent: &[(bool, &str)], prefix: &str) -> Result<(), Fault> {
    match absent.iter().find(|(asked, _)| *asked) {
        Some((_, name)) => Err(not_simulated(&format!("{prefix}{name}"))),
        None => Ok(()),
    }
}

pub async fn create(ask: Ask) -> Result<Answer, Fault> {
    let New { config, host_config, networking_config } = ask.document()?;
    let mut networks = Vec::new();
    for (name, endpoint) in networking_config.endpoints_config {
        let name = if name == "default" { "bridge".to_string() } else { name };
        networks.push((name, endpoint.read()?));
    }
    let new = Create {
        name: ask.query.some("name"),
        config: config.read()?,
        host: host_config.read()?,
        networks,
        platform: ask.query.some("platform"),
    };
    if new.config.image.is_empty() {
        let words = [&new.config.entrypoint, &new.config.cmd];
        let has_command = words.iter().any(|words| words.as_ref().is_some_and(|words| !words.is_empty()));
        return Err(if has_command {
            not_simulated("a container without an image")
        } else {
            bad("no command specified")
        });
    }
    let request = Request::ContainerCreate(Box::new(new));
    let Said::Created { id, warnings } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(201, &json!({ "Id": id, "Warnings": warnings })))
}

impl Config {
    fn read(self) -> Result<image::Config, Fault> {
        let keys = |set: Set| set.into_keys().collect::<Vec<String>>();
        // `--entrypoint ""` takes the image's away, and comes as one empty word.
        let entrypoint = self.entrypoint.map(Words::list);
        let entrypoint = entrypoint.map(|words| if words == [""] { Vec::new() } else { words });
        Ok(image::Config {
            hostname: self.hostname,
            domainname: self.domainname,
            user: self.user,
            attach_stdin: self.attach_stdin,
            attach_stdout: self.attach_stdout,
            attach_stderr: self.attach_stderr,
            tty: self.tty,
            open_stdin: self.open_stdin,
            stdin_once: self.stdin_once,
            env: self.env,
            cmd: self.cmd.map(Words::list),
            entrypoint,
            image: self.image,
            working_dir: self.working_dir,
            exposed_ports: keys(self.exposed_ports),
            volumes: keys(self.volumes),
            labels: self.labels,
            stop_signal: self.stop_signal,
            stop_timeout: self.stop_timeout,
            healthcheck: self.healthcheck.map(Healthcheck::read).transpose()?,
            shell: self.shell.map(Words::list),
            on_build: self.on_build,
            args_escaped: false,
        })
    }
}

impl Healthcheck {
    fn read(self) -> Result<image::Healthcheck, Fault> {
        let time = |name: &str, nanos: i64| {
            u64::try_from(nanos).map_err(|_| bad(format!("{name} in Healthcheck cannot be less than 1ms")))
        };
        let retries = u32::try_from(self.retries).map_err(|_| bad("Retries in Healthcheck cannot be negative"))?;
        Ok(image::Healthcheck {
            test: self.test,
            interval: time("Interval", self.interval)?,
            timeout: time("Timeout", self.timeout)?,
            start_period: time("StartPeriod", self.start_period)?,
            start_interval: time("StartInterval", self.start_interval)?,
            retries,
        })
    }
}

/// What is asked of the host and has no effect here may be shown; these would be missed.
const ABSENT: [(&str, &str); 4] = [
    ("DeviceCgroupRules", "device-cgroup-rule"),
    ("DeviceRequests", "gpus"),
    ("Devices", "device"),
    ("Runtime", "runtime"),
];

impl Host {
    fn read(mut self) -> Result<HostConfig, Fault> {
        let mut other = Pairs::new();
        for (name, value) in std::mem::take(&mut self.resources.other) {
            if is_nothing(&value) || name == "ConsoleSize" || (name == "Runtime" && value == "runc") {
                continue;
            }
            if let Some((_, flag)) = ABSENT.iter().find(|(known, _)| *known == name) {
                return Err(not_simulated(&format!("--{flag}")));
            }
            other.insert(name, value.to_string());
        }
        if !self.log_config.config.is_empty() {
            let shown = json!({ "Type": self.log_config.driver, "Config": self.log_config.config });
            other.insert("LogConfig".into(), shown.to_string());
        }
        let restart = policy::restart(&self.restart_policy.name, self.restart_policy.maximum_retry_count)?;
        if self.auto_remove && restart != container::RestartPolicy::No {
            return Err(bad("can't create 'AutoRemove' container with restart policy"));
        }
        let binding = |one: Binding| PortBinding { host_ip: one.host_ip, host_port: one.host_port };
        let bindings = self.port_bindings.into_iter();
        Ok(HostConfig {
            auto_remove: self.auto_remove,
            init: self.init,
            restart,
            network_mode: if self.network_mode == "default" { "bridge".into() } else { self.network_mode },
            port_bindings: bindings.map(|(port, all)| (port, all.into_iter().map(binding).collect())).collect(),
            publish_all: self.publish_all_ports,
            binds: self.binds,
            resources: self.resources.read(),
            oom_score_adj: self.oom_score_adj,
            privileged: self.privileged,
            read_only: self.readonly_rootfs,
            cap_add: self.cap_add,
            cap_drop: self.cap_drop,
            dns: self.dns,
            extra_hosts: self.extra_hosts,
            links: self.links,
            pid_mode: self.pid_mode,
            log_driver: self.log_config.driver,
            shm_size: u64::try_from(self.shm_size).map_err(|_| bad("SHM size can not be less than 0"))?,
            tmpfs: self.tmpfs,
            mounts: self.mounts.into_iter().map(Mount::read).collect::<Result<_, _>>()?,
            volumes_from: self.volumes_from,
            other,
        })
    }
}

/// Go's zero values.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

impl Mount {
    fn read(self) -> Result<MountAsk, Fault> {
        let options = &self.volume_options;
        let bind = |name: &str| self.bind_options.get(name).is_some_and(|value| !is_nothing(value));
        let absent = [
            (self.kind == "image" || !self.image_options.is_empty(), "type=image"),
            (bind("NonRecursive"), "bind-nonrecursive"),
            (bind("Propagation"), "bind-propagation"),
            (bind("ReadOnlyNonRecursive") || bind("ReadOnlyForceRecursive"), "bind-recursive"),
            (!options.driver_config.is_empty(), "volume-driver"),
            (!options.labels.is_empty(), "volume-label"),
            (!options.subpath.is_empty(), "volume-subpath"),
        ];
        refuse(&absent, "--mount ")?;
        Ok(MountAsk {
            kind: self.kind,
            source: self.source,
            target: self.target,
            read_only: self.read_only,
            no_copy: self.volume_options.no_copy,
            size: self.tmpfs_options.size_bytes,
            mode: self.tmpfs_options.mode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(value: Value) -> Result<HostConfig, String> {
        let host: Host = serde_json::from_value(value).map_err(|error| error.to_string())?;
        host.read().map_err(|fault| fault.message)
    }

    #[test]
    fn a_document_becomes_what_is_asked_for() {
        let value = json!({
            "Hostname": "h", "Env": ["A=1"], "Cmd": "sh", "Entrypoint": [""], "Image": "alpine",
            "ExposedPorts": { "80/tcp": {} }, "HostConfig": { "Memory": 6291456, "Sysctls": {}, "IpcMode": "host",
            "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 2 } },
        });
        let new: New = serde_json::from_value(value).expect("a document");
        let config = new.config.read().expect("a configuration");
        assert_eq!((config.cmd, config.entrypoint), (Some(vec!["sh".into()]), Some(vec![])));
        assert_eq!(config.exposed_ports, ["80/tcp"]);
        let host = new.host_config.read().expect("a host");
        assert_eq!((host.resources.memory, host.restart), (6_291_456, container::RestartPolicy::OnFailure(2)));
        assert_eq!(host.other, Pairs::from([("IpcMode".to_string(), "\"host\"".to_string())]));
    }

    #[test]
    fn what_is_not_simulated_says_so() {
        let gpus = json!({ "DeviceRequests": [{ "Count": -1 }] });
        assert_eq!(host(gpus), Err("layerlab: --gpus is not simulated".into()));
        let mount = json!({ "Mounts": [{ "Type": "volume", "Target": "/x", "VolumeOptions": { "Subpath": "a" } }] });
        assert_eq!(host(mount), Err("layerlab: --mount volume-subpath is not simulated".into()));
        assert!(host(json!({ "Devices": [], "Runtime": "runc" })).is_ok());
        assert!(host(json!({ "Binds": 7 })).is_err());
        let policy = json!({ "RestartPolicy": { "Name": "often" } });
        assert!(host(policy).is_err_and(|why| why.starts_with("invalid restart policy: unknown policy 'often'")));
    }
}
