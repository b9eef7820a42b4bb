//! nginx's configuration: directives and blocks, then servers with their locations.

use crate::kernel::Sys;
use crate::programs::net;

/// A directive, with its block if it has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    pub name: String,
    pub args: Vec<String>,
    pub block: Option<Vec<Directive>>,
    /// `FILE:LINE`.
    pub at: String,
}

#[derive(Clone, Debug, Default)]
pub struct Server {
    pub ports: Vec<u16>,
    pub names: Vec<String>,
    pub own: Scope,
    pub locations: Vec<Location>,
}

#[derive(Clone, Debug, Default)]
pub struct Location {
    /// `=` for the path alone, else empty.
    pub exact: bool,
    pub path: String,
    pub scope: Scope,
    pub alias: Option<String>,
    pub upstream: Option<Upstream>,
}

/// What a location has of its own or from around it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub root: Option<String>,
    pub index: Option<Vec<String>>,
    pub try_files: Option<Vec<String>>,
    pub answer: Option<(u16, String)>,
    pub error_pages: Vec<(u16, String)>,
    pub headers: Vec<(String, String)>,
    pub proxy_headers: Vec<(String, String)>,
    pub silent: Option<bool>,
}

/// Where a location passes requests on to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upstream {
    /// As the configuration names it: `api:3000`.
    pub name: String,
    /// Addresses and ports, taken in turn.
    pub peers: Vec<(u32, u16)>,
    /// What stands in place of the location's path.
    pub path: Option<String>,
}

/// Directives that are real and that change nothing here.
const QUIET: &str = "accept_mutex access_log aio allow autoindex_exact_size charset client_body_buffer_size client_body_timeout \
    client_header_timeout client_max_body_size connection_pool_size daemon default_type etag error_log events gzip \
    gzip_comp_level gzip_disable gzip_http_version gzip_min_length gzip_proxied gzip_static gzip_types gzip_vary http \
    include keepalive keepalive_requests keepalive_timeout large_client_header_buffers log_format log_not_found \
    multi_accept open_file_cache pid proxy_buffer_size proxy_buffering proxy_buffers proxy_cache_bypass \
    proxy_connect_timeout proxy_http_version proxy_read_timeout proxy_redirect proxy_send_timeout resolver \
    send_timeout sendfile server_names_hash_bucket_size server_tokens tcp_nodelay tcp_nopush types \
    types_hash_max_size use user worker_connections worker_processes worker_rlimit_nofile";

/// Directives that are read below.
const READ: &str = "add_header alias error_page index listen location proxy_pass proxy_set_header return root server \
    server_name try_files upstream";

/// Directives that are real and not here.
const OTHERS: &str = "auth_basic auth_basic_user_file auth_request autoindex deny expires fastcgi_pass fastcgi_param \
    fastcgi_index geo grpc_pass http2 if internal limit_conn limit_conn_zone limit_rate limit_req limit_req_zone \
    load_module mail map proxy_cache proxy_cache_path proxy_hide_header proxy_next_upstream proxy_pass_header \
    real_ip_header rewrite satisfy scgi_pass set set_real_ip_from ssl ssl_certificate ssl_certificate_key ssl_ciphers \
    ssl_prefer_server_ciphers ssl_protocols stream stub_status sub_filter uwsgi_pass valid_referers";

pub fn is_simulated(name: &str) -> bool {
    !OTHERS.split_ascii_whitespace().any(|other| other == name)
}

fn is_known(name: &str) -> bool {
    [QUIET, READ, OTHERS].iter().any(|list| list.split_ascii_whitespace().any(|known| known == name))
}

struct Token {
    text: String,
    quoted: bool,
    line: usize,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            match c {
                '#' => break,
                '{' | '}' | ';' => tokens.push(Token { text: c.to_string(), quoted: false, line: index + 1 }),
                '"' | '\'' => {
                    let mut word = String::new();
                    for (_, inner) in rest.by_ref() {
                        if inner == c {
                            break;
                        }
                        word.push(inner);
                    }
                    tokens.push(Token { text: word, quoted: true, line: index + 1 });
                }
                c if c.is_whitespace() => {}
                _ => {
                    let mut end = line.len();
                    while let Some((next, c)) = rest.peek().copied() {
                        if c.is_whitespace() || c == ';' || (c == '{' && !line[..next].ends_with('$')) {
                            end = next;
                            break;
                        }
                        rest.next();
                        // A variable in braces belongs to the word.
                        if c == '{' {
                            while rest.next_if(|(_, c)| *c != '}').is_some() {}
                            rest.next();
                        }
                    }
                    tokens.push(Token { text: line[at..end].to_string(), quoted: false, line: index + 1 });
                }
            }
        }
    }
    tokens
}

/// Reads a file and what it includes; or what is wrong with it.
pub fn read(sys: &Sys, path: &str) -> Result<Vec<Directive>, String> {
    let text = crate::programs::command::text_of(sys, path);
    let all = tokens(&text);
    let mut at = 0;
    let block = block(sys, path, &all, &mut at, text.lines().count().max(1), 0)?;
    match all.get(at) {
        Some(token) => Err(format!("unexpected \"}}\" in {path}:{}", token.line)),
        None => Ok(block),
    }
}

