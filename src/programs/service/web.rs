//! nginx and httpd: they start, log, and stop on the signals that the real ones stop on.

use super::{called, catch, civil, month, nspid_of, say, set_title, version};
use crate::kernel::{Sys, Waited};
use crate::model::network::parse_ipv4;
use crate::model::process::Pid;
use crate::model::signal::Signal;
use crate::model::time::WEEKDAYS;
use crate::programs::net::http::{self, Request};

const CONFIG: &str = "/etc/nginx/nginx.conf";
const WORKERS: usize = 2;

/// What nginx was asked to do.
enum Task {
    Serve,
    Test,
    Send(Signal),
}

pub async fn nginx(sys: Sys) -> i32 {
    let number = version(&sys, "NGINX_VERSION", "1.29.3");
    let (mut task, mut config, mut directives) = (Task::Serve, CONFIG.to_string(), String::new());
    let argv = sys.argv();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-v" | "-V" => {
                sys.eprint(&format!("nginx version: nginx/{number}\n")).await;
                return 0;
            }
            "-t" | "-T" => task = Task::Test,
            "-q" => {}
            "-g" => directives = words.next().cloned().unwrap_or_default(),
            "-c" => config = words.next().cloned().unwrap_or_default(),
            "-p" | "-e" => drop(words.next()),
            "-s" => {
                task = Task::Send(match words.next().map(String::as_str) {
                    Some("stop") => Signal::TERM,
                    Some("quit") => Signal::QUIT,
                    Some("reload") => Signal::HUP,
                    Some("reopen") => Signal::USR1,
                    other => {
                        sys.eprint(&format!("nginx: invalid option: \"-s {}\"\n", other.unwrap_or(""))).await;
                        return 1;
                    }
                });
            }
            _ => {
                sys.eprint(&format!("nginx: invalid option: \"{word}\"\n")).await;
                return 1;
            }
        }
    }
    let text = match sys.read_file(&config).await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(errno) => {
            sys.eprint(&format!("nginx: [emerg] open() \"{config}\" failed ({}: {errno})\n", errno_number(errno)))
                .await;
            return 1;
        }
    };
    if let Task::Test = task {
        return test(&sys, &config, &text).await;
    }
    if let Some(line) = unbalanced(&text) {
        sys.eprint(&format!("nginx: [emerg] unexpected end of file, expecting \"}}\" in {config}:{line}\n")).await;
        return 1;
    }
    if let Task::Send(signal) = task {
        return send(&sys, signal).await;
    }
    let (port, root) = site(&sys, &text);
    let listener = match sys.listen_inet(0, port) {
        Ok(listener) => listener,
        Err(errno) => {
            let text = format!("nginx: [emerg] bind() to 0.0.0.0:{port} failed ({}: {errno})\n", errno_number(errno));
            sys.eprint(&text).await;
            return 1;
        }
    };
    let serving = Serving { listener, root, number };
    let stays = directives.contains("daemon off") || text.lines().any(|line| line.trim() == "daemon off;");
    if stays {
        return master(sys, serving).await;
    }
    // A daemon leaves its parent, which is what a container waits for.
    match sys.fork(|child| master(child, serving)).await {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

fn errno_number(errno: crate::kernel::Errno) -> u8 {
    match errno {
        crate::kernel::Errno::NoEnt => 2,
        crate::kernel::Errno::Access => 13,
        crate::kernel::Errno::IsDir => 21,
        crate::kernel::Errno::AddrInUse => 98,
        _ => 5,
    }
}

async fn test(sys: &Sys, config: &str, text: &str) -> i32 {
    if let Some(line) = unbalanced(text) {
        sys.eprint(&format!("nginx: [emerg] unexpected end of file, expecting \"}}\" in {config}:{line}\n")).await;
        sys.eprint(&format!("nginx: configuration file {config} test failed\n")).await;
        return 1;
    }
    sys.eprint(&format!("nginx: the configuration file {config} syntax is ok\n")).await;
    sys.eprint(&format!("nginx: configuration file {config} test is successful\n")).await;
    0
}

/// The last line of a configuration in which a block is not closed.
fn unbalanced(text: &str) -> Option<usize> {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let depth: i64 = code.flat_map(str::chars).map(|c| i64::from(c == '{') - i64::from(c == '}')).sum();
    (depth > 0).then(|| text.lines().count())
}

const PID_FILE: &str = "/run/nginx.pid";

async fn send(sys: &Sys, signal: Signal) -> i32 {
    let bytes = sys.read_file(PID_FILE).await.unwrap_or_default();
    let pid = String::from_utf8_lossy(&bytes).trim().parse::<u32>();
    match pid {
        Ok(pid) if sys.kill(pid, Some(signal)).is_ok() => 0,
        _ => {
            sys.eprint(&format!("nginx: [error] open() \"{PID_FILE}\" failed (2: No such file or directory)\n")).await;
            1
        }
    }
}

/// What a worker serves.
#[derive(Clone)]
struct Serving {
    listener: u32,
    root: String,
    number: String,
}

/// The port and the root of the first server of a configuration, those that it includes read too.
fn site(sys: &Sys, text: &str) -> (u16, String) {
    let mut all = text.to_string();
    for name in sys.read_dir("/etc/nginx/conf.d").unwrap_or_default() {
        if text.contains("conf.d") && name.ends_with(".conf") {
            all.push_str(&crate::programs::command::text_of(sys, &format!("/etc/nginx/conf.d/{name}")));
        }
    }
    let values = all.lines().map(|line| line.split('#').next().unwrap_or("").trim().trim_end_matches(';'));
    let value =
        |key: &str| values.clone().find_map(|line| line.strip_prefix(key)?.split_whitespace().next().map(String::from));
    let listen = value("listen ").unwrap_or_else(|| "80".into());
    let port = listen.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(80);
    let root = value("root ").unwrap_or_else(|| "/etc/nginx/html".into());
    (port, root)
}

struct Log {
    sys: Sys,
}

impl Log {
    async fn line(&self, level: &str, text: &str) {
        let (at, _) = civil(self.sys.now());
        let pid = self.sys.nspid();
        let line = format!(
            "{:04}/{:02}/{:02} {:02}:{:02}:{:02} [{level}] {pid}#{pid}: {text}\n",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        );
        self.sys.eprint(&line).await;
    }

    async fn notice(&self, text: &str) {
        self.line("notice", text).await;
    }
}

async fn master(sys: Sys, serving: Serving) -> i32 {
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP, Signal::USR1, Signal::WINCH]);
    let words = sys.argv().get(1..).unwrap_or_default().join(" ");
    set_title(&sys, format!("nginx: master process nginx {words}").trim_end());
    let log = Log { sys: sys.clone() };
    log.notice("using the \"epoll\" event method").await;
    log.notice(&format!("nginx/{}", serving.number)).await;
    log.notice("OS: Linux 6.8.0-layerlab").await;
    log.notice("getrlimit(RLIMIT_NOFILE): 1048576:1048576").await;
    let pid_file = crate::model::file::Data::new(format!("{}\n", sys.nspid()).into_bytes());
    let _ = sys.put(PID_FILE, pid_file, 0o644);
    log.notice("start worker processes").await;
    let mut workers = start_workers(&sys, &log, &serving).await;
    loop {
        let signal = sys.next_signal().await;
        let did = match signal {
            Signal::QUIT => "shutting down",
            Signal::TERM | Signal::INT => "exiting",
            Signal::HUP => "reconfiguring",
            Signal::USR1 => "reopening logs",
            _ => continue,
        };
        log.notice(&format!("signal {} (SIG{}) received, {did}", signal.0, signal.name())).await;
        match signal {
            Signal::HUP => {
                log.notice("start worker processes").await;
                let new = start_workers(&sys, &log, &serving).await;
                stop_workers(&sys, &log, std::mem::replace(&mut workers, new), Signal::QUIT).await;
            }
            Signal::USR1 => {}
            _ => {
                stop_workers(&sys, &log, workers, signal).await;
                let _ = sys.unlink(PID_FILE);
                log.notice("exit").await;
                return 0;
            }
        }
    }
}

