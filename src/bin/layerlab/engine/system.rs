//! What concerns the engine as a whole: versions, events, disk usage, logins.

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use layerlab::engine::api::{Answer as Said, Credentials, Fault, Reply, Request};
use layerlab::engine::events::reversed;
use layerlab::model::engine::Event;
use serde::Deserialize;
use serde_json::{Value, json};

use super::board::Board;
use super::container::inspect;
use super::http::{Ask, not_found};
use super::reply::{Answer, Content, bad, json as document, strange, typed};
use super::stream;

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match (ask.method.as_str(), path) {
        ("GET" | "HEAD", ["_ping"]) => ping(ask).await,
        ("GET", ["version"]) => inspect(ask, Request::Version).await,
        ("GET", ["info"]) => inspect(ask, Request::Info).await,
        ("GET", ["system", "df"]) => inspect(ask, Request::DiskUsage).await,
        ("GET", ["events"]) => events(ask).await,
        ("POST", ["auth"]) => auth(ask).await,
        _ => Err(not_found()),
    }
}

async fn ping(ask: Ask) -> Result<Answer, Fault> {
    ask.board.answer(Request::Ping).await?;
    let body = if ask.method == "HEAD" { Content::Whole(None) } else { Content::Whole(Some(Bytes::from("OK"))) };
    let mut answer = typed(200, "text/plain; charset=utf-8", body);
    let headers = answer.headers_mut();
    // Builds come by `POST /build`: BuildKit's own protocol is not spoken.
    headers.insert("Builder-Version", HeaderValue::from_static("1"));
    headers.insert("Swarm", HeaderValue::from_static("inactive"));
    headers.insert("Cache-Control", HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    headers.insert("Pragma", HeaderValue::from_static("no-cache"));
    Ok(answer)
}

async fn events(ask: Ask) -> Result<Answer, Fault> {
    let moment = |name: &str| match ask.query.text(name) {
        "" => Ok(None),
        text => ask.board.clock.from(text).map(Some).ok_or_else(|| bad(format!("invalid value for {name}: {text:?}"))),
    };
    let (since, until) = (moment("since")?, moment("until")?);
    if since.zip(until).is_some_and(|(since, until)| until < since) {
        return Err(reversed(ask.query.text("since"), ask.query.text("until")));
    }
    let request = Request::Events { since, until, filters: ask.query.filters()? };
    let board = ask.board.clone();
    let write = move |reply: &Reply| match reply {
        Reply::Event(event) => Some(format!("{}\n", told(&board, event)).into_bytes()),
        _ => None,
    };
    stream::body(ask.board.ask(request), "application/json", write).await
}

fn told(board: &Board, event: &Event) -> Value {
    let attributes: serde_json::Map<String, Value> =
        event.attributes.iter().map(|(name, value)| (name.to_string(), json!(&**value))).collect();
    let mut message = json!({
        "Type": event.kind,
        "Action": event.action,
        "Actor": { "ID": &*event.actor, "Attributes": attributes },
        "scope": "local",
        "time": board.clock.seconds(event.time),
        "timeNano": i64::try_from(board.clock.nanos(event.time)).unwrap_or(i64::MAX),
    });
    // Old clients look for these, where events are about containers and images.
    if let (true, Some(message)) = (matches!(event.kind, "container" | "image"), message.as_object_mut()) {
        message.insert("status".into(), json!(event.action));
        message.insert("id".into(), json!(&*event.actor));
        if let Some(image) = event.attribute("image") {
            message.insert("from".into(), json!(image));
        }
    }
    message
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Account {
    pub username: String,
    pub password: String,
    pub serveraddress: String,
}

async fn auth(ask: Ask) -> Result<Answer, Fault> {
    let Account { username, password, serveraddress: server } = ask.document()?;
    let request = Request::Auth { server, credentials: Credentials { username, password } };
    let Said::Lines(lines) = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(200, &json!({ "IdentityToken": "", "Status": lines.join("\n") })))
}