fn block(
    sys: &Sys,
    path: &str,
    all: &[Token],
    at: &mut usize,
    last: usize,
    depth: u8,
) -> Result<Vec<Directive>, String> {
    let mut directives = Vec::new();
    while let Some(first) = all.get(*at) {
        if first.text == "}" && !first.quoted {
            return Ok(directives);
        }
        let mut args = Vec::new();
        let place = format!("{path}:{}", first.line);
        if matches!(first.text.as_str(), ";" | "{") && !first.quoted {
            return Err(format!("unexpected \"{}\" in {place}", first.text));
        }
        *at += 1;
        loop {
            let Some(token) = all.get(*at) else {
                return Err(format!("unexpected end of file, expecting \";\" or \"}}\" in {path}:{last}"));
            };
            *at += 1;
            match token.text.as_str() {
                ";" if !token.quoted => {
                    directive(sys, first, args, None, place, &mut directives, depth)?;
                    break;
                }
                "{" if !token.quoted => {
                    let inner = if depth > 8 { Vec::new() } else { block(sys, path, all, at, last, depth + 1)? };
                    if all.get(*at).is_none() {
                        return Err(format!("unexpected end of file, expecting \"}}\" in {path}:{last}"));
                    }
                    *at += 1;
                    directive(sys, first, args, Some(inner), place, &mut directives, depth)?;
                    break;
                }
                "}" if !token.quoted => {
                    return Err(format!("unexpected \"}}\" in {path}:{}", token.line));
                }
                _ => args.push(token.text.clone()),
            }
        }
    }
    Ok(directives)
}

fn directive(
    sys: &Sys,
    first: &Token,
    args: Vec<String>,
    block: Option<Vec<Directive>>,
    at: String,
    out: &mut Vec<Directive>,
    depth: u8,
) -> Result<(), String> {
    let name = first.text.clone();
    if name == "include" {
        for path in included(sys, args.first().map_or("", String::as_str), &at)? {
            if depth < 8 && !path.ends_with("mime.types") {
                out.extend(read(sys, &path)?);
            }
        }
        return Ok(());
    }
    // The types of files are a block of names.
    if name == "types" {
        return Ok(());
    }
    out.push(Directive { name, args, block, at });
    Ok(())
}

fn included(sys: &Sys, pattern: &str, at: &str) -> Result<Vec<String>, String> {
    let path = crate::kernel::join("/etc/nginx", pattern);
    let Some((before, after)) = path.split_once('*') else {
        let missing = || format!("open() \"{path}\" failed (2: No such file or directory) in {at}");
        return if sys.stat(&path).is_ok() { Ok(vec![path]) } else { Err(missing()) };
    };
    let (folder, start) = crate::kernel::split_last(before.trim_end_matches('/'));
    let (folder, start) = if before.ends_with('/') { (before.trim_end_matches('/'), "") } else { (folder, start) };
    let names = sys.read_dir(folder).unwrap_or_default();
    let fits = |name: &&str| name.starts_with(start) && name.ends_with(after) && !name.starts_with('.');
    Ok(names.iter().map(|name| &**name).filter(fits).map(|name| format!("{folder}/{name}")).collect())
}

/// The first thing that nginx would not accept.
pub fn check(all: &[Directive], inside: &str) -> Result<(), String> {
    for directive in all {
        if !is_known(&directive.name) {
            return Err(format!("unknown directive \"{}\" in {}", directive.name, directive.at));
        }
        let wrong = match directive.name.as_str() {
            "server" => !matches!(inside, "http" | "upstream" | "stream" | "mail"),
            "location" => !matches!(inside, "server" | "location"),
            "listen" | "server_name" => inside != "server",
            "proxy_pass" | "alias" => !matches!(inside, "location" | "server" | "if"),
            "http" | "events" => !inside.is_empty(),
            _ => false,
        };
        if wrong {
            return Err(format!("\"{}\" directive is not allowed here in {}", directive.name, directive.at));
        }
        let none = ["listen", "root", "index", "proxy_pass", "server_name", "return", "alias"];
        if directive.args.is_empty() && none.contains(&directive.name.as_str()) {
            return Err(format!("invalid number of arguments in \"{}\" directive in {}", directive.name, directive.at));
        }
        if let Some(block) = &directive.block {
            check(block, &directive.name)?;
        }
    }
    if inside.is_empty() && all.iter().all(|directive| directive.name != "events") {
        return Err("no \"events\" section in configuration".into());
    }
    Ok(())
}

/// Names of directives that are not simulated.
pub fn missing(all: &[Directive]) -> Vec<String> {
    let mut names = Vec::new();
    for directive in all {
        let regular = directive.name == "location" && directive.args.first().is_some_and(|mark| mark.starts_with('~'));
        if regular || !is_simulated(&directive.name) {
            names.push(if regular { "location by a regular expression".into() } else { directive.name.clone() });
        }
        names.extend(directive.block.iter().flat_map(|block| missing(block)));
    }
    names
}

