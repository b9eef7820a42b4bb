//! `docker history`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::format::table::{Listing, line};
use crate::cli::platform;
use crate::cli::template::Value;
use crate::engine::api::{Answer, HistoryRow, Request};
use crate::model::time::rfc3339;

const TYPE: &str = "*image.historyContext";
const HEADERS: [(&str, &str); 6] = [
    ("ID", "IMAGE"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedBy", "CREATED BY"),
    ("Size", "SIZE"),
    ("Comment", "COMMENT"),
];
/// Up to this point of time, the beginning of 2000, no age is shown.
const AGES_SINCE: i64 = 946_684_800;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    platform::own(flags, "invalid platform: ")?;
    let image = call.args.first().cloned().unwrap_or_default();
    let Answer::History(history) = client.call(Request::ImageHistory { image }).await? else { return Ok(0) };
    let human = flags.bool("human");
    let format = match flags.text("format") {
        "" | "table" if flags.bool("quiet") => "{{.ID}}".to_string(),
        "" | "table" => {
            let created = if human { "CreatedSince" } else { "CreatedAt" };
            let columns = ["ID", created, "CreatedBy", "Size", "Comment"];
            format!("table {}", columns.map(|name| format!("{{{{.{name}}}}}")).join("\t"))
        }
        format => format.to_string(),
    };
    let now = client.sys.now().epoch().0;
    let whole = flags.bool("no-trunc");
    let rows = history.iter().map(|entry| row(entry, now, whole, human)).collect();
    let listing = Listing { headers: &HEADERS, rows };
    client.print(&listing.print(&format).map_err(Failure::new)?).await?;
    Ok(0)
}

fn row(step: &HistoryRow, now: i64, whole: bool, human: bool) -> Value {
    let text = |text: &str| Value::text(text);
    let created = step.entry.created;
    let at = rfc3339(created, 0);
    let since = match created {
        _ if !human => at.clone(),
        ..=AGES_SINCE => "N/A".to_string(),
        created => format!("{} ago", human::duration(now - created)),
    };
    let by = step.entry.created_by.replace('\t', " ");
    let by = if whole { by } else { human::ellipsis(&by, 45) };
    let size = if human { human::size(step.size as i64) } else { step.size.to_string() };
    let id = if whole { &step.id } else { human::short_id(&step.id) };
    line(
        TYPE,
        vec![
            ("ID", text(id)),
            ("CreatedSince", text(&since)),
            ("CreatedAt", text(&at)),
            ("CreatedBy", text(&by)),
            ("Size", text(&size)),
            ("Comment", text(&step.entry.comment)),
        ],
    )
}
