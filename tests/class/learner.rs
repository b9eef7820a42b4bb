//! Somebody in a class, as their page behaves: one connection, a report at each change, and again where none came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A connection that is kept.
pub struct Caller {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Caller {
    pub fn new(address: SocketAddr) -> Caller {
        let stream = TcpStream::connect(address).ok();
        let stream = stream.inspect(|stream| {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = stream.set_nodelay(true);
        });
        Caller { address, stream: stream.map(BufReader::new) }
    }

    /// Asks something below `/class/`; none where the connection has gone.
    pub fn ask(&mut self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let shown = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let request = format!(
            "{method} /class/{path} HTTP/1.1\r\nHost: {}\r\n{shown}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let stream = self.stream.as_mut()?;
        stream.get_mut().write_all(request.as_bytes()).ok()?;
        let (status, body) = answer(stream)?;
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

/// Reads an answer that says how long it is.
fn answer(stream: &mut BufReader<TcpStream>) -> Option<(u16, Vec<u8>)> {
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if status.is_none() {
            status = Some(line.split(' ').nth(1)?.parse().ok()?);
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((status?, body))
}

pub struct Learner {
    pub name: String,
    pub token: String,
    pub caller: Caller,
    /// The last report that was answered.
    pub report: Value,
    /// How long each answer took.
    pub taken: Vec<Duration>,
    /// Reports that were sent once more.
    pub again: u32,
    chance: u64,
}

impl Learner {
    pub fn join(address: SocketAddr, code: &str, n: u32) -> Learner {
        let name = format!("Học viên {n}");
        let mut caller = Caller::new(address);
        let (status, said) = caller.ask("POST", "join", "", Some(&json!({ "name": name, "code": code }))).unwrap();
        assert_eq!(status, 200, "{said}");
        let token = said["token"].as_str().unwrap().to_owned();
        let report =
            json!({ "lesson": "one", "step": 1, "done": 0, "steps": 6, "tries": 0, "fails": 0, "hand": false });
        Learner { name, token, caller, report, taken: Vec::new(), again: 0, chance: u64::from(n) * 7 + 1 }
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % below
    }

    /// Sends the report as it is.
    pub fn tell(&mut self) -> Option<(u16, Value)> {
        self.caller.ask("POST", "report", &self.token, Some(&self.report))
    }

    /// Tries commands, does steps and asks for help, until the time is up.
    pub fn learn(&mut self, end: Instant) {
        let lessons = ["one", "two", "three"];
        while Instant::now() < end {
            let wait = 300 + self.roll(1_200);
            thread::sleep(Duration::from_millis(wait));
            let number = |report: &Value, name: &str| report[name].as_u64().unwrap();
            match self.roll(10) {
                0 => self.report["hand"] = json!(!self.report["hand"].as_bool().unwrap()),
                1..=3 if number(&self.report, "done") < 6 => {
                    let done = number(&self.report, "done") + 1;
                    for (name, value) in [("done", done), ("step", (done + 1).min(6)), ("tries", 0), ("fails", 0)] {
                        self.report[name] = json!(value);
                    }
                }
                1..=3 => {
                    let next = lessons.iter().position(|lesson| self.report["lesson"] == *lesson).unwrap() + 1;
                    let lesson = lessons[next % lessons.len()];
                    self.report = json!({ "lesson": lesson, "step": 1, "done": 0, "steps": 6, "tries": 0, "fails": 0, "hand": false });
                }
                roll => {
                    self.report["tries"] = json!(number(&self.report, "tries") + 1);
                    let failed = u64::from(roll > 7);
                    self.report["fails"] = json!(number(&self.report, "fails") + failed);
                }
            }
            self.insist();
        }
    }

    /// Sends the report until it is answered.
    fn insist(&mut self) {
        loop {
            let began = Instant::now();
            match self.tell() {
                Some((200, _)) => return self.taken.push(began.elapsed()),
                Some((status, said)) => panic!("{}: {status} {said}", self.name),
                None => {
                    self.again += 1;
                    thread::sleep(Duration::from_millis(100));
                    self.caller = Caller::new(self.caller.address);
                }
            }
        }
    }
}
