//! `docker exec`: further processes in a running container.

use std::rc::Rc;

use super::api::{Answer, ExecCreate, Fault, Input, Reply};
use super::attach::{self, Wanted};
use super::daemon::Reporter;
use super::fault::{conflict, fault};
use super::start::{DEFAULT_PATH, change, confine, exec_refusal};
use super::user::{self, Files};
use super::{events, find};
use crate::kernel::{Kernel, Key, NewProcess, OpenFlags, Sys};
use crate::model::container::{Container, Exec, Status};
use crate::model::file::{Data, Device};
use crate::model::process::{NsId, Object, Packet, Run, SUPERUSER, Status as Exit, Stream};
use crate::model::signal::Signal;
use crate::model::terminal::Terminal;
use crate::model::time::Time;
use crate::model::{Map, Text};

pub fn create(sys: &Sys, ask: ExecCreate) -> Result<Answer, Fault> {
    let container = sys.world(|w| find::container(&w.engine, &ask.container))?;
    match container.state.status {
        Status::Running => {}
        Status::Paused => {
            return Err(conflict(format!("Container {} is paused, unpause the container before exec", ask.container)));
        }
        Status::Restarting => {
            return Err(conflict(format!(
                "Container {} is restarting, wait until the container is running",
                container.id
            )));
        }
        _ => return Err(conflict(format!("container {} is not running", container.id))),
    }
    if ask.argv.is_empty() {
        return Err(super::fault::invalid("No exec command specified"));
    }
    let who = if ask.user.is_empty() { &container.config.user } else { &ask.user };
    if let Some(ns) = container.ns {
        sys.with(|k| user::resolve(&Seen(k, ns.mount), who)).map_err(|text| fault(400, text))?;
    }
    let id: Text = sys.with(|k| {
        let journal = k.add_journal();
        let id: Text = k.world.random.hex(64).into();
        let exec = Exec {
            id: id.clone(),
            container: container.id.clone(),
            argv: ask.argv.clone(),
            tty: ask.tty,
            pid: 0,
            running: false,
            exit_code: None,
            journal,
            terminal: None,
            stdin: None,
            env: ask.env.clone(),
            working_dir: ask.working_dir.clone(),
            user: ask.user.clone(),
            open_stdin: ask.stdin,
        };
        k.world.engine.execs.insert(id.clone(), Rc::new(exec));
        id
    });
    change(sys, &container.id, |c| c.execs.push(id.clone()));
    let action = format!("exec_create: {}", ask.argv.join(" "));
    sys.world(|w| events::container(w, &container.id, &action, &[("execID", id.to_string())]));
    Ok(Answer::Created { id: id.to_string(), warnings: Vec::new() })
}

fn get(sys: &Sys, id: &str) -> Result<Rc<Exec>, Fault> {
    sys.world(|w| w.engine.execs.get(id).cloned()).ok_or_else(|| fault(404, format!("No such exec instance: {id}")))
}

fn edit(sys: &Sys, id: &str, f: impl FnOnce(&mut Exec)) {
    sys.world(|w| {
        if let Some(exec) = w.engine.execs.get_mut(id) {
            f(Rc::make_mut(exec));
        }
    });
}

/// A running container's files, as its processes see them.
struct Seen<'a>(&'a Kernel, NsId);

impl Files for Seen<'_> {
    fn text(&self, path: &str) -> Option<String> {
        match self.0.contents_in(self.1, SUPERUSER, path).ok()? {
            Data::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        }
    }
}

const RUNC: &str = "OCI runtime exec failed: exec failed: ";
const START: &str = "unable to start container process: ";

pub async fn start(sys: &Sys, out: &Reporter, id: &str, detach: bool) -> Result<Answer, Fault> {
    let exec = get(sys, id)?;
    let Some(container) = sys.world(|w| w.engine.containers.get(&exec.container).cloned()) else {
        return Err(super::fault::no_container(&exec.container));
    };
    let (Some(ns), Status::Running) = (container.ns, container.state.status) else {
        return Err(conflict(format!("container {} is not running", container.id)));
    };
    let who = if exec.user.is_empty() { &container.config.user } else { &exec.user };
    let account = sys.with(|k| user::resolve(&Seen(k, ns.mount), who)).map_err(|text| fault(400, text))?;
    let begun = begin(sys, &exec, &container, &account);
    match begun {
        Ok(()) => {}
        Err((text, code)) => {
            finish(sys, id, code);
            // The runtime's complaint comes on the stream, as if the command had printed it.
            out.reply(Reply::Ready);
            if detach {
                return Err(fault(400, format!("{RUNC}{text}")));
            }
            let line = format!("{RUNC}{text}\r\n");
            out.output(Stream::Stdout, Rc::new(line.into_bytes()));
            return Ok(Answer::Nothing);
        }
    }
    let action = format!("exec_start: {}", exec.argv.join(" "));
    sys.world(|w| events::container(w, &container.id, &action, &[("execID", id.to_string())]));
    sys.thread(watch(sys.clone(), id.into()));
    if detach {
        return Ok(Answer::Nothing);
    }
    out.reply(Reply::Ready);
    sys.thread(feed(sys.clone(), out.clone(), id.into()));
    let topic: Text = id.into();
    let over = |k: &mut Kernel| {
        k.wait_on(Key::Journal(exec.journal));
        k.world.engine.execs.get(&topic).is_none_or(|exec| !exec.running)
    };
    let wanted = Wanted { stdin: true, stdout: true, stderr: true, logs: true };
    attach::follow(sys, out, exec.journal, 0, wanted, over).await;
    Ok(Answer::Nothing)
}

