//! dockerd: a process without data of its own that serves the requests of `engine::api`.

use std::rc::Rc;

use super::api::{Answer, Fault, Progress, Reply, Request};
use super::client::SOCKET;
use super::fault::not_simulated;
use super::{
    attach, build, container, create, events, exec, image, info, life, logs, pull, push, resources, start, stats,
};
use crate::kernel::{LocalFuture, Program, Sys};
use crate::model::process::{Message, Packet, Stream};

/// The entry of dockerd in the kernel's table.
pub const PROGRAM: Program = Program { name: "dockerd", main };

/// CPU that answering a request costs, in microseconds.
const REQUEST: u64 = 150;

fn main(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let _ = sys.unlink(SOCKET);
        let Ok(listener) = sys.listen(SOCKET) else {
            sys.eprint("failed to load listeners: can't create unix socket /var/run/docker.sock\n").await;
            return 1;
        };
        let _ = sys.chown(SOCKET, Some(0), docker_group(&sys), true);
        let _ = sys.chmod(SOCKET, 0o660);
        start::start_all_at_boot(&sys);
        loop {
            if let Ok(fd) = sys.accept(listener).await {
                sys.thread(serve(sys.clone(), fd));
            }
        }
    })
}

/// The id of group `docker`, whose members may use the socket.
fn docker_group(sys: &Sys) -> Option<u32> {
    let data = sys.contents("/etc/group").ok()?;
    let crate::model::file::Data::Bytes(bytes) = data else { return None };
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().find(|line| line.starts_with("docker:"))?;
    line.split(':').nth(2)?.parse().ok()
}

async fn serve(sys: Sys, fd: u32) {
    if let Ok(Some(Packet::Message(message))) = sys.receive(fd).await
        && let Some(request) = message.take::<Request>()
    {
        sys.burn(REQUEST).await;
        let out = Reporter { sys: sys.clone(), fd };
        let reply = match dispatch(&sys, &out, request).await {
            Ok(answer) => Reply::Done(answer),
            Err(fault) => Reply::Failed(fault),
        };
        out.reply(reply);
        // Whoever watches events looks again.
        sys.notify("engine", 0);
    }
    let _ = sys.close(fd);
}

/// Where a request's replies go.
#[derive(Clone)]
pub struct Reporter {
    pub(super) sys: Sys,
    pub(super) fd: u32,
}

impl Reporter {
    pub fn reply(&self, reply: Reply) {
        let _ = self.sys.send(self.fd, Message::new(reply));
    }

    pub fn progress(&self, progress: Progress) {
        self.reply(Reply::Progress(progress));
    }

    /// A line of progress without a bar.
    pub fn status(&self, id: &str, status: &str) {
        self.progress(Progress { id: id.into(), status: status.into(), ..Progress::default() });
    }

    pub fn output(&self, stream: Stream, bytes: Rc<Vec<u8>>) {
        self.reply(Reply::Output { stream, bytes });
    }

    /// Waits until the client has hung up.
    pub async fn closed(&self) {
        self.sys.closed(self.fd).await;
    }
}

async fn dispatch(sys: &Sys, out: &Reporter, request: Request) -> Result<Answer, Fault> {
    match request {
        Request::Ping => Ok(Answer::Nothing),
        Request::Version => Ok(sys.world(|w| Answer::Json(info::version(w)))),
        Request::Info => Ok(sys.world(|w| Answer::Json(info::info(w)))),

        Request::ContainerCreate(ask) => create::create(sys, *ask).await,
        Request::ContainerStart { container } => start::start(sys, &container).await,
        Request::ContainerStop { container, timeout, signal } => life::stop(sys, &container, timeout, signal).await,
        Request::ContainerRestart { container, timeout, signal } => {
            life::restart(sys, &container, timeout, signal).await
        }
        Request::ContainerKill { container, signal } => life::kill(sys, &container, signal).await,
        Request::ContainerPause { container } => life::pause(sys, &container),
        Request::ContainerUnpause { container } => life::unpause(sys, &container),
        Request::ContainerWait { container, condition } => life::wait(sys, out, &container, condition).await,
        Request::ContainerRemove { container, force, volumes } => life::remove(sys, &container, force, volumes).await,
        Request::ContainerRename { container, name } => container::rename(sys, &container, &name),
        Request::ContainerUpdate { container, update } => resources::update(sys, &container, &update),
        Request::ContainerPrune { filters } => container::prune(sys, &filters),
        Request::ContainerList { all, limit, size, filters } => {
            sys.world(|w| container::list(w, all, limit, size, &filters)).map(Answer::Containers)
        }
        Request::ContainerInspect { container, size } => {
            sys.world(|w| super::inspect::container(w, &container, size)).map(Answer::Json)
        }
        Request::ContainerFind { container } => {
            sys.world(|w| super::find::container(&w.engine, &container).map(|_| Answer::Nothing))
        }
        Request::ContainerTop { container, args } => sys.world(|w| container::top(w, &container, &args)),
        Request::ContainerChanges { container } => {
            sys.world(|w| container::changes(w, &container)).map(Answer::Changes)
        }
        Request::ContainerStats { container, stream } => stats::stats(sys, out, &container, stream).await,
        Request::Events { since, until, filters } => events::follow(sys, out, since, until, &filters).await,
        Request::ContainerLogs(ask) => logs::logs(sys, out, ask).await,
        Request::ContainerAttach { container, stdin, stdout, stderr, logs } => {
            attach::attach(sys, out, &container, attach::Wanted { stdin, stdout, stderr, logs }).await
        }
        Request::ContainerResize { container, rows, columns } => {
            attach::resize_container(sys, &container, rows, columns)
        }
        Request::ExecCreate(ask) => exec::create(sys, ask),
        Request::ExecStart { exec, detach } => exec::start(sys, out, &exec, detach).await,
        Request::ExecResize { exec, rows, columns } => exec::resize(sys, &exec, rows, columns),
        Request::ExecInspect { exec } => exec::inspect(sys, &exec),

        Request::Build(ask) => build::dispatch(sys, out, ask).await,
        Request::ImagePush { reference, all_tags, credentials } => {
            push::push(sys, out, &reference, all_tags, credentials.as_ref()).await
        }
        Request::Auth { server, credentials } => push::login(sys, &server, &credentials).await,
        Request::ImagePull { reference, all_tags, platform: _ } => pull::pull(sys, out, &reference, all_tags).await,
        request => image::dispatch(sys, out, request).await.unwrap_or_else(|| Err(not_simulated("this request"))),
    }
}
