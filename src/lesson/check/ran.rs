//! Whether a command was typed, whichever way it was spelled.
//!
//! Commands of the client are compared by their canonical names, flags and arguments: `docker images` is
//! `docker image ls`, `-aq` is `--all --quiet`. Of any other command the words are compared.

use crate::cli::flag::{self, Parsed};
use crate::cli::spec;

/// Whether one of the lines holds one of the commands, perhaps with more flags and words than asked for.
#[inline(never)]
pub(super) fn ran(lines: &[&str], commands: &[Vec<String>]) -> bool {
    lines.iter().any(|line| split(line).iter().any(|typed| commands.iter().any(|wanted| covers(typed, wanted))))
}

/// A line's commands as words; what is quoted is one word, what stands behind `#` is none.
fn split(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut quote) = (None::<String>, None::<char>);
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(signs.next()),
            (None, '#') if word.is_none() => break,
            (None, ' ' | '\t' | '|' | ';' | '&' | '\n' | '(' | ')') => {
                if let (Some(word), Some(command)) = (word.take(), commands.last_mut()) {
                    command.push(word);
                }
                if !matches!(sign, ' ' | '\t') {
                    commands.push(Vec::new());
                }
            }
            // A substitution begins a command of its own.
            (None, '$') if word.as_ref().is_some_and(|word| word.ends_with('=')) => word = None,
            (_, sign) => word.get_or_insert_default().push(sign),
        }
    }
    if let (Some(word), Some(command)) = (word, commands.last_mut()) {
        command.push(word);
    }
    commands
}

fn covers(typed: &[String], wanted: &[String]) -> bool {
    match (client(typed), client(wanted)) {
        (Some((path, typed)), Some((wanted_path, wanted))) => {
            path == wanted_path
                && wanted.flags.given().all(|name| {
                    let values = typed.flags.list(name);
                    typed.flags.is_set(name) && wanted.flags.list(name).iter().all(|value| values.contains(value))
                })
                && in_order(&typed.args, &wanted.args)
        }
        (None, None) => typed.first() == wanted.first() && in_order(typed, wanted),
        _ => false,
    }
}

fn in_order(typed: &[String], wanted: &[String]) -> bool {
    let mut typed = typed.iter();
    wanted.iter().all(|word| typed.any(|typed| typed == word))
}

/// A command of the client by its canonical path, with its flags and arguments.
fn client(words: &[String]) -> Option<(&'static str, Parsed)> {
    let words = words.strip_prefix(&["docker".to_string()])?;
    let paths = (1..=words.len().min(3)).rev();
    let (taken, command) = paths.into_iter().find_map(|taken| {
        let (command, _) = spec::find(&words.get(..taken)?.join(" "))?;
        Some((taken, command))
    })?;
    let parsed = flag::parse(&command.flags, words.get(taken..)?, command.stops).ok()?;
    Some((command.paths.first().copied()?, parsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(line: &str, wanted: &str) -> bool {
        let wanted = wanted.split(' ').map(String::from).collect();
        ran(&[line], &[wanted])
    }

    #[test]
    fn commands_are_recognised_however_they_are_spelled() {
        for (line, wanted) in [
            ("docker ps -a", "docker ps -a"),
            ("docker  container ls --all", "docker ps -a"),
            ("docker ps -aq", "docker ps -a"),
            ("docker image ls", "docker images"),
            ("docker image list | grep node", "docker images"),
            ("x && docker container list --all --no-trunc | head", "docker ps -a"),
            ("y=$(docker ps -a)", "docker ps -a"),
            ("docker container logs --tail 5 -f web", "docker logs -f web"),
            ("docker exec -it web sh", "docker exec web"),
            ("docker run -d -p 80:80 --name web nginx", "docker run --publish 80:80 nginx"),
            ("ls -la /app", "ls -la /app"),
            ("sh -c 'a b' c", "sh -c c"),
            ("docker history node:18-alpine # look", "docker image history node:18-alpine"),
        ] {
            assert!(holds(line, wanted), "{line}: {wanted}");
        }
        for (line, wanted) in [
            ("docker ps", "docker ps -a"),
            ("echo docker ps -a", "docker ps -a"),
            ("# docker ps -a", "docker ps -a"),
            ("docker -a ps", "docker ps -a"),
            ("docker logs other", "docker logs web"),
            ("docker run -p 81:80 nginx", "docker run -p 80:80 nginx"),
            ("docker start web", "docker stop web"),
            ("", "docker ps"),
        ] {
            assert!(!holds(line, wanted), "{line}: {wanted}");
        }
    }
}
