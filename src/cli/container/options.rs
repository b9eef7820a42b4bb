//! The flags that `docker run` and `docker create` share, read into a request.

use std::collections::BTreeMap;

use super::envfile;
use super::ports::ports;
use super::resources::resources;
use super::volumes::volumes;
use crate::cli::client::{Client, Failure};
use crate::cli::flag::Flags;
use crate::cli::format::quote::quoted;
use crate::engine::api::{Create, EndpointAsk};
use crate::engine::client::CallError;
use crate::engine::policy;
use crate::model::container::{HostConfig, RestartPolicy};
use crate::model::image::{Config, Healthcheck};

/// Flags of the real client whose effect is not simulated.
const ABSENT: [&str; 9] = [
    "device",
    "device-cgroup-rule",
    "gpus",
    "io-maxbandwidth",
    "io-maxiops",
    "ip6",
    "link-local-ip",
    "runtime",
    "use-api-socket",
];

/// Settings that are kept and shown, but change nothing: the flag, its name in an inspect document,
/// and whether that holds a number, a text or a list.
const KEPT: [(&str, &str, char); 14] = [
    ("cgroup-parent", "CgroupParent", 't'),
    ("cgroupns", "CgroupnsMode", 't'),
    ("cpu-rt-period", "CpuRealtimePeriod", 'n'),
    ("cpu-rt-runtime", "CpuRealtimeRuntime", 'n'),
    ("dns-option", "DnsOptions", 'l'),
    ("dns-search", "DnsSearch", 'l'),
    ("group-add", "GroupAdd", 'l'),
    ("ipc", "IpcMode", 't'),
    ("isolation", "Isolation", 't'),
    ("security-opt", "SecurityOpt", 'l'),
    ("userns", "UsernsMode", 't'),
    ("uts", "UTSMode", 't'),
    ("volume-driver", "VolumeDriver", 't'),
    ("cidfile", "ContainerIDFile", 't'),
];

/// Reads flags and arguments, the image first, into what the daemon is asked to create.
pub async fn create(client: &Client, flags: &Flags, args: &[String]) -> Result<Create, Failure> {
    check(flags)?;
    let absolute = |path: &str| client.absolute(path);
    let volumes = volumes(flags, &absolute).map_err(Failure::new)?;
    let ports = ports(flags).map_err(Failure::new)?;
    let env = envfile::environment(client, flags).await?;
    let labels = envfile::labels(client, flags).await?;
    check_modes(flags)?;
    let restart = restart_policy(flags.text("restart"))?;
    check_logging(client, flags)?;
    let healthcheck = healthcheck(flags)?;
    let attached = |stream: &str| flags.list("attach").iter().any(|name| name == stream);
    let all = flags.list("attach").is_empty();
    let open = flags.bool("interactive");
    let attach_stdin = open || attached("stdin");
    let config = Config {
        hostname: flags.text("hostname").to_string(),
        domainname: flags.text("domainname").to_string(),
        user: flags.text("user").to_string(),
        attach_stdin,
        attach_stdout: all || attached("stdout"),
        attach_stderr: all || attached("stderr"),
        tty: flags.bool("tty"),
        open_stdin: open,
        stdin_once: open && attach_stdin,
        env,
        cmd: (args.len() > 1).then(|| args[1..].to_vec()),
        // `--entrypoint ""` takes the image's away.
        entrypoint: flags.is_set("entrypoint").then(|| entrypoint(flags.text("entrypoint"))),
        image: args.first().cloned().unwrap_or_default(),
        working_dir: flags.text("workdir").to_string(),
        exposed_ports: ports.exposed,
        volumes: volumes.unnamed,
        labels: labels.into_iter().collect(),
        stop_signal: flags.text("stop-signal").to_string(),
        stop_timeout: flags.is_set("stop-timeout").then(|| flags.number("stop-timeout")),
        healthcheck,
        ..Config::default()
    };
    let networks = networks(flags)?;
    let host = HostConfig {
        auto_remove: flags.bool("rm"),
        init: flags.bool("init"),
        restart,
        network_mode: networks.first().map_or("bridge", |(name, _)| name).to_string(),
        port_bindings: ports.bindings,
        publish_all: flags.bool("publish-all"),
        binds: volumes.binds,
        tmpfs: volumes.tmpfs,
        mounts: volumes.mounts,
        volumes_from: flags.list("volumes-from").to_vec(),
        resources: resources(flags),
        oom_score_adj: flags.number("oom-score-adj"),
        privileged: flags.bool("privileged"),
        read_only: flags.bool("read-only"),
        cap_add: flags.list("cap-add").to_vec(),
        cap_drop: flags.list("cap-drop").to_vec(),
        dns: flags.list("dns").to_vec(),
        extra_hosts: flags.list("add-host").to_vec(),
        links: flags.list("link").to_vec(),
        pid_mode: flags.text("pid").to_string(),
        log_driver: flags.text("log-driver").to_string(),
        shm_size: flags.bytes("shm-size").unsigned_abs(),
        other: kept(flags),
    };
    if host.auto_remove && host.restart != RestartPolicy::No {
        return Err(Failure::new("conflicting options: cannot specify both --restart and --rm"));
    }
    let name = flags.text("name");
    let platform = flags.text("platform");
    Ok(Create {
        name: (!name.is_empty()).then(|| name.to_string()),
        config,
        host,
        networks,
        platform: (!platform.is_empty()).then(|| platform.to_string()),
    })
}

