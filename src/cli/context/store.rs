//! Where contexts are kept: a file each below the client's settings, in a folder named by the digest of its name.

use serde_json::{Value, json};

use crate::cli::client::{Client, Failure};
use crate::cli::credentials;
use crate::cli::endpoint::DEFAULT;
use crate::cli::format::json::compact;
use crate::cli::format::quote::quoted;
use crate::kernel::Errno;
use crate::model::file::Data;
use crate::oci::digest::Digest;

const NAME: &str = "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$";

fn root(client: &Client) -> String {
    format!("{}/contexts/meta", credentials::folder(client))
}

/// The folder of a context.
pub fn folder(client: &Client, name: &str) -> String {
    format!("{}/{}", root(client), Digest::of(name.as_bytes()).hex())
}

/// The folder of its certificates, of which there are none.
pub fn certificates(client: &Client, name: &str) -> String {
    folder(client, name).replacen("/contexts/meta/", "/contexts/tls/", 1)
}

/// Fails unless a context can have this name.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let letter = |c: char| c.is_ascii_alphanumeric();
    if name.is_empty() {
        return Err(Failure::new("context name cannot be empty"));
    }
    if name == DEFAULT {
        return Err(Failure::new("\"default\" is a reserved context name"));
    }
    if name.len() < 2 || !name.starts_with(letter) || !name.chars().all(|c| letter(c) || "_.+-".contains(c)) {
        let why = format!("is invalid, names are validated against regexp {}", quoted(NAME));
        return Err(Failure::new(format!("context name {} {why}", quoted(name))));
    }
    Ok(())
}

/// Fails unless a context of this name can be made.
pub fn check_new(client: &Client, name: &str) -> Result<(), Failure> {
    check_name(name)?;
    if client.sys.is_dir(&folder(client, name)) {
        return Err(Failure::new(format!("context {} already exists", quoted(name))));
    }
    Ok(())
}

/// What is kept of a context.
pub async fn read(client: &Client, name: &str) -> Result<Value, Failure> {
    let path = format!("{}/meta.json", folder(client, name));
    let absent = |errno| {
        Failure::new(format!(
            "context {}: context not found: {}",
            quoted(name),
            Failure::file("open", &path, errno).message
        ))
    };
    let bytes = client.sys.read_file(&path).await.map_err(absent)?;
    parse(&bytes)
}

/// A context as a file has it.
pub fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        let why = if error.is_eof() { "unexpected end of JSON input".to_string() } else { error.to_string() };
        Failure::new(why)
    })
}

/// Keeps a context.
pub fn write(client: &Client, name: &str, meta: &Value) -> Result<(), Failure> {
    let settings = credentials::folder(client);
    let contexts = format!("{settings}/contexts");
    for (path, mode) in [(&settings, 0o700), (&contexts, 0o755), (&root(client), 0o755), (&folder(client, name), 0o755)]
    {
        match client.sys.mkdir(path, mode) {
            Ok(()) | Err(Errno::Exist) => {}
            Err(errno) => return Err(Failure::file("mkdir", path, errno)),
        }
    }
    let path = format!("{}/meta.json", folder(client, name));
    let put = client.sys.put(&path, Data::new(compact(meta).into_bytes()), 0o644);
    put.map_err(|errno| Failure::file("open", &path, errno))
}

/// Forgets a context; that there is none is no error.
pub fn remove(client: &Client, name: &str) {
    let folder = folder(client, name);
    let _ = client.sys.unlink(&format!("{folder}/meta.json"));
    let _ = client.sys.rmdir(&folder);
}

/// The names of all contexts that are kept.
pub async fn all(client: &Client) -> Vec<Value> {
    let root = root(client);
    let mut found = Vec::new();
    for name in client.sys.read_dir(&root).unwrap_or_default() {
        let bytes = client.sys.read_file(&format!("{root}/{name}/meta.json")).await.unwrap_or_default();
        found.extend(parse(&bytes).ok());
    }
    found
}

/// A context of this name, description and address.
pub fn made(name: &str, description: &str, host: &str, skip: bool) -> Value {
    let metadata = if description.is_empty() { json!({}) } else { json!({ "Description": description }) };
    json!({
        "Name": name,
        "Metadata": metadata,
        "Endpoints": { "docker": { "Host": host, "SkipTLSVerify": skip } },
    })
}

pub fn description(meta: &Value) -> &str {
    meta["Metadata"]["Description"].as_str().unwrap_or_default()
}

/// Where its daemon is.
pub fn host(meta: &Value) -> Result<String, Failure> {
    let host = meta["Endpoints"]["docker"]["Host"].as_str();
    host.map(str::to_string).ok_or_else(|| Failure::new("cannot find docker endpoint in context"))
}
