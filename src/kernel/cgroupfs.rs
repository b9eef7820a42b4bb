//! The files of a container's cgroup, as it sees them at `/sys/fs/cgroup` (cgroup version 2).
//!
//! A path is [`PREFIX`], the container's id and, for a file, a slash and its name.

use super::{CPUS, Errno, Kernel};
use crate::model::process::Cgroup;

pub(super) const PREFIX: &str = "cgroup:";

pub(super) const FILES: [&str; 12] = [
    "cgroup.controllers",
    "cgroup.procs",
    "cpu.max",
    "cpu.stat",
    "cpu.weight",
    "cpuset.cpus.effective",
    "memory.current",
    "memory.events",
    "memory.max",
    "memory.peak",
    "pids.current",
    "pids.max",
];

/// Whether a path without its prefix leads anywhere.
pub(super) fn exists(path: &str) -> bool {
    path.split_once('/').is_none_or(|(_, name)| FILES.contains(&name))
}

impl Kernel {
    pub(super) fn read_cgroup(&self, path: &str) -> Result<String, Errno> {
        let (id, name) = path.split_once('/').ok_or(Errno::IsDir)?;
        let cgroup = self.world.cgroups.get(id).ok_or(Errno::NoEnt)?;
        if name != "cgroup.procs" {
            return file(cgroup, name).ok_or(Errno::NoEnt);
        }
        let members = self.world.processes.values().filter(|p| p.cgroup.as_deref() == Some(id));
        Ok(members.map(|process| format!("{}\n", process.nspid)).collect())
    }
}

fn file(cgroup: &Cgroup, name: &str) -> Option<String> {
    let or_max = |limit: Option<u64>| limit.map_or("max".into(), |limit| limit.to_string());
    Some(match name {
        "cgroup.controllers" => "cpuset cpu io memory pids\n".into(),
        "cpu.max" => match cgroup.bandwidth {
            Some(bandwidth) => format!("{} {}\n", bandwidth.quota, bandwidth.period),
            None => "max 100000\n".into(),
        },
        "cpu.stat" => {
            let used = cgroup.cpu / 1000;
            format!("usage_usec {used}\nuser_usec {used}\nsystem_usec 0\nnr_throttled {}\n", cgroup.throttled)
        }
        // How runc turns shares into a weight.
        "cpu.weight" => {
            let shares = if cgroup.shares == 0 { 1024 } else { u64::from(cgroup.shares.max(2)) };
            format!("{}\n", 1 + (shares - 2) * 9999 / 262_142)
        }
        "cpuset.cpus.effective" => format!("0-{}\n", CPUS - 1),
        "memory.current" => format!("{}\n", cgroup.held()),
        "memory.events" => format!("low 0\nhigh 0\nmax 0\noom {0}\noom_kill {0}\n", cgroup.oom_kills),
        "memory.max" => format!("{}\n", or_max(cgroup.memory_limit)),
        "memory.peak" => format!("{}\n", cgroup.peak),
        "pids.current" => format!("{}\n", cgroup.processes),
        "pids.max" => format!("{}\n", or_max(cgroup.pids_limit.map(u64::from))),
        _ => return None,
    })
}
