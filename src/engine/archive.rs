//! `docker cp`: looking at, packing and unpacking what is at a path of a container, running or not.

use std::rc::Rc;

use super::api::{Answer, Fault};
use super::fault::{fault, internal, invalid, not_simulated};
use super::user::{self, Layers};
use super::{events, find};
use crate::kernel::{Errno, FileType, Kernel, Stat, Sys, join, split_last};
use crate::model::container::{Container, MountKind};
use crate::model::file::{Data, Fs, ROOT};
use crate::model::limits;
use crate::model::process::{Mount, MountNs, NsId, Pid, Source, User};
use crate::oci::layer;
use crate::oci::tar::{self, Header};
use crate::oci::unpack;

/// How to unpack.
#[derive(Clone, Copy, Debug)]
pub struct Put {
    /// Refuse to put a file where a directory is, or a directory where a file is.
    pub no_overwrite_dir_non_dir: bool,
    /// Give what is unpacked to the container's user.
    pub copy_uid_gid: bool,
}

/// The file systems of a container as the daemon mounts them for a copy: its layers and its volumes, without
/// `/proc`, `/dev` and what else only its processes see.
fn view(kernel: &mut Kernel, me: Pid, container: &Container) -> NsId {
    let root = Source::Overlay { lower: container.lower.clone(), upper: container.upper };
    let mut mounts = vec![Mount { at: "/".into(), source: root, read_only: container.host.read_only }];
    let live = container.ns.and_then(|ns| kernel.world.mounts.get(&ns.mount).cloned());
    if let Some(live) = live {
        let kept = |mount: &&Mount| match mount.source {
            Source::Fs { .. } => {
                let own = ["/dev", "/dev/shm", "/sys"].contains(&&*mount.at);
                !own && !container.host.tmpfs.contains_key(&*mount.at)
            }
            Source::Overlay { .. } | Source::Proc(_) | Source::Cgroup(_) => false,
        };
        mounts.extend(live.mounts.iter().filter(kept).cloned());
    } else {
        for point in &container.mounts {
            let source = match point.kind {
                MountKind::Volume => kernel.world.engine.volumes.get(point.name.as_str()).map(|v| (v.fs, ROOT)),
                MountKind::Bind => kernel.resolve(me, &point.source, true).ok().and_then(|at| match at.node {
                    Some(crate::kernel::Node::Fs { fs, ino }) => Some((fs, ino)),
                    _ => None,
                }),
                MountKind::Tmpfs => None,
            };
            if let Some((fs, root)) = source {
                let at = point.destination.as_str().into();
                mounts.push(Mount { at, source: Source::Fs { fs, root }, read_only: !point.writable });
            }
        }
    }
    let ns = NsId(kernel.world.next_ns);
    kernel.world.next_ns += 1;
    kernel.world.mounts.insert(ns, Rc::new(MountNs { mounts }));
    ns
}

/// Works in a container's view of its files, as root; the daemon's process enters it for the while, as
/// setns(2) does.
fn within<T>(sys: &Sys, container: &Container, work: impl FnOnce(&mut Kernel, Pid) -> T) -> T {
    let me = sys.pid();
    sys.with(|kernel| {
        let ns = view(kernel, me, container);
        let before = kernel.world.process(me).map(|process| (process.ns.mount, process.cwd.clone(), process.umask));
        if let Some(process) = kernel.world.process_mut(me) {
            process.ns.mount = ns;
            process.cwd = "/".into();
            process.umask = 0;
        }
        let done = work(kernel, me);
        if let (Some(process), Some((mount, cwd, umask))) = (kernel.world.process_mut(me), before) {
            process.ns.mount = mount;
            process.cwd = cwd;
            process.umask = umask;
        }
        kernel.world.mounts.remove(&ns);
        done
    })
}

/// The refusal for a failed system call on a path.
fn refused(errno: Errno, call: &str, container: &str, path: &str) -> Fault {
    match errno {
        Errno::NoEnt => fault(404, format!("Could not find the file {path} in container {container}")),
        errno => internal(format!("{call} {path}: {}", errno.text().to_lowercase())),
    }
}

/// The mode of a file as Go's `os.FileMode` has it, which is what the API gives.
fn go_mode(stat: &Stat) -> u32 {
    let kind = match stat.kind {
        FileType::Dir => 1 << 31,
        FileType::Symlink => 1 << 27,
        FileType::Device => 1 << 26 | 1 << 21,
        FileType::Fifo => 1 << 25,
        FileType::Socket => 1 << 24,
        FileType::Regular => 0,
    };
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let special = special.into_iter().filter(|(bit, _)| stat.mode & bit != 0).map(|(_, go)| go).sum::<u32>();
    kind | special | u32::from(stat.mode & 0o777)
}

