//! psql and pg_isready.

use super::protocol::{NULL, receive, send};
use super::server::SOCKET;
use super::{query, version};
use crate::kernel::Sys;
use crate::model::network::ipv4;
use crate::programs::net;

struct Wish {
    host: Option<String>,
    port: u16,
    user: String,
    database: String,
    commands: Vec<String>,
    file: Option<String>,
    list: bool,
    bare: bool,
    unaligned: bool,
    quiet: bool,
    stops: bool,
}

struct Client {
    sys: Sys,
    wish: Wish,
    fd: u32,
    buffer: Vec<u8>,
}

fn read(sys: &Sys) -> Result<Wish, String> {
    let env = |name: &str| sys.env(name).map(|text| text.to_string());
    let mut wish = Wish {
        host: env("PGHOST"),
        port: env("PGPORT").and_then(|port| port.parse().ok()).unwrap_or(5432),
        user: env("PGUSER").unwrap_or_default(),
        database: env("PGDATABASE").unwrap_or_default(),
        commands: Vec::new(),
        file: None,
        list: false,
        bare: false,
        unaligned: false,
        quiet: false,
        stops: false,
    };
    let argv = spread(sys.argv());
    let mut words = argv.iter().skip(1);
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        let mut value = || attached.clone().or_else(|| words.next().cloned()).unwrap_or_default();
        match name {
            "-h" | "--host" => wish.host = Some(value()),
            "-p" | "--port" => wish.port = value().parse().map_err(|_| format!("invalid port in {word}"))?,
            "-U" | "--username" => wish.user = value(),
            "-d" | "--dbname" => wish.database = value(),
            "-c" | "--command" => wish.commands.push(value()),
            "-f" | "--file" => wish.file = Some(value()),
            "-v" | "--set" | "--variable" => wish.stops |= value().starts_with("ON_ERROR_STOP="),
            "-l" | "--list" => wish.list = true,
            "-t" | "--tuples-only" => wish.bare = true,
            "-A" | "--no-align" => wish.unaligned = true,
            "-q" | "--quiet" => wish.quiet = true,
            "-X" | "--no-psqlrc" | "-w" | "--no-password" => {}
            flag if flag.starts_with('-') => return Err(format!("layerlab: psql {flag} is not simulated")),
            _ => plain.push(word.clone()),
        }
    }
    if let Some(name) = plain.first() {
        if name.contains("://") {
            return Err("layerlab: psql with an address is not simulated".into());
        }
        wish.database = name.clone();
    }
    if let Some(name) = plain.get(1) {
        wish.user = name.clone();
    }
    if wish.user.is_empty() {
        let all = crate::programs::command::records(sys, "/etc/passwd");
        let own = sys.user().uid.to_string();
        wish.user =
            all.iter().find(|row| row.get(2) == Some(&own)).and_then(|row| row.first().cloned()).unwrap_or_default();
    }
    if wish.database.is_empty() {
        wish.database = wish.user.clone();
    }
    Ok(wish)
}

/// Letters in one word as words of their own: `-Atc TEXT`.
fn spread(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in words {
        let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')).unwrap_or("");
        // What follows a letter that takes a value is that value.
        let takes = letters.find(|c| "hpUdcfv".contains(c)).map_or(letters.len(), |at| at + 1);
        if letters.chars().count() < 2 || !letters.is_ascii() {
            out.push(word);
            continue;
        }
        out.extend(letters[..takes].chars().map(|letter| format!("-{letter}")));
        if takes < letters.len() {
            out.push(letters[takes..].to_string());
        }
    }
    out
}

pub async fn psql(sys: Sys) -> i32 {
    if sys.argv().iter().skip(1).any(|word| word == "-V" || word == "--version") {
        return i32::from(sys.print(&format!("psql (PostgreSQL) {}\n", version(&sys))).await.is_err());
    }
    let mut wish = match read(&sys) {
        Ok(wish) => wish,
        Err(text) => {
            sys.eprint(&format!("{text}\n")).await;
            return 1;
        }
    };
    if wish.list && wish.database == wish.user {
        wish.database = "postgres".into();
    }
    let (fd, number) = match connect(&sys, &wish).await {
        Ok(connected) => connected,
        Err(text) => {
            sys.eprint(&format!("psql: error: {text}\n")).await;
            return 2;
        }
    };
    let mut client = Client { sys, wish, fd, buffer: Vec::new() };
    if client.wish.list {
        client.meta("l").await;
        return 0;
    }
    for command in client.wish.commands.clone() {
        if !client.line(&command).await {
            return 1;
        }
    }
    if let Some(file) = client.wish.file.clone() {
        let Ok(bytes) = client.sys.read_file(&file).await else {
            client.sys.eprint(&format!("psql: error: {file}: No such file or directory\n")).await;
            return 1;
        };
        return client.script(&String::from_utf8_lossy(&bytes)).await;
    }
    if !client.wish.commands.is_empty() {
        return 0;
    }
    if client.sys.is_terminal(0).is_some() {
        return client.prompt(&number).await;
    }
    match client.sys.read_to_end(0).await {
        Ok(bytes) => client.script(&String::from_utf8_lossy(&bytes)).await,
        Err(_) => 1,
    }
}

