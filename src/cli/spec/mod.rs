//! The table of commands: path, arguments and flags of everything the client knows.
//!
//! It is text, one file per family, because thousands of struct literals would weigh more in the
//! page than everything that reads them. A command is a block of lines up to an empty one:
//!
//! ```text
//! # container stop, stop                      paths; those of one parent are other names of the first
//! 1+ running*                                 arity and marks, then what the arguments name
//! [OPTIONS] CONTAINER [CONTAINER...]          usage after the path; "~" begins a whole usage line
//! Ask containers to stop                      one sentence, and more lines behind "\\n"
//! $ docker stop web                           an example
//! t timeout int=0 Seconds to wait             shorthand or "-", name, type[/check][=default][~], sentence
//! ```
//!
//! `@ name` takes in the flags of the block `% name`; `~` behind a type hides the flag; a sentence
//! that begins with `!words!` deprecates it.

use std::sync::OnceLock;

use crate::model::order::Order;

const TABLES: [&str; 9] = [
    include_str!("root.txt"),
    include_str!("compose.txt"),
    include_str!("build.txt"),
    include_str!("container.txt"),
    include_str!("run.txt"),
    include_str!("image.txt"),
    include_str!("network.txt"),
    include_str!("volume.txt"),
    include_str!("system.txt"),
];

/// How many arguments a command takes, or what else it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// `docker` itself.
    Root,
    /// `docker help`, which takes the words of a command.
    Help,
    /// A command that only holds others.
    Group,
    /// A command handed as it is to a program of its own.
    Plugin,
    /// Known to the real client, not simulated here.
    Absent,
    /// Exactly so many.
    Exactly(usize),
    /// Exactly so many, refused in the words of the flag library instead of the client's.
    Plainly(usize),
    /// At least so many.
    AtLeast(usize),
    /// From the first to the second number; from 0 it is said as "at most".
    Between(usize, usize),
    /// As many as one likes.
    Any,
}

/// What an argument, or a flag's value, names; completion asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Container,
    Running,
    Stopped,
    Paused,
    Image,
    Network,
    Volume,
    Context,
    /// Anything that `docker inspect` finds.
    Object,
    /// `CONTAINER:PATH` or a file of the host.
    Path,
    File,
    /// A program of the image or container, and its arguments.
    Command,
    /// A service of the compose project here.
    Service,
}

/// A flag of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub short: Option<char>,
    pub name: &'static str,
    /// The type as help shows it: `bool`, `string`, `list`, `int`, `bytes`...
    pub kind: &'static str,
    /// What else is asked of a value: a check of [`super::flag`], or how a number is read.
    pub check: &'static str,
    /// The default where help shows one.
    pub default: Option<&'static str>,
    pub hidden: bool,
    /// What its use is answered with, if it is deprecated.
    pub deprecated: Option<&'static str>,
    pub text: &'static str,
}

impl Flag {
    /// Whether the flag needs no value.
    pub fn is_bool(&self) -> bool {
        self.kind == "bool"
    }
}

/// A command of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// All paths without `docker`, the canonical one first: `container ls`, `container list`, `ps`.
    pub paths: Vec<&'static str>,
    pub arity: Arity,
    /// Flags end at the first argument.
    pub stops: bool,
    /// The command is the builder's, which words some errors otherwise.
    pub buildx: bool,
    /// It is not in the lists of commands.
    pub unlisted: bool,
    /// It stands among the management commands although it is not a group here.
    pub management: bool,
    /// A usage line of an error shows the word COMMAND.
    pub command_word: bool,
    pub arguments: Vec<Kind>,
    /// The last of `arguments` repeats.
    pub repeats: bool,
    usage: &'static str,
    pub text: &'static str,
    pub flags: Vec<Flag>,
}

impl Command {
    /// The usage line, from `docker` on, of the command when it is called by `path`.
    pub fn usage(&self, path: &str) -> String {
        let tail = match self.usage.strip_prefix('~') {
            Some(whole) => return format!("docker {}", broken(whole)),
            None => broken(self.usage),
        };
        match (path, tail.as_str()) {
            ("", tail) => format!("docker [OPTIONS] {tail}"),
            (path, "-") => format!("docker {path}"),
            (path, tail) => format!("docker {path} {tail}"),
        }
    }

    /// The command's name in messages when it is called by `path`: `docker container ls`.
    pub fn name(&self, path: &str) -> String {
        let path = match self.usage.strip_prefix('~') {
            Some(whole) => whole.split(" [").next().unwrap_or(whole).split(" PATH").next().unwrap_or(whole),
            None => path,
        };
        if path.is_empty() { "docker".to_string() } else { format!("docker {path}") }
    }

    /// The first line of what is said of it.
    pub fn summary(&self) -> &'static str {
        self.text.split("\\n").next().unwrap_or_default()
    }

    /// The flag of that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// Whether it is a group of further commands; a plugin is, of those that stand below it.
    pub fn is_group(&self) -> bool {
        matches!(self.arity, Arity::Group | Arity::Plugin)
    }

    /// What the argument at `index` names.
    pub fn argument(&self, index: usize) -> Option<Kind> {
        match self.arguments.get(index) {
            Some(kind) => Some(*kind),
            None if self.repeats => self.arguments.last().copied(),
            None => None,
        }
    }
}

