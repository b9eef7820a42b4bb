//! Python as far as its version, `-m http.server` and printing a literal.

use super::{called, civil, month, not_simulated, say, version};
use crate::kernel::Sys;
use crate::model::network::parse_ipv4;
use crate::model::signal::Signal;
use crate::programs::net::http;

pub async fn python(sys: Sys) -> i32 {
    // The images say it; Debian's own is older.
    let number =
        version(&sys, "PYTHON_VERSION", if sys.stat("/etc/alpine-release").is_ok() { "3.12.12" } else { "3.11.2" });
    let argv = sys.argv();
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| *word != "-u").collect();
    match words.as_slice() {
        ["-V" | "--version", ..] => say(&sys, &format!("Python {number}\n")).await,
        ["-m", "http.server", rest @ ..] => serve(sys.clone(), rest, &number).await,
        ["-c", code, ..] => match printed(code) {
            Some(text) => say(&sys, &text).await,
            None => not_simulated(&sys, "Python beyond printing a literal").await,
        },
        ["-m", module, ..] => not_simulated(&sys, &format!("python3 -m {module}")).await,
        [] => not_simulated(&sys, "Python's prompt").await,
        [file, ..] if !file.starts_with('-') && sys.stat(file).is_err() => {
            let path = crate::kernel::join(&sys.cwd(), file);
            let name = called(&sys);
            let exe = sys.me(|process| process.exe.to_string()).filter(|exe| !exe.is_empty()).unwrap_or(name);
            sys.eprint(&format!("{exe}: can't open file '{path}': [Errno 2] No such file or directory\n")).await;
            2
        }
        [file, ..] if !file.starts_with('-') => {
            // A script of nothing but such prints is one that can be run.
            let bytes = sys.read_file(file).await.unwrap_or_default();
            match printed(&String::from_utf8_lossy(&bytes)) {
                Some(text) => say(&sys, &text).await,
                None => not_simulated(&sys, &format!("Python beyond printing a literal ({file})")).await,
            }
        }
        [flag, ..] => not_simulated(&sys, &format!("python3 {flag}")).await,
    }
}

/// What a script prints that is nothing but `print("…")`, `print(1)`; none for any other.
fn printed(code: &str) -> Option<String> {
    let mut out = String::new();
    for line in code.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let inner = line.strip_prefix("print(")?.strip_suffix(')')?.trim();
        let text = match inner.chars().next() {
            None => "",
            Some(mark @ ('"' | '\'')) => {
                let text = inner.strip_prefix(mark)?.strip_suffix(mark)?;
                if text.contains([mark, '\\']) {
                    return None;
                }
                text
            }
            Some(_) => inner.parse::<i64>().ok().map(|_| inner)?,
        };
        out.push_str(text);
        out.push('\n');
    }
    Some(out)
}

/// `-m http.server [-b ADDRESS] [-d FOLDER] [PORT]`.
async fn serve(sys: Sys, words: &[&str], number: &str) -> i32 {
    let (mut address, mut folder, mut port) = ("0.0.0.0".to_string(), sys.cwd().to_string(), 8000);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-b" | "--bind" => address = rest.next().map_or(address, |word| word.to_string()),
            "-d" | "--directory" => folder = rest.next().map_or(folder, |word| crate::kernel::join(&sys.cwd(), word)),
            word => match word.parse() {
                Ok(number) => port = number,
                Err(_) => return not_simulated(&sys, &format!("python3 -m http.server {word}")).await,
            },
        }
    }
    let listener = match sys.listen_inet(parse_ipv4(&address).unwrap_or(0), port) {
        Ok(listener) => listener,
        Err(errno) => {
            sys.eprint(&format!("OSError: [Errno 98] {errno}\n")).await;
            return 1;
        }
    };
    // Python keeps what it prints until there is much of it, unless a terminal reads it.
    let unbuffered = sys.env("PYTHONUNBUFFERED").is_some_and(|value| !value.is_empty());
    if unbuffered || sys.is_terminal(1).is_some() || sys.argv().iter().any(|word| word == "-u") {
        let line = format!("Serving HTTP on {address} port {port} (http://{address}:{port}/) ...\n");
        let _ = sys.print(&line).await;
    }
    sys.catch_signal(Signal::INT, true);
    sys.thread(accept(sys.clone(), listener, folder, number.to_string()));
    sys.next_signal().await;
    let _ = sys.print("\nKeyboard interrupt received, exiting.\n").await;
    0
}

