//! Userland: one file per program.

pub mod service;