/// The absolute path, with the slash or `/.` at the end that it was typed with.
fn absolute(path: &str) -> String {
    let clean = join("/", path);
    if clean == "/" {
        return clean;
    }
    match path {
        path if path.ends_with("/.") => format!("{clean}/."),
        path if path.ends_with('/') => format!("{clean}/"),
        _ => clean,
    }
}

/// The last name of a path: `/` for the root, `.` for `dir/.`.
fn base(path: &str) -> &str {
    if path.trim_matches('/').is_empty() { "/" } else { split_last(path).1 }
}

pub fn stat(sys: &Sys, name: &str, path: &str) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    let absolute = absolute(path);
    let found = within(sys, &container, |kernel, me| {
        let stat = kernel.stat(me, &absolute, false)?;
        let target = match stat.kind {
            FileType::Symlink => follow(kernel, me, &absolute),
            _ => String::new(),
        };
        Ok((stat, target))
    });
    let (stat, link_target) = found.map_err(|errno| refused(errno, "lstat", name, path))?;
    Ok(Answer::PathStat {
        name: base(&absolute).into(),
        size: stat.size,
        mode: go_mode(&stat),
        mtime: stat.mtime,
        link_target,
    })
}

/// Where a symbolic link leads in the end, whether or not that exists.
fn follow(kernel: &Kernel, me: Pid, path: &str) -> String {
    kernel.resolve(me, path, true).map_or_else(
        |_| {
            let target = kernel.read_link(me, path).unwrap_or_default();
            join(split_last(path).0, &target)
        },
        |at| at.path,
    )
}

/// Packs a path: a directory with all in it under its own name, or one file.
pub fn get(sys: &Sys, name: &str, path: &str) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    let absolute = absolute(path);
    let packed = within(sys, &container, |kernel, me| -> Result<Option<Vec<u8>>, Errno> {
        let mut members = Vec::new();
        let mut total = 0u64;
        let root = if base(&absolute) == "/" { "." } else { base(&absolute) };
        let mut pending = vec![(absolute.clone(), root.to_string())];
        while let Some((at, named)) = pending.pop() {
            let stat = kernel.stat(me, &at, false)?;
            let Some((header, data)) = member(kernel, me, &at, &named, &stat)? else { continue };
            total += data.len();
            if total > limits::ARCHIVE_BYTES as u64 {
                return Ok(None);
            }
            members.push((header, data));
            if stat.kind == FileType::Dir {
                let dir = at.trim_end_matches("/.").trim_end_matches('/').to_string();
                let names = kernel.read_dir(me, &at)?;
                pending.extend(names.iter().rev().map(|name| (format!("{dir}/{name}"), format!("{named}/{name}"))));
            }
        }
        Ok(Some(tar::pack(members.iter().map(|(header, data)| (header, layer::body(data))))))
    });
    let packed = packed.map_err(|errno| refused(errno, "lstat", name, path))?;
    let packed = packed.ok_or_else(too_large)?;
    sys.world(|w| events::container(w, &container.id, "archive-path", &[]));
    Ok(Answer::Bytes(Rc::new(packed)))
}

/// The refusal of an archive that is larger than the machine holds.
pub fn too_large() -> Fault {
    not_simulated(&format!("an archive of more than {} MB", limits::ARCHIVE_BYTES >> 20))
}

/// The member for what is at a path; none for sockets, which archives don't hold.
fn member(kernel: &Kernel, me: Pid, at: &str, named: &str, stat: &Stat) -> Result<Option<(Header, Data)>, Errno> {
    let none = Data::new(Vec::new());
    let (kind, data, link) = match stat.kind {
        FileType::Dir => (tar::Kind::Dir, none, String::new()),
        FileType::Regular => (tar::Kind::File, kernel.contents(me, at)?, String::new()),
        FileType::Symlink => (tar::Kind::Symlink, none, kernel.read_link(me, at)?),
        FileType::Fifo => (tar::Kind::Fifo, none, String::new()),
        FileType::Device | FileType::Socket => return Ok(None),
    };
    let mut header = Header::new(named, kind, stat.mode);
    (header.uid, header.gid, header.mtime, header.link) = (stat.uid, stat.gid, stat.mtime, link);
    Ok(Some((header, data)))
}

