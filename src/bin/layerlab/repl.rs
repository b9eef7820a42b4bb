//! `layerlab repl`: the sandbox in a terminal.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;

use layerlab::model::limits;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Console, Key};

use crate::args::{Args, OPTIONS};
use crate::{exec, fail};

const HELP: &str = "\
Usage: layerlab repl [OPTIONS]

A machine's terminal, line by line. ^C, ^D, ^Z and ^\\ typed as two characters on
a line of their own are those keys; :undo and :redo go back and forward; the end
of input leaves.

";

/// Real time that the machine catches up with before a line, at most.
const CATCH_UP: Time = Time::seconds(600);

pub fn main(words: Vec<String>) -> ExitCode {
    let args = match Args::parse(words) {
        Ok(args) => args,
        Err(message) => return fail(&message),
    };
    if args.help {
        print!("{HELP}{OPTIONS}");
        return ExitCode::SUCCESS;
    }
    if let Some(operand) = args.operands.first() {
        return fail(&format!("repl takes no argument: '{operand}'"));
    }
    if args.records {
        return fail("--records is for exec");
    }
    let boot = match args.boot(Console::Screen { rows: 24, columns: 80 }) {
        Ok(boot) => boot,
        Err(message) => return fail(&message),
    };
    let mut session = Session::new(boot);
    if let Some(image) = session.machine().missing.first() {
        return fail(&format!("{image}: there is no such image in the catalogue"));
    }
    match sit(&mut session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn sit(session: &mut Session) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        out.write_all(&session.take_output())?;
        out.flush()?;
        let asked = Instant::now();
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return out.write_all(b"\n");
        }
        let passed = Time(u64::try_from(asked.elapsed().as_nanos()).unwrap_or(u64::MAX));
        session.advance(passed.min(CATCH_UP));
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        let done = match text {
            ":undo" => session.undo(),
            ":redo" => session.redo(),
            text => match exec::key(text) {
                Some(key) => session.key(key),
                None => session.submit(text),
            },
        };
        if let Err(refusal) = done {
            writeln!(out, "{refusal}")?;
        }
        if !session.run_to_reader(Time::seconds(limits::FOREGROUND_SECONDS)) {
            let _ = session.key(Key::Interrupt);
            session.run_to_reader(Time::seconds(60));
        }
        exec::close_editor(session);
        // The real terminal has shown the line already.
        let output = session.take_output();
        let echo = format!("{text}\r\n");
        out.write_all(output.strip_prefix(echo.as_bytes()).unwrap_or(&output))?;
    }
}
