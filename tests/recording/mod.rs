//! Recordings of real Docker: reading them, and comparing an answer with the recorded one.

pub mod normal;
pub mod pattern;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use normal::normalise;

/// A command and what it answered.
#[derive(Deserialize, Clone, Debug, PartialEq)]
pub struct Step {
    pub cmd: String,
    #[serde(default)]
    pub stdout: String,
    #[serde(default)]
    pub stderr: String,
    pub rc: i32,
    /// Real Docker itself did not answer alike every time.
    #[serde(default)]
    pub unstable: bool,
    /// It shows what a stand-in image holds.
    #[serde(default, rename = "stand-in")]
    pub stand_in: bool,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// A one-to-one map between the identities of two runs.
#[derive(Default, Clone)]
pub struct Twins {
    there: BTreeMap<String, String>,
    back: BTreeMap<String, String>,
}

impl Twins {
    /// Whether two lists fit the map; they extend it only if they do.
    fn agree(&mut self, left: &[String], right: &[String]) -> bool {
        let mut both = self.clone();
        for (one, two) in left.iter().zip(right) {
            if both.there.entry(one.clone()).or_insert_with(|| two.clone()) != two
                || both.back.entry(two.clone()).or_insert_with(|| one.clone()) != one
            {
                return false;
            }
        }
        *self = both;
        left.len() == right.len()
    }
}

/// Whether an answer agrees with the recorded one, up to what differs from run to run.
pub fn agrees(twins: &mut Twins, wanted: &Step, got: &Step) -> bool {
    let ((out_a, mut ids_a), (err_a, more_a)) = (normalise(&wanted.stdout), normalise(&wanted.stderr));
    let ((out_b, mut ids_b), (err_b, more_b)) = (normalise(&got.stdout), normalise(&got.stderr));
    ids_a.extend(more_a);
    ids_b.extend(more_b);
    (out_a, err_a, wanted.rc) == (out_b, err_b, got.rc) && twins.agree(&ids_a, &ids_b)
}
