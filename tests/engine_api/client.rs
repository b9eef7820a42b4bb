//! What the real client does with streams, archives, events and the registry.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use crate::server::{Client, Server, is_there};

/// A client of a machine whose time runs for those who wait, if there is a client.
fn hasty(options: &[&str]) -> Option<(Server, Client)> {
    let server = Server::start(&[&["--time", "virtual"], options].concat());
    let client = Client::of(&server)?;
    Some((server, client))
}

#[test]
fn streams_go_both_ways() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    assert_eq!(client.good("printf 'one\\ntwo\\n' | docker run -i --rm alpine cat"), "one\ntwo\n");
    assert_eq!(client.good("docker run --rm alpine sh -c 'echo out; echo err >&2' 2>/dev/null"), "out\n");
    client.good("docker run -d -i --name box alpine cat");
    assert_eq!(client.good("echo 'echo $((6*7)); exit 0' | docker exec -i box sh"), "42\n");
    assert_eq!(client.run("docker exec box sh -c 'exit 9'").rc, 9);
    // The input ends, the container goes on.
    let attached = client.run("(echo said; sleep 1) | timeout -s KILL 3 docker attach --sig-proxy=false box");
    assert_eq!((attached.stdout.as_str(), attached.rc), ("said\n", 137));
    assert_eq!(client.good("docker inspect --format '{{.State.Status}}' box"), "running\n");
    assert_eq!(client.good("docker logs box"), "said\n");
}

#[test]
fn large_output_arrives_whole() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    let count = client.good("docker run --rm alpine sh -c 'head -c 3000000 /dev/zero' | wc -c");
    assert_eq!(count.trim(), "3000000");
    let count = client.good("head -c 2000000 /dev/zero | docker run -i --rm alpine wc -c");
    assert_eq!(count.trim(), "2000000");
}

#[test]
fn a_terminal_has_its_size() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    if !is_there("script") {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let widest = |columns: u32| {
        let inside = format!("stty cols {columns}; docker run -it --rm alpine sh -c 'sleep 1; ls --color=never /bin'");
        let text = client.good(&format!("script -qec \"{inside}\" /dev/null"));
        text.lines().map(|line| line.trim_end().len()).max().unwrap_or(0)
    };
    let (narrow, wide) = (widest(40), widest(180));
    assert!((20..=40).contains(&narrow) && (120..=180).contains(&wide), "{narrow} {wide}");
}

#[test]
fn a_log_is_followed_to_its_end() {
    let server = Server::start(&["--speed", "20", "--images", "alpine"]);
    let Some(client) = Client::of(&server) else { return };
    client.good("docker run -d --name talk alpine sh -c 'for i in 1 2 3; do echo line $i; sleep 2; done'");
    assert_eq!(client.good("docker logs -f talk"), "line 1\nline 2\nline 3\n");
    let stamped = client.good("docker logs -t --tail 1 talk");
    let year = client.good("date -u +%Y");
    assert!(stamped.starts_with(year.trim()) && stamped.ends_with("Z line 3\n"), "{stamped}");
    assert_eq!(client.good("docker logs --since 1h talk | wc -l").trim(), "3");
    assert!(client.good("docker ps -a --format '{{.RunningFor}}'").contains("second"));
}

#[test]
fn events_come_as_they_happen() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    let mut watch = client.shell("exec docker events --format '{{.Type}} {{.Action}}'");
    let mut watch = watch.stdout(Stdio::piped()).spawn().expect("a client");
    let output = BufReader::new(watch.stdout.take().expect("its output"));
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    // It listens once it has heard something.
    let mut heard = None;
    for _ in 0..100 {
        client.good("docker volume create probe; docker volume rm probe");
        heard = lines.recv_timeout(Duration::from_millis(100)).ok();
        if heard.is_some() {
            break;
        }
    }
    assert!(heard.as_ref().is_some_and(|line| line.starts_with("volume ")), "{heard:?}");
    client.good("docker run --rm --name brief alpine true");
    let wanted = ["create", "attach", "start", "die", "destroy"].map(|action| format!("container {action}"));
    let mut got = Vec::new();
    while got.len() < wanted.len() {
        let line = lines.recv_timeout(Duration::from_secs(20)).expect("an event");
        got.extend(Some(line).filter(|line| line.starts_with("container ")));
    }
    watch.kill().expect("its end");
    watch.wait().expect("its status");
    assert_eq!(got, wanted);
}

#[test]
fn stats_are_the_kernels_accounts() {
    let server = Server::start(&["--speed", "5", "--images", "alpine"]);
    let Some(client) = Client::of(&server) else { return };
    client.good("docker run -d --name spin --memory 64m alpine sh -c 'while :; do :; done'");
    let row = client.good("docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' spin");
    let words: Vec<&str> = row.split_whitespace().collect();
    let used: f64 = words.get(1).and_then(|share| share.trim_end_matches('%').parse().ok()).unwrap_or(0.0);
    assert!((90.0..=110.0).contains(&used), "{row}");
    assert_eq!((words[0], &words[3..]), ("spin", &["/", "64MiB", "1"][..]), "{row}");
    assert!(client.good("docker stats --no-stream").contains("spin"));
}

