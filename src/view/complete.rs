//! What Tab makes of a line: subcommands and flags of docker, names from the engine, programs and files.

use crate::cli::complete::{Candidate, complete as docker};
use crate::cli::spec::Kind;
use crate::model::container::Status;
use crate::model::file::{Fs, Ino, Kind as FileKind, ROOT};
use crate::model::order::Order;
use crate::model::process::{Pid, Source};
use crate::model::{Text, World};

/// The line with what is certain added, and what it may become where several are possible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    pub line: String,
    pub candidates: Vec<String>,
}

/// What is shown at most.
const SHOWN: usize = 60;
/// Symbolic links on a path.
const LINKS: usize = 8;
const SEPARATORS: [char; 6] = ['|', ';', '&', '(', '`', '{'];
const BIN: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"];

/// Completes the last word of a line typed to a shell (the learner's, by its pid).
pub fn complete(world: &World, shell: Option<Pid>, line: &str) -> Completion {
    let command = line.rsplit(SEPARATORS).next().unwrap_or(line).trim_start();
    let mut words: Vec<&str> = command.split_whitespace().collect();
    if command.is_empty() || command.ends_with(char::is_whitespace) {
        words.push("");
    }
    let last = words.last().copied().unwrap_or("");
    let mut found = match words.as_slice() {
        ["docker", rest @ ..] if !rest.is_empty() => of_docker(world, shell, rest, last),
        [_] if !last.contains('/') => programs(world, last),
        _ => paths(world, shell, last),
    };
    found.retain(|word| word.starts_with(last));
    found.order();
    found.dedup();
    let kept = line.strip_suffix(last).unwrap_or(line);
    match found.as_slice() {
        [] => Completion { line: line.to_owned(), candidates: Vec::new() },
        [only] => {
            let end = if only.ends_with(['/', '=']) { "" } else { " " };
            Completion { line: format!("{kept}{only}{end}"), candidates: Vec::new() }
        }
        several => {
            let common = common(several);
            found.truncate(SHOWN);
            Completion { line: format!("{kept}{common}"), candidates: found }
        }
    }
}

/// What all begin with.
fn common(words: &[String]) -> String {
    let mut common = words.first().cloned().unwrap_or_default();
    for word in words {
        while !word.starts_with(&common) {
            common.pop();
        }
    }
    common
}

fn of_docker(world: &World, shell: Option<Pid>, words: &[&str], last: &str) -> Vec<String> {
    let mut found = Vec::new();
    for candidate in docker(words) {
        match candidate {
            Candidate::Word { word, .. } => found.push(word),
            Candidate::Name(kind) => found.extend(names(world, shell, kind, last)),
        }
    }
    found
}

fn names(world: &World, shell: Option<Pid>, kind: Kind, last: &str) -> Vec<String> {
    let engine = &world.engine;
    let containers = |fits: fn(Status) -> bool| -> Vec<String> {
        engine.containers.values().filter(|c| fits(c.state.status)).map(|c| c.name.to_string()).collect()
    };
    let text = |text: &Text| text.to_string();
    match kind {
        Kind::Container => containers(|_| true),
        Kind::Running => containers(|status| matches!(status, Status::Running | Status::Paused)),
        Kind::Stopped => containers(|status| matches!(status, Status::Created | Status::Exited | Status::Dead)),
        Kind::Paused => containers(|status| status == Status::Paused),
        Kind::Image => engine.tags.keys().map(text).collect(),
        Kind::Network => engine.networks.values().map(|network| text(&network.name)).collect(),
        Kind::Volume => engine.volumes.keys().map(text).collect(),
        Kind::Object => containers(|_| true).into_iter().chain(engine.tags.keys().map(text)).collect(),
        Kind::Path => {
            let mut found = paths(world, shell, last);
            found.extend(containers(|_| true).into_iter().map(|name| format!("{name}:")));
            found
        }
        Kind::File => paths(world, shell, last),
        Kind::Service => super::services::names(world, shell),
        Kind::Context | Kind::Command => Vec::new(),
    }
}

