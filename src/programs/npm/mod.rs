//! npm: the project of a folder, its packages from a small simulated registry, and its scripts.

mod install;
mod list;
mod manifest;
mod options;
mod package;
mod registry;
mod run;
mod tree;
mod version;

use manifest::Manifest;
use options::Options;

use super::net;
use crate::kernel::{Errno, Program, Sys, join, split_last};
use crate::model::file::Data;
use crate::model::time::{Civil, Time};

/// The programs of this family.
pub fn table() -> Vec<Program> {
    vec![
        Program { name: "npm", main: |sys| Box::pin(npm(sys)) },
        Program { name: "npx", main: |sys| Box::pin(npx(sys)) },
    ]
}

/// CPU of a start in microseconds, and memory in bytes.
const START: u64 = 120_000;
const MEMORY: u64 = 70 << 20;

/// A call of npm.
struct Npm {
    sys: Sys,
    options: Options,
    /// The project's folder, absolute.
    project: String,
    started: Time,
}

/// The npm that a release of Node.js carries.
pub fn release(sys: &Sys) -> &'static str {
    let node = super::node::version(sys);
    match node.split('.').next() {
        Some("18") if node.starts_with("18.12.") => "8.19.2",
        Some("18" | "20") => "10.8.2",
        Some("22") => "10.9.4",
        _ => "11.6.2",
    }
}

/// Commands of the real one that are not here.
const OTHERS: &str = "access adduser audit bugs completion config dedupe deprecate diff dist-tag docs doctor edit exec \
    explain explore find-dupes help help-search hook install-ci-test install-test link login logout org outdated owner \
    pack ping pkg profile prune publish query rebuild repo sbom search shrinkwrap star stars team token undeprecate \
    unpublish unstar update upgrade version whoami";

async fn npm(sys: Sys) -> i32 {
    let words: Vec<String> = sys.argv().into_iter().skip(1).collect();
    let (options, words) = match options::read(&words) {
        Ok(read) => read,
        Err(flag) => {
            sys.eprint(&format!("layerlab: npm {flag} is not simulated\n")).await;
            return 1;
        }
    };
    if options.version {
        return i32::from(sys.print(&format!("{}\n", release(&sys))).await.is_err());
    }
    sys.hold_memory(MEMORY).await;
    let started = sys.now();
    sys.burn(START).await;
    let production = sys.env("NODE_ENV").is_some_and(|value| &*value == "production");
    let project = project(&sys);
    let mut npm = Npm { sys, options, project, started };
    npm.options.omit_dev |= production && !npm.options.include_dev;
    npm.command(&words).await
}

/// The folder whose package this is: the nearest with a `package.json` or `node_modules`, else this one.
fn project(sys: &Sys) -> String {
    let cwd = sys.cwd().to_string();
    let mut at = cwd.as_str();
    loop {
        let has = |name: &str| sys.stat(&join(at, name)).is_ok();
        if has("package.json") || has("node_modules") {
            return at.to_string();
        }
        if at == "/" {
            return cwd;
        }
        at = split_last(at).0;
    }
}

impl Npm {
    async fn command(&mut self, words: &[String]) -> i32 {
        let (command, rest) = match words.split_first() {
            Some((command, rest)) => (command.as_str(), rest),
            None => ("", words),
        };
        match command {
            "install" | "i" | "in" | "ins" | "add" => install::install(self, rest).await,
            "ci" | "clean-install" => install::ci(self).await,
            "uninstall" | "un" | "remove" | "rm" | "r" | "unlink" => install::uninstall(self, rest).await,
            "init" | "create" | "innit" if rest.is_empty() => run::init(self).await,
            "start" | "stop" | "restart" => run::script(self, command, rest).await,
            "test" | "t" | "tst" => run::script(self, "test", rest).await,
            "run" | "run-script" | "rum" | "urn" => match rest.split_first() {
                Some((name, rest)) => run::script(self, name, rest).await,
                None => run::list(self).await,
            },
            "ls" | "list" => list::list(self, rest).await,
            "la" | "ll" => {
                self.options.all = true;
                list::list(self, rest).await
            }
            "root" => self.print(&format!("{}\n", self.at("node_modules"))).await,
            "prefix" => self.print(&format!("{}\n", self.project)).await,
            "fund" | "view" | "info" | "show" => self.tell(command, rest).await,
            "cache" => self.cache(rest).await,
            "" => self.missing("npm without a command").await,
            _ if OTHERS.split_ascii_whitespace().any(|other| other == command) || command == "init" => {
                self.missing(&format!("npm {command}")).await
            }
            _ => {
                let text = "To see a list of supported npm commands, run:\n  npm help";
                let _ = self.sys.print(&format!("Unknown command: \"{command}\"\n\n{text}\n")).await;
                1
            }
        }
    }

