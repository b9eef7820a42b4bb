//! `docker compose ls` and `docker compose top`.

use std::collections::BTreeMap;

use serde_json::json;

use super::label;
use super::program::Call;
use super::stack::{OneOff, containers, service_of, sorted, tag};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::cli::format::table::{Columns, aligned};
use crate::engine::api::{Answer, ContainerSummary, Request};

/// The columns of compose's own tables.
pub const COLUMNS: Columns = Columns { least: 20, padding: 3 };
const TOP: Columns = Columns { least: 4, padding: 2 };

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let filters = vec![("label".to_string(), label::PROJECT.to_string())];
    let request = Request::ContainerList { all: flags.bool("all"), limit: None, size: false, filters };
    let Answer::Containers(found) = call.client.call(request).await? else { return Ok(0) };
    let mut projects: BTreeMap<String, Vec<ContainerSummary>> = BTreeMap::new();
    for container in found.into_iter().filter(|one| one.labels.contains_key(label::CONFIG_HASH)) {
        projects.entry(tag(&container, label::PROJECT).to_string()).or_default().push(container);
    }
    for filter in flags.list("filter") {
        match filter.split_once('=') {
            Some(("name", part)) => projects.retain(|name, _| name.contains(part)),
            Some((key, _)) => return Err(Failure::new(format!("invalid filter '{key}'"))),
            None => return Err(Failure::new("invalid filter")),
        }
    }
    if flags.bool("quiet") {
        let names: String = projects.keys().map(|name| format!("{name}\n")).collect();
        call.client.print(&names).await?;
        return Ok(0);
    }
    let rows: Vec<[String; 3]> = projects.iter().map(|(name, own)| [name.clone(), status(own), files(own)]).collect();
    let text = match flags.text("format") {
        "json" => {
            let one =
                |[name, status, files]: &[String; 3]| json!({"Name": name, "Status": status, "ConfigFiles": files});
            format!("{}\n", serde_json::Value::from(rows.iter().map(one).collect::<Vec<_>>()))
        }
        "table" | "" | "pretty" => {
            let lines: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
            aligned(&format!("NAME\tSTATUS\tCONFIG FILES\n{lines}"), COLUMNS)
        }
        other => {
            return Err(Failure::new(format!("format value {} could not be parsed: parsing failed", quoted(other))));
        }
    };
    call.client.print(&text).await?;
    Ok(0)
}

/// `running(2)`, one for each state.
fn status(own: &[ContainerSummary]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for container in own {
        *counts.entry(container.state).or_default() += 1;
    }
    counts.iter().map(|(state, count)| format!("{state}({count})")).collect::<Vec<_>>().join(", ")
}

fn files(own: &[ContainerSummary]) -> String {
    let mut files: Vec<&str> = Vec::new();
    for container in own {
        for file in tag(container, label::CONFIG_FILES).split(',') {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files.join(",")
}

pub async fn top(call: &Call<'_>) -> Outcome {
    let name = call.name().await?;
    let found = sorted(containers(call.client, &name, OneOff::Include, false, call.args).await?);
    let mut titles = vec!["SERVICE".to_string(), "#".to_string()];
    let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
    for container in &found {
        let request = Request::ContainerTop { container: container.id.to_string(), args: Vec::new() };
        let Answer::Top { titles: own, rows: processes } = call.client.call(request).await? else { continue };
        titles.extend(own.iter().filter(|title| !titles.contains(title)).cloned().collect::<Vec<_>>());
        for process in processes {
            let mut row: BTreeMap<String, String> = own.iter().cloned().zip(process).collect();
            row.insert("SERVICE".into(), service_of(container).to_string());
            row.insert("#".into(), tag(container, label::NUMBER).to_string());
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Ok(0);
    }
    // The command is as long as it likes, so it goes last.
    if let Some(at) = titles.iter().position(|title| title == "CMD") {
        let command = titles.remove(at);
        titles.push(command);
    }
    let mut text = titles.join("\t") + "\n";
    for row in &rows {
        let cells: Vec<&str> = titles.iter().map(|title| row.get(title).map_or("-", String::as_str)).collect();
        text += &(cells.join("\t") + "\n");
    }
    call.client.print(&aligned(&text, TOP)).await?;
    Ok(0)
}
