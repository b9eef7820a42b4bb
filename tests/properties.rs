//! Random sittings from a seed: whatever is typed, the World stays whole, a replay is equal, undo then redo
//! is the identity, and time is additive. `LAYERLAB_SEQUENCES` says how many sittings there are.

mod property;

use layerlab::cli::spec;
use layerlab::model::random::Random;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Input, Key, Refusal};
use property::{TEMPLATES, Typist};

/// Operations of one sitting.
const OPERATIONS: usize = 40;

/// The first seed; a larger table of commands is worth new ones.
const FIRST: u64 = 300_001;

/// The seeds of the sittings: `LAYERLAB_SEQUENCES` of them from `LAYERLAB_SEED` on.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let first = number("LAYERLAB_SEED", FIRST);
    first..first + number("LAYERLAB_SEQUENCES", 8)
}

/// Says, should a sitting panic, which seed it had and what was typed before.
struct Sitting {
    seed: u64,
    typed: Vec<String>,
}

impl Drop for Sitting {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}, after\n{}", self.seed, self.typed.join("\n"));
        }
    }
}

fn boot(seed: u64) -> Boot {
    Boot { seed, images: vec!["alpine:3.19".into(), "busybox:latest".into()], ..Boot::default() }
}

/// Brings the terminal back to a shell's prompt, by what a person would press.
fn calm(session: &mut Session) {
    for key in [None, Some(Key::Interrupt), Some(Key::End), Some(Key::Quit)] {
        if let Some(key) = key {
            let _ = session.key(key);
        }
        if session.run_to_prompt(Time::seconds(30)) {
            return;
        }
    }
}

fn check(session: &Session, seed: u64, what: &str) {
    let verdict = session.machine().world(|w| w.verify());
    assert_eq!(verdict, Ok(()), "seed {seed}, after {what}");
}

/// Plays a sitting; gives it back with how many of its lines succeeded.
fn play(seed: u64) -> (Session, usize, usize) {
    let mut session = Session::new(boot(seed));
    let mut typist = Typist::new(seed);
    let mut sitting = Sitting { seed, typed: Vec::new() };
    for _ in 0..OPERATIONS {
        let text = match typist.next() {
            property::Act::Line(line) => {
                sitting.typed.push(line.clone());
                assert_eq!(session.submit(&line), Ok(()));
                line
            }
            property::Act::Input(input) => {
                let text = format!("{input:?}");
                sitting.typed.push(text.clone());
                let _ = session.apply(input);
                text
            }
            property::Act::Pause(length) => {
                sitting.typed.push(format!("{length:?}"));
                session.elapse(length);
                session.pump(typist.below(50) as u32);
                format!("{length:?}")
            }
        };
        if typist.below(8) > 0 {
            calm(&mut session);
        }
        check(&session, seed, &text);
        session.take_output();
    }
    calm(&mut session);
    let done = session.ticks().iter().filter(|tick| tick.status.is_some()).count();
    let good = session.ticks().iter().filter(|tick| tick.status == Some(0)).count();
    (session, good, done)
}

#[test]
fn sittings_replay_undo_and_redo() {
    let (mut good, mut done) = (0, 0);
    for seed in seeds() {
        let (mut session, well, all) = play(seed);
        (good, done) = (good + well, done + all);
        let saved = session.save();
        let end = session.world();
        let mut again = Session::load(&saved).expect("a saved session");
        assert!(again.world() == end, "seed {seed}: a replay differs");
        assert_eq!(again.save(), saved, "seed {seed}");
        let steps = session.ticks().len();
        // Each step of the way forth is a replay, so long ways come seldom.
        let mut random = Random(seed);
        let far = (0..3).fold(steps as u64, |most, _| 1 + random.below(most));
        let back = steps.saturating_sub(far as usize);
        if session.live_on(back).is_ok() {
            check(&session, seed, "going back");
            // Not further than it was: what the typist had taken back before stays taken back.
            for step in back..steps {
                assert_eq!(session.redo(), Ok(()), "seed {seed}: redo of step {step}");
            }
            assert!(session.world() == end, "seed {seed}: redo after going back to {back} differs");
        }
    }
    println!("{good} of {done} lines succeeded");
    assert!(good * 2 >= done, "only {good} of {done} lines succeeded");
}

