//! Short forms become long ones, and what a file leaves out gets its default.

use super::path::{any, next};
use super::value::{Table, Value};
use super::{template, volume};
use crate::cli::container::ports::published;

/// Collects warnings on the way.
pub type Warnings<'a> = &'a mut Vec<String>;

/// The long form of everything below `path`.
pub fn canonical(value: Value, path: &str, warnings: Warnings<'_>) -> Result<Value, String> {
    let wrong = |value: &Value, what: &str| Err(format!("{path}: invalid type {} for {what}", value.go_type()));
    if any(path, "services.*.build") {
        return match value {
            Value::Text(context) => Ok(Value::map([("context", Value::Text(context))])),
            value @ Value::Map(_) => children(value, path, warnings),
            value => wrong(&value, "build"),
        };
    }
    if any(path, "services.*.depends_on") {
        return depends_on(value, path);
    }
    if any(path, "services.*.env_file") {
        let list = match value {
            Value::List(list) => list,
            value => vec![value],
        };
        return Ok(Value::List(list.into_iter().map(env_file).collect()));
    }
    if any(
        path,
        "services.*.label_file services.*.dns services.*.develop.watch.*.ignore services.*.develop.watch.*.include",
    ) {
        return Ok(match value {
            text @ Value::Text(_) => Value::List(vec![text]),
            value => value,
        });
    }
    if any(path, "services.*.networks") {
        return Ok(match value {
            Value::List(names) => Value::Map(names.iter().map(|name| (name.show(), Value::Null)).collect()),
            value => value,
        });
    }
    if any(path, "services.*.volumes.*") {
        return match value {
            Value::Text(spec) => volume::parse(&spec),
            value => Ok(value),
        };
    }
    if any(path, "services.*.devices.*") {
        return Ok(match value {
            Value::Text(spec) => device(&spec),
            value => value,
        });
    }
    if any(path, "services.*.secrets.* services.*.configs.* services.*.build.secrets.*") {
        return Ok(match value {
            source @ Value::Text(_) => Value::map([("source", source)]),
            value => value,
        });
    }
    if any(path, "services.*.ports") {
        let Value::List(list) = value else { return wrong(&value, "port") };
        return ports(list, path);
    }
    if any(path, "services.*.build.additional_contexts") {
        return contexts(value, path);
    }
    if any(path, "services.*.extends include.*") {
        let key = if path.starts_with("include") { "path" } else { "service" };
        return Ok(match value {
            text @ Value::Text(_) => Value::map([(key, text)]),
            value => value,
        });
    }
    if any(path, "volumes.* networks.* secrets.* configs.*") {
        return external(value, path, warnings);
    }
    children(value, path, warnings)
}

fn children(value: Value, path: &str, warnings: Warnings<'_>) -> Result<Value, String> {
    match value {
        Value::Map(map) => {
            let mut done = Table::new();
            for (key, value) in map {
                let value = canonical(value, &next(path, &key), warnings)?;
                done.insert(key, value);
            }
            Ok(Value::Map(done))
        }
        Value::List(list) => {
            let mut done = Vec::new();
            for value in list {
                done.push(canonical(value, &next(path, "[]"), warnings)?);
            }
            Ok(Value::List(done))
        }
        value => Ok(value),
    }
}

fn depends_on(value: Value, path: &str) -> Result<Value, String> {
    let mut done = Table::new();
    match value {
        Value::Map(map) => {
            for (name, value) in map {
                let Value::Map(mut dependency) = value else {
                    return Err(format!("{path}.{name}: unsupported value {}", value.show()));
                };
                dependency.entry("condition".into()).or_insert_with(|| Value::text("service_started"));
                dependency.entry("required".into()).or_insert(Value::Bool(true));
                done.insert(name, Value::Map(dependency));
            }
        }
        Value::List(names) => {
            for name in names {
                let started = [("condition", Value::text("service_started")), ("required", Value::Bool(true))];
                done.insert(name.show(), Value::map(started));
            }
        }
        value => return Err(format!("{path}: invalid type {} for depend_on", value.go_type())),
    }
    Ok(Value::Map(done))
}

