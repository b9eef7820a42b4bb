//! Readers of texts that anybody may write, against a kept corpus and what a seeded mutator makes of it:
//! `cargo xtask soak FAMILY MINUTES` goes on for longer.

mod fuzzing;

use fuzzing::family::{FAMILIES, family};
use fuzzing::fuzz;

#[test]
fn compose() {
    fuzz(family("compose"));
}

#[test]
fn dockerfile() {
    fuzz(family("dockerfile"));
}

#[test]
fn template() {
    fuzz(family("template"));
}

#[test]
fn command() {
    fuzz(family("command"));
}

#[test]
fn archive() {
    fuzz(family("archive"));
}

#[test]
fn shell() {
    fuzz(family("shell"));
}

/// A test stands here for each of them.
#[test]
fn every_family_is_fuzzed() {
    let source = include_str!("fuzz.rs");
    for family in FAMILIES {
        assert!(source.contains(&format!("fn {}()", family.name)), "{}", family.name);
    }
}