/// The host's own file system.
pub(super) fn host(world: &World) -> Option<&Fs> {
    let mounts = world.mounts.get(&crate::model::process::HOST)?;
    let root = mounts.mounts.iter().find(|mount| &*mount.at == "/")?;
    match &root.source {
        Source::Fs { fs, .. } => world.filesystems.get(fs),
        _ => None,
    }
}

fn programs(world: &World, start: &str) -> Vec<String> {
    let Some(fs) = host(world) else { return Vec::new() };
    let entries = BIN.iter().filter_map(|dir| fs.entries(walk(fs, dir)?));
    entries.flat_map(|entries| entries.keys()).filter(|name| name.starts_with(start)).map(|n| n.to_string()).collect()
}

/// Names in the directory that the word leads to, relative to where the shell is.
fn paths(world: &World, shell: Option<Pid>, word: &str) -> Vec<String> {
    let (dir, start) = word.rsplit_once('/').map_or(("", word), |(dir, start)| (dir, start));
    let prefix = word.strip_suffix(start).unwrap_or("");
    let process = shell.and_then(|pid| world.process(pid));
    let cwd = process.map_or("/", |process| &*process.cwd);
    let home = process.and_then(|process| process.env.get("HOME")).map_or("/", |home| &**home);
    let at = match (prefix.starts_with('/'), dir.strip_prefix('~')) {
        (true, _) => format!("{dir}/"),
        (false, Some(below)) => format!("{home}{below}"),
        (false, None) => format!("{cwd}/{dir}"),
    };
    let Some(fs) = host(world) else { return Vec::new() };
    let Some(entries) = walk(fs, &at).and_then(|dir| fs.entries(dir)) else { return Vec::new() };
    let shown = entries
        .iter()
        .filter(|(name, _)| name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.')));
    let name = |(name, ino): (&Text, &Ino)| {
        let is_dir = fs.get(*ino).is_some_and(|inode| matches!(inode.kind, FileKind::Dir(_)));
        format!("{prefix}{name}{}", if is_dir { "/" } else { "" })
    };
    shown.map(name).collect()
}

/// The inode of a path of the host; links are followed.
pub(super) fn walk(fs: &Fs, path: &str) -> Option<Ino> {
    let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut trail = vec![ROOT];
    let mut links = 0;
    while let Some(name) = rest.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                if trail.len() > 1 {
                    trail.pop();
                }
                continue;
            }
            _ => {}
        }
        let ino = fs.child(*trail.last()?, &name)?;
        if let FileKind::Symlink(target) = &fs.get(ino)?.kind {
            links += 1;
            if links > LINKS {
                return None;
            }
            if target.starts_with('/') {
                trail.truncate(1);
            }
            rest.extend(target.split('/').rev().map(str::to_owned));
            continue;
        }
        trail.push(ino);
    }
    trail.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::session::log::Boot;

    fn of(line: &str) -> Completion {
        let session = Session::new(Boot::default());
        complete(&session.world(), session.machine().shell(), line)
    }

    #[test]
    fn docker_is_completed() {
        assert_eq!(of("docker pul").line, "docker pull ");
        assert_eq!(of("docker image p").candidates, ["prune", "pull", "push"]);
        assert_eq!(of("echo a && docker pul").line, "echo a && docker pull ");
        assert_eq!(of("docker nothing-like-it").candidates, Vec::<String>::new());
        assert_eq!(of("docker run --nam").line, "docker run --name ");
    }

    #[test]
    fn files_are_completed() {
        assert_eq!(of("cat server").line, "cat server.js ");
        assert!(of("cat ../").line.contains("../"));
        assert_eq!(of("ls /et").line, "ls /etc/");
        assert_eq!(of("ls /no/such/dir/x").line, "ls /no/such/dir/x");
        assert_eq!(of("").line, "");
    }
}
