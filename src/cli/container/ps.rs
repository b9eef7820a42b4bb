//! `docker ps`.

use crate::model::order::Order;
use std::rc::Rc;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::flag::Flags;
use crate::cli::format::table::Listing;
use crate::cli::format::{human, quote, time};
use crate::cli::template::{Template, Value};
use crate::engine::api::{Answer, ContainerSummary, PortRow, Request};
use crate::model::time::Time;
use crate::oci::reference::Reference;

const TYPE: &str = "*formatter.ContainerContext";
const HEADERS: [(&str, &str); 15] = [
    ("ID", "CONTAINER ID"),
    ("Names", "NAMES"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("RunningFor", "CREATED"),
    ("Ports", "PORTS"),
    ("State", "STATE"),
    ("Status", "STATUS"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
    ("Mounts", "MOUNTS"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Networks", "NETWORKS"),
    ("Platform", "PLATFORM"),
];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let mentions_size = rehearse(flags.text("format"))?;
    let limit = match flags.number("last") {
        -1 if flags.bool("latest") => Some(1),
        last if last > 0 => Some(last),
        _ => None,
    };
    let asked = flags.bool("size") || mentions_size && !flags.is_set("size") && !flags.bool("quiet");
    let request = Request::ContainerList { all: flags.bool("all"), limit, size: asked, filters: filters(flags) };
    let Answer::Containers(containers) = client.call(request).await? else { return Ok(0) };
    let whole = flags.bool("no-trunc");
    let now = client.sys.now();
    let format = format(flags);
    let names = shown(&format);
    let rows = containers.iter().map(|container| row(container, now, whole, &names)).collect();
    let listing = Listing { headers: &HEADERS, rows };
    let text = listing.print(&format).map_err(Failure::new)?;
    client.print(&text).await?;
    Ok(0)
}

/// Runs the format once on an empty container, as the client does before it asks the daemon, and
/// tells whether it needs sizes.
fn rehearse(format: &str) -> Result<bool, Failure> {
    let template =
        Template::parse(format).map_err(|error| Failure::new(format!("failed to parse template: {error}")))?;
    let run = template.execute(&row(&nothing(), Time::ZERO, false, &shown(format)), false);
    run.map_err(|error| Failure::new(format!("failed to execute template: {error}")))?;
    Ok(template.mentions("Size"))
}

fn nothing() -> ContainerSummary {
    ContainerSummary {
        id: "".into(),
        name: "".into(),
        image: String::new(),
        image_id: "".into(),
        command: String::new(),
        created: Time::ZERO,
        state: "",
        status: String::new(),
        ports: Vec::new(),
        labels: Default::default(),
        mounts: Vec::new(),
        networks: Vec::new(),
        size: None,
    }
}

fn format(flags: &Flags) -> String {
    let format = flags.text("format");
    match format {
        _ if flags.bool("quiet") => "{{.ID}}".to_string(),
        "" | "table" => {
            let columns = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];
            let size = if flags.bool("size") { "\t{{.Size}}" } else { "" };
            format!("table {}{size}", columns.map(|name| format!("{{{{.{name}}}}}")).join("\t"))
        }
        "raw" => raw(flags.bool("size")),
        format => format.to_string(),
    }
}

/// The form `raw`: a paragraph for each container.
fn raw(size: bool) -> String {
    let lines = [
        ("container_id", "ID"),
        ("image", "Image"),
        ("command", "Command"),
        ("created_at", "CreatedAt"),
        ("state", "State"),
        ("status", "Status"),
        ("names", "Names"),
        ("labels", "Labels"),
        ("ports", "Ports"),
    ];
    let size = size.then_some(("size", "Size"));
    let line = |(word, field): (&str, &str)| match field {
        "State" | "Status" | "Labels" | "Ports" => format!("{word}: {{{{- pad .{field} 1 0}}}}\n"),
        _ => format!("{word}: {{{{.{field}}}}}\n"),
    };
    lines.into_iter().chain(size).map(line).collect()
}

/// A line of the list, with the fields of these names.
fn row(container: &ContainerSummary, now: Time, whole: bool, names: &[&str]) -> Value {
    let field = |name: &&str| (name.to_string(), field(container, now, whole, name));
    Value::structure(TYPE, names.iter().map(field).collect())
}

fn field(container: &ContainerSummary, now: Time, whole: bool, name: &str) -> Value {
    match name {
        "ID" => Value::text(if whole { &container.id } else { human::short_id(&container.id) }),
        "Names" => Value::text(&container.name),
        "State" => Value::text(container.state),
        "Status" => Value::text(&container.status),
        "Platform" => Value::Nil,
        "Label" => {
            let labels = container.labels.iter().map(|(name, value)| (name.clone(), Value::text(value)));
            Value::Lookup(Rc::new(labels.collect()))
        }
        name => Value::text(&text(container, now, whole, name)),
    }
}

fn text(container: &ContainerSummary, now: Time, whole: bool, name: &str) -> String {
    match name {
        "Image" => image(container, whole),
        "Command" if whole => quote::quoted(&container.command),
        "Command" => quote::quoted(&human::ellipsis(&container.command, 20)),
        "CreatedAt" => time::created_at(container.created.epoch().0),
        "RunningFor" => format!("{} ago", human::duration(now.since(container.created).as_secs() as i64)),
        "Ports" => ports(&container.ports),
        "Size" => size(container.size),
        "Labels" => {
            let pairs: Vec<String> = container.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.join(",")
        }
        "Mounts" => {
            let cut = |name: &String| if whole { name.clone() } else { human::ellipsis(name, 15) };
            container.mounts.iter().map(cut).collect::<Vec<_>>().join(",")
        }
        "LocalVolumes" => container.mounts.iter().filter(|mount| !mount.starts_with('/')).count().to_string(),
        "Networks" => container.networks.join(","),
        _ => String::new(),
    }
}

/// The fields that a format shows, by name: of a list of thousands no others are made.
fn shown(format: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = HEADERS.iter().map(|(name, _)| *name).chain(["Label"]).collect();
    names.order();
    if let Some(template) = Template::parse(format).ok().filter(|template| format != "json" && !template.takes_all()) {
        names.retain(|name| template.mentions(name));
    }
    names
}

fn image(container: &ContainerSummary, whole: bool) -> String {
    let name = container.image.as_str();
    if name.is_empty() {
        return "<no image>".to_string();
    }
    if whole {
        return name.to_string();
    }
    let short = human::short_id(&container.image_id);
    if short == human::short_id(name) {
        return short.to_string();
    }
    if !name.contains(['/', '@']) {
        return name.to_string();
    }
    match Reference::parse(name) {
        // A digest is not shown, be it with a tag or in place of one.
        Ok(reference) => Reference { digest: None, ..reference }.familiar(),
        Err(_) => name.to_string(),
    }
}

fn size(size: Option<(u64, u64)>) -> String {
    let (own, whole) = size.unwrap_or_default();
    let own = human::size(own as i64);
    if whole == 0 { own } else { format!("{own} (virtual {})", human::size(whole as i64)) }
}

/// The ports of a container: published ones with both sides, neighbours drawn together.
pub fn ports(rows: &[PortRow]) -> String {
    struct Group {
        key: (String, String),
        first: u16,
        last: u16,
    }
    let mut rows = rows.to_vec();
    rows.order_by(|a, b| (a.private, &a.public, &a.kind).cmp(&(b.private, &b.public, &b.kind)));
    let shown = |group: &Group| {
        let (host, kind) = &group.key;
        let range =
            if group.first == group.last { group.first.to_string() } else { format!("{}-{}", group.first, group.last) };
        if host.is_empty() { format!("{range}/{kind}") } else { format!("{}->{range}/{kind}", address(host, &range)) }
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut result = Vec::new();
    let mut mappings = Vec::new();
    for row in &rows {
        let host = match &row.public {
            Some((host, port)) if *port != row.private => {
                mappings.push(format!("{}->{}/{}", address(host, &port.to_string()), row.private, row.kind));
                continue;
            }
            Some((host, _)) => host.clone(),
            None => String::new(),
        };
        let key = (host, row.kind.clone());
        match groups.iter_mut().find(|group| group.key == key) {
            None => groups.push(Group { key, first: row.private, last: row.private }),
            Some(group) if row.private == group.last.saturating_add(1) => group.last = row.private,
            Some(group) => {
                result.push(shown(group));
                (group.first, group.last) = (row.private, row.private);
            }
        }
    }
    result.extend(groups.iter().map(shown));
    result.extend(mappings);
    result.join(", ")
}

/// Host and port, the host in brackets if it is an IPv6 address.
fn address(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(private: u16, public: Option<(&str, u16)>) -> PortRow {
        PortRow { private, kind: "tcp".into(), public: public.map(|(host, port)| (host.to_string(), port)) }
    }

    #[test]
    fn ports_are_drawn_together() {
        let both = [port(80, Some(("0.0.0.0", 8080))), port(80, Some(("::", 8080)))];
        assert_eq!(ports(&both), "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
        let exposed = [port(82, None), port(80, None), port(81, None), port(90, None)];
        assert_eq!(ports(&exposed), "80-82/tcp, 90/tcp");
        let same = [port(80, Some(("127.0.0.1", 80))), port(81, Some(("127.0.0.1", 81)))];
        assert_eq!(ports(&same), "127.0.0.1:80-81->80-81/tcp");
    }

    #[test]
    fn a_line_is_cut_unless_told_otherwise() {
        let container = ContainerSummary {
            id: "0123456789abcdef".into(),
            name: "web".into(),
            image: "nginx@sha256:4d1e8a1cd3d2b8a5d5b3fae9a4ab3bdb0ca9a0b5d8d1ab1ab93be2d7c1ac0a2f".into(),
            image_id: "sha256:ffff".into(),
            command: "/docker-entrypoint.sh nginx".into(),
            ..nothing()
        };
        let show = |whole| {
            let listing =
                Listing { headers: &HEADERS, rows: vec![row(&container, Time::seconds(60), whole, &shown("json"))] };
            listing.print("{{.ID}} {{.Image}} {{.Command}} {{.RunningFor}}").expect("a line")
        };
        assert_eq!(show(false), "0123456789ab nginx \"/docker-entrypoint.…\" About a minute ago\n");
        assert!(show(true).starts_with("0123456789abcdef nginx@sha256:4d1e"));
    }

    #[test]
    fn what_a_format_does_not_show_is_not_made() {
        assert_eq!(shown("table {{.Names}}\t{{upper .Image}}"), ["Image", "Names"]);
        assert_eq!(shown("{{if .Label \"a\"}}{{$.ID}}{{end}}"), ["ID", "Label"]);
        for whole in ["json", "{{json .}}", "{{.}}", "{{$x := .}}{{$x.ID}}", "{{with $}}{{.ID}}{{end}}", "{{"] {
            assert_eq!(shown(whole).len(), HEADERS.len() + 1, "{whole}");
        }
    }

    #[test]
    fn a_format_is_tried_before_the_daemon_is_asked() {
        let message = |format| rehearse(format).map_err(|failure| failure.message);
        assert_eq!(message("table {{.Size}}"), Ok(true));
        assert_eq!(message("{{.Names}}"), Ok(false));
        assert_eq!(message("{{"), Err("failed to parse template: template: :1: unclosed action".into()));
        let error = "failed to execute template: template: :1:2: executing \"\" at <.Foo>: \
                     can't evaluate field Foo in type *formatter.ContainerContext";
        assert_eq!(message("{{.Foo}}"), Err(error.into()));
    }
}
