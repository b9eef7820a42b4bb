//! RUN: a process on a chain of layers, in namespaces of its own, that is no listed container.

use std::rc::Rc;

use super::{Found, Mount as Asked, Run, Source as From, cache, record};
use crate::engine::api::Fault;
use crate::engine::attach::{self, Wanted};
use crate::engine::daemon::Reporter;
use crate::engine::start::{DEFAULT_PATH, DEVICES};
use crate::engine::user::{self, Layers};
use crate::engine::{commit, endpoint, network};
use crate::kernel::{Kernel, Key, NewProcess, OpenFlags, Sys};
use crate::model::build::RecordKind;
use crate::model::file::{Data, Device, Fs, FsId, Kind, Meta, ROOT};
use crate::model::network::{Interface, NetNs};
use crate::model::process::{
    Cgroup, HOST, JournalId, Mount, MountNs, Namespaces, NsId, Object, Pid, PidNs, Source, Status, Stream,
};
use crate::model::signal::Signal;
use crate::model::time::Time;
use crate::model::{Map, Text, World};
use crate::oci::layer;

/// Time that setting up and taking down take.
const START: Time = Time::millis(140);
const END: Time = Time::millis(30);

const HOSTNAME: &str = "buildkitsandbox";

/// What a step holds while it runs.
struct Sandbox {
    ns: Namespaces,
    upper: FsId,
    lower: Rc<Fs>,
    /// File systems that go with it.
    own: Vec<FsId>,
    cgroup: Text,
    journal: JournalId,
    address: Option<(Text, u32)>,
}

pub async fn run(sys: &Sys, out: &Reporter, ask: Run) -> Result<Found, Fault> {
    let _ = sys.sleep(START).await;
    let sandbox = sys.with(|k| set_up(k, &ask));
    let started =
        sys.world(|w| account(w, &sandbox, &ask.user)).and_then(|account| start(sys, &ask, &sandbox, account));
    let pid = match started {
        Ok(pid) => pid,
        Err(why) => {
            sys.with(|k| take_down(k, &sandbox));
            return Ok(Found::Refused(why));
        }
    };
    let over = |k: &mut Kernel| {
        k.wait_on(Key::Process(pid));
        ended(k, pid)
    };
    let wanted = Wanted { stdin: false, stdout: true, stderr: true, logs: true };
    attach::follow(sys, out, sandbox.journal, 0, wanted, over).await;
    // A client that went away takes the step with it.
    sys.with(|k| {
        if !ended(k, pid) {
            let _ = k.kill(sys.pid(), pid, Some(Signal::KILL));
        }
    });
    sys.until_gone(pid).await;
    let status = sys.with(|k| k.reap(pid)).unwrap_or(Status::Exited(0));
    let _ = sys.sleep(END).await;
    let diff = sys.with(|k| {
        let mut diff = k.world.filesystems.get(&sandbox.upper).cloned().unwrap_or_else(|| Fs::new(layer::root_meta(0)));
        commit::drop_unnamed(&mut diff);
        take_down(k, &sandbox);
        diff
    });
    Ok(Found::Ran { code: status.code(), diff: Rc::new(diff) })
}

fn ended(k: &Kernel, pid: Pid) -> bool {
    k.world.process(pid).is_none_or(|p| matches!(p.run, crate::model::process::Run::Zombie(_)))
}

fn account(world: &World, sandbox: &Sandbox, name: &str) -> Result<user::Account, String> {
    let empty = Fs::new(layer::root_meta(0));
    let upper = world.filesystems.get(&sandbox.upper).unwrap_or(&empty);
    user::resolve(&Layers(upper, &sandbox.lower), name)
}

fn start(sys: &Sys, ask: &Run, sandbox: &Sandbox, account: user::Account) -> Result<Pid, String> {
    const OUT: OpenFlags = OpenFlags { read: false, write: true, ..OpenFlags::READ };
    let files = sys.with(|k| {
        let stream = |stream| Object::Journal { id: sandbox.journal, stream };
        let input = k.add_file(Object::Device(Device::Null), "/dev/null", OpenFlags::READ);
        let output = k.add_file(stream(Stream::Stdout), "pipe:[stdout]", OUT);
        vec![input, output, k.add_file(stream(Stream::Stderr), "pipe:[stderr]", OUT)]
    });
    let mut env: Map<Text, Text> = Map::new();
    env.insert("PATH".into(), DEFAULT_PATH.into());
    env.insert("HOME".into(), account.home.as_str().into());
    for (key, value) in ask.env.iter().filter_map(|entry| entry.split_once('=')) {
        env.insert(key.into(), value.into());
    }
    let new = NewProcess {
        parent: sys.pid(),
        ns: sandbox.ns,
        cgroup: Some(sandbox.cgroup.clone()),
        tty: None,
        argv: ask.argv.clone(),
        env,
        cwd: if ask.cwd.is_empty() { "/".into() } else { ask.cwd.clone() },
        user: account.user,
        groups: account.groups,
        files: files.clone(),
    };
    let created = sys.create(new);
    sys.with(|k| {
        for file in files {
            k.hold(file);
            k.release(file);
        }
    });
    created.map_err(|errno| refusal(ask.argv.first().map_or("", String::as_str), errno))
}

