//! Stages: which there are, which the target needs, and how they stand on each other.

mod argument;
mod copy;
mod lay;
mod port;
mod run;
mod state;

use super::expand::{Lex, expand};
use super::graph::Graph;
use super::instruction::{Command, File, Kind, Refusal, Stage};
use super::lint::{self, Lint};
use super::parser::{self, Lines};
use super::suggest;
use crate::model::quote::quoted;
use crate::oci::config;
use crate::oci::reference::Reference;

pub use argument::PLATFORM;
pub use state::Draft;

/// A base that holds nothing.
const SCRATCH: &str = "scratch";

/// What is asked of a build, as far as the Dockerfile sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Later ones win.
    pub build_args: Vec<(String, String)>,
    pub target: String,
    pub labels: Vec<(String, String)>,
    pub no_cache: bool,
    pub no_cache_filter: Vec<String>,
    /// Names and addresses for `/etc/hosts`.
    pub hosts: Vec<(String, String)>,
    /// Of RUN: `default`, `none` or `host`.
    pub network: String,
    /// Further contexts by name.
    pub contexts: Vec<(String, String)>,
}

impl Options {
    pub(super) fn build_arg(&self, name: &str) -> Option<&str> {
        self.build_args.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn ignores_cache(&self, stage: &str) -> bool {
        self.no_cache || self.no_cache_filter.iter().any(|name| name.eq_ignore_ascii_case(stage))
    }
}

/// A base image that a stage needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The stage.
    pub draft: usize,
    /// As the Dockerfile has it.
    pub name: String,
    /// `docker.io/library/alpine:3.19`.
    pub reference: String,
    pub lines: Lines,
}

/// A base image that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    pub id: String,
    pub document: config::Image,
    /// The manifest's digest where it came from the registry.
    pub digest: Option<String>,
}

/// The stages of a Dockerfile under one set of options.
pub struct Stages {
    pub options: Options,
    pub(super) lex: Lex,
    /// ARG before the first FROM, and what the platform gives.
    pub(super) globals: Vec<(String, String)>,
    pub drafts: Vec<Draft>,
    pub target: usize,
    pub lint: Lint,
    pub graph: Graph,
    /// Paths of the context that the stages take.
    pub context_paths: Vec<String>,
}

impl Stages {
    /// Lays the stages out as far as that needs no image.
    pub fn new(file: File, escape: char, options: Options, mut lint: Lint) -> Result<Stages, Box<(Refusal, Lint)>> {
        let lex = Lex::new(escape);
        let built = Stages::read(file, lex, &options, &mut lint);
        let (globals, drafts) = match built {
            Ok(built) => built,
            Err(refusal) => return Err(Box::new((refusal, lint))),
        };
        let graph = Graph::default();
        let mut stages = Stages { options, lex, globals, drafts, target: 0, lint, graph, context_paths: Vec::new() };
        match stages.connect() {
            Ok(()) => Ok(stages),
            Err(refusal) => Err(Box::new((refusal, stages.lint))),
        }
    }

    #[allow(clippy::type_complexity)]
    fn read(
        file: File,
        lex: Lex,
        options: &Options,
        lint: &mut Lint,
    ) -> Result<(Vec<(String, String)>, Vec<Draft>), Refusal> {
        let last = file.stages.last().map(|stage| stage.name.clone()).unwrap_or_default();
        let target = if options.target.is_empty() { last } else { options.target.clone() };
        let platform = argument::platform(options, &target);
        argument::check_defaults(&file, lex, &platform, lint);
        let globals = argument::globals(&file.arguments, lex, platform, Some(options))?;
        let declared: Vec<String> =
            file.arguments.iter().flat_map(|(args, _)| args).map(|arg| arg.name.clone()).collect();
        let mut drafts: Vec<Draft> = Vec::new();
        for (number, stage) in file.stages.into_iter().enumerate() {
            let draft = Stages::draft(stage, number, lex, options, &globals, &declared, lint)?;
            add(&mut drafts, draft);
        }
        for draft in &mut drafts {
            let own = usize::from(draft.stage.base != SCRATCH && draft.base.is_none());
            let steps = draft.stage.commands.iter().filter(|command| is_step(command)).count();
            draft.steps = own + steps;
        }
        Ok((globals, drafts))
    }

    fn draft(
        mut stage: Stage,
        number: usize,
        lex: Lex,
        options: &Options,
        globals: &Vec<(String, String)>,
        declared: &[String],
        lint: &mut Lint,
    ) -> Result<Draft, Refusal> {
        let known: Vec<&str> =
            globals.iter().map(|(name, _)| name.as_str()).chain(declared.iter().map(String::as_str)).collect();
        let named = expand(lex, &stage.base, globals).map_err(|why| Refusal::at(why, stage.lines))?;
        argument::undeclared(&named, &known, stage.lines, lint);
        if named.text.is_empty() {
            return Err(Refusal::at(format!("base name ({}) should not be blank", stage.base), stage.lines));
        }
        if !stage.platform.is_empty() {
            argument::check_platform(&stage, lex, globals, &known, lint)?;
        }
        stage.base = named.text;
        let name = if stage.name.is_empty() { format!("stage-{number}") } else { stage.name.clone() };
        let ignore_cache = options.ignores_cache(&stage.name);
        Ok(Draft { name, ignore_cache, ..Draft::new(stage) })
    }

