//! The builder itself: `docker buildx ls`, `inspect` and `version`. There is one, the engine's own.

use super::error;
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::quote::quoted;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::Request;

const BUILDX: &str = "github.com/docker/buildx v0.24.0 d0e5e86";
const BUILDKIT: &str = "v0.22.0";
const PLATFORMS: [&str; 4] = ["linux/amd64", "linux/amd64/v2", "linux/amd64/v3", "linux/386"];

const HEADERS: [(&str, &str); 5] = [
    ("Name", "NAME/NODE"),
    ("DriverEndpoint", "DRIVER/ENDPOINT"),
    ("Status", "STATUS"),
    ("Buildkit", "BUILDKIT"),
    ("Platforms", "PLATFORMS"),
];

pub async fn version(client: &Client, _: &Invocation) -> Outcome {
    client.print(&format!("{BUILDX}\n")).await?;
    Ok(0)
}

pub async fn ls(client: &Client, call: &Invocation) -> Outcome {
    client.call(Request::Ping).await.map_err(|failure| error(failure.message))?;
    let format = match call.flags.text("format") {
        "" | "table" => r"table {{.Name}}\t{{.DriverEndpoint}}\t{{.Status}}\t{{.Buildkit}}\t{{.Platforms}}",
        format => format,
    };
    let platforms = match call.flags.bool("no-trunc") {
        true => PLATFORMS.join(", "),
        false => "linux/amd64 (+3), linux/386".to_string(),
    };
    let (star, indent) = if format.starts_with("table") { ("*", r" \_ ") } else { ("", "") };
    let row = |cells: [&str; 5]| {
        let fields = HEADERS.iter().zip(cells).map(|((name, _), cell)| (*name, Value::text(cell)));
        line("*commands.lsContext", fields.collect())
    };
    let node = format!("{indent}default");
    let rows = vec![
        row([&format!("default{star}"), "docker", "", "", ""]),
        row([&node, &node, "running", BUILDKIT, &platforms]),
    ];
    let listing = Listing { headers: &HEADERS, rows };
    client.print(&listing.print(format).map_err(Failure::new)?).await?;
    Ok(0)
}

pub async fn inspect(client: &Client, call: &Invocation) -> Outcome {
    let name = call.args.first().map_or(call.flags.text("builder"), String::as_str);
    if !matches!(name, "" | "default") {
        return Err(error(format!("no builder {} found", quoted(name))));
    }
    client.call(Request::Ping).await.map_err(|failure| error(failure.message))?;
    let lines = [
        ("Name:", "default"),
        ("Endpoint:", "default"),
        ("Status:", "running"),
        ("BuildKit version:", BUILDKIT),
        ("Platforms:", &PLATFORMS.join(", ")),
    ];
    let mut text = String::from("Name:   default\nDriver: docker\n\nNodes:\n");
    text.extend(lines.iter().map(|(name, value)| format!("{name:<17} {value}\n")));
    text += "Labels:\n org.mobyproject.buildkit.worker.moby.host-gateway-ip: 172.17.0.1\n";
    client.print(&text).await?;
    Ok(0)
}
