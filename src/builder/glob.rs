//! Patterns: those of `${name#pattern}`, and those of Go's `path/filepath`.Match.

/// A part of a pattern that matches one letter, or a run of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Letter(char),
    Any,
    Star,
}

/// The pattern of a substitution: `*`, `?` and letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads a pattern; a backslash may stand before `*`, `?`, another one, and what ends a substitution.
    pub fn substitution(text: &str) -> Result<Pattern, String> {
        let mut pieces = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            pieces.push(match c {
                '*' => Piece::Star,
                '?' => Piece::Any,
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '?' | '\\')) => Piece::Letter(escaped),
                    other => return Err(format!("invalid escape '\\{}'", other.unwrap_or('\u{fffd}'))),
                },
                c => Piece::Letter(c),
            });
        }
        Ok(Pattern(pieces))
    }

    /// Where matches that start at `from` may end.
    fn ends(&self, text: &[char], from: usize) -> Vec<usize> {
        let mut reached = vec![false; text.len() + 1];
        reached[from] = true;
        for piece in &self.0 {
            let mut next = vec![false; text.len() + 1];
            let mut open = false;
            for at in from..=text.len() {
                match piece {
                    Piece::Star => {
                        open |= reached[at];
                        next[at] |= open;
                        // Like the dot of a regular expression it stops at the end of a line.
                        open &= text.get(at) != Some(&'\n');
                    }
                    _ if !reached[at] => {}
                    Piece::Any if text.get(at).is_some_and(|c| *c != '\n') => next[at + 1] = true,
                    Piece::Letter(letter) if text.get(at) == Some(letter) => next[at + 1] = true,
                    Piece::Any | Piece::Letter(_) => {}
                }
            }
            reached = next;
        }
        (from..=text.len()).filter(|at| reached[*at]).collect()
    }

    /// The end of a match at the start of a text: the longest one with `most`, else the shortest.
    pub fn prefix(&self, text: &[char], most: bool) -> Option<usize> {
        let ends = self.ends(text, 0);
        if most { ends.last().copied() } else { ends.first().copied() }
    }

    /// The start of a match at the end of a text.
    pub fn suffix(&self, text: &[char], most: bool) -> Option<usize> {
        let backwards: Vec<char> = text.iter().rev().copied().collect();
        let pattern = Pattern(self.0.iter().rev().cloned().collect());
        pattern.prefix(&backwards, most).map(|length| text.len() - length)
    }

    /// The text with the first match, or all, replaced.
    pub fn replace(&self, text: &str, by: &str, all: bool) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        let mut last = None;
        while at <= chars.len() {
            let end = self.ends(&chars, at).last().copied();
            match end {
                // An empty match right behind another one counts for nothing.
                Some(end) if end > at || last != Some(at) => {
                    out.push_str(&if all { without_groups(by) } else { by.to_string() });
                    last = Some(end);
                    if end == at {
                        out.extend(chars.get(at));
                        at += 1;
                    } else {
                        at = end;
                    }
                    if !all {
                        break;
                    }
                }
                _ => {
                    out.extend(chars.get(at));
                    at += 1;
                }
            }
        }
        out.extend(chars.get(at..).unwrap_or_default());
        out
    }
}

/// Replacing everywhere, Go reads `$name` in the replacement as a group of the pattern, and there are none.
fn without_groups(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '$' {
            out.push(c);
        } else if chars.next_if_eq(&'$').is_some() {
            out.push('$');
        } else {
            let mut named = false;
            while chars.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {
                named = true;
            }
            if !named {
                out.push('$');
            }
        }
    }
    out
}

/// Whether a name matches a pattern of `path/filepath`.Match: `*` and `?` stop at slashes, `[a-z]` and `[^a]`
/// are sets, a backslash escapes. `None` for a malformed pattern.
pub fn matches(pattern: &str, name: &str) -> Option<bool> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    Some(run(&read(&pattern)?, &name))
}

/// Whether parts match a whole name.
pub fn run(parts: &[Part], name: &[char]) -> bool {
    // The places of the name that the parts so far may lead to.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; name.len() + 1];
        let mut open = false;
        for at in 0..=name.len() {
            match part {
                Part::Star => {
                    open |= reached[at];
                    next[at] |= open;
                    open &= name.get(at) != Some(&'/');
                }
                Part::Deep => {
                    open |= reached[at];
                    next[at] |= open;
                }
                Part::DeepDir => {
                    next[at] |= reached[at] || open && at > 0 && name[at - 1] == '/';
                    open |= reached[at];
                }
                part if reached[at] && name.get(at).is_some_and(|c| part.takes(*c)) => next[at + 1] = true,
                _ => {}
            }
        }
        reached = next;
    }
    reached[name.len()]
}

/// A part of a pattern of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Letter(char),
    Any,
    Star,
    /// Anything, slashes too.
    Deep,
    /// Directories, or none.
    DeepDir,
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Part::Letter(letter) => *letter == c,
            Part::Any => c != '/',
            Part::Star | Part::Deep | Part::DeepDir => false,
            Part::Set { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        }
    }
}

fn read(pattern: &[char]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(c) = pattern.get(at) {
        at += 1;
        parts.push(match c {
            '*' => Part::Star,
            '?' => Part::Any,
            '\\' => {
                at += 1;
                Part::Letter(*pattern.get(at - 1)?)
            }
            '[' => set(pattern, &mut at)?,
            c => Part::Letter(*c),
        });
    }
    Some(parts)
}

pub fn set(pattern: &[char], at: &mut usize) -> Option<Part> {
    let negated = pattern.get(*at) == Some(&'^');
    *at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        if pattern.get(*at) == Some(&']') && !ranges.is_empty() {
            *at += 1;
            return Some(Part::Set { negated, ranges });
        }
        let low = member(pattern, at)?;
        let mut high = low;
        if pattern.get(*at) == Some(&'-') {
            *at += 1;
            high = member(pattern, at)?;
        }
        ranges.push((low, high));
    }
}

fn member(pattern: &[char], at: &mut usize) -> Option<char> {
    let c = *pattern.get(*at)?;
    if matches!(c, '-' | ']') {
        return None;
    }
    *at += 1;
    if c != '\\' {
        return Some(c);
    }
    *at += 1;
    pattern.get(*at - 1).copied()
}

/// Whether a text holds what [`matches`] takes for a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '[' => return true,
            '\\' => drop(chars.next()),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_as_in_go() {
        for (pattern, name, expected) in [
            ("abc", "abc", Some(true)),
            ("*", "abc", Some(true)),
            ("*c", "abc", Some(true)),
            ("a*", "ab/c", Some(false)),
            ("a*/b", "abc/b", Some(true)),
            ("a?c", "a/c", Some(false)),
            ("ab[c]", "abc", Some(true)),
            ("ab[^e-g]", "abc", Some(true)),
            ("ab[^c]", "abc", Some(false)),
            ("a\\*b", "a*b", Some(true)),
            ("[]a]", "]", None),
            ("[-]", "-", None),
            ("[a", "a", None),
            ("a\\", "a", None),
            ("package*.json", "package-lock.json", Some(true)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
