//! From the words of a command line to a command, its flags and its arguments, or to what the
//! client answers by itself.

use super::flag::{self, Flags, Parsed};
use super::help::help;
use super::spec::{self, Arity, Command};

/// The version that the client says it has.
pub const VERSION: &str = "28.2.2";
/// The commit that the client says it was built from.
pub const COMMIT: &str = "e6534b4";

/// A command line that has to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The command's canonical path: `container ls` for `docker ps`.
    pub command: &'static str,
    /// The name it was called by, for messages: `docker ps`.
    pub name: String,
    pub flags: Flags,
    pub globals: Flags,
    /// The arguments; of a plugin, all that follows its name.
    pub args: Vec<String>,
    /// Lines for standard output that deprecated flags have earned, to be printed first.
    pub notes: String,
}

/// What the client answers without asking anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    /// The exit status.
    pub code: i32,
}

impl Answer {
    fn error(code: i32, message: String) -> Answer {
        Answer { stderr: message, code, ..Answer::default() }
    }

    fn print(text: String) -> Answer {
        Answer { stdout: text, ..Answer::default() }
    }
}

/// Reads a command line without its first word, `docker`. `home` is the user's home folder.
pub fn dispatch(args: &[String], home: &str) -> Result<Invocation, Answer> {
    let root = spec::root();
    let globals = flag::parse(&root.flags, args, true).map_err(|error| wrong_root(&error))?;
    check_globals(&globals.flags)?;
    let Some((word, rest)) = globals.args.split_first() else { return Err(bare_root(&root, &globals, home)) };
    match spec::find(word).filter(|_| !word.is_empty() && !word.contains(' ')) {
        Some((command, path)) => Client { home, globals: globals.flags }.run(&command, path, rest, false),
        None => Err(unknown(&root, &globals, home)),
    }
}

struct Client<'a> {
    home: &'a str,
    globals: Flags,
}

impl Client<'_> {
    fn run(self, command: &Command, path: &'static str, args: &[String], helped: bool) -> Result<Invocation, Answer> {
        match command.arity {
            Arity::Group => return self.group(command, path, args, helped),
            Arity::Help => return Err(self.help_command(command, args)),
            Arity::Absent => {
                let name = command.name(path);
                return Err(Answer::error(1, format!("layerlab: {name} is not simulated\n")));
            }
            Arity::Plugin => return Ok(self.invocation(command, path, Flags::default(), args.to_vec(), String::new())),
            _ => {}
        }
        let parsed =
            flag::parse(&command.flags, args, command.stops).map_err(|error| wrong_flags(command, path, &error))?;
        if parsed.help || helped {
            return Err(Answer::print(parsed.notes + &help(command, path, self.home)));
        }
        if let Some(message) = wrong_count(command, path, parsed.args.len()) {
            return Err(Answer { stdout: parsed.notes, ..Answer::error(1, message) });
        }
        let Parsed { flags, args, notes, .. } = parsed;
        Ok(self.invocation(command, path, flags, args, notes))
    }

    fn invocation(self, command: &Command, path: &str, flags: Flags, args: Vec<String>, notes: String) -> Invocation {
        Invocation {
            command: command.paths.first().copied().unwrap_or_default(),
            name: command.name(path),
            flags,
            globals: self.globals,
            args,
            notes,
        }
    }

    /// A group hands on to one of its commands; flags before that word are its own.
    fn group(self, command: &Command, path: &'static str, args: &[String], helped: bool) -> Result<Invocation, Answer> {
        let mut helped = helped;
        let mut is_value = false;
        // A command may stand below one name of its group alone: `buildx b`.
        let below = |word: &str| {
            let known = |group: &&str| spec::find(&format!("{group} {word}"));
            [path].iter().chain(&command.paths).find_map(known)
        };
        for (at, arg) in args.iter().enumerate() {
            if is_value {
                is_value = false;
            } else if arg == "--help" {
                helped = true;
            } else if arg.len() > 1 && arg.starts_with('-') {
                is_value = takes_value(command, arg);
            } else if let Some((child, path)) = below(arg) {
                let before = flag::parse(&command.flags, &args[..at], false);
                before.map_err(|error| Answer::error(1, format!("{error}\n")))?;
                return self.run(&child, path, &args[at + 1..], helped);
            } else {
                break;
            }
        }
        let parsed = flag::parse(&command.flags, args, false).map_err(|error| wrong_flags(command, path, &error))?;
        let text = help(command, path, self.home);
        let Some(word) = parsed.args.first() else {
            return Err(match parsed.help {
                true => Answer::print(parsed.notes + &text),
                false => Answer { stderr: text, ..Answer::default() },
            });
        };
        if parsed.help {
            return Err(Answer::print(parsed.notes + &text));
        }
        let name = command.name(path);
        if command.buildx {
            let word = super::format::quote::quoted(word);
            return Err(Answer { stdout: text, ..Answer::error(1, format!("ERROR: unknown command: {word}\n")) });
        }
        let usage = group_usage(command, path);
        let hint = format!("Usage:  {usage}\n\nRun '{name} --help' for more information\n");
        Err(Answer::error(1, format!("docker: unknown command: {name} {word}\n\n{hint}")))
    }

    /// `docker help image ls`.
    fn help_command(&self, command: &Command, args: &[String]) -> Answer {
        let parsed = match flag::parse(&command.flags, args, false) {
            Ok(parsed) => parsed,
            Err(error) => return wrong_flags(command, "help", &error),
        };
        if parsed.help {
            return Answer::print(parsed.notes + &help(command, "help", self.home));
        }
        let mut path = String::new();
        let mut found = (spec::root(), "");
        for (at, word) in parsed.args.iter().enumerate() {
            path = if path.is_empty() { word.clone() } else { format!("{} {word}", found.1) };
            match spec::find(&path).filter(|_| !word.is_empty() && !word.contains(' ')) {
                Some(next) => found = next,
                None => {
                    let topic = parsed.args.get(at..).unwrap_or_default().join(" ");
                    return Answer::error(1, format!("unknown help topic: {topic}\n"));
                }
            }
        }
        Answer::print(help(&found.0, found.1, self.home))
    }
}

