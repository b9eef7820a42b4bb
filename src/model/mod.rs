//! The World: plain data, and [`World::verify`].
//!
//! A World is a value: it can be cloned, compared and kept. Its collections are persistent maps
//! ([`Map`]), so a clone shares everything that did not change. Nothing here knows time of day,
//! randomness or hash order.

pub mod browser;
pub mod build;
pub mod container;
pub mod engine;
pub mod file;
pub mod glob;
pub mod image;
pub mod limits;
mod map;
pub mod network;
pub mod order;
pub mod process;
pub mod quote;
pub mod random;
mod rank;
pub mod registry;
pub mod shell;
pub mod signal;
pub mod terminal;
pub mod time;
mod verify;
mod world;

pub use verify::Violation;
pub use world::World;

pub use map::Map;
pub use rank::Rank;
/// Shared immutable text: names, paths, ids.
pub type Text = std::rc::Rc<str>;
