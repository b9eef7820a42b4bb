//! `docker cp`.

use std::rc::Rc;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::tree::{self, Member};
use crate::engine::api::{Answer, Request};
use crate::kernel::FileType;
use crate::oci::tar::Kind;

/// What a mode that the daemon answers says of the type of file: the bits of Go's `FileMode`.
const DIRECTORY: u32 = 1 << 31;
const SYMLINK: u32 = 1 << 27;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let [from, to] = [0, 1].map(|at| call.args.get(at).map_or("", String::as_str));
    if from.is_empty() {
        return Err(Failure::new("source can not be empty"));
    }
    if to.is_empty() {
        return Err(Failure::new("destination can not be empty"));
    }
    match (split(from), split(to)) {
        ((Some(_), _), (Some(_), _)) => Err(Failure::new("copying between containers is not supported")),
        ((Some(container), path), (None, local)) => out_of(client, call, container, path, local).await,
        ((None, local), (Some(container), path)) => into(client, call, local, container, path).await,
        _ => Err(Failure::new("must specify at least one container source")),
    }
}

/// `CONTAINER:PATH`, or a path of the host, which a leading slash or dot tells.
fn split(arg: &str) -> (Option<&str>, &str) {
    match arg.split_once(':') {
        Some((container, path)) if !arg.starts_with(['/', '.']) => (Some(container), path),
        _ => (None, arg),
    }
}

/// What is known of a place to copy to.
struct Place {
    path: String,
    /// None if nothing is there, else whether it is a directory.
    is_dir: Option<bool>,
}

/// The folder to unpack in, and the name that the top of the archive gets there: its own, or another.
fn destination(source: &str, source_is_dir: bool, place: &Place) -> Result<(String, Option<String>), Failure> {
    let (dir, base) = parent_and_name(&place.path);
    let asserts_dir = place.path.ends_with('/') || place.path.ends_with("/.");
    match place.is_dir {
        // "dir/." means what is in it, without the folder itself.
        Some(true) if parent_and_name(source).1 == "." => Ok((place.path.clone(), Some(String::new()))),
        Some(true) => Ok((place.path.clone(), None)),
        Some(false) if source_is_dir => Err(Failure::new("cannot copy directory")),
        None if !source_is_dir && asserts_dir => Err(Failure::new("no such directory")),
        _ => Ok((dir, Some(base))),
    }
}

/// A path's folder and last name; a trailing slash is no part of it, a trailing dot is.
fn parent_and_name(path: &str) -> (String, String) {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.rsplit_once('/') {
        Some((dir, name)) => (if dir.is_empty() { "/".to_string() } else { dir.to_string() }, name.to_string()),
        None => (".".to_string(), path.to_string()),
    }
}

/// An absolute path that keeps the slash or dot at its end.
fn absolute(client: &Client, path: &str) -> String {
    let whole = client.absolute(path);
    match path {
        "." => format!("{whole}/."),
        path if path.ends_with("/.") => format!("{whole}/."),
        path if path.ends_with('/') && whole != "/" => format!("{whole}/"),
        _ => whole,
    }
}

async fn out_of(client: &Client, call: &Invocation, container: &str, path: &str, local: &str) -> Outcome {
    let place = (local != "-").then(|| absolute(client, local));
    if let Some(place) = &place {
        let dir = parent_and_name(&client.absolute(place)).0;
        if client.sys.stat(&dir).is_err() {
            return Err(Failure::new(format!("invalid output path: directory \"{dir}\" does not exist")));
        }
    }
    let mut path = path.to_string();
    if call.flags.bool("follow-link")
        && let Some((mode, target)) = stat(client, container, &path).await
        && mode & SYMLINK != 0
    {
        path = crate::kernel::join(&parent_and_name(&path).0, &target);
    }
    let request = Request::ArchiveGet { container: container.to_string(), path: path.clone() };
    let Answer::Bytes(bytes) = client.call(request).await? else { return Ok(0) };
    let Some(place) = place else {
        client.sys.write(1, &bytes).await?;
        return Ok(0);
    };
    let members = tree::unpack(&bytes).map_err(|error| Failure::new(error.to_string()))?;
    let source_is_dir = members.first().is_some_and(|member| member.header.kind == Kind::Dir);
    let is_dir = client.sys.stat(&place).ok().map(|stat| stat.kind == FileType::Dir);
    let (dir, name) = destination(&path, source_is_dir, &Place { path: place.clone(), is_dir })?;
    let members = tree::renamed(members, name.as_deref());
    tree::write(client, &dir, &members, call.flags.bool("archive"))?;
    report(client, call, &members, &place).await;
    Ok(0)
}

