//! Processes, open files and what they read and write, as plain data.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use super::file::{Device, Fs, FsId, Ino};
use super::shell::ShellState;
use super::signal::Signal;
use super::terminal::TtyId;
use super::time::Time;
use super::{Map, Text};

/// A process id in the host's pid namespace.
pub type Pid = u32;

/// The number of a namespace of any kind; [`HOST`] is the host's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NsId(pub u32);
pub const HOST: NsId = NsId(0);

/// The namespaces that a process lives in (namespaces(7)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Namespaces {
    pub mount: NsId,
    pub pid: NsId,
    pub uts: NsId,
    pub net: NsId,
}

/// Capabilities that the kernel asks for, by number.
pub const CAP_CHOWN: u8 = 0;
pub const CAP_FOWNER: u8 = 3;
pub const CAP_KILL: u8 = 5;

impl Process {
    /// Whether it has root's right of this kind.
    #[must_use]
    pub fn capable(&self, capability: u8) -> bool {
        self.user.uid == 0 && self.capabilities & (1 << capability) != 0
    }
}

impl Namespaces {
    pub const HOST: Namespaces = Namespaces { mount: HOST, pid: HOST, uts: HOST, net: HOST };
}

/// Where a mount gets its files from.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// A directory (or a file) of a file system.
    Fs { fs: FsId, root: Ino },
    /// overlayfs: read-only `lower`, writable `upper`.
    Overlay { lower: Rc<Fs>, upper: FsId },
    /// procfs of a pid namespace, made up from the World when read.
    Proc(NsId),
    /// A container's cgroup, made up likewise; its id.
    Cgroup(Text),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Mount {
    /// Absolute, normalised; `/` for the root.
    pub at: Text,
    pub source: Source,
    pub read_only: bool,
}

/// The mounts of a mount namespace, root first; a later one covers an earlier one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MountNs {
    pub mounts: Vec<Mount>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct PidNs {
    /// The process that is pid 1 in it.
    pub init: Pid,
    pub next: Pid,
}

/// A cgroup: what a group of processes used and may use (cgroups(7)).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cgroup {
    pub frozen: bool,
    /// CPU used, in nanoseconds of virtual time.
    pub cpu: u64,
    pub processes: u32,
    pub pids_limit: Option<u32>,
    /// Bytes that it may hold in all.
    pub memory_limit: Option<u64>,
    /// Bytes that its processes hold.
    pub memory: u64,
    /// Bytes that its files in memory hold, as of the last write to one.
    pub files: u64,
    /// The most that both came to.
    pub peak: u64,
    /// Processes that were killed because it held too much.
    pub oom_kills: u32,
    /// How much of the CPU it gets where there is not enough for all; 0 stands for the usual 1024.
    pub shares: u32,
    pub bandwidth: Option<Bandwidth>,
    /// The period that it last used CPU in, what it used by then and was not given yet, in microseconds,
    /// and in how many periods it had to wait.
    pub period: u64,
    pub spent: u64,
    pub throttled: u64,
    /// Bytes that its processes wrote to disks.
    pub written: u64,
}

/// CPU time that a group may use in a period, both in microseconds (CFS bandwidth control).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bandwidth {
    pub quota: u64,
    pub period: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

pub const SUPERUSER: User = User { uid: 0, gid: 0 };

/// How a process ended (wait(2)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Exited(u8),
    Signaled(Signal),
}

