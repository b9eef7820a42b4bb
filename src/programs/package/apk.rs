//! apk: Alpine's package manager.

use super::alpine::{self, Package};
use super::{put_files, remove_files};
use crate::kernel::{Errno, Sys, join};
use crate::model::file::Data;
use crate::model::order::Order;
use crate::model::time::{Civil, Time};
use crate::programs::net;

const INSTALLED: &str = "/lib/apk/db/installed";
const WORLD: &str = "/etc/apk/world";
/// After so many seconds an index is fetched again.
const FRESH: i64 = 4 * 3600;
/// What a package of the base takes, in KiB, where the database does not say.
const BASE: u64 = 500;

#[derive(Default)]
struct Options {
    no_cache: bool,
    update: bool,
    quiet: bool,
    group: Option<String>,
    installed: bool,
    list: bool,
}

struct Apk {
    sys: Sys,
    options: Options,
    /// The release: 19 of 3.19.
    minor: u32,
    release: String,
}

/// A record of the database.
#[derive(Clone, Debug)]
struct Record {
    name: String,
    version: String,
    /// As it stands, without the empty line after it.
    text: String,
}

pub async fn apk(sys: Sys) -> i32 {
    let argv = sys.argv();
    let (mut options, mut words) = (Options::default(), Vec::new());
    let mut rest = argv.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--no-cache" => options.no_cache = true,
            "-U" | "--update" | "--update-cache" => options.update = true,
            "-q" | "--quiet" => options.quiet = true,
            "-t" | "--virtual" => options.group = rest.next().cloned(),
            "-e" | "--installed" | "-I" => options.installed = true,
            "-L" | "--contents" => options.list = true,
            "-u" | "--upgrade" | "-v" | "--verbose" | "--no-progress" | "--purge" | "-l" | "--latest" => {}
            "-V" | "--version" => words.push("--version".to_string()),
            flag if flag.starts_with('-') => {
                sys.eprint(&format!("layerlab: apk {flag} is not simulated\n")).await;
                return 1;
            }
            word => words.push(word.to_string()),
        }
    }
    let bytes = sys.read_file("/etc/alpine-release").await.unwrap_or_default();
    let release = String::from_utf8_lossy(&bytes).trim().to_string();
    let minor = release.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(22);
    Apk { sys, options, minor, release }.run(&words).await
}

impl Apk {
    async fn run(&self, words: &[String]) -> i32 {
        let (command, names) = words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
        match command {
            "--version" => {
                let number = self.records().await.into_iter().find(|record| record.name == "apk-tools");
                let number = number.map_or_else(|| "2.14.4".into(), |record| record.version);
                let number = number.split("-r").next().unwrap_or("").to_string();
                self.print(&format!("apk-tools {number}, compiled for x86_64.\n")).await
            }
            "info" => self.info(names).await,
            "search" => self.search(names).await,
            "update" | "add" | "del" | "upgrade" if self.sys.user().uid != 0 => {
                self.sys.eprint("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n").await;
                99
            }
            "update" => self.update().await,
            "add" => self.add(names).await,
            "del" => self.delete(names).await,
            "upgrade" => {
                let _ = self.index().await;
                self.total().await
            }
            "" => {
                self.sys.eprint("layerlab: the help of apk is not simulated\n").await;
                1
            }
            "cache" | "fix" | "fetch" | "list" | "policy" | "stats" | "audit" | "verify" | "dot" | "manifest"
            | "index" | "version" => {
                self.sys.eprint(&format!("layerlab: apk {command} is not simulated\n")).await;
                1
            }
            other => {
                self.sys.eprint(&format!("ERROR: '{other}' is not an apk command. See 'apk --help'.\n")).await;
                1
            }
        }
    }

    async fn print(&self, text: &str) -> i32 {
        i32::from(self.sys.print(text).await.is_err())
    }

    async fn repositories(&self) -> Vec<String> {
        let bytes = self.sys.read_file("/etc/apk/repositories").await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(String::from)
            .collect()
    }

    async fn records(&self) -> Vec<Record> {
        let bytes = self.sys.read_file(INSTALLED).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let record = |text: &str| {
            let of = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(String::from);
            Some(Record { name: of("P:")?, version: of("V:")?, text: text.trim_matches('\n').to_string() })
        };
        text.split("\n\n").filter_map(record).collect()
    }

