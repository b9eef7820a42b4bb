//! Starting containers: namespaces, mounts, network, the first process; and what happens when it ends.

use std::rc::Rc;

use super::api::{Answer, Fault};
use super::fault::{conflict, fault};
use super::user::{self, Layers};
use super::{capability, endpoint, events, find, health, mounts, resources, store};
use crate::kernel::{Errno, Key, NewProcess, OpenFlags, Sys};
use crate::model::container::{Container, HostConfig, RestartPolicy, Status};
use crate::model::file::{Data, Device, Fs, FsId, Kind, ROOT};
use crate::model::process::{
    Cgroup, Mount, MountNs, Namespaces, NsId, Object, OpenId, Pid, PidNs, Run, Source, Status as Exit, Stream,
};
use crate::model::terminal::Terminal;
use crate::model::time::Time;
use crate::model::{Map, Text, World};
use crate::oci::layer;

/// Time that starting a container takes.
const TAKES: Time = Time::millis(120);
/// The device files of all containers.
pub const DEVICES: FsId = FsId(2);
/// The sysfs of all containers.
const SYSTEM: FsId = FsId(3);
/// Bytes of `/dev/shm` when nobody says how many.
const SHM: u64 = 64 << 20;
/// First pause of a restart policy; it doubles up to a minute.
const BACKOFF: Time = Time::millis(100);
const BACKOFF_MOST: Time = Time::seconds(60);
/// A run of at least this length starts the pauses afresh.
const STEADY: Time = Time::seconds(10);

pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A topic that changes whenever the container does.
pub fn topic(container: &Container) -> (&'static str, u64) {
    ("container", container.upper.0)
}

/// Everything that was running or is to run always, when the daemon itself starts.
pub fn start_all_at_boot(sys: &Sys) {
    sys.world(|w| {
        w.filesystems.insert(DEVICES, store::devices());
        w.filesystems.insert(SYSTEM, store::system());
    });
}

pub async fn start(sys: &Sys, name: &str) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    match container.state.status {
        Status::Running | Status::Restarting => return Ok(Answer::Nothing),
        Status::Paused => return Err(conflict("cannot start a paused container, try unpause instead")),
        Status::Removing | Status::Dead => {
            return Err(conflict("container is marked for removal and cannot be started"));
        }
        Status::Created | Status::Exited => {}
    }
    let id = container.id.clone();
    change(sys, &id, |c| (c.manually_stopped, c.restart_count) = (false, 0));
    launch(sys, &id).await?;
    Ok(Answer::Nothing)
}

/// Changes a container's record and tells whoever watches it.
pub fn change<T>(sys: &Sys, id: &str, f: impl FnOnce(&mut Container) -> T) -> Option<T> {
    sys.with(|k| {
        let container = Rc::make_mut(k.world.engine.containers.get_mut(id)?);
        let (name, number) = topic(container);
        let value = f(container);
        k.wake(Key::Topic(name, number));
        k.wake(Key::Topic("engine", 0));
        Some(value)
    })
}

/// Starts the first process and leaves a watcher for its end.
pub async fn launch(sys: &Sys, id: &Text) -> Result<(), Fault> {
    let _ = sys.sleep(TAKES).await;
    let Some(container) = sys.world(|w| w.engine.containers.get(id).cloned()) else {
        return Err(super::fault::no_container(id));
    };
    // Another request was quicker: as behind a lock, this one finds the container running.
    if container.ns.is_some() {
        return Ok(());
    }
    let mut container = (*container).clone();
    if let Err(refusal) = sys.world(|w| endpoint::namespace(w, &container)) {
        fail(sys, id, &refusal, 128);
        return Err(refusal);
    }
    sys.world(|w| mounts::tell(w, &container, "mount"));
    if let Err(refusal) = sys.world(|w| endpoint::join(w, &mut container)) {
        sys.world(|w| {
            endpoint::leave(w, &mut container);
            mounts::tell(w, &container, "unmount");
        });
        let refusal = fault(refusal.status, format!("failed to set up container networking: {}", refusal.message));
        fail(sys, id, &refusal, 128);
        return Err(refusal);
    }
    match first_process(sys, &mut container) {
        Ok(()) => {
            let now = sys.now();
            container.state.status = Status::Running;
            container.state.error.clear();
            container.state.exit_code = 0;
            container.state.oom_killed = false;
            container.state.started = Some(now);
            started(sys, container);
            sys.thread(watch(sys.clone(), id.clone()));
            Ok(())
        }
        Err((message, code)) => {
            clean(sys, &mut container);
            sys.world(|w| mounts::tell(w, &container, "unmount"));
            let upper = container.upper;
            change(sys, id, |c| {
                c.endpoints = container.endpoints;
                c.upper = upper;
            });
            let refusal = fault(400, message);
            fail(sys, id, &refusal, code);
            Err(refusal)
        }
    }
}

