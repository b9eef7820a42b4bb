//! `docker compose ps` and `docker compose port`.

use std::rc::Rc;

use super::file::emit::escaped;
use super::label;
use super::program::Call;
use super::stack::{OneOff, at, containers, inspect, is_one_off, number_of, service_of, sorted, tag, text_at};
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::container::ps::ports;
use crate::cli::format::quote::quoted;
use crate::cli::format::table::{Listing, line};
use crate::cli::format::{human, time};
use crate::cli::template::Value;
use crate::engine::api::{ContainerSummary, PortRow};
use crate::model::order::Order;
use crate::model::time::Time;

const TYPE: &str = "*formatter.ContainerContext";
const HEADERS: [(&str, &str); 13] = [
    ("ID", "CONTAINER ID"),
    ("Name", "NAME"),
    ("Project", "PROJECT"),
    ("Service", "SERVICE"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("RunningFor", "CREATED"),
    ("Ports", "PORTS"),
    ("State", "STATE"),
    ("Status", "STATUS"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
];
const TABLE: &str =
    "table {{.Name}}\\t{{.Image}}\\t{{.Command}}\\t{{.Service}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}";

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let mut states = flags.list("status").to_vec();
    match flags.text("filter").split_once('=') {
        None if flags.text("filter").is_empty() => {}
        Some(("status", state)) => states.push(state.to_string()),
        Some(("source", _)) => return Err(Failure::not_simulated("docker compose ps --filter source")),
        Some((key, _)) => return Err(Failure::new(format!("unknown filter {key}"))),
        None => return Err(Failure::new("arguments to --filter should be in form KEY=VAL")),
    }
    let (project, name) = call.project_or_name(call.args).await?;
    let mut services = call.args.to_vec();
    if let Some(project) = &project {
        if let Some(stranger) = services.iter().find(|service| !project.services.contains_key(*service)) {
            return Err(Failure::new(format!("no such service: {stranger}")));
        }
        if services.is_empty() && !flags.bool("orphans") {
            services = project.services.keys().cloned().collect();
        }
    }
    let all = flags.bool("all") || !states.is_empty();
    let one_off = if flags.bool("all") { OneOff::Include } else { OneOff::Exclude };
    let mut found = sorted(containers(call.client, &name, one_off, all, &services).await?);
    found.retain(|one| states.is_empty() || states.iter().any(|state| state == one.state));
    let text = print(call, &found).await?;
    call.client.print(&text).await?;
    Ok(0)
}

async fn print(call: &Call<'_>, found: &[ContainerSummary]) -> Result<String, Failure> {
    let flags = call.flags;
    if flags.bool("quiet") {
        return Ok(found.iter().map(|one| format!("{}\n", one.id)).collect());
    }
    if flags.bool("services") {
        let mut names: Vec<&str> = Vec::new();
        for container in found {
            if !names.contains(&service_of(container)) {
                names.push(service_of(container));
            }
        }
        return Ok(names.join("\n") + "\n");
    }
    let whole = flags.bool("no-trunc");
    let mut rows = Vec::new();
    for container in found {
        rows.push(row(call.client, container, whole).await?);
    }
    let format = match flags.text("format") {
        "" | "table" => TABLE,
        format => format,
    };
    let text = Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)?;
    Ok(if format == "json" { escaped(&text) } else { text })
}