/// Unpacks an archive in a directory.
pub fn put(sys: &Sys, name: &str, path: &str, archive: &[u8], ask: Put) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    let owner = if ask.copy_uid_gid { Some(owner(sys, &container)?) } else { None };
    within(sys, &container, |kernel, me| {
        let dir = kernel.real_path(me, &absolute(path)).map_err(|errno| refused(errno, "lstat", name, path))?;
        let stat = kernel.stat(me, &dir, false).map_err(|errno| refused(errno, "lstat", name, path))?;
        if stat.kind != FileType::Dir {
            return Err(invalid("extraction point is not a directory"));
        }
        if kernel.access(me, &dir, 2) == Err(Errno::RoFs) {
            let root = kernel.resolve(me, &dir, true).is_ok_and(|at| at.mount == 0);
            let what = if root { "container rootfs" } else { "mounted volume" };
            return Err(invalid(format!("{what} is marked read-only")));
        }
        for member in tar::Reader::new(archive) {
            let (header, content) = member.map_err(|error| internal(error.to_string()))?;
            unpack(kernel, me, &dir, &header, content, ask, owner)?;
        }
        Ok(())
    })?;
    sys.world(|w| events::container(w, &container.id, "extract-to-dir", &[]));
    Ok(Answer::Nothing)
}

/// The user that the container runs as.
fn owner(sys: &Sys, container: &Container) -> Result<User, Fault> {
    let found = sys.world(|w| {
        let empty = Fs::new(layer::root_meta(0));
        let upper = w.filesystems.get(&container.upper).unwrap_or(&empty);
        user::resolve(&Layers(upper, &container.lower), &container.config.user)
    });
    found.map(|account| account.user).map_err(internal)
}

fn unpack(
    kernel: &mut Kernel,
    me: Pid,
    dir: &str,
    header: &Header,
    content: &[u8],
    ask: Put,
    owner: Option<User>,
) -> Result<(), Fault> {
    // A name can't lead out of the directory: `..` stops at its top.
    let inside = join("/", &header.path);
    if inside == "/" {
        return Ok(());
    }
    let prefix = dir.trim_end_matches('/');
    let path = format!("{prefix}{inside}");
    let failed = |errno: Errno| internal(format!("open {path}: {}", errno.text().to_lowercase()));
    let is_dir = header.kind == tar::Kind::Dir;
    if let Ok(there) = kernel.stat(me, &path, false) {
        let there_dir = there.kind == FileType::Dir;
        if ask.no_overwrite_dir_non_dir && there_dir != is_dir {
            let words = |dir: bool| if dir { "directory" } else { "non-directory" };
            return Err(internal(format!(
                "cannot overwrite {} {path:?} with {} {dir:?}",
                words(there_dir),
                words(is_dir)
            )));
        }
        if !(there_dir && is_dir) {
            remove_all(kernel, me, &path).map_err(failed)?;
        }
    } else {
        make_parents(kernel, me, split_last(&path).0).map_err(failed)?;
    }
    let target = |link: &str| format!("{prefix}{}", join("/", link));
    match header.kind {
        tar::Kind::Dir if kernel.stat(me, &path, false).is_ok() => {}
        tar::Kind::Dir => kernel.mkdir(me, &path, header.mode).map_err(failed)?,
        tar::Kind::File => kernel.put(me, &path, unpack::data(content), header.mode).map_err(failed)?,
        tar::Kind::Symlink => kernel.symlink(me, &header.link, &path).map_err(failed)?,
        tar::Kind::Hardlink => kernel.link(me, &target(&header.link), &path).map_err(failed)?,
        tar::Kind::Fifo => kernel.mkfifo(me, &path, header.mode).map_err(failed)?,
        tar::Kind::CharDevice | tar::Kind::BlockDevice => return Err(not_simulated("unpacking a device file")),
    }
    let user = owner.unwrap_or(User { uid: header.uid, gid: header.gid });
    kernel.chown(me, &path, Some(user.uid), Some(user.gid), false).map_err(failed)?;
    if header.kind != tar::Kind::Symlink {
        kernel.chmod(me, &path, header.mode).map_err(failed)?;
        kernel.set_mtime(me, &path, header.mtime, 0).map_err(failed)?;
    }
    Ok(())
}

fn make_parents(kernel: &mut Kernel, me: Pid, dir: &str) -> Result<(), Errno> {
    let mut path = String::new();
    for name in dir.split('/').filter(|name| !name.is_empty()) {
        path = format!("{path}/{name}");
        match kernel.mkdir(me, &path, 0o755) {
            Ok(()) | Err(Errno::Exist) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Removes a path and all below it, without following symbolic links.
fn remove_all(kernel: &mut Kernel, me: Pid, path: &str) -> Result<(), Errno> {
    let mut pending = vec![(path.to_string(), false)];
    while let Some((path, emptied)) = pending.pop() {
        if kernel.stat(me, &path, false)?.kind != FileType::Dir {
            kernel.unlink(me, &path)?;
        } else if emptied {
            kernel.rmdir(me, &path)?;
        } else {
            let names = kernel.read_dir(me, &path)?;
            pending.push((path.clone(), true));
            pending.extend(names.iter().map(|name| (format!("{path}/{name}"), false)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
