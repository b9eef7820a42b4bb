//! `docker pull`: asking the registry, and a believable transfer in virtual time.

use std::rc::Rc;

use super::api::{Answer, Fault, Progress};
use super::daemon::Reporter;
use super::fault::{fault, invalid};
use super::{catalogue, push, store};
use crate::kernel::Sys;
use crate::model::engine::Engine;
use crate::model::image::{Image, Layer};
use crate::model::registry::Stored;
use crate::model::time::Time;
use crate::model::{Text, World};
use crate::oci::reference::Reference;

/// Bytes a second that a transfer brings, and that unpacking handles.
const DOWNLOAD: u64 = 40 << 20;
const EXTRACT: u64 = 160 << 20;
/// No pull takes longer, whatever its size.
const LONGEST: Time = Time::millis(2500);
/// Layers on their way at once (dockerd's `max-concurrent-downloads`).
const AT_ONCE: usize = 3;
/// Time between two lines of progress of one layer.
const TICK: Time = Time::millis(100);

pub async fn pull(sys: &Sys, out: &Reporter, text: &str, all_tags: bool) -> Result<Answer, Fault> {
    let reference = Reference::parse(text).map_err(|bad| invalid(bad.0))?;
    if !sys.world(|w| w.network_up) {
        let _ = sys.sleep(Time::seconds(1)).await;
        let host = if reference.domain == "docker.io" { "registry-1.docker.io" } else { &reference.domain };
        return Err(fault(
            500,
            format!("Get \"https://{host}/v2/\": dial tcp: lookup {host}: Temporary failure in name resolution"),
        ));
    }
    let _ = sys.sleep(Time::millis(120)).await;
    if all_tags {
        let name = reference.familiar_name();
        let pushed = sys.world(|w| w.registry.repositories.get(name.as_str()).cloned()).unwrap_or_default();
        let mut tags: Vec<String> = catalogue::tags(&name).map(|(tag, _)| tag.to_string()).collect();
        tags.extend(pushed.keys().map(|tag| tag.to_string()));
        for tag in tags {
            let one = Reference { tag: Some(tag), digest: None, ..reference.clone() };
            pull_one(sys, out, &one).await?;
        }
        return Ok(Answer::Nothing);
    }
    pull_one(sys, out, &reference.tagged()).await
}

/// What the registry has for a reference: an image of the catalogue, or one that was pushed.
struct Offer {
    id: String,
    digest: String,
    /// Base first.
    layers: Vec<Coming>,
    from: From,
}

/// A layer's diff id, the first digits of the packed layer's digest, and its length.
type Coming = (String, String, u64);

/// The layers of an image of the catalogue.
pub fn layers(image: &catalogue::Image) -> Vec<Coming> {
    let layer = |layer: &catalogue::LayerRef| (layer.diff_id.to_string(), layer.blob.short(), layer.compressed);
    image.layers.iter().map(layer).collect()
}

enum From {
    Catalogue(Box<catalogue::Image>),
    Pushed(Rc<Stored>),
}

impl Offer {
    fn catalogue(image: Box<catalogue::Image>) -> Offer {
        Offer {
            id: image.id.to_string(),
            digest: image.digest.to_string(),
            layers: layers(&image),
            from: From::Catalogue(image),
        }
    }

    fn pushed(stored: Rc<Stored>) -> Offer {
        let layer = |layer: &Rc<Layer>| {
            let blob = layer.diff_id.parse().map(|diff_id| catalogue::blob(&diff_id).short()).unwrap_or_default();
            (layer.diff_id.to_string(), blob, push::packed(layer))
        };
        Offer {
            id: stored.image.id.to_string(),
            digest: stored.digest.to_string(),
            layers: stored.layers.iter().map(layer).collect(),
            from: From::Pushed(stored),
        }
    }

    /// Puts the image into the store; its id.
    fn add(&self, engine: &mut Engine) -> Text {
        let stored = match &self.from {
            From::Catalogue(image) => return store::add_catalogue_image(engine, image),
            From::Pushed(stored) => stored,
        };
        let mut chain: Option<Text> = None;
        for layer in &stored.layers {
            chain = Some(store::add_layer(engine, chain.as_ref(), &layer.diff_id, || (*layer.diff).clone()));
        }
        let image = &stored.image;
        if !engine.images.contains_key(&image.id) {
            let fresh = Image { repo_digests: Vec::new(), parent: None, last_tagged: None, ..(**image).clone() };
            engine.images.insert(image.id.clone(), Rc::new(fresh));
        }
        image.id.clone()
    }
}

fn find(world: &World, reference: &Reference) -> Result<Offer, Fault> {
    let name = reference.familiar_name();
    let pushed = match (&reference.digest, &reference.tag) {
        (Some(digest), _) => world.registry.by_digest(&name, digest),
        (None, tag) => world.registry.by_tag(&name, tag.as_deref().unwrap_or("latest")),
    };
    if let Some(stored) = pushed {
        return Ok(Offer::pushed(stored.clone()));
    }
    let digest = reference.digest.as_ref().and_then(|digest| digest.parse().ok());
    let wanted = match (digest, &reference.tag) {
        (Some(digest), _) => catalogue::Wanted::Digest(digest),
        (None, tag) => catalogue::Wanted::Tag(tag.as_deref().unwrap_or("latest")),
    };
    match catalogue::resolve(&name, wanted) {
        catalogue::Answer::Found(image) => Ok(Offer::catalogue(image)),
        catalogue::Answer::Denied if !world.registry.repositories.contains_key(name.as_str()) => Err(fault(
            404,
            format!(
                "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
            ),
        )),
        _ => {
            let text = format!("manifest for {} not found: manifest unknown: manifest unknown", reference.familiar());
            Err(fault(404, text))
        }
    }
}

