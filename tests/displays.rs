//! Builds of real Docker on a terminal, and ours: played into a terminal emulator, both end on the same screen,
//! colours and all. Times and the ids of images are masked.

#[path = "../src/bin/layerlab/folder.rs"]
mod folder;

use std::fs;
use std::path::{Path, PathBuf};

use layerlab::model::order::Order;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console};
use layerlab::view::screen::{Screen, Style};

const ROWS: u16 = 50;
const COLUMNS: u16 = 100;

/// A row of the screen, as runs of one style.
type Row = Vec<(String, Style)>;

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/tty")
}

/// The names of the recorded builds.
fn names() -> Vec<String> {
    let entries = fs::read_dir(recorded()).expect("the recordings").flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".tty")?.to_string()))
        .filter(|name| name.starts_with("build-"))
        .collect();
    names.order();
    names
}

/// What stands on a terminal after all these bytes.
fn screen(bytes: &[u8]) -> Vec<Row> {
    let mut screen = Screen::new(usize::from(ROWS));
    screen.write(bytes);
    let mut rows: Vec<Row> = screen.rows().1.map(|row| masked(&row.runs())).collect();
    base_before_context(&mut rows);
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

/// Real builds load the context and look at the base at the same moment; which of the two is told of first is a
/// race (the recordings have both). Here the base is.
fn base_before_context(rows: &mut [Row]) {
    let says = |row: &Row, what: &str| row.first().is_some_and(|(text, _)| text.contains(what));
    let Some(context) = rows.iter().position(|row| says(row, "[internal] load build context")) else { return };
    let part = |row: &&Row| says(row, " => => ");
    let next = context + 1 + rows[context + 1..].iter().take_while(part).count();
    if rows.get(next).is_some_and(|row| says(row, "] FROM ")) {
        let end = next + 1 + rows[next + 1..].iter().take_while(part).count();
        rows[context..end].rotate_left(next - context);
    }
}

/// Runs without what differs from one build to the next: digits of times, and ids.
fn masked(runs: &[(String, Style)]) -> Row {
    runs.iter().map(|(text, style)| (mask(text), *style)).collect()
}

fn mask(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let number = word.strip_suffix('s').unwrap_or(word);
        let is_time = number.split_once('.').is_some_and(|(whole, part)| {
            [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        });
        words.push(match word.strip_prefix("sha256:") {
            Some(_) => "sha256:ID".to_string(),
            None if is_time => word.replace(|c: char| c.is_ascii_digit(), "0"),
            None => word.to_string(),
        });
    }
    words.join(" ")
}

/// What a build prints, of a machine on which the good one was built before.
fn ours(command: &str) -> Vec<u8> {
    let home = folder::read(&recorded().join("home").to_string_lossy()).expect("a home");
    let mut session = Session::new(Boot {
        images: vec!["alpine:3.19".into()],
        console: Console::Screen { rows: ROWS, columns: COLUMNS },
        files: home,
        ..Boot::default()
    });
    let mut output = Vec::new();
    // The failing one was built before as well: its first RUN is known.
    for line in ["docker build -q ok; docker build -q failrun", command] {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(60)), "{line}");
        output = session.take_output();
    }
    // Between the line that was typed and the next prompt.
    let from = output.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let to = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    output[from..to.max(from)].to_vec()
}

#[test]
fn builds_end_on_the_recorded_screen() {
    let names = names();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let read = |extension: &str| fs::read(recorded().join(format!("{name}.{extension}"))).expect("a recording");
        let command = String::from_utf8_lossy(&read("cmd")).trim().to_string();
        let (wanted, got) = (screen(&read("tty")), screen(&ours(&command)));
        let differing = wanted.iter().zip(&got).position(|(wanted, got)| wanted != got);
        if let Some(at) = differing {
            assert_eq!(got[at], wanted[at], "{name}, row {at}");
        }
        assert_eq!(got.len(), wanted.len(), "{name}: {got:#?}");
    }
}

#[test]
fn what_differs_from_build_to_build_is_masked() {
    assert_eq!(mask(" => exporting layers   0.3s"), " => exporting layers   0.0s");
    assert_eq!(mask("0.224 oops v1.0 1.2.3 4.5k"), "0.000 oops v1.0 1.2.3 4.5k");
    assert_eq!(mask("writing image sha256:7689  "), "writing image sha256:ID  ");
}
