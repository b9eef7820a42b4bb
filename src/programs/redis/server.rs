//! `redis-server`: connections, the dump in its folder, and what it logs.

use std::cell::RefCell;
use std::rc::Rc;

use super::command::{self, After, Call, Facts, Session};
use super::protocol::{self, Reply};
use super::store::{Store, millis};
use crate::kernel::{Either, Errno, Sys, race};
use crate::model::file::Data;
use crate::model::network::parse_ipv4;
use crate::model::signal::Signal;
use crate::model::time::{Civil, MONTHS, Time};

/// The release, as the image says it.
pub fn version(sys: &Sys) -> String {
    sys.env("REDIS_VERSION").map_or_else(|| "7.4.3".to_string(), |version| version.to_string())
}

const HEAD: &[u8] = b"REDIS0012layerlab\n";
const APPEND: &str = "appendonlydir/appendonly.aof.1.incr.aof";
/// The topic by which the saver learns of a change, and the server of a wish to end.
const CHANGED: &str = "redis.changed";
const END: &str = "redis.end";

/// What threads of a server share.
struct Shared {
    store: Store,
    facts: Facts,
    bind: u32,
    started: Time,
    clients: usize,
    /// Whether it was asked to end, and whether it saves before.
    end: Option<bool>,
}

#[derive(Clone)]
struct Server {
    sys: Sys,
    shared: Rc<RefCell<Shared>>,
}

pub async fn server(sys: Sys) -> i32 {
    let argv = sys.argv();
    if argv.iter().skip(1).any(|word| word == "-v" || word == "--version") {
        let text = format!("Redis server v={} sha=00000000:0 malloc=libc bits=64 build=0\n", version(&sys));
        return i32::from(sys.print(&text).await.is_err());
    }
    let facts = Facts {
        version: version(&sys),
        port: 6379,
        pid: sys.nspid(),
        saves: vec![(3600, 1), (300, 100), (60, 10_000)],
        saved: sys.now().epoch().0,
        ..Facts::default()
    };
    let shared = Shared { store: Store::default(), facts, bind: 0, started: sys.now(), clients: 0, end: None };
    let server = Server { sys, shared: Rc::new(RefCell::new(shared)) };
    match server.begin(argv.get(1..).unwrap_or_default()).await {
        Ok(listener) => server.live(listener).await,
        Err(code) => code,
    }
}

impl Server {
    /// Reads the configuration, loads what is kept, listens.
    async fn begin(&self, words: &[String]) -> Result<u32, i32> {
        self.log("C *", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo").await;
        let (number, pid) = (version(&self.sys), self.sys.nspid());
        let text = format!("Redis version={number}, bits=64, commit=00000000, modified=0, pid={pid}, just started");
        self.log("C *", &text).await;
        self.configure(words).await?;
        for signal in [Signal::TERM, Signal::INT] {
            self.sys.catch_signal(signal, true);
        }
        let (port, bind) = {
            let shared = self.shared.borrow();
            (shared.facts.port, shared.bind)
        };
        let folder = self.sys.cwd().to_string();
        self.shared.borrow_mut().facts.folder = folder;
        self.log("M *", "monotonic clock: POSIX clock_gettime").await;
        self.log("M *", &format!("Running mode=standalone, port={port}.")).await;
        let listener = match self.sys.listen_inet(bind, port) {
            Ok(listener) => listener,
            Err(errno) => {
                let text = format!("Warning: Could not create server TCP listening socket *:{port}: bind: {errno}");
                self.log("M #", &text).await;
                self.log("M #", &format!("Failed listening on port {port} (tcp), aborting.")).await;
                return Err(1);
            }
        };
        self.log("M *", "Server initialized").await;
        self.load().await?;
        self.log("M *", "Ready to accept connections tcp").await;
        Ok(listener)
    }

    /// Options of the command line, `--port 7000`, or a file of such lines.
    async fn configure(&self, words: &[String]) -> Result<(), i32> {
        if words.is_empty() {
            let text = "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf";
            self.log("C #", text).await;
            return Ok(());
        }
        let mut lines: Vec<Vec<String>> = Vec::new();
        let mut words = words;
        if let Some((file, rest)) = words.split_first().filter(|(file, _)| !file.starts_with('-')) {
            let Ok(bytes) = self.sys.read_file(file).await else {
                let text = format!("Fatal error, can't open config file '{file}': No such file or directory");
                self.log("C #", &text).await;
                return Err(1);
            };
            for line in String::from_utf8_lossy(&bytes).lines().filter(|line| !line.trim_start().starts_with('#')) {
                let words = protocol::words(line).unwrap_or_default();
                lines.push(words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect());
            }
            words = rest;
        }
        for word in words {
            match (word.strip_prefix("--"), lines.last_mut()) {
                (Some(name), _) => lines.push(vec![name.to_string()]),
                (None, Some(line)) => line.push(word.clone()),
                (None, None) => {}
            }
        }
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            if let Err(why) = self.directive(line) {
                if why.starts_with("layerlab") {
                    self.sys.eprint(&format!("{why}\n")).await;
                    return Err(1);
                }
                let text = line.join(" ");
                let head = format!("*** FATAL CONFIG FILE ERROR (Redis {}) ***", version(&self.sys));
                self.sys
                    .eprint(&format!(
                        "\n{head}\nReading the configuration file, at line {}\n>>> '{text}'\n{why}\n",
                        at + 1
                    ))
                    .await;
                return Err(1);
            }
        }
        self.log("C *", "Configuration loaded").await;
        Ok(())
    }

