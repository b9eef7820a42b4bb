//! What dockerd does.

pub mod catalogue;
