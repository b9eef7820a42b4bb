//! The flags that `run` and `create` share, as what is asked of the daemon.

use std::collections::BTreeMap;

use super::port;
use crate::cli::dispatch::Invocation;
use crate::cli::flag::Flags;
use crate::engine::api::{Create, EndpointAsk};
use crate::kernel::Sys;
use crate::model::container::{HostConfig, RestartPolicy};
use crate::model::image::{Config, Healthcheck};
use crate::oci::reference::Reference;

/// The flags that have a counterpart here; any other that is given is refused by name.
const SIMULATED: &[&str] = &[
    "attach",
    "cap-add",
    "cap-drop",
    "cidfile",
    "cpus",
    "detach",
    "detach-keys",
    "disable-content-trust",
    "domainname",
    "entrypoint",
    "env",
    "env-file",
    "expose",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-interval",
    "health-start-period",
    "health-timeout",
    "help",
    "hostname",
    "init",
    "interactive",
    "label",
    "label-file",
    "log-driver",
    "memory",
    "memory-swap",
    "name",
    "network",
    "network-alias",
    "no-healthcheck",
    "pids-limit",
    "platform",
    "privileged",
    "publish",
    "publish-all",
    "pull",
    "quiet",
    "read-only",
    "restart",
    "rm",
    "shm-size",
    "sig-proxy",
    "stop-signal",
    "stop-timeout",
    "tty",
    "user",
    "workdir",
];

/// What the flags and arguments ask for, or the client's complaint.
pub fn create(sys: &Sys, call: &Invocation) -> Result<Create, String> {
    let flags = &call.flags;
    let pull = flags.text("pull");
    if !["always", "missing", "never"].contains(&pull) {
        return Err(format!("invalid pull option: '{pull}': must be one of \"always\", \"missing\" or \"never\""));
    }
    let (image, command) = call.args.split_first().map_or(("", &[][..]), |(image, rest)| (image.as_str(), rest));
    let config = config(sys, flags, image, command)?;
    let host = host(flags)?;
    if host.auto_remove && host.restart != RestartPolicy::No {
        return Err("conflicting options: cannot specify both --restart and --rm".into());
    }
    Reference::parse(image)
        .map_err(|bad| bad.0)
        .or_else(|bad| if is_id(image) { Ok(placeholder()) } else { Err(bad) })?;
    if let Some(flag) = flags.given().find(|flag| !SIMULATED.contains(flag)) {
        return Err(format!("layerlab: --{flag} is not simulated"));
    }
    let networks = networks(flags, &host)?;
    let name = flags.is_set("name").then(|| flags.text("name").to_string()).filter(|name| !name.is_empty());
    Ok(Create { name, config, host, networks, platform: None })
}

fn is_id(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

fn placeholder() -> Reference {
    Reference { domain: String::new(), path: String::new(), tag: None, digest: None }
}

fn networks(flags: &Flags, host: &HostConfig) -> Result<Vec<(String, EndpointAsk)>, String> {
    let aliases = flags.list("network-alias").to_vec();
    let mode = if host.network_mode.is_empty() { "bridge" } else { &host.network_mode };
    if !aliases.is_empty() && ["bridge", "default", "host", "none"].contains(&mode) {
        return Err("network-scoped aliases are only supported for user-defined networks".into());
    }
    if aliases.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![(mode.to_string(), EndpointAsk { aliases, ip: String::new() })])
}

fn config(sys: &Sys, flags: &Flags, image: &str, command: &[String]) -> Result<Config, String> {
    let detached = flags.bool("detach");
    let attach = flags.list("attach");
    let wants = |stream: &str| attach.iter().any(|a| a.eq_ignore_ascii_case(stream));
    let open_stdin = flags.bool("interactive");
    let plain = attach.is_empty();
    let attach_stdin = !detached && (if plain { open_stdin } else { wants("stdin") });
    let entrypoint = flags.is_set("entrypoint").then(|| match flags.text("entrypoint") {
        "" => vec![String::new()],
        program => vec![program.to_string()],
    });
    let mut exposed = Vec::new();
    for value in flags.list("expose") {
        exposed.extend(port::expose(value)?);
    }
    for (port, _) in bindings(flags)? {
        exposed.push(port);
    }
    exposed.sort();
    exposed.dedup();
    Ok(Config {
        hostname: flags.text("hostname").into(),
        domainname: flags.text("domainname").into(),
        user: flags.text("user").into(),
        attach_stdin,
        attach_stdout: !detached && (plain || wants("stdout")),
        attach_stderr: !detached && (plain || wants("stderr")),
        tty: flags.bool("tty"),
        open_stdin,
        stdin_once: open_stdin && attach_stdin,
        env: environment(sys, flags)?,
        cmd: (!command.is_empty()).then(|| command.to_vec()),
        entrypoint,
        image: image.into(),
        working_dir: flags.text("workdir").into(),
        exposed_ports: exposed,
        labels: labels(sys, flags)?,
        stop_signal: flags.text("stop-signal").into(),
        stop_timeout: flags.is_set("stop-timeout").then(|| flags.number("stop-timeout")),
        healthcheck: healthcheck(flags)?,
        ..Config::default()
    })
}

fn bindings(flags: &Flags) -> Result<port::Bindings, String> {
    let mut all = port::Bindings::new();
    for value in flags.list("publish") {
        port::parse(value, &mut all)?;
    }
    Ok(all)
}

