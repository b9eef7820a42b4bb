//! What the inspector shows of a sitting.

use super::*;
use crate::model::time::Time;
use crate::session::Session;
use crate::session::log::Boot;
use crate::words::Lang;

fn sitting(lines: &[&str]) -> Session {
    let mut session =
        Session::new(Boot { images: vec!["alpine:3.19".into(), "nginx:alpine".into()], ..Boot::default() });
    for line in lines {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(60)), "{line} comes back");
    }
    session
}

fn key(world: &World, name: &str) -> String {
    format!("container:{}", world.engine.names.get(name).expect("a container"))
}

fn slots(world: &World) -> Slots {
    let mut slots = Slots::default();
    slots.observe(world);
    slots
}

fn shown(world: &World, key: &str, tab: Tab, looked: &Looked) -> Panel {
    let samples = Samples::default();
    panel(world, &slots(world), key, tab, looked, &samples, Lang::En.words()).expect("a panel")
}

fn rows(world: &World, key: &str, looked: &Looked) -> Vec<String> {
    let Body::Files(files) = shown(world, key, Tab::Files, looked).body else { panic!("files") };
    let row = |row: &files::Row| {
        let change = row.change.map_or(' ', |change| change);
        format!("{change} {} {:?} {}", row.path, row.origin, row.from)
    };
    files.rows.iter().map(row).collect()
}

#[test]
fn files_tell_their_layer_and_what_changed() {
    let session = sitting(&[
        "docker run -d --name web -v data:/srv/data alpine:3.19 sleep 1000",
        "docker exec web sed -i s/3.19/9.99/ /etc/alpine-release",
        "docker exec web rm /etc/motd",
        "docker exec web sh -c 'mkdir /tmp/new; echo hi > /tmp/new/file; echo kept > /srv/data/kept'",
    ]);
    let world = session.world();
    let key = key(&world, "web");
    let open = files::first_open(&world, &key);
    assert!(open.contains("/etc") && open.contains("/tmp/new"), "{open:?}");
    let mut looked = Looked { open, ..Looked::default() };
    looked.open.insert("/srv/data".to_owned());
    looked.open.insert("/srv".to_owned());
    let all = rows(&world, &key, &looked);
    let has = |row: &str| assert!(all.iter().any(|one| one == row), "{row}\n{}", all.join("\n"));
    has("C /etc/alpine-release Writable writable layer");
    has("D /etc/motd Writable whiteout");
    has("A /tmp/new Writable writable layer");
    has("A /tmp/new/file Writable writable layer");
    has("  /srv/data/kept Mount(0) volume data");
    assert!(all.iter().any(|row| row.starts_with("  /etc/passwd Layer(0) ADD ")), "{}", all.join("\n"));
    // Each path once, and as `docker diff` has it.
    let paths: std::collections::BTreeSet<&str> =
        all.iter().filter_map(|row| row.split(' ').find(|word| word.starts_with('/'))).collect();
    assert_eq!(paths.len(), all.len());
    looked.part = Some(Origin::Writable);
    let own = rows(&world, &key, &looked);
    assert!(own.iter().all(|row| row.contains(" Writable ")), "{own:?}");
    for row in ["C /etc Writable writable layer", "C /etc/alpine-release Writable writable layer"] {
        assert!(own.iter().any(|one| one == row), "{row} in {own:?}");
    }
}

#[test]
fn a_changed_file_has_its_story() {
    let session = sitting(&[
        "docker run -d --name web alpine:3.19 sleep 1000",
        "docker exec web sed -i s/3.19/9.99/ /etc/alpine-release",
        "docker exec web sh -c 'rm /etc/motd; echo > /new'",
    ]);
    let world = session.world();
    let key = key(&world, "web");
    let story = |path: &str| {
        let looked = Looked { open: ["/etc".to_owned()].into(), row: Some(path.to_owned()), part: None };
        let panel = shown(&world, &key, Tab::Files, &looked);
        assert_eq!(panel.command, format!("docker exec web ls -l {path}"));
        let Body::Files(files) = panel.body else { panic!("files") };
        files.story.expect("a story")
    };
    let copied = story("/etc/alpine-release");
    let (from, before, after) = copied.copy.expect("what it was copied from");
    assert_eq!((from.origin, before.as_str(), after.as_str()), (Origin::Layer(0), "7 B", "7 B"));
    assert_eq!(copied.edit.as_deref(), Some("docker exec -it web vi /etc/alpine-release"));
    assert!(story("/etc/motd").text.contains("whiteout") && story("/etc/motd").edit.is_none());
    assert!(story("/new").text.contains("goes when the container is removed"));
    assert!(story("/etc/passwd").text.contains("one copy on the disk for 1 container"));
}

