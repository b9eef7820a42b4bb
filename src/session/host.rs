//! The host at boot: an Ubuntu-like tree, the learner's home and project, devices, mounts and programs.

use std::rc::Rc;

use super::log::Boot;
use crate::engine::catalogue::{self, Content, Node};
use crate::kernel::{Program, split_last};
use crate::model::file::{Data, Device, Fs, FsId, Ino, Kind, Meta, ROOT};
use crate::model::process::{HOST, Mount, MountNs, PidNs, Source, User};
use crate::model::time::BOOT_EPOCH;
use crate::model::{Map, Text, World};

/// The host's root file system.
pub const ROOT_FS: FsId = FsId(1);
pub const HOSTNAME: &str = "layerlab";
pub const LEARNER: User = User { uid: 1000, gid: 1000 };
/// learner, sudo and docker.
pub const GROUPS: [u32; 3] = [1000, 27, 999];
pub const HOME: &str = "/home/learner";
/// Where the learner's shell starts.
pub const PROJECT: &str = "/home/learner/myapp";
/// Where a headless run puts the folder that it is given.
pub const WORK: &str = "/home/learner/work";
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games";

/// Programs that only images bring; on the host they are `command not found`, as on a fresh Ubuntu.
const IMAGES_ONLY: [&str; 20] = [
    "?",
    "apk",
    "ash",
    "browser",
    "busybox",
    "corepack",
    "hello",
    "httpd",
    "init",
    "nginx",
    "node",
    "npm",
    "npx",
    "postgres",
    "psql",
    "python",
    "python3",
    "redis-cli",
    "redis-server",
    "yarn",
];

/// Lengths in bytes of executables that a fresh Ubuntu lacks, near the real ones; the rest are [`TOOL`].
const SIZES: [(&str, u64); 8] = [
    ("curl", 301_000),
    ("docker", 41_700_000),
    ("dockerd", 95_300_000),
    ("git", 3_710_000),
    ("nano", 279_000),
    ("ping", 89_000),
    ("vi", 3_790_000),
    ("wget", 547_000),
];
const TOOL: u64 = 60_000;
/// The docker client's plugin, which is not on the path, and where plugins are.
const COMPOSE: &str = "docker-compose";
const PLUGINS: &str = "/usr/libexec/docker/cli-plugins";

const FILES: [(&str, &str); 12] = [
    (
        "/usr/lib/os-release",
        "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\nUBUNTU_CODENAME=noble\n",
    ),
    ("/etc/issue", "Ubuntu 24.04.3 LTS \\n \\l\n\n"),
    ("/etc/hostname", "layerlab\n"),
    (
        "/etc/hosts",
        "127.0.0.1\tlocalhost\n127.0.1.1\tlayerlab\n::1\tip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n",
    ),
    ("/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n"),
    ("/etc/shells", "# /etc/shells: valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"),
    ("/etc/timezone", "Etc/UTC\n"),
    ("/etc/docker/daemon.json", "{}\n"),
    (
        "/etc/profile",
        "# /etc/profile: a login shell reads it.\nfor script in /etc/profile.d/*.sh; do\n    if [ -r \"$script\" ]; then\n        . \"$script\"\n    fi\ndone\nunset script\n",
    ),
    ("/home/learner/.bash_logout", "# ~/.bash_logout: a login shell reads it when it ends.\n"),
    (
        "/home/learner/.bashrc",
        "# ~/.bashrc: an interactive bash reads it.\nPS1='\\u@\\h:\\w\\$ '\nalias ll='ls -alF'\nalias la='ls -A'\nalias l='ls -CF'\n",
    ),
    (
        "/home/learner/.profile",
        "# ~/.profile: a login shell reads it.\nif [ -n \"$BASH_VERSION\" ] && [ -f ~/.bashrc ]; then\n    . ~/.bashrc\nfi\n",
    ),
];

const PROJECT_FILES: [(&str, &str); 5] = [
    (".dockerignore", include_str!("project/dockerignore")),
    ("Dockerfile", include_str!("project/Dockerfile")),
    ("README.md", include_str!("project/README.md")),
    ("package.json", include_str!("project/package.json")),
    ("server.js", include_str!("project/server.js")),
];

const DEVICES: [(&str, Device); 11] = [
    ("null", Device::Null),
    ("zero", Device::Zero),
    ("full", Device::Full),
    ("random", Device::Random),
    ("urandom", Device::Random),
    ("tty", Device::Tty),
    ("console", Device::Console),
    ("stdin", Device::Fd(0)),
    ("stdout", Device::Fd(1)),
    ("stderr", Device::Fd(2)),
    ("ptmx", Device::Tty),
];

