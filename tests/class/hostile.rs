//! Callers who mean no good. Each is refused, and the class is afterwards as it was.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::Class;
use super::learner::{Caller, Learner};

/// A request whose head is given line by line.
fn talk(class: &Class, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(class.server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = head.replace('\n', "\r\n").replace("HOST", &class.server.address.to_string());
    let _ = stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n{body}").as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(class: &Class, path: &str, token: &str, body: &str) -> String {
    let shown = if token.is_empty() { String::new() } else { format!("\nAuthorization: Bearer {token}") };
    let length = body.len();
    talk(
        class,
        &format!("POST {path} HTTP/1.1\nHost: HOST\nContent-Type: application/json\nContent-Length: {length}{shown}"),
        body,
    )
}

#[test]
fn forty_hostile_requests_are_refused() {
    let class = Class::open("hostile");
    let mut one = Learner::join(class.server.address, &class.code(), 1);
    assert_eq!(one.tell().unwrap().0, 200);
    let before = class.room();
    let mut refused = 0;
    let mut expect = |name: &str, status: &str, answer: String| {
        let statuses: Vec<String> = status.split('|').map(|status| format!("HTTP/1.1 {status}")).collect();
        assert!(statuses.iter().any(|status| answer.starts_with(status)), "{name}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control-"), "{name}: {answer}");
        refused += 1;
    };
    let (code, key, token) = (class.code(), class.key(), one.token.clone());
    let report = |change: &str| {
        let whole = r#"{"lesson":"one","step":1,"done":0,"steps":6,"tries":0,"fails":0,"hand":false}"#;
        let (from, to) = change.split_once(" -> ").unwrap();
        whole.replace(from, to)
    };
    // Codes that are none. Ten a caller may try; these are fewer.
    for wrong in ["", "aaaaaa", "' OR 1=1 --", &code[..5], &format!("{code}a"), "%"] {
        let body = json!({ "name": "Eve", "code": wrong }).to_string();
        expect(wrong, "401", post(&class, "/class/join", "", &body));
    }
    // Names and bodies that are none.
    for (name, body) in [
        ("no code", json!({ "name": "Eve" }).to_string()),
        ("more than asked", json!({ "name": "Eve", "code": code, "admin": true }).to_string()),
        ("a number", json!({ "name": 7, "code": code }).to_string()),
        ("no name", json!({ "name": " ", "code": code }).to_string()),
        ("a long name", json!({ "name": "E".repeat(41), "code": code }).to_string()),
        ("a name that turns around", json!({ "name": "E\u{202e}ve", "code": code }).to_string()),
        ("a name that rings", json!({ "name": "E\u{7}ve", "code": code }).to_string()),
        ("no JSON", "name=Eve".to_owned()),
        ("nothing", String::new()),
        ("deep", "[".repeat(20_000)),
        ("half a letter", "{\"name\":\"\\ud800\"}".to_owned()),
    ] {
        expect(name, "400", post(&class, "/class/join", "", &body));
    }
    let same = json!({ "name": one.name, "code": code }).to_string();
    expect("somebody else's name", "409", post(&class, "/class/join", "", &same));
    expect("a huge body", "413", post(&class, "/class/join", "", &"a".repeat(100_000)));
    // Who is not who they say.
    let good = report("x -> x");
    for (name, shown) in [
        ("nobody", ""),
        ("a guess", "0123456789abcdef0123456789abcdef"),
        ("the key", key.as_str()),
        ("SQL", "' OR ''='"),
    ] {
        expect(name, "401", post(&class, "/class/report", shown, &good));
    }
    let get = |path: &str, more: &str| talk(&class, &format!("GET {path} HTTP/1.1\nHost: HOST{more}"), "");
    expect("the room without a key", "401", get("/class/room", ""));
    expect("the room with a learner's token", "401", get("/class/room", &format!("\nAuthorization: Bearer {token}")));
    expect("the key in the address", "401", get(&format!("/class/room?key={key}"), &format!("\nCookie: key={key}")));
    for (path, body) in
        [("offer", r#"{"link":"s1=a"}"#), ("timer", r#"{"seconds":9}"#), ("remove", r#"{"id":1}"#), ("code", "{}")]
    {
        expect(path, "401", post(&class, &format!("/class/{path}"), &token, body));
    }
    // Reports of what can't be, and of what is not asked.
    for change in [
        "\"step\":1 -> \"step\":9",
        "0,\"st -> 7,\"st",
        "\"fails\":0 -> \"fails\":1",
        ":6 -> :-6",
        ":6 -> :1e9",
        "one -> <script>",
        "false -> false,\"typed\":\"docker ps\"",
    ] {
        expect(change, "400", post(&class, "/class/report", &token, &report(change)));
    }
    // Offers of what is no session.
    for link in ["javascript:alert(1)", "https://evil.example/", "https://evil.example/#s1=<a>", "#s1="] {
        expect(link, "400", post(&class, "/class/offer", &key, &json!({ "link": link }).to_string()));
    }
    expect("an endless timer", "400", post(&class, "/class/timer", &key, r#"{"seconds":99999999}"#));
    expect("nobody to remove", "400", post(&class, "/class/remove", &key, r#"{"id":99}"#));
    // Other pages, other ways.
    let length = format!("Content-Length: {}", good.len());
    let from = |more: &str, kind: &str| {
        let head = format!(
            "POST /class/report HTTP/1.1\nHost: HOST\nAuthorization: Bearer {token}\n{length}\nContent-Type: {kind}\n{more}"
        );
        talk(&class, &head, &good)
    };
    expect("another origin", "403", from("Origin: https://evil.example", "application/json"));
    expect("no origin", "403", from("Origin: null", "application/json"));
    expect("another site", "403", from("Sec-Fetch-Site: cross-site", "application/json"));
    expect("a form", "415", from("A: b", "application/x-www-form-urlencoded"));
    expect(
        "a preflight",
        "405",
        talk(
            &class,
            "OPTIONS /class/join HTTP/1.1\nHost: HOST\nOrigin: https://evil.example\nAccess-Control-Request-Method: POST",
            "",
        ),
    );
    expect("another method", "405", talk(&class, "PUT /class/room HTTP/1.1\nHost: HOST\nContent-Length: 0", ""));
    expect("a path that climbs", "404", get("/class/../class.sqlite", ""));
    expect("a path in disguise", "404", get("/class/%2e%2e/class.sqlite", ""));
    expect("the file", "404", get("/class.sqlite", ""));
    expect(
        "two lengths",
        "400",
        talk(&class, "POST /class/join HTTP/1.1\nHost: HOST\nContent-Length: 2\nContent-Length: 40", "{}"),
    );
    expect(
        "a length and pieces",
        "400|413",
        talk(
            &class,
            "POST /class/join HTTP/1.1\nHost: HOST\nContent-Type: application/json\nContent-Length: 4\nTransfer-Encoding: chunked",
            "0\r\n\r\nGET /class/room HTTP/1.1\r\n\r\n",
        ),
    );
    expect("a head without end", "431", get("/class/room", &format!("\nX: {}", "a".repeat(400_000))));
    expect("too many lines", "431", get("/class/room", &"\nX: a".repeat(200)));
    assert!(refused >= 40, "{refused}");
    println!("{refused} hostile requests refused");
    let strip = |mut room: serde_json::Value| {
        let member = room["members"][0].as_object_mut().unwrap();
        member.remove("stood");
        member.remove("seen");
        room
    };
    assert_eq!(strip(class.room()), strip(before));
    assert_eq!(one.tell().unwrap().0, 200);
}

#[test]
fn whoever_guesses_codes_is_stopped_and_the_others_are_not() {
    let class = Class::open("guesses");
    let mut one = Learner::join(class.server.address, &class.code(), 1);
    let mut caller = Caller::new(class.server.address);
    let mut join =
        |code: &str| caller.ask("POST", "join", "", Some(&json!({ "name": "Eve", "code": code }))).unwrap().0;
    let statuses: Vec<u16> = (0..30).map(|n| join(&format!("guess{n}"))).collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert!(statuses[12..].iter().all(|status| *status == 429), "{statuses:?}");
    // The right one is no help now: an answer would tell that it is.
    assert_eq!(join(&class.code()), 429);
    assert_eq!(one.tell().unwrap().0, 200);
    // Whoever asks without end waits as well.
    let statuses: Vec<u16> = (0..60).map(|_| one.tell().unwrap().0).collect();
    assert!(statuses.contains(&429) && statuses[..20].iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(class.room()["members"].as_array().unwrap().len(), 1);
}
