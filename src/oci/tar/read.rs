//! The reading half.

use std::fmt;

use super::{BLOCK, Header, Kind, all_zero, checksum};

/// An archive that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It ends in the middle of a member.
    Truncated,
    /// A header is none.
    BadHeader,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "unexpected EOF",
            Self::BadHeader => "archive/tar: invalid tar header",
        })
    }
}

impl std::error::Error for Error {}

/// Reads members one after the other; the iterator ends after the first error.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of `archive`.
    pub fn new(archive: &'a [u8]) -> Self {
        Self { rest: archive }
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Error> {
        let len = usize::try_from(len).map_err(|_| Error::Truncated)?;
        let data = self.rest.get(..len).ok_or(Error::Truncated)?;
        let padded = len.next_multiple_of(BLOCK).min(self.rest.len());
        self.rest = &self.rest[padded..];
        Ok(data)
    }

    fn read(&mut self) -> Result<Option<(Header, &'a [u8])>, Error> {
        let mut extra = Extra::default();
        loop {
            let Some(block) = self.rest.get(..BLOCK) else {
                return if self.rest.is_empty() { Ok(None) } else { Err(Error::Truncated) };
            };
            if all_zero(block) {
                return Ok(None);
            }
            if number(&block[148..156])? != checksum(block) {
                return Err(Error::BadHeader);
            }
            self.rest = &self.rest[BLOCK..];
            let len = extra.size.unwrap_or(number(&block[124..136])?);
            match block[156] {
                b'x' => extra.pax(self.take(len)?)?,
                b'g' => drop(self.take(len)?),
                b'L' => extra.path = Some(until_nul(self.take(len)?)),
                b'K' => extra.link = Some(until_nul(self.take(len)?)),
                flag => {
                    let header = header(block, flag, extra)?;
                    let data = match header.kind {
                        Kind::File => self.take(len)?,
                        _ => &[],
                    };
                    return Ok(Some((header, data)));
                }
            }
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(Header, &'a [u8]), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let member = self.read().transpose();
        if !matches!(member, Some(Ok(_))) {
            self.rest = &[];
        }
        member
    }
}

/// What pax records and GNU's long names say of the next member.
#[derive(Default)]
struct Extra {
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    mtime: Option<i64>,
}

impl Extra {
    fn pax(&mut self, mut records: &[u8]) -> Result<(), Error> {
        while !records.is_empty() {
            let blank = records.iter().position(|&byte| byte == b' ').ok_or(Error::BadHeader)?;
            let len: usize = parse(&records[..blank])?;
            let record = records.get(blank + 1..len).ok_or(Error::BadHeader)?;
            let record = record.strip_suffix(b"\n").ok_or(Error::BadHeader)?;
            let equals = record.iter().position(|&byte| byte == b'=').ok_or(Error::BadHeader)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let name = matches!(key, b"path" | b"linkpath" | b"uname" | b"gname");
            if key.is_empty() || if name { value } else { key }.contains(&0) {
                return Err(Error::BadHeader);
            }
            match key {
                // The header's own word stands.
                _ if value.is_empty() => {}
                b"path" => self.path = Some(lossy(value)),
                b"linkpath" => self.link = Some(lossy(value)),
                b"size" => self.size = Some(parse(value)?),
                b"uid" => self.uid = Some(parse(value)?),
                b"gid" => self.gid = Some(parse(value)?),
                b"mtime" => {
                    let whole = value.split(|&byte| byte == b'.').next().unwrap_or(value);
                    self.mtime = Some(parse(whole)?);
                }
                _ => {}
            }
            records = &records[len..];
        }
        Ok(())
    }
}

fn header(block: &[u8], flag: u8, extra: Extra) -> Result<Header, Error> {
    let mut path = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    if block[257..263] == *b"ustar\0" && !prefix.is_empty() {
        path = format!("{prefix}/{path}");
    }
    let path = extra.path.unwrap_or(path);
    let kind = match flag {
        b'0' | 0 | b'7' if !path.ends_with('/') => Kind::File,
        b'0' | 0 | b'5' => Kind::Dir,
        b'1' => Kind::Hardlink,
        b'2' => Kind::Symlink,
        b'3' => Kind::CharDevice,
        b'4' => Kind::BlockDevice,
        b'6' => Kind::Fifo,
        _ => return Err(Error::BadHeader),
    };
    let device = match kind {
        Kind::CharDevice | Kind::BlockDevice => (small(&block[329..337])?, small(&block[337..345])?),
        _ => (0, 0),
    };
    let dotted = path == "." || path.starts_with("./");
    let path = path.strip_prefix("./").unwrap_or(&path).trim_matches('/').to_owned();
    Ok(Header {
        path: if path == "." { String::new() } else { path },
        mode: (number(&block[100..108])? & 0o7777) as u16,
        uid: extra.uid.map_or_else(|| small(&block[108..116]), Ok)?,
        gid: extra.gid.map_or_else(|| small(&block[116..124]), Ok)?,
        mtime: extra.mtime.map_or_else(|| number(&block[136..148]).map(|time| i64::try_from(time).unwrap_or(0)), Ok)?,
        kind,
        link: extra.link.unwrap_or_else(|| until_nul(&block[157..257])),
        device,
        dotted,
    })
}

fn until_nul(bytes: &[u8]) -> String {
    lossy(bytes.split(|&byte| byte == 0).next().unwrap_or(bytes))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn parse<T: std::str::FromStr>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::BadHeader)?;
    text.parse().map_err(|_| Error::BadHeader)
}

fn small(field: &[u8]) -> Result<u32, Error> {
    u32::try_from(number(field)?).map_err(|_| Error::BadHeader)
}

/// An octal number, or GNU's binary one whose first bit is set.
fn number(field: &[u8]) -> Result<u64, Error> {
    if let Some((&first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        let start = u64::from(first & 0x7f);
        return rest
            .iter()
            .try_fold(start, |sum, &byte| sum.checked_mul(256)?.checked_add(u64::from(byte)))
            .ok_or(Error::BadHeader);
    }
    let digits = field.split(|&byte| byte == 0).next().unwrap_or(field).trim_ascii();
    digits.iter().try_fold(0, |sum: u64, &digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8).map(|sum| sum + u64::from(digit - b'0')).ok_or(Error::BadHeader),
        _ => Err(Error::BadHeader),
    })
}
