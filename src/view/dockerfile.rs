//! A build's Dockerfile with what became of each instruction, as the gutter beside its lines shows it.

use super::code::{Stretch, coloured};
use crate::builder::parser::{Node, parse};
use crate::diagram::build::{Look, duration, reason};
use crate::model::World;
use crate::model::build::{BuildRun, BuildStep, Cause, broken};
use crate::words::Words;

/// A line of the Dockerfile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    pub number: usize,
    pub code: Vec<Stretch>,
    /// Of the instruction that begins here.
    pub look: Option<Look>,
    /// Lines that belong to the instruction that runs, or to one that is not done yet.
    pub running: bool,
    pub idle: bool,
    /// What broke the cache at this line, in words.
    pub broken: Option<String>,
    /// How long it took.
    pub time: Option<String>,
    /// What a listener hears before the line.
    pub spoken: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// The image's first name, or else the Dockerfile's.
    pub title: String,
    pub name: String,
    /// Where the file can be edited; empty where it cannot.
    pub path: String,
    pub lines: Vec<Line>,
    /// Why the build failed; its first line.
    pub error: Option<String>,
}

/// The newest build's Dockerfile; none if there was no build.
pub fn listing(world: &World, words: &'static Words) -> Option<Listing> {
    let (_, run, former) = world.engine.builds.newest()?;
    let causes = broken(run, former);
    let tree = parse(&run.dockerfile);
    let mut lines: Vec<Line> = coloured(&run.dockerfile)
        .into_iter()
        .enumerate()
        .map(|(at, code)| Line { number: at + 1, code, ..Line::default() })
        .collect();
    if lines.last().is_some_and(|line| line.code.is_empty()) {
        lines.pop();
    }
    for node in &tree.nodes {
        let step = step_of(run, node);
        let look = match step {
            Some((_, step)) => Some(Look::of(run, step)),
            None if has_step(node) && !run.steps.is_empty() => Some(Look::Unneeded),
            None => None,
        };
        let Some(line) = lines.get_mut(node.lines.0.max(1) - 1) else { continue };
        line.look = look;
        line.time = step.and_then(|(_, step)| duration(step, world.now));
        let cause = step.and_then(|(at, _)| causes.iter().find(|(broken, _)| *broken == at));
        let why = cause.map(|(_, cause)| reason(cause, run, words));
        line.spoken = spoken(node, line, why.as_deref(), words);
        // What follows from another stage's files needs no line of its own.
        line.broken = why.filter(|_| !matches!(cause, Some((_, Cause::Step(_)))));
        let running = look == Some(Look::Running);
        let idle = matches!(look, Some(Look::Waiting | Look::Unneeded | Look::Stopped));
        for line in lines.iter_mut().filter(|line| (node.lines.0..=node.lines.1).contains(&line.number)) {
            (line.running, line.idle) = (running, idle);
        }
    }
    let title = run.tags.first().unwrap_or(&run.name).to_string();
    let error = run.error.as_ref().and_then(|error| error.lines().next()).map(str::to_owned);
    let path = if super::files::text(world, &run.path).is_some() { run.path.to_string() } else { String::new() };
    Some(Listing { title, name: run.name.to_string(), path, lines, error })
}

/// The step of an instruction. Equal instructions of several stages are one step, under the lines of the first.
fn step_of<'a>(run: &'a BuildRun, node: &Node) -> Option<(usize, &'a BuildStep)> {
    let steps = || run.steps.iter().enumerate();
    let own = steps().filter(|(_, step)| step.lines == Some(node.lines));
    // What a base image adds by itself stands under the line of its FROM: that which is not done yet counts.
    let own = own.min_by_key(|(_, step)| !step.is_anew());
    own.or_else(|| steps().find(|(_, step)| has_step(node) && step.instruction() == node.original.trim()))
}

/// Whether it is a step in the display of a build.
fn has_step(node: &Node) -> bool {
    ["add", "copy", "run", "workdir"].contains(&node.name().as_str())
}

fn spoken(node: &Node, line: &Line, why: Option<&str>, words: &'static Words) -> String {
    let build = &words.build;
    let mut parts = Vec::new();
    match line.look {
        Some(look) => parts.push(look.word(build).to_owned()),
        None if node.name() != "from" => parts.push(build.settings.to_owned()),
        None => {}
    }
    parts.extend(line.time.clone());
    parts.extend(why.map(|why| format!("{why}: {}", build.broken)));
    parts.join(", ")
}
