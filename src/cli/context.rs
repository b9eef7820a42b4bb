//! `docker context`: there is one, the default.

use super::client::{Client, Failure, Failures, Outcome};
use super::dispatch::Invocation;
use super::format::json;
use super::format::quote::quoted;
use super::format::table::{Listing, line};
use super::template::{Template, Value};

const HEADERS: [(&str, &str); 5] = [
    ("Name", "NAME"),
    ("Description", "DESCRIPTION"),
    ("DockerEndpoint", "DOCKER ENDPOINT"),
    ("Current", "CURRENT"),
    ("Error", "ERROR"),
];
const ENDPOINT: &str = "unix:///var/run/docker.sock";

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    match call.command {
        "context show" => client.print("default\n").await?,
        "context ls" => client.print(&list(call)?).await?,
        "context inspect" => return inspect(client, call).await,
        "context use" => match call.args.first().map(String::as_str) {
            Some("default") => {
                client.print("default\n").await?;
                client.warn("Current context is now \"default\"\n").await;
            }
            name => return Err(absent(name.unwrap_or_default())),
        },
        "context create" => {
            let name = call.args.first().map(String::as_str).unwrap_or_default();
            if name == "default" {
                return Err(Failure::new("\"default\" is a reserved context name"));
            }
            return Err(Failure::not_simulated("docker context create"));
        }
        name => return Err(Failure::not_simulated(&format!("docker {name}"))),
    }
    Ok(0)
}

fn absent(name: &str) -> Failure {
    Failure::new(format!("context {}: context not found", quoted(name)))
}

fn list(call: &Invocation) -> Result<String, Failure> {
    let format = match call.flags.text("format") {
        _ if call.flags.bool("quiet") => "{{.Name}}",
        "" | "table" => r"table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
        format => format,
    };
    let fields = vec![
        ("Name", Value::text("default")),
        ("Current", Value::Bool(true)),
        ("Description", Value::text("Current DOCKER_HOST based configuration")),
        ("DockerEndpoint", Value::text(ENDPOINT)),
        ("Error", Value::text("")),
    ];
    let rows = vec![line("*formatter.clientContextContext", fields)];
    // The head of the list has no current context.
    let text = Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)?;
    Ok(text.replacen("NAME *", "NAME  ", 1))
}

async fn inspect(client: &Client, call: &Invocation) -> Outcome {
    let endpoint = serde_json::json!({"Host": ENDPOINT, "SkipTLSVerify": false});
    let document = serde_json::json!({
        "Name": "default",
        "Metadata": {},
        "Endpoints": {"docker": endpoint},
        "TLSMaterial": {},
        "Storage": {"MetadataPath": "<IN MEMORY>", "TLSPath": "<IN MEMORY>"},
    });
    let mut failures = Failures::default();
    let default = ["default".to_string()];
    let names = if call.args.is_empty() { &default[..] } else { &call.args };
    let mut found = Vec::new();
    for name in names {
        if name == "default" { found.push(document.clone()) } else { failures.add(absent(name)) }
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
