//! Making, changing and removing contexts.

use serde_json::{Value, json};

use super::store;
use super::{current, default, known};
use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::credentials;
use crate::cli::dispatch::Invocation;
use crate::cli::endpoint::DEFAULT;
use crate::cli::format::quote::quoted;

const KEYS: [&str; 6] = ["from", "host", "ca", "cert", "key", "skip-tls-verify"];

fn wrong(why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("unable to create docker endpoint config: {why}"))
}

/// What `--docker` says of a daemon, as a context keeps it.
async fn endpoint(client: &Client, call: &Invocation) -> Result<Value, Failure> {
    let given: Vec<&str> = call.flags.list("docker").iter().flat_map(|value| value.split(',')).collect();
    let pairs: Vec<(&str, &str)> = given.iter().map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let value = |key: &str| pairs.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| *value);
    let strange = pairs.iter().filter(|(key, _)| !KEYS.contains(key));
    let strange: Vec<String> = strange.map(|(key, _)| format!("unrecognized config key: {key}")).collect();
    if !strange.is_empty() {
        return Err(wrong(strange.join("\n")));
    }
    if let Some(name) = value("from") {
        let meta = known(client, call, name).await.map_err(|failure| wrong(failure.message))?;
        return Ok(meta["Endpoints"]["docker"].clone());
    }
    if let Some(path) = ["ca", "cert", "key"].into_iter().find_map(value) {
        client.sys.contents(path).map_err(|errno| wrong(Failure::file("open", path, errno).message))?;
        return Err(Failure::not_simulated("a certificate of a context"));
    }
    let skip = match value("skip-tls-verify") {
        None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
        Some(other) => {
            return Err(wrong(format!("skip-tls-verify: parsing {}: invalid syntax", quoted(other))));
        }
    };
    let host = value("host").unwrap_or_default();
    if !host.is_empty() && !host.contains("://") {
        return Err(wrong(format!("unable to apply docker endpoint options: unable to parse docker host `{host}`")));
    }
    Ok(json!({ "Host": host, "SkipTLSVerify": skip }))
}

pub async fn create(client: &Client, call: &Invocation) -> Outcome {
    let name = call.args.first().map(String::as_str).unwrap_or_default();
    store::check_new(client, name)?;
    let (from, has_endpoint) = (call.flags.text("from"), call.flags.is_set("docker"));
    let description = call.flags.text("description");
    let meta = if from.is_empty() && has_endpoint {
        let mut meta = store::made(name, description, "", false);
        meta["Endpoints"]["docker"] = endpoint(client, call).await?;
        meta
    } else if has_endpoint {
        return Err(Failure::new("cannot use --docker flag when --from is set"));
    } else {
        let source = if from.is_empty() { current(client, call).await } else { from.to_string() };
        let mut meta = known(client, call, &source).await?;
        if source == DEFAULT {
            meta["Metadata"] = default(client, call)["Metadata"].clone();
        }
        meta["Name"] = json!(name);
        if !description.is_empty() {
            meta["Metadata"] = json!({ "Description": description });
        }
        meta
    };
    store::write(client, name, &meta)?;
    client.print(&format!("{name}\n")).await?;
    client.warn(&format!("Successfully created context {}\n", quoted(name))).await;
    Ok(0)
}

pub async fn update(client: &Client, call: &Invocation) -> Outcome {
    let name = call.args.first().map(String::as_str).unwrap_or_default();
    store::check_name(name)?;
    let mut meta = store::read(client, name).await?;
    let description = call.flags.text("description");
    if !description.is_empty() {
        meta["Metadata"] = json!({ "Description": description });
    }
    if call.flags.is_set("docker") {
        meta["Endpoints"]["docker"] = endpoint(client, call).await?;
    }
    store::write(client, name, &meta)?;
    client.print(&format!("{name}\n")).await?;
    client.warn(&format!("Successfully updated context {}\n", quoted(name))).await;
    Ok(0)
}

pub async fn rm(client: &Client, call: &Invocation) -> Outcome {
    let (current, force) = (current(client, call).await, call.flags.bool("force"));
    let mut failures = Failures::default();
    for name in &call.args {
        let is_kept = client.sys.is_dir(&store::folder(client, name));
        if name == DEFAULT {
            failures.add(Failure::new("context \"default\" cannot be removed"));
        } else if *name == current && !force {
            let why = "is in use, set -f flag to force remove";
            failures.add(Failure::new(format!("context {} {why}", quoted(name))));
        } else if !is_kept && !force {
            failures.add(Failure::new(format!("context {} does not exist", quoted(name))));
        } else {
            if *name == current {
                credentials::choose(client, "").await?;
            }
            store::remove(client, name);
            client.print(&format!("{name}\n")).await?;
        }
    }
    failures.outcome()
}