/// Whether the next word is this flag's value; so is the one after a flag that nobody knows.
fn takes_value(command: &Command, arg: &str) -> bool {
    if arg.contains('=') {
        return false;
    }
    match arg.strip_prefix("--") {
        Some(name) => !command.flag(name).is_some_and(|flag| flag.is_bool()),
        None => {
            let letter = arg.chars().nth(1);
            let known = command.flags.iter().find(|flag| flag.short == letter);
            arg.len() == 2 && letter != Some('h') && !known.is_some_and(|flag| flag.is_bool())
        }
    }
}

fn check_globals(globals: &Flags) -> Result<(), Answer> {
    const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];
    let level = globals.text("log-level");
    if !level.is_empty() && !LEVELS.contains(&level.to_lowercase().as_str()) {
        return Err(Answer::error(1, format!("Unable to parse logging level: {level}\n")));
    }
    if globals.is_set("host") && !globals.text("context").is_empty() {
        return Err(Answer::error(1, "conflicting options: cannot specify both --host and --context\n".to_string()));
    }
    Ok(())
}

/// `docker` without a command.
fn bare_root(root: &Command, globals: &Parsed, home: &str) -> Answer {
    let text = help(root, "", home);
    if globals.help {
        // Here, and only here, the word on `-h` goes to the other stream.
        return Answer { stdout: text, stderr: globals.notes.clone(), code: 0 };
    }
    if globals.flags.bool("version") {
        return version();
    }
    Answer { stderr: text, ..Answer::default() }
}

fn version() -> Answer {
    Answer::print(format!("Docker version {VERSION}, build {COMMIT}\n"))
}

/// `docker foo`: global flags still count wherever they stand.
fn unknown(root: &Command, globals: &Parsed, home: &str) -> Answer {
    let parsed = match flag::parse(&root.flags, &globals.args, false) {
        Ok(parsed) => parsed,
        Err(error) => return wrong_root(&error),
    };
    if parsed.help || globals.help {
        let notes = format!("{}{}", globals.notes, parsed.notes);
        return Answer { stdout: help(root, "", home), stderr: notes, code: 0 };
    }
    if parsed.flags.bool("version") || globals.flags.bool("version") {
        return version();
    }
    let word = parsed.args.first().map(String::as_str).unwrap_or_default();
    Answer::error(1, format!("docker: unknown command: docker {word}\n\nRun 'docker --help' for more information\n"))
}

fn wrong_root(message: &str) -> Answer {
    let usage = "Usage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n";
    Answer::error(125, format!("{message}\n\n{usage}"))
}

/// The usage line of a group in an error, which mostly lacks the word COMMAND.
fn group_usage(command: &Command, path: &str) -> String {
    if command.is_group() && !command.command_word && !command.buildx {
        return format!("docker {path}");
    }
    command.usage(path)
}

fn wrong_flags(command: &Command, path: &str, message: &str) -> Answer {
    let (name, usage) = (command.name(path), group_usage(command, path));
    Answer::error(125, format!("{message}\n\nUsage:  {usage}\n\nRun '{name} --help' for more information\n"))
}