/// A World that holds the host and no process yet.
pub fn world(boot: &Boot, programs: &[Program]) -> World {
    let mut world = World::new(boot.seed);
    world.filesystems.insert(ROOT_FS, root(boot, programs));
    let mount = |at: &str, source| Mount { at: at.into(), source, read_only: false };
    let mounts = vec![mount("/", Source::Fs { fs: ROOT_FS, root: ROOT }), mount("/proc", Source::Proc(HOST))];
    world.mounts.insert(HOST, Rc::new(MountNs { mounts }));
    world.hostnames.insert(HOST, HOSTNAME.into());
    world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
    // Numbers below 100 are the host's own.
    world.next_object = world.next_object.max(100);
    world
}

/// The learner's environment at login.
pub fn environment(cwd: &str, terminal: bool) -> Map<Text, Text> {
    let mut env = Map::new();
    let all = [
        ("HOME", HOME),
        ("LANG", "C.UTF-8"),
        ("LOGNAME", "learner"),
        ("PATH", PATH),
        ("PWD", cwd),
        ("SHELL", "/bin/bash"),
        ("USER", "learner"),
    ];
    for (name, value) in all.into_iter().chain(terminal.then_some(("TERM", "xterm-256color"))) {
        env.insert(name.into(), value.into());
    }
    env
}

/// Puts a program where nobody types its name, and files beside it, unless it is there.
#[inline(never)]
pub fn install(world: &mut World, path: &str, program: &'static str, beside: &[(&str, &[u8])]) {
    if let Some(fs) = world.filesystems.get_mut(&ROOT_FS) {
        let mut tree = Tree { fs: std::mem::replace(fs, Fs::new(meta(0o755, OWNER))) };
        if tree.find(path).is_none() {
            tree.put(path, 0o755, OWNER, Kind::File(Data::Program { name: program.into(), len: TOOL }));
            for (name, text) in beside {
                tree.put(&format!("{}/{name}", split_last(path).0), 0o644, OWNER, bytes(text));
            }
        }
        *fs = tree.fs;
    }
}

/// The layer that the host's tree is built on.
const BASE: &str = "ubuntu-24.04";

fn root(boot: &Boot, programs: &[Program]) -> Fs {
    let mut tree = Tree::new();
    for entry in catalogue::entries(BASE) {
        tree.entry(entry);
    }
    tree.executables(programs);
    tree.accounts();
    for (name, device) in DEVICES {
        tree.put(&format!("/dev/{name}"), 0o666, OWNER, Kind::Device(device));
    }
    for fd in 0..10 {
        tree.put(&format!("/dev/fd/{fd}"), 0o666, OWNER, Kind::Device(Device::Fd(fd)));
    }
    for (path, mode) in [("/proc", 0o555), ("/run", 0o755), ("/var/lib/docker", 0o710), ("/tmp", 0o1777)] {
        tree.dir(path, mode, OWNER);
    }
    if tree.find("/var/run").is_none() {
        tree.put("/var/run", 0o777, OWNER, Kind::Symlink("/run".into()));
    }
    tree.dir(HOME, 0o750, LEARNER);
    for (path, text) in FILES {
        let owner = if path.starts_with(HOME) { LEARNER } else { OWNER };
        tree.put(path, 0o644, owner, bytes(text.as_bytes()));
    }
    tree.dir(PROJECT, 0o755, LEARNER);
    for (name, text) in PROJECT_FILES {
        tree.put(&format!("{PROJECT}/{name}"), 0o644, LEARNER, bytes(text.as_bytes()));
    }
    tree.dir(&boot.directory, 0o755, LEARNER);
    for file in &boot.files {
        let path = crate::kernel::join(&boot.directory, &file.path);
        if path.starts_with("/home/learner/") {
            let mode = if file.executable { 0o755 } else { 0o644 };
            tree.put(&path, mode, LEARNER, bytes(&file.content.bytes()));
        }
    }
    tree.fs
}

const OWNER: User = User { uid: 0, gid: 0 };

fn bytes(content: &[u8]) -> Kind {
    Kind::File(Data::new(content.to_vec()))
}

/// A file system while it is filled.
struct Tree {
    fs: Fs,
}

impl Tree {
    fn new() -> Tree {
        Tree { fs: Fs::new(meta(0o755, OWNER)) }
    }

    fn find(&self, path: &str) -> Option<Ino> {
        path.split('/').filter(|name| !name.is_empty()).try_fold(ROOT, |dir, name| self.fs.child(dir, name))
    }

    /// The directory of this path, followed through symbolic links to directories and made where missing.
    fn make(&mut self, path: &str, owner: User) -> Ino {
        let mut pending: Vec<String> = path.split('/').rev().map(String::from).collect();
        let (mut dir, mut links) = (ROOT, 0);
        while let Some(name) = pending.pop() {
            if name.is_empty() {
                continue;
            }
            let found = self.fs.child(dir, &name);
            let target = match found.and_then(|ino| self.fs.get(ino)).map(|inode| &inode.kind) {
                Some(Kind::Symlink(target)) if links < 8 => Some(target.clone()),
                _ => None,
            };
            if let Some(target) = target {
                links += 1;
                // The links that the host's tree has lead from the root, or stand in it.
                dir = ROOT;
                pending.extend(target.split('/').rev().map(String::from));
                continue;
            }
            dir = match found {
                Some(ino) if self.fs.entries(ino).is_some() => ino,
                _ => self.fs.insert(dir, &name, meta(0o755, owner), Kind::Dir(Map::new())),
            };
        }
        dir
    }

