//! Subcommands on volumes.

pub mod create;
pub mod ls;
pub mod rm;
pub mod update;
