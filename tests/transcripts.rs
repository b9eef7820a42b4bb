//! `transcripts/**/*.md` and README.md: their console blocks are run and compared. `UPDATE=1` rewrites them.

#[path = "../src/bin/layerlab/folder.rs"]
mod folder;
mod transcript;

use std::fs;
use std::path::{Path, PathBuf};

use transcript::{files, play, sections};

#[test]
fn the_transcripts_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = files(&root.join("tests/transcripts"));
    paths.push(root.join("README.md"));
    let update = std::env::var_os("UPDATE").is_some();
    let homes = root.join("tests/recordings/homes");
    let home = |name: &str| folder::read(&homes.join(name).to_string_lossy()).expect("a home");
    let mut wrong = String::new();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let mut edits = Vec::new();
        for section in sections(&text) {
            for ((start, end), played) in section.blocks.iter().zip(play(&section, &text, home)) {
                if text[*start..*end] != played {
                    let name = path.strip_prefix(root).unwrap_or(&path).display();
                    wrong.push_str(&format!("{name}, {}:\n{}", section.heading, diff(&text[*start..*end], &played)));
                    edits.push((*start, *end, played));
                }
            }
        }
        if update && !edits.is_empty() {
            fs::write(&path, edited(&text, edits)).expect("a transcript");
        }
    }
    assert!(update || wrong.is_empty(), "\n{wrong}");
}

/// Every line of the article is in its transcript, in the article's order.
#[test]
fn no_line_of_the_article_is_missing() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name);
        fs::read_to_string(path).expect("a file of the transcripts")
    };
    let (list, transcript) = (read("article.txt"), read("article.md"));
    let (blocks, named) = list.split_once("# Named").expect("a part for what is only named");
    let typed =
        |line: &str| line.strip_prefix("$ ").or(line.split_once(" # ").map(|(_, line)| line)).map(str::to_string);
    let lines: Vec<String> = transcript.lines().filter_map(typed).collect();
    let mut at = 0;
    for wanted in blocks.lines().skip(1).filter(|line| !line.is_empty()) {
        let found = lines[at..].iter().position(|line| line == wanted);
        at += found.unwrap_or_else(|| panic!("`{wanted}` is missing, or not in the article's order")) + 1;
    }
    for wanted in named.lines().skip(1).filter(|line| !line.is_empty()) {
        assert!(lines.iter().any(|line| line.starts_with(wanted)), "`{wanted}` is missing");
    }
}

fn edited(text: &str, edits: Vec<(usize, usize, String)>) -> String {
    let mut text = text.to_string();
    for (start, end, played) in edits.into_iter().rev() {
        text.replace_range(start..end, &played);
    }
    text
}

/// Both texts from the first line that differs on.
fn diff(wanted: &str, got: &str) -> String {
    let same = wanted.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let side = |mark: &str, text: &str| -> String {
        text.lines().skip(same).take(12).map(|line| format!("  {mark} {line}\n")).collect()
    };
    let context: String =
        wanted.lines().take(same).skip(same.saturating_sub(2)).map(|l| format!("    {l}\n")).collect();
    format!("{context}{}{}", side("-", wanted), side("+", got))
}
