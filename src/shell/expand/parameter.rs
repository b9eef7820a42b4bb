//! `$name` and `${...}` (POSIX, "Parameter Expansion", and bash's further forms).

use super::{Fields, quoted as in_quotes};
use crate::model::Text;
use crate::shell::interpreter::{Halt, Shell};
use crate::shell::pattern::Pattern;
use crate::shell::syntax::{Fallback, Index, Operation, Parameter, Part, ReplaceScope, Word};

/// The longest text in which a pattern is replaced: each place may look at all that follows.
const REPLACE_LIMIT: usize = 16_384;

/// What a parameter stands for.
enum Value {
    /// One value; nothing if unset.
    One(Option<Text>),
    /// The values of `$@` (true) or `$*`, or of an array.
    Many(Vec<Text>, bool),
}

impl Shell {
    pub(super) async fn parameter(
        &mut self,
        parameter: &Parameter,
        quoted: bool,
        out: &mut Fields,
    ) -> Result<(), Halt> {
        let mut name = parameter.name.clone();
        match &parameter.operation {
            Operation::Bad(text) => return Err(self.expansion_error(&format!("{text}: bad substitution")).await),
            Operation::Names(at) => {
                let names = self.look(|s| s.variables.keys().filter(|n| n.starts_with(&*name)).cloned().collect());
                return self.emit(Value::Many(names, *at), quoted, out).await;
            }
            Operation::Keys => {
                let keys = self.elements(&name).iter().map(|(i, _)| i.to_string().into()).collect();
                return self.emit(Value::Many(keys, parameter.index == Some(Index::All)), quoted, out).await;
            }
            _ => {}
        }
        if parameter.indirect {
            match self.get(&name) {
                Some(target) => name = target.to_string(),
                None => {
                    return Err(self.expansion_error(&format!("{name}: invalid indirect expansion")).await);
                }
            }
        }
        let value = self.value(&name, parameter.index.as_ref()).await?;
        self.operate(&name, parameter, value, quoted, out).await
    }

    async fn value(&mut self, name: &str, index: Option<&Index>) -> Result<Value, Halt> {
        Ok(match (name, index) {
            ("@" | "*", _) => {
                let all = self.look(|s| s.positional.iter().map(|text| text.as_str().into()).collect());
                Value::Many(all, name == "@")
            }
            (_, Some(Index::All | Index::Joined)) => {
                let all = self.elements(name).into_iter().map(|(_, value)| value).collect();
                Value::Many(all, index == Some(&Index::All))
            }
            (_, Some(Index::At(word))) => {
                let at = self.arithmetic_word(word).await?;
                Value::One(self.element(name, at))
            }
            (_, None) => Value::One(self.get(name)),
        })
    }

    async fn operate(
        &mut self,
        name: &str,
        parameter: &Parameter,
        value: Value,
        quoted: bool,
        out: &mut Fields,
    ) -> Result<(), Halt> {
        if let Operation::Fallback { kind, colon, word } = &parameter.operation {
            return self.fallback(name, *kind, *colon, word, value, quoted, out).await;
        }
        if matches!(value, Value::One(None)) && self.option('u') {
            return Err(self.unbound(name).await);
        }
        let value = match &parameter.operation {
            Operation::Length => Value::One(Some(length(&value).to_string().into())),
            Operation::Slice { offset, length } => self.slice(name, value, offset, length.as_ref()).await?,
            Operation::Trim { suffix, longest, pattern } => {
                let pattern = self.pattern(pattern).await?;
                map(value, |text| trim(text, &pattern, *suffix, *longest))
            }
            Operation::Replace { scope, pattern, with } => self.replace(value, *scope, pattern, with).await?,
            Operation::Case { upper, all, pattern } => {
                let any = pattern.parts.is_empty();
                let pattern = self.pattern(pattern).await?;
                map(value, |text| change_case(text, *upper, *all, |c| any || pattern.matches_chars(&[c])))
            }
            Operation::Transform(letter) => match letter {
                'Q' => map(value, |text| match in_quotes(text, self.dialect) {
                    plain if plain == text => format!("'{text}'"),
                    other => other,
                }),
                'U' => map(value, |text| text.to_uppercase()),
                'L' => map(value, |text| text.to_lowercase()),
                'u' => map(value, |text| change_case(text, true, false, |_| true)),
                _ => {
                    return Err(self
                        .expansion_error(&format!("layerlab: ${{{name}@{letter}}} is not simulated"))
                        .await);
                }
            },
            _ => value,
        };
        self.emit(value, quoted, out).await
    }

