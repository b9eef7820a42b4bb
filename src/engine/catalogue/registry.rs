//! What a registry answers: which repositories and tags there are.

use super::data::section;
use super::image::{Image, load};
use crate::model::order::Order;
use crate::oci::digest::Digest;

/// What is asked of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// A tag.
    Tag(&'a str),
    /// A manifest's digest.
    Digest(Digest),
}

/// What the registry answers to a pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The image.
    Found(Box<Image>),
    /// There is no such repository for this user: `denied: requested access to the resource is denied`.
    Denied,
    /// The repository has no such tag or digest: `manifest unknown`.
    Unknown,
}

/// A repository as `docker search` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its familiar name.
    pub name: &'static str,
    /// About how many stars it has.
    pub stars: u32,
    /// One sentence, in our words.
    pub description: &'static str,
    /// Whether Docker vouches for it.
    pub official: bool,
}

/// Asks for an image. `repository` may be familiar (`alpine`) or whole (`docker.io/library/alpine`).
pub fn resolve(repository: &str, wanted: Wanted<'_>) -> Answer {
    let mut tags = tags(repository).peekable();
    if tags.peek().is_none() {
        return Answer::Denied;
    }
    let image = match wanted {
        Wanted::Tag(tag) => tags.find(|(name, _)| *name == tag).and_then(|(_, image)| load(image)),
        Wanted::Digest(digest) => tags.filter_map(|(_, image)| load(image)).find(|image| image.digest == digest),
    };
    image.map_or(Answer::Unknown, |image| Answer::Found(Box::new(image)))
}

/// The tags of a repository and the names of their images in the catalogue; none if it is not there.
pub fn tags(repository: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = familiar(repository);
    section("tags")
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.split_once(' '))
        .filter(move |(repository, _)| *repository == name)
        .flat_map(|(_, tags)| tags.split_whitespace())
        .filter_map(|tag| tag.split_once('='))
}

/// Every repository of the catalogue, Docker Hub's and others'.
pub fn listings() -> impl Iterator<Item = Listing> {
    section("registry").into_iter().flat_map(str::lines).filter_map(|line| {
        let (name, rest) = line.split_once(' ')?;
        let (stars, description) = rest.split_once(' ')?;
        Some(Listing { name, stars: stars.parse().ok()?, description, official: !name.contains('/') })
    })
}

/// What `docker search TERM` finds on Docker Hub, most stars first.
pub fn search(term: &str) -> Vec<Listing> {
    let term = term.to_lowercase();
    let mut found: Vec<Listing> = listings()
        .filter(|listing| !listing.name.contains('.'))
        .filter(|listing| listing.name.contains(&term) || listing.description.to_lowercase().contains(&term))
        .collect();
    found.order_by_key(|listing| (!listing.name.contains(&term), std::cmp::Reverse(listing.stars)));
    found
}

/// The name without Docker Hub's domain and the folder of its official images.
fn familiar(repository: &str) -> &str {
    let path = ["docker.io/", "index.docker.io/"]
        .iter()
        .find_map(|domain| repository.strip_prefix(domain))
        .unwrap_or(repository);
    path.strip_prefix("library/").unwrap_or(path)
}
