//! PostgreSQL: a server with a small real subset of SQL, its folder, and `psql`.

mod client;
mod control;
mod database;
mod lexer;
mod protocol;
mod query;
mod select;
mod server;

use crate::kernel::Program;

/// The programs of this family.
pub fn table() -> Vec<Program> {
    macro_rules! programs {
        ($($name:literal => $main:path),* $(,)?) => {
            vec![$(Program { name: $name, main: |sys| Box::pin($main(sys)) }),*]
        };
    }
    programs![
        "initdb" => control::initdb,
        "pg_ctl" => control::pg_ctl,
        "pg_isready" => client::is_ready,
        "postgres" => server::postgres,
        "psql" => client::psql,
    ]
}

/// The release, as the image says it.
fn version(sys: &crate::kernel::Sys) -> String {
    sys.env("PG_VERSION").map_or_else(|| "16.10".to_string(), |version| version.to_string())
}

/// What `version()` says.
fn long_version(number: &str) -> String {
    format!("PostgreSQL {number} on x86_64-pc-linux-musl, compiled by gcc (Alpine 14.2.0) 14.2.0, 64-bit")
}

#[cfg(test)]
mod tests;