/// Why a process can't be started, in runc's words.
fn refusal(path: &str, errno: crate::kernel::Errno) -> String {
    const RUNC: &str = "runc run failed: unable to start container process: error during container init: ";
    let why = match errno {
        crate::kernel::Errno::NoExec => return format!("{RUNC}exec {path}: exec format error"),
        crate::kernel::Errno::Access => "permission denied".to_string(),
        _ if path.contains('/') => format!("stat {path}: no such file or directory"),
        _ => "executable file not found in $PATH".to_string(),
    };
    format!("{RUNC}exec: \"{path}\": {why}")
}

fn set_up(k: &mut Kernel, ask: &Run) -> Sandbox {
    let world = &mut k.world;
    let id = NsId(world.next_ns);
    world.next_ns += 1;
    let (mtime, nanos) = world.now.epoch();
    let root = Meta { nanos, ..layer::root_meta(mtime) };
    let upper = FsId(world.number());
    world.filesystems.insert(upper, Fs::new(root));
    let merged = super::tree(world, ask.chain.as_ref());
    let mut lower = merged.map_or_else(|| Fs::new(layer::root_meta(mtime)), |tree| (*tree).clone());
    let mut own = Vec::new();
    let small = small_files(ask, mtime);
    let fs = FsId(world.number());
    own.push(fs);
    for dir in ["/dev", "/proc", "/sys", "/etc"] {
        layer::make_dir(&mut lower, dir, mtime);
    }
    let mut mounts = vec![
        Mount { at: "/proc".into(), source: Source::Proc(id), read_only: false },
        Mount { at: "/dev".into(), source: Source::Fs { fs: DEVICES, root: ROOT }, read_only: false },
    ];
    for name in ["hosts", "resolv.conf"] {
        let at = format!("/etc/{name}");
        place(&mut lower, &at, false, mtime);
        let root = layer::find(&small, name).unwrap_or(ROOT);
        mounts.push(Mount { at: at.as_str().into(), source: Source::Fs { fs, root }, read_only: false });
    }
    world.filesystems.insert(fs, small);
    for asked in &ask.mounts {
        let (source, dir) = source(world, &asked.source, &mut own);
        place(&mut lower, &asked.at, dir, mtime);
        mounts.push(Mount { at: asked.at.as_str().into(), source, read_only: read_only(asked) });
    }
    let lower = Rc::new(lower);
    mounts
        .insert(0, Mount { at: "/".into(), source: Source::Overlay { lower: lower.clone(), upper }, read_only: false });
    world.mounts.insert(id, Rc::new(MountNs { mounts }));
    world.pid_namespaces.insert(id, PidNs { init: 0, next: 1 });
    let hostname = if ask.hostname.is_empty() { HOSTNAME } else { &ask.hostname };
    world.hostnames.insert(id, hostname.into());
    let (net, address) = connect(world, id, &ask.network);
    let cgroup: Text = format!("buildkit/{}", upper.0).into();
    world.cgroups.insert(cgroup.clone(), Cgroup::default());
    let journal = k.add_journal();
    Sandbox { ns: Namespaces { mount: id, pid: id, uts: id, net }, upper, lower, own, cgroup, journal, address }
}

fn read_only(asked: &Asked) -> bool {
    asked.read_only || matches!(asked.source, From::File { .. })
}

/// A place to mount on; what is there already stays.
fn place(lower: &mut Fs, at: &str, dir: bool, mtime: i64) {
    if layer::find(lower, at).is_some() {
        return;
    }
    if dir {
        layer::make_dir(lower, at, mtime);
    } else {
        layer::add(lower, at, layer::root_meta(mtime), Kind::File(Data::new(Vec::new())));
    }
}

/// `/etc/hosts` and `/etc/resolv.conf`.
fn small_files(ask: &Run, mtime: i64) -> Fs {
    let hostname = if ask.hostname.is_empty() { HOSTNAME } else { &ask.hostname };
    let mut hosts = format!("127.0.0.1\tlocalhost {hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    for (name, address) in &ask.hosts {
        hosts.push_str(&format!("{address}\t{name}\n"));
    }
    let mut fs = Fs::new(layer::root_meta(mtime));
    let meta = Meta { mode: 0o644, ..layer::root_meta(mtime) };
    for (name, text) in [("/hosts", hosts), ("/resolv.conf", "nameserver 10.0.2.3\n".into())] {
        layer::add(&mut fs, name, meta, Kind::File(Data::new(text.into_bytes())));
    }
    fs
}

