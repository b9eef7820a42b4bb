//! `docker build`: what the builder's client does before and after a build.

pub mod builder;
mod check;
mod output;
pub mod prune;
mod source;
mod table;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::builder::build::{Build, Built, Failure as Failed, excerpt, run as build};
use crate::builder::lint::Warning;
use crate::builder::progress::{Display, Plain, Tty};
use crate::builder::stage::Options;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::flag::Flags;
use crate::cli::format::quote::quoted;
use crate::model::file::Data;
use crate::oci::reference::Reference;

/// What a plain display says first.
pub const TITLE: &str = "building with \"default\" instance using docker driver";

fn error(text: impl std::fmt::Display) -> Failure {
    Failure::new(format!("ERROR: {text}"))
}

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    refuse(flags)?;
    let secrets = secrets(client, flags).await?;
    let quiet = flags.bool("quiet");
    let progress = flags.text("progress");
    if quiet && !matches!(progress, "auto" | "quiet") {
        return Err(error(format!("progress={progress} and quiet cannot be used together")));
    }
    let iidfile = flags.text("iidfile");
    if !iidfile.is_empty() {
        let _ = client.sys.unlink(iidfile);
    }
    let quiet = quiet || progress == "quiet";
    let display = display(client, progress, quiet)?;
    let check = flags.bool("check") || matches!(flags.text("call"), "check" | "lint");
    let tags = tags(flags)?;
    let output = output::read(client, flags)?;
    let (source, definition) = source::find(client, flags, call.args.first().map_or("", String::as_str)).await?;
    let ask = Build {
        source,
        definition,
        options: options(client, flags)?,
        tags: tags.clone(),
        output: output.clone(),
        pull: flags.bool("pull"),
        check,
        secrets,
        target: String::new(),
        shown_on: 2,
    };
    let (built, failed) = build(&client.sys, ask, display).await;
    if check && failed.as_ref().is_none_or(|failed| failed.call.is_none() && !failed.canceled) {
        return check::report(client, &built, failed.as_ref()).await;
    }
    if !quiet {
        client.warn(&warnings(&built.warnings)).await;
    }
    if let Some(failed) = failed {
        return Err(refused(client, &built, failed).await);
    }
    output::finish(client, &output, &built).await?;
    if quiet {
        client.print(&format!("{}\n", built.id)).await?;
    }
    let metadata = flags.text("metadata-file");
    if !metadata.is_empty() {
        output::metadata(client, metadata, &built, &tags)?;
    }
    if !iidfile.is_empty() {
        let put = client.sys.put(iidfile, Data::new(built.id.into_bytes()), 0o644);
        put.map_err(|errno| {
            error(format!("writing image ID file: {}", Failure::file("open", iidfile, errno).message))
        })?;
    }
    Ok(0)
}

/// What is said of a build that failed: the lines of the Dockerfile, and why.
async fn refused(client: &Client, built: &Built, failed: Failed) -> Failure {
    if let Some(call) = failed.call {
        return error(call);
    }
    if failed.canceled {
        return Failure::with(130, format!("ERROR: failed to solve: {}", failed.message));
    }
    if let Some(lines) = failed.lines {
        client.warn(&excerpt(&built.name, &built.text, lines)).await;
    }
    error(format!("failed to solve: {}", failed.message))
}

fn warnings(all: &[Warning]) -> String {
    let count = match all.len() {
        0 => return String::new(),
        1 => "1 warning".to_string(),
        count => format!("{count} warnings"),
    };
    let mut text = format!("\n \x1b[33m{count} found (use docker --debug to expand):\n\x1b[0m");
    text.extend(all.iter().map(|warning| format!(" - {}\n", warning.short())));
    text
}

fn display(client: &Client, progress: &str, quiet: bool) -> Result<Display, Failure> {
    if quiet {
        return Ok(Display::Quiet);
    }
    match progress {
        "auto" | "" | "tty" if client.sys.is_terminal(2).is_some() => Ok(Display::Tty(Tty::new("docker:default"))),
        "auto" | "" | "plain" => Ok(Display::Plain(Plain::new(TITLE))),
        "tty" => Err(error("failed to get console: provided file is not a console")),
        "none" => Ok(Display::Quiet),
        "rawjson" => Err(Failure::not_simulated("docker build --progress=rawjson")),
        other => Err(error(format!("invalid progress mode {other}"))),
    }
}

