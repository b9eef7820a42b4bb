//! Layerlab: a small, deterministic machine that behaves as a host with Docker 28 does.
//!
//! Pure Rust: no browser, no I/O, no wall clock, no randomness. See ARCHITECTURE.md for the layers.

pub mod builder;
pub mod cli;
pub mod compose;
pub mod diagram;
pub mod engine;
pub mod kernel;
pub mod lesson;
pub mod model;
pub mod oci;
pub mod programs;
pub mod session;
pub mod shell;
pub mod view;
pub mod words;
