//! What may be asked of a class, by whom, and what is answered.

use std::net::IpAddr;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, ORIGIN, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::room::{self, Member, Refusal};
use super::{Class, Kept, digest, millis, now, page, same, secret};
use crate::serve::PATIENCE;
use crate::serve::answer::{Answer, said};

/// Bytes of what is sent: a link is the longest that anybody sends.
const BODY: usize = 80 << 10;
/// Seconds after which somebody who asked too often may ask again.
const AGAIN: &str = "10";

/// Whom a route is for.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    /// Whoever has the join code.
    Newcomer,
    Learner,
    Instructor,
}

struct Route {
    method: Method,
    path: &'static str,
    who: Who,
    act: fn(&Class, &mut Kept, Call) -> Outcome,
}

const ROUTES: [Route; 10] = [
    Route { method: Method::POST, path: "/class/join", who: Who::Newcomer, act: join },
    Route { method: Method::POST, path: "/class/report", who: Who::Learner, act: report },
    Route { method: Method::POST, path: "/class/leave", who: Who::Learner, act: leave },
    Route { method: Method::GET, path: "/class/room", who: Who::Instructor, act: look },
    Route { method: Method::POST, path: "/class/offer", who: Who::Instructor, act: offer },
    Route { method: Method::DELETE, path: "/class/offer", who: Who::Instructor, act: withdraw },
    Route { method: Method::POST, path: "/class/timer", who: Who::Instructor, act: time },
    Route { method: Method::DELETE, path: "/class/timer", who: Who::Instructor, act: stop },
    Route { method: Method::POST, path: "/class/remove", who: Who::Instructor, act: remove },
    Route { method: Method::POST, path: "/class/code", who: Who::Instructor, act: change_code },
];

/// What is asked.
struct Call {
    peer: IpAddr,
    member: Option<Member>,
    body: Vec<u8>,
}

impl Call {
    /// What was sent, as JSON with these names and no other.
    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Trouble::Refused(Refusal::Malformed("not what is asked for here")))
    }

    fn member(&self) -> Result<&Member, Trouble> {
        self.member.as_ref().ok_or(Trouble::Refused(Refusal::Unknown))
    }
}

/// Why there is no answer but this.
#[derive(Debug)]
enum Trouble {
    Refused(Refusal),
    /// It comes from a page of another origin.
    Elsewhere,
    TooOften,
    TooLong,
    NoJson,
    /// The file can't be written: nothing has changed.
    Unkept,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Trouble::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        eprintln!("layerlab: the class's file: {error}");
        Trouble::Unkept
    }
}

type Outcome = Result<Value, Trouble>;

impl Class {
    /// The answer to a request below `/class/`.
    pub async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let path = request.uri().path().to_owned();
        if let Some(answer) = page::answer(request.method(), &path) {
            return answer;
        }
        let methods: Vec<&Route> = ROUTES.iter().filter(|route| route.path == path).collect();
        let Some(route) = methods.iter().find(|route| route.method == *request.method()) else {
            let allowed: Vec<&str> = methods.iter().map(|route| route.method.as_str()).collect();
            return match allowed.is_empty() {
                true => told(StatusCode::NOT_FOUND, &json!({ "error": "nothing is here" }), &[]),
                false => {
                    let allowed = (ALLOW, allowed.join(", "));
                    told(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "not in this way" }), &[allowed])
                }
            };
        };
        match self.act(route, request, peer).await {
            Ok(value) => told(StatusCode::OK, &value, &[]),
            Err(trouble) => refused(&trouble),
        }
    }

    async fn act(&self, route: &Route, request: Request<Incoming>, peer: IpAddr) -> Outcome {
        let headers = request.headers();
        if is_elsewhere(headers) {
            return Err(Trouble::Elsewhere);
        }
        // Who has no right to ask is not read any further.
        let shown = bearer(headers).unwrap_or_default().to_owned();
        match route.who {
            Who::Newcomer => {}
            Who::Instructor if same(&shown, &self.key) => {}
            Who::Instructor => return Err(Refusal::Unknown.into()),
            Who::Learner => drop(self.known(&shown)?),
        }
        let json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if route.method == Method::POST && !json {
            return Err(Trouble::NoJson);
        }
        let body = body(request.into_body()).await?;
        // While the body came somebody else may have changed the room.
        let member = if route.who == Who::Learner { Some(self.known(&shown)?) } else { None };
        (route.act)(self, &mut self.kept.borrow_mut(), Call { peer, member, body })
    }

    fn known(&self, token: &str) -> Result<Member, Trouble> {
        let kept = self.kept.borrow();
        kept.room.known(&digest(token)).cloned().ok_or(Trouble::Refused(Refusal::Unknown))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    name: String,
    code: String,
}

