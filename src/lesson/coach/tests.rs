//! What goes wrong for learners, done in the machine, and what the coach says of it.

use super::*;
use crate::model::time::Time;
use crate::session::Session;
use crate::session::log::Boot;

/// Types lines into a fresh machine; what is said of the last one, in English, where something is.
fn play(lines: &[&str]) -> Option<Advice> {
    let mut session = Session::new(Boot::default());
    session.run_to_prompt(Time::seconds(60));
    let mut said = String::new();
    for line in lines {
        let _ = session.take_output();
        session.submit(line).expect("taken");
        assert!(session.run_to_prompt(Time::seconds(600)), "{line} does not end");
        said = String::from_utf8_lossy(&session.take_output()).into_owned();
        session.advance(Time::seconds(2));
    }
    let ticks = session.ticks();
    let tick = ticks.last().expect("a tick");
    // The line itself is no output.
    let said = said.split_once('\n').map_or("", |(_, rest)| rest).replace('\r', "");
    let (status, world) = (tick.status.unwrap_or(0), session.world());
    let [vietnamese, english] = [Lang::Vi, Lang::En].map(|lang| advise(&tick.text, &said, "", status, &world, lang));
    let (vietnamese, english) = (vietnamese?, english?);
    assert_eq!((vietnamese.rule, &vietnamese.commands), (english.rule, &english.commands));
    assert_ne!(vietnamese.text, english.text);
    Some(english)
}

fn provoke(lines: &[&str]) -> Advice {
    play(lines).unwrap_or_else(|| panic!("nothing is said of {lines:?}"))
}

/// The rule, and the commands that it proposes.
fn told(lines: &[&str]) -> (&'static str, Vec<String>) {
    let advice = provoke(lines);
    (advice.rule, advice.commands)
}

fn check(lines: &[&str], rule: &str, commands: &[&str]) {
    let (said, proposed) = told(lines);
    assert_eq!((said, proposed.iter().map(String::as_str).collect::<Vec<_>>()), (rule, commands.to_vec()), "{lines:?}");
}

#[test]
fn server_js_is_not_in_the_image() {
    let line = "docker run -d --name myapp node:18-alpine node server.js";
    check(&[line], "module-not-in-image", &["docker ps -a", "docker logs myapp"]);
    check(&[line, "docker ps"], "module-not-in-image", &["docker ps -a", "docker logs myapp"]);
}

#[test]
fn names_and_ports_are_given_once() {
    let first = "docker run -d --name app -p 3000:80 nginx:alpine";
    check(
        &[first, "docker run -d --name web -p 3000:80 nginx:alpine"],
        "port-taken",
        &["docker rm web", "docker run -d --name web -p 3001:80 nginx:alpine"],
    );
    check(
        &[first, "docker run -d --name app alpine"],
        "name-conflict",
        &["docker rm -f app", "docker run -d --name app alpine"],
    );
    check(&[first, "docker rm app"], "remove-running", &["docker stop app", "docker rm app"]);
    check(&[first, "docker rmi nginx:alpine"], "image-in-use", &["docker rm -f app", "docker rmi nginx:alpine"]);
}

#[test]
fn images_that_are_nowhere() {
    let build = "docker build -t myapp:1.0 .";
    check(&["docker pull myapp:1.0"], "image-absent", &["docker images", build]);
    check(&["docker run -d --name app -p 3000:3000 myapp:1.0"], "image-absent", &["docker images", build]);
    assert_eq!(told(&["docker pull alpine:99"]).0, "tag-absent");
    check(&["docker pull Nginx:alpine"], "name-uppercase", &["docker pull nginx:alpine"]);
}

#[test]
fn curl_is_not_in_alpine() {
    check(
        &["docker run -d --name web alpine sleep 600", "docker exec web curl http://localhost"],
        "no-curl",
        &["docker exec web wget -qO- http://localhost"],
    );
}

#[test]
fn what_is_in_use_stays() {
    check(
        &["docker run -d --name db -v data:/data alpine sleep 600", "docker volume rm data"],
        "volume-in-use",
        &["docker rm -f db", "docker volume rm data"],
    );
    check(
        &[
            "docker network create mynet",
            "docker run -d --name app1 --network mynet alpine sleep 600",
            "docker network rm mynet",
        ],
        "network-in-use",
        &["docker network disconnect mynet app1", "docker network rm mynet"],
    );
}

