//! The form of what the client prints: quoted texts, numbers, sizes, ages, tables.

pub mod address;
pub mod human;
pub mod json;
pub mod number;
pub use crate::model::quote;
pub mod table;
pub mod time;
