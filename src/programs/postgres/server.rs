//! The server: its folder, its connections, and what it logs.

use std::cell::RefCell;
use std::rc::Rc;

use super::database::{Cluster, Kind, Value};
use super::protocol::{NULL, receive, send};
use super::query::{self, Facts, Outcome};
use super::{long_version, version};
use crate::kernel::{Errno, Sys};
use crate::model::file::Data;
use crate::model::signal::Signal;
use crate::model::time::{Civil, Time};

pub const SOCKET: &str = "/var/run/postgresql/.s.PGSQL.5432";
const STORE: &str = "base/layerlab.json";

#[derive(Clone)]
struct Server {
    sys: Sys,
    folder: String,
    cluster: Rc<RefCell<Cluster>>,
    /// Whether those who come over the network need no password.
    trusting: bool,
}

pub async fn postgres(sys: Sys) -> i32 {
    let number = version(&sys);
    let argv = sys.argv();
    if argv.iter().skip(1).any(|word| word == "-V" || word == "--version") {
        return i32::from(sys.print(&format!("postgres (PostgreSQL) {number}\n")).await.is_err());
    }
    if sys.user().uid == 0 {
        sys.eprint("\"root\" execution of the PostgreSQL server is not permitted.\nThe server must be started under an unprivileged user ID to prevent\npossible system security compromise.  See the documentation for\nmore information on how to properly start the server.\n").await;
        return 1;
    }
    let given = argv.iter().position(|word| word == "-D").and_then(|at| argv.get(at + 1)).cloned();
    let folder = given.or_else(|| sys.env("PGDATA").map(|folder| folder.to_string())).unwrap_or_default();
    if sys.stat(&format!("{folder}/PG_VERSION")).is_err() {
        sys.eprint(&format!("postgres: could not access the server configuration file \"{folder}/postgresql.conf\": No such file or directory\n")).await;
        return 2;
    }
    let local = argv.iter().any(|word| word.contains("listen_addresses=''"));
    run(sys, folder, local).await
}

/// Runs the server of a folder; `local` without the network.
pub async fn run(sys: Sys, folder: String, local: bool) -> i32 {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP] {
        sys.catch_signal(signal, true);
    }
    let bytes = sys.read_file(&format!("{folder}/{STORE}")).await.unwrap_or_default();
    let cluster = serde_json::from_slice(&bytes).unwrap_or_else(|_| Cluster::new("postgres", ""));
    let rules = sys.read_file(&format!("{folder}/pg_hba.conf")).await.unwrap_or_default();
    let rules = String::from_utf8_lossy(&rules).into_owned();
    let trusting =
        rules.lines().rfind(|line| line.starts_with("host all all all")).is_some_and(|line| line.ends_with("trust"));
    let server = Server { sys: sys.clone(), folder, cluster: Rc::new(RefCell::new(cluster)), trusting };
    log(&sys, &format!("starting {}", long_version(&version(&sys)))).await;
    let mut listeners = Vec::new();
    if !local {
        match sys.listen_inet(0, 5432) {
            Ok(listener) => listeners.push((listener, true)),
            Err(errno) => {
                log(&sys, &format!("could not bind IPv4 address \"0.0.0.0\": {errno}")).await;
                return 1;
            }
        }
        log(&sys, "listening on IPv4 address \"0.0.0.0\", port 5432").await;
        log(&sys, "listening on IPv6 address \"::\", port 5432").await;
    }
    let _ = sys.unlink(SOCKET);
    if let Ok(listener) = sys.listen(SOCKET) {
        listeners.push((listener, false));
        log(&sys, &format!("listening on Unix socket \"{SOCKET}\"")).await;
    }
    let stopped = stamp(sys.now());
    let text = format!("database system was shut down at {} UTC", stopped.split('.').next().unwrap_or(""));
    if let Ok(child) = sys
        .fork(|child| async move {
            log(&child, &text).await;
            0
        })
        .await
    {
        sys.wait_for(child).await;
    }
    log(&sys, "database system is ready to accept connections").await;
    for (listener, network) in listeners {
        sys.thread(accept(server.clone(), listener, network));
    }
    end(&sys).await;
    let _ = sys.unlink(SOCKET);
    0
}

