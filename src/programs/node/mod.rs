//! Node.js: its command line, its event loop, and what it says of errors. The language is in [`script`].
//!
//! A server that listens stays alive until a signal ends it. A request is read whole, the script's hook is
//! fired, and what it answers goes out on the connection, which is then closed.

mod host;
mod script;

use std::collections::{BTreeMap, VecDeque};

pub use host::version;
use script::{Effect, Machine, Outcome, Report, Source, Value};

use super::net::{http, resolve};
use crate::kernel::{Errno, Key, Program, Sys};
use crate::model::signal::Signal;
use crate::model::time::Time;

/// The programs of this family.
pub fn table() -> Vec<Program> {
    vec![Program { name: "node", main: |sys| Box::pin(node(sys)) }]
}

/// CPU of a start, in microseconds, and the memory that it takes, in bytes.
const START: u64 = 40_000;
const MEMORY: u64 = 42 << 20;
/// Instructions between looks at the rest of the world, and how many take a microsecond.
const SLICE: usize = 4_000;
const PER_MICRO: usize = 4;

/// What the command line asks for.
enum Task {
    Version,
    Eval { text: String, print: bool },
    File(String),
    Check(String),
    Stdin,
}

async fn node(sys: Sys) -> i32 {
    let argv = sys.argv();
    let version = host::version(&sys);
    let (task, rest) = match read(argv.get(1..).unwrap_or_default()) {
        Ok(read) => read,
        Err((text, code)) => {
            let name = argv.first().map_or("node", String::as_str);
            sys.eprint(&format!("{name}: {text}\n")).await;
            return code;
        }
    };
    if let Task::Version = task {
        return i32::from(sys.print(&format!("v{version}\n")).await.is_err());
    }
    sys.hold_memory(MEMORY).await;
    sys.burn(START).await;
    let exe = sys.me(|process| process.exe.to_string()).unwrap_or_default();
    let mut arguments = vec![exe];
    if let Task::File(file) = &task {
        arguments.push(crate::kernel::join(&sys.cwd(), file));
    }
    arguments.extend(rest.iter().cloned());
    let machine = Machine::new(Box::new(host::Host::new(sys.clone(), arguments)));
    let mut desk = Desk::new(sys, machine, version);
    match task {
        Task::Version => 0,
        Task::File(file) => {
            let path = crate::kernel::join(&desk.sys.cwd(), &file);
            desk.machine.start(&path);
            desk.live().await
        }
        Task::Check(file) => desk.check(&file).await,
        Task::Eval { text, print } => desk.eval("[eval]", &text, print).await,
        Task::Stdin if desk.sys.is_terminal(0).is_some() => desk.prompt().await,
        Task::Stdin => match desk.sys.read_to_end(0).await {
            Ok(bytes) => desk.eval("[stdin]", &String::from_utf8_lossy(&bytes), false).await,
            Err(_) => 1,
        },
    }
}

/// Flags that change nothing here.
const QUIET: [&str; 6] = [
    "--no-warnings",
    "--trace-warnings",
    "--no-deprecation",
    "--enable-source-maps",
    "--trace-uncaught",
    "--preserve-symlinks",
];

fn read(words: &[String]) -> Result<(Task, &[String]), (String, i32)> {
    for (at, word) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or_default();
        let value = || rest.first().cloned().ok_or_else(|| (format!("{word} requires an argument"), 9));
        let after = rest.get(1..).unwrap_or_default();
        match word.as_str() {
            "-v" | "--version" => return Ok((Task::Version, rest)),
            "-e" | "--eval" => return Ok((Task::Eval { text: value()?, print: false }, after)),
            "-p" | "--print" | "-pe" => return Ok((Task::Eval { text: value()?, print: true }, after)),
            "-c" | "--check" => return Ok((Task::Check(value()?), after)),
            "-" | "-i" | "--interactive" => return Ok((Task::Stdin, rest)),
            flag if QUIET.contains(&flag) || flag.starts_with("--max-old-space-size=") => {}
            "-h" | "--help" | "-r" | "--require" | "--watch" | "--test" | "inspect" | "--inspect" => {
                return Err((format!("layerlab: {word} is not simulated"), 1));
            }
            flag if flag.starts_with('-') => return Err((format!("bad option: {flag}"), 9)),
            _ => return Ok((Task::File(word.clone()), rest)),
        }
    }
    Ok((Task::Stdin, &[]))
}

