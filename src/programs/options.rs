//! Options as getopt(3) and getopt_long(3) read them, from a short description.
//!
//! A description is a list of words. The first has the letters: `n:` takes a value, `w::` may take one
//! (attached), `#` allows `-5`; a leading `+` ends options at the first operand; letters after `!` are real
//! but not simulated. The other words are long options, `name=letter`, or `name` for one that is real but
//! not simulated.

use super::command::{Cmd, Flavour, Row};

pub enum Parsed {
    Run,
    /// It has said what is to be said.
    Done,
}

struct Spec<'a> {
    letters: &'a str,
    known: &'a str,
    long: Vec<&'a str>,
    ordered: bool,
    numeric: bool,
}

impl<'a> Spec<'a> {
    fn new(text: &'a str) -> Spec<'a> {
        // Without letters the first word would be a long option: a description always begins with letters.
        let mut words = text.split(' ');
        let first = words.next().unwrap_or("");
        let (letters, known) = first.split_once('!').unwrap_or((first, ""));
        let ordered = letters.starts_with('+');
        let letters = letters.trim_start_matches('+');
        Spec {
            letters,
            known,
            long: words.filter(|w| !w.is_empty()).collect(),
            ordered,
            numeric: letters.contains('#'),
        }
    }

    /// How many colons follow a letter, if it is an option.
    fn takes(&self, option: char) -> Option<usize> {
        if option == ':' || option == '#' {
            return None;
        }
        let at = self.letters.find(option)?;
        let rest = self.letters.get(at + option.len_utf8()..)?;
        Some(rest.bytes().take_while(|b| *b == b':').count())
    }
}

/// Reads `args` (without the command's name) into `cmd`.
pub fn parse(cmd: &mut Cmd, args: &[String]) -> Parsed {
    let text = match cmd.flavour {
        Flavour::Gnu => cmd.row.gnu,
        Flavour::Busybox => cmd.row.busybox,
    };
    let text = text.unwrap_or("");
    if text == "-" {
        // The command reads its arguments itself.
        cmd.args = args.to_vec();
        return Parsed::Run;
    }
    let spec = Spec::new(text);
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        if arg == "--" {
            cmd.args.extend(args.get(at..).unwrap_or_default().iter().cloned());
            break;
        }
        let read = if let Some(long) = arg.strip_prefix("--") {
            long_option(cmd, &spec, long, args, &mut at)
        } else if arg.len() > 1 && arg.starts_with('-') {
            short_options(cmd, &spec, arg.get(1..).unwrap_or(""), args, &mut at)
        } else {
            cmd.args.push(arg.clone());
            if spec.ordered {
                cmd.args.extend(args.get(at..).unwrap_or_default().iter().cloned());
                break;
            }
            true
        };
        if !read {
            return Parsed::Done;
        }
    }
    Parsed::Run
}

fn short_options(cmd: &mut Cmd, spec: &Spec, cluster: &str, args: &[String], at: &mut usize) -> bool {
    if spec.numeric && cluster.bytes().all(|b| b.is_ascii_digit()) {
        cmd.options.push(('#', cluster.to_string()));
        return true;
    }
    for (index, letter) in cluster.char_indices() {
        let rest = cluster.get(index + letter.len_utf8()..).unwrap_or("");
        match spec.takes(letter) {
            Some(0) => cmd.options.push((letter, String::new())),
            Some(1) if rest.is_empty() => {
                let Some(value) = args.get(*at) else {
                    let name = cmd.name.clone();
                    cmd.note(&format!("{name}: option requires an argument -- '{letter}'"));
                    complain(cmd);
                    return false;
                };
                *at += 1;
                cmd.options.push((letter, value.clone()));
                return true;
            }
            Some(_) => {
                cmd.options.push((letter, rest.to_string()));
                return true;
            }
            None if spec.known.contains(letter) => {
                let what = format!("{} -{letter}", cmd.row.name);
                cmd.missing(&what);
                return false;
            }
            None => {
                let name = cmd.name.clone();
                cmd.note(&format!("{name}: invalid option -- '{letter}'"));
                complain(cmd);
                return false;
            }
        }
    }
    true
}

