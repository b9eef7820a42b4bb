//! What the registry has for a reference: an image of the catalogue, or one that was pushed.

use std::rc::Rc;

use super::{catalogue, push, store};
use crate::model::engine::Engine;
use crate::model::image::{Image, Layer};
use crate::model::registry::Stored;
use crate::model::{Text, World};
use crate::oci::config;
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;

pub struct Offer {
    pub id: String,
    /// Of the manifest.
    pub digest: String,
    /// Base first.
    pub layers: Vec<Coming>,
    from: From,
}

/// A layer that can be had.
pub struct Coming {
    pub diff_id: String,
    /// The digest of the packed layer, and its length.
    pub blob: Digest,
    pub length: u64,
}

enum From {
    Catalogue(Box<catalogue::Image>),
    Pushed(Rc<Stored>),
}

/// Why there is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// No such repository, or not for everybody.
    Repository,
    Manifest,
}

/// Asks the registry.
pub fn find(world: &World, reference: &Reference) -> Result<Offer, Missing> {
    let name = reference.familiar_name();
    let tag = reference.tag.as_deref().unwrap_or("latest");
    let pushed = match &reference.digest {
        Some(digest) => world.registry.by_digest(&name, digest),
        None => world.registry.by_tag(&name, tag),
    };
    if let Some(stored) = pushed {
        return Ok(Offer::pushed(stored.clone()));
    }
    let wanted = match reference.digest.as_ref().and_then(|digest| digest.parse().ok()) {
        Some(digest) => catalogue::Wanted::Digest(digest),
        None => catalogue::Wanted::Tag(tag),
    };
    match catalogue::resolve(&name, wanted) {
        catalogue::Answer::Found(image) => Ok(Offer::catalogue(image)),
        catalogue::Answer::Denied if !world.registry.repositories.contains_key(name.as_str()) => {
            Err(Missing::Repository)
        }
        _ => Err(Missing::Manifest),
    }
}

impl Offer {
    fn catalogue(image: Box<catalogue::Image>) -> Offer {
        let layer = |layer: &catalogue::LayerRef| Coming {
            diff_id: layer.diff_id.to_string(),
            blob: layer.blob,
            length: layer.compressed,
        };
        Offer {
            id: image.id.to_string(),
            digest: image.digest.to_string(),
            layers: image.layers.iter().map(layer).collect(),
            from: From::Catalogue(image),
        }
    }

    fn pushed(stored: Rc<Stored>) -> Offer {
        let layer = |layer: &Rc<Layer>| Coming {
            diff_id: layer.diff_id.to_string(),
            blob: layer.diff_id.parse().map_or_else(|_| Digest::of(&[]), |diff_id| catalogue::blob(&diff_id)),
            length: push::packed(layer),
        };
        Offer {
            id: stored.image.id.to_string(),
            digest: stored.digest.to_string(),
            layers: stored.layers.iter().map(layer).collect(),
            from: From::Pushed(stored),
        }
    }

    /// The image's configuration.
    pub fn document(&self) -> Option<config::Image> {
        match &self.from {
            From::Catalogue(image) => Some(image.config.clone()),
            From::Pushed(stored) => serde_json::from_slice(&stored.image.json).ok(),
        }
    }

    /// Puts its layers into the store; the chain that they are.
    pub fn add_layers(&self, engine: &mut Engine) -> Option<Text> {
        match &self.from {
            From::Catalogue(image) => store::add_catalogue_layers(engine, image).pop(),
            From::Pushed(stored) => stored.layers.iter().fold(None, |chain, layer| {
                let chain = store::add_layer(engine, chain.as_ref(), &layer.diff_id, || (*layer.diff).clone());
                store::keep_archive(engine, &chain, layer.archive.clone());
                Some(chain)
            }),
        }
    }

    /// Puts the image into the store; its id.
    pub fn add(&self, engine: &mut Engine) -> Text {
        let stored = match &self.from {
            From::Catalogue(image) => return store::add_catalogue_image(engine, image),
            From::Pushed(stored) => stored,
        };
        self.add_layers(engine);
        let image = &stored.image;
        if !engine.images.contains_key(&image.id) {
            let fresh = Image { repo_digests: Vec::new(), parent: None, last_tagged: None, ..(**image).clone() };
            engine.images.insert(image.id.clone(), Rc::new(fresh));
        }
        image.id.clone()
    }
}
