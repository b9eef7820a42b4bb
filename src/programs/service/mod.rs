//! Services and tools that images bring: web servers, databases, package managers, init.
//!
//! A service starts, logs and stops as the real one does; what it would answer over the network is not
//! here. Whatever a tool can't do here it says, and fails.

mod init;
mod python;
mod web;
mod yarn;

use crate::kernel::{Errno, Program, Sys};
use crate::model::signal::Signal;
use crate::model::time::{Civil, MONTHS, Time};

/// The programs of this family.
pub fn table() -> Vec<Program> {
    macro_rules! programs {
        ($($name:literal => $main:path),* $(,)?) => {
            vec![$(Program { name: $name, main: |sys| Box::pin($main(sys)) }),*]
        };
    }
    programs![
        "?" => unknown,
        "corepack" => yarn::yarn,
        "docker-init" => init::init,
        "gosu" => init::gosu,
        "hello" => hello,
        "httpd" => web::httpd,
        "pause" => pause,
        "pip" => python::pip,
        "python3" => python::python,
        "tini" => init::init,
        "yarn" => yarn::yarn,
    ]
}

/// The name that this process was called by, without folders.
fn called(sys: &Sys) -> String {
    let argv = sys.argv();
    argv.first().and_then(|name| name.rsplit('/').next()).unwrap_or("").to_string()
}

/// An executable of an image that no program stands for.
async fn unknown(sys: Sys) -> i32 {
    not_simulated(&sys, &called(&sys)).await;
    126
}

async fn not_simulated(sys: &Sys, what: &str) -> i32 {
    sys.eprint(&format!("layerlab: {what} is not simulated\n")).await;
    1
}

/// Prints, and gives the exit status.
async fn say(sys: &Sys, text: &str) -> i32 {
    i32::from(sys.print(text).await.is_err())
}

/// Catches these signals and waits for one.
pub(super) fn catch(sys: &Sys, signals: &[Signal]) {
    for signal in signals {
        sys.catch_signal(*signal, true);
    }
}

/// The host's pid as this process's namespace knows it.
pub(super) fn nspid_of(sys: &Sys, pid: u32) -> u32 {
    sys.world(|world| world.process(pid).map_or(0, |process| process.nspid))
}

/// Replaces what `ps` shows of this process.
pub(super) fn set_title(sys: &Sys, title: &str) {
    sys.me_mut(|process| process.argv = std::rc::Rc::new(vec![title.to_string()]));
}

/// A number that the environment gives: the version of what the image is about.
pub(super) fn version(sys: &Sys, name: &str, otherwise: &str) -> String {
    sys.env(name).map_or_else(|| otherwise.to_string(), |version| version.to_string())
}

/// The civil time of a moment and its milliseconds.
pub(super) fn civil(now: Time) -> (Civil, u32) {
    let (seconds, nanos) = now.epoch();
    (Civil::from_epoch(seconds), nanos / 1_000_000)
}

pub(super) fn month(civil: &Civil) -> &'static str {
    MONTHS.get(civil.month.wrapping_sub(1) as usize).copied().unwrap_or("")
}

/// Becomes another program, or says why not: 127 when there is none, else 126.
async fn become_program(sys: &Sys, argv: &[String], who: &str) -> i32 {
    let name = argv.first().map_or("", String::as_str);
    let errno = match sys.which(name) {
        Ok(path) => match sys.exec(&path, argv, sys.environment()).await {
            Ok(never) => match never {},
            Err(errno) => errno,
        },
        Err(errno) => errno,
    };
    sys.eprint(&format!("{who} {name}: {errno}\n")).await;
    if errno == Errno::NoEnt { 127 } else { 126 }
}

async fn hello(sys: Sys) -> i32 {
    say(&sys, include_str!("hello.txt")).await
}

/// Does nothing, and ends when it is asked to.
async fn pause(sys: Sys) -> i32 {
    catch(&sys, &[Signal::INT, Signal::TERM]);
    sys.next_signal().await;
    sys.eprint("Shutting down, got signal: Terminated\n").await;
    0
}
