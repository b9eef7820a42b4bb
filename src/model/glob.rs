//! Go's patterns of paths (`path.Match`), which filters, COPY and ignore files are read by.

/// Whether a name matches a pattern: `*` and `?` stop at slashes, `[a-z]` and `[^a]`
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
            ("al*", "alpine", Some(true)),
            ("*", "lab/base", Some(false)),
            ("lab/*", "lab/base:1", Some(true)),
            ("*:alpine", "nginx:alpine", Some(true)),
            ("a?p[h-j]ne", "alpine", Some(true)),
            ("[^a]*", "alpine", Some(false)),
            ("", "", Some(true)),
            ("a**e", "alpine", Some(true)),
            ("[", "a", None),
            ("\\", "a", None),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
