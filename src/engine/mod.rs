//! What dockerd does.

pub mod api;
pub mod catalogue;
pub mod client;