#[test]
fn every_tab_says_something() {
    let session = sitting(&[
        "docker run -d --name web -p 8080:80 -e COLOUR=blue -m 64m nginx:alpine",
        "curl -s localhost:8080 > /dev/null",
        "docker run --name done alpine:3.19 sh -c 'echo out; echo err >&2; exit 3'",
        "docker network create inner",
        "docker volume create data",
    ]);
    let world = session.world();
    let (web, done) = (key(&world, "web"), key(&world, "done"));
    let text = |key: &str, tab: Tab| format!("{:?}", shown(&world, key, tab, &Looked::default()).body);
    let within = |key: &str, tab: Tab, wanted: &[&str]| {
        let text = text(key, tab);
        wanted.iter().for_each(|wanted| assert!(text.contains(wanted), "{wanted} in {text}"));
    };
    within(&web, Tab::Overview, &["nginx:alpine", "docker-entrypoint.sh nginx -g daemon off;", "Memory 67.1 MB"]);
    within(&web, Tab::Logs, &["GET / HTTP/1.1", "(true, "]);
    within(&web, Tab::Env, &["[\"COLOUR\", \"blue\", \"given to run\"]", "from the image"]);
    within(&web, Tab::Processes, &["[\"1\", \"0\", \"root\"", "nginx: master process"]);
    within(&web, Tab::Network, &["bridge · 172.17.0.2", "8080 → 80/tcp"]);
    within(&web, Tab::Json, &["\\\"Name\\\": \\\"/web\\\""]);
    within(&done, Tab::Logs, &["(false, \"out\")", "(true, \"err\")"]);
    within(&done, Tab::Processes, &["Nothing"]);
    within(&done, Tab::Overview, &["Exit code", "\"3\""]);
    let image = format!("image:{}", world.engine.tags.get("nginx:alpine").expect("an image"));
    within(&image, Tab::Overview, &["nginx:alpine", "80/tcp", "\"web\""]);
    within(&image, Tab::Layers, &["efficiency: ", "docker-entrypoint.sh"]);
    within("volume:data", Tab::Overview, &["/var/lib/docker/volumes/data/_data", "nobody"]);
    let inner = world.engine.networks.values().find(|network| &*network.name == "inner").expect("a network");
    within(&format!("network:{}", inner.id), Tab::Overview, &["172.18.0.0/16", "172.18.0.1"]);
    for subject in [web.as_str(), &done, &image, "volume:data", &format!("network:{}", inner.id)] {
        let head = head(&world, subject, Lang::Vi.words()).expect("a head");
        for (tab, word) in head.tabs {
            assert!(!word.is_empty() && shown(&world, subject, tab, &Looked::default()).command.starts_with("docker "));
        }
    }
    assert!(head(&world, "container:nobody", Lang::En.words()).is_none());
}

#[test]
fn the_commands_that_a_state_allows_are_open() {
    let open = |lines: &[&str]| {
        let session = sitting(lines);
        let world = session.world();
        let life = life(&world, &key(&world, "box"), Lang::En.words()).expect("a life");
        let current: Vec<&str> = life.states.iter().filter(|state| state.current).map(|state| state.word).collect();
        let open: Vec<&str> = life.edges.iter().filter(|edge| edge.open).map(|edge| edge.verb).collect();
        format!("{}: {}", current.join(" "), open.join(" "))
    };
    let run = "docker run -d --name box alpine:3.19 sleep 1000";
    assert_eq!(open(&["docker create --name box alpine:3.19"]), "Created: start rm");
    assert_eq!(open(&[run]), "Running: pause stop kill");
    assert_eq!(open(&[run, "docker pause box"]), "Paused: unpause");
    assert_eq!(open(&[run, "docker kill box"]), "Exited: start rm");
}

