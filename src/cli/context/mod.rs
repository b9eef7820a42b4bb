//! `docker context`: names for daemons. One daemon is simulated, that of this host, but any can be named.

mod edit;
pub mod store;
mod transfer;

use serde_json::{Value as Json, json};

use super::client::{Client, Failure, Failures, Outcome};
use super::credentials;
use super::dispatch::Invocation;
use super::endpoint::{DEFAULT, context as current, default_host};
use super::format::json;
use super::format::quote::quoted;
use super::format::table::{Listing, line};
use super::template::{Template, Value};
use crate::model::order::Order;

const HEADERS: [(&str, &str); 5] = [
    ("Name", "NAME"),
    ("Description", "DESCRIPTION"),
    ("DockerEndpoint", "DOCKER ENDPOINT"),
    ("Current", "CURRENT"),
    ("Error", "ERROR"),
];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    match call.command {
        "context show" => client.print(&format!("{}\n", current(client, call).await)).await?,
        "context ls" => return ls(client, call).await,
        "context inspect" => return inspect(client, call).await,
        "context use" => return choose(client, call).await,
        "context create" => return edit::create(client, call).await,
        "context update" => return edit::update(client, call).await,
        "context rm" => return edit::rm(client, call).await,
        "context export" => return transfer::export(client, call).await,
        "context import" => return transfer::import(client, call).await,
        name => return Err(Failure::not_simulated(&format!("docker {name}"))),
    }
    Ok(0)
}

/// The default context, as the list shows it.
fn default(client: &Client, call: &Invocation) -> Json {
    store::made(DEFAULT, "Current DOCKER_HOST based configuration", &default_host(client, call), false)
}

/// A context that there is; of the default one nothing is kept, not even what the list says of it.
async fn known(client: &Client, call: &Invocation, name: &str) -> Result<Json, Failure> {
    if name == DEFAULT {
        return Ok(store::made(DEFAULT, "", &default_host(client, call), false));
    }
    store::read(client, name).await
}

async fn choose(client: &Client, call: &Invocation) -> Outcome {
    let name = call.args.first().map(String::as_str).unwrap_or_default();
    if name != DEFAULT {
        store::check_name(name)?;
        store::read(client, name).await?;
    }
    credentials::choose(client, if name == DEFAULT { "" } else { name }).await?;
    client.print(&format!("{name}\n")).await?;
    let mut notes = format!("Current context is now {}\n", quoted(name));
    if name != DEFAULT && overridden(client) {
        let way = format!("To use {}, either set the global --context flag, or unset DOCKER_HOST", quoted(name));
        notes += &format!(
            "Warning: DOCKER_HOST environment variable overrides the active context. {way} environment variable.\n"
        );
    }
    client.warn(&notes).await;
    Ok(0)
}

fn overridden(client: &Client) -> bool {
    client.sys.env("DOCKER_HOST").is_some_and(|host| !host.is_empty())
}

/// A name's parts: numbers are in the order of their values.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    for c in name.chars() {
        match (c.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((number, text))) if text.is_empty() => {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => parts.push((u64::from(digit), String::new())),
            (None, Some((u64::MAX, text))) => text.push(c),
            (None, _) => parts.push((u64::MAX, c.to_string())),
        }
    }
    parts
}

/// A line of the list: name, description, address, and what is wrong.
type Row = (String, String, String, String);

async fn rows(client: &Client, call: &Invocation, current: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let default = default(client, call);
    for meta in store::all(client).await.iter().chain([&default]) {
        let name = meta["Name"].as_str().unwrap_or_default().to_string();
        let (host, error) = match store::host(meta) {
            Ok(host) => (host, String::new()),
            Err(failure) => (String::new(), failure.message),
        };
        rows.push((name, store::description(meta).to_string(), host, error));
    }
    if !rows.iter().any(|row| row.0 == current) {
        let error = store::read(client, current).await.err().map_or(String::new(), |failure| failure.message);
        rows.push((current.to_string(), String::new(), String::new(), error));
    }
    rows.order_by_key(|row| natural(&row.0));
    rows
}

async fn ls(client: &Client, call: &Invocation) -> Outcome {
    let current = current(client, call).await;
    let format = match call.flags.text("format") {
        _ if call.flags.bool("quiet") => "{{.Name}}",
        "" | "table" => r"table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
        format => format,
    };
    let row = |(name, description, host, error): Row| {
        let fields = vec![
            ("Name", Value::text(&name)),
            ("Current", Value::Bool(name == current)),
            ("Description", Value::text(&description)),
            ("DockerEndpoint", Value::text(&host)),
            // A long reason is cut.
            ("Error", Value::text(&super::format::human::ellipsis(&error, 45))),
        ];
        line("*formatter.clientContextContext", fields)
    };
    let rows = rows(client, call, &current).await.into_iter().map(row).collect();
    // The head of the list has no current context.
    let text = Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)?;
    client.print(&text.replacen("NAME *", "NAME  ", 1)).await?;
    if overridden(client) {
        let way = "To use a context, either set the global --context flag, or unset DOCKER_HOST environment variable.";
        client.warn(&format!("Warning: DOCKER_HOST environment variable overrides the active context. {way}\n")).await;
    }
    Ok(0)
}

/// All that is known about a context.
fn document(client: &Client, name: &str, meta: &Json) -> Json {
    let memory = "<IN MEMORY>".to_string();
    let (folder, certificates) = match name {
        DEFAULT => (memory.clone(), memory),
        name => (store::folder(client, name), store::certificates(client, name)),
    };
    let mut document = meta.clone();
    document["TLSMaterial"] = json!({});
    document["Storage"] = json!({ "MetadataPath": folder, "TLSPath": certificates });
    document
}

async fn inspect(client: &Client, call: &Invocation) -> Outcome {
    let mut failures = Failures::default();
    let current = [current(client, call).await];
    let names = if call.args.is_empty() { &current[..] } else { &call.args };
    let mut found = Vec::new();
    for name in names {
        match known(client, call, name).await {
            Ok(meta) => found.push(document(client, name, &meta)),
            Err(failure) => failures.add(failure),
        }
    }
    let text = match call.flags.text("format") {
        "" => json::pretty(&serde_json::Value::Array(found)) + "\n",
        "json" => json::compact(&serde_json::Value::Array(found)) + "\n",
        format => {
            let wrong = |error| format!("template parsing error: {error}");
            let template = Template::parse(format).map_err(|error| Failure::with(64, wrong(error)))?;
            let mut text = String::new();
            for document in &found {
                text += &template.execute(&Value::typed(document), false).map_err(|e| Failure::new(wrong(e)))?;
                text.push('\n');
            }
            text
        }
    };
    client.print(&text).await?;
    failures.outcome()
}
