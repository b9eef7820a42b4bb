//! The shape of the source, held by a test: layers, bans of the library, and the length of files.
//!
//! It reads tokens, not text: comments and strings say what they like.

mod source;

use layerlab::model::order::Order;
use source::{Problem, check_length, check_library, tokens};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders of `src/` that are crates of their own, free of the library's bans.
const BINARIES: [&str; 2] = ["src/bin", "src/web"];

#[test]
fn the_library_keeps_its_layers_and_bans() {
    let manifest = read(Path::new("Cargo.toml"));
    let problems: Vec<Problem> = rust_files("src")
        .into_iter()
        .filter(|file| !BINARIES.iter().any(|binary| file.starts_with(binary)))
        .flat_map(|file| check_library(&file, &read(&file), &manifest))
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let files = ["src", "tests", "xtask", "benches"].into_iter().flat_map(rust_files);
    let problems: Vec<Problem> = files.filter_map(|file| check_length(&file, &read(&file))).collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_folder_of_the_library_has_a_place_in_the_layers() {
    let lib = tokens(&read(Path::new("src/lib.rs")));
    let modules = lib.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1].as_str());
    let strangers: Vec<&str> = modules.filter(|module| source::layer(module).is_none()).collect();
    assert!(strangers.is_empty(), "not in the table of layers: {strangers:?}");
}

fn read(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files below a folder of the package, by their paths from its root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![PathBuf::from(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                if entry.file_name() != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.order();
    found
}
