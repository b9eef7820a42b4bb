//! A recorded sitting of real Docker Compose, replayed on the machine and compared whole, and what its terminal shows.
//!
//! `transcripts/real/KNOWN_GAPS.md` lists what is known to differ, by name, and why. A gap that starts to match must
//! be struck; a match that is lost fails. The recording shows its working directory in place of every path.

#[path = "recording/gap.rs"]
mod gap;
mod recording;

#[path = "../src/bin/layerlab/folder.rs"]
mod folder;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use layerlab::cli::spec;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::host;
use layerlab::session::log::{Boot, Console};
use layerlab::session::machine::Machine;
use layerlab::view::complete::complete;
use layerlab::view::screen::{Screen, Style};
use recording::pattern::Pattern;
use recording::{Step, Twins, agrees};
use serde::Deserialize;

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    step: Step,
}

fn recorded() -> PathBuf {
    recording::folder().join("compose")
}

fn captures() -> Vec<Named> {
    let text = fs::read_to_string(recorded().join("captures.json")).expect("the recording");
    serde_json::from_str(&text).expect("its steps")
}

/// What the recording has hidden: paths below the working directory, and the layers of a pull.
fn masked(step: &Step) -> Step {
    let paths = Pattern::new(r#"/home/learner/work[^\s,"]*"#);
    let layers = Pattern::new(r"^ [0-9a-f]{12} .*$");
    let mask = |text: &str| {
        let text = paths.replace(text, |_| "/home/learner/work".to_string());
        let lines: Vec<&str> = text.lines().filter(|line| !layers.is_in(line)).collect();
        lines.join("\n")
    };
    Step { stdout: mask(&step.stdout), stderr: mask(&step.stderr), ..step.clone() }
}

#[test]
fn the_recording_matches_but_for_known_gaps() {
    let files = folder::read(&recorded().join("projects").to_string_lossy()).expect("the projects");
    let mut machine = Machine::boot(&Boot {
        directory: host::WORK.to_string(),
        images: vec!["alpine:3.19".into()],
        console: Console::None,
        files,
        ..Boot::default()
    });
    let known = gap::known().remove("compose").unwrap_or_default();
    let (mut twins, mut gaps, mut count) = (Twins::default(), BTreeSet::new(), 0);
    for Named { name, step } in captures() {
        let outcome = machine.command(&format!("cd myapp; {}", step.cmd));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let got =
            Step { stdout: text(&outcome.stdout), stderr: text(&outcome.stderr), rc: outcome.status, ..step.clone() };
        count += 1;
        if !agrees(&mut twins, &masked(&step), &masked(&got)) {
            if !known.contains_key(&name) {
                println!("{name}\n{}{}({})", got.stdout, got.stderr, got.rc);
            }
            gaps.insert(name);
        }
    }
    assert!(count >= 55, "{count} steps");
    gap::judge("compose", &gaps).unwrap_or_else(|wrong| panic!("\n{wrong}"));
}

type Row = Vec<(String, Style)>;

/// What stands on a terminal after all these bytes; digits of times, and ids, are masked.
fn screen(bytes: &[u8]) -> Vec<Row> {
    let (times, ids) = (Pattern::new(r"[0-9]+\.[0-9]s"), Pattern::new(r"sha256:[0-9a-f]{64}"));
    let mut screen = Screen::new(60);
    screen.write(bytes);
    let mask = |text: &str| ids.replace(&times.replace(text, |_| "0.0s".into()), |_| "sha256:ID".into());
    let row = |runs: Vec<(String, Style)>| runs.iter().map(|(text, style)| (mask(text), *style)).collect();
    let mut rows: Vec<Row> = screen.rows().1.map(|line| row(line.runs())).collect();
    // The heading is blue if no line came since the drawing before, which is a matter of milliseconds.
    for (_, style) in rows.iter_mut().filter_map(|row| row.first_mut()).filter(|run| run.0.starts_with("[+] ")) {
        *style = Style::default();
    }
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

/// What the last of some commands prints on a terminal.
fn ours(commands: &[&str]) -> Vec<u8> {
    let files = folder::read(&recorded().join("projects/myapp").to_string_lossy()).expect("the project");
    let mut session = Session::new(Boot {
        images: vec!["alpine:3.19".into(), "nginx:alpine".into()],
        console: Console::Screen { rows: 60, columns: 100 },
        files,
        ..Boot::default()
    });
    let mut output = Vec::new();
    for line in commands {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(90)), "{line}");
        output = session.take_output();
    }
    let from = output.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let to = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    output[from..to.max(from)].to_vec()
}

#[test]
fn terminals_end_on_the_recorded_screen() {
    let read = |name: &str| fs::read(recording::folder().join("tty").join(name)).expect("a recording");
    for (name, commands) in [
        ("up-tty.tty", &["docker compose build -q; docker rmi -f myapp-api", "docker compose up -d"][..]),
        ("down-tty.tty", &["docker compose up -d", "docker compose down -t 0"][..]),
    ] {
        let (wanted, got) = (screen(&read(name)), screen(&ours(commands)));
        for (at, (wanted, got)) in wanted.iter().zip(&got).enumerate() {
            assert_eq!(got, wanted, "{name}, row {at}");
        }
        assert_eq!(got.len(), wanted.len(), "{name}: {got:#?}");
    }
}

#[test]
fn services_are_completed() {
    let mut session = Session::new(Boot::default());
    let file = "services:\\n  web: {image: x}\\n  worker: {image: x}\\n  db: {image: x, profiles: [p]}\\n";
    session.submit(&format!("printf '{file}' > compose.yaml")).expect("a line");
    assert!(session.run_to_prompt(Time::seconds(5)));
    let of = |line: &str| complete(&session.world(), session.machine().shell(), line);
    assert_eq!(of("docker compose stop w").candidates, ["web", "worker"]);
    assert_eq!(of("docker compose up -d d").line, "docker compose up -d db ");
    assert_eq!(of("docker compose up --exit-code-from we").line, "docker compose up --exit-code-from web ");
    assert_eq!(of("docker compose re").line, "docker compose restart ");
    assert_eq!(of("docker compose up --wa").candidates, ["--wait", "--wait-timeout", "--watch"]);
    assert!(spec::all().iter().filter(|command| command.paths[0].starts_with("compose ")).count() >= 33);
}

/// Compose files that the transcripts write, and forms of variables and merges that they show the outcome of.
#[test]
fn the_transcripts_have_files_of_every_form() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/compose");
    let texts = fs::read_dir(folder).expect("the transcripts").flatten();
    let text: String = texts.map(|entry| fs::read_to_string(entry.path()).expect("a transcript")).collect();
    let written = Pattern::new(r"^\$ .*(?:cat|printf).*(?:> \S+\.ya?ml|compose -f -).*$");
    let files = text.lines().filter(|line| written.is_in(line)).count();
    assert!(files >= 25, "{files} files");
    for form in ["$N", "${N}", "${E:-d}", "${E-d}", "${S:+o}", "${S+o}", "${E:?", "${N?}", "${N:-${E:-", "$$S"] {
        assert!(text.contains(form), "{form}");
    }
    for part in ["!reset", "!override", "<<:", "extends:", "include:", "compose.override.yaml", "env_file:"] {
        assert!(text.contains(part), "{part}");
    }
}
