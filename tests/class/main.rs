//! The class server: learners who report, a server that is killed, and callers who mean no good.
//! `cargo xtask soak class` is the sitting of sixty learners at its full length.

#[path = "../handed/mod.rs"]
mod handed;
mod hostile;
mod learner;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, thread};

use handed::{Folder, Server, layerlab};
use layerlab::model::order::Order;
use learner::{Caller, Learner};
use serde_json::{Value, json};

/// A class in a folder of its own.
struct Class {
    site: Folder,
    server: Server,
}

impl Class {
    fn open(name: &str) -> Class {
        let site = Folder::site(name);
        let server = start(&site, "127.0.0.1:0");
        Class { site, server }
    }

    /// Kills the server as the kernel would, and starts another at the same place.
    fn restart(self) -> Class {
        let Class { site, server } = self;
        let address = server.address;
        // A child is killed by SIGKILL: it hears nothing of it.
        drop(server);
        let server = start(&site, &address.to_string());
        Class { site, server }
    }

    fn after<'a>(&'a self, mark: &str) -> &'a str {
        let rest = self.server.told.split(mark).nth(1).unwrap_or_else(|| panic!("no {mark} in {}", self.server.told));
        rest.split_whitespace().next().unwrap_or_default()
    }

    fn code(&self) -> String {
        self.after("with the code ").to_owned()
    }

    fn key(&self) -> String {
        self.after("#key=").to_owned()
    }

    fn room(&self) -> Value {
        let (status, room) = Caller::new(self.server.address).ask("GET", "room", &self.key(), None).unwrap();
        assert_eq!(status, 200);
        room
    }
}

fn start(site: &Folder, listen: &str) -> Server {
    let (dist, file) = (site.path("dist"), site.path("class.sqlite"));
    Server::with(&["--dir", &dist, "--listen", listen, "--class", "Docker <1>", "--class-file", &file])
}

#[test]
fn learners_report_and_nothing_is_lost_when_the_server_is_killed() {
    let minutes = env::var("LAYERLAB_MINUTES").ok().and_then(|value| value.parse::<f64>().ok());
    let learners = if minutes.is_some() { 60 } else { 20 };
    let lasts = Duration::from_secs_f64(minutes.map_or(6.0, |minutes| minutes * 60.0));
    let class = Class::open("sitting");
    let (address, code, key) = (class.server.address, class.code(), class.key());
    let end = Instant::now() + lasts;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let sit = |n: u32| {
        let (code, taken) = (code.clone(), taken.clone());
        thread::spawn(move || {
            let mut one = Learner::join(address, &code, n);
            one.learn(end);
            taken.lock().unwrap().extend(one.taken.iter().copied());
            one
        })
    };
    let sitting: Vec<_> = (0..learners).map(sit).collect();
    let instructor = {
        let taken = taken.clone();
        thread::spawn(move || watch(address, &key, end, &taken))
    };
    thread::sleep(lasts / 2);
    let class = class.restart();
    let sitting: Vec<Learner> = sitting.into_iter().map(|one| one.join().unwrap()).collect();
    instructor.join().unwrap();
    // Killed once more after the last answer.
    let class = class.restart();
    compare(&class.room(), &sitting);
    let mut taken = taken.lock().unwrap().clone();
    taken.order();
    let part = |share: f64| taken[((taken.len() as f64 * share) as usize).min(taken.len() - 1)];
    println!(
        "{} learners, {:.0} s: {} answers, p50 {:?}, p99 {:?}, longest {:?}, again after the kill {}",
        sitting.len(),
        lasts.as_secs_f64(),
        taken.len(),
        part(0.5),
        part(0.99),
        part(1.0),
        sitting.iter().map(|one| one.again).sum::<u32>(),
    );
    assert!(part(0.99) < Duration::from_millis(50), "p99 {:?}", part(0.99));
}

/// Asks as the instructor's page does.
fn watch(address: SocketAddr, key: &str, end: Instant, taken: &Mutex<Vec<Duration>>) {
    let mut caller = Caller::new(address);
    while Instant::now() < end {
        let began = Instant::now();
        match caller.ask("GET", "room", key, None) {
            Some((status, _)) => {
                assert_eq!(status, 200);
                taken.lock().unwrap().push(began.elapsed());
            }
            None => caller = Caller::new(address),
        }
        thread::sleep(Duration::from_secs(2));
    }
}

/// The last report of each that was answered is what the room has of them.
fn compare(room: &Value, sitting: &[Learner]) {
    let members = room["members"].as_array().unwrap();
    assert_eq!(members.len(), sitting.len());
    for one in sitting {
        let there = members.iter().find(|member| member["name"] == one.name.as_str());
        let there = there.unwrap_or_else(|| panic!("{} is lost", one.name));
        assert_eq!(there["report"], one.report, "{}", one.name);
        let best = there["best"][one.report["lesson"].as_str().unwrap()].as_u64();
        assert!(best >= one.report["done"].as_u64(), "what was done stays done: {there}");
    }
}

