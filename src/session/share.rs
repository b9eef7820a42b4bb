//! A session as a link: its log in the address's fragment, which no browser sends to a server.
//!
//! Form `s1`: what follows `s1=` is base64url of four bytes of SHA-256, the length of the packed numbers, the
//! packed numbers and the packed texts. Each text is a line of its own and stands for one input; each number is
//! the time that passed before it. Both are raw DEFLATE, the texts behind a dictionary of what learners type,
//! which is part of the form: it never changes, and another dictionary is another form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use sha2::{Digest, Sha256};

use super::log::{self, Input, LoadError};
use crate::model::limits;

/// What the fragment of a link in the newest form begins with.
const FORM: &str = "s1=";
const DICTIONARY: &str = include_str!("share/s1.txt");
/// Bytes of the sum that tells a damaged link.
const SUM: usize = 4;
/// What a line begins with that is no line typed at the prompt; typed lines hold no such letter.
const JSON: char = '\x01';
const STDIN: char = '\x02';
const NOTHING: char = '\x03';
/// Nanoseconds that times are counted in, the largest that leaves no rest.
const UNITS: [u64; 4] = [1, 1_000, 100_000, 1_000_000];
/// Longer times than this are written out.
const LONGEST: u64 = u64::MAX >> 2;

/// Why a link could not be made or read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ShareError {
    /// The session is too long for a link.
    TooLong,
    /// The link has a form that this machine does not know.
    Form(String),
    /// Letters of the link are missing or others than they were.
    Damaged,
    /// It holds no session.
    Log(LoadError),
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShareError::TooLong => write!(
                f,
                "layerlab: the session is too long for a link (limit: {} letters); save it as a file",
                limits::LINK_LETTERS
            ),
            ShareError::Form(form) => {
                write!(f, "layerlab: the link has the form '{form}', this machine reads '{}'", &FORM[..2])
            }
            ShareError::Damaged => f.write_str("layerlab: the link is damaged: letters are missing or changed"),
            ShareError::Log(error) => write!(f, "{error}"),
        }
    }
}

/// The fragment of a link that holds a session, without the `#`.
pub fn link(log: &[Input]) -> Result<String, ShareError> {
    let (numbers, texts) = written(log);
    if numbers.len() + texts.len() > limits::SHARED_BYTES {
        return Err(ShareError::TooLong);
    }
    let packed = pack(&numbers, b"");
    let mut bytes = sum(&numbers, &texts).to_vec();
    put(&mut bytes, packed.len() as u64);
    bytes.extend(packed);
    bytes.extend(pack(texts.as_bytes(), DICTIONARY.as_bytes()));
    let link = format!("{FORM}{}", URL_SAFE_NO_PAD.encode(bytes));
    if link.len() > limits::LINK_LETTERS { Err(ShareError::TooLong) } else { Ok(link) }
}

/// The session that a link's fragment holds.
pub fn read(fragment: &str) -> Result<Vec<Input>, ShareError> {
    let fragment = fragment.trim_start_matches('#');
    let Some(letters) = fragment.strip_prefix(FORM) else {
        let form = fragment.split('=').next().unwrap_or_default();
        return Err(ShareError::Form(form.chars().take(8).collect()));
    };
    if fragment.len() > limits::LINK_LETTERS {
        return Err(ShareError::TooLong);
    }
    let log = unwrapped(letters).ok_or(ShareError::Damaged)?;
    log::check(&log).map_err(ShareError::Log)?;
    Ok(log)
}

/// The session in a file: a saved one, or the report of a fault, whose last line it is.
pub fn read_file(text: &str) -> Result<Vec<Input>, ShareError> {
    let report = text.lines().rev().find(|line| line.starts_with('['));
    log::load(if text.trim_start().starts_with('[') { text } else { report.unwrap_or(text) }).map_err(ShareError::Log)
}

fn unwrapped(letters: &str) -> Option<Vec<Input>> {
    let bytes = URL_SAFE_NO_PAD.decode(letters).ok()?;
    let (told, mut rest) = bytes.split_at_checked(SUM)?;
    let length = usize::try_from(take(&mut rest)?).ok()?;
    let (numbers, texts) = rest.split_at_checked(length)?;
    let numbers = unpack(numbers, b"")?;
    let texts = String::from_utf8(unpack(texts, DICTIONARY.as_bytes())?).ok()?;
    if sum(&numbers, &texts) != told {
        return None;
    }
    inputs(&numbers, &texts)
}

