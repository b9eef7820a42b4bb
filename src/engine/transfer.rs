//! Archives of images and containers: `docker save`, `load`, `import` and `export`.
//!
//! A saved archive is an OCI image layout (`oci-layout`, `index.json`, `blobs/`) with Docker's own
//! `manifest.json` and `repositories` beside it, as Docker 25 and later write it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Map as Object, Value, json};

use super::api::{Answer, Fault};
use super::archive::too_large;
use super::fault::{fault, internal, invalid};
use super::image::{event, point, references};
use super::store::{self, NewImage};
use super::{change, events, find, layout};
use crate::kernel::Sys;
use crate::model::engine::Engine;
use crate::model::file::Fs;
use crate::model::image::{Config, Image};
use crate::model::time::rfc3339;
use crate::model::{Text, World, limits};
use crate::oci::config::{self, RootFs};
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;
use crate::oci::tar::{self, Body, Header};
use crate::oci::{gzip, layer, unpack};

const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The tar of a tree.
fn pack(fs: &Fs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
    let mut writer = tar::Writer::new(&mut sink);
    layer::write_tar(fs, &mut writer);
    writer.finish();
    bytes
}

/// The container's whole tree as a tar: `Answer::Bytes`.
pub fn export(sys: &Sys, name: &str) -> Result<Answer, Fault> {
    sys.world(|w| {
        let container = find::container(&w.engine, name)?;
        let empty = Fs::new(layer::root_meta(0));
        let merged = layer::merge(&container.lower, w.filesystems.get(&container.upper).unwrap_or(&empty));
        if layer::size(&merged) > limits::ARCHIVE_BYTES as u64 {
            return Err(too_large());
        }
        events::container(w, &container.id, "export", &[]);
        Ok(Answer::Bytes(Rc::new(pack(&merged))))
    })
}

/// An image of one layer from a tar.
pub fn import(
    world: &mut World,
    archive: &[u8],
    target: &str,
    message: &str,
    changes: &[String],
) -> Result<Answer, Fault> {
    let target = match target {
        "" => None,
        target => Some(Reference::parse(target).map_err(|bad| invalid(bad.0))?.tagged()),
    };
    let mut config = Config::default();
    change::apply(&mut config, changes)?;
    let diff = unpack::read(&plain(archive)?).map_err(|error| internal(error.to_string()))?;
    let diff_id = layer::diff_id(&diff);
    let chain = store::add_layer(&mut world.engine, None, &diff_id.to_string(), || diff);
    let created = world.now.epoch();
    let when = rfc3339(created.0, created.1);
    let comment = if message.is_empty() { "Imported from -" } else { message };
    let document = config::Image {
        created: when.clone(),
        author: String::new(),
        architecture: "amd64".into(),
        os: "linux".into(),
        config: store::document(&config),
        rootfs: RootFs { diff_ids: vec![diff_id], ..RootFs::default() },
        history: vec![config::History { created: when, comment: comment.into(), ..config::History::default() }],
    };
    let new = NewImage { document, layers: vec![chain], parent: None, comment: comment.into(), created };
    let id = store::add_image(&mut world.engine, new);
    if let Some(target) = target {
        point(world, &id, &target);
    }
    event(world, "import", &id, &id);
    Ok(Answer::Created { id: id.to_string(), warnings: Vec::new() })
}

/// The archive as it is, or unpacked if it came through gzip.
fn plain(archive: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    if !gzip::is_gzip(archive) {
        return Ok(Cow::Borrowed(archive));
    }
    gzip::unpack(archive).map(Cow::Owned).ok_or_else(|| internal("unexpected EOF"))
}

/// An image to save, with the tags that were asked for.
struct Chosen {
    image: Rc<Image>,
    tags: Vec<Reference>,
}

