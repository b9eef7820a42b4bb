//! Files that a subcommand writes.

use std::rc::Rc;

use super::client::{Client, Failure};
use crate::kernel::FileType;
use crate::model::file::Data;

/// Whether a file can be written at `path`; nothing is asked of standard output, the empty path.
pub fn check_output(client: &Client, path: &str) -> Result<(), Failure> {
    if path.is_empty() {
        return Ok(());
    }
    let dir = match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((dir, _)) => dir,
        None => ".",
    };
    if dir != "." {
        client.sys.stat(dir).map_err(|errno| {
            let why = Failure::file("stat", dir, errno).message;
            Failure::new(format!("invalid output path: {why}"))
        })?;
    }
    match client.sys.stat(path) {
        Ok(stat) if stat.kind == FileType::Device => Err(Failure::new(format!(
            "invalid output path: \"{path}\" must be a directory or a regular file: got a device"
        ))),
        _ => Ok(()),
    }
}

/// Writes to the file, or to standard output if the path is empty.
pub async fn save(client: &Client, path: &str, bytes: Rc<Vec<u8>>) -> Result<(), Failure> {
    if path.is_empty() {
        return Ok(client.sys.write(1, &bytes).await?);
    }
    let put = client.sys.put(path, Data::Bytes(bytes), 0o600);
    put.map_err(|errno| Failure::file("open", path, errno))
}