#[test]
fn what_the_instructor_does_reaches_the_learners_and_lasts() {
    let class = Class::open("offers");
    let mut one = Learner::join(class.server.address, &class.code(), 1);
    let (key, mut caller) = (class.key(), Caller::new(class.server.address));
    let nothing = json!({ "offer": null, "timer": null });
    assert_eq!(one.tell(), Some((200, nothing)));
    let link = format!("http://{}/?lang=vi#s1=abc-_9", class.server.address);
    let offered = json!({ "link": link, "note": " look  here " });
    assert_eq!(caller.ask("POST", "offer", &key, Some(&offered)).unwrap().0, 200);
    assert_eq!(caller.ask("POST", "timer", &key, Some(&json!({ "seconds": 600 }))).unwrap().0, 200);
    let class = class.restart();
    let mut caller = Caller::new(class.server.address);
    one.caller = Caller::new(class.server.address);
    let (_, heard) = one.tell().unwrap();
    assert_eq!((&heard["offer"]["link"], &heard["offer"]["note"]), (&json!("s1=abc-_9"), &json!("look here")));
    assert!((590..=600).contains(&heard["timer"].as_u64().unwrap()), "{heard}");
    for path in ["offer", "timer"] {
        assert_eq!(caller.ask("DELETE", path, &key, None).unwrap().0, 200);
    }
    assert_eq!(one.tell(), Some((200, json!({ "offer": null, "timer": null }))));
    // A new code shuts out who has the old one, and nobody who is in.
    let old = class.code();
    let (_, fresh) = caller.ask("POST", "code", &key, Some(&json!({}))).unwrap();
    let join = |caller: &mut Caller, name: &str, code: &str| {
        caller.ask("POST", "join", "", Some(&json!({ "name": name, "code": code }))).unwrap().0
    };
    assert_eq!(join(&mut caller, "late", &old), 401);
    assert_eq!(join(&mut caller, "late", &format!(" {} ", fresh["code"].as_str().unwrap().to_uppercase())), 200);
    assert_eq!(join(&mut caller, "LATE", fresh["code"].as_str().unwrap()), 409);
    assert_eq!(one.tell().unwrap().0, 200);
    // Who leaves is gone, and so is who is removed.
    assert_eq!(caller.ask("POST", "leave", &one.token, Some(&json!({}))).unwrap().0, 200);
    assert_eq!(one.tell().unwrap().0, 401);
    assert_eq!(caller.ask("POST", "remove", &key, Some(&json!({ "id": 2 }))).unwrap().0, 200);
    let room = class.restart().room();
    assert_eq!(room["members"], json!([]));
    assert_eq!(room["class"], "Docker <1>");
}

#[test]
fn without_a_class_nothing_of_it_is_there() {
    let site = Folder::site("classless");
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    assert!(!server.get("/", "").contains("class/learner.js"));
    for path in ["/class/", "/class/room", "/class/learner.js"] {
        assert!(server.get(path, "").starts_with("HTTP/1.1 404"), "{path}");
    }
    let join = server.talk("POST /class/join HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    assert!(join.starts_with("HTTP/1.1 405"), "{join}");
}

#[test]
fn the_page_brings_the_learners_side_and_the_instructors_page_its_policy() {
    let class = Class::open("pages");
    let page = class.server.get("/", "");
    assert!(
        page.contains("<script type=\"module\" src=\"class/learner.js\" data-class=\"Docker &lt;1>\"></script></head>"),
        "{page}"
    );
    let packed = class.server.get("/", "Accept-Encoding: br\r\n");
    assert!(packed.contains("content-encoding: br"), "{packed}");
    let board = class.server.get("/class/", "");
    for said in [
        "content-security-policy: default-src 'none'; script-src 'self'",
        "frame-ancestors 'none'",
        "cache-control: no-store",
    ] {
        assert!(board.contains(said), "{said} in {board}");
    }
    assert!(!board.contains("<script>") && !board.contains("style=") && !board.contains("onclick="), "{board}");
    for file in ["board.js", "board.css", "learner.js", "tokens.css"] {
        assert!(class.server.get(&format!("/class/{file}"), "").starts_with("HTTP/1.1 200"), "{file}");
    }
    assert_eq!(class.room()["lessons"], json!([{ "id": "one", "steps": 1, "vi": "a", "en": "b" }]));
}

#[test]
fn a_class_is_kept_where_nobody_else_reads_it() {
    let site = Folder::site("places");
    let dist = site.path("dist");
    let serve = |name: &str, file: &str| {
        layerlab(&["serve", "--dir", &dist, "--class", name, "--class-file", file, "--listen", "256.0.0.1:0"])
    };
    assert!(serve("a", "b").contains("is no place to listen"));
    let serve = |name: &str, file: &str| {
        layerlab(&["serve", "--dir", &dist, "--class", name, "--class-file", file, "--listen", "192.0.2.1:1"])
    };
    assert!(serve("a", &format!("{dist}/class.sqlite")).contains("would be served to everybody"));
    assert!(serve("", &site.path("c")).contains("is no name for a class"));
    // It gets as far as the address, which is none of this computer's.
    assert!(serve("a", &site.path("kept")).contains("192.0.2.1:1: "));
    assert!(serve("b", &site.path("kept")).contains("is the file of the class 'a'"));
    std::fs::write(site.path("text"), "no database, however long it may be read".repeat(99)).unwrap();
    assert!(serve("a", &site.path("text")).contains("not a database"));
}
