//! The World itself.

use std::rc::Rc;

use super::browser::Page;
use super::engine::Engine;
use super::file::{Fs, FsId};
use super::network::{Forward, NetNs};
use super::process::{
    Cgroup, Journal, JournalId, MountNs, NsId, OpenFile, OpenId, Pid, PidNs, Pipe, PipeId, Process, Socket, SocketId,
};
use super::random::Random;
use super::registry::Registry;
use super::terminal::{Terminal, TtyId};
use super::time::Time;
use super::{Map, Text};

#[derive(Clone, PartialEq, Debug)]
pub struct World {
    pub now: Time,
    pub random: Random,
    pub processes: Map<Pid, Rc<Process>>,
    pub next_pid: Pid,
    pub mounts: Map<NsId, Rc<MountNs>>,
    pub pid_namespaces: Map<NsId, PidNs>,
    /// Hostnames by UTS namespace.
    pub hostnames: Map<NsId, Text>,
    /// Interfaces by network namespace.
    pub nets: Map<NsId, Rc<NetNs>>,
    /// What the host passes on, by port.
    pub forwards: Map<u16, Rc<Vec<Forward>>>,
    pub next_ns: u32,
    pub cgroups: Map<Text, Cgroup>,
    pub filesystems: Map<FsId, Fs>,
    pub files: Map<OpenId, OpenFile>,
    pub pipes: Map<PipeId, Pipe>,
    pub sockets: Map<SocketId, Socket>,
    pub journals: Map<JournalId, Journal>,
    pub terminals: Map<TtyId, Rc<Terminal>>,
    /// The next number for anything that is numbered and not named above.
    pub next_object: u64,
    pub engine: Engine,
    pub registry: Registry,
    /// The last answers that HTTP clients had: by who asked (`host`, or a container's name) and the URL, the
    /// status and the beginning of the body.
    pub answers: Map<Text, (u16, Text)>,
    /// What the learner's browser shows, once something was asked of it.
    pub browser: Option<Rc<Page>>,
    /// The registry can be reached.
    pub network_up: bool,
    /// What the registry sends comes slowly.
    pub registry_slow: bool,
    /// The machine's disk has no room left.
    pub disk_full: bool,
}

impl World {
    /// A World with nothing in it.
    pub fn new(seed: u64) -> World {
        World {
            now: Time::ZERO,
            random: Random(seed ^ 0x1a7e_71ab),
            processes: Map::new(),
            next_pid: 1,
            mounts: Map::new(),
            pid_namespaces: Map::new(),
            hostnames: Map::new(),
            nets: Map::new(),
            forwards: Map::new(),
            next_ns: 1,
            cgroups: Map::new(),
            filesystems: Map::new(),
            files: Map::new(),
            pipes: Map::new(),
            sockets: Map::new(),
            journals: Map::new(),
            terminals: Map::new(),
            next_object: 1,
            engine: Engine::default(),
            registry: Registry::default(),
            answers: Map::new(),
            browser: None,
            network_up: true,
            registry_slow: false,
            disk_full: false,
        }
    }

    /// A number that nothing else has.
    pub fn number(&mut self) -> u64 {
        let number = self.next_object;
        self.next_object += 1;
        number
    }

    /// Who listens on a port of a network namespace for an address; 0 stands for any.
    pub fn listener(&self, net: NsId, address: u32, port: u16) -> Option<SocketId> {
        let heard = |socket: &Socket| {
            socket.inet.is_some_and(|inet| {
                inet.net == net
                    && inet.remote == (0, 0)
                    && inet.local.1 == port
                    && (address == 0 || inet.local.0 == 0 || inet.local.0 == address)
            })
        };
        self.sockets.iter().find(|(_, socket)| heard(socket)).map(|(id, _)| *id)
    }

    pub fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes.get(&pid).map(|process| &**process)
    }

    pub fn process_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.processes.get_mut(&pid).map(Rc::make_mut)
    }

    pub fn terminal(&self, id: TtyId) -> Option<&Terminal> {
        self.terminals.get(&id).map(|terminal| &**terminal)
    }

    pub fn terminal_mut(&mut self, id: TtyId) -> Option<&mut Terminal> {
        self.terminals.get_mut(&id).map(Rc::make_mut)
    }
}
