//! Redis: a small real store behind a server, and `redis-cli`.

mod client;
mod command;
mod generic;
mod protocol;
mod server;
mod show;
mod sorted;
mod store;
mod value;

use crate::kernel::Program;

/// The programs of this family.
pub fn table() -> Vec<Program> {
    vec![
        Program { name: "redis-cli", main: |sys| Box::pin(client::client(sys)) },
        Program { name: "redis-server", main: |sys| Box::pin(server::server(sys)) },
    ]
}

#[cfg(test)]
mod tests;
