//! apt-get and apt: Debian's package managers.

use super::debian::{self, Package};
use super::{dpkg, put_files, remove_files};
use crate::kernel::Sys;
use crate::model::file::Data;
use crate::model::order::Order;
use crate::model::time::Time;
use crate::programs::net;

const LISTS: &str = "/var/lib/apt/lists";

struct Apt {
    sys: Sys,
    name: String,
    yes: bool,
    quiet: bool,
    wants: bool,
    /// The code name of the release, and whether it is Ubuntu.
    code: String,
    ubuntu: bool,
}

/// A list of packages at a mirror: address, suite, size of its index in kB.
type Source = (&'static str, String, u64);

pub async fn apt(sys: Sys) -> i32 {
    let argv = sys.argv();
    let name = argv.first().and_then(|name| name.rsplit('/').next()).unwrap_or("apt").to_string();
    let bytes = sys.read_file("/etc/os-release").await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let of =
        |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("").trim_matches('"').to_string();
    let (code, ubuntu) = (of("VERSION_CODENAME="), of("ID=") == "ubuntu");
    let mut apt = Apt { sys, name, yes: false, quiet: false, wants: true, code, ubuntu };
    let mut words = Vec::new();
    let mut rest = argv.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-y" | "--yes" | "--assume-yes" => apt.yes = true,
            "-q" | "--quiet" => {}
            "-qq" => (apt.quiet, apt.yes) = (true, true),
            "-yq" | "-qy" => apt.yes = true,
            "-yqq" | "-qqy" => (apt.quiet, apt.yes) = (true, true),
            "--no-install-recommends" => apt.wants = false,
            "--no-install-suggests" | "--purge" | "--auto-remove" | "--fix-missing" | "--allow-unauthenticated" => {}
            "-o" => drop(rest.next()),
            "-v" | "--version" => words.insert(0, "--version".to_string()),
            flag if flag.starts_with('-') => {
                apt.sys.eprint(&format!("layerlab: {} {flag} is not simulated\n", apt.name)).await;
                return 100;
            }
            word => words.push(word.to_string()),
        }
    }
    apt.run(&words).await
}

impl Apt {
    async fn run(&self, words: &[String]) -> i32 {
        let (command, names) = words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
        let changes =
            matches!(command, "update" | "install" | "remove" | "purge" | "autoremove" | "upgrade" | "dist-upgrade");
        if changes && self.sys.user().uid != 0 {
            let (lock, what) = match command {
                "update" => (format!("{LISTS}/lock"), format!("E: Unable to lock directory {LISTS}/")),
                _ => (
                    "/var/lib/dpkg/lock-frontend".to_string(),
                    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?"
                        .to_string(),
                ),
            };
            if command == "update" {
                self.say("Reading package lists...\n").await;
            }
            self.sys
                .eprint(&format!("E: Could not open lock file {lock} - open (13: Permission denied)\n{what}\n"))
                .await;
            return 100;
        }
        if changes && self.name == "apt" && !self.sys.is_terminal(1).is_some_and(|_| true) {
            self.sys
                .eprint("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n")
                .await;
        }
        match command {
            "--version" => self.print("apt 2.6.1 (amd64)\n").await,
            "update" => self.update().await,
            "install" => self.install(names).await,
            "remove" | "purge" => self.remove(names).await,
            "clean" | "autoclean" => 0,
            "upgrade" | "dist-upgrade" | "full-upgrade" => {
                self.read().await;
                self.say("Calculating upgrade...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
                    .await;
                0
            }
            "autoremove" => {
                self.read().await;
                self.say("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n").await;
                0
            }
            "" => {
                self.sys.eprint(&format!("layerlab: the help of {} is not simulated\n", self.name)).await;
                1
            }
            "search" | "show" | "list" | "source" | "download" | "check" | "policy" | "build-dep" | "edit-sources" => {
                self.sys.eprint(&format!("layerlab: {} {command} is not simulated\n", self.name)).await;
                100
            }
            other => {
                self.sys.eprint(&format!("E: Invalid operation {other}\n")).await;
                100
            }
        }
    }

    async fn print(&self, text: &str) -> i32 {
        i32::from(self.sys.print(text).await.is_err())
    }

    async fn say(&self, text: &str) {
        if !self.quiet {
            // At a terminal the work is done on the line that names it.
            let text =
                if self.sys.is_terminal(1).is_some() { text.replace("...\n", "... Done\n") } else { text.to_string() };
            let _ = self.sys.print(&text).await;
        }
    }

    async fn read(&self) {
        self.say("Reading package lists...\nBuilding dependency tree...\nReading state information...\n").await;
    }

    fn sources(&self) -> Vec<Source> {
        let code = &self.code;
        if self.ubuntu {
            let (archive, security) = ("http://archive.ubuntu.com/ubuntu", "http://security.ubuntu.com/ubuntu");
            return vec![
                (archive, code.clone(), 1808),
                (security, format!("{code}-security"), 1400),
                (archive, format!("{code}-updates"), 1720),
            ];
        }
        let (main, security) = ("http://deb.debian.org/debian", "http://deb.debian.org/debian-security");
        vec![
            (main, code.clone(), 8792),
            (main, format!("{code}-updates"), 7),
            (security, format!("{code}-security"), 294),
        ]
    }

    fn host(source: &Source) -> &'static str {
        source.0.split('/').nth(2).unwrap_or("")
    }

