//! Dockerfiles to images.

pub mod build;
pub mod check;
pub mod checksum;
pub mod context;
pub mod copy;
pub mod expand;
pub mod export;
pub mod glob;
pub mod graph;
pub mod ignore;
pub mod instruction;
pub mod lint;
pub mod parser;
mod perform;
pub mod progress;
mod report;
pub mod snapshot;
pub mod solve;
pub mod stage;
pub mod suggest;
