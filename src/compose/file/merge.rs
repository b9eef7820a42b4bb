//! One compose file over another: mappings by key, lists one behind the other, and the attributes that go otherwise.

use super::path::{any, next};
use super::value::{Table, Value};
use super::volume;
use crate::model::order::Order;

const REPLACED: &str = "services.*.command services.*.entrypoint services.*.healthcheck.test";
/// A mapping is written as a list of `key=value` before it is joined.
const SEQUENCES: &str = "networks.*.labels volumes.*.labels services.*.annotations services.*.build.args \
    services.*.build.additional_contexts services.*.build.labels services.*.deploy.labels services.*.dns \
    services.*.dns_opt services.*.dns_search services.*.env_file services.*.label_file services.*.environment \
    services.*.labels services.*.volumes.*.volume.labels services.*.sysctls services.*.tmpfs";
const HOSTS: &str = "services.*.build.extra_hosts services.*.extra_hosts";

/// Lays `over` on `base`.
pub fn merge(base: Value, over: Value, path: &str) -> Result<Value, String> {
    if any(path, REPLACED) {
        return Ok(over);
    }
    if any(path, SEQUENCES) {
        let mut list = sequence(base);
        list.extend(sequence(over));
        return Ok(Value::List(list));
    }
    if any(path, HOSTS) {
        let mut list = sequence(base);
        let new: Vec<Value> = sequence(over).into_iter().filter(|host| !list.contains(host)).collect();
        list.extend(new);
        return Ok(Value::List(list));
    }
    if any(path, "services.*.build") {
        let context = |build: Value| match build {
            Value::Text(context) => Value::map([("context", Value::Text(context))]),
            build => build,
        };
        return mappings(context(base), context(over), path);
    }
    if any(path, "services.*.depends_on") {
        let started = || Value::map([("condition", Value::text("service_started")), ("required", Value::Bool(true))]);
        return mappings(keyed(base, &started), keyed(over, &started), path);
    }
    if any(path, "services.*.networks") {
        return mappings(keyed(base, &|| Value::Null), keyed(over, &|| Value::Null), path);
    }
    if any(path, "services.*.logging") {
        let driver = |value: &Value| value.get("driver").cloned();
        return match (driver(&base), driver(&over)) {
            (Some(old), Some(new)) if old != new => Ok(over),
            _ => mappings(base, over, path),
        };
    }
    if any(path, "services.*.ulimits.*") {
        return Ok(over);
    }
    if any(path, "networks.*.ipam.config") {
        return pools(base, over, path);
    }
    match (base, over) {
        (base, Value::Null) => Ok(base),
        (base @ Value::Map(_), over) => mappings(base, over, path),
        (Value::List(mut list), Value::List(more)) => {
            list.extend(more);
            Ok(Value::List(list))
        }
        (Value::List(_), _) => Err(format!("cannot override {path}")),
        (_, over) => Ok(over),
    }
}

fn mappings(base: Value, over: Value, path: &str) -> Result<Value, String> {
    let (mut base, over) = match (base, over) {
        (Value::Map(base), Value::Map(over)) => (base, over),
        (base, Value::Null) => return Ok(base),
        (Value::Null, over) => return Ok(over),
        _ => return Err(format!("cannot override {path}")),
    };
    for (key, value) in over {
        let merged = match base.remove(&key) {
            Some(old) => merge(old, value, &next(path, &key))?,
            None => value,
        };
        base.insert(key, merged);
    }
    Ok(Value::Map(base))
}

/// A list of names as a mapping.
fn keyed(value: Value, default: &dyn Fn() -> Value) -> Value {
    match value {
        Value::List(names) => Value::Map(names.iter().map(|name| (name.show(), default())).collect()),
        value => value,
    }
}

fn sequence(value: Value) -> Vec<Value> {
    match value {
        Value::List(list) => list,
        text @ Value::Text(_) => vec![text],
        Value::Map(map) => {
            let one = |(key, value): (String, Value)| match value {
                Value::Null => vec![key],
                Value::List(list) => list.iter().map(|value| format!("{key}={}", value.show())).collect(),
                value => vec![format!("{key}={}", value.show())],
            };
            let mut all: Vec<String> = map.into_iter().flat_map(one).collect();
            all.order();
            all.into_iter().map(Value::Text).collect()
        }
        _ => Vec::new(),
    }
}

/// Address pools go by their subnet.
fn pools(base: Value, over: Value, path: &str) -> Result<Value, String> {
    let (Value::List(mut base), Value::List(over)) = (base, over) else {
        return Err(format!("{path}: unexpected type"));
    };
    for pool in over {
        match base.iter().position(|old| old.get("subnet") == pool.get("subnet")) {
            Some(at) => base[at] = mappings(base[at].clone(), pool, path)?,
            None => base.push(pool),
        }
    }
    Ok(Value::List(base))
}

