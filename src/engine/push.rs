//! `docker login` and `docker push`: the registry's door, and what goes through it.

use std::rc::Rc;

use super::api::{Answer, Credentials, Fault, Progress};
use super::daemon::Reporter;
use super::fault::{fault, internal, invalid};
use super::{catalogue, events, store};
use crate::kernel::Sys;
use crate::model::Text;
use crate::model::World;
use crate::model::image::Layer;
use crate::model::registry::Stored;
use crate::model::time::Time;
use crate::oci::config::Manifest;
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;

/// Who has an account with the registry: name and password.
const ACCOUNTS: [(&str, &str); 1] = [("learner", "layerlab")];
/// Bytes a second that an upload takes, and the longest that one layer does.
const UPLOAD: u64 = 20 << 20;
const LONGEST: Time = Time::millis(1500);
/// Pictures of a layer's progress.
const STEPS: u64 = 6;
/// Layers on their way at once (dockerd's `max-concurrent-uploads`).
const AT_ONCE: usize = 5;

fn known(credentials: &Credentials) -> bool {
    ACCOUNTS.contains(&(credentials.username.as_str(), credentials.password.as_str()))
}

/// Why a registry can't be talked to, if so. Docker Hub and the hosts of the catalogue are all that there is.
pub(super) fn reach(sys: &Sys, host: &str) -> Result<(), Fault> {
    let name = host.split(':').next().unwrap_or(host);
    let local = name == "localhost" || name.starts_with("127.");
    let port = host.split_once(':').map_or("443", |(_, port)| port);
    let listed = catalogue::listings().any(|listing| listing.name.split_once('/').is_some_and(|(at, _)| at == host));
    let why = if local {
        format!("Get \"http://{host}/v2/\": dial tcp 127.0.0.1:{port}: connect: connection refused")
    } else if !sys.world(|w| w.network_up) {
        format!("Get \"https://{host}/v2/\": dial tcp: lookup {name}: Temporary failure in name resolution")
    } else if host == HUB || listed {
        return Ok(());
    } else {
        format!("Get \"https://{host}/v2/\": dial tcp: lookup {name}: no such host")
    };
    Err(internal(why))
}

const HUB: &str = "registry-1.docker.io";

/// Whether the registry lets somebody in.
pub async fn login(sys: &Sys, server: &str, credentials: &Credentials) -> Result<Answer, Fault> {
    let host = match server {
        "" | "https://index.docker.io/v1/" | "docker.io" | "index.docker.io" => HUB,
        server => server.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/'),
    };
    let _ = sys.sleep(Time::millis(80)).await;
    reach(sys, host)?;
    if host == HUB && known(credentials) {
        return Ok(Answer::Lines(vec!["Login Succeeded".into()]));
    }
    let refused = "unauthorized: incorrect username or password";
    Err(fault(401, format!("Get \"https://{host}/v2/\": {refused}")))
}

/// Pushes a tag, or with `all` every tag of a repository.
pub async fn push(
    sys: &Sys,
    out: &Reporter,
    text: &str,
    all: bool,
    credentials: Option<&Credentials>,
) -> Result<Answer, Fault> {
    let reference = Reference::parse(text).map_err(|bad| invalid(bad.0))?;
    let name = reference.familiar_name();
    out.status("", &format!("The push refers to repository [{}]", reference.full_name()));
    let mut tags = sys.world(|w| tags(w, &reference));
    if tags.is_empty() {
        return Err(internal(format!("An image does not exist locally with the tag: {name}")));
    }
    if !all {
        let tag = reference.tag.as_deref().unwrap_or("latest");
        tags.retain(|(known, _)| known == tag);
        if tags.is_empty() {
            return Err(internal(format!("tag does not exist: {}", reference.clone().tagged().familiar())));
        }
    }
    reach(sys, if reference.domain == "docker.io" { HUB } else { &reference.domain })?;
    for (tag, id) in tags {
        push_one(sys, out, &reference, &tag, &id, credentials).await?;
    }
    Ok(Answer::Nothing)
}

/// The tags that a repository has here, and the ids of their images.
fn tags(world: &World, reference: &Reference) -> Vec<(String, Text)> {
    let name = reference.familiar_name();
    let all = world.engine.tags.iter().filter_map(|(tag, id)| Some((Reference::parse(tag).ok()?, id.clone())));
    all.filter(|(known, _)| known.familiar_name() == name).filter_map(|(known, id)| Some((known.tag?, id))).collect()
}