    /// Finds the target and what each stage copies from.
    fn connect(&mut self) -> Result<(), Refusal> {
        self.target = self.drafts.len() - 1;
        if !self.options.target.is_empty() {
            let wanted = &self.options.target;
            let Some(found) = self.by_name(wanted) else {
                let names: Vec<&str> = self.drafts.iter().map(|draft| draft.name.as_str()).collect();
                let message = format!("target stage {} could not be found", quoted(wanted));
                return Err(Refusal::new(suggest::with(message, wanted, &names, true)));
            };
            self.target = found;
        }
        let declared = self.drafts.len();
        for at in 0..declared {
            let commands = std::mem::take(&mut self.drafts[at].stage.commands);
            for command in commands {
                let sources = self.sources(&command)?;
                self.drafts[at].deps.extend(sources.iter().map(|source| (*source, command.lines)));
                self.drafts[at].commands.push((command, sources));
            }
        }
        self.check_circles()?;
        if let [only] = self.drafts.as_mut_slice() {
            only.name.clear();
        }
        Ok(())
    }

    fn by_name(&self, name: &str) -> Option<usize> {
        let found = |draft: &Draft| !draft.stage.name.is_empty() && draft.stage.name.eq_ignore_ascii_case(name);
        self.drafts.iter().rposition(found)
    }

    /// The stages that an instruction takes files from; an image that is no stage becomes one.
    fn sources(&mut self, command: &Command) -> Result<Vec<usize>, Refusal> {
        let names: Vec<String> = match &command.kind {
            Kind::Copy(copy) if !copy.from.is_empty() => {
                if expand(self.lex, &copy.from, &super::expand::Nothing).map(|done| done.text).as_ref()
                    != Ok(&copy.from)
                {
                    return Err(Refusal::at(
                        "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
                        command.lines,
                    ));
                }
                vec![copy.from.clone()]
            }
            Kind::Run(run) => run.mounts.iter().filter_map(|mount| super::instruction::mount_from(mount)).collect(),
            _ => Vec::new(),
        };
        let mut found = Vec::new();
        for name in names {
            let number = match &command.kind {
                Kind::Copy(_) => name.parse::<i64>().ok(),
                _ => None,
            };
            found.push(match (number, self.by_name(&name)) {
                (Some(number), _) => match usize::try_from(number).ok().filter(|at| *at < self.drafts.len()) {
                    Some(at) => at,
                    None => return Err(Refusal::new(format!("invalid stage index {number}"))),
                },
                (None, Some(at)) => at,
                (None, None) => {
                    let stage = Stage { base: name, lines: command.lines, ..Stage::default() };
                    add(&mut self.drafts, Draft { implicit: true, ..Draft::new(stage) })
                }
            });
        }
        Ok(found)
    }

    fn check_circles(&self) -> Result<(), Refusal> {
        let mut done = vec![false; self.drafts.len()];
        for at in 0..self.drafts.len() {
            let mut path = Vec::new();
            if let Some(lines) = self.circle(at, &mut done, &mut path) {
                let name = &self.drafts[at].name;
                return Err(Refusal::at(format!("circular dependency detected on stage: {name}"), lines));
            }
        }
        Ok(())
    }

    fn circle(&self, at: usize, done: &mut [bool], path: &mut Vec<usize>) -> Option<Lines> {
        if std::mem::replace(&mut done[at], true) {
            return None;
        }
        path.push(at);
        for (next, lines) in &self.drafts[at].deps {
            if path.contains(next) {
                return Some(*lines);
            }
            if let found @ Some(_) = self.circle(*next, done, path) {
                return found;
            }
        }
        path.pop();
        None
    }

    /// The stages that the target needs.
    fn reachable(&self, all: bool) -> Vec<bool> {
        let mut reached = vec![all; self.drafts.len()];
        let mut pending = vec![self.target];
        while let Some(at) = pending.pop() {
            let draft = &self.drafts[at];
            let next = draft.base.into_iter().chain(draft.deps.iter().map(|(dep, _)| *dep));
            pending.extend(next.filter(|next| !reached[*next] && *next != self.target));
            reached[at] = true;
        }
        reached
    }