/// The images as one tar: `Answer::Bytes`.
pub fn save(world: &mut World, names: &[String]) -> Result<Answer, Fault> {
    let chosen = choose(&world.engine, names)?;
    let total: u64 = chosen.iter().map(|one| one.image.size).sum();
    if total > limits::ARCHIVE_BYTES as u64 {
        return Err(too_large());
    }
    let mut blobs: BTreeMap<String, Rc<Vec<u8>>> = BTreeMap::new();
    let (mut items, mut descriptors, mut repositories) = (Vec::new(), Vec::new(), Object::new());
    for one in &chosen {
        if one.image.layers.is_empty() {
            return Err(internal("empty export - not implemented"));
        }
        let saved = save_one(&world.engine, one, &mut blobs);
        items.push(saved.item);
        descriptors.extend(saved.descriptors);
        for tag in &one.tags {
            let repository = repositories.entry(tag.familiar_name()).or_insert_with(|| json!({}));
            if let Some(repository) = repository.as_object_mut() {
                repository.insert(tag.tag.clone().unwrap_or_default(), json!(saved.top));
            }
        }
    }
    for one in &chosen {
        event(world, "save", &one.image.id, &one.image.id);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors });
    let mut files = vec![
        ("index.json", index.to_string()),
        ("manifest.json", format!("{}\n", Value::Array(items))),
        ("oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}".to_string()),
    ];
    if !repositories.is_empty() {
        files.push(("repositories", format!("{}\n", Value::Object(repositories))));
    }
    let dir = |path: &str| Header::new(path, tar::Kind::Dir, 0o755);
    let file = |path: &str| Header::new(path, tar::Kind::File, 0o644);
    let dirs = [dir("blobs"), dir("blobs/sha256")];
    let blobs: Vec<(Header, Rc<Vec<u8>>)> =
        blobs.into_iter().map(|(hex, bytes)| (file(&format!("blobs/sha256/{hex}")), bytes)).collect();
    let files: Vec<(Header, String)> = files.into_iter().map(|(path, text)| (file(path), text)).collect();
    let members = dirs.iter().map(|header| (header, Body::Bytes(&[])));
    let members = members.chain(blobs.iter().map(|(header, bytes)| (header, Body::Bytes(bytes.as_slice()))));
    let members = members.chain(files.iter().map(|(header, text)| (header, Body::Bytes(text.as_bytes()))));
    Ok(Answer::Bytes(Rc::new(tar::pack(members))))
}

fn choose(engine: &Engine, names: &[String]) -> Result<Vec<Chosen>, Fault> {
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut add = |image: &Rc<Image>, tag: Option<Reference>| {
        let at = chosen.iter().position(|one| one.image.id == image.id).unwrap_or_else(|| {
            chosen.push(Chosen { image: image.clone(), tags: Vec::new() });
            chosen.len() - 1
        });
        if let (Some(one), Some(tag)) = (chosen.get_mut(at), tag)
            && !one.tags.contains(&tag)
        {
            one.tags.push(tag);
        }
    };
    for name in names {
        let parsed = Reference::parse(name);
        if let Ok(reference) = &parsed
            && (reference.tag.is_some() || reference.digest.is_some())
            && reference.familiar_name() != "sha256"
        {
            let missing = |_| fault(404, "reference does not exist");
            let found = find::image(engine, name).map_err(missing)?;
            add(&found.image, parsed.ok().filter(|reference| reference.digest.is_none()));
            continue;
        }
        let wanted = parsed.map(|reference| reference.full_name()).unwrap_or_default();
        let mut any = false;
        for image in engine.images.values() {
            let own = references(engine, image).into_iter().filter(|one| one.full_name() == wanted);
            for reference in own {
                any = true;
                add(image, Some(reference).filter(|reference| reference.digest.is_none()));
            }
        }
        if !any {
            let found = find::image(engine, name).ok().filter(|found| found.reference.is_none());
            let found = found.ok_or_else(|| super::fault::no_image(name))?;
            add(&found.image, None);
        }
    }
    Ok(chosen)
}

struct Saved {
    /// The image's entry in `manifest.json`.
    item: Value,
    /// Its entries in `index.json`, one a tag.
    descriptors: Vec<Value>,
    /// The top layer's hexadecimal digits.
    top: String,
}

