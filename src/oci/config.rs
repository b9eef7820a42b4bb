//! The image configuration and the manifest as JSON documents.
//!
//! Shapes: image-spec `config.md` (with the fields that Docker adds: `Healthcheck`, `OnBuild`, `Shell`,
//! `ArgsEscaped`) and the distribution's image manifest, version 2 schema 2. Keys are written in the
//! order of Docker's own encoder, because an image's id is the SHA-256 of exactly these bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// Media type of a manifest.
pub const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Media type of an image configuration.
pub const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Media type of a gzipped layer.
pub const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// The value of the keys of [`Config::exposed_ports`] and [`Config::volumes`]: always `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// An image's configuration document; its digest is the image's id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// When the image was made, RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// The processor, as Go names it: `amd64`.
    pub architecture: String,
    /// The operating system: `linux`.
    pub os: String,
    /// How a container of this image runs.
    #[serde(default)]
    pub config: Config,
    /// The layers' content.
    pub rootfs: RootFs,
    /// How the image came to be, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
}

impl Image {
    /// The document's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The image id: the digest of [`Image::to_json`].
    pub fn id(&self) -> Digest {
        Digest::of(&self.to_json())
    }
}

/// How a container of an image runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Config {
    /// `name`, `uid` or `uid:gid`; empty is root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// `80/tcp` and the like.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub exposed_ports: BTreeMap<String, Empty>,
    /// `NAME=value`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// The fixed front of the command; `None` where the image has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// The default arguments; `None` where the image has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// Paths that get an anonymous volume.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub volumes: BTreeMap<String, Empty>,
    /// The first process's directory; empty is `/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// The signal that `docker stop` sends; empty is SIGTERM.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// The builder's mark on an image with a command (Windows once needed it).
    #[serde(skip_serializing_if = "no")]
    pub args_escaped: bool,
    /// The health check, if the image brings one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Instructions for the image that is built on this one.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub on_build: Vec<String>,
    /// The shell of `RUN`, `CMD` and `ENTRYPOINT` in their plain form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<Vec<String>>,
}

/// A health check. Durations are nanoseconds, 0 the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// `["CMD", …]`, `["CMD-SHELL", line]` or `["NONE"]`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub test: Vec<String>,
    /// Time between two checks.
    #[serde(skip_serializing_if = "zero")]
    pub interval: i64,
    /// How long one check may take.
    #[serde(skip_serializing_if = "zero")]
    pub timeout: i64,
    /// How long failures at the start do not count.
    #[serde(skip_serializing_if = "zero")]
    pub start_period: i64,
    /// Time between two checks while the start lasts.
    #[serde(skip_serializing_if = "zero")]
    pub start_interval: i64,
    /// Failures in a row that make a container unhealthy.
    #[serde(skip_serializing_if = "zero")]
    pub retries: i64,
}

impl From<&crate::model::image::Healthcheck> for Healthcheck {
    fn from(check: &crate::model::image::Healthcheck) -> Healthcheck {
        Healthcheck {
            test: check.test.clone(),
            interval: check.interval as i64,
            timeout: check.timeout as i64,
            start_period: check.start_period as i64,
            start_interval: check.start_interval as i64,
            retries: i64::from(check.retries),
        }
    }
}

/// The layers of an image, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFs {
    /// Always `layers`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digest of each layer's tar.
    #[serde(deserialize_with = "or_default")]
    pub diff_ids: Vec<Digest>,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".to_owned(), diff_ids: Vec::new() }
    }
}

/// One step of an image's making.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// When, RFC 3339.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// The instruction.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// Who did it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// A remark, such as the builder's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Whether the step made no layer.
    #[serde(skip_serializing_if = "no")]
    pub empty_layer: bool,
}

/// Points at a blob by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the blob is.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
}

/// What a registry answers for a tag: the configuration and the layers of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// [`MANIFEST`].
    pub media_type: String,
    /// The configuration's blob.
    pub config: Descriptor,
    /// The layers' blobs, lowest first.
    pub layers: Vec<Descriptor>,
}

impl Manifest {
    /// The manifest of `config` and of layers given as (digest, size) of their packed blobs.
    pub fn new(config: &[u8], layers: impl IntoIterator<Item = (Digest, u64)>) -> Self {
        let descriptor =
            |media_type: &str, size, digest| Descriptor { media_type: media_type.to_owned(), size, digest };
        Self {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            config: descriptor(CONFIG, config.len() as u64, Digest::of(config)),
            layers: layers.into_iter().map(|(digest, size)| descriptor(LAYER, size, digest)).collect(),
        }
    }

    /// The document's bytes; their digest is what `docker pull` prints.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn zero(number: &i64) -> bool {
    *number == 0
}

fn no(flag: &bool) -> bool {
    !flag
}

/// Go writes an absent list or map as `null`; it reads as an empty one.
fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_dockers_order() {
        let mut image = Image {
            created: "2025-02-14T03:28:36Z".to_owned(),
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            ..Image::default()
        };
        image.config.env.push("A=1".to_owned());
        image.config.cmd = Some(vec!["/bin/sh".to_owned()]);
        image.config.exposed_ports.insert("80/tcp".to_owned(), Empty {});
        image.history.push(History { created_by: "CMD".to_owned(), empty_layer: true, ..History::default() });
        let text = String::from_utf8(image.to_json()).unwrap_or_default();
        assert_eq!(
            text,
            r#"{"created":"2025-02-14T03:28:36Z","architecture":"amd64","os":"linux","config":{"ExposedPorts":{"80/tcp":{}},"Env":["A=1"],"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"CMD","empty_layer":true}]}"#
        );
        assert_eq!(serde_json::from_str::<Image>(&text).ok(), Some(image));
    }

    #[test]
    fn nulls_of_go_read_as_empty() {
        let text = r#"{"architecture":"amd64","os":"linux","config":{"Env":null,"Cmd":null,"Volumes":null,"OnBuild":null},"rootfs":{"type":"layers","diff_ids":null}}"#;
        let image = serde_json::from_str::<Image>(text).ok();
        assert_eq!(image.map(|image| image.config), Some(Config::default()));
    }

    #[test]
    fn a_manifest_points_at_its_config() {
        let manifest = Manifest::new(b"{}", [(Digest::of(b"layer"), 5)]);
        assert_eq!(manifest.config.digest, Digest::of(b"{}"));
        let json = manifest.to_json();
        assert_eq!(serde_json::from_slice::<Manifest>(&json).ok(), Some(manifest));
    }
}
