//! Go's quoted texts.

/// The text as Go's `%q` shows it.
pub fn quoted(text: &str) -> String {
    let inner: String = text.chars().map(|c| escaped(c, '"')).collect();
    format!("\"{inner}\"")
}

/// The character as Go's `%q` shows it.
pub fn quoted_char(c: char) -> String {
    format!("'{}'", escaped(c, '\''))
}

fn escaped(c: char, quote: char) -> String {
    match c {
        '\\' => "\\\\".to_string(),
        c if c == quote => format!("\\{c}"),
        '\u{7}' => "\\a".to_string(),
        '\u{8}' => "\\b".to_string(),
        '\u{c}' => "\\f".to_string(),
        '\n' => "\\n".to_string(),
        '\r' => "\\r".to_string(),
        '\t' => "\\t".to_string(),
        '\u{b}' => "\\v".to_string(),
        c if is_printable(c) => c.to_string(),
        c if u32::from(c) < 0x80 => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) < 0x10000 => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    }
}

/// Whether Go shows the character as it is.
pub fn is_printable(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}');
    c == ' ' || !(c.is_control() || c.is_whitespace() || invisible)
}

/// What a Go string or character constant stands for, its quotes included in `text`.
pub fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '`' {
        return Some(inner.replace('\r', ""));
    }
    let mut out: Vec<u8> = Vec::new();
    let mut left = inner;
    while let Some(c) = left.chars().next() {
        left = &left[c.len_utf8()..];
        if c != '\\' {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let letter = left.chars().next()?;
        let after = &left[letter.len_utf8()..];
        let digits = |text: &str, count: usize, radix: u32| u32::from_str_radix(text.get(..count)?, radix).ok();
        let simple = "abfnrtv\\\"'".find(letter).filter(|_| letter != '"' && letter != '\'' || letter == quote);
        if let Some(at) = simple {
            out.push(*b"\x07\x08\x0c\n\r\t\x0b\\\"'".get(at)?);
            left = after;
            continue;
        }
        let (count, code) = match letter {
            'x' => (2, digits(after, 2, 16)?),
            'u' => (4, digits(after, 4, 16)?),
            'U' => (8, digits(after, 8, 16)?),
            '0'..='7' => (2, digits(left, 3, 8)?),
            _ => return None,
        };
        left = after.get(count..)?;
        if matches!(letter, 'u' | 'U') {
            out.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).bytes());
        } else {
            out.push(u8::try_from(code).ok()?);
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_does() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é\u{a0}"), "\"a\\\"b\\\\c\\n\\x01é\\u00a0\"");
        assert_eq!(quoted_char('\''), "'\\''");
        assert_eq!(unquoted("\"a\\tb\\x41\\u00e9\\101\""), Some("a\tbAéA".to_string()));
        assert_eq!(unquoted("`a\\n`"), Some("a\\n".to_string()));
        assert_eq!(unquoted("\"\\q\""), None);
        assert_eq!(unquoted("\"\\xé\""), None);
        assert_eq!(unquoted("\""), None);
    }
}
