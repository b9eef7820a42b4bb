//! `redis-cli`.

use super::protocol::{self, Reply};
use super::show;
use super::store::Bytes;
use crate::kernel::{Errno, Sys};
use crate::model::time::Time;
use crate::programs::net;

/// What the command line asks for.
struct Wish {
    host: String,
    port: u16,
    database: i64,
    password: Option<String>,
    /// Raw or not, whatever the output is.
    raw: Option<bool>,
    repeat: i64,
    pause: f64,
    words: Vec<Bytes>,
}

/// A client and its connection, if it has one.
struct Client {
    sys: Sys,
    wish: Wish,
    fd: Option<u32>,
    buffer: Vec<u8>,
    database: i64,
    raw: bool,
}

pub async fn client(sys: Sys) -> i32 {
    let argv = sys.argv();
    let wish = match read(argv.get(1..).unwrap_or_default(), &sys) {
        Ok(wish) => wish,
        Err((text, code)) => {
            if code == 0 {
                let _ = sys.print(&text).await;
            } else {
                sys.eprint(&text).await;
            }
            return code;
        }
    };
    let screen = sys.is_terminal(1).is_some();
    let raw = wish.raw.unwrap_or(!screen);
    let database = wish.database;
    let mut client = Client { sys, wish, fd: None, buffer: Vec::new(), database, raw };
    if !client.wish.words.is_empty() {
        return client.once().await;
    }
    if client.sys.is_terminal(0).is_some() {
        return client.prompt().await;
    }
    client.lines().await
}

fn read(words: &[String], sys: &Sys) -> Result<Wish, (String, i32)> {
    let password = sys.env("REDISCLI_AUTH").map(|text| text.to_string());
    let mut wish = Wish {
        host: "127.0.0.1".into(),
        port: 6379,
        database: 0,
        password,
        raw: None,
        repeat: 1,
        pause: 0.0,
        words: Vec::new(),
    };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| unknown(word));
        match word.as_str() {
            "-v" | "--version" => return Err((format!("redis-cli {}\n", super::server::version(sys)), 0)),
            "-h" => wish.host = value()?,
            "-p" => wish.port = value()?.parse().map_err(|_| ("Invalid server port.\n".to_string(), 1))?,
            "-n" => wish.database = value()?.parse().unwrap_or(0),
            "-a" | "--pass" => wish.password = Some(value()?),
            "--user" => drop(value()?),
            "-r" => wish.repeat = value()?.parse().unwrap_or(1),
            "-i" => wish.pause = value()?.parse().unwrap_or(0.0),
            "--raw" => wish.raw = Some(true),
            "--no-raw" => wish.raw = Some(false),
            "--no-auth-warning" => {}
            "-e" | "-c" | "-3" | "-2" | "-x" | "-X" | "-u" | "-d" | "-s" | "-t" | "-D" => {
                return Err((format!("layerlab: redis-cli {word} is not simulated\n"), 1));
            }
            flag if flag.starts_with("--") && flag.len() > 2 => {
                return Err((format!("layerlab: redis-cli {flag} is not simulated\n"), 1));
            }
            flag if flag.starts_with('-') && flag.len() == 2 => return Err(unknown(word)),
            _ => {
                wish.words = std::iter::once(word).chain(rest).map(|word| word.as_bytes().to_vec()).collect();
                break;
            }
        }
    }
    Ok(wish)
}

fn unknown(word: &str) -> (String, i32) {
    (format!("Unrecognized option or bad number of args for: '{word}'\n"), 1)
}

impl Client {
    async fn connect(&mut self) -> Result<u32, String> {
        if let Some(fd) = self.fd {
            return Ok(fd);
        }
        let (host, port) = (self.wish.host.clone(), self.wish.port);
        let failed = |why: &str| format!("Could not connect to Redis at {host}:{port}: {why}\n");
        let Some(address) = net::resolve(&self.sys, &host) else {
            let musl = self.sys.stat("/etc/alpine-release").is_ok();
            return Err(failed(if musl { "Name does not resolve" } else { "Name or service not known" }));
        };
        let fd = self.sys.connect_inet(address, port).await.map_err(|errno| failed(errno.text()))?;
        self.fd = Some(fd);
        self.buffer.clear();
        let word = |text: &str| text.as_bytes().to_vec();
        if let Some(password) = self.wish.password.clone() {
            let reply = self.ask(fd, &[word("AUTH"), word(&password)]).await;
            if let Ok(Reply::Error(text)) = reply {
                self.sys.eprint(&format!("AUTH failed: {text}\n")).await;
            }
        }
        if self.database != 0 {
            let _ = self.ask(fd, &[word("SELECT"), word(&self.database.to_string())]).await;
        }
        Ok(fd)
    }

