use super::*;
use crate::diagram::scene::{Kind, Object};
use crate::diagram::situation::{NODE, image, slots, view, world};
use crate::diagram::svg;
use crate::model::build::{BuildStage, StepKind};
use crate::model::order::Order;
use crate::words::Lang;
use std::rc::Rc;

const SIZES: [(i32, i32); 6] = [(1040, 440), (760, 470), (620, 300), (390, 344), (720, 218), (300, 160)];

fn step(name: &str, line: usize, below: Option<usize>, state: StepState) -> BuildStep {
    let known = (name.into(), format!("{below:?}").as_str().into(), "".into());
    BuildStep { name: name.into(), lines: Some((line, line)), below, state, known, ..BuildStep::default() }
}

fn base(name: &str, line: usize, state: StepState) -> BuildStep {
    BuildStep { kind: StepKind::Base, ..step(name, line, None, state) }
}

fn stage(name: &str, line: usize, top: usize) -> BuildStage {
    BuildStage { name: name.into(), lines: (line, line), top: Some(top), ..BuildStage::default() }
}

fn run(steps: Vec<BuildStep>, stages: Vec<BuildStage>, target: usize) -> BuildRun {
    BuildRun {
        name: "Dockerfile".into(),
        path: "/home/learner/myapp/Dockerfile".into(),
        dockerfile: "".into(),
        context: "/home/learner/myapp".into(),
        tags: vec!["myapp:1.1".into()],
        started: Time::ZERO,
        ended: None,
        stages,
        target,
        steps,
        error: None,
        image: None,
    }
}

fn with(runs: Vec<BuildRun>) -> World {
    let mut world = world();
    image(&mut world, &["node:18-alpine"], &NODE);
    world.now = Time::millis(8_400);
    for run in runs {
        world.engine.builds.next_run += 1;
        world.engine.builds.runs.insert(world.engine.builds.next_run, Rc::new(run));
    }
    world
}

/// The chain of the base image's layers.
fn chain(world: &World) -> Option<crate::model::Text> {
    world.engine.images.values().next().and_then(|image| image.layers.last().cloned())
}

/// Three stages on one base, in the midst of a build that an edit made necessary.
fn stages(state: StepState) -> World {
    let mut steps = vec![
        base("[base 1/3] FROM docker.io/library/node:18-alpine@sha256:0123", 1, StepState::Done),
        step("[base 2/3] WORKDIR /app", 2, Some(0), StepState::Cached),
        step("[base 3/3] COPY package*.json ./", 3, Some(1), StepState::Cached),
        step("[deps 1/1] RUN npm ci --omit=dev", 6, Some(2), StepState::Cached),
        step("[builder 1/3] RUN npm ci", 9, Some(2), StepState::Cached),
        step("[builder 2/3] COPY . .", 10, Some(4), StepState::Done),
        step("[builder 3/3] RUN npm run build", 11, Some(5), state),
        step("[runtime 1/2] COPY --from=deps /app/node_modules ./node_modules", 14, Some(2), StepState::Cached),
        step("[runtime 2/2] COPY --from=builder /app/dist ./dist", 15, Some(7), StepState::Waiting),
    ];
    steps[7].takes = vec![(3, "/app/node_modules".into())];
    steps[8].takes = vec![(6, "/app/dist".into())];
    for (at, size) in [(3, 14_300_000), (4, 51_000_000), (5, 18_600), (7, 14_300_000)] {
        steps[at].size = size;
    }
    steps[5].changed = vec!["server.ts".into()];
    (steps[5].started, steps[5].ended) = (Some(Time::millis(2_000)), Some(Time::millis(2_100)));
    steps[6].started = Some(Time::millis(2_200));
    let mut former = steps.clone();
    for step in &mut former {
        step.state = StepState::Done;
    }
    former[5].known.2 = "before".into();
    let mut stages = vec![stage("base", 1, 2), stage("deps", 5, 3), stage("builder", 8, 6), stage("runtime", 13, 8)];
    stages[0].layers = NODE.iter().map(|(made, _)| (*made).into()).collect();
    let mut world = with(vec![run(former, stages.clone(), 3)]);
    steps[0].chain = chain(&world);
    world.engine.builds.next_run = 2;
    let mut run = run(steps, stages, 3);
    if state == StepState::Failed {
        (run.ended, run.error) = (Some(world.now), Some("process did not complete".into()));
        run.steps[6].ended = Some(world.now);
    }
    world.engine.builds.runs.insert(2, Rc::new(run));
    world
}

