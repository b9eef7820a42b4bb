//! Userland: the commands of the host and of images, GNU's and busybox's.
//!
//! Every command is a row of one table (`rows`): its options for each flavour and a `main` of one of three
//! kinds (plain, line filter, waiting). A [`Program`] only finds its row by the name that the executable
//! refers to, reads the options and runs it.

mod applet;
mod command;
mod filter;
mod options;
mod rows;

mod attributes;
mod awk;
mod cat;
mod copy;
mod dd;
mod digest;
mod disk;
mod edit;
mod ends;
mod find;
mod grep;
mod gzip;
mod list;
mod machine;
mod merge;
mod net;
pub use net::browser::PROGRAM as BROWSER;
mod numbers;
mod pathname;
mod processes;
mod regex;
mod remove;
mod run;
mod sed;
mod sort;
mod tar;
mod tr;
mod wc;
mod words;
mod xargs;

pub mod nginx;
pub mod node;
pub mod npm;
pub mod package;
pub mod postgres;
pub mod redis;
pub mod service;

use command::{Cmd, Flavour, Main, Row};
use options::Parsed;

use crate::kernel::{LocalFuture, Program, Sys};

/// Every program of the machine's userland that this module holds.
pub fn table() -> Vec<Program> {
    let mut table: Vec<Program> =
        rows::ROWS.iter().filter(|row| row.gnu.is_some()).map(|row| Program { name: row.name, main: gnu }).collect();
    table.push(Program { name: "busybox", main: applet::busybox });
    table
}

fn row(name: &str) -> Option<&'static Row> {
    rows::ROWS.iter().find(|row| row.name == name)
}

/// The main function of every GNU program.
fn gnu(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let program = sys.me(|p| p.program.clone()).unwrap_or_else(|| "".into());
        let argv = sys.argv();
        match row(&program) {
            Some(row) => {
                let name = argv.first().cloned().unwrap_or_else(|| program.to_string());
                start(sys, row, Flavour::Gnu, name, argv.get(1..).unwrap_or_default()).await
            }
            None => 126,
        }
    })
}

/// Reads the options and runs a command.
async fn start(sys: Sys, row: &'static Row, flavour: Flavour, name: String, args: &[String]) -> i32 {
    let mut cmd = Cmd::new(sys, row, flavour, name);
    if let Parsed::Run = options::parse(&mut cmd, args) {
        match row.main {
            Main::Plain(main) => main(&mut cmd),
            Main::Filter(main) => {
                if let Some(mut filter) = main(&mut cmd) {
                    filter::drive(&mut cmd, &mut *filter).await;
                }
            }
            Main::Wait(main) => return main(cmd).await,
        }
    }
    let _ = cmd.flush().await;
    cmd.status
}

#[cfg(test)]
mod tests;
