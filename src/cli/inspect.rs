//! `docker inspect`, and inspect of one kind of object.

use serde_json::Value as Json;

use super::client::{Client, Failure, Failures, Outcome};
use super::dispatch::Invocation;
use super::format::json;
use super::format::quote::quoted;
use super::platform;
use super::template::{Template, Value};
use crate::engine::api::{Answer, Request};

/// The kinds that the real client knows, in the order in which it names them.
const KINDS: &str = "config container image network node plugin secret service task volume";
/// The kinds that an inspect without `--type` looks through, in its order.
const SIMULATED: [&str; 4] = ["container", "image", "network", "volume"];

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let kind = match call.command.strip_suffix(" inspect") {
        Some(kind) => kind,
        None => call.flags.text("type"),
    };
    if !kind.is_empty() && !KINDS.split(' ').any(|known| known == kind) {
        let kinds: Vec<String> = KINDS.split(' ').map(quoted).collect();
        return Err(Failure::new(format!("unknown type: {}: must be one of {}", quoted(kind), kinds.join(", "))));
    }
    if !kind.is_empty() && !SIMULATED.contains(&kind) {
        return Err(Failure::not_simulated(&format!("docker inspect --type {kind}")));
    }
    let mut printer = Printer::new(call.flags.text("format"))?;
    let mut failures = Failures::default();
    let size = call.flags.bool("size");
    platform::own(&call.flags, "")?;
    for name in &call.args {
        let found = find(client, kind, name, size).await;
        if let Err(failure) = found.and_then(|document| printer.add(document)) {
            failures.add(failure);
        }
    }
    client.print(&printer.finish()).await?;
    failures.outcome()
}

/// The document of an object, of one kind or of the first in which there is such a name.
async fn find(client: &Client, kind: &str, name: &str, size: bool) -> Result<Json, Failure> {
    let kinds = SIMULATED.iter().filter(|known| kind.is_empty() || **known == kind);
    for known in kinds {
        if name.is_empty() {
            let what = match *known {
                "container" => "container name or ID",
                "image" => return Err(Failure::new("Error: No such image: ")),
                "network" => "network name or ID",
                _ => "volume name or ID",
            };
            return Err(Failure::new(format!("invalid {what}: value is empty")));
        }
        match client.call(request(known, name, size)).await {
            Ok(Answer::Json(document)) => {
                if size && *known != "container" {
                    client.warn(&format!("WARNING: --size ignored for {known}\n")).await;
                }
                return Ok(document);
            }
            Ok(_) => {}
            Err(failure) if kind.is_empty() && is_skippable(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(format!("Error: No such object: {name}")))
}

fn is_skippable(failure: &Failure) -> bool {
    failure.not_found || failure.message.contains("invalid reference format")
}

fn request(kind: &str, name: &str, size: bool) -> Request {
    match kind {
        "container" => Request::ContainerInspect { container: name.to_string(), size },
        "image" => Request::ImageInspect { image: name.to_string() },
        "network" => Request::NetworkInspect { network: name.to_string(), verbose: false },
        _ => Request::VolumeInspect { volume: name.to_string() },
    }
}

/// Documents on their way out: as JSON, or each through a template.
enum Printer {
    Json { documents: Vec<Json>, compact: bool },
    Template { template: Template, out: String },
}

impl Printer {
    fn new(format: &str) -> Result<Printer, Failure> {
        match format {
            "" | "json" => Ok(Printer::Json { documents: Vec::new(), compact: format == "json" }),
            format => match Template::parse(format) {
                Ok(template) => Ok(Printer::Template { template, out: String::new() }),
                Err(error) => Err(Failure::with(64, format!("template parsing error: {error}"))),
            },
        }
    }

    fn add(&mut self, document: Json) -> Result<(), Failure> {
        match self {
            Printer::Json { documents, .. } => documents.push(document),
            Printer::Template { template, out } => {
                // What the client's types don't know may still be in the engine's raw answer.
                let text = template.execute(&Value::typed(&document), false);
                let text = text.or_else(|_| template.execute(&Value::raw(&document), true));
                *out += &text.map_err(|error| Failure::new(format!("template parsing error: {error}")))?;
                out.push('\n');
            }
        }
        Ok(())
    }

    fn finish(self) -> String {
        match self {
            Printer::Json { documents, .. } if documents.is_empty() => "[]\n".to_string(),
            Printer::Json { documents, compact: true } => json::compact(&Json::Array(documents)) + "\n",
            Printer::Json { documents, .. } => json::pretty(&Json::Array(documents)) + "\n",
            Printer::Template { out, .. } if out.is_empty() => "\n".to_string(),
            Printer::Template { out, .. } => out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: &str, document: Json) -> Result<String, String> {
        let mut printer = Printer::new(format).map_err(|failure| failure.message)?;
        let added = printer.add(document).map_err(|failure| failure.message);
        let text = printer.finish();
        added.map(|()| text)
    }

    #[test]
    fn templates_fall_back_on_the_raw_answer() {
        let document =
            || serde_json::json!({"Id": "abc", "Config": {"Labels": {}, "Cmd": ["a"]}, "State": {"Status": "x"}});
        assert_eq!(print("{{.Id}} {{.Config.Cmd}}", document()).as_deref(), Ok("abc [a]\n"));
        assert_eq!(print("{{.Config.Env}}|{{.Config.User}}|", document()).as_deref(), Ok("[]||\n"));
        assert_eq!(print("{{.ID}}", document()).as_deref(), Ok("abc\n"));
        assert_eq!(print("{{.Config.Labels.x}}", document()).as_deref(), Ok("<no value>\n"));
        let error = "template parsing error: template: :1:8: executing \"\" at <.State.Nothing>: \
                     map has no entry for key \"Nothing\"";
        assert_eq!(print("{{.State.Nothing}}", document()), Err(error.into()));
        let error = "template parsing error: template: :1: unclosed action";
        assert_eq!(print("{{.Name", document()), Err(error.into()));
        let json = r#"[{"Id":"abc","Config":{"Labels":{},"Cmd":["a"]},"State":{"Status":"x"}}]"#;
        assert_eq!(print("json", document()), Ok(format!("{json}\n")));
    }
}
