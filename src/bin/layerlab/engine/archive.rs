//! Archives of a container's files: `docker cp` and `docker export`.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use layerlab::engine::api::{Answer as Said, Fault, Request};
use serde_json::json;

use super::http::Ask;
use super::reply::{Answer, Content, bad, empty, strange, typed};

pub const TAR: &str = "application/x-tar";
const STAT: &str = "X-Docker-Container-Path-Stat";

fn path(ask: &Ask) -> Result<String, Fault> {
    ask.query.some("path").ok_or_else(|| bad("Bad parameter: path cannot be empty"))
}

/// A tar of that many bytes.
pub fn tar(bytes: &Rc<Vec<u8>>) -> Answer {
    typed(200, TAR, Content::Whole(Some(Bytes::copy_from_slice(bytes))))
}

pub async fn export(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let request = Request::ContainerExport { container: name.to_string() };
    let Said::Bytes(bytes) = ask.board.answer(request).await? else { return Err(strange()) };
    let mut answer = tar(&bytes);
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    Ok(answer)
}

/// What is at the path, as a header has it.
async fn header(ask: &Ask, name: &str) -> Result<HeaderValue, Fault> {
    let request = Request::ArchiveStat { container: name.to_string(), path: path(ask)? };
    let Said::PathStat { name, size, mode, mtime, link_target } = ask.board.answer(request).await? else {
        return Err(strange());
    };
    let mtime = layerlab::model::time::rfc3339(mtime, 0);
    let stat = json!({ "name": name, "size": size, "mode": mode, "mtime": mtime, "linkTarget": link_target });
    HeaderValue::from_str(&STANDARD.encode(stat.to_string())).map_err(|_| strange())
}

pub async fn stat(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let header = header(&ask, name).await?;
    let mut answer = empty(200);
    answer.headers_mut().insert(STAT, header);
    Ok(answer)
}

pub async fn get(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let header = header(&ask, name).await?;
    let request = Request::ArchiveGet { container: name.to_string(), path: path(&ask)? };
    let Said::Bytes(bytes) = ask.board.answer(request).await? else { return Err(strange()) };
    let mut answer = tar(&bytes);
    answer.headers_mut().insert(STAT, header);
    Ok(answer)
}

pub async fn put(ask: Ask, name: &str) -> Result<Answer, Fault> {
    let request = Request::ArchivePut {
        container: name.to_string(),
        path: path(&ask)?,
        tar: Rc::new(ask.body.to_vec()),
        no_overwrite_dir_non_dir: ask.query.flag("noOverwriteDirNonDir"),
        copy_uid_gid: ask.query.flag("copyUIDGID"),
    };
    ask.board.answer(request).await.map(|_| empty(200))
}
