//! The coach's table of situations: what a beginner runs into, done in the machine as the page does it.
//!
//! `tests/coach/situations.md` has a heading each: what is typed, the whole output of the last command byte
//! for byte, and what the coach makes of it. `UPDATE=1` rewrites all but what is typed.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use layerlab::diagram::{Slots, View, scene};
use layerlab::lesson::coach::{Advice, advise};
use layerlab::lesson::{Block, Span, stage_key};
use layerlab::model::World;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Input, Key, Switch};
use layerlab::view::screen::Screen;
use layerlab::words::Lang;

/// Images that are on the machine already, so that the output is the error's alone.
const IMAGES: [&str; 4] = ["alpine", "nginx:alpine", "node:18-alpine", "gcr.io/distroless/static-debian12"];
/// Situations that have to be there, each of another cause.
const LEAST: usize = 60;

fn table() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/coach/situations.md"))
}

/// A heading and the lines that are typed below it.
struct Situation {
    title: String,
    typed: Vec<String>,
}

fn read(text: &str) -> (String, Vec<Situation>) {
    let mut parts = text.split("\n## ");
    let intro = parts.next().unwrap_or_default().trim_end().to_string();
    let situation = |part: &str| {
        let (title, rest) = part.split_once('\n').unwrap_or((part, ""));
        let typed = rest.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_string);
        Situation { title: title.trim().to_string(), typed: typed.collect() }
    };
    (intro, parts.map(situation).collect())
}

/// What came of it, as the table has it, and the rule by which the coach spoke.
fn play(situation: &Situation) -> (String, Option<&'static str>) {
    let boot = Boot { images: IMAGES.map(str::to_string).to_vec(), ..Boot::default() };
    let mut session = Session::new(boot);
    session.run_to_prompt(Time::seconds(60));
    let mut since = Screen::new(200);
    for line in &situation.typed {
        since = Screen::new(200);
        let _ = session.take_output();
        match line.strip_prefix('#') {
            Some(switch) => session.apply(Input::Switch(turned(switch.trim()))).expect("a switch is taken"),
            None => session.submit(line).expect("a line is taken"),
        }
        if !session.run_to_prompt(Time::seconds(600)) {
            session.key(Key::Interrupt).expect("a key is taken");
        }
        since.write(&session.take_output());
        session.advance(Time::seconds(2));
    }
    let tick = session.ticks().last().expect("a tick").clone();
    let (status, after) = (tick.status.unwrap_or(0), tick.after.expect("it has ended"));
    // As the page takes it: the line itself is left out.
    let said = since.rows().1.skip(1).map(|row| row.text()).collect::<Vec<_>>().join("\n");
    let ask = |world: &World| [Lang::Vi, Lang::En].map(|lang| advise(&tick.text, &said, "", status, world, lang));
    // What a container comes to is often seen a moment later.
    let at_once = ask(&after);
    let (after, [vi, en]) = match at_once[0] {
        Some(_) => (after, at_once),
        None => (session.world(), ask(&session.world())),
    };
    // The prompt is back below the answer.
    let shown = said.trim_end().rsplit_once('\n').map_or("", |(shown, _)| shown).trim_end().to_string();
    let mut lines: Vec<String> = situation.typed.iter().map(|line| format!("$ {line}")).collect();
    lines.extend((!shown.is_empty()).then_some(shown));
    let mut text = format!("```console\n{}\n```\n\n", lines.join("\n"));
    let (Some(vi), Some(en)) = (vi, en) else { return (text + "- nothing is said\n", None) };
    assert_eq!((vi.rule, &vi.commands, &vi.object), (en.rule, &en.commands, &en.object));
    assert_ne!(vi.text, en.text, "{}", situation.title);
    text += &format!("- rule: `{}`\n", en.rule);
    if let Some(object) = &en.object {
        let key = stage_key(&after, object).expect("what is marked is there");
        let mut slots = Slots::default();
        slots.observe(&after);
        let view = View { width: 1084, height: 520, words: Lang::En.words(), selected: None, shelf: Vec::new() };
        let mut drawn = scene(&after, &view, &slots);
        drawn.mark(&key, "trouble");
        let marked = drawn.objects().filter(|object| object.class.contains("trouble")).count();
        assert_eq!(marked, 1, "{}: the Stage has no {key}", situation.title);
        text += &format!("- marked: `{object}`\n");
    }
    text += &format!("- vi: {}\n- en: {}\n", plain(&vi), plain(&en));
    for command in &en.commands {
        text += &format!("- try: `{command}`\n");
    }
    (text, Some(en.rule))
}

fn turned(words: &str) -> Switch {
    match words.split_once(' ') {
        Some(("disk", state)) => Switch::Full(state == "full"),
        Some(("port", port)) => Switch::Port { port: port.parse().expect("a port"), taken: true },
        Some(("network", state)) => Switch::Network(state == "on"),
        Some(("damage", image)) => Switch::Damage(image.to_string()),
        _ => panic!("{words} is no switch"),
    }
}

fn plain(advice: &Advice) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => text.clone(),
        Span::Code(code) => format!("`{code}`"),
        other => panic!("the coach says text and code, not {other:?}"),
    };
    let [Block::Paragraph(spans)] = advice.text.as_slice() else { panic!("one paragraph, not {:?}", advice.text) };
    spans.iter().map(span).collect()
}

#[test]
fn every_situation_is_explained() {
    let text = fs::read_to_string(table()).expect("the table is there");
    let (intro, situations) = read(&text);
    let mut rules = BTreeSet::new();
    let mut now = intro;
    for situation in &situations {
        let (became, rule) = play(situation);
        now += &format!("\n\n## {}\n\n{}", situation.title, became.trim_end());
        assert!(std::env::var_os("UPDATE").is_some() || rule.is_some(), "nothing is said of {}", situation.title);
        rules.extend(rule);
    }
    now.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        fs::write(table(), &now).expect("the table is written");
    }
    for (line, (was, is)) in text.lines().zip(now.lines()).enumerate() {
        assert!(
            std::env::var_os("UPDATE").is_some() || was == is,
            "line {}: the table has\n{was}\nand it is\n{is}",
            line + 1
        );
    }
    assert!(std::env::var_os("UPDATE").is_some() || text == now, "the table is longer or shorter than what is");
    assert!(rules.len() >= LEAST, "{} causes are not {LEAST}", rules.len());
}
