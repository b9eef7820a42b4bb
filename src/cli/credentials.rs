//! What the client remembers of logins, in `~/.docker/config.json`.

use serde_json::{Map, Value, json};

use super::client::{Client, Failure};
use super::format::json::pretty;
use crate::engine::api::Credentials;
use crate::kernel::Errno;
use crate::model::file::Data;

/// The key of Docker Hub.
pub const HUB: &str = "https://index.docker.io/v1/";

/// Where the client's settings are kept.
pub fn folder(client: &Client) -> String {
    match client.sys.env("DOCKER_CONFIG") {
        Some(folder) => folder.to_string(),
        None => format!("{}/.docker", client.sys.env("HOME").unwrap_or_else(|| "/root".into())),
    }
}

/// Where logins are kept.
pub fn path(client: &Client) -> String {
    format!("{}/config.json", folder(client))
}

async fn read(client: &Client) -> Map<String, Value> {
    let bytes = client.sys.read_file(&path(client)).await.unwrap_or_default();
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn write(client: &Client, fields: Map<String, Value>) -> Result<(), Failure> {
    // The file is indented by tabs.
    let text = pretty(&Value::Object(fields));
    let line = |line: &str| {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        format!("{}{}", "\t".repeat(blanks / 4), line.trim_start_matches(' '))
    };
    let text = text.lines().map(line).collect::<Vec<_>>().join("\n");
    match client.sys.mkdir(&folder(client), 0o700) {
        Ok(()) | Err(Errno::Exist) => {}
        Err(errno) => return Err(Failure::file("mkdir", &folder(client), errno)),
    }
    let put = client.sys.put(&path(client), Data::new(text.into_bytes()), 0o600);
    put.map_err(|errno| Failure::file("open", &path(client), errno))
}

/// The login for a server, if there is one.
pub async fn get(client: &Client, server: &str) -> Option<Credentials> {
    let fields = read(client).await;
    let auth = fields.get("auths")?.get(server)?.get("auth")?.as_str()?.to_string();
    let text = String::from_utf8(decode(&auth)?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Credentials { username: username.to_string(), password: password.to_string() })
}

/// Keeps a login.
pub async fn put(client: &Client, server: &str, credentials: &Credentials) -> Result<(), Failure> {
    let mut fields = read(client).await;
    let auth = encode(format!("{}:{}", credentials.username, credentials.password).as_bytes());
    let auths = fields.entry("auths").or_insert_with(|| json!({}));
    if let Some(auths) = auths.as_object_mut() {
        auths.insert(server.to_string(), json!({ "auth": auth }));
    }
    write(client, fields)
}

/// Forgets a login.
pub async fn erase(client: &Client, server: &str) -> Result<(), Failure> {
    let mut fields = read(client).await;
    match fields.get_mut("auths").and_then(Value::as_object_mut).and_then(|auths| auths.remove(server)) {
        Some(_) => write(client, fields),
        None => Ok(()),
    }
}

/// The context that was chosen for good; nothing stands for the default.
pub async fn context(client: &Client) -> String {
    let fields = read(client).await;
    fields.get("currentContext").and_then(Value::as_str).unwrap_or_default().to_string()
}

/// Chooses a context; the file is left alone where that changes nothing.
pub async fn choose(client: &Client, context: &str) -> Result<(), Failure> {
    let mut fields = read(client).await;
    let known = fields.get("currentContext").and_then(Value::as_str).unwrap_or_default();
    if known == context {
        return Ok(());
    }
    fields.remove("currentContext");
    if !context.is_empty() {
        fields.entry("auths").or_insert_with(|| json!({}));
        fields.insert("currentContext".to_string(), json!(context));
    }
    write(client, fields)
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 (RFC 4648).
fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63] as char;
            out.push(if at > group.len() { '=' } else { letter });
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut number, mut bits) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        number = number << 6 | LETTERS.iter().position(|letter| *letter == byte)? as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((number >> bits) as u8);
            number &= (1 << bits) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_goes_both_ways() {
        for (text, coded) in [("ann:x", "YW5uOng="), ("ann:secret", "YW5uOnNlY3JldA=="), ("abc", "YWJj"), ("", "")] {
            assert_eq!(encode(text.as_bytes()), coded);
            assert_eq!(decode(coded), Some(text.as_bytes().to_vec()));
        }
        assert_eq!(decode("a!"), None);
    }
}
