//! World to Scene: boxes, links and labels with stable keys and integer geometry.

pub mod advances;
