//! `/build`: builds from an archive, and the build cache.
//!
//! The classic builder is gone from the machine as it goes from Docker: what comes here is solved by the builder that
//! `docker build` uses inside, and the output is its plain display.

use layerlab::engine::api::{Answer as Said, Fault, Reply, Request};
use layerlab::engine::build::{Ask as Question, Found, Prune};
use layerlab::model::process::Stream;
use serde_json::{Map, Value, json};

use super::http::{Ask, not_found};
use super::query::Query;
use super::reply::{Answer, bad, json as document, not_simulated, strange};
use super::stream;

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("POST", ["prune"]) => prune(ask).await,
        ("POST", []) => build(ask).await,
        _ => Err(not_found()),
    }
}

/// What a build may ask for that is not simulated, unless it is nothing.
const ABSENT: [&str; 6] = ["cachefrom", "cgroupparent", "outputs", "remote", "securityopt", "squash"];

/// The command line of the machine's own client.
fn command(query: &Query) -> Result<Vec<String>, Fault> {
    let is_nothing = |text: &str| matches!(text, "" | "0" | "[]" | "{}" | "null");
    if let Some(name) = ABSENT.iter().find(|name| !is_nothing(query.text(name))) {
        return Err(not_simulated(&format!("POST /build with {name}")));
    }
    let mut argv: Vec<String> = ["docker", "build"].map(String::from).to_vec();
    if query.flag("q") {
        argv.push("--quiet".into());
    } else {
        argv.extend(["--progress", "plain"].map(String::from));
    }
    let switches = [("nocache", "--no-cache"), ("pull", "--pull")];
    argv.extend(switches.iter().filter(|(name, _)| query.flag(name)).map(|(_, flag)| flag.to_string()));
    let mut add = |flag: &str, value: String| argv.extend([flag.to_string(), value]);
    query.all("t").into_iter().filter(|tag| !tag.is_empty()).for_each(|tag| add("--tag", tag));
    let texts =
        [("dockerfile", "--file"), ("target", "--target"), ("networkmode", "--network"), ("platform", "--platform")];
    for (name, flag) in texts {
        if let Some(value) = query.some(name).filter(|value| value != "Dockerfile") {
            add(flag, value);
        }
    }
    for host in query.all("extrahosts") {
        add("--add-host", host);
    }
    for (name, flag) in [("buildargs", "--build-arg"), ("labels", "--label")] {
        for (key, value) in pairs(query, name)? {
            add(flag, format!("{key}={value}"));
        }
    }
    argv.push("-".into());
    Ok(argv)
}

fn pairs(query: &Query, name: &str) -> Result<Vec<(String, String)>, Fault> {
    let Some(text) = query.some(name) else { return Ok(Vec::new()) };
    let wrong = |error: serde_json::Error| bad(format!("error reading {name}: {error}"));
    let fields: Map<String, Value> = serde_json::from_str(&text).map_err(wrong)?;
    // An argument without a value is one that the client does not have.
    Ok(fields.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_string()))).collect())
}

async fn build(ask: Ask) -> Result<Answer, Fault> {
    let argv = command(&ask.query)?;
    let mut display = Display { quiet: ask.query.flag("q"), tags: ask.query.all("t"), ..Display::default() };
    let caller = ask.board.run(argv, &ask.body);
    stream::body(caller, "application/json", move |reply| display.tell(reply)).await
}

/// A build's output on its way, line by line.
#[derive(Default)]
struct Display {
    quiet: bool,
    tags: Vec<String>,
    /// What is no whole line yet.
    rest: Vec<u8>,
    /// The image, once it is written.
    image: Option<String>,
    /// What the builder said at last, where it fails.
    error: Option<String>,
}

impl Display {
    fn tell(&mut self, reply: &Reply) -> Option<Vec<u8>> {
        match reply {
            // Quietly, only the image's name is of interest.
            Reply::Output { stream: Stream::Stderr, bytes } if self.quiet => {
                self.lines(bytes);
                None
            }
            Reply::Output { bytes, .. } => {
                let lines = self.lines(bytes);
                Some(lines.iter().flat_map(|text| stream::line(&json!({ "stream": text }))).collect())
            }
            Reply::Done(Said::ExitCode { code: 0, .. }) => Some(self.end()),
            Reply::Done(_) => {
                let message = self.error.take().unwrap_or_else(|| "the build was given up".into());
                Some(stream::failure(&bad(message)))
            }
            _ => None,
        }
    }

