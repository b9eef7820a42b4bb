//! What the view of a build shows of real builds: from the first to the rebuild after an edit, in the midst of one,
//! and of one that fails.

use layerlab::diagram::{self, Scene, Slots, View};
use layerlab::model::World;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Content, Input};
use layerlab::view::dockerfile::listing;
use layerlab::words::Lang;

const HOME: &str = "/home/learner/myapp";

const STAGES: &str = "FROM node:18-alpine AS base\nWORKDIR /app\nCOPY package*.json ./\n\nFROM base AS deps\n\
    RUN npm install --omit=dev\n\nFROM base AS builder\nRUN npm install\nCOPY . .\nRUN mkdir dist && sleep 6 && cp server.js dist/\n\n\
    FROM base AS runtime\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY --from=builder /app/dist ./dist\n\
    CMD [\"node\", \"dist/server.js\"]\n";

const PACKAGE: &str = "{\"name\":\"myapp\",\"version\":\"1.0.0\",\"dependencies\":{\"express\":\"^4.18.2\"}}\n";

fn session(files: &[(&str, &str)]) -> Session {
    let boot = Boot { images: vec!["node:18-alpine".into()], ..Boot::default() };
    let mut session = Session::new(boot);
    for (name, text) in files {
        edit(&mut session, name, text);
    }
    session
}

fn edit(session: &mut Session, name: &str, text: &str) {
    let edit = Input::Edit { path: format!("{HOME}/{name}"), content: Content::new(text.as_bytes()) };
    session.apply(edit).expect("an edit");
}

fn run(session: &mut Session, line: &str) {
    session.submit(line).expect("a line");
    assert!(session.run_to_prompt(Time::seconds(600)), "{line} does not end");
    assert_eq!(session.world().verify(), Ok(()), "{line}");
}

fn scene(world: &World) -> Scene {
    let mut slots = Slots::default();
    slots.observe(world);
    let view = View { width: 1040, height: 440, words: Lang::En.words(), selected: None, shelf: Vec::new() };
    diagram::build::scene(world, &view, &slots).expect("a build")
}

/// The steps' names, base image's layers left out.
fn plates(world: &World) -> Vec<String> {
    let scene = scene(world);
    let steps = scene.objects().filter(|object| object.key.starts_with("step:"));
    steps.map(|object| object.label.clone()).collect()
}

/// Line, state and what broke the cache, of each line that has any.
fn gutter(world: &World) -> Vec<(usize, String)> {
    let listing = listing(world, Lang::En.words()).expect("a build");
    let lines = listing.lines.into_iter().filter(|line| !line.spoken.is_empty());
    lines.map(|line| (line.number, line.spoken)).collect()
}

/// Without times, which follow the machine's pace.
fn untimed(labels: Vec<String>) -> Vec<String> {
    let is_time = |part: &&str| part.strip_suffix('s').is_some_and(|time| time.parse::<f64>().is_ok());
    let without = |label: &String| label.split(", ").filter(|part| !is_time(part)).collect::<Vec<_>>().join(", ");
    labels.iter().map(without).collect()
}

#[test]
fn an_edit_breaks_the_cache_from_its_copy_on() {
    let early = "FROM node:18-alpine\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install\nCOPY . .\nCMD [\"node\", \"server.js\"]\n";
    let mut session = session(&[("Dockerfile", early)]);
    run(&mut session, "docker build -t myapp:1.0 .");
    let first = gutter(&session.world());
    assert!(first.iter().all(|(_, spoken)| !spoken.contains("broken")), "{first:?}");
    run(&mut session, "docker build -t myapp:1.0 .");
    let again = untimed(plates(&session.world()));
    assert_eq!(again.iter().filter(|label| label.contains("from cache")).count(), 4, "{again:#?}");
    edit(&mut session, "server.js", "console.log('edited')\n");
    run(&mut session, "docker build -t myapp:1.1 .");
    let labels = untimed(plates(&session.world()));
    assert_eq!(labels.len(), 4, "{labels:#?}");
    assert!(labels[..3].iter().all(|label| label.contains(", from cache, ")), "{labels:#?}");
    assert!(labels[2].starts_with("RUN npm install, from cache, "), "{labels:#?}");
    assert_eq!(labels[3].split(", ").next(), Some("COPY . ."));
    assert!(labels[3].ends_with("server.js changed: cache broken here, line 5"), "{labels:#?}");
    let spoken = gutter(&session.world());
    assert_eq!(spoken[0], (1, "from cache".to_owned()), "{spoken:#?}");
    assert_eq!(spoken[5].1, "settings only, no layer");
    edit(&mut session, "Dockerfile", &early.replace("/app", "/srv"));
    run(&mut session, "docker build -t myapp:1.2 .");
    let spoken = gutter(&session.world());
    assert!(spoken[1].1.ends_with("other instruction: cache broken here"), "{spoken:#?}");
    run(&mut session, "docker build --no-cache -t myapp:1.2 .");
    let spoken = gutter(&session.world());
    assert!(spoken[2].1.ends_with("cache not used: cache broken here"), "{spoken:#?}");
}

