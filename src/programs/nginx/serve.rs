//! A request and its answer: files, redirects, pages for errors, and other servers behind this one.

use super::config::{Location, Scope, Server, Upstream};
use super::{Log, stamp};
use crate::kernel::{Errno, FileType, Sys};
use crate::model::file::Data;
use crate::model::limits;
use crate::model::network::ipv4;
use crate::model::time::Time;
use crate::programs::net::http::{self, Request};

/// What goes out.
struct Answer {
    code: u16,
    /// Header lines of its own, without those that every answer has.
    head: Vec<(String, String)>,
    body: Vec<u8>,
}

/// One request.
struct Job<'a> {
    sys: &'a Sys,
    server: &'a Server,
    request: &'a Request,
    peer: String,
    number: &'a str,
    connection: u64,
}

/// Answers what a client asks on a connection, and logs it.
pub async fn connection(sys: Sys, servers: std::rc::Rc<Vec<Server>>, fd: u32, number: String, count: u64) {
    if let Some(request) = http::request(&sys, fd).await {
        let port = sys.with(|kernel| kernel.inet_of(sys.pid(), fd)).map_or(80, |inet| inet.local.1);
        let host = http::header(&request.head, "host").unwrap_or("").split(':').next().unwrap_or("");
        let own = || servers.iter().filter(|server| server.ports.contains(&port));
        let named = own().find(|server| server.names.iter().any(|name| name == host));
        if let Some(server) = named.or_else(|| own().next()) {
            let job = Job {
                sys: &sys,
                server,
                request: &request,
                peer: http::peer(&sys, fd),
                number: &number,
                connection: count,
            };
            job.answer(fd).await;
        }
    }
    let _ = sys.close(fd);
}

fn split(url: &str) -> (&str, &str) {
    url.split_once('?').map_or((url, ""), |(path, query)| (path, query))
}