/// A connection that the server let in, and the server's release.
async fn connect(sys: &Sys, wish: &Wish) -> Result<(u32, String), String> {
    let (fd, whole) = match &wish.host {
        None => {
            let whole = format!("connection to server on socket \"{SOCKET}\" failed");
            let ask = "\tIs the server running locally and accepting connections on that socket?";
            (sys.connect(SOCKET).map_err(|errno| format!("{whole}: {errno}\n{ask}"))?, whole)
        }
        Some(host) => {
            let musl = sys.stat("/etc/alpine-release").is_ok();
            let why = if musl { "Name does not resolve" } else { "Name or service not known" };
            let missing = || format!("could not translate host name \"{host}\" to address: {why}");
            let address = net::resolve(sys, host).ok_or_else(missing)?;
            let whole = format!("connection to server at \"{host}\" ({}), port {} failed", ipv4(address), wish.port);
            let ask = "\tIs the server running on that host and accepting TCP/IP connections?";
            let connected = sys.connect_inet(address, wish.port).await;
            (connected.map_err(|errno| format!("{whole}: {errno}\n{ask}"))?, whole)
        }
    };
    let lost = |_| format!("{whole}: server closed the connection unexpectedly");
    send(sys, fd, b'U', &[&wish.user, &wish.database]).await.map_err(lost)?;
    let mut buffer = Vec::new();
    loop {
        match receive(sys, fd, &mut buffer).await.map_err(lost)? {
            Some((b'R', _)) => {
                let Some(password) = password(sys, &wish.user).await else {
                    return Err(format!("{whole}: fe_sendauth: no password supplied"));
                };
                send(sys, fd, b'p', &[&password]).await.map_err(lost)?;
            }
            Some((b'F', fields)) => return Err(format!("{whole}: FATAL:  {}", fields.concat())),
            Some((b'Z', fields)) => return Ok((fd, fields.concat())),
            Some(_) => {}
            None => return Err(format!("{whole}: server closed the connection unexpectedly")),
        }
    }
}

async fn password(sys: &Sys, user: &str) -> Option<String> {
    if let Some(password) = sys.env("PGPASSWORD") {
        return Some(password.to_string());
    }
    let tty = sys.is_terminal(0)?;
    let _ = sys.print(&format!("Password for user {user}: ")).await;
    let echo = |on: bool| {
        sys.world(|world| {
            if let Some(terminal) = world.terminal_mut(tty) {
                terminal.echo = on;
            }
        });
    };
    echo(false);
    let line = sys.read(0, 4096).await;
    echo(true);
    let _ = sys.print("\n").await;
    line.ok().map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_string())
}

impl Client {
    async fn prompt(&mut self, number: &str) -> i32 {
        let _ = self.sys.print(&format!("psql ({number})\nType \"help\" for help.\n\n")).await;
        let mut open = String::new();
        loop {
            let mark = if open.is_empty() { '=' } else { '-' };
            let _ = self.sys.print(&format!("{}{mark}# ", self.wish.database)).await;
            let line = match self.sys.read(0, 65_536).await {
                Ok(bytes) if bytes.is_empty() => {
                    let _ = self.sys.print("\\q\n").await;
                    return 0;
                }
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(_) => return 0,
            };
            let trimmed = line.trim();
            if open.is_empty() && (trimmed == "\\q" || trimmed == "quit" || trimmed == "exit") {
                return 0;
            }
            if open.is_empty() && (trimmed.starts_with('\\') || trimmed.is_empty()) {
                self.line(trimmed).await;
                continue;
            }
            open.push_str(&line);
            if trimmed.ends_with(';') {
                let text = std::mem::take(&mut open);
                self.line(&text).await;
            }
        }
    }

