//! The machine without a browser.

mod args;
mod dist;
mod engine;
mod exec;
mod folder;
mod lessons;
mod repl;
mod script;
mod serve;
mod site;

use std::process::ExitCode;

/// A subcommand: its name, what it does in a line, and its entry point, which gets what follows the name.
struct Command {
    name: &'static str,
    summary: &'static str,
    main: fn(Vec<String>) -> ExitCode,
}

const COMMANDS: [Command; 6] = [
    Command { name: "dist", summary: "make what is handed out of the built site", main: dist::main },
    Command { name: "engine", summary: "answer the docker client, as its engine", main: engine::main },
    Command { name: "exec", summary: "run a script on a fresh machine", main: exec::main },
    Command { name: "lessons", summary: "check the lessons, or begin one", main: lessons::main },
    Command { name: "repl", summary: "sit at a machine's terminal", main: repl::main },
    Command { name: "serve", summary: "serve the built site", main: serve::main },
];

/// The exit status for a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    match name.as_str() {
        "" => {
            eprint!("{}", help());
            ExitCode::from(USAGE)
        }
        "-h" | "--help" | "help" => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        "-V" | "--version" => {
            println!("layerlab {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        name => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => (command.main)(args.collect()),
            None => fail(&format!("there is no command '{name}'; see 'layerlab --help'")),
        },
    }
}

fn help() -> String {
    let mut text = String::from("Usage: layerlab COMMAND\n\nDocker on a simulated machine.\n\nCommands:\n");
    for command in &COMMANDS {
        text.push_str(&format!("  {:<8} {}\n", command.name, command.summary));
    }
    text.push_str("\n'layerlab COMMAND --help' says more.\n");
    text
}

/// Says what is wrong with the command line.
fn fail(message: &str) -> ExitCode {
    eprintln!("layerlab: {message}");
    ExitCode::from(USAGE)
}
