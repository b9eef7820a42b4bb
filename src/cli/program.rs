//! The program `docker`: reads its command line and hands it to a command.

use super::command;
use super::dispatch::{Invocation, dispatch};
use crate::engine::client::CallError;
use crate::kernel::{LocalFuture, Program, Sys};

/// The entry of the client in the kernel's table.
pub const PROGRAM: Program = Program { name: "docker", main };

/// CPU that starting the client costs, in microseconds.
const START: u64 = 400;

fn main(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        sys.burn(START).await;
        let argv = sys.argv();
        let home = sys.env("HOME").unwrap_or_else(|| "/root".into());
        let call = match dispatch(argv.get(1..).unwrap_or_default(), &home) {
            Ok(call) => call,
            Err(answer) => {
                let _ = sys.print(&answer.stdout).await;
                sys.eprint(&answer.stderr).await;
                return answer.code;
            }
        };
        let _ = sys.print(&call.notes).await;
        match command::find(call.command) {
            Some(run) => run(sys, call).await,
            None => {
                sys.eprint(&format!("layerlab: {} is not simulated\n", call.name)).await;
                1
            }
        }
    })
}

/// What carries a command out; the result is the exit status.
pub type Handler = fn(Sys, Invocation) -> LocalFuture<i32>;

/// Prints what a call failed with, and gives the exit status of that.
pub async fn failed(sys: &Sys, error: &CallError) -> i32 {
    if *error == CallError::Interrupted {
        return 130;
    }
    sys.eprint(&format!("{}\n", error.text())).await;
    1
}

/// As `docker run` and `docker exec` complain before anything runs: the message, then where help is.
pub async fn complain(sys: &Sys, name: &str, message: &str) -> i32 {
    sys.eprint(&format!("docker: {message}\n\nRun '{name} --help' for more information\n")).await;
    125
}
