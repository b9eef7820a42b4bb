//! `layerlab exec`: a script on a fresh machine.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use layerlab::model::limits;
use layerlab::model::process::Stream;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Console, Key};
use layerlab::session::machine::Machine;
use serde::Serialize;

use crate::args::{Args, OPTIONS};
use crate::{fail, script};

const HELP: &str = "\
Usage: layerlab exec [OPTIONS] [SCRIPT|-]

Runs each line of SCRIPT (default: standard input) as typed at the prompt of a
fresh machine. A line that is ^C or ^D alone is that key. What holds the
foreground for an hour of the machine's time is interrupted. The exit status is
the last line's.

With --records each command runs in a fresh shell instead, without a terminal
and without input, and leaves one line of JSON: cmd, stdout, stderr and rc.

";

/// One command's answer, as `--records` prints it.
#[derive(Serialize)]
struct Record<'a> {
    cmd: &'a str,
    stdout: String,
    stderr: String,
    rc: i32,
}

pub fn main(words: Vec<String>) -> ExitCode {
    let args = match Args::parse(words) {
        Ok(args) => args,
        Err(message) => return fail(&message),
    };
    if args.help {
        print!("{HELP}{OPTIONS}");
        println!("      --records          one JSON object for each command");
        return ExitCode::SUCCESS;
    }
    let script = match read_script(&args.operands) {
        Ok(script) => script,
        Err(message) => return fail(&message),
    };
    let done = if args.records { records(&args, &script) } else { lines(&args, &script) };
    match done {
        Ok(Ok(status)) => ExitCode::from(status),
        Ok(Err(message)) => fail(&message),
        // Nobody reads on.
        Err(_) => ExitCode::SUCCESS,
    }
}

fn read_script(operands: &[String]) -> Result<String, String> {
    let bytes = match operands {
        [] => stdin(),
        [name] if name == "-" => stdin(),
        [name] => std::fs::read(name).map_err(|error| format!("{name}: {error}")),
        [_, more, ..] => Err(format!("one script at a time: '{more}' is too many")),
    }?;
    Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

fn stdin() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
    Ok(bytes)
}

type Done = io::Result<Result<u8, String>>;

fn records(args: &Args, script: &str) -> Done {
    let boot = match args.boot(Console::None) {
        Ok(boot) => boot,
        Err(message) => return Ok(Err(message)),
    };
    let mut machine = Machine::boot(&boot);
    if let Some(image) = machine.missing.first() {
        return Ok(Err(format!("{image}: there is no such image in the catalogue")));
    }
    let mut out = io::stdout().lock();
    let mut status = 0;
    for cmd in script::commands(script) {
        let outcome = machine.command(cmd);
        status = outcome.status;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let record = Record { cmd, stdout: text(&outcome.stdout), stderr: text(&outcome.stderr), rc: status };
        serde_json::to_writer(&mut out, &record)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(Ok(status as u8))
}

const HOUR: Time = Time::seconds(limits::FOREGROUND_SECONDS);

fn lines(args: &Args, script: &str) -> Done {
    let boot = match args.boot(Console::Streams) {
        Ok(boot) => boot,
        Err(message) => return Ok(Err(message)),
    };
    let mut session = Session::new(boot);
    if let Some(image) = session.machine().missing.first() {
        return Ok(Err(format!("{image}: there is no such image in the catalogue")));
    }
    let login = session.machine().shell();
    for line in script.lines() {
        // What reads the terminal decides what the line is.
        if !session.run_to_reader(HOUR) {
            interrupt(&mut session);
        }
        close_editor(&mut session);
        flush(&mut session)?;
        // `exit` ends the script, whatever follows.
        if session.machine().shell() != login {
            break;
        }
        let typed = match key(line) {
            Some(key) => session.key(key),
            None => session.submit(line),
        };
        if let Err(refusal) = typed {
            return Ok(Err(refusal.to_string().trim_start_matches("layerlab: ").to_string()));
        }
    }
    session.run_to_reader(HOUR);
    close_editor(&mut session);
    if !session.run_to_prompt(HOUR) {
        interrupt(&mut session);
    }
    flush(&mut session)?;
    let status = session.ticks().last().map_or(Some(0), |tick| tick.status);
    // No prompt came back: as if ^C had ended it.
    Ok(Ok(status.unwrap_or(130) as u8))
}

/// Ends a program that waits for an editor: there is none here.
pub fn close_editor(session: &mut Session) {
    while let Some(editing) = session.editing() {
        eprintln!("layerlab: {} {} is edited in the page; there is no editor here", editing.program, editing.path);
        if session.key(Key::Interrupt).is_err() || !session.run_to_reader(Time::seconds(60)) {
            return;
        }
    }
}

/// ^C, and ^\ for what does not mind it.
fn interrupt(session: &mut Session) {
    for key in [Key::Interrupt, Key::Quit] {
        if session.key(key).is_ok() && session.run_to_reader(Time::seconds(60)) {
            return;
        }
    }
}

/// The key that a line stands for.
pub fn key(line: &str) -> Option<Key> {
    match line {
        "^C" => Some(Key::Interrupt),
        "^D" => Some(Key::End),
        "^Z" => Some(Key::Suspend),
        "^\\" => Some(Key::Quit),
        _ => None,
    }
}

fn flush(session: &mut Session) -> io::Result<()> {
    for (stream, bytes) in session.take_streams() {
        match stream {
            Stream::Stdout => io::stdout().write_all(&bytes)?,
            Stream::Stderr => io::stderr().write_all(&bytes)?,
        }
        io::stdout().flush()?;
    }
    Ok(())
}