async fn start_workers(sys: &Sys, log: &Log, serving: &Serving) -> Vec<Pid> {
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        let serving = serving.clone();
        if let Ok(pid) = sys.fork(|child| worker(child, serving)).await {
            log.notice(&format!("start worker process {}", nspid_of(sys, pid))).await;
            workers.push(pid);
        }
    }
    workers
}

async fn stop_workers(sys: &Sys, log: &Log, workers: Vec<Pid>, signal: Signal) {
    for pid in &workers {
        let _ = sys.kill(nspid_of(sys, *pid), Some(signal));
    }
    for pid in workers {
        let known = nspid_of(sys, pid);
        while let Err(_) | Ok(Waited::Stopped(_)) = sys.wait(Some(pid), false).await {
            sys.take_signal();
        }
        log.notice(&format!("signal 17 (SIGCHLD) received from {known}")).await;
        log.notice(&format!("worker process {known} exited with code 0")).await;
    }
}

async fn worker(sys: Sys, serving: Serving) -> i32 {
    set_title(&sys, "nginx: worker process");
    if sys.user().uid == 0
        && let Some(user) = nginx_user(&sys).await
    {
        sys.me_mut(|process| process.user = user);
    }
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::QUIT]);
    sys.thread(serve(sys.clone(), serving));
    let log = Log { sys: sys.clone() };
    if sys.next_signal().await == Signal::QUIT {
        log.notice("gracefully shutting down").await;
    }
    log.notice("exiting").await;
    log.notice("exit").await;
    0
}

