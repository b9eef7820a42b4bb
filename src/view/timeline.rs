//! The timeline's ticks and what a command changed, in words.

use crate::diagram::{bytes_of, health_of, human_size, short_id, state_of};
use crate::model::container::Container;
use crate::model::engine::Engine;
use crate::model::file::FsId;
use crate::model::network::Network;
use crate::model::{Text, World};
use crate::session::timeline::{Kind, Tick};
use crate::words::Words;

/// One tick: an icon by kind and the shortest unambiguous words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    pub icon: &'static str,
    pub label: String,
    pub failed: bool,
    /// It changed nothing.
    pub read_only: bool,
}

/// What appeared, went or changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub kind: ChangeKind,
    /// For a chip.
    pub short: String,
    /// For a listener.
    pub sentence: String,
    /// The Stage's key of what it is about; empty for what has none.
    pub key: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ChangeKind {
    Appeared,
    Went,
    Changed,
    Written,
}

/// How many letters a label may have.
const LABEL: usize = 16;
/// What comes behind the group in `docker image rm` and its like.
const GROUPS: [&str; 8] = ["image", "container", "volume", "network", "system", "builder", "buildx", "compose"];
/// Flags whose value is another word: what matters here to find the first argument.
const VALUED: [&str; 14] =
    ["-e", "-p", "-v", "-w", "-u", "-m", "-n", "-f", "-t", "-h", "--network", "--env", "--publish", "--volume"];

/// The tick of an operation.
pub fn mark(kind: Kind, line: &str, status: Option<i32>, changes: usize) -> Mark {
    if kind == Kind::Edit {
        let name = line.rsplit('/').next().unwrap_or(line);
        return Mark { icon: "pen", label: shortened(name), failed: false, read_only: false };
    }
    let failed = status.is_some_and(|status| status != 0 && status != 130);
    let words: Vec<&str> = line.split_whitespace().collect();
    let label = label(&words);
    let mut icon = icon(&words);
    if failed {
        icon = "x";
    }
    Mark { icon, label: shortened(&label), failed, read_only: kind != Kind::Switch && changes == 0 && !failed }
}

fn label(words: &[&str]) -> String {
    match words {
        ["docker", "compose", rest @ ..] => ["compose", rest.first().copied().unwrap_or("")].join(" "),
        ["docker", group, verb, rest @ ..] if GROUPS.contains(group) => subject(verb, rest),
        ["docker", verb, rest @ ..] => subject(verb, rest),
        [word, rest @ ..] => [*word, rest.first().copied().unwrap_or("")].join(" ").trim_end().to_owned(),
        [] => String::new(),
    }
}

/// The verb and what it is done to: `run web`, `rm web`, `build app:1`, `pull`, `ps -a`.
fn subject(verb: &str, rest: &[&str]) -> String {
    let given = |flags: &[&str]| {
        let apart =
            rest.iter().zip(rest.iter().skip(1)).find(|(flag, _)| flags.contains(flag)).map(|(_, value)| *value);
        apart.or_else(|| {
            rest.iter()
                .find_map(|word| word.split_once('=').filter(|(flag, _)| flags.contains(flag)))
                .map(|(_, value)| value)
        })
    };
    let named = given(&["--name"]);
    let argument = || {
        let mut skip = false;
        rest.iter().copied().find(|word| {
            let flag = word.starts_with('-');
            let value = std::mem::replace(&mut skip, VALUED.contains(word) && verb != "rm");
            !flag && !value
        })
    };
    let object = match verb {
        "ps" | "images" | "ls" => rest.first().copied(),
        "build" => given(&["-t", "--tag"]),
        _ => named.or_else(argument),
    };
    // Behind the last slash is what tells one image from another.
    let object = object.map(|object| object.rsplit('/').next().unwrap_or(object));
    match object {
        Some(object) => format!("{verb} {object}"),
        None => verb.to_owned(),
    }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LABEL - 1).collect();
    format!("{}…", kept.trim_end())
}

fn icon(words: &[&str]) -> &'static str {
    let verb = match words {
        ["docker", "volume" | "network", "create", ..] => "volume",
        ["docker", group, verb, ..] if GROUPS.contains(group) => verb,
        ["docker", verb, ..] => verb,
        ["#", ..] => "eye",
        _ => "term",
    };
    match verb {
        "pull" | "load" | "import" => "down",
        "build" | "commit" | "tag" => "build",
        "volume" => "disk",
        "run" | "start" | "unpause" | "restart" | "up" => "s-running",
        "create" => "s-created",
        "stop" => "s-exited",
        "pause" => "s-paused",
        "kill" | "rm" | "rmi" | "prune" | "down" => "x",
        "exec" | "attach" | "cp" | "term" => "term",
        _ => "eye",
    }
}

