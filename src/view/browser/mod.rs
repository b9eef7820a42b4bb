//! What the learner's browser shows: an address, what the server sent, or why nothing came.

mod harmless;
#[cfg(test)]
mod tests;

pub use harmless::harmless;

use crate::model::World;
use crate::model::browser::Outcome;
use crate::words::Words;

/// The window below the address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Window {
    /// Nothing was asked for yet.
    Blank,
    Loading,
    /// A document for a frame in which no script runs.
    Html(String),
    Text(String),
    /// A sentence, and the name that browsers give to the failure.
    Failure {
        sentence: String,
        code: &'static str,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Without the scheme that everybody leaves out.
    pub address: String,
    pub window: Window,
    /// `200 OK`, and whether that is a success.
    pub status: Option<(String, bool)>,
    pub headers: Vec<(String, String)>,
    /// The command that fetches the same.
    pub command: Option<String>,
}

/// What the browser of a World shows.
pub fn shown(world: &World, words: &'static Words) -> Shown {
    let told = &words.browse;
    let Some(page) = &world.browser else {
        let window = Window::Blank;
        return Shown { address: String::new(), window, status: None, headers: Vec::new(), command: None };
    };
    let address = page.url.strip_prefix("http://").unwrap_or(&page.url);
    let address = address.strip_suffix('/').filter(|rest| !rest.contains('/')).unwrap_or(address).to_owned();
    let host = address.split(['/', ':']).next().unwrap_or("");
    let failure = |sentence: String, code| Window::Failure { sentence, code };
    let (mut status, mut headers) = (None, Vec::new());
    let window = match &page.outcome {
        Outcome::Loading => Window::Loading,
        Outcome::Answered { status: line, head, body } => {
            let said = line.split_once(' ').map_or(&**line, |(_, said)| said);
            status = Some((said.to_owned(), said.starts_with('2')));
            let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            headers = pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
            let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            document(kind.map_or("", |(_, value)| value), body)
        }
        Outcome::Refused => failure((told.refused)(host), "ERR_CONNECTION_REFUSED"),
        Outcome::NoAddress => failure((told.no_address)(host), "ERR_NAME_NOT_RESOLVED"),
        Outcome::Reset => failure(told.reset.to_owned(), "ERR_CONNECTION_RESET"),
        Outcome::Empty => failure((told.nothing_sent)(host), "ERR_EMPTY_RESPONSE"),
        Outcome::TimedOut => failure((told.timed_out)(host), "ERR_CONNECTION_TIMED_OUT"),
        Outcome::Redirected => failure(told.redirected.to_owned(), "ERR_TOO_MANY_REDIRECTS"),
        Outcome::Malformed => failure(told.malformed.to_owned(), "ERR_INVALID_URL"),
        Outcome::NotSimulated(what) => failure((told.not_simulated)(what), "layerlab"),
    };
    let command = (page.outcome != Outcome::Malformed).then(|| format!("curl -i {address}"));
    Shown { address, window, status, headers, command }
}

/// HTML as a document without scripts; what looks like text as text.
fn document(kind: &str, body: &[u8]) -> Window {
    let text = String::from_utf8_lossy(body).into_owned();
    let begins = text.trim_start().get(..1) == Some("<");
    match kind.split(';').next().unwrap_or("").trim() {
        "text/html" => Window::Html(harmless(&text)),
        // Without a type browsers look at the text itself.
        "" if begins => Window::Html(harmless(&text)),
        _ => Window::Text(text),
    }
}

/// The addresses that lead into containers from here, by port.
pub fn addresses(world: &World) -> Vec<String> {
    let open = world.forwards.iter().filter(|(_, all)| all.iter().any(|forward| !forward.udp));
    open.map(|(port, _)| if *port == 80 { "localhost".to_owned() } else { format!("localhost:{port}") }).collect()
}
