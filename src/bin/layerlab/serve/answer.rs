//! What a request is answered: only files that were read when the server started, so no path leads elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use crate::site::{self, PACKED, Site};

pub type Answer = Response<Full<Bytes>>;

/// What a page of this server may do is little: it tells no other place where a reader came from, and asks for none
/// of the computer's senses.
const MANNERS: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
];

/// The files of a site.
pub struct Shelf {
    files: BTreeMap<String, File>,
}

struct File {
    whole: Bytes,
    /// The same after brotli.
    packed: Option<Bytes>,
    /// The beginning of its validators: a digest of its content.
    digest: String,
    media: &'static str,
    /// Its name follows its content: it never changes.
    lasting: bool,
}

impl Shelf {
    pub fn new(site: Site) -> Shelf {
        let packed = |name: &str| {
            let twin = Bytes::from(site.get(&format!("{name}{PACKED}"))?.clone());
            // A twin that was left behind by an older file would be worse than none.
            is_twin(&twin, &site[name]).then_some(twin)
        };
        let file = |(name, bytes): (&String, &Vec<u8>)| {
            let digest = site::digest(bytes)[..16].to_owned();
            let file = File {
                whole: bytes.clone().into(),
                packed: packed(name),
                digest,
                media: site::media(name),
                lasting: is_lasting(name),
            };
            (name.clone(), file)
        };
        Shelf { files: site.iter().filter(|(name, _)| !name.ends_with(PACKED)).map(file).collect() }
    }

    pub fn answer<T>(&self, request: &Request<T>) -> Answer {
        if request.method() != Method::HEAD && request.method() != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, &[(ALLOW, "GET, HEAD")]);
        }
        let path = percent_decode_str(request.uri().path()).decode_utf8_lossy();
        let name = path.trim_start_matches('/');
        let index = format!("{name}index.html");
        let name = if name.is_empty() || name.ends_with('/') { &index } else { name };
        let Some(file) = self.files.get(name) else {
            if self.files.contains_key(&format!("{name}/index.html")) {
                return plain(
                    StatusCode::MOVED_PERMANENTLY,
                    &[(LOCATION, &format!("/{}/", request.uri().path().trim_matches('/')))],
                );
            }
            return plain(StatusCode::NOT_FOUND, &[]);
        };
        file.answer(request.headers())
    }
}

impl File {
    fn answer(&self, asked: &HeaderMap) -> Answer {
        let range = asked.get(RANGE).and_then(|value| value.to_str().ok());
        let packed = self.packed.as_ref().filter(|_| range.is_none() && takes_brotli(asked));
        let tag = format!("\"{}{}\"", self.digest, if packed.is_some() { "-br" } else { "" });
        let body = packed.unwrap_or(&self.whole);
        let lasts = if self.lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
        let mut headers = vec![
            (ETAG, tag.clone()),
            (CACHE_CONTROL, lasts.to_owned()),
            (VARY, "Accept-Encoding".to_owned()),
            (ACCEPT_RANGES, "bytes".to_owned()),
        ];
        let known = asked.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*") {
            return reply(StatusCode::NOT_MODIFIED, &headers, Bytes::new());
        }
        headers.push((CONTENT_TYPE, self.media.to_owned()));
        if packed.is_some() {
            headers.push((CONTENT_ENCODING, "br".to_owned()));
        }
        let same = asked.get(IF_RANGE).is_none_or(|value| value.as_bytes() == tag.as_bytes());
        match range.filter(|_| same).and_then(|range| part(range, body.len())) {
            None => reply(StatusCode::OK, &headers, body.clone()),
            Some(None) => {
                headers.push((CONTENT_RANGE, format!("bytes */{}", body.len())));
                reply(StatusCode::RANGE_NOT_SATISFIABLE, &headers, Bytes::new())
            }
            Some(Some(part)) => {
                headers.push((CONTENT_RANGE, format!("bytes {}-{}/{}", part.start, part.end - 1, body.len())));
                reply(StatusCode::PARTIAL_CONTENT, &headers, body.slice(part))
            }
        }
    }
}

/// The part that a range asks for: none where the whole is to be sent (several parts, no bytes, nonsense), none
/// inside where there is no such part (RFC 9110, 14).
fn part(range: &str, length: usize) -> Option<Option<Range<usize>>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(usize::MAX));
    let part = match (first.trim(), last.trim()) {
        ("", "") => return None,
        ("", last) => length.saturating_sub(number(last)?)..length,
        (first, "") => number(first)?..length,
        (first, last) if number(first)? > number(last)? => return None,
        (first, last) => number(first)?..number(last)?.saturating_add(1).min(length),
    };
    Some((part.start < part.end).then_some(part))
}

/// Whether a caller takes brotli: it is named, and not with a weight of nothing.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let coding = |one: &str| {
        let mut parts = one.split(';').map(str::trim);
        let refused = |weight: &str| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        parts.next() == Some("br") && !parts.any(refused)
    };
    let all = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).any(coding)
}

/// Whether packed bytes are those of a file.
fn is_twin(packed: &[u8], whole: &[u8]) -> bool {
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).is_ok() && unpacked == whole
}

/// Whether a name holds a digest of the content, as the build gives it: ten hexadecimal digits or more.
fn is_lasting(name: &str) -> bool {
    name.split(['.', '-', '_', '/']).any(|part| part.len() >= 10 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An answer that is made, not read from the site: it is kept nowhere.
pub fn said(status: StatusCode, media: &str, body: Bytes, more: &[(HeaderName, String)]) -> Answer {
    let own = [(CONTENT_TYPE, media.to_owned()), (CACHE_CONTROL, "no-store".to_owned())];
    reply(status, &[&own, more].concat(), body)
}

fn plain(status: StatusCode, headers: &[(HeaderName, &str)]) -> Answer {
    let mut headers: Vec<(HeaderName, String)> =
        headers.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
    headers.push((CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()));
    reply(status, &headers, format!("{status}\n").into())
}

fn reply(status: StatusCode, headers: &[(HeaderName, String)], body: Bytes) -> Answer {
    let mut answer = Response::builder().status(status);
    for (name, value) in MANNERS {
        answer = answer.header(name, value);
    }
    for (name, value) in headers {
        answer = answer.header(name, value);
    }
    answer.body(Full::new(body)).unwrap_or_default()
}
