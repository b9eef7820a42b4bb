//! Internet sockets: which namespace and port an address leads to, TCP connections between them, and
//! whether a packet finds its way (ip(7), tcp(7)).

use super::executor::Key;
use super::files::OpenFlags;
use super::{Errno, Kernel};
use crate::model::network::{Interface, within};
use crate::model::process::{HOST, Inet, NsId, Object, Pid, Socket, SocketId};

const BOTH: OpenFlags = OpenFlags { read: true, write: true, ..OpenFlags::READ };
const LOOPBACK: (u32, u8) = (0x7f00_0000, 8);

/// Where packets to an address go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    pub net: NsId,
    /// The address that the sender is known by there.
    pub from: u32,
}

impl Kernel {
    fn interfaces(&self, net: NsId) -> &[Interface] {
        self.world.nets.get(&net).map_or(&[], |net| &net.interfaces)
    }

    /// The namespace that an address leads to, seen from another.
    pub fn route(&self, net: NsId, address: u32) -> Result<Route, Errno> {
        let own = self.interfaces(net);
        if within(LOOPBACK, address) || address == 0 || own.iter().any(|interface| interface.address == address) {
            return Ok(Route { net, from: if address == 0 { 0x7f00_0001 } else { address } });
        }
        let near = own.iter().find(|interface| within((interface.address, interface.prefix), address));
        if let Some(interface) = near {
            let there = |other: &Interface| other.network == interface.network && other.address == address;
            let found = self.world.nets.iter().find(|(_, other)| other.interfaces.iter().any(there));
            return match found {
                Some((to, _)) if !interface.network.is_empty() => Ok(Route { net: *to, from: interface.address }),
                _ => Err(Errno::HostUnreach),
            };
        }
        let Some(out) = own.iter().find(|interface| interface.gateway != 0) else { return Err(Errno::NetUnreach) };
        // The host is behind every gateway; other networks are walled off, and nothing is outside.
        if net != HOST && self.interfaces(HOST).iter().any(|interface| interface.address == address) {
            return Ok(Route { net: HOST, from: out.address });
        }
        Err(Errno::TimedOut)
    }

    fn add_inet(&mut self, inet: Inet, peer: Option<SocketId>) -> SocketId {
        let id = SocketId(self.world.number());
        let socket =
            Socket { peer, inbox: Vec::new(), eof: false, backlog: Vec::new(), address: "".into(), inet: Some(inet) };
        self.world.sockets.insert(id, socket);
        id
    }

    fn net_of(&self, pid: Pid) -> Result<NsId, Errno> {
        self.world.process(pid).map(|process| process.ns.net).ok_or(Errno::Srch)
    }

    /// bind(2) and listen(2): a descriptor to accept from; the address 0 is any.
    pub fn listen_inet(&mut self, pid: Pid, address: u32, port: u16) -> Result<u32, Errno> {
        let net = self.net_of(pid)?;
        let forwarded = net == HOST
            && self.world.forwards.get(&port).is_some_and(|all| {
                all.iter().any(|f| !f.udp && (f.host_ip == 0 || address == 0 || f.host_ip == address))
            });
        if forwarded || self.world.listener(net, address, port).is_some() {
            return Err(Errno::AddrInUse);
        }
        let id = self.add_inet(Inet { net, local: (address, port), remote: (0, 0), reset: false }, None);
        let file = self.add_file(Object::Listener(id), "socket", BOTH);
        self.install(pid, file, 0)
    }

    /// connect(2) by TCP.
    pub fn connect_inet(&mut self, pid: Pid, address: u32, port: u16) -> Result<u32, Errno> {
        let net = self.net_of(pid)?;
        let address = if address == 0 { 0x7f00_0001 } else { address };
        let mut route = self.route(net, address)?;
        let mut target = self.world.listener(route.net, address, port);
        let (mut proxied, mut end) = (false, (address, port));
        if target.is_none() && route.net == HOST {
            // A published port: the host passes the connection on.
            let forward = self
                .world
                .forwards
                .get(&port)
                .and_then(|all| all.iter().find(|f| !f.udp && (f.host_ip == 0 || f.host_ip == address)).cloned());
            if let Some(forward) = forward {
                proxied = true;
                end = (forward.address, forward.port);
                if let Ok(inner) = self.route(HOST, forward.address) {
                    target = self.world.listener(inner.net, forward.address, forward.port);
                    route = inner;
                }
            }
        }
        if target.is_none() && !proxied {
            return Err(Errno::ConnRefused);
        }
        let source = 32768 + (self.world.next_object % 28_000) as u16;
        let local = if within(LOOPBACK, route.from) { address } else { route.from };
        let near = Inet { net, local: (local, source), remote: (address, port), reset: target.is_none() };
        let near = self.add_inet(near, None);
        let file = self.add_file(Object::Socket(near), "socket", BOTH);
        if let Some(listener) = target {
            let far = Inet { net: route.net, local: end, remote: (local, source), reset: false };
            let far = self.add_inet(far, Some(near));
            if let Some(socket) = self.world.sockets.get_mut(&near) {
                socket.peer = Some(far);
            }
            if let Some(socket) = self.world.sockets.get_mut(&listener) {
                socket.backlog.push(far);
            }
            self.wake(Key::Socket(listener));
        }
        self.install(pid, file, 0)
    }

    /// Local and remote address of an internet socket.
    pub fn inet_of(&self, pid: Pid, fd: u32) -> Option<Inet> {
        let id = self.file_of(pid, fd).ok()?;
        match self.world.files.get(&id)?.object {
            Object::Socket(id) | Object::Listener(id) => self.world.sockets.get(&id)?.inet,
            _ => None,
        }
    }
}