#[test]
fn what_nobody_sees_is_counted() {
    let session = sitting(&[
        "printf 'FROM alpine:3.19\\nRUN dd if=/dev/zero of=/big bs=1000 count=1000\\nRUN rm /big\\n' > Dockerfile",
        "docker build -q -t fat .",
    ]);
    let world = session.world();
    let image = format!("image:{}", world.engine.tags.get("fat:latest").expect("an image"));
    let Body::Layers(layers) = shown(&world, &image, Tab::Layers, &Looked::default()).body else { panic!("layers") };
    assert_eq!((layers.wasted, layers.worst), (1_000_000, vec![("/big".to_owned(), "1 MB".to_owned())]));
    assert!(layers.efficiency < 100 && layers.efficiency > 80);
    assert_eq!(layers.rows.iter().filter(|row| row.layer.is_some()).count(), 3);
}

#[test]
fn charts_follow_the_machine() {
    let mut session = sitting(&["docker run -d --name busy -m 64m alpine:3.19 sh -c 'while :; do :; done'"]);
    let mut samples = Samples::default();
    let key = key(&session.world(), "busy");
    for _ in 0..20 {
        samples.observe(&session.world(), &key);
        session.advance(Time(500_000_000));
    }
    let world = session.world();
    let panel = panel(&world, &slots(&world), &key, Tab::Stats, &Looked::default(), &samples, Lang::En.words());
    let Some(Body::Charts(charts)) = panel.map(|panel| panel.body) else { panic!("charts") };
    let cpu = charts.first().expect("a chart of the CPU");
    assert!(cpu.value.starts_with("99.") || cpu.value.starts_with("100."), "{}", cpu.value);
    assert_eq!(cpu.points.split(' ').count(), 10, "one a second: {}", cpu.points);
    assert!(charts.iter().any(|chart| chart.value.ends_with("of 67.1 MB")), "{charts:?}");
}

/// Whatever stands on the Stage for several things can be opened, and lists all of them.
#[test]
fn a_group_of_the_stage_lists_what_it_holds() {
    use crate::diagram::{scene, situation};
    let mut seen = std::collections::BTreeSet::new();
    let begun = sitting(&[]).world();
    for world in [begun, situation::many(12), situation::many(40), situation::busy(30), situation::busy(300)] {
        for (width, height) in [(1084, 520), (720, 254), (390, 350)] {
            let scene = scene(&world, &situation::view(width, height, Lang::En), &slots(&world));
            for object in scene.objects().filter(|object| !object.holds.is_empty()) {
                assert_eq!(object.selected, Some(false), "{} can be opened", object.key);
                let Body::Members(members) = shown(&world, &object.key, Tab::Overview, &Looked::default()).body else {
                    panic!("members of {}", object.key)
                };
                // A folder of the host is told of in the containers that mount it.
                for held in object.holds.iter().filter(|key| !key.starts_with("folder:")) {
                    assert!(members.iter().any(|member| member.key == *held), "{held} in {}", object.key);
                    assert!(head(&world, held, Lang::En.words()).is_some(), "{held} can be opened");
                }
                let kind = object.key.split(':').take(2).collect::<Vec<_>>().join(":");
                seen.insert(if object.key.contains("sha256") { "group".to_owned() } else { kind });
            }
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        ["chip:images", "chip:networks", "chip:rest", "chip:volumes", "group", "group:rest", "note:volumes"]
    );
}

#[test]
fn the_same_with_docker_lists_a_groups_members() {
    let mut session = sitting(&[
        "for n in 1 2 3; do docker run --name done$n alpine:3.19 true; docker run -d --name up$n alpine:3.19 sleep 1000; done",
        "docker run --name bad alpine:3.19 false",
        "docker create --name new alpine:3.19 true",
        "docker run -d --name other nginx:alpine",
    ]);
    let world = session.world();
    let image = world.engine.tags.get("alpine:3.19").expect("an image");
    for (class, names) in [("st-exited", "done1 done2 done3"), ("st-running", "up1 up2 up3"), ("st-failed", "bad")] {
        let key = format!("group:{image}:{class}");
        let panel = shown(&world, &key, Tab::Overview, &Looked::default());
        let Body::Members(members) = panel.body else { panic!("members") };
        let shown: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(shown.join(" "), names);
        session.take_output();
        session.submit(&format!("{} --format '{{{{.Names}}}}' | sort | xargs", panel.command)).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(60)));
        let told = String::from_utf8(session.take_output()).expect("text");
        assert!(told.replace('\r', "").contains(&format!("\n{names}\n")), "{told}");
    }
    assert!(head(&world, "group:sha256:gone:st-exited", Lang::En.words()).is_none());
}
