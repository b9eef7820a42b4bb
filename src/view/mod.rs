//! What the inspector and the timeline show, as plain data.

pub mod browser;
pub mod code;
pub mod complete;
pub mod dockerfile;
pub mod files;
pub mod inspector;
pub mod moment;
pub mod screen;
mod services;
pub mod shelf;
pub mod timeline;
