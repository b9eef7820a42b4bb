//! Recordings of real Docker: reading them, and comparing an answer with the recorded one.

pub mod normal;
pub mod pattern;

use layerlab::model::order::Order;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use normal::normalise;

/// A recorded sitting.
#[derive(Deserialize)]
pub struct Scenario {
    #[serde(skip)]
    pub name: String,
    #[serde(default)]
    pub images: Vec<String>,
    #[serde(default)]
    pub home: String,
    pub steps: Vec<Step>,
}

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

impl Step {
    pub fn judged(&self) -> bool {
        !self.unstable && !self.stand_in
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// All scenarios, by name.
pub fn scenarios() -> Vec<Scenario> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the recordings")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "flags"))
        .collect();
    names.order();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a recording");
        let mut scenario: Scenario =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        scenario.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        scenario
    };
    names.iter().map(read).collect()
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