    async fn ask(&mut self, fd: u32, words: &[Bytes]) -> Result<Reply, Errno> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let reply = protocol::exchange(&self.sys, fd, words, &mut buffer).await;
        self.buffer = buffer;
        reply
    }

    /// Sends a command and shows the answer; false if there is no server.
    async fn send(&mut self, words: &[Bytes]) -> bool {
        let name = words.first().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).unwrap_or_default();
        for attempt in 0..2 {
            let fd = match self.connect().await {
                Ok(fd) => fd,
                Err(text) => {
                    self.sys.eprint(&text).await;
                    return false;
                }
            };
            let reply = match self.ask(fd, words).await {
                Ok(reply) => reply,
                Err(_) => {
                    self.drop_connection();
                    if name == "shutdown" {
                        return true;
                    }
                    if attempt == 1 {
                        self.sys.eprint("Error: Server closed the connection\n").await;
                    }
                    continue;
                }
            };
            if name == "select" && reply == Reply::ok() {
                self.database = words.get(1).and_then(|word| super::command::number(word)).unwrap_or(0);
            }
            self.show(&name, &reply).await;
            if name == "quit" {
                self.drop_connection();
            }
            return true;
        }
        false
    }

    async fn show(&self, name: &str, reply: &Reply) {
        // What is a text of lines is shown as it is.
        let plain = self.raw || (name == "info" && matches!(reply, Reply::Bytes(_)));
        let bytes = if plain { show::raw(reply) } else { show::pretty(reply, "").into_bytes() };
        let _ = self.sys.write(1, &bytes).await;
    }

    fn drop_connection(&mut self) {
        if let Some(fd) = self.fd.take() {
            let _ = self.sys.close(fd);
        }
    }

    /// A command of the command line, as often as it is asked for.
    async fn once(&mut self) -> i32 {
        let words = self.wish.words.clone();
        let mut left = self.wish.repeat;
        if self.wish.password.is_some()
            && self.sys.argv().iter().any(|word| word == "-a")
            && !self.sys.argv().iter().any(|word| word == "--no-auth-warning")
        {
            let warning =
                "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";
            self.sys.eprint(warning).await;
        }
        while left != 0 {
            if !self.send(&words).await {
                return 1;
            }
            left -= 1;
            if left != 0 && self.wish.pause > 0.0 && self.sys.sleep(Time::from_secs_f64(self.wish.pause)).await.is_err()
            {
                return 130;
            }
        }
        0
    }

    /// Commands from standard input.
    async fn lines(&mut self) -> i32 {
        let Ok(bytes) = self.sys.read_to_end(0).await else { return 1 };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match protocol::words(line) {
                Some(words) => {
                    if !self.send(&words).await {
                        return 1;
                    }
                }
                None => drop(self.sys.print("Invalid argument(s)\n").await),
            }
        }
        0
    }

    /// Commands as they are typed.
    async fn prompt(&mut self) -> i32 {
        if let Err(text) = self.connect().await {
            self.sys.eprint(&text).await;
        }
        loop {
            let index = if self.database == 0 { String::new() } else { format!("[{}]", self.database) };
            let prompt = match self.fd {
                Some(_) => format!("{}:{}{index}> ", self.wish.host, self.wish.port),
                None => "not connected> ".to_string(),
            };
            if self.sys.print(&prompt).await.is_err() {
                return 1;
            }
            let line = match self.sys.read(0, 65_536).await {
                Ok(bytes) if bytes.is_empty() => return i32::from(self.sys.print("\n").await.is_err()),
                Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_string(),
                Err(_) => return 0,
            };
            match line.to_ascii_lowercase().as_str() {
                "" => {}
                "exit" | "quit" => return 0,
                "clear" => drop(self.sys.print("\x1b[H\x1b[2J").await),
                word if word == "help" || word.starts_with("help ") || word.starts_with('?') => {
                    self.sys.eprint("layerlab: the help of redis-cli is not simulated\n").await;
                }
                _ => match protocol::words(&line) {
                    Some(words) => drop(self.send(&words).await),
                    None => drop(self.sys.print("Invalid argument(s)\n").await),
                },
            }
        }
    }
}
