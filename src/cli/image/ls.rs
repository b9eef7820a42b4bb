//! `docker images`.

use std::collections::BTreeMap;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::flag::Flags;
use crate::cli::format::table::{Listing, line};
use crate::cli::format::{human, time};
use crate::cli::template::Value;
use crate::engine::api::{Answer, ImageSummary, Request};
use crate::oci::reference::Reference;

const TYPE: &str = "*formatter.imageContext";
const HEADERS: [(&str, &str); 11] = [
    ("ID", "IMAGE ID"),
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Size", "SIZE"),
    ("Containers", "CONTAINERS"),
    ("VirtualSize", "SIZE"),
    ("SharedSize", "SHARED SIZE"),
    ("UniqueSize", "UNIQUE SIZE"),
];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    if flags.bool("tree") {
        return Err(Failure::not_simulated("--tree"));
    }
    let mut filters = filters(flags);
    if let Some(name) = call.args.first() {
        filters.push(("reference".to_string(), name.clone()));
    }
    let Answer::Images(images) = client.call(Request::ImageList { all: flags.bool("all"), filters }).await? else {
        return Ok(0);
    };
    let format = format(flags);
    let digests = flags.bool("digests");
    let needs_digest = digests || format.contains("{{.Digest}}");
    let whole = flags.bool("no-trunc");
    let now = client.sys.now().epoch().0;
    let rows = images.iter().flat_map(|image| {
        let names = names(image, needs_digest, digests);
        names.into_iter().map(move |name| row(image, &name, now, whole))
    });
    let listing = Listing { headers: &HEADERS, rows: rows.collect() };
    client.print(&listing.print(&format).map_err(Failure::new)?).await?;
    Ok(0)
}

fn format(flags: &Flags) -> String {
    let digests = flags.bool("digests");
    let age = "{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}";
    match flags.text("format") {
        "" | "table" if flags.bool("quiet") => "{{.ID}}".to_string(),
        "" | "table" => {
            let digest = if digests { "{{.Digest}}\t" } else { "" };
            format!("table {{{{.Repository}}}}\t{{{{.Tag}}}}\t{digest}{{{{.ID}}}}\t{age}\t{{{{.Size}}}}")
        }
        format if format.starts_with("table") && digests && !format.contains("{{.Digest}}") => {
            format!("{format}\t{{{{.Digest}}}}")
        }
        format => format.to_string(),
    }
}

/// Repository, tag and digest of a row.
type Name = (String, String, String);

/// The rows of an image: one for each tag, and for each digest without one.
fn names(image: &ImageSummary, needs_digest: bool, digests: bool) -> Vec<Name> {
    let none = || "<none>".to_string();
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut by_digest: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (texts, of) in [(&image.tags, &mut tags), (&image.digests, &mut by_digest)] {
        for reference in texts.iter().filter_map(|text| Reference::parse(text).ok()) {
            let word = reference.tag.clone().or(reference.digest.clone());
            of.entry(reference.familiar_name()).or_default().extend(word);
        }
    }
    let mut rows = Vec::new();
    for (repository, tags) in tags {
        let known = by_digest.remove(&repository).filter(|_| needs_digest).unwrap_or_default();
        for tag in tags {
            if known.is_empty() {
                rows.push((repository.clone(), tag.clone(), none()));
            }
            rows.extend(known.iter().map(|digest| (repository.clone(), tag.clone(), digest.clone())));
        }
    }
    for (repository, known) in by_digest {
        if digests {
            rows.extend(known.into_iter().map(|digest| (repository.clone(), none(), digest)));
        } else {
            rows.push((repository, none(), String::new()));
        }
    }
    if rows.is_empty() {
        rows.push((none(), none(), none()));
    }
    rows
}

fn row(image: &ImageSummary, name: &Name, now: i64, whole: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let size = image.size as i64;
    let id = if whole { &image.id } else { human::short_id(&image.id) };
    line(
        TYPE,
        vec![
            ("ID", text(id)),
            ("Repository", text(&name.0)),
            ("Tag", text(&name.1)),
            ("Digest", text(&name.2)),
            ("CreatedSince", text(&format!("{} ago", human::duration(now - image.created)))),
            ("CreatedAt", text(&time::created_at(image.created))),
            ("Size", text(&human::size(size))),
            ("Containers", text("N/A")),
            ("VirtualSize", text(&human::size4(size))),
            ("SharedSize", text("N/A")),
            ("UniqueSize", text("N/A")),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(tags: &[&str], digests: &[&str]) -> ImageSummary {
        ImageSummary {
            id: "sha256:0123456789abcdef".into(),
            parent: None,
            tags: tags.iter().map(|tag| tag.to_string()).collect(),
            digests: digests.iter().map(|digest| digest.to_string()).collect(),
            created: 0,
            size: 1_994_000,
            labels: Default::default(),
            containers: 0,
        }
    }

    fn shown(image: &ImageSummary, digests: bool) -> String {
        let names = names(image, digests, digests).into_iter();
        names.map(|(name, tag, digest)| format!("{name}:{tag}@{digest}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_row_for_each_name() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let by_digest = format!("alpine@{digest}");
        assert_eq!(
            shown(&image(&["alpine:1", "b:2", "b:3"], &[&by_digest]), false),
            "alpine:1@<none> b:2@<none> b:3@<none>"
        );
        assert_eq!(shown(&image(&["alpine:1"], &[&by_digest]), true), format!("alpine:1@{digest}"));
        assert_eq!(shown(&image(&[], &[&by_digest]), false), "alpine:<none>@");
        assert_eq!(shown(&image(&[], &[]), false), "<none>:<none>@<none>");
    }

    #[test]
    fn a_table_of_images() {
        let image = image(&["alpine:3.19"], &[]);
        let names = names(&image, false, false);
        let rows = names.iter().map(|name| row(&image, name, 86_400 * 3, false)).collect();
        let flags = Flags::default();
        let table = Listing { headers: &HEADERS, rows }.print(&format(&flags));
        let text = "REPOSITORY   TAG       IMAGE ID       CREATED      SIZE\n\
                    alpine       3.19      0123456789ab   3 days ago   1.99MB\n";
        assert_eq!(table.as_deref(), Ok(text));
    }
}