/// Line breaks and tabs as the table writes them.
fn broken(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// The parent of a path: `container` of `container ls`, and nothing of `ps`.
fn parent(path: &str) -> &str {
    path.rsplit_once(' ').map_or("", |(parent, _)| parent)
}

fn blocks() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| {
        let mut rest = Some(*table);
        std::iter::from_fn(move || {
            let text = rest?;
            // Looking for single line breaks is many times faster than looking for two in a row.
            let end = text.match_indices('\n').map(|(at, _)| at).find(|at| text[at + 1..].starts_with('\n'));
            rest = end.map(|end| &text[end + 2..]);
            Some(text[..end.unwrap_or(text.len())].trim_matches('\n'))
        })
    })
}

/// The block's paths, if it is a command.
fn paths(block: &'static str) -> Option<impl Iterator<Item = &'static str>> {
    let line = block.strip_prefix("# ")?.lines().next()?;
    Some(line.split(", ").map(|path| if path == "docker" { "" } else { path }))
}

/// `docker` itself, with the global flags.
pub fn root() -> Command {
    find("").map(|(command, _)| command).unwrap_or_else(|| read("# docker"))
}

/// A block by one of its paths or, for shared flags, by its first line; and its command, once it was asked for.
struct Indexed {
    name: &'static str,
    block: &'static str,
    command: OnceLock<Command>,
}

/// The blocks by name, in order.
fn index() -> &'static [Indexed] {
    static INDEX: OnceLock<Vec<Indexed>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let indexed = |block| move |name| Indexed { name, block, command: OnceLock::new() };
        let mut index = Vec::new();
        for block in blocks() {
            match paths(block) {
                Some(paths) => index.extend(paths.map(indexed(block))),
                None => index.extend(block.lines().next().map(indexed(block))),
            }
        }
        index.order_by_key(|one| one.name);
        index
    })
}

fn indexed(name: &str) -> Option<&'static Indexed> {
    let index = index();
    index.binary_search_by_key(&name, |one| one.name).ok().and_then(|at| index.get(at))
}

/// The command with this path, and the path as the client calls it: an alias beside the canonical
/// name (`image list`) becomes that name, another place in the tree (`images`) stays.
pub fn find(path: &str) -> Option<(Command, &'static str)> {
    let Indexed { block, command, .. } = indexed(path)?;
    let found = paths(block)?.find(|known| *known == path)?;
    let named = paths(block)?.find(|known| parent(known) == parent(found)).unwrap_or(found);
    Some((command.get_or_init(|| read(block)).clone(), named))
}

/// The commands right below `path`, by name, those that help does not list left out.
pub fn children(path: &str) -> Vec<(&'static str, Command)> {
    let mut found: Vec<(&'static str, Command)> = Vec::new();
    for block in blocks() {
        let Some(mut known) = paths(block) else { continue };
        let Some(first) = known.find(|known| !known.is_empty() && parent(known) == path) else { continue };
        let command = read(block);
        if !command.unlisted {
            found.push((first.rsplit(' ').next().unwrap_or(first), command.clone()));
        }
        if path.is_empty() && command.paths.len() > 1 && !command.unlisted {
            // `builder` and `buildx` are two names of one thing at the top, and both are listed.
            let more = command.paths.iter().filter(|p| parent(p).is_empty() && **p != first);
            found.extend(more.map(|path| (*path, command.clone())));
        }
    }
    found.order_by_key(|(name, _)| *name);
    found
}

/// A command line to show how the command at `path` is used.
pub fn example(path: &str) -> Option<&'static str> {
    indexed(path)?.block.lines().find_map(|line| line.strip_prefix("$ "))
}

/// Every command of the table, `docker` itself first.
pub fn all() -> Vec<Command> {
    blocks().filter(|block| block.starts_with("# ")).map(read).collect()
}

fn read(block: &'static str) -> Command {
    let mut lines = block.lines();
    lines.next();
    let marks = lines.next().unwrap_or_default();
    let (arity, marks) = marks.split_once(' ').unwrap_or((marks, ""));
    let mut command = Command {
        paths: paths(block).map(|paths| paths.collect()).unwrap_or_default(),
        arity: read_arity(arity),
        stops: false,
        buildx: arity == "buildx",
        unlisted: false,
        management: false,
        command_word: false,
        arguments: Vec::new(),
        repeats: false,
        usage: lines.next().unwrap_or_default(),
        text: lines.next().unwrap_or_default(),
        flags: Vec::new(),
    };
    let is_group = command.is_group();
    for mark in marks.split_whitespace() {
        match mark {
            "stop" => command.stops = true,
            "buildx" => command.buildx = true,
            "hidden" | "unlisted" => command.unlisted = true,
            "management" => command.management = true,
            "command" if is_group => command.command_word = true,
            kind => {
                command.repeats = kind.ends_with('*');
                command.arguments.extend(read_kind(kind.trim_end_matches('*')));
            }
        }
    }
    read_flags(lines, &mut command.flags);
    // pflag lists flags by name.
    command.flags.order_by_key(|flag| flag.name);
    command
}

