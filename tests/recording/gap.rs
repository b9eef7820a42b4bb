//! `tests/transcripts/real/KNOWN_GAPS.md`: what is known to differ from a recording, and why. A heading is a
//! recording, an item one of its steps in backticks, the indented lines below it the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FILE: &str = "tests/transcripts/real/KNOWN_GAPS.md";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// The known gaps of a recording by step, each with its reason.
pub type Gaps = BTreeMap<String, String>;

/// The known gaps by recording.
pub fn known() -> BTreeMap<String, Gaps> {
    read(&fs::read_to_string(path()).expect("the list of known gaps"))
}

fn read(text: &str) -> BTreeMap<String, Gaps> {
    let mut known: BTreeMap<String, Gaps> = BTreeMap::new();
    let (mut recording, mut step) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            recording = name.to_string();
        } else if let Some(name) = line.strip_prefix("- `").and_then(|rest| rest.strip_suffix('`')) {
            step = name.to_string();
            let twice = known.entry(recording.clone()).or_default().insert(step.clone(), String::new());
            assert_eq!(twice, None, "{recording}: `{step}` is listed twice");
        } else if let (Some(reason), Some(gaps)) = (line.strip_prefix("  "), known.get_mut(&recording)) {
            gaps.entry(step.clone()).or_default().push_str(reason);
        } else {
            assert!(line.is_empty() || !line.starts_with('-'), "no step in backticks: {line}");
        }
    }
    known
}

/// Fails unless the list says of a recording what was found of it: nothing less, nothing more, and why.
pub fn judge(recording: &str, found: &BTreeSet<String>) -> Result<(), String> {
    let known = known().remove(recording).unwrap_or_default();
    let mut wrong = String::new();
    for step in found.iter().filter(|step| !known.contains_key(*step)) {
        wrong += &format!("  `{step}` differs and is no known gap\n");
    }
    for (step, reason) in &known {
        if !found.contains(step) {
            wrong += &format!("  `{step}` matches now: strike it from {FILE}\n");
        } else if reason.is_empty() {
            wrong += &format!("  `{step}` is listed in {FILE} without a reason\n");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{recording}:\n{wrong}")) }
}

#[test]
fn the_list_is_read() {
    let known = read("# T\n\nwords\n\n## a\n\n- `x y`\n  why\n  so\n- `z`\n\n## b\n- `x`\n  other\n");
    assert_eq!((known.len(), known["a"].len()), (2, 2));
    assert_eq!(
        (known["a"]["x y"].as_str(), known["a"]["z"].as_str(), known["b"]["x"].as_str()),
        ("whyso", "", "other")
    );
    assert!(!self::known().is_empty());
}