#[test]
fn the_default_bridge_has_no_names() {
    let two = ["docker run -d --name one nginx:alpine", "docker run -d --name two alpine sleep 600"];
    let ping = "docker exec two ping -c1 one";
    check(
        &[two[0], two[1], ping],
        "no-names",
        &["docker network create mynet", "docker network connect mynet two", "docker network connect mynet one", ping],
    );
    let apart = ["docker network create net1", "docker run -d --name one --network net1 nginx:alpine", two[1]];
    let get = "docker exec two wget -qO- http://one";
    check(&[apart[0], apart[1], apart[2], get], "no-names", &["docker network connect net1 two", get]);
}

#[test]
fn localhost_in_a_container_is_its_own() {
    let lines = [
        "docker network create mynet",
        "docker run -d --name web --network mynet nginx:alpine",
        "docker run -d --name other --network mynet alpine sleep 600",
        "docker exec other wget -qO- http://localhost:80/",
    ];
    check(&lines, "own-localhost", &["docker exec other wget -qO- http://web:80/"]);
}

#[test]
fn a_port_that_is_not_published_is_not_reached() {
    check(
        &["docker run -d --name web nginx:alpine", "curl -s http://localhost:80"],
        "not-published",
        &["docker rm -f web", "docker run -d --name web -p 80:80 nginx:alpine"],
    );
}

#[test]
fn a_peer_that_has_stopped_has_no_name() {
    let lines = [
        "docker network create mynet",
        "docker run -d --name web --network mynet nginx:alpine",
        "docker run -d --name other --network mynet alpine sleep 600",
        "docker stop web",
        "docker exec other wget -qO- http://web",
    ];
    check(&lines, "peer-stopped", &["docker start web", lines[4]]);
}

#[test]
fn what_goes_over_its_memory_is_killed() {
    let advice = provoke(&["docker run --name hog --memory 16m node:18-alpine node -e 'setInterval(() => {}, 1000)'"]);
    assert_eq!(advice.rule, "out-of-memory");
    assert_eq!(advice.commands, ["docker inspect -f '{{.State.OOMKilled}} {{.HostConfig.Memory}}' hog"]);
    assert!(format!("{:?}", advice.text).contains("16 MiB"), "{advice:?}");
}

#[test]
fn a_check_that_fails_is_told_of() {
    let run = "docker run -d --name bad --health-cmd 'exit 1' --health-interval 1s --health-retries 1 alpine sleep 600";
    check(&[run, "docker ps"], "unhealthy", &["docker inspect -f '{{json .State.Health}}' bad"]);
}

#[test]
fn builds_that_lack_something() {
    let empty = ["mkdir empty", "cd empty"];
    let build = |file: &str| {
        let write = format!("printf '{file}' > Dockerfile");
        told(&[empty[0], empty[1], &write, "docker build -t x ."]).0
    };
    check(&[empty[0], empty[1], "docker build -t x ."], "no-dockerfile", &["ls -a"]);
    check(&["docker build -t x"], "build-needs-path", &["docker build -t x ."]);
    assert_eq!(build("FROM alpine\\nCOPY nothing.txt /\\n"), "nothing-to-copy");
    assert_eq!(build("FROM alpine\\nRUN exit 3\\n"), "run-failed");
    assert_eq!(build("FROM alpine\\nRUM true\\n"), "unknown-instruction");
}

#[test]
fn a_base_without_a_version_is_warned_of() {
    let advice = |file: &str| {
        let write = format!("printf '{file}' > Dockerfile");
        play(&[&write, "docker build -q -t x ."]).map(|advice| advice.rule)
    };
    assert_eq!(advice("FROM node:latest\\nWORKDIR /app\\n"), Some("floating-base"));
    assert_eq!(advice("FROM node\\nWORKDIR /app\\n"), Some("floating-base"));
    assert_eq!(
        advice("FROM node:18.12.1-alpine AS node\\nWORKDIR /app\\nFROM node\\nFROM scratch\\nCOPY . /\\n"),
        None
    );
}
