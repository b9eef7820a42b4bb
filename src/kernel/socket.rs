//! Local sockets: connections that carry bytes or typed messages between processes (unix(7)).

use std::rc::Rc;

use super::executor::Key;
use super::files::{Node, OpenFlags};
use super::{Errno, Kernel};
use crate::model::file::Kind;
use crate::model::process::{HOST, Message, Object, OpenId, Packet, Pid, SUPERUSER, Socket, SocketId};

const BOTH: OpenFlags = OpenFlags { read: true, write: true, ..OpenFlags::READ };

/// Bytes of one packet of what is given as input.
const PIECE: usize = 64 << 10;

impl Kernel {
    fn add_socket(&mut self, peer: Option<SocketId>, address: &str) -> SocketId {
        let id = SocketId(self.world.number());
        let socket =
            Socket { peer, inbox: Vec::new(), eof: false, backlog: Vec::new(), address: address.into(), inet: None };
        self.world.sockets.insert(id, socket);
        id
    }

    /// bind(2) and listen(2) on a path: a descriptor to accept from.
    pub fn listen(&mut self, pid: Pid, path: &str) -> Result<u32, Errno> {
        let at = self.resolve(pid, path, true)?;
        if at.node.is_some() {
            return Err(Errno::AddrInUse);
        }
        let id = self.add_socket(None, path);
        self.create(pid, &at, 0o777, Kind::Socket(id.0))?;
        let file = self.add_file(Object::Listener(id), path, BOTH);
        self.install(pid, file, 0)
    }

    /// connect(2) to a path.
    pub fn connect(&mut self, pid: Pid, path: &str) -> Result<u32, Errno> {
        let node = self.resolve(pid, path, true)?.node.ok_or(Errno::NoEnt)?;
        let listener = self.listener(&node)?;
        self.permit(pid, &node, super::files::WRITE)?;
        let file = self.join(listener, path)?;
        self.install(pid, file, 0)
    }

    /// connect(2) to a path of the host, by somebody who is no process of this machine; give the description back
    /// with `release`.
    pub fn dial(&mut self, path: &str) -> Result<OpenId, Errno> {
        let node = self.resolve_in(HOST, SUPERUSER, "/", path, true)?.node.ok_or(Errno::NoEnt)?;
        let listener = self.listener(&node)?;
        let file = self.join(listener, path)?;
        self.hold(file);
        Ok(file)
    }

    /// A description from which these bytes can be read, and then the end.
    pub fn add_input(&mut self, bytes: &[u8]) -> OpenId {
        let id = self.add_socket(None, "input");
        if let Some(socket) = self.world.sockets.get_mut(&id) {
            socket.inbox = bytes.chunks(PIECE).map(|piece| Packet::Bytes(Rc::new(piece.to_vec()))).collect();
            socket.eof = true;
        }
        self.add_file(Object::Socket(id), "input", OpenFlags::READ)
    }

    fn listener(&self, node: &Node) -> Result<SocketId, Errno> {
        match self.inode(node).map(|inode| inode.kind.clone()) {
            Some(Kind::Socket(number)) => Ok(SocketId(number)),
            _ => Err(Errno::ConnRefused),
        }
    }

    /// Makes a connection to a listener: a description of its near end.
    fn join(&mut self, listener: SocketId, path: &str) -> Result<OpenId, Errno> {
        if !self.world.sockets.contains_key(&listener) {
            return Err(Errno::ConnRefused);
        }
        let near = self.add_socket(None, path);
        let far = self.add_socket(Some(near), path);
        if let Some(socket) = self.world.sockets.get_mut(&near) {
            socket.peer = Some(far);
        }
        if let Some(socket) = self.world.sockets.get_mut(&listener) {
            socket.backlog.push(far);
        }
        self.wake(Key::Socket(listener));
        Ok(self.add_file(Object::Socket(near), path, BOTH))
    }

    fn socket_of(&self, pid: Pid, fd: u32) -> Result<SocketId, Errno> {
        self.socket_at(self.file_of(pid, fd)?)
    }

    fn socket_at(&self, id: OpenId) -> Result<SocketId, Errno> {
        match self.world.files.get(&id).map(|file| &file.object) {
            Some(Object::Socket(id) | Object::Listener(id)) => Ok(*id),
            _ => Err(Errno::NotConn),
        }
    }

    /// accept(2), or `None` when it must wait.
    pub fn accept(&mut self, pid: Pid, fd: u32) -> Result<Option<u32>, Errno> {
        let id = self.socket_of(pid, fd)?;
        let socket = self.world.sockets.get_mut(&id).ok_or(Errno::NotConn)?;
        if socket.backlog.is_empty() {
            self.wait_on(Key::Socket(id));
            return Ok(None);
        }
        let next = socket.backlog.remove(0);
        let file = self.add_file(Object::Socket(next), "socket", BOTH);
        self.install(pid, file, 0).map(Some)
    }

    pub fn send(&mut self, pid: Pid, fd: u32, message: Message) -> Result<(), Errno> {
        self.pass(self.socket_of(pid, fd)?, message)
    }

    /// Sends over a connection that was dialled.
    pub fn send_over(&mut self, file: OpenId, message: Message) -> Result<(), Errno> {
        self.pass(self.socket_at(file)?, message)
    }

