//! Par: what a practised hand needs for a puzzle, and what the learner took.

use std::fmt;

use super::check::Kind;
use crate::model::World;
use crate::shell::syntax::{Command, CommandKind, List, Pipeline};
use crate::shell::{self, Dialect};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Par {
    /// So many commands since the step began.
    Commands(u64),
    /// So many bytes of an image.
    Size { image: String, bytes: u64 },
}

impl Par {
    /// Reads `3`, or `size IMAGE BYTES`.
    pub(super) fn parse(text: &str) -> Result<Par, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse::<u64>().ok().filter(|number| *number > 0);
        match words.as_slice() {
            [count] => number(count).map(Par::Commands).ok_or_else(|| format!("`{count}` is no number")),
            ["size", image, bytes] => {
                let bytes = number(bytes).ok_or_else(|| format!("`{bytes}` is no number"))?;
                Ok(Par::Size { image: (*image).to_string(), bytes })
            }
            _ => Err("a par is a number of commands, or `size IMAGE BYTES`".to_string()),
        }
    }

    /// What is to be reached: more is over par.
    pub fn goal(&self) -> u64 {
        match self {
            Par::Commands(count) => *count,
            Par::Size { bytes, .. } => *bytes,
        }
    }

    /// What was taken when the step was done in this World, by the lines typed since it began; nothing where the
    /// image is not there.
    #[inline(never)]
    pub fn spent(&self, world: &World, lines: &[&str]) -> Option<u64> {
        match self {
            Par::Commands(_) => Some(lines.iter().map(|line| commands(line)).sum()),
            Par::Size { image, .. } => Kind::Image.size(world, image),
        }
    }
}

impl fmt::Display for Par {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Par::Commands(count) => write!(f, "{count}"),
            Par::Size { image, bytes } => write!(f, "size {image} {bytes}"),
        }
    }
}

/// The commands of a line, as they were typed: two that `;` or `&&` join are two, a pipeline is one, and what stands
/// in a loop counts once. A line that is no sentence of the shell was an attempt all the same.
fn commands(line: &str) -> u64 {
    shell::parse(line, Dialect::Bash).map_or(1, |list| in_list(&list))
}

fn in_list(list: &List) -> u64 {
    let and_or = list.items.iter().map(|item| &item.and_or);
    let pipelines = and_or.flat_map(|one| one.rest.iter().map(|(_, pipeline)| pipeline).chain([&one.first]));
    pipelines.map(in_pipeline).sum()
}

fn in_pipeline(pipeline: &Pipeline) -> u64 {
    pipeline.commands.iter().map(|command| in_command(command)).max().unwrap_or(0)
}

fn in_command(command: &Command) -> u64 {
    match &command.kind {
        CommandKind::Subshell(list) | CommandKind::Group(list) => in_list(list),
        CommandKind::If { arms, otherwise } => {
            let arms = arms.iter().map(|(condition, body)| in_list(condition) + in_list(body));
            arms.sum::<u64>() + otherwise.as_ref().map_or(0, |list| in_list(list))
        }
        CommandKind::For { body, .. } | CommandKind::ArithmeticFor { body, .. } => in_list(body),
        CommandKind::Loop { condition, body, .. } => in_list(condition) + in_list(body),
        CommandKind::Case { arms, .. } => arms.iter().map(|arm| in_list(&arm.body)).sum(),
        CommandKind::Function { body, .. } => in_command(body),
        CommandKind::Simple { .. } | CommandKind::Conditional(_) | CommandKind::Arithmetic(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_as_they_were_typed() {
        for (line, count) in [
            ("", 0),
            ("# a remark", 0),
            ("docker ps", 1),
            ("docker ps -aq | xargs docker rm", 1),
            ("docker rm -f $(docker ps -aq)", 1),
            ("docker stop a; docker rm a", 2),
            ("docker stop a && docker rm a || true &", 3),
            ("(cd x; ls) | { cat; cat; cat; }", 3),
            ("for a in x y; do docker stop $a; docker rm $a; done", 2),
            ("if docker ps; then ls; else pwd; fi", 3),
            ("docker run alpine sh -c 'a; b; c'", 1),
            ("echo 'unfinished", 1),
            (")", 1),
        ] {
            assert_eq!(commands(line), count, "{line}");
        }
    }

    #[test]
    fn a_par_reads_as_it_is_written() {
        for text in ["3", "size tiny:1.0 4300000"] {
            assert_eq!(Par::parse(text).map(|par| par.to_string()), Ok(text.to_string()));
        }
        for text in ["", "0", "few", "size", "size tiny:1.0", "size tiny:1.0 small", "3 commands"] {
            assert!(Par::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_image_that_is_not_there_has_no_size() {
        let par = Par::Size { image: "tiny:1.0".to_string(), bytes: 1 };
        assert_eq!(par.spent(&World::new(1), &["docker ps"]), None);
        assert_eq!(Par::Commands(3).spent(&World::new(1), &["docker ps", "ls; ls"]), Some(3));
    }
}
