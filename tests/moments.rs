//! Two moments of a sitting beside each other: what came, went and changed between them.

use layerlab::diagram::Slots;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::Boot;
use layerlab::view::moment::{compare, world};
use layerlab::view::timeline::Change;
use layerlab::words::Lang;

const LINES: [&str; 12] = [
    "docker pull alpine:3.19",
    "docker volume create data",
    "docker network create back",
    "docker run -d --name web -v data:/data alpine:3.19 sleep 1000",
    "docker run -d --name other alpine:3.19 sleep 1000",
    "docker exec web sh -c 'echo a > /a'",
    "docker exec web sh -c 'echo b > /data/b'",
    "docker network connect back web",
    "docker pause web",
    "docker rm -f other",
    "docker commit web mine:1",
    "docker rename web site",
];

fn sitting() -> Session {
    let mut session = Session::new(Boot { seed: 3, ..Boot::default() });
    for line in LINES {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(60)), "{line}");
        assert_eq!(session.ticks().last().and_then(|tick| tick.status), Some(0), "{line}");
    }
    session
}

fn said(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.short.as_str()).collect()
}

#[test]
fn what_lies_between_is_told() {
    let session = sitting();
    let ticks = session.ticks();
    let all = compare(ticks, 0, ticks.len(), Lang::En.words()).expect("two moments");
    assert_eq!(said(&all.appeared), ["alpine:3.19", "mine:1", "site (paused)", "data", "back"]);
    assert_eq!((said(&all.went), said(&all.changed)), (vec![], vec![]), "what came and went between is nothing");
    let later = compare(ticks, 5, ticks.len(), Lang::En.words()).expect("two moments");
    assert_eq!(said(&later.appeared), ["mine:1", "site · back"]);
    assert_eq!(said(&later.went), ["other"]);
    assert_eq!(said(&later.changed), ["site: running → paused", "web → site", "data: 2 B"]);
    let one = compare(ticks, 6, 5, Lang::Vi.words()).expect("two moments");
    assert_eq!(said(&one.changed), ["web: lớp ghi"], "whatever the order in which they are given");
    assert!(one.appeared.is_empty() && one.went.is_empty());
}

#[test]
fn a_moment_and_itself_are_equal() {
    let session = sitting();
    for moment in 0..=session.ticks().len() {
        let same = compare(session.ticks(), moment, moment, Lang::En.words()).expect("a moment");
        assert!(same.is_empty() && same.marks().next().is_none(), "{moment}");
    }
    assert!(compare(session.ticks(), 0, session.ticks().len() + 1, Lang::En.words()).is_none());
    assert!(world(&[], 0).is_none(), "nothing has been typed");
}

/// What is marked is what the Stage shows, groups included.
#[test]
fn every_mark_has_its_object() {
    let session = sitting();
    let ticks = session.ticks();
    let mut slots = Slots::default();
    for moment in 0..=ticks.len() {
        let now = world(ticks, moment).expect("a moment");
        slots.observe(now);
        let view = layerlab::diagram::View {
            width: 1084,
            height: 520,
            words: Lang::En.words(),
            selected: None,
            shelf: Vec::new(),
        };
        let mut scene = layerlab::diagram::scene(now, &view, &slots);
        let before = scene.clone();
        let comparison = compare(ticks, 0, moment, Lang::En.words()).expect("two moments");
        for (key, class) in comparison.marks() {
            let unmarked = scene.clone();
            scene.mark(key, class);
            assert_ne!(scene, unmarked, "{key} is not on the Stage");
        }
        assert_eq!(scene == before, comparison.marks().next().is_none());
    }
}