/// What a turn of the loop came to.
enum Turn {
    Done,
    Thrown(Report),
    Ended(i32),
}

/// A running node: the machine, and what it waits for.
struct Desk {
    sys: Sys,
    machine: Machine,
    turns: u64,
    version: String,
    soon: VecDeque<u32>,
    /// By when they are due and in which order they were set: the number to fire, and how often.
    timers: BTreeMap<(Time, u64), (u32, Option<Time>)>,
    set: u64,
    /// By its number: the descriptor that it listens on, and what to fire for a request.
    servers: BTreeMap<u32, (u32, u32)>,
    signals: BTreeMap<u8, u32>,
}

impl Desk {
    fn new(sys: Sys, machine: Machine, version: String) -> Desk {
        Desk {
            sys,
            machine,
            turns: 0,
            version,
            soon: VecDeque::new(),
            timers: BTreeMap::new(),
            set: 0,
            servers: BTreeMap::new(),
            signals: BTreeMap::new(),
        }
    }

    /// Runs what the machine was told to, to its end.
    async fn turn(&mut self) -> Turn {
        loop {
            let (outcome, used) = match self.machine.run(SLICE) {
                Outcome::More(over) => (Outcome::More(over), SLICE + over),
                other => (other, SLICE / 2),
            };
            if self.flush().await.is_err() {
                return Turn::Ended(1);
            }
            self.sys.burn((used / PER_MICRO) as u64).await;
            // To count the heap takes long, so it is done now and then.
            self.turns += 1;
            if self.turns.is_multiple_of(16) {
                self.sys.hold_memory(MEMORY + self.machine.heap.bytes()).await;
            }
            match outcome {
                Outcome::More(_) => {}
                Outcome::Done => return Turn::Done,
                Outcome::Thrown(report) => return Turn::Thrown(report),
                Outcome::Exit(code) => return Turn::Ended(code & 0xff),
                Outcome::Missing(what) => {
                    self.sys.eprint(&format!("layerlab: this JavaScript is not simulated: {what}\n")).await;
                    return Turn::Ended(1);
                }
                Outcome::OutOfMemory => {
                    let text = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
                    self.sys.eprint(text).await;
                    return Turn::Ended(134);
                }
            }
        }
    }

