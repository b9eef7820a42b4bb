//! What the Open Container Initiative specifies: digests, image configurations, layer archives.

pub mod config;
pub mod digest;
pub mod tar;