fn long_option(cmd: &mut Cmd, spec: &Spec, text: &str, args: &[String], at: &mut usize) -> bool {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_string())));
    if name == "help" {
        let text = help(cmd.row, cmd.flavour, &cmd.name);
        if cmd.gnu() {
            cmd.out(&text)
        } else {
            cmd.note(text.trim_end())
        }
        return false;
    }
    if name == "version" && cmd.gnu() && !spec.long.iter().any(|word| word.starts_with("version=")) {
        let line = format!("{} {}\n", cmd.row.name, package(cmd.row.name));
        cmd.out(&line);
        return false;
    }
    let key = |word: &str| word.split('=').next().unwrap_or(word).to_string();
    let exact: Vec<&&str> = spec.long.iter().filter(|word| key(word) == name).collect();
    let like: Vec<&&str> = spec.long.iter().filter(|word| word.starts_with(name)).collect();
    let word = match (exact.as_slice(), like.as_slice()) {
        ([word, ..], _) | ([], [word]) => **word,
        ([], []) => {
            let command = cmd.name.clone();
            cmd.note(&format!("{command}: unrecognized option '--{name}'"));
            complain(cmd);
            return false;
        }
        ([], many) => {
            let choices: String = many.iter().map(|word| format!(" '--{}'", key(word))).collect();
            let command = cmd.name.clone();
            cmd.note(&format!("{command}: option '--{name}' is ambiguous; possibilities:{choices}"));
            complain(cmd);
            return false;
        }
    };
    let Some((name, letter)) = word.split_once('=').and_then(|(name, c)| Some((name, c.chars().next()?))) else {
        let what = format!("{} --{word}", cmd.row.name);
        cmd.missing(&what);
        return false;
    };
    let command = cmd.name.clone();
    match (spec.takes(letter).unwrap_or(0), value) {
        (0, Some(_)) => {
            cmd.note(&format!("{command}: option '--{name}' doesn't allow an argument"));
            complain(cmd);
            return false;
        }
        (1, None) => {
            let Some(value) = args.get(*at) else {
                cmd.note(&format!("{command}: option '--{name}' requires an argument"));
                complain(cmd);
                return false;
            };
            *at += 1;
            cmd.options.push((letter, value.clone()));
        }
        (_, value) => cmd.options.push((letter, value.unwrap_or_default())),
    }
    true
}

fn complain(cmd: &mut Cmd) {
    if cmd.gnu() { cmd.refer() } else { cmd.usage() }
}

fn package(name: &str) -> &'static str {
    match name {
        "grep" | "egrep" | "fgrep" => "(GNU grep) 3.8",
        "sed" => "(GNU sed) 4.9",
        "find" | "xargs" => "(GNU findutils) 4.9.0",
        "diff" | "cmp" => "(GNU diffutils) 3.8",
        "ps" | "free" | "uptime" | "top" | "kill" | "pgrep" | "pidof" => "from procps-ng 4.0.2",
        "tar" => "(GNU tar) 1.34",
        _ => "(GNU coreutils) 9.1",
    }
}

fn help(row: &Row, flavour: Flavour, name: &str) -> String {
    match flavour {
        Flavour::Gnu => {
            let spec = Spec::new(row.gnu.unwrap_or(""));
            let mut text = format!("Usage: {name} [OPTION]... {}\n{}\n", row.operands, row.about);
            let letters: String = spec.letters.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            if row.gnu != Some("-") && !letters.is_empty() {
                text.push_str(&format!("\nOptions simulated here: -{letters}\n"));
                for word in spec.long {
                    if let Some((long, letter)) = word.split_once('=') {
                        match letter.chars().next() {
                            Some(c) if c.is_ascii_alphanumeric() => text.push_str(&format!("  -{c}, --{long}\n")),
                            _ => text.push_str(&format!("      --{long}\n")),
                        }
                    }
                }
            }
            text
        }
        Flavour::Busybox => format!("{}\n", busybox_usage(row)),
    }
}

/// What busybox shows for a wrong call.
pub fn busybox_usage(row: &Row) -> String {
    let spec = Spec::new(row.busybox.unwrap_or(""));
    let flags: String =
        spec.letters.chars().filter(|c| c.is_ascii_alphanumeric() && spec.takes(*c) == Some(0)).collect();
    let mut line = format!("Usage: {}", row.name);
    if !flags.is_empty() {
        line.push_str(&format!(" [-{flags}]"));
    }
    for letter in spec.letters.chars().filter(|c| c.is_ascii_alphanumeric()) {
        if spec.takes(letter).is_some_and(|n| n > 0) {
            line.push_str(&format!(" [-{letter} ARG]"));
        }
    }
    format!("{BUSYBOX} multi-call binary.\n\n{line} {}\n\n{}", row.operands, row.about)
}

pub const BUSYBOX: &str = "BusyBox v1.36.1 (2024-06-10 07:11:47 UTC)";
