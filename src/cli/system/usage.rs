//! `docker system df -v`: every object and what it takes.

use std::rc::Rc;

use serde_json::Value as Json;

use crate::cli::client::{Client, Failure};
use crate::cli::format::table::{Listing, line};
use crate::cli::format::{human, quote, time};
use crate::cli::template::{Template, Value};
use crate::oci::reference::Reference;

/// Title, table and heads of each kind of object.
const IMAGES: [(&str, &str); 8] = [
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("ID", "IMAGE ID"),
    ("CreatedSince", "CREATED"),
    ("Size", "SIZE"),
    ("SharedSize", "SHARED SIZE"),
    ("UniqueSize", "UNIQUE SIZE"),
    ("Containers", "CONTAINERS"),
];
const CONTAINERS: [(&str, &str); 8] = [
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Size", "SIZE"),
    ("RunningFor", "CREATED"),
    ("Status", "STATUS"),
    ("Names", "NAMES"),
];
const VOLUMES: [(&str, &str); 3] = [("Name", "VOLUME NAME"), ("Links", "LINKS"), ("Size", "SIZE")];
const CACHE: [(&str, &str); 7] = [
    ("ID", "CACHE ID"),
    ("CacheType", "CACHE TYPE"),
    ("Size", "SIZE"),
    ("CreatedSince", "CREATED"),
    ("LastUsedSince", "LAST USED"),
    ("UsageCount", "USAGE"),
    ("Shared", "SHARED"),
];

/// The text of the answer.
pub fn verbose(client: &Client, usage: &Json, format: &str) -> Result<String, Failure> {
    let now = client.sys.now().epoch().0;
    let table = matches!(format, "" | "table");
    let list = |key: &str| usage.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let images: Vec<Value> = list("Images").iter().map(|json| image(json, now, !table)).collect();
    let containers: Vec<Value> = list("Containers").iter().map(|json| container(json, now, !table)).collect();
    let volumes: Vec<Value> = list("Volumes").iter().map(volume).collect();
    let records = list("BuildCache");
    let cache: Vec<Value> = records.iter().map(|json| record(json, now, !table)).collect();
    if !table {
        let lists = [("Images", images), ("Containers", containers), ("Volumes", volumes), ("BuildCache", cache)];
        let fields = lists.into_iter().map(|(name, rows)| (name.to_string(), Value::List(Rc::new(rows)))).collect();
        let template = Template::parse(if format == "json" { "{{json .}}" } else { format });
        let text = template.and_then(|t| t.execute(&Value::structure("*formatter.diskUsageContext", fields), false));
        return text.map_err(|error| Failure::with(64, format!("template parsing error: {error}")));
    }
    let size: i64 = records.iter().filter(|json| !flag(json, "Shared")).map(|json| number(json, "Size")).sum();
    let parts = [
        ("Images space usage:".to_string(), &IMAGES[..], images),
        ("Containers space usage:".to_string(), &CONTAINERS[..], containers),
        ("Local Volumes space usage:".to_string(), &VOLUMES[..], volumes),
        (format!("Build cache usage: {}", human::size(size)), &CACHE[..], cache),
    ];
    let mut text = String::new();
    for (title, headers, rows) in parts {
        let columns: Vec<String> = headers.iter().map(|(name, _)| format!("{{{{.{name}}}}}")).collect();
        let shown = Listing { headers, rows }.print(&format!("table {}", columns.join("\t")));
        let lead = if text.is_empty() { "" } else { "\n" };
        text += &format!("{lead}{title}\n\n{}", shown.map_err(Failure::new)?);
    }
    Ok(text)
}

fn number(json: &Json, key: &str) -> i64 {
    json.get(key).and_then(Json::as_i64).unwrap_or(0)
}

fn flag(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or(false)
}

fn string<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn size(bytes: i64) -> Value {
    Value::text(&human::size(bytes))
}