/// A log as numbers and lines.
fn written(log: &[Input]) -> (Vec<u8>, String) {
    let (mut numbers, mut texts) = (Vec::new(), String::new());
    let mut passed = 0;
    let mut line = |before: u64, first: Option<char>, text: &str| {
        put(&mut numbers, counted(before));
        texts.extend(first);
        texts.push_str(text);
        texts.push('\n');
    };
    for input in log {
        match input {
            Input::Elapsed(nanos) if (1..=LONGEST).contains(nanos) => {
                if passed > 0 {
                    line(passed, Some(NOTHING), "");
                }
                passed = *nanos;
                continue;
            }
            Input::Line(text) if is_plain(text) => line(passed, None, text),
            Input::Stdin(text) if is_plain(text) => line(passed, Some(STDIN), text),
            other => line(passed, Some(JSON), &serde_json::to_string(other).unwrap_or_default()),
        }
        passed = 0;
    }
    if passed > 0 {
        line(passed, Some(NOTHING), "");
    }
    (numbers, texts)
}

fn inputs(mut numbers: &[u8], texts: &str) -> Option<Vec<Input>> {
    let mut log = Vec::new();
    for line in texts.strip_suffix('\n')?.split('\n') {
        let passed = take(&mut numbers)?;
        if passed > 0 {
            log.push(Input::Elapsed((passed >> 2).checked_mul(UNITS[(passed & 3) as usize])?));
        }
        log.extend(match line.chars().next() {
            Some(NOTHING) => None,
            Some(STDIN) => Some(Input::Stdin(line[1..].to_owned())),
            Some(JSON) => Some(serde_json::from_str(&line[1..]).ok()?),
            _ => Some(Input::Line(line.to_owned())),
        });
        if log.len() > limits::LOG_ENTRIES {
            return None;
        }
    }
    numbers.is_empty().then_some(log)
}

/// Whether a text can stand as a line as it is.
fn is_plain(text: &str) -> bool {
    text.len() <= limits::LINE_BYTES && !text.chars().any(|c| c < ' ' && c != '\t')
}

/// A time in its largest unit, the unit in the two lowest bits.
fn counted(nanos: u64) -> u64 {
    let unit = UNITS.iter().rposition(|unit| nanos.is_multiple_of(*unit)).unwrap_or(0);
    if nanos == 0 { 0 } else { ((nanos / UNITS[unit]) << 2) | unit as u64 }
}

/// A number in groups of seven bits, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 127) << shift;
        if *first < 128 {
            return Some(number);
        }
    }
    None
}

fn sum(numbers: &[u8], texts: &str) -> [u8; SUM] {
    let digest = Sha256::new().chain_update(numbers).chain_update(texts).finalize();
    std::array::from_fn(|at| digest[at])
}

/// DEFLATE that may refer to what stands in the dictionary, as if that had been sent before.
fn pack(bytes: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut packer = CompressorOxide::new(create_comp_flags_from_zip_params(10, 0, 0));
    // The flush ends a byte, so that what comes of the dictionary can be left out.
    compress_to_output(&mut packer, dictionary, TDEFLFlush::Sync, |_| true);
    compress_to_output(&mut packer, bytes, TDEFLFlush::Finish, |out| {
        packed.extend_from_slice(out);
        true
    });
    packed
}

fn unpack(packed: &[u8], dictionary: &[u8]) -> Option<Vec<u8>> {
    let mut out = dictionary.to_vec();
    let mut at = out.len();
    let mut room = 4 * packed.len() + 1024;
    let (mut unpacker, mut rest) = (DecompressorOxide::new(), packed);
    loop {
        out.resize(at + room, 0);
        let (status, taken, given) =
            decompress(&mut unpacker, rest, &mut out, at, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        (rest, at) = (rest.get(taken..)?, at + given);
        match status {
            TINFLStatus::Done if rest.is_empty() => break,
            TINFLStatus::HasMoreOutput if out.len() < limits::SHARED_BYTES => room = out.len(),
            _ => return None,
        }
    }
    out.truncate(at);
    Some(out.split_off(dictionary.len()))
}
