//! The documents of `docker inspect` (Engine API v1.50, `GET /containers/{id}/json`).

use serde_json::{Map as Object, Value, json};

use super::api::Fault;
use super::{container, find};
use crate::model::World;
use crate::model::container::{Container, MountAsk, MountKind, RestartPolicy, Status};
use crate::model::image::{Config, Healthcheck};
use crate::model::network::{Endpoint, PortBinding, ipv4};
use crate::model::time::Time;

const NEVER: &str = "0001-01-01T00:00:00Z";

fn moment(time: Option<Time>) -> String {
    time.map_or_else(|| NEVER.into(), Time::rfc3339_nano)
}

/// A list, or null where Go has a nil slice.
fn or_null(list: &[String]) -> Value {
    if list.is_empty() { Value::Null } else { json!(list) }
}

/// What `docker inspect --type=KIND NAME` says; nothing where there is no such object, or kind.
pub fn document(world: &World, kind: &str, name: &str) -> Option<Value> {
    let document = match kind {
        "container" => container(world, name, false),
        "image" => super::image::inspect::inspect(world, name),
        "network" => super::listing::network_document(world, name),
        "volume" => super::listing::volume_document(world, name),
        _ => return None,
    };
    document.ok()
}

pub fn container(world: &World, name: &str, size: bool) -> Result<Value, Fault> {
    let c = find::container(&world.engine, name)?;
    let ran = c.state.started.is_some();
    let file = |name: &str| if ran { format!("/var/lib/docker/containers/{}/{name}", c.id) } else { String::new() };
    let layer = crate::oci::digest::Digest::of(c.id.as_bytes()).hex();
    let dir = format!("/var/lib/docker/overlay2/{layer}");
    let lower = lower_dirs(world, &c, &dir);
    let mut doc = json!({
        "Id": &*c.id,
        "Created": c.created.rfc3339_nano(),
        "Path": c.path,
        "Args": c.args,
        "State": null,
        "Image": &*c.image,
        "ResolvConfPath": file("resolv.conf"),
        "HostnamePath": file("hostname"),
        "HostsPath": file("hosts"),
        "LogPath": file(&format!("{}-json.log", c.id)),
        "Name": format!("/{}", c.name),
        "RestartCount": c.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": if ran { "docker-default" } else { "" },
        "ExecIDs": if c.execs.is_empty() { Value::Null } else { json!(c.execs.iter().map(|e| e.to_string()).collect::<Vec<_>>()) },
        "HostConfig": null,
        "GraphDriver": {
            "Data": {
                "ID": &*c.id,
                "LowerDir": lower,
                "MergedDir": format!("{dir}/merged"),
                "UpperDir": format!("{dir}/diff"),
                "WorkDir": format!("{dir}/work"),
            },
            "Name": "overlay2",
        },
    });
    if let Some(doc) = doc.as_object_mut() {
        // `json!` would copy them.
        doc.insert("State".into(), state(&c));
        doc.insert("HostConfig".into(), host_config(&c));
        if size {
            let (own, all) = container::sizes(world, &c);
            doc.insert("SizeRw".into(), json!(own));
            doc.insert("SizeRootFs".into(), json!(all));
        }
        doc.insert("Mounts".into(), mounts(&c));
        doc.insert("Config".into(), config(&c.config));
        doc.insert("NetworkSettings".into(), network_settings(world, &c));
    }
    Ok(doc)
}

fn lower_dirs(world: &World, c: &Container, dir: &str) -> String {
    let mut dirs = vec![format!("{dir}-init/diff")];
    if let Some(image) = world.engine.images.get(&c.image) {
        let of = |chain: &crate::model::Text| {
            let hex = crate::oci::digest::Digest::of(chain.as_bytes()).hex();
            format!("/var/lib/docker/overlay2/{hex}/diff")
        };
        dirs.extend(image.layers.iter().rev().map(of));
    }
    dirs.join(":")
}

