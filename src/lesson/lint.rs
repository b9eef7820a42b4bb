//! Whether two languages tell the same lesson.

use std::fmt;

use super::{Block, Lesson};

/// What differs between a lesson and its translation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The step's id; absent for the lesson as a whole.
    pub step: Option<String>,
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(f, "step {step}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Both must carry the same steps: ids, runnable blocks, conditions, number of hints, solutions.
pub fn lint(one: &Lesson, other: &Lesson) -> Vec<Problem> {
    let ids = |lesson: &Lesson| lesson.steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>();
    if ids(one) != ids(other) {
        let text = format!("the steps differ: {} and {}", ids(one).join(", "), ids(other).join(", "));
        return vec![Problem { step: None, text }];
    }
    let mut problems = Vec::new();
    for (a, b) in one.steps.iter().zip(&other.steps) {
        let mut differ = |same: bool, what: &str| {
            if !same {
                problems.push(Problem { step: Some(a.id.clone()), text: format!("the {what} differ") });
            }
        };
        let conditions =
            |step: &super::Step| step.check.criteria.iter().map(|c| c.condition.clone()).collect::<Vec<_>>();
        differ(conditions(a) == conditions(b), "checks");
        differ(a.solution == b.solution, "solutions");
        differ(runs(&a.blocks) == runs(&b.blocks), "runnable blocks");
        differ(a.hints.len() == b.hints.len(), "numbers of hints");
    }
    problems
}

fn runs(blocks: &[Block]) -> Vec<&Vec<String>> {
    blocks
        .iter()
        .filter_map(|block| match block {
            Block::Run(lines) => Some(lines),
            _ => None,
        })
        .collect()
}