    /// The whole lines of some output; what it says of the image, and of its failure, is kept.
    fn lines(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        let mut told = Vec::new();
        for line in String::from_utf8_lossy(&whole).split_inclusive('\n') {
            let text = line.trim_end();
            if let Some(message) = text.strip_prefix("ERROR: ") {
                self.error = Some(message.to_string());
                continue;
            }
            if let Some((_, image)) = text.split_once(" writing image ") {
                self.image = image.split_whitespace().next().map(String::from);
            }
            told.push(line.to_string());
        }
        told
    }

    /// What the client looks for at the end of a build.
    fn end(&mut self) -> Vec<u8> {
        let Some(image) = self.image.take().filter(|_| !self.quiet) else { return Vec::new() };
        let short: String = image.trim_start_matches("sha256:").chars().take(12).collect();
        let mut told = stream::line(&json!({ "aux": { "ID": image } }));
        let mut say = |text: String| told.extend(stream::line(&json!({ "stream": text })));
        say(format!("Successfully built {short}\n"));
        for tag in self.tags.iter().filter(|tag| !tag.is_empty()) {
            let named = layerlab::oci::reference::Reference::parse(tag).map(|name| name.tagged().familiar());
            say(format!("Successfully tagged {}\n", named.unwrap_or_else(|_| tag.clone())));
        }
        told
    }
}

async fn prune(ask: Ask) -> Result<Answer, Fault> {
    let keep = ask.query.number("reserved-space")?.or(ask.query.number("keep-storage")?).unwrap_or(0);
    let prune =
        Prune { all: ask.query.flag("all"), filters: ask.query.filters()?, keep: u64::try_from(keep).unwrap_or(0) };
    let Said::Build(Found::Records(rows)) = ask.board.answer(Request::Build(Question::Prune(prune))).await? else {
        return Err(strange());
    };
    let deleted: Vec<String> = rows.iter().map(|row| row.record.id.to_string()).collect();
    let reclaimed: u64 = rows.iter().filter(|row| !row.shared).map(|row| row.record.size).sum();
    Ok(document(200, &json!({ "CachesDeleted": super::container::or_null(deleted), "SpaceReclaimed": reclaimed })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_becomes_a_command_line() {
        let query = Query::parse(
            "buildargs=%7B%22X%22%3A%222%22%2C%22Y%22%3Anull%7D&dockerfile=D&nocache=1&t=a:1&t=b&target=x&cachefrom=%5B%5D",
        );
        let line = command(&query).map(|argv| argv.join(" "));
        let wanted = "docker build --progress plain --no-cache --tag a:1 --tag b --file D --target x --build-arg X=2 -";
        assert_eq!(line.as_deref(), Ok(wanted));
        assert!(command(&Query::parse("remote=https://x")).is_err_and(|fault| fault.status == 501));
        assert!(command(&Query::parse("labels=%7B")).is_err_and(|fault| fault.status == 400));
    }

    #[test]
    fn output_is_told_line_by_line() {
        let mut display = Display { tags: vec!["a".into()], ..Display::default() };
        let output = |bytes: &[u8]| Reply::Output { stream: Stream::Stderr, bytes: bytes.to_vec().into() };
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        assert_eq!(text(display.tell(&output(b"#1 wri"))), "");
        let line = "#1 writing image sha256:0123456789abcdef done";
        assert_eq!(
            text(display.tell(&output(&[b"ting".as_slice(), &line.as_bytes()[10..], b"\n"].concat()))).lines().count(),
            1
        );
        let end = text(display.tell(&Reply::Done(Said::ExitCode { code: 0, error: String::new() })));
        assert!(end.contains("Successfully built 0123456789ab\\n") && end.contains("tagged a:latest"), "{end}");
        let mut failed = Display::default();
        assert_eq!(text(failed.tell(&output(b"ERROR: failed to solve: x\n"))), "");
        let end = text(failed.tell(&Reply::Done(Said::ExitCode { code: 1, error: String::new() })));
        assert!(end.contains("\"error\":\"failed to solve: x\""), "{end}");
    }
}