/// One stage of so many steps.
fn long(count: usize) -> World {
    let mut steps = vec![base("[1/9] FROM docker.io/library/node:18-alpine", 1, StepState::Cached)];
    for n in 1..=count {
        let name = format!(
            "[{}/{}] RUN a-command-with-a-long-line --and=flags {}",
            n + 1,
            count + 1,
            "and more ".repeat(n % 9)
        );
        let mut step = step(&name, n + 1, Some(n - 1), StepState::Cached);
        step.size = 1 << (n % 30);
        steps.push(step);
    }
    let mut world = with(Vec::new());
    steps[0].chain = chain(&world);
    world.engine.builds.runs.insert(1, Rc::new(run(steps, vec![stage("", 1, count)], 0)));
    world
}

/// So many stages, each on an image of its own, the last of which copies from all others.
fn many(count: usize) -> World {
    let mut steps: Vec<BuildStep> = Vec::new();
    let mut stages = Vec::new();
    for n in 0..count {
        steps.push(base(&format!("[s{n} 1/2] FROM docker.io/library/image{n}:1"), 2 * n + 1, StepState::Waiting));
        let mut top = step(&format!("[s{n} 2/2] COPY . /srv"), 2 * n + 2, Some(2 * n), StepState::Waiting);
        if n + 1 == count {
            top.takes = (0..n).map(|from| (2 * from + 1, "/srv".into())).collect();
        }
        steps.push(top);
        stages.push(stage(&format!("s{n}"), 2 * n + 1, 2 * n + 1));
    }
    with(vec![run(steps, stages, count - 1)])
}

fn drawn(world: &World, (width, height): (i32, i32), lang: Lang) -> Scene {
    scene(world, &view(width, height, lang), &slots(world)).expect("a build")
}

fn overlap(a: &Object, b: &Object) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

fn situations() -> Vec<World> {
    let mut all = vec![stages(StepState::Running), stages(StepState::Failed), many(1), many(2), many(3), many(9)];
    all.extend([0, 1, 5, 20, 80].map(long));
    all
}

#[test]
fn nothing_lies_on_anything_and_all_is_inside() {
    for (number, world) in situations().iter().enumerate() {
        for size in SIZES {
            let scene = drawn(world, size, Lang::Vi);
            let solid = |object: &&Object| matches!(object.kind, Kind::Step | Kind::Stage);
            let solid: Vec<&Object> = scene.objects().filter(solid).collect();
            for (n, a) in solid.iter().enumerate() {
                let inside = a.x >= 0 && a.y >= 0 && a.x + a.w <= scene.width && a.y + a.h <= scene.height;
                assert!(inside, "{number} at {size:?}: {} at {:?}", a.key, (a.x, a.y, a.w, a.h));
                for b in solid.iter().skip(n + 1) {
                    assert!(!overlap(a, b), "{number} at {size:?}: {} lies on {}", a.key, b.key);
                }
            }
        }
    }
}

/// The right and left edges of the texts of an object, relative to it.
fn texts(shapes: &[Shape], dx: i32, found: &mut Vec<(i32, i32, String)>) {
    for shape in shapes {
        match shape {
            Shape::Text { class, x, runs, .. } => {
                let whole: String = runs.iter().map(|run| run.text.as_str()).collect();
                let gaps: i32 = runs.iter().map(|run| run.gap).sum();
                let w = text::mono(&whole, 10) + gaps;
                let left = match *class {
                    "sz" => x - w,
                    _ => *x,
                };
                found.push((dx + left, dx + left + w, whole));
            }
            Shape::Group { x, shapes, .. } => texts(shapes, dx + x, found),
            _ => {}
        }
    }
}

#[test]
fn what_is_written_on_a_plate_stays_on_it() {
    for (number, world) in situations().iter().enumerate() {
        for size in SIZES {
            let scene = drawn(world, size, Lang::En);
            for plate in scene.objects().filter(|object| object.kind == Kind::Step) {
                let mut found = Vec::new();
                texts(&plate.shapes, 0, &mut found);
                found.order();
                for (left, right, text) in &found {
                    assert!(*left >= 0 && *right <= plate.w, "{number} at {size:?}: {text:?} leaves {}", plate.key);
                }
                let high = plate.h >= 32;
                for pair in found.windows(2).filter(|_| !high) {
                    assert!(pair[0].1 <= pair[1].0 + 1, "{number} at {size:?}: {:?} on {:?}", pair[0], pair[1]);
                }
            }
        }
    }
}

