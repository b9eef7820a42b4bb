//! wget, GNU's and busybox's: fetches a file over HTTP.

use super::super::command::Cmd;
use super::super::machine::local_date;
use super::http::{self, Answer, Url};
use super::resolve;
use crate::kernel::{Either, Errno, LocalFuture, OpenFlags, race, split_last};
use crate::model::network::ipv4;
use crate::model::time::Time;

const REDIRECTS: usize = 20;

pub fn wget(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let urls = std::mem::take(&mut cmd.args);
        if urls.is_empty() {
            cmd.misuse("missing URL", "");
            if cmd.gnu() {
                cmd.note("Usage: wget [OPTION]... [URL]...");
            }
        }
        for url in &urls {
            let sys = cmd.sys.clone();
            let seconds = cmd.value('T').and_then(|text| text.parse::<u64>().ok());
            let done = match seconds {
                Some(seconds) => {
                    let limit = sys.now().plus(Time::seconds(seconds));
                    match race(one(&mut cmd, url), sys.sleep_until(limit)).await {
                        Either::Left(done) => done,
                        Either::Right(()) => Err((4, "download timed out".to_string())),
                    }
                }
                None => one(&mut cmd, url).await,
            };
            if let Err((code, text)) = done {
                if cmd.gnu() {
                    if !text.is_empty() && !cmd.has('q') {
                        cmd.note(&text);
                    }
                    cmd.status = code;
                } else {
                    let name = "wget".to_string();
                    cmd.note(&format!("{name}: {text}"));
                    cmd.status = 1;
                }
            }
            let _ = cmd.flush().await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn say(cmd: &mut Cmd, text: &str) {
    if !cmd.has('q') {
        cmd.note(text);
    }
}

async fn one(cmd: &mut Cmd, text: &str) -> Result<(), (i32, String)> {
    let gnu = cmd.gnu();
    let mut url = Url::parse(text).ok_or_else(|| (1, format!("{text}: Invalid host name.")))?;
    for _ in 0..REDIRECTS {
        if url.scheme != "http" {
            return Err((1, format!("layerlab: {} is not simulated", url.scheme)));
        }
        let answer = fetch(cmd, &url).await?;
        if let (300..400, Some(next)) = (answer.code, answer.header("location").and_then(|to| url.join(to))) {
            url = next;
            continue;
        }
        if answer.code == 0 {
            let why = if gnu { "No data received." } else { "error getting response" };
            return Err((4, why.into()));
        }
        if answer.code >= 400 {
            let reason = answer.status.splitn(3, ' ').nth(2).unwrap_or("");
            let now = local_date("%Y-%m-%d %H:%M:%S", cmd.sys.now().epoch().0, 0);
            return Err(match gnu {
                true => (8, format!("{now} ERROR {}: {reason}.\n", answer.code)),
                false => (1, format!("server returned error: {}", answer.status)),
            });
        }
        return if cmd.has('S') && cmd.has('~') { Ok(()) } else { save(cmd, &url, &answer).await };
    }
    Err((8, "too many redirections".into()))
}

async fn fetch(cmd: &mut Cmd, url: &Url) -> Result<Answer, (i32, String)> {
    let sys = cmd.sys.clone();
    let gnu = cmd.gnu();
    let (host, port) = (&url.host, url.port);
    http::remember(&sys, url, None);
    if gnu {
        let now = local_date("%Y-%m-%d %H:%M:%S", sys.now().epoch().0, 0);
        let shown = format!("{}://{}{}", url.scheme, url.authority, url.path);
        say(cmd, &format!("--{now}--  {shown}"));
    }
    let Some(address) = resolve(&sys, host) else {
        return Err(match gnu {
            true => (
                4,
                format!(
                    "Resolving {host} ({host})... failed: Name or service not known.\nwget: unable to resolve host address ‘{host}’"
                ),
            ),
            false => (1, format!("bad address '{}'", url.authority)),
        });
    };
    if let Some((name, _)) = super::stranger(&sys, address) {
        return Err((4, format!("layerlab: what {name} would answer is not simulated")));
    }
    let shown = ipv4(address);
    if !gnu {
        say(cmd, &format!("Connecting to {} ({shown}:{port})", url.authority));
    }
    let connecting = if *host == shown {
        format!("Connecting to {shown}:{port}... ")
    } else {
        format!("Resolving {host} ({host})... {shown}\nConnecting to {host} ({host})|{shown}|:{port}... ")
    };
    let fd = sys.connect_inet(address, port).await.map_err(|errno| match gnu {
        true => (4, format!("{connecting}failed: {errno}.")),
        false => (1, format!("can't connect to remote host ({shown}): {errno}")),
    })?;
    let method = if cmd.has('~') { "HEAD" } else { "GET" };
    let agent = if gnu { "Wget/1.21.4" } else { "Wget" };
    let body = cmd.value('D').map(String::from);
    let mut request = format!("{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\n", url.path, url.authority);
    for (_, line) in cmd.options.iter().filter(|(c, _)| *c == 'H') {
        request.push_str(&format!("{line}\r\n"));
    }
    if let Some(body) = &body {
        request = request.replacen(method, "POST", 1);
        let kind = "application/x-www-form-urlencoded";
        request.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()));
    }
    request.push_str("Connection: close\r\n\r\n");
    request.push_str(body.as_deref().unwrap_or(""));
    let answer = http::exchange(&sys, fd, method, request.as_bytes()).await;
    let _ = sys.close(fd);
    let answer = answer.map_err(|errno| match (gnu, errno) {
        (true, errno) => (4, format!("Read error ({errno}) in headers.")),
        (false, Errno::ConnReset | Errno::Pipe) => (1, "error getting response: Connection reset by peer".into()),
        (false, errno) => (1, format!("error getting response: {errno}")),
    })?;
    http::remember(&sys, url, Some(&answer));
    if gnu {
        let words = answer.status.split_once(' ').map_or("", |(_, words)| words);
        say(cmd, &format!("{connecting}connected.\nHTTP request sent, awaiting response... {words}"));
    } else if cmd.has('S') {
        for line in answer.head.lines() {
            cmd.note(&format!("  {line}"));
        }
    }
    Ok(answer)
}