/// What can be said against the flags before anything else is looked at.
fn check(flags: &Flags) -> Result<(), Failure> {
    if let Some(name) = ABSENT.iter().find(|name| flags.is_set(name)) {
        let malformed = flags.list("device").iter().find(|device| device.split(':').count() > 3);
        return Err(match malformed {
            Some(device) if *name == "device" => Failure::new(format!("bad format for path: {device}")),
            _ => Failure::not_simulated(&format!("--{name}")),
        });
    }
    let mac = flags.text("mac-address");
    let is_mac = mac.split([':', '-']).count() == 6
        && mac.split([':', '-']).all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !mac.is_empty() && !is_mac {
        return Err(Failure::new(format!("{mac} is not a valid mac address")));
    }
    if !mac.is_empty() {
        return Err(Failure::not_simulated("--mac-address"));
    }
    let swappiness = flags.number("memory-swappiness");
    if !(-1..=100).contains(&swappiness) {
        let range = "Valid memory swappiness range is 0-100";
        return Err(Failure::new(format!("invalid value: {swappiness}. {range}")));
    }
    Ok(())
}

fn check_modes(flags: &Flags) -> Result<(), Failure> {
    let pid = flags.text("pid");
    let is_pid = matches!(pid, "" | "host") || pid.strip_prefix("container:").is_some_and(|name| !name.is_empty());
    let modes = [
        (is_pid, "--pid: invalid PID mode"),
        (matches!(flags.text("uts"), "" | "host"), "--uts: invalid UTS mode"),
        (matches!(flags.text("userns"), "" | "host"), "--userns: invalid USER mode"),
        (matches!(flags.text("cgroupns"), "" | "host" | "private"), "--cgroupns: invalid CGROUP mode"),
    ];
    if let Some((_, message)) = modes.iter().find(|(fits, _)| !fits) {
        return Err(Failure::new(*message));
    }
    if !pid.is_empty() || flags.text("ipc").starts_with("container:") {
        let name = if pid.is_empty() { "ipc" } else { "pid" };
        return Err(Failure::not_simulated(&format!("--{name}")));
    }
    let isolation = flags.text("isolation");
    if !matches!(isolation, "" | "default") {
        let why = format!("invalid isolation '{isolation}' on linux");
        return Err(Failure::new(format!("Error response from daemon: {why}")));
    }
    Ok(())
}

fn check_logging(client: &Client, flags: &Flags) -> Result<(), Failure> {
    if flags.text("log-driver") == "none" && flags.is_set("log-opt") {
        return Err(Failure::new("invalid logging opts for driver none"));
    }
    let is_security = |text: &&String| text.contains(['=', ':']) || text.as_str() == "no-new-privileges";
    if let Some(text) = flags.list("security-opt").iter().find(|text| !is_security(text)) {
        return Err(Failure::new(format!("Invalid --security-opt: {}", quoted(text))));
    }
    for option in flags.list("security-opt") {
        let path = option.strip_prefix("seccomp=").filter(|path| !matches!(*path, "unconfined" | "builtin"));
        if let Some(path) = path
            && let Err(errno) = client.sys.contents(path)
        {
            let why = Failure::file("open", path, errno).message;
            return Err(Failure::new(format!("opening seccomp profile ({path}) failed: {why}")));
        }
    }
    if flags.list("storage-opt").iter().any(|text| !text.contains('=')) {
        return Err(Failure::new("invalid storage option"));
    }
    if flags.is_set("storage-opt") {
        // The daemon's disk is no xfs.
        let why = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option";
        return Err(Failure::new(format!("Error response from daemon: {why}")));
    }
    Ok(())
}

/// A restart policy as the flag spells it. The daemon judges names; as a request holds a policy that is good, what
/// the daemon would say is said already.
pub(super) fn restart_policy(text: &str) -> Result<RestartPolicy, Failure> {
    let (name, count) = match text.split_once(':') {
        Some(("", _)) => {
            return Err(Failure::new("invalid restart policy format: no policy provided before colon"));
        }
        Some((name, count)) => (name, count),
        None => (text, ""),
    };
    let number = match count {
        "" => None,
        count => Some(
            count
                .parse::<i64>()
                .map_err(|_| Failure::new("invalid restart policy format: maximum retry count must be an integer"))?,
        ),
    };
    policy::restart(name, number.unwrap_or(0)).map_err(|fault| CallError::Daemon(fault).into())
}

