//! A service in the terms of a container: its variables, ports and checks, and the flags of `docker create` for the rest.

use super::create::Making;
use super::file::Value;
use crate::cli::client::Failure;
use crate::cli::flag;
use crate::model::image::Healthcheck;
use crate::model::network::PortBinding;

pub fn environment(service: &Value) -> Vec<String> {
    // A variable without a value stays out of the container.
    let entries = service.entries("environment").filter(|(_, value)| **value != Value::Null);
    entries.map(|(name, value)| format!("{name}={}", value.show())).collect()
}

pub fn healthcheck(service: &Value) -> Option<Healthcheck> {
    let check = service.at("healthcheck")?;
    let time = |key: &str| {
        let text = check.at(key).map(Value::show)?;
        flag::duration(&text).ok().map(i64::unsigned_abs)
    };
    let test = if check.flag("disable") { vec!["NONE".to_string()] } else { check.words("test") };
    Some(Healthcheck {
        test,
        interval: time("interval").unwrap_or(0),
        timeout: time("timeout").unwrap_or(0),
        start_period: time("start_period").unwrap_or(0),
        start_interval: time("start_interval").unwrap_or(0),
        retries: check.number("retries").and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
    })
}

/// The ports of a service with their places on the host; none for one that is only exposed.
pub fn published(service: &Value) -> Vec<(String, Option<PortBinding>)> {
    let mut all = Vec::new();
    for port in service.list("ports") {
        let key = format!("{}/{}", port.at("target").map(Value::show).unwrap_or_default(), port.word("protocol"));
        let binding =
            PortBinding { host_ip: port.word("host_ip").to_string(), host_port: port.word("published").to_string() };
        all.push((key, Some(binding)));
    }
    for port in service.words("expose") {
        let key = if port.contains('/') { port } else { format!("{port}/tcp") };
        all.push((key, None));
    }
    all
}

/// What a service has that is not simulated.
pub fn refuse(name: &str, service: &Value) -> Result<(), Failure> {
    const ABSENT: [&str; 12] = [
        "blkio_config",
        "credential_spec",
        "device_cgroup_rules",
        "devices",
        "external_links",
        "gpus",
        "isolation",
        "post_start",
        "pre_stop",
        "provider",
        "runtime",
        "storage_opt",
    ];
    match ABSENT.iter().find(|key| service.at(key).is_some()) {
        Some(key) => Err(Failure::not_simulated(&format!("services.{name}.{key}"))),
        None => Ok(()),
    }
}

/// The flags of `docker create` that ask for the same: single words, then lists, then what has a form of its own.
pub fn flags_of(service: &Value, making: &Making) -> Vec<String> {
    let mut args = Vec::new();
    for (key, flag) in WORDS {
        let value =
            making.shared.get(key).cloned().unwrap_or_else(|| service.at(key).map(Value::show).unwrap_or_default());
        if !value.is_empty() && value != "0" {
            args.push(format!("--{flag}={value}"));
        }
    }
    for (key, flag) in LISTS {
        args.extend(service.words(key).iter().map(|value| format!("--{flag}={value}")));
    }
    for (key, flag) in [("sysctls", "sysctl"), ("annotations", "annotation"), ("logging.options", "log-opt")] {
        args.extend(service.texts(key).iter().map(|(name, value)| format!("--{flag}={name}={value}")));
    }
    for key in ["init", "privileged", "read_only", "oom_kill_disable"] {
        if service.flag(key) {
            args.push(format!("--{}", key.replace('_', "-")));
        }
    }
    for (host, addresses) in service.entries("extra_hosts") {
        let addresses = addresses.as_list().unwrap_or_default();
        args.extend(addresses.iter().map(|address| format!("--add-host={host}:{}", address.show())));
    }
    for (name, limit) in service.entries("ulimits") {
        let value = match limit {
            Value::Map(_) => format!("{}:{}", limit.number("soft").unwrap_or(0), limit.number("hard").unwrap_or(0)),
            limit => limit.show(),
        };
        args.push(format!("--ulimit={name}={value}"));
    }
    args.extend(making.volumes_from.iter().map(|id| format!("--volumes-from={id}")));
    let restart = match service.word("deploy.restart_policy.condition") {
        "" => service.word("restart").to_string(),
        "none" => "no".to_string(),
        "any" => "always".to_string(),
        "on-failure" => match service.number("deploy.restart_policy.max_attempts") {
            Some(attempts) => format!("on-failure:{attempts}"),
            None => "on-failure".to_string(),
        },
        other => other.to_string(),
    };
    if !restart.is_empty() {
        args.push(format!("--restart={restart}"));
    }
    args
}

const WORDS: [(&str, &str); 30] = [
    ("hostname", "hostname"),
    ("domainname", "domainname"),
    ("user", "user"),
    ("working_dir", "workdir"),
    ("stop_signal", "stop-signal"),
    ("platform", "platform"),
    ("ipc", "ipc"),
    ("pid", "pid"),
    ("uts", "uts"),
    ("userns_mode", "userns"),
    ("cgroup", "cgroupns"),
    ("cgroup_parent", "cgroup-parent"),
    ("mac_address", "mac-address"),
    ("shm_size", "shm-size"),
    ("volume_driver", "volume-driver"),
    ("logging.driver", "log-driver"),
    ("oom_score_adj", "oom-score-adj"),
    ("mem_limit", "memory"),
    ("memswap_limit", "memory-swap"),
    ("mem_reservation", "memory-reservation"),
    ("mem_swappiness", "memory-swappiness"),
    ("cpus", "cpus"),
    ("cpu_shares", "cpu-shares"),
    ("cpu_period", "cpu-period"),
    ("cpu_quota", "cpu-quota"),
    ("cpuset", "cpuset-cpus"),
    ("pids_limit", "pids-limit"),
    ("deploy.resources.limits.memory", "memory"),
    ("deploy.resources.limits.cpus", "cpus"),
    ("deploy.resources.limits.pids", "pids-limit"),
];

const LISTS: [(&str, &str); 8] = [
    ("cap_add", "cap-add"),
    ("cap_drop", "cap-drop"),
    ("dns", "dns"),
    ("dns_opt", "dns-option"),
    ("dns_search", "dns-search"),
    ("security_opt", "security-opt"),
    ("group_add", "group-add"),
    ("tmpfs", "tmpfs"),
];
