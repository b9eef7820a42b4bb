//! docker compose: compose files, and what is done with the projects that they describe.

pub mod file;
