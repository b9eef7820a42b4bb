//! What `tests/architecture.rs` asks of a source file, as functions of its path and text.

mod tokens;

pub use tokens::tokens;

use layerlab::model::order::Order;
use std::path::Path;

/// One thing that is not as it should be: `path: what`.
pub type Problem = String;

/// What each module may use, itself apart: everything that stands before it in the design's order.
const LAYERS: [(&str, &[&str]); 14] = [
    ("words", &[]),
    ("model", &["words"]),
    ("oci", &["words", "model"]),
    ("kernel", &["words", "model", "oci"]),
    ("engine", &["words", "model", "oci", "kernel"]),
    ("builder", &["words", "model", "oci", "kernel", "engine"]),
    ("shell", &["words", "model", "oci", "kernel", "engine"]),
    ("programs", &["words", "model", "oci", "kernel", "engine", "builder", "shell"]),
    ("cli", &["words", "model", "oci", "kernel", "engine", "builder", "shell", "programs"]),
    ("compose", &["words", "model", "oci", "kernel", "engine", "builder", "shell", "programs", "cli"]),
    ("session", &["words", "model", "oci", "kernel", "engine", "builder", "shell", "programs", "cli", "compose"]),
    (
        "lesson",
        &["words", "model", "oci", "kernel", "engine", "builder", "shell", "programs", "cli", "compose", "session"],
    ),
    ("diagram", &["words", "model", "oci"]),
    (
        "view",
        &[
            "words", "model", "oci", "kernel", "engine", "builder", "shell", "programs", "cli", "compose", "session",
            "lesson", "diagram",
        ],
    ),
];

/// Parts of the standard library that would make a machine depend on where and when it runs.
const IMPURE: [&str; 5] = ["fs", "net", "time", "env", "thread"];

/// The dependencies that the library may name; every other one belongs to a binary.
const LIBRARY_CRATES: [&str; 7] =
    ["base64", "miniz_oxide", "pulldown_cmark", "saphyr_parser", "serde", "serde_json", "sha2"];

const LONGEST: usize = 600;

/// What a module may use, or `None` for one that has no place.
pub fn layer(module: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, uses)| *uses)
}

/// A file is at most 600 lines long, unless its first line says that it is a table of data.
pub fn check_length(path: &Path, text: &str) -> Option<Problem> {
    let lines = text.lines().count();
    let table = text.lines().next() == Some("// data table");
    (lines > LONGEST && !table).then(|| format!("{}: {lines} lines, {LONGEST} at most", path.display()))
}

/// Layers and bans for a file of the library, `src/MODULE/...`.
pub fn check_library(path: &Path, text: &str, manifest: &str) -> Vec<Problem> {
    let tokens = tokens(text);
    let mut found = layers_broken(path, &tokens);
    found.extend(bans_broken(&tokens, &foreign_crates(manifest)));
    found.order();
    found.dedup();
    found.into_iter().map(|what| format!("{}: {what}", path.display())).collect()
}

fn layers_broken(path: &Path, tokens: &[String]) -> Vec<Problem> {
    let modules = module_path(path);
    let Some(own) = modules.first() else {
        return Vec::new();
    };
    let Some(may_use) = layer(own) else {
        return vec![format!("`{own}` has no place in the table of layers")];
    };
    let mut used = Vec::new();
    let mut depth = Depth::new(modules.len());
    for (at, token) in tokens.iter().enumerate() {
        depth.see(tokens, at);
        let rest = &tokens[at + 1..];
        if token == "crate" && starts(rest, &["::"]) {
            used.extend(heads(&rest[1..]));
        } else if token == "super" && !(at > 0 && tokens[at - 1] == "::") {
            let climbs = 1 + rest.chunks(2).take_while(|pair| *pair == ["::", "super"]).count();
            let after = &rest[(climbs - 1) * 2..];
            if climbs >= depth.modules() && starts(after, &["::"]) {
                used.extend(heads(&after[1..]));
            }
        }
    }
    used.retain(|module| module != own && !may_use.contains(&module.as_str()));
    used.iter().map(|module| format!("`{own}` may not use `{module}`")).collect()
}

fn bans_broken(tokens: &[String], foreign: &[String]) -> Vec<Problem> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        let inside = at > 0 && tokens[at - 1] == "::";
        match token.as_str() {
            "feature" if starts(rest, &["="]) => found.push("a feature must not change the library".into()),
            "std" | "core" if !inside && starts(rest, &["::"]) => {
                // `core::net` is addresses as values: what talks to a network is in `std::net` alone.
                let values = |head: &str| token == "core" && head == "net";
                let impure =
                    heads(&rest[1..]).into_iter().filter(|head| IMPURE.contains(&head.as_str()) && !values(head));
                found.extend(impure.map(|head| format!("`{token}::{head}` is not for the library")));
            }
            "std" if starts(rest, &["as"]) => found.push("`std` must keep its name".into()),
            name if !inside && foreign.iter().any(|stranger| stranger == name) => {
                let named = starts(rest, &["::"]) || at > 0 && matches!(tokens[at - 1].as_str(), "use" | "crate");
                if named {
                    found.push(format!("the crate `{name}` is not on the library's list"));
                }
            }
            _ => {}
        }
    }
    found
}

/// The first names of a path or of a group of paths: `a::b` gives a, `{a::b, c}` gives a and c.
fn heads(tokens: &[String]) -> Vec<String> {
    if !starts(tokens, &["{"]) {
        return tokens.first().cloned().into_iter().collect();
    }
    let mut heads = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            _ if depth == 1 && matches!(tokens[at - 1].as_str(), "{" | ",") => heads.push(token.clone()),
            _ => {}
        }
    }
    heads
}

