//! `docker system df`.

use serde_json::Value as Json;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::{Answer, Request};

const HEADERS: [(&str, &str); 5] =
    [("Type", "TYPE"), ("TotalCount", "TOTAL"), ("Active", "ACTIVE"), ("Size", "SIZE"), ("Reclaimable", "RECLAIMABLE")];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let Answer::Json(usage) = client.call(Request::DiskUsage).await? else { return Ok(0) };
    if call.flags.bool("verbose") {
        client.print(&super::usage::verbose(client, &usage, call.flags.text("format"))?).await?;
        return Ok(0);
    }
    let format = match call.flags.text("format") {
        "" | "table" => r"table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
        format => format,
    };
    let listing = Listing { headers: &HEADERS, rows: rows(&usage) };
    client.print(&listing.print(format).map_err(Failure::new)?).await?;
    Ok(0)
}

/// How much one kind of object takes.
#[derive(Default)]
struct Usage {
    count: usize,
    active: usize,
    size: i64,
    reclaimable: i64,
}

fn rows(usage: &Json) -> Vec<Value> {
    let list = |key: &str| usage.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let number = |json: &Json, key: &str| json.get(key).and_then(Json::as_i64).unwrap_or(0);
    let mut images = Usage { size: number(usage, "LayersSize"), ..Usage::default() };
    images.reclaimable = images.size;
    for image in list("Images") {
        images.count += 1;
        if number(&image, "Containers") > 0 {
            images.active += 1;
            images.reclaimable -= number(&image, "Size") - number(&image, "SharedSize").max(0);
        }
    }
    let mut containers = Usage::default();
    for container in list("Containers") {
        let state = container.get("State").and_then(Json::as_str).unwrap_or_default();
        let active = matches!(state, "running" | "paused" | "restarting");
        containers.add(number(&container, "SizeRw"), active);
    }
    let mut volumes = Usage::default();
    for volume in list("Volumes") {
        let data = volume.get("UsageData").cloned().unwrap_or_default();
        volumes.add(number(&data, "Size"), number(&data, "RefCount") > 0);
    }
    let mut cache = Usage::default();
    for record in list("BuildCache") {
        let in_use = record.get("InUse").and_then(Json::as_bool).unwrap_or(false);
        cache.add(number(&record, "Size"), in_use);
    }
    let kinds = [("Images", images), ("Containers", containers), ("Local Volumes", volumes), ("Build Cache", cache)];
    kinds.iter().map(|(kind, usage)| row(kind, usage)).collect()
}

impl Usage {
    fn add(&mut self, size: i64, active: bool) {
        self.count += 1;
        self.active += usize::from(active);
        self.size += size;
        self.reclaimable += if active { 0 } else { size };
    }
}

fn row(kind: &str, usage: &Usage) -> Value {
    let reclaimable = human::size4(usage.reclaimable);
    // The share is not shown for the build cache.
    let share = if usage.size > 0 && kind != "Build Cache" {
        format!("{reclaimable} ({}%)", usage.reclaimable.saturating_mul(100) / usage.size)
    } else {
        reclaimable
    };
    let fields = vec![
        ("Type", Value::text(kind)),
        ("TotalCount", Value::text(&usage.count.to_string())),
        ("Active", Value::text(&usage.active.to_string())),
        ("Size", Value::text(&human::size4(usage.size))),
        ("Reclaimable", Value::text(&share)),
    ];
    line("*formatter.diskUsageContext", fields)
}