    async fn update(&self) -> i32 {
        let sources = self.sources();
        if !net::outside(&self.sys) {
            let _ = self.sys.sleep(Time::seconds(3)).await;
            let mut warnings = String::new();
            for (at, source) in sources.iter().enumerate() {
                let (url, suite, _) = source;
                let why = format!("Temporary failure resolving '{}'", Self::host(source));
                self.say(&format!("Err:{} {url} {suite} InRelease\n  {why}\n", at + 1)).await;
                warnings.push_str(&format!("W: Failed to fetch {url}/dists/{suite}/InRelease  {why}\n"));
            }
            self.say("Reading package lists...\n").await;
            let end = "W: Some index files failed to download. They have been ignored, or old ones used instead.\n";
            self.sys.eprint(&format!("{warnings}{end}")).await;
            return 0;
        }
        let mut number = 0;
        let mut total = 0;
        for (url, suite, _) in &sources {
            number += 1;
            let kilo = [151, 55, 48][(number - 1) % 3];
            total += kilo;
            let _ = self.sys.sleep(Time::millis(80)).await;
            self.say(&format!("Get:{number} {url} {suite} InRelease [{}]\n", size(kilo * 1000, self.ubuntu))).await;
        }
        for (url, suite, kilo) in &sources {
            number += 1;
            total += *kilo;
            let _ = self.sys.sleep(Time::millis(60 + kilo / 20)).await;
            self.say(&format!("Get:{number} {url} {suite}/main amd64 Packages [{}]\n", size(kilo * 1000, self.ubuntu)))
                .await;
            let file = format!(
                "{}_dists_{suite}_main_binary-amd64_Packages.lz4",
                url.trim_start_matches("http://").replace('/', "_")
            );
            if let Err(errno) = self.sys.put(&format!("{LISTS}/{file}"), Data::Fill(kilo * 2_000), 0o644) {
                self.sys.eprint(&format!("E: List directory {LISTS}/partial is missing. - Acquire ({errno})\n")).await;
                return 100;
            }
        }
        self.say(&format!(
            "Fetched {} in 1s ({}/s)\nReading package lists...\n",
            total_size(total * 1000),
            total_size(total * 1000)
        ))
        .await;
        if self.name == "apt" {
            self.say("Building dependency tree...\nReading state information...\nAll packages are up to date.\n").await;
        }
        0
    }

