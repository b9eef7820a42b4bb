//! What every subcommand has at hand: the process it runs in, the daemon, and a way to fail.

use crate::engine::api::{Answer, Request};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::{Errno, Sys};

/// Why a command fails: what it says, and its exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Printed on standard error with a newline behind it; nothing is printed if it is empty.
    pub message: String,
    pub code: i32,
    /// The daemon knows no such object.
    pub not_found: bool,
}

impl Failure {
    /// A failure with exit status 1.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure::with(1, message)
    }

    pub fn with(code: i32, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), code, not_found: false }
    }

    /// A file that can't be used, in Go's words: `open x: no such file or directory`.
    pub fn file(operation: &str, path: &str, errno: Errno) -> Failure {
        Failure::new(format!("{operation} {path}: {}", lower(errno.text())))
    }

    /// The failure without the words that name the daemon as its source.
    pub fn bare(self) -> Failure {
        match self.message.strip_prefix("Error response from daemon: ") {
            Some(message) => Failure { message: message.to_string(), ..self },
            None => self,
        }
    }

    /// What the real client does and this one does not.
    pub fn not_simulated(what: &str) -> Failure {
        Failure::new(format!("layerlab: {what} is not simulated"))
    }
}

/// Go writes system errors small: `no such file or directory`.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        let not_found = matches!(&error, CallError::Daemon(fault) if fault.status == 404);
        let code = if error == CallError::Interrupted { 130 } else { 1 };
        let message = error.text();
        // The daemon is never asked about nothing.
        let own =
            message.strip_prefix("Error response from daemon: ").filter(|text| text.ends_with(": value is empty"));
        Failure { message: own.map(str::to_string).unwrap_or(message), code, not_found }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Failure {
        // A reader that went away is no news.
        let message = if errno == Errno::Pipe { String::new() } else { lower(errno.text()) };
        Failure::new(message)
    }
}

/// The result of a command: its exit status.
pub type Outcome = Result<i32, Failure>;

/// A running docker client.
#[derive(Clone)]
pub struct Client {
    pub sys: Sys,
}

impl Client {
    /// One request, one answer.
    pub async fn call(&self, request: Request) -> Result<Answer, Failure> {
        Ok(call(&self.sys, request).await?)
    }

    /// Prints on standard output.
    pub async fn print(&self, text: &str) -> Result<(), Failure> {
        if text.is_empty() { Ok(()) } else { Ok(self.sys.print(text).await?) }
    }

    /// Prints on standard error.
    pub async fn warn(&self, text: &str) {
        if !text.is_empty() {
            self.sys.eprint(text).await;
        }
    }

    /// Sends a request for each name, all at once, prints what went well in their order, and fails
    /// with what did not. `show` makes the line of an answer.
    pub async fn each(
        &self,
        names: &[String],
        request: &dyn Fn(&str) -> Request,
        show: fn(&str, &Answer) -> String,
    ) -> Outcome {
        let open = |name: &String| {
            check_name(name)?;
            Connection::open(&self.sys, request(name)).map_err(Failure::from)
        };
        let under_way: Vec<_> = names.iter().map(open).collect();
        let mut failures = Failures::default();
        for (name, connection) in names.iter().zip(under_way) {
            let answer = match connection {
                Ok(connection) => {
                    let answer = connection.answer().await;
                    connection.close();
                    answer.map_err(Failure::from)
                }
                Err(failure) => Err(failure),
            };
            match answer {
                Ok(answer) => self.print(&show(name, &answer)).await?,
                Err(failure) => failures.add(failure),
            }
        }
        failures.outcome()
    }

    /// Asks for a yes on standard input; anything else, also its end, is a no.
    pub async fn confirmed(&self, warning: &str) -> Result<bool, Failure> {
        self.asked(&format!("{warning}\nAre you sure you want to continue?")).await
    }

    /// Asks a question that a yes or a no answers.
    pub async fn asked(&self, question: &str) -> Result<bool, Failure> {
        self.print(&format!("{question} [y/N] ")).await?;
        let mut line = Vec::new();
        while !line.contains(&b'\n') {
            let some = self.sys.read(0, 4096).await.unwrap_or_default();
            if some.is_empty() {
                break;
            }
            line.extend(some);
        }
        let line = String::from_utf8_lossy(&line);
        Ok(line.lines().next().unwrap_or_default().trim().eq_ignore_ascii_case("y"))
    }

    /// Makes a path of this process absolute, without looking at the file system.
    pub fn absolute(&self, path: &str) -> String {
        crate::kernel::join(&self.sys.cwd(), path)
    }
}

/// What went wrong with several objects, one line each.
#[derive(Default)]
pub struct Failures {
    lines: Vec<String>,
    code: i32,
}

impl Failures {
    pub fn add(&mut self, failure: Failure) {
        // Nobody to talk to is said once.
        if !failure.message.starts_with("Cannot connect") || !self.lines.contains(&failure.message) {
            self.lines.push(failure.message);
        }
        self.code = self.code.max(failure.code);
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Success if nothing went wrong.
    pub fn outcome(self) -> Outcome {
        if self.lines.is_empty() { Ok(0) } else { Err(Failure::with(self.code, self.lines.join("\n"))) }
    }
}

/// The client asks the daemon for no container without a name.
pub fn check_name(name: &str) -> Result<(), Failure> {
    if name.trim().is_empty() {
        return Err(Failure::new("invalid container name or ID: value is empty"));
    }
    Ok(())
}

/// The line of a command that prints the name it was given.
pub fn name_line(name: &str, _: &Answer) -> String {
    format!("{name}\n")
}
