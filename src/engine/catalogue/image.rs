//! Images: configuration, history and layers.

use super::data::{self, DEPTH_MAX, DIGESTS, Values, section};
use super::seconds;
use crate::oci::config::{self, Empty, History, Manifest};
use crate::oci::digest::Digest;

/// The remark that BuildKit leaves in the history.
const BUILDKIT: &str = "buildkit.dockerfile.v0";

/// An image of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name in the catalogue; tags are aliases of it.
    pub name: &'static str,
    /// The image id: the digest of the configuration.
    pub id: Digest,
    /// The manifest's digest: what `docker pull` prints and `RepoDigests` holds.
    pub digest: Digest,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// The configuration document.
    pub config: config::Image,
    /// The manifest.
    pub manifest: Manifest,
    /// The layers, lowest first; [`super::layer`] gives the tree.
    pub layers: Vec<LayerRef>,
}

/// One layer of an image, without its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRef {
    /// Its name in the catalogue.
    pub name: &'static str,
    /// The digest of its tar.
    pub diff_id: Digest,
    /// The stand-in for the digest of its packed form; a pull shows its first digits.
    pub blob: Digest,
    /// Length of the packed form in bytes.
    pub compressed: u64,
}

/// The names of all images, tags or no tags.
pub fn image_names() -> impl Iterator<Item = &'static str> {
    data::names("image ")
}

/// The names of all layers.
pub fn layer_names() -> impl Iterator<Item = &'static str> {
    data::names("layer ")
}

/// The image of this name in the catalogue.
pub fn load(name: &str) -> Option<Image> {
    let (head, text) = data::find(&format!("image {name}"))?;
    let name = head.strip_prefix("image ")?;
    let mut draft = Draft::default();
    draft.read(text, 0);
    let layers: Vec<LayerRef> =
        draft.layers.iter().filter_map(|name| layer_names().find(|known| known == name)).map(layer_ref).collect();
    let mut config = draft.config;
    config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id).collect();
    let json = config.to_json();
    let manifest = Manifest::new(&json, layers.iter().map(|layer| (layer.blob, layer.compressed)));
    Some(Image {
        name,
        id: Digest::of(&json),
        digest: Digest::of(&manifest.to_json()),
        created: seconds(&config.created).unwrap_or(0),
        config,
        manifest,
        layers,
    })
}

fn layer_ref(name: &'static str) -> LayerRef {
    let diff_id = stored_diff_id(name).unwrap_or(Digest::from_bytes([0; 32]));
    LayerRef { name, diff_id, blob: blob(&diff_id), compressed: packed(name) }
}

/// The stand-in for a packed layer's digest. A real registry stores the gzipped tar under that file's
/// own digest; here nothing is gzipped, so the digest of a text that names the diff id takes its place.
pub fn blob(diff_id: &Digest) -> Digest {
    Digest::of(format!("layerlab packed {diff_id}").as_bytes())
}

/// The diff id stored for a layer.
pub(super) fn stored_diff_id(name: &str) -> Option<Digest> {
    DIGESTS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(known, _)| *known == name)
        .and_then(|(_, hex)| Digest::from_hex(hex))
}

/// The packed length of the layer with this diff id (`sha256:...`), if the catalogue has it.
pub fn packed_as(diff_id: &str) -> Option<u64> {
    let hex = diff_id.strip_prefix("sha256:")?;
    let mut known = DIGESTS.lines().filter_map(|line| line.split_once(' '));
    known.find(|(_, other)| *other == hex).map(|(name, _)| packed(name))
}

/// The packed length of a layer.
pub(super) fn packed(name: &str) -> u64 {
    section(&format!("layer {name}"))
        .into_iter()
        .flat_map(str::lines)
        .find_map(|line| line.strip_prefix("packed ")?.parse().ok())
        .unwrap_or(0)
}

/// An image while it is read.
struct Draft {
    config: config::Image,
    layers: Vec<String>,
    values: Values,
    time: String,
    comment: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            config: config::Image {
                architecture: "amd64".to_owned(),
                os: "linux".to_owned(),
                ..config::Image::default()
            },
            layers: Vec::new(),
            values: Values::default(),
            time: String::new(),
            comment: BUILDKIT.to_owned(),
        }
    }
}

impl Draft {
    fn read(&mut self, text: &'static str, depth: u8) {
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "set" => self.values.set(rest),
                "from" | "use" if depth < DEPTH_MAX => {
                    let name = self.values.fill(rest);
                    let name = if word == "from" { format!("image {name}").into() } else { name };
                    if let Some(text) = section(&name) {
                        self.read(text, depth + 1);
                    }
                    if word == "from" {
                        BUILDKIT.clone_into(&mut self.comment);
                    }
                }
                _ => {
                    let rest = self.values.fill(rest).into_owned();
                    self.line(word, rest);
                }
            }
        }
    }

    fn line(&mut self, word: &str, rest: String) {
        let config = &mut self.config.config;
        match word {
            "at" => {
                self.config.created.clone_from(&rest);
                self.time = rest;
            }
            "comment" => self.comment = rest,
            "raw" => self.comment.clear(),
            "+" => {
                let (layer, by) = rest.split_once(' ').unwrap_or((&rest, ""));
                self.layers.push(layer.to_owned());
                let by = by.to_owned();
                self.step(by, false);
            }
            "-" => self.step(rest, true),
            "env" => {
                let key = rest.split_once('=').map_or(rest.as_str(), |(key, _)| key);
                let front = format!("{key}=");
                match config.env.iter_mut().find(|old| old.starts_with(&front)) {
                    Some(old) => *old = rest,
                    None => config.env.push(rest),
                }
            }
            "cmd" => config.cmd = serde_json::from_str(&rest).ok(),
            "entrypoint" => {
                config.entrypoint = serde_json::from_str(&rest).ok();
                config.cmd = None;
            }
            "workdir" => config.working_dir = rest,
            "user" => config.user = rest,
            "stopsignal" => config.stop_signal = rest,
            "expose" => drop(config.exposed_ports.insert(rest, Empty {})),
            "volume" => drop(config.volumes.insert(rest, Empty {})),
            "label" => {
                if let Some((key, value)) = rest.split_once('=') {
                    config.labels.insert(key.to_owned(), value.to_owned());
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, created_by: String, empty_layer: bool) {
        self.config.history.push(History {
            created: self.time.clone(),
            created_by,
            comment: self.comment.clone(),
            empty_layer,
            ..History::default()
        });
    }
}
