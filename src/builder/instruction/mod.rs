//! Nodes to instructions: what each may hold, and BuildKit's words where it doesn't.

mod flag;
mod mount;
mod read;

pub use mount::{Mount, MountKind, from as mount_from, parse as parse_mount};

use super::parser::{Lines, Node, Tree};
use super::suggest;
use crate::model::image::Healthcheck;

/// Every instruction, in capitals.
pub const NAMES: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// An instruction of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub kind: Kind,
    /// The keyword as typed.
    pub keyword: String,
    /// The logical line without blanks around it.
    pub code: String,
    pub lines: Lines,
    pub comments: Vec<String>,
    /// It comes from a base image's ONBUILD.
    pub on_build: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Add(Copy),
    Arg(Vec<Arg>),
    Cmd(Line),
    Copy(Copy),
    Entrypoint(Line),
    Env(Vec<Pair>),
    Expose(Vec<String>),
    Healthcheck(Healthcheck),
    Label(Vec<Pair>),
    Maintainer(String),
    /// What to do in a child.
    OnBuild(String),
    Run(Box<Run>),
    Shell(Vec<String>),
    StopSignal(String),
    User(String),
    Volume(Vec<String>),
    Workdir(String),
}

/// A name and its value; `legacy` without the sign between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub value: String,
    pub legacy: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    pub name: String,
    pub value: Option<String>,
}

/// A command line: words of the exec form, or one text for the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub words: Vec<String>,
    pub shell: bool,
    pub documents: Vec<Document>,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub name: String,
    pub content: String,
    pub expand: bool,
    pub chomp: bool,
}

/// COPY, and ADD with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copy {
    pub sources: Vec<String>,
    pub documents: Vec<Document>,
    pub target: String,
    pub from: String,
    pub chown: String,
    pub chmod: String,
    pub checksum: String,
    pub link: bool,
    pub parents: bool,
    pub keep_git_dir: bool,
    pub excludes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    pub line: Line,
    /// `--mount=` as typed; variables are put in when the stage is laid out.
    pub mounts: Vec<String>,
    /// `default`, `none` or `host`.
    pub network: String,
    /// `sandbox` or `insecure`.
    pub security: String,
    pub devices: Vec<String>,
}

/// FROM and all up to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    pub name: String,
    pub base: String,
    pub platform: String,
    pub keyword: String,
    pub code: String,
    pub comment: String,
    pub lines: Lines,
    pub comments: Vec<String>,
    pub commands: Vec<Command>,
}

/// A Dockerfile that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// ARG before the first FROM.
    pub arguments: Vec<(Vec<Arg>, Lines)>,
    pub stages: Vec<Stage>,
}

/// Why a text is no Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub lines: Option<Lines>,
}

impl Refusal {
    pub fn at(message: impl Into<String>, lines: Lines) -> Refusal {
        Refusal { message: message.into(), lines: Some(lines) }
    }

    pub fn new(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), lines: None }
    }
}

/// What a node turns out to be.
pub enum Understood {
    Stage(Stage),
    Command(Command),
}

/// Which instructions and flags there are: those of the version of the language that the file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// `COPY --parents` and `--exclude`, which the engine's own frontend does not have yet.
    pub newest: bool,
}

impl Language {
    /// The language that the `syntax` directive asks for.
    pub fn of(tree: &Tree) -> Language {
        Language { newest: tree.directive("syntax").is_some_and(|name| name.contains("docker/dockerfile")) }
    }
}

/// Reads the instructions of a tree.
pub fn understand(tree: &Tree) -> Result<File, Refusal> {
    if let Some(problem) = tree.first_problem() {
        return Err(Refusal::at(problem.message.clone(), problem.lines));
    }
    let language = Language::of(tree);
    let mut file = File::default();
    for node in &tree.nodes {
        let understood = one(node, language).map_err(|why| {
            Refusal::at(format!("dockerfile parse error on line {}: {why}", node.lines.0), node.lines)
        })?;
        match understood {
            Understood::Stage(stage) => file.stages.push(stage),
            Understood::Command(Command { kind: Kind::Arg(args), lines, .. }) if file.stages.is_empty() => {
                file.arguments.push((args, lines));
            }
            Understood::Command(command) => match file.stages.last_mut() {
                Some(stage) => stage.commands.push(command),
                None => return Err(Refusal::at("no build stage in current context", node.lines)),
            },
        }
    }
    if file.stages.is_empty() {
        return Err(Refusal::new("dockerfile contains no stages to build"));
    }
    Ok(file)
}

/// Everything that is wrong with a text, in the order of its lines; for an editor.
pub fn problems(tree: &Tree) -> Vec<Refusal> {
    let language = Language::of(tree);
    let parsed = tree.problems.iter().map(|problem| Refusal::at(problem.message.clone(), problem.lines));
    let understood = tree.nodes.iter().filter_map(|node| Some(Refusal::at(one(node, language).err()?, node.lines)));
    let mut all: Vec<Refusal> = parsed.chain(understood).collect();
    crate::model::order::Order::order_by_key(all.as_mut_slice(), |refusal| refusal.lines);
    all
}

/// Reads one node.
pub fn one(node: &Node, language: Language) -> Result<Understood, String> {
    let name = node.name();
    if name == "from" {
        return read::stage(node).map(Understood::Stage);
    }
    let Some(kind) = read::kind(node, &name, language)? else {
        let message = format!("unknown instruction: {}", node.keyword);
        return Err(suggest::with(message, &node.keyword, &NAMES, false));
    };
    Ok(Understood::Command(Command {
        kind,
        keyword: node.keyword.clone(),
        code: node.original.trim().to_string(),
        lines: node.lines,
        comments: node.comments.clone(),
        on_build: false,
    }))
}

#[cfg(test)]
mod tests;