    /// Does what the machine left to be done.
    async fn flush(&mut self) -> Result<(), crate::kernel::Errno> {
        while let Some(effect) = self.machine.effects.pop_front() {
            match effect {
                Effect::Write(fd, text) => self.sys.write(u32::from(fd), text.as_bytes()).await?,
                Effect::Soon(id) => self.soon.push_back(id),
                Effect::Timer { id, millis, again } => {
                    let length = Time::from_secs_f64(millis / 1000.0);
                    self.set_timer(id, length, again.then_some(length));
                }
                Effect::Clear(id) => self.timers.retain(|_, (timer, _)| *timer != id),
                Effect::Signal { name, id } => {
                    if let Some(signal) = Signal::parse(&name) {
                        self.sys.catch_signal(signal, true);
                        self.signals.insert(signal.0, id);
                    }
                }
                Effect::Listen { host, id, port, serve } => {
                    let address = if host.is_empty() { Some(0) } else { resolve(&self.sys, &host) };
                    match self.sys.listen_inet(address.unwrap_or(0), port) {
                        Ok(listener) => {
                            self.servers.insert(id, (listener, serve));
                            self.soon.push_back(id);
                        }
                        Err(errno) => {
                            self.cannot_listen(&host, port, errno).await;
                            return Err(errno);
                        }
                    }
                }
                Effect::Close(id) => {
                    if let Some((listener, _)) = self.servers.remove(&id) {
                        let _ = self.sys.close(listener);
                    }
                }
                Effect::Answer { connection, head, body } => {
                    let date = http::date(self.sys.now());
                    let end = format!("Date: {date}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                    let _ = self.sys.write(connection, format!("{head}{end}{body}").as_bytes()).await;
                    let _ = self.sys.close(connection);
                }
            }
        }
        Ok(())
    }

    async fn cannot_listen(&self, host: &str, port: u16, errno: Errno) {
        let host = if host.is_empty() { "::" } else { host };
        let (code, number, words) = match errno {
            Errno::AddrInUse => ("EADDRINUSE", -98, "address already in use"),
            _ => ("EACCES", -13, "permission denied"),
        };
        let head = "node:events:495\n      throw er; // Unhandled 'error' event\n      ^\n";
        let error = format!("Error: listen {code}: {words} {host}:{port}");
        let tail =
            format!("code: '{code}',\n  errno: {number},\n  syscall: 'listen',\n  address: '{host}',\n  port: {port}");
        let version = &self.version;
        self.sys.eprint(&format!("{head}\n{error} {{\n  {tail}\n}}\n\nNode.js v{version}\n")).await;
    }

    /// Reads what a client asks and begins to answer it; false if it asks nothing.
    async fn request(&mut self, connection: u32, serve: u32) -> bool {
        let Some(request) = http::request(&self.sys, connection).await else {
            let _ = self.sys.close(connection);
            return false;
        };
        let peer = http::peer(&self.sys, connection);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let parts = [connection.to_string(), request.method, request.path, request.head, body, peer];
        self.machine.requests.push_back(parts);
        self.machine.fire(serve, false);
        true
    }

    fn set_timer(&mut self, id: u32, length: Time, again: Option<Time>) {
        self.set += 1;
        self.timers.insert((self.sys.now().plus(length), self.set), (id, again));
    }

    /// The loop: what is due soon, then timers and signals, until nothing can happen any more.
    async fn live(&mut self) -> i32 {
        loop {
            match self.turn().await {
                Turn::Done => {}
                Turn::Thrown(report) => {
                    self.complain(&report).await;
                    return 1;
                }
                Turn::Ended(code) => return code,
            }
            if !self.next().await {
                self.machine.end();
                return match self.turn().await {
                    Turn::Done => 0,
                    Turn::Ended(code) => code,
                    Turn::Thrown(report) => {
                        self.complain(&report).await;
                        1
                    }
                };
            }
        }
    }

    /// Waits for what happens next and begins it; false when nothing will.
    async fn next(&mut self) -> bool {
        loop {
            if let Some(id) = self.soon.pop_front() {
                self.machine.fire(id, false);
                return true;
            }
            if let Some(signal) = self.sys.take_signal() {
                if let Some(id) = self.signals.get(&signal.0) {
                    self.machine.fire(*id, false);
                    return true;
                }
                continue;
            }
            let timer = self.timers.first_key_value().map(|(key, value)| (*key, *value));
            if timer.is_none() && self.servers.is_empty() {
                return false;
            }
            let connection = self.wake(timer.map(|((due, _), _)| due)).await;
            if let Some((connection, serve)) = connection {
                if self.request(connection, serve).await {
                    return true;
                }
                continue;
            }
            let Some(((due, set), (id, again))) = timer.filter(|((due, _), _)| *due <= self.sys.now()) else {
                continue;
            };
            self.timers.remove(&(due, set));
            if let Some(length) = again {
                self.set_timer(id, length, again);
            }
            self.machine.fire(id, true);
            return true;
        }
    }

    /// Waits for a signal, a moment or a client; a client's connection and what to fire for it.
    async fn wake(&self, due: Option<Time>) -> Option<(u32, u32)> {
        let pid = self.sys.pid();
        let accept = |k: &mut crate::kernel::Kernel| {
            for (listener, serve) in self.servers.values() {
                if let Ok(Some(connection)) = k.accept(pid, *listener) {
                    return Some(Some((connection, *serve)));
                }
            }
            let signalled = k.world.process(pid).is_some_and(|process| !process.pending.is_empty());
            if signalled || due.is_some_and(|due| k.world.now >= due) {
                return Some(None);
            }
            if let Some(due) = due {
                k.wait_until(due);
            }
            k.wait_on(Key::Process(pid));
            None
        };
        self.sys.block(accept).await
    }

    /// Says what an error that nobody caught is.
    async fn complain(&mut self, report: &Report) {
        let head = match &report.place {
            Some((name, line, column, text)) => {
                let marks = "^".repeat(report.width.clamp(1, 80));
                format!("{name}:{line}\n{text}\n{}{marks}\n", " ".repeat(column.saturating_sub(1)))
            }
            None => {
                format!("node:internal/modules/cjs/loader:{}\n  throw err;\n  ^\n", script::loader(&self.version).throw)
            }
        };
        let text = if report.is_error {
            format!("{head}\n{}\n\nNode.js v{}\n", report.text, self.version)
        } else {
            let hint = if report.text.starts_with('{') {
                ""
            } else {
                "(Use `node --trace-uncaught ...` to show where the exception was thrown)\n"
            };
            format!("\n{head}{}\n{hint}\nNode.js v{}\n", report.text, self.version)
        };
        self.sys.eprint(&text).await;
    }

    /// Begins a script that is no file. False if it is no script, which is said.
    async fn load(&mut self, name: &str, text: &str) -> bool {
        let error = match self.machine.load(name, text) {
            Ok(function) => {
                self.machine.call(&function, &[]);
                return true;
            }
            Err(error) => error,
        };
        if error.simulated {
            let source = Source { name: name.to_string(), text: text.to_string() };
            let report = script::syntax(&source, &error, &self.version);
            self.complain(&report).await;
        } else {
            self.sys.eprint(&format!("layerlab: this JavaScript is not simulated: {}\n", error.text)).await;
        }
        false
    }

    async fn eval(&mut self, name: &str, text: &str, print: bool) -> i32 {
        if !self.load(name, text).await {
            return 1;
        }
        if print {
            match self.turn().await {
                Turn::Done => {
                    let shown = shown(&self.machine) + "\n";
                    if self.sys.print(&shown).await.is_err() {
                        return 1;
                    }
                }
                Turn::Ended(code) => return code,
                Turn::Thrown(report) => {
                    self.complain(&report).await;
                    return 1;
                }
            }
        }
        self.live().await
    }

    async fn check(&mut self, file: &str) -> i32 {
        let path = crate::kernel::join(&self.sys.cwd(), file);
        match self.sys.read_file(&path).await {
            Ok(bytes) => i32::from(!self.load(&path, &String::from_utf8_lossy(&bytes)).await),
            Err(_) => {
                self.machine.start(&path);
                self.live().await
            }
        }
    }

    /// Reads, evaluates and prints, line by line.
    async fn prompt(&mut self) -> i32 {
        let greeting = format!("Welcome to Node.js v{}.\nType \".help\" for more information.\n", self.version);
        if self.sys.print(&greeting).await.is_err() {
            return 1;
        }
        loop {
            if self.sys.print("> ").await.is_err() {
                return 1;
            }
            let line = match self.sys.read(0, 65_536).await {
                Ok(bytes) if bytes.is_empty() => return i32::from(self.sys.print("\n").await.is_err()),
                Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_string(),
                Err(_) => continue,
            };
            match line.as_str() {
                ".exit" => return 0,
                "" => continue,
                _ => {}
            }
            let text = match self.machine.load("REPL1", &line) {
                Ok(function) => {
                    self.machine.call(&function, &[]);
                    match self.turn().await {
                        Turn::Done => shown_value(&self.machine),
                        Turn::Ended(code) => return code,
                        Turn::Thrown(report) => {
                            let first = report.text.lines().next().unwrap_or("");
                            format!("Uncaught {first}")
                        }
                    }
                }
                Err(error) if error.simulated => format!("Uncaught SyntaxError: {}", error.text),
                Err(error) => format!("layerlab: this JavaScript is not simulated: {}", error.text),
            };
            if self.sys.print(&format!("{text}\n")).await.is_err() {
                return 1;
            }
        }
    }
}

/// What the last script was worth, as `-p` prints it.
fn shown(machine: &Machine) -> String {
    match &machine.result {
        Value::String(text) => text.to_string(),
        _ => shown_value(machine),
    }
}

fn shown_value(machine: &Machine) -> String {
    script::inspect(machine, &machine.result)
}

#[cfg(test)]
mod tests;
