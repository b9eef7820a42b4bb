//! Text in the quotes that a shell prints it with.

use crate::shell::Dialect;

/// A text as `set -x` and `set` show it: plain if it can be, else in quotes.
pub fn quoted(text: &str, dialect: Dialect) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:,+@%^=".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !(dialect == Dialect::Ash && text.contains('=')) {
        return text.to_owned();
    }
    if dialect == Dialect::Bash && text.chars().any(char::is_control) {
        let mut out = String::from("$'");
        for c in text.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\x1b' => out.push_str("\\E"),
                '\'' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                c if c.is_control() => out.push_str(&format!("\\{:03o}", c as u32)),
                c => out.push(c),
            }
        }
        out.push('\'');
        return out;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