fn env_file(value: Value) -> Value {
    match value {
        path @ Value::Text(_) => Value::map([("path", path), ("required", Value::Bool(true))]),
        Value::Map(mut map) => {
            map.entry("required".into()).or_insert(Value::Bool(true));
            Value::Map(map)
        }
        value => value,
    }
}

fn device(spec: &str) -> Value {
    let parts: Vec<&str> = spec.split(':').collect();
    let at = |at: usize, default: &str| Value::text(parts.get(at).copied().unwrap_or(default));
    let source = parts.first().copied().unwrap_or_default();
    Value::map([("source", Value::text(source)), ("target", at(1, source)), ("permissions", at(2, "rwm"))])
}

fn ports(list: Vec<Value>, path: &str) -> Result<Value, String> {
    let mut all = Vec::new();
    for entry in list {
        let spec = match entry {
            Value::Map(_) => {
                all.push(entry);
                continue;
            }
            Value::Int(_) | Value::Text(_) => entry.show(),
            entry => return Err(format!("{path}: invalid type {} for port", entry.go_type())),
        };
        for (key, bindings) in published(&spec)?.bindings {
            let (target, protocol) = key.split_once('/').unwrap_or((&key, "tcp"));
            for binding in bindings {
                let mut port = Table::new();
                let mut set = |key: &str, value: Value| port.insert(key.to_string(), value);
                set("mode", Value::text("ingress"));
                if !binding.host_ip.is_empty() {
                    set("host_ip", Value::text(binding.host_ip));
                }
                set("target", Value::Int(target.parse().unwrap_or(0)));
                if !binding.host_port.is_empty() {
                    set("published", Value::text(binding.host_port));
                }
                set("protocol", Value::text(protocol));
                all.push(Value::Map(port));
            }
        }
    }
    Ok(Value::List(all))
}

fn contexts(value: Value, path: &str) -> Result<Value, String> {
    let Value::List(list) = value else { return Ok(value) };
    let mut map = Table::new();
    for entry in list {
        let entry = entry.show();
        let (name, context) =
            entry.split_once('=').ok_or_else(|| format!("{path}: invalid value {entry}, expected key=value"))?;
        map.insert(name.into(), Value::text(context));
    }
    Ok(Value::Map(map))
}

/// `external: {name: x}` is the old way to say `external: true` and `name: x`.
fn external(value: Value, path: &str, warnings: Warnings<'_>) -> Result<Value, String> {
    let Value::Map(mut map) = children(value, path, warnings)? else { return Ok(Value::Null) };
    if let Some(Value::Map(old)) = map.get("external").cloned() {
        map.insert("external".into(), Value::Bool(true));
        if let Some(name) = old.get("name") {
            warnings.push(format!("{path}: external.name is deprecated. Please set name and external: true"));
            if map.get("name").is_some_and(|known| known != name) {
                return Err(format!("{path}: name and external.name conflict; only use name"));
            }
            map.insert("name".into(), name.clone());
        }
    }
    Ok(Value::Map(map))
}

/// What a loaded model gets where it says nothing.
pub fn defaults(value: &mut Value, path: &str) {
    if let Value::Map(map) = value {
        if any(path, "services.*.build") {
            map.entry("context".into()).or_insert_with(|| Value::text("."));
            return;
        }
        if any(path, "services.*.secrets.[]") {
            let target = map.get("source").map(Value::show).unwrap_or_default();
            map.entry("target".into()).or_insert_with(|| Value::text(format!("/run/secrets/{target}")));
            return;
        }
        if any(path, "services.*.ports.[]") {
            map.entry("protocol".into()).or_insert_with(|| Value::text("tcp"));
            map.entry("mode".into()).or_insert_with(|| Value::text("ingress"));
            return;
        }
        for (key, value) in map.iter_mut() {
            defaults(value, &next(path, key));
        }
    } else if let Value::List(list) = value {
        for value in list {
            defaults(value, &next(path, "[]"));
        }
    }
}