/// What is not simulated says so.
fn refuse(flags: &Flags) -> Result<(), Failure> {
    const ABSENT: [&str; 9] =
        ["allow", "attest", "annotation", "cache-from", "cache-to", "cgroup-parent", "sbom", "ssh", "push"];
    for name in ABSENT {
        if flags.is_set(name) {
            return Err(Failure::not_simulated(&format!("docker build --{name}")));
        }
    }
    for platform in flags.list("platform") {
        if !matches!(platform.as_str(), "linux/amd64" | "amd64" | "linux" | "linux/x86_64" | "local") {
            return Err(Failure::not_simulated(&format!("docker build --platform {platform}")));
        }
    }
    match flags.text("call") {
        "" | "build" | "check" | "lint" => Ok(()),
        other => Err(Failure::not_simulated(&format!("docker build --call={other}"))),
    }
}

/// The names of the result, in full.
fn tags(flags: &Flags) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for tag in flags.list("tag") {
        let parsed = Reference::parse(tag).map_err(|bad| {
            // Here the library's words stand alone.
            let why = bad.0.strip_prefix("invalid reference format: ").unwrap_or(&bad.0).to_string();
            let why = if why.contains("must be lowercase") { "repository name must be lowercase".into() } else { why };
            error(format!("invalid tag {}: {why}", quoted(tag)))
        })?;
        let parsed = parsed.tagged();
        let latest = parsed.tag.as_deref() == Some("latest") && !tag.ends_with(":latest");
        all.push(if latest { parsed.full_name() } else { format!("{}{}", parsed.full_name(), parsed.suffix()) });
    }
    Ok(all)
}

/// `NAME=value`; without a value the environment's, if it has one.
fn build_args(client: &Client, flags: &Flags) -> Vec<(String, String)> {
    let one = |text: &String| match text.split_once('=') {
        Some((name, value)) => Some((name.to_string(), value.to_string())),
        None => client.sys.env(text).map(|value| (text.clone(), value.to_string())),
    };
    flags.list("build-arg").iter().filter_map(one).collect()
}

fn options(client: &Client, flags: &Flags) -> Result<Options, Failure> {
    let pairs = |name: &str| -> Vec<(String, String)> {
        flags.pairs(name).iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    let mut hosts = Vec::new();
    for host in flags.list("add-host") {
        let split = host.split_once(['=', ':']).filter(|(name, address)| !name.is_empty() && !address.is_empty());
        let (name, address) = split.ok_or_else(|| error(format!("invalid host {host}")))?;
        let address = if address == "host-gateway" { "172.17.0.1" } else { address };
        hosts.push((name.to_string(), address.trim_matches(['[', ']']).to_string()));
    }
    let network = match flags.text("network") {
        "" => "default",
        network => network,
    };
    match network {
        "default" | "none" | "host" => {}
        other => {
            let what = format!(
                "network mode {} not supported by buildkit. You can define a custom network for your builder using the network driver-opt in buildx create.",
                quoted(other)
            );
            return Err(error(what));
        }
    }
    if flags.is_set("build-context") {
        return Err(Failure::not_simulated("docker build --build-context"));
    }
    Ok(Options {
        build_args: build_args(client, flags),
        target: flags.text("target").to_string(),
        labels: pairs("label"),
        no_cache: flags.bool("no-cache"),
        no_cache_filter: flags.list("no-cache-filter").to_vec(),
        hosts,
        network: network.to_string(),
        contexts: Vec::new(),
    })
}

/// `--secret id=NAME[,src=FILE|,env=VAR]`.
async fn secrets(client: &Client, flags: &Flags) -> Result<BTreeMap<String, Rc<Vec<u8>>>, Failure> {
    let mut all = BTreeMap::new();
    for text in flags.list("secret") {
        let (mut id, mut file, mut env, mut kind) = (String::new(), String::new(), String::new(), "");
        for field in text.split(',') {
            let Some((key, value)) = field.split_once('=') else {
                return Err(error(format!("invalid field '{field}' must be a key=value pair")));
            };
            match key.to_lowercase().as_str() {
                "id" => id = value.into(),
                "source" | "src" => file = value.into(),
                "env" => env = value.into(),
                "type" if value == "file" || value == "env" => kind = if value == "env" { "env" } else { "file" },
                "type" => return Err(error(format!("unsupported secret type {}", quoted(value)))),
                _ => return Err(error(format!("unexpected key '{key}' in '{field}'"))),
            }
        }
        if kind == "env" && env.is_empty() {
            env = std::mem::take(&mut file);
        }
        if env.is_empty() && file.is_empty() && client.sys.env(&id).is_some() {
            env.clone_from(&id);
        }
        let bytes = if !env.is_empty() {
            client.sys.env(&env).map(|value| value.as_bytes().to_vec()).unwrap_or_default()
        } else {
            let path = if file.is_empty() { &id } else { &file };
            let read = client.sys.read_file(path).await;
            read.map_err(|errno| {
                let why = Failure::file("stat", &client.absolute(path), errno).message;
                error(format!("failed to stat {path}: {why}"))
            })?
        };
        all.insert(id, Rc::new(bytes));
    }
    Ok(all)
}
