//! `docker load` and `docker import`.

use std::rc::Rc;

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::platform;
use crate::engine::api::{Answer, Request};
use crate::kernel::OpenFlags;
use crate::model::limits;
use crate::oci::reference::Reference;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    platform::own(&call.flags, "invalid platform: ")?;
    let input = call.flags.text("input");
    let tar = if input.is_empty() {
        if client.sys.is_terminal(0).is_some() {
            return Err(Failure::new("requested load from stdin, but stdin is empty"));
        }
        archive(client, "-").await?
    } else {
        archive(client, input).await?
    };
    // What is wrong with an archive is said on the way, without the daemon's name before it.
    let answer = client.call(Request::ImageLoad { tar: Rc::new(tar) }).await.map_err(Failure::bare)?;
    if let Answer::Lines(lines) = answer {
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        client.print(&text).await?;
    }
    Ok(0)
}

/// An archive, which may be larger than other files.
async fn archive(client: &Client, path: &str) -> Result<Vec<u8>, Failure> {
    // Heads and padding come to what the daemon packs.
    const MOST: usize = 2 * limits::ARCHIVE_BYTES;
    if path == "-" {
        return Ok(client.sys.read_up_to(0, MOST).await?);
    }
    let failed = |errno| Failure::file("open", path, errno);
    let fd = client.sys.open(path, OpenFlags::READ).map_err(failed)?;
    let bytes = client.sys.read_up_to(fd, MOST).await;
    let _ = client.sys.close(fd);
    bytes.map_err(failed)
}

/// `docker import`: an image of one layer from the files of a tar.
pub async fn import(client: &Client, call: &Invocation) -> Outcome {
    let source = call.args.first().cloned().unwrap_or_default();
    let target = call.args.get(1).cloned().unwrap_or_default();
    if source.starts_with("http://") || source.starts_with("https://") {
        return Err(Failure::not_simulated("docker import of a URL"));
    }
    let tar = archive(client, &source).await?;
    if !target.is_empty() {
        Reference::parse(&target).map_err(|bad| Failure::new(bad.0))?;
    }
    let request = Request::ImageImport {
        tar: Rc::new(tar),
        target,
        message: call.flags.text("message").to_string(),
        changes: call.flags.list("change").to_vec(),
    };
    if let Answer::Created { id, .. } = client.call(request).await? {
        client.print(&format!("{id}\n")).await?;
    }
    Ok(0)
}