fn state(c: &Container) -> Value {
    let status = c.state.status;
    let mut doc = json!({
        "Status": status.name(),
        "Running": matches!(status, Status::Running | Status::Paused | Status::Restarting),
        "Paused": status == Status::Paused,
        "Restarting": status == Status::Restarting,
        "OOMKilled": c.state.oom_killed,
        "Dead": status == Status::Dead,
        "Pid": c.state.pid,
        "ExitCode": c.state.exit_code,
        "Error": c.state.error,
        "StartedAt": moment(c.state.started),
        "FinishedAt": moment(c.state.finished),
    });
    if let (Some(health), Some(doc)) = (&c.state.health, doc.as_object_mut()) {
        let log: Vec<Value> = health
            .log
            .iter()
            .map(|probe| {
                json!({
                    "Start": moment(Some(probe.start)),
                    "End": moment(Some(probe.end)),
                    "ExitCode": probe.exit_code,
                    "Output": probe.output,
                })
            })
            .collect();
        let failing = health.failing_streak;
        doc.insert("Health".into(), json!({ "Status": health.status, "FailingStreak": failing, "Log": log }));
    }
    doc
}

fn bindings(c: &Container) -> Value {
    let one = |b: &PortBinding| json!({ "HostIp": b.host_ip, "HostPort": b.host_port });
    let rows = c.host.port_bindings.iter().map(|(port, list)| (port.clone(), list.iter().map(one).collect::<Value>()));
    Value::Object(rows.collect())
}

