//! gzip (RFC 1952) around DEFLATE (RFC 1951): all of it is read; what is written is one block with the
//! fixed codes and the nearest matches, which is plain and small rather than tight.

use crate::model::limits::ARCHIVE_BYTES;

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const LENGTH_BASE: [u16; 29] =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA: [u8; 29] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
];
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const WINDOW: usize = 32_768;
const LONGEST: usize = 258;

/// Bits that say more about a distance of this code.
fn distance_extra(code: usize) -> u32 {
    (code as u32 / 2).saturating_sub(1)
}

/// Whether bytes begin as a gzip file does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

struct Writer {
    out: Vec<u8>,
    bits: u32,
    count: u32,
}

impl Writer {
    fn put(&mut self, value: u32, count: u32) {
        self.bits |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.count -= 8;
        }
    }

    /// A symbol in the fixed code, whose bits go first to last.
    fn symbol(&mut self, symbol: u32) {
        let (code, count) = match symbol {
            0..=143 => (0x30 + symbol, 8),
            144..=255 => (0x190 + symbol - 144, 9),
            256..=279 => (symbol - 256, 7),
            _ => (0xc0 + symbol - 280, 8),
        };
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn copy(&mut self, length: usize, distance: usize) {
        let code = LENGTH_BASE.iter().rposition(|base| usize::from(*base) <= length).unwrap_or(0);
        self.symbol(257 + code as u32);
        self.put((length - usize::from(LENGTH_BASE[code])) as u32, u32::from(LENGTH_EXTRA[code]));
        let code = DISTANCE_BASE.iter().rposition(|base| usize::from(*base) <= distance).unwrap_or(0);
        self.put((code as u32).reverse_bits() >> 27, 5);
        self.put((distance - usize::from(DISTANCE_BASE[code])) as u32, distance_extra(code));
    }
}

/// The gzip file of some bytes.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend([0, 0, 0, 0, 0, 0, 3]);
    let mut writer = Writer { out, bits: 0, count: 0 };
    writer.put(0b011, 3);
    let mut last = vec![usize::MAX; 1 << 13];
    let mut at = 0;
    while at < bytes.len() {
        let mut length = 0;
        let mut from = usize::MAX;
        if let Some([a, b, c]) = bytes.get(at..at + 3) {
            let hash = (usize::from(*a) * 1031 + usize::from(*b) * 257 + usize::from(*c) * 31) & 0x1fff;
            from = std::mem::replace(&mut last[hash], at);
        }
        if from != usize::MAX && at - from <= WINDOW {
            let most = LONGEST.min(bytes.len() - at);
            length = (0..most).take_while(|n| bytes[from + n] == bytes[at + n]).count();
        }
        if length >= 3 {
            writer.copy(length, at - from);
            at += length;
        } else {
            writer.symbol(u32::from(bytes[at]));
            at += 1;
        }
    }
    writer.symbol(256);
    writer.put(0, 7);
    let mut out = writer.out;
    out.extend(crc(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

struct Reader<'a> {
    rest: &'a [u8],
    bits: u32,
    count: u32,
}

impl Reader<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        while self.count < count {
            let (first, rest) = self.rest.split_first()?;
            self.bits |= u32::from(*first) << self.count;
            self.rest = rest;
            self.count += 8;
        }
        let value = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.count -= count;
        Some(value)
    }
}

