//! What a build would say of a Dockerfile, without building it: for an editor.

use super::build::read_stages;
use super::instruction::{Refusal, problems};
use super::lint::Lint;
use super::parser::{Lines, Tree, parse};
use super::stage::{Options, Resolved, Stages};

/// Something to say of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The build check that found it; none for what fails the build.
    pub rule: Option<&'static str>,
    pub message: String,
    pub lines: Option<Lines>,
}

/// Finds an image's configuration, or says why not.
pub type Images<'a> = &'a mut dyn FnMut(&str) -> Result<Resolved, String>;

/// Everything that a text is refused for; where that is nothing, what its stages are refused for, and what the
/// build checks find.
pub fn check(text: &str, images: Images) -> (Tree, Vec<Finding>) {
    let tree = parse(text);
    let mut found: Vec<Finding> = problems(&tree).into_iter().map(refused).collect();
    if found.is_empty() {
        let lint = match read_stages(&Options::default(), &tree) {
            Err(refusal) => {
                found.push(refused(refusal.0));
                refusal.1
            }
            Ok(mut stages) => {
                found.extend(laid_out(&mut stages, images).err().map(refused));
                stages.lint
            }
        };
        found.extend(warnings(lint));
    }
    (tree, found)
}

fn laid_out(stages: &mut Stages, images: Images) -> Result<(), Refusal> {
    loop {
        for base in stages.wanted(true)? {
            let image = images(&base.reference);
            let image = image.map_err(|why| Refusal::at(stages.unresolved(&base, &why), base.lines))?;
            stages.resolved(base.draft, &base.reference, image);
        }
        if !stages.triggers()? {
            break;
        }
    }
    stages.lay_out(true, None)
}

fn refused(refusal: Refusal) -> Finding {
    Finding { rule: None, message: refusal.message, lines: refusal.lines }
}

fn warnings(lint: Lint) -> impl Iterator<Item = Finding> {
    lint.warnings.into_iter().map(|warning| Finding {
        rule: Some(warning.rule.name),
        message: warning.message,
        lines: Some(warning.lines),
    })
}
