//! `docker port`.

use crate::model::order::Order;
use serde_json::Value;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let container = call.args.first().cloned().unwrap_or_default();
    let request = Request::ContainerInspect { container: container.clone(), size: false };
    let Answer::Json(document) = client.call(request).await? else { return Ok(0) };
    let ports = document.get("NetworkSettings").and_then(|settings| settings.get("Ports"));
    let ports = ports.and_then(Value::as_object);
    let lines = match call.args.get(1) {
        None => {
            let all = ports.into_iter().flatten();
            let lines = all.flat_map(|(port, bindings)| {
                bound(bindings).into_iter().map(move |address| (order(port), format!("{port} -> {address}")))
            });
            let mut lines: Vec<_> = lines.collect();
            lines.order_by(|a, b| a.0.cmp(&b.0));
            lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>()
        }
        Some(wanted) => {
            let (number, kind) = wanted.split_once('/').unwrap_or((wanted, "tcp"));
            if number.parse::<u16>().is_err() {
                return Err(Failure::new(format!("Error: invalid port ({number})")));
            }
            let lines = ports.and_then(|ports| ports.get(&format!("{number}/{kind}"))).map(bound).unwrap_or_default();
            if lines.is_empty() {
                return Err(Failure::new(format!("Error: No public port '{wanted}' published for {container}")));
            }
            lines
        }
    };
    let text: String = lines.into_iter().map(|line| line + "\n").collect();
    client.print(&text).await?;
    Ok(0)
}

/// By number, then by protocol.
fn order(port: &str) -> (u16, String) {
    let (number, kind) = port.split_once('/').unwrap_or((port, ""));
    (number.parse().unwrap_or(0), kind.to_string())
}

/// The host addresses of one port.
fn bound(bindings: &Value) -> Vec<String> {
    let text = |binding: &Value, key: &str| binding.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let address = |binding: &Value| {
        let (host, port) = (text(binding, "HostIp"), text(binding, "HostPort"));
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    };
    bindings.as_array().map(|all| all.iter().map(address).collect()).unwrap_or_default()
}
