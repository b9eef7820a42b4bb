//! `docker volume ls`.

use std::rc::Rc;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::{Answer, Request, VolumeSummary};

const HEADERS: [(&str, &str); 10] = [
    ("Name", "VOLUME NAME"),
    ("Group", "GROUP"),
    ("Driver", "DRIVER"),
    ("Scope", "SCOPE"),
    ("Availability", "AVAILABILITY"),
    ("Mountpoint", "MOUNTPOINT"),
    ("Labels", "LABELS"),
    ("Links", "LINKS"),
    ("Size", "SIZE"),
    ("Status", "STATUS"),
];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let Answer::Volumes(volumes) = client.call(Request::VolumeList { filters: filters(flags) }).await? else {
        return Ok(0);
    };
    let format = match flags.text("format") {
        "" | "table" if flags.bool("quiet") => "{{.Name}}",
        "" | "table" => r"table {{.Driver}}\t{{.Name}}",
        format => format,
    };
    let listing = Listing { headers: &HEADERS, rows: volumes.iter().map(row).collect() };
    client.print(&listing.print(format).map_err(Failure::new)?).await?;
    Ok(0)
}

fn row(volume: &VolumeSummary) -> Value {
    let text = |text: &str| Value::text(text);
    let labels: Vec<(String, Value)> = volume.labels.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    let pairs: Vec<String> = volume.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    line(
        "*formatter.volumeContext",
        vec![
            ("Name", text(&volume.name)),
            ("Group", text("N/A")),
            ("Driver", text(volume.driver)),
            ("Scope", text("local")),
            ("Availability", text("N/A")),
            ("Mountpoint", text(&volume.mountpoint)),
            ("Labels", text(&pairs.join(","))),
            ("Label", Value::Lookup(Rc::new(labels))),
            ("Links", text("N/A")),
            ("Size", text("N/A")),
            ("Status", text("N/A")),
        ],
    )
}
