//! The catalogue's data: every line means something, every reference resolves, every digest is right.

use std::collections::{BTreeMap, BTreeSet};

use layerlab::engine::catalogue::{
    self, Answer, Content, Image, Layer, Node, Wanted, image_names, layer, layer_names, load, resolve, tags,
};

const DIGESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/catalogue/data/digests.txt");

fn layers() -> impl Iterator<Item = Layer> {
    layer_names().filter_map(layer)
}

fn images() -> impl Iterator<Item = Image> {
    image_names().filter_map(load)
}

fn pulled(repository: &str, tag: &str) -> Image {
    match resolve(repository, Wanted::Tag(tag)) {
        Answer::Found(image) => *image,
        other => panic!("{repository}:{tag}: {other:?}"),
    }
}

/// The merged paths of an image, as a container would see them.
fn paths(image: &Image) -> BTreeMap<String, Node> {
    image
        .layers
        .iter()
        .filter_map(|reference| layer(reference.name))
        .flat_map(|layer| layer.entries)
        .map(|entry| (entry.path, entry.node))
        .collect()
}

#[test]
fn stored_digests_are_those_of_the_trees() {
    let fresh: String = layers().map(|layer| format!("{} {}\n", layer.name, layer.compute_diff_id().hex())).collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(DIGESTS, &fresh).expect("digests.txt is writable");
        return;
    }
    let stored = std::fs::read_to_string(DIGESTS).expect("digests.txt is readable");
    assert_eq!(stored, fresh, "run UPDATE=1 cargo test --test catalogue");
}

#[test]
fn trees_are_sound() {
    for layer in layers() {
        let name = layer.name;
        assert!(layer.compressed > 0, "{name} has no packed length");
        let mut seen = BTreeSet::new();
        let mut size = 0;
        for entry in &layer.entries {
            let path = entry.path.as_str();
            assert!(path.starts_with('/') && !path.ends_with('/') && !path.contains("//"), "{name}: {path}");
            assert!(!path.contains('@') || path.contains("@lists."), "{name}: {path}: a value is missing");
            assert!(entry.mtime > 0 || name.starts_with("distroless"), "{name}: {path}: no time");
            let parent = &path[..path.rfind('/').unwrap_or(0)];
            assert!(parent.is_empty() || seen.contains(parent), "{name}: {path} before its directory");
            assert!(seen.insert(path), "{name}: {path} twice");
            match &entry.node {
                Node::File(content) => {
                    size += content.body().len();
                    if let Content::Program { name: program, len } = content {
                        assert!(!program.is_empty() && *len >= 32 + program.len() as u64, "{name}: {path}: {len}");
                        assert_eq!(entry.mode & 0o111, 0o111, "{name}: {path}");
                    }
                    if let Content::Bytes(bytes) = content {
                        assert!(!bytes.is_empty(), "{name}: {path} is empty");
                        assert!(!String::from_utf8_lossy(bytes).contains("@V@"), "{name}: {path}");
                    }
                }
                Node::Hardlink(target) => {
                    assert!(seen.contains(target.as_str()), "{name}: {path} => {target}")
                }
                Node::Symlink(target) => assert!(!target.is_empty(), "{name}: {path}"),
                Node::Dir => {}
            }
        }
        assert_eq!(size, layer.size, "{name}: total is too small for its files");
    }
}

#[test]
fn images_are_sound() {
    let mut used = BTreeSet::new();
    for image in images() {
        let name = image.name;
        let steps = image.config.history.iter().filter(|step| !step.empty_layer).count();
        assert_eq!(steps, image.layers.len(), "{name}: a layer of its history is not there");
        assert!(!image.layers.is_empty(), "{name}");
        for layer in &image.layers {
            assert_ne!(layer.diff_id.hex(), "0".repeat(64), "{name}: {} has no digest", layer.name);
            used.insert(layer.name);
        }
        for step in &image.config.history {
            assert!(catalogue::seconds(&step.created).is_some(), "{name}: {}", step.created);
            assert!(
                !step.created_by.is_empty() && !step.created_by.contains('@')
                    || step.created_by.contains("'@")
                    || step.created_by.contains("docker-maint@"),
                "{name}: {}",
                step.created_by
            );
        }
        let config = &image.config.config;
        let runs = config.cmd.is_some() || config.entrypoint.is_some();
        assert_eq!(runs, name != "distroless-static", "{name}");
        assert!(config.env.iter().any(|env| env.starts_with("PATH=")), "{name}");
        assert_eq!(image.id, image.config.id());
        assert_eq!(image.manifest.config.digest, image.id);
    }
    let unused: Vec<_> = layer_names().filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "layers of no image: {unused:?}");
}