impl Status {
    /// As a shell shows it: the exit code, or 128 + the signal.
    pub fn code(self) -> i32 {
        match self {
            Status::Exited(code) => i32::from(code),
            Status::Signaled(signal) => 128 + i32::from(signal.0),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// Has something to do, or waits for it.
    Alive,
    Stopped,
    Zombie(Status),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Process {
    pub pid: Pid,
    pub ppid: Pid,
    pub pgid: Pid,
    pub sid: Pid,
    /// The pid in its own pid namespace.
    pub nspid: Pid,
    pub ns: Namespaces,
    pub cgroup: Option<Text>,
    pub tty: Option<TtyId>,
    /// The name that the kernel's table knows it by.
    pub program: Text,
    /// Absolute path of the executable.
    pub exe: Text,
    pub argv: Rc<Vec<String>>,
    pub env: Map<Text, Text>,
    pub cwd: Text,
    pub user: User,
    pub groups: Rc<Vec<u32>>,
    pub umask: u16,
    pub fds: Map<u32, Fd>,
    pub children: Map<Pid, ()>,
    pub run: Run,
    /// Waits for something (`S`), else runnable (`R`).
    pub sleeping: bool,
    /// Signals delivered and not yet taken, for those that it catches.
    pub pending: Vec<Signal>,
    /// Bit n is signal n.
    pub caught: u64,
    pub ignored: u64,
    pub started: Time,
    /// CPU used, in nanoseconds.
    pub cpu: u64,
    pub shell: Option<Rc<ShellState>>,
    /// Resident memory it claims, in bytes. Only the kernel changes it, which keeps the group's account.
    pub memory: u64,
    /// What it may do as root; bit n is capability n (capabilities(7)).
    pub capabilities: u64,
    /// How many descriptors it may have open (RLIMIT_NOFILE).
    pub open_files: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fd {
    pub file: OpenId,
    pub cloexec: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OpenId(pub u64);
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PipeId(pub u64);
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SocketId(pub u64);
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct JournalId(pub u64);

/// What an open file description refers to.
#[derive(Clone, PartialEq, Debug)]
pub enum Object {
    File {
        fs: FsId,
        ino: Ino,
    },
    /// A file of an image's layers, opened for reading.
    Lower {
        lower: Rc<Fs>,
        ino: Ino,
    },
    Directory,
    PipeRead(PipeId),
    PipeWrite(PipeId),
    Terminal(TtyId),
    Journal {
        id: JournalId,
        stream: Stream,
    },
    Socket(SocketId),
    Listener(SocketId),
    Device(Device),
    /// Content made up when it was opened (procfs).
    Text(Rc<Vec<u8>>),
}

/// An open file description: shared by every descriptor that was duplicated or inherited.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenFile {
    pub object: Object,
    pub path: Text,
    pub readable: bool,
    pub writable: bool,
    pub append: bool,
    pub offset: u64,
    pub refs: u32,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Pipe {
    pub buffer: Rc<Vec<u8>>,
    pub readers: u32,
    pub writers: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// An append-only stream of records that any number of followers read from any position. It stands for
/// the copier of a container's output and for its log file at once.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Journal {
    pub records: Map<u64, Record>,
    pub next: u64,
    pub bytes: u64,
    /// Open file descriptions that may still write to it.
    pub writers: u32,
    /// The record in which a stream's unfinished line begins.
    pub unfinished: [Option<u64>; 2],
}

#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    pub time: Time,
    pub stream: Stream,
    pub bytes: Rc<Vec<u8>>,
}

/// One end of a connection. Bytes or typed messages queue in the receiver's inbox.
#[derive(Clone, PartialEq, Debug)]
pub struct Socket {
    pub peer: Option<SocketId>,
    pub inbox: Vec<Packet>,
    /// The peer will send nothing more.
    pub eof: bool,
    /// For a listener: connections not accepted yet.
    pub backlog: Vec<SocketId>,
    /// Where it is bound or what it is connected to, for display.
    pub address: Text,
    /// An internet socket's addresses; none for a unix one.
    pub inet: Option<Inet>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inet {
    pub net: NsId,
    /// Address and port; the address 0 is any.
    pub local: (u32, u16),
    pub remote: (u32, u16),
    /// Nobody is behind the proxy that took the connection: reading finds it reset.
    pub reset: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Packet {
    Bytes(Rc<Vec<u8>>),
    Message(Message),
}

/// A typed value that travels over a socket without being serialised.
#[derive(Clone)]
pub struct Message(pub Rc<dyn Payload>);

/// Says only that it is one: printing every request's fields would weigh on the page.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message")
    }
}

impl Message {
    pub fn new<T: Payload>(value: T) -> Message {
        Message(Rc::new(value))
    }

    /// The value, not copied where nobody else holds it.
    pub fn take<T: Clone + 'static>(self) -> Option<T> {
        self.0.into_any().downcast().ok().map(Rc::unwrap_or_clone)
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Message) -> bool {
        self.0.same(&*other.0)
    }
}

pub trait Payload: Any {
    fn same(&self, other: &dyn Payload) -> bool;
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Rc<Self>) -> Rc<dyn Any>;
}

impl<T: Any + PartialEq> Payload for T {
    fn same(&self, other: &dyn Payload) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