    async fn world(&self) -> Vec<String> {
        let bytes = self.sys.read_file(WORLD).await.unwrap_or_default();
        String::from_utf8_lossy(&bytes).split_whitespace().map(String::from).collect()
    }

    fn write(&self, records: &[Record], mut world: Vec<String>) -> Result<(), Errno> {
        let text: String = records.iter().map(|record| format!("{}\n\n", record.text)).collect();
        self.sys.put(INSTALLED, Data::new(text.into_bytes()), 0o644)?;
        world.order();
        world.dedup();
        let text: String = world.iter().map(|name| format!("{name}\n")).collect();
        self.sys.put(WORLD, Data::new(text.into_bytes()), 0o644)
    }

    /// `OK: 13 MiB in 23 packages`
    async fn total(&self) -> i32 {
        let records = self.records().await;
        let of = |record: &Record| {
            let bytes = record.text.lines().find_map(|line| line.strip_prefix("I:")?.parse::<u64>().ok());
            bytes.map_or(BASE, |bytes| bytes / 1024)
        };
        let kib: u64 = records.iter().map(of).sum();
        if self.options.quiet {
            return 0;
        }
        self.print(&format!("OK: {} MiB in {} packages\n", kib / 1024, records.len())).await
    }

    fn index_file(at: usize) -> String {
        format!("/var/cache/apk/APKINDEX.{}.tar.gz", ["b53994b4", "066df28d", "5d9e3b1a", "7c40a1f2"][at % 4])
    }

    /// Has the indexes at hand; how many can't be had.
    async fn index(&self) -> usize {
        let now = self.sys.now().epoch().0;
        let mut missing = 0;
        for (at, repository) in self.repositories().await.iter().enumerate() {
            let file = Self::index_file(at);
            let age = self.sys.stat(&file).ok().map(|stat| now - stat.mtime);
            let forced = self.options.update || self.options.no_cache;
            if age.is_some_and(|age| age < FRESH) && !forced {
                continue;
            }
            let old = self.minor < 18;
            if !self.options.quiet && (self.options.no_cache || old || net::outside(&self.sys)) {
                let _ = self.sys.print(&format!("fetch {repository}/x86_64/APKINDEX.tar.gz\n")).await;
            }
            if net::outside(&self.sys) {
                let _ = self.sys.sleep(Time::millis(200)).await;
                if !self.options.no_cache {
                    let _ = self.sys.put(&file, Data::Fill(480_000 + 20_000 * at as u64), 0o644);
                }
                continue;
            }
            let _ = self.sys.sleep(Time::seconds(2)).await;
            missing += 1;
            let why = "temporary error (try again later)";
            let text = match (old, self.options.no_cache) {
                (true, true) => format!("WARNING: Ignoring {repository}: {why}\n"),
                (true, false) => {
                    format!("ERROR: {repository}: {why}\nWARNING: Ignoring {repository}: No such file or directory\n")
                }
                (false, true) => format!("WARNING: fetching {repository}: {why}\n"),
                (false, false) => format!("WARNING: updating and opening {repository}: {why}\n"),
            };
            self.sys.eprint(&text).await;
        }
        missing
    }

    async fn update(&self) -> i32 {
        let repositories = self.repositories().await;
        let forced = Apk {
            sys: self.sys.clone(),
            options: Options {
                update: true,
                no_cache: self.options.no_cache,
                quiet: self.options.quiet,
                ..Options::default()
            },
            minor: self.minor,
            release: self.release.clone(),
        };
        let missing = forced.index().await;
        let installed = self.records().await.len();
        if missing > 0 {
            let text = match self.minor < 18 {
                true => format!("{missing} errors; {installed} distinct packages available\n"),
                false => format!("{missing} unavailable, 0 stale; {installed} distinct packages available\n"),
            };
            let _ = self.sys.print(&text).await;
            return missing as i32;
        }
        if self.options.quiet {
            return 0;
        }
        let mut text = String::new();
        for repository in &repositories {
            text.push_str(&format!("v{} [{repository}]\n", self.release));
        }
        // What the real indexes hold; here are a few of them.
        let count = 15_000 + 405 * self.minor as usize;
        self.print(&format!("{text}OK: {count} distinct packages available\n")).await
    }

