//! A script cut into commands.

use std::collections::BTreeMap;

use layerlab::shell::{Dialect, SyntaxError, next_command};

/// The commands of a script: a line each, but for here-documents, quoted strings and compound commands
/// over several lines. Blank lines and lines of comment between commands are left out.
pub fn commands(script: &str) -> Vec<&str> {
    let aliases = BTreeMap::new();
    let mut found = Vec::new();
    let mut rest = script;
    while !rest.is_empty() {
        let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let first = rest[..line].trim();
        if first.is_empty() || first.starts_with('#') {
            rest = &rest[line..];
            continue;
        }
        let length = match next_command(rest, 1, Dialect::Bash, &aliases, true) {
            Ok(next) => next.consumed,
            Err(SyntaxError::Unexpected(fault)) => fault.consumed,
            // Nothing ends it, so it can't be told where it ends: the shell will say the same of its line.
            Err(SyntaxError::Incomplete(_)) => line,
        };
        let end = line_end(rest, length.max(line));
        found.push(rest[..end].trim_end_matches('\n'));
        rest = &rest[end..];
    }
    found
}

/// The end of the line that holds the byte before `at`.
fn line_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    if at == 0 || bytes[at - 1] == b'\n' {
        return at;
    }
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |more| at + more + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_may_take_several_lines() {
        let script = "echo a\n\n# said\ncat <<E\nb\n\nE\necho 'c\nd' &&\n  true\nfor i in 1\ndo\n  x\ndone; y\nlast";
        let expected = ["echo a", "cat <<E\nb\n\nE", "echo 'c\nd' &&\n  true", "for i in 1\ndo\n  x\ndone; y", "last"];
        assert_eq!(commands(script), expected);
    }

    #[test]
    fn a_mistake_takes_its_line() {
        assert_eq!(commands("echo (\nls\n"), ["echo (", "ls"]);
        assert_eq!(commands("echo 'open\nls\n"), ["echo 'open", "ls"]);
        assert_eq!(commands("done\nls"), ["done", "ls"]);
    }
}