/// What an operation has changed, once it is over; of an edit, the file.
pub fn of(tick: &Tick, words: &'static Words) -> Option<Vec<Change>> {
    let mut all = changes(&tick.before, tick.after.as_ref()?, words);
    if tick.kind == Kind::Edit {
        let short = tick.text.rsplit('/').next().unwrap_or_default().to_owned();
        all.insert(
            0,
            Change {
                kind: ChangeKind::Written,
                sentence: format!("{short} {}", words.build.saved),
                short,
                key: String::new(),
            },
        );
    }
    Some(all)
}

/// What lies between two Worlds, in any order of time.
pub fn changes(before: &World, after: &World, words: &'static Words) -> Vec<Change> {
    let mut changes = Vec::new();
    images(before, after, words, &mut changes);
    containers(before, after, words, &mut changes);
    volumes(before, after, words, &mut changes);
    networks(before, after, words, &mut changes);
    changes
}

fn volumes(before: &World, after: &World, words: &'static Words, changes: &mut Vec<Change>) {
    let (old, new) = (&before.engine.volumes, &after.engine.volumes);
    let (kind, short) = ("Volume", |name: &str| name.get(..12).unwrap_or(name).to_owned());
    for (name, volume) in new {
        let key = format!("volume:{name}");
        match old.get(name) {
            None => changes.push(appeared(&format!("{kind} {name}"), &short(name), key, words)),
            Some(earlier) if same_files(before, after, earlier.fs, volume.fs) => {}
            Some(_) => {
                let size = human_size(after.filesystems.get(&volume.fs).map_or(0, |fs| bytes_of(fs).1));
                changes.push(change(ChangeKind::Written, format!("{}: {size}", short(name)), key));
            }
        }
    }
    for (name, _) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        changes.push(went(&format!("{kind} {name}"), &short(name), format!("volume:{name}"), words));
    }
}

/// Networks, and who joined or left one while it stayed.
fn networks(before: &World, after: &World, words: &'static Words, changes: &mut Vec<Change>) {
    let (old, new) = (&before.engine.networks, &after.engine.networks);
    let what = |network: &Network| format!("{} {}", words.stage.network, network.name);
    for (id, network) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
        changes.push(appeared(&what(network), &network.name, format!("network:{id}"), words));
    }
    for (id, network) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        changes.push(went(&what(network), &network.name, format!("network:{id}"), words));
    }
    for (id, container) in &after.engine.containers {
        let Some(earlier) = before.engine.containers.get(id).filter(|old| !std::rc::Rc::ptr_eq(old, container)) else {
            continue;
        };
        let on = |network: &String| (words.stage.on_network)(&container.name, network);
        let short = |network: &String| format!("{} · {network}", container.name);
        let key = || format!("container:{id}");
        for network in container.endpoints.keys().filter(|network| !earlier.endpoints.contains_key(*network)) {
            changes.push(appeared(&on(network), &short(network), key(), words));
        }
        for network in earlier.endpoints.keys().filter(|network| !container.endpoints.contains_key(*network)) {
            changes.push(went(&on(network), &short(network), key(), words));
        }
    }
}

fn appeared(what: &str, short: &str, key: String, words: &'static Words) -> Change {
    Change { kind: ChangeKind::Appeared, short: short.to_owned(), sentence: (words.page.appeared)(what), key }
}

fn went(what: &str, short: &str, key: String, words: &'static Words) -> Change {
    Change { kind: ChangeKind::Went, short: short.to_owned(), sentence: (words.page.went)(what), key }
}

/// What changed or was written, which a chip says like a sentence.
fn change(kind: ChangeKind, sentence: String, key: String) -> Change {
    Change { kind, short: sentence.clone(), sentence, key }
}

/// Tags that came, went or moved, and images that no tag names.
fn images(before: &World, after: &World, words: &'static Words, changes: &mut Vec<Change>) {
    let (old, new) = (&before.engine, &after.engine);
    for (tag, image) in &new.tags {
        let key = format!("image:{image}");
        match old.tags.get(tag) {
            None => {
                let size = new.images.get(image).map_or(0, |image| image.size);
                changes.push(appeared(&format!("Image {tag}, {}", human_size(size)), tag, key, words));
            }
            Some(earlier) if earlier != image => {
                let sentence = (words.page.changed)(tag, short_id(earlier), short_id(image));
                changes.push(change(ChangeKind::Changed, sentence, key));
            }
            Some(_) => {}
        }
    }
    for (tag, image) in old.tags.iter().filter(|(tag, _)| !new.tags.contains_key(*tag)) {
        changes.push(went(&format!("Image {tag}"), tag, format!("image:{image}"), words));
    }
    let unnamed = |of: &Engine, id: &Text| of.tags_of(id).is_empty();
    for id in new.images.keys().filter(|id| !old.images.contains_key(*id) && unnamed(new, id)) {
        changes.push(appeared(&format!("Image {}", short_id(id)), short_id(id), format!("image:{id}"), words));
    }
    for id in old.images.keys().filter(|id| !new.images.contains_key(*id) && unnamed(old, id)) {
        changes.push(went(&format!("Image {}", short_id(id)), short_id(id), format!("image:{id}"), words));
    }
}