    async fn unbound(&mut self, name: &str) -> Halt {
        if !self.is_bash() {
            return self.fatal(&format!("{name}: parameter not set"), 2).await;
        }
        let dollar = if name.starts_with(|c: char| c.is_ascii_digit()) { "$" } else { "" };
        self.fatal(&format!("{dollar}{name}: unbound variable"), 127).await
    }

    /// Adds values to the fields.
    async fn emit(&mut self, value: Value, quoted: bool, out: &mut Fields) -> Result<(), Halt> {
        match value {
            Value::One(value) => out.value(value.as_deref().unwrap_or(""), quoted),
            Value::Many(values, at) if at && (quoted || out.splits()) || !at && !quoted && out.splits() => {
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        out.next_field();
                    }
                    out.value(value, quoted);
                }
            }
            Value::Many(values, at) => {
                let separator = match self.get("IFS") {
                    Some(ifs) if !at => ifs.chars().next().map(String::from).unwrap_or_default(),
                    _ => " ".to_owned(),
                };
                out.value(&values.join(&*separator), quoted);
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    async fn fallback(
        &mut self,
        name: &str,
        kind: Fallback,
        colon: bool,
        word: &Word,
        value: Value,
        quoted: bool,
        out: &mut Fields,
    ) -> Result<(), Halt> {
        let missing = match &value {
            Value::One(None) => true,
            Value::One(Some(text)) => colon && text.is_empty(),
            Value::Many(values, _) => values.is_empty() || (colon && values.iter().all(|v| v.is_empty())),
        };
        match kind {
            Fallback::Alternative if missing => {
                if quoted {
                    out.quoted("");
                }
                Ok(())
            }
            Fallback::Alternative => self.operand(word, quoted, out).await,
            _ if !missing => self.emit(value, quoted, out).await,
            Fallback::Default => self.operand(word, quoted, out).await,
            Fallback::Assign => {
                let text = self.string(word).await?;
                if !crate::shell::grammar::is_name(name) {
                    let text = format!("${name}: cannot assign in this way");
                    return Err(self.expansion_error(&text).await);
                }
                if let Err(message) = self.set(name, &text) {
                    return Err(self.expansion_error(&message).await);
                }
                out.value(&text, quoted);
                Ok(())
            }
            Fallback::Error => {
                let mut text = self.string(word).await?;
                if word.parts.is_empty() {
                    text = match (self.is_bash(), colon) {
                        (_, false) => "parameter not set",
                        (true, true) => "parameter null or not set",
                        (false, true) => "parameter not set or null",
                    }
                    .to_owned();
                }
                let status = if self.is_bash() { 127 } else { 2 };
                Err(self.fatal(&format!("{name}: {text}"), status).await)
            }
        }
    }

    /// The word of a fallback: unquoted, its text is split like a value.
    async fn operand(&mut self, word: &Word, quoted: bool, out: &mut Fields) -> Result<(), Halt> {
        if quoted {
            return self.quoted_parts(&word.parts, out).await;
        }
        for (i, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal(text) if !text.starts_with('~') || i > 0 => out.value(text, false),
                _ => self.parts(std::slice::from_ref(part), i == 0, out).await?,
            }
        }
        Ok(())
    }

    async fn slice(&mut self, name: &str, value: Value, offset: &Word, length: Option<&Word>) -> Result<Value, Halt> {
        let from = self.arithmetic_word(offset).await?;
        let count = match length {
            Some(word) => Some(self.arithmetic_word(word).await?),
            None => None,
        };
        match value {
            Value::One(None) => Ok(Value::One(None)),
            Value::One(Some(text)) => {
                let chars: Vec<char> = text.chars().collect();
                let Some((start, end)) = span(chars.len(), from, count) else {
                    let message = format!("{}: substring expression < 0", count.unwrap_or(0));
                    return Err(self.expansion_error(&message).await);
                };
                Ok(Value::One(Some(chars.get(start..end).unwrap_or_default().iter().collect::<String>().into())))
            }
            Value::Many(mut values, at) => {
                if matches!(name, "@" | "*") {
                    // `$0` stands in front of the positional parameters.
                    values.insert(0, self.get("0").unwrap_or_else(|| "".into()));
                }
                let (start, end) = span(values.len(), from, count).unwrap_or((0, 0));
                let part = values.get(start..end).unwrap_or_default().to_vec();
                Ok(Value::Many(part, at))
            }
        }
    }

