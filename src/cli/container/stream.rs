//! A container's standard streams joined to the client's own.

use crate::cli::client::{Client, Failure};
use crate::engine::api::{Input, Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::kernel::{Either, Errno, race};
use crate::model::process::Stream;
use crate::model::signal::Signal;
use crate::model::terminal::{Terminal, TtyId};

/// Which streams are joined, and whether there is a terminal inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streams {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tty: bool,
}

impl Streams {
    /// The request that joins them.
    pub fn attach(&self, container: &str) -> Request {
        Request::ContainerAttach {
            container: container.to_string(),
            stdin: self.stdin,
            stdout: self.stdout,
            stderr: self.stderr,
            logs: false,
        }
    }
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The other side has nothing more to say.
    Over,
    /// The user typed the keys that leave the container.
    Detached,
}

/// `-i` and `-t` together want a terminal.
pub fn check_terminal(client: &Client, stdin: bool, tty: bool) -> Result<(), Failure> {
    if stdin && tty && client.sys.is_terminal(0).is_none() {
        return Err(Failure::new("the input device is not a TTY"));
    }
    Ok(())
}

/// The signals that the client passes on to a container instead of dying from them.
pub struct Signals {
    container: String,
}

const PASSED_ON: [Signal; 6] = [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2];

impl Signals {
    pub fn catch(client: &Client, container: &str) -> Signals {
        PASSED_ON.iter().for_each(|signal| client.sys.catch_signal(*signal, true));
        Signals { container: container.to_string() }
    }

    pub fn release(self, client: &Client) {
        PASSED_ON.iter().for_each(|signal| client.sys.catch_signal(*signal, false));
    }

    async fn pass_on(&self, client: &Client, signal: Signal) {
        let request = Request::ContainerKill { container: self.container.clone(), signal: Some(signal.name()) };
        let _ = client.call(request).await;
    }
}

/// Carries bytes both ways until the other side is done or the user leaves.
pub async fn stream(
    client: &Client,
    connection: &Connection,
    streams: &Streams,
    keys: &str,
    signals: Option<&Signals>,
) -> Result<End, Failure> {
    let terminal = if streams.tty { client.sys.is_terminal(0).or(client.sys.is_terminal(1)) } else { None };
    let raw = terminal.filter(|_| streams.stdin).map(|tty| Raw::enter(client, tty));
    if let Some(tty) = terminal {
        client.sys.catch_signal(Signal::WINCH, true);
        resize(client, connection, tty);
    }
    let mut copier = Copier {
        client,
        connection,
        signals,
        terminal,
        stdin: streams.stdin,
        leave: if raw.is_some() { key_bytes(keys) } else { Vec::new() },
        typed: 0,
        ends: 0,
    };
    let end = copier.run().await;
    if terminal.is_some() {
        client.sys.catch_signal(Signal::WINCH, false);
    }
    if let Some(raw) = raw {
        raw.leave(client);
    }
    end
}

struct Copier<'a> {
    client: &'a Client,
    connection: &'a Connection,
    signals: Option<&'a Signals>,
    terminal: Option<TtyId>,
    /// Standard input is still open.
    stdin: bool,
    /// The keys that leave, and how many of them were typed just now.
    leave: Vec<u8>,
    typed: usize,
    /// How often the client was asked to end.
    ends: u32,
}