#[test]
fn three_stages_are_followed_in_virtual_time() {
    let mut session = session(&[("Dockerfile", STAGES), ("package.json", PACKAGE)]);
    run(&mut session, "docker build -t myapp:1.0 .");
    edit(&mut session, "server.js", "console.log('edited')\n");
    session.submit("docker build -t myapp:1.1 .").expect("a line");
    session.advance(Time::millis(3_500));
    let world = session.world();
    let labels = plates(&world);
    let running: Vec<&String> = labels.iter().filter(|label| label.contains(", running, ")).collect();
    let [running] = running.as_slice() else { panic!("{labels:#?}") };
    let seconds = |label: &str| -> f64 {
        let part = label.split(", ").find_map(|part| part.strip_suffix('s')?.parse().ok());
        part.unwrap_or_else(|| panic!("no time in {label}"))
    };
    let before = seconds(running);
    assert!(labels.iter().any(|label| label.contains("waiting, takes /app/dist from builder")), "{labels:#?}");
    let x = |start: &str| {
        let scene = scene(&world);
        let found = scene.objects().find(|object| object.label.starts_with(start)).map(|object| object.x);
        found.unwrap_or_else(|| panic!("{start} is not in {labels:#?}"))
    };
    assert!(x("Stage deps") < x("Stage runtime") && x("Stage runtime") < x("Stage builder"));
    session.advance(Time::millis(1_000));
    let later = plates(&session.world());
    let running = later.iter().find(|label| label.contains(", running, ")).expect("it still runs");
    assert!((seconds(running) - before - 1.0).abs() < 0.11, "{before} and then {running}");
    assert!(session.run_to_prompt(Time::seconds(60)));
    let done = gutter(&session.world());
    assert!(done.iter().all(|(_, spoken)| !spoken.contains("waiting")), "{done:#?}");
    assert!(done.iter().any(|(line, spoken)| *line == 10 && spoken.contains("server.js changed")), "{done:#?}");
    let scene = scene(&session.world());
    let flag = scene.objects().find(|object| object.class.starts_with("flag")).expect("a flag");
    assert_eq!(flag.class, "flag", "the image is there");
}

#[test]
fn a_failed_step_is_failed_and_what_follows_waits() {
    let mut session = session(&[("Dockerfile", "FROM node:18-alpine\nRUN exit 3\nRUN echo never\n")]);
    run(&mut session, "docker build .");
    let labels = untimed(plates(&session.world()));
    assert_eq!(labels, ["RUN exit 3, failed, line 2", "RUN echo never, waiting, line 3"]);
    edit(&mut session, "Dockerfile", "FROM node:18-alpine\nCOPY nosuch /\nRUN echo never\n");
    run(&mut session, "docker build .");
    let labels = untimed(plates(&session.world()));
    assert_eq!(labels, ["COPY nosuch /, failed, line 2", "RUN echo never, waiting, line 3"]);
    let count = session.world().engine.builds.next_run;
    run(&mut session, "docker build --check .");
    assert_eq!(session.world().engine.builds.next_run, count, "a check builds nothing");
}

#[test]
fn a_base_that_is_fetched_is_seen_on_its_way() {
    let mut session = session(&[("Dockerfile", "FROM nginx:alpine\nRUN echo hello > /hello\n")]);
    session.submit("docker build -t web .").expect("a line");
    session.advance(Time::millis(1_200));
    let labels = untimed(plates(&session.world()));
    assert_eq!(labels, ["FROM nginx:alpine, running, line 1", "RUN echo hello > /hello, waiting, line 2"]);
    assert!(session.run_to_prompt(Time::seconds(60)));
    let world = session.world();
    let layers: Vec<String> =
        scene(&world).objects().filter(|o| o.key.starts_with("layer:")).map(|o| o.label.clone()).collect();
    assert!(layers.len() > 3 && layers.iter().all(|label| !label.starts_with("Layer")), "{layers:#?}");
}
