//! `docker compose config`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::file::emit::Shown;
use super::file::{Ask, Dependencies, Project, tree};
use super::program::{Call, Disk};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::model::file::Data;

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    for absent in ["resolve-image-digests", "lock-image-digests", "variables"] {
        if flags.bool(absent) {
            return Err(Failure::not_simulated(&format!("docker compose config --{absent}")));
        }
    }
    let ask = Ask {
        no_interpolate: flags.bool("no-interpolate"),
        no_resolve_paths: flags.bool("no-path-resolution"),
        no_normalize: flags.bool("no-normalize"),
        no_consistency: flags.bool("no-consistency"),
        ..call.ask().await?
    };
    let text = match list(call, &ask).await? {
        Some(text) => text,
        None => whole(call, &ask).await?,
    };
    if flags.bool("quiet") {
        return Ok(0);
    }
    let output = flags.text("output");
    if output.is_empty() {
        call.client.print(&text).await?;
    } else {
        let put = call.client.sys.put(&call.client.absolute(output), Data::new(text.into_bytes()), 0o644);
        put.map_err(|errno| Failure::file("open", output, errno))?;
    }
    Ok(0)
}

async fn chosen(call: &Call<'_>, ask: &Ask, services: &[String]) -> Result<Project, Failure> {
    let project = call.load(ask).await?;
    call.chosen(project, services)
}

/// The options that print names, one a line.
async fn list(call: &Call<'_>, ask: &Ask) -> Result<Option<String>, Failure> {
    let flags = call.flags;
    let lines = |names: Vec<String>| Ok(Some(names.iter().map(|name| format!("{name}\n")).collect()));
    if flags.bool("services") {
        return lines(chosen(call, ask, &[]).await?.ordered());
    }
    if flags.bool("volumes") {
        return lines(chosen(call, ask, &[]).await?.volumes.keys().cloned().collect());
    }
    let hash = flags.text("hash");
    if !hash.is_empty() {
        let project = chosen(call, ask, &[]).await?;
        let names: BTreeSet<String> = match hash {
            "*" => project.services.keys().cloned().collect(),
            names => names.split(',').map(str::to_string).collect(),
        };
        if let Some(stranger) = names.iter().find(|name| !project.services.contains_key(*name)) {
            return Err(Failure::new(format!("no such service: {stranger}: not found")));
        }
        return lines(names.iter().map(|name| format!("{name} {}", project.service_hash(name))).collect());
    }
    if flags.bool("profiles") {
        let project = chosen(call, ask, call.args).await?;
        let all = project.services.values().chain(project.disabled.values());
        let names: BTreeSet<String> = all.flat_map(|service| service.words("profiles")).collect();
        return lines(names.into_iter().collect());
    }
    if flags.bool("images") {
        let project = chosen(call, ask, call.args).await?;
        return lines(project.services.keys().map(|name| project.image(name)).collect());
    }
    if flags.bool("environment") {
        let project = chosen(call, ask, call.args).await?;
        return lines(project.environment.iter().map(|(name, value)| format!("{name}={value}")).collect());
    }
    Ok(None)
}

async fn whole(call: &Call<'_>, ask: &Ask) -> Result<String, Failure> {
    let format = match call.flags.text("format") {
        "" => "yaml",
        format => format,
    };
    if !matches!(format, "yaml" | "json") {
        return Err(Failure::new(format!("unsupported format {}", quoted(format))));
    }
    if ask.no_interpolate {
        let warnings = RefCell::new(Vec::new());
        let found = tree(&Disk(&call.client.sys), ask, &warnings);
        call.warn(&warnings.take()).await;
        let (name, mut found) = found.map_err(Failure::new)?;
        if let Some(map) = found.as_map_mut() {
            map.insert("name".into(), super::file::Value::Text(name));
        }
        let shown = Shown::of(&found);
        return Ok(if format == "json" { shown.json_text(true) } else { shown.sorted().yaml() });
    }
    let mut project = call.load(ask).await?.with_enabled(call.args);
    project = project.with_selected(call.args, Dependencies::Include).map_err(Failure::new)?;
    if !call.globals.bool("all-resources") {
        project = project.without_unused();
    }
    if !call.flags.bool("no-env-resolution") {
        call.resolve(&mut project).await?;
    }
    if !ask.no_consistency {
        super::resource::check_names(&project)?;
    }
    // What prints variables must not be filled in again.
    let text = if format == "json" { project.json() } else { project.yaml() };
    Ok(text.replace('$', "$$"))
}
