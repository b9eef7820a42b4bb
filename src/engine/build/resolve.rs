//! Base images: their configuration, and their layers.

use super::{Found, cache, record};
use crate::engine::api::Fault;
use crate::engine::daemon::Reporter;
use crate::engine::fault::fault;
use crate::engine::offer::{self, Missing, Offer};
use crate::engine::{find, pull};
use crate::kernel::Sys;
use crate::model::World;
use crate::model::build::RecordKind;
use crate::model::time::Time;
use crate::oci::config;
use crate::oci::reference::Reference;

/// Time that a look into the engine's own images takes, and one into the registry.
const LOCAL: Time = Time::millis(4);
const REMOTE: Time = Time::millis(640);

pub async fn resolve(sys: &Sys, text: &str, from_registry: bool) -> Result<Found, Fault> {
    let reference = Reference::parse(text).map_err(|bad| fault(400, bad.0))?.tagged();
    if !from_registry {
        let _ = sys.sleep(LOCAL).await;
        return Ok(sys.world(|w| local(w, &reference)).unwrap_or(Found::Nothing));
    }
    let _ = sys.sleep(REMOTE).await;
    if !sys.world(|w| w.network_up) {
        let host = if reference.domain == "docker.io" { "registry-1.docker.io" } else { &reference.domain };
        return Err(fault(
            500,
            format!(
                "failed to do request: Head \"https://{host}/v2/{}/manifests/{}\": dial tcp: lookup {host}: Temporary failure in name resolution",
                reference.path,
                reference.tag.as_deref().unwrap_or("latest")
            ),
        ));
    }
    let offer = sys.world(|w| remote(w, &reference))?;
    let document = offer.document().ok_or_else(|| fault(500, "invalid image config"))?;
    Ok(Found::Image { id: offer.id.clone(), document: Box::new(document), digest: Some(offer.digest) })
}

/// The configuration of an image, from here or from the registry, for whoever only looks.
pub fn known(world: &World, text: &str) -> Result<(String, config::Image), String> {
    let reference = Reference::parse(text).map_err(|bad| bad.0)?.tagged();
    if let Some(Found::Image { id, document, .. }) = local(world, &reference) {
        return Ok((id, *document));
    }
    let offer = remote(world, &reference).map_err(|fault| fault.message)?;
    let document = offer.document().ok_or("invalid image config")?;
    Ok((offer.id, document))
}

fn local(world: &World, reference: &Reference) -> Option<Found> {
    let found = find::image(&world.engine, &reference.familiar()).ok()?;
    let document: config::Image = serde_json::from_slice(&found.image.json).ok()?;
    Some(Found::Image { id: found.image.id.to_string(), document: Box::new(document), digest: None })
}

fn remote(world: &World, reference: &Reference) -> Result<Offer, Fault> {
    offer::find(world, reference).map_err(|why| match why {
        Missing::Repository => fault(
            404,
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        ),
        Missing::Manifest => fault(404, format!("{}{}: not found", reference.full_name(), reference.suffix())),
    })
}

/// The layers of a resolved image. A record of the cache holds them from now on.
pub async fn base(sys: &Sys, out: &Reporter, text: &str, id: &str, transfer: bool) -> Result<Found, Fault> {
    let key = format!("image {id}");
    if let known @ Found::Snapshot(_) = sys.world(|w| cache::look(w, std::slice::from_ref(&key))) {
        return Ok(known);
    }
    let known = sys.world(|w| w.engine.images.get(id).map(|image| image.layers.last().cloned()));
    let chain = match known {
        Some(chain) => chain,
        None if !transfer => return Ok(Found::Nothing),
        None => {
            let reference = Reference::parse(text).map_err(|bad| fault(400, bad.0))?.tagged();
            let offer = sys.world(|w| remote(w, &reference))?;
            // The whole digests, of which the transfer names the first digits.
            for layer in &offer.layers {
                out.status(&layer.blob.hex(), "Layer");
            }
            pull::transfer(sys, out, &offer.layers).await;
            sys.world(|w| offer.add_layers(&mut w.engine))
        }
    };
    Ok(sys.world(|w| {
        let mut new = record(w, RecordKind::Regular, &format!("pulled from {text}"));
        new.chain = chain;
        Found::Snapshot(cache::insert(w, new, &[key]))
    }))
}
