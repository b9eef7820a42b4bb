//! The table of commands against the real client's: every command, every flag with its type and default, as
//! `recordings/flags.json` has them; and help, completion and an example that runs for each.

use std::collections::{BTreeMap, BTreeSet};

use layerlab::cli::complete::{Candidate, complete};
use layerlab::cli::dispatch::dispatch;
use layerlab::cli::spec::{self, Arity, Command};
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console};
use serde::Deserialize;

const HOME: &str = "/home/learner";

#[derive(Deserialize)]
struct Recorded {
    usage: String,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    min_args: Option<usize>,
    max_args: Option<usize>,
    flags: Vec<RecordedFlag>,
}

#[derive(Deserialize)]
struct RecordedFlag {
    name: String,
    shorthand: Option<char>,
    #[serde(rename = "type")]
    kind: String,
    default: Option<String>,
}

/// The real client's commands, by their path without `docker`.
fn recorded() -> BTreeMap<String, Recorded> {
    let text = include_str!("recordings/flags.json");
    let all: BTreeMap<String, Recorded> = serde_json::from_str(text).expect("a map of commands");
    let path = |name: String| name.strip_prefix("docker").unwrap_or(&name).trim().to_string();
    all.into_iter().map(|(name, command)| (path(name), command)).collect()
}

fn leaves() -> Vec<(String, Recorded)> {
    recorded().into_iter().filter(|(_, command)| command.commands.is_empty()).collect()
}

fn found(path: &str) -> (Command, &'static str) {
    spec::find(path).unwrap_or_else(|| panic!("no command `{path}`"))
}

/// The first line of its usage: what follows was not recorded.
fn usage(command: &Command, named: &str) -> String {
    command.usage(named).lines().next().unwrap_or_default().to_string()
}

fn help(path: &str) -> String {
    let words: Vec<String> = path.split_whitespace().chain(["--help"]).map(str::to_string).collect();
    dispatch(&words, HOME).expect_err("help is answered at once").stdout
}

#[test]
fn every_command_and_flag_of_the_real_client_is_there() {
    assert_eq!(leaves().len(), 105);
    let mut flags = 0;
    for (path, wanted) in recorded() {
        let (command, named) = found(&path);
        assert_eq!(usage(&command, named), wanted.usage, "{path}");
        for flag in &wanted.flags {
            let own = command.flag(&flag.name).unwrap_or_else(|| panic!("{path} has no --{}", flag.name));
            let default = own.default.map(|default| default.replace("$HOME", HOME));
            // A recorded default of nothing is one that help does not show.
            let wanted = flag.default.clone().filter(|default| !default.is_empty());
            let shape = (own.kind, own.short, default, own.hidden);
            assert_eq!(shape, (flag.kind.as_str(), flag.shorthand, wanted, false), "{path} --{}", flag.name);
        }
        let names: BTreeSet<&str> = wanted.flags.iter().map(|flag| flag.name.as_str()).collect();
        let more: Vec<&str> = command.flags.iter().filter(|flag| !flag.hidden).map(|flag| flag.name).collect();
        assert!(more.iter().all(|name| names.contains(name)), "{path} has more: {more:?}");
        let below: BTreeSet<&str> = spec::children(&path).into_iter().map(|(name, _)| name).collect();
        let listed: BTreeSet<&str> = wanted.commands.iter().map(String::as_str).collect();
        assert!(listed.is_subset(&below), "{path}: {:?}", listed.difference(&below));
        flags += wanted.flags.len();
    }
    assert!(flags > 600, "{flags} flags");
}

#[test]
fn as_many_arguments_are_taken_as_by_the_real_client() {
    for (path, wanted) in leaves() {
        let (command, _) = found(&path);
        let (least, most) = match command.arity {
            Arity::Exactly(count) => (count, Some(count)),
            // The flag library names no bounds that were recorded.
            Arity::Plainly(_) => continue,
            Arity::AtLeast(least) => (least, None),
            Arity::Between(least, most) => (least, Some(most)),
            _ => (0, None),
        };
        let wanted = (wanted.min_args.unwrap_or(0), wanted.max_args);
        // Where the client's error names no bounds, none were recorded.
        assert!(wanted == (0, None) || wanted == (least, most), "{path}: {wanted:?}, here {least} to {most:?}");
    }
}

#[test]
fn every_command_has_help() {
    for (path, wanted) in recorded().into_iter().filter(|(path, _)| !path.is_empty()) {
        let help = help(&path);
        let (command, _) = found(&path);
        assert!(help.starts_with(&format!("Usage:  {}\n", wanted.usage)), "{path}: {help}");
        assert!(help.contains(&format!("\n\n{}\n", command.summary())), "{path}: {help}");
        assert!(wanted.flags.iter().all(|flag| help.contains(&format!("--{}", flag.name))), "{path}: {help}");
        let aliases = format!("\nAliases:\n  {}\n", wanted.aliases.join(", "));
        assert_eq!(help.contains(&aliases), !wanted.aliases.is_empty(), "{path}: {help}");
    }
}

