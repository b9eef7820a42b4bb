//! `wasm-bindgen` as far as Trunk calls it: `--version`, or the flags of one browser build and a module.
//!
//! The work is done by `wasm-bindgen-cli-support`, as it is for the full command. A flag that is not
//! listed here is refused, so that a newer Trunk can't be misunderstood silently.

use std::{env, process::ExitCode};
use wasm_bindgen_cli_support::Bindgen;

/// Trunk compares it with the version that the lock file of the page names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--version" || arg == "-V") {
        println!("wasm-bindgen {VERSION}");
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("wasm-bindgen (thin): {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    let mut out_dir = None;
    for arg in args {
        let (flag, value) = arg.split_once('=').unwrap_or((arg, ""));
        match flag {
            "--target" if value == "web" => {
                bindgen.web(true).map_err(|error| format!("{error:#}"))?;
            }
            "--out-dir" => out_dir = Some(value.to_owned()),
            "--out-name" => {
                bindgen.out_name(value);
            }
            "--no-typescript" => {
                bindgen.typescript(false);
            }
            "--no-demangle" => {
                bindgen.demangle(false);
            }
            _ if !arg.starts_with('-') => {
                bindgen.input_path(arg);
            }
            _ => return Err(format!("{arg} is not known; it does only what this project's build asks for")),
        }
    }
    let out_dir = out_dir.ok_or("--out-dir=DIR is needed")?;
    bindgen.generate(out_dir).map_err(|error| format!("{error:#}"))
}