fn healthcheck(flags: &Flags) -> Result<Option<Healthcheck>, String> {
    let names = ["health-interval", "health-timeout", "health-start-period", "health-start-interval"];
    if let Some(name) = names.iter().find(|name| flags.nanoseconds(name) < 0) {
        return Err(format!("--{name} cannot be negative"));
    }
    if flags.number("health-retries") < 0 {
        return Err("--health-retries cannot be negative".into());
    }
    let set = names.iter().any(|name| flags.nanoseconds(name) != 0) || flags.number("health-retries") != 0;
    let command = flags.text("health-cmd");
    if flags.bool("no-healthcheck") {
        if set || !command.is_empty() {
            return Err("--no-healthcheck conflicts with --health-* options".into());
        }
        return Ok(Some(Healthcheck { test: vec!["NONE".into()], ..Healthcheck::default() }));
    }
    if command.is_empty() && !set {
        return Ok(None);
    }
    let test = if command.is_empty() { Vec::new() } else { vec!["CMD-SHELL".into(), command.into()] };
    let time = |name: &str| flags.nanoseconds(name) as u64;
    Ok(Some(Healthcheck {
        test,
        interval: time(names[0]),
        timeout: time(names[1]),
        start_period: time(names[2]),
        start_interval: time(names[3]),
        retries: flags.number("health-retries") as u32,
    }))
}

/// The lines of an `--env-file` or `--label-file`.
fn file_lines(sys: &Sys, path: &str, what: &str) -> Result<Vec<String>, String> {
    let data = sys.contents(path).map_err(|_| format!("open {path}: no such file or directory"))?;
    let crate::model::file::Data::Bytes(bytes) = data else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let name = line.split('=').next().unwrap_or(line);
        if name.contains([' ', '\t']) {
            return Err(format!("invalid {what} file ({path}): variable '{name}' contains whitespaces"));
        }
        if name.is_empty() {
            return Err(format!("invalid {what} file ({path}): no variable name on line '{line}'"));
        }
        lines.push(line.to_string());
    }
    Ok(lines)
}

/// Variables from files first, then from `-e`; a name alone takes its value from the client's own.
pub fn environment(sys: &Sys, flags: &Flags) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut entries = Vec::new();
    for path in flags.list("env-file") {
        entries.extend(file_lines(sys, path, "env")?);
    }
    entries.extend(flags.list("env").iter().cloned());
    for entry in entries {
        let full =
            if entry.contains('=') { Some(entry) } else { sys.env(&entry).map(|value| format!("{entry}={value}")) };
        let Some(full) = full else { continue };
        let key = full.split('=').next().unwrap_or_default().to_string() + "=";
        match all.iter_mut().find(|known: &&mut String| known.starts_with(&key)) {
            Some(known) => *known = full,
            None => all.push(full),
        }
    }
    Ok(all)
}

fn labels(sys: &Sys, flags: &Flags) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for path in flags.list("label-file") {
        for line in file_lines(sys, path, "label")? {
            let (key, value) = line.split_once('=').unwrap_or((&line, ""));
            all.insert(key.to_string(), value.to_string());
        }
    }
    for (key, value) in flags.pairs("label") {
        all.insert(key.to_string(), value.to_string());
    }
    Ok(all)
}

fn host(flags: &Flags) -> Result<HostConfig, String> {
    let memory_swap = flags.bytes("memory-swap");
    Ok(HostConfig {
        auto_remove: flags.bool("rm"),
        init: flags.bool("init"),
        restart: restart(flags.text("restart"))?,
        network_mode: flags.text("network").into(),
        port_bindings: bindings(flags)?,
        publish_all: flags.bool("publish-all"),
        memory: flags.bytes("memory").max(0) as u64,
        memory_swap,
        nano_cpus: flags.nano_cpus("cpus").max(0) as u64,
        pids_limit: flags.is_set("pids-limit").then(|| flags.number("pids-limit")),
        privileged: flags.bool("privileged"),
        read_only: flags.bool("read-only"),
        cap_add: flags.list("cap-add").to_vec(),
        cap_drop: flags.list("cap-drop").to_vec(),
        log_driver: flags.text("log-driver").into(),
        shm_size: flags.bytes("shm-size").max(0) as u64,
        ..HostConfig::default()
    })
}

/// `no`, `always`, `unless-stopped`, `on-failure[:N]`.
pub fn restart(text: &str) -> Result<RestartPolicy, String> {
    let (name, count) = text.split_once(':').map_or((text, None), |(name, count)| (name, Some(count)));
    let count = match count {
        None | Some("") => None,
        Some(count) if !count.contains(':') => match count.parse::<u32>() {
            Ok(count) => Some(count),
            Err(_) => return Err("invalid restart policy format: maximum retry count must be an integer".into()),
        },
        Some(_) => return Err("invalid restart policy format".into()),
    };
    let policy = match name {
        "" | "no" => RestartPolicy::No,
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => return Ok(RestartPolicy::OnFailure(count.unwrap_or(0))),
        name => {
            return Err(format!(
                "Error response from daemon: invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
            ));
        }
    };
    if count.is_some_and(|count| count > 0) {
        return Err("Error response from daemon: invalid restart policy: maximum retry count can only be used with 'on-failure'".into());
    }
    Ok(policy)
}