/// Keeps the record of a container that has begun to run, and watches its health.
fn started(sys: &Sys, mut container: Container) {
    health::begin(&mut container);
    let id = container.id.clone();
    change(sys, &id, |c| *c = container);
    sys.world(|w| events::container(w, &id, "start", &[]));
    health::watch(sys, &id);
}

fn fail(sys: &Sys, id: &Text, refusal: &Fault, code: i32) {
    change(sys, id, |c| {
        c.state.exit_code = code;
        c.state.error.clone_from(&refusal.message);
        c.state.pid = 0;
        if c.state.status != Status::Exited {
            c.state.status = Status::Created;
        }
    });
    if sys.world(|w| w.engine.containers.get(id).is_some_and(|c| c.host.auto_remove)) {
        super::life::forget(sys, id, true);
    }
}

pub const RUNC: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";

/// Builds the namespaces of a container and its first process; on failure runc's text and the exit code.
fn first_process(sys: &Sys, container: &mut Container) -> Result<(), (String, i32)> {
    let config = container.config.clone();
    let account = sys
        .world(|w| {
            let empty = Fs::new(layer::root_meta(0));
            let upper = w.filesystems.get(&container.upper).unwrap_or(&empty);
            user::resolve(&Layers(upper, &container.lower), &config.user)
        })
        .map_err(|message| (message, 125))?;
    let ns = sys.world(|w| namespaces(w, container));
    container.ns = Some(ns);
    sys.with(|k| mounts::mount_all(k, sys.pid(), ns.mount, container))?;
    if container.host.read_only {
        sys.world(|w| {
            let mounts = w.mounts.get_mut(&ns.mount).map(Rc::make_mut);
            if let Some(root) = mounts.and_then(|ns| ns.mounts.first_mut()) {
                root.read_only = true;
            }
        });
    }
    let cgroup = container.id.clone();
    sys.world(|w| {
        let mut group = Cgroup::default();
        resources::limit(&mut group, &container.host.resources);
        w.cgroups.insert(cgroup.clone(), group);
    });
    let files = standard_files(sys, container);
    let mut argv: Vec<String> = std::iter::once(container.path.clone()).chain(container.args.iter().cloned()).collect();
    if container.host.init {
        argv.insert(0, "--".into());
        argv.insert(0, "/sbin/docker-init".into());
    }
    let new = NewProcess {
        parent: sys.pid(),
        ns,
        cgroup: Some(cgroup),
        tty: container.tty,
        env: environment(container, &account.home),
        cwd: if config.working_dir.is_empty() { "/".into() } else { config.working_dir.clone() },
        user: account.user,
        groups: account.groups,
        argv,
        files: files.clone(),
    };
    let started = sys.create(new);
    sys.with(|k| {
        for file in files {
            k.hold(file);
            k.release(file);
        }
    });
    match started {
        Ok(pid) => {
            container.state.pid = pid;
            confine(sys, pid, &container.host);
            Ok(())
        }
        Err(Errno::NoExec) => Err((format!("{RUNC}exec {}: exec format error: unknown", container.path), 255)),
        Err(errno) => {
            let (text, code) = refusal(sys, container, errno);
            Err((format!("{RUNC}{text}"), code))
        }
    }
}

/// Takes from a new process what processes of its container may not do.
pub fn confine(sys: &Sys, pid: Pid, host: &HostConfig) {
    let limit = host.resources.ulimits.iter().find(|limit| limit.name == "nofile");
    let most = limit.map(|limit| u32::try_from(limit.soft).unwrap_or(u32::MAX));
    sys.world(|w| {
        if let Some(process) = w.process_mut(pid) {
            process.capabilities = capability::of(host);
            process.open_files = most.unwrap_or(process.open_files);
        }
    });
}

