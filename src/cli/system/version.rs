//! `docker version`.

use crate::model::order::Order;
use serde_json::{Value as Json, json};

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::{COMMIT, Invocation, VERSION};
use crate::cli::format::table::{Columns, aligned};
use crate::cli::format::{json, time};
use crate::cli::template::{Struct, Template, Value};
use crate::engine::api::{Answer, Request};

/// The columns of this one table.
const COLUMNS: Columns = Columns { least: 20, padding: 1 };
/// When the client was built: 30 May 2025, 12:07:14.
const BUILT: i64 = 1_748_606_834;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let format = match call.flags.text("format") {
        "json" => "{{json .}}",
        format => format,
    };
    let wrong = |error| Failure::with(64, format!("template parsing error: {error}"));
    let template = Template::named("version", format).map_err(wrong)?;
    let (server, failure) = match client.call(Request::Version).await {
        Ok(Answer::Json(server)) => (Some(server), None),
        Ok(_) => (None, None),
        Err(failure) => (None, Some(failure)),
    };
    let text = if format.is_empty() {
        plain(server.as_ref())
    } else {
        match template.execute(&document(server.as_ref()), false) {
            Ok(text) => text + "\n",
            Err(error) => {
                client.print("\n").await?;
                return Err(failure.unwrap_or(Failure::new(error)));
            }
        }
    };
    client.print(&aligned(&text, COLUMNS)).await?;
    failure.map_or(Ok(0), Err)
}

fn own() -> Json {
    json!({
        "Version": VERSION,
        "ApiVersion": "1.50",
        "DefaultAPIVersion": "1.50",
        "GitCommit": COMMIT,
        "GoVersion": "go1.24.3",
        "Os": "linux",
        "Arch": "amd64",
        "BuildTime": time::ansi(BUILT),
        "Context": "default",
    })
}

/// Both sides as a template sees them, by the names of Go's fields.
fn document(server: Option<&Json>) -> Value {
    let side = |name: &'static str, json: &Json| {
        let Value::Struct(it) = Value::typed(json) else { return Value::Nil };
        let rename = |(field, value): &(String, Value)| match field.as_str() {
            "ApiVersion" => ("APIVersion".to_string(), value.clone()),
            "MinAPIVersion" => ("MinAPIVersion".to_string(), value.clone()),
            _ => (field.clone(), value.clone()),
        };
        let fields = it.fields.iter().map(rename).collect();
        Value::Struct(std::rc::Rc::new(Struct { name, fields }))
    };
    let server = server.map_or(Value::Nil, |server| side("types.Version", server));
    let both = vec![("Client".to_string(), side("system.clientVersion", &own())), ("Server".to_string(), server)];
    Value::structure("system.versionInfo", both)
}

fn plain(server: Option<&Json>) -> String {
    let own = own();
    let get = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_string();
    let lines = [
        ("Version", get(&own, "Version")),
        ("API version", get(&own, "ApiVersion")),
        ("Go version", get(&own, "GoVersion")),
        ("Git commit", get(&own, "GitCommit")),
        ("Built", get(&own, "BuildTime")),
        ("OS/Arch", format!("{}/{}", get(&own, "Os"), get(&own, "Arch"))),
        ("Context", get(&own, "Context")),
    ];
    let mut text = "Client:\n".to_string();
    lines.iter().for_each(|(name, value)| text += &format!(" {name}:\t{value}\n"));
    let Some(server) = server else { return text };
    text += "\nServer:";
    let platform = server.get("Platform").map(|platform| get(platform, "Name")).unwrap_or_default();
    text += &if platform.is_empty() { "\n".to_string() } else { format!(" {platform}\n") };
    for component in server.get("Components").and_then(Json::as_array).into_iter().flatten() {
        text += &one(component);
    }
    text
}

fn one(component: &Json) -> String {
    let get = |key: &str| component.get(key).and_then(Json::as_str).unwrap_or_default().to_string();
    let details = component.get("Details").and_then(Json::as_object);
    let detail = |key: &str| match details.and_then(|details| details.get(key)) {
        Some(Json::String(text)) => text.clone(),
        Some(other) => json::compact(other),
        None => String::new(),
    };
    let mut lines = vec![("Version".to_string(), get("Version"))];
    if get("Name") == "Engine" {
        lines.extend([
            ("API version".into(), format!("{} (minimum version {})", detail("ApiVersion"), detail("MinAPIVersion"))),
            ("Go version".into(), detail("GoVersion")),
            ("Git commit".into(), detail("GitCommit")),
            ("Built".into(), built(&detail("BuildTime"))),
            ("OS/Arch".into(), format!("{}/{}", detail("Os"), detail("Arch"))),
            ("Experimental".into(), detail("Experimental")),
        ]);
    } else {
        let mut names: Vec<&String> = details.map(|details| details.keys().collect()).unwrap_or_default();
        names.order();
        lines.extend(names.into_iter().map(|name| (name.clone(), detail(name))));
    }
    let lines: String = lines.iter().map(|(name, value)| format!("  {name}:\t{value}\n")).collect();
    format!(" {}:\n{lines}", get("Name"))
}

/// A build time in the form of the client's own, if it can be read.
fn built(text: &str) -> String {
    time::seconds(text).map_or_else(|| text.to_string(), time::ansi)
}
