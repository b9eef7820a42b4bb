//! Subcommands on images, one file each.

pub mod history;
pub mod load;
pub mod ls;
pub mod progress;
pub mod prune;
pub mod pull;
pub mod push;
pub mod rm;
pub mod save;
pub mod search;
pub mod tag;
