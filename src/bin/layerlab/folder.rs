//! A folder of the real machine as files of the simulated one.

use layerlab::model::order::Order;
use std::fs;
use std::path::Path;

use layerlab::model::limits;
use layerlab::session::log::{Content, HomeFile};

/// Files that a folder may bring in all.
const FILES: usize = 10_000;

/// The files below a folder, sorted by path. Symbolic links are left out.
pub fn read(folder: &str) -> Result<Vec<HomeFile>, String> {
    let root = Path::new(folder);
    if !root.is_dir() {
        return Err(format!("{folder}: not a directory"));
    }
    let mut files = Vec::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(dir) = pending.pop() {
        let entries = fs::read_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
            let kind = fs::symlink_metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if kind.is_dir() {
                pending.push(path);
            } else if kind.is_file() {
                files.push(file(root, &path, &kind)?);
            }
            if files.len() > FILES {
                return Err(format!("{folder}: more than {FILES} files"));
            }
        }
    }
    files.order_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn file(root: &Path, path: &Path, meta: &fs::Metadata) -> Result<HomeFile, String> {
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    if meta.len() > limits::FILE_BYTES as u64 {
        return Err(format!("{}: {} bytes are too many (limit: {})", path.display(), meta.len(), limits::FILE_BYTES));
    }
    let content = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(HomeFile { path: name, content: Content::new(&content), executable: executable(meta) })
}

#[cfg(unix)]
fn executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    false
}
