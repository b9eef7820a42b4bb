//! Sockets in the file system, which only Unix has.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::rc::Rc;

use tokio::net::{UnixListener, UnixStream};

use super::board::Board;
use super::listen::talk;

/// Listens on a path. A socket that nobody listens on any more is replaced, anything else is left alone.
pub async fn bind(path: &str) -> io::Result<UnixListener> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    if is_socket && UnixStream::connect(path).await.is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    // Only its owner may do things with the machine.
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

pub async fn accept(listener: UnixListener, board: Rc<Board>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => talk(stream, board.clone()),
            Err(_) => tokio::time::sleep(super::listen::PAUSE).await,
        }
    }
}
