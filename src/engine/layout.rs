//! A bare OCI image layout (image-spec, `image-layout.md`), as other tools write it: `oci-layout`, `index.json` and
//! blobs by their digests. What it holds is loaded like an archive of Docker's own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::api::Fault;
use super::fault::{internal, not_simulated};
use super::transfer::{Files, Item};
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;

/// Indexes of indexes are followed so deep.
const DEPTH: usize = 4;
const FULL_NAME: &str = "io.containerd.image.name";
const NAME: &str = "org.opencontainers.image.ref.name";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// The images of a layout for this machine's platform; nothing if the archive is no layout.
pub fn items(files: &Files<'_>) -> Result<Option<Vec<Item>>, Fault> {
    let (Some(index), true) = (files.get("index.json"), files.contains_key("oci-layout")) else { return Ok(None) };
    let index: Index = parse(index)?;
    let mut items = Vec::new();
    for descriptor in &index.manifests {
        collect(files, descriptor, name(descriptor), DEPTH, &mut items)?;
    }
    if items.is_empty() {
        return Err(internal("no manifest for linux/amd64 in the archive"));
    }
    Ok(Some(items))
}

/// The name that a descriptor gives an image; a tag alone is none.
fn name(descriptor: &Descriptor) -> Option<String> {
    let short = descriptor.annotations.get(NAME).filter(|name| name.contains([':', '/']));
    let text = descriptor.annotations.get(FULL_NAME).or(short)?;
    Some(Reference::parse(text).ok()?.tagged().familiar())
}

fn collect(
    files: &Files<'_>,
    descriptor: &Descriptor,
    name: Option<String>,
    depth: usize,
    items: &mut Vec<Item>,
) -> Result<(), Fault> {
    let fits = |platform: &Platform| platform.os == "linux" && platform.architecture == "amd64";
    if !descriptor.platform.as_ref().is_none_or(fits) {
        return Ok(());
    }
    let bytes = blob(files, &descriptor.digest)?;
    if descriptor.media_type.ends_with("index.v1+json") || descriptor.media_type.ends_with("manifest.list.v2+json") {
        if depth == 0 {
            return Err(internal("the archive's indexes are nested too deep"));
        }
        let index: Index = parse(bytes)?;
        return index.manifests.iter().try_for_each(|one| collect(files, one, name.clone(), depth - 1, items));
    }
    let manifest: Manifest = parse(bytes)?;
    blob(files, &manifest.config.digest)?;
    for layer in &manifest.layers {
        if layer.media_type.ends_with("zstd") {
            return Err(not_simulated("a layer packed by zstd"));
        }
        blob(files, &layer.digest)?;
    }
    let layers = manifest.layers.iter().map(|layer| path(&layer.digest)).collect();
    items.push(Item {
        config: path(&manifest.config.digest),
        repo_tags: Some(name.into_iter().collect()),
        layers: Some(layers),
    });
    Ok(())
}

fn path(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}

/// A blob, which must be what its name says.
fn blob<'a>(files: &Files<'a>, digest: &str) -> Result<&'a [u8], Fault> {
    let bytes = *files.get(&path(digest)).ok_or_else(|| internal(format!("content digest {digest}: not found")))?;
    let is = Digest::of(bytes).to_string();
    if is != digest {
        return Err(internal(format!("unexpected commit digest {is}, expected {digest}: failed precondition")));
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| internal(error.to_string()))
}
