//! What the machine has nothing of: swarm and plugins.

use layerlab::engine::api::Fault;
use serde_json::json;

use super::http::{Ask, not_found};
use super::reply::{Answer, json as document, missing, not_simulated};

const NO_MANAGER: &str = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";

pub fn route(ask: &Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        // There are none, which is an answer.
        ("GET", ["plugins"]) => Ok(document(200, &json!([]))),
        ("GET", ["plugins", name @ .., "json"]) if !name.is_empty() => {
            Err(missing(format!("plugin {:?} not found", name.join("/"))))
        }
        ("POST", ["swarm", ..]) => Err(not_simulated("docker swarm")),
        (_, ["swarm" | "nodes" | "services" | "tasks" | "secrets" | "configs", ..]) => {
            Err(Fault { status: 503, message: NO_MANAGER.into() })
        }
        (_, ["plugins", ..]) => Err(not_simulated("docker plugin")),
        ("GET", ["distribution", ..]) => Err(not_simulated("the registry's own API")),
        _ => Err(not_found()),
    }
}
