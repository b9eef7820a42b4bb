//! procfs(5), as far as a learner looks: processes of the reader's pid namespace, the machine's traits.
//!
//! Paths begin with the number of the pid namespace; `parts` drops it.

use super::files::{FileType, Stat};
use super::{Errno, Kernel, cgroupfs};
use crate::model::Text;
use crate::model::process::{NsId, Pid, Process, Run};

const PROCESS_FILES: [&str; 8] = ["cgroup", "cmdline", "comm", "cwd", "environ", "exe", "stat", "status"];
const FILES: [&str; 7] = ["cpuinfo", "loadavg", "meminfo", "mounts", "self", "uptime", "version"];
/// Memory of the machine, in kB.
const MEMORY_KB: u64 = super::MEMORY / 1024;

fn parts(path: &str) -> (NsId, Vec<&str>) {
    let mut all = path.split('/');
    let ns = all.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    (NsId(ns), all.collect())
}

impl Kernel {
    /// The process that a pid namespace knows by a number.
    pub fn find_nspid(&self, ns: NsId, nspid: Pid) -> Option<&Process> {
        if ns == crate::model::process::HOST {
            return self.world.process(nspid);
        }
        self.world.processes.values().find(|p| p.ns.pid == ns && p.nspid == nspid).map(|p| &**p)
    }

    /// The processes that a pid namespace sees, with the pid it knows them by, in that order.
    pub fn visible(&self, ns: NsId) -> Vec<(Pid, &Process)> {
        let all = self.world.processes.values().map(|p| &**p);
        if ns == crate::model::process::HOST {
            return all.map(|p| (p.pid, p)).collect();
        }
        all.filter(|p| p.ns.pid == ns).map(|p| (p.nspid, p)).collect()
    }

    fn proc_process(&self, ns: NsId, name: &str) -> Option<&Process> {
        self.find_nspid(ns, name.parse().ok()?)
    }

    pub(super) fn proc_exists(&self, path: &str) -> bool {
        if let Some(path) = path.strip_prefix(cgroupfs::PREFIX) {
            return cgroupfs::exists(path);
        }
        let (ns, names) = parts(path);
        match names.as_slice() {
            [] => true,
            [name] => FILES.contains(name) || self.proc_process(ns, name).is_some(),
            [name, file] => PROCESS_FILES.contains(file) && self.proc_process(ns, name).is_some(),
            _ => false,
        }
    }

    pub(super) fn proc_is_dir(&self, path: &str) -> bool {
        if let Some(path) = path.strip_prefix(cgroupfs::PREFIX) {
            return !path.contains('/');
        }
        let (_, names) = parts(path);
        match names.as_slice() {
            [] => true,
            [name] => !FILES.contains(name),
            _ => false,
        }
    }

