//! One call of a command: its options and operands, and what it has to say, in order.

use crate::kernel::{Errno, LocalFuture, Sys};
use crate::model::process::HOST;

use super::filter::Filter;
use super::options;

/// Whose texts and options a command has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    Gnu,
    Busybox,
}

/// What a command does once its options are read.
#[derive(Clone, Copy)]
pub enum Main {
    /// Works at once; what it said is written when it is done.
    Plain(fn(&mut Cmd)),
    /// Reads lines from files or standard input; `None` when the arguments were wrong.
    Filter(fn(&mut Cmd) -> Option<Box<dyn Filter>>),
    /// Waits for something; gives the exit status.
    Wait(fn(Cmd) -> LocalFuture<i32>),
}

/// A row of the table of commands.
pub struct Row {
    pub name: &'static str,
    /// Options in the language of [`options`]; `None` where the flavour has no such command.
    pub gnu: Option<&'static str>,
    pub busybox: Option<&'static str>,
    /// The rest of the usage line.
    pub operands: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub main: Main,
}

/// A running command.
pub struct Cmd {
    pub sys: Sys,
    pub row: &'static Row,
    /// As its complaints begin: argv\[0\], or the applet.
    pub name: String,
    pub flavour: Flavour,
    /// The operands.
    pub args: Vec<String>,
    /// The options given, in order, with their values.
    pub options: Vec<(char, String)>,
    pub status: i32,
    /// CPU used and not yet accounted for, in microseconds.
    pub cost: u64,
    queue: Vec<(u32, Vec<u8>)>,
    unicode: bool,
}

impl Cmd {
    pub fn new(sys: Sys, row: &'static Row, flavour: Flavour, name: String) -> Cmd {
        let unicode = flavour == Flavour::Gnu && unicode(&sys);
        Cmd {
            sys,
            row,
            name,
            flavour,
            args: Vec::new(),
            options: Vec::new(),
            status: 0,
            cost: 20,
            queue: Vec::new(),
            unicode,
        }
    }

    pub fn gnu(&self) -> bool {
        self.flavour == Flavour::Gnu
    }

    pub fn has(&self, option: char) -> bool {
        self.options.iter().any(|(c, _)| *c == option)
    }

    /// The value of an option; of the last one, if it was given several times.
    pub fn value(&self, option: char) -> Option<&str> {
        self.options.iter().rev().find(|(c, _)| *c == option).map(|(_, value)| value.as_str())
    }

    /// Whichever of some options was given last.
    pub fn last_of(&self, options: &str) -> Option<char> {
        self.options.iter().rev().map(|(c, _)| *c).find(|c| options.contains(*c))
    }

    /// Says something on standard output.
    pub fn out(&mut self, text: &str) {
        self.put(text.as_bytes());
    }

    pub fn put(&mut self, bytes: &[u8]) {
        self.queue_for(1, bytes);
    }

    /// A line on standard error as it stands.
    pub fn note(&mut self, text: &str) {
        let line = format!("{text}\n");
        self.queue_for(2, line.as_bytes());
    }

    fn queue_for(&mut self, fd: u32, bytes: &[u8]) {
        match self.queue.last_mut() {
            Some((last, queued)) if *last == fd => queued.extend_from_slice(bytes),
            _ => self.queue.push((fd, bytes.to_vec())),
        }
    }

    /// Complains; the exit status becomes 1, unless it is worse already.
    pub fn fail(&mut self, text: &str) {
        let line = format!("{}: {text}", self.name);
        self.note(&line);
        self.status = self.status.max(1);
    }

    /// Complains in the words of its flavour: `{}` is the subject, and the error follows.
    pub fn trouble(&mut self, gnu: &str, busybox: &str, subject: &str, errno: Errno) {
        let text = self.phrase(gnu, busybox, subject);
        self.fail(&format!("{text}: {errno}"));
    }

    /// Complains in the words of its flavour, without an error number.
    pub fn object(&mut self, gnu: &str, busybox: &str, subject: &str) {
        let text = self.phrase(gnu, busybox, subject);
        self.fail(&text);
    }