async fn pull_one(sys: &Sys, out: &Reporter, reference: &Reference) -> Result<Answer, Fault> {
    let name = reference.familiar_name();
    let offer = sys.world(|w| find(w, reference))?;
    // A pull by digest is told under the whole name.
    let label = match &reference.digest {
        Some(digest) => format!("{}@{digest}", reference.full_name()),
        None => reference.tag.clone().unwrap_or_default(),
    };
    out.status(&label, &format!("Pulling from {}", reference.path));
    let known = sys.world(|w| w.engine.images.contains_key(offer.id.as_str()));
    if !known {
        transfer(sys, out, &offer.layers).await;
    }
    let digest = &offer.digest;
    let familiar = reference.familiar();
    let newer = sys.world(|w| {
        let id = offer.add(&mut w.engine);
        let before = reference.tag.as_ref().and_then(|_| w.engine.tags.get(familiar.as_str()).cloned());
        store::add_digest(&mut w.engine, &id, &format!("{name}@{digest}"));
        if reference.digest.is_none() {
            store::set_tag(&mut w.engine, &familiar, &id);
        }
        let changed = !known || (reference.digest.is_none() && before.as_ref() != Some(&id));
        if changed {
            super::events::record(w, "image", "pull", &familiar, [("name", name.as_str())]);
        }
        changed
    });
    sys.notify("engine", 0);
    out.status("", &format!("Digest: {digest}"));
    let words = if newer { "Downloaded newer image for" } else { "Image is up to date for" };
    out.status("", &format!("Status: {words} {familiar}"));
    Ok(Answer::Nothing)
}

/// One layer on its way.
struct Transfer {
    id: String,
    bytes: u64,
    /// When it starts, has arrived, and is unpacked.
    start: Time,
    arrived: Time,
    unpacked: Time,
}

/// Lets layers come in that are not there yet, side by side.
pub async fn transfer(sys: &Sys, out: &Reporter, layers: &[Coming]) {
    let mut chain = None;
    let mut missing = Vec::new();
    for (diff_id, id, compressed) in layers {
        let next = crate::oci::layer::chain_id(chain.as_deref(), diff_id);
        let there = sys.world(|w| w.engine.layers.contains_key(next.as_str()));
        if there {
            out.status(id, "Already exists");
        } else {
            out.status(id, "Pulling fs layer");
            missing.push((id.clone(), *compressed));
        }
        chain = Some(next);
    }
    let plan = plan(sys.now(), &missing);
    for (_, transfer) in plan.iter().enumerate().filter(|(at, _)| *at >= AT_ONCE) {
        out.status(&transfer.id, "Waiting");
    }
    let mut told = vec![0u8; plan.len()];
    loop {
        let now = sys.now();
        for (transfer, told) in plan.iter().zip(&mut told) {
            tell(out, transfer, now, told);
        }
        if told.iter().all(|step| *step == DONE) {
            return;
        }
        let next = plan.iter().flat_map(|t| [t.start, t.arrived, t.unpacked]).filter(|t| *t > now).min();
        sys.sleep_until(next.unwrap_or(now).min(now.plus(TICK))).await;
    }
}

const DONE: u8 = 4;

fn tell(out: &Reporter, transfer: &Transfer, now: Time, told: &mut u8) {
    let bar = |status: &str, from: Time, to: Time| {
        let whole = to.since(from).0.max(1);
        let part = u128::from(transfer.bytes) * u128::from(now.since(from).0.min(whole)) / u128::from(whole);
        out.progress(Progress {
            id: transfer.id.clone(),
            status: status.into(),
            current: part as u64,
            total: transfer.bytes,
        });
    };
    if now >= transfer.start && now < transfer.arrived {
        bar("Downloading", transfer.start, transfer.arrived);
    }
    if now >= transfer.arrived && *told < 2 {
        out.status(&transfer.id, "Verifying Checksum");
        out.status(&transfer.id, "Download complete");
        *told = 2;
    }
    if *told >= 2 && now < transfer.unpacked {
        bar("Extracting", transfer.arrived, transfer.unpacked);
    }
    if now >= transfer.unpacked && *told < DONE {
        out.status(&transfer.id, "Pull complete");
        *told = DONE;
    }
}

/// Lays out when each layer arrives (three at a time) and is unpacked (one after the other).
fn plan(now: Time, missing: &[(String, u64)]) -> Vec<Transfer> {
    let total: u64 = missing.iter().map(|(_, bytes)| bytes).sum();
    let natural = Time(total.saturating_mul(1_000_000_000) / DOWNLOAD);
    // Large images are sped up as a whole, so that their layers keep their proportions.
    let scale = if natural > LONGEST { natural.0 as f64 / LONGEST.0 as f64 } else { 1.0 };
    let mut lanes = [now.plus(Time::millis(80)); AT_ONCE];
    let mut unpacking = now;
    let mut all = Vec::new();
    for (id, bytes) in missing {
        let lane = (0..AT_ONCE).min_by_key(|lane| lanes[*lane]).unwrap_or(0);
        let start = lanes[lane];
        let share = |speed: u64| Time((*bytes as f64 * 1e9 / speed as f64 / scale) as u64).plus(Time::millis(30));
        let arrived = start.plus(share(DOWNLOAD));
        lanes[lane] = arrived;
        unpacking = unpacking.max(arrived).plus(share(EXTRACT));
        all.push(Transfer { id: id.clone(), bytes: *bytes, start, arrived, unpacked: unpacking });
    }
    all
}
