//! A line of a check into a condition.

use super::document::{self, Matching, Operator};
use super::{Condition, Kind, Place, STATES, State};

impl Condition {
    /// Reads a line of a check; the error says what is wrong with it.
    pub fn parse(line: &str) -> Result<Condition, String> {
        let line = line.trim();
        let (head, wanted) = match line.split_once(": ") {
            Some((head, rest)) if !line.starts_with("ran ") && !line.contains(" has ") => {
                (head, document::parse(rest)?)
            }
            _ => (line, Vec::new()),
        };
        let (head, text) = match head.split_once(" has ") {
            Some((head, text)) if !text.trim().is_empty() && !line.starts_with("ran ") => {
                (head, Some(text.trim().to_string()))
            }
            _ => (head, None),
        };
        let words: Vec<&str> = head.split_whitespace().collect();
        let (present, words) = match words.as_slice() {
            ["no", rest @ ..] => (false, rest),
            all => (true, all),
        };
        let condition = match words {
            ["count", rest @ ..] if present && text.is_none() => return count(rest, wanted),
            ["file", place @ ..] => Condition::File { place: Place::parse(place)?, present, text: text.clone() },
            ["http", url, rest @ ..] if present => http(url, rest, text.clone())?,
            ["ran", rest @ ..] if present => return ran(rest),
            [kind, name, rest @ ..] => match kind_of(kind) {
                Some(kind) if present && text.is_none() => {
                    let name = (*name).to_string();
                    return Ok(Condition::Object { kind, name, state: state(kind, rest)?, wanted });
                }
                Some(kind) if rest.is_empty() && text.is_none() => {
                    Condition::Absent { kind, name: (*name).to_string() }
                }
                Some(kind) => return Err(format!("`no {}` takes a name only", kind.name())),
                None => return Err(format!("`{line}` is no condition")),
            },
            _ => return Err(format!("`{line}` is no condition")),
        };
        if wanted.is_empty() { Ok(condition) } else { Err(format!("`{head}` has no document to match")) }
    }
}

fn kind_of(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == word)
}

fn state(kind: Kind, words: &[&str]) -> Result<State, String> {
    match words {
        [] => Ok(State::Any),
        _ if kind != Kind::Container => Err(format!("only a container has a state, not the {}", kind.name())),
        ["exited", code] => Ok(State::Exited(code.parse().map_err(|_| format!("`{code}` is no exit code"))?)),
        [state] => {
            let known = STATES.iter().map(|state| state.name()).find(|name| name == state);
            Ok(State::Is(known.ok_or_else(|| format!("`{state}` is no state of a container"))?))
        }
        _ => Err("too many words after the container's state".to_string()),
    }
}

fn count(words: &[&str], wanted: Vec<Matching>) -> Result<Condition, String> {
    let [kind, operator, number] = words else { return Err("a count is `count KIND OPERATOR NUMBER`".to_string()) };
    let kind = kind_of(kind).ok_or_else(|| format!("`{kind}` is no kind of object"))?;
    let operator = Operator::parse(operator).ok_or_else(|| format!("`{operator}` is no operator"))?;
    let number = number.parse().map_err(|_| format!("`{number}` is no number"))?;
    Ok(Condition::Count { kind, operator, number, wanted })
}

fn http(url: &str, words: &[&str], text: Option<String>) -> Result<Condition, String> {
    let (from, words) = match words {
        ["from", name, rest @ ..] => (*name, rest),
        all => ("host", all),
    };
    let code = match words {
        [] => 200,
        [code] => code.parse().map_err(|_| format!("`{code}` is no status"))?,
        _ => return Err("an answer is `http URL [from NAME] [STATUS] [has TEXT]`".to_string()),
    };
    if !url.starts_with("http://") {
        return Err(format!("`{url}` is no http:// address"));
    }
    // As a client asks: the path of an address without one is `/`.
    let path = url.matches('/').count() > 2;
    let url = if path { url.to_string() } else { format!("{url}/") };
    Ok(Condition::Http { url, from: from.to_string(), code, text })
}

fn ran(words: &[&str]) -> Result<Condition, String> {
    let commands: Vec<Vec<String>> =
        words.split(|word| *word == "or").map(|words| words.iter().map(|w| (*w).to_string()).collect()).collect();
    match commands.iter().any(Vec::is_empty) {
        true => Err("`ran` needs a command".to_string()),
        false => Ok(Condition::Ran(commands)),
    }
}
