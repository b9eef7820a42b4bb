//! nginx: a master that keeps workers, and workers that answer.

mod config;
mod serve;

use std::cell::Cell;
use std::rc::Rc;

use config::Server;

use super::service::{catch, civil, month, nspid_of, set_title, version};
use crate::kernel::{Program, Sys, Waited};
use crate::model::process::Pid;
use crate::model::signal::Signal;

/// The programs of this family.
pub fn table() -> Vec<Program> {
    vec![Program { name: "nginx", main: |sys| Box::pin(nginx(sys)) }]
}

const CONFIG: &str = "/etc/nginx/nginx.conf";
const WORKERS: usize = 2;

/// What nginx was asked to do.
enum Task {
    Serve,
    Test,
    Send(Signal),
}

pub async fn nginx(sys: Sys) -> i32 {
    let number = version(&sys, "NGINX_VERSION", "1.29.3");
    let (mut task, mut config, mut directives) = (Task::Serve, CONFIG.to_string(), String::new());
    let argv = sys.argv();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-v" | "-V" => {
                sys.eprint(&format!("nginx version: nginx/{number}\n")).await;
                return 0;
            }
            "-t" | "-T" => task = Task::Test,
            "-q" => {}
            "-g" => directives = words.next().cloned().unwrap_or_default(),
            "-c" => config = words.next().cloned().unwrap_or_default(),
            "-p" | "-e" => drop(words.next()),
            "-s" => {
                task = Task::Send(match words.next().map(String::as_str) {
                    Some("stop") => Signal::TERM,
                    Some("quit") => Signal::QUIT,
                    Some("reload") => Signal::HUP,
                    Some("reopen") => Signal::USR1,
                    other => {
                        sys.eprint(&format!("nginx: invalid option: \"-s {}\"\n", other.unwrap_or(""))).await;
                        return 1;
                    }
                });
            }
            _ => {
                sys.eprint(&format!("nginx: invalid option: \"{word}\"\n")).await;
                return 1;
            }
        }
    }
    if sys.stat(&config).is_err() {
        let text = format!("open() \"{config}\" failed (2: No such file or directory)");
        sys.eprint(&format!("nginx: [emerg] {text}\n")).await;
        if let Task::Test = task {
            sys.eprint(&format!("nginx: configuration file {config} test failed\n")).await;
        }
        return 1;
    }
    let loaded = load(&sys, &config);
    if let Task::Test = task {
        return test(&sys, &config, loaded.err()).await;
    }
    let (servers, missing) = match loaded {
        Ok(loaded) => loaded,
        Err(why) => return emergency(&sys, &why).await,
    };
    if let Task::Send(signal) = task {
        return send(&sys, signal).await;
    }
    for name in missing {
        sys.eprint(&format!("layerlab: nginx's {name} is not simulated\n")).await;
    }
    let mut serving =
        Serving { listeners: Vec::new(), servers: Rc::new(servers), number, config, count: Rc::default() };
    if let Err(why) = listen(&sys, &mut serving) {
        return emergency(&sys, &why).await;
    }
    let text = crate::programs::command::text_of(&sys, &serving.config);
    let stays = directives.contains("daemon off") || text.lines().any(|line| line.trim() == "daemon off;");
    if stays {
        return master(sys, serving).await;
    }
    // A daemon leaves its parent, which is what a container waits for.
    match sys.fork(|child| master(child, serving)).await {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

fn errno_number(errno: crate::kernel::Errno) -> u8 {
    match errno {
        crate::kernel::Errno::NoEnt => 2,
        crate::kernel::Errno::Access => 13,
        crate::kernel::Errno::IsDir => 21,
        crate::kernel::Errno::AddrInUse => 98,
        _ => 5,
    }
}

/// Servers, and what is asked for and not simulated; or what is wrong with a configuration.
fn load(sys: &Sys, config: &str) -> Result<(Vec<Server>, Vec<String>), String> {
    let all = config::read(sys, config)?;
    config::check(&all, "")?;
    Ok((config::servers(sys, &all)?, config::missing(&all)))
}

/// Listens on every port that is not listened on yet.
fn listen(sys: &Sys, serving: &mut Serving) -> Result<(), String> {
    for port in serving.servers.iter().flat_map(|server| server.ports.iter().copied()) {
        if serving.listeners.iter().any(|(_, own)| *own == port) {
            continue;
        }
        let failed = |errno| format!("bind() to 0.0.0.0:{port} failed ({}: {errno})", errno_number(errno));
        let listener = sys.listen_inet(0, port).map_err(failed)?;
        serving.listeners.push((listener, port));
    }
    Ok(())
}

async fn emergency(sys: &Sys, why: &str) -> i32 {
    if why.starts_with("layerlab") {
        sys.eprint(&format!("{why}\n")).await;
        return 1;
    }
    Log { sys: sys.clone() }.line("emerg", why).await;
    sys.eprint(&format!("nginx: [emerg] {why}\n")).await;
    1
}

async fn test(sys: &Sys, config: &str, wrong: Option<String>) -> i32 {
    if let Some(why) = wrong {
        emergency(sys, &why).await;
        sys.eprint(&format!("nginx: configuration file {config} test failed\n")).await;
        return 1;
    }
    sys.eprint(&format!("nginx: the configuration file {config} syntax is ok\n")).await;
    sys.eprint(&format!("nginx: configuration file {config} test is successful\n")).await;
    0
}

const PID_FILE: &str = "/run/nginx.pid";

async fn send(sys: &Sys, signal: Signal) -> i32 {
    let bytes = sys.read_file(PID_FILE).await.unwrap_or_default();
    let pid = String::from_utf8_lossy(&bytes).trim().parse::<u32>();
    match pid {
        Ok(pid) if sys.kill(pid, Some(signal)).is_ok() => 0,
        _ => {
            sys.eprint(&format!("nginx: [error] open() \"{PID_FILE}\" failed (2: No such file or directory)\n")).await;
            1
        }
    }
}

/// What a worker serves.
#[derive(Clone)]
struct Serving {
    /// Descriptors and their ports.
    listeners: Vec<(u32, u16)>,
    servers: Rc<Vec<Server>>,
    number: String,
    config: String,
    /// Connections so far, of all workers.
    count: Rc<Cell<u64>>,
}

struct Log {
    sys: Sys,
}

impl Log {
    async fn line(&self, level: &str, text: &str) {
        let (at, _) = civil(self.sys.now());
        let pid = self.sys.nspid();
        let line = format!(
            "{:04}/{:02}/{:02} {:02}:{:02}:{:02} [{level}] {pid}#{pid}: {text}\n",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        );
        self.sys.eprint(&line).await;
    }

    async fn notice(&self, text: &str) {
        self.line("notice", text).await;
    }
}

async fn master(sys: Sys, mut serving: Serving) -> i32 {
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP, Signal::USR1, Signal::WINCH]);
    let words = sys.argv().get(1..).unwrap_or_default().join(" ");
    set_title(&sys, format!("nginx: master process nginx {words}").trim_end());
    let log = Log { sys: sys.clone() };
    log.notice("using the \"epoll\" event method").await;
    log.notice(&format!("nginx/{}", serving.number)).await;
    log.notice("OS: Linux 6.8.0-layerlab").await;
    log.notice("getrlimit(RLIMIT_NOFILE): 1048576:1048576").await;
    let pid_file = crate::model::file::Data::new(format!("{}\n", sys.nspid()).into_bytes());
    let _ = sys.put(PID_FILE, pid_file, 0o644);
    log.notice("start worker processes").await;
    let mut workers = start_workers(&sys, &log, &serving).await;
    loop {
        let signal = sys.next_signal().await;
        let did = match signal {
            Signal::QUIT => "shutting down",
            Signal::TERM | Signal::INT => "exiting",
            Signal::HUP => "reconfiguring",
            Signal::USR1 => "reopening logs",
            _ => continue,
        };
        log.notice(&format!("signal {} (SIG{}) received, {did}", signal.0, signal.name())).await;
        match signal {
            Signal::HUP => {
                match load(&sys, &serving.config) {
                    Ok((servers, _)) => serving.servers = Rc::new(servers),
                    Err(why) => {
                        log.line("emerg", &why).await;
                        continue;
                    }
                }
                if let Err(why) = listen(&sys, &mut serving) {
                    log.line("emerg", &why).await;
                    continue;
                }
                log.notice("start worker processes").await;
                let new = start_workers(&sys, &log, &serving).await;
                stop_workers(&sys, &log, std::mem::replace(&mut workers, new), Signal::QUIT).await;
            }
            Signal::USR1 => {}
            _ => {
                stop_workers(&sys, &log, workers, signal).await;
                let _ = sys.unlink(PID_FILE);
                log.notice("exit").await;
                return 0;
            }
        }
    }
}

