//! Recorded sittings of real Docker, replayed on the machine and compared whole.
//!
//! `transcripts/real/KNOWN_GAPS.md` lists what is known to differ, and why. A gap that starts to match must be
//! struck; a match that is lost fails.

#[path = "recording/gap.rs"]
mod gap;
mod recording;

#[path = "../src/bin/layerlab/folder.rs"]
mod folder;
#[path = "../src/bin/layerlab/script.rs"]
mod script;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

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

/// What came of a scenario.
struct Played {
    name: String,
    judged: usize,
    /// The steps that differ, as the list of gaps names them.
    gaps: BTreeSet<String>,
    /// How many of them are help that differs in the sentence that describes the command, which is our own.
    own_words: usize,
}

/// All scenarios, played once for all tests.
fn played() -> &'static [Played] {
    static PLAYED: OnceLock<Vec<Played>> = OnceLock::new();
    PLAYED.get_or_init(|| scenarios().iter().map(play).collect())
}

#[test]
fn the_recordings_match_but_for_known_gaps() {
    let known: BTreeSet<String> = gap::known().into_keys().filter(|name| name != "compose").collect();
    let names: BTreeSet<String> = played().iter().map(|scenario| scenario.name.clone()).collect();
    assert!(known.is_subset(&names), "no such recording: {:?}", known.difference(&names));
    let wrong: String = played().iter().filter_map(|one| gap::judge(&one.name, &one.gaps).err()).collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// At least so many in a hundred steps match: in each scenario, and in those of the client alone.
const EACH: usize = 80;
const CLIENT: usize = 97;

/// Help's sentences are our own by intention, and a recording means to leave them out, but does not where a command
/// has no options. Here such a step counts if all the rest of it is the same.
#[test]
fn no_group_falls_behind() {
    let good = |one: &Played| one.judged - one.gaps.len() + one.own_words;
    let mut behind = String::new();
    for one in played().iter().filter(|one| 100 * good(one) < EACH * one.judged) {
        behind += &format!("  {} of {} in {}\n", good(one), one.judged, one.name);
    }
    assert!(behind.is_empty(), "under {EACH} %:\n{behind}");
    let client: Vec<&Played> = played().iter().filter(|one| one.name.starts_with("client-")).collect();
    let (good, all) = client.iter().fold((0, 0), |(sum, all), one| (sum + good(one), all + one.judged));
    assert!(all >= 200 && 100 * good >= CLIENT * all, "{good} of {all} of the client's own");
    let (judged, gaps) = played().iter().fold((0, 0), |(all, sum), one| (all + one.judged, sum + one.gaps.len()));
    println!("{} of {judged} steps match; of the client's own {good} of {all}", judged - gaps);
}

/// Plays a scenario. A command that comes again gets a number in the list of gaps.
fn play(scenario: &Scenario) -> Played {
    let answers = replay(scenario);
    let mut twins = Twins::default();
    let mut seen = Vec::new();
    let mut played = Played { name: scenario.name.clone(), judged: 0, gaps: BTreeSet::new(), own_words: 0 };
    for (wanted, got) in scenario.steps.iter().zip(&answers) {
        seen.push(&wanted.cmd);
        played.judged += usize::from(judged(wanted));
        if agrees(&mut twins, wanted, got) || !judged(wanted) {
            continue;
        }
        if wanted.cmd.ends_with(" --help") && agrees(&mut twins, &without_words(wanted), &without_words(got)) {
            played.own_words += 1;
        }
        let again = match seen.iter().filter(|cmd| **cmd == &wanted.cmd).count() {
            1 => String::new(),
            count => format!(" [{count}]"),
        };
        played.gaps.insert(format!("{}{again}", wanted.cmd.replace('\n', "\\n")));
    }
    played
}

/// Help without the paragraph behind the usage.
fn without_words(step: &Step) -> Step {
    let paragraphs: Vec<&str> = step.stdout.split("\n\n").collect();
    assert!(paragraphs.len() >= 2 && paragraphs[0].starts_with("Usage:  docker"), "no help: {}", step.stdout);
    Step { stdout: [&paragraphs[..1], &paragraphs[2..]].concat().join("\n\n"), ..step.clone() }
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
