//! The machine's switches: each changes what happens, is taken back, and a replay of the log is the same.

use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{self, Boot, Input, Switch};
use layerlab::session::switch::ports;

fn session() -> Session {
    let mut session = Session::new(Boot { images: vec!["nginx:alpine".into(), "alpine".into()], ..Boot::default() });
    session.run_to_prompt(Time::seconds(60));
    session
}

fn turn(session: &mut Session, switch: Switch) {
    session.apply(Input::Switch(switch)).expect("a switch");
    session.advance(Time::seconds(1));
}

/// What a line answers, and how long it took.
fn run(session: &mut Session, line: &str) -> (String, Time) {
    let (_, began) = (session.take_output(), session.world().now);
    session.submit(line).expect("a line");
    assert!(session.run_to_prompt(Time::seconds(600)), "{line} does not end");
    (String::from_utf8_lossy(&session.take_output()).into_owned(), session.world().now.since(began))
}

fn same_again(session: &mut Session) {
    let saved = session.save();
    let again = Session::load(&saved).expect("a session");
    assert!(again.world() == session.world(), "a replay differs");
    session.world().verify().expect("a sound World");
}

#[test]
fn a_port_is_taken_by_a_program_of_the_machine() {
    let mut session = session();
    turn(&mut session, Switch::Port { port: 8080, taken: true });
    assert_eq!(ports(&session.world()), [8080]);
    let web = "docker run -d --name web -p 8080:80 nginx:alpine";
    let said = run(&mut session, web).0;
    assert!(
        said.contains("failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use"),
        "{said}"
    );
    // It is a real one: it answers, and who looks finds it.
    let answer = run(&mut session, "curl -s http://localhost:8080").0;
    assert!(answer.contains("A site of this machine"), "{answer}");
    assert!(run(&mut session, "ps aux").0.contains("/opt/site/httpd -f -p 8080"));
    turn(&mut session, Switch::Port { port: 8080, taken: true });
    assert_eq!(ports(&session.world()), [8080]);
    turn(&mut session, Switch::Port { port: 8080, taken: false });
    assert!(ports(&session.world()).is_empty());
    let said = run(&mut session, &format!("docker rm web; {web}")).0;
    assert!(!said.contains("in use"), "{said}");
    same_again(&mut session);
    // The learner may end it, too.
    turn(&mut session, Switch::Port { port: 9000, taken: true });
    run(&mut session, "sudo pkill httpd");
    assert!(ports(&session.world()).is_empty());
}

#[test]
fn a_full_disk_takes_nothing_more() {
    let mut session = session();
    run(&mut session, "echo a > a; docker run -d --name box alpine sleep 600");
    turn(&mut session, Switch::Full(true));
    assert!(run(&mut session, "echo b > b").0.contains("No space left on device"));
    assert!(run(&mut session, "docker exec box sh -c 'echo b > /b'").0.contains("No space left on device"));
    assert!(run(&mut session, "df /").0.contains("100%"));
    let said = run(&mut session, "docker pull redis:7-alpine").0;
    let error = said.lines().find(|line| line.contains("no space left on device")).expect("an error");
    assert!(error.contains("write /var/lib/docker/tmp/GetImageBlob"), "{error}");
    assert!(!said.contains("response from daemon"), "an error amid messages does not name its source");
    assert!(run(&mut session, "cat a").0.contains("\na"), "what is there is read");
    turn(&mut session, Switch::Full(false));
    assert!(!run(&mut session, "echo b > b; cat b").0.contains("No space"));
    same_again(&mut session);
}

#[test]
fn a_slow_registry_takes_its_time() {
    let mut session = session();
    let pull = "docker pull redis:7-alpine";
    let usual = run(&mut session, pull).1;
    run(&mut session, "docker rmi redis:7-alpine");
    turn(&mut session, Switch::Slow(true));
    let slow = run(&mut session, pull).1;
    assert!(slow.0 > 4 * usual.0, "{slow:?} is not much more than {usual:?}");
    assert!(slow < Time::seconds(120), "{slow:?} is more than anybody waits");
    same_again(&mut session);
}

#[test]
fn a_switch_is_a_step_that_undo_takes_back() {
    let mut session = session();
    let before = session.world();
    for switch in [
        Switch::Network(false),
        Switch::Slow(true),
        Switch::Full(true),
        Switch::Damage("alpine:latest".into()),
        Switch::Port { port: 80, taken: true },
    ] {
        turn(&mut session, switch.clone());
        assert!(session.world() != before, "{switch:?} changes nothing");
        session.undo().expect("a step");
        assert_eq!(session.ticks().len(), 0);
        let world = session.world();
        assert_eq!((world.network_up, world.registry_slow, world.disk_full), (true, false, false));
        assert!(ports(&world).is_empty());
        session.redo().expect("a step");
        session.undo().expect("a step");
    }
    turn(&mut session, Switch::Network(true));
    let text = session.save();
    assert!(log::load(&text).is_ok());
}

#[test]
fn a_damaged_image_is_mended_by_pulling_it_anew() {
    let mut session = session();
    turn(&mut session, Switch::Damage("nginx:alpine".into()));
    assert!(run(&mut session, "docker run --rm nginx:alpine true").0.contains("error creating overlay mount"));
    run(&mut session, "docker rmi nginx:alpine; docker pull nginx:alpine");
    assert!(!run(&mut session, "docker run --rm nginx:alpine true").0.contains("error"));
}

#[test]
fn a_switch_is_turned_while_a_command_runs() {
    let mut session = session();
    let line = "sleep 5; docker pull -q node:18-alpine";
    session.submit(line).expect("a line");
    session.advance(Time::seconds(2));
    assert!(session.busy());
    turn(&mut session, Switch::Network(false));
    assert!(session.run_to_prompt(Time::seconds(600)));
    let said = String::from_utf8_lossy(&session.take_output()).into_owned();
    let texts: Vec<_> = session.ticks().iter().map(|tick| (tick.text.as_str(), tick.after.is_some())).collect();
    assert_eq!(texts, [(line, true), ("network down", true)]);
    assert!(said.contains("Error response from daemon"), "{said}");
    same_again(&mut session);
    // The network alone is taken back, and the pull goes on as if nothing had been.
    session.undo().expect("a step");
    assert!(session.run_to_prompt(Time::seconds(600)));
    assert!(session.world().network_up);
    assert_eq!(session.ticks().len(), 1);
    let images = run(&mut session, "docker images -q node:18-alpine").0;
    assert_eq!(images.lines().filter(|line| line.trim().len() == 12).count(), 1, "{images}");
    same_again(&mut session);
}