/// Takes out what the paths mean: what a `!reset` or `!override` further on does away with.
pub fn reset(value: &mut Value, resets: &[String], path: &str) {
    let Value::Map(map) = value else { return };
    let patterns = resets.join(" ");
    map.retain(|key, _| !any(&next(path, key), &patterns));
    for (key, value) in map.iter_mut() {
        reset(value, resets, &next(path, key));
    }
}

const BY_KEY: &str = "networks.*.labels networks.*.ipam.options services.*.annotations services.*.build.args \
    services.*.build.additional_contexts services.*.build.platform services.*.build.tags services.*.build.labels \
    services.*.cap_add services.*.cap_drop services.*.deploy.labels services.*.dns services.*.dns_opt \
    services.*.dns_search services.*.environment services.*.labels services.*.links \
    services.*.networks.*.aliases services.*.networks.*.link_local_ips services.*.profiles services.*.sysctls \
    services.*.tmpfs services.*.env_file services.*.expose services.*.configs services.*.secrets services.*.volumes \
    services.*.devices services.*.ports";

/// Of what a list says twice the last word counts, in the place of the first.
pub fn unique(value: &mut Value, path: &str) -> Result<(), String> {
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter_mut() {
                unique(value, &next(path, key))?;
            }
        }
        Value::List(list) if any(path, BY_KEY) => {
            let attribute = path.rsplit('.').next().unwrap_or_default();
            let mut kept: Vec<(String, Value)> = Vec::new();
            for (at, item) in std::mem::take(list).into_iter().enumerate() {
                let key = item_key(&item, attribute, &format!("{path}.[{at}]"))?;
                match kept.iter_mut().find(|(known, _)| *known == key) {
                    Some(old) => old.1 = item,
                    None => kept.push((key, item)),
                }
            }
            list.extend(kept.into_iter().map(|(_, item)| item));
        }
        _ => {}
    }
    Ok(())
}

fn item_key(item: &Value, attribute: &str, path: &str) -> Result<String, String> {
    let field = |name: &str| item.get(name).map(Value::show);
    Ok(match (attribute, item) {
        ("volumes", Value::Text(text)) => volume::parse(text)?.word("target").to_string(),
        ("volumes" | "devices", Value::Map(_)) => {
            let kind = attribute.trim_end_matches('s');
            field("target").ok_or_else(|| format!("service {kind} {path} is missing a mount target"))?
        }
        ("devices", Value::Text(text)) => text.split(':').nth(1).unwrap_or(text).to_string(),
        ("configs" | "secrets", Value::Text(name)) => format!("{}/{name}", mount_root(attribute)),
        ("configs" | "secrets", Value::Map(_)) => field("target")
            .unwrap_or_else(|| format!("{}/{}", mount_root(attribute), field("source").unwrap_or_default())),
        ("ports", Value::Map(_)) => {
            let target = field("target").ok_or_else(|| format!("service ports {path} is missing a target port"))?;
            let host = field("host_ip").unwrap_or_else(|| "0.0.0.0".into());
            let protocol = field("protocol").unwrap_or_else(|| "tcp".into());
            format!("{host}:{}:{target}/{protocol}", field("published").unwrap_or_else(|| "<nil>".into()))
        }
        ("ports" | "expose", item) => item.show(),
        ("env_file", Value::Map(_)) => {
            field("path").ok_or_else(|| format!("environment path attribute {path} is missing"))?
        }
        (_, Value::Text(text)) => text.split('=').next().unwrap_or_default().to_string(),
        (_, item) => return Err(format!("{path}: unexpected type {}", item.go_type())),
    })
}

fn mount_root(attribute: &str) -> &'static str {
    if attribute == "secrets" { "/run/secrets" } else { "" }
}

/// What an included file brings is added; what is there already must be the same.
pub fn import(from: &Value, into: &mut Table) -> Result<(), String> {
    for section in ["services", "volumes", "networks", "secrets", "configs"] {
        let Some(Value::Map(all)) = from.get(section) else { continue };
        let target = into.entry(section.to_string()).or_insert_with(|| Value::Map(Table::new()));
        let Value::Map(target) = target else { continue };
        for (name, value) in all {
            match target.get(name) {
                Some(old) if old == value => {}
                Some(_) => return Err(format!("{section}.{name} conflicts with imported resource")),
                None => {
                    target.insert(name.clone(), value.clone());
                }
            }
        }
    }
    Ok(())
}
