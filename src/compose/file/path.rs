//! Places in a compose file: `services.web.ports`, and patterns of them: `services.*.ports`.

/// Whether a path is one that the pattern means; `*` stands for any one part.
pub fn matches(path: &str, pattern: &str) -> bool {
    let (mut parts, mut wanted) = (path.split('.'), pattern.split('.'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(want)) if want == "*" || part == want => {}
            _ => return false,
        }
    }
}

/// The place below `path`.
pub fn next(path: &str, part: &str) -> String {
    if path.is_empty() { part.to_string() } else { format!("{path}.{part}") }
}

/// Whether any of the patterns, divided by blanks, means the path.
pub fn any(path: &str, patterns: &str) -> bool {
    patterns.split_whitespace().any(|pattern| matches(path, pattern))
}
