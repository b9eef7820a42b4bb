//! The built site, read whole: what is served and what is packed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use brotli::enc::BrotliEncoderParams;
use sha2::{Digest, Sha256};

/// Files by their paths from the site's root, with `/` between the parts.
pub type Site = BTreeMap<String, Vec<u8>>;

/// The ending of a file that holds another one, packed.
pub const PACKED: &str = ".br";

/// Reads a built site. What begins with a dot is nobody's to see.
pub fn read(folder: &str) -> Result<Site, String> {
    let mut site = Site::new();
    gather(Path::new(folder), "", &mut site)?;
    if !site.contains_key("index.html") {
        return Err(format!("{folder}: there is no built page (no index.html); 'cargo xtask build' makes one"));
    }
    Ok(site)
}

fn gather(folder: &Path, below: &str, site: &mut Site) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let name = format!("{below}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), site)?;
        } else {
            let bytes = fs::read(&path).map_err(|error| failed(&path, error))?;
            site.insert(name, bytes);
        }
    }
    Ok(())
}

/// SHA-256, as hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The media type of a file, by its name.
pub fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Whether packing a file is worth the while: fonts and pictures are packed already.
pub fn is_packable(name: &str) -> bool {
    !matches!(name.rsplit('.').next(), Some("woff2" | "png" | "zip" | "br"))
}

/// Where the service worker says which version of the page it keeps: one that is served otherwise is another.
pub const VERSION: &str = "const VERSION = \"";

/// Changes a file, and its packed twin with it.
pub fn put(site: &mut Site, name: &str, place: &str, text: &str) {
    let Some(whole) = site.get(name).map(|bytes| String::from_utf8_lossy(bytes).replacen(place, text, 1)) else {
        return;
    };
    let mut packed = Vec::new();
    let parameters = BrotliEncoderParams { quality: 9, size_hint: whole.len(), ..Default::default() };
    if brotli::BrotliCompress(&mut whole.as_bytes(), &mut packed, &parameters).is_ok() {
        site.insert(format!("{name}{PACKED}"), packed);
    }
    site.insert(name.to_owned(), whole.into_bytes());
}
