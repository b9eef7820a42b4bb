//! The Stage in 25 situations, as text: `tests/scenes/situations.md` says what is typed and how it is looked at,
//! `tests/scenes/NAME.txt` what is drawn. `UPDATE=1 cargo test --test scenes` draws them anew.

mod stage;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use layerlab::diagram::svg;
use layerlab::diagram::{Object, Scene, Shape, Slots};
use layerlab::model::World;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::Boot;
use layerlab::words::Lang;
use stage::draw;

/// One situation: how it is looked at and what is typed.
struct Situation {
    name: String,
    size: (i32, i32),
    lang: Lang,
    selected: Option<String>,
    lines: Vec<String>,
}

/// Reads the situations: a heading is a name, `view: 1084x520 vi web` the size, the language and who is selected.
fn situations() -> Vec<Situation> {
    let text = fs::read_to_string("tests/scenes/situations.md").expect("the situations");
    let parts = text.split("\n## ").skip(1);
    let situation = |part: &str| {
        let (name, rest) = part.split_once('\n').expect("a heading");
        let view: Vec<&str> =
            rest.lines().find_map(|line| line.strip_prefix("view: ")).unwrap_or("1084x520 en").split(' ').collect();
        let (width, height) = view[0].split_once('x').expect("a size");
        let size = (width.parse().expect("a width"), height.parse().expect("a height"));
        let lang = if view.get(1) == Some(&"vi") { Lang::Vi } else { Lang::En };
        let code = rest.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or("");
        let selected = view.get(2).map(|name| (*name).to_owned());
        Situation { name: name.to_owned(), size, lang, selected, lines: code.lines().map(str::to_owned).collect() }
    };
    parts.map(situation).collect()
}

/// Types the lines; the World at the end and the slots of all that was.
fn play(lines: &[String]) -> (World, Slots) {
    let mut session = Session::new(Boot { seed: 5, ..Boot::default() });
    let mut slots = Slots::default();
    slots.observe(&session.world());
    for line in lines {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(600)), "{line} does not end");
        let status = session.ticks().last().and_then(|tick| tick.status);
        let said = String::from_utf8_lossy(&session.take_output()).into_owned();
        assert!(status == Some(0) || line.ends_with("# fails"), "{line}: {said}");
        slots.observe(&session.world());
    }
    (session.world(), slots)
}

/// What of a picture can be read, and a sum over all that is drawn.
fn told(scene: &Scene, world: &World) -> String {
    let mut text = format!("{}x{}, ground {}, {:?}\n", scene.width, scene.height, scene.ground, scene.zoom);
    let _ = writeln!(text, "backdrop {}", words(&scene.backdrop));
    for zone in &scene.zones {
        let _ = writeln!(text, "\n{}: {}", zone.key, zone.label);
        for object in &zone.objects {
            line(object, &mut text);
        }
    }
    // Names are easier to read than ids, and stay when ids change.
    for container in world.engine.containers.values() {
        text = text.replace(&*container.id, &container.name);
    }
    for network in world.engine.networks.values() {
        text = text.replace(&*network.id, &network.name);
    }
    shortened(&text)
}

fn line(object: &Object, text: &mut String) {
    let Object { key, x, y, w, h, .. } = object;
    let _ = write!(text, "  {key} {x},{y} {w}x{h} [{} {}]", object.kind.class(), object.class.trim());
    if let Some(hue) = object.hue {
        let _ = write!(text, " hue {hue}");
    }
    if !object.holds.is_empty() {
        let _ = write!(text, " holds {}", object.holds.len());
    }
    let _ = writeln!(text, " {}", words(&object.shapes));
    if !object.label.is_empty() {
        let chosen = match object.selected {
            Some(true) => ", selected",
            _ => "",
        };
        let _ = writeln!(text, "    {}. {}{chosen}", object.level, object.label);
    }
}

/// The texts of a drawing, and a sum over it.
fn words(shapes: &[Shape]) -> String {
    let mut said = Vec::new();
    collect(shapes, &mut said);
    // The sum is FNV-1a: it only has to tell one drawing from another.
    let sum = format!("{shapes:?}")
        .bytes()
        .fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(16_777_619));
    format!("{sum:08x} {}", said.join(" ")).trim_end().to_owned()
}

