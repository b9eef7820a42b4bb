//! `--output`, `--load`, `--metadata-file`: where a build's result goes.

use std::rc::Rc;

use serde_json::json;

use super::error;
use crate::builder::build::Built;
use crate::builder::export::{Output, pack};
use crate::cli::client::{Client, Failure};
use crate::cli::flag::Flags;
use crate::cli::format::quote::quoted;
use crate::cli::output::save;
use crate::model::file::Data;

/// Reads where the result is to go.
pub fn read(client: &Client, flags: &Flags) -> Result<Output, Failure> {
    let mut outputs = Vec::new();
    for text in flags.list("output") {
        outputs.push(one(client, text)?);
    }
    let file = |output: &Output| matches!(output, Output::Local(_) | Output::Tar(_));
    if outputs.iter().any(file) && !flags.text("iidfile").is_empty() {
        return Err(error("local and tar exporters are incompatible with image ID file"));
    }
    match outputs.as_slice() {
        [] => Ok(Output::Image),
        [one] => Ok(one.clone()),
        _ => Err(error(
            "multiple outputs currently unsupported by the current BuildKit daemon, please upgrade to version v0.13+ or use a single output",
        )),
    }
}

fn one(client: &Client, text: &str) -> Result<Output, Failure> {
    // A word alone is a directory, or standard output.
    if !text.contains('=') && !text.contains(',') {
        return Ok(match text {
            "-" => Output::Tar(String::new()),
            dir => Output::Local(client.absolute(dir)),
        });
    }
    let (mut kind, mut to) = (String::new(), String::new());
    for field in text.split(',') {
        let Some((key, value)) = field.split_once('=') else {
            return Err(error(format!("invalid value {field}")));
        };
        match key.trim().to_lowercase().as_str() {
            "type" => kind = value.to_string(),
            "dest" => to = value.to_string(),
            _ => {}
        }
    }
    match kind.as_str() {
        "" => Err(error("type is required for output")),
        "local" if to.is_empty() => Err(error("dest is required for local exporter")),
        "local" => Ok(Output::Local(client.absolute(&to))),
        "tar" if to.is_empty() || to == "-" => {
            if client.sys.is_terminal(1).is_some() {
                return Err(error("dest file is required for tar exporter. refusing to write to console"));
            }
            Ok(Output::Tar(String::new()))
        }
        "tar" => Ok(Output::Tar(client.absolute(&to))),
        "docker" | "image" | "moby" if to.is_empty() => Ok(Output::Image),
        "docker" | "oci" => Err(error(format!(
            "{} exporter feature is currently not supported for docker driver. Please switch to a different driver (eg. \"docker buildx create --use\")",
            if kind == "oci" { "OCI" } else { "docker" }
        ))),
        "cacheonly" => Ok(Output::Cache),
        "registry" => Err(Failure::not_simulated("docker build --output type=registry")),
        other => Err(error(format!("exporter {} could not be found", quoted(other)))),
    }
}

/// Writes what is the client's to write.
pub async fn finish(client: &Client, output: &Output, built: &Built) -> Result<(), Failure> {
    if let (Output::Tar(path), Some(tree)) = (output, &built.tree) {
        save(client, path, Rc::new(pack(tree))).await?;
    }
    Ok(())
}

/// What a build gave, as a JSON document.
pub fn metadata(client: &Client, path: &str, built: &Built, tags: &[String]) -> Result<(), Failure> {
    let mut document = json!({ "buildx.build.ref": format!("default/default/{}", built.reference) });
    if let Some(fields) = document.as_object_mut().filter(|_| !built.id.is_empty()) {
        fields.insert("containerimage.config.digest".into(), json!(built.id));
        fields.insert("containerimage.digest".into(), json!(built.id));
        if !tags.is_empty() {
            fields.insert("image.name".into(), json!(tags.join(",")));
        }
    }
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let put = client.sys.put(path, Data::new(text.into_bytes()), 0o644);
    put.map_err(|errno| error(Failure::file("open", path, errno).message))
}