    async fn script(&mut self, text: &str) -> i32 {
        let mut code = 0;
        let mut sql = String::new();
        for line in text.lines() {
            if line.trim_start().starts_with('\\') {
                code |= i32::from(!self.line(&std::mem::take(&mut sql)).await);
                code |= i32::from(!self.line(line.trim()).await);
            } else {
                sql.push_str(line);
                sql.push('\n');
            }
        }
        for statement in query::statements(&sql) {
            if !self.line(&statement).await {
                code = 3;
                if self.wish.stops {
                    return 3;
                }
            }
        }
        // A script goes on after an error, and only says so if it was told to stop.
        if self.wish.stops { code } else { 0 }
    }

    /// A backslash command or SQL; false if it failed.
    async fn line(&mut self, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() {
            return true;
        }
        match text.strip_prefix('\\') {
            Some(meta) => self.meta(meta.trim_end_matches(';')).await,
            None => self.ask(b'Q', text, None).await.is_some_and(|rows| rows != usize::MAX),
        }
    }

    async fn meta(&mut self, text: &str) -> bool {
        let (name, argument) = text.split_once(' ').map_or((text, ""), |(name, argument)| (name, argument.trim()));
        match name {
            "l" => self.ask(b'M', "l", Some("List of databases")).await.is_some(),
            "dt" | "d" if argument.is_empty() => self.ask(b'M', "dt", Some("List of relations")).await.is_some(),
            "d" => {
                let title = format!("Table \"public.{argument}\"");
                self.ask(b'M', &format!("d {argument}"), Some(&title)).await.is_some()
            }
            "conninfo" => {
                let (user, database, port) = (&self.wish.user, &self.wish.database, self.wish.port);
                let how = match &self.wish.host {
                    Some(host) => format!("on host \"{host}\""),
                    None => "via socket in \"/var/run/postgresql\"".to_string(),
                };
                let text = format!(
                    "You are connected to database \"{database}\" as user \"{user}\" {how} at port \"{port}\".\n"
                );
                self.sys.print(&text).await.is_ok()
            }
            "c" | "connect" => self.reconnect(argument).await,
            "q" => true,
            "echo" => self.sys.print(&format!("{argument}\n")).await.is_ok(),
            _ => {
                self.sys.eprint(&format!("layerlab: psql's \\{name} is not simulated\n")).await;
                false
            }
        }
    }

    async fn reconnect(&mut self, database: &str) -> bool {
        let before = std::mem::replace(&mut self.wish.database, database.to_string());
        match connect(&self.sys, &self.wish).await {
            Ok((fd, _)) => {
                let _ = self.sys.close(std::mem::replace(&mut self.fd, fd));
                self.buffer.clear();
                let text =
                    format!("You are now connected to database \"{database}\" as user \"{}\".\n", self.wish.user);
                self.sys.print(&text).await.is_ok()
            }
            Err(text) => {
                self.wish.database = before;
                self.sys.eprint(&format!("{text}\nPrevious connection kept\n")).await;
                false
            }
        }
    }

    /// Sends a request and shows what comes; how many rows, `usize::MAX` for an error, none if nobody answers.
    async fn ask(&mut self, letter: u8, text: &str, title: Option<&str>) -> Option<usize> {
        if send(&self.sys, self.fd, letter, &[text]).await.is_err() {
            return self.lost().await;
        }
        let (mut columns, mut rows, mut failed, mut count) = (Vec::new(), Vec::new(), false, 0);
        loop {
            let Ok(Some((letter, fields))) = receive(&self.sys, self.fd, &mut self.buffer).await else {
                return self.lost().await;
            };
            match letter {
                b'T' => {
                    (columns, rows) =
                        (fields.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1] == "r")).collect(), Vec::new());
                }
                b'D' => rows.push(fields),
                b'N' => self.sys.eprint(&format!("NOTICE:  {}\n", fields.concat())).await,
                b'C' if columns.is_empty() => {
                    self.tag(&fields.concat()).await;
                }
                b'C' => {
                    count = rows.len();
                    let text = self.shown(&columns, &rows, title);
                    let _ = self.sys.print(&text).await;
                    let tag = fields.concat();
                    if !tag.starts_with("SELECT") {
                        self.tag(&tag).await;
                    }
                    columns.clear();
                }
                b'E' => {
                    failed = true;
                    let detail = fields.get(1).filter(|detail| !detail.is_empty());
                    let detail = detail.map_or_else(String::new, |detail| format!("DETAIL:  {detail}\n"));
                    let text = fields.first().map_or("", String::as_str);
                    self.sys.eprint(&format!("ERROR:  {text}\n{detail}")).await;
                }
                b'Z' => return Some(if failed { usize::MAX } else { count }),
                _ => {}
            }
        }
    }

    /// Says what a statement came to.
    async fn tag(&self, tag: &str) {
        if !tag.is_empty() && !self.wish.quiet {
            let _ = self.sys.print(&format!("{tag}\n")).await;
        }
    }

    async fn lost(&self) -> Option<usize> {
        self.sys.eprint("server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nconnection to server was lost\n").await;
        None
    }

    fn shown(&self, columns: &[(String, bool)], rows: &[Vec<String>], title: Option<&str>) -> String {
        if let (true, Some(title)) = (rows.is_empty(), title) {
            return match title.strip_prefix("Table \"public.") {
                Some(name) => format!("Did not find any relation named \"{name}.\n"),
                None => "Did not find any relations.\n".into(),
            };
        }
        if self.wish.unaligned {
            let plain = |cell: &String| if cell == NULL { String::new() } else { cell.clone() };
            let mut lines: Vec<String> =
                rows.iter().map(|row| row.iter().map(plain).collect::<Vec<_>>().join("|")).collect();
            if !self.wish.bare {
                lines.insert(0, columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join("|"));
                lines.push(counted(rows.len()));
            }
            return lines.iter().map(|line| format!("{line}\n")).collect();
        }
        aligned(columns, rows, title, self.wish.bare)
    }
}

