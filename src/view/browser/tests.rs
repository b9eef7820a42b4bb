//! Pages of a sitting, and documents from anybody.

use super::*;
use crate::model::time::Time;
use crate::session::Session;
use crate::session::log::{Boot, Input};
use crate::words::Lang;

fn sitting(lines: &[&str]) -> Session {
    let mut session = Session::new(Boot { images: vec!["nginx:alpine".into()], ..Boot::default() });
    for line in lines {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(Time::seconds(60)), "{line} comes back");
    }
    session
}

fn open(session: &mut Session, address: &str) -> Shown {
    session.apply(Input::Browse(address.to_owned())).expect("an address");
    session.advance(Time::seconds(200));
    assert_eq!(session.machine().world(|w| w.verify()), Ok(()));
    shown(&session.world(), Lang::En.words())
}

#[test]
fn a_published_port_is_a_page_and_a_closed_one_is_refused() {
    let mut session = sitting(&["docker run -d --name web -p 8080:80 nginx:alpine"]);
    assert_eq!(shown(&session.world(), Lang::En.words()).window, Window::Blank);
    assert_eq!(addresses(&session.world()), ["localhost:8080"]);
    let page = open(&mut session, "localhost:8080");
    let Window::Html(html) = &page.window else { panic!("{page:?}") };
    assert!(html.contains("<h1>Welcome to nginx!</h1>"), "{html}");
    assert_eq!((page.address.as_str(), page.status.clone()), ("localhost:8080", Some(("200 OK".to_owned(), true))));
    assert!(page.headers.iter().any(|(name, value)| name == "Server" && value.starts_with("nginx/")));
    assert_eq!(page.command.as_deref(), Some("curl -i localhost:8080"));
    let missing = open(&mut session, "http://localhost:8080/nowhere");
    assert_eq!(missing.status, Some(("404 Not Found".to_owned(), false)));
    let code = |page: Shown| match page.window {
        Window::Failure { code, sentence } => format!("{code} {sentence}"),
        window => panic!("{window:?}"),
    };
    assert_eq!(code(open(&mut session, "localhost:81")), "ERR_CONNECTION_REFUSED localhost refused to connect.");
    assert_eq!(code(open(&mut session, "web:80")), "ERR_NAME_NOT_RESOLVED web’s address could not be found.");
    assert!(code(open(&mut session, "https://localhost:8080")).starts_with("layerlab "));
    let long = "x".repeat(crate::model::limits::ADDRESS_BYTES + 1);
    assert!(session.apply(Input::Browse(long)).is_err());
    assert!(code(open(&mut session, "://")).starts_with("ERR_INVALID_URL"));
    // What the server saw, and what a lesson's check sees.
    session.submit("docker logs web 2>&1 | grep -c Mozilla").expect("a line");
    session.run_to_prompt(Time::seconds(5));
    assert!(String::from_utf8_lossy(&session.take_output()).contains("\n2\r\n"));
    assert!(session.world().answers.contains_key("host http://localhost:8080/"));
}

#[test]
fn an_edited_page_is_seen_after_a_reload_and_replays() {
    let mut session = sitting(&[
        "docker run -d --name web -p 8080:80 nginx:alpine",
        "docker exec web sh -c 'echo plain > /usr/share/nginx/html/a.txt'",
    ]);
    assert_eq!(open(&mut session, "localhost:8080/a.txt").window, Window::Text("plain\n".to_owned()));
    session.submit("docker exec web sh -c 'echo edited > /usr/share/nginx/html/a.txt'").expect("a line");
    session.run_to_prompt(Time::seconds(5));
    assert_eq!(open(&mut session, "localhost:8080/a.txt").window, Window::Text("edited\n".to_owned()));
    let text = session.save();
    let again = Session::load(&text).expect("a session");
    assert!(again.world() == session.world());
}

#[test]
fn documents_lose_what_would_fetch_or_run() {
    let clean = |html: &str| harmless(html).strip_prefix("<!doctype html>").expect("its beginning").to_owned();
    for (html, shown) in [
        ("<h1 class='a' onclick=x()>Hi</h1>", "<h1 class=\"a\">Hi</h1>"),
        ("<script>alert('</p>')</script>after", "after"),
        ("<SCRIPT src=//x></ScRiPt >after", "after"),
        ("<script>never closed", ""),
        ("<img src=http://x/y.png alt=\"a picture\">", "<img alt=\"a picture\">"),
        ("<link rel=stylesheet href=x><meta http-equiv=refresh content='0;url=x'>text", "text"),
        ("<a href='javascript:alert(1)'>link</a>", "<a>link</a>"),
        (
            "<style>p { background: URL(http://x) } @import 'x';</style>",
            "<style>p { background: none(http://x) }  'x';</style>",
        ),
        ("<p style=\"background:url(x)\">", "<p style=\"background:none(x)\">"),
        ("<iframe srcdoc='<script>'></iframe>1 < 2 & 3<!-- <b> -->", "1 &lt; 2 & 3"),
        ("<!DOCTYPE html><html lang=vi><body>ầ</body>", "<html lang=\"vi\"><body>ầ</body>"),
        ("<p title='a\"b'>", "<p title=\"a&quot;b\">"),
        ("<p =x ầ=1 id=\"never closed", "<p id=\"never closed\">"),
        ("<form action=x><input value=1 autofocus>", "<form><input value=\"1\">"),
    ] {
        assert_eq!(clean(html), shown, "{html}");
    }
}
