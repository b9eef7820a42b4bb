//! `/images` and `/commit`.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use layerlab::engine::api::{Answer as Said, Commit, Credentials, Fault, Reply, Request};
use serde_json::{Value, json};

use super::archive::tar;
use super::container::inspect;
use super::http::{Ask, not_found};
use super::reply::{Answer, Content, empty, json as document, strange, typed};
use super::stream;
use super::system::Account;

pub async fn route(ask: Ask, path: &[&str]) -> Result<Answer, Fault> {
    let method = ask.method.as_str().to_string();
    match (method.as_str(), path) {
        ("GET", ["json"]) => list(ask).await,
        ("GET", ["search"]) => search(ask).await,
        ("GET", ["get"]) => {
            let names = ask.query.all("names");
            save(ask, names).await
        }
        ("POST", ["create"]) if ask.query.some("fromSrc").is_some() => import(ask).await,
        ("POST", ["create"]) => pull(ask).await,
        ("POST", ["load"]) => load(ask).await,
        ("POST", ["prune"]) => prune(ask).await,
        // A name may have slashes of its own.
        ("GET", [name @ .., "json"]) => inspect(ask, Request::ImageInspect { image: name.join("/") }).await,
        ("GET", [name @ .., "history"]) => history(ask, name.join("/")).await,
        ("GET", [name @ .., "get"]) => save(ask, vec![name.join("/")]).await,
        ("POST", [name @ .., "tag"]) => tag(ask, name.join("/")).await,
        ("POST", [name @ .., "push"]) => push(ask, name.join("/")).await,
        ("DELETE", [_, ..]) => remove(ask, path.join("/")).await,
        _ => Err(not_found()),
    }
}

async fn list(ask: Ask) -> Result<Answer, Fault> {
    let mut filters = ask.query.filters()?;
    // The way in which old clients ask for a name.
    filters.extend(ask.query.some("filter").map(|name| ("reference".to_string(), name)));
    let request = Request::ImageList { all: ask.query.flag("all"), filters };
    let Said::Images(rows) = ask.board.answer(request).await? else { return Err(strange()) };
    let row = |row: &layerlab::engine::api::ImageSummary| {
        json!({
            "Id": &*row.id,
            "ParentId": row.parent.as_deref().unwrap_or_default(),
            "RepoTags": row.tags,
            "RepoDigests": row.digests,
            "Created": ask.board.clock.told(row.created),
            "Size": row.size,
            "SharedSize": -1,
            "Labels": if row.labels.is_empty() { Value::Null } else { json!(row.labels) },
            "Containers": -1,
        })
    };
    Ok(document(200, &rows.iter().map(row).collect()))
}

async fn search(ask: Ask) -> Result<Answer, Fault> {
    let limit = ask.query.number("limit")?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(0);
    let request =
        Request::ImageSearch { term: ask.query.text("term").to_string(), limit, filters: ask.query.filters()? };
    let Said::Search(rows) = ask.board.answer(request).await? else { return Err(strange()) };
    let row = |row: &layerlab::engine::api::SearchRow| {
        json!({
            "star_count": row.stars,
            "is_official": row.official,
            "name": row.name,
            "is_automated": false,
            "description": row.description,
        })
    };
    Ok(document(200, &rows.iter().map(row).collect()))
}

/// A name and what stands behind it: `:tag`, `@digest` or nothing.
fn named(name: &str, tag: &str) -> String {
    match tag {
        "" => name.to_string(),
        digest if digest.contains(':') => format!("{name}@{digest}"),
        tag => format!("{name}:{tag}"),
    }
}

/// Progress as it comes. What goes wrong after the first line is a line, too.
fn told(reply: &Reply) -> Option<Vec<u8>> {
    match reply {
        Reply::Progress(progress) => Some(stream::progress(progress)),
        Reply::Failed(fault) => Some(stream::failure(fault)),
        _ => None,
    }
}

async fn pull(ask: Ask) -> Result<Answer, Fault> {
    let (name, tag) = (ask.query.text("fromImage"), ask.query.text("tag"));
    let bare = !name.rsplit('/').next().unwrap_or_default().contains([':', '@']);
    let request = Request::ImagePull {
        reference: named(name, tag),
        all_tags: tag.is_empty() && bare,
        platform: ask.query.some("platform"),
    };
    stream::body(ask.board.ask(request), "application/json", told).await
}

/// The account that a request brings along.
fn credentials(ask: &Ask) -> Option<Credentials> {
    let header = ask.headers.get("X-Registry-Auth")?.to_str().ok()?;
    let bytes = [&URL_SAFE, &URL_SAFE_NO_PAD, &STANDARD].iter().find_map(|alphabet| alphabet.decode(header).ok())?;
    let account: Account = serde_json::from_slice(&bytes).ok()?;
    let known = !account.username.is_empty();
    known.then_some(Credentials { username: account.username, password: account.password })
}

