//! `docker compose events`.

use serde_json::json;

use super::label;
use super::program::Call;
use crate::cli::client::Outcome;
use crate::cli::format::time::rfc3339_full;
use crate::engine::api::{Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::model::engine::Event;

pub async fn run(call: &Call<'_>) -> Outcome {
    let name = call.name().await?;
    let filters = vec![("label".to_string(), format!("{}={name}", label::PROJECT))];
    let connection = Connection::open(&call.client.sys, Request::Events { since: None, until: None, filters })?;
    let end = loop {
        match connection.next().await {
            Ok(Some(Reply::Event(event))) => {
                if let Some(text) = show(call, &event) {
                    call.client.print(&text).await?;
                }
            }
            Ok(Some(Reply::Failed(fault))) => break Err(CallError::Daemon(fault).into()),
            Ok(Some(Reply::Done(_)) | None) => break Ok(0),
            Ok(Some(_)) => {}
            Err(CallError::Interrupted) => break Ok(130),
            Err(error) => break Err(error.into()),
        }
    };
    connection.close();
    end
}

/// An event of a container of the services, without compose's own labels.
fn show(call: &Call<'_>, event: &Event) -> Option<String> {
    let service = event.attribute(label::SERVICE).unwrap_or_default();
    let chosen = call.args.is_empty() || call.args.iter().any(|name| name == service);
    if event.kind != "container" || event.attribute(label::ONE_OFF) == Some("True") || !chosen {
        return None;
    }
    let attributes: Vec<(String, String)> = event
        .attributes
        .iter()
        .filter(|(name, _)| !name.starts_with("com.docker.compose."))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let time = rfc3339_full(event.time);
    if call.flags.bool("json") {
        let attributes: serde_json::Map<String, serde_json::Value> =
            attributes.into_iter().map(|(name, value)| (name, value.into())).collect();
        let document = json!({
            "action": event.action,
            "attributes": attributes,
            "id": &*event.actor,
            "service": service,
            "time": time,
            "type": "container",
        });
        return Some(format!("{document}\n"));
    }
    let pairs: Vec<String> = attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let time = time.replace('T', " ");
    let time = time.get(..26).unwrap_or(&time);
    Some(format!("{time} container {} {} ({})\n\n", event.action, event.actor, pairs.join(", ")))
}