    fn pass(&mut self, id: SocketId, message: Message) -> Result<(), Errno> {
        let peer = self.world.sockets.get(&id).and_then(|socket| socket.peer).ok_or(Errno::Pipe)?;
        let socket = self.world.sockets.get_mut(&peer).ok_or(Errno::Pipe)?;
        socket.inbox.push(Packet::Message(message));
        self.wake(Key::Socket(peer));
        Ok(())
    }

    /// The next packet; `Ok(Some(None))` at the end, `Ok(None)` when it must wait.
    pub fn receive(&mut self, pid: Pid, fd: u32) -> Result<Option<Option<Packet>>, Errno> {
        self.take(self.socket_of(pid, fd)?)
    }

    /// The next packet of a connection that was dialled, as [`Kernel::receive`] gives it.
    pub fn receive_over(&mut self, file: OpenId) -> Result<Option<Option<Packet>>, Errno> {
        self.take(self.socket_at(file)?)
    }

    fn take(&mut self, id: SocketId) -> Result<Option<Option<Packet>>, Errno> {
        let socket = self.world.sockets.get_mut(&id).ok_or(Errno::NotConn)?;
        if !socket.inbox.is_empty() {
            return Ok(Some(Some(socket.inbox.remove(0))));
        }
        if socket.eof {
            return Ok(Some(None));
        }
        self.wait_on(Key::Socket(id));
        Ok(None)
    }

    pub(super) fn read_socket(&mut self, id: SocketId, max: usize) -> Result<Option<Vec<u8>>, Errno> {
        let socket = self.world.sockets.get_mut(&id).ok_or(Errno::NotConn)?;
        if socket.inet.is_some_and(|inet| inet.reset) {
            return Err(Errno::ConnReset);
        }
        match socket.inbox.first_mut() {
            Some(Packet::Bytes(bytes)) if bytes.len() > max => {
                let head = bytes[..max].to_vec();
                *bytes = Rc::new(bytes[max..].to_vec());
                Ok(Some(head))
            }
            Some(Packet::Bytes(bytes)) => {
                let all = bytes.to_vec();
                socket.inbox.remove(0);
                Ok(Some(all))
            }
            Some(Packet::Message(_)) => Err(Errno::Inval),
            None if socket.eof => Ok(Some(Vec::new())),
            None => {
                self.wait_on(Key::Socket(id));
                Ok(None)
            }
        }
    }

    pub(super) fn write_socket(&mut self, id: SocketId, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        let own = self.world.sockets.get(&id).ok_or(Errno::Pipe)?;
        if own.inet.is_some_and(|inet| inet.reset) {
            return Ok(Some(bytes.len()));
        }
        let peer = own.peer.ok_or(Errno::Pipe)?;
        let socket = self.world.sockets.get_mut(&peer).ok_or(Errno::Pipe)?;
        if socket.inbox.len() >= 64 {
            self.wait_on(Key::Socket(peer));
            return Ok(None);
        }
        socket.inbox.push(Packet::Bytes(Rc::new(bytes.to_vec())));
        self.count_traffic(id, peer, bytes.len() as u64);
        self.wake(Key::Socket(peer));
        Ok(Some(bytes.len()))
    }

    /// Counts bytes that left one network namespace for another, with the headers of their packets.
    fn count_traffic(&mut self, from: SocketId, to: SocketId, bytes: u64) {
        const SEGMENT: u64 = 1448;
        const HEADERS: u64 = 66;
        let net = |id: SocketId| self.world.sockets.get(&id).and_then(|socket| socket.inet).map(|inet| inet.net);
        let (Some(from), Some(to)) = (net(from), net(to)) else { return };
        if from == to {
            return;
        }
        let all = bytes + bytes.div_ceil(SEGMENT) * HEADERS;
        if let Some(net) = self.world.nets.get_mut(&from) {
            Rc::make_mut(net).sent += all;
        }
        if let Some(net) = self.world.nets.get_mut(&to) {
            Rc::make_mut(net).received += all;
        }
    }

    pub(super) fn close_socket(&mut self, id: SocketId) {
        let Some(socket) = self.world.sockets.remove(&id) else { return };
        for waiting in socket.backlog.into_iter().chain(socket.peer) {
            if let Some(peer) = self.world.sockets.get_mut(&waiting) {
                peer.eof = true;
                peer.peer = None;
            }
            self.wake(Key::Socket(waiting));
        }
    }

    /// shutdown(2) of the sending side: the other one reads to the end of what was sent.
    pub fn shutdown(&mut self, pid: Pid, fd: u32) {
        let peer = self.socket_of(pid, fd).ok().and_then(|id| self.world.sockets.get(&id)?.peer);
        if let Some((id, socket)) = peer.and_then(|id| Some((id, self.world.sockets.get_mut(&id)?))) {
            socket.eof = true;
            self.wake(Key::Socket(id));
        }
    }

    /// The other side will send nothing more, or is gone.
    pub fn peer_closed(&mut self, pid: Pid, fd: u32) -> bool {
        match self.socket_of(pid, fd) {
            Ok(id) => {
                self.wait_on(Key::Socket(id));
                self.world.sockets.get(&id).is_none_or(|socket| socket.eof)
            }
            Err(_) => true,
        }
    }
}
