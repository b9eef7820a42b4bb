//! Contexts as archives.

use serde_json::json;

use super::{known, store};
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::json::compact;
use crate::cli::format::quote::quoted;
use crate::kernel::Errno;
use crate::model::file::Data;
use crate::oci::tar::{self, Body, Header, Kind};

const META: &str = "meta.json";

pub async fn export(client: &Client, call: &Invocation) -> Outcome {
    let name = call.args.first().map(String::as_str).unwrap_or_default();
    let own = format!("{name}.dockercontext");
    let target = call.args.get(1).cloned().unwrap_or(own);
    let mut meta = known(client, call, name).await?;
    meta["Name"] = json!(name);
    let text = compact(&meta);
    let heads = [Header::new(META, Kind::File, 0o644), Header::new("tls", Kind::Dir, 0o700)];
    let bodies = [Body::Bytes(text.as_bytes()), Body::Bytes(&[])];
    let bytes = tar::pack(heads.iter().zip(bodies));
    if target == "-" {
        if client.sys.is_terminal(1).is_some() {
            return Err(Failure::new("cowardly refusing to export to a terminal, specify a file path"));
        }
        client.sys.write(1, &bytes).await?;
        return Ok(0);
    }
    if client.sys.lstat(&target).is_ok() {
        return Err(Failure::file("open", &target, Errno::Exist));
    }
    let put = client.sys.put(&target, Data::new(bytes), 0o600);
    put.map_err(|errno| Failure::file("open", &target, errno))?;
    client.warn(&format!("Written file {}\n", quoted(&target))).await;
    Ok(0)
}

pub async fn import(client: &Client, call: &Invocation) -> Outcome {
    let [name, path] = call.args.as_slice() else { return Ok(1) };
    store::check_new(client, name)?;
    let bytes = match path.as_str() {
        "-" => client.sys.read_to_end(0).await?,
        path => client.sys.read_file(path).await.map_err(|errno| Failure::file("open", path, errno))?,
    };
    let mut found = None;
    for member in tar::Reader::new(&bytes) {
        let (header, content) = member.map_err(|error| Failure::new(error.to_string()))?;
        if header.kind != Kind::File {
            continue;
        }
        if header.path.starts_with("tls/") {
            return Err(Failure::not_simulated("a certificate of a context"));
        }
        if header.path != META {
            return Err(Failure::new(format!("{}: unexpected context file", header.path)));
        }
        found = Some(store::parse(content)?);
    }
    let Some(mut meta) = found else { return Err(Failure::new("invalid context: no metadata found")) };
    meta["Name"] = json!(name);
    store::write(client, name, &meta)?;
    client.print(&format!("{name}\n")).await?;
    client.warn(&format!("Successfully imported context {}\n", quoted(name))).await;
    Ok(0)
}