/// The servers of a configuration; names of hosts are looked up now, once.
pub fn servers(sys: &Sys, all: &[Directive]) -> Result<Vec<Server>, String> {
    let http: Vec<&Directive> =
        all.iter().filter(|d| d.name == "http").flat_map(|d| d.block.iter().flatten()).collect();
    let mut common = Scope::default();
    for directive in &http {
        scope(&mut common, directive);
    }
    let mut servers = Vec::new();
    for directive in http.iter().filter(|directive| directive.name == "server") {
        let mut server = Server { own: common.clone(), ..Server::default() };
        for inner in directive.block.iter().flatten() {
            match inner.name.as_str() {
                "listen" => server.ports.extend(port(&inner.args[0])),
                "server_name" => server.names.extend(inner.args.iter().cloned()),
                _ => scope(&mut server.own, inner),
            }
        }
        if server.ports.is_empty() {
            server.ports.push(80);
        }
        for inner in directive.block.iter().flatten().filter(|inner| inner.name == "location") {
            if let Some(location) = location(sys, inner, &server.own, &http)? {
                server.locations.push(location);
            }
        }
        servers.push(server);
    }
    Ok(servers)
}

/// The port of a `listen`; none for what is not IPv4.
fn port(text: &str) -> Option<u16> {
    if text.starts_with('[') || text.starts_with("unix:") {
        return None;
    }
    text.rsplit(':').next()?.parse().ok().or(Some(80))
}

fn scope(scope: &mut Scope, directive: &Directive) {
    let args = &directive.args;
    let first = args.first().cloned().unwrap_or_default();
    match directive.name.as_str() {
        "root" => scope.root = Some(first),
        "index" => scope.index = Some(args.clone()),
        "try_files" => scope.try_files = Some(args.clone()),
        "return" => {
            let code = first.parse().unwrap_or(302);
            let text = if first.parse::<u16>().is_ok() { args.get(1).cloned().unwrap_or_default() } else { first };
            scope.answer = Some((code, text));
        }
        "error_page" => {
            if let Some((page, codes)) = args.split_last() {
                let codes = codes.iter().filter_map(|code| code.parse().ok());
                scope.error_pages.extend(codes.map(|code: u16| (code, page.clone())));
            }
        }
        "add_header" => scope.headers.push((first, args.get(1).cloned().unwrap_or_default())),
        "proxy_set_header" => scope.proxy_headers.push((first, args.get(1).cloned().unwrap_or_default())),
        "access_log" => scope.silent = Some(first == "off"),
        _ => {}
    }
}

fn location(sys: &Sys, directive: &Directive, around: &Scope, http: &[&Directive]) -> Result<Option<Location>, String> {
    let (mark, path) = match directive.args.as_slice() {
        [mark, path] => (mark.as_str(), path.clone()),
        [path] => ("", path.clone()),
        _ => return Err(format!("invalid number of arguments in \"location\" directive in {}", directive.at)),
    };
    if mark.starts_with('~') {
        return Ok(None);
    }
    let mut own = Scope { answer: None, try_files: None, ..around.clone() };
    let mut location = Location { exact: mark == "=", path, ..Location::default() };
    for inner in directive.block.iter().flatten() {
        match inner.name.as_str() {
            "alias" => location.alias = inner.args.first().cloned(),
            "proxy_pass" => location.upstream = Some(upstream(sys, inner, http)?),
            _ => scope(&mut own, inner),
        }
    }
    location.scope = own;
    Ok(Some(location))
}

fn upstream(sys: &Sys, directive: &Directive, http: &[&Directive]) -> Result<Upstream, String> {
    let url = &directive.args[0];
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(match url.starts_with("https://") {
            true => format!("layerlab: proxy_pass to https is not simulated in {}", directive.at),
            false => format!("invalid URL prefix in {}", directive.at),
        });
    };
    let (name, path) = rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(rest[at..].to_string())));
    let group = http.iter().find(|d| d.name == "upstream" && d.args.first().is_some_and(|own| own == name));
    let hosts: Vec<(String, String)> = match group {
        Some(group) => {
            let servers = group.block.iter().flatten().filter(|inner| inner.name == "server");
            servers.map(|inner| (inner.args.first().cloned().unwrap_or_default(), inner.at.clone())).collect()
        }
        None => vec![(name.to_string(), directive.at.clone())],
    };
    let mut peers = Vec::new();
    for (host, at) in hosts {
        let (own, port) = host.split_once(':').unwrap_or((&host, "80"));
        let port = port.parse().map_err(|_| format!("invalid port in upstream \"{host}\" in {at}"))?;
        let address = net::resolve(sys, own).ok_or_else(|| format!("host not found in upstream \"{own}\" in {at}"))?;
        peers.push((address, port));
    }
    Ok(Upstream { name: name.to_string(), peers, path })
}

impl Server {
    /// The location of a path: the one that is it, else the longest that it begins with.
    pub fn location(&self, path: &str) -> Option<&Location> {
        let exact = self.locations.iter().find(|location| location.exact && location.path == path);
        let fits = |location: &&Location| !location.exact && path.starts_with(&location.path);
        exact.or_else(|| self.locations.iter().filter(fits).max_by_key(|location| location.path.len()))
    }
}
