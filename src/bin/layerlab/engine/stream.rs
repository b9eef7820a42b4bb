//! What comes as the machine speaks: progress, output in frames, and connections that are taken over whole.

use hyper::body::Bytes;
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use layerlab::engine::api::{Fault, Input, Progress, Reply};
use layerlab::model::process::Stream;
use serde_json::{Value, json};
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

use super::board::Caller;
use super::reply::{Answer, Content, empty, typed};

/// Pieces that wait for a slow reader; what is above that waits at the switchboard.
const PIECES: usize = 16;

/// The media type of output: a terminal's as it is, two streams in frames.
pub fn media(tty: bool) -> &'static str {
    if tty { "application/vnd.docker.raw-stream" } else { "application/vnd.docker.multiplexed-stream" }
}

/// Output as it goes over the wire: a terminal's as it is, two streams in frames of a head of eight bytes.
pub fn frame(tty: bool, stream: Stream, bytes: &[u8]) -> Vec<u8> {
    if tty {
        return bytes.to_vec();
    }
    let number = match stream {
        Stream::Stdout => 1,
        Stream::Stderr => 2,
    };
    let mut framed = vec![number, 0, 0, 0];
    framed.extend((bytes.len() as u32).to_be_bytes());
    framed.extend_from_slice(bytes);
    framed
}

/// A body that grows with the replies; a refusal that comes before all else is one.
pub async fn body(
    mut caller: Caller,
    media: &'static str,
    write: impl FnMut(&Reply) -> Option<Vec<u8>> + 'static,
) -> Result<Answer, Fault> {
    let first = caller.first().await?;
    Ok(pour(first, caller, media, write))
}

fn pour(
    first: Reply,
    mut caller: Caller,
    media: &'static str,
    mut write: impl FnMut(&Reply) -> Option<Vec<u8>> + 'static,
) -> Answer {
    let (sender, receiver) = mpsc::channel(PIECES);
    spawn_local(async move {
        let mut next = Some(first);
        while let Some(reply) = next {
            if let Some(bytes) = write(&reply)
                && sender.send(Bytes::from(bytes)).await.is_err()
            {
                return;
            }
            if matches!(reply, Reply::Done(_) | Reply::Failed(_)) {
                return;
            }
            next = tokio::select! { reply = caller.next() => reply, () = sender.closed() => return };
        }
    });
    typed(200, media, Content::Stream(receiver))
}

/// A message on a line of its own.
pub fn line(message: &Value) -> Vec<u8> {
    format!("{message}\r\n").into_bytes()
}

/// A refusal on the way.
pub fn failure(fault: &Fault) -> Vec<u8> {
    line(&json!({ "errorDetail": { "message": fault.message }, "error": fault.message }))
}

/// A line of a pull's or push's progress.
pub fn progress(progress: &Progress) -> Vec<u8> {
    let mut message = json!({ "status": progress.status });
    if let Some(fields) = message.as_object_mut()
        && !progress.id.is_empty()
    {
        let detail = match (progress.current, progress.total) {
            (0, 0) => json!({}),
            (current, 0) => json!({ "current": current }),
            (current, total) => json!({ "current": current, "total": total }),
        };
        fields.insert("progressDetail".into(), detail);
        fields.insert("id".into(), json!(progress.id));
    }
    line(&message)
}

/// Takes a connection over: what the caller sends is input, what the machine says goes back.
pub async fn hijack(upgrade: Option<OnUpgrade>, mut caller: Caller, tty: bool) -> Result<Answer, Fault> {
    let first = caller.first().await?;
    let Some(upgrade) = upgrade else {
        // Who asks for no upgrade can listen, but not speak.
        let output = move |reply: &Reply| match reply {
            Reply::Output { stream, bytes } => Some(frame(tty, *stream, bytes)),
            _ => None,
        };
        return Ok(pour(first, caller, media(tty), output));
    };
    spawn_local(async move {
        let Ok(connection) = upgrade.await else { return };
        let (mut reader, mut writer) = tokio::io::split(TokioIo::new(connection));
        let mouth = caller.mouth();
        let ear = spawn_local(async move {
            let mut buffer = vec![0; 32 << 10];
            loop {
                match reader.read(&mut buffer).await {
                    Ok(0) | Err(_) => return mouth.say(Input::End),
                    Ok(count) => mouth.say(Input::Bytes(Rc::new(buffer[..count].to_vec()))),
                }
            }
        });
        let mut next = Some(first);
        while let Some(reply) = next {
            let written = match &reply {
                Reply::Output { stream, bytes } => writer.write_all(&frame(tty, *stream, bytes)).await,
                Reply::Done(_) | Reply::Failed(_) => break,
                _ => Ok(()),
            };
            if written.is_err() {
                break;
            }
            next = caller.next().await;
        }
        let _ = writer.shutdown().await;
        ear.abort();
    });
    let mut response = empty(101);
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(media(tty)));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_framed() {
        assert_eq!(frame(false, Stream::Stderr, b"hi"), [2, 0, 0, 0, 0, 0, 0, 2, b'h', b'i']);
        assert_eq!(frame(true, Stream::Stdout, b"hi"), b"hi");
    }

    #[test]
    fn progress_is_a_line_of_json() {
        let step = Progress { id: "abc".into(), status: "Downloading".into(), current: 5, total: 9 };
        let text = String::from_utf8(progress(&step)).expect("text");
        assert_eq!(
            text,
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":9},\"id\":\"abc\"}\r\n"
        );
        let last = Progress { status: "Status: done".into(), ..Progress::default() };
        assert_eq!(progress(&last), b"{\"status\":\"Status: done\"}\r\n");
    }
}
