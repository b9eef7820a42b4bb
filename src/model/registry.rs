//! What was pushed to the registry, which lies outside the learner's machine.

use std::rc::Rc;

use super::image::{Image, Layer};
use super::{Map, Text};

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Registry {
    /// By familiar name (`ann/base`): its tags, and the digests of their manifests.
    pub repositories: Map<Text, Rc<Map<Text, Text>>>,
    /// By manifest digest.
    pub images: Map<Text, Rc<Stored>>,
}

/// An image in the registry, with all that is needed to have it somewhere else.
#[derive(Clone, PartialEq, Debug)]
pub struct Stored {
    pub digest: Text,
    pub image: Rc<Image>,
    /// Base first.
    pub layers: Vec<Rc<Layer>>,
}

impl Registry {
    pub fn by_tag(&self, repository: &str, tag: &str) -> Option<&Rc<Stored>> {
        self.images.get(self.repositories.get(repository)?.get(tag)?)
    }

    /// An image by its digest, if some tag of the repository ever led to it.
    pub fn by_digest(&self, repository: &str, digest: &str) -> Option<&Rc<Stored>> {
        self.repositories.get(repository)?;
        self.images.get(digest)
    }

    /// Whether a repository has a layer.
    pub fn has_layer(&self, repository: &str, diff_id: &str) -> bool {
        let tags = self.repositories.get(repository);
        let mut images = tags.into_iter().flat_map(|tags| tags.values()).filter_map(|digest| self.images.get(digest));
        images.any(|stored| stored.layers.iter().any(|layer| *layer.diff_id == *diff_id))
    }
}
