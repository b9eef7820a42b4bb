//! A pack of lessons as a zip archive: the texts in it, with their paths. What is read is little of the form: stored
//! and deflated files, as every packer writes them; nothing encrypted, nothing in several parts, no more than 4 GB.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::model::limits;

/// The beginnings of an entry's head, of its line in the list, and of the end that says where the list is.
const HEAD: [u8; 4] = *b"PK\x03\x04";
const LINE: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// Bytes of these without what is of any length.
const HEAD_BYTES: usize = 30;
const LINE_BYTES: usize = 46;
const END_BYTES: usize = 22;
/// What a text of a pack may hold: all of a lesson's texts in one file.
const TEXT: usize = 3 * limits::LESSON_BYTES;

/// The texts of a pack (what ends in `.md`); none where it is no archive, is damaged or holds too much.
pub fn texts(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let end = bytes.len().checked_sub(END_BYTES)?;
    // A remark of up to 64 kB may stand behind the end.
    let end = (end.saturating_sub(0xffff)..=end).rev().find(|at| bytes[*at..].starts_with(&END))?;
    let count = short(bytes, end + 10)?;
    let mut at = long(bytes, end + 16)?;
    let (mut texts, mut room) = (Vec::new(), limits::PACK_BYTES);
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(&LINE) {
            return None;
        }
        let (name, more, remark) = (short(bytes, at + 28)?, short(bytes, at + 30)?, short(bytes, at + 32)?);
        let path = String::from_utf8_lossy(bytes.get(at + LINE_BYTES..at + LINE_BYTES + name)?).replace('\\', "/");
        if path.ends_with(".md") && !path.starts_with("__MACOSX/") {
            let text = content(bytes, at)?;
            room = room.checked_sub(text.len())?;
            texts.push((path, String::from_utf8_lossy(&text).into_owned()));
        }
        at += LINE_BYTES + name + more + remark;
    }
    (texts.len() <= limits::PACK_FILES).then_some(texts)
}

/// What an entry holds whose line in the list stands here.
fn content(bytes: &[u8], line: usize) -> Option<Vec<u8>> {
    let (flags, method) = (short(bytes, line + 8)?, short(bytes, line + 10)?);
    let (packed, head) = (long(bytes, line + 20)?, long(bytes, line + 42)?);
    if flags & 1 != 0 || !bytes.get(head..)?.starts_with(&HEAD) {
        return None;
    }
    let begin = head + HEAD_BYTES + short(bytes, head + 26)? + short(bytes, head + 28)?;
    let packed = bytes.get(begin..begin.checked_add(packed)?)?;
    match method {
        0 => (packed.len() <= TEXT).then(|| packed.to_vec()),
        8 => decompress_to_vec_with_limit(packed, TEXT).ok(),
        _ => None,
    }
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}