async fn save(cmd: &mut Cmd, url: &Url, answer: &Answer) -> Result<(), (i32, String)> {
    let gnu = cmd.gnu();
    let own = split_last(url.path.split('?').next().unwrap_or("")).1;
    let name = if own.is_empty() { "index.html" } else { own };
    let name = cmd.value('O').unwrap_or(name).to_string();
    let len = answer.body.len();
    let screen = name == "-";
    if cmd.has('~') {
        return Ok(());
    }
    if gnu {
        let kind = answer.header("content-type").map_or(String::new(), |kind| format!(" [{kind}]"));
        let target = if screen { "STDOUT".to_string() } else { format!("‘{name}’") };
        say(cmd, &format!("Length: {len}{kind}\nSaving to: {target}\n"));
    } else {
        let line = if screen { "writing to stdout".to_string() } else { format!("saving to '{name}'") };
        say(cmd, &line);
    }
    if screen {
        cmd.put(&answer.body);
    } else {
        let failed = |errno: Errno| match gnu {
            true => (3, format!("{name}: {errno}\n\nCannot write to ‘{name}’ ({errno}).")),
            false => (1, format!("can't open '{name}': {errno}")),
        };
        let exclusive = !gnu && cmd.value('O').is_none();
        let fd = cmd.sys.open(&name, OpenFlags { exclusive, ..OpenFlags::WRITE }).map_err(failed)?;
        let done = cmd.sys.write(fd, &answer.body).await;
        let _ = cmd.sys.close(fd);
        done.map_err(failed)?;
    }
    if gnu {
        let now = local_date("%Y-%m-%d %H:%M:%S", cmd.sys.now().epoch().0, 0);
        let what = if screen { "written to stdout".to_string() } else { format!("‘{name}’ saved") };
        say(cmd, &format!("\n{now} ({:.1} MB/s) - {what} [{len}/{len}]\n", 1.5));
    } else {
        let bar = "*".repeat(32);
        say(cmd, &format!("{name:<20} 100% |{bar}| {len:>5}  0:00:00 ETA"));
        let line = if screen { "written to stdout".to_string() } else { format!("'{name}' saved") };
        say(cmd, &line);
    }
    Ok(())
}
