//! Checks: whether a step is done, told from the World and from the lines that were typed.
//!
//! A check is a list of criteria, a line each: `CONDITION # MEANING`. All must hold.
//!
//! ```text
//! image REF                  the image is in the store       no image REF
//! container NAME             there is a container            no container NAME
//! container NAME STATE       created, running, paused, restarting, exited or dead
//! container NAME exited N    ... and this was its exit code
//! file NAME:/PATH            a path in a container's files   no file NAME:/PATH
//! ran COMMAND [or COMMAND]   a line was typed in which a command has these words, in this order
//! ```

use std::fmt;

use crate::model::World;
use crate::model::container::{Container, Status};
use crate::model::file::{Fs, Ino, Kind, ROOT};

/// All of it must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Check {
    pub criteria: Vec<Criterion>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Criterion {
    pub condition: Condition,
    /// What it means that the condition holds, for the learner.
    pub meaning: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    Image {
        reference: String,
        present: bool,
    },
    Container {
        name: String,
        expect: Expect,
    },
    File {
        container: String,
        path: String,
        present: bool,
    },
    /// Any of these commands, as words.
    Ran(Vec<Vec<String>>),
}

/// What is expected of a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expect {
    Absent,
    Present,
    State(&'static str),
    Exited(i32),
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub world: &'a World,
    /// The lines typed so far at a shell's prompt, undone ones left out.
    pub lines: &'a [&'a str],
}

const STATES: [Status; 6] =
    [Status::Created, Status::Running, Status::Paused, Status::Restarting, Status::Exited, Status::Dead];

impl Check {
    pub fn holds(&self, seen: Seen<'_>) -> bool {
        self.criteria.iter().all(|criterion| criterion.condition.holds(seen))
    }

    /// Reads the lines of a check. The error has the line's number, from 0, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Check, (usize, String)> {
        let mut criteria = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let (condition, meaning) = match line.split_once(" # ") {
                Some((condition, meaning)) if !meaning.trim().is_empty() => (condition, meaning.trim()),
                _ => return Err((number, "a check needs a meaning: CONDITION # MEANING".to_string())),
            };
            let condition = Condition::parse(condition).map_err(|error| (number, error))?;
            criteria.push(Criterion { condition, meaning: meaning.to_string() });
        }
        if criteria.is_empty() {
            return Err((0, "the check is empty".to_string()));
        }
        Ok(Check { criteria })
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Condition, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (present, words) = match words.as_slice() {
            ["no", rest @ ..] => (false, rest),
            all => (true, all),
        };
        match words {
            ["image", reference] => Ok(Condition::Image { reference: (*reference).to_string(), present }),
            ["container", name, rest @ ..] => {
                let expect = match rest {
                    [] if present => Expect::Present,
                    [] => Expect::Absent,
                    _ if !present => return Err("`no container` takes a name only".to_string()),
                    ["exited", code] => Expect::Exited(code.parse().map_err(|_| format!("`{code}` is no exit code"))?),
                    [state] => Expect::State(state_name(state)?),
                    _ => return Err("too many words after the container's state".to_string()),
                };
                Ok(Condition::Container { name: (*name).to_string(), expect })
            }
            ["file", place] => match place.split_once(':') {
                Some((container, path)) if path.starts_with('/') && !container.is_empty() => {
                    Ok(Condition::File { container: container.to_string(), path: path.to_string(), present })
                }
                _ => Err(format!("`{place}` is no CONTAINER:/PATH")),
            },
            ["ran", rest @ ..] if present => {
                let commands: Vec<Vec<String>> = rest
                    .split(|word| *word == "or")
                    .map(|words| words.iter().map(|w| (*w).to_string()).collect())
                    .collect();
                if commands.iter().any(Vec::is_empty) {
                    return Err("`ran` needs a command".to_string());
                }
                Ok(Condition::Ran(commands))
            }
            _ => Err(format!("`{}` is no condition", text.trim())),
        }
    }

    pub fn holds(&self, seen: Seen<'_>) -> bool {
        let engine = &seen.world.engine;
        match self {
            Condition::Image { reference, present } => {
                let tagged = if reference.contains(':') { reference.clone() } else { format!("{reference}:latest") };
                engine.tags.contains_key(tagged.as_str()) == *present
            }
            Condition::Container { name, expect } => {
                let state = engine.container_by_name(name).map(|container| &container.state);
                match expect {
                    Expect::Absent => state.is_none(),
                    Expect::Present => state.is_some(),
                    Expect::State(expected) => state.is_some_and(|state| state.status.name() == *expected),
                    Expect::Exited(code) => {
                        state.is_some_and(|state| state.status == Status::Exited && state.exit_code == *code)
                    }
                }
            }
            Condition::File { container, path, present } => engine
                .container_by_name(container)
                .is_some_and(|container| has_file(seen.world, container, path) == *present),
            Condition::Ran(commands) => seen.lines.iter().any(|line| commands.iter().any(|words| ran(line, words))),
        }
    }
}

fn state_name(word: &str) -> Result<&'static str, String> {
    let known = STATES.iter().map(|state| state.name()).find(|name| *name == word);
    known.ok_or_else(|| format!("`{word}` is no state of a container"))
}

/// Whether a command of a line has these words in this order, the first of them first. A quoted text
/// counts as the words that it holds.
fn ran(line: &str, words: &[String]) -> bool {
    let commands = line.split(['|', ';', '&', '\n', '(', ')']);
    commands.into_iter().any(|command| {
        let mut typed = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let mut wanted = words.iter();
        wanted.next().map(String::as_str) == typed.next() && wanted.all(|word| typed.any(|typed| typed == word))
    })
}

/// Whether a container's files, its writable layer on its image's, have a path. Links are not followed.
fn has_file(world: &World, container: &Container, path: &str) -> bool {
    let upper = world.filesystems.get(&container.upper);
    let (mut above, mut below) = (upper.map(|_| ROOT), Some(ROOT));
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let (next, covered) = match (upper, above) {
            (Some(fs), Some(dir)) => step(fs, dir, name),
            _ => (None, false),
        };
        below = below.filter(|_| !covered).and_then(|dir| container.lower.child(dir, name));
        above = next;
        if above.is_none() && below.is_none() {
            return false;
        }
    }
    true
}

/// An entry of a directory of a writable layer, and whether it hides what lies below it.
fn step(fs: &Fs, dir: Ino, name: &str) -> (Option<Ino>, bool) {
    let opaque = fs.get(dir).is_some_and(|inode| inode.opaque);
    match fs.child(dir, name) {
        Some(ino) if fs.get(ino).is_some_and(|inode| inode.kind == Kind::Whiteout) => (None, true),
        Some(ino) => (Some(ino), opaque),
        None => (None, opaque),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let no = |present: &bool| if *present { "" } else { "no " };
        match self {
            Condition::Image { reference, present } => write!(f, "{}image {reference}", no(present)),
            Condition::Container { name, expect } => match expect {
                Expect::Absent => write!(f, "no container {name}"),
                Expect::Present => write!(f, "container {name}"),
                Expect::State(state) => write!(f, "container {name} {state}"),
                Expect::Exited(code) => write!(f, "container {name} exited {code}"),
            },
            Condition::File { container, path, present } => write!(f, "{}file {container}:{path}", no(present)),
            Condition::Ran(commands) => {
                let commands: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
                write!(f, "ran {}", commands.join(" or "))
            }
        }
    }
}