fn host_config(c: &Container) -> Value {
    let h = &c.host;
    let retries = if let RestartPolicy::OnFailure(most) = h.restart { most } else { 0 };
    let mode = if h.network_mode.is_empty() { "bridge" } else { &h.network_mode };
    let driver = if h.log_driver.is_empty() { "json-file" } else { &h.log_driver };
    let r = &h.resources;
    let ulimits: Vec<Value> =
        r.ulimits.iter().map(|limit| json!({ "Name": limit.name, "Hard": limit.hard, "Soft": limit.soft })).collect();
    let mut doc = json!({
        "Binds": or_null(&h.binds),
        "ContainerIDFile": "",
        "LogConfig": { "Type": driver, "Config": {} },
        "NetworkMode": mode,
        "PortBindings": bindings(c),
        "RestartPolicy": { "Name": h.restart.name(), "MaximumRetryCount": retries },
        "AutoRemove": h.auto_remove,
        "VolumeDriver": "",
        "VolumesFrom": or_null(&h.volumes_from),
        "ConsoleSize": [0, 0],
        "CapAdd": or_null(&h.cap_add),
        "CapDrop": or_null(&h.cap_drop),
        "CgroupnsMode": "private",
        "Dns": h.dns,
        "DnsOptions": [],
        "DnsSearch": [],
        "ExtraHosts": or_null(&h.extra_hosts),
        "GroupAdd": null,
        "IpcMode": "private",
        "Cgroup": "",
        "Links": or_null(&h.links),
        "OomScoreAdj": h.oom_score_adj,
        "PidMode": h.pid_mode,
        "Privileged": h.privileged,
        "PublishAllPorts": h.publish_all,
        "ReadonlyRootfs": h.read_only,
    });
    let middle = json!({
        "SecurityOpt": null,
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": if h.shm_size == 0 { 67_108_864 } else { h.shm_size },
        "Runtime": "runc",
        "Isolation": "",
        "CpuShares": r.cpu_shares,
        "Memory": r.memory,
        "NanoCpus": r.nano_cpus,
        "CgroupParent": "",
        "BlkioWeight": r.blkio_weight,
        "BlkioWeightDevice": [],
        "BlkioDeviceReadBps": [],
        "BlkioDeviceWriteBps": [],
        "BlkioDeviceReadIOps": [],
        "BlkioDeviceWriteIOps": [],
    });
    let rest = json!({
        "CpuPeriod": r.cpu_period,
        "CpuQuota": r.cpu_quota,
        "CpuRealtimePeriod": 0,
        "CpuRealtimeRuntime": 0,
        "CpusetCpus": r.cpuset_cpus,
        "CpusetMems": r.cpuset_mems,
        "Devices": [],
        "DeviceCgroupRules": null,
        "DeviceRequests": null,
        "MemoryReservation": r.memory_reservation,
        "MemorySwap": r.memory_swap,
        "MemorySwappiness": r.memory_swappiness,
        "OomKillDisable": null,
        "PidsLimit": r.pids_limit,
        "Ulimits": ulimits,
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
        "MaskedPaths": [
            "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
            "/sys/devices/virtual/powercap",
        ],
        "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    });
    if let (Some(doc), Value::Object(middle), Value::Object(rest)) = (doc.as_object_mut(), middle, rest) {
        doc.extend(middle);
        doc.extend(rest);
        if h.init {
            doc.insert("Init".into(), json!(true));
        }
        // What has no effect here is shown as it was given.
        for (name, text) in &h.other {
            doc.insert(name.clone(), serde_json::from_str(text).unwrap_or(Value::Null));
        }
        if !h.mounts.is_empty() {
            doc.insert("Mounts".into(), h.mounts.iter().map(mount_ask).collect());
        }
        if !h.tmpfs.is_empty() {
            doc.insert("Tmpfs".into(), json!(h.tmpfs));
        }
    }
    doc
}

/// A mount as it was asked for.
fn mount_ask(ask: &MountAsk) -> Value {
    let mut doc = Object::new();
    doc.insert("Type".into(), json!(ask.kind));
    if !ask.source.is_empty() {
        doc.insert("Source".into(), json!(ask.source));
    }
    doc.insert("Target".into(), json!(ask.target));
    if ask.read_only {
        doc.insert("ReadOnly".into(), json!(true));
    }
    if ask.no_copy {
        doc.insert("VolumeOptions".into(), json!({ "NoCopy": true }));
    }
    let mut tmpfs = Object::new();
    if ask.size > 0 {
        tmpfs.insert("SizeBytes".into(), json!(ask.size));
    }
    if let Some(mode) = ask.mode {
        tmpfs.insert("Mode".into(), json!(mode));
    }
    if !tmpfs.is_empty() {
        doc.insert("TmpfsOptions".into(), Value::Object(tmpfs));
    }
    Value::Object(doc)
}

pub(super) fn mounts(c: &Container) -> Value {
    let one = |m: &crate::model::container::MountPoint| {
        let mut doc = Object::new();
        let kind = match m.kind {
            MountKind::Volume => "volume",
            MountKind::Bind => "bind",
            MountKind::Tmpfs => "tmpfs",
        };
        doc.insert("Type".into(), json!(kind));
        if m.kind == MountKind::Volume {
            doc.insert("Name".into(), json!(m.name));
        }
        doc.insert("Source".into(), json!(m.source));
        doc.insert("Destination".into(), json!(m.destination));
        if m.kind == MountKind::Volume {
            doc.insert("Driver".into(), json!("local"));
        }
        doc.insert("Mode".into(), json!(m.mode));
        doc.insert("RW".into(), json!(m.writable));
        doc.insert("Propagation".into(), json!(if m.kind == MountKind::Bind { "rprivate" } else { "" }));
        Value::Object(doc)
    };
    c.mounts.iter().map(one).collect()
}

/// `[]` as an object with empty values, as Go prints a set.
fn set(names: &[String]) -> Value {
    Value::Object(names.iter().map(|name| (name.clone(), json!({}))).collect())
}

fn config(c: &Config) -> Value {
    let mut doc = json!({
        "Hostname": c.hostname,
        "Domainname": c.domainname,
        "User": c.user,
        "AttachStdin": c.attach_stdin,
        "AttachStdout": c.attach_stdout,
        "AttachStderr": c.attach_stderr,
    });
    let Some(object) = doc.as_object_mut() else { return doc };
    if !c.exposed_ports.is_empty() {
        object.insert("ExposedPorts".into(), set(&c.exposed_ports));
    }
    let mut put = |key: &str, value: Value| {
        object.insert(key.into(), value);
    };
    put("Tty", json!(c.tty));
    put("OpenStdin", json!(c.open_stdin));
    put("StdinOnce", json!(c.stdin_once));
    put("Env", if c.env.is_empty() { Value::Null } else { json!(c.env) });
    put("Cmd", json!(c.cmd));
    if let Some(check) = &c.healthcheck {
        put("Healthcheck", healthcheck(check));
    }
    put("Image", json!(c.image));
    put("Volumes", if c.volumes.is_empty() { Value::Null } else { set(&c.volumes) });
    put("WorkingDir", json!(c.working_dir));
    put("Entrypoint", json!(c.entrypoint));
    put("OnBuild", or_null(&c.on_build));
    put("Labels", json!(c.labels));
    if !c.stop_signal.is_empty() {
        put("StopSignal", json!(c.stop_signal));
    }
    if let Some(timeout) = c.stop_timeout {
        put("StopTimeout", json!(timeout));
    }
    if let Some(shell) = &c.shell {
        put("Shell", json!(shell));
    }
    doc
}

fn healthcheck(check: &Healthcheck) -> Value {
    let mut doc = Object::new();
    doc.insert("Test".into(), json!(check.test));
    let durations = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
        ("Retries", u64::from(check.retries)),
    ];
    for (key, value) in durations.into_iter().filter(|(_, value)| *value > 0) {
        doc.insert(key.into(), json!(value));
    }
    Value::Object(doc)
}

fn network_settings(world: &World, c: &Container) -> Value {
    let live = matches!(c.state.status, Status::Running | Status::Paused);
    let own = if live {
        c.ns.map_or(String::new(), |_| crate::oci::digest::Digest::of(format!("sandbox {}", c.id).as_bytes()).hex())
    } else {
        String::new()
    };
    let key = if live { format!("/var/run/docker/netns/{}", &own[..12.min(own.len())]) } else { String::new() };
    let bridge = c.endpoints.get("bridge").cloned().unwrap_or_default();
    let address = |a: u32| if a == 0 { String::new() } else { ipv4(a) };
    let networks: Object<String, Value> =
        c.endpoints.iter().map(|(name, e)| (name.clone(), endpoint(world, c, name, e))).collect();
    json!({
        "Bridge": "",
        "SandboxID": own,
        "SandboxKey": key,
        "Ports": ports(c, live),
        "HairpinMode": false,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": null,
        "SecondaryIPv6Addresses": null,
        "EndpointID": bridge.endpoint_id,
        "Gateway": address(bridge.gateway),
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": address(bridge.address),
        "IPPrefixLen": bridge.prefix,
        "IPv6Gateway": "",
        "MacAddress": bridge.mac,
        "Networks": networks,
    })
}

fn ports(c: &Container, live: bool) -> Value {
    let mut all = Object::new();
    if live {
        for port in &c.config.exposed_ports {
            all.insert(port.clone(), Value::Null);
        }
        for published in &c.published {
            let row = json!({ "HostIp": published.host_ip, "HostPort": published.host_port.to_string() });
            match all.get_mut(&published.port) {
                Some(Value::Array(rows)) => rows.push(row),
                _ => drop(all.insert(published.port.clone(), json!([row]))),
            }
        }
    }
    Value::Object(all)
}

fn endpoint(_world: &World, c: &Container, network: &str, e: &Endpoint) -> Value {
    let address = |a: u32| if a == 0 { String::new() } else { ipv4(a) };
    let user_defined = !["bridge", "host", "none"].contains(&network);
    let names = || json!(super::endpoint::dns_names(c, e));
    let asked = if e.asked == 0 { Value::Null } else { json!({ "IPv4Address": ipv4(e.asked) }) };
    json!({
        "IPAMConfig": asked,
        "Links": null,
        "Aliases": or_null(&e.aliases),
        "MacAddress": e.mac,
        "DriverOpts": null,
        "GwPriority": 0,
        "NetworkID": e.network_id,
        "EndpointID": e.endpoint_id,
        "Gateway": address(e.gateway),
        "IPAddress": address(e.address),
        "IPPrefixLen": e.prefix,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "DNSNames": if user_defined && e.address != 0 { names() } else { Value::Null },
    })
}
