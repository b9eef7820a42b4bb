//! What runs until ^C, at a terminal.

use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Key};

const LONG: Time = Time::seconds(60);

fn sitting() -> Session {
    let mut session = Session::new(Boot { images: vec!["alpine:3.19".into()], ..Boot::default() });
    line(&mut session, "docker run -d --name one alpine:3.19 sh -c 'while :; do echo tick; sleep 1; done'");
    session
}

fn line(session: &mut Session, text: &str) {
    session.submit(text).expect("a line");
    assert!(session.run_to_prompt(LONG), "{text} does not end");
    session.take_output();
}

/// What a command shows in some seconds, until it is interrupted.
fn interrupted(session: &mut Session, text: &str, seconds: u64) -> String {
    session.submit(text).expect("a line");
    session.advance(Time::seconds(seconds));
    assert!(session.busy(), "{text} ended by itself");
    let shown = String::from_utf8_lossy(&session.take_output()).into_owned();
    session.key(Key::Interrupt).expect("a key");
    assert!(session.run_to_prompt(LONG), "{text} goes on after ^C");
    assert_eq!(session.ticks().last().and_then(|tick| tick.status), Some(130), "{text}");
    session.take_output();
    shown
}

#[test]
fn stats_is_drawn_over_itself() {
    let mut session = sitting();
    let shown = interrupted(&mut session, "docker stats", 5);
    let frames: Vec<&str> = shown.split("\x1b[J").collect();
    assert!((7..=9).contains(&frames.len()), "two pictures a second: {}", frames.len());
    for frame in frames.iter().rev().skip(1) {
        assert!(frame.contains("\x1b[HCONTAINER ID   NAME      CPU %"), "{frame:?}");
        assert!(frame.contains(" \x1b[K\r\n") && frame.contains("   one       "), "{frame:?}");
    }
}

#[test]
fn stats_follows_containers_that_come_and_go() {
    let mut session = sitting();
    line(&mut session, "(sleep 3; docker run -d --name two alpine:3.19 sleep 2) > /dev/null &");
    let shown = interrupted(&mut session, "docker stats --format '{{.Name}}:{{.PIDs}}'", 9);
    let frames: Vec<&str> = shown.split("\x1b[J").collect();
    let with_two: Vec<bool> = frames.iter().map(|frame| frame.contains("two:1")).collect();
    assert!(!with_two[0] && with_two.contains(&true) && !with_two[with_two.len() - 2], "{with_two:?}");
}

#[test]
fn events_logs_and_ping_go_on_until_interrupted() {
    let mut session = sitting();
    line(&mut session, "(sleep 2; docker kill one; docker start one) > /dev/null &");
    let shown = interrupted(&mut session, "docker events --format '{{.Type}} {{.Action}}'", 5);
    let told: Vec<&str> = shown.lines().map(str::trim).filter(|line| line.starts_with("container")).collect();
    assert_eq!(told, ["container kill", "container die", "container start"]);
    let shown = interrupted(&mut session, "docker logs -f --tail 0 one", 4);
    assert!((3..=5).contains(&shown.matches("tick").count()), "{shown}");
    let shown = interrupted(&mut session, "docker exec one ping localhost", 4);
    assert!((4..=5).contains(&shown.matches("bytes from").count()), "{shown}");
}

#[test]
fn a_watched_machine_is_replayed_to_the_same_world() {
    let mut session = sitting();
    interrupted(&mut session, "docker stats", 3);
    line(&mut session, "docker run -d --name hog -m 16m alpine:3.19 sh -c 'x=a; while :; do x=$x$x; done'");
    line(&mut session, "docker run -d --name fit --health-cmd true --health-interval 1s alpine:3.19 sleep 900");
    line(&mut session, "for i in 1 2 3; do docker run -d --cpus 0.3 alpine:3.19 sh -c 'while :; do :; done'; done");
    line(&mut session, "sleep 2; docker inspect -f '{{.State.OOMKilled}}' hog");
    let saved = session.save();
    let again = Session::load(&saved).expect("a session");
    assert!(again.world() == session.world());
}
