//! RESP2, the protocol between redis-cli and the server (redis.io, "Redis serialization protocol").

use crate::kernel::{Errno, Sys};
use crate::model::limits;

/// What a server answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Status(String),
    Error(String),
    Number(i64),
    Nil,
    Bytes(Vec<u8>),
    Many(Vec<Reply>),
}

impl Reply {
    pub fn ok() -> Reply {
        Reply::Status("OK".into())
    }

    pub fn text(text: &str) -> Reply {
        Reply::Bytes(text.as_bytes().to_vec())
    }

    pub fn error(text: &str) -> Reply {
        Reply::Error(text.into())
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Reply::Status(text) => line(out, '+', text),
            Reply::Error(text) => line(out, '-', text),
            Reply::Number(number) => line(out, ':', &number.to_string()),
            Reply::Nil => out.extend_from_slice(b"$-1\r\n"),
            Reply::Bytes(bytes) => bulk(out, bytes),
            Reply::Many(all) => {
                line(out, '*', &all.len().to_string());
                for reply in all {
                    reply.write(out);
                }
            }
        }
    }
}

fn line(out: &mut Vec<u8>, kind: char, text: &str) {
    out.extend_from_slice(format!("{kind}{}\r\n", text.replace(['\r', '\n'], " ")).as_bytes());
}

fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    line(out, '$', &bytes.len().to_string());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// A command as clients send it, and as files keep it.
pub fn command(words: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    line(&mut out, '*', &words.len().to_string());
    for word in words {
        bulk(&mut out, word);
    }
    out
}

/// Reads a message from the start of `bytes`: it and its length, nothing if it is not all there yet.
pub fn reply(bytes: &[u8]) -> Result<Option<(Reply, usize)>, String> {
    read(bytes, 0)
}

fn read(bytes: &[u8], depth: u8) -> Result<Option<(Reply, usize)>, String> {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(bytes.get(1..end).unwrap_or_default()).into_owned();
    let number = || text.parse::<i64>().map_err(|_| "invalid number".to_string());
    let mut at = end + 2;
    let reply = match bytes.first() {
        Some(b'+') => Reply::Status(text),
        Some(b'-') => Reply::Error(text),
        Some(b':') => Reply::Number(number()?),
        Some(b'$') => {
            let Ok(length) = usize::try_from(number()?) else { return Ok(Some((Reply::Nil, at))) };
            if length > limits::FILE_BYTES {
                return Err("invalid bulk length".into());
            }
            let Some(body) = bytes.get(at..at + length) else { return Ok(None) };
            if bytes.len() < at + length + 2 {
                return Ok(None);
            }
            at += length + 2;
            Reply::Bytes(body.to_vec())
        }
        Some(b'*') if depth < 8 => {
            let count = number()?;
            if count > 1 << 20 {
                return Err("invalid multibulk length".into());
            }
            let mut all = Vec::new();
            for _ in 0..count {
                let Some((one, length)) = read(&bytes[at..], depth + 1)? else { return Ok(None) };
                all.push(one);
                at += length;
            }
            Reply::Many(all)
        }
        _ => return Err("unknown kind of message".into()),
    };
    Ok(Some((reply, at)))
}

/// A command's name and its arguments.
pub type Words = Vec<Vec<u8>>;

/// Reads a command: as clients send it, or as a person types it (`PING`).
pub fn request(bytes: &[u8]) -> Result<Option<(Words, usize)>, String> {
    if bytes.first() == Some(&b'*') {
        return Ok(match read(bytes, 0)? {
            Some((Reply::Many(all), length)) => {
                let word = |reply| if let Reply::Bytes(bytes) = reply { bytes } else { Vec::new() };
                Some((all.into_iter().map(word).collect(), length))
            }
            _ => None,
        });
    }
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let words = words(&text).ok_or("unbalanced quotes in request")?;
    Ok(Some((words, end + 1)))
}

/// The words of a line, in quotes where they have blanks; none if a quote stays open.
pub fn words(line: &str) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = line.trim().chars().peekable();
    while rest.peek().is_some() {
        let mut word = String::new();
        let mut raw = Vec::new();
        while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
            match c {
                '"' => quoted(&mut rest, &mut raw)?,
                '\'' => loop {
                    match rest.next()? {
                        '\'' => break,
                        '\\' if rest.peek() == Some(&'\'') => raw.push(rest.next().map_or(b'\'', |_| b'\'')),
                        c => push(&mut raw, c),
                    }
                },
                c => push(&mut raw, c),
            }
            word.clear();
        }
        words.push(raw);
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
    }
    Some(words)
}

fn push(raw: &mut Vec<u8>, c: char) {
    raw.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, raw: &mut Vec<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '\\' => match rest.next()? {
                'n' => raw.push(b'\n'),
                'r' => raw.push(b'\r'),
                't' => raw.push(b'\t'),
                'a' => raw.push(7),
                'b' => raw.push(8),
                'x' => {
                    let digits: String = [rest.next()?, rest.next()?].iter().collect();
                    raw.push(u8::from_str_radix(&digits, 16).ok()?);
                }
                c => push(raw, c),
            },
            c => push(raw, c),
        }
    }
}

/// Sends a command and reads the answer; what came after it stays in `buffer`.
pub async fn exchange(sys: &Sys, fd: u32, words: &[Vec<u8>], buffer: &mut Vec<u8>) -> Result<Reply, Errno> {
    sys.write(fd, &command(words)).await?;
    loop {
        match reply(buffer) {
            Ok(Some((reply, length))) => {
                buffer.drain(..length);
                return Ok(reply);
            }
            Ok(None) => {}
            Err(_) => return Err(Errno::Io),
        }
        let some = sys.read(fd, 65_536).await?;
        if some.is_empty() {
            return Err(Errno::ConnReset);
        }
        buffer.extend(some);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back() {
        let all =
            Reply::Many(vec![Reply::Number(-2), Reply::Nil, Reply::text("a\r\nb"), Reply::ok(), Reply::Many(vec![])]);
        let mut bytes = Vec::new();
        all.write(&mut bytes);
        assert_eq!(reply(&bytes), Ok(Some((all, bytes.len()))));
        assert_eq!(reply(&bytes[..bytes.len() - 1]), Ok(None));
        assert!(reply(b"?\r\n").is_err());
        assert!(reply(b"$99999999999\r\n").is_err());
    }

    #[test]
    fn words_of_a_line() {
        let words = |line: &str| {
            words(line).map(|all| all.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(words("set a \"b c\\n\" 'd e'"), Some(vec!["set".into(), "a".into(), "b c\n".into(), "d e".into()]));
        assert_eq!(words("get \"a"), None);
        assert_eq!(request(b"PING\r\n"), Ok(Some((vec![b"PING".to_vec()], 6))));
    }
}