/// Waits for a signal to end, and says how it ends.
async fn end(sys: &Sys) {
    let kind = loop {
        match sys.next_signal().await {
            Signal::INT => break "fast",
            Signal::TERM => break "smart",
            Signal::QUIT => break "immediate",
            _ => log(sys, "received SIGHUP, reloading configuration files").await,
        }
    };
    log(sys, &format!("received {kind} shutdown request")).await;
    if kind == "fast" {
        log(sys, "aborting any active transactions").await;
    }
    if kind != "immediate" {
        log(sys, "shutting down").await;
        log(sys, "checkpoint starting: shutdown immediate").await;
    }
    log(sys, "database system is shut down").await;
}

/// `2026-01-25 08:00:00.000`
fn stamp(now: Time) -> String {
    let (seconds, nanos) = now.epoch();
    let at = Civil::from_epoch(seconds);
    let clock = format!("{:02}:{:02}:{:02}.{:03}", at.hour, at.minute, at.second, nanos / 1_000_000);
    format!("{:04}-{:02}-{:02} {clock}", at.year, at.month, at.day)
}

/// `2026-01-25 08:00:00.000 UTC [1] LOG:  text`
async fn log(sys: &Sys, text: &str) {
    entry(sys, "LOG", text).await;
}

async fn entry(sys: &Sys, level: &str, text: &str) {
    sys.eprint(&format!("{} UTC [{}] {level}:  {text}\n", stamp(sys.now()), sys.nspid())).await;
}

async fn accept(server: Server, listener: u32, network: bool) {
    loop {
        if let Ok(fd) = server.sys.accept(listener).await {
            server.sys.thread(connection(server.clone(), fd, network));
        }
    }
}

async fn connection(server: Server, fd: u32, network: bool) {
    let _ = talk(&server, fd, network).await;
    let _ = server.sys.close(fd);
}

async fn talk(server: &Server, fd: u32, network: bool) -> Result<(), Errno> {
    let sys = &server.sys;
    let mut buffer = Vec::new();
    let Some((b'U', hello)) = receive(sys, fd, &mut buffer).await? else { return Ok(()) };
    let [user, database, ..] = hello.as_slice() else { return Ok(()) };
    let near = sys.with(|kernel| kernel.inet_of(sys.pid(), fd)).is_some_and(|inet| inet.remote.0 >> 24 == 127);
    if network && !near && !server.trusting {
        send(sys, fd, b'R', &["password"]).await?;
        let Some((b'p', given)) = receive(sys, fd, &mut buffer).await? else { return Ok(()) };
        let right = given.first() == Some(&server.cluster.borrow().password);
        if !right || *user != server.cluster.borrow().owner {
            let text = format!("password authentication failed for user \"{user}\"");
            entry(sys, "FATAL", &text).await;
            return send(sys, fd, b'F', &[&text]).await;
        }
    }
    let refused = {
        let mut cluster = server.cluster.borrow_mut();
        match (*user == cluster.owner, cluster.database(database).is_some()) {
            (false, _) => Some(format!("role \"{user}\" does not exist")),
            (_, false) => Some(format!("database \"{database}\" does not exist")),
            _ => None,
        }
    };
    if let Some(text) = refused {
        entry(sys, "FATAL", &text).await;
        return send(sys, fd, b'F', &[&text]).await;
    }
    send(sys, fd, b'Z', &[&version(sys)]).await?;
    while let Some((letter, fields)) = receive(sys, fd, &mut buffer).await? {
        let facts = Facts {
            version: long_version(&version(sys)),
            now: format!("{}000+00", stamp(sys.now())),
            user: user.clone(),
            database: database.clone(),
        };
        sys.burn(200).await;
        let text = fields.first().map_or("", String::as_str);
        match letter {
            b'Q' => answer(server, fd, &facts, text).await?,
            b'M' => {
                let rows = facts_about(&mut server.cluster.borrow_mut(), &facts, text);
                reply(sys, fd, &rows).await?;
            }
            _ => return Ok(()),
        }
        send(sys, fd, b'Z', &[]).await?;
    }
    Ok(())
}

/// Carries out statements until one fails.
async fn answer(server: &Server, fd: u32, facts: &Facts, text: &str) -> Result<(), Errno> {
    let sys = &server.sys;
    for statement in query::statements(text) {
        let done = query::run(&mut server.cluster.borrow_mut(), facts, &statement);
        match done {
            Ok(outcome) => {
                if outcome.changed {
                    server.save();
                }
                if !outcome.notice.is_empty() {
                    send(sys, fd, b'N', &[&outcome.notice]).await?;
                }
                reply(sys, fd, &outcome).await?;
            }
            Err(refusal) => {
                let statement = statement.trim();
                entry(sys, "ERROR", &refusal.text).await;
                if !refusal.detail.is_empty() {
                    entry(sys, "DETAIL", &refusal.detail).await;
                }
                entry(sys, "STATEMENT", &format!("{statement};")).await;
                return send(sys, fd, b'E', &[&refusal.text, &refusal.detail]).await;
            }
        }
    }
    Ok(())
}