fn ago(now: i64, then: i64) -> String {
    format!("{} ago", human::duration(now - then))
}

fn image(json: &Json, now: i64, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let first = json.get("RepoTags").and_then(Json::as_array).and_then(|tags| tags.first()).and_then(Json::as_str);
    let reference = first.and_then(|tag| Reference::parse(tag).ok());
    let (repository, tag) = match reference {
        Some(reference) => (reference.familiar_name(), reference.tag.unwrap_or_default()),
        None => ("<none>".to_string(), "<none>".to_string()),
    };
    let (all, shared) = (number(json, "Size"), number(json, "SharedSize"));
    let id = string(json, "Id");
    line(
        "*formatter.imageContext",
        vec![
            ("ID", text(if whole { id } else { human::short_id(id) })),
            ("Repository", text(&repository)),
            ("Tag", text(&tag)),
            ("Digest", text("")),
            ("CreatedSince", text(&ago(now, number(json, "Created")))),
            ("CreatedAt", text(&time::created_at(number(json, "Created")))),
            ("Size", size(all)),
            ("VirtualSize", size(all)),
            ("SharedSize", text(&human::size4(shared))),
            ("UniqueSize", text(&human::size4(all - shared))),
            ("Containers", text(&number(json, "Containers").to_string())),
        ],
    )
}

fn container(json: &Json, now: i64, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let name = json.get("Names").and_then(|names| names.get(0)).and_then(Json::as_str).unwrap_or_default();
    let volumes: Vec<&str> =
        json.get("LocalVolumes").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    let (id, command) = (string(json, "Id"), string(json, "Command"));
    let command = if whole { command.to_string() } else { human::ellipsis(command, 20) };
    line(
        "*formatter.ContainerContext",
        vec![
            ("ID", text(if whole { id } else { human::short_id(id) })),
            ("Image", text(string(json, "Image"))),
            ("Command", text(&quote::quoted(&command))),
            ("CreatedAt", text(&time::created_at(number(json, "Created")))),
            ("RunningFor", text(&ago(now, number(json, "Created")))),
            ("LocalVolumes", text(&volumes.len().to_string())),
            ("Mounts", text(&volumes.join(","))),
            ("Names", text(name.trim_start_matches('/'))),
            ("Size", size(number(json, "SizeRw"))),
            ("State", text(string(json, "State"))),
            ("Status", text(string(json, "Status"))),
        ],
    )
}

fn volume(json: &Json) -> Value {
    let text = |text: &str| Value::text(text);
    let data = json.get("UsageData").cloned().unwrap_or_default();
    line(
        "*formatter.volumeContext",
        vec![
            ("Name", text(string(json, "Name"))),
            ("Driver", text(string(json, "Driver"))),
            ("Scope", text("local")),
            ("Mountpoint", text(string(json, "Mountpoint"))),
            ("Links", text(&number(&data, "RefCount").to_string())),
            ("Size", size(number(&data, "Size"))),
        ],
    )
}

/// A record of the build cache; one in use bears a star.
fn record(json: &Json, now: i64, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let id = string(json, "ID");
    let id = if whole { id } else { id.get(..12).unwrap_or(id) };
    let star = if flag(json, "InUse") { "*" } else { "" };
    let since = |key: &str| time::seconds(string(json, key)).map_or(String::new(), |then| ago(now, then));
    line(
        "*formatter.buildCacheContext",
        vec![
            ("ID", text(&format!("{id}{star}"))),
            ("CacheType", text(string(json, "Type"))),
            ("Description", text(string(json, "Description"))),
            ("Size", size(number(json, "Size"))),
            ("CreatedSince", text(&since("CreatedAt"))),
            ("LastUsedSince", text(&since("LastUsedAt"))),
            ("UsageCount", text(&number(json, "UsageCount").to_string())),
            ("InUse", text(&flag(json, "InUse").to_string())),
            ("Shared", text(&flag(json, "Shared").to_string())),
        ],
    )
}