#[test]
fn every_command_and_flag_is_completed() {
    let words = |line: &str| -> BTreeSet<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let word = |candidate| match candidate {
            Candidate::Word { word, .. } => Some(word),
            Candidate::Name(_) => None,
        };
        complete(&words).into_iter().filter_map(word).collect()
    };
    for (path, wanted) in recorded() {
        let (group, name) = path.rsplit_once(' ').unwrap_or(("", &path));
        let unlisted = found(&path).0.unlisted;
        assert!(path.is_empty() || unlisted || words(format!("{group} {name}").trim_start()).contains(name), "{path}");
        let flags = words(format!("{path} --").trim_start());
        assert!(wanted.flags.iter().all(|flag| flags.contains(&format!("--{}", flag.name))), "{path}: {flags:?}");
    }
}

/// A machine with something of each kind. All but one container end at once when they are asked to.
const PREPARED: &str = r#"printf 'FROM alpine\nRUN echo built > /built\n' > Dockerfile
docker build -q -t app:1 . && docker tag app:1 learner/app:1 && docker save -o app.tar app:1
docker run -d --name web -p 8080:80 nginx:alpine
docker run -d --init --name box alpine sleep 1000
docker run -d --init --name still alpine sleep 1000 && docker pause still
docker run -d --name talk alpine sh -c 'sleep 5; echo done'
docker create --name job alpine echo done
docker export -o files.tar box
docker network create front && docker volume create data
docker context create near --docker host=tcp://near:2375 && docker context export near
echo layerlab | docker login -u learner --password-stdin"#;

/// The same for examples of compose.
const COMPOSED: &str = r#"printf 'FROM alpine\nCMD sleep 1000\n' > Dockerfile
printf 'services:\n  web: {image: "nginx:alpine", ports: ["8080:80"]}\n' > compose.yaml
printf '  app: {build: ., image: "learner/app:1", init: true}\n' >> compose.yaml
printf '  still: {image: alpine, init: true, command: sleep 1000}\n' >> compose.yaml
printf "  talk: {image: alpine, init: true, command: sh -c 'sleep 30; echo done'}\n" >> compose.yaml
echo layerlab | docker login -u learner --password-stdin
docker compose up -d"#;

/// What has no meaning here, or not yet, and how the machine says so.
const SAID: [(&str, &str); 3] = [
    ("volume update", "Can only update cluster volumes"),
    ("compose publish", "layerlab: docker compose publish is not simulated"),
    ("compose watch", "layerlab: docker compose watch is not simulated"),
];

/// Plays some lines on a fresh machine; what the last one printed, and its status.
fn play(prepared: &str, line: &str) -> (String, String) {
    let images = ["alpine", "nginx:alpine"].map(str::to_string).to_vec();
    let mut session = Session::new(Boot { images, console: Console::Streams, ..Boot::default() });
    let mut told = String::new();
    for line in prepared.lines().chain([line, "echo status $?"]) {
        told = String::from_utf8_lossy(&session.take_output()).into_owned();
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(600)), "`{line}` goes on");
    }
    (told, String::from_utf8_lossy(&session.take_output()).into_owned())
}

/// Runs the example of a command, called by this path.
fn runs(path: &str, prepared: &str) {
    let example = spec::example(path).unwrap_or_else(|| panic!("`{path}` has no example"));
    let (command, _) = found(path);
    let own = command.paths.iter().find(|own| example.contains(&format!("docker {own}")));
    let own = own.unwrap_or_else(|| panic!("`{example}` is not an example of `{path}`"));
    let line = example.replacen(&format!("docker {own}"), &format!("docker {path}"), 1);
    let (told, status) = play(prepared, &line);
    match SAID.iter().find(|(said, _)| *said == path) {
        Some((_, words)) => assert!(told.contains(words) && !status.contains("status 0"), "{line}: {told}{status}"),
        None => {
            // What goes on until it is ended is ended by `timeout`.
            let well = if line.starts_with("timeout ") { "status 124" } else { "status 0" };
            assert!(status.contains(well) && !told.contains("layerlab: "), "{line}: {told}{status}");
        }
    }
}

#[test]
fn every_example_runs() {
    for (path, _) in leaves() {
        runs(&path, PREPARED);
    }
}

#[test]
fn every_example_beyond_the_recorded_commands_runs() {
    let recorded = recorded();
    let commands = spec::all();
    let paths = || commands.iter().flat_map(|command| command.paths.iter().map(move |path| (command, *path)));
    for (command, path) in paths().filter(|(_, path)| !path.is_empty() && !recorded.contains_key(*path)) {
        if path == "compose unpause" {
            runs(path, &format!("{COMPOSED}\ndocker compose pause still"));
        } else if path.starts_with("compose ") {
            runs(path, COMPOSED);
        } else if command.arity == Arity::Absent {
            let (told, _) = play("", &format!("docker {path}"));
            assert!(told.contains(&format!("layerlab: {}", command.name(path))), "{path}: {told}");
            assert!(told.contains(" is not simulated"), "{path}: {told}");
        } else if !command.is_group() {
            runs(path, PREPARED);
        }
    }
}
