//! curl: fetches URLs over HTTP.

use super::super::command::Cmd;
use super::http::{self, Url};
use super::resolve;
use crate::kernel::{Either, Errno, LocalFuture, OpenFlags, race, split_last};
use crate::model::time::Time;

/// Redirections followed, as curl's own limit is.
const REDIRECTS: usize = 50;

pub fn curl(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if cmd.has('V') {
            let kind = if cmd.sys.stat("/etc/alpine-release").is_ok() { "alpine-linux-musl" } else { "pc-linux-gnu" };
            let text = format!(
                "curl 8.5.0 (x86_64-{kind}) libcurl/8.5.0\nRelease-Date: 2023-12-06\nProtocols: http\nFeatures: \n"
            );
            cmd.out(&text);
            let _ = cmd.flush().await;
            return 0;
        }
        let urls = std::mem::take(&mut cmd.args);
        if urls.is_empty() {
            cmd.note("curl: try 'curl --help' or 'curl --manual' for more information");
            let _ = cmd.flush().await;
            return 2;
        }
        let mut status = 0;
        for url in &urls {
            let seconds = cmd.value('m').and_then(|text| text.parse::<f64>().ok());
            let limit = seconds.map(|seconds| cmd.sys.now().plus(Time::from_secs_f64(seconds)));
            let sys = cmd.sys.clone();
            let done = match limit {
                None => one(&mut cmd, url).await,
                Some(limit) => match race(one(&mut cmd, url), sys.sleep_until(limit)).await {
                    Either::Left(done) => done,
                    Either::Right(()) => {
                        let millis = (seconds.unwrap_or(0.0) * 1000.0) as u64;
                        Err((28, format!("Connection timed out after {millis} milliseconds")))
                    }
                },
            };
            status = 0;
            if let Err((code, text)) = done {
                status = code;
                if !cmd.has('s') || cmd.has('S') {
                    cmd.note(&format!("curl: ({code}) {text}"));
                }
            }
            let _ = cmd.flush().await;
        }
        status
    })
}

async fn one(cmd: &mut Cmd, text: &str) -> Result<(), (i32, String)> {
    let malformed = || (3, "URL rejected: Malformed input to a URL function".to_string());
    let mut url = Url::parse(text).ok_or_else(malformed)?;
    let data = cmd.value('d').map(String::from);
    let head = cmd.has('I');
    let method = match cmd.value('X') {
        Some(method) => method.to_string(),
        None if head => "HEAD".into(),
        None if data.is_some() => "POST".into(),
        None => "GET".into(),
    };
    let mut redirects = 0;
    loop {
        if url.scheme == "https" {
            let (host, port) = (&url.host, url.port);
            let address = resolve(&cmd.sys, host).ok_or((6, format!("Could not resolve host: {host}")))?;
            connect(cmd, &url, address).await?;
            return Err((35, format!("layerlab: TLS is not simulated (connect to {host} port {port})")));
        }
        if url.scheme != "http" {
            let what = format!("Protocol \"{}\" not supported", url.scheme);
            return Err((1, what));
        }
        let (answer, fd) = fetch(cmd, &url, &method, data.as_deref()).await?;
        let _ = cmd.sys.close(fd);
        if answer.code == 0 && answer.body.is_empty() {
            return Err((52, "Empty reply from server".into()));
        }
        verbose(cmd, "<", &answer.head);
        if cmd.has('i') || head {
            let text = format!("{}\r\n", answer.head);
            write(cmd, text.as_bytes(), &url).await?;
        }
        let location = answer.header("location").and_then(|location| url.join(location));
        if let (true, 300..400, Some(next)) = (cmd.has('L'), answer.code, location) {
            redirects += 1;
            if redirects > REDIRECTS {
                return Err((47, format!("Maximum ({REDIRECTS}) redirects followed")));
            }
            url = next;
            continue;
        }
        let refused = cmd.has('f') && answer.code >= 400;
        progress(cmd, answer.body.len());
        if !refused {
            write(cmd, &answer.body, &url).await?;
        }
        if let Some(format) = cmd.value('w').map(String::from) {
            let text = written_out(&format, &answer, &url);
            cmd.out(&text);
        }
        if refused {
            return Err((22, format!("The requested URL returned error: {}", answer.code)));
        }
        return Ok(());
    }
}

