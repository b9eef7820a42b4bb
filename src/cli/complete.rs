//! What Tab offers on a docker command line, from the table of commands.

use super::spec::{self, Command, Flag, Kind};

/// One thing that the word under the cursor may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// A subcommand, a flag or a fixed value, and what it means.
    Word { word: String, text: &'static str },
    /// Any name of this kind; whoever completes knows which there are.
    Name(Kind),
}

/// What the last of `words` may become; the first word is the one behind `docker`. The words of
/// the table are narrowed to those that begin as the last word does.
pub fn complete(words: &[&str]) -> Vec<Candidate> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let mut path = "";
    let mut command = spec::root();
    let mut count = 0;
    let mut pending: Option<Flag> = None;
    let mut only_args = false;
    for word in before {
        if pending.take().is_some() {
            continue;
        }
        if only_args || *word == "-" || !word.starts_with('-') {
            match child(path, word) {
                Some((next, found)) if count == 0 => (path, command) = (found, next),
                _ => {
                    only_args = only_args || command.stops;
                    count += 1;
                }
            }
        } else if *word == "--" {
            only_args = true;
        } else if !word.contains('=') {
            pending = flag_of(&command, word).filter(|flag| !flag.is_bool());
        }
    }
    if let Some(flag) = pending {
        return values(&flag, last, "");
    }
    if !only_args
        && last.starts_with("--")
        && let Some((name, value)) = last.split_once('=')
    {
        let flag = command.flag(name.trim_start_matches('-')).cloned();
        return flag.map_or(Vec::new(), |flag| values(&flag, value, &format!("{name}=")));
    }
    if !only_args && last.starts_with('-') {
        return flags(&command, last);
    }
    let children = spec::children(path).into_iter().filter(|(name, _)| name.starts_with(last));
    if count == 0 && (path.is_empty() || command.is_group()) {
        return children
            .map(|(name, child)| Candidate::Word { word: name.to_string(), text: child.summary() })
            .collect();
    }
    command.argument(count).map(Candidate::Name).into_iter().collect()
}

fn child(path: &str, word: &str) -> Option<(Command, &'static str)> {
    match path {
        "" => spec::find(word).filter(|_| !word.is_empty() && !word.contains(' ')),
        path => spec::find(&format!("{path} {word}")),
    }
}

/// The flag that a word like `--name` or `-it` ends with.
fn flag_of(command: &Command, word: &str) -> Option<Flag> {
    if let Some(name) = word.strip_prefix("--") {
        return command.flag(name).cloned();
    }
    let mut letters = word.chars().skip(1).peekable();
    while let Some(letter) = letters.next() {
        let flag = command.flags.iter().find(|flag| flag.short == Some(letter))?;
        if !flag.is_bool() {
            // A value in the same word leaves nothing to wait for.
            return letters.peek().is_none().then(|| flag.clone());
        }
    }
    None
}

fn flags(command: &Command, last: &str) -> Vec<Candidate> {
    let help = Candidate::Word { word: "--help".to_string(), text: "Explain this command" };
    let shown = command.flags.iter().filter(|flag| !flag.hidden && flag.name != "help");
    let words = shown.map(|flag| Candidate::Word { word: format!("--{}", flag.name), text: flag.text });
    let begins = |candidate: &Candidate| matches!(candidate, Candidate::Word { word, .. } if word.starts_with(last));
    words.chain([help]).filter(begins).collect()
}

const SIGNALS: &str = "SIGHUP SIGINT SIGQUIT SIGKILL SIGUSR1 SIGUSR2 SIGTERM SIGCONT SIGSTOP SIGWINCH";

fn values(flag: &Flag, last: &str, before: &str) -> Vec<Candidate> {
    let kind = match flag.name {
        "network" | "net" => Kind::Network,
        "volumes-from" | "link" => Kind::Container,
        "volume" => Kind::Volume,
        "env-file" | "label-file" | "cidfile" | "file" | "iidfile" | "output" | "input" | "metadata-file" => Kind::File,
        "context" => Kind::Context,
        "exit-code-from" | "no-attach" => Kind::Service,
        name => {
            let words = match name {
                "signal" | "stop-signal" => SIGNALS,
                "restart" => "no on-failure always unless-stopped",
                "pull" => "always missing never",
                "log-level" => "debug info warn error fatal",
                "progress" => "auto none plain quiet rawjson tty",
                "format" => "table json",
                "attach" => "stdin stdout stderr",
                "type" => "container image network volume",
                _ => "",
            };
            let fits = words.split_whitespace().filter(|word| word.starts_with(last));
            return fits.map(|word| Candidate::Word { word: format!("{before}{word}"), text: "" }).collect();
        }
    };
    vec![Candidate::Name(kind)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let parts: Vec<&str> = line.split(' ').collect();
        let shown = |candidate| match candidate {
            Candidate::Word { word, .. } => word,
            Candidate::Name(kind) => format!("<{kind:?}>"),
        };
        complete(&parts).into_iter().map(shown).collect()
    }

    #[test]
    fn commands_flags_and_names() {
        assert_eq!(words("pu"), ["pull", "push"]);
        assert_eq!(words("image p"), ["prune", "pull", "push"]);
        assert_eq!(words("-D container st"), ["start", "stats", "stop"]);
        assert_eq!(words("stop --t"), ["--timeout"]);
        assert_eq!(words("stop a "), ["<Running>"]);
        assert_eq!(words("start -a "), ["<Stopped>"]);
        assert_eq!(words("run -it --name web "), ["<Image>"]);
        assert_eq!(words("run alpine -"), ["<Command>"]);
        assert_eq!(words("run --network "), ["<Network>"]);
        assert_eq!(words("run --pull=a"), ["--pull=always"]);
        assert_eq!(words("kill -s SIGK"), ["SIGKILL"]);
        assert_eq!(words("kill -sTERM "), ["<Running>"]);
        assert_eq!(words("images x y"), Vec::<String>::new());
    }
}
