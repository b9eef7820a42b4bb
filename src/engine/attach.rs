//! Streaming between a client and a container: attach, and what run, start -a and exec share with it.

use super::api::{Answer, Fault, Input, Reply};
use super::daemon::Reporter;
use super::fault::conflict;
use super::start::topic;
use super::{events, find};
use crate::kernel::{Either, Key, Sys, race};
use crate::model::Text;
use crate::model::container::Status;
use crate::model::process::{JournalId, OpenId, Packet, Stream};
use crate::model::terminal::TtyId;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub logs: bool,
}

impl Wanted {
    fn stream(self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
        }
    }
}

pub async fn attach(sys: &Sys, out: &Reporter, name: &str, wanted: Wanted) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    if container.state.status == Status::Paused {
        return Err(conflict(format!("container {} is paused, unpause the container before attach", container.id)));
    }
    let id = container.id.clone();
    sys.world(|w| events::container(w, &id, "attach", &[]));
    let started = container.state.started;
    let was_running = container.state.status == Status::Running;
    let from = if wanted.logs { 0 } else { sys.with(|k| k.read_journal(container.journal, u64::MAX).1) };
    out.reply(Reply::Ready);
    if wanted.stdin {
        sys.thread(feed(sys.clone(), out.clone(), id.clone()));
    }
    let (topic_name, number) = topic(&container);
    let over = |k: &mut crate::kernel::Kernel| {
        k.wait_on(Key::Topic(topic_name, number));
        k.world.engine.containers.get(&id).is_none_or(|c| {
            c.state.status != Status::Running
                && c.state.status != Status::Paused
                && (was_running || c.state.started != started)
        })
    };
    follow(sys, out, container.journal, from, wanted, over).await;
    Ok(Answer::Nothing)
}

/// Sends what is written to a journal until `over` and everything is sent, or the client hangs up.
pub async fn follow(
    sys: &Sys,
    out: &Reporter,
    journal: JournalId,
    mut from: u64,
    wanted: Wanted,
    mut over: impl FnMut(&mut crate::kernel::Kernel) -> bool,
) {
    loop {
        let next = sys.block(|k| {
            let (records, next) = k.read_journal(journal, from);
            if !records.is_empty() {
                return Some(Some((records, next)));
            }
            if over(k) {
                return Some(None);
            }
            k.wait_on(Key::Journal(journal));
            None
        });
        match race(next, out.closed()).await {
            Either::Left(Some((records, next))) => {
                from = next;
                for record in records.iter().filter(|record| wanted.stream(record.stream)) {
                    out.output(record.stream, record.bytes.clone());
                }
            }
            Either::Left(None) | Either::Right(()) => return,
        }
    }
}

/// Passes a client's input on to a container's first process.
async fn feed(sys: Sys, out: Reporter, id: Text) {
    loop {
        let input = match sys.receive(out.fd).await {
            Ok(Some(Packet::Message(message))) => message.take::<Input>(),
            _ => None,
        };
        let Some(input) = input else { return };
        let Some(container) = sys.world(|w| w.engine.containers.get(&id).cloned()) else { return };
        // Input typed before the container runs waits for it.
        let (name, number) = topic(&container);
        let ready = sys.block(|k| {
            k.wait_on(Key::Topic(name, number));
            let container = k.world.engine.containers.get(&id)?;
            (container.state.status == Status::Running).then_some((container.tty, container.stdin))
        });
        let Either::Left((tty, stdin)) = race(ready, out.closed()).await else { return };
        match input {
            Input::Bytes(bytes) => pass(&sys, tty, stdin, &bytes).await,
            Input::Resize { rows, columns } => resize(&sys, tty, rows, columns),
            Input::End if container.config.stdin_once => {
                let held = super::start::change(&sys, &id, |c| c.stdin.take()).flatten();
                if let Some(file) = held {
                    sys.with(|k| k.release(file));
                }
                return;
            }
            Input::End => return,
        }
    }
}

/// Writes input to a terminal's keyboard or to a pipe.
pub async fn pass(sys: &Sys, tty: Option<TtyId>, stdin: Option<OpenId>, bytes: &[u8]) {
    if let Some(tty) = tty {
        sys.with(|k| k.type_keys(tty, bytes));
        return;
    }
    let Some(file) = stdin else { return };
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = sys.block(|k| k.write_file(file, rest).transpose()).await;
        match written {
            Ok(count) => rest = &rest[count..],
            Err(_) => return,
        }
    }
}

/// Gives a running container's terminal another size.
pub fn resize_container(sys: &Sys, name: &str, rows: u16, columns: u16) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, name))?;
    if container.state.status != Status::Running {
        return Err(conflict(format!("container {} is not running", container.id)));
    }
    resize(sys, container.tty, rows, columns);
    Ok(Answer::Nothing)
}

pub fn resize(sys: &Sys, tty: Option<TtyId>, rows: u16, columns: u16) {
    if let Some(tty) = tty {
        sys.world(|w| {
            if let Some(terminal) = w.terminal_mut(tty) {
                (terminal.rows, terminal.columns) = (rows, columns);
            }
        });
    }
}