    /// The images whose configuration is needed next. Names that can't be images are refused even where no
    /// target needs them. `all` asks for every stage.
    pub fn wanted(&mut self, all: bool) -> Result<Vec<Base>, Refusal> {
        let reached = self.reachable(all);
        let mut wanted = Vec::new();
        for (at, draft) in self.drafts.iter_mut().enumerate() {
            if draft.base.is_some() || draft.resolved || draft.stage.base == SCRATCH {
                draft.resolved |= reached[at];
                continue;
            }
            draft.resolved = reached[at];
            let (name, lines) = (draft.stage.base.clone(), draft.stage.lines);
            let parsed = Reference::parse(&name)
                .map_err(|bad| Refusal::at(format!("failed to parse stage name {}: {bad}", quoted(&name)), lines))?;
            if reached[at] {
                let tagged = parsed.tagged();
                let reference = format!("{}{}", tagged.full_name(), tagged.suffix());
                wanted.push(Base { draft: at, name, reference, lines });
            }
        }
        Ok(wanted)
    }

    /// What is said of an image that can't be had.
    pub fn unresolved(&self, base: &Base, why: &str) -> String {
        let message = format!("{}: failed to resolve source metadata for {}: {why}", base.name, base.reference);
        let mut options: Vec<String> = self.drafts.iter().map(|draft| draft.name.clone()).collect();
        for name in ["alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora"] {
            options.extend([
                name.to_string(),
                format!("docker.io/library{name}"),
                format!("{name}:latest"),
                format!("docker.io/library{name}:latest"),
            ]);
        }
        let options: Vec<&str> = options.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        suggest::with(message, &base.name, &options, true)
    }

    /// Takes in what a base image brings; true when its triggers need further images.
    pub fn triggers(&mut self) -> Result<bool, Refusal> {
        let reached = self.reachable(false);
        let mut more = false;
        for at in (0..self.drafts.len()).filter(|at| reached[*at]) {
            if std::mem::replace(&mut self.drafts[at].triggered, true) {
                continue;
            }
            let mut triggers = match &self.drafts[at].found {
                Some(found) => found.document.config.on_build.clone(),
                None => Vec::new(),
            };
            if let Some(base) = self.drafts[at].base {
                triggers.extend(self.drafts[base].commands.iter().filter_map(|(command, _)| match &command.kind {
                    Kind::OnBuild(expression) => Some(expression.clone()),
                    _ => None,
                }));
            }
            more |= self.trigger(at, &triggers)?;
        }
        Ok(more)
    }

    fn trigger(&mut self, at: usize, triggers: &[String]) -> Result<bool, Refusal> {
        let lines = self.drafts[at].stage.lines;
        let mut commands = Vec::new();
        let mut more = false;
        for trigger in triggers {
            let tree = parser::parse(trigger);
            if let Some(problem) = tree.first_problem() {
                return Err(Refusal::at(problem.message.clone(), lines));
            }
            let [node] = tree.nodes.as_slice() else {
                return Err(Refusal::at("onbuild trigger should be a single expression", lines));
            };
            let understood = super::instruction::one(node, super::instruction::Language { newest: false });
            let super::instruction::Understood::Command(command) = understood.map_err(|why| Refusal::at(why, lines))?
            else {
                return Err(Refusal::at("*instructions.Stage is not a command type", lines));
            };
            let command = Command { lines, on_build: true, ..command };
            let sources = self.sources(&command)?;
            more |= !sources.is_empty();
            self.drafts[at].deps.extend(sources.iter().map(|source| (*source, lines)));
            self.drafts[at].steps += usize::from(is_step(&command));
            commands.push((command, sources));
        }
        let own = std::mem::take(&mut self.drafts[at].commands);
        self.drafts[at].commands = commands.into_iter().chain(own).collect();
        Ok(more)
    }

    fn warn_unset(&mut self, at: usize, unmatched: &std::collections::BTreeSet<String>, lines: Lines) {
        for name in unmatched {
            let draft = &self.drafts[at];
            if draft.args.iter().any(|(known, _)| known == name) {
                continue;
            }
            let names: Vec<&str> = draft.env.iter().map(|(name, _)| name.as_str()).collect();
            let hint = suggest::search(name, &names, true).map(|near| format!(" (did you mean ${near}?)"));
            let message = format!("Usage of undefined variable '${name}'{}", hint.unwrap_or_default());
            self.lint.warn(lint::UNDEFINED_VAR, lines, message);
        }
    }
}

/// Adds a stage; one whose base bears the name of an earlier one stands on it.
fn add(drafts: &mut Vec<Draft>, mut draft: Draft) -> usize {
    draft.base = drafts.iter().rposition(|known| !known.stage.name.is_empty() && known.stage.name == draft.stage.base);
    drafts.push(draft);
    drafts.len() - 1
}

/// Whether an instruction is a step of its own in the display.
fn is_step(command: &Command) -> bool {
    matches!(command.kind, Kind::Add(_) | Kind::Copy(_) | Kind::Run(_) | Kind::Workdir(_))
}

#[cfg(test)]
mod tests;
