//! What the coach looks for when a build has failed, and in the Dockerfile of one that has not.

use super::find::found;
use super::{Case, Found};
use crate::builder::instruction::{Stage, understand};
use crate::builder::parser::parse;
use crate::oci::reference::Reference;

fn is_build(case: &Case<'_>) -> bool {
    case.status != 0 && case.words.contains(&"build")
}

pub(super) fn no_path(case: &Case<'_>) -> Option<Found> {
    let lacks = is_build(case) && case.says("'docker buildx build' requires 1 argument");
    if lacks && case.words.last() != Some(&".") { found(&[], &[format!("{} .", case.command)]) } else { None }
}

pub(super) fn nothing_to_copy(case: &Case<'_>) -> Option<Found> {
    let rest = case.between("failed to calculate checksum of ref ", "")?;
    let path = rest.split_once(": \"")?.1.split_once("\": not found")?.0;
    found(&[path.trim_start_matches('/')], &[])
}

/// A file that a copy wants from another stage or image, which is there and does not have it.
pub(super) fn not_in_stage(case: &Case<'_>) -> Option<Found> {
    let missing = nothing_to_copy(case)?;
    let from = case.between(">>> COPY --from=", " ")?;
    let path = format!("/{}", missing.values.first()?);
    let run = case.world.engine.builds.runs.values().last()?;
    let file = understand(&parse(&run.dockerfile)).ok()?;
    let stage = file.stages.iter().any(|stage| stage.name.eq_ignore_ascii_case(from));
    // A stage can be built by itself and looked into, an image is looked into as it is.
    let commands = match stage {
        true => vec![format!("docker build --target {from} -t {from} ."), format!("docker run --rm {from} ls -a")],
        false if from.starts_with(|sign: char| sign.is_ascii_digit()) => Vec::new(),
        false => vec![format!("docker run --rm {from} ls -a /")],
    };
    found(&[&path, from], &commands)
}

pub(super) fn run_failed(case: &Case<'_>) -> Option<Found> {
    let process = case.between("failed to solve: process \"", "")?;
    let (command, rest) = process.split_once("\" did not complete successfully: exit code: ")?;
    let code = rest.split(|sign: char| !sign.is_ascii_digit()).next()?;
    let command = command.strip_prefix("/bin/sh -c ").unwrap_or(command);
    is_build(case).then(|| found(&[command, code], &[]))?
}

pub(super) fn unknown_instruction(case: &Case<'_>) -> Option<Found> {
    let line = case.between("dockerfile parse error on line ", ":")?;
    let typed = case.between("unknown instruction: ", "")?.split_whitespace().next()?;
    is_build(case).then(|| found(&[line, typed], &[]))?
}

/// A base that says `latest`, or says nothing and so means it: what it is changes from one day to the next.
pub(super) fn floating_base(case: &Case<'_>) -> Option<Found> {
    if case.status != 0 || case.words.first() != Some(&"docker") || !case.words.contains(&"build") {
        return None;
    }
    let run = case.world.engine.builds.runs.values().last().filter(|run| run.error.is_none())?;
    let file = understand(&parse(&run.dockerfile)).ok()?;
    let floats = |at: usize, stage: &Stage| {
        let known = |name: &str| name.eq_ignore_ascii_case(&stage.base);
        let own = stage.base == "scratch" || file.stages[..at].iter().any(|before| known(&before.name));
        let reference = Reference::parse(&stage.base).ok().filter(|_| !own)?.tagged();
        let latest = reference.digest.is_none() && reference.tag.as_deref() == Some("latest");
        latest.then(|| reference.familiar_name())
    };
    let base = file.stages.iter().enumerate().find_map(|(at, stage)| floats(at, stage))?;
    found(&[&base], &[])
}