    async fn replace(&mut self, value: Value, scope: ReplaceScope, pattern: &Word, with: &Word) -> Result<Value, Halt> {
        let pattern = self.pattern(pattern).await?;
        let mut fields = Fields::whole();
        self.parts(&with.parts, true, &mut fields).await?;
        let with = fields.into_one().chars();
        let size = match &value {
            Value::One(value) => value.as_ref().map_or(0, |v| v.len()),
            Value::Many(values, _) => values.iter().map(|v| v.len()).sum(),
        };
        self.sys.burn(size as u64 / 16).await;
        if size > REPLACE_LIMIT && !pattern.is_literal() {
            let text = format!("layerlab: a pattern can be replaced in at most {REPLACE_LIMIT} bytes");
            return Err(self.expansion_error(&text).await);
        }
        Ok(map(value, |text| substitute(text, scope, &pattern, &with)))
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::One(value) => value.as_ref().map_or(0, |text| text.chars().count()),
        Value::Many(values, _) => values.len(),
    }
}

fn map(value: Value, f: impl Fn(&str) -> String) -> Value {
    match value {
        Value::One(value) => Value::One(value.map(|text| f(&text).into())),
        Value::Many(values, at) => Value::Many(values.iter().map(|text| f(text).into()).collect(), at),
    }
}

/// Start and end of `from:count` in so many; negative numbers count from the end.
fn span(length: usize, from: i64, count: Option<i64>) -> Option<(usize, usize)> {
    let length = i64::try_from(length).ok()?;
    let start = if from < 0 { length + from } else { from };
    if start < 0 || start > length {
        return Some((0, 0));
    }
    let end = match count {
        None => length,
        Some(count) if count < 0 => length + count,
        Some(count) => start.saturating_add(count).min(length),
    };
    if end < start {
        return None;
    }
    Some((usize::try_from(start).ok()?, usize::try_from(end).ok()?))
}

fn trim(text: &str, pattern: &Pattern, suffix: bool, longest: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let kept = if suffix {
        let cut = pattern.suffix(&chars, longest).unwrap_or(0);
        chars.get(..chars.len() - cut)
    } else {
        chars.get(pattern.prefix(&chars, longest).unwrap_or(0)..)
    };
    kept.unwrap_or_default().iter().collect()
}

fn change_case(text: &str, upper: bool, all: bool, applies: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        if (i > 0 && !all) || !applies(c) {
            out.push(c);
        } else if upper {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// `${text/pattern/with}`; an unquoted `&` in the replacement is what matched.
fn substitute(text: &str, scope: ReplaceScope, pattern: &Pattern, with: &[(char, bool)]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let put = |out: &mut String, matched: &[char]| {
        for (c, quoted) in with {
            match c {
                '&' if !quoted => out.extend(matched),
                c => out.push(*c),
            }
        }
    };
    let suffix = scope == ReplaceScope::Suffix;
    if suffix {
        let Some(cut) = pattern.suffix(&chars, true) else { return text.to_owned() };
        let (kept, matched) = chars.split_at(chars.len() - cut);
        out.extend(kept);
        put(&mut out, matched);
        return out;
    }
    let (mut at, mut done) = (0, false);
    while let Some(rest) = chars.get(at..) {
        let anchored = scope == ReplaceScope::Prefix && at > 0;
        let found = if done || anchored { None } else { pattern.prefix(rest, true) };
        match found {
            Some(length) if length > 0 || scope == ReplaceScope::Prefix => {
                put(&mut out, rest.get(..length).unwrap_or_default());
                at += length;
                done = scope != ReplaceScope::All;
                if done {
                    out.extend(chars.get(at..).unwrap_or_default());
                    return out;
                }
            }
            _ => {
                let Some(c) = rest.first() else { break };
                out.push(*c);
                at += 1;
            }
        }
    }
    out
}