fn begin(sys: &Sys, exec: &Exec, container: &Container, account: &user::Account) -> Result<(), (String, i32)> {
    let Some(ns) = container.ns else { return Err(("container not running".into(), 126)) };
    // Its first process may have ended this very moment, and its namespaces go with it.
    if sys.world(|w| w.process(container.state.pid).is_none_or(|first| matches!(first.run, Run::Zombie(_)))) {
        return Err(("cannot exec in a stopped container: unknown".into(), 126));
    }
    let cwd = [&exec.working_dir, &container.config.working_dir]
        .into_iter()
        .find(|dir| !dir.is_empty())
        .map_or("/", |dir| dir.as_str());
    let there = sys.with(|k| {
        let node = k.resolve_in(ns.mount, SUPERUSER, "/", cwd, true).ok().and_then(|at| at.node);
        node.is_some_and(|node| k.node_is_dir(&node))
    });
    if !there {
        let text =
            format!("{START}chdir to cwd (\"{cwd}\") set in config.json failed: no such file or directory: unknown");
        return Err((text, 127));
    }
    let mut env: Map<Text, Text> = Map::new();
    env.insert("PATH".into(), DEFAULT_PATH.into());
    env.insert("HOSTNAME".into(), container.config.hostname.as_str().into());
    if exec.tty {
        env.insert("TERM".into(), "xterm".into());
    }
    for entry in container.config.env.iter().chain(&exec.env) {
        if let Some((key, value)) = entry.split_once('=') {
            env.insert(key.into(), value.into());
        }
    }
    if !env.contains_key("HOME") {
        env.insert("HOME".into(), account.home.as_str().into());
    }
    let (tty, stdin, files) = sys.with(|k| standard_files(k, exec));
    let new = NewProcess {
        parent: sys.pid(),
        ns,
        cgroup: Some(container.id.clone()),
        tty,
        argv: exec.argv.clone(),
        env,
        cwd: cwd.into(),
        user: account.user,
        groups: account.groups.clone(),
        files: files.clone(),
    };
    let created = sys.create(new);
    sys.with(|k| {
        for file in files {
            k.hold(file);
            k.release(file);
        }
    });
    edit(sys, &exec.id, |e| (e.terminal, e.stdin) = (tty, stdin));
    match created {
        Ok(pid) => {
            confine(sys, pid, &container.host);
            edit(sys, &exec.id, |e| (e.pid, e.running) = (pid, true));
            Ok(())
        }
        Err(errno) => {
            let path = exec.argv.first().map_or("", String::as_str);
            let is_dir = sys.with(|k| {
                let node = k.resolve_in(ns.mount, SUPERUSER, cwd, path, true).ok().and_then(|at| at.node);
                node.is_some_and(|node| k.node_is_dir(&node))
            });
            let (text, code) = exec_refusal(path, errno, is_dir);
            Err((format!("{START}{text}"), code))
        }
    }
}

type Standard =
    (Option<crate::model::terminal::TtyId>, Option<crate::model::process::OpenId>, Vec<crate::model::process::OpenId>);

fn standard_files(k: &mut Kernel, exec: &Exec) -> Standard {
    const BOTH: OpenFlags = OpenFlags { read: true, write: true, ..OpenFlags::READ };
    const OUT: OpenFlags = OpenFlags { read: false, write: true, ..OpenFlags::READ };
    if exec.tty {
        let tty = k.add_terminal(Terminal { journal: Some(exec.journal), ..Terminal::new(24, 80) });
        let file = k.add_file(Object::Terminal(tty), "/dev/pts/0", BOTH);
        return (Some(tty), None, vec![file; 3]);
    }
    let (input, held) = if exec.open_stdin {
        let (read, write) = k.pipe_files();
        k.hold(write);
        (read, Some(write))
    } else {
        (k.add_file(Object::Device(Device::Null), "/dev/null", OpenFlags::READ), None)
    };
    let stream = |stream| Object::Journal { id: exec.journal, stream };
    let out = k.add_file(stream(Stream::Stdout), "pipe:[stdout]", OUT);
    let err = k.add_file(stream(Stream::Stderr), "pipe:[stderr]", OUT);
    (None, held, vec![input, out, err])
}

/// Runs a command in a container for its health; the exit status and all that it printed. One that takes too
/// long is killed and gives -1.
pub async fn probe(sys: &Sys, container: &Text, argv: &[String], timeout: Time) -> (i32, String) {
    let ask = ExecCreate { container: container.to_string(), argv: argv.to_vec(), ..ExecCreate::default() };
    let id: Text = match create(sys, ask) {
        Ok(Answer::Created { id, .. }) => id.into(),
        Ok(_) => return (-1, String::new()),
        Err(refusal) => return (-1, refusal.message),
    };
    let result = run_probe(sys, container, &id, timeout).await;
    // Nobody will ask for this one.
    let _ = inspect(sys, &id);
    result
}

