//! What is done to containers, networks, volumes and images while it is done: line by line, or redrawn on a terminal.

use std::cell::RefCell;

use crate::cli::client::Client;
use crate::cli::format::human;
use crate::kernel::{Either, race};
use crate::model::time::Time;

/// Time between two drawings of a terminal.
const TICK: Time = Time::millis(100);
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const PARTS: [char; 9] = ['⠀', '⡀', '⣀', '⣄', '⣤', '⣦', '⣶', '⣷', '⣿'];

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Working,
    Done,
    Warning,
    Error,
}

/// Something that happens: to what, within what, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub parent: String,
    pub text: String,
    pub status: Status,
    pub status_text: String,
    pub current: u64,
    pub total: u64,
}

impl Event {
    pub fn new(id: impl Into<String>, status: Status, text: impl Into<String>) -> Event {
        let (id, status_text) = (id.into(), text.into());
        Event { id, parent: String::new(), text: String::new(), status, status_text, current: 0, total: 0 }
    }

    /// `Creating`, `Starting`: what is under way.
    pub fn working(id: impl Into<String>, text: &str) -> Event {
        Event::new(id, Status::Working, text)
    }

    pub fn done(id: impl Into<String>, text: &str) -> Event {
        Event::new(id, Status::Done, text)
    }

    pub fn error(id: impl Into<String>, text: &str) -> Event {
        Event::new(id, Status::Error, text)
    }

    pub fn warning(id: impl Into<String>, text: impl Into<String>) -> Event {
        Event::new(id, Status::Warning, text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Plain,
    Tty,
    Quiet,
    Json,
}

/// The display of one piece of work.
pub struct Progress {
    mode: Mode,
    title: &'static str,
    screen: RefCell<Screen>,
}

#[derive(Default)]
struct Screen {
    lines: Vec<Line>,
    begun: bool,
    height: usize,
    /// Too many lines: those within others are left out.
    folded: bool,
}

struct Line {
    event: Event,
    began: Time,
    ended: Option<Time>,
    spinner: usize,
}

impl Progress {
    pub fn new(mode: Mode, title: &'static str) -> Progress {
        Progress { mode, title, screen: RefCell::default() }
    }

    /// Work that shows nothing.
    pub fn quiet() -> Progress {
        Progress::new(Mode::Quiet, "")
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Tells of an event.
    pub async fn tell(&self, client: &Client, event: Event) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Plain => {
                client
                    .warn(&format!(" {} {} {}\n", event.id, event.text, event.status_text).replace("  \n", " \n"))
                    .await;
            }
            Mode::Json => client.warn(&json(&event)).await,
            Mode::Tty => self.screen.borrow_mut().take(event, client.sys.now()),
        }
    }

    /// Does the work, and draws the terminal meanwhile.
    pub async fn run<T>(&self, client: &Client, work: impl Future<Output = T>) -> T {
        if self.mode != Mode::Tty {
            return work.await;
        }
        match race(work, self.tick(client)).await {
            Either::Left(done) => {
                self.draw(client).await;
                done
            }
            Either::Right(never) => never,
        }
    }

    async fn tick<T>(&self, client: &Client) -> T {
        loop {
            let next = client.sys.now().plus(TICK);
            client.sys.sleep_until(next).await;
            self.draw(client).await;
        }
    }

    async fn draw(&self, client: &Client) {
        let (rows, columns) = size(client);
        let text = self.screen.borrow_mut().draw(self.title, client.sys.now(), rows, columns);
        client.warn(&text).await;
    }
}

fn size(client: &Client) -> (usize, usize) {
    let tty = client.sys.is_terminal(2);
    let size = tty.and_then(|tty| client.sys.world(|w| w.terminal(tty).map(|t| (t.rows, t.columns))));
    size.map_or((24, 80), |(rows, columns)| (usize::from(rows), usize::from(columns)))
}

fn json(event: &Event) -> String {
    let mut fields = serde_json::Map::new();
    let mut put = |key: &str, text: &str| {
        if !text.is_empty() {
            fields.insert(key.into(), text.into());
        }
    };
    put("id", &event.id);
    put("parent_id", &event.parent);
    put("text", &event.text);
    put("status", &event.status_text);
    format!("{}\n", serde_json::Value::Object(fields))
}

impl Screen {
    fn take(&mut self, event: Event, now: Time) {
        let over = event.status != Status::Working;
        match self.lines.iter_mut().find(|line| line.event.id == event.id) {
            Some(line) => {
                if !over {
                    line.ended = None;
                } else if line.event.status != event.status {
                    line.ended = Some(now);
                }
                let (current, total) = (line.event.current.max(event.current), line.event.total.max(event.total));
                line.event = Event { current, total, ..event };
            }
            None => self.lines.push(Line { event, began: now, ended: over.then_some(now), spinner: 0 }),
        }
    }