    async fn add(&self, names: &[String]) -> i32 {
        let missing = self.index().await;
        let records = self.records().await;
        let plain: Vec<String> =
            names.iter().map(|name| name.split(['=', '~', '<', '>']).next().unwrap_or("").to_string()).collect();
        let known = |name: &str| {
            records.iter().any(|record| record.name == name)
                || (missing == 0 && alpine::package(name, self.minor).is_some())
        };
        let mut unknown: Vec<&String> = plain.iter().filter(|name| !known(name)).collect();
        if !unknown.is_empty() {
            unknown.order();
            unknown.dedup();
            let group = self.options.group.as_deref();
            let by = |name: &str| {
                group.map_or_else(|| format!("world[{name}]"), |group| format!("{group}-{}[{name}]", self.stamp()))
            };
            let rows: String = unknown
                .iter()
                .map(|name| format!("  {name} (no such package):\n    required by: {}\n", by(name)))
                .collect();
            self.sys.eprint(&format!("ERROR: unable to select packages:\n{rows}")).await;
            if missing == 0 {
                let held = alpine::names().count();
                self.sys
                    .eprint(&format!("layerlab: the simulated repositories hold {held} well-known packages\n"))
                    .await;
            }
            return unknown.len() as i32;
        }
        for (word, name) in names.iter().zip(&plain) {
            let Some((_, wanted)) = word.split_once('=') else { continue };
            let has = alpine::package(name, self.minor).map(|package| package.version);
            let has =
                has.map(String::from).or_else(|| records.iter().find(|r| r.name == *name).map(|r| r.version.clone()));
            if has.as_deref().is_some_and(|has| has != wanted) {
                let has = has.unwrap_or_default();
                let text =
                    format!("ERROR: unable to select packages:\n  {name}-{has}:\n    breaks: world[{name}={wanted}]\n");
                self.sys.eprint(&text).await;
                return 1;
            }
        }
        self.install(records, &plain).await
    }

    fn stamp(&self) -> String {
        let at = Civil::from_epoch(self.sys.now().epoch().0);
        format!("{:04}{:02}{:02}.{:02}{:02}{:02}", at.year, at.month, at.day, at.hour, at.minute, at.second)
    }

    async fn install(&self, mut records: Vec<Record>, names: &[String]) -> i32 {
        let all = alpine::closure(names, self.minor);
        let mut new: Vec<(String, String, u64)> = all
            .iter()
            .filter(|package| records.iter().all(|record| record.name != package.name))
            .map(|package: &Package| (package.name.to_string(), package.version.to_string(), package.kib * 1024))
            .collect();
        let mut world = self.world().await;
        match &self.options.group {
            Some(group) => {
                new.push((group.clone(), self.stamp(), 0));
                world.push(group.clone());
            }
            None => world.extend(names.iter().cloned()),
        }
        let count = new.len();
        for (at, (name, version, bytes)) in new.iter().enumerate() {
            let _ = self.sys.sleep(Time::millis(30 + bytes / 400_000)).await;
            self.step(at, count, "Installing", name, version).await;
            let paths = match put_files(&self.sys, name, *bytes) {
                Ok(paths) => paths,
                Err(errno) => {
                    self.sys.eprint(&format!("ERROR: {name}-{version}: {errno}\n")).await;
                    return 1;
                }
            };
            let mut text = format!("P:{name}\nV:{version}\nA:x86_64\nS:{}\nI:{bytes}\n", bytes / 3);
            if self.options.group.as_ref() == Some(name) {
                text.push_str(&format!("D:{}\n", names.join(" ")));
            }
            for path in &paths {
                let (folder, file) = crate::kernel::split_last(path);
                text.push_str(&format!("F:{}\nR:{file}\n", folder.trim_start_matches('/')));
            }
            records.push(Record { name: name.clone(), version: version.clone(), text: text.trim_end().to_string() });
        }
        if self.write(&records, world).is_err() {
            self.sys.eprint("ERROR: Failed to write the database\n").await;
            return 1;
        }
        if count > 0 {
            let added = |name: &str| new.iter().any(|(known, _, _)| known == name);
            self.triggers(&records, added("ca-certificates")).await;
        }
        self.total().await
    }

    async fn step(&self, at: usize, count: usize, what: &str, name: &str, version: &str) {
        if !self.options.quiet {
            let width = count.to_string().len();
            let _ = self.sys.print(&format!("({:>width$}/{count}) {what} {name} ({version})\n", at + 1)).await;
        }
    }