    pub(super) fn proc_list(&self, path: &str) -> Vec<Text> {
        if path.starts_with(cgroupfs::PREFIX) {
            return cgroupfs::FILES.iter().map(|name| Text::from(*name)).collect();
        }
        let (ns, names) = parts(path);
        match names.as_slice() {
            [] => {
                let pids = self.visible(ns).into_iter().map(|(pid, _)| Text::from(pid.to_string()));
                FILES.iter().map(|name| Text::from(*name)).chain(pids).collect()
            }
            [_] => PROCESS_FILES.iter().map(|name| Text::from(*name)).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn proc_link(&self, path: &str, reader: Pid) -> Option<String> {
        let (ns, names) = parts(path);
        match names.as_slice() {
            ["self"] => self.world.process(reader).map(|p| p.nspid.to_string()),
            [name, "exe"] => self.proc_process(ns, name).map(|p| p.exe.to_string()),
            [name, "cwd"] => self.proc_process(ns, name).map(|p| p.cwd.to_string()),
            _ => None,
        }
    }

    pub(super) fn proc_stat(&self, path: &str) -> Result<Stat, Errno> {
        if !self.proc_exists(path) {
            return Err(Errno::NoEnt);
        }
        let kind = if self.proc_is_dir(path) {
            FileType::Dir
        } else if self.proc_link(path, 1).is_some() {
            FileType::Symlink
        } else {
            FileType::Regular
        };
        let (mtime, nanos) = self.world.now.epoch();
        let mode = match kind {
            FileType::Dir => 0o555,
            FileType::Symlink => 0o777,
            _ => 0o444,
        };
        Ok(Stat { ino: 1, kind, mode, uid: 0, gid: 0, size: 0, links: 1, mtime, nanos, dev: 0 })
    }

    pub(super) fn proc_read(&self, pid: Pid, path: &str) -> Result<Vec<u8>, Errno> {
        if let Some(path) = path.strip_prefix(cgroupfs::PREFIX) {
            return self.read_cgroup(path).map(String::into_bytes);
        }
        let (ns, names) = parts(path);
        let text = match names.as_slice() {
            [name] if FILES.contains(name) => self.proc_file(pid, name),
            [name, file] => {
                let process = self.proc_process(ns, name).ok_or(Errno::NoEnt)?;
                process_file(process, file).ok_or(Errno::NoEnt)?
            }
            _ => return Err(Errno::IsDir),
        };
        Ok(text.into_bytes())
    }

    fn proc_file(&self, pid: Pid, name: &str) -> String {
        let now = self.world.now;
        match name {
            "cpuinfo" => (0..2).map(|n| format!("processor\t: {n}\nmodel name\t: Layerlab virtual CPU\n\n")).collect(),
            "loadavg" => "0.00 0.00 0.00 1/1 1\n".into(),
            "meminfo" => format!(
                "MemTotal:       {MEMORY_KB:>8} kB\nMemFree:        {:>8} kB\nMemAvailable:   {:>8} kB\n",
                MEMORY_KB / 2,
                MEMORY_KB / 4 * 3
            ),
            "uptime" => format!("{}.{:02} {}.00\n", now.as_secs(), now.as_millis() / 10 % 100, now.as_secs()),
            "version" => "Linux version 6.8.0-layerlab (simulated)\n".into(),
            "mounts" => {
                let ns = self.world.process(pid).map(|p| p.ns.mount);
                let mounts = ns.and_then(|ns| self.world.mounts.get(&ns));
                let lines = mounts.into_iter().flat_map(|ns| &ns.mounts).map(|mount| {
                    use crate::model::process::Source;
                    let kind = match mount.source {
                        Source::Fs { .. } if &*mount.at == "/sys" => "sysfs",
                        Source::Fs { .. } if &*mount.at == "/dev" => "tmpfs",
                        Source::Fs { fs, .. }
                            if self.world.filesystems.get(&fs).is_some_and(|fs| fs.tmpfs.is_some()) =>
                        {
                            "tmpfs"
                        }
                        Source::Fs { .. } => "ext4",
                        Source::Overlay { .. } => "overlay",
                        Source::Proc(_) => "proc",
                        Source::Cgroup(_) => "cgroup2",
                    };
                    let device = if &*mount.at == "/dev/shm" { "shm" } else { kind };
                    format!("{device} {} {kind} {} 0 0\n", mount.at, if mount.read_only { "ro" } else { "rw" })
                });
                lines.collect()
            }
            _ => String::new(),
        }
    }
}

/// `R`, `S`, `T` or `Z`, as ps(1) shows it.
pub fn state_letter(process: &Process) -> char {
    match process.run {
        Run::Zombie(_) => 'Z',
        Run::Stopped => 'T',
        Run::Alive if process.sleeping => 'S',
        Run::Alive => 'R',
    }
}

/// The capabilities that there are.
const KNOWN: u64 = (1 << 41) - 1;

fn process_file(process: &Process, file: &str) -> Option<String> {
    let name = process.argv.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or(arg));
    Some(match file {
        "cgroup" => "0::/\n".to_string(),
        "cmdline" => process.argv.iter().map(|arg| format!("{arg}\0")).collect(),
        "comm" => format!("{name}\n"),
        "environ" => process.env.iter().map(|(key, value)| format!("{key}={value}\0")).collect(),
        "stat" => format!("{} ({name}) {} {}\n", process.nspid, state_letter(process), process.ppid),
        "status" => format!(
            "Name:\t{name}\nState:\t{}\nPid:\t{}\nUid:\t{}\nGid:\t{}\nVmRSS:\t{:>8} kB\nCapEff:\t{:016x}\nCapBnd:\t{:016x}\n",
            state_letter(process),
            process.nspid,
            process.user.uid,
            process.user.gid,
            process.memory / 1024,
            if process.user.uid == 0 { process.capabilities & KNOWN } else { 0 },
            process.capabilities & KNOWN
        ),
        _ => return None,
    })
}