fn join(class: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let (peer, at) = (call.peer, millis());
    // Before the code is looked at: else the answers would go on to tell which one is right.
    if !kept.wrong.open(&peer, at) || !kept.joins.pass(&peer, at) {
        return Err(Trouble::TooOften);
    }
    let Join { name, code } = call.read()?;
    if !same(&code.trim().to_lowercase(), &kept.code) {
        kept.wrong.take(&peer, at);
        return Err(Refusal::Unknown.into());
    }
    let token = secret();
    let member = kept.room.newcomer(&name, digest(&token), now())?;
    let name = member.name.clone();
    kept.put(member)?;
    Ok(json!({ "token": token, "name": name, "class": class.name }))
}

fn report(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let member = call.member()?;
    if !kept.asks.pass(&member.id, millis()) {
        return Err(Trouble::TooOften);
    }
    let heard = member.heard(call.read()?, now())?;
    kept.put(heard)?;
    Ok(kept.news(now()))
}

fn leave(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    kept.remove(call.member()?.id)?;
    Ok(json!({}))
}

fn look(class: &Class, kept: &mut Kept, _: Call) -> Outcome {
    let now = now();
    let row = |member: &Member| {
        json!({
            "id": member.id,
            "name": member.name,
            "standing": member.standing(now),
            "report": member.report,
            "stood": now.saturating_sub(member.since),
            "seen": now.saturating_sub(member.seen),
            "best": member.best,
        })
    };
    let news = kept.news(now);
    Ok(json!({
        "class": class.name,
        "code": kept.code,
        "address": class.address,
        "qr": page::code(&format!("{}#class={}", class.address, kept.code)),
        "lessons": class.lessons,
        "members": kept.room.members().map(row).collect::<Vec<_>>(),
        "offer": news["offer"],
        "timer": news["timer"],
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offered {
    link: String,
    #[serde(default)]
    note: String,
}

fn offer(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let Offered { link, note } = call.read()?;
    // A later offer has a higher number, also after one was withdrawn.
    let offer = room::offer(&link, &note, millis())?;
    kept.offer(Some(offer))?;
    Ok(kept.news(now()))
}

fn withdraw(_: &Class, kept: &mut Kept, _: Call) -> Outcome {
    kept.offer(None)?;
    Ok(kept.news(now()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timer {
    seconds: u64,
}

fn time(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let Timer { seconds } = call.read()?;
    if seconds == 0 || seconds > room::TIMER {
        return Err(Refusal::Malformed("no such time").into());
    }
    kept.time(Some(now() + seconds))?;
    Ok(kept.news(now()))
}

fn stop(_: &Class, kept: &mut Kept, _: Call) -> Outcome {
    kept.time(None)?;
    Ok(kept.news(now()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removed {
    id: u32,
}

fn remove(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let Removed { id } = call.read()?;
    match kept.remove(id)? {
        true => Ok(json!({})),
        false => Err(Refusal::Malformed("nobody has this number").into()),
    }
}

/// Another code, for those who have not joined yet: the old one has gone round.
fn change_code(_: &Class, kept: &mut Kept, call: Call) -> Outcome {
    let _: Map<String, Value> = call.read()?;
    let code = super::code();
    kept.file.set("code", Some(&code))?;
    kept.code = code.clone();
    Ok(json!({ "code": code }))
}

/// Whether a browser says that a page of another origin asks.
fn is_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(HOST.as_str()).unwrap_or_default();
    let other = |origin: &str| origin.strip_prefix("http://").or(origin.strip_prefix("https://")) != Some(host);
    text(ORIGIN.as_str()).is_some_and(other)
        || text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

async fn body(body: Incoming) -> Result<Vec<u8>, Trouble> {
    if body.size_hint().lower() > BODY as u64 {
        return Err(Trouble::TooLong);
    }
    let whole = tokio::time::timeout(PATIENCE, Limited::new(body, BODY).collect()).await;
    let whole = whole.map_err(|_| Trouble::TooLong)?.map_err(|_| Trouble::TooLong)?;
    Ok(whole.to_bytes().to_vec())
}

fn refused(trouble: &Trouble) -> Answer {
    let (status, why) = match trouble {
        Trouble::Refused(Refusal::Malformed(why)) => (StatusCode::BAD_REQUEST, *why),
        Trouble::Refused(Refusal::Unknown) => (StatusCode::UNAUTHORIZED, "not known here"),
        Trouble::Refused(Refusal::Taken) => (StatusCode::CONFLICT, "somebody has this name"),
        Trouble::Refused(Refusal::Full) => (StatusCode::INSUFFICIENT_STORAGE, "the class is full"),
        Trouble::Elsewhere => (StatusCode::FORBIDDEN, "only for the class's own pages"),
        Trouble::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too often"),
        Trouble::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too long"),
        Trouble::NoJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON is what is read here"),
        Trouble::Unkept => (StatusCode::SERVICE_UNAVAILABLE, "it could not be kept"),
    };
    let again = matches!(trouble, Trouble::TooOften).then(|| (RETRY_AFTER, AGAIN.to_owned()));
    told(status, &json!({ "error": why }), &again.into_iter().collect::<Vec<_>>())
}

fn told(status: StatusCode, value: &Value, more: &[(hyper::header::HeaderName, String)]) -> Answer {
    said(status, "application/json", value.to_string().into(), more)
}
