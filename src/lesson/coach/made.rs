//! What the coach sees in the machine's state: in what was made of a command, or is there already.

use std::rc::Rc;

use super::find::found;
use super::near::nearest;
use super::{Case, Found};
use crate::cli::spec;
use crate::model::container::{Container, Status};
use crate::model::engine::Volume;

/// Flags of `docker run` that some programs know, too, but hardly at the beginning.
const SHORT: [&str; 6] = ["-p", "-d", "-v", "-it", "-i", "-t"];

/// Where the image stands among the words of a `docker run`.
fn image_at(words: &[&str]) -> Option<usize> {
    let (run, _) = spec::find("run")?;
    let mut at = words.iter().position(|word| *word == "run")? + 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        let long = word.strip_prefix("--");
        let named = |flag: &&spec::Flag| match long {
            Some(name) => flag.name == name,
            None => flag.short.is_some() && flag.short == word.chars().last(),
        };
        let takes = run.flags.iter().find(named).is_some_and(|flag| flag.kind != "bool");
        at += if takes && !word.contains('=') { 2 } else { 1 };
    }
    (at < words.len()).then_some(at)
}

/// What stands behind the image is the container's command, options too.
pub(super) fn flag_after_image(case: &Case<'_>) -> Option<Found> {
    let words = &case.words;
    let ended = case.started().is_some_and(|container| container.ns.is_none());
    if !case.canonical().starts_with("docker run ") || words.contains(&"--entrypoint") || case.status == 0 && !ended {
        return None;
    }
    let at = image_at(words)?;
    let (image, flag) = (words.get(at)?, words.get(at + 1)?);
    let (run, _) = spec::find("run")?;
    let name = flag.strip_prefix("--").map(|name| name.split('=').next().unwrap_or(name));
    if !SHORT.contains(flag) && !name.is_some_and(|name| run.flags.iter().any(|flag| flag.name == name)) {
        return None;
    }
    let again = [&words[..at], &words[at + 1..], &[*image]].concat().join(" ");
    let mut commands: Vec<String> = case.started().map(|made| format!("docker rm {}", made.name)).into_iter().collect();
    commands.push(again);
    let made = case.started().map_or("", |made| &*made.name);
    found(&[flag, image, made], &commands)
}

/// A mistyped name of an image that is here.
pub(super) fn near_image_here(case: &Case<'_>) -> Option<Found> {
    let name = case.between("No such image: ", "")?;
    let near = nearest(name, case.world.engine.tags.keys().map(|tag| &**tag))?;
    let bare = name.strip_suffix(":latest").unwrap_or(name);
    let word = case.words.iter().find(|word| **word == name || **word == bare)?;
    found(&[bare, near], &[case.with(word, near)])
}

/// A container that its policy starts again and again, just made or seen in a list.
pub(super) fn restart_loop(case: &Case<'_>) -> Option<Found> {
    let loops = |c: &&Rc<Container>| c.state.status == Status::Restarting || c.restart_count > 1;
    let seen = || case.says("Restarting (").then(|| case.world.engine.containers.values().find(loops)).flatten();
    let container = case.started().filter(loops).or_else(seen)?;
    let (name, code) = (&container.name, container.state.exit_code.to_string());
    found(&[name, &code], &[format!("docker logs {name}"), format!("docker stop {name}")])
}

/// A `docker ps` without a line, where containers are.
pub(super) fn ps_hides_stopped(case: &Case<'_>) -> Option<Found> {
    let containers = &case.world.engine.containers;
    let none_runs = containers.values().all(|container| container.ns.is_none());
    let asked = ["docker ps", "docker ls"].contains(&case.canonical().as_str()) && case.status == 0;
    let last = containers.values().max_by_key(|container| container.state.finished)?;
    (asked && none_runs).then(|| found(&[&containers.len().to_string(), &last.name], &["docker ps -a".to_string()]))?
}

fn prune_of(case: &Case<'_>, command: &str) -> bool {
    let all = case.words.iter().any(|word| matches!(*word, "-a" | "--all" | "-af" | "-fa"));
    case.status == 0 && !all && case.canonical().starts_with(command) && case.says("Total reclaimed space: 0B")
}

/// Without `--all` only volumes without a name go.
pub(super) fn prune_keeps_volumes(case: &Case<'_>) -> Option<Found> {
    let engine = &case.world.engine;
    let used = |volume: &Volume| {
        let mut mounts = engine.containers.values().flat_map(|container| &container.mounts);
        mounts.any(|mount| mount.name == *volume.name)
    };
    let kept = engine.volumes.values().find(|volume| !volume.anonymous && !used(volume))?;
    let again = format!("{} --all", case.command);
    prune_of(case, "docker volume prune").then(|| found(&[&kept.name], &["docker volume ls".to_string(), again]))?
}

/// Without `--all` only images without a tag go.
pub(super) fn prune_keeps_images(case: &Case<'_>) -> Option<Found> {
    let engine = &case.world.engine;
    let (kept, _) = engine.tags.iter().find(|(_, id)| engine.containers_of(id).next().is_none())?;
    let again = format!("{} --all", case.command);
    prune_of(case, "docker image prune").then(|| found(&[kept], &["docker images".to_string(), again]))?
}

/// A file that is not in a container whose name an earlier one had, which is removed.
pub(super) fn data_gone(case: &Case<'_>) -> Option<Found> {
    let file = (case.between("can't open '", "': No such file or directory"))
        .or_else(|| case.between("cat: ", ": No such file or directory"))?;
    let container = case.words.iter().find_map(|word| case.container(word))?;
    let gone = case.world.engine.events.values().any(|event| {
        event.kind == "container"
            && event.action == "destroy"
            && event.actor != container.id
            && event.attribute("name") == Some(&*container.name)
    });
    let mounted = container.mounts.iter().any(|mount| file.starts_with(&mount.destination));
    let folder = file.rsplit_once('/').map_or("/data", |(folder, _)| if folder.is_empty() { "/data" } else { folder });
    (gone && !mounted).then(|| found(&[file, &container.name, folder], &["docker volume create data".to_string()]))?
}

/// A whole line in quotes is the name of one program.
pub(super) fn quoted_command(case: &Case<'_>) -> Option<Found> {
    let whole = case.between("exec: \"", "\": executable file not found")?;
    let program = whole.split_once(' ')?.0;
    let mut bare = case.command.to_string();
    for quote in ['\'', '"'] {
        bare = bare.replacen(&format!("{quote}{whole}{quote}"), whole, 1);
    }
    // An entrypoint is one word, whatever is done about its quotes.
    let better = bare != case.command && !case.command.contains("--entrypoint");
    found(&[whole, program], &better.then_some(bare).into_iter().collect::<Vec<_>>())
}
