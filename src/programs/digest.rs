//! Bytes in other shapes: sha256sum, base64, od, hexdump.

use sha2::{Digest, Sha256};

use super::command::Cmd;
use super::filter::{Filter, Next, drive};
use crate::kernel::LocalFuture;

struct Sum(Sha256);

impl Filter for Sum {
    fn open(&mut self, _cmd: &mut Cmd, _name: &str) {
        self.0 = Sha256::new();
    }

    fn pieces(&self) -> bool {
        true
    }

    fn line(&mut self, _cmd: &mut Cmd, piece: &[u8], _ended: bool) -> Next {
        self.0.update(piece);
        Next::More
    }

    fn close(&mut self, cmd: &mut Cmd, name: &str) -> Next {
        let sum = hex(&std::mem::take(&mut self.0).finalize());
        cmd.out(&format!("{sum}  {name}\n"));
        Next::More
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256sum(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if cmd.has('c') {
            check(&mut cmd).await;
        } else {
            drive(&mut cmd, &mut Sum(Sha256::new())).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

async fn check(cmd: &mut Cmd) {
    let mut failed = 0;
    let lists = if cmd.args.is_empty() { vec!["/dev/stdin".to_string()] } else { cmd.args.clone() };
    for list in lists {
        let bytes = match cmd.sys.read_file(&list).await {
            Ok(bytes) => bytes,
            Err(errno) => {
                cmd.trouble("{}", "can't open '{}'", &list, errno);
                continue;
            }
        };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((sum, name)) = line.split_once("  ").or_else(|| line.split_once(" *")) else { continue };
            match cmd.sys.read_file(name).await {
                Ok(bytes) => {
                    let good = hex(&Sha256::digest(&bytes)) == sum.to_ascii_lowercase();
                    if !good {
                        failed += 1;
                    }
                    cmd.out(&format!("{name}: {}\n", if good { "OK" } else { "FAILED" }));
                }
                Err(errno) => {
                    cmd.trouble("{}", "can't open '{}'", name, errno);
                    cmd.out(&format!("{name}: FAILED open or read\n"));
                }
            }
        }
    }
    if failed > 0 {
        let plural = if failed == 1 { "" } else { "s" };
        let gnu = format!("WARNING: {failed} computed checksum{plural} did NOT match");
        cmd.object(&gnu, &format!("WARNING: {failed} of computed checksums did NOT match"), "");
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Keeps everything until the end.
struct Whole(Vec<u8>);

impl Filter for Whole {
    fn pieces(&self) -> bool {
        true
    }

    fn line(&mut self, _cmd: &mut Cmd, piece: &[u8], _ended: bool) -> Next {
        self.0.extend_from_slice(piece);
        Next::More
    }
}

pub fn base64(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut whole = Whole(Vec::new());
        drive(&mut cmd, &mut whole).await;
        if cmd.status == 0 && cmd.has('d') {
            match decode(&whole.0, cmd.has('i')) {
                Ok(bytes) => cmd.put(&bytes),
                Err(bytes) => {
                    cmd.put(&bytes);
                    cmd.object("invalid input", "truncated input", "");
                }
            }
        } else if cmd.status == 0 {
            let wrap: usize = cmd.value('w').and_then(|w| w.parse().ok()).unwrap_or(76);
            let text = encode(&whole.0);
            let lines: Vec<&str> = match wrap {
                0 => vec![text.as_str()],
                wrap => text.as_bytes().chunks(wrap).filter_map(|line| std::str::from_utf8(line).ok()).collect(),
            };
            let end = if wrap == 0 || text.is_empty() { "" } else { "\n" };
            cmd.out(&(lines.join("\n") + end));
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |n, b| n << 8 | u32::from(*b));
        for at in 0..4 {
            let letter = ALPHABET.get((group >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// An error carries what could be read before it.
fn decode(text: &[u8], ignore: bool) -> Result<Vec<u8>, Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut group, mut count) = (0u32, 0);
    for byte in text {
        let Some(value) = ALPHABET.iter().position(|letter| letter == byte) else {
            match byte {
                b'\n' | b'\r' => continue,
                b'=' => break,
                _ if ignore => continue,
                _ => return Err(bytes),
            }
        };
        group = group << 6 | value as u32;
        count += 1;
        if count == 4 {
            bytes.extend([(group >> 16) as u8, (group >> 8) as u8, group as u8]);
            (group, count) = (0, 0);
        }
    }
    match count {
        0 => Ok(bytes),
        2 => {
            bytes.push((group >> 4) as u8);
            Ok(bytes)
        }
        3 => {
            bytes.extend([(group >> 10) as u8, (group >> 2) as u8]);
            Ok(bytes)
        }
        _ => Err(bytes),
    }
}

/// od and hexdump, and hexdump -C under its own name, hd.
pub fn dump(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut whole = Whole(Vec::new());
        drive(&mut cmd, &mut whole).await;
        let limit = cmd.value('N').or(cmd.value('n')).and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
        let bytes = whole.0.get(..whole.0.len().min(limit)).unwrap_or_default();
        let canonical = cmd.row.name == "hd" || cmd.row.name == "hexdump" && cmd.has('C');
        let hexdump = cmd.row.name != "od";
        let kind = match (cmd.last_of("cbx"), cmd.value('t')) {
            (Some('c'), _) | (_, Some("c" | "a")) if !hexdump => 'c',
            (_, Some("x1")) => '1',
            (Some('x'), _) | (_, Some("x2" | "x")) => 'x',
            (Some('b'), _) | (_, Some("o1")) => 'b',
            (_, Some("u1" | "d1")) => 'u',
            _ if hexdump => 'x',
            _ => 'o',
        };
        let addresses = cmd.value('A') != Some("n");
        let mut previous: Option<&[u8]> = None;
        let mut starred = false;
        let mut text = String::new();
        for (row, line) in bytes.chunks(16).enumerate() {
            if previous == Some(line) && line.len() == 16 && !cmd.has('v') {
                if !starred {
                    text.push_str("*\n");
                }
                starred = true;
                continue;
            }
            (starred, previous) = (false, Some(line));
            if addresses {
                text.push_str(&address(row * 16, canonical, hexdump, cmd.value('A')));
            }
            if canonical {
                text.push_str(&canonical_line(line));
            } else {
                text.push_str(&plain_line(line, kind, hexdump));
            }
            text.push('\n');
        }
        if addresses && cmd.status == 0 && (!hexdump || !bytes.is_empty()) {
            text.push_str(&address(bytes.len(), canonical, hexdump, cmd.value('A')));
            text.push('\n');
        }
        cmd.out(&text);
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn address(at: usize, canonical: bool, hexdump: bool, radix: Option<&str>) -> String {
    match (canonical, hexdump, radix) {
        (true, ..) => format!("{at:08x}"),
        (_, true, _) => format!("{at:07x}"),
        (_, _, Some("x")) => format!("{at:06x}"),
        (_, _, Some("d")) => format!("{at:07}"),
        _ => format!("{at:07o}"),
    }
}

fn canonical_line(line: &[u8]) -> String {
    let mut text = String::from(" ");
    for at in 0..16 {
        text.push_str(&line.get(at).map_or("   ".to_string(), |byte| format!(" {byte:02x}")));
        if at == 7 {
            text.push(' ');
        }
    }
    let shown: String =
        line.iter().map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }).collect();
    format!("{text}  |{shown}|")
}

fn plain_line(line: &[u8], kind: char, padded: bool) -> String {
    let mut text = String::new();
    match kind {
        'o' | 'x' => {
            for at in 0..8 {
                let word = line
                    .get(at * 2)
                    .map(|low| u16::from(*low) | u16::from(line.get(at * 2 + 1).copied().unwrap_or(0)) << 8);
                match word {
                    Some(word) if kind == 'x' => text.push_str(&format!(" {word:04x}")),
                    Some(word) => text.push_str(&format!(" {word:06o}")),
                    None if padded => text.push_str("     "),
                    None => {}
                }
            }
        }
        'c' => {
            for byte in line {
                let shown = match byte {
                    0 => "\\0".to_string(),
                    7 => "\\a".into(),
                    8 => "\\b".into(),
                    9 => "\\t".into(),
                    10 => "\\n".into(),
                    11 => "\\v".into(),
                    12 => "\\f".into(),
                    13 => "\\r".into(),
                    32..127 => char::from(*byte).to_string(),
                    _ => format!("{byte:03o}"),
                };
                text.push_str(&format!(" {shown:>3}"));
            }
        }
        kind => {
            for byte in line {
                text.push_str(&match kind {
                    '1' => format!(" {byte:02x}"),
                    'u' => format!(" {byte:>3}"),
                    _ => format!(" {byte:03o}"),
                });
            }
        }
    }
    text
}