fn save_one(engine: &Engine, one: &Chosen, blobs: &mut BTreeMap<String, Rc<Vec<u8>>>) -> Saved {
    let hex = |id: &str| id.strip_prefix("sha256:").unwrap_or(id).to_string();
    let (mut layers, mut sources, mut paths) = (Vec::new(), Object::new(), Vec::new());
    for layer in one.image.layers.iter().filter_map(|chain| engine.layers.get(chain)) {
        let name = hex(&layer.diff_id);
        let bytes = blobs
            .entry(name.clone())
            .or_insert_with(|| layer.archive.clone().unwrap_or_else(|| Rc::new(pack(&layer.diff))));
        let source = json!({ "mediaType": OCI_LAYER, "size": bytes.len(), "digest": &*layer.diff_id });
        layers.push(source.clone());
        sources.insert(layer.diff_id.to_string(), source);
        paths.push(format!("blobs/sha256/{name}"));
    }
    let platform = json!({ "architecture": one.image.architecture, "os": one.image.os });
    let config = json!({ "mediaType": OCI_CONFIG, "digest": &*one.image.id, "size": one.image.json.len(), "platform": platform });
    blobs.insert(hex(&one.image.id), one.image.json.clone());
    let manifest = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers });
    let manifest = manifest.to_string().into_bytes();
    let digest = Digest::of(&manifest);
    let size = manifest.len();
    blobs.insert(digest.hex(), Rc::new(manifest));
    let describe = |tag: &Reference| {
        let suffix = tag.suffix();
        json!({
            "mediaType": OCI_MANIFEST,
            "digest": digest.to_string(),
            "size": size,
            "annotations": {
                "io.containerd.image.name": format!("{}{suffix}", tag.full_name()),
                "org.opencontainers.image.ref.name": tag.tag,
            },
            "platform": platform,
        })
    };
    let tags: Vec<String> = one.tags.iter().map(Reference::familiar).collect();
    Saved {
        item: json!({
            "Config": format!("blobs/sha256/{}", hex(&one.image.id)),
            "RepoTags": if tags.is_empty() { Value::Null } else { json!(tags) },
            "Layers": paths,
            "LayerSources": sources,
        }),
        descriptors: one.tags.iter().map(describe).collect(),
        top: one
            .image
            .layers
            .last()
            .and_then(|chain| engine.layers.get(chain))
            .map_or(String::new(), |l| hex(&l.diff_id)),
    }
}

/// An entry of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Item {
    pub config: String,
    #[serde(default)]
    pub repo_tags: Option<Vec<String>>,
    #[serde(default)]
    pub layers: Option<Vec<String>>,
}

/// The files of an archive by path.
pub(super) type Files<'a> = BTreeMap<String, &'a [u8]>;

/// Loads images from a saved archive; the lines are what the client prints.
pub fn load(world: &mut World, archive: &[u8]) -> Result<Answer, Fault> {
    let archive = plain(archive)?;
    let files = files(&archive)?;
    let scratch = format!("/var/lib/docker/tmp/docker-import-{}", 1_000_000_000 + world.random.below(3_000_000_000));
    let items = items(&files, &scratch)?;
    let (mut lines, mut ids, mut tagged) = (Vec::new(), Vec::new(), false);
    for item in &items {
        let id = load_one(world, item, &files, &scratch)?;
        ids.push(format!("Loaded image ID: {id}"));
        tagged = false;
        for tag in item.repo_tags.iter().flatten() {
            let reference = Reference::parse(tag).map_err(|bad| internal(bad.0))?;
            if reference.tag.is_none() {
                return Err(internal(format!("invalid tag {tag:?}")));
            }
            let familiar = reference.familiar();
            if let Some(old) = world.engine.tags.get(familiar.as_str()).filter(|old| **old != id) {
                lines.push(format!(
                    "The image {familiar} already exists, renaming the old one with ID {old} to empty string"
                ));
            }
            store::set_tag(&mut world.engine, &familiar, &id);
            lines.push(format!("Loaded image: {familiar}"));
            tagged = true;
        }
        event(world, "load", &id, &id);
    }
    if !tagged {
        lines.extend(ids);
    }
    Ok(Answer::Lines(lines))
}