    /// `npm view NAME [version]`.
    async fn tell(&self, command: &str, words: &[String]) -> i32 {
        let [name, field] = words else { return self.missing(&format!("this form of npm {command}")).await };
        if let Err(code) = self.reach(name).await {
            return code;
        }
        let (name, wanted) = install::split(name);
        match (tree::choose(name, wanted), field.as_str()) {
            (Ok(entry), "version") => self.print(&format!("{}\n", version::text(entry.version))).await,
            _ => self.missing(&format!("this form of npm {command}")).await,
        }
    }

    async fn cache(&self, words: &[String]) -> i32 {
        let force = self.options.force;
        match words.first().map(String::as_str) {
            Some("clean" | "clear" | "rm") if force => {
                self.warn("using --force Recommended protections disabled.").await;
                package::remove_all(&self.sys, &format!("{}/.npm/_cacache", self.home()));
                0
            }
            Some("clean" | "clear" | "rm") => self.missing("npm cache clean without --force").await,
            _ => self.missing("this form of npm cache").await,
        }
    }

    /// A path in the project.
    fn at(&self, name: &str) -> String {
        join(&self.project, name)
    }

    /// The name of the project's folder.
    fn folder(&self) -> String {
        split_last(&self.project).1.to_string()
    }

    fn home(&self) -> String {
        self.sys.env("HOME").map_or_else(|| "/root".to_string(), |home| home.to_string())
    }