#[test]
fn time_is_additive() {
    for seed in seeds() {
        let (mut session, _, _) = play(seed);
        session.save();
        let mut parts = Session::new(boot(seed));
        let mut random = Random(seed);
        for input in &session.log()[1..] {
            if let Input::Elapsed(nanos) = input {
                let first = random.below(*nanos);
                parts.advance(Time(first));
                parts.elapse(Time(nanos - first));
                while !parts.pump(1 + random.below(1000) as u32).idle {}
            } else {
                assert_eq!(parts.apply(input.clone()), Ok(()), "seed {seed}");
            }
        }
        assert!(parts.world() == session.world(), "seed {seed}: time in parts differs");
    }
}

/// The typist knows every command of the table; a new one needs its lines.
#[test]
fn every_command_of_the_table_is_typed() {
    let mut random = Typist::new(1);
    let missing: Vec<String> = spec::all()
        .iter()
        .filter_map(|command| command.paths.first().copied())
        .filter(|path| !path.is_empty() && !TEMPLATES.iter().any(|line| line.starts_with(&format!("docker {path}"))))
        .filter(|path| !random.bare(path))
        .map(String::from)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// One line against a fresh machine, and a simple one after it, which must be answered.
fn survives(lines: &[&str]) -> String {
    let mut session = Session::new(boot(1));
    for line in lines {
        session.submit(line).expect("a line that fits");
        session.advance(Time::seconds(2));
        for key in [Key::Interrupt, Key::Interrupt] {
            session.key(key).expect("a key");
            session.advance(Time::seconds(1));
        }
    }
    session.take_output();
    session.submit("echo still here").expect("a line");
    assert!(session.run_to_prompt(Time::seconds(60)), "{lines:?}");
    let output = String::from_utf8_lossy(&session.take_output()).into_owned();
    assert!(output.contains("\nstill here") || output.contains("\rstill here"), "{lines:?}: {output}");
    check(&session, 1, "hostile lines");
    output
}

#[test]
fn hostile_lines_leave_the_machine_alive() {
    survives(&["while true; do :; done"]);
    survives(&["while true; do echo y; done"]);
    survives(&["echo 'open", "echo \"$(", "if true; then", "cat <<E"]);
    survives(&["x=x; while true; do x=$x$x$x$x; done"]);
    survives(&["eval \"$(printf '(%.0s' {1..5000})\""]);
    survives(&["\u{0}\u{1}\u{fffd}\u{7f}\u{1b}[2J"]);
    survives(&["nosuch --flag", "docker nosuch", "docker run", "docker run --nosuch x", "docker ps -f"]);
}

#[test]
fn a_fork_bomb_meets_the_limit_of_processes() {
    let mut session = Session::new(boot(1));
    session.submit(":(){ :|:& };:").expect("a line");
    session.advance(Time::millis(200));
    let output = String::from_utf8_lossy(&session.take_output()).into_owned();
    assert!(output.contains("Resource temporarily unavailable"), "{output}");
    let count = session.machine().world(|w| w.processes.len());
    assert!(count <= layerlab::model::limits::USER_PROCESSES + 8, "{count} processes");
    check(&session, 1, "a fork bomb");
    session.undo().expect("the way out");
    session.submit("echo still here").expect("a line");
    assert!(session.run_to_prompt(Time::seconds(60)));
}

#[test]
fn a_megabyte_is_refused_in_one_line_and_taken_in_many() {
    let mut session = Session::new(boot(1));
    let long = "x".repeat(1 << 20);
    assert_eq!(session.submit(&long), Err(Refusal::LineTooLong(1 << 20)));
    let many = "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(1 << 14);
    session.submit(&many).expect("lines");
    session.key(Key::Interrupt).expect("a key");
    assert!(session.run_to_prompt(Time::seconds(60)));
    assert!(!session.take_output().is_empty());
}