/// The client's words for a wrong number of arguments, its slips included.
fn wrong_count(command: &Command, path: &str, count: usize) -> Option<String> {
    let words = |number: usize| format!("{number} argument{}", if number == 1 { "" } else { "s" });
    let (demand, hint) = match command.arity {
        Arity::Exactly(0) if count > 0 => ("accepts no arguments".to_string(), "Run"),
        Arity::Exactly(wanted) if count != wanted => (format!("requires {}", words(wanted)), "Run"),
        Arity::Plainly(wanted) if count != wanted => {
            return Some(format!("accepts {wanted} arg(s), received {count}\n"));
        }
        Arity::AtLeast(least) if count < least => (format!("requires at least {}", words(least)), "See"),
        Arity::Between(0, most) if count > most => (format!("requires at most {}", words(most)), "SRun"),
        Arity::Between(least, most) if count < least || count > most => {
            (format!("requires at least {least} and at most {}", words(most)), "Run")
        }
        _ => return None,
    };
    let (name, usage) = (command.name(path), command.usage(path));
    let error = if command.buildx { "ERROR: " } else { "" };
    Some(format!(
        "{error}docker: '{name}' {demand}\n\nUsage:  {usage}\n\n{hint} '{name} --help' for more information\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Invocation, Answer> {
        let args: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(String::from).collect();
        dispatch(&args, "/home/learner")
    }

    fn answer(line: &str) -> Answer {
        run(line).expect_err("an answer")
    }

    #[test]
    fn a_command_is_found_by_every_name() {
        for (line, name) in [
            ("ps -a", "docker ps"),
            ("container list -a", "docker container ls"),
            ("-D --config x container ps -a", "docker container ls"),
        ] {
            let found = run(line).expect("an invocation");
            assert_eq!((found.command, found.name.as_str()), ("container ls", name));
            assert!(found.flags.bool("all"));
        }
        assert_eq!(run("compose up -d").expect("a plugin").args, ["up", "-d"]);
        assert_eq!(run("build .").expect("a build").name, "docker buildx build");
    }

    #[test]
    fn unknown_commands() {
        let hint = "Run 'docker --help' for more information\n";
        let unknown = Answer::error(1, format!("docker: unknown command: docker foo\n\n{hint}"));
        assert_eq!(answer("foo"), unknown);
        assert_eq!(answer("foo bar"), unknown);
        assert_eq!(
            answer("image foo").stderr,
            "docker: unknown command: docker image foo\n\nUsage:  docker image\n\nRun 'docker image --help' for more information\n"
        );
        assert_eq!(answer("volume foo").stderr.lines().nth(2), Some("Usage:  docker volume COMMAND"));
        assert_eq!(answer("builder foo").stderr, "ERROR: unknown command: \"foo\"\n");
        assert_eq!(answer("image -D ls").stderr.lines().next(), Some("unknown shorthand flag: 'D' in -D"));
    }

    #[test]
    fn wrong_counts_in_the_clients_words() {
        let message = |line| answer(line).stderr;
        assert_eq!(
            message("tag a"),
            "docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nRun 'docker tag --help' for more information\n"
        );
        assert!(message("exec web").ends_with("\n\nSee 'docker exec --help' for more information\n"));
        assert!(message("images a b").ends_with("\n\nSRun 'docker images --help' for more information\n"));
        assert!(message("commit").starts_with("docker: 'docker commit' requires at least 1 and at most 2 arguments\n"));
        assert_eq!(message("context use"), "accepts 1 arg(s), received 0\n");
        assert!(message("build").starts_with("ERROR: docker: 'docker buildx build' requires 1 argument\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -\n"));
        assert!(message("cp a").contains("DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH\n"));
        assert_eq!(answer("ps x").code, 1);
        assert_eq!(answer("ps -x").code, 125);
    }

    #[test]
    fn help_goes_where_the_client_sends_it() {
        assert!(answer("").stdout.is_empty() && answer("").stderr.starts_with("Usage:  docker [OPTIONS] COMMAND\n"));
        assert!(answer("image").stdout.is_empty() && !answer("image").stderr.is_empty());
        for line in ["run --help", "help run", "run --help x y"] {
            let answer = answer(line);
            assert!(answer.stdout.starts_with("Usage:  docker run [OPTIONS]") && answer.stderr.is_empty());
        }
        assert_eq!(answer("image --help ls"), answer("image ls --help"));
        assert_eq!(answer("foo --help"), answer("--help"));
        assert_eq!(answer("help foo").stderr, "unknown help topic: foo\n");
        assert_eq!(answer("--version").stdout, "Docker version 28.2.2, build e6534b4\n");
        assert_eq!(answer("-v foo").stdout, answer("--version").stdout);
    }

    #[test]
    fn globals_are_checked_first() {
        assert_eq!(answer("-l foo ps --foo").stderr, "Unable to parse logging level: foo\n");
        assert_eq!(answer("-H a -c b ps").stderr, "conflicting options: cannot specify both --host and --context\n");
        assert_eq!(answer("-x ps").stderr.lines().nth(2), Some("Usage:  docker [OPTIONS] COMMAND [ARG...]"));
        assert_eq!(answer("swarm init").stderr, "layerlab: docker swarm is not simulated\n");
    }
}
