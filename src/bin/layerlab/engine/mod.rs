//! `layerlab engine`: the Docker Engine API v1.50 over a machine, so that the real docker client can drive it.
//!
//! The machine is one value on one thread; callers are tasks beside it. A request becomes one of
//! `layerlab::engine::api`, which dockerd answers inside the machine; what it answers becomes a document.

mod archive;
mod board;
mod build;
mod clock;
mod container;
mod create;
mod exec;
mod http;
mod image;
mod listen;
mod network;
mod options;
mod pace;
mod query;
mod reply;
mod stream;
mod swarm;
mod system;
#[cfg(unix)]
mod unix;
mod volume;

use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;

use layerlab::session::log::Console;
use layerlab::session::machine::Machine;

use crate::args::OPTIONS;
use crate::fail;
use board::Board;
use options::{HELP, Options};

pub fn main(words: Vec<String>) -> ExitCode {
    let options = match Options::parse(words) {
        Ok(options) => options,
        Err(message) => return fail(&message),
    };
    if options.machine.help {
        print!("{HELP}\n{OPTIONS}");
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn run(options: &Options) -> Result<(), String> {
    let boot = options.machine.boot(Console::None)?;
    let machine = Machine::boot(&boot);
    if let Some(image) = machine.missing.first() {
        return Err(format!("{image}: there is no such image in the catalogue"));
    }
    let board = Rc::new(Board::new(machine, options.pace));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let mut places = Vec::new();
        for address in &options.listen {
            places.push(listen::open(address, board.clone()).await?);
        }
        for place in &places {
            // Whoever reads no further has read enough.
            let _ = writeln!(std::io::stderr(), "API listen on {place}");
        }
        pace::drive(board).await;
        Ok(())
    })
}