/// The mode and the link target of a path in a container. What goes wrong here goes wrong again, and
/// is said, when the copy begins.
async fn stat(client: &Client, container: &str, path: &str) -> Option<(u32, String)> {
    let request = Request::ArchiveStat { container: container.to_string(), path: path.to_string() };
    match client.call(request).await {
        Ok(Answer::PathStat { mode, link_target, .. }) => Some((mode, link_target)),
        _ => None,
    }
}

async fn into(client: &Client, call: &Invocation, local: &str, container: &str, path: &str) -> Outcome {
    let mut place = Place { path: path.to_string(), is_dir: None };
    let mut found = stat(client, container, path).await;
    if let Some((mode, target)) = &found
        && mode & SYMLINK != 0
    {
        place.path = crate::kernel::join(&parent_and_name(path).0, target);
        found = stat(client, container, &place.path).await;
    }
    place.is_dir = found.map(|(mode, _)| mode & DIRECTORY != 0);
    if local == "-" {
        if place.is_dir != Some(true) {
            return Err(Failure::new(format!("destination \"{container}:{path}\" must be a directory")));
        }
        let tar = client.sys.read_to_end(0).await?;
        return put(client, call, container, &place.path, Rc::new(tar)).await;
    }
    let source = absolute(client, local);
    let bare = source.trim_end_matches("/.").trim_end_matches('/');
    let bare = if bare.is_empty() { "/" } else { bare };
    let follow = call.flags.bool("follow-link") || source.ends_with("/.") || source.ends_with('/');
    let looked = if follow { client.sys.stat(bare) } else { client.sys.lstat(bare) };
    let kind = looked.map_err(|errno| Failure::file("lstat", bare, errno))?.kind;
    let (dir, name) = destination(&source, kind == FileType::Dir, &place)?;
    let top = name.unwrap_or_else(|| parent_and_name(bare).1);
    let members = tree::read(client, bare, &top, follow)?;
    put(client, call, container, &dir, Rc::new(tree::pack(&members))).await?;
    report(client, call, &members, &format!("{container}:{}", place.path)).await;
    Ok(0)
}

async fn put(client: &Client, call: &Invocation, container: &str, path: &str, tar: Rc<Vec<u8>>) -> Outcome {
    let request = Request::ArchivePut {
        container: container.to_string(),
        path: path.to_string(),
        tar,
        no_overwrite_dir_non_dir: true,
        copy_uid_gid: call.flags.bool("archive"),
    };
    client.call(request).await.map(|_| 0)
}

/// On a terminal the client says how much it has copied.
async fn report(client: &Client, call: &Invocation, members: &[Member], to: &str) {
    let quiet = if call.flags.is_set("quiet") { call.flags.bool("quiet") } else { client.sys.is_terminal(1).is_none() };
    if !quiet {
        let size = human::size(tree::pack(members).len() as i64);
        client.warn(&format!("Successfully copied {size} to {to}\n")).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, is_dir: Option<bool>) -> Place {
        Place { path: path.to_string(), is_dir }
    }

    #[test]
    fn sides_are_told_apart() {
        assert_eq!(split("web:/etc"), (Some("web"), "/etc"));
        assert_eq!(split("./a:b"), (None, "./a:b"));
        assert_eq!(split("/a:b"), (None, "/a:b"));
        assert_eq!(split("plain"), (None, "plain"));
    }

    #[test]
    fn where_a_copy_goes() {
        let go = |source, is_dir, place| destination(source, is_dir, &place).map_err(|failure| failure.message);
        let there = |dir: &str, name: Option<&str>| Ok((dir.to_string(), name.map(String::from)));
        assert_eq!(go("/w/a.txt", false, place("/tmp/", Some(true))), there("/tmp/", None));
        assert_eq!(go("/w/a.txt", false, place("/tmp/b.txt", None)), there("/tmp", Some("b.txt")));
        assert_eq!(go("/w/a.txt", false, place("/tmp/b.txt", Some(false))), there("/tmp", Some("b.txt")));
        assert_eq!(go("/w/css", true, place("/out", None)), there("/", Some("out")));
        assert_eq!(go("/w/css/.", true, place("/opt", Some(true))), there("/opt", Some("")));
        assert_eq!(go("/w/css", true, place("/f", Some(false))), Err("cannot copy directory".into()));
        assert_eq!(go("/w/a.txt", false, place("/no/dir/", None)), Err("no such directory".into()));
    }
}
