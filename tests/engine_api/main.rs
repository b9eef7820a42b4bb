//! The real docker client against `layerlab engine`: what it prints is what the machine's own client prints.
//!
//! Where there is no docker client the tests say so and pass, unless `LAYERLAB_DOCKER` is `required`.

mod archive;
mod client;
mod http;
#[allow(dead_code, reason = "no recording is read here, two answers are compared")]
#[path = "../recording/mod.rs"]
mod recording;
mod server;

use std::collections::BTreeSet;

use recording::{Step, Twins, agrees};
use server::{Client, Server};

const SITTING: &str = include_str!("sitting.sh");

/// The words that name a command: `docker ps`, `docker container ls`.
fn command(line: &str) -> Option<String> {
    const GROUPS: [&str; 6] = ["builder", "container", "image", "network", "system", "volume"];
    let words: Vec<&str> = line[line.find("docker ")?..].split_whitespace().collect();
    let count = if GROUPS.contains(words.get(1)?) { 3 } else { 2 };
    Some(words.get(..count)?.join(" "))
}

#[test]
fn a_sitting_reads_the_same_with_the_real_client() {
    let lines: Vec<&str> = SITTING.lines().collect();
    let different: BTreeSet<String> = lines.iter().filter_map(|line| command(line)).collect();
    assert!(lines.len() >= 120 && different.len() >= 60, "{} lines, {} commands", lines.len(), different.len());
    let server = Server::start(&["--time", "virtual"]);
    let Some(client) = Client::of(&server) else { return };
    let expected = server::records(SITTING);
    assert_eq!(expected.len(), lines.len());
    let (mut twins, mut differ) = (Twins::default(), Vec::new());
    for step in &expected {
        let got = client.run(&step.cmd);
        if !agrees(&mut twins, step, &got) {
            differ.push(told(step, &got));
        }
    }
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), lines.len(), differ.join("\n"));
}

fn told(wanted: &Step, got: &Step) -> String {
    let side = |step: &Step| format!("{}{}[{}]", step.stdout, step.stderr, step.rc);
    format!("$ {}\n--- layerlab exec\n{}\n--- the real client\n{}\n", wanted.cmd, side(wanted), side(got))
}
