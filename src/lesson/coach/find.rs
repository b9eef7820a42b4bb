//! What the coach's rules look for.

use std::rc::Rc;

use super::near::nearest;
use super::{Case, Found};
use crate::cli::spec;
use crate::engine::catalogue;
use crate::model::container::{Container, Status};
use crate::model::time::Time;

/// How long after its end a container counts as one that has just stopped.
const JUST: Time = Time::seconds(30);

pub(super) fn found(values: &[&str], commands: &[String]) -> Option<Found> {
    let values = values.iter().map(|value| (*value).to_string()).collect();
    Some(Found { values, commands: commands.to_vec() })
}

impl Case<'_> {
    pub(super) fn says(&self, text: &str) -> bool {
        self.output.contains(text)
    }

    /// What the output has between two texts, on one line.
    pub(super) fn between(&self, before: &str, after: &str) -> Option<&str> {
        let line = self.output.split_once(before)?.1.lines().next()?;
        Some(if after.is_empty() { line.trim() } else { line.split_once(after)?.0 })
    }

    /// The command with one word in place of another.
    pub(super) fn with(&self, old: &str, new: &str) -> String {
        let mut done = false;
        let words = self.words.iter().map(|word| {
            let hit = !done && *word == old;
            done |= hit;
            if hit { new } else { *word }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The command as the client knows it best: `docker container rm` is `docker rm`.
    pub(super) fn canonical(&self) -> String {
        let line = self.words.join(" ");
        let line = line.strip_prefix("sudo ").unwrap_or(&line);
        let short =
            [("docker container ", "docker "), ("docker image rm", "docker rmi"), ("docker image ls", "docker images")];
        let hit = short.iter().find_map(|(long, short)| Some(format!("{short}{}", line.strip_prefix(long)?)));
        hit.unwrap_or_else(|| line.to_string())
    }

    /// The first container, image or volume that the command names.
    pub(super) fn named(&self, kind: &str) -> Option<&str> {
        let engine = &self.world.engine;
        let mut words = self.words.iter().skip(2);
        match kind {
            "container" => words.find_map(|word| Some(&*engine.container_by_name(word.split(':').next()?)?.name)),
            "volume" => words.find_map(|word| word.split(':').next().filter(|name| engine.volumes.contains_key(*name))),
            _ => words.find_map(|word| {
                let tag = |tag: &str| engine.tags.keys().find(|known| &***known == tag).map(|known| &**known);
                tag(word).or_else(|| tag(&format!("{word}:latest")))
            }),
        }
    }

    /// A container by name, id or the beginning of its id.
    pub(super) fn container(&self, name: &str) -> Option<&Rc<Container>> {
        let engine = &self.world.engine;
        let by_id = || engine.containers.iter().find(|(id, _)| name.len() >= 4 && id.starts_with(name)).map(|(_, c)| c);
        engine.container_by_name(name.trim_start_matches('/')).or_else(by_id)
    }

    /// The container that this command has just started.
    pub(super) fn started(&self) -> Option<&Rc<Container>> {
        let typed = |words: &[&str]| self.words.starts_with(words);
        if self.status != 0
            || !(typed(&["docker", "run"]) || typed(&["docker", "start"]) || typed(&["docker", "container"]))
        {
            return None;
        }
        // Below what it printed the prompt may be back.
        let last = self.stdout.lines().rev().map(str::trim).filter(|line| !line.is_empty());
        last.take(2).find_map(|line| self.container(line))
    }
}

pub(super) fn daemon(case: &Case<'_>) -> Option<Found> {
    if case.says("Cannot connect to the Docker daemon") { found(&[], &[]) } else { None }
}

pub(super) fn name_conflict(case: &Case<'_>) -> Option<Found> {
    let name = case.between("Conflict. The container name \"/", "\"")?;
    found(&[name], &[format!("docker rm -f {name}"), case.command.to_string()])
}

fn absent<'a>(case: &'a Case<'_>) -> Option<&'a str> {
    let name = case.between("No such container: ", "")?;
    (!name.is_empty()).then_some(name)
}

pub(super) fn near_container(case: &Case<'_>) -> Option<Found> {
    let name = absent(case)?;
    let near = nearest(name, case.world.engine.names.keys().map(|name| &**name))?;
    found(&[name, near], &[case.with(name, near)])
}

pub(super) fn image_in_use(case: &Case<'_>) -> Option<Found> {
    let reason = case.between("conflict: unable to ", "")?;
    let id = ["- container ", "running container ", "stopped container "].iter().find_map(|before| {
        let rest = reason.split_once(before)?.1;
        rest.split_whitespace().next()
    })?;
    let engine = &case.world.engine;
    let image = case.container(id)?.image.clone();
    let names: Vec<&str> = engine.containers_of(&image).map(|container| &*container.name).collect();
    found(&[&names.join(", ")], &[format!("docker rm -f {}", names.join(" ")), case.command.to_string()])
}

pub(super) fn volume_in_use(case: &Case<'_>) -> Option<Found> {
    let volume = case.between("remove ", ": volume is in use - [")?;
    let ids = case.between(": volume is in use - [", "]")?;
    let names: Vec<&str> = ids.split(", ").filter_map(|id| case.container(id)).map(|c| &*c.name).collect();
    found(&[volume, &names.join(", ")], &[format!("docker rm -f {}", names.join(" ")), case.command.to_string()])
}

pub(super) fn network_in_use(case: &Case<'_>) -> Option<Found> {
    let network = case.between("error while removing network: network ", " has active endpoints")?;
    let members = case.between("has active endpoints (", ")")?;
    let names: Vec<&str> = members.split("name:\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    let leave = names.iter().map(|name| format!("docker network disconnect {network} {name}"));
    found(&[network, &names.join(", ")], &leave.chain([case.command.to_string()]).collect::<Vec<_>>())
}

/// A container that the kernel has just ended for its memory.
pub(super) fn out_of_memory(case: &Case<'_>) -> Option<Found> {
    if !case.words.starts_with(&["docker"]) {
        return None;
    }
    let now = case.world.now;
    let killed = |c: &&Rc<Container>| {
        c.state.oom_killed && c.ns.is_none() && c.state.finished.is_some_and(|at| now.since(at) <= JUST)
    };
    let container = case.world.engine.containers.values().filter(killed).max_by_key(|c| c.state.finished)?;
    let limit = format!("{} MiB", container.host.resources.memory >> 20);
    let look = "docker inspect -f '{{.State.OOMKilled}} {{.HostConfig.Memory}}'";
    found(&[&container.name, &limit], &[format!("{look} {}", container.name)])
}

/// A container whose health check fails, when the command has shown it.
pub(super) fn unhealthy(case: &Case<'_>) -> Option<Found> {
    let sick = |c: &&Rc<Container>| c.state.health.as_ref().is_some_and(|health| health.status == "unhealthy");
    if !case.says("unhealthy") || case.words.iter().any(|word| word.contains(".State.Health")) {
        return None;
    }
    let container = case.world.engine.containers.values().find(sick)?;
    let streak = container.state.health.as_ref().map_or(0, |health| health.failing_streak);
    let look = "docker inspect -f '{{json .State.Health}}'";
    found(&[&container.name, &streak.to_string()], &[format!("{look} {}", container.name)])
}

/// The container that is the matter: just started and ended already, or ended just before a `docker ps`
/// that does not show it.
fn ended<'a>(case: &'a Case<'_>) -> Option<&'a Container> {
    let now = case.world.now;
    let recent = |container: &Container| container.state.finished.is_some_and(|at| now.since(at) <= JUST);
    let container = match case.started() {
        Some(container) => container,
        None if case.words == ["docker", "ps"] => {
            case.world.engine.containers.values().filter(|c| recent(c)).max_by_key(|c| c.state.finished)?
        }
        None => return None,
    };
    (container.state.status == Status::Exited && recent(container) && !container.manually_stopped).then_some(container)
}

fn logs(container: &Container) -> Vec<String> {
    vec!["docker ps -a".to_string(), format!("docker logs {}", container.name)]
}

pub(super) fn missing_module(case: &Case<'_>) -> Option<Found> {
    let container = ended(case)?;
    let journal = case.world.journals.get(&container.journal)?;
    let bytes: Vec<u8> = journal.records.values().flat_map(|record| record.bytes.iter().copied()).collect();
    let log = String::from_utf8_lossy(&bytes);
    let path = log.split_once("Cannot find module '")?.1.split_once('\'')?.0;
    found(&[&container.name, path], &logs(container))
}

pub(super) fn exited_at_once(case: &Case<'_>) -> Option<Found> {
    let container = ended(case)?;
    let code = container.state.exit_code;
    if code == 0 { None } else { found(&[&container.name, &code.to_string()], &logs(container)) }
}

pub(super) fn nothing_to_do(case: &Case<'_>) -> Option<Found> {
    let container = ended(case)?;
    let detached = case.words.iter().any(|word| *word == "-d" || *word == "--detach" || *word == "start");
    if container.state.exit_code != 0 || !detached { None } else { found(&[&container.name], &logs(container)) }
}

/// Whether the output says that a program is not there, as a shell or as the runtime says it.
fn lacks(case: &Case<'_>, program: &str) -> bool {
    case.says(&format!("{program}: not found"))
        || case.says(&format!("{program}: command not found"))
        || case.says(&format!("exec: \"{program}\": executable file not found"))
}

pub(super) fn no_curl(case: &Case<'_>) -> Option<Found> {
    if !lacks(case, "curl") {
        return None;
    }
    let at = case.words.iter().position(|word| *word == "curl")?;
    let url = case.words.iter().skip(at + 1).find(|word| !word.starts_with('-') && word.len() > 3)?;
    let before = case.words.get(..at)?.join(" ");
    found(&[], &[format!("{before} wget -qO- {url}").trim().to_string()])
}

pub(super) fn no_bash(case: &Case<'_>) -> Option<Found> {
    let word = case.words.iter().find(|word| **word == "bash" || **word == "/bin/bash")?;
    let missing = lacks(case, "bash") || case.says("exec: \"/bin/bash\": stat /bin/bash: no such file");
    if missing { found(&[], &[case.with(word, "sh")]) } else { None }
}

pub(super) fn port_taken(case: &Case<'_>) -> Option<Found> {
    let port = case.between("Bind for ", " failed: port is already allocated")?.rsplit(':').next()?;
    let taken = format!("{port}:");
    let free = format!("{}:", port.parse::<u16>().ok()?.checked_add(1)?);
    let again = case.words.iter().map(|word| word.replace(&taken, &free)).collect::<Vec<_>>().join(" ");
    let named = case.words.windows(2).find(|pair| pair[0] == "--name").map(|pair| pair[1]);
    let first = named.map(|name| format!("docker rm {name}"));
    let holds = |c: &&Rc<Container>| c.published.iter().any(|published| published.host_port.to_string() == port);
    let holder = case.world.engine.containers.values().find(holds).map_or("", |c| &*c.name);
    found(&[port, holder], &first.into_iter().chain([again]).collect::<Vec<_>>())
}

pub(super) fn near_image(case: &Case<'_>) -> Option<Found> {
    let name = case.between("pull access denied for ", ",")?;
    let near = nearest(name, catalogue::listings().map(|listing| listing.name))?;
    let word = case.words.iter().find(|word| word.split(':').next() == Some(name))?;
    found(&[name, near], &[case.with(word, &word.replacen(name, near, 1))])
}

/// What was to be pulled, as it was typed or as the client completed it.
fn wanted<'a>(case: &'a Case<'_>, name: &str) -> Option<&'a str> {
    let local = case.between("Unable to find image '", "' locally");
    local.or_else(|| case.words.iter().copied().find(|word| word.split([':', '@']).next() == Some(name)))
}

pub(super) fn no_image(case: &Case<'_>) -> Option<Found> {
    let name = case.between("pull access denied for ", ",")?;
    let image = wanted(case, name).unwrap_or(name);
    found(&[image], &["docker images".to_string(), format!("docker build -t {image} .")])
}

pub(super) fn no_tag(case: &Case<'_>) -> Option<Found> {
    let image = case.between("manifest for ", " not found: manifest unknown")?;
    let (name, tag) = image.rsplit_once(':')?;
    let tags = || catalogue::tags(name).map(|(tag, _)| tag);
    let near = nearest(tag, tags()).or_else(|| tags().find(|tag| *tag == "latest")).or_else(|| tags().next())?;
    let word = wanted(case, name)?;
    found(&[name, tag, near], &[case.with(word, &format!("{name}:{near}"))])
}

pub(super) fn uppercase(case: &Case<'_>) -> Option<Found> {
    let name = case.between("repository name (", ") must be lowercase")?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let word = case.words.iter().find(|word| word.contains(name))?;
    found(&[name], &[case.with(word, &word.to_lowercase())])
}

/// Commands that other tools have, and what Docker calls them.
const OTHERS: [(&str, &str); 6] =
    [("containers", "ps"), ("delete", "rm"), ("list", "ps"), ("remove", "rm"), ("destroy", "rm"), ("log", "logs")];

pub(super) fn near_command(case: &Case<'_>) -> Option<Found> {
    let typed = case.between("unknown command: docker ", "")?;
    let (parent, name) = typed.rsplit_once(' ').unwrap_or(("", typed));
    let children = spec::children(parent);
    let names = || children.iter().map(|(name, _)| *name);
    let other = OTHERS.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
    let near = other.filter(|ours| names().any(|name| name == *ours)).or_else(|| nearest(name, names()))?;
    let whole = format!("docker {parent} {near}").replace("  ", " ");
    found(&[&format!("docker {typed}"), &whole], &[case.with(name, near)])
}

/// A command that wants more arguments, or fewer, and how it is used.
pub(super) fn arguments(case: &Case<'_>) -> Option<Found> {
    let name = case.between("'docker ", "' requires ")?;
    let count = case.between("' requires ", " argument")?;
    let example = spec::example(name).map(str::to_string).unwrap_or_else(|| format!("docker {name} --help"));
    found(&[name, count, &example], &[])
}

pub(super) fn near_flag(case: &Case<'_>) -> Option<Found> {
    let typed = case.between("unknown flag: --", "")?;
    let path = case.between("Run 'docker ", " --help'").or_else(|| case.between("See 'docker ", " --help'"))?;
    let (command, _) = spec::find(path)?;
    let near = nearest(typed, command.flags.iter().filter(|flag| !flag.hidden).map(|flag| flag.name))?;
    let word = case
        .words
        .iter()
        .find(|word| word.strip_prefix("--").is_some_and(|rest| rest.split('=').next() == Some(typed)))?;
    found(&[&format!("--{typed}"), &format!("--{near}")], &[case.with(word, &word.replacen(typed, near, 1))])
}

/// Words that beginners mistype most.
const PROGRAMS: [&str; 14] =
    ["docker", "cat", "cd", "clear", "curl", "echo", "exit", "grep", "head", "ls", "mkdir", "ping", "pwd", "sudo"];

fn unknown_program<'a>(case: &'a Case<'_>) -> Option<&'a str> {
    let name = case.output.lines().find_map(|line| {
        let line = line.trim_end();
        let rest = line.strip_suffix(": command not found").or_else(|| line.strip_suffix(": not found"))?;
        rest.rsplit(": ").next()
    })?;
    case.words.contains(&name).then_some(name)
}

pub(super) fn near_program(case: &Case<'_>) -> Option<Found> {
    let name = unknown_program(case)?;
    if IMAGES.iter().any(|(program, _)| *program == name) {
        return None;
    }
    let near = nearest(name, PROGRAMS.into_iter())?;
    found(&[name, near], &[case.with(name, near)])
}

/// Programs that an image brings.
const IMAGES: [(&str, &str); 7] = [
    ("node", "node:18-alpine"),
    ("npm", "node:18-alpine"),
    ("python", "python:3.12-alpine"),
    ("python3", "python:3.12-alpine"),
    ("redis-cli", "redis:7-alpine"),
    ("psql", "postgres:16-alpine"),
    ("nginx", "nginx:alpine"),
];

pub(super) fn program_in_image(case: &Case<'_>) -> Option<Found> {
    let name = unknown_program(case)?;
    let (_, image) = IMAGES.iter().find(|(program, _)| *program == name)?;
    let rest = case.words.iter().position(|word| *word == name).and_then(|at| case.words.get(at..))?.join(" ");
    found(&[name, image], &[format!("docker run --rm {image} {rest}")])
}