async fn connect(cmd: &mut Cmd, url: &Url, address: u32) -> Result<u32, (i32, String)> {
    if let Some((name, _)) = super::stranger(&cmd.sys, address) {
        return Err((7, format!("layerlab: what {name} would answer is not simulated")));
    }
    let started = cmd.sys.now();
    let sys = cmd.sys.clone();
    let patience = cmd.value('ü').and_then(|text| text.parse::<f64>().ok());
    let connected = match patience.map(|seconds| started.plus(Time::from_secs_f64(seconds))) {
        None => sys.connect_inet(address, url.port).await,
        Some(limit) => match race(sys.connect_inet(address, url.port), sys.sleep_until(limit)).await {
            Either::Left(connected) => connected,
            Either::Right(()) => {
                let millis = sys.now().since(started).as_millis();
                return Err((28, format!("Connection timed out after {millis} milliseconds")));
            }
        },
    };
    connected.map_err(|errno| {
        let millis = cmd.sys.now().since(started).as_millis();
        let why = if errno == Errno::Intr { "Interrupted" } else { "Couldn't connect to server" };
        (7, format!("Failed to connect to {} port {} after {millis} ms: {why}", url.host, url.port))
    })
}

async fn fetch(
    cmd: &mut Cmd,
    url: &Url,
    method: &str,
    data: Option<&str>,
) -> Result<(http::Answer, u32), (i32, String)> {
    let sys = cmd.sys.clone();
    http::remember(&sys, url, None);
    let missing = (6, format!("Could not resolve host: {}", url.host));
    let address = resolve(&sys, &url.host).ok_or(missing)?;
    let fd = connect(cmd, url, address).await?;
    let mut request = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", url.path, url.authority);
    let own: Vec<String> = cmd.options.iter().filter(|(c, _)| *c == 'H').map(|(_, value)| value.clone()).collect();
    let given = |name: &str| own.iter().any(|line| line.to_ascii_lowercase().starts_with(name));
    if !given("user-agent:") {
        request.push_str(&format!("User-Agent: {}\r\n", cmd.value('A').unwrap_or("curl/8.5.0")));
    }
    if !given("accept:") {
        request.push_str("Accept: */*\r\n");
    }
    for line in &own {
        request.push_str(&format!("{line}\r\n"));
    }
    if let Some(data) = data {
        request.push_str(&format!("Content-Length: {}\r\n", data.len()));
        if !given("content-type:") {
            request.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        }
    }
    verbose(cmd, ">", &request);
    request.push_str("\r\n");
    request.push_str(data.unwrap_or(""));
    match http::exchange(&sys, fd, method, request.as_bytes()).await {
        Ok(answer) => {
            http::remember(&sys, url, Some(&answer));
            Ok((answer, fd))
        }
        Err(Errno::ConnReset | Errno::Pipe) => Err((56, "Recv failure: Connection reset by peer".into())),
        Err(errno) => Err((56, format!("Recv failure: {errno}"))),
    }
}

fn verbose(cmd: &mut Cmd, mark: &str, head: &str) {
    if cmd.has('v') {
        for line in head.lines() {
            cmd.note(&format!("{mark} {line}"));
        }
        cmd.note(mark);
    }
}

/// The meter that curl draws while it waits, when its output goes elsewhere than to the screen.
fn progress(cmd: &mut Cmd, len: usize) {
    let to_screen = cmd.sys.is_terminal(1).is_some() && !cmd.has('o') && !cmd.has('O');
    if cmd.has('s') || to_screen || cmd.has('I') {
        return;
    }
    let idle = "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
    let speed = len.saturating_mul(1000).min(99_999);
    let (all, blank) = (format!("100 {len:>5}  100 {len:>5}    0     0"), "--:--:-- --:--:-- --:--:--");
    cmd.note(&format!(
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r{idle}\r{all}  {speed:>5}      0 {blank} {speed:>5}"
    ));
}

async fn write(cmd: &mut Cmd, bytes: &[u8], url: &Url) -> Result<(), (i32, String)> {
    let own = split_last(url.path.split('?').next().unwrap_or("")).1.to_string();
    let file = if cmd.has('O') { Some(own) } else { cmd.value('o').map(String::from) };
    let Some(path) = file.filter(|path| path != "-") else {
        cmd.put(bytes);
        return Ok(());
    };
    let failed = |_| (23, format!("Failure writing output to destination, passed {} returned 0", bytes.len()));
    let fd = cmd.sys.open(&path, OpenFlags::WRITE).map_err(failed)?;
    let done = cmd.sys.write(fd, bytes).await.map_err(failed);
    let _ = cmd.sys.close(fd);
    done
}

/// `-w`: variables in braces and escapes.
fn written_out(format: &str, answer: &http::Answer, url: &Url) -> String {
    let address = format!("{}://{}{}", url.scheme, url.authority, url.path);
    let text = format
        .replace("%{http_code}", &format!("{:03}", answer.code))
        .replace("%{response_code}", &format!("{:03}", answer.code))
        .replace("%{size_download}", &answer.body.len().to_string())
        .replace("%{content_type}", answer.header("content-type").unwrap_or(""))
        .replace("%{time_total}", "0.001000")
        .replace("%{url_effective}", &address);
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
}