async fn accept(sys: Sys, listener: u32, folder: String, number: String) {
    loop {
        let Ok(fd) = sys.accept(listener).await else { continue };
        if let Some(request) = http::request(&sys, fd).await {
            answer(&sys, fd, &request, &folder, &number).await;
        }
        let _ = sys.close(fd);
    }
}

async fn answer(sys: &Sys, fd: u32, request: &http::Request, folder: &str, number: &str) {
    let (code, body, kind) = found(sys, request, folder);
    let (at, _) = civil(sys.now());
    let peer = http::peer(sys, fd);
    let stamp = format!("{:02}/{}/{} {:02}:{:02}:{:02}", at.day, month(&at), at.year, at.hour, at.minute, at.second);
    if code == 404 {
        sys.eprint(&format!("{peer} - - [{stamp}] code 404, message File not found\n")).await;
    }
    sys.eprint(&format!("{peer} - - [{stamp}] \"{}\" {code} -\n", request.line)).await;
    let reason = if code == 404 { "File not found" } else { http::reason(code) };
    let place = if code == 301 { format!("Location: {}/\r\n", request.path) } else { String::new() };
    let date = http::date(sys.now());
    let head = format!(
        "HTTP/1.0 {code} {reason}\r\nServer: SimpleHTTP/0.6 Python/{number}\r\nDate: {date}\r\n{place}Content-type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    if request.method != "HEAD" {
        bytes.extend(body);
    }
    let _ = sys.write(fd, &bytes).await;
}

/// Status, body and type: a file, a folder's index, or the list of what is in it.
fn found(sys: &Sys, request: &http::Request, folder: &str) -> (u16, Vec<u8>, &'static str) {
    let path = request.path.split('?').next().unwrap_or("/");
    let place = format!("{}{}", folder.trim_end_matches('/'), crate::kernel::normalise(path));
    if sys.is_dir(&place) {
        if !path.ends_with('/') {
            return (301, Vec::new(), "text/html");
        }
        if sys.stat(&format!("{place}/index.html")).is_err() {
            return (200, listing(sys, &place, path), "text/html; charset=utf-8");
        }
    }
    match http::find_file(sys, folder, path) {
        Ok((body, file)) => (200, body, http::media_type(&file)),
        Err(_) => {
            let text = "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <meta charset=\"utf-8\">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: 404</p>\n        <p>Message: File not found.</p>\n        <p>Error code explanation: 404 - Nothing matches the given URI.</p>\n    </body>\n</html>\n";
            (404, text.as_bytes().to_vec(), "text/html;charset=utf-8")
        }
    }
}

fn listing(sys: &Sys, place: &str, path: &str) -> Vec<u8> {
    let names = sys.read_dir(place).unwrap_or_default();
    let row = |name: &crate::model::Text| {
        let slash = if sys.is_dir(&format!("{place}/{name}")) { "/" } else { "" };
        format!("<li><a href=\"{name}{slash}\">{name}{slash}</a></li>\n")
    };
    let rows: String = names.iter().filter(|name| !matches!(&***name, "." | "..")).map(row).collect();
    let title = format!("Directory listing for {path}");
    let head = format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n"
    );
    format!("{head}<body>\n<h1>{title}</h1>\n<hr>\n<ul>\n{rows}</ul>\n<hr>\n</body>\n</html>\n").into_bytes()
}

pub async fn pip(sys: Sys) -> i32 {
    let number = version(&sys, "PYTHON_VERSION", "3.12.3");
    let short: Vec<&str> = number.split('.').take(2).collect();
    let short = short.join(".");
    if sys.argv().get(1).is_some_and(|word| word == "-V" || word == "--version") {
        let text = format!("pip 25.0.1 from /usr/local/lib/python{short}/site-packages/pip (python {short})\n");
        return say(&sys, &text).await;
    }
    not_simulated(&sys, "pip").await
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn literals_are_printed() {
        assert_eq!(printed("print('hi'); print(42)").as_deref(), Some("hi\n42\n"));
        assert_eq!(printed("print(\"a\")\n# note\n").as_deref(), Some("a\n"));
        assert_eq!(printed("import os"), None);
        assert_eq!(printed("print('a' + 'b')"), None);
    }
}
