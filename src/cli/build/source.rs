//! PATH, URL or `-`, and the Dockerfile that belongs to it.

use std::rc::Rc;

use super::error;
use crate::builder::build::{Definition, Source};
use crate::builder::context;
use crate::cli::client::{Client, Failure};
use crate::cli::flag::Flags;
use crate::kernel::split_last;

/// Finds the files of a build.
pub async fn find(client: &Client, flags: &Flags, path: &str) -> Result<(Source, Definition), Failure> {
    let file = flags.text("file");
    if path == "-" {
        return stdin(client, file).await;
    }
    let remote = ["http://", "https://", "git://", "git@", "github.com/", "ssh://"];
    if remote.iter().any(|prefix| path.starts_with(prefix)) && !client.sys.is_dir(path) {
        return Err(Failure::not_simulated(&format!("docker build from {path}")));
    }
    if !client.sys.is_dir(path) {
        let what = if client.sys.stat(path).is_ok() { "is not a directory" } else { "not found" };
        return Err(error(match what {
            "not found" => format!("unable to prepare context: path \"{path}\" not found"),
            _ => format!("unable to prepare context: context must be a directory: {path}"),
        }));
    }
    let dir = client.sys.real_path(path).unwrap_or_else(|_| client.absolute(path));
    let definition = match file {
        "" => Definition::File { dir: dir.clone(), name: "Dockerfile".into() },
        "-" => Definition::Given(client.sys.read_to_end(0).await?),
        file => {
            let absolute = client.absolute(file);
            let (folder, name) = split_last(&absolute);
            if !client.sys.is_dir(folder) {
                let (folder, _) = split_last(file);
                return Err(error(format!(
                    "unable to prepare context: lstat {}: no such file or directory",
                    folder.trim_end_matches('/')
                )));
            }
            Definition::File { dir: folder.to_string(), name: name.to_string() }
        }
    };
    Ok((Source::Dir(dir), definition))
}

/// A Dockerfile or a tar on standard input.
async fn stdin(client: &Client, file: &str) -> Result<(Source, Definition), Failure> {
    if file == "-" {
        return Err(error("invalid argument: can't use stdin for both build context and dockerfile"));
    }
    let bytes = client.sys.read_to_end(0).await?;
    if let Some(tree) = context::archive(&bytes) {
        let tree = tree.map_err(error)?;
        let name = if file.is_empty() { "Dockerfile" } else { file };
        return Ok((Source::Archive(Rc::new(tree)), Definition::Archived(name.to_string())));
    }
    if !file.is_empty() {
        return Err(error("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles"));
    }
    Ok((Source::Empty, Definition::Given(bytes)))
}
