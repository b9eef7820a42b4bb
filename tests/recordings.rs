//! Recorded sittings of real Docker, replayed on the machine and compared whole.
//!
//! `recordings/gaps.txt` lists what is known to differ, a line each, `scenario: command`. A gap that starts
//! to match must be struck; a match that is lost fails. `UPDATE=1` rewrites the list.

mod recording;

#[path = "../src/bin/layerlab/folder.rs"]
mod folder;
#[path = "../src/bin/layerlab/script.rs"]
mod script;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use layerlab::model::order::Order;
use layerlab::session::host;
use layerlab::session::log::{Boot, Console};
use layerlab::session::machine::Machine;
use recording::{Step, Twins, agrees};
use serde::Deserialize;

/// A recorded sitting.
#[derive(Deserialize)]
struct Scenario {
    #[serde(skip)]
    name: String,
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    home: String,
    steps: Vec<Step>,
}

/// Whether real Docker answers it alike every time, and with what is its own.
fn judged(step: &Step) -> bool {
    !step.unstable && !step.stand_in
}

/// All scenarios, by name.
fn scenarios() -> Vec<Scenario> {
    let mut names: Vec<PathBuf> = fs::read_dir(recording::folder())
        .expect("the recordings")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "flags"))
        .collect();
    names.order();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a recording");
        let mut scenario: Scenario =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        scenario.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        scenario
    };
    names.iter().map(read).collect()
}

#[test]
fn the_recordings_match_but_for_known_gaps() {
    let path = recording::folder().join("gaps.txt");
    let known: BTreeSet<String> = fs::read_to_string(&path).unwrap_or_default().lines().map(String::from).collect();
    let (mut found, mut judged) = (Vec::new(), 0);
    for scenario in scenarios() {
        let gaps = gaps(&scenario);
        judged += scenario.steps.iter().filter(|step| self::judged(step)).count();
        found.extend(gaps);
    }
    println!("{} of {judged} steps match", judged - found.len());
    if std::env::var_os("UPDATE").is_some() {
        let text: String = found.iter().map(|gap| format!("{gap}\n")).collect();
        fs::write(&path, text).expect("the list of gaps");
        return;
    }
    let found: BTreeSet<String> = found.into_iter().collect();
    let lost: Vec<&String> = found.difference(&known).collect();
    assert!(lost.is_empty(), "these matched and differ now:\n{}", list(&lost));
    let struck: Vec<&String> = known.difference(&found).collect();
    assert!(struck.is_empty(), "these match now; strike them from tests/recordings/gaps.txt:\n{}", list(&struck));
}

fn list(gaps: &[&String]) -> String {
    gaps.iter().map(|gap| format!("  {gap}\n")).collect()
}

/// The steps of a scenario that differ, as the list of gaps names them: a command that comes again gets a
/// number.
fn gaps(scenario: &Scenario) -> Vec<String> {
    let answers = replay(scenario);
    let mut twins = Twins::default();
    let mut seen = Vec::new();
    let mut gaps = Vec::new();
    for (wanted, got) in scenario.steps.iter().zip(&answers) {
        seen.push(&wanted.cmd);
        if agrees(&mut twins, wanted, got) || !judged(wanted) {
            continue;
        }
        let again = match seen.iter().filter(|cmd| **cmd == &wanted.cmd).count() {
            1 => String::new(),
            count => format!(" [{count}]"),
        };
        gaps.push(format!("{}: {}{again}", scenario.name, wanted.cmd.replace('\n', "\\n")));
    }
    gaps
}

fn replay(scenario: &Scenario) -> Vec<Step> {
    let mut boot = Boot {
        directory: host::WORK.to_string(),
        images: scenario.images.clone(),
        console: Console::None,
        ..Boot::default()
    };
    if !scenario.home.is_empty() {
        let home = recording::folder().join("homes").join(&scenario.home);
        boot.files = folder::read(&home.to_string_lossy()).expect("a home");
    }
    let mut machine = Machine::boot(&boot);
    let answer = |step: &Step| {
        let outcome = machine.command(&step.cmd);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Step { stdout: text(&outcome.stdout), stderr: text(&outcome.stderr), rc: outcome.status, ..step.clone() }
    };
    scenario.steps.iter().map(answer).collect()
}

#[test]
fn the_comparison_tells_alike_from_different() {
    for scenario in scenarios() {
        let mut twins = Twins::default();
        for step in &scenario.steps {
            assert!(agrees(&mut twins, step, step), "{}: {}", scenario.name, step.cmd);
            let other = Step { stdout: format!("X{}", step.stdout), ..step.clone() };
            assert!(!agrees(&mut twins.clone(), step, &other), "{}: {}", scenario.name, step.cmd);
        }
    }
    let step = |stdout: &str| Step {
        cmd: String::new(),
        stdout: stdout.to_string(),
        stderr: String::new(),
        rc: 0,
        unstable: false,
        stand_in: false,
    };
    let mut twins = Twins::default();
    let (one, two) = ("0123456789ab", "ba9876543210");
    assert!(agrees(&mut twins, &step(one), &step(two)));
    assert!(!agrees(&mut twins, &step(one), &step(one)), "another identity");
    assert!(agrees(&mut twins, &step("Up 3 minutes, 5.2MB"), &step("Up 1 second, 17kB")));
}

#[test]
fn a_script_of_a_scenario_is_cut_into_its_commands() {
    for scenario in scenarios() {
        let script: String = scenario.steps.iter().map(|step| format!("{}\n", step.cmd)).collect();
        let commands: Vec<&str> = scenario.steps.iter().map(|step| step.cmd.as_str()).collect();
        assert_eq!(script::commands(&script), commands, "{}", scenario.name);
    }
}
