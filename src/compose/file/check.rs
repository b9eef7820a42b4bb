//! Whether a project's parts fit together.

use super::project::Project;
use super::value::Value;
use crate::cli::format::quote::quoted;

const INVALID: &str = "invalid compose project";

/// The first thing that does not fit.
pub fn check(project: &Project) -> Result<(), String> {
    for (name, service) in &project.services {
        one(project, name, service)?;
    }
    for (name, secret) in &project.secrets {
        if !secret.flag("external") && secret.word("file").is_empty() && secret.word("environment").is_empty() {
            return Err(format!("secret {} must declare either `file` or `environment`: {INVALID}", quoted(name)));
        }
    }
    graph(project)
}

fn one(project: &Project, name: &str, service: &Value) -> Result<(), String> {
    let shown = quoted(name);
    let build = service.at("build");
    if build.is_none() && service.word("image").is_empty() && service.at("provider").is_none() {
        return Err(format!("service {shown} has neither an image nor a build context specified: {INVALID}"));
    }
    if let Some(build) = build
        && !build.word("dockerfile").is_empty()
        && !build.word("dockerfile_inline").is_empty()
    {
        return Err(format!("service {shown} declares mutualy exclusive dockerfile and dockerfile_inline: {INVALID}"));
    }
    let mode = service.word("network_mode");
    if !mode.is_empty() && service.entries("networks").next().is_some() {
        return Err(format!("service {name} declares mutually exclusive `network_mode` and `networks`: {INVALID}"));
    }
    if let Some((network, _)) = service.entries("networks").find(|(key, _)| !project.networks.contains_key(*key)) {
        return Err(format!("service {shown} refers to undefined network {network}: {INVALID}"));
    }
    if let Some(first) = service.words("healthcheck.test").first()
        && !matches!(first.as_str(), "CMD" | "CMD-SHELL" | "NONE")
    {
        return Err("healthcheck.test must start either by \"CMD\", \"CMD-SHELL\" or \"NONE\"".into());
    }
    for (other, how) in service.entries("depends_on") {
        if project.services.contains_key(other) || project.disabled.contains_key(other) && !how.flag("required") {
            continue;
        }
        return Err(format!("service {shown} depends on undefined service {}: {INVALID}", quoted(other)));
    }
    if let Some(other) = mode.strip_prefix("service:")
        && !project.services.contains_key(other)
    {
        return Err(format!("service {} not found for network_mode 'service:{other}'", quoted(other)));
    }
    references(project, &shown, service)?;
    numbers(name, service)?;
    mounts(name, service)
}

fn references(project: &Project, shown: &str, service: &Value) -> Result<(), String> {
    for mount in service.list("volumes") {
        let source = mount.word("source");
        if mount.word("type") == "volume" && !source.is_empty() && !project.volumes.contains_key(source) {
            return Err(format!("service {shown} refers to undefined volume {source}: {INVALID}"));
        }
    }
    for (list, known, what) in [
        ("build.secrets", &project.secrets, "build secret"),
        ("configs", &project.configs, "config"),
        ("secrets", &project.secrets, "secret"),
    ] {
        if let Some(missing) = service.list(list).iter().find(|one| !known.contains_key(one.word("source"))) {
            return Err(format!("service {shown} refers to undefined {what} {}: {INVALID}", missing.word("source")));
        }
    }
    Ok(())
}

fn numbers(name: &str, service: &Value) -> Result<(), String> {
    let (scale, replicas) = (service.number("scale"), service.number("deploy.replicas"));
    if let (Some(scale), Some(replicas)) = (scale, replicas)
        && scale != replicas
    {
        return Err(format!("services.{name}: can't set distinct values on 'scale' and 'deploy.replicas': {INVALID}"));
    }
    for (key, value) in [("scale", scale), ("deploy.replicas", replicas)] {
        if value.is_some_and(|value| value < 0) {
            return Err(format!("services.{name}.{key}: must be greater than or equal to 0"));
        }
    }
    for (key, other) in [
        ("cpus", "limits.cpus"),
        ("mem_limit", "limits.memory"),
        ("mem_reservation", "reservations.memory"),
        ("pids_limit", "limits.pids"),
    ] {
        let both = (service.at(key), service.at(&format!("deploy.resources.{other}")));
        if let (Some(own), Some(resource)) = both
            && own != resource
        {
            return Err(format!(
                "services.{name}: can't set distinct values on '{key}' and 'deploy.resources.{other}': {INVALID}"
            ));
        }
    }
    if scale.or(replicas).unwrap_or(1) > 1 && !service.word("container_name").is_empty() {
        // The words of the real one, in its order.
        let attribute = if scale.is_some() { "scale" } else { "deploy.replicas" };
        return Err(format!(
            "services.{attribute}: can't set container_name and {name} as container name must be unique: {INVALID}"
        ));
    }
    Ok(())
}

/// Nothing is mounted twice at one place.
fn mounts(name: &str, service: &Value) -> Result<(), String> {
    let mut seen: Vec<(String, String)> = Vec::new();
    let tmpfs = service.words("tmpfs").into_iter().enumerate();
    let tmpfs =
        tmpfs.map(|(at, path)| (path.split(':').next().unwrap_or_default().to_string(), format!("tmpfs[{at}]")));
    let volumes = service.list("volumes").iter().enumerate();
    let volumes = volumes.map(|(at, mount)| (mount.word("target").to_string(), format!("volumes[{at}]")));
    for (path, place) in tmpfs.chain(volumes) {
        let place = format!("services.{name}.{place}");
        if let Some((_, before)) = seen.iter().find(|(known, _)| *known == path) {
            return Err(format!("{place}: target {path} already mounted as {before}"));
        }
        seen.push((path, place));
    }
    Ok(())
}

/// Whether every dependency is there, and none leads back.
pub fn graph(project: &Project) -> Result<(), String> {
    for (name, service) in &project.services {
        for (other, how) in service.entries("depends_on") {
            if project.services.contains_key(other) || !how.flag("required") {
                continue;
            }
            return Err(match project.disabled.get(other) {
                Some(disabled) => format!(
                    "service {} is required by {} but is disabled. Can be enabled by profiles [{}]",
                    quoted(other),
                    quoted(name),
                    disabled.words("profiles").join(" ")
                ),
                None => format!("service {} depends on unknown service {}", quoted(name), quoted(other)),
            });
        }
    }
    for name in project.services.keys() {
        cycle(project, &mut vec![name.clone()])?;
    }
    Ok(())
}

fn cycle(project: &Project, path: &mut Vec<String>) -> Result<(), String> {
    let Some(service) = path.last().and_then(|name| project.services.get(name)) else { return Ok(()) };
    for (other, _) in service.entries("depends_on") {
        if let Some(at) = path.iter().position(|name| name == other) {
            return Err(format!("dependency cycle detected: {} -> {other}", path[at..].join(" -> ")));
        }
        path.push(other.to_string());
        cycle(project, path)?;
        path.pop();
    }
    Ok(())
}
