//! Random Dockerfiles from a seed: building twice finds every step in the cache and gives the same image, and a
//! copied file that changed makes exactly the steps from its COPY on run again. `LAYERLAB_SEQUENCES` says how
//! many there are.

use std::collections::BTreeSet;

use layerlab::model::random::Random;
use layerlab::session::host;
use layerlab::session::log::{Boot, Console, Content, HomeFile};
use layerlab::session::machine::Machine;

const FILES: [&str; 5] = ["a.txt", "b.txt", "src/c.txt", "src/deep/d.txt", "e f.txt"];

fn sequences() -> u64 {
    std::env::var("LAYERLAB_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

fn machine(dockerfile: &str) -> Machine {
    let file = |(path, text): (&str, String)| HomeFile {
        path: path.to_string(),
        content: Content::new(text.as_bytes()),
        executable: false,
    };
    let mut files: Vec<HomeFile> = FILES.iter().map(|path| file((path, format!("this is {path}\n")))).collect();
    files.push(file(("Dockerfile", dockerfile.to_string())));
    Machine::boot(&Boot {
        directory: host::WORK.to_string(),
        images: vec!["alpine:3.19".into()],
        console: Console::None,
        files,
        ..Boot::default()
    })
}

/// A stage of random instructions, and for each of its steps the file of the context that it copies, if any.
fn stage(random: &mut Random) -> (String, Vec<Option<usize>>) {
    let mut text = String::from("FROM alpine:3.19\n");
    let mut steps = vec![None];
    for number in 0..2 + random.below(7) {
        let which = random.below(FILES.len() as u64) as usize;
        let (line, step) = match random.below(12) {
            0..4 if FILES[which].contains(' ') => {
                (format!("COPY [\"{}\", \"/c{number}/\"]", FILES[which]), Some(Some(which)))
            }
            0..4 => (format!("COPY {} /c{number}/", FILES[which]), Some(Some(which))),
            4..8 => (format!("RUN echo {which} > /r{number} && ls / > /dev/null"), Some(None)),
            8 => (format!("WORKDIR /w{which}"), Some(None)),
            9 => (format!("ENV V{number}=\"$PATH {which}\""), None),
            10 => (format!("LABEL l{number}={which}"), None),
            _ => (format!("ARG A{number}={which}"), None),
        };
        text += &format!("{line}\n");
        steps.extend(step);
    }
    (text, steps)
}

struct Built {
    id: String,
    /// Step number to whether it came from the cache.
    cached: Vec<bool>,
}

fn build(machine: &mut Machine, seed: u64) -> Built {
    let outcome = machine.command("docker build -t it .");
    let text = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert_eq!(outcome.status, 0, "seed {seed}:\n{text}");
    assert_eq!(machine.world(|w| w.verify()), Ok(()), "seed {seed}");
    let id = text.lines().find_map(|line| line.split("writing image ").nth(1)?.split(' ').next());
    let hits: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_suffix(" CACHED")).collect();
    let steps = text.lines().filter_map(|line| {
        let (number, name) = line.split_once(' ')?;
        let step: usize = name.strip_prefix('[')?.trim_start().split('/').next()?.parse().ok()?;
        Some((step, hits.contains(number)))
    });
    let steps: std::collections::BTreeMap<usize, bool> = steps.collect();
    Built { id: id.unwrap_or_default().to_string(), cached: steps.into_values().collect() }
}

#[test]
fn a_build_is_cached_until_what_it_takes_changes() {
    for seed in 1..=sequences() * 5 {
        let mut random = Random(seed.wrapping_mul(104_729));
        let (text, steps) = stage(&mut random);
        let mut machine = machine(&text);
        let first = build(&mut machine, seed);
        let again = build(&mut machine, seed);
        assert_eq!(first.id, again.id, "seed {seed}:\n{text}");
        assert!(again.cached.iter().skip(1).all(|cached| *cached), "seed {seed}:\n{text}");
        let changed = random.below(FILES.len() as u64) as usize;
        machine.command(&format!("echo changed >> '{}'; touch *.txt", FILES[changed]));
        let third = build(&mut machine, seed);
        let from = steps.iter().position(|step| *step == Some(changed)).unwrap_or(steps.len());
        for (at, cached) in third.cached.iter().enumerate().skip(1) {
            assert_eq!(*cached, at < from, "seed {seed}, step {} after {}:\n{text}", at + 1, FILES[changed]);
        }
        assert_eq!(third.id == first.id, from == steps.len(), "seed {seed}:\n{text}");
    }
}
