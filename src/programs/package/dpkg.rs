//! dpkg: what is installed.

use super::{debian, files};
use crate::kernel::Sys;
use crate::model::order::Order;

const INFO: &str = "/var/lib/dpkg/info";

/// Name, version and architecture of what is installed.
pub fn installed(sys: &Sys) -> Vec<(String, String, String)> {
    let own = |name: &str| sys.stat(&format!("{INFO}/{name}.list")).is_ok() || holds(sys, name);
    let added = debian::names().filter(|name| own(name)).filter_map(debian::package);
    let added = added.map(|package| (package.name, package.version, package.architecture));
    let text = |(a, b, c): (&str, &str, &str)| (a.to_string(), b.to_string(), c.to_string());
    let mut all: Vec<_> = debian::base().chain(added).map(text).collect();
    all.order();
    all
}

/// Whether an image came with the commands of a package.
fn holds(sys: &Sys, name: &str) -> bool {
    let files = files(name);
    !files.is_empty() && files.iter().all(|(path, _)| sys.stat(&format!("/{path}")).is_ok())
}

pub fn is_installed(sys: &Sys, name: &str) -> bool {
    debian::is_base(name) || sys.stat(&format!("{INFO}/{name}.list")).is_ok() || holds(sys, name)
}

pub async fn dpkg(sys: Sys) -> i32 {
    let argv = sys.argv();
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    let text = match words.as_slice() {
        ["--version"] => "Debian 'dpkg' package management program version 1.21.22 (amd64).\n".to_string(),
        ["--print-architecture"] => "amd64\n".to_string(),
        ["-l" | "--list", names @ ..] => {
            let all = installed(&sys);
            let wanted = |name: &str| names.is_empty() || names.contains(&name);
            let rows: Vec<_> = all.iter().filter(|(name, _, _)| wanted(name)).collect();
            if let (true, [name, ..]) = (rows.is_empty(), names) {
                sys.eprint(&format!("dpkg-query: no packages found matching {name}\n")).await;
                return 1;
            }
            let width = rows.iter().map(|(name, _, _)| name.len()).max().unwrap_or(4).max(14);
            let second = rows.iter().map(|(_, version, _)| version.len()).max().unwrap_or(7).max(12);
            let head = "Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n";
            let line = format!("+++-{}-{}-{}-===========\n", "=".repeat(width), "=".repeat(second), "=".repeat(12));
            let row = |(name, version, arch): &&(String, String, String)| {
                format!("ii  {name:<width$} {version:<second$} {arch:<12}\n")
            };
            let title = format!("||/ {:<width$} {:<second$} {:<12} Description\n", "Name", "Version", "Architecture");
            format!("{head}{title}{line}{}", rows.iter().map(row).collect::<String>())
        }
        ["-L" | "--listfiles", name] => {
            let Ok(bytes) = sys.read_file(&format!("{INFO}/{name}.list")).await else {
                sys.eprint(&format!("dpkg-query: package '{name}' is not installed\n")).await;
                return 1;
            };
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => {
            sys.eprint("layerlab: this form of dpkg is not simulated\n").await;
            return 1;
        }
    };
    i32::from(sys.print(&text).await.is_err())
}