    async fn triggers(&self, records: &[Record], certificates: bool) {
        for record in records {
            if !self.options.quiet && (record.name == "busybox" || (certificates && record.name == "ca-certificates")) {
                let _ = self.sys.print(&format!("Executing {}-{}.trigger\n", record.name, record.version)).await;
            }
        }
    }

    async fn delete(&self, names: &[String]) -> i32 {
        let (mut records, mut world) = (self.records().await, self.world().await);
        let group = |name: &String| {
            let record = records.iter().find(|record| record.name == *name);
            let needs = record.and_then(|record| record.text.lines().find_map(|line| line.strip_prefix("D:")));
            needs.map(|needs| needs.split(' ').map(String::from).collect::<Vec<_>>())
        };
        // A group stands for what it was made of.
        let expand = |names: &[String]| -> Vec<String> {
            names.iter().flat_map(|name| group(name).unwrap_or_default().into_iter().chain([name.clone()])).collect()
        };
        world.retain(|name| !names.contains(name));
        let kept = alpine::closure(&expand(&world), self.minor);
        let stays = |name: &str| world.iter().any(|own| own == name) || kept.iter().any(|package| package.name == name);
        let gone: Vec<String> = alpine::closure(&expand(names), self.minor)
            .iter()
            .map(|package| package.name.to_string())
            .chain(names.iter().filter(|name| group(name).is_some()).cloned())
            .filter(|name| !stays(name) && records.iter().any(|record| record.name == *name))
            .rev()
            .collect();
        for (at, name) in gone.iter().enumerate() {
            let Some(record) = records.iter().find(|record| record.name == *name).cloned() else { continue };
            self.step(at, gone.len(), "Purging", name, &record.version).await;
            remove_files(&self.sys, &paths(&record));
            records.retain(|other| other.name != *name);
        }
        if self.write(&records, world).is_err() {
            self.sys.eprint("ERROR: Failed to write the database\n").await;
            return 1;
        }
        if !gone.is_empty() {
            self.triggers(&records, false).await;
        }
        self.total().await
    }

    async fn info(&self, names: &[String]) -> i32 {
        let records = self.records().await;
        if names.is_empty() {
            let mut names: Vec<String> = records.into_iter().map(|record| record.name).collect();
            names.order();
            return self.print(&names.into_iter().map(|name| format!("{name}\n")).collect::<String>()).await;
        }
        let mut code = 0;
        for name in names {
            let found = records.iter().find(|record| record.name == *name);
            let Some(record) = found else {
                code = 1;
                continue;
            };
            let (title, kib) = (format!("{name}-{}", record.version), self.kib(record));
            let text = match (self.options.installed, self.options.list) {
                (true, _) => format!("{name}\n"),
                (_, true) => {
                    let files: String =
                        paths(record).iter().map(|path| format!("{}\n", path.trim_start_matches('/'))).collect();
                    format!("{title} contains:\n{files}\n")
                }
                _ => format!("{title} installed size:\n{kib} KiB\n\n"),
            };
            let _ = self.sys.print(&text).await;
        }
        code
    }

    fn kib(&self, record: &Record) -> u64 {
        let bytes = record.text.lines().find_map(|line| line.strip_prefix("I:")?.parse::<u64>().ok());
        bytes.map_or(BASE, |bytes| bytes / 1024)
    }

    async fn search(&self, names: &[String]) -> i32 {
        let _ = self.index().await;
        if !net::outside(&self.sys) && self.sys.stat(&Self::index_file(0)).is_err() {
            return 0;
        }
        let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.trim_matches('*')));
        let found = alpine::names().filter(|name| wanted(name));
        let rows = found.filter_map(|name| alpine::package(name, self.minor));
        self.print(&rows.map(|package| format!("{}-{}\n", package.name, package.version)).collect::<String>()).await
    }
}

/// The files of a record.
fn paths(record: &Record) -> Vec<String> {
    let (mut folder, mut paths) = ("", Vec::new());
    for line in record.text.lines() {
        match line.split_at_checked(2) {
            Some(("F:", name)) => folder = name,
            Some(("R:", name)) => paths.push(join("/", &format!("{folder}/{name}"))),
            _ => {}
        }
    }
    paths
}
