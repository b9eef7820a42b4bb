//! Package managers: what is installed they know; nothing new can be fetched.

use crate::model::order::Order;
use serde_json::Value;

use super::{called, not_simulated, say, version};
use crate::kernel::Sys;

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

/// yarn, npx and corepack as far as their version.
pub async fn node_tool(sys: Sys) -> i32 {
    let name = called(&sys).trim_end_matches(".js").to_string();
    let name = if name.starts_with("yarn") { "yarn" } else { name.trim_end_matches("-cli") };
    if !asks_version(&sys) {
        return not_simulated(&sys, name).await;
    }
    let number = match name {
        "yarn" => version(&sys, "YARN_VERSION", "1.22.22"),
        "corepack" => "0.32.0".to_string(),
        _ => npm_version(&sys).to_string(),
    };
    say(&sys, &format!("{number}\n")).await
}

fn asks_version(sys: &Sys) -> bool {
    sys.argv().get(1).is_some_and(|word| word == "-v" || word == "--version")
}

/// The npm that a release of Node.js carries.
fn npm_version(sys: &Sys) -> &'static str {
    let node = version(sys, "NODE_VERSION", "18.20.8");
    match node.split('.').next() {
        Some("18") if node.starts_with("18.12.") => "8.19.2",
        Some("18" | "20") => "10.8.2",
        Some("22") => "10.9.4",
        _ => "11.6.2",
    }
}

/// `npm install` without dependencies, `npm start`, `npm run NAME`.
pub async fn npm(sys: Sys) -> i32 {
    if asks_version(&sys) {
        return say(&sys, &format!("{}\n", npm_version(&sys))).await;
    }
    let argv = sys.argv();
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match words.as_slice() {
        ["install" | "i" | "ci"] => install(&sys).await,
        ["start" | "test"] => script(&sys, words.first().copied().unwrap_or("")).await,
        ["run" | "run-script", name] => script(&sys, name).await,
        [] => not_simulated(&sys, "npm without a command").await,
        [command, ..] => not_simulated(&sys, &format!("npm {command}")).await,
    }
}

async fn package(sys: &Sys) -> Result<Value, i32> {
    let path = crate::kernel::join(&sys.cwd(), "package.json");
    let Ok(bytes) = sys.read_file(&path).await else {
        sys.eprint(&format!("npm error code ENOENT\nnpm error syscall open\nnpm error path {path}\nnpm error errno -2\nnpm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{path}'\n")).await;
        return Err(254);
    };
    let parsed = serde_json::from_slice(&bytes);
    match parsed {
        Ok(value) => Ok(value),
        Err(_) => {
            sys.eprint(&format!(
                "npm error code EJSONPARSE\nnpm error path {path}\nnpm error JSON.parse Failed to parse JSON data.\n"
            ))
            .await;
            Err(1)
        }
    }
}

async fn install(sys: &Sys) -> i32 {
    let package = match package(sys).await {
        Ok(package) => package,
        Err(254) => return say(sys, "\nup to date in 1s\n\nfound 0 vulnerabilities\n").await,
        Err(code) => return code,
    };
    let needs = ["dependencies", "devDependencies"]
        .iter()
        .any(|key| package.get(key).and_then(Value::as_object).is_some_and(|all| !all.is_empty()));
    if needs {
        return not_simulated(sys, "fetching packages with npm").await;
    }
    let _ = sys.sleep(crate::model::time::Time::millis(300)).await;
    let name = package.get("name").and_then(Value::as_str).unwrap_or("");
    let number = package.get("version").and_then(Value::as_str).unwrap_or("1.0.0");
    let lock = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"{number}\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {{\n    \"\": {{\n      \"name\": \"{name}\",\n      \"version\": \"{number}\"\n    }}\n  }}\n}}\n"
    );
    let _ = sys.put("package-lock.json", crate::model::file::Data::new(lock.into_bytes()), 0o644);
    say(sys, "\nup to date, audited 1 package in 1s\n\nfound 0 vulnerabilities\n").await
}

/// Runs a script of `package.json` with the shell, and ends as it does.
async fn script(sys: &Sys, name: &str) -> i32 {
    let package = match package(sys).await {
        Ok(package) => package,
        Err(code) => return code,
    };
    let Some(command) = package.get("scripts").and_then(|all| all.get(name)).and_then(Value::as_str) else {
        sys.eprint(&format!("npm error Missing script: \"{name}\"\n")).await;
        return 1;
    };
    let of = |key| package.get(key).and_then(Value::as_str).unwrap_or("");
    let text = format!("\n> {}@{} {name}\n> {command}\n\n", of("name"), of("version"));
    if sys.print(&text).await.is_err() {
        return 1;
    }
    let argv = ["sh", "-c", command].map(String::from);
    match sys.spawn("/bin/sh", &argv, sys.environment()).await {
        Ok(child) => sys.wait_for(child).await.code(),
        Err(errno) => {
            sys.eprint(&format!("npm error {errno}\n")).await;
            1
        }
    }
}