fn healthcheck(flags: &Flags) -> Result<Option<Healthcheck>, Failure> {
    let command = flags.text("health-cmd");
    let times = ["health-interval", "health-timeout", "health-start-period", "health-start-interval"];
    let retries = flags.number("health-retries");
    let wanted = !command.is_empty() || retries != 0 || times.iter().any(|name| flags.nanoseconds(name) != 0);
    if flags.bool("no-healthcheck") {
        if wanted {
            return Err(Failure::new("--no-healthcheck conflicts with --health-* options"));
        }
        return Ok(Some(Healthcheck { test: vec!["NONE".to_string()], ..Healthcheck::default() }));
    }
    if !wanted {
        return Ok(None);
    }
    let order = ["health-interval", "health-timeout", "health-retries", "health-start-period", "health-start-interval"];
    let is_negative = |name: &&&str| if **name == "health-retries" { retries < 0 } else { flags.nanoseconds(name) < 0 };
    if let Some(name) = order.iter().find(is_negative) {
        return Err(Failure::new(format!("--{name} cannot be negative")));
    }
    let time = |name: &str| flags.nanoseconds(name).unsigned_abs();
    let test = if command.is_empty() { Vec::new() } else { vec!["CMD-SHELL".to_string(), command.to_string()] };
    Ok(Some(Healthcheck {
        test,
        interval: time("health-interval"),
        timeout: time("health-timeout"),
        start_period: time("health-start-period"),
        start_interval: time("health-start-interval"),
        retries: u32::try_from(retries).unwrap_or(u32::MAX),
    }))
}

/// One program, or none where the text is empty.
fn entrypoint(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { vec![text.to_string()] }
}

/// The networks to join, with the aliases and the address asked for in the first.
fn networks(flags: &Flags) -> Result<Vec<(String, EndpointAsk)>, Failure> {
    let mut networks: Vec<(String, EndpointAsk)> = Vec::new();
    for text in flags.list("network") {
        let (name, ask) = network(text);
        if name.is_empty() {
            return Err(Failure::new("no name set for network"));
        }
        if networks.iter().any(|(known, _)| *known == name) {
            return Err(Failure::new(format!("network {} is specified multiple times", quoted(&name))));
        }
        networks.push((name, ask));
    }
    let aliases = flags.list("network-alias");
    let ip = flags.text("ip");
    if networks.is_empty() && !(aliases.is_empty() && ip.is_empty()) {
        networks.push(("bridge".to_string(), EndpointAsk::default()));
    }
    if let Some((name, ask)) = networks.first_mut() {
        ask.aliases.extend(aliases.iter().cloned());
        if !ip.is_empty() {
            ask.ip = ip.to_string();
        }
        let is_own =
            !matches!(name.as_str(), "default" | "bridge" | "host" | "none") && !name.starts_with("container:");
        if !is_own && !ask.aliases.is_empty() {
            return Err(Failure::new("network-scoped aliases are only supported for user-defined networks"));
        }
    }
    Ok(networks)
}

/// A network by its name, or by `name=front,alias=db,ip=10.0.0.5`; the flag has been checked.
fn network(text: &str) -> (String, EndpointAsk) {
    if !text.contains('=') {
        return (text.to_string(), EndpointAsk::default());
    }
    let mut found = (String::new(), EndpointAsk::default());
    for field in text.split(',') {
        match field.split_once('=') {
            Some(("name", value)) => found.0 = value.to_string(),
            Some(("alias", value)) => found.1.aliases.push(value.to_string()),
            Some(("ip", value)) => found.1.ip = value.to_string(),
            _ => {}
        }
    }
    found
}

/// The settings without effect that were given, as JSON by their names in an inspect document.
fn kept(flags: &Flags) -> BTreeMap<String, String> {
    let value = |flag: &str, kind: char| match kind {
        'n' => flags.text(flag).to_string(),
        'l' => serde_json::Value::from(flags.list(flag).to_vec()).to_string(),
        _ => serde_json::Value::from(flags.text(flag)).to_string(),
    };
    let given = KEPT.iter().filter(|(flag, ..)| flags.is_set(flag));
    given.map(|(flag, name, kind)| (name.to_string(), value(flag, *kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restart_policies() {
        let read = |text| restart_policy(text).map_err(|failure| failure.message);
        assert_eq!(read("on-failure:3"), Ok(RestartPolicy::OnFailure(3)));
        assert_eq!(read("unless-stopped"), Ok(RestartPolicy::UnlessStopped));
        let integer = "invalid restart policy format: maximum retry count must be an integer";
        assert_eq!(read("on-failure:x"), Err(integer.into()));
        assert!(read("sometimes").is_err_and(|message| message.contains("unknown policy 'sometimes'")));
    }
}