async fn row(client: &Client, container: &ContainerSummary, whole: bool) -> Result<Value, Failure> {
    let now = client.sys.now();
    let document = inspect(client, &container.id).await?;
    let health = if container.state == "running" { text_at(&document, "State.Health.Status") } else { String::new() };
    let code = match container.state {
        "exited" | "dead" => at(&document, "State.ExitCode").and_then(|code| code.as_i64()).unwrap_or(0),
        _ => 0,
    };
    let text = |text: &str| Value::text(text);
    let cut = |name: &String| if whole { name.clone() } else { human::ellipsis(name, 15) };
    let labels: Vec<(String, Value)> =
        container.labels.iter().map(|(name, value)| (name.clone(), Value::text(value))).collect();
    let pairs: Vec<String> = container.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let command = if whole { container.command.clone() } else { human::ellipsis(&container.command, 20) };
    let mounts: Vec<String> = container.mounts.iter().map(cut).collect();
    let volumes = container.mounts.iter().filter(|mount| !mount.starts_with('/')).count();
    let id = if whole { &container.id } else { human::short_id(&container.id) };
    Ok(line(
        TYPE,
        vec![
            ("ID", text(id)),
            ("Name", text(&container.name)),
            ("Names", text(&container.name)),
            ("Project", text(tag(container, label::PROJECT))),
            ("Service", text(service_of(container))),
            ("Image", text(&container.image)),
            ("Command", text(&quoted(&command))),
            ("CreatedAt", text(&time::created_at(container.created.epoch().0))),
            ("RunningFor", text(&age(container.created, now))),
            ("ExitCode", Value::Int(code)),
            ("Health", text(&health)),
            ("Ports", text(&ports(&container.ports))),
            ("Publishers", publishers(&container.ports)),
            ("State", text(container.state)),
            ("Status", text(&container.status)),
            ("Size", text("0B")),
            ("Labels", text(&pairs.join(","))),
            ("Label", Value::Lookup(Rc::new(labels))),
            ("Mounts", text(&mounts.join(","))),
            ("LocalVolumes", text(&volumes.to_string())),
            ("Networks", text(&container.networks.join(","))),
        ],
    ))
}

fn age(created: Time, now: Time) -> String {
    format!("{} ago", human::duration(now.since(created).as_secs() as i64))
}

fn publishers(rows: &[PortRow]) -> Value {
    let mut rows = rows.to_vec();
    rows.order_by_key(|row| row.private);
    let field = |name: &str, value: Value| (name.to_string(), value);
    let one = |row: &PortRow| {
        let (host, port) = row.public.clone().unwrap_or_default();
        Value::structure(
            "api.PortPublisher",
            vec![
                field("URL", Value::text(&host)),
                field("TargetPort", Value::Int(i64::from(row.private))),
                field("PublishedPort", Value::Int(i64::from(port))),
                field("Protocol", Value::text(&row.kind)),
            ],
        )
    };
    Value::List(Rc::new(rows.iter().map(one).collect()))
}

/// The container of a service that a command is about: the one with this number, else the first.
pub async fn chosen(call: &Call<'_>, service: &str, all: bool) -> Result<ContainerSummary, Failure> {
    let name = call.name().await?;
    let index = usize::try_from(call.flags.number("index")).unwrap_or(0);
    let mut found = containers(call.client, &name, OneOff::Include, all, &[service.to_string()]).await?;
    found.retain(|one| index == 0 || number_of(one) == index);
    found.order_by_key(|one| (number_of(one), is_one_off(one)));
    found.into_iter().next().ok_or_else(|| {
        let service = quoted(service);
        Failure::new(match index {
            0 => format!("service {service} is not running"),
            index => format!("service {service} is not running container #{index}"),
        })
    })
}

pub async fn port(call: &Call<'_>) -> Outcome {
    let wanted = &call.args[1];
    let number: u16 = wanted.parse().map_err(|_| {
        let why = if wanted.bytes().all(|b| b.is_ascii_digit()) && !wanted.is_empty() {
            "value out of range"
        } else {
            "invalid syntax"
        };
        Failure::new(format!("strconv.ParseUint: parsing {}: {why}", quoted(wanted)))
    })?;
    let protocol = call.flags.text("protocol").to_lowercase();
    let container = chosen(call, &call.args[0], false).await?;
    let found = container.ports.iter().find(|row| row.private == number && row.kind == protocol);
    if let Some(row) = found {
        let (host, port) = row.public.clone().unwrap_or_default();
        call.client.print(&format!("{host}:{port}\n")).await?;
        return Ok(0);
    }
    let public = |row: &PortRow| format!("{}/{}", row.public.as_ref().map_or(0, |(_, port)| *port), row.kind);
    let all: Vec<String> = container.ports.iter().map(public).collect();
    Err(Failure::new(format!("no port {number}/{protocol} for container {}: {}", container.name, all.join(", "))))
}
