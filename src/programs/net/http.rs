//! HTTP/1.1 as clients and small servers use it: a request, an answer, one connection each (RFC 9112).

use crate::kernel::{Errno, Sys};
use crate::model::container::Container;
use crate::model::network::ipv4;
use crate::model::process::HOST;
use crate::model::time::{Civil, MONTHS, Time, WEEKDAYS};
use crate::model::{Text, limits};
use std::rc::Rc;

/// `http://host:port/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub scheme: String,
    pub host: String,
    pub port: u16,
    /// As it was written: with the port if that was.
    pub authority: String,
    /// Begins with a slash; with the query.
    pub path: String,
}

impl Url {
    pub fn parse(text: &str) -> Option<Url> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let path = path.split('#').next().unwrap_or("");
        let standard = if scheme == "https" { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, standard),
        };
        if host.is_empty() {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Url {
            scheme: scheme.to_ascii_lowercase(),
            host: host.into(),
            port,
            authority: authority.into(),
            path: format!("{slash}{path}"),
        })
    }

    /// What a `Location` leads to from here.
    pub fn join(&self, location: &str) -> Option<Url> {
        match location.starts_with('/') {
            true => Url::parse(&format!("{}://{}{location}", self.scheme, self.authority)),
            false => Url::parse(location),
        }
    }
}

/// What a server answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// `HTTP/1.1 200 OK`
    pub status: String,
    pub code: u16,
    /// Everything up to the empty line, as it came.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim())
}

/// Where the head of a message ends, and what follows begins.
fn split(bytes: &[u8]) -> Option<(usize, usize)> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| (at + 2, at + 4));
    at.or_else(|| bytes.windows(2).position(|two| two == b"\n\n").map(|at| (at + 1, at + 2)))
}

/// A message: its head, and its body as far as the head says how long it is, else to the end.
async fn receive(sys: &Sys, fd: u32, bodiless: bool, to_the_end: bool) -> Result<(String, Vec<u8>), Errno> {
    let mut bytes = Vec::new();
    loop {
        if let Some((end, start)) = split(&bytes) {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let chunked = header(&head, "transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
            let length = header(&head, "content-length").and_then(|length| length.parse::<usize>().ok());
            let body = &bytes[start..];
            match length {
                _ if bodiless => return Ok((head, Vec::new())),
                _ if chunked => {
                    if let Some(body) = dechunk(body) {
                        return Ok((head, body));
                    }
                }
                Some(length) if body.len() >= length => return Ok((head, body[..length].to_vec())),
                None if !to_the_end => return Ok((head, Vec::new())),
                _ => {}
            }
        }
        let some = sys.read(fd, 65_536).await?;
        if some.is_empty() {
            let Some((end, start)) = split(&bytes) else { return Ok((String::new(), bytes)) };
            return Ok((String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[start..].to_vec()));
        }
        bytes.extend(some);
        if bytes.len() > limits::FILE_BYTES {
            return Err(Errno::FBig);
        }
    }
}

/// The body of a chunked message, when it is all there.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

/// Sends a request on a connection and reads the answer.
pub async fn exchange(sys: &Sys, fd: u32, method: &str, request: &[u8]) -> Result<Answer, Errno> {
    sys.write(fd, request).await?;
    let (head, body) = receive(sys, fd, method == "HEAD", true).await?;
    let status = head.lines().next().unwrap_or("").trim_end().to_string();
    let code = status.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok(Answer { status, code, head, body })
}

/// Forgets what was last answered at a URL, and remembers what is answered now.
pub fn remember(sys: &Sys, url: &Url, answer: Option<&Answer>) {
    let net = sys.me(|process| process.ns.net).unwrap_or(HOST);
    sys.world(|world| {
        let own = |container: &&Rc<Container>| container.ns.is_some_and(|ns| ns.net == net);
        let who = match world.engine.containers.values().find(own).filter(|_| net != HOST) {
            Some(container) => container.name.to_string(),
            None => "host".to_string(),
        };
        let key: Text = format!("{who} {}://{}{}", url.scheme, url.authority, url.path).into();
        world.answers.remove(&key);
        let Some(answer) = answer.filter(|_| world.answers.len() < limits::ANSWERS) else { return };
        let beginning = answer.body.get(..limits::ANSWER_BYTES).unwrap_or(&answer.body);
        world.answers.insert(key, (answer.code, String::from_utf8_lossy(beginning).into()));
    });
}

/// A request that a server took.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub line: String,
    pub head: String,
    pub body: Vec<u8>,
}

/// Reads a request; none when the client said nothing that is one.
pub async fn request(sys: &Sys, fd: u32) -> Option<Request> {
    let (head, body) = receive(sys, fd, false, false).await.ok()?;
    let line = head.lines().next()?.trim_end().to_string();
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
    Some(Request { method, path, line, head, body })
}

/// `Mon, 23 Nov 2026 20:00:00 GMT`.
pub fn date(now: Time) -> String {
    let at = Civil::from_epoch(now.epoch().0);
    let day = WEEKDAYS.get(at.weekday as usize).copied().unwrap_or("");
    let month = MONTHS.get(at.month.wrapping_sub(1) as usize).copied().unwrap_or("");
    let clock = format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second);
    format!("{day}, {:02} {month} {} {clock} GMT", at.day, at.year)
}

/// The type of a file by its name, as servers tell it.
pub fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// What a static server has at a path: the file's content and name, or the status it answers with.
pub fn find_file(sys: &Sys, root: &str, path: &str) -> Result<(Vec<u8>, String), u16> {
    let path = path.split('?').next().unwrap_or("/");
    let mut file = format!("{}{}", root.trim_end_matches('/'), crate::kernel::normalise(path));
    if sys.is_dir(&file) {
        file = format!("{}/index.html", file.trim_end_matches('/'));
        if path.ends_with('/') && sys.stat(&file).is_err() && sys.stat(root).is_ok() {
            return Err(if path == "/" { 403 } else { 404 });
        }
    }
    if sys.stat(&file).is_err() {
        return Err(404);
    }
    if sys.access(&file, 4).is_err() {
        return Err(403);
    }
    match sys.contents(&file) {
        Ok(crate::model::file::Data::Bytes(bytes)) => Ok((bytes.to_vec(), file)),
        Ok(data) => Ok((vec![0; (data.len() as usize).min(limits::FILE_BYTES)], file)),
        Err(_) => Err(404),
    }
}

/// The words of a status.
pub fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

/// The address of whoever is at the other end.
pub fn peer(sys: &Sys, fd: u32) -> String {
    sys.with(|kernel| kernel.inet_of(sys.pid(), fd)).map_or_else(|| "-".into(), |inet| ipv4(inet.remote.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = Url::parse("http://api:5000/status?x=1#y").expect("a url");
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("api", 5000, "/status?x=1"));
        let bare = Url::parse("localhost").expect("a url");
        assert_eq!((bare.port, bare.path.as_str(), bare.authority.as_str()), (80, "/", "localhost"));
        assert_eq!(Url::parse("http://x:99999/"), None);
        assert_eq!(Url::parse("http:///a"), None);
        assert_eq!(url.join("/b").map(|url| url.path), Some("/b".into()));
    }

    #[test]
    fn chunks() {
        assert_eq!(dechunk(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), Some(b"abcde".to_vec()));
        assert_eq!(dechunk(b"3\r\nab"), None);
        assert_eq!(dechunk(b"ffffffffffffffff\r\nab"), None);
    }
}