fn containers(before: &World, after: &World, words: &'static Words, changes: &mut Vec<Change>) {
    let (old, new) = (&before.engine.containers, &after.engine.containers);
    for (id, container) in new {
        let key = format!("container:{id}");
        let Some(earlier) = old.get(id) else {
            let lower = state_of(container, words).to_lowercase();
            let what = format!("Container {}, {lower}", container.name);
            changes.push(appeared(&what, &format!("{} ({lower})", container.name), key, words));
            continue;
        };
        let same = same_files(before, after, earlier.upper, container.upper);
        if !std::rc::Rc::ptr_eq(earlier, container) || !same {
            container_changed(earlier, container, same, key, words, changes);
        }
    }
    for (id, container) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        let key = format!("container:{id}");
        changes.push(went(&format!("Container {}", container.name), &container.name, key, words));
    }
}

/// Its state, or its health while the state is the same; its name; its files.
fn container_changed(
    earlier: &Container,
    container: &Container,
    same: bool,
    key: String,
    words: &'static Words,
    changes: &mut Vec<Change>,
) {
    let (was, state) = (state_of(earlier, words), state_of(container, words));
    let mut push = |kind, sentence| changes.push(change(kind, sentence, key.clone()));
    if was != state {
        push(ChangeKind::Changed, (words.page.changed)(&container.name, &was, &state));
    }
    let health = health_of(container, words);
    if let Some(word) = health.filter(|word| was == state && Some(*word) != health_of(earlier, words)) {
        push(ChangeKind::Changed, format!("{}: {word}", container.name));
    }
    if earlier.name != container.name {
        push(ChangeKind::Changed, format!("{} → {}", earlier.name, container.name));
    }
    if was == state && !same {
        push(ChangeKind::Written, format!("{}: {}", container.name, words.stage.writable.to_lowercase()));
    }
}

/// Whether a file system holds the same in both Worlds.
fn same_files(before: &World, after: &World, old: FsId, new: FsId) -> bool {
    match (before.filesystems.get(&old), after.filesystems.get(&new)) {
        (Some(old), Some(new)) => old.inodes.ptr_eq(&new.inodes) || old == new,
        (old, new) => old.is_none() == new.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> (String, &'static str) {
        let mark = mark(Kind::Host, line, Some(0), 1);
        (mark.label, mark.icon)
    }

    #[test]
    fn labels_are_short() {
        for (line, label, icon) in [
            ("docker pull node:18-alpine", "pull node:18-al…", "down"),
            ("docker run -d --name web -p 3000:3000 myapp:1.0", "run web", "s-running"),
            ("docker run --rm -e A=b alpine echo hi", "run alpine", "s-running"),
            ("docker ps -a", "ps -a", "eye"),
            ("docker ps", "ps", "eye"),
            ("docker container rm -f web", "rm web", "x"),
            ("docker image ls", "ls", "eye"),
            ("docker stop web", "stop web", "s-exited"),
            ("docker build -t a .", "build a", "build"),
            ("docker build --tag=a:1 .", "build a:1", "build"),
            ("docker build .", "build", "build"),
            ("ls -l /etc", "ls -l", "term"),
            ("", "", "term"),
            ("docker", "docker", "term"),
        ] {
            assert_eq!(of(line), (label.to_owned(), icon), "{line}");
        }
        let of = |line, status| mark(Kind::Host, line, Some(status), 0);
        assert_eq!(of("docker rm x", 1).icon, "x");
        assert!(of("docker rm x", 1).failed);
        assert!(of("docker ps", 0).read_only);
        assert!(!mark(Kind::Switch, "disk full", None, 0).read_only);
        let edit = mark(Kind::Edit, "/home/learner/myapp/server.js", None, 0);
        assert_eq!((edit.label.as_str(), edit.icon, edit.read_only), ("server.js", "pen", false));
    }

    #[test]
    fn equal_worlds_have_no_changes() {
        let world = World::new(1);
        assert_eq!(changes(&world, &world, crate::words::Lang::En.words()), []);
    }
}
