//! A build as the World has it, for whoever draws it.

use super::build::{Build, Definition, Source};
use super::checksum::key;
use super::graph::{Action, Exec, Op, Vertex};
use super::stage::Draft;
use crate::model::Text;
use crate::model::build::{BuildRun, BuildStage, BuildStep, StepKind};
use crate::model::time::Time;
use crate::oci::reference::Reference;

/// A build that begins.
pub fn begun(now: Time, ask: &Build) -> BuildRun {
    let context = match &ask.source {
        Source::Dir(dir) => dir.as_str(),
        Source::Archive(_) | Source::Empty => "",
    };
    let path = match &ask.definition {
        Definition::File { dir, name } => crate::kernel::join(dir, name),
        Definition::Archived(_) | Definition::Given(_) => String::new(),
    };
    let familiar = |tag: &String| Reference::parse(tag).map(|name| name.tagged().familiar().as_str().into());
    BuildRun {
        name: "".into(),
        path: path.as_str().into(),
        dockerfile: "".into(),
        context: context.into(),
        tags: ask.tags.iter().flat_map(familiar).collect(),
        started: now,
        ended: None,
        stages: Vec::new(),
        target: 0,
        steps: Vec::new(),
        error: None,
        image: None,
    }
}

/// The stages as the World has them.
pub fn stages(drafts: &[Draft]) -> Vec<BuildStage> {
    drafts.iter().enumerate().map(|(number, draft)| stage(number, draft, drafts.len() == 1)).collect()
}

fn stage(number: usize, draft: &Draft, alone: bool) -> BuildStage {
    let name = match draft.stage.name.as_str() {
        _ if draft.implicit => draft.stage.base.clone(),
        "" if alone => String::new(),
        "" => format!("stage-{number}"),
        name => name.to_string(),
    };
    let history = draft.found.iter().flat_map(|found| &found.document.history);
    BuildStage {
        name: name.as_str().into(),
        lines: draft.stage.lines,
        top: draft.top,
        implicit: draft.implicit,
        layers: history.filter(|step| !step.empty_layer).map(|step| step.created_by.as_str().into()).collect(),
    }
}

/// An operation as the World has it.
pub fn step(vertex: &Vertex) -> BuildStep {
    let kind = match vertex.op {
        Op::Image { .. } => StepKind::Base,
        Op::Context(_) | Op::Inline { .. } | Op::Http { .. } => StepKind::Files,
        Op::Exec(_) | Op::Files(_) => StepKind::Layer,
    };
    BuildStep {
        name: vertex.name.as_str().into(),
        lines: vertex.lines,
        kind,
        below: vertex.inputs.first().copied().flatten(),
        takes: (1..vertex.inputs.len()).filter_map(|number| taken(vertex, number)).collect(),
        known: (key(&[&describe(&vertex.op)]).as_str().into(), "".into(), "".into()),
        ..BuildStep::default()
    }
}

/// What an operation takes of one of its inputs.
fn taken(vertex: &Vertex, number: usize) -> Option<(usize, Text)> {
    let input = vertex.inputs.get(number).copied().flatten()?;
    let path = match &vertex.op {
        Op::Files(actions) => actions.iter().find_map(|action| match action {
            Action::Copy(files) if files.input == number => Some(&files.source),
            _ => None,
        }),
        Op::Exec(exec) => exec.mounts.iter().find(|mount| mount.input == Some(number)).map(|mount| &mount.source),
        _ => None,
    };
    Some((input, path.map_or("", String::as_str).into()))
}

/// What an operation does, without where its files come from.
pub fn describe(op: &Op) -> String {
    match op {
        Op::Exec(exec) => {
            // Proxies, hosts and the network don't change what a step is.
            let plain = Exec { network: String::new(), hosts: Vec::new(), ..(**exec).clone() };
            format!("{plain:?}")
        }
        op => format!("{op:?}"),
    }
}

/// As `docker buildx du --verbose` describes a record.
pub fn description(vertex: &Vertex) -> String {
    match &vertex.op {
        Op::Exec(exec) => format!("mount / from exec {}", exec.argv.join(" ")),
        _ => vertex.name.clone(),
    }
}
