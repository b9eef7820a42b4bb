//! Patterns of the `reference` filter: Go's `path.Match`, where `*` and `?` stop at a slash.

/// The pattern can't be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadPattern;

/// Whether all of `name` matches `pattern`.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let pattern = parse(pattern)?;
    let name: Vec<char> = name.chars().collect();
    // Which lengths of the name the pattern so far can match.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for piece in &pattern {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            match piece {
                Piece::Star => next[at] = reached[at] || (at > 0 && next[at - 1] && name[at - 1] != '/'),
                one => next[at] = at > 0 && reached[at - 1] && one.takes(name[at - 1]),
            }
        }
        reached = next;
    }
    Ok(reached[name.len()])
}

enum Piece {
    Star,
    Any,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Piece::Star => false,
            Piece::Any => c != '/',
            Piece::Char(wanted) => c == *wanted,
            Piece::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

fn parse(pattern: &str) -> Result<Vec<Piece>, BadPattern> {
    let mut chars = pattern.chars().peekable();
    let mut pieces = Vec::new();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Star,
            '?' => Piece::Any,
            '\\' => Piece::Char(chars.next().ok_or(BadPattern)?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || chars.peek() != Some(&']') {
                    let low = class_char(&mut chars)?;
                    let high = if chars.next_if_eq(&'-').is_some() { class_char(&mut chars)? } else { low };
                    ranges.push((low, high));
                }
                chars.next();
                Piece::Class { negated, ranges }
            }
            c => Piece::Char(c),
        });
    }
    Ok(pieces)
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, BadPattern> {
    match chars.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => chars.next().ok_or(BadPattern),
        Some(c) => Ok(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_go_matches_paths() {
        for (pattern, name, expected) in [
            ("al*", "alpine", Ok(true)),
            ("*", "lab/base", Ok(false)),
            ("lab/*", "lab/base:1", Ok(true)),
            ("*:alpine", "nginx:alpine", Ok(true)),
            ("a?p[h-j]ne", "alpine", Ok(true)),
            ("[^a]*", "alpine", Ok(false)),
            ("", "", Ok(true)),
            ("a**e", "alpine", Ok(true)),
            ("[", "a", Err(BadPattern)),
            ("\\", "a", Err(BadPattern)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