/// Fills in the variables of all values, and reads those as numbers and switches that have to be some.
pub fn interpolate(
    value: Value,
    path: &str,
    lookup: &dyn template::Lookup,
    warnings: Warnings<'_>,
) -> Result<Value, String> {
    match value {
        Value::Text(text) => {
            let filled = template::substitute(&text, lookup).map_err(|fault| match fault {
                template::Fault::Invalid(text) => format!(
                    "invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{text}"
                ),
                template::Fault::Required(why) => format!("error while interpolating {path}: {why}"),
            })?;
            let failed =
                |why: String| format!("error while interpolating {path}: failed to cast to expected type: {why}");
            cast(filled, path, warnings).map_err(failed)
        }
        Value::Map(map) => {
            let mut done = Table::new();
            for (key, value) in map {
                let value = interpolate(value, &next(path, &key), lookup, warnings)?;
                done.insert(key, value);
            }
            Ok(Value::Map(done))
        }
        Value::List(list) => {
            let mut done = Vec::new();
            for value in list {
                done.push(interpolate(value, &next(path, "[]"), lookup, warnings)?);
            }
            Ok(Value::List(done))
        }
        value => Ok(value),
    }
}

const NUMBERS: &str = "services.*.cpu_count services.*.cpu_period services.*.cpu_quota services.*.cpu_rt_period \
    services.*.cpu_rt_runtime services.*.cpu_shares services.*.deploy.replicas \
    services.*.deploy.update_config.parallelism services.*.deploy.rollback_config.parallelism \
    services.*.deploy.restart_policy.max_attempts services.*.deploy.placement.max_replicas_per_node \
    services.*.healthcheck.retries services.*.oom_score_adj services.*.pids_limit services.*.ports.[].target \
    services.*.scale services.*.ulimits.* services.*.ulimits.*.hard services.*.ulimits.*.soft";
const FRACTIONS: &str = "services.*.cpu_percent services.*.cpus services.*.deploy.update_config.max_failure_ratio \
    services.*.deploy.rollback_config.max_failure_ratio";
const SWITCHES: &str = "services.*.init services.*.healthcheck.disable services.*.oom_kill_disable \
    services.*.privileged services.*.read_only services.*.stdin_open services.*.tty \
    services.*.volumes.[].read_only services.*.volumes.[].volume.nocopy networks.*.external networks.*.internal \
    networks.*.attachable networks.*.enable_ipv4 networks.*.enable_ipv6 volumes.*.external secrets.*.external \
    configs.*.external";

fn cast(text: String, path: &str, warnings: Warnings<'_>) -> Result<Value, String> {
    let quoted = crate::cli::format::quote::quoted;
    if any(path, NUMBERS) {
        let wrong = || format!("strconv.Atoi: parsing {}: invalid syntax", quoted(&text));
        return text.parse().map(Value::Int).map_err(|_| wrong());
    }
    if any(path, FRACTIONS) {
        let wrong = || format!("strconv.ParseFloat: parsing {}: invalid syntax", quoted(&text));
        return text.parse().map(Value::Float).map_err(|_| wrong());
    }
    if !any(path, SWITCHES) {
        return Ok(Value::Text(text));
    }
    let old = |word: &str| format!("{} for boolean is not supported by YAML 1.2, please use `{word}`", quoted(&text));
    match text.to_lowercase().as_str() {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "y" | "yes" | "on" => {
            warnings.push(old("true"));
            Ok(Value::Bool(true))
        }
        "n" | "no" | "off" => {
            warnings.push(old("false"));
            Ok(Value::Bool(false))
        }
        _ => Err(format!("invalid boolean: {text}")),
    }
}
