//! One connection's requests: read whole, routed, answered.

use std::convert::Infallible;
use std::rc::Rc;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, SERVER, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request};
use layerlab::engine::VERSION;
use layerlab::engine::api::Fault;
use layerlab::model::limits;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::board::Board;
use super::query::Query;
use super::reply::{Answer, bad, missing, refusal};
use super::{build, container, exec, image, network, swarm, system, volume};

/// The newest and the oldest version of the API that is spoken.
pub const API: (u32, u32) = (1, 50);
const OLDEST: (u32, u32) = (1, 24);
/// Bytes of a body at most: an archive of the machine's limit, and its heads.
const BODY: usize = limits::ARCHIVE_BYTES + (4 << 20);

/// A request, read.
pub struct Ask {
    pub board: Rc<Board>,
    pub method: Method,
    pub query: Query,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The caller wants the connection for itself.
    pub upgrade: Option<OnUpgrade>,
}

impl Ask {
    /// The document that came with the request.
    pub fn document<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let media = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if media.split(';').next().map(str::trim) != Some("application/json") {
            return Err(bad(format!("unsupported Content-Type header ({media}): must be 'application/json'")));
        }
        if self.body.is_empty() {
            return Err(bad("invalid JSON: got EOF while reading request body"));
        }
        let wrong = |error: serde_json::Error| bad(format!("invalid JSON: {error}"));
        let mut value: Value = serde_json::from_slice(&self.body).map_err(wrong)?;
        strip(&mut value);
        serde_json::from_value(value).map_err(wrong)
    }

    /// The same where there need not be one.
    pub fn document_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Fault> {
        if self.body.is_empty() { Ok(T::default()) } else { self.document() }
    }
}

/// Takes away what is null: Go's empty slices and maps.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Answers a request, whatever it is.
pub async fn serve(board: Rc<Board>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    board.touch();
    let mut answer = match answer(board, request).await {
        Ok(answer) => answer,
        Err(fault) => refusal(&fault),
    };
    let headers = answer.headers_mut();
    headers.insert("Api-Version", HeaderValue::from_static("1.50"));
    headers.insert("Docker-Experimental", HeaderValue::from_static("false"));
    headers.insert("Ostype", HeaderValue::from_static("linux"));
    if let Ok(server) = HeaderValue::from_str(&format!("Docker/{VERSION} (linux)")) {
        headers.insert(SERVER, server);
    }
    Ok(answer)
}

async fn answer(board: Rc<Board>, mut request: Request<Incoming>) -> Result<Answer, Fault> {
    let wants = request.headers().get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"tcp"));
    let upgrade = wants.then(|| hyper::upgrade::on(&mut request));
    let (head, body) = request.into_parts();
    let path = percent_decode_str(head.uri.path()).decode_utf8().map_err(|_| bad("invalid URL path"))?.into_owned();
    let segments = versioned(&path)?;
    // A connection that is taken over has no body before it is.
    let is_attach = matches!(segments[..], ["containers", _, "attach"]);
    let body = if is_attach { Bytes::new() } else { read(body).await? };
    board.clock.look(board.machine.borrow().now());
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let ask = Ask { board, method: head.method, query, headers: head.headers, body, upgrade };
    route(ask, &segments).await
}

async fn read(body: Incoming) -> Result<Bytes, Fault> {
    match Limited::new(body, BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Fault { status: 413, message: format!("layerlab: more than {BODY} bytes are not simulated") })
        }
        Err(error) => Err(bad(error.to_string())),
    }
}

/// The parts of a path behind its version, which must be one that is spoken.
fn versioned(path: &str) -> Result<Vec<&str>, Fault> {
    let mut parts: Vec<&str> = path.split('/').skip(1).collect();
    let version = parts.first().and_then(|part| part.strip_prefix('v')).and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    let Some(version) = version else { return Ok(parts) };
    let name = |(major, minor): (u32, u32)| format!("{major}.{minor}");
    if version < OLDEST {
        return Err(bad(format!(
            "client version {} is too old. Minimum supported API version is {}, please upgrade your client to a newer version",
            name(version),
            name(OLDEST)
        )));
    }
    if version > API {
        let (version, newest) = (name(version), name(API));
        return Err(bad(format!("client version {version} is too new. Maximum supported API version is {newest}")));
    }
    parts.remove(0);
    Ok(parts)
}

async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    match path {
        ["containers", rest @ ..] => container::route(ask, rest).await,
        ["exec", rest @ ..] => exec::route(ask, rest).await,
        ["images", rest @ ..] => image::route(ask, rest).await,
        ["commit"] => image::commit(ask).await,
        ["networks", rest @ ..] => network::route(ask, rest).await,
        ["volumes", rest @ ..] => volume::route(ask, rest).await,
        ["build", rest @ ..] => build::route(ask, rest).await,
        ["swarm" | "nodes" | "services" | "tasks" | "secrets" | "configs" | "plugins" | "distribution", ..] => {
            swarm::route(&ask, path)
        }
        _ => system::route(ask, path).await,
    }
}

/// What is said where nothing is.
pub fn not_found() -> Fault {
    missing("page not found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_bounded() {
        let parts = |path: &str| versioned(path).map(|parts| parts.join(" ")).map_err(|fault| fault.message);
        assert_eq!(parts("/v1.50/containers/json").as_deref(), Ok("containers json"));
        assert_eq!(parts("/_ping").as_deref(), Ok("_ping"));
        assert_eq!(parts("/volumes").as_deref(), Ok("volumes"));
        let new = "client version 1.51 is too new. Maximum supported API version is 1.50";
        assert_eq!(parts("/v1.51/info"), Err(new.into()));
        assert!(parts("/v1.9/info").is_err_and(|why| why.contains("Minimum supported API version is 1.24")));
    }

    #[test]
    fn nulls_are_taken_away() {
        let mut value = serde_json::json!({ "a": null, "b": [{ "c": null }], "d": 1 });
        strip(&mut value);
        assert_eq!(value, serde_json::json!({ "b": [{}], "d": 1 }));
    }
}
