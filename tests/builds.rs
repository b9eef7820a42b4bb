//! Random Dockerfiles from a seed: whatever they say, building twice finds every step in the cache and gives the
//! same image, and a file that changed makes exactly the steps run again that follow from it.
//! `LAYERLAB_SEQUENCES` says how many there are.

#[path = "property/dockerfile.rs"]
mod dockerfile;

use std::collections::BTreeMap;

use dockerfile::{Dockerfile, FILES};
use layerlab::model::random::Random;
use layerlab::session::host;
use layerlab::session::log::{Boot, Console, Content, HomeFile};
use layerlab::session::machine::Machine;

fn sequences() -> u64 {
    std::env::var("LAYERLAB_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
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
        images: vec!["alpine:3.19".into(), "busybox".into()],
        console: Console::None,
        files,
        ..Boot::default()
    })
}

struct Built {
    id: String,
    /// Whether a step came from the cache, by the last token in its name.
    cached: BTreeMap<String, bool>,
}

fn build(machine: &mut Machine, case: &str) -> Built {
    let outcome = machine.command("docker build -t it .");
    let text = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert_eq!(outcome.status, 0, "{case}:\n{text}");
    assert_eq!(machine.world(|w| w.verify()), Ok(()), "{case}");
    let id = text.lines().find_map(|line| line.split("writing image ").nth(1)?.split(' ').next());
    let mut numbers = BTreeMap::new();
    let mut cached = BTreeMap::new();
    for line in text.lines() {
        let Some((number, rest)) = line.split_once(' ') else { continue };
        let token = rest.rsplit("/t_").next().filter(|_| rest.starts_with('[') && rest.contains("/t_"));
        if let Some(token) = token {
            let digits: String = token.chars().take_while(|c| c.is_ascii_digit() || *c == '_').collect();
            numbers.insert(number, format!("/t_{digits}"));
        }
        if let Some(token) = numbers.get(number) {
            *cached.entry(token.clone()).or_insert(false) |= rest == "CACHED";
        }
    }
    Built { id: id.unwrap_or_default().to_string(), cached }
}

#[test]
fn a_build_is_cached_until_what_it_takes_changes() {
    let (mut shown, mut again) = (0, 0);
    for seed in 1..=sequences() {
        let mut random = Random(seed.wrapping_mul(104_729));
        let file = Dockerfile::new(&mut random);
        let case = format!("seed {seed}:\n{}", file.text);
        let mut machine = machine(&file.text);
        let needed = file.needed();
        let expect = |runs: &dyn Fn(usize) -> bool| -> BTreeMap<String, bool> {
            let steps = file.steps.iter().enumerate().filter(|(at, _)| needed[*at]);
            steps.map(|(at, step)| (step.token.clone(), !runs(at))).collect()
        };
        let first = build(&mut machine, &case);
        assert_eq!(first.cached, expect(&|_| true), "{case}");
        let twice = build(&mut machine, &case);
        assert_eq!(twice.cached, expect(&|_| false), "{case}");
        assert_eq!(first.id, twice.id, "{case}");
        let changed = random.below(FILES.len() as u64) as usize;
        machine.command(&format!("echo changed >> '{}'; touch *.txt src src/*", FILES[changed]));
        let third = build(&mut machine, &case);
        let runs = file.again(changed);
        assert_eq!(third.cached, expect(&|at| runs[at]), "after a change of {}, {case}", FILES[changed]);
        assert_eq!(third.id != first.id, file.changes(&runs), "after a change of {}, {case}", FILES[changed]);
        shown += third.cached.len();
        again += third.cached.values().filter(|cached| !**cached).count();
    }
    println!("{shown} steps, {again} of them run again");
    assert!(again * 10 > shown && again * 10 < shown * 9, "{again} of {shown} steps run again: a weak test");
}
