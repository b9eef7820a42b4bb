//! The client's side of an attached connection: standard streams, the raw terminal, signals.

use crate::engine::api::{Answer, Input, Reply, Request};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::{Errno, Key, Sys};
use crate::model::process::Stream;
use crate::model::signal::Signal;
use crate::model::terminal::TtyId;
use std::rc::Rc;

/// Control-P, Control-Q: leaves an attached container running.
const DETACH: [u8; 2] = [0x10, 0x11];

/// Puts a terminal into raw mode; [`Raw::restore`] puts it back.
pub struct Raw {
    sys: Sys,
    tty: TtyId,
    before: (bool, bool, bool, bool),
}

impl Raw {
    pub fn set(sys: &Sys) -> Option<Raw> {
        let tty = sys.is_terminal(0)?;
        let before = sys.world(|w| {
            let terminal = w.terminal_mut(tty)?;
            let before = (terminal.canonical, terminal.echo, terminal.signals, terminal.crlf);
            (terminal.canonical, terminal.echo, terminal.signals, terminal.crlf) = (false, false, false, false);
            // What was typed ahead goes on as it is.
            let line = std::mem::take(&mut terminal.line);
            terminal.input.extend(line);
            Some(before)
        })?;
        Some(Raw { sys: sys.clone(), tty, before })
    }

    pub fn restore(self) {
        self.sys.world(|w| {
            if let Some(terminal) = w.terminal_mut(self.tty) {
                (terminal.canonical, terminal.echo, terminal.signals, terminal.crlf) = self.before;
            }
        });
    }
}

/// How an attached connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// The other side has nothing more to say.
    Closed,
    Detached,
    /// Signalled three times.
    Forced,
}

/// What [`pump`] passes on.
pub struct Pump<'a> {
    pub stdin: bool,
    /// The terminal is raw: look for the keys that detach.
    pub tty: bool,
    /// The container that gets this process's signals.
    pub signals_to: Option<&'a str>,
}

/// Passes everything on until the connection ends.
pub async fn pump(sys: &Sys, connection: Rc<Connection>, with: Pump<'_>) -> Result<Ended, CallError> {
    let detached = Rc::new(std::cell::Cell::new(false));
    if with.stdin {
        sys.thread(feed(sys.clone(), connection.clone(), with.tty, detached.clone()));
    }
    let mut signals = 0;
    loop {
        let reply = sys
            .block(|k| {
                if detached.get() {
                    return Some(None);
                }
                k.wait_on(Key::Topic("detach", u64::from(sys.pid())));
                connection.poll(k).map(Some)
            })
            .await;
        match reply {
            None => return Ok(Ended::Detached),
            Some(Ok(Some(Reply::Output { stream, bytes }))) => {
                let fd = if stream == Stream::Stdout { 1 } else { 2 };
                if let Err(Errno::Pipe) = sys.write(fd, &bytes).await {
                    return Ok(Ended::Closed);
                }
            }
            Some(Ok(Some(Reply::Done(_)) | None)) => return Ok(Ended::Closed),
            Some(Ok(Some(Reply::Failed(fault)))) => return Err(CallError::Daemon(fault)),
            Some(Ok(Some(_))) => {}
            Some(Err(CallError::Interrupted)) => {
                let Some(signal) = sys.take_signal() else { continue };
                if signal == Signal::INT || signal == Signal::TERM {
                    signals += 1;
                }
                if signals >= 3 {
                    sys.eprint("\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n").await;
                    return Ok(Ended::Forced);
                }
                if let Some(container) = with.signals_to {
                    let request = Request::ContainerKill { container: container.into(), signal: Some(signal.name()) };
                    let _: Result<Answer, CallError> = call(sys, request).await;
                }
            }
            Some(Err(error)) => return Err(error),
        }
    }
}

async fn feed(sys: Sys, connection: Rc<Connection>, tty: bool, detached: Rc<std::cell::Cell<bool>>) {
    let mut held = false;
    loop {
        match sys.read(0, 32_768).await {
            Ok(bytes) if bytes.is_empty() => {
                connection.send(Input::End);
                return;
            }
            Ok(bytes) => {
                if tty && (bytes.windows(2).any(|pair| pair == DETACH) || (held && bytes.first() == Some(&DETACH[1]))) {
                    detached.set(true);
                    sys.notify("detach", u64::from(sys.pid()));
                    return;
                }
                held = bytes.last() == Some(&DETACH[0]);
                connection.send_bytes(bytes);
            }
            Err(Errno::Intr) => {
                // The other thread takes the signal; until it has, reading can't go on.
                let pid = sys.pid();
                sys.block(|k| {
                    if k.world.process(pid).is_none_or(|p| p.pending.is_empty()) {
                        return Some(());
                    }
                    k.wait_on(Key::Process(pid));
                    None
                })
                .await;
            }
            Err(_) => {
                connection.send(Input::End);
                return;
            }
        }
    }
}

/// Signals that the client catches to pass them on.
pub fn catch_signals(sys: &Sys, catch: bool) {
    for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2] {
        sys.catch_signal(signal, catch);
    }
}
