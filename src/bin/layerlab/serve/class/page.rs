//! The class's own pages: the instructor's, and the script that the learners' page gets.

use hyper::header::{ALLOW, CONTENT_SECURITY_POLICY};
use hyper::{Method, StatusCode};
use qrcode::{Color, QrCode};
use serde_json::{Value, json};

use crate::serve::answer::{Answer, said};
use crate::site::{self, Site, VERSION, put};

const FILES: [(&str, &str); 5] = [
    ("/class/", include_str!("page/board.html")),
    ("/class/board.css", include_str!("page/board.css")),
    ("/class/board.js", include_str!("page/board.js")),
    ("/class/learner.js", include_str!("page/learner.js")),
    ("/class/tokens.css", include_str!("../../../../../styles/tokens.css")),
];

/// Nothing but the class's own files; no script or style in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The answer, if the path is one of these files'.
pub fn answer(method: &Method, path: &str) -> Option<Answer> {
    let (name, text) = FILES.iter().find(|(name, _)| *name == path)?;
    let policy = (CONTENT_SECURITY_POLICY, POLICY.to_owned());
    let media = site::media(if name.ends_with('/') { "index.html" } else { name });
    Some(match *method {
        Method::GET | Method::HEAD => said(StatusCode::OK, media, (*text).into(), &[policy]),
        _ => said(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "".into(), &[(ALLOW, "GET, HEAD".to_owned())]),
    })
}

/// Puts the learner's script into the page, and has the service worker know this page from one without it.
pub fn put_learner(mut site: Site, class: &str) -> Site {
    let letters: String = class.chars().map(escaped).collect();
    let tag = format!("<script type=\"module\" src=\"class/learner.js\" data-class=\"{letters}\"></script></head>");
    put(&mut site, "index.html", "</head>", &tag);
    put(&mut site, "sw.js", VERSION, &format!("{VERSION}class-"));
    site
}

fn escaped(letter: char) -> String {
    match letter {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '"' => "&quot;".into(),
        letter => letter.into(),
    }
}

/// The lessons that the page lists: name, steps, titles.
pub fn lessons(site: &Site) -> Value {
    let page = site.get("index.html").map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    let list = page.split_once("id=\"lessons\">").and_then(|(_, rest)| rest.split_once("</script>"));
    let lesson = |row: &str| {
        let mut cells = row.split('\t');
        let (id, _, steps) = (cells.next()?, cells.next()?, cells.next()?.parse::<u32>().ok()?);
        Some(json!({ "id": id, "steps": steps, "vi": cells.next()?, "en": cells.next()? }))
    };
    list.map_or("", |(list, _)| list).lines().filter_map(lesson).collect()
}

/// An address as a code for a phone's camera, a text a row.
pub fn code(address: &str) -> Vec<String> {
    let Ok(code) = QrCode::new(address) else { return Vec::new() };
    let square = |colour: &Color| if *colour == Color::Dark { '#' } else { ' ' };
    code.to_colors().chunks(code.width()).map(|row| row.iter().map(square).collect()).collect()
}