#[test]
fn files_are_copied_both_ways() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    client.good(
        "docker create --name box alpine true; mkdir -p in/deep; echo a > in/a; echo b > in/deep/b; chmod 750 in/a",
    );
    client.good("docker cp in box:/srv/");
    client.good("docker cp box:/srv/in out; diff -r in out");
    assert_eq!(client.good("stat -c %a out/a"), "750\n");
    client.good("tar -cf - in | docker cp - box:/opt; docker cp box:/opt/in/deep/b -  | tar -xOf - | grep b");
    client.good("docker cp -L box:/etc/os-release os; grep -q Alpine os");
    let wrong = client.run("docker cp box:/absent .");
    assert_eq!(wrong.stderr, "Error response from daemon: Could not find the file /absent in container box\n");
    assert_eq!(client.run("docker cp in/a box:/no/where/").rc, 1);
}

#[test]
fn images_leave_and_come_back() {
    let Some((_server, client)) = hasty(&["--images", "alpine,busybox"]) else { return };
    let before = client.good("docker images --no-trunc --format '{{.Repository}} {{.ID}}' | sort");
    client.good("docker save -o both.tar alpine busybox");
    client.good("docker rmi alpine busybox");
    assert_eq!(client.good("docker images -q"), "");
    assert_eq!(client.good("docker load -i both.tar"), "Loaded image: alpine:latest\nLoaded image: busybox:latest\n");
    assert_eq!(client.good("docker images --no-trunc --format '{{.Repository}} {{.ID}}' | sort"), before);
    assert_eq!(client.good("docker save alpine | gzip | docker load"), "Loaded image: alpine:latest\n");
    client.good("docker run --name box alpine sh -c 'echo kept > /kept'; docker export box | docker import - kept:1");
    assert_eq!(client.good("docker run --rm kept:1 cat /kept"), "kept\n");
}

#[test]
fn an_end_is_waited_for() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    client.good("docker run -d --name seven alpine sh -c 'sleep 300; exit 7'");
    assert_eq!(client.good("docker wait seven"), "7\n");
    client.good("docker run -d --name stubborn alpine sleep 1000");
    assert_eq!(client.good("docker stop stubborn && docker wait stubborn"), "stubborn\n137\n");
    assert_eq!(client.run("docker run --rm alpine sh -c 'sleep 60; exit 3'").rc, 3);
}

#[test]
fn the_registry_knows_its_people() {
    let Some((_server, client)) = hasty(&[]) else { return };
    let pulled = client.good("docker pull alpine:3.19");
    assert!(pulled.contains("Pull complete\n") && pulled.ends_with("\ndocker.io/library/alpine:3.19\n"), "{pulled}");
    client.good("docker tag alpine:3.19 learner/mine:1");
    let refused = client.run("docker push learner/mine:1");
    assert!(refused.stderr.contains("denied: requested access to the resource is denied"), "{}", refused.stderr);
    let wrong = client.run("docker login -u learner -p guess");
    assert!(wrong.stderr.contains("unauthorized: incorrect username or password"), "{}", wrong.stderr);
    assert!(client.good("echo layerlab | docker login -u learner --password-stdin").contains("Login Succeeded"));
    let pushed = client.good("docker push learner/mine:1");
    assert!(pushed.contains("1: digest: sha256:"), "{pushed}");
    client.good("docker rmi learner/mine:1 && docker pull learner/mine:1 && docker logout");
    assert_eq!(client.run("docker push learner/mine:1").rc, 1);
}

#[test]
fn an_archive_is_built() {
    let Some((_server, client)) = hasty(&["--images", "alpine"]) else { return };
    let file = "FROM alpine\nARG WHO=world\nCOPY greeting /\nRUN echo $WHO >> /greeting\nCMD cat /greeting\n";
    fs::write(client.folder.join("work/Dockerfile"), file).expect("a Dockerfile");
    fs::write(client.folder.join("work/greeting"), "hello\n").expect("a file");
    let told = client.good("DOCKER_BUILDKIT=0 docker build -t greeting:1 --build-arg WHO=you --label a=b .");
    assert!(told.contains("Successfully built ") && told.ends_with("Successfully tagged greeting:1\n"), "{told}");
    assert_eq!(client.good("docker run --rm greeting:1"), "hello\nyou\n");
    let id = client.good("docker image inspect --format '{{.Id}} {{.Config.Labels.a}}' greeting:1");
    let quiet = client.good("docker build -q --build-arg WHO=you --label a=b . 2>/dev/null");
    assert_eq!(id, format!("{} b\n", quiet.trim()));
    fs::write(client.folder.join("work/Dockerfile"), "FROM alpine\nRUN exit 4\n").expect("a Dockerfile");
    let failed = client.run("docker build .");
    let why = "process \"/bin/sh -c exit 4\" did not complete successfully: exit code: 4";
    assert!(failed.rc == 1 && failed.stderr.contains(why), "{}", failed.stderr);
}

#[cfg(unix)]
#[test]
fn a_socket_is_a_door_too() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("door-{}.sock", std::process::id()));
    let address = format!("unix:{}", path.display());
    let server = Server::start(&["--listen", &address, "--images", "alpine", "--time", "virtual"]);
    let Some(mut client) = Client::of(&server) else { return };
    client.host = format!("unix://{}", path.display());
    assert_eq!(client.good("echo hi | docker run -i --rm alpine cat"), "hi\n");
    drop(server);
    // A socket that nobody listens on any more is in nobody's way.
    let server = Server::start(&["--listen", &address, "--time", "virtual"]);
    assert_eq!(client.good("docker images -q"), "");
    drop(server);
    let _ = fs::remove_file(path);
}
