//! `.dockerignore`: the pattern language of moby/patternmatcher.

use crate::kernel::join;
use crate::model::glob::{Part, run, set};

/// The patterns of an ignore file, in order.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// Without the exclamation mark.
    text: String,
    exception: bool,
    kind: Match,
}

#[derive(Debug)]
enum Match {
    Exact,
    /// `dir/**`: what begins so.
    Prefix,
    /// `**/name`: what ends so.
    Suffix,
    Parts(Vec<Part>),
}

/// The patterns of a file, one a line.
pub fn lines(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut all = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            continue;
        }
        let mut pattern = line.trim();
        if pattern.is_empty() {
            continue;
        }
        let exception = pattern.starts_with('!');
        if exception {
            pattern = pattern[1..].trim();
        }
        let mut clean = clean(pattern);
        if clean.len() > 1 && clean.starts_with('/') {
            clean.remove(0);
        }
        all.push(if exception { format!("!{clean}") } else { clean });
    }
    all
}

/// Go's `filepath.Clean`; nothing stays nothing.
fn clean(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    if path.starts_with('/') {
        return join("/", path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    if kept.is_empty() { ".".into() } else { kept.join("/") }
}

impl Ignore {
    /// Reads patterns; the error is patternmatcher's.
    pub fn new(patterns: &[String]) -> Result<Ignore, String> {
        let mut ignore = Ignore::default();
        for pattern in patterns {
            let text = pattern.trim();
            if text.is_empty() {
                continue;
            }
            let text = clean(text);
            let (exception, text) = match text.strip_prefix('!') {
                Some("") => return Err("illegal exclusion pattern: \"!\"".into()),
                Some(rest) => (true, rest.to_string()),
                None => (false, text),
            };
            let kind = compile(&text).ok_or_else(|| "syntax error in pattern".to_string())?;
            ignore.patterns.push(Pattern { text, exception, kind });
        }
        Ok(ignore)
    }

    /// Whether some pattern takes files back in.
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a path, relative to the context, is left out: the last pattern that matches it or a directory
    /// above it decides.
    pub fn matches(&self, path: &str) -> bool {
        let mut out = false;
        for pattern in &self.patterns {
            // A pattern that changes nothing need not be looked at.
            if pattern.exception == out && (pattern.takes(path) || above(path).any(|dir| pattern.takes(dir))) {
                out = !pattern.exception;
            }
        }
        out
    }
}

/// The directories above a path.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

impl Pattern {
    fn takes(&self, path: &str) -> bool {
        match &self.kind {
            Match::Exact => path == self.text,
            Match::Prefix => path.starts_with(self.text.trim_end_matches("**")),
            Match::Suffix => {
                let end = self.text.strip_prefix("**").unwrap_or(&self.text);
                path.ends_with(end) || end.strip_prefix('/') == Some(path)
            }
            Match::Parts(parts) => run(parts, &path.chars().collect::<Vec<char>>()),
        }
    }
}

/// What a pattern is; none if it is malformed.
fn compile(text: &str) -> Option<Match> {
    let chars: Vec<char> = text.chars().collect();
    let mut parts = Vec::new();
    let mut kind = Match::Exact;
    let mut general = false;
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let first = at == 0;
        at += 1;
        match c {
            '*' if chars.get(at) == Some(&'*') => {
                at += 1;
                at += usize::from(chars.get(at) == Some(&'/'));
                if at < chars.len() {
                    parts.push(Part::DeepDir);
                    general = true;
                } else if matches!(kind, Match::Exact) && !general {
                    kind = Match::Prefix;
                    parts.push(Part::Deep);
                } else {
                    parts.push(Part::Deep);
                    general = true;
                }
                if first {
                    kind = Match::Suffix;
                    general = false;
                }
            }
            '*' => {
                parts.push(Part::Star);
                general = true;
            }
            '?' => {
                parts.push(Part::Any);
                general = true;
            }
            '\\' => {
                parts.push(Part::Letter(*chars.get(at)?));
                at += 1;
                general = true;
            }
            '[' => {
                parts.push(set(&chars, &mut at)?);
                general = true;
            }
            c => parts.push(Part::Letter(*c)),
        }
    }
    Some(if general { Match::Parts(parts) } else { kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(file: &str, path: &str) -> bool {
        Ignore::new(&lines(file)).is_ok_and(|ignore| ignore.matches(path))
    }

    #[test]
    fn patterns_are_those_of_patternmatcher() {
        for (file, path, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "src/a.log", false),
            ("**/*.log", "src/deep/a.log", true),
            ("**/*.log", "a.log", true),
            ("secret", "secret/key", true),
            ("secret/", "secret/key", true),
            ("/secret", "secret", true),
            ("*\n!src", "src/a.c", false),
            ("*\n!src", "README", true),
            ("# secret\n", "secret", false),
            (" secret ", "secret", true),
            ("src/**/tmp*", "src/deep/tmp1", true),
            ("src/**/tmp*", "src/tmp1", true),
            ("src/**", "src", false),
            ("src/**", "src/a", true),
            ("**", "x/y", true),
            ("**/node_modules", "a/node_modules/b", true),
            ("**/node_modules", "node_modules", true),
            ("**file", "xfile", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("!a\na", "a", true),
            ("a\n!a\na", "a", true),
            ("./a/../b", "b", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false),
            ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ] {
            assert_eq!(left_out(file, path), expected, "{file:?} {path}");
        }
        assert_eq!(Ignore::new(&["!".into()]).err().as_deref(), Some("illegal exclusion pattern: \"!\""));
        assert_eq!(Ignore::new(&["[a".into()]).err().as_deref(), Some("syntax error in pattern"));
    }
}