async fn run_probe(sys: &Sys, container: &Text, id: &Text, timeout: Time) -> (i32, String) {
    let (Ok(exec), Some(c)) = (get(sys, id), sys.world(|w| w.engine.containers.get(container).cloned())) else {
        return (-1, String::new());
    };
    let Some(ns) = c.ns else { return (-1, format!("container {container} is not running")) };
    let begun = sys
        .with(|k| user::resolve(&Seen(k, ns.mount), &c.config.user))
        .and_then(|account| begin(sys, &exec, &c, &account).map_err(|(text, _)| format!("{RUNC}{text}")));
    if let Err(text) = begun {
        finish(sys, id, 126);
        return (-1, text);
    }
    let action = format!("exec_start: {}", exec.argv.join(" "));
    sys.world(|w| events::container(w, container, &action, &[("execID", id.to_string())]));
    sys.thread(watch(sys.clone(), id.clone()));
    let deadline = sys.now().plus(timeout);
    let ended = |deadline: Option<Time>| {
        let journal = exec.journal;
        sys.block(move |k| {
            k.wait_on(Key::Journal(journal));
            if k.world.engine.execs.get(id).is_none_or(|exec| !exec.running) {
                return Some(true);
            }
            if deadline.is_some_and(|deadline| k.world.now >= deadline) {
                return Some(false);
            }
            if let Some(deadline) = deadline {
                k.wait_until(deadline);
            }
            None
        })
    };
    let in_time = ended(Some(deadline)).await;
    if !in_time {
        let pid = get(sys, id).map_or(0, |exec| exec.pid);
        let _ = sys.with(|k| k.send_signal(pid, Signal::KILL, None));
        ended(None).await;
    }
    let (records, _) = sys.with(|k| k.read_journal(exec.journal, 0));
    let bytes: Vec<u8> = records.iter().flat_map(|record| record.bytes.iter().copied()).collect();
    let output = String::from_utf8_lossy(&bytes).into_owned();
    if in_time {
        return (get(sys, id).ok().and_then(|exec| exec.exit_code).unwrap_or(-1), output);
    }
    let words = format!("Health check exceeded timeout ({})", super::health::go_duration(timeout));
    (-1, if output.is_empty() { words } else { format!("{words}: {output}") })
}

/// Waits for the end of an exec's process.
async fn watch(sys: Sys, id: Text) {
    let Some(exec) = sys.world(|w| w.engine.execs.get(&id).cloned()) else { return };
    sys.until_gone(exec.pid).await;
    let status = sys.with(|k| k.reap(exec.pid)).unwrap_or(Exit::Exited(0));
    finish(&sys, &id, status.code());
}

fn finish(sys: &Sys, id: &str, code: i32) {
    let Ok(exec) = get(sys, id) else { return };
    sys.with(|k| {
        if let Some(file) = exec.stdin {
            k.release(file);
        }
        if let Some(tty) = exec.terminal {
            k.remove_terminal(tty);
        }
    });
    edit(sys, id, |e| {
        e.running = false;
        e.exit_code = Some(code);
        e.stdin = None;
        e.terminal = None;
    });
    change(sys, &exec.container, |c| c.execs.retain(|known| **known != *id));
    sys.with(|k| k.wake(Key::Journal(exec.journal)));
    let more = [("execID", id.to_string()), ("exitCode", code.to_string())];
    sys.world(|w| events::container(w, &exec.container, "exec_die", &more));
}

async fn feed(sys: Sys, out: Reporter, id: Text) {
    while let Ok(Some(Packet::Message(message))) = sys.receive(out.fd).await {
        let (Some(input), Ok(exec)) = (message.take::<Input>(), get(&sys, &id)) else { return };
        match input {
            Input::Bytes(bytes) => attach::pass(&sys, exec.terminal, exec.stdin, &bytes).await,
            Input::Resize { rows, columns } => attach::resize(&sys, exec.terminal, rows, columns),
            Input::End => {
                edit(&sys, &id, |e| e.stdin = None);
                if let Some(file) = exec.stdin {
                    sys.with(|k| k.release(file));
                }
                return;
            }
        }
    }
}

pub fn resize(sys: &Sys, id: &str, rows: u16, columns: u16) -> Result<Answer, Fault> {
    let exec = get(sys, id)?;
    attach::resize(sys, exec.terminal, rows, columns);
    Ok(Answer::Nothing)
}

/// How an exec stands. One that has ended and was asked about is forgotten with its output.
pub fn inspect(sys: &Sys, id: &str) -> Result<Answer, Fault> {
    let exec = get(sys, id)?;
    if !exec.running && exec.exit_code.is_some() {
        sys.with(|k| {
            k.remove_journal(exec.journal);
            k.world.engine.execs.remove(id);
        });
    }
    Ok(Answer::ExecState { running: exec.running, exit_code: exec.exit_code.unwrap_or(0), pid: exec.pid })
}
