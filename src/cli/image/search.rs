//! `docker search`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::filter::filters;
use crate::cli::format::human;
use crate::cli::format::table::{Listing, line};
use crate::cli::template::Value;
use crate::engine::api::{Answer, Request};

const HEADERS: [(&str, &str); 4] =
    [("Name", "NAME"), ("Description", "DESCRIPTION"), ("StarCount", "STARS"), ("IsOfficial", "OFFICIAL")];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let request = Request::ImageSearch {
        term: call.args.first().cloned().unwrap_or_default(),
        limit: usize::try_from(flags.number("limit")).unwrap_or(0),
        filters: filters(flags),
    };
    let Answer::Search(found) = client.call(request).await? else { return Ok(0) };
    let whole = flags.bool("no-trunc");
    let row = |name: &str, description: &str, stars: u64, official: bool| {
        let description = description.replace(['\n', '\r'], " ");
        let description = if whole { description } else { human::ellipsis(&description, 45) };
        let fields = vec![
            ("Name", Value::text(name)),
            ("Description", Value::text(&description)),
            ("StarCount", Value::text(&stars.to_string())),
            ("IsOfficial", Value::text(if official { "[OK]" } else { "" })),
        ];
        line("*registry.searchContext", fields)
    };
    let rows = found.iter().map(|one| row(&one.name, &one.description, one.stars, one.official)).collect();
    let format = match flags.text("format") {
        "" | "table" => r"table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
        format => format,
    };
    client.print(&Listing { headers: &HEADERS, rows }.print(format).map_err(Failure::new)?).await?;
    Ok(0)
}