    fn directive(&self, line: &[String]) -> Result<(), String> {
        let mut shared = self.shared.borrow_mut();
        let name = line.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let value = line.get(1).map_or("", String::as_str);
        let yes = || match value {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err("argument must be 'yes' or 'no'".to_string()),
        };
        match name.as_str() {
            "port" => shared.facts.port = value.parse().map_err(|_| "argument couldn't be parsed into an integer")?,
            "bind" => shared.bind = parse_ipv4(value.trim_start_matches('-')).unwrap_or(0),
            "requirepass" => shared.facts.password = value.to_string(),
            "appendonly" => shared.facts.append = yes()?,
            "save" => {
                let numbers: Vec<u64> = line[1..]
                    .iter()
                    .flat_map(|word| word.split_whitespace())
                    .filter_map(|word| word.parse().ok())
                    .collect();
                shared.facts.saves = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            }
            "dir" => {
                drop(shared);
                self.sys.chdir(value).map_err(|errno| errno.text().to_string())?;
            }
            "daemonize" if yes()? => return Err("layerlab: redis-server --daemonize yes is not simulated".into()),
            // There is nobody to be protected from, no one else to log for, and memory has its own limit.
            "daemonize" | "protected-mode" | "loglevel" | "tcp-keepalive" | "timeout" | "appendfsync"
            | "always-show-logo" | "databases" | "tcp-backlog" => {}
            "maxmemory" | "maxmemory-policy" | "logfile" | "replicaof" | "dbfilename" | "include" | "user"
            | "aclfile" | "cluster-enabled" | "io-threads" | "maxclients" | "unixsocket" => {
                return Err(format!("layerlab: redis-server --{name} is not simulated"));
            }
            _ => return Err("Bad directive or wrong number of arguments".into()),
        }
        Ok(())
    }

