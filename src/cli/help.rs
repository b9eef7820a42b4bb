//! What `--help` prints, from the table of commands.

use super::spec::{self, Command, Flag};

/// The width that help is wrapped to without a terminal.
const COLUMNS: usize = 80;
/// The least width of the names in a list of commands.
const NAMES: usize = 11;
/// The commands that `docker --help` puts first, in its order.
const COMMON: &str = "run exec ps build bake pull push images login logout search version info";

/// The help of a command called by `path`; `home` is where the client's settings are kept.
pub fn help(command: &Command, path: &str, home: &str) -> String {
    let mut out = format!("Usage:  {}\n\n{}\n", command.usage(path), command.text.replace("\\n", "\n"));
    let aliases = aliases(command);
    if aliases.len() > 1 && !command.is_group() {
        out += &format!("\nAliases:\n  {}\n", aliases.join(", "));
    }
    let is_root = path.is_empty();
    let flags = flag_lines(command, COLUMNS, home);
    if !flags.is_empty() && !is_root {
        out += &format!("\nOptions:\n{flags}");
    }
    let children = spec::children(path);
    if is_root {
        out += &root_sections(&children);
        out += &format!("\nGlobal Options:\n{flags}");
    } else {
        let (management, plain): (Vec<_>, Vec<_>) =
            children.into_iter().partition(|(_, command)| command.management || command.is_group());
        out += &section("Management Commands", &management);
        out += &section("Commands", &plain);
    }
    if is_root || command.is_group() {
        out += &format!("\nRun '{} COMMAND --help' for more information on a command.\n", command.name(path));
    }
    if is_root {
        out += "\nThe guides at https://docs.docker.com/go/guides/ tell more about Docker.\n";
    }
    out
}

/// Every full name of the command, as the help lists them.
fn aliases(command: &Command) -> Vec<String> {
    let shown = |path: &&&str| !command.buildx || !path.starts_with("buildx ") || **path == "buildx b";
    command.paths.iter().filter(shown).map(|path| format!("docker {path}")).collect::<Vec<_>>()
}

type Child = (&'static str, Command);

fn root_sections(children: &[Child]) -> String {
    let is_common = |name: &str| COMMON.split(' ').any(|common| common == name);
    let named = |name: &str| children.iter().find(|(known, _)| *known == name).cloned();
    let common: Vec<Child> = COMMON.split(' ').filter_map(named).collect();
    let (swarm, rest): (Vec<Child>, Vec<Child>) = children
        .iter()
        .filter(|(name, _)| !is_common(name) && *name != "help")
        .cloned()
        .partition(|(name, _)| *name == "swarm");
    let is_management = |(_, command): &Child| command.is_group() || command.arity == spec::Arity::Absent;
    let (management, plain): (Vec<Child>, Vec<Child>) = rest.into_iter().partition(is_management);
    section("Common Commands", &common)
        + &section("Management Commands", &management)
        + &section("Swarm Commands", &swarm)
        + &section("Commands", &plain)
}

fn section(title: &str, commands: &[Child]) -> String {
    if commands.is_empty() {
        return String::new();
    }
    let lines = commands.iter().map(|(name, command)| {
        // The builder is a plugin, which the client marks with a star.
        let name = if *name == "buildx" { "buildx*" } else { name };
        format!("  {name:NAMES$} {}\n", command.summary())
    });
    format!("\n{title}:\n{}", lines.collect::<String>())
}

fn flag_lines(command: &Command, columns: usize, home: &str) -> String {
    let shown: Vec<&Flag> = command.flags.iter().filter(|flag| !flag.hidden).collect();
    let left: Vec<String> = shown.iter().map(|flag| left(flag)).collect();
    let widest = left.iter().map(String::len).max().unwrap_or(0);
    let line = |(left, flag): (&String, &&Flag)| {
        let text = wrapped(widest + 3, columns, &right(flag, home));
        format!("{left:widest$}   {text}\n")
    };
    left.iter().zip(&shown).map(line).collect()
}

fn left(flag: &Flag) -> String {
    let short = flag.short.map_or("    ".to_string(), |short| format!("-{short}, "));
    let kind = if flag.is_bool() { String::new() } else { format!(" {}", flag.kind) };
    format!("  {short}--{}{kind}", flag.name)
}

fn right(flag: &Flag, home: &str) -> String {
    match flag.default {
        None => flag.text.to_string(),
        Some(default) if flag.kind == "string" => {
            format!("{} (default \"{}\")", flag.text, default.replace("$HOME", home))
        }
        Some(default) => format!("{} (default {default})", flag.text),
    }
}

/// Wraps the text to the columns right of `indent`, the way of pflag: a last word may stick out by
/// five columns rather than stand alone.
fn wrapped(indent: usize, columns: usize, text: &str) -> String {
    const SLOP: usize = 5;
    let mut indent = indent;
    let mut out = String::new();
    if columns.saturating_sub(indent) < 24 {
        indent = 16;
        out.push('\n');
        out += &" ".repeat(indent);
    }
    let room = columns - indent - SLOP;
    let mut left = text;
    loop {
        if room + SLOP > left.len() {
            return out + left;
        }
        let limit = (0..=room).rev().find(|at| left.is_char_boundary(*at)).unwrap_or(0);
        let Some(cut) = left[..limit].rfind(' ').filter(|cut| *cut > 0) else { return out + left };
        out += &left[..cut];
        out.push('\n');
        out += &" ".repeat(indent);
        left = &left[cut + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> String {
        let (command, named) = spec::find(path).expect("a command");
        help(&command, named, "/home/learner")
    }

    #[test]
    fn a_command_shows_usage_aliases_and_flags() {
        let help = text("image list");
        assert!(help.starts_with("Usage:  docker image ls [OPTIONS] [REPOSITORY[:TAG]]\n\n"));
        assert!(help.contains("\nAliases:\n  docker image ls, docker image list, docker images\n\nOptions:\n"));
        assert!(help.contains("\n  -a, --all             "));
        assert!(help.contains("\n      --digests         "));
        assert!(help.lines().all(|line| line.len() <= COLUMNS));
    }

    #[test]
    fn groups_list_their_commands() {
        let help = text("volume");
        let names: Vec<&str> = help
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(names, ["create", "inspect", "ls", "prune", "rm"]);
        assert!(help.ends_with("\nRun 'docker volume COMMAND --help' for more information on a command.\n"));
        assert!(text("builder").starts_with("Usage:  docker buildx [OPTIONS] COMMAND\n"));
    }

    #[test]
    fn wrapping_lets_a_last_word_stick_out() {
        let twenty = "aaaa bbbb cccc dddd eeee ffff gggg";
        assert_eq!(wrapped(4, 30, twenty), "aaaa bbbb cccc dddd\n    eeee ffff gggg");
        assert_eq!(wrapped(4, 37, twenty), "aaaa bbbb cccc dddd eeee\n    ffff gggg");
        assert_eq!(wrapped(4, 39, twenty), twenty);
        assert_eq!(wrapped(60, 80, "words"), format!("\n{}words", " ".repeat(16)));
    }
}
