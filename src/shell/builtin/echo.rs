//! `echo`

use super::super::Dialect;
use super::super::interpreter::{Flow, Shell};
use super::arguments;

impl Shell {
    pub(super) async fn echo_command(&mut self, fields: &[String]) -> Flow {
        let text = echo(arguments(fields), self.dialect);
        self.say_bytes(&text).await
    }
}

/// What `echo` writes for its arguments.
pub fn echo(arguments: &[String], dialect: Dialect) -> Vec<u8> {
    let (mut newline, mut escapes) = (true, false);
    let mut rest = arguments;
    while let Some((first, others)) = rest.split_first() {
        let Some(letters) = first.strip_prefix('-') else { break };
        if letters.is_empty() || !letters.chars().all(|c| "neE".contains(c)) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        rest = others;
    }
    let mut out = Vec::new();
    for (i, argument) in rest.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        if !escapes {
            out.extend(argument.as_bytes());
        } else if !unescape(argument, dialect == Dialect::Ash, &mut out) {
            return out;
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Writes a text with its backslash escapes resolved; false after `\c`, which ends all output.
/// Octal numbers start with 0 unless `bare_octal`.
pub fn unescape(text: &str, bare_octal: bool, out: &mut Vec<u8>) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some(kind) = chars.next() else {
            out.push(b'\\');
            break;
        };
        let byte = match kind {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 0x1b,
            'f' => 0x0c,
            'v' => 0x0b,
            '\\' => b'\\',
            'c' => return false,
            'x' => match number(&mut chars, 16, 2, None) {
                Some(value) => value as u8,
                None => {
                    out.extend(b"\\x");
                    continue;
                }
            },
            'u' | 'U' => {
                let value = number(&mut chars, 16, if kind == 'u' { 4 } else { 8 }, None);
                let c = value.and_then(char::from_u32).unwrap_or('\u{fffd}');
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            '0' => number(&mut chars, 8, 3, None).unwrap_or(0) as u8,
            '1'..='7' if bare_octal => number(&mut chars, 8, 2, kind.to_digit(8)).unwrap_or(0) as u8,
            other => {
                out.push(b'\\');
                out.extend(other.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.push(byte);
    }
    true
}

/// Up to `most` digits of a base, behind a first one that may have been read.
fn number(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    base: u32,
    most: u32,
    first: Option<u32>,
) -> Option<u32> {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(base)) else { break };
        value = Some(value.unwrap_or(0).wrapping_mul(base).wrapping_add(digit));
        chars.next();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], bash: &str, ash: &str) {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        assert_eq!(String::from_utf8_lossy(&echo(&arguments, Dialect::Bash)), bash);
        assert_eq!(String::from_utf8_lossy(&echo(&arguments, Dialect::Ash)), ash);
    }

    #[test]
    fn options_and_escapes_are_those_of_the_shells() {
        check(&["a", "b"], "a b\n", "a b\n");
        check(&["-e", r"a\x41\101\0101\cb"], "aA\\101A", "aAAA");
        check(&["-n", "-e", r"x\n"], "x\n", "x\n");
        check(&["-E", r"a\n"], "a\\n\n", "a\\n\n");
        check(&["-ne"], "", "");
        check(&["--"], "--\n", "--\n");
        check(&["-nx"], "-nx\n", "-nx\n");
        check(&["-e", r"\u00e9\"], "é\\\n", "é\\\n");
    }
}