/// Answers requests, and logs them as the format `main` of the image's configuration does.
async fn serve(sys: Sys, serving: Serving) {
    loop {
        let Ok(fd) = sys.accept(serving.listener).await else { continue };
        if let Some(request) = http::request(&sys, fd).await {
            let (code, body, kind) = match http::find_file(&sys, &serving.root, &request.path) {
                Ok((body, file)) => (200, body, http::media_type(&file)),
                Err(code) => (code, error_page(code, &serving.number), "text/html"),
            };
            let log = Log { sys: sys.clone() };
            let peer = http::peer(&sys, fd);
            if code == 404 {
                let file = format!("{}{}", serving.root, request.path);
                let what = format!("*1 open() \"{file}\" failed (2: No such file or directory)");
                let host = http::header(&request.head, "host").unwrap_or("");
                let tail =
                    format!("client: {peer}, server: localhost, request: \"{}\", host: \"{host}\"", request.line);
                log.line("error", &format!("{what}, {tail}")).await;
            }
            let date = http::date(sys.now());
            let head = format!(
                "Server: nginx/{}\r\nDate: {date}\r\nContent-Type: {kind}\r\nConnection: keep-alive\r\n",
                serving.number
            );
            answer(&sys, fd, &request, code, &head, &body).await;
            let time = stamp(&sys);
            let header = |name| http::header(&request.head, name).unwrap_or("-").to_string();
            let (referer, agent) = (header("referer"), header("user-agent"));
            let line = format!(
                "{peer} - - [{time}] \"{}\" {code} {} \"{referer}\" \"{agent}\" \"-\"\n",
                request.line,
                body.len()
            );
            let _ = sys.print(&line).await;
        }
        let _ = sys.close(fd);
    }
}

fn error_page(code: u16, number: &str) -> Vec<u8> {
    let title = format!("{code} {}", http::reason(code));
    let head =
        format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n");
    format!("{head}<hr><center>nginx/{number}</center>\r\n</body>\r\n</html>\r\n").into_bytes()
}

async fn nginx_user(sys: &Sys) -> Option<crate::model::process::User> {
    let bytes = sys.read_file("/etc/passwd").await.ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let line = text.lines().find(|line| line.starts_with("nginx:"))?;
    let mut fields = line.split(':').skip(2);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(crate::model::process::User { uid, gid })
}

