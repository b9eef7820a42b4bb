//! The coach: a paragraph under an error, and a command that would work. It explains what really
//! happened; the error itself stays as it is.
//!
//! One table of rules, `coach/rules.txt`. Each looks at what was typed and what came of it, and gives the
//! values that its texts name (`{0}`, `{1}`), the commands to try, and the object that the Stage marks.

mod build;
mod find;
mod made;
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
    /// The object that it is about, where the Stage shows it: `container web`.
    pub object: Option<String>,
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

/// What to say about a command, if anything: the first rule of the table that applies.
pub fn advise(command: &str, stdout: &str, stderr: &str, status: i32, world: &World, lang: Lang) -> Option<Advice> {
    let words = command.split_whitespace().collect();
    let case = Case { command: command.trim(), words, stdout, output: format!("{stdout}\n{stderr}"), status, world };
    rules::all().iter().find_map(|rule| {
        let found = rule.find(&case)?;
        let text = rule.text(lang)?;
        Some(Advice {
            rule: rule.name,
            text: vec![Block::Paragraph(spans(text, &case, &found.values))],
            object: rule.marks(&case, &found.values),
            commands: found.commands,
        })
    })
}

/// A text with its values: `{0}` is the first one that was found, `{typed}` the command itself, `{container}`
/// the first container that it names. None where a value is not there.
fn fill(text: &str, case: &Case<'_>, values: &[String]) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        let value = match name {
            "typed" => Some(case.command),
            "container" | "image" | "volume" => Some(case.named(name)?),
            _ => None,
        };
        let value = match name.parse::<usize>() {
            Ok(number) => Some(values.get(number)?.as_str()),
            Err(_) => value,
        };
        // Else it is a brace of the text itself.
        filled.push_str(value.unwrap_or("{"));
        rest = if value.is_some() { tail } else { after };
    }
    Some(filled + rest)
}

/// A text with `code` into spans. Values are filled in last, so they are never read as marks.
fn spans(text: &str, case: &Case<'_>, values: &[String]) -> Vec<Span> {
    let fill = |part: &str| fill(part, case, values).unwrap_or_default();
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(at, part)| if at % 2 == 1 { Span::Code(fill(part)) } else { Span::Text(fill(part)) }).collect()
}
