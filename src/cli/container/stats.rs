//! `docker stats`: once, or as a picture that is drawn over itself until it is interrupted.

use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::{Answer, Reply, Request, Stats};
use crate::engine::client::{CallError, Connection};
use crate::kernel::Kernel;
use crate::model::time::Time;

const TYPE: &str = "*container.statsContext";
const HEADERS: [(&str, &str); 9] = [
    ("Container", "CONTAINER"),
    ("Name", "NAME"),
    ("ID", "CONTAINER ID"),
    ("CPUPerc", "CPU %"),
    ("MemUsage", "MEM USAGE / LIMIT"),
    ("MemPerc", "MEM %"),
    ("NetIO", "NET I/O"),
    ("BlockIO", "BLOCK I/O"),
    ("PIDs", "PIDS"),
];
/// The pause between two pictures.
const PAUSE: Time = Time::millis(500);

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let format = match call.flags.text("format") {
        "" | "table" => {
            let columns = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"];
            format!("table {}", columns.map(|name| format!("{{{{.{name}}}}}")).join("\t"))
        }
        format => format.to_string(),
    };
    let watch = if call.args.is_empty() { Some(Watch::open(client, call.flags.bool("all"))?) } else { None };
    let mut board = Board { stream: !call.flags.bool("no-stream"), rows: Vec::new() };
    for name in names(client, call).await? {
        board.add(client, &name);
    }
    board.first(client).await?;
    if watch.is_none() {
        board.failures()?;
    }
    let whole = call.flags.bool("no-trunc");
    if !board.stream {
        let text = board.picture(&format, whole)?;
        return client.print(&text).await.map(|()| 0);
    }
    loop {
        client.sys.sleep(PAUSE).await?;
        board.collect(client);
        if let Some(watch) = &watch {
            watch.follow(client, &mut board)?;
        }
        if board.rows.is_empty() && watch.is_none() {
            client.print("\x1b[H\x1b[J").await?;
            return Ok(0);
        }
        client.print(&redrawn(&board.picture(&format, whole)?)).await?;
    }
}

/// A picture over the one before, as the real client draws it: once plainly and once with the rest of
/// every line wiped, then all that is below.
fn redrawn(text: &str) -> String {
    let wiped: String = text.split('\n').map(|line| format!("{line} \x1b[K\n")).collect();
    format!("\x1b[H{text}\x1b[H{wiped}\x1b[J")
}

/// The containers to begin with: those asked for, or those that run.
async fn names(client: &Client, call: &Invocation) -> Result<Vec<String>, Failure> {
    if !call.args.is_empty() {
        return Ok(call.args.clone());
    }
    let all = call.flags.bool("all");
    let request = Request::ContainerList { all, limit: None, size: false, filters: Vec::new() };
    let Answer::Containers(containers) = client.call(request).await? else { return Ok(Vec::new()) };
    Ok(containers.iter().map(|container| human::short_id(&container.id).to_string()).collect())
}

/// One container's samples on their way, and the last of them.
struct Row {
    name: String,
    connection: Option<Connection>,
    last: Stats,
    /// There is a sample, and it is still true.
    known: bool,
    failure: Option<Failure>,
}

impl Row {
    /// Takes in what has come; the current task is woken when there is more.
    fn take(&mut self, kernel: &mut Kernel) -> Result<(), CallError> {
        while let Some(connection) = &self.connection {
            match connection.poll(kernel) {
                None => return Ok(()),
                Some(Ok(Some(Reply::Stats(stats)))) => (self.last, self.known) = (*stats, true),
                Some(Ok(Some(Reply::Ready | Reply::Output { .. } | Reply::Progress(_) | Reply::Event(_)))) => {}
                Some(Ok(Some(Reply::Failed(fault)))) => self.end(Some(CallError::Daemon(fault).into())),
                Some(Ok(Some(Reply::Done(_)) | None)) => self.end(None),
                Some(Err(CallError::Interrupted)) => return Err(CallError::Interrupted),
                Some(Err(error)) => self.end(Some(error.into())),
            }
        }
        Ok(())
    }

    fn end(&mut self, failure: Option<Failure>) {
        self.connection = None;
        self.failure = failure;
    }
}

struct Board {
    stream: bool,
    rows: Vec<Row>,
}