    fn has_lists(&self) -> bool {
        self.sys.read_dir(LISTS).is_ok_and(|names| names.iter().any(|name| name.ends_with("Packages.lz4")))
    }

    async fn install(&self, names: &[String]) -> i32 {
        self.read().await;
        let (mut wanted, mut unknown) = (Vec::new(), Vec::new());
        for word in names {
            let name = word.split(['=', '/', ':']).next().unwrap_or("");
            match debian::package(name).filter(|_| self.has_lists()) {
                Some(package) => wanted.push(package),
                None if dpkg::is_installed(&self.sys, name) => self.newest(name).await,
                None => unknown.push(name),
            }
        }
        if !unknown.is_empty() {
            for name in &unknown {
                self.sys.eprint(&format!("E: Unable to locate package {name}\n")).await;
            }
            if self.has_lists() {
                let held = debian::names().count();
                self.sys.eprint(&format!("layerlab: the simulated mirrors hold {held} well-known packages\n")).await;
            }
            return 100;
        }
        let mut asked: Vec<&str> = Vec::new();
        for package in &wanted {
            if dpkg::is_installed(&self.sys, package.name) {
                self.newest(package.name).await;
            } else {
                asked.push(package.name);
            }
        }
        let mut new = Vec::new();
        for name in &asked {
            self.visit(name, &mut new, 0);
        }
        self.announce(&asked, &new).await;
        if new.is_empty() {
            return 0;
        }
        let packed: u64 = new.iter().map(|package| package.packed).sum();
        let kib: u64 = new.iter().map(|package| package.kib).sum();
        self.say(&format!("Need to get {} of archives.\n", total_size(packed))).await;
        self.say(&format!("After this operation, {} of additional disk space will be used.\n", total_size(kib * 1024)))
            .await;
        if !self.yes && new.len() > asked.len() && !self.agrees().await {
            self.say("Abort.\n").await;
            return 1;
        }
        self.fetch(new).await
    }

    async fn newest(&self, name: &str) {
        let all = dpkg::installed(&self.sys);
        let version = all.iter().find(|(known, _, _)| known == name).map_or("", |(_, version, _)| version.as_str());
        self.say(&format!("{name} is already the newest version ({version}).\n")).await;
    }

    /// Adds a package after what it needs; what is there already is not needed.
    fn visit(&self, name: &str, all: &mut Vec<Package>, depth: u32) {
        let Some(package) = debian::package(name).filter(|_| depth < 40) else { return };
        if all.iter().any(|known| known.name == name) || dpkg::is_installed(&self.sys, name) {
            return;
        }
        all.push(package.clone());
        for need in &package.needs {
            self.visit(need, all, depth + 1);
        }
        for want in package.wants.iter().filter(|_| self.wants) {
            self.visit(want, all, depth + 1);
        }
    }

    async fn announce(&self, asked: &[&str], new: &[Package]) {
        let mut names: Vec<&str> = new.iter().map(|package| package.name).collect();
        names.order();
        let more: Vec<&str> = names.iter().copied().filter(|name| !asked.contains(name)).collect();
        for (title, names) in [("additional packages will be", more), ("NEW packages will be", names)] {
            if !names.is_empty() {
                self.say(&format!("The following {title} installed:\n{}", wrapped(&names))).await;
            }
        }
        let count = new.len();
        self.say(&format!("0 upgraded, {count} newly installed, 0 to remove and 0 not upgraded.\n")).await;
    }