/// Apache's server; or busybox's, when that is who was called.
pub async fn httpd(sys: Sys) -> i32 {
    let argv = sys.argv();
    let number = version(&sys, "HTTPD_VERSION", "2.4.65");
    if argv.iter().any(|word| word == "-v" || word == "-V") {
        return say(&sys, &format!("Server version: Apache/{number} (Unix)\n")).await;
    }
    if argv.iter().any(|word| word == "-t") {
        sys.eprint("Syntax OK\n").await;
        return 0;
    }
    if sys.env("HTTPD_VERSION").is_none() {
        return busybox_httpd(sys, &argv).await;
    }
    let foreground = |word: &String| word == "-DFOREGROUND" || word == "FOREGROUND" || word == "-X";
    if argv.iter().any(foreground) {
        return apache(sys, number).await;
    }
    match sys.fork(|child| apache(child, number)).await {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

/// It stays in front with `-f` and has no handler: as PID 1 it is deaf to SIGTERM.
async fn busybox_httpd(sys: Sys, argv: &[String]) -> i32 {
    let (mut front, mut port, mut home) = (false, "80".to_string(), ".".to_string());
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-').unwrap_or("");
        for (at, letter) in letters.char_indices() {
            let rest = letters.get(at + 1..).unwrap_or("");
            match letter {
                'f' => front = true,
                'p' | 'h' | 'u' | 'c' | 'r' => {
                    let value = if rest.is_empty() { words.next().cloned().unwrap_or_default() } else { rest.into() };
                    match letter {
                        'p' => port = value,
                        'h' => home = value,
                        _ => {}
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    if sys.chdir(&home).is_err() {
        sys.eprint(&format!("httpd: can't change directory to '{home}': No such file or directory\n")).await;
        return 1;
    }
    let (address, port) = port.rsplit_once(':').unwrap_or(("0.0.0.0", &port));
    let Ok(number) = port.parse::<u16>() else {
        sys.eprint(&format!("httpd: bad port '{port}'\n")).await;
        return 1;
    };
    let listener = match sys.listen_inet(parse_ipv4(address).unwrap_or(0), number) {
        Ok(listener) => listener,
        Err(errno) => {
            sys.eprint(&format!("httpd: bind: {errno}\n")).await;
            return 1;
        }
    };
    if front {
        return busybox_serve(sys, listener).await;
    }
    let forked = sys.fork(async move |child| busybox_serve(child, listener).await).await;
    i32::from(forked.is_err())
}

async fn busybox_serve(sys: Sys, listener: u32) -> i32 {
    let root = sys.cwd().to_string();
    loop {
        let Ok(fd) = sys.accept(listener).await else { continue };
        if let Some(request) = http::request(&sys, fd).await {
            let (code, body, kind) = match http::find_file(&sys, &root, &request.path) {
                Ok((body, file)) => (200, body, http::media_type(&file)),
                Err(code) => {
                    let reason = http::reason(code);
                    let why = if code == 404 { "The requested URL was not found" } else { "Unauthorized request" };
                    let title = format!("<HTML><HEAD><TITLE>{code} {reason}</TITLE></HEAD>\n");
                    let text = format!("{title}<BODY><H1>{code} {reason}</H1>\n{why}\n</BODY></HTML>\n");
                    (code, text.into_bytes(), "text/html")
                }
            };
            let date = http::date(sys.now());
            let head = format!("Date: {date}\r\nConnection: close\r\nContent-type: {kind}\r\n");
            answer(&sys, fd, &request, code, &head, &body).await;
        }
        let _ = sys.close(fd);
    }
}

/// Sends an answer with these header lines and the length of its body.
async fn answer(sys: &Sys, fd: u32, request: &Request, code: u16, head: &str, body: &[u8]) {
    let line = format!("HTTP/1.1 {code} {}\r\n{head}Content-Length: {}\r\n\r\n", http::reason(code), body.len());
    let mut bytes = line.into_bytes();
    if request.method != "HEAD" {
        bytes.extend_from_slice(body);
    }
    let _ = sys.write(fd, &bytes).await;
}

async fn apache(sys: Sys, number: String) -> i32 {
    catch(&sys, &[Signal::TERM, Signal::INT, Signal::WINCH, Signal::HUP, Signal::USR1]);
    let bytes = sys.read_file("/etc/hosts").await.unwrap_or_default();
    let hosts = String::from_utf8_lossy(&bytes).into_owned();
    let own =
        hosts.lines().rfind(|line| line.ends_with(&*sys.hostname())).and_then(|line| line.split_whitespace().next());
    let own = own.unwrap_or("127.0.0.1");
    for _ in 0..2 {
        sys.eprint(&format!("AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using {own}. Set the 'ServerName' directive globally to suppress this message\n")).await;
    }
    match sys.listen_inet(0, 80) {
        Ok(listener) => sys.thread(apache_serve(sys.clone(), listener)),
        Err(errno) => {
            let text = format!("(98){errno}: AH00072: make_sock: could not bind to address 0.0.0.0:80\n");
            sys.eprint(&format!("{text}no listening sockets available, shutting down\nAH00015: Unable to open logs\n"))
                .await;
            return 1;
        }
    }
    let argv = sys.argv().get(1..).unwrap_or_default().join(" ");
    apache_line(
        &sys,
        "mpm_event",
        &format!("AH00489: Apache/{number} (Unix) configured -- resuming normal operations"),
    )
    .await;
    let command =
        format!("AH00094: Command line: '{} {}'", called(&sys), argv.replace("-DFOREGROUND", "-D FOREGROUND"));
    apache_line(&sys, "core", &command).await;
    loop {
        let text = match sys.next_signal().await {
            Signal::WINCH => "AH00492: caught SIGWINCH, shutting down gracefully",
            Signal::TERM | Signal::INT => "AH00491: caught SIGTERM, shutting down",
            _ => {
                apache_line(&sys, "mpm_event", "AH00494: SIGHUP received.  Attempting to restart").await;
                continue;
            }
        };
        apache_line(&sys, "mpm_event", text).await;
        return 0;
    }
}

/// Answers requests from the image's `htdocs`, and logs them in the common format.
async fn apache_serve(sys: Sys, listener: u32) {
    loop {
        let Ok(fd) = sys.accept(listener).await else { continue };
        if let Some(request) = http::request(&sys, fd).await {
            let (code, body, kind) = match http::find_file(&sys, "/usr/local/apache2/htdocs", &request.path) {
                Ok((body, file)) => (200, body, http::media_type(&file)),
                Err(code) => {
                    let title = format!("{code} {}", http::reason(code));
                    let why = match code {
                        404 => "The requested URL was not found on this server.",
                        _ => "You don't have permission to access this resource.",
                    };
                    let head = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>";
                    let end = format!("<h1>{}</h1>\n<p>{why}</p>\n</body></html>\n", http::reason(code));
                    let page = format!("{head}\n<title>{title}</title>\n</head><body>\n{end}");
                    (code, page.into_bytes(), "text/html; charset=iso-8859-1")
                }
            };
            let date = http::date(sys.now());
            let head = format!("Date: {date}\r\nServer: Apache/2.4.65 (Unix)\r\nContent-Type: {kind}\r\n");
            answer(&sys, fd, &request, code, &head, &body).await;
            let peer = http::peer(&sys, fd);
            let line = format!("{peer} - - [{}] \"{}\" {code} {}\n", stamp(&sys), request.line, body.len());
            let _ = sys.print(&line).await;
        }
        let _ = sys.close(fd);
    }
}

/// `23/Nov/2026:20:00:00 +0000`, as access logs have it.
fn stamp(sys: &Sys) -> String {
    let (at, _) = civil(sys.now());
    let clock = format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second);
    format!("{:02}/{}/{:04}:{clock} +0000", at.day, month(&at), at.year)
}

async fn apache_line(sys: &Sys, module: &str, text: &str) {
    let now = sys.now();
    let (at, _) = civil(now);
    let micros = now.epoch().1 / 1000;
    let pid = sys.nspid();
    let day = WEEKDAYS.get(at.weekday as usize).copied().unwrap_or("");
    let line = format!(
        "[{day} {} {:02} {:02}:{:02}:{:02}.{micros:06} {}] [{module}:notice] [pid {pid}:tid {pid}] {text}\n",
        month(&at),
        at.day,
        at.hour,
        at.minute,
        at.second,
        at.year
    );
    sys.eprint(&line).await;
}
