//! Answers as redis-cli shows them: for a person, or raw for another program.

use super::protocol::Reply;

/// For a person, with a line end.
pub fn pretty(reply: &Reply, lead: &str) -> String {
    match reply {
        Reply::Status(text) => format!("{text}\n"),
        Reply::Error(text) => format!("(error) {text}\n"),
        Reply::Number(number) => format!("(integer) {number}\n"),
        Reply::Nil => "(nil)\n".into(),
        Reply::Bytes(bytes) => format!("{}\n", quoted(bytes)),
        Reply::Many(all) if all.is_empty() => "(empty array)\n".into(),
        Reply::Many(all) => {
            let width = all.len().to_string().len();
            let inner = format!("{lead}{}", " ".repeat(width + 2));
            let mut text = String::new();
            for (at, one) in all.iter().enumerate() {
                let lead = if at == 0 { "" } else { lead };
                text.push_str(&format!("{lead}{:>width$}) {}", at + 1, pretty(one, &inner)));
            }
            text
        }
    }
}

/// For a program: nothing but what it is, and a line end.
pub fn raw(reply: &Reply) -> Vec<u8> {
    let mut bytes = bare(reply);
    bytes.push(b'\n');
    bytes
}

fn bare(reply: &Reply) -> Vec<u8> {
    match reply {
        Reply::Status(text) => text.clone().into_bytes(),
        Reply::Error(text) => format!("{text}\n").into_bytes(),
        Reply::Number(number) => number.to_string().into_bytes(),
        Reply::Nil => Vec::new(),
        Reply::Bytes(bytes) => bytes.clone(),
        Reply::Many(all) => all.iter().map(bare).collect::<Vec<_>>().join(&b'\n'),
    }
}

/// Bytes in double quotes; what does not print is escaped.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            7 => text.push_str("\\a"),
            8 => text.push_str("\\b"),
            0x20..=0x7e => text.push(char::from(*byte)),
            byte => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_for_a_person() {
        assert_eq!(pretty(&Reply::Number(3), ""), "(integer) 3\n");
        assert_eq!(pretty(&Reply::text("a \"b\"\n\u{e9}"), ""), "\"a \\\"b\\\"\\n\\xc3\\xa9\"\n");
        let nested = Reply::Many(vec![Reply::text("0"), Reply::Many(vec![Reply::Nil, Reply::text("b")])]);
        assert_eq!(pretty(&nested, ""), "1) \"0\"\n2) 1) (nil)\n   2) \"b\"\n");
        let ten = Reply::Many(vec![Reply::Nil; 10]);
        assert!(pretty(&ten, "").starts_with(" 1) (nil)\n") && pretty(&ten, "").ends_with("\n10) (nil)\n"));
    }

    #[test]
    fn answers_for_a_program() {
        assert_eq!(raw(&Reply::Many(vec![Reply::text("a"), Reply::Number(1)])), b"a\n1\n");
        assert_eq!(raw(&Reply::error("ERR x")), b"ERR x\n\n");
        assert_eq!(raw(&Reply::Nil), b"\n");
    }
}
