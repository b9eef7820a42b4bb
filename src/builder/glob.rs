//! The patterns of `${name#pattern}`.

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