impl Job<'_> {
    async fn answer(&self, fd: u32) {
        let (path, _) = split(&self.request.path);
        let path = crate::kernel::normalise(path) + if path.len() > 1 && path.ends_with('/') { "/" } else { "" };
        let location = self.server.location(&path);
        let scope = location.map_or(&self.server.own, |location| &location.scope);
        let mut answer = self.of(&path, location, 0).await;
        if answer.code >= 400
            && let Some((_, page)) = scope.error_pages.iter().find(|(code, _)| *code == answer.code)
        {
            let inner = Box::pin(self.of(page, self.server.location(page), 1)).await;
            if inner.code == 200 {
                answer = Answer { code: answer.code, ..inner };
            }
        }
        let added = scope.headers.iter().filter(|_| answer.code < 400);
        answer.head.extend(added.map(|(name, value)| (name.clone(), self.filled(value))));
        self.send(fd, &answer).await;
        if scope.silent != Some(true) {
            let header = |name| http::header(&self.request.head, name).unwrap_or("-").to_string();
            let (referer, agent, forwarded) = (header("referer"), header("user-agent"), header("x-forwarded-for"));
            let line = format!(
                "{} - - [{}] \"{}\" {} {} \"{referer}\" \"{agent}\" \"{forwarded}\"\n",
                self.peer,
                stamp(self.sys),
                self.request.line,
                answer.code,
                if self.request.method == "HEAD" { 0 } else { answer.body.len() }
            );
            let _ = self.sys.print(&line).await;
        }
    }

    async fn send(&self, fd: u32, answer: &Answer) {
        let date = http::date(self.sys.now());
        let mut text = format!(
            "HTTP/1.1 {} {}\r\nServer: nginx/{}\r\nDate: {date}\r\n",
            answer.code,
            reason(answer.code),
            self.number
        );
        let has = |name: &str| answer.head.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        let late = |name: &str| matches!(name, "ETag" | "Accept-Ranges");
        for (name, value) in answer.head.iter().filter(|(name, _)| name == "Content-Type") {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !has("transfer-encoding") && answer.code != 204 {
            text.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
        }
        for (name, value) in answer.head.iter().filter(|(name, _)| name != "Content-Type" && !late(name)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("Connection: keep-alive\r\n");
        for (name, value) in answer.head.iter().filter(|(name, _)| late(name)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        if self.request.method != "HEAD" {
            bytes.extend_from_slice(&answer.body);
        }
        let _ = self.sys.write(fd, &bytes).await;
    }

    async fn of(&self, path: &str, location: Option<&Location>, depth: u8) -> Answer {
        let plain = Location { scope: self.server.own.clone(), ..Location::default() };
        let location = location.unwrap_or(&plain);
        let answer = self.server.own.answer.as_ref().or(location.scope.answer.as_ref());
        if let Some((code, text)) = answer {
            return self.told(*code, &self.filled(text));
        }
        if let Some(upstream) = &location.upstream {
            return self.passed_on(path, location, upstream).await;
        }
        if !matches!(self.request.method.as_str(), "GET" | "HEAD") {
            return self.page(405);
        }
        if let Some(tries) = location.scope.try_files.as_ref().filter(|_| depth < 5) {
            let (last, first) =
                tries.split_last().map_or((String::new(), &tries[..]), |(last, first)| (last.clone(), first));
            for text in first {
                let name = self.filled(text).replace("$uri", path);
                let file = self.file(&name, location);
                let found = if name.ends_with('/') {
                    self.index(&file, &location.scope)
                } else {
                    self.is_file(&file).then_some(file)
                };
                if let Some(file) = found {
                    return self.sent(&file);
                }
            }
            if let Some(code) = last.strip_prefix('=').and_then(|code| code.parse().ok()) {
                return self.page(code);
            }
            let next = self.filled(&last).replace("$uri", path);
            return Box::pin(self.of(&next, self.server.location(&next), depth + 1)).await;
        }
        self.found(path, location).await
    }

    /// The file of a path, as the location's root or alias has it.
    fn file(&self, path: &str, location: &Location) -> String {
        if let Some(alias) = &location.alias {
            return format!("{alias}{}", path.strip_prefix(&location.path).unwrap_or(path));
        }
        let root = location.scope.root.as_deref().unwrap_or("html");
        format!("{}{path}", crate::kernel::join("/etc/nginx", root).trim_end_matches('/'))
    }

    fn is_file(&self, path: &str) -> bool {
        self.sys.stat(path).is_ok_and(|stat| stat.kind == FileType::Regular)
    }

    fn index(&self, folder: &str, scope: &Scope) -> Option<String> {
        let standard = vec!["index.html".to_string()];
        let names = scope.index.as_ref().unwrap_or(&standard);
        let paths = names.iter().map(|name| format!("{}/{name}", folder.trim_end_matches('/')));
        paths.into_iter().find(|path| self.is_file(path))
    }

    /// A file, its folder's index, or why not.
    async fn found(&self, path: &str, location: &Location) -> Answer {
        let file = self.file(path, location);
        if self.sys.is_dir(&file) {
            if !path.ends_with('/') {
                let host = http::header(&self.request.head, "host").unwrap_or("localhost");
                return self.told(301, &format!("http://{host}{path}/"));
            }
            return match self.index(&file, &location.scope) {
                Some(file) => self.sent(&file),
                None => {
                    self.complain(&format!("directory index of \"{file}\" is forbidden"), "").await;
                    self.page(403)
                }
            };
        }
        let (code, number, why) = match self.sys.stat(&file) {
            Ok(_) if self.sys.access(&file, 4).is_ok() => return self.sent(&file),
            Err(Errno::NotDir) => (404, 20, "Not a directory"),
            Ok(_) | Err(Errno::Access) => (403, 13, "Permission denied"),
            Err(_) => (404, 2, "No such file or directory"),
        };
        self.complain(&format!("open() \"{file}\" failed ({number}: {why})"), "").await;
        self.page(code)
    }

    fn sent(&self, file: &str) -> Answer {
        if self.sys.access(file, 4).is_err() {
            return self.page(403);
        }
        let Ok(stat) = self.sys.stat(file) else { return self.page(404) };
        let body = match self.sys.contents(file) {
            Ok(Data::Bytes(bytes)) => bytes.to_vec(),
            Ok(data) => vec![0; (data.len() as usize).min(limits::FILE_BYTES)],
            Err(_) => return self.page(404),
        };
        let changed = Time::seconds(stat.mtime.saturating_sub(crate::model::time::BOOT_EPOCH).max(0) as u64);
        let head = [
            ("Content-Type", http::media_type(file).to_string()),
            ("Last-Modified", http::date(changed)),
            ("ETag", format!("\"{:x}-{:x}\"", stat.mtime, body.len())),
            ("Accept-Ranges", "bytes".into()),
        ];
        let head = head.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Answer { code: 200, head, body }
    }

    /// What `return` says.
    fn told(&self, code: u16, text: &str) -> Answer {
        if matches!(code, 301 | 302 | 303 | 307 | 308) {
            let mut answer = self.page(code);
            answer.head.push(("Location".into(), text.to_string()));
            return answer;
        }
        if text.is_empty() && code >= 300 {
            return self.page(code);
        }
        let head = vec![("Content-Type".to_string(), "text/plain".to_string())];
        Answer { code, head, body: text.as_bytes().to_vec() }
    }

    fn page(&self, code: u16) -> Answer {
        let title = format!("{code} {}", reason(code));
        let head =
            format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n");
        let body = format!("{head}<hr><center>nginx/{}</center>\r\n</body>\r\n</html>\r\n", self.number).into_bytes();
        Answer { code, head: vec![("Content-Type".into(), "text/html".into())], body }
    }

    /// A value with its variables filled in.
    fn filled(&self, text: &str) -> String {
        if !text.contains('$') {
            return text.to_string();
        }
        let host = http::header(&self.request.head, "host").unwrap_or("");
        let forwarded = match http::header(&self.request.head, "x-forwarded-for") {
            Some(before) => format!("{before}, {}", self.peer),
            None => self.peer.clone(),
        };
        let header = |name: &str| http::header(&self.request.head, name).unwrap_or("").to_string();
        text.replace("$proxy_add_x_forwarded_for", &forwarded)
            .replace("$remote_addr", &self.peer)
            .replace("$request_uri", &self.request.path)
            .replace("$request_method", &self.request.method)
            .replace("$http_host", host)
            .replace("$http_upgrade", &header("upgrade"))
            .replace("$http_user_agent", &header("user-agent"))
            .replace("$hostname", &self.sys.hostname())
            .replace("$host", host.split(':').next().unwrap_or(""))
            .replace("$server_name", self.server.names.first().map_or("", String::as_str))
            .replace("$scheme", "http")
            .replace("$args", split(&self.request.path).1)
            .replace("$is_args", if self.request.path.contains('?') { "?" } else { "" })
    }

    /// Passes a request on, and the answer back.
    async fn passed_on(&self, path: &str, location: &Location, upstream: &Upstream) -> Answer {
        let whole = &self.request.path;
        let target = match &upstream.path {
            Some(own) => format!("{own}{}", whole.strip_prefix(&location.path).unwrap_or(path)),
            None => whole.clone(),
        };
        let first = (self.connection as usize) % upstream.peers.len().max(1);
        let order = upstream.peers.iter().cycle().skip(first).take(upstream.peers.len());
        for (address, port) in order {
            let there = format!("upstream: \"http://{}:{port}{target}\"", ipv4(*address));
            let fd = match self.sys.connect_inet(*address, *port).await {
                Ok(fd) => fd,
                Err(errno) => {
                    let (number, why) = match errno {
                        Errno::ConnRefused => (111, "Connection refused"),
                        Errno::TimedOut => (110, "Connection timed out"),
                        _ => (113, "Host is unreachable"),
                    };
                    self.complain(&format!("connect() failed ({number}: {why}) while connecting to upstream"), &there)
                        .await;
                    continue;
                }
            };
            let request = self.rewritten(&target, location, upstream);
            let answer = http::exchange(self.sys, fd, &self.request.method, &request).await;
            let _ = self.sys.close(fd);
            match answer {
                Ok(answer) if answer.code > 0 => {
                    let skip = ["connection", "content-length", "date", "server", "transfer-encoding", "keep-alive"];
                    let lines = answer.head.lines().skip(1).filter_map(|line| line.split_once(':'));
                    let kept = lines.filter(|(name, _)| !skip.contains(&name.to_ascii_lowercase().as_str()));
                    let proper = |name: &str| {
                        if name.eq_ignore_ascii_case("content-type") { "Content-Type".into() } else { name.to_string() }
                    };
                    let head = kept.map(|(name, value)| (proper(name), value.trim().to_string())).collect();
                    return Answer { code: answer.code, head, body: answer.body };
                }
                _ => {
                    let text = "upstream prematurely closed connection while reading response header from upstream";
                    self.complain(text, &there).await;
                }
            }
        }
        self.page(502)
    }

    fn rewritten(&self, target: &str, location: &Location, upstream: &Upstream) -> Vec<u8> {
        let own = &location.scope.proxy_headers;
        let set = |name: &str| own.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut text = format!("{} {target} HTTP/1.0\r\n", self.request.method);
        if !set("host") {
            text.push_str(&format!("Host: {}\r\n", upstream.name));
        }
        for (name, value) in own {
            let value = self.filled(value);
            if !value.is_empty() && !name.eq_ignore_ascii_case("connection") {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str("Connection: close\r\n");
        for line in self.request.head.lines().skip(1) {
            let name = line.split(':').next().unwrap_or("");
            if !name.is_empty() && !set(name) && !["host", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
                text.push_str(&format!("{line}\r\n"));
            }
        }
        let mut bytes = format!("{text}\r\n").into_bytes();
        bytes.extend_from_slice(&self.request.body);
        bytes
    }

    async fn complain(&self, text: &str, upstream: &str) {
        let log = Log { sys: self.sys.clone() };
        let server = self.server.names.first().map_or("", String::as_str);
        let host = http::header(&self.request.head, "host").unwrap_or("");
        let upstream = if upstream.is_empty() { String::new() } else { format!("{upstream}, ") };
        let (peer, line) = (&self.peer, &self.request.line);
        let tail = format!("client: {peer}, server: {server}, request: \"{line}\", {upstream}host: \"{host}\"");
        log.line("error", &format!("*{} {text}, {tail}", self.connection)).await;
    }
}

/// The words of a status, as nginx has them.
fn reason(code: u16) -> &'static str {
    match code {
        405 => "Not Allowed",
        413 => "Request Entity Too Large",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        code => http::reason(code),
    }
}
