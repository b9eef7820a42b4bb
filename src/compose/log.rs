//! What containers write, a line at a time with their names in front.

use std::cell::RefCell;

use super::program::Call;
use crate::cli::client::{Client, Failure};
use crate::cli::format::time::rfc3339_full;
use crate::model::process::Stream;

/// The colours of names, one after the other.
const COLOURS: [&str; 10] = ["36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"];

/// Where lines go, and how they look.
pub struct Consumer<'a> {
    client: &'a Client,
    colour: bool,
    prefix: bool,
    timestamps: bool,
    known: RefCell<Vec<Presenter>>,
}

struct Presenter {
    name: String,
    colour: &'static str,
    prefix: String,
}

impl<'a> Consumer<'a> {
    pub fn new(call: &Call<'a>, timestamps: bool) -> Consumer<'a> {
        let client = call.client;
        let colour = match call.globals.text("ansi") {
            "always" => true,
            "never" => false,
            _ => client.sys.is_terminal(1).is_some(),
        };
        Consumer {
            client,
            colour: colour && !call.flags.bool("no-color") && !call.globals.bool("no-ansi"),
            prefix: !call.flags.bool("no-log-prefix"),
            timestamps,
            known: RefCell::default(),
        }
    }

    /// Makes a container known: all names get room for the longest.
    pub fn register(&self, name: &str) {
        let mut known = self.known.borrow_mut();
        if known.iter().any(|one| one.name == name) {
            return;
        }
        let colour = if self.colour { COLOURS[known.len() % COLOURS.len()] } else { "" };
        known.push(Presenter { name: name.into(), colour, prefix: String::new() });
        if self.prefix {
            let width = known.iter().map(|one| one.name.len()).max().unwrap_or(0) + 1;
            for one in known.iter_mut() {
                one.prefix = painted(one.colour, &format!("{:width$} | ", one.name));
            }
        }
    }

    pub async fn line(&self, name: &str, stream: Stream, line: &str) -> Result<(), Failure> {
        self.register(name);
        let prefix =
            self.known.borrow().iter().find(|one| one.name == name).map(|one| one.prefix.clone()).unwrap_or_default();
        let time = if self.timestamps { rfc3339_full(self.client.sys.now()) } else { String::new() };
        let text = format!("{prefix}{time}{line}\n");
        let fd = if stream == Stream::Stderr { 2 } else { 1 };
        Ok(self.client.sys.write(fd, text.as_bytes()).await?)
    }

    /// Says what became of a container.
    pub async fn status(&self, name: &str, text: &str) -> Result<(), Failure> {
        self.register(name);
        let colour = self.known.borrow().iter().find(|one| one.name == name).map_or("", |one| one.colour);
        self.client.print(&painted(colour, &format!("\r\x1b[K{name} {text}\n"))).await
    }
}

fn painted(colour: &str, text: &str) -> String {
    if colour.is_empty() { text.to_string() } else { format!("\x1b[{colour}m{text}\x1b[0m") }
}

/// Bytes that come in pieces, as lines.
#[derive(Default)]
pub struct Lines {
    open: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.open.extend_from_slice(bytes);
        let mut lines = Vec::new();
        while let Some(end) = self.open.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.open.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        lines
    }

    /// What is left without an end.
    pub fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.open);
        (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned())
    }
}
