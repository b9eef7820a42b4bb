//! httpd, Apache's and busybox's: they serve, log, and stop on the signals that the real ones stop on.

use super::{called, catch, civil, month, say, version};
use crate::kernel::Sys;
use crate::model::network::parse_ipv4;
use crate::model::signal::Signal;
use crate::model::time::WEEKDAYS;
use crate::programs::net::http::{self, Request};

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