/// Why an executable can't be run, in runc's words, and the exit code that it leaves.
fn refusal(sys: &Sys, container: &Container, errno: Errno) -> (String, i32) {
    let path = &container.path;
    let is_dir = container.ns.is_some_and(|ns| {
        sys.with(|k| {
            let found = k.resolve_in(ns.mount, crate::model::process::SUPERUSER, "/", path, true).ok();
            found.and_then(|at| at.node).is_some_and(|node| k.node_is_dir(&node))
        })
    });
    exec_refusal(path, errno, is_dir)
}

pub fn exec_refusal(path: &str, errno: Errno, is_dir: bool) -> (String, i32) {
    match errno {
        _ if is_dir && path.contains('/') => {
            (format!("exec: \"{path}\": is a directory: unknown: permission denied"), 126)
        }
        Errno::Access => (format!("exec: \"{path}\": permission denied: unknown"), 126),
        _ if path.contains('/') => (format!("exec: \"{path}\": stat {path}: no such file or directory: unknown"), 127),
        _ => (format!("exec: \"{path}\": executable file not found in $PATH: unknown"), 127),
    }
}

fn namespaces(world: &mut World, container: &Container) -> Namespaces {
    let id = NsId(world.next_ns);
    world.next_ns += 1;
    let net = endpoint::namespace(world, container).ok().flatten().unwrap_or(id);
    if net == id {
        world.nets.insert(id, Rc::new(endpoint::interfaces(container)));
    }
    let fs = FsId(world.number());
    let own = own_files(world, container);
    let inode = |name: &str| layer::find(&own, name).unwrap_or(ROOT);
    let file = |name: &str| Mount {
        at: format!("/etc/{name}").into(),
        source: Source::Fs { fs, root: inode(name) },
        read_only: false,
    };
    let overlay = Source::Overlay { lower: container.lower.clone(), upper: container.upper };
    let shm = FsId(world.number());
    let shm_size = if container.host.shm_size == 0 { SHM } else { container.host.shm_size };
    let sticky = crate::model::file::Meta { mode: 0o1777, ..layer::root_meta(world.now.epoch().0) };
    world.filesystems.insert(shm, Fs { tmpfs: Some(shm_size), ..Fs::new(sticky) });
    let mut mounts = vec![
        // Made read-only once everything is mounted in it.
        Mount { at: "/".into(), source: overlay, read_only: false },
        Mount { at: "/proc".into(), source: Source::Proc(id), read_only: false },
        Mount { at: "/dev".into(), source: Source::Fs { fs: DEVICES, root: ROOT }, read_only: false },
        Mount { at: "/dev/shm".into(), source: Source::Fs { fs: shm, root: ROOT }, read_only: false },
        Mount { at: "/sys".into(), source: Source::Fs { fs: SYSTEM, root: ROOT }, read_only: true },
        Mount { at: "/sys/fs/cgroup".into(), source: Source::Cgroup(container.id.clone()), read_only: true },
    ];
    mounts.extend(["hostname", "hosts", "resolv.conf"].map(file));
    if container.host.init {
        let root = layer::find(&own, "docker-init").unwrap_or(ROOT);
        mounts.push(Mount { at: "/sbin/docker-init".into(), source: Source::Fs { fs, root }, read_only: true });
    }
    world.filesystems.insert(fs, own);
    world.mounts.insert(id, Rc::new(MountNs { mounts }));
    world.pid_namespaces.insert(id, PidNs { init: 0, next: 1 });
    world.hostnames.insert(id, container.config.hostname.as_str().into());
    Namespaces { mount: id, pid: id, uts: id, net }
}

