//! `docker pull`: asking the registry, and a believable transfer in virtual time.

use super::api::{Answer, Fault, Progress};
use super::daemon::Reporter;
use super::fault::{fault, invalid};
use super::offer::{self, Coming, Missing};
use super::{catalogue, store};
use crate::kernel::Sys;
use crate::model::time::Time;
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
        if tags.is_empty() {
            return Err(missing(sys, &reference, Missing::Repository));
        }
        for tag in tags {
            let one = Reference { tag: Some(tag), digest: None, ..reference.clone() };
            pull_one(sys, out, &one).await?;
        }
        return Ok(Answer::Nothing);
    }
    pull_one(sys, out, &reference.tagged()).await
}

/// What is said where the registry has nothing.
fn missing(sys: &Sys, reference: &Reference, why: Missing) -> Fault {
    let name = reference.familiar_name();
    if reference.domain != "docker.io"
        && let Err(unreachable) = super::push::reach(sys, &reference.domain)
    {
        return unreachable;
    }
    match why {
        Missing::Repository => fault(
            404,
            format!(
                "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
            ),
        ),
        Missing::Manifest => {
            let text = format!("manifest for {} not found: manifest unknown: manifest unknown", reference.familiar());
            fault(404, text)
        }
    }
}

async fn pull_one(sys: &Sys, out: &Reporter, reference: &Reference) -> Result<Answer, Fault> {
    let name = reference.familiar_name();
    let offer = sys.world(|w| offer::find(w, reference)).map_err(|why| missing(sys, reference, why))?;
    // A pull by digest is told under the whole name.
    let label = match &reference.digest {
        Some(digest) => format!("{}@{digest}", reference.full_name()),
        None => reference.tag.clone().unwrap_or_default(),
    };
    out.status(&label, &format!("Pulling from {}", reference.path));
    let known = sys.world(|w| w.engine.images.contains_key(offer.id.as_str()));
    if !known {
        if sys.world(|w| w.disk_full) {
            missing_layers(sys, out, &offer.layers);
            let _ = sys.sleep(TICK).await;
            let place = sys.world(|w| w.random.below(1_000_000_000));
            let text = format!("write /var/lib/docker/tmp/GetImageBlob{place}: no space left on device");
            return Err(fault(500, text));
        }
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

/// Tells of each layer whether it has to come; those that have to.
fn missing_layers(sys: &Sys, out: &Reporter, layers: &[Coming]) -> Vec<(String, u64)> {
    let mut chain = None;
    let mut missing = Vec::new();
    for Coming { diff_id, blob, length } in layers {
        let id = blob.short();
        let next = crate::oci::layer::chain_id(chain.as_deref(), diff_id);
        let there = sys.world(|w| w.engine.layers.contains_key(next.as_str()));
        if there {
            out.status(&id, "Already exists");
        } else {
            out.status(&id, "Pulling fs layer");
            missing.push((id, *length));
        }
        chain = Some(next);
    }
    missing
}

/// Lets layers come in that are not there yet, side by side.
pub async fn transfer(sys: &Sys, out: &Reporter, layers: &[Coming]) {
    let missing = missing_layers(sys, out, layers);
    let pace = if sys.world(|w| w.registry_slow) { SLOW } else { 1 };
    let plan = plan(sys.now(), &missing, pace);
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

/// How much longer a slow registry takes.
const SLOW: u64 = 12;

/// Lays out when each layer arrives (three at a time) and is unpacked (one after the other).
fn plan(now: Time, missing: &[(String, u64)], pace: u64) -> Vec<Transfer> {
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
        let arrived = start.plus(Time(share(DOWNLOAD).0 * pace));
        lanes[lane] = arrived;
        unpacking = unpacking.max(arrived).plus(share(EXTRACT));
        all.push(Transfer { id: id.clone(), bytes: *bytes, start, arrived, unpacked: unpacking });
    }
    all
}
