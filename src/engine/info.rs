//! The documents of `docker version` (its server half) and `docker info`.

use serde_json::{Value, json};

use super::VERSION;
use crate::model::World;
use crate::model::container::Status;

/// Memory of the machine in bytes, and its processors.
pub const MEMORY: u64 = 8_035_000 * 1024;
pub const CPUS: u32 = 2;
const KERNEL: &str = "6.8.0-layerlab";

pub fn version(_world: &World) -> Value {
    json!({
        "Platform": { "Name": "Docker Engine - Community" },
        "Components": [
            { "Name": "Engine", "Version": VERSION, "Details": {
                "ApiVersion": "1.50", "Arch": "amd64", "BuildTime": "2025-05-30T12:07:26.000000000+00:00",
                "Experimental": "false", "GitCommit": "45873be", "GoVersion": "go1.24.3", "KernelVersion": KERNEL,
                "MinAPIVersion": "1.24", "Os": "linux" } },
            { "Name": "containerd", "Version": "1.7.27", "Details": { "GitCommit": "05044ec0a9a75232cad458027ca83437aae3f4da" } },
            { "Name": "runc", "Version": "1.2.6", "Details": { "GitCommit": "v1.2.6-0-ge89a299" } },
            { "Name": "docker-init", "Version": "0.19.0", "Details": { "GitCommit": "de40ad0" } },
        ],
        "Version": VERSION,
        "ApiVersion": "1.50",
        "MinAPIVersion": "1.24",
        "GitCommit": "45873be",
        "GoVersion": "go1.24.3",
        "Os": "linux",
        "Arch": "amd64",
        "KernelVersion": KERNEL,
        "BuildTime": "2025-05-30T12:07:26.000000000+00:00",
    })
}

pub fn info(world: &World) -> Value {
    let engine = &world.engine;
    let count = |wanted: &[Status]| engine.containers.values().filter(|c| wanted.contains(&c.state.status)).count();
    let hostname = world.hostnames.get(&crate::model::process::HOST).cloned().unwrap_or_else(|| "".into());
    let mut doc = json!({
        "ID": if engine.id.is_empty() { "LAYERLAB".to_string() } else { engine.id.clone() },
        "Containers": engine.containers.len(),
        "ContainersRunning": count(&[Status::Running, Status::Restarting]),
        "ContainersPaused": count(&[Status::Paused]),
        "ContainersStopped": count(&[Status::Created, Status::Exited, Status::Dead, Status::Removing]),
        "Images": engine.images.len(),
        "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"], ["Using metacopy", "false"],
            ["Native Overlay Diff", "true"], ["userxattr", "false"]],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
            "Authorization": null,
            "Log": ["awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog"],
        },
        "MemoryLimit": true,
        "SwapLimit": true,
        "CpuCfsPeriod": true,
        "CpuCfsQuota": true,
        "CPUShares": true,
        "CPUSet": true,
        "PidsLimit": true,
        "IPv4Forwarding": true,
        "Debug": false,
        "NFd": 24,
        "OomKillDisable": false,
        "NGoroutines": 48,
        "SystemTime": world.now.rfc3339_nano(),
    });
    let rest = json!({
        "LoggingDriver": "json-file",
        "CgroupDriver": "systemd",
        "CgroupVersion": "2",
        "NEventsListener": 0,
        "KernelVersion": KERNEL,
        "OperatingSystem": "Ubuntu 24.04.3 LTS",
        "OSVersion": "24.04",
        "OSType": "linux",
        "Architecture": "x86_64",
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": { "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"], "IndexConfigs": {}, "Mirrors": null },
        "NCPU": CPUS,
        "MemTotal": MEMORY,
        "GenericResources": null,
        "DockerRootDir": "/var/lib/docker",
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Name": &*hostname,
        "Labels": [],
        "ExperimentalBuild": false,
        "ServerVersion": VERSION,
        "Runtimes": { "io.containerd.runc.v2": { "path": "runc" }, "runc": { "path": "runc" } },
        "DefaultRuntime": "runc",
        "Swarm": { "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false, "Error": "", "RemoteManagers": null },
        "LiveRestoreEnabled": false,
        "Isolation": "",
        "InitBinary": "docker-init",
        "ContainerdCommit": { "ID": "05044ec0a9a75232cad458027ca83437aae3f4da" },
        "RuncCommit": { "ID": "v1.2.6-0-ge89a299" },
        "InitCommit": { "ID": "de40ad0" },
        "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
        "Warnings": null,
    });
    if let (Some(doc), Value::Object(rest)) = (doc.as_object_mut(), rest) {
        doc.extend(rest);
    }
    doc
}
