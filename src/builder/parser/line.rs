//! Physical lines: comments, directives, continuations.

/// The parser's directives.
const DIRECTIVES: [&str; 3] = ["syntax", "escape", "check"];

pub fn is_comment(text: &str) -> bool {
    text.starts_with('#')
}

/// `# name = value` with a name that is known.
pub fn directive(text: &str) -> Option<(String, String)> {
    let text = text.strip_prefix('#')?.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let value = rest.trim_start_matches([' ', '\t', '\u{c}', '\r']).strip_prefix('=')?.trim();
    let name = name.to_ascii_lowercase();
    (DIRECTIVES.contains(&name.as_str()) && !value.is_empty()).then(|| (name, value.to_string()))
}

/// The line without the mark at its end that says it goes on, and whether that was there. A mark behind
/// another one is a letter, unless it stands alone.
pub fn continued(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (before, true),
        _ => (line, false),
    }
}
