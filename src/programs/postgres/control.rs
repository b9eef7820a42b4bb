//! initdb and pg_ctl: a new data folder, and a server in the background.

use super::{server, version};
use crate::kernel::{Sys, Waited};
use crate::model::file::Data;
use crate::model::signal::Signal;
use crate::model::time::Time;

/// Makes the folder of a new database.
pub async fn initdb(sys: Sys) -> i32 {
    let argv = sys.argv();
    let value = |name: &str| {
        let attached = argv.iter().find_map(|word| word.strip_prefix(&format!("{name}=")).map(String::from));
        attached.or_else(|| argv.iter().position(|word| word == name).and_then(|at| argv.get(at + 1)).cloned())
    };
    let Some(folder) = value("-D").or_else(|| sys.env("PGDATA").map(|folder| folder.to_string())) else {
        sys.eprint("initdb: error: no data directory specified\ninitdb: hint: You must identify the directory where the data for this database system will reside.  Do this with either the invocation option -D or the environment variable PGDATA.\n").await;
        return 1;
    };
    let owner = value("--username").or_else(|| value("-U")).unwrap_or_else(|| "postgres".into());
    let password = match value("--pwfile") {
        Some(file) => String::from_utf8_lossy(&sys.read_file(&file).await.unwrap_or_default()).trim_end().to_string(),
        None => String::new(),
    };
    let head = "The files belonging to this database system will be owned by user \"postgres\".\nThis user must also own the server process.\n\nThe database cluster will be initialized with locale \"en_US.utf8\".\nThe default database encoding has accordingly been set to \"UTF8\".\nThe default text search configuration will be set to \"english\".\n\nData page checksums are disabled.\n\n";
    let _ = sys.print(head).await;
    let number = version(&sys);
    let major = number.split('.').next().unwrap_or("16");
    for name in ["base", "global", "pg_wal", "pg_xact", "pg_stat"] {
        let _ = sys.mkdir(&format!("{folder}/{name}"), 0o700);
    }
    let rules = "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n";
    let files = [
        ("PG_VERSION", format!("{major}\n")),
        ("pg_hba.conf", rules.to_string()),
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
    if let Err(errno) = server::found(&sys, &folder, &owner, &password) {
        sys.eprint(&format!("initdb: error: could not create the cluster: {errno}\n")).await;
        return 1;
    }
    for (step, millis) in [
        (format!("fixing permissions on existing directory {folder} ... ok"), 2),
        ("creating subdirectories ... ok".into(), 4),
        ("selecting dynamic shared memory implementation ... posix".into(), 2),
        ("selecting default max_connections ... 100".into(), 30),
        ("selecting default shared_buffers ... 128MB".into(), 30),
        ("selecting default time zone ... UTC".into(), 2),
        ("creating configuration files ... ok".into(), 4),
        ("running bootstrap script ... ok".into(), 150),
        ("performing post-bootstrap initialization ... ok".into(), 250),
        ("syncing data to disk ... ok".into(), 60),
    ] {
        let _ = sys.sleep(Time::millis(millis)).await;
        let _ = sys.print(&format!("{step}\n")).await;
    }
    let _ = sys
        .print(&format!(
            "\n\nSuccess. You can now start the database server using:\n\n    pg_ctl -D {folder} -l logfile start\n\n"
        ))
        .await;
    sys.eprint("initdb: warning: enabling \"trust\" authentication for local connections\ninitdb: hint: You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, the next time you run initdb.\n").await;
    0
}

/// `start` and `stop` of the server that the entrypoint prepares a new database with.
pub async fn pg_ctl(sys: Sys) -> i32 {
    let argv = sys.argv();
    let given = argv.iter().position(|word| word == "-D").and_then(|at| argv.get(at + 1)).cloned();
    let Some(folder) = given.or_else(|| sys.env("PGDATA").map(|folder| folder.to_string())) else {
        sys.eprint("pg_ctl: no database directory specified and environment variable PGDATA unset\n").await;
        return 1;
    };
    let pid_file = format!("{folder}/postmaster.pid");
    if argv.iter().any(|word| word == "start") {
        let local = argv.iter().any(|word| word.contains("listen_addresses=''"));
        let _ = sys.print("waiting for server to start....").await;
        let own = folder.clone();
        let Ok(child) = sys.fork(move |child| server::run(child, own, local)).await else { return 1 };
        let pid = sys.world(|world| world.process(child).map_or(0, |process| process.nspid));
        let _ = sys.put(&pid_file, Data::new(format!("{pid}\n").into_bytes()), 0o600);
        let _ = sys.sleep(Time::millis(100)).await;
        return match sys.poll_child(Some(child)) {
            Some(Waited::Ended(..)) => {
                let _ = sys.print(" stopped waiting\n").await;
                sys.eprint("pg_ctl: could not start server\nExamine the log output.\n").await;
                1
            }
            _ => i32::from(sys.print(" done\nserver started\n").await.is_err()),
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
        let _ = sys.sleep(Time::millis(100)).await;
        let _ = sys.unlink(&pid_file);
        return i32::from(sys.print(" done\nserver stopped\n").await.is_err());
    }
    sys.eprint("layerlab: pg_ctl beyond start and stop is not simulated\n").await;
    1
}
