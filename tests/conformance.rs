//! BuildKit's own cases for its Dockerfile parser, where the folder that `LAYERLAB_CONFORMANCE` names has them:
//! each in `dockerfile/accepted/` becomes the tree that stands beside it, each in `dockerfile/refused/` is
//! refused. They are not part of this project, so without the variable there is nothing to do.

use std::fs;
use std::path::{Path, PathBuf};

use layerlab::builder::instruction::understand;
use layerlab::builder::parser::parse;
use layerlab::model::order::Order;

fn cases(kind: &str) -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("LAYERLAB_CONFORMANCE") else { return Vec::new() };
    let folder = Path::new(&folder).join("dockerfile").join(kind);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut cases: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    cases.order();
    cases
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()
}

#[test]
fn accepted_files_become_buildkits_trees() {
    for case in cases("accepted") {
        let tree = parse(&text(&case.join("Dockerfile")));
        assert_eq!(tree.first_problem(), None, "{}", case.display());
        let dump: Vec<String> = tree.nodes.iter().map(|node| format!("({})", node.dump())).collect();
        assert_eq!(dump.join("\n").trim(), text(&case.join("result")).trim(), "{}", case.display());
    }
}

#[test]
fn refused_files_are_refused() {
    for case in cases("refused") {
        let tree = parse(&text(&case.join("Dockerfile")));
        assert!(understand(&tree).is_err(), "{}", case.display());
    }
}