/// What a mount shows, and whether that is a directory.
fn source(world: &mut World, from: &From, own: &mut Vec<FsId>) -> (Source, bool) {
    let (mtime, nanos) = world.now.epoch();
    let meta = |mode, uid, gid| Meta { mode, uid, gid, mtime, nanos };
    let mut add = |world: &mut World, fs: Fs| {
        let id = FsId(world.number());
        world.filesystems.insert(id, fs);
        own.push(id);
        id
    };
    match from {
        From::Tree { tree, path } => {
            let root = layer::find(tree, path).unwrap_or(ROOT);
            let dir = tree.entries(root).is_some();
            (Source::Fs { fs: add(world, (**tree).clone()), root }, dir)
        }
        From::Memory { size } => {
            let fs = Fs { tmpfs: Some(*size), ..Fs::new(meta(0o1777, 0, 0)) };
            (Source::Fs { fs: add(world, fs), root: ROOT }, true)
        }
        From::File { bytes, mode, uid, gid } => {
            let mut fs = Fs::new(meta(0o755, 0, 0));
            let root = fs.insert(ROOT, "file", meta(*mode, *uid, *gid), Kind::File(Data::Bytes(bytes.clone())));
            (Source::Fs { fs: add(world, fs), root }, false)
        }
        From::Cache { id, from, mode, uid, gid } => {
            let root = meta(*mode, *uid, *gid);
            (Source::Fs { fs: cache_mount(world, id, from.as_ref(), root), root: ROOT }, true)
        }
    }
}

/// The file system of a cache mount, made when it is first asked for.
fn cache_mount(world: &mut World, id: &str, from: Option<&(Rc<Fs>, String)>, meta: Meta) -> FsId {
    let key = format!("mount {id}");
    if let Some(fs) = world.engine.builds.find(&key).and_then(|record| record.fs) {
        cache::look(world, &[key]);
        return fs;
    }
    let fs = FsId(world.number());
    let mut files = Fs::new(meta);
    if let Some((tree, path)) = from
        && let Some(ino) = layer::find(tree, path)
    {
        // The whole tree is shared; its root is what was asked for.
        files.clone_from(tree);
        if let Some(inode) = tree.inodes.get(&ino) {
            files.inodes.insert(ROOT, inode.clone());
        }
    }
    world.filesystems.insert(fs, files);
    let mut new = record(world, RecordKind::CacheMount, &format!("cached mount {id} from exec"));
    new.fs = Some(fs);
    cache::insert(world, new, &[key]);
    fs
}

/// The network namespace of a step: its own with an address on the default bridge, its own with nothing, or
/// the host's.
fn connect(world: &mut World, own: NsId, mode: &str) -> (NsId, Option<(Text, u32)>) {
    if mode == "host" {
        return (HOST, None);
    }
    let mut net = NetNs::default();
    let mut held = None;
    if mode != "none"
        && let Ok(bridge) = network::find_network(world, "bridge")
        && let (Some((_, prefix)), Ok(address)) = (bridge.subnet, endpoint::free_address(world, &bridge, 0))
    {
        let [a, b, c, d] = address.to_be_bytes();
        net.interfaces.push(Interface {
            name: "eth0".into(),
            address,
            prefix,
            gateway: bridge.gateway.unwrap_or(0),
            network: bridge.id.clone(),
            mac: format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}").as_str().into(),
        });
        world.engine.addresses.insert((bridge.id.clone(), address), HOSTNAME.into());
        held = Some((bridge.id.clone(), address));
    }
    world.nets.insert(own, Rc::new(net));
    (own, held)
}

fn take_down(k: &mut Kernel, sandbox: &Sandbox) {
    k.remove_journal(sandbox.journal);
    let world = &mut k.world;
    for fs in &sandbox.own {
        world.filesystems.remove(fs);
    }
    world.filesystems.remove(&sandbox.upper);
    world.mounts.remove(&sandbox.ns.mount);
    world.pid_namespaces.remove(&sandbox.ns.pid);
    world.hostnames.remove(&sandbox.ns.uts);
    world.cgroups.remove(&sandbox.cgroup);
    if sandbox.ns.net != HOST {
        world.nets.remove(&sandbox.ns.net);
    }
    if let Some(address) = &sandbox.address {
        world.engine.addresses.remove(address);
    }
}
