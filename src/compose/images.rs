//! `docker compose images`.

use serde_json::json;

use super::list::COLUMNS;
use super::program::Call;
use super::stack::{service_of, sorted};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::human;
use crate::cli::format::quote::quoted;
use crate::cli::format::table::aligned;
use crate::engine::api::{Answer, Request};
use crate::oci::reference::Reference;

struct Row {
    container: String,
    repository: String,
    tag: String,
    id: String,
    size: i64,
}

pub async fn run(call: &Call<'_>) -> Outcome {
    let name = call.name().await?;
    let filters = vec![("label".to_string(), format!("{}={name}", super::label::PROJECT))];
    let request = Request::ContainerList { all: true, limit: None, size: false, filters };
    let Answer::Containers(mut found) = call.client.call(request).await? else { return Ok(0) };
    found.retain(|one| call.args.is_empty() || call.args.iter().any(|service| service == service_of(one)));
    let mut rows = Vec::new();
    for container in sorted(found) {
        let request = Request::ImageInspect { image: container.image.clone() };
        let document = match call.client.call(request).await {
            Ok(Answer::Json(document)) => document,
            _ => {
                let why = format!("failed to retrieve image for container {}", container.name);
                return Err(Failure::new(why));
            }
        };
        let reference = Reference::parse(&container.image).ok().map(Reference::tagged);
        let is_id = container.image_id.contains(&container.image);
        let (repository, tag) = match reference.filter(|_| !is_id) {
            Some(reference) => {
                let tag = reference.tag.clone().unwrap_or_default();
                (Reference { tag: None, ..reference }.familiar(), tag)
            }
            None => (String::new(), String::new()),
        };
        rows.push(Row {
            container: container.name.to_string(),
            repository,
            tag,
            id: document.get("Id").and_then(|id| id.as_str()).unwrap_or_default().to_string(),
            size: document.get("Size").and_then(|size| size.as_i64()).unwrap_or(0),
        });
    }
    let text = print(call, &rows)?;
    call.client.print(&text).await?;
    Ok(0)
}

fn print(call: &Call<'_>, rows: &[Row]) -> Result<String, Failure> {
    if call.flags.bool("quiet") {
        let mut ids: Vec<&str> = Vec::new();
        for row in rows {
            let id = row.id.split_once(':').map_or(row.id.as_str(), |(_, id)| id);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        return Ok(ids.iter().map(|id| format!("{id}\n")).collect());
    }
    match call.flags.text("format") {
        "json" => {
            let one = |row: &Row| json!({"ID": row.id, "ContainerName": row.container, "Repository": row.repository, "Tag": row.tag, "Size": row.size});
            Ok(format!("{}\n", serde_json::Value::from(rows.iter().map(one).collect::<Vec<_>>())))
        }
        "table" | "" | "pretty" => {
            let none = |text: &str| if text.is_empty() { "<none>".to_string() } else { text.to_string() };
            let line = |row: &Row| {
                let (repository, tag) = (none(&row.repository), none(&row.tag));
                let (id, size) = (human::short_id(&row.id), human::size(row.size));
                format!("{}\t{repository}\t{tag}\t{id}\t{size}\n", row.container)
            };
            let lines: String = rows.iter().map(line).collect();
            Ok(aligned(&format!("CONTAINER\tREPOSITORY\tTAG\tIMAGE ID\tSIZE\n{lines}"), COLUMNS))
        }
        other => Err(Failure::new(format!("format value {} could not be parsed: parsing failed", quoted(other)))),
    }
}
