//! The client's side of a connection to dockerd.

use std::rc::Rc;

use super::api::{Answer, Fault, Input, Reply, Request};
use crate::kernel::{Errno, Kernel, Key, Sys};
use crate::model::process::{Message, Packet};

/// Where dockerd listens.
pub const SOCKET: &str = "/var/run/docker.sock";

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallError {
    /// Nobody listens on the socket.
    Unreachable,
    /// The user may not write to the socket.
    Denied,
    /// A caught signal came first.
    Interrupted,
    /// The daemon refused.
    Daemon(Fault),
}

impl CallError {
    /// The line that the client prints, without newline.
    pub fn text(&self) -> String {
        match self {
            CallError::Unreachable => {
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
                    .into()
            }
            CallError::Denied => {
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
                    .into()
            }
            CallError::Interrupted => String::new(),
            CallError::Daemon(fault) => format!("Error response from daemon: {}", fault.message),
        }
    }
}

/// A connection with a request under way. Close it with [`Connection::close`].
pub struct Connection {
    sys: Sys,
    fd: u32,
}

impl Connection {
    pub fn open(sys: &Sys, request: Request) -> Result<Connection, CallError> {
        let fd = sys.connect(SOCKET).map_err(|errno| match errno {
            Errno::Access | Errno::Perm => CallError::Denied,
            _ => CallError::Unreachable,
        })?;
        sys.set_cloexec(fd, true);
        let connection = Connection { sys: sys.clone(), fd };
        sys.send(fd, Message::new(request)).map_err(|_| CallError::Unreachable)?;
        Ok(connection)
    }

    /// The next reply; none when the daemon has hung up.
    pub async fn next(&self) -> Result<Option<Reply>, CallError> {
        match self.sys.receive(self.fd).await {
            Ok(Some(Packet::Message(message))) => Ok(message.take::<Reply>()),
            Ok(_) => Ok(None),
            Err(Errno::Intr) => Err(CallError::Interrupted),
            Err(_) => Err(CallError::Unreachable),
        }
    }

    /// The next reply if there is one; else the current task waits for it. For use inside [`Sys::block`].
    pub fn poll(&self, kernel: &mut Kernel) -> Option<Result<Option<Reply>, CallError>> {
        let pid = self.sys.pid();
        match kernel.receive(pid, self.fd) {
            Ok(Some(Some(Packet::Message(message)))) => return Some(Ok(message.take::<Reply>())),
            Ok(Some(_)) => return Some(Ok(None)),
            Ok(None) => {}
            Err(_) => return Some(Err(CallError::Unreachable)),
        }
        if kernel.world.process(pid).is_some_and(|p| !p.pending.is_empty()) {
            return Some(Err(CallError::Interrupted));
        }
        kernel.wait_on(Key::Process(pid));
        None
    }

    /// Waits for the end, skipping what streams before it.
    pub async fn answer(&self) -> Result<Answer, CallError> {
        loop {
            match self.next().await? {
                Some(Reply::Done(answer)) => return Ok(answer),
                Some(Reply::Failed(fault)) => return Err(CallError::Daemon(fault)),
                Some(_) => {}
                None => return Err(CallError::Unreachable),
            }
        }
    }

    /// Waits until the request is under way.
    pub async fn ready(&self) -> Result<(), CallError> {
        match self.next().await? {
            Some(Reply::Ready) => Ok(()),
            Some(Reply::Failed(fault)) => Err(CallError::Daemon(fault)),
            _ => Err(CallError::Unreachable),
        }
    }

    pub fn send(&self, input: Input) {
        let _ = self.sys.send(self.fd, Message::new(input));
    }

    pub fn send_bytes(&self, bytes: Vec<u8>) {
        self.send(Input::Bytes(Rc::new(bytes)));
    }

    pub fn close(self) {
        let _ = self.sys.close(self.fd);
    }
}

/// One request, one answer.
pub async fn call(sys: &Sys, request: Request) -> Result<Answer, CallError> {
    let connection = Connection::open(sys, request)?;
    let answer = connection.answer().await;
    connection.close();
    answer
}