impl Copier<'_> {
    async fn run(&mut self) -> Result<End, Failure> {
        loop {
            let event = if self.stdin {
                race(self.connection.next(), self.client.sys.read(0, 4096)).await
            } else {
                Either::Left(self.connection.next().await)
            };
            match event {
                Either::Left(Err(CallError::Interrupted)) | Either::Right(Err(Errno::Intr)) => self.caught().await?,
                Either::Left(Ok(Some(reply))) => {
                    if self.received(reply).await? {
                        return Ok(End::Over);
                    }
                }
                Either::Left(Ok(None)) => return Ok(End::Over),
                Either::Left(Err(error)) => return Err(error.into()),
                Either::Right(Ok(bytes)) if !bytes.is_empty() => {
                    if self.typed(bytes) {
                        return Ok(End::Detached);
                    }
                }
                Either::Right(_) => {
                    self.stdin = false;
                    self.connection.send(Input::End);
                }
            }
        }
    }

    /// Takes a reply; true at the end.
    async fn received(&self, reply: Reply) -> Result<bool, Failure> {
        match reply {
            Reply::Output { stream: Stream::Stdout, bytes } => self.client.sys.write(1, &bytes).await?,
            Reply::Output { stream: Stream::Stderr, bytes } => self.client.sys.write(2, &bytes).await?,
            Reply::Done(_) => return Ok(true),
            Reply::Failed(fault) => return Err(CallError::Daemon(fault).into()),
            _ => {}
        }
        Ok(false)
    }

    /// Sends what was typed; true when it held the keys that leave.
    fn typed(&mut self, bytes: Vec<u8>) -> bool {
        let mut send = Vec::new();
        for byte in bytes {
            if self.leave.get(self.typed) == Some(&byte) {
                self.typed += 1;
                if self.typed == self.leave.len() {
                    return true;
                }
                continue;
            }
            // What looked like the keys was something else: it goes on its way.
            send.extend_from_slice(&self.leave[..self.typed]);
            self.typed = 0;
            if self.leave.first() == Some(&byte) {
                self.typed = 1;
            } else {
                send.push(byte);
            }
        }
        if !send.is_empty() {
            self.connection.send_bytes(send);
        }
        false
    }

    async fn caught(&mut self) -> Result<(), Failure> {
        while let Some(signal) = self.client.sys.take_signal() {
            if signal == Signal::WINCH {
                if let Some(tty) = self.terminal {
                    resize(self.client, self.connection, tty);
                }
                continue;
            }
            self.ends += u32::from(matches!(signal, Signal::INT | Signal::TERM));
            if self.ends >= 3 {
                return Err(Failure::new("\ngot 3 SIGTERM/SIGINTs, forcefully exiting"));
            }
            if let Some(signals) = self.signals {
                signals.pass_on(self.client, signal).await;
            }
        }
        Ok(())
    }
}

fn resize(client: &Client, connection: &Connection, tty: TtyId) {
    let size = client.sys.world(|world| world.terminal(tty).map(|terminal| (terminal.rows, terminal.columns)));
    if let Some((rows, columns)) = size {
        connection.send(Input::Resize { rows, columns });
    }
}

/// A terminal whose keys go to the container as they are.
struct Raw {
    tty: TtyId,
    before: [bool; 4],
}

impl Raw {
    fn enter(client: &Client, tty: TtyId) -> Raw {
        let before = Raw::swap(client, tty, [false; 4]);
        Raw { tty, before }
    }

    fn leave(self, client: &Client) {
        Raw::swap(client, self.tty, self.before);
    }

    fn swap(client: &Client, tty: TtyId, new: [bool; 4]) -> [bool; 4] {
        let settings = |terminal: &mut Terminal| {
            let before = [terminal.canonical, terminal.echo, terminal.signals, terminal.crlf];
            [terminal.canonical, terminal.echo, terminal.signals, terminal.crlf] = new;
            if !terminal.canonical {
                // What was typed ahead goes on as it is.
                let line = std::mem::take(&mut terminal.line);
                terminal.input.extend(line);
            }
            before
        };
        client.sys.world(|world| world.terminal_mut(tty).map(settings)).unwrap_or([true; 4])
    }
}

/// The bytes of `ctrl-p,ctrl-q`; an odd spelling means those two.
fn key_bytes(keys: &str) -> Vec<u8> {
    let byte = |key: &str| match (key.strip_prefix("ctrl-"), key.as_bytes()) {
        (Some(control), _) => match control.as_bytes() {
            [letter @ (b'a'..=b'z' | b'@' | b'['..=b'_')] => Some(letter & 0x1f),
            _ => None,
        },
        (None, [letter]) => Some(*letter),
        _ => None,
    };
    let custom: Option<Vec<u8>> = keys.split(',').map(byte).collect();
    custom.filter(|bytes| !bytes.is_empty()).unwrap_or_else(|| vec![0x10, 0x11])
}

#[cfg(test)]
mod tests {
    use super::key_bytes;

    #[test]
    fn keys_that_leave() {
        assert_eq!(key_bytes(""), [0x10, 0x11]);
        assert_eq!(key_bytes("ctrl-c"), [3]);
        assert_eq!(key_bytes("ctrl-a,d"), [1, b'd']);
        assert_eq!(key_bytes("nonsense"), [0x10, 0x11]);
    }
}