/// The images of an archive: as Docker saves them, or those of a bare OCI image layout.
fn items(files: &Files<'_>, scratch: &str) -> Result<Vec<Item>, Fault> {
    let Some(manifest) = files.get("manifest.json") else {
        let missing = || internal(format!("open {scratch}/repositories: no such file or directory"));
        return layout::items(files)?.ok_or_else(missing);
    };
    let items: Option<Vec<Item>> = serde_json::from_slice(manifest).map_err(|error| internal(error.to_string()))?;
    items.ok_or_else(|| internal("invalid manifest, manifest cannot be null (but can be [])"))
}

fn files(archive: &[u8]) -> Result<Files<'_>, Fault> {
    let mut files = Files::new();
    for member in tar::Reader::new(archive) {
        let (header, content) = member.map_err(|error| internal(error.to_string()))?;
        match header.kind {
            tar::Kind::File => drop(files.insert(header.path, content)),
            tar::Kind::Symlink | tar::Kind::Hardlink => {
                let dir = if header.kind == tar::Kind::Symlink { header.path.rsplit_once('/') } else { None };
                let target = crate::kernel::join(&format!("/{}", dir.map_or("", |(dir, _)| dir)), &header.link);
                if let Some(content) = files.get(target.trim_start_matches('/')).copied() {
                    files.insert(header.path, content);
                }
            }
            _ => {}
        }
    }
    Ok(files)
}

fn load_one(world: &mut World, item: &Item, files: &Files<'_>, scratch: &str) -> Result<Text, Fault> {
    let missing = |path: &str| internal(format!("open {scratch}/{path}: no such file or directory"));
    let json = files.get(&item.config).ok_or_else(|| missing(&item.config))?;
    let document: config::Image = serde_json::from_slice(json).map_err(|error| internal(error.to_string()))?;
    if document.os != "linux" {
        return Err(internal(format!("cannot load {} image on linux", document.os)));
    }
    let paths = item.layers.as_deref().unwrap_or_default();
    let (expected, actual) = (paths.len(), document.rootfs.diff_ids.len());
    if expected != actual {
        return Err(internal(format!("invalid manifest, layers length mismatch: expected {expected}, got {actual}")));
    }
    // All layers are read before the first is kept, so that a bad archive leaves none behind.
    let mut trees = Vec::new();
    let mut chain: Option<String> = None;
    for (number, (path, diff_id)) in paths.iter().zip(&document.rootfs.diff_ids).enumerate() {
        let next = layer::chain_id(chain.as_deref(), &diff_id.to_string());
        if !world.engine.layers.contains_key(next.as_str()) {
            let bytes = plain(files.get(path).ok_or_else(|| missing(path))?)?;
            let digest = Digest::of(&bytes);
            if digest != *diff_id {
                return Err(internal(format!(
                    "invalid diffID for layer {number}: expected \"{diff_id}\", got \"{digest}\""
                )));
            }
            let tree = unpack::read(&bytes).map_err(|error| internal(error.to_string()))?;
            // Who else writes archives orders and pads them in other ways.
            let archive = (layer::diff_id(&tree) != *diff_id).then(|| Rc::new(bytes.into_owned()));
            trees.push(Some((tree, archive)));
        } else {
            trees.push(None);
        }
        chain = Some(next);
    }
    let mut layers: Vec<Text> = Vec::new();
    for (tree, diff_id) in trees.into_iter().zip(&document.rootfs.diff_ids) {
        let (tree, archive) = tree.unwrap_or_else(|| (Fs::new(layer::root_meta(0)), None));
        let chain = store::add_layer(&mut world.engine, layers.last(), &diff_id.to_string(), || tree);
        store::keep_archive(&mut world.engine, &chain, archive);
        layers.push(chain);
    }
    let created = store::moment(&document.created);
    let comment = document.history.last().map(|entry| entry.comment.clone()).unwrap_or_default();
    let new = NewImage { document, layers, parent: None, comment, created };
    Ok(store::add_image_as(&mut world.engine, new, json.to_vec()))
}