async fn start_workers(sys: &Sys, log: &Log, serving: &Serving) -> Vec<Pid> {
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        let serving = serving.clone();
        if let Ok(pid) = sys.fork(|child| worker(child, serving)).await {
            log.notice(&format!("start worker process {}", nspid_of(sys, pid))).await;
            workers.push(pid);
        }
    }
    workers
}

async fn stop_workers(sys: &Sys, log: &Log, workers: Vec<Pid>, signal: Signal) {
    for pid in &workers {
        let _ = sys.kill(nspid_of(sys, *pid), Some(signal));
    }
    for pid in workers {
        let known = nspid_of(sys, pid);
        while let Err(_) | Ok(Waited::Stopped(_)) = sys.wait(Some(pid), false).await {
            sys.take_signal();
        }
        log.notice(&format!("signal 17 (SIGCHLD) received from {known}")).await;
        log.notice(&format!("worker process {known} exited with code 0")).await;
    }
}

async fn worker(sys: Sys, serving: Serving) -> i32 {
    set_title(&sys, "nginx: worker process");
    if sys.user().uid == 0
        && let Some(user) = nginx_user(&sys).await
    {
        sys.me_mut(|process| process.user = user);
    }
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::QUIT]);
    for (listener, _) in &serving.listeners {
        sys.thread(accept(sys.clone(), serving.clone(), *listener));
    }
    let log = Log { sys: sys.clone() };
    if sys.next_signal().await == Signal::QUIT {
        log.notice("gracefully shutting down").await;
    }
    log.notice("exiting").await;
    log.notice("exit").await;
    0
}

async fn accept(sys: Sys, serving: Serving, listener: u32) {
    loop {
        let Ok(fd) = sys.accept(listener).await else { continue };
        let count = serving.count.get() + 1;
        serving.count.set(count);
        sys.thread(serve::connection(sys.clone(), serving.servers.clone(), fd, serving.number.clone(), count));
    }
}

async fn nginx_user(sys: &Sys) -> Option<crate::model::process::User> {
    let bytes = sys.read_file("/etc/passwd").await.ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let line = text.lines().find(|line| line.starts_with("nginx:"))?;
    let mut fields = line.split(':').skip(2);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(crate::model::process::User { uid, gid })
}

/// `23/Nov/2026:20:00:00 +0000`, as access logs have it.
fn stamp(sys: &Sys) -> String {
    let (at, _) = civil(sys.now());
    let clock = format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second);
    format!("{:02}/{}/{:04}:{clock} +0000", at.day, month(&at), at.year)
}
