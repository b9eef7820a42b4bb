//! What stands before a lesson's steps: `key: value` lines between two lines of `---`.

use super::parse::Error;
use crate::session::log::Switch;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Front {
    pub minutes: u32,
    /// Lessons that come before this one.
    pub needs: Vec<String>,
    /// Images that the engine has already pulled.
    pub images: Vec<String>,
    pub switches: Vec<Switch>,
    /// Headings of the article that the lesson is about.
    pub covers: Vec<String>,
}

/// Reads the lines; gives what they say, the rest of the text, and the line on which that begins.
pub(super) fn front<'a>(file: &'static str, text: &'a str) -> Result<(Front, &'a str, usize), Error> {
    let error = |line: usize, text: String| Error { file, line, text };
    let Some(mut rest) = text.strip_prefix("---\n") else {
        return Err(error(1, "a lesson begins with `---` and what it needs".to_string()));
    };
    let mut front = Front::default();
    for number in 2.. {
        let Some((line, after)) = rest.split_once('\n') else {
            return Err(error(number, "the lines between `---` and `---` have no end".to_string()));
        };
        rest = after;
        if line.trim_end() == "---" {
            if front.minutes == 0 {
                return Err(error(number, "a lesson says how many minutes it takes: `minutes: 8`".to_string()));
            }
            return Ok((front, rest, number + 1));
        }
        if line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(": ").map(|(key, value)| (key.trim(), value.trim())) else {
            return Err(error(number, format!("`{}` is no `key: value`", line.trim())));
        };
        let words = || value.split_whitespace().map(str::to_string);
        match key {
            "minutes" => {
                front.minutes =
                    value.parse().map_err(|_| error(number, format!("`{value}` is no number of minutes")))?;
            }
            "needs" => front.needs.extend(words()),
            "images" => front.images.extend(words()),
            "machine" => front.switches.push(switch(value).map_err(|text| error(number, text))?),
            "covers" => front.covers.push(value.to_string()),
            _ => return Err(error(number, format!("`{key}` is nothing that a lesson says of itself"))),
        }
    }
    Err(error(1, "too long".to_string()))
}

/// A switch of the machine: `network off`.
fn switch(text: &str) -> Result<Switch, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["network", "off"] => Ok(Switch::Network(false)),
        ["network", "on"] => Ok(Switch::Network(true)),
        ["registry", "slow"] => Ok(Switch::Slow(true)),
        ["disk", "full"] => Ok(Switch::Full(true)),
        ["port", port, "taken"] => match port.parse() {
            Ok(port) if port > 0 => Ok(Switch::Port { port, taken: true }),
            _ => Err(format!("`{port}` is no port")),
        },
        ["damage", image] => Ok(Switch::Damage((*image).to_string())),
        _ => Err(format!("`{text}` is no switch of the machine")),
    }
}
