//! Dockerfiles to images.

pub mod expand;
pub mod glob;
pub mod instruction;
pub mod parser;
pub mod suggest;