async fn reply(sys: &Sys, fd: u32, outcome: &Outcome) -> Result<(), Errno> {
    if let Some(columns) = &outcome.columns {
        let mut fields = Vec::new();
        for (name, kind) in columns {
            fields.push(name.as_str());
            fields.push(if kind.is_number() { "r" } else { "l" });
        }
        send(sys, fd, b'T', &fields).await?;
        for row in &outcome.rows {
            let cells: Vec<String> = row.iter().map(|value| value.shown().unwrap_or_else(|| NULL.into())).collect();
            send(sys, fd, b'D', &cells.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        }
    }
    send(sys, fd, b'C', &[&outcome.tag]).await
}

/// What psql's `\l`, `\dt` and `\d` ask.
fn facts_about(cluster: &mut Cluster, facts: &Facts, what: &str) -> Outcome {
    let text = |text: &str| Value::Text(text.to_string());
    let owner = cluster.owner.clone();
    let (names, rows): (Vec<&str>, Vec<Vec<Value>>) = match what.split_once(' ').unwrap_or((what, "")) {
        ("l", _) => {
            let names = vec![
                "Name",
                "Owner",
                "Encoding",
                "Locale Provider",
                "Collate",
                "Ctype",
                "ICU Locale",
                "ICU Rules",
                "Access privileges",
            ];
            let mut all: Vec<&str> = cluster.databases.iter().map(|database| database.name.as_str()).collect();
            crate::model::order::Order::order(all.as_mut_slice());
            let rights = |name: &str| match name.starts_with("template") {
                true => Value::Text(format!("=c/{owner}\n{owner}=CTc/{owner}")),
                false => Value::Null,
            };
            let row = |name: &&str| {
                let own = [*name, &owner, "UTF8", "libc", "en_US.utf8", "en_US.utf8"].map(text);
                own.into_iter().chain([Value::Null, Value::Null, rights(name)]).collect()
            };
            (names, all.iter().map(row).collect())
        }
        ("dt", _) => {
            let tables = cluster.database(&facts.database).map(|database| database.tables.clone()).unwrap_or_default();
            let mut all: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            crate::model::order::Order::order(all.as_mut_slice());
            let rows = all.iter().map(|name| ["public", name, "table", &owner].map(text).to_vec()).collect();
            (vec!["Schema", "Name", "Type", "Owner"], rows)
        }
        (_, name) => {
            let table = cluster.database(&facts.database).and_then(|database| database.table(name).cloned());
            let columns = table.map(|table| table.columns).unwrap_or_default();
            let row = |column: &super::database::Column| {
                let default = match (&column.default, column.serial, column.stamped) {
                    (_, true, _) => format!("nextval('{name}_{}_seq'::regclass)", column.name),
                    (_, _, true) => "now()".into(),
                    (Some(Value::Text(own)), ..) => format!("'{own}'::{}", column.kind.name()),
                    (Some(value), ..) => value.shown().unwrap_or_default(),
                    _ => String::new(),
                };
                let filled = if column.filled { "not null" } else { "" };
                [column.name.as_str(), &column.shown, "", filled, &default].map(text).to_vec()
            };
            (vec!["Column", "Type", "Collation", "Nullable", "Default"], columns.iter().map(row).collect())
        }
    };
    let columns = names.into_iter().map(|name| (name.to_string(), Kind::Text)).collect();
    Outcome { columns: Some(columns), rows, ..Outcome::default() }
}

impl Server {
    fn save(&self) {
        let text = serde_json::to_vec(&*self.cluster.borrow()).unwrap_or_default();
        let _ = self.sys.put(&format!("{}/{STORE}", self.folder), Data::new(text), 0o600);
    }
}

/// Writes the store of a new folder.
pub fn found(sys: &Sys, folder: &str, owner: &str, password: &str) -> Result<(), Errno> {
    let text = serde_json::to_vec(&Cluster::new(owner, password)).unwrap_or_default();
    sys.put(&format!("{folder}/{STORE}"), Data::new(text), 0o600)
}