/// A canonical Huffman code: how many codes each length has, and the symbols in their order.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0; 16];
        for length in lengths {
            counts[usize::from(length & 15)] += 1;
        }
        counts[0] = 0;
        let of = |wanted: u8| lengths.iter().enumerate().filter(move |(_, length)| **length == wanted);
        Code { counts, symbols: (1..16).flat_map(|length| of(length).map(|(symbol, _)| symbol as u16)).collect() }
    }

    fn read(&self, reader: &mut Reader<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0i32, 0i32, 0i32);
        for count in &self.counts[1..] {
            code |= reader.take(1)? as i32;
            let count = i32::from(*count);
            if code - count < first {
                return self.symbols.get((index + code - first) as usize).map(|symbol| usize::from(*symbol));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// The codes of a block that brings its own.
fn own_codes(reader: &mut Reader<'_>) -> Option<(Code, Code)> {
    let literals = reader.take(5)? as usize + 257;
    let distances = reader.take(5)? as usize + 1;
    let count = reader.take(4)? as usize + 4;
    let mut lengths = [0; 19];
    for place in ORDER.iter().take(count) {
        lengths[*place] = reader.take(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut all: Vec<u8> = Vec::new();
    while all.len() < literals + distances {
        let (value, times) = match code.read(reader)? {
            symbol @ 0..=15 => (symbol as u8, 1),
            16 => (*all.last()?, reader.take(2)? + 3),
            17 => (0, reader.take(3)? + 3),
            _ => (0, reader.take(7)? + 11),
        };
        all.extend(std::iter::repeat_n(value, times as usize));
    }
    Some((Code::new(all.get(..literals)?), Code::new(all.get(literals..literals + distances)?)))
}

fn inflate_block(reader: &mut Reader<'_>, codes: &(Code, Code), out: &mut Vec<u8>) -> Option<()> {
    loop {
        match codes.0.read(reader)? {
            symbol @ 0..=255 => out.push(symbol as u8),
            256 => return Some(()),
            symbol => {
                let code = symbol - 257;
                let length =
                    usize::from(*LENGTH_BASE.get(code)?) + reader.take(u32::from(LENGTH_EXTRA[code]))? as usize;
                let code = codes.1.read(reader)?;
                let distance = usize::from(*DISTANCE_BASE.get(code)?) + reader.take(distance_extra(code))? as usize;
                let from = out.len().checked_sub(distance)?;
                for n in 0..length {
                    out.push(out[from + n]);
                }
            }
        }
        if out.len() > ARCHIVE_BYTES {
            return None;
        }
    }
}

/// The bytes of a gzip file; none if it is none, is cut off, or holds too much.
pub fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(&MAGIC)?;
    let flags = *rest.first()?;
    rest = rest.get(7..)?;
    if flags & 4 != 0 {
        let length = usize::from(*rest.first()?) | usize::from(*rest.get(1)?) << 8;
        rest = rest.get(2 + length..)?;
    }
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        let end = rest.iter().position(|byte| *byte == 0)?;
        rest = rest.get(end + 1..)?;
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    let mut reader = Reader { rest, bits: 0, count: 0 };
    let mut out = Vec::new();
    loop {
        let last = reader.take(1)? == 1;
        match reader.take(2)? {
            0 => {
                let length = reader.rest.get(..4)?;
                let length = usize::from(length[0]) | usize::from(length[1]) << 8;
                out.extend_from_slice(reader.rest.get(4..4 + length)?);
                reader = Reader { rest: &reader.rest[4 + length..], bits: 0, count: 0 };
            }
            1 => {
                let length = |n: usize| match n {
                    0..=143 => 8,
                    144..=255 => 9,
                    256..=279 => 7,
                    _ => 8,
                };
                let lengths: Vec<u8> = (0..288).map(length).collect();
                inflate_block(&mut reader, &(Code::new(&lengths), Code::new(&[5; 30])), &mut out)?;
            }
            2 => {
                let codes = own_codes(&mut reader)?;
                inflate_block(&mut reader, &codes, &mut out)?;
            }
            _ => return None,
        }
        if out.len() > ARCHIVE_BYTES {
            return None;
        }
        if last {
            let sum = u32::from_le_bytes(reader.rest.get(..4)?.try_into().ok()?);
            return (sum == crc(&out)).then_some(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: [u8; 138] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 206, 129, 13, 3, 33, 8, 64, 209, 89, 17, 161, 42, 136, 167, 28, 186, 126,
        175, 73, 151, 104, 210, 63, 192, 203, 7, 128, 132, 153, 75, 211, 177, 34, 113, 51, 7, 214, 5, 47, 11, 234, 193,
        118, 234, 162, 145, 244, 200, 150, 163, 96, 121, 150, 221, 179, 11, 186, 82, 140, 138, 113, 9, 167, 152, 38,
        133, 16, 118, 220, 190, 158, 252, 142, 13, 72, 69, 108, 62, 162, 92, 129, 117, 4, 169, 163, 120, 238, 187, 204,
        108, 240, 5, 211, 160, 85, 143, 113, 116, 10, 123, 193, 82, 6, 183, 246, 136, 107, 104, 43, 156, 49, 193, 167,
        255, 224, 239, 13, 190, 1, 230, 65, 86, 135, 88, 2, 0, 0,
    ];

    #[test]
    fn what_is_packed_unpacks() {
        let long: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        for bytes in [&b""[..], b"a", b"abcabcabcabcabc", &[0; 70_000], &long] {
            let packed = pack(bytes);
            assert_eq!(unpack(&packed).as_deref(), Some(bytes), "{} bytes", bytes.len());
        }
        assert!(pack(&[0; 70_000]).len() < 1000);
    }

    /// `printf hello | gzip -n`, and a block with codes of its own (zlib, level 9).
    #[test]
    fn what_others_packed_unpacks() {
        let hello = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];
        assert_eq!(unpack(&hello).as_deref(), Some(&b"hello"[..]));
        assert_eq!(unpack(&hello[..20]), None);
        assert_eq!(unpack(b"plain"), None);
        let letters: Vec<u8> = (0..600u32).map(|n| 97 + (n * n / 7 % 23) as u8).collect();
        assert_eq!(unpack(&LETTERS).as_deref(), Some(&letters[..]));
        let mut broken = hello;
        broken[12] ^= 8;
        assert_eq!(unpack(&broken), None);
    }
}
