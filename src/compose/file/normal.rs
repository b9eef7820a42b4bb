//! What a project means without saying it: the default network, names of resources, dependencies that links bring.

use super::dotenv::Variables;
use super::value::{Table, Value};

/// Fills in a decoded project.
pub fn normalise(project: &mut Value, name: &str, environment: &Variables) {
    let Value::Map(project) = project else { return };
    let mut uses_default = false;
    if let Some(Value::Map(services)) = project.get_mut("services") {
        for service in services.values_mut() {
            if let Value::Map(service) = service {
                uses_default |= networks(service);
                one(service, environment);
            }
        }
    }
    if uses_default {
        let all = project.entry("networks".into()).or_insert_with(|| Value::Map(Table::new()));
        if let Value::Map(all) = all {
            all.entry("default".into()).or_insert(Value::Null);
        }
    }
    for section in ["networks", "volumes", "configs", "secrets"] {
        let Some(Value::Map(all)) = project.get_mut(section) else { continue };
        for (key, resource) in all.iter_mut() {
            if *resource == Value::Null {
                *resource = Value::Map(Table::new());
            }
            let Value::Map(resource) = resource else { continue };
            let external = resource.get("external") == Some(&Value::Bool(true));
            resource
                .entry("name".into())
                .or_insert_with(|| Value::Text(if external { key.clone() } else { format!("{name}_{key}") }));
        }
    }
}

/// Who names no network is in the default one; whether the service is.
fn networks(service: &mut Table) -> bool {
    if service.contains_key("network_mode") {
        return false;
    }
    let named = service.get("networks").and_then(Value::as_map).is_some_and(|networks| !networks.is_empty());
    if !named {
        service.insert("networks".into(), Value::map([("default", Value::Null)]));
    }
    service.get("networks").and_then(Value::as_map).is_some_and(|networks| networks.contains_key("default"))
}

fn one(service: &mut Table, environment: &Variables) {
    if service.get("pull_policy").and_then(Value::as_text) == Some("if_not_present") {
        service.insert("pull_policy".into(), Value::text("missing"));
    }
    if let Some(Value::Map(build)) = service.get_mut("build") {
        build.entry("context".into()).or_insert_with(|| Value::text("."));
        if !build.contains_key("dockerfile_inline") {
            build.entry("dockerfile".into()).or_insert_with(|| Value::text("Dockerfile"));
        }
        if let Some(Value::Map(args)) = build.get_mut("args") {
            from_environment(args, environment);
            args.retain(|_, value| *value != Value::Null);
        }
    }
    if let Some(Value::Map(variables)) = service.get_mut("environment") {
        from_environment(variables, environment);
    }
    let mut implied: Vec<(String, bool)> = Vec::new();
    let list = |key: &str| service.get(key).and_then(Value::as_list).unwrap_or_default().to_vec();
    for link in list("links") {
        implied.push((link.show().split(':').next().unwrap_or_default().to_string(), true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let shared = service.get(key).and_then(Value::as_text).and_then(|mode| mode.strip_prefix("service:"));
        implied.extend(shared.map(|name| (name.to_string(), true)));
    }
    for from in list("volumes_from") {
        let from = from.show();
        if !from.starts_with("container:") {
            implied.push((from.split(':').next().unwrap_or_default().to_string(), false));
        }
    }
    if implied.is_empty() {
        return;
    }
    let depends_on = service.entry("depends_on".into()).or_insert_with(|| Value::Map(Table::new()));
    let Value::Map(depends_on) = depends_on else { return };
    for (name, restart) in implied {
        depends_on.entry(name).or_insert_with(|| {
            Value::map([
                ("condition", Value::text("service_started")),
                ("restart", Value::Bool(restart)),
                ("required", Value::Bool(true)),
            ])
        });
    }
}

/// A variable without a value has the environment's, if that has one.
pub fn from_environment(variables: &mut Table, environment: &Variables) {
    for (key, value) in variables.iter_mut() {
        if *value == Value::Null
            && let Some(known) = environment.get(key)
        {
            *value = Value::text(known);
        }
    }
}
