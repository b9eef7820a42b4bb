//! Layerlab: a small, deterministic machine that behaves as a host with Docker 28 does.
//!
//! Pure Rust: no browser, no I/O, no wall clock, no randomness. See ARCHITECTURE.md for the layers.

pub mod engine;
pub mod model;
pub mod oci;
