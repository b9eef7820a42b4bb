//! `docker events`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::quote::quoted;
use crate::cli::format::time::{moment, rfc3339_full};
use crate::cli::template::{Template, Value};
use crate::engine::api::{Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::model::engine::Event;
use crate::model::time::Time;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let template = template(flags.text("format"))?;
    let limit = |text: &str| match text {
        "" => Ok(None),
        text => moment(text, client.sys.now())
            .map(Some)
            .ok_or_else(|| Failure::new(format!("failed to parse value as time or duration: {}", quoted(text)))),
    };
    let request = Request::Events {
        since: limit(flags.text("since"))?,
        until: limit(flags.text("until"))?,
        filters: filters(flags),
    };
    let connection = Connection::open(&client.sys, request)?;
    let end = loop {
        match connection.next().await? {
            Some(Reply::Event(event)) => client.print(&show(&event, template.as_ref())?).await?,
            Some(Reply::Failed(fault)) => break Err(CallError::Daemon(fault).into()),
            Some(Reply::Done(_)) | None => break Ok(0),
            Some(_) => {}
        }
    };
    connection.close();
    end
}

fn template(format: &str) -> Result<Option<Template>, Failure> {
    let format = match format {
        "" => return Ok(None),
        "json" => "{{json .}}",
        format => format,
    };
    let wrong = |error: String| Failure::with(64, format!("Error parsing format: {error}"));
    let template = Template::parse(format).map_err(wrong)?;
    let nothing =
        Event { time: Time::ZERO, kind: "", action: String::new(), actor: "".into(), attributes: Default::default() };
    // It is tried on a pointer to nothing.
    let tried = template.execute(&document(&nothing), false);
    tried.map_err(|error| wrong(error.replace(" in type events.Message", " in type *events.Message")))?;
    Ok(Some(template))
}

fn show(event: &Event, template: Option<&Template>) -> Result<String, Failure> {
    if let Some(template) = template {
        return template.execute(&document(event), false).map(|text| text + "\n").map_err(Failure::new);
    }
    let pairs: Vec<String> = event.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let tail = if pairs.is_empty() { String::new() } else { format!(" ({})", pairs.join(", ")) };
    Ok(format!("{} {} {} {}{tail}\n", rfc3339_full(event.time), event.kind, event.action, event.actor))
}

/// The message of the engine, by Go's names; its JSON bears the small names of the API.
fn document(event: &Event) -> Value {
    let text = |text: &str| Value::text(text);
    let field = |name: &str, value: Value| (name.to_string(), value);
    let attributes = event.attributes.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let actor = vec![field("ID", text(&event.actor)), field("Attributes", Value::map(attributes))];
    let (seconds, nanos) = event.time.epoch();
    let nano_time = seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(nanos));
    Value::structure(
        "events.Message",
        vec![
            field("Type", text(event.kind)),
            field("Action", text(&event.action)),
            field("Actor", Value::structure("events.Actor", actor)),
            field("Scope", text("local")),
            field("Time", Value::Int(seconds)),
            field("TimeNano", Value::Int(nano_time)),
            field("Status", text(&event.action)),
            field("ID", text(&event.actor)),
            field("From", text(event.attribute("image").unwrap_or_default())),
        ],
    )
}