#[test]
fn plates_stand_on_each_other() {
    let scene = drawn(&stages(StepState::Running), (1040, 440), Lang::En);
    let of = |key: &str| scene.object(key).unwrap_or_else(|| panic!("{key}"));
    let stands = |upper: &str, lower: &str| {
        let (upper, lower) = (of(upper), of(lower));
        assert_eq!(upper.y + upper.h + draw::GAP, lower.y, "{} on {}", upper.key, lower.key);
        assert!(upper.x >= lower.x && upper.x + upper.w <= lower.x + lower.w);
    };
    for (upper, lower) in [(2, 1), (3, 2), (4, 2), (5, 4), (6, 5), (7, 2), (8, 7)] {
        stands(&format!("step:2:{upper}"), &format!("step:2:{lower}"));
    }
    let layers = scene.objects().filter(|object| object.key.starts_with("layer:"));
    assert_eq!(layers.count(), 4, "the base image's layers, each once");
    let x = |key: &str| of(key).x;
    assert!(x("step:2:3") < x("step:2:7") && x("step:2:7") < x("step:2:4"), "the image stands between what it takes");
    assert_eq!(scene.objects().filter(|object| object.kind == Kind::Take).count(), 2);
}

#[test]
fn names_say_state_size_and_what_broke_the_cache() {
    let labels = |world: &World, lang: Lang| -> Vec<String> {
        let scene = drawn(world, (1040, 440), lang);
        scene.objects().filter(|object| !object.is_decoration()).map(|object| object.label.clone()).collect()
    };
    assert_eq!(
        labels(&stages(StepState::Running), Lang::En),
        [
            "ADD alpine-minirootfs-3.21.3-x86_64.tar.gz /, of the base image, 7.8 MB",
            "RUN addgroup -g 1000 node && curl node-v18.20.8, of the base image, 114 MB",
            "RUN apk add … yarn-v1.22.22, of the base image, 5.34 MB",
            "COPY docker-entrypoint.sh /usr/local/bin/, of the base image, 388 B",
            "WORKDIR /app, from cache, 0 B, line 2",
            "COPY package*.json ./, from cache, 0 B, line 3",
            "RUN npm ci --omit=dev, from cache, 14.3 MB, line 6",
            "RUN npm ci, from cache, 51 MB, line 9",
            "COPY . ., just built, 0.1s, 18.6 kB, server.ts changed: cache broken here, line 10",
            "RUN npm run build, running, 6.2s, line 11",
            "COPY --from=deps /app/node_modules ./node_modules, from cache, 14.3 MB, takes /app/node_modules from deps, line 14",
            "COPY --from=builder /app/dist ./dist, waiting, takes /app/dist from builder, line 15",
            "Stage deps, left behind, its files are copied",
            "Stage runtime, final stage: becomes the image",
            "Image myapp:1.1, waiting",
            "Stage builder, left behind, its files are copied",
        ]
    );
    let failed = labels(&stages(StepState::Failed), Lang::Vi);
    for expected in ["RUN npm run build, lỗi, 6.2s, dòng 11", "Stage runtime, stage cuối: thành image"] {
        assert!(failed.iter().any(|label| label == expected), "{expected} is not in {failed:#?}");
    }
}

#[test]
fn every_size_is_drawn() {
    for world in situations() {
        for size in SIZES.into_iter().chain([(0, 0), (i32::MAX, i32::MAX), (-5, 10)]) {
            assert!(!svg::write(&drawn(&world, size, Lang::Vi)).is_empty());
        }
    }
    let empty = with(Vec::new());
    assert_eq!(scene(&empty, &view(1040, 440, Lang::En), &slots(&empty)), None);
    let mut refused = run(Vec::new(), Vec::new(), 0);
    refused.error = Some("the Dockerfile cannot be empty".into());
    let scene = drawn(&with(vec![refused]), (1040, 440), Lang::En);
    assert!(format!("{:?}", scene.backdrop).contains("cannot be empty"));
}