fn starts(tokens: &[String], with: &[&str]) -> bool {
    tokens.len() >= with.len() && tokens.iter().zip(with).all(|(token, want)| token == want)
}

/// `src/oci/tree/merge.rs` is the module oci, tree, merge.
fn module_path(path: &Path) -> Vec<String> {
    let path = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let mut names: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    names.pop_if(|last| matches!(last.as_str(), "mod" | "lib"));
    names
}

/// The names in `[dependencies]` that the library may not use, as Rust spells them.
fn foreign_crates(manifest: &str) -> Vec<String> {
    let table = manifest.split("[dependencies]\n").nth(1).unwrap_or_default();
    table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim().replace('-', "_")))
        .filter(|name| !name.starts_with('#') && !LIBRARY_CRATES.contains(&name.as_str()))
        .collect()
}

/// How many modules deep the reader stands: those of the file and the inline ones that are open.
struct Depth {
    file: usize,
    /// For each open brace, whether it belongs to a `mod`.
    braces: Vec<bool>,
}

impl Depth {
    fn new(file: usize) -> Depth {
        Depth { file, braces: Vec::new() }
    }

    fn see(&mut self, tokens: &[String], at: usize) {
        match tokens[at].as_str() {
            "{" => self.braces.push(at >= 2 && tokens[at - 2] == "mod"),
            "}" => {
                self.braces.pop();
            }
            _ => {}
        }
    }

    fn modules(&self) -> usize {
        self.file + self.braces.iter().filter(|is_module| **is_module).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[dependencies]\nserde_json = \"1\"\nweb-sys = { version = \"0.3\" }\n\n[lints]\nx = 1\n";

    fn check(path: &str, text: &str) -> Vec<Problem> {
        check_library(Path::new(path), text, MANIFEST)
    }

    #[track_caller]
    fn refused(path: &str, text: &str, what: &str) {
        let found = check(path, text);
        assert!(found.iter().any(|problem| problem.contains(what)), "{text}: {found:?}");
    }

    #[track_caller]
    fn accepted(path: &str, text: &str) {
        assert_eq!(check(path, text), Vec::<Problem>::new(), "{text}");
    }

    #[test]
    fn a_module_uses_only_what_stands_left_of_it() {
        refused("src/oci/tree.rs", "use crate::engine::api;", "`oci` may not use `engine`");
        refused("src/engine/mod.rs", "fn f() { crate :: cli::run() }", "`engine` may not use `cli`");
        refused("src/shell/mod.rs", "use crate::{model::World, builder::{graph, plan}};", "use `builder`");
        refused("src/diagram/mod.rs", "use crate::kernel::Pid;", "`diagram` may not use `kernel`");
        refused("src/model/mod.rs", "use crate::World;", "`model` may not use `World`");
        refused("src/helpers/mod.rs", "", "`helpers` has no place");
        accepted("src/engine/mod.rs", "use crate::{model::World, oci, kernel::{Sys, Pid}};");
        accepted("src/view/mod.rs", "use crate::diagram::Scene; use crate::view::Row;");
        accepted("src/lib.rs", "pub mod model; pub use crate::model::World;");
    }

    #[test]
    fn super_does_not_climb_out_of_a_module() {
        refused("src/model/mod.rs", "use super::engine::Api;", "`model` may not use `engine`");
        refused("src/model/a/b.rs", "use super::super::super::engine::Api;", "use `engine`");
        refused("src/model/a.rs", "mod t { use super::super::super::cli::X; }", "use `cli`");
        accepted("src/model/a.rs", "use super::engine::Api; mod t { use super::super::engine::X; }");
        accepted("src/engine/a.rs", "use super::super::model::World;");
    }

    #[test]
    fn comments_and_strings_say_what_they_like() {
        accepted("src/model/a.rs", "// crate::engine\n/* std::fs /* crate::cli */ */ fn f() {}");
        accepted("src/model/a.rs", "const A: &str = \"crate::engine \\\" std::fs\"; const B: char = '\"';");
        accepted("src/model/a.rs", "const A: &str = r#\"use std::net; \" crate::cli\"#; fn f<'a>() {}");
        refused("src/model/a.rs", "const A: char = '\\''; use std::net::Ipv4Addr;", "`std::net`");
        refused("src/model/a.rs", "fn f<'a>(x: &'a str) {} use std::env;", "`std::env`");
    }

    #[test]
    fn the_library_is_pure() {
        refused("src/model/a.rs", "use std::{collections::BTreeMap, time::Duration};", "`std::time`");
        refused("src/model/a.rs", "fn f() { std::thread::yield_now() }", "`std::thread`");
        refused("src/model/a.rs", "use core::time::Duration;", "`core::time`");
        refused("src/model/a.rs", "use std as s;", "keep its name");
        refused("src/model/a.rs", "#[cfg(feature = \"web\")] fn f() {}", "a feature");
        refused("src/model/a.rs", "fn f() { if cfg!(feature = \"web\") {} }", "a feature");
        refused("src/model/a.rs", "use web_sys::Window;", "`web_sys` is not on");
        refused("src/model/a.rs", "extern crate web_sys;", "`web_sys` is not on");
        accepted("src/model/a.rs", "use serde_json::Value; use std::rc::Rc; fn f(fs: u8, web_sys: u8) {}");
    }

    #[test]
    fn a_long_file_is_split_unless_it_is_data() {
        let long = "fn f() {}\n".repeat(LONGEST + 1);
        assert!(check_length(Path::new("a.rs"), &long).is_some());
        assert_eq!(check_length(Path::new("a.rs"), &format!("// data table\n{long}")), None);
        assert_eq!(check_length(Path::new("a.rs"), &"\n".repeat(LONGEST)), None);
    }
}