    async fn text(&self, name: &str) -> Option<String> {
        let bytes = self.sys.read_file(&self.at(name)).await.ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The project's `package.json`, or the exit status after saying why there is none.
    async fn manifest(&self) -> Result<Manifest, i32> {
        let path = self.at("package.json");
        let bytes = match self.sys.read_file(&path).await {
            Ok(bytes) => bytes,
            Err(Errno::NoEnt) => {
                let lines = [
                    "code ENOENT".to_string(),
                    "syscall open".into(),
                    format!("path {path}"),
                    "errno -2".into(),
                    format!(
                        "enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{path}'"
                    ),
                    "enoent This is related to npm not being able to find a file.".into(),
                    "enoent".into(),
                ];
                self.error(&lines).await;
                return Err(254);
            }
            Err(errno) => return Err(self.file_error("open", &path, errno).await),
        };
        match Manifest::read(&String::from_utf8_lossy(&bytes)) {
            Ok(manifest) => Ok(manifest),
            Err(why) => {
                let lines = [
                    "code EJSONPARSE".to_string(),
                    format!("path {path}"),
                    format!("JSON.parse Invalid package.json: {why}"),
                    "JSON.parse Failed to parse JSON data.".into(),
                    "JSON.parse Note: package.json must be actual JSON, not just JavaScript.".into(),
                ];
                Err(self.error(&lines).await)
            }
        }
    }

    /// Whether the registry can be reached; the exit status after saying why not.
    async fn reach(&self, name: &str) -> Result<(), i32> {
        if net::outside(&self.sys) {
            return Ok(());
        }
        let _ = self.sys.sleep(Time::seconds(3)).await;
        let host = "registry.npmjs.org";
        let url = format!("https://{host}/{}", name.replace('/', "%2f"));
        let lines = [
            "code EAI_AGAIN".to_string(),
            "syscall getaddrinfo".into(),
            "errno EAI_AGAIN".into(),
            format!("request to {url} failed, reason: getaddrinfo EAI_AGAIN {host}"),
        ];
        Err(self.error(&lines).await)
    }

    fn old(&self) -> bool {
        release(&self.sys).starts_with("8.")
    }

    async fn warn(&self, text: &str) {
        if !self.options.silent {
            let word = if self.old() { "WARN" } else { "warn" };
            self.sys.eprint(&format!("npm {word} {text}\n")).await;
        }
    }

    /// Says these lines and where the log is, and gives the exit status.
    async fn error(&self, lines: &[String]) -> i32 {
        let word = if self.old() { "ERR!" } else { "error" };
        let line = |text: &str| format!("npm {word} {text}").trim_end().to_string() + "\n";
        let (seconds, nanos) = self.sys.now().epoch();
        let c = Civil::from_epoch(seconds);
        let stamp = format!(
            "{:04}-{:02}-{:02}T{:02}_{:02}_{:02}_{:03}Z",
            c.year,
            c.month,
            c.day,
            c.hour,
            c.minute,
            c.second,
            nanos / 1_000_000
        );
        let log = format!("{}/.npm/_logs/{stamp}-debug-0.log", self.home());
        let said: String = lines.iter().map(|text| line(text)).collect();
        let argv = self.sys.argv().get(1..).unwrap_or_default().join(" ");
        let head = format!("verbose cli npm {argv}\ninfo using npm@{}\n", release(&self.sys));
        let kept: String = head
            .lines()
            .map(String::from)
            .chain(lines.iter().map(|text| format!("error {text}")))
            .chain(["verbose exit 1".into()])
            .enumerate()
            .map(|(at, text)| format!("{at} {text}\n"))
            .collect();
        let folder = split_last(&log).0.to_string();
        let written = package::make_dirs(&self.sys, &folder).is_ok()
            && self.sys.put(&log, Data::new(kept.into_bytes()), 0o644).is_ok();
        let tail = match (written, self.old()) {
            (false, _) => format!(
                "{}{}",
                line("Log files were not written due to an error writing to the directory:"),
                line(&format!(" {folder}"))
            ),
            (true, true) => {
                format!("\n{}{}", line("A complete log of this run can be found in:"), line(&format!("    {log}")))
            }
            (true, false) => line(&format!("A complete log of this run can be found in: {log}")),
        };
        if !self.options.silent {
            self.sys.eprint(&format!("{said}{tail}")).await;
        }
        1
    }

    /// A file that can't be had.
    async fn file_error(&self, syscall: &str, path: &str, errno: Errno) -> i32 {
        let (code, number, words) = match errno {
            Errno::Access | Errno::Perm => ("EACCES", -13, "permission denied"),
            Errno::RoFs => ("EROFS", -30, "read-only file system"),
            Errno::NoSpc => ("ENOSPC", -28, "no space left on device"),
            Errno::NotDir => ("ENOTDIR", -20, "not a directory"),
            _ => ("ENOENT", -2, "no such file or directory"),
        };
        let mut lines = vec![
            format!("code {code}"),
            format!("syscall {syscall}"),
            format!("path {path}"),
            format!("errno {number}"),
            format!("Error: {code}: {words}, {syscall} '{path}'"),
        ];
        if code == "EACCES" {
            lines.extend(
                [
                    "",
                    "The operation was rejected by your operating system.",
                    "It is likely you do not have the permissions to access this file as the current user",
                ]
                .map(String::from),
            );
        }
        self.error(&lines).await;
        (256 + number) & 0xff
    }

    /// The wrong call of `npm ci`: why, then how it is called.
    async fn usage_error(&self, why: &str) -> i32 {
        let mut lines = vec!["code EUSAGE".to_string(), String::new()];
        lines.extend(why.lines().map(String::from));
        let usage = "\nClean install a project\n\nUsage:\nnpm ci\n\nOptions:\n\
            [--install-strategy <hoisted|nested|shallow|linked>] [--legacy-bundling]\n\
            [--global-style] [--omit <dev|optional|peer> [--omit <dev|optional|peer> ...]]\n\
            [--include <prod|dev|optional|peer> [--include <prod|dev|optional|peer> ...]]\n\
            [--strict-peer-deps] [--foreground-scripts] [--ignore-scripts] [--no-audit]\n\
            [--no-bin-links] [--no-fund] [--dry-run]\n\
            [-w|--workspace <workspace-name> [-w|--workspace <workspace-name> ...]]\n\
            [--workspaces] [--include-workspace-root] [--install-links]\n\n\
            aliases: clean-install, ic, install-clean, isntall-clean\n\n\
            Run \"npm help ci\" for more info";
        lines.extend(usage.lines().map(String::from));
        self.error(&lines).await
    }

    /// Prints, unless it is to be silent.
    async fn say(&self, text: &str) {
        if !self.options.silent {
            let _ = self.sys.print(text).await;
        }
    }

    async fn print(&self, text: &str) -> i32 {
        i32::from(self.sys.print(text).await.is_err())
    }

    async fn missing(&self, what: &str) -> i32 {
        self.sys.eprint(&format!("layerlab: {what} is not simulated\n")).await;
        1
    }

    /// How long it has been at it: `881ms`, `2s`.
    fn took(&self) -> String {
        let millis = self.sys.now().since(self.started).as_millis();
        if millis < 1000 { format!("{millis}ms") } else { format!("{}s", (millis + 500) / 1000) }
    }
}

/// `npx COMMAND`: a command that a package of the project brings.
async fn npx(sys: Sys) -> i32 {
    let argv = sys.argv();
    let words: Vec<&String> =
        argv.iter().skip(1).skip_while(|word| matches!(word.as_str(), "-y" | "--yes" | "--")).collect();
    match words.split_first() {
        Some((word, _)) if matches!(word.as_str(), "-v" | "--version") => {
            i32::from(sys.print(&format!("{}\n", release(&sys))).await.is_err())
        }
        Some((name, rest)) if !name.starts_with('-') => {
            let path = join(&project(&sys), &format!("node_modules/.bin/{name}"));
            let found = if sys.stat(&path).is_ok() { Ok(path) } else { sys.which(name) };
            let Ok(path) = found else {
                sys.eprint("layerlab: npx with a package that is not installed is not simulated\n").await;
                return 1;
            };
            let argv: Vec<String> =
                std::iter::once((*name).clone()).chain(rest.iter().map(|word| (*word).clone())).collect();
            match sys.exec(&path, &argv, sys.environment()).await {
                Ok(never) => match never {},
                Err(errno) => {
                    sys.eprint(&format!("sh: {name}: {errno}\n")).await;
                    126
                }
            }
        }
        _ => {
            sys.eprint("layerlab: this form of npx is not simulated\n").await;
            1
        }
    }
}

#[cfg(test)]
mod tests;
