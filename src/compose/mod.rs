//! docker compose: compose files, and what is done with the projects that they describe.
//!
//! `file` reads; `program` is the plugin that the docker client goes on as. A [`stack::Stack`] is a project on the
//! engine: it is brought about by `image`, `resource`, `create`, `converge` and `life`, shown by `progress`, `log`
//! and `attached`. The rest is one file a command.

mod attached;
mod build;
mod config;
mod converge;
mod create;
mod down;
mod events;
pub mod file;
mod image;
mod images;
mod label;
mod life;
mod list;
mod log;
mod logs;
mod pass;
pub mod program;
mod progress;
mod ps;
mod pull;
mod resource;
mod run;
mod service;
mod stack;
mod up;
