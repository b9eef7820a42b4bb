//! `layerlab engine` against callers that are no docker client: what makes no sense is refused, and nothing is lost.

use std::process::Command;

use crate::server::Server;

/// One request over a connection of its own.
fn ask(server: &Server, head: &str, body: &str) -> String {
    let length = body.len();
    server.talk(
        format!("{head}\r\nHost: engine\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
    )
}

fn get(server: &Server, path: &str) -> String {
    ask(server, &format!("GET {path} HTTP/1.1"), "")
}

fn post(server: &Server, path: &str, body: &str) -> String {
    ask(server, &format!("POST {path} HTTP/1.1\r\nContent-Type: application/json"), body)
}

/// The status and the document of a response.
fn read(answer: &str) -> (u16, &str) {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).trim())
}

#[test]
fn who_is_no_neighbour_is_refused() {
    for address in ["tcp://0.0.0.0:0", "tcp://[::]:0", "tcp://192.0.2.7:2375"] {
        let output = Command::new(env!("CARGO_BIN_EXE_layerlab")).args(["engine", "--listen", address]).output();
        let output = output.expect("the engine");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && words.contains("--allow-remote"), "{address}: {words}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_layerlab")).args(["engine"]).output().expect("the engine");
    assert_eq!(output.status.code(), Some(2));
    // One address of this computer can be taken once.
    let server = Server::start(&[]);
    let again = format!("tcp://{}", server.address);
    let output = Command::new(env!("CARGO_BIN_EXE_layerlab")).args(["engine", "--listen", &again]).output();
    assert_eq!(output.expect("the engine").status.code(), Some(2));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let server = Server::start(&["--images", "alpine"]);
    let page = (404, r#"{"message":"page not found"}"#);
    for path in
        ["/nowhere", "/v1.50/nowhere", "/containers", "/v1.50", "/", "/containers/a/b/c", "//", "/images//json/x"]
    {
        assert_eq!(read(&get(&server, path)), page, "{path}");
    }
    assert_eq!(read(&post(&server, "/containers/json", "")), page);
    assert_eq!(read(&ask(&server, "BREW /_ping HTTP/1.1", "")), page);
    let old = read(&get(&server, "/v1.12/info")).0;
    let new = get(&server, "/v1.99/info");
    assert_eq!(old, 400);
    let why = r#"{"message":"client version 1.99 is too new. Maximum supported API version is 1.50"}"#;
    assert_eq!(read(&new), (400, why));
    // Whoever speaks no HTTP is hung up on.
    for bytes in
        ["\x16\x03\x01\x02", "GET\r\n\r\n", "GET /_ping HTTP/9.9\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n", "\r\n\r\n"]
    {
        let answer = server.talk(bytes.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{bytes:?}: {answer}");
    }
    let long = format!("GET /_ping HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    assert!(server.talk(long.as_bytes()).starts_with("HTTP/1.1 431"));
    let lines = "X-Line: 1\r\n".repeat(2000);
    assert!(server.talk(format!("GET /_ping HTTP/1.1\r\n{lines}\r\n").as_bytes()).starts_with("HTTP/1.1 431"));
    let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(200_000));
    assert!(server.talk(endless.as_bytes()).starts_with("HTTP/1.1 4"));
    // After all that it is still there.
    assert!(get(&server, "/_ping").ends_with("\r\n\r\nOK"));
}

#[test]
fn documents_are_read_with_care() {
    let server = Server::start(&["--images", "alpine", "--time", "virtual"]);
    let refused = |path: &str, body: &str, status: u16, part: &str| {
        let answer = post(&server, path, body);
        let (got, document) = read(&answer);
        assert!(got == status && document.contains(part), "{path} {body}: {answer}");
    };
    refused("/containers/create", "", 400, "got EOF while reading request body");
    refused("/containers/create", "{", 400, "invalid JSON: ");
    refused("/containers/create", "[]", 400, "invalid JSON: ");
    refused("/containers/create", r#"{"Env":7}"#, 400, "invalid JSON: ");
    refused("/containers/create", "{}", 400, "no command specified");
    refused("/containers/create", r#"{"Image":"nosuch","Cmd":["x"]}"#, 404, "No such image: nosuch:latest");
    refused("/containers/create?name=%2F%2F", r#"{"Image":"alpine"}"#, 400, "Invalid container name (//)");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    refused("/volumes/create", &deep, 400, "invalid JSON: ");
    refused("/containers/x/wait?condition=whenever", "", 400, "invalid condition: ");
    refused("/containers/x/resize?h=a&w=3", "", 400, "invalid");
    refused("/containers/x/start", "", 404, "No such container: x");
    refused("/exec/x/start", "{}", 404, "No such exec instance: x");
    refused("/swarm/init", "{}", 501, "layerlab: docker swarm is not simulated");
    refused("/networks/create", r#"{"Name":"n","EnableIPv6":true}"#, 501, "--ipv6 is not simulated");
    let answer = ask(&server, "POST /volumes/create HTTP/1.1\r\nContent-Type: text/plain", "{}");
    assert!(read(&answer).1.contains("unsupported Content-Type header (text/plain)"), "{answer}");
    for path in
        ["/containers/json?filters=x", "/containers/json?limit=x", "/events?since=x", "/images/json?filters=%7B"]
    {
        assert_eq!(read(&get(&server, path)).0, 400, "{path}");
    }
    assert_eq!(read(&get(&server, "/nodes")).0, 503);
    let made = post(&server, "/containers/create?name=box", r#"{"Image":"alpine","Cmd":["sleep","9"],"Labels":null}"#);
    assert_eq!(read(&made).0, 201, "{made}");
    assert!(read(&get(&server, "/containers/json?all=1")).1.contains("\"/box\""));
}

#[test]
fn a_pull_is_told_step_by_step() {
    let server = Server::start(&["--time", "virtual"]);
    let answer = post(&server, "/v1.50/images/create?fromImage=docker.io/library/alpine&tag=latest", "");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("application/json"), "{answer}");
    assert!(answer.contains(r#""progressDetail":{"current":"#) && answer.contains(r#""total":"#), "{answer}");
    assert!(answer.contains("Status: Downloaded newer image for alpine:latest"), "{answer}");
    let missing = post(&server, "/images/create?fromImage=nosuch&tag=1", "");
    assert!(read(&missing).0 == 404 && missing.contains("pull access denied for nosuch"), "{missing}");
}

#[test]
fn a_connection_is_taken_over() {
    let server = Server::start(&["--images", "alpine", "--time", "virtual"]);
    post(
        &server,
        "/containers/create?name=echo",
        r#"{"Image":"alpine","Cmd":["cat"],"OpenStdin":true,"StdinOnce":true}"#,
    );
    post(&server, "/containers/echo/start", "");
    let head = "POST /containers/echo/attach?stdin=1&stdout=1&stream=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    let answer = server.talk(format!("{head}hello").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.to_lowercase().contains("content-type: application/vnd.docker.multiplexed-stream"), "{answer}");
    // A head of eight bytes, then what was said; what came with the request's own packet is not lost.
    assert!(answer.contains("\u{1}\0\0\0\0\0\0\u{5}hello"), "{answer:?}");
    // Two requests may share a connection.
    let both = server
        .talk(b"GET /_ping HTTP/1.1\r\nHost: a\r\n\r\nGET /_ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(both.matches("\r\n\r\nOK").count(), 2, "{both}");
}