fn read_flags(lines: impl Iterator<Item = &'static str>, flags: &mut Vec<Flag>) {
    for line in lines.filter(|line| !line.starts_with("$ ")) {
        match line.strip_prefix("@ ") {
            Some(name) => {
                let shared = indexed(&format!("% {name}"));
                flags.extend(shared.into_iter().flat_map(|one| one.block.lines().skip(1)).filter_map(read_flag));
            }
            None => flags.extend(read_flag(line)),
        }
    }
}

fn read_flag(line: &'static str) -> Option<Flag> {
    let mut words = line.splitn(4, ' ');
    let short = words.next()?.chars().next().filter(|short| *short != '-');
    let name = words.next()?;
    let (shape, hidden) = match words.next()? {
        shape if shape.ends_with('~') => (shape.trim_end_matches('~'), true),
        shape => (shape, false),
    };
    let text = words.next().unwrap_or_default();
    let (deprecated, text) = match text.strip_prefix('!').and_then(|text| text.split_once("! ")) {
        Some((deprecated, text)) => (Some(deprecated), text),
        None => (None, text),
    };
    let (shape, default) = match shape.split_once('=') {
        Some((shape, default)) => (shape, Some(default)),
        None => (shape, None),
    };
    let (kind, check) = shape.split_once('/').unwrap_or((shape, shape));
    Some(Flag { short, name, kind, check, default, hidden, deprecated, text })
}

fn read_arity(word: &str) -> Arity {
    let number = |text: &str| text.parse().unwrap_or(0);
    match word {
        "root" => Arity::Root,
        "help" => Arity::Help,
        "group" | "buildx" => Arity::Group,
        "plugin" => Arity::Plugin,
        "none" => Arity::Absent,
        "*" => Arity::Any,
        word => match (word.strip_suffix('+'), word.strip_prefix('='), word.split_once('-')) {
            (Some(least), _, _) => Arity::AtLeast(number(least)),
            (_, Some(plain), _) => Arity::Plainly(number(plain)),
            (_, _, Some((least, most))) => Arity::Between(number(least), number(most)),
            _ => Arity::Exactly(number(word)),
        },
    }
}

fn read_kind(word: &str) -> Option<Kind> {
    Some(match word {
        "container" => Kind::Container,
        "running" => Kind::Running,
        "stopped" => Kind::Stopped,
        "paused" => Kind::Paused,
        "image" => Kind::Image,
        "network" => Kind::Network,
        "volume" => Kind::Volume,
        "context" => Kind::Context,
        "object" => Kind::Object,
        "path" => Kind::Path,
        "file" => Kind::File,
        "command" => Kind::Command,
        "service" => Kind::Service,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        for block in blocks() {
            let shared = block.starts_with("% ");
            assert!(shared || block.starts_with("# "), "no command: {block}");
            let lines: Vec<&str> = block.lines().collect();
            let skip = if shared { 1 } else { 4 };
            assert!(lines.len() >= skip, "too short: {block}");
            for line in lines.iter().skip(skip).filter(|line| !line.starts_with("$ ")) {
                if let Some(name) = line.strip_prefix("@ ") {
                    assert!(blocks().any(|block| block.starts_with(&format!("% {name}\n"))), "{line}");
                    continue;
                }
                let flag = read_flag(line).unwrap_or_else(|| panic!("no flag: {line}"));
                assert!(!flag.text.is_empty(), "no sentence: {line}");
                assert!(super::super::flag::is_known(flag.check), "no such type or check: {line}");
            }
            if !shared {
                for mark in lines[1].split_whitespace().skip(1) {
                    let known = matches!(mark, "stop" | "buildx" | "hidden" | "unlisted" | "management" | "command");
                    assert!(known || read_kind(mark.trim_end_matches('*')).is_some(), "{mark} in {block}");
                }
            }
        }
    }

    #[test]
    fn paths_are_unique() {
        let mut paths: Vec<&str> = all().into_iter().flat_map(|command| command.paths).collect();
        let count = paths.len();
        paths.order();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }

    #[test]
    fn an_alias_beside_the_name_becomes_the_name() {
        let called = |path| find(path).map(|(command, named)| command.usage(named));
        assert_eq!(called("image list").as_deref(), Some("docker image ls [OPTIONS] [REPOSITORY[:TAG]]"));
        assert_eq!(called("images").as_deref(), Some("docker images [OPTIONS] [REPOSITORY[:TAG]]"));
        assert_eq!(called("image build").as_deref(), Some("docker buildx build [OPTIONS] PATH | URL | -"));
        assert_eq!(called("image foo"), None);
    }

    #[test]
    fn run_has_the_flags_of_create_and_its_own() {
        let (run, _) = find("run").expect("run");
        let (create, _) = find("create").expect("create");
        assert!(run.flag("detach").is_some() && create.flag("detach").is_none());
        assert_eq!(run.flag("env"), create.flag("env"));
    }
}
