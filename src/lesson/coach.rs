//! The coach: a paragraph under an error, and a command that would work. It explains what really
//! happened; the error itself stays as it is.
//!
//! One table of rules. Each looks at what was typed and what came of it, and gives the values that its
//! texts name (`{0}`, `{1}`) and the commands to try.

mod build;
mod find;
mod near;
mod reach;
mod rules;
#[cfg(test)]
mod tests;

use super::{Block, Span};
use crate::model::World;
use crate::words::Lang;

/// What the coach says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice {
    /// The rule's name, the same in every language.
    pub rule: &'static str,
    pub text: Vec<Block>,
    /// Commands that would work here, in order.
    pub commands: Vec<String>,
}

/// What was typed and what came of it.
struct Case<'a> {
    command: &'a str,
    words: Vec<&'a str>,
    stdout: &'a str,
    /// Both outputs: a failed exec speaks on standard output.
    output: String,
    status: i32,
    world: &'a World,
}

/// What a rule found in a case.
struct Found {
    values: Vec<String>,
    commands: Vec<String>,
}

/// A rule: it applies where `find` finds something.
struct Rule {
    name: &'static str,
    find: fn(&Case<'_>) -> Option<Found>,
}

/// What to say about a command, if anything: the first rule of the table that applies.
pub fn advise(command: &str, stdout: &str, stderr: &str, status: i32, world: &World, lang: Lang) -> Option<Advice> {
    let words = command.split_whitespace().collect();
    let case = Case { command: command.trim(), words, stdout, output: format!("{stdout}\n{stderr}"), status, world };
    rules::RULES.iter().find_map(|rule| {
        let found = (rule.find)(&case)?;
        let text = rules::text(rule.name, lang)?;
        Some(Advice {
            rule: rule.name,
            text: vec![Block::Paragraph(spans(text, &found.values))],
            commands: found.commands,
        })
    })
}

/// A text with `code` and `{0}` into spans. Values are filled in last, so they are never read as marks.
fn spans(text: &str, values: &[String]) -> Vec<Span> {
    let fill = |part: &str| {
        let mut filled = String::new();
        let mut rest = part;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}') {
                Some((number, tail)) if number.parse::<usize>().is_ok() => {
                    let value = number.parse().ok().and_then(|number: usize| values.get(number));
                    filled.push_str(value.map_or("", String::as_str));
                    rest = tail;
                }
                _ => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled + rest
    };
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(at, part)| if at % 2 == 1 { Span::Code(fill(part)) } else { Span::Text(fill(part)) }).collect()
}
