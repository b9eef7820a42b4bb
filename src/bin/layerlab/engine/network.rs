//! `/networks`.

use std::collections::BTreeMap;

use layerlab::engine::api::{Answer as Said, Fault, NetworkCreate, Request};
use layerlab::engine::inspect::document as look;
use serde::Deserialize;
use serde_json::{Value, json};

use super::container::{inspect, or_null};
use super::create::Endpoint;
use super::http::{Ask, not_found};
use super::reply::{Answer, empty, json as document, not_simulated, strange};

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("GET", [] | [""]) => list(ask).await,
        ("POST", ["create"]) => create(ask).await,
        ("POST", ["prune"]) => {
            let request = Request::NetworkPrune { filters: ask.query.filters()? };
            let Said::Pruned { deleted, .. } = ask.board.answer(request).await? else { return Err(strange()) };
            Ok(document(200, &json!({ "NetworksDeleted": or_null(deleted) })))
        }
        ("GET", [name]) => {
            let verbose = ask.query.flag("verbose");
            inspect(ask, Request::NetworkInspect { network: name.to_string(), verbose }).await
        }
        ("DELETE", [name]) => {
            ask.board.answer(Request::NetworkRemove { network: name.to_string() }).await.map(|_| empty(204))
        }
        ("POST", [name, "connect"]) => connect(ask, name).await,
        ("POST", [name, "disconnect"]) => disconnect(ask, name).await,
        _ => Err(not_found()),
    }
}

async fn list(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::NetworkList { filters: ask.query.filters()? };
    let Said::Networks(rows) = ask.board.answer(request).await? else { return Err(strange()) };
    let mut all: Vec<Value> = Vec::new();
    for row in rows {
        let Some(mut whole) = ask.board.world(|world| look(world, "network", &row.id)) else { continue };
        ask.board.clock.document(&mut whole);
        // Who is in a network only an inspect tells.
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("Containers".into(), json!({}));
        }
        all.push(whole);
    }
    Ok(document(200, &Value::Array(all)))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct New {
    name: String,
    driver: String,
    scope: String,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    ipam: Ipam,
    internal: bool,
    attachable: bool,
    ingress: bool,
    config_only: bool,
    options: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Ipam {
    config: Vec<Pool>,
    options: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Pool {
    subnet: String,
    #[serde(rename = "IPRange")]
    ip_range: String,
    gateway: String,
    auxiliary_addresses: BTreeMap<String, String>,
}

async fn create(ask: Ask) -> Result<Answer, Fault> {
    let New { name, driver, scope, enable_ipv6, ipam, internal, attachable, ingress, config_only, options, labels } =
        ask.document()?;
    let pool_has_more = ipam.config.iter().any(|pool| !pool.auxiliary_addresses.is_empty());
    let absent = [
        (pool_has_more, "aux-address"),
        (config_only, "config-only"),
        (ingress, "ingress"),
        (!ipam.options.is_empty(), "ipam-opt"),
        (enable_ipv6, "ipv6"),
        (!matches!(scope.as_str(), "" | "local"), "scope"),
    ];
    if let Some((_, flag)) = absent.iter().find(|(asked, _)| *asked) {
        return Err(not_simulated(&format!("--{flag}")));
    }
    if ipam.config.len() > 1 {
        return Err(not_simulated("a network with several subnets"));
    }
    let pool = ipam.config.into_iter().next().unwrap_or_default();
    let driver = if driver.is_empty() { "bridge".to_string() } else { driver };
    let (subnet, gateway, ip_range) = (pool.subnet, pool.gateway, pool.ip_range);
    let new = NetworkCreate { name, driver, subnet, gateway, ip_range, internal, attachable, labels, options };
    let Said::Created { id, warnings } = ask.board.answer(Request::NetworkCreate(Box::new(new))).await? else {
        return Err(strange());
    };
    Ok(document(201, &json!({ "Id": id, "Warning": warnings.join("\n") })))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Member {
    container: String,
    endpoint_config: Endpoint,
    force: bool,
}

async fn connect(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let member: Member = ask.document()?;
    let endpoint = member.endpoint_config.read()?;
    let request = Request::NetworkConnect {
        network: name.to_string(),
        container: member.container,
        aliases: endpoint.aliases,
        ip: endpoint.ip,
    };
    ask.board.answer(request).await.map(|_| empty(200))
}

async fn disconnect(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let Member { container, force, .. } = ask.document()?;
    let request = Request::NetworkDisconnect { network: name.to_string(), container, force };
    ask.board.answer(request).await.map(|_| empty(200))
}
