//! What broke the cache: a build beside the one before it.

use super::{BuildRun, BuildStep, StepKind, StepState};
use crate::model::Text;

/// Why a step is done again although what it stands on was there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Files of the context that it takes; as many names as are known.
    Files(Vec<Text>),
    /// A step of another stage that it takes files from.
    Step(usize),
    /// Its instruction is new, or another one than before.
    Instruction,
    /// The image below is another one.
    Base,
    /// Nothing differs: the cache has lost it, or was not to be used.
    Gone,
}

/// The first step of each chain that the cache did not have although the build before had got there, and why.
pub fn broken(run: &BuildRun, former: Option<&BuildRun>) -> Vec<(usize, Cause)> {
    let Some(former) = former else { return Vec::new() };
    let anew = |at: usize| run.steps.get(at).is_some_and(BuildStep::is_anew);
    let first = |(at, step): &(usize, &BuildStep)| anew(*at) && !step.below.is_some_and(anew);
    let firsts = run.steps.iter().enumerate().filter(first);
    firsts.filter_map(|(at, step)| Some((at, cause(run, step, former)?))).collect()
}

fn cause(run: &BuildRun, step: &BuildStep, former: &BuildRun) -> Option<Cause> {
    let (instruction, below, content) = &step.known;
    let layers = || former.steps.iter().filter(|known| known.kind == StepKind::Layer);
    let had = |known: &BuildStep| matches!(known.state, StepState::Done | StepState::Cached);
    if let Some(same) = layers().find(|known| (&known.known.0, &known.known.1) == (instruction, below)) {
        return match had(same) {
            // The build before ended here.
            false => None,
            true if same.known.2 == *content => Some(Cause::Gone),
            true => Some(taken(run, step)),
        };
    }
    // What is new at the end of a stage breaks nothing.
    let before = layers().find(|known| place(known) == place(step) && had(known))?;
    let based = step.below.and_then(|at| run.steps.get(at)).is_some_and(|below| below.kind == StepKind::Base);
    Some(if based && before.known.0 == *instruction { Cause::Base } else { Cause::Instruction })
}

/// The stage and the number in it: `[builder 2`.
fn place(step: &BuildStep) -> &str {
    step.name.split('/').next().unwrap_or_default()
}

/// What differs of the files that a step takes.
fn taken(run: &BuildRun, step: &BuildStep) -> Cause {
    let layer = |(at, _): &&(usize, Text)| run.steps.get(*at).is_some_and(|from| from.kind != StepKind::Files);
    match step.takes.iter().find(layer) {
        Some((at, _)) if step.changed.is_empty() => Cause::Step(*at),
        _ => Cause::Files(step.changed.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Time;

    fn step(state: StepState, below: Option<usize>, known: (&str, &str, &str)) -> BuildStep {
        let known = (known.0.into(), known.1.into(), known.2.into());
        let name = format!("[{}/9] ", below.map_or(1, |below| below + 2)).as_str().into();
        BuildStep { name, state, below, known, ..BuildStep::default() }
    }

    fn run(steps: Vec<BuildStep>) -> BuildRun {
        BuildRun {
            name: "Dockerfile".into(),
            path: "".into(),
            dockerfile: "".into(),
            context: "".into(),
            tags: Vec::new(),
            started: Time::ZERO,
            ended: None,
            stages: Vec::new(),
            target: 0,
            steps,
            error: None,
            image: None,
        }
    }

    fn base(state: StepState, id: &str) -> BuildStep {
        BuildStep { kind: StepKind::Base, ..step(state, None, (id, "", "")) }
    }

    #[test]
    fn the_first_step_that_differs_says_why() {
        use StepState::{Cached, Done, Failed, Running, Waiting};
        let former = run(vec![
            base(Done, "node"),
            step(Done, Some(0), ("workdir", "node", "")),
            step(Done, Some(1), ("copy", "node workdir", "one")),
            step(Failed, Some(2), ("run", "node workdir copy one", "")),
        ]);
        assert_eq!(broken(&former, None), [], "the first build breaks nothing");
        let workdir = || step(Cached, Some(0), ("workdir", "node", ""));
        let mut copy = step(Done, Some(1), ("copy", "node workdir", "two"));
        copy.changed = vec!["server.js".into()];
        let edited = run(vec![base(Cached, "node"), workdir(), copy, step(Running, Some(2), ("run", "x", ""))]);
        assert_eq!(broken(&edited, Some(&former)), [(2, Cause::Files(vec!["server.js".into()]))]);
        let other = run(vec![base(Cached, "node"), workdir(), step(Running, Some(1), ("add", "node workdir", ""))]);
        assert_eq!(broken(&other, Some(&former)), [(2, Cause::Instruction)]);
        let longer = run(vec![base(Cached, "node"), workdir(), step(Running, Some(3), ("add", "x", ""))]);
        assert_eq!(broken(&longer, Some(&former)), [], "what is new at the end breaks nothing");
        let copy = || step(Cached, Some(1), ("copy", "node workdir", "one"));
        let again = |state| step(state, Some(2), ("run", "node workdir copy one", ""));
        let repaired = run(vec![base(Cached, "node"), workdir(), copy(), again(Done)]);
        assert_eq!(broken(&repaired, Some(&former)), [], "what failed before was never in the cache");
        let forced = run(vec![base(Cached, "node"), workdir(), copy(), again(Done)]);
        assert_eq!(broken(&forced, Some(&repaired)), [(3, Cause::Gone)]);
        let moved = run(vec![base(Done, "node 20"), step(Done, Some(0), ("workdir", "node 20", "")), again(Waiting)]);
        assert_eq!(broken(&moved, Some(&former)), [(1, Cause::Base)]);
    }

    #[test]
    fn what_another_stage_made_is_a_cause() {
        use StepState::{Cached, Done};
        let copied = |content, state| BuildStep {
            takes: vec![(1, "/dist".into())],
            ..step(state, Some(0), ("copy", "node", content))
        };
        let made = |state| step(state, Some(0), ("run", "node", ""));
        let former = run(vec![base(Done, "node"), made(Done), copied("one", Done)]);
        let now = run(vec![base(Cached, "node"), made(Cached), copied("two", Done)]);
        assert_eq!(broken(&now, Some(&former)), [(2, Cause::Step(1))]);
    }
}
