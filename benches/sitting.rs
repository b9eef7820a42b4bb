//! What a long sitting costs: `cargo bench --bench sitting [NAME]`. The figures are printed, not judged.
#![expect(clippy::disallowed_methods, reason = "this is not in the page")]

use std::time::{Duration, Instant};

use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console, Input};

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

const FIRST: [&str; 5] = [
    "docker run -d --name loop alpine sh -c 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 1; done'",
    "docker run -d --name web nginx:alpine",
    "docker run -d --name cache redis:7-alpine",
    "docker run -d --name db -e POSTGRES_PASSWORD=x postgres:16-alpine",
    "docker run -d --name idle alpine sleep 100000",
];
const REST: [&str; 18] = [
    "docker ps",
    "docker ps -a",
    "docker logs --tail 5 loop",
    "docker exec web ls /etc/nginx",
    "echo hello > note.txt",
    "cat note.txt | wc -c",
    "docker inspect -f '{{.State.Status}}' cache",
    "docker images",
    "docker stop -t 1 idle",
    "docker start idle",
    "for i in 1 2 3; do echo $i; done",
    "docker exec db sh -c 'echo $POSTGRES_PASSWORD > /tmp/x'",
    "docker diff db",
    "ls -l",
    "docker run --rm alpine echo done",
    "docker top web",
    "docker restart -t 1 web",
    "pwd",
];

/// Five containers, one with a loop that sleeps, and so many lines over an hour.
fn hour(operations: usize) -> Vec<Input> {
    let console = Console::Screen { rows: 24, columns: 100 };
    let mut log = vec![Input::Boot(Box::new(Boot { console, ..Boot::default() }))];
    for at in 0..operations {
        let line = FIRST.get(at).copied().unwrap_or(REST[at % REST.len()]);
        log.push(Input::Line(line.to_owned()));
        log.push(Input::Elapsed(3_600_000_000_000 / operations as u64));
    }
    log
}

fn replay() {
    let log = hour(1000);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let session = Session::replay(&log, layerlab::session::assembly::programs()).expect("a log");
        times.push(began.elapsed());
        assert!(session.ticks().len() >= 1000, "every line is a tick");
    }
    times.sort();
    println!("replay: 1,000 operations, five containers, an hour: {:?} (of {:?})", times[2], times);
}

/// What each of the lines costs by itself, and the time between them.
fn kinds() {
    let mut session = Session::new(Boot { console: Console::Screen { rows: 24, columns: 100 }, ..Boot::default() });
    for line in FIRST {
        session.submit(line).expect("a line");
        session.run_to_prompt(Time::seconds(60));
    }
    let mut costs = vec![Duration::ZERO; REST.len() + 1];
    for _ in 0..50 {
        for (at, line) in REST.iter().enumerate() {
            let began = Instant::now();
            session.submit(line).expect("a line");
            session.run_to_prompt(Time::seconds(60));
            costs[at] += began.elapsed();
            let began = Instant::now();
            session.advance(Time(3_600_000_000));
            costs[REST.len()] += began.elapsed();
            session.take_output();
        }
    }
    for (at, cost) in costs.iter().enumerate() {
        println!("kinds: {:?} for {}", *cost / 50, REST.get(at).unwrap_or(&"3.6 s after each of them"));
    }
}

/// An hour of a shell's loop that sleeps a second each time.
fn loops() {
    let mut session = Session::new(Boot { images: vec!["alpine".to_owned()], ..Boot::default() });
    session.submit(FIRST[0]).expect("a line");
    session.run_to_prompt(Time::seconds(60));
    let began = Instant::now();
    session.advance(Time::seconds(3600));
    println!("loops: 3,600 times: {:?}", began.elapsed());
}

/// `docker run -d` and `docker rm -f` in turn, 2,000 lines.
fn lines() {
    let began = Instant::now();
    let mut session = Session::new(Boot { images: vec!["alpine".to_owned()], ..Boot::default() });
    for _ in 0..1000 {
        for line in ["docker run -d --name c alpine sleep 1000", "docker rm -f c"] {
            session.submit(line).expect("a line");
            session.run_to_prompt(Time::seconds(60));
        }
    }
    println!("lines: 2,000 of run -d and rm -f: {:?}", began.elapsed());
}

/// 4,000 running containers with a snapshot for each operation.
fn crowd() {
    let began = Instant::now();
    let mut session = Session::new(Boot { images: vec!["alpine".to_owned()], ..Boot::default() });
    for _ in 0..4000 {
        session.submit("docker run -d alpine sleep 1000000").expect("a line");
        session.run_to_prompt(Time::seconds(60));
    }
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown").to_owned();
    println!("crowd: 4,000 containers, {} snapshots: {:?}, {peak}", session.ticks().len(), began.elapsed());
}

/// `docker ps -a` over 10,000 containers; at most 60 ms are wanted.
fn thousands() {
    let mut session = Session::new(Boot { images: vec!["alpine".to_owned()], ..Boot::default() });
    session.submit("for i in $(seq 10000); do docker create alpine true; done > /dev/null").expect("a line");
    session.run_to_prompt(Time::seconds(3600));
    session.take_output();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        session.submit("docker ps -a").expect("a line");
        session.run_to_prompt(Time::seconds(60));
        times.push(began.elapsed());
        assert_eq!(session.take_output().iter().filter(|byte| **byte == b'\n').count(), 10_002);
    }
    times.sort();
    println!("thousands: docker ps -a of 10,000 containers: {:?} (of {times:?})", times[5]);
}

fn main() {
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    for (name, bench) in [
        ("replay", replay as fn()),
        ("kinds", kinds),
        ("loops", loops),
        ("lines", lines),
        ("crowd", crowd),
        ("thousands", thousands),
    ] {
        if name.contains(&wanted) {
            bench();
        }
    }
}