#[test]
fn every_tag_resolves_and_its_command_is_there() {
    for listing in catalogue::listings() {
        let mut count = 0;
        for (tag, name) in tags(listing.name) {
            count += 1;
            assert!(load(name).is_some(), "{}:{tag} names no image: {name}", listing.name);
        }
        assert!(count > 0, "{} has no tags", listing.name);
    }
    for image in images() {
        let paths = paths(&image);
        let config = &image.config.config;
        let words = config.entrypoint.iter().chain(&config.cmd).filter_map(|words| words.first());
        let path = config.env.iter().find_map(|env| env.strip_prefix("PATH=")).unwrap_or("");
        for word in words {
            let found = word.starts_with('/') && paths.contains_key(&follow(&paths, word))
                || path.split(':').any(|dir| paths.contains_key(&follow(&paths, &format!("{dir}/{word}"))));
            assert!(found, "{}: {word} is not there", image.name);
        }
    }
}

/// The path with the symbolic link of its first directory followed: `/bin/sh` on a merged `/usr`.
fn follow(paths: &BTreeMap<String, Node>, path: &str) -> String {
    let end = path[1..].find('/').map_or(path.len(), |end| end + 1);
    match paths.get(&path[..end]) {
        Some(Node::Symlink(target)) => format!("/{target}{}", &path[end..]),
        _ => path.to_owned(),
    }
}

#[test]
fn symbolic_links_in_bin_lead_somewhere() {
    for image in images() {
        let paths = paths(&image);
        for (path, node) in &paths {
            let Node::Symlink(target) = node else {
                continue;
            };
            let dir = &path[..path.rfind('/').unwrap_or(0)];
            if !dir.ends_with("bin") {
                continue;
            }
            let mut at: Vec<&str> = if target.starts_with('/') { Vec::new() } else { dir.split('/').skip(1).collect() };
            for part in target.split('/') {
                match part {
                    "" | "." => {}
                    ".." => drop(at.pop()),
                    _ => at.push(part),
                }
            }
            let target = follow(&paths, &format!("/{}", at.join("/")));
            assert!(paths.contains_key(&target), "{}: {path} -> {target}", image.name);
        }
    }
}

#[test]
fn the_registry_answers_as_docker_hub_does() {
    assert_eq!(resolve("nosuchrepository", Wanted::Tag("latest")), Answer::Denied);
    assert_eq!(resolve("someuser/alpine", Wanted::Tag("latest")), Answer::Denied);
    assert_eq!(resolve("alpine", Wanted::Tag("99")), Answer::Unknown);
    let alpine = pulled("alpine", "3.19");
    assert_eq!(pulled("docker.io/library/alpine", "3.19"), alpine);
    match resolve("alpine", Wanted::Digest(alpine.digest)) {
        Answer::Found(found) => assert_eq!(*found, alpine),
        other => panic!("{other:?}"),
    }
    assert_eq!(resolve("busybox", Wanted::Digest(alpine.digest)), Answer::Unknown);
    let found = catalogue::search("nginx");
    assert_eq!(found.first().map(|listing| (listing.name, listing.official)), Some(("nginx", true)));
}

#[test]
fn layers_are_shared_where_they_really_are() {
    let base = |repository, tag| pulled(repository, tag).layers[0].diff_id;
    assert_eq!(base("node", "18-alpine"), base("alpine", "3.21"));
    assert_eq!(base("nginx", "alpine"), base("alpine", "latest"));
    assert_eq!(pulled("alpine", "latest"), pulled("alpine", "3.22"));
    assert_eq!(base("redis", "7-alpine"), base("alpine", "3.21"));
    assert_eq!(base("redis", "latest"), base("debian", "bookworm-slim"));
    for repository in ["postgres", "python", "httpd"] {
        let tag = tags(repository).next().map_or("", |(tag, _)| tag);
        assert_eq!(base(repository, tag), base("alpine", "latest"), "{repository}");
    }
    assert_eq!(pulled("node", "18.12-alpine"), pulled("node", "18.12.1-alpine"));
    assert_eq!(pulled("ubuntu", "latest"), pulled("ubuntu", "24.04"));
    let (tiny, node) = (pulled("gcr.io/distroless/static", "latest"), pulled("gcr.io/distroless/nodejs20", "latest"));
    assert_eq!(node.layers[..tiny.layers.len()], tiny.layers[..]);
    assert_eq!(pulled("gcr.io/distroless/nodejs20-debian12", "latest"), node);
    assert_ne!(base("alpine", "3.19"), base("alpine", "3.18"));
}

