//! What a large build costs: `cargo bench --bench building`. Four stages with 20 RUN and 20 COPY over a context of
//! 5,000 files; the machine has the files already. The figures are printed, not judged.

use std::time::{Duration, Instant};

use layerlab::session::host;
use layerlab::session::log::{Boot, Console, Content, HomeFile};
use layerlab::session::machine::Machine;

const FILES: usize = 5_000;

fn file(path: String, text: &str) -> HomeFile {
    HomeFile { path, content: Content::new(text.as_bytes()), executable: false }
}

/// Each stage copies all, four folders and, but for the first, what the one before made.
fn dockerfile() -> String {
    let mut text = String::new();
    for stage in 0..4 {
        text += &format!("FROM alpine:3.19 AS s{stage}\nWORKDIR /app\n");
        for step in 0..5 {
            text += &match (stage, step) {
                (_, 4) => "COPY . /all\n".to_string(),
                (1.., 0) => format!("COPY --from=s{} /app/out3 /before\n", stage - 1),
                _ => format!("COPY d{} d{}\n", stage * 5 + step, stage * 5 + step),
            };
            text += &format!("RUN mkdir out{step} && ls > out{step}/list && echo {stage} > out{step}/stage\n");
        }
    }
    text
}

fn machine() -> Machine {
    let path = |at: usize| format!("d{}/e{}/f{at}.js", at % 20, at / 20 % 10);
    let mut files: Vec<HomeFile> = (0..FILES).map(|at| file(path(at), &format!("exports.n = {at};\n"))).collect();
    files.push(file("Dockerfile".into(), &dockerfile()));
    files.push(file(".dockerignore".into(), "Dockerfile\n**/*.log\n"));
    Machine::boot(&Boot {
        directory: host::WORK.to_string(),
        images: vec!["alpine:3.19".into()],
        console: Console::None,
        files,
        ..Boot::default()
    })
}

/// Builds, and says how long that took in real time.
fn build(machine: &mut Machine, cached: usize) -> Duration {
    let began = Instant::now();
    let outcome = machine.command("docker build -t large .");
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status, 0, "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with(" CACHED")).count(), cached, "{text}");
    took
}

fn main() {
    let best = |times: [Duration; 5]| times.into_iter().min().unwrap_or_default();
    let mut first = [Duration::ZERO; 5];
    let mut again = [Duration::ZERO; 5];
    let mut edited = [Duration::ZERO; 5];
    for at in 0..5 {
        let mut machine = machine();
        first[at] = build(&mut machine, 0);
        again[at] = build(&mut machine, 41);
        machine.command("echo >> d19/e0/f19.js");
        edited[at] = build(&mut machine, 33);
    }
    println!("first: {:?}, again: {:?}, one file edited: {:?}", best(first), best(again), best(edited));
    println!("       each: {first:?} {again:?} {edited:?}");
}
