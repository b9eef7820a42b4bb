//! Package managers: what is installed they know; nothing new can be fetched.

use super::{called, not_simulated, say, version};
use crate::kernel::Sys;
use crate::model::order::Order;

pub async fn apk(sys: Sys) -> i32 {
    let argv = sys.argv();
    match argv.get(1).map(String::as_str) {
        Some("--version" | "-V") => say(&sys, "apk-tools 2.14.6, compiled for x86_64.\n").await,
        Some("info") if argv.len() == 2 => {
            let bytes = sys.read_file("/lib/apk/db/installed").await.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let mut names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("P:")).collect();
            names.order();
            say(&sys, &names.into_iter().map(|name| format!("{name}\n")).collect::<String>()).await
        }
        _ => not_simulated(&sys, "installing packages with apk").await,
    }
}

pub async fn apt(sys: Sys) -> i32 {
    let name = called(&sys);
    match sys.argv().get(1).map(String::as_str) {
        Some("--version" | "-v") => say(&sys, "apt 2.8.3 (amd64)\n").await,
        _ => not_simulated(&sys, &format!("installing packages with {name}")).await,
    }
}

pub async fn dpkg(sys: Sys) -> i32 {
    match sys.argv().get(1).map(String::as_str) {
        Some("--version") => say(&sys, "Debian 'dpkg' package management program version 1.22.6 (amd64).\n").await,
        Some("--print-architecture") => say(&sys, "amd64\n").await,
        _ => not_simulated(&sys, "dpkg").await,
    }
}

/// yarn and corepack as far as their version.
pub async fn node_tool(sys: Sys) -> i32 {
    let name = called(&sys).trim_end_matches(".js").to_string();
    let name = if name.starts_with("yarn") { "yarn" } else { name.trim_end_matches("-cli") };
    if !asks_version(&sys) {
        return not_simulated(&sys, name).await;
    }
    let number = match name {
        "yarn" => version(&sys, "YARN_VERSION", "1.22.22"),
        "corepack" => "0.32.0".to_string(),
        _ => crate::programs::npm::release(&sys).to_string(),
    };
    say(&sys, &format!("{number}\n")).await
}

fn asks_version(sys: &Sys) -> bool {
    sys.argv().get(1).is_some_and(|word| word == "-v" || word == "--version")
}
