//! What the Open Container Initiative specifies: references, digests, image configurations, layers and
//! their archives.

pub mod config;
pub mod digest;
pub mod gzip;
pub mod layer;
pub mod reference;
pub mod tar;
pub mod unpack;