    fn dir(&mut self, path: &str, mode: u16, owner: User) {
        let ino = self.make(path, owner);
        if let Some(inode) = self.fs.get_mut(ino) {
            inode.meta = meta(mode, owner);
        }
    }

    fn put(&mut self, path: &str, mode: u16, owner: User, kind: Kind) {
        let (dir, name) = split_last(path);
        let dir = self.make(dir, owner);
        if !name.is_empty() {
            self.fs.insert(dir, name, meta(mode, owner), kind);
        }
    }

    /// A member of a layer of the catalogue.
    fn entry(&mut self, entry: catalogue::Entry) {
        let owner = User { uid: entry.uid, gid: entry.gid };
        let meta = Meta { mode: entry.mode, uid: owner.uid, gid: owner.gid, mtime: entry.mtime, nanos: 0 };
        let kind = match entry.node {
            Node::Dir => {
                let ino = self.make(&entry.path, owner);
                if let Some(inode) = self.fs.get_mut(ino) {
                    inode.meta = meta;
                }
                return;
            }
            Node::File(Content::Bytes(content)) => Kind::File(Data::new(content)),
            Node::File(Content::Fill(len)) => Kind::File(Data::Fill(len)),
            Node::File(Content::Program { name, len }) => Kind::File(Data::Program { name: name.into(), len }),
            Node::Symlink(target) => Kind::Symlink(target.into()),
            Node::Hardlink(path) => {
                let (dir, name) = split_last(&entry.path);
                if let Some(ino) = self.find(&path) {
                    let dir = self.make(dir, owner);
                    self.fs.link(dir, name, ino);
                }
                return;
            }
        };
        let (dir, name) = split_last(&entry.path);
        let dir = self.make(dir, owner);
        self.fs.insert(dir, name, meta, kind);
    }

    /// An executable for every program that a host has and the image of Ubuntu lacks.
    fn executables(&mut self, programs: &[Program]) {
        let here = |program: &&Program| !IMAGES_ONLY.contains(&program.name) && program.name != COMPOSE;
        for program in programs.iter().filter(here) {
            let name = program.name;
            if ["/usr/bin", "/usr/sbin"].iter().any(|dir| self.find(&format!("{dir}/{name}")).is_some()) {
                continue;
            }
            let len = SIZES.iter().find(|(known, _)| *known == name).map_or(TOOL, |(_, len)| *len);
            let data = Data::Program { name: name.into(), len };
            self.put(&format!("/usr/bin/{name}"), 0o755, OWNER, Kind::File(data));
        }
        let compose = Data::Program { name: COMPOSE.into(), len: 70_300_000 };
        self.put(&format!("{PLUGINS}/{COMPOSE}"), 0o755, OWNER, Kind::File(compose));
        let init = Data::Program { name: "init".into(), len: 100_000 };
        self.put("/usr/sbin/init", 0o755, OWNER, Kind::File(init));
    }

    /// The learner in place of the image's own user, and the group that may use docker.
    fn accounts(&mut self) {
        let learner = "learner:x:1000:1000:Learner:/home/learner:/bin/bash\n";
        self.account("/etc/passwd", learner);
        self.account("/etc/group", "sudo:x:27:learner\ndocker:x:999:learner\nlearner:x:1000:\n");
        self.account("/etc/shadow", "learner:!:20000:0:99999:7:::\n");
    }

    /// Adds lines to a table of accounts, in place of those of the names that they give and of the image's
    /// own user `ubuntu`.
    fn account(&mut self, path: &str, lines: &str) {
        let name = |line: &str| line.split(':').next().unwrap_or("").to_string();
        let gone: Vec<String> = lines.lines().map(name).chain(["ubuntu".to_string()]).collect();
        let Some(ino) = self.find(path) else { return };
        if let Some(inode) = self.fs.get_mut(ino)
            && let Kind::File(Data::Bytes(old)) = &inode.kind
        {
            let old = String::from_utf8_lossy(old).into_owned();
            let kept = old.lines().filter(|line| !gone.contains(&name(line)));
            let mut text: String = kept.map(|line| format!("{line}\n")).collect();
            text.push_str(lines);
            inode.kind = bytes(text.as_bytes());
        }
    }
}

fn meta(mode: u16, owner: User) -> Meta {
    Meta { mode, uid: owner.uid, gid: owner.gid, mtime: BOOT_EPOCH, nanos: 0 }
}