impl Board {
    /// Begins to watch a container, unless it is watched already.
    fn add(&mut self, client: &Client, name: &str) {
        if self.rows.iter().any(|row| row.name == name) {
            return;
        }
        let request = Request::ContainerStats { container: name.to_string(), stream: self.stream };
        let (connection, failure) = match Connection::open(&client.sys, request) {
            Ok(connection) => (Some(connection), None),
            Err(error) => (None, Some(error.into())),
        };
        self.rows.push(Row { name: name.to_string(), connection, last: Stats::default(), known: false, failure });
    }

    fn remove(&mut self, name: &str) {
        if let Some(at) = self.rows.iter().position(|row| row.name == name)
            && let Some(connection) = self.rows.remove(at).connection
        {
            connection.close();
        }
    }

    /// Waits until there is something to show of everybody.
    async fn first(&mut self, client: &Client) -> Result<(), Failure> {
        let rows = &mut self.rows;
        let outcome = client.sys.block(|k| {
            for row in rows.iter_mut().filter(|row| !row.known) {
                if let Err(error) = row.take(k) {
                    return Some(Err(error));
                }
            }
            let waits = rows.iter().any(|row| !row.known && row.connection.is_some());
            (!waits).then_some(Ok(()))
        });
        Ok(outcome.await?)
    }

    /// Takes in what has come, without waiting.
    fn collect(&mut self, client: &Client) {
        for row in &mut self.rows {
            let _ = client.sys.with(|k| row.take(k));
            row.known &= row.connection.is_some();
        }
    }

    /// What was said against those that were asked for by name.
    fn failures(&mut self) -> Result<(), Failure> {
        let mut failures = Failures::default();
        for failure in self.rows.iter_mut().filter_map(|row| row.failure.take()) {
            failures.add(failure);
        }
        failures.outcome().map(|_| ())
    }

    fn picture(&self, format: &str, whole: bool) -> Result<String, Failure> {
        let rows = self.rows.iter().map(|row| show(row, whole)).collect();
        Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)
    }
}

/// The containers that come and go, told by the engine's events.
struct Watch {
    events: Connection,
    all: bool,
}

impl Watch {
    fn open(client: &Client, all: bool) -> Result<Watch, Failure> {
        let filters = vec![("type".to_string(), "container".to_string())];
        let request = Request::Events { since: None, until: None, filters };
        Ok(Watch { events: Connection::open(&client.sys, request)?, all })
    }

    fn follow(&self, client: &Client, board: &mut Board) -> Result<(), Failure> {
        loop {
            match client.sys.with(|k| self.events.poll(k)) {
                None => return Ok(()),
                Some(Ok(Some(Reply::Event(event)))) => {
                    let name = human::short_id(&event.actor);
                    match event.action.as_str() {
                        "start" => board.add(client, name),
                        "create" if self.all => board.add(client, name),
                        "destroy" => board.remove(name),
                        "die" if !self.all => board.remove(name),
                        _ => {}
                    }
                }
                Some(Ok(Some(_))) => {}
                Some(Ok(None)) => return Err(Failure::new("")),
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }
}

fn show(row: &Row, whole: bool) -> Value {
    let stats = &row.last;
    let text = |text: &str| Value::text(text);
    // What is no longer known is left open.
    let known = |shown: String, open: &str| Value::text(if row.known { &shown } else { open });
    let pair = |a: u64, b: u64| format!("{} / {}", human::size(a as i64), human::size(b as i64));
    let elapsed = stats.at.since(stats.before).0;
    let cpu = if elapsed == 0 { 0.0 } else { stats.cpu.saturating_sub(stats.cpu_before) as f64 / elapsed as f64 };
    let memory = if stats.memory_limit == 0 { 0.0 } else { stats.memory as f64 / stats.memory_limit as f64 };
    let bytes = |bytes: u64| human::binary_size(bytes as f64);
    let id = if whole { &stats.id } else { human::short_id(&stats.id) };
    line(
        TYPE,
        vec![
            ("Container", text(&row.name)),
            ("Name", text(stats.name.trim_start_matches('/'))),
            ("ID", text(id)),
            ("CPUPerc", known(format!("{:.2}%", cpu * 100.0), "--")),
            ("MemUsage", known(format!("{} / {}", bytes(stats.memory), bytes(stats.memory_limit)), "-- / --")),
            ("MemPerc", known(format!("{:.2}%", memory * 100.0), "--")),
            ("NetIO", known(pair(stats.received, stats.sent), "--")),
            ("BlockIO", known(pair(stats.read, stats.written), "--")),
            ("PIDs", known(stats.pids.to_string(), "--")),
        ],
    )
}
