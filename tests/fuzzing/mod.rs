//! Seeded fuzzing: texts of a kept corpus, changed a little, go through a reader of the library, which must
//! neither panic, nor take long, nor break what it promises. The same number gives the same text, always.

mod archive;
pub mod family;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use family::Family;
use layerlab::model::order::Order;
use layerlab::model::random::Random;

/// Cases of a family in an ordinary run of the tests.
const CASES: u64 = 2_000;
/// Longer texts are cut: what grows with the square shows at this length.
const LONGEST: usize = 64 << 10;
/// One case takes no longer, unoptimised and on a busy machine.
const SLOW: Duration = Duration::from_secs(4);

/// How long to go on: `LAYERLAB_MINUTES` or `LAYERLAB_CASES` say so.
enum Until {
    Cases(u64),
    Time(Instant),
}

fn until() -> Until {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("LAYERLAB_MINUTES") {
        Some(minutes) => Until::Time(Instant::now() + Duration::from_secs(60 * minutes)),
        None => Until::Cases(number("LAYERLAB_CASES").unwrap_or(CASES)),
    }
}

/// The kept texts of a family, by name.
fn corpus(family: &Family) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(family.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.order();
    paths.iter().map(|path| String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()).collect()
}

/// Plays the corpus as it is, then changed.
pub fn fuzz(family: &Family) {
    let corpus = corpus(family);
    assert!(corpus.len() > 4, "{} texts of {}", corpus.len(), family.name);
    for text in &corpus {
        case(family, text, "the corpus");
    }
    let texts: Vec<&str> = corpus.iter().map(String::as_str).collect();
    let until = until();
    let began = Instant::now();
    let mut number = 0;
    while match &until {
        Until::Cases(count) => number < *count,
        Until::Time(end) => Instant::now() < *end,
    } {
        number += 1;
        case(family, &text(family, &texts, number), &format!("case {number}"));
    }
    println!("{}: {number} texts in {:.0?}, no finding", family.name, began.elapsed());
}

fn case(family: &Family, text: &str, what: &str) {
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (family.check)(text)));
    let verdict = match outcome {
        Ok(Ok(())) if began.elapsed() < SLOW => return,
        Ok(Ok(())) => format!("takes {:?}", began.elapsed()),
        Ok(Err(why)) => why,
        Err(_) => "panics".to_string(),
    };
    // What was found belongs into the corpus.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/findings");
    let path = folder.join(format!("{}-{}", family.name, what.replace(' ', "-")));
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, text));
    panic!("{} of {}: {verdict} ({}, {kept:?})\n{text:?}", what, family.name, path.display());
}

/// The text of a number.
fn text(family: &Family, corpus: &[&str], number: u64) -> String {
    let mut random = Random(number.wrapping_mul(0x9E37_79B9));
    let mut text = pick(&mut random, corpus).to_string();
    for _ in 0..=random.below(6) {
        change(&mut random, family, corpus, &mut text);
    }
    if text.len() > LONGEST {
        text.truncate(border(&text, LONGEST));
    }
    text
}

fn pick<T: Copy>(random: &mut Random, all: &[T]) -> T {
    all[random.below(all.len() as u64) as usize]
}

/// The border of a letter at or before a byte.
fn border(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A place in a text, or a short part of it.
fn place(random: &mut Random, text: &str) -> usize {
    border(text, random.below(text.len() as u64 + 1) as usize)
}

fn part(random: &mut Random, text: &str) -> (usize, usize) {
    let from = place(random, text);
    let length = [1, 2, 5, 20, 200][random.below(5) as usize];
    (from, border(text, from + length).max(from))
}

fn change(random: &mut Random, family: &Family, corpus: &[&str], text: &mut String) {
    const SIGNS: [&str; 22] = [
        "\n", "\r\n", "\t", " ", "\\", "\"", "'", "$", "${", "}", "{{", "}}", "[", "]", "=", ",", "#", "<<", "\0",
        "\u{fffd}", "é", "\u{feff}",
    ];
    let (from, to) = part(random, text);
    match random.below(10) {
        0 => text.replace_range(from..to, ""),
        1 => text.insert_str(from, pick(random, &SIGNS)),
        2 => text.replace_range(from..to, pick(random, &SIGNS)),
        3 | 4 => text.insert_str(from, pick(random, family.words)),
        5 => {
            // A part of another text.
            let other = pick(random, corpus);
            let (start, end) = part(random, other);
            text.insert_str(from, &other[start..end]);
        }
        6 => {
            // The same again and again: depth, and what grows with the square.
            let times = [2, 3, 10, 100, 3000][random.below(5) as usize];
            let again = text[from..to].repeat(times);
            text.insert_str(from, &again[..border(&again, LONGEST)]);
        }
        7 => text.truncate(from),
        8 => {
            // A line of its own at another place.
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let (line, at) = (pick(random, &lines_or_blank(&lines)), random.below(lines.len() as u64 + 1) as usize);
            let mut mixed: Vec<&str> = lines.clone();
            mixed.insert(at, line);
            *text = mixed.concat();
        }
        _ => {
            let times = [1, 10, 1000][random.below(3) as usize];
            let again = pick(random, family.words).repeat(times);
            text.insert_str(from, &again);
        }
    }
}

fn lines_or_blank<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    if lines.is_empty() { vec!["\n"] } else { lines.to_vec() }
}
