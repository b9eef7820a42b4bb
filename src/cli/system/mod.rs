//! Subcommands on the engine as a whole, and the registry's doors.

pub mod df;
pub mod events;
pub mod info;
pub mod login;
pub mod prune;
mod usage;
pub mod version;