    fn phrase(&self, gnu: &str, busybox: &str, subject: &str) -> String {
        match self.flavour {
            Flavour::Busybox => busybox.replace("{}", subject),
            Flavour::Gnu if self.unicode => gnu.replace("{}", subject),
            Flavour::Gnu => gnu.replace(['‘', '’'], "'").replace("{}", subject),
        }
    }

    /// Complains about the way it was called: GNU refers to `--help`, busybox shows its usage.
    pub fn misuse(&mut self, gnu: &str, subject: &str) {
        if self.gnu() {
            self.object(gnu, "", subject);
            self.refer();
        } else {
            self.usage();
        }
    }

    /// Says where to find help, and sets the status for a wrong call.
    pub fn refer(&mut self) {
        let name = self.name.clone();
        match self.row.name {
            "grep" | "egrep" | "fgrep" => self.note(&format!(
                "Usage: {name} [OPTION]... PATTERNS [FILE]...\nTry '{name} --help' for more information."
            )),
            "diff" | "cmp" => self.note(&format!("{name}: Try '{name} --help' for more information.")),
            _ => self.note(&format!("Try '{name} --help' for more information.")),
        }
        self.status = match self.row.name {
            "ls" | "dir" | "sort" | "grep" | "egrep" | "fgrep" | "diff" | "cmp" | "expr" | "awk" => 2,
            "env" | "timeout" | "time" | "nohup" => 125,
            _ => 1,
        };
    }

    /// busybox's answer to a wrong call.
    pub fn usage(&mut self) {
        let text = options::busybox_usage(self.row);
        self.note(&text);
        self.status = 1;
    }

    /// Says plainly that something real is missing here.
    pub fn missing(&mut self, what: &str) {
        self.note(&format!("layerlab: {what} is not simulated"));
        self.status = 126;
    }

    /// Writes what is queued and accounts for the work done.
    pub async fn flush(&mut self) -> Result<(), Errno> {
        self.sys.burn(std::mem::take(&mut self.cost)).await;
        for (fd, bytes) in std::mem::take(&mut self.queue) {
            let result = self.sys.write(fd, &bytes).await;
            if fd == 1
                && let Err(errno) = result
            {
                let text = format!("{}: write error: {errno}\n", self.name);
                if errno != Errno::Intr {
                    self.sys.eprint(&text).await;
                }
                self.status = self.status.max(1);
                return Err(errno);
            }
        }
        Ok(())
    }

    pub fn queued(&self) -> usize {
        self.queue.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// The name that a user or group file (`/etc/passwd`, `/etc/group`) gives to a number.
    pub fn name_of(&self, file: &str, id: u32) -> Option<String> {
        let text = text_of(&self.sys, file);
        let line = text.lines().find(|line| line.split(':').nth(2).and_then(|n| n.parse().ok()) == Some(id))?;
        line.split(':').next().map(String::from)
    }

    /// The colon-separated records of a file.
    pub fn records(&self, file: &str) -> Vec<Vec<String>> {
        records(&self.sys, file)
    }

    /// `name` or a number as an id in a user or group file.
    pub fn id_of(&self, file: &str, name: &str) -> Option<u32> {
        let found = self.records(file).into_iter().find(|r| r.first().is_some_and(|n| n == name));
        found.and_then(|r| r.get(2)?.parse().ok()).or_else(|| name.parse().ok())
    }
}

/// The colon-separated records of a file.
pub fn records(sys: &Sys, file: &str) -> Vec<Vec<String>> {
    let text = text_of(sys, file);
    text.lines().map(|line| line.split(':').map(String::from).collect()).collect()
}

/// A small text file at once; empty if it can't be read.
pub fn text_of(sys: &Sys, file: &str) -> String {
    match sys.contents(file) {
        Ok(crate::model::file::Data::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    }
}

/// Whether messages may use typographic quotes: the host's locale does, unless it is told otherwise.
fn unicode(sys: &Sys) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| sys.env(name).filter(|v| !v.is_empty()));
    match locale {
        Some(locale) => locale.to_ascii_uppercase().replace('-', "").ends_with("UTF8"),
        None => sys.me(|p| p.ns.mount == HOST).unwrap_or(false),
    }
}