async fn push_one(
    sys: &Sys,
    out: &Reporter,
    reference: &Reference,
    tag: &str,
    id: &Text,
    credentials: Option<&Credentials>,
) -> Result<(), Fault> {
    let Some(image) = sys.world(|w| w.engine.images.get(id).cloned()) else {
        return Err(super::fault::no_image(id));
    };
    let layers: Vec<Rc<Layer>> =
        sys.world(|w| image.layers.iter().filter_map(|chain| w.engine.layers.get(chain).cloned()).collect());
    for layer in layers.iter().rev() {
        out.status(&short(layer), "Preparing");
    }
    for layer in layers.iter().rev().skip(AT_ONCE) {
        out.status(&short(layer), "Waiting");
    }
    let _ = sys.sleep(Time::millis(120)).await;
    let owner = reference.path.split_once('/').map_or("", |(owner, _)| owner);
    let allowed = reference.domain == "docker.io"
        && credentials.is_some_and(|credentials| known(credentials) && credentials.username == owner);
    if !allowed {
        return Err(fault(403, "denied: requested access to the resource is denied"));
    }
    let name = reference.familiar_name();
    for layer in layers.iter().rev() {
        upload(sys, out, &name, layer).await;
    }
    let blobs = layers.iter().filter_map(|layer| {
        let diff_id: Digest = layer.diff_id.parse().ok()?;
        Some((catalogue::blob(&diff_id), packed(layer)))
    });
    let manifest = Manifest::new(&image.json, blobs).to_json();
    let digest: Text = Digest::of(&manifest).to_string().into();
    sys.world(|w| {
        let stored = Stored { digest: digest.clone(), image: image.clone(), layers };
        let registry = &mut w.registry;
        registry.images.insert(digest.clone(), Rc::new(stored));
        let mut known = registry.repositories.get(name.as_str()).cloned().unwrap_or_default();
        Rc::make_mut(&mut known).insert(tag.into(), digest.clone());
        registry.repositories.insert(name.as_str().into(), known);
        store::add_digest(&mut w.engine, id, &format!("{name}@{digest}"));
        events::record(w, "image", "push", &format!("{name}:{tag}"), [("name", name.as_str())]);
    });
    out.status("", &format!("{tag}: digest: {digest} size: {}", manifest.len()));
    Ok(())
}

/// The first digits of what names a layer here.
fn short(layer: &Layer) -> String {
    layer.diff_id.strip_prefix("sha256:").unwrap_or(&layer.diff_id).chars().take(12).collect()
}

/// Bytes of a layer on its way: as the catalogue packs it, or about half of what it holds.
pub fn packed(layer: &Layer) -> u64 {
    catalogue::packed_as(&layer.diff_id).unwrap_or(layer.size / 2 + 512)
}

async fn upload(sys: &Sys, out: &Reporter, name: &str, layer: &Layer) {
    let id = short(layer);
    if sys.world(|w| w.registry.has_layer(name, &layer.diff_id)) {
        return out.status(&id, "Layer already exists");
    }
    if let Some(from) = sys.world(|w| source(w, name, layer)) {
        return out.status(&id, &format!("Mounted from {from}"));
    }
    let total = layer.size.max(512);
    let length = Time(packed(layer).saturating_mul(1_000_000_000) / UPLOAD).min(LONGEST);
    for step in 1..=STEPS {
        let _ = sys.sleep(Time(length.0 / STEPS + 1)).await;
        out.progress(Progress { id: id.clone(), status: "Pushing".into(), current: total * step / STEPS, total });
    }
    out.status(&id, "Pushed");
}

/// The repository of the registry that a layer was pulled from.
fn source(world: &World, name: &str, layer: &Layer) -> Option<String> {
    let has = |image: &&Rc<crate::model::image::Image>| image.layers.contains(&layer.chain_id);
    let digests = world.engine.images.values().filter(has).flat_map(|image| image.repo_digests.iter());
    let mut names = digests.filter_map(|digest| Reference::parse(digest).ok());
    names.find(|known| known.domain == "docker.io" && known.familiar_name() != name).map(|known| known.path)
}