fn collect(shapes: &[Shape], said: &mut Vec<String>) {
    for shape in shapes {
        match shape {
            Shape::Text { runs, .. } => {
                let text: Vec<&str> = runs.iter().map(|run| run.text.as_str()).collect();
                said.push(format!("{:?}", text.join(" ")));
            }
            Shape::Group { shapes, .. } => collect(shapes, said),
            _ => {}
        }
    }
}

/// Cuts runs of 64 digits to the first 12.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for sign in text.chars().chain(['\n']) {
        if sign.is_ascii_hexdigit() {
            digits.push(sign);
            continue;
        }
        out.push_str(if digits.len() == 64 { &digits[..12] } else { &digits });
        digits.clear();
        out.push(sign);
    }
    out.pop();
    out
}

#[test]
fn situations_are_drawn_as_before() {
    let update = std::env::var_os("UPDATE").is_some();
    let situations = situations();
    assert_eq!(situations.len(), 25);
    let mut changed = Vec::new();
    let mut known: Option<(Vec<String>, (World, Slots))> = None;
    for situation in &situations {
        let Situation { name, size, lang, selected, lines } = situation;
        // Several ways to look at the same machine follow each other.
        if known.as_ref().is_none_or(|(played, _)| played != lines) {
            known = Some((lines.clone(), play(lines)));
        }
        let (_, (world, slots)) = known.as_ref().expect("what was played");
        let key = selected.as_ref().map(|name| match world.engine.container_by_name(name) {
            Some(container) => format!("container:{}", container.id),
            None => panic!("{name} is not there"),
        });
        let scene = draw(world, slots, *size, *lang, key.as_deref());
        assert_eq!(scene, draw(world, slots, *size, *lang, key.as_deref()), "{name}: another picture");
        assert!(svg::write(&scene).contains("role=\"tree\""));
        let told = told(&scene, world);
        let path = format!("tests/scenes/{}.txt", name.replace([' ', ','], "-").replace("--", "-"));
        if update {
            fs::write(&path, &told).expect("the picture is written");
        }
        let before = fs::read_to_string(&path).unwrap_or_default();
        if before != told {
            let at = before.lines().zip(told.lines()).find(|(before, now)| before != now);
            changed.push(format!("{path}: {at:#?}"));
        }
    }
    assert!(changed.is_empty(), "{} pictures changed (UPDATE=1 keeps them):\n{}", changed.len(), changed.join("\n"));
    let files = fs::read_dir("tests/scenes").expect("the pictures").count();
    assert_eq!(files, situations.len() + 1, "a picture without a situation: {:?}", Path::new("tests/scenes"));
}

/// A replay of the same log gives the same picture.
#[test]
fn the_same_log_gives_the_same_scene() {
    let situations = situations();
    let situation = situations.iter().find(|situation| situation.name.starts_with("two tiers")).expect("two tiers");
    let ((world, slots), (again, places)) = (play(&situation.lines), play(&situation.lines));
    for lang in Lang::ALL {
        let scenes =
            [(&world, &slots), (&again, &places)].map(|(world, slots)| draw(world, slots, (1084, 520), lang, None));
        assert_eq!(scenes[0], scenes[1]);
    }
}

#[test]
fn what_is_copied_up_is_told_from_what_is_new() {
    let copied = |line: &str| {
        let lines = ["docker run -d --name web nginx:alpine".to_owned(), line.to_owned()];
        let (world, slots) = play(&lines);
        let scene = draw(&world, &slots, (1084, 520), Lang::En, None);
        let plate = scene.objects().find(|object| object.key.starts_with("writable:")).unwrap();
        plate.copied
    };
    let before = copied("true");
    assert_eq!(copied("docker exec web sh -c 'echo new > /usr/share/nginx/html/new.html'"), before);
    assert_eq!(copied("docker exec web sed -i s/Welcome/Hello/ /usr/share/nginx/html/index.html"), before + 1);
    assert_eq!(copied("docker exec web rm /usr/share/nginx/html/index.html"), before);
}