    /// Loads the dump, or the log of changes where that is kept.
    async fn load(&self) -> Result<(), i32> {
        let append = self.shared.borrow().facts.append;
        let (name, what) = if append { (APPEND, "append only file") } else { ("dump.rdb", "disk") };
        let bytes = match self.sys.read_file(name).await {
            Ok(bytes) => bytes,
            Err(Errno::NoEnt) => Vec::new(),
            Err(errno) => {
                self.log("M #", &format!("Fatal error: can't open the RDB file {name} for reading: {errno}")).await;
                return Err(1);
            }
        };
        if append {
            let _ = self.sys.mkdir("appendonlydir", 0o755);
            let manifest = "file appendonly.aof.1.incr.aof seq 1 type i\n";
            let _ = self.sys.put("appendonlydir/appendonly.aof.manifest", Data::new(manifest.into()), 0o644);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let rest = if append { Some(&bytes[..]) } else { bytes.strip_prefix(HEAD) };
        let Some(rest) = rest else {
            self.log("M #", "layerlab: this dump was not written here; reading Redis' own format is not simulated")
                .await;
            return Err(1);
        };
        if !append {
            self.log("M *", &format!("Loading RDB produced by version {}", version(&self.sys))).await;
        }
        let mut session = Session { trusted: true, ..Session::default() };
        let mut rest = rest.strip_suffix(b"\xff").unwrap_or(rest);
        while let Ok(Some((words, length))) = protocol::request(rest) {
            self.carry_out(&mut session, &words);
            rest = &rest[length..];
        }
        let keys = {
            let mut shared = self.shared.borrow_mut();
            shared.store.dirty = 0;
            shared.store.keys()
        };
        if !append {
            self.log("M *", &format!("Done loading RDB, keys loaded: {keys}, keys expired: 0.")).await;
        }
        self.log("M *", &format!("DB loaded from {what}: 0.000 seconds")).await;
        Ok(())
    }

    async fn live(&self, listener: u32) -> i32 {
        self.sys.thread(serve(self.clone(), listener));
        self.sys.thread(save_by_and_by(self.clone()));
        let pid = self.sys.nspid();
        loop {
            let signal = match race(self.sys.next_signal(), self.sys.topic(END, u64::from(self.sys.pid()))).await {
                Either::Left(signal) => Some(signal),
                Either::Right(()) => None,
            };
            if let Some(signal) = signal {
                let (seconds, _) = self.sys.now().epoch();
                let text =
                    format!("{pid}:signal-handler ({seconds}) Received SIG{} scheduling shutdown...\n", signal.name());
                let _ = self.sys.print(&text).await;
            }
            let asked = self.shared.borrow_mut().end.take();
            let save = asked.unwrap_or(!self.shared.borrow().facts.saves.is_empty());
            self.log("M *", "User requested shutdown...").await;
            if save {
                self.log("M *", "Saving the final RDB snapshot before exiting.").await;
                if !self.save().await {
                    self.log("M #", "Error trying to save the DB, can't exit.").await;
                    continue;
                }
            }
            self.log("M #", "Redis is now ready to exit, bye bye...").await;
            return 0;
        }
    }

    /// Carries out a command at once.
    fn carry_out(&self, session: &mut Session, words: &[Vec<u8>]) -> (Reply, bool, After) {
        let now = self.sys.now();
        let mut shared = self.shared.borrow_mut();
        let shared = &mut *shared;
        shared.facts.seconds = now.since(shared.started).as_secs();
        shared.facts.clients = shared.clients;
        let mut call = Call { store: &mut shared.store, session, words, now: millis(now), facts: &shared.facts };
        command::run(&mut call)
    }

    /// Writes the dump; false if it can't.
    async fn save(&self) -> bool {
        let mut bytes = HEAD.to_vec();
        let now = millis(self.sys.now());
        {
            let mut shared = self.shared.borrow_mut();
            for database in shared.store.databases.values_mut() {
                database.expire(now);
            }
            for words in shared.store.commands() {
                bytes.extend(protocol::command(&words));
            }
        }
        bytes.push(0xff);
        match self.sys.put("dump.rdb", Data::new(bytes), 0o600) {
            Ok(()) => {
                {
                    let mut shared = self.shared.borrow_mut();
                    shared.store.dirty = 0;
                    shared.facts.saved = self.sys.now().epoch().0;
                }
                self.log("M *", "DB saved on disk").await;
                true
            }
            Err(errno) => {
                let folder = self.sys.cwd();
                let text = format!(
                    "Failed opening the temp RDB file temp-{}.rdb (in server root dir {folder}) for saving: {errno}",
                    self.sys.nspid()
                );
                self.log("M #", &text).await;
                false
            }
        }
    }

    /// Adds a change to the log of changes.
    fn keep(&self, database: usize, words: &[Vec<u8>]) {
        if !self.shared.borrow().facts.append {
            return;
        }
        let mut bytes = match self.sys.contents(APPEND) {
            Ok(Data::Bytes(bytes)) => bytes.to_vec(),
            _ => Vec::new(),
        };
        bytes.extend(protocol::command(&[b"SELECT".to_vec(), database.to_string().into_bytes()]));
        bytes.extend(protocol::command(words));
        let _ = self.sys.put(APPEND, Data::new(bytes), 0o644);
    }

    /// `1:M 25 Jan 2026 08:00:00.000 * text`
    async fn log(&self, kind: &str, text: &str) {
        let (role, mark) = kind.split_once(' ').unwrap_or((kind, "*"));
        let (seconds, nanos) = self.sys.now().epoch();
        let at = Civil::from_epoch(seconds);
        let month = MONTHS.get(at.month.wrapping_sub(1) as usize).copied().unwrap_or("");
        let clock = format!("{:02}:{:02}:{:02}.{:03}", at.hour, at.minute, at.second, nanos / 1_000_000);
        let pid = self.sys.nspid();
        let line = format!("{pid}:{role} {:02} {month} {} {clock} {mark} {text}\n", at.day, at.year);
        let _ = self.sys.print(&line).await;
    }
}

async fn serve(server: Server, listener: u32) {
    loop {
        if let Ok(fd) = server.sys.accept(listener).await {
            server.sys.thread(connection(server.clone(), fd));
        }
    }
}

/// Answers one client until it goes.
async fn connection(server: Server, fd: u32) {
    server.shared.borrow_mut().clients += 1;
    let _ = talk(&server, fd).await;
    server.shared.borrow_mut().clients -= 1;
    let _ = server.sys.close(fd);
}

async fn talk(server: &Server, fd: u32) -> Result<(), Errno> {
    let sys = &server.sys;
    let (mut session, mut buffer) = (Session::default(), Vec::new());
    loop {
        let words = match protocol::request(&buffer) {
            Ok(Some((words, length))) => {
                buffer.drain(..length);
                words
            }
            Ok(None) => {
                // A signal that the server waits for is not this client's business.
                let some = match sys.read(fd, 65_536).await {
                    Err(Errno::Intr) => continue,
                    other => other?,
                };
                if some.is_empty() {
                    return Ok(());
                }
                buffer.extend(some);
                continue;
            }
            Err(why) => {
                let mut out = Vec::new();
                Reply::Error(format!("ERR Protocol error: {why}")).write(&mut out);
                return sys.write(fd, &out).await;
            }
        };
        if words.is_empty() {
            continue;
        }
        let database = session.database;
        let queued = session.queue.clone();
        let (reply, changed, after) = server.carry_out(&mut session, &words);
        if changed {
            for words in queued.filter(|_| session.queue.is_none()).unwrap_or_else(|| vec![words.clone()]) {
                server.keep(database, &words);
            }
            sys.notify(CHANGED, u64::from(sys.pid()));
        }
        sys.burn(20 + words.len() as u64).await;
        let reply = match after {
            After::Save if !server.save().await => Reply::error("ERR"),
            _ => reply,
        };
        if let After::Shutdown(save) = after {
            server.shared.borrow_mut().end = Some(save);
            sys.notify(END, u64::from(sys.pid()));
            std::future::pending::<()>().await;
        }
        let mut out = Vec::new();
        reply.write(&mut out);
        sys.write(fd, &out).await?;
        match after {
            After::Close => return Ok(()),
            After::SaveBehind => background(server).await,
            _ => {}
        }
    }
}

/// Saves in a process of its own, as far as anybody can tell.
async fn background(server: &Server) {
    let pid = server.sys.nspid() + 20;
    server.log("M *", &format!("Background saving started by pid {pid}")).await;
    if server.save().await {
        server.log("M *", "Background saving terminated with success").await;
    }
}

/// Saves when so many changes are so old.
async fn save_by_and_by(server: Server) {
    loop {
        let due = {
            let shared = server.shared.borrow();
            let dirty = shared.store.dirty;
            let saved = shared.facts.saved;
            let rules = shared.facts.saves.iter().filter(|(_, changes)| dirty > 0 && dirty >= *changes);
            rules.map(|(seconds, changes)| (saved + *seconds as i64, *changes, *seconds)).min()
        };
        let topic = server.sys.topic(CHANGED, u64::from(server.sys.pid()));
        let Some((at, changes, seconds)) = due else {
            topic.await;
            continue;
        };
        let now = server.sys.now();
        let wait = u64::try_from(at - now.epoch().0).unwrap_or(0).max(1);
        if let Either::Left(()) = race(server.sys.sleep_until(now.plus(Time::seconds(wait))), topic).await {
            server.log("M *", &format!("{changes} changes in {seconds} seconds. Saving...")).await;
            background(&server).await;
        }
    }
}