fn counted(rows: usize) -> String {
    format!("({rows} row{})", if rows == 1 { "" } else { "s" })
}

/// A table with its columns under each other.
pub fn aligned(columns: &[(String, bool)], rows: &[Vec<String>], title: Option<&str>, bare: bool) -> String {
    let lines = |cell: &String| -> Vec<String> {
        if cell == NULL { vec![String::new()] } else { cell.split('\n').map(String::from).collect() }
    };
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).flat_map(lines).map(|line| line.chars().count());
        cells.chain((!bare).then(|| columns[at].0.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let total: usize = widths.iter().map(|width| width + 3).sum::<usize>().saturating_sub(1);
    let mut text = String::new();
    if let Some(title) = title {
        text.push_str(&format!("{}{title}\n", " ".repeat(total.saturating_sub(title.chars().count()).div_ceil(2))));
    }
    if !bare {
        let head = columns.iter().zip(&widths).map(|((name, _), width)| {
            let room = width - name.chars().count();
            format!(" {}{name}{} ", " ".repeat(room / 2), " ".repeat(room - room / 2))
        });
        text.push_str(&format!("{}\n", head.collect::<Vec<_>>().join("|")));
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
        text.push_str(&format!("{}\n", rule.join("+")));
    }
    for row in rows {
        let cells: Vec<Vec<String>> = row.iter().map(lines).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            let part = |(at, cell): (usize, &Vec<String>)| {
                let own = cell.get(line).cloned().unwrap_or_default();
                let more = if line + 1 < cell.len() { "+" } else { " " };
                let (width, last) = (widths[at], at + 1 == columns.len());
                match columns[at].1 {
                    true => format!(" {own:>width$}{}", if last { "" } else { more }),
                    false if last && more == " " => format!(" {own}"),
                    false => format!(" {own:<width$}{more}"),
                }
            };
            text.push_str(&format!("{}\n", cells.iter().enumerate().map(part).collect::<Vec<_>>().join("|")));
        }
    }
    if !bare && title.is_none_or(|title| title.starts_with("List")) {
        text.push_str(&format!("{}\n", counted(rows.len())));
    }
    text + "\n"
}

pub async fn is_ready(sys: Sys) -> i32 {
    let argv = sys.argv();
    if argv.iter().skip(1).any(|word| word == "-V" || word == "--version") {
        return i32::from(sys.print(&format!("pg_isready (PostgreSQL) {}\n", version(&sys))).await.is_err());
    }
    let value = |name: &str| argv.iter().position(|word| word == name).and_then(|at| argv.get(at + 1)).cloned();
    let port = value("-p").and_then(|port| port.parse().ok()).unwrap_or(5432);
    let (place, connected) = match value("-h").or_else(|| sys.env("PGHOST").map(|host| host.to_string())) {
        None => (format!("/var/run/postgresql:{port}"), sys.connect(SOCKET).ok()),
        Some(host) => {
            let fd = match net::resolve(&sys, &host) {
                Some(address) => sys.connect_inet(address, port).await.ok(),
                None => None,
            };
            (format!("{host}:{port}"), fd)
        }
    };
    let said = if connected.is_some() { "accepting connections" } else { "no response" };
    if !argv.iter().any(|word| word == "-q") {
        let _ = sys.print(&format!("{place} - {said}\n")).await;
    }
    if connected.is_some() { 0 } else { 2 }
}