    async fn agrees(&self) -> bool {
        let _ = self.sys.print("Do you want to continue? [Y/n] ").await;
        let answer = self.sys.read(0, 4096).await.unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).trim().to_ascii_lowercase();
        // The end of the input is no yes.
        let stays = self.sys.is_terminal(0).is_some();
        matches!(answer.as_str(), "y" | "yes") || (answer.is_empty() && stays)
    }

    async fn fetch(&self, mut new: Vec<Package>) -> i32 {
        if !net::outside(&self.sys) {
            let source = &self.sources()[0];
            let why = format!("Temporary failure resolving '{}'", Self::host(source));
            let _ = self.sys.sleep(Time::seconds(3)).await;
            for (at, package) in new.iter().enumerate() {
                let label = format!(
                    "{} {}/main amd64 {} {} {}",
                    source.0, source.1, package.name, package.architecture, package.version
                );
                self.say(&format!("Err:{} {label}\n  {why}\n", at + 1)).await;
            }
            for package in &new {
                self.sys
                    .eprint(&format!(
                        "E: Failed to fetch {}/pool/main/{}/{}  {why}\n",
                        source.0,
                        &package.name[..1],
                        file(package)
                    ))
                    .await;
            }
            self.sys
                .eprint("E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n")
                .await;
            return 100;
        }
        new.order_by(|a, b| a.name.cmp(b.name));
        let total: u64 = new.iter().map(|package| package.packed).sum();
        for (at, package) in new.iter().enumerate() {
            let (url, suite, _) = &self.sources()[if package.version.contains("deb12u") { 2 } else { 0 }];
            let label =
                format!("{url} {suite}/main amd64 {} {} {}", package.name, package.architecture, package.version);
            let _ = self.sys.sleep(Time::millis(10 + package.packed / 60_000)).await;
            self.say(&format!("Get:{} {label} [{}]\n", at + 1, size(package.packed, self.ubuntu))).await;
        }
        if !dpkg::is_installed(&self.sys, "apt-utils") {
            self.sys.eprint("debconf: delaying package configuration, since apt-utils is not installed\n").await;
        }
        self.say(&format!("Fetched {} in 1s ({}/s)\n", total_size(total), total_size(total))).await;
        self.unpack(&new).await
    }

    async fn unpack(&self, new: &[Package]) -> i32 {
        let full = |package: &Package| match package.architecture {
            "all" => package.name.to_string(),
            _ if package.name.starts_with("lib") => format!("{}:amd64", package.name),
            _ => package.name.to_string(),
        };
        for (at, package) in new.iter().enumerate() {
            self.say(&format!("Selecting previously unselected package {}.\n", full(package))).await;
            if at == 0 {
                let count = 6_089 + 25 * (dpkg::installed(&self.sys).len() - debian::base().count());
                self.say(&format!("(Reading database ... {count} files and directories currently installed.)\n")).await;
            }
            let folder = if new.len() > 1 { format!("{at}-") } else { String::new() };
            self.say(&format!("Preparing to unpack .../{folder}{} ...\n", file(package))).await;
            self.say(&format!("Unpacking {} ({}) ...\n", full(package), package.version)).await;
            let paths = match put_files(&self.sys, package.name, package.kib * 1024) {
                Ok(paths) => paths,
                Err(errno) => {
                    let text = format!("dpkg: error processing archive {} (--unpack): {errno}\n", file(package));
                    self.sys.eprint(&text).await;
                    return 100;
                }
            };
            let list: String = paths.iter().map(|path| format!("{path}\n")).collect();
            let _ =
                self.sys.put(&format!("/var/lib/dpkg/info/{}.list", package.name), Data::new(list.into_bytes()), 0o644);
            let _ = self.sys.sleep(Time::millis(15 + package.kib / 200)).await;
        }
        let mut order: Vec<&Package> = Vec::new();
        for package in new {
            ready(package, new, &mut order, 0);
        }
        for package in order {
            self.say(&format!("Setting up {} ({}) ...\n", full(package), package.version)).await;
            let _ = self.sys.sleep(Time::millis(10)).await;
        }
        if new.iter().any(|package| package.name.starts_with("lib")) {
            let version = debian::base().find(|(name, _, _)| *name == "libc-bin").map_or("", |(_, version, _)| version);
            self.say(&format!("Processing triggers for libc-bin ({version}) ...\n")).await;
        }
        0
    }

    async fn remove(&self, names: &[String]) -> i32 {
        self.read().await;
        let mut gone = Vec::new();
        for name in names {
            match debian::package(name) {
                Some(package) if dpkg::is_installed(&self.sys, name) => gone.push(package),
                Some(_) => self.say(&format!("Package '{name}' is not installed, so not removed\n")).await,
                None => {
                    self.sys.eprint(&format!("E: Unable to locate package {name}\n")).await;
                    return 100;
                }
            }
        }
        let count = gone.len();
        if count > 0 {
            let names: Vec<&str> = gone.iter().map(|package| package.name).collect();
            self.say(&format!("The following packages will be REMOVED:\n{}", wrapped(&names))).await;
        }
        self.say(&format!("0 upgraded, 0 newly installed, {count} to remove and 0 not upgraded.\n")).await;
        if count == 0 {
            return 0;
        }
        let kib: u64 = gone.iter().map(|package| package.kib).sum();
        self.say(&format!("After this operation, {} disk space will be freed.\n", total_size(kib * 1024))).await;
        if !self.yes && !self.agrees().await {
            self.say("Abort.\n").await;
            return 1;
        }
        for package in gone {
            let list = format!("/var/lib/dpkg/info/{}.list", package.name);
            let bytes = self.sys.read_file(&list).await.unwrap_or_default();
            let paths: Vec<String> = String::from_utf8_lossy(&bytes).lines().map(String::from).collect();
            self.say(&format!("Removing {} ({}) ...\n", package.name, package.version)).await;
            remove_files(&self.sys, &paths);
            let _ = self.sys.unlink(&list);
        }
        0
    }
}

