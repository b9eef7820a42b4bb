//! The flags that limit a container, which `docker run`, `create` and `update` share.

use crate::cli::flag::Flags;
use crate::model::container::{Resources, Ulimit};

/// Reads what the flags of a command say of resources; those that the command lacks say nothing.
pub fn resources(flags: &Flags) -> Resources {
    let swappiness = flags.number("memory-swappiness");
    Resources {
        memory: flags.bytes("memory"),
        memory_swap: flags.bytes("memory-swap"),
        memory_reservation: flags.bytes("memory-reservation"),
        memory_swappiness: Some(swappiness).filter(|_| flags.is_set("memory-swappiness") && swappiness != -1),
        oom_kill_disable: flags.bool("oom-kill-disable"),
        nano_cpus: flags.nano_cpus("cpus"),
        cpu_period: flags.number("cpu-period"),
        cpu_quota: flags.number("cpu-quota"),
        cpu_shares: flags.number("cpu-shares"),
        cpuset_cpus: flags.text("cpuset-cpus").to_string(),
        cpuset_mems: flags.text("cpuset-mems").to_string(),
        pids_limit: Some(flags.number("pids-limit")).filter(|limit| *limit != 0),
        blkio_weight: flags.number("blkio-weight"),
        ulimits: flags.list("ulimit").iter().filter_map(|text| ulimit(text)).collect(),
    }
}

/// `nofile=100:200`; the flag has been checked.
fn ulimit(text: &str) -> Option<Ulimit> {
    let (name, limits) = text.split_once('=')?;
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    Some(Ulimit { name: name.to_string(), soft: soft.parse().ok()?, hard: hard.parse().ok()? })
}
