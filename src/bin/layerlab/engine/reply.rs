//! Responses: documents, refusals, and bodies that come as the machine speaks.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use layerlab::engine::api::Fault;
use serde_json::{Value, json};
use tokio::sync::mpsc;

pub type Answer = Response<Content>;

/// The body of a response.
pub enum Content {
    Whole(Option<Bytes>),
    Stream(mpsc::Receiver<Bytes>),
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Stream(bytes) => bytes.poll_recv(context).map(|some| some.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Content::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Stream(_) => SizeHint::default(),
        }
    }
}

/// A response of some media type.
pub fn typed(status: u16, media: &'static str, content: Content) -> Answer {
    let mut response = Response::new(content);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// A document.
pub fn json(status: u16, document: &Value) -> Answer {
    typed(status, "application/json", Content::Whole(Some(Bytes::from(format!("{document}\n")))))
}

/// Done, with nothing to say.
pub fn empty(status: u16) -> Answer {
    let mut response = Response::new(Content::Whole(None));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
}

/// The daemon's refusal.
pub fn refusal(fault: &Fault) -> Answer {
    json(fault.status, &json!({ "message": fault.message }))
}

pub fn bad(message: impl Into<String>) -> Fault {
    Fault { status: 400, message: message.into() }
}

pub fn missing(message: impl Into<String>) -> Fault {
    Fault { status: 404, message: message.into() }
}

/// What Docker knows and the machine has no counterpart for.
pub fn not_simulated(what: &str) -> Fault {
    Fault { status: 501, message: format!("layerlab: {what} is not simulated") }
}

/// The daemon answered something that this request cannot have for an answer.
pub fn strange() -> Fault {
    Fault { status: 500, message: "layerlab: the daemon answered another question".into() }
}