/// Sets packages up after what they need.
fn ready<'a>(package: &'a Package, new: &'a [Package], order: &mut Vec<&'a Package>, depth: u32) {
    if depth > 40 || order.iter().any(|known| known.name == package.name) {
        return;
    }
    for need in new.iter().filter(|other| package.needs.contains(&other.name)) {
        ready(need, new, order, depth + 1);
    }
    if order.iter().all(|known| known.name != package.name) {
        order.push(package);
    }
}

/// The name of a package's archive.
fn file(package: &Package) -> String {
    format!("{}_{}_{}.deb", package.name, package.version.replace(':', "%3a"), package.architecture)
}

/// Names on lines of at most 80 columns, two blanks in front.
fn wrapped(names: &[&str]) -> String {
    let mut text = String::new();
    let mut line = String::from(" ");
    for name in names {
        if line.len() + 1 + name.len() > 79 {
            text.push_str(&format!("{line}\n"));
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(name);
    }
    text + &line + "\n"
}

/// A size in brackets: `[315 kB]`, with one decimal below ten units of a thousand bytes or more.
fn size(bytes: u64, _ubuntu: bool) -> String {
    total_size(bytes).replace(',', "")
}

/// Sizes as apt writes them: `9,876 B`, `55.4 kB`, `8,793 kB`, `14.2 MB`.
fn total_size(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, 0);
    while value > 10_000.0 && unit < 3 {
        value /= 1000.0;
        unit += 1;
    }
    let name = ["B", "kB", "MB", "GB"][unit];
    if unit > 0 && value < 100.0 {
        return format!("{value:.1} {name}");
    }
    let number = format!("{value:.0}");
    if number.len() > 3 {
        format!("{},{} {name}", &number[..number.len() - 3], &number[number.len() - 3..])
    } else {
        format!("{number} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(total_size(9_876), "9,876 B");
        assert_eq!(total_size(55_400), "55.4 kB");
        assert_eq!(total_size(8_793_000), "8,793 kB");
        assert_eq!(total_size(14_200_000), "14.2 MB");
        assert_eq!(total_size(489), "489 B");
    }

    #[test]
    fn names_are_wrapped() {
        assert_eq!(wrapped(&["a", "b"]), "  a b\n");
        let long = "x".repeat(50);
        assert_eq!(wrapped(&[&long, &long]), format!("  {long}\n  {long}\n"));
    }
}
