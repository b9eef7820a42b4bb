//! What the inspector and the timeline show, as plain data.

pub mod complete;
pub mod screen;
pub mod shelf;
pub mod timeline;