/// A small file of the host.
fn host_file(world: &World, path: &str) -> String {
    let host = world.mounts.get(&crate::model::process::HOST).and_then(|ns| ns.mounts.first());
    let fs = match host.map(|mount| &mount.source) {
        Some(Source::Fs { fs, .. }) => world.filesystems.get(fs),
        _ => None,
    };
    match fs.and_then(|fs| fs.get(layer::find(fs, path)?)).map(|inode| &inode.kind) {
        Some(Kind::File(Data::Bytes(bytes))) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// `/etc/hostname`, `/etc/hosts` and `/etc/resolv.conf` of a container.
fn own_files(world: &World, container: &Container) -> Fs {
    let created = container.created.epoch().0;
    let mut fs = Fs::new(layer::root_meta(created));
    let hostname = &container.config.hostname;
    // Who shares a network namespace sees its names too.
    let shared = container.host.network_mode.strip_prefix("container:");
    let other = shared.and_then(|name| find::container(&world.engine, name).ok());
    let teller = other.as_deref().unwrap_or(container);
    let (hosts, resolv_conf) = match container.host.network_mode.as_str() {
        "host" => (host_file(world, "/etc/hosts"), host_file(world, "/etc/resolv.conf")),
        _ => (endpoint::hosts(world, teller), endpoint::resolv_conf(teller)),
    };
    let meta = |mode| crate::model::file::Meta { mode, ..layer::root_meta(created) };
    for (name, text) in [("hostname", format!("{hostname}\n")), ("hosts", hosts), ("resolv.conf", resolv_conf)] {
        layer::add(&mut fs, &format!("/{name}"), meta(0o644), Kind::File(Data::new(text.into_bytes())));
    }
    if container.host.init {
        let program = Data::Program { name: "docker-init".into(), len: 788_904 };
        layer::add(&mut fs, "/docker-init", meta(0o755), Kind::File(program));
    }
    fs
}

/// Standard input, output and error: a terminal, or a pipe (or nothing) and the container's journal.
fn standard_files(sys: &Sys, container: &mut Container) -> Vec<OpenId> {
    const BOTH: OpenFlags = OpenFlags { read: true, write: true, ..OpenFlags::READ };
    const OUT: OpenFlags = OpenFlags { read: false, write: true, ..OpenFlags::READ };
    let journal = container.journal;
    sys.with(|k| {
        if container.config.tty {
            let terminal = Terminal { journal: Some(journal), ..Terminal::new(24, 80) };
            let tty = k.add_terminal(terminal);
            container.tty = Some(tty);
            let file = k.add_file(Object::Terminal(tty), "/dev/pts/0", BOTH);
            return vec![file; 3];
        }
        let input = if container.config.open_stdin {
            let (read, write) = k.pipe_files();
            k.hold(write);
            container.stdin = Some(write);
            read
        } else {
            k.add_file(Object::Device(Device::Null), "/dev/null", OpenFlags::READ)
        };
        let stream = |stream| Object::Journal { id: journal, stream };
        let out = k.add_file(stream(Stream::Stdout), "pipe:[stdout]", OUT);
        let err = k.add_file(stream(Stream::Stderr), "pipe:[stderr]", OUT);
        vec![input, out, err]
    })
}

fn environment(container: &Container, home: &str) -> Map<Text, Text> {
    let mut env: Map<Text, Text> = Map::new();
    env.insert("PATH".into(), DEFAULT_PATH.into());
    env.insert("HOSTNAME".into(), container.config.hostname.as_str().into());
    if container.config.tty {
        env.insert("TERM".into(), "xterm".into());
    }
    for entry in &container.config.env {
        if let Some((key, value)) = entry.split_once('=') {
            env.insert(key.into(), value.into());
        }
    }
    if !env.contains_key("HOME") {
        env.insert("HOME".into(), home.into());
    }
    env
}

/// Waits for the first process of a container to end; then settles it, and starts it again if it is to.
async fn watch(sys: Sys, id: Text) {
    let mut backoff = BACKOFF;
    loop {
        let Some(container) = sys.world(|w| w.engine.containers.get(&id).cloned()) else { return };
        let pid = container.state.pid;
        until_gone(&sys, &id, pid).await;
        let status = sys.with(|k| k.reap(pid)).unwrap_or(Exit::Exited(0));
        let started = container.state.started.unwrap_or_default();
        if sys.now().since(started) > STEADY {
            backoff = BACKOFF;
        }
        let again = settle(&sys, &id, status);
        if !again {
            return;
        }
        let _ = sys.sleep(backoff).await;
        backoff = Time(backoff.0 * 2).min(BACKOFF_MOST);
        let still = sys.world(|w| w.engine.containers.get(&id).is_some_and(|c| c.state.status == Status::Restarting));
        if !still {
            return;
        }
        change(&sys, &id, |c| c.restart_count += 1);
        if launch_again(&sys, &id).is_err() {
            return;
        }
    }
}

/// Waits for the end of a container's first process, and tells of every process that was killed meanwhile
/// because memory ran out.
async fn until_gone(sys: &Sys, id: &Text, pid: Pid) {
    let mut told = 0;
    loop {
        let kills = sys.block(|k| {
            let kills = k.world.cgroups.get(id).map_or(told, |cgroup| cgroup.oom_kills);
            if kills > told {
                return Some(Some(kills));
            }
            k.wait_on(Key::Topic("oom", 0));
            k.wait_on(Key::Process(pid));
            let gone = k.world.process(pid).is_none_or(|p| matches!(p.run, Run::Zombie(_)));
            gone.then_some(None)
        });
        let Some(kills) = kills.await else { return };
        told = kills;
        change(sys, id, |c| c.state.oom_killed = true);
        sys.world(|w| events::container(w, id, "oom", &[]));
    }
}

/// Starts a container that is restarting, within its watcher.
fn launch_again(sys: &Sys, id: &Text) -> Result<(), Fault> {
    let Some(container) = sys.world(|w| w.engine.containers.get(id).cloned()) else {
        return Err(super::fault::no_container(id));
    };
    let mut container = (*container).clone();
    let joined = sys.world(|w| {
        mounts::tell(w, &container, "mount");
        endpoint::join(w, &mut container)
    });
    let begun = joined.and_then(|()| first_process(sys, &mut container).map_err(|(message, _)| fault(400, message)));
    let now = sys.now();
    match begun {
        Ok(()) => {
            container.state.status = Status::Running;
            container.state.started = Some(now);
            started(sys, container);
            Ok(())
        }
        Err(refusal) => {
            clean(sys, &mut container);
            sys.world(|w| mounts::tell(w, &container, "unmount"));
            container.state.status = Status::Exited;
            container.state.error.clone_from(&refusal.message);
            change(sys, id, |c| *c = container);
            Err(refusal)
        }
    }
}

/// Records the end of a container's first process; true when a restart policy wants it again.
fn settle(sys: &Sys, id: &Text, exit: Exit) -> bool {
    let Some(container) = sys.world(|w| w.engine.containers.get(id).cloned()) else { return false };
    let mut container = (*container).clone();
    clean(sys, &mut container);
    sys.world(|w| mounts::tell(w, &container, "unmount"));
    let code = exit.code();
    let now = sys.now();
    let again = wants_restart(&container, code);
    container.state.status = if again { Status::Restarting } else { Status::Exited };
    container.state.exit_code = code;
    container.state.pid = 0;
    container.state.finished = Some(now);
    health::stop(&mut container);
    let auto_remove = container.host.auto_remove && !again;
    let stopping = std::mem::take(&mut container.stopping);
    let seconds = now.since(container.state.started.unwrap_or(now)).as_secs().to_string();
    change(sys, id, |c| *c = container);
    let more = [("exitCode", code.to_string()), ("execDuration", seconds)];
    // Whoever stops a container knows of its end a moment before that is told.
    if stopping {
        sys.world(|w| events::container(w, id, "stop", &[]));
    }
    sys.world(|w| events::container(w, id, "die", &more));
    if auto_remove {
        super::life::forget(sys, id, true);
    }
    again
}

fn wants_restart(container: &Container, code: i32) -> bool {
    if container.manually_stopped {
        return false;
    }
    match container.host.restart {
        RestartPolicy::No => false,
        RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
        RestartPolicy::OnFailure(most) => code != 0 && (most == 0 || container.restart_count < most),
    }
}

/// Takes down what only a running container has.
fn clean(sys: &Sys, container: &mut Container) {
    sys.with(|k| {
        endpoint::leave(&mut k.world, container);
        if let Some(file) = container.stdin.take() {
            k.release(file);
        }
        if let Some(tty) = container.tty.take() {
            k.remove_terminal(tty);
        }
        k.world.cgroups.remove(&container.id);
        if let Some(ns) = container.ns.take() {
            if let Some(mounts) = k.world.mounts.remove(&ns.mount) {
                for fs in mounts::own(k, container, &mounts) {
                    k.world.filesystems.remove(&fs);
                }
            }
            // The namespace of another container, or the host's, is not its own.
            if ns.net == ns.mount {
                k.world.nets.remove(&ns.net);
            }
            k.world.pid_namespaces.remove(&ns.pid);
            k.world.hostnames.remove(&ns.uts);
        }
        let ended: Vec<Text> = std::mem::take(&mut container.execs);
        for exec in ended {
            if let Some(found) = k.world.engine.execs.get(&exec)
                && found.running
            {
                container.execs.push(exec);
            }
        }
    });
}
