//! `docker network ls`.

use std::rc::Rc;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::table::{Listing, line};
use crate::cli::format::{human, time};
use crate::cli::template::Value;
use crate::engine::api::{Answer, NetworkSummary, Request};

const HEADERS: [(&str, &str); 9] = [
    ("ID", "NETWORK ID"),
    ("Name", "NAME"),
    ("Driver", "DRIVER"),
    ("Scope", "SCOPE"),
    ("IPv4", "IPV4"),
    ("IPv6", "IPV6"),
    ("Internal", "INTERNAL"),
    ("Labels", "LABELS"),
    ("CreatedAt", "CREATED AT"),
];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let Answer::Networks(networks) = client.call(Request::NetworkList { filters: filters(flags) }).await? else {
        return Ok(0);
    };
    let whole = flags.bool("no-trunc");
    let rows = networks.iter().map(|network| row(network, whole)).collect();
    let format = match flags.text("format") {
        "" | "table" if flags.bool("quiet") => "{{.ID}}",
        "" | "table" => r"table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
        format => format,
    };
    client.print(&Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)?).await?;
    Ok(0)
}

fn row(network: &NetworkSummary, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let labels: Vec<(String, Value)> = network.labels.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    let pairs: Vec<String> = network.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let id = if whole { &network.id } else { human::short_id(&network.id) };
    line(
        "*network.networkContext",
        vec![
            ("ID", text(id)),
            ("Name", text(&network.name)),
            ("Driver", text(&network.driver)),
            ("Scope", text(network.scope)),
            ("IPv4", text("true")),
            ("IPv6", text("false")),
            ("Internal", text(if network.internal { "true" } else { "false" })),
            ("Labels", text(&pairs.join(","))),
            ("Label", Value::Lookup(Rc::new(labels))),
            ("CreatedAt", text(&time::created_at(network.created.epoch().0))),
        ],
    )
}