async fn push(ask: Ask, name: String) -> Result<Answer, Fault> {
    let tag = ask.query.text("tag");
    let request =
        Request::ImagePush { reference: named(&name, tag), all_tags: tag.is_empty(), credentials: credentials(&ask) };
    stream::body(ask.board.ask(request), "application/json", told).await
}

/// The target of an import or a commit, empty for none.
fn target(ask: &Ask) -> String {
    match ask.query.text("repo") {
        "" => String::new(),
        name => named(name, ask.query.text("tag")),
    }
}

async fn import(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::ImageImport {
        tar: Rc::new(ask.body.to_vec()),
        target: target(&ask),
        message: ask.query.text("message").to_string(),
        changes: ask.query.all("changes"),
    };
    let Said::Created { id, .. } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(typed(200, "application/json", Content::Whole(Some(stream::line(&json!({ "status": id })).into()))))
}

pub async fn commit(ask: Ask) -> Result<Answer, Fault> {
    if ask.method != "POST" {
        return Err(not_found());
    }
    let request = Request::Commit(Commit {
        container: ask.query.text("container").to_string(),
        target: target(&ask),
        author: ask.query.text("author").to_string(),
        comment: ask.query.text("comment").to_string(),
        pause: ask.query.flag_or_yes("pause"),
        changes: ask.query.all("changes").iter().flat_map(|change| change.lines()).map(String::from).collect(),
    });
    let Said::Created { id, .. } = ask.board.answer(request).await? else { return Err(strange()) };
    Ok(document(201, &json!({ "Id": id })))
}

async fn load(ask: Ask) -> Result<Answer, Fault> {
    let request = Request::ImageLoad { tar: Rc::new(ask.body.to_vec()) };
    // What is wrong with an archive is said on the way.
    let told: Vec<u8> = match ask.board.answer(request).await {
        Ok(Said::Lines(lines)) => {
            lines.iter().flat_map(|text| stream::line(&json!({ "stream": format!("{text}\n") }))).collect()
        }
        Ok(_) => Vec::new(),
        Err(fault) => stream::failure(&fault),
    };
    Ok(typed(200, "application/json", Content::Whole(Some(told.into()))))
}

async fn save(ask: Ask, images: Vec<String>) -> Result<Answer, Fault> {
    let Said::Bytes(bytes) = ask.board.answer(Request::ImageSave { images }).await? else { return Err(strange()) };
    Ok(tar(&bytes))
}

/// `Untagged: x` and `Deleted: x`, in whatever letters, as documents.
fn removed(lines: &[String]) -> Value {
    let one = |line: &String| match line.split_once(": ") {
        Some((verb, what)) if verb.eq_ignore_ascii_case("untagged") => json!({ "Untagged": what }),
        Some((_, what)) => json!({ "Deleted": what }),
        None => json!({ "Deleted": line }),
    };
    lines.iter().map(one).collect()
}

async fn remove(ask: Ask, image: String) -> Result<Answer, Fault> {
    let (force, no_prune) = (ask.query.flag("force"), ask.query.flag("noprune"));
    let Said::Lines(lines) = ask.board.answer(Request::ImageRemove { image, force, no_prune }).await? else {
        return Err(strange());
    };
    Ok(document(200, &removed(&lines)))
}

async fn prune(ask: Ask) -> Result<Answer, Fault> {
    let mut filters = ask.query.filters()?;
    let all = filters.iter().any(|(key, value)| key == "dangling" && matches!(value.as_str(), "false" | "0"));
    filters.retain(|(key, _)| key != "dangling");
    let request = Request::ImagePrune { all, filters };
    let Said::Pruned { deleted, reclaimed } = ask.board.answer(request).await? else { return Err(strange()) };
    let deleted = if deleted.is_empty() { Value::Null } else { removed(&deleted) };
    Ok(document(200, &json!({ "ImagesDeleted": deleted, "SpaceReclaimed": reclaimed })))
}

async fn tag(ask: Ask, image: String) -> Result<Answer, Fault> {
    let target = target(&ask);
    ask.board.answer(Request::ImageTag { image, target }).await.map(|_| empty(201))
}

async fn history(ask: Ask, image: String) -> Result<Answer, Fault> {
    let Said::History(rows) = ask.board.answer(Request::ImageHistory { image }).await? else { return Err(strange()) };
    let row = |row: &layerlab::engine::api::HistoryRow| {
        json!({
            "Id": row.id,
            "Created": ask.board.clock.told(row.entry.created),
            "CreatedBy": row.entry.created_by,
            "Tags": if row.tags.is_empty() { Value::Null } else { json!(row.tags) },
            "Size": row.size,
            "Comment": row.entry.comment,
        })
    };
    Ok(document(200, &rows.iter().map(row).collect()))
}
