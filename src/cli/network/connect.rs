//! `docker network connect` and `docker network disconnect`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let absent = ["driver-opt", "gw-priority", "ip6", "link", "link-local-ip"];
    if let Some(name) = absent.iter().find(|name| call.flags.is_set(name)) {
        return Err(Failure::not_simulated(&format!("--{name}")));
    }
    let [network, container] = names(call);
    let aliases = call.flags.list("alias").to_vec();
    let ip = call.flags.text("ip").to_string();
    client.call(Request::NetworkConnect { network, container, aliases, ip }).await?;
    Ok(0)
}

pub async fn disconnect(client: &Client, call: &Invocation) -> Outcome {
    let [network, container] = names(call);
    let force = call.flags.bool("force");
    client.call(Request::NetworkDisconnect { network, container, force }).await?;
    Ok(0)
}

fn names(call: &Invocation) -> [String; 2] {
    [0, 1].map(|at| call.args.get(at).cloned().unwrap_or_default())
}
