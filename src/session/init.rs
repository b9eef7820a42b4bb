//! `init`, the host's first process: it starts dockerd and the learner's shell, starts the shell anew
//! when it ends, and reaps what nobody else waits for.

use super::host;
use crate::kernel::{Key, LocalFuture, NewProcess, OpenFlags, Program, Sys, Waited};
use crate::model::Map;
use crate::model::process::{JournalId, Namespaces, Object, OpenId, Pid, SUPERUSER, Stream};
use crate::model::terminal::TtyId;
use crate::model::time::Time;

/// What init is told on its command line.
pub const PROGRAM: Program = Program { name: "init", main: |sys| -> LocalFuture<i32> { Box::pin(main(sys)) } };

/// Where the learner's shell is connected: the host's terminal, and the journal that takes its output when
/// it is no screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Desk {
    pub tty: TtyId,
    pub journal: Option<JournalId>,
}

/// The arguments that tell init which desk there is and where its shell starts.
pub fn argv(desk: Option<Desk>, directory: &str) -> Vec<String> {
    let mut argv = vec!["/sbin/init".to_string()];
    if let Some(desk) = desk {
        let journal = desk.journal.map_or_else(|| "-".to_string(), |id| id.0.to_string());
        argv.extend([desk.tty.0.to_string(), journal, directory.to_string()]);
    }
    argv
}

fn parse(argv: &[String]) -> Option<(Desk, String)> {
    let [_, tty, journal, directory] = argv else { return None };
    let desk = Desk { tty: TtyId(tty.parse().ok()?), journal: journal.parse().ok().map(JournalId) };
    Some((desk, directory.clone()))
}

/// What init waits before it starts a shell anew, at least.
const PAUSE: Time = Time::millis(10);
/// What it waits at most, and how long a shell lives that is no failure.
const STEADY: Time = Time::seconds(5);

async fn main(sys: Sys) -> i32 {
    let desk = parse(&sys.argv());
    daemon(&sys);
    let mut shell = desk.as_ref().and_then(|(desk, directory)| login(&sys, *desk, directory));
    let (mut since, mut pause) = (sys.now(), PAUSE);
    loop {
        let (ended, status) = sys
            .block(|k| match k.wait(sys.pid(), None, false) {
                Some(Waited::Ended(pid, status)) => Some((pid, status)),
                _ => {
                    k.wait_on(Key::Process(sys.pid()));
                    None
                }
            })
            .await;
        if Some(ended) == shell {
            // The timeline shows it.
            sys.shell(|state| state.status = status.code());
            // A shell that can't live is not started over and over.
            pause = if sys.now().since(since) < STEADY { Time(pause.0 * 2).min(STEADY) } else { PAUSE };
            sys.sleep_until(sys.now().plus(pause)).await;
            since = sys.now();
            shell = desk.as_ref().and_then(|(desk, directory)| login(&sys, *desk, directory));
        }
    }
}

/// Starts the Docker daemon, if this machine has one.
fn daemon(sys: &Sys) {
    let null = sys.with(|k| k.add_file(Object::Device(crate::model::file::Device::Null), "/dev/null", READ_WRITE));
    let mut env = Map::new();
    env.insert("PATH".into(), host::PATH.into());
    let new = NewProcess {
        parent: sys.pid(),
        ns: Namespaces::HOST,
        cgroup: None,
        tty: None,
        argv: vec!["/usr/bin/dockerd".into()],
        env,
        cwd: "/".into(),
        user: SUPERUSER,
        groups: vec![0],
        files: vec![null, null, null],
    };
    start(sys, new, &[null]);
}

const READ_WRITE: OpenFlags = OpenFlags { write: true, ..OpenFlags::READ };

/// Starts the learner's shell at a desk.
fn login(sys: &Sys, desk: Desk, directory: &str) -> Option<Pid> {
    let screen = desk.journal.is_none();
    let files = sys.with(|k| {
        if let Some(terminal) = k.world.terminal_mut(desk.tty) {
            (terminal.session, terminal.foreground, terminal.reading) = (None, None, false);
            (terminal.canonical, terminal.echo, terminal.signals, terminal.crlf) = (true, screen, true, true);
            terminal.line.clear();
        }
        let terminal = k.add_file(Object::Terminal(desk.tty), "/dev/pts/0", READ_WRITE);
        match desk.journal {
            None => vec![terminal, terminal, terminal],
            Some(id) => {
                let mut stream = |stream| {
                    k.add_file(Object::Journal { id, stream }, "pipe", OpenFlags { read: false, ..READ_WRITE })
                };
                vec![terminal, stream(Stream::Stdout), stream(Stream::Stderr)]
            }
        }
    });
    let argv = match screen {
        // As in a window on a desktop: no login, so that ~/.bashrc alone is read.
        true => vec!["bash".to_string()],
        // A script is run as typed at the prompt, which is not shown.
        false => vec!["bash".to_string(), "--norc".to_string(), "-i".to_string()],
    };
    let mut env = host::environment(directory, true);
    if !screen {
        env.insert("PS1".into(), "".into());
        env.insert("PS2".into(), "".into());
    }
    let new = NewProcess {
        parent: sys.pid(),
        ns: Namespaces::HOST,
        cgroup: None,
        tty: Some(desk.tty),
        argv,
        env,
        cwd: directory.to_string(),
        user: host::LEARNER,
        groups: host::GROUPS.to_vec(),
        files: files.clone(),
    };
    start(sys, new, &files)
}

/// Creates a process; its descriptions are let go if that fails.
fn start(sys: &Sys, new: NewProcess, files: &[OpenId]) -> Option<Pid> {
    sys.with(|k| files.iter().for_each(|file| k.hold(*file)));
    let made = sys.create(new).ok();
    sys.with(|k| files.iter().for_each(|file| k.release(*file)));
    made
}