    fn draw(&mut self, title: &str, now: Time, rows: usize, columns: usize) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let mut out = "\x1b[1A".repeat(self.height + 1);
        if !std::mem::replace(&mut self.begun, true) {
            out += "\x1b[1B";
        }
        out += "\x1b[0G\x1b[?25l";
        let done = self.lines.iter().filter(|line| line.event.status != Status::Working).count();
        let first = format!("[+] {title} {done}/{}", self.lines.len());
        out += &if self.height != 0 && done == self.height { blue(&first) } else { first };
        out.push('\n');
        let mut padding = 0usize;
        for line in &self.lines {
            padding = padding.max(line.event.id.len() + 1 + line.event.text.len());
            if !line.event.parent.is_empty() {
                padding = padding.saturating_sub(2);
            }
        }
        self.folded |= self.lines.len() > rows.saturating_sub(2);
        let mut height = 0;
        for at in 0..self.lines.len() {
            if !self.lines[at].event.parent.is_empty() {
                continue;
            }
            out += &self.line(at, "", now, columns, padding);
            height += 1;
            for child in 0..self.lines.len() {
                if self.lines[child].event.parent == self.lines[at].event.id && !self.folded {
                    out += &self.line(child, "  ", now, columns, padding);
                    height += 1;
                }
            }
        }
        while height < self.height && height < rows.saturating_sub(2) {
            out += &format!("{}\n", " ".repeat(columns));
            height += 1;
        }
        self.height = height;
        out + "\x1b[?25h"
    }

    fn line(&mut self, at: usize, pad: &str, now: Time, columns: usize, padding: usize) -> String {
        let text = self.text(at);
        let plain: usize = text.chars().count() - if text.contains('\x1b') { 9 } else { 0 };
        let line = &mut self.lines[at];
        let event = &line.event;
        let ended = if event.status == Status::Working { now } else { line.ended.unwrap_or(line.began) };
        let (mark, colour) = match event.status {
            Status::Working => {
                line.spinner = (line.spinner + 1) % SPINNER.len();
                (format!("\x1b[33m{}\x1b[0m", SPINNER[line.spinner.wrapping_sub(1) % SPINNER.len()]), "")
            }
            Status::Done => ("\x1b[32m✔\x1b[0m".to_string(), "\x1b[32m"),
            Status::Warning => ("\x1b[33;1m!\x1b[0m".to_string(), "\x1b[33;1m"),
            Status::Error => ("\x1b[31;1m✘\x1b[0m".to_string(), "\x1b[31;1m"),
        };
        let room = columns as i64 - text.len() as i64 - padding as i64 - 15;
        let mut status = event.status_text.clone();
        if room > 0 && status.len() as i64 > room {
            status = format!("{}...", status.chars().take(room as usize).collect::<String>());
        }
        let gap = " ".repeat(padding.saturating_sub(text.len()));
        let shown = if colour.is_empty() { status.clone() } else { format!("{colour}{status}\x1b[0m") };
        let timer = format!("{:.1}s ", ended.since(line.began).0 as f64 / 1e9);
        let left = pad.len() + 3 + plain + gap.len() + 1 + status.chars().count();
        let fill = " ".repeat(columns.saturating_sub(left + timer.len()));
        format!("{pad} {mark} {text}{gap} {shown}{fill}{}\n", blue(&timer))
    }

    /// What a line is about; of what has parts, how far they are.
    fn text(&self, at: usize) -> String {
        let event = &self.lines[at].event;
        let parts: Vec<&Event> = self
            .lines
            .iter()
            .map(|line| &line.event)
            .filter(|part| part.parent == event.id && !part.parent.is_empty())
            .collect();
        if event.status != Status::Working || parts.is_empty() {
            return format!("{} {}", event.id, event.text);
        }
        let part = |part: &&Event| {
            let share = if part.status != Status::Working { 100 } else { part.current * 100 / part.total.max(1) };
            PARTS[((PARTS.len() as u64 - 1) * share.min(100) / 100) as usize]
        };
        let bars: String = parts.iter().map(part).collect();
        let unknown = parts.iter().any(|part| part.status == Status::Working && part.total == 0);
        let (current, total) = parts.iter().fold((0, 0), |(c, t), part| (c + part.current, t + part.total));
        let details = match unknown || total == 0 {
            true => String::new(),
            false => format!(" {:>7} / {:<7}", human::size(current as i64), human::size(total as i64)),
        };
        format!("{} [\x1b[32m{bars}\x1b[0m]{details} {}", event.id, event.text)
    }
}

fn blue(text: &str) -> String {
    format!("\x1b[34m{text}\x1b[0m")
}