#[test]
fn images_were_made_in_the_order_of_the_recordings() {
    let order = [
        ("nginx", "latest"),
        ("nginx", "alpine"),
        ("alpine", "latest"),
        ("hello-world", "latest"),
        ("node", "18-alpine"),
        ("alpine", "3.19"),
        ("alpine", "3.18"),
        ("busybox", "latest"),
    ];
    let dates: Vec<i64> = order.iter().map(|(repository, tag)| pulled(repository, tag).created).collect();
    assert!(dates.is_sorted_by(|newer, older| newer > older), "{dates:?}");
}

#[test]
fn sizes_are_near_the_true_ones() {
    for (repository, tag, megabytes) in [
        ("alpine", "3.19", 7.40),
        ("alpine", "latest", 8.32),
        ("busybox", "latest", 4.28),
        ("hello-world", "latest", 0.01),
        ("node", "18-alpine", 127.0),
        ("node", "18.12.1-alpine", 172.0),
        ("node", "20-alpine", 134.0),
        ("node", "22-alpine", 162.0),
        ("node", "18", 1088.0),
        ("nginx", "alpine", 52.8),
        ("nginx", "latest", 152.0),
        ("redis", "7-alpine", 41.4),
        ("redis", "latest", 137.0),
        ("postgres", "16-alpine", 275.0),
        ("python", "3.12-alpine", 49.4),
        ("httpd", "alpine", 64.4),
        ("ubuntu", "24.04", 78.1),
        ("ubuntu", "22.04", 77.9),
        ("debian", "bookworm-slim", 74.8),
        ("gcr.io/distroless/static", "latest", 2.01),
        ("gcr.io/distroless/nodejs20", "latest", 134.0),
    ] {
        let image = pulled(repository, tag);
        let size: u64 =
            image.layers.iter().filter_map(|layer| catalogue::layer(layer.name)).map(|layer| layer.size).sum();
        let off = (size as f64 / 1e6 - megabytes).abs();
        assert!(off <= megabytes / 50.0, "{repository}:{tag} is {size} bytes, not {megabytes} MB");
    }
}

#[test]
fn every_line_of_the_data_means_something() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/catalogue/data");
    let files: Vec<String> = std::fs::read_dir(folder)
        .expect("the data is there")
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .filter(|text| text.starts_with('#'))
        .collect();
    let mut sections = BTreeSet::new();
    for head in files.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'))
    {
        assert!(sections.insert(head), "[{head}] twice");
    }
    let words = [
        "#",
        "total",
        "packed",
        "at",
        "set",
        "use",
        "from",
        "comment",
        "raw",
        "+",
        "-",
        "env",
        "cmd",
        "entrypoint",
        "workdir",
        "user",
        "expose",
        "volume",
        "stopsignal",
        "label",
    ];
    for text in &files {
        let mut table = false;
        for line in text.lines() {
            if let Some(head) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                table = matches!(head, "tags" | "registry");
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let reference = match word {
                "use" => Some(rest.to_owned()),
                "from" => Some(format!("image {rest}")),
                _ => line.strip_prefix('&').map(str::to_owned),
            };
            if let Some(reference) = reference {
                assert!(sections.contains(reference.as_str()) || reference.contains('@'), "{line}: no such section");
                continue;
            }
            let known = table
                || line.is_empty()
                || line.starts_with('|')
                || words.contains(&word)
                || word.starts_with('/') && word.ends_with('/')
                || line.split(' ').any(|word| matches!(word, "=" | "!" | "->" | "=>" | "<"));
            assert!(known, "{line}: what does it mean?");
        }
    }
}
