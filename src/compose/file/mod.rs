//! The compose file: from text to a checked project.

mod canonical;
mod check;
mod decode;
pub mod dotenv;
pub mod emit;
mod extend;
mod find;
mod include;
mod load;
mod merge;
mod normal;
mod path;
pub mod project;
mod resolve;
mod schema;
pub mod template;
mod validate;
pub mod value;
mod volume;
pub mod words;
mod yaml;

pub use decode::shown;
pub use find::{Ask, load, tree};
pub use load::{Files, open_error};
pub use project::{Dependencies, Project};
pub use value::Value;
pub use volume::parse as mount;

#[cfg(test)]
mod tests;
