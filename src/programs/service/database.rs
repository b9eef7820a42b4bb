//! PostgreSQL: it starts, logs, keeps its folder, and stops.

use super::{called, catch, civil, not_simulated, nspid_of, say, version};
use crate::kernel::{Sys, Waited};
use crate::model::file::Data;
use crate::model::signal::Signal;

/// PostgreSQL's clients: their version, and nothing else.
pub async fn version_only(sys: Sys) -> i32 {
    let name = called(&sys);
    if sys.argv().iter().skip(1).any(|word| word == "-V" || word == "--version") {
        let number = version(&sys, "PG_VERSION", "16.10");
        return say(&sys, &format!("{name} (PostgreSQL) {number}\n")).await;
    }
    not_simulated(&sys, "talking to PostgreSQL").await
}

pub async fn postgres(sys: Sys) -> i32 {
    let number = version(&sys, "PG_VERSION", "16.10");
    if sys.argv().iter().skip(1).any(|word| word == "-V" || word == "--version") {
        return say(&sys, &format!("postgres (PostgreSQL) {number}\n")).await;
    }
    if sys.user().uid == 0 {
        sys.eprint("\"root\" execution of the PostgreSQL server is not permitted.\nThe server must be started under an unprivileged user ID to prevent\npossible system security compromise.  See the documentation for\nmore information on how to properly start the server.\n").await;
        return 1;
    }
    let folder = sys.env("PGDATA").map_or_else(String::new, |folder| folder.to_string());
    if sys.stat(&format!("{folder}/PG_VERSION")).is_err() {
        sys.eprint(&format!("postgres: could not access the server configuration file \"{folder}/postgresql.conf\": No such file or directory\n")).await;
        return 2;
    }
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP]);
    let first =
        format!("starting PostgreSQL {number} on x86_64-pc-linux-musl, compiled by gcc (Alpine 14.2.0) 14.2.0, 64-bit");
    let lines = [
        first.as_str(),
        "listening on IPv4 address \"0.0.0.0\", port 5432",
        "listening on IPv6 address \"::\", port 5432",
        "listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"",
        "database system is ready to accept connections",
    ];
    for line in lines {
        postgres_line(&sys, line).await;
    }
    let kind = loop {
        match sys.next_signal().await {
            Signal::INT => break "fast",
            Signal::TERM => break "smart",
            Signal::QUIT => break "immediate",
            _ => postgres_line(&sys, "received SIGHUP, reloading configuration files").await,
        }
    };
    postgres_line(&sys, &format!("received {kind} shutdown request")).await;
    if kind == "fast" {
        postgres_line(&sys, "aborting any active transactions").await;
    }
    if kind != "immediate" {
        postgres_line(&sys, "shutting down").await;
        postgres_line(&sys, "checkpoint starting: shutdown immediate").await;
    }
    postgres_line(&sys, "database system is shut down").await;
    0
}

/// `2026-01-25 08:00:00.000 UTC [1] LOG:  text`
async fn postgres_line(sys: &Sys, text: &str) {
    let (at, millis) = civil(sys.now());
    let line = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{millis:03} UTC [{}] LOG:  {text}\n",
        at.year,
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        sys.nspid()
    );
    sys.eprint(&line).await;
}

/// Makes the folder of a new database.
pub async fn initdb(sys: Sys) -> i32 {
    let Some(folder) = sys.env("PGDATA") else {
        sys.eprint("initdb: error: no data directory specified\n").await;
        return 1;
    };
    let number = version(&sys, "PG_VERSION", "16.10");
    let major = number.split('.').next().unwrap_or("16");
    for name in ["base", "global", "pg_wal", "pg_xact", "pg_stat"] {
        let _ = sys.mkdir(&format!("{folder}/{name}"), 0o700);
    }
    let files = [
        ("PG_VERSION", format!("{major}\n")),
        (
            "pg_hba.conf",
            "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n".to_string(),
        ),
        ("pg_ident.conf", String::new()),
        ("postgresql.conf", "listen_addresses = '*'\nmax_connections = 100\n".to_string()),
    ];
    for (name, text) in files {
        let path = format!("{folder}/{name}");
        if let Err(errno) = sys.put(&path, Data::new(text.into_bytes()), 0o600) {
            sys.eprint(&format!("initdb: error: could not open file \"{path}\" for writing: {errno}\n")).await;
            return 1;
        }
    }
    say(&sys, "\nSuccess.\n").await
}

/// `start` and `stop` of the server that the entrypoint prepares a new database with.
pub async fn pg_ctl(sys: Sys) -> i32 {
    let argv = sys.argv();
    let Some(folder) = argv.iter().position(|word| word == "-D").and_then(|at| argv.get(at + 1)) else {
        sys.eprint("pg_ctl: no database directory specified and environment variable PGDATA unset\n").await;
        return 1;
    };
    let pid_file = format!("{folder}/postmaster.pid");
    if argv.iter().any(|word| word == "start") {
        let _ = sys.print("waiting for server to start....").await;
        let Ok(child) = sys.fork(|child| async move { postgres(child).await }).await else { return 1 };
        let _ = sys.put(&pid_file, Data::new(format!("{}\n", nspid_of(&sys, child)).into_bytes()), 0o600);
        let _ = sys.sleep(crate::model::time::Time::millis(100)).await;
        return match sys.poll_child(Some(child)) {
            Some(Waited::Ended(..)) => say(&sys, " stopped waiting\n").await + 1,
            _ => say(&sys, " done\nserver started\n").await,
        };
    }
    if argv.iter().any(|word| word == "stop") {
        let bytes = sys.read_file(&pid_file).await.unwrap_or_default();
        let Ok(pid) = String::from_utf8_lossy(&bytes).trim().parse::<u32>() else {
            sys.eprint(&format!("pg_ctl: PID file \"{pid_file}\" does not exist\nIs server running?\n")).await;
            return 1;
        };
        let _ = sys.print("waiting for server to shut down....").await;
        let _ = sys.kill(pid, Some(Signal::INT));
        let _ = sys.sleep(crate::model::time::Time::millis(100)).await;
        let _ = sys.unlink(&pid_file);
        return say(&sys, " done\nserver stopped\n").await;
    }
    not_simulated(&sys, "pg_ctl beyond start and stop").await
}
