//! The learner's browser, as far as the machine is concerned: it asks for a page and keeps what comes. Nobody types
//! this command; the session starts it for the address bar.

use std::rc::Rc;

use super::http::{self, Answer, Url};
use super::{resolve, stranger};
use crate::kernel::{Errno, LocalFuture, Program, Sys};
use crate::model::browser::{Outcome, Page};
use crate::model::limits;

/// Redirections followed, as browsers' own limit is.
const REDIRECTS: usize = 20;

pub const PROGRAM: Program = Program { name: "browser", main: browser };

fn browser(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let asked = sys.argv().get(1).cloned().unwrap_or_default();
        let Some(url) = Url::parse(&asked) else {
            show(&sys, &asked, Outcome::Malformed);
            return 1;
        };
        show(&sys, &address(&url), Outcome::Loading);
        let (url, outcome) = load(&sys, url).await;
        show(&sys, &address(&url), outcome);
        0
    })
}

fn show(sys: &Sys, url: &str, outcome: Outcome) {
    sys.world(|world| world.browser = Some(Rc::new(Page { url: url.into(), outcome })));
}

fn address(url: &Url) -> String {
    format!("{}://{}{}", url.scheme, url.authority, url.path)
}

/// Follows an address to where it ends.
async fn load(sys: &Sys, mut url: Url) -> (Url, Outcome) {
    for _ in 0..=REDIRECTS {
        match fetch(sys, &url).await {
            Err(outcome) => return (url, outcome),
            Ok(answer) => {
                let location = answer.header("location").filter(|_| (300..400).contains(&answer.code));
                match location.and_then(|location| url.join(location)) {
                    Some(next) => url = next,
                    None => return (url, answered(answer)),
                }
            }
        }
    }
    (url, Outcome::Redirected)
}

fn answered(mut answer: Answer) -> Outcome {
    answer.body.truncate(limits::BROWSER_BYTES);
    Outcome::Answered {
        status: answer.status.as_str().into(),
        head: answer.head.as_str().into(),
        body: Rc::new(answer.body),
    }
}

async fn fetch(sys: &Sys, url: &Url) -> Result<Answer, Outcome> {
    http::remember(sys, url, None);
    let found = resolve(sys, &url.host).ok_or(Outcome::NoAddress)?;
    if let Some((name, _)) = stranger(sys, found) {
        return Err(Outcome::NotSimulated(name.into()));
    }
    if url.scheme != "http" {
        return Err(Outcome::NotSimulated(url.scheme.as_str().into()));
    }
    let fd = sys.connect_inet(found, url.port).await.map_err(|errno| match errno {
        Errno::TimedOut | Errno::HostUnreach => Outcome::TimedOut,
        _ => Outcome::Refused,
    })?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (Layerlab)\r\nAccept: text/html,*/*\r\n\r\n",
        url.path, url.authority
    );
    let answer = http::exchange(sys, fd, "GET", request.as_bytes()).await;
    let _ = sys.close(fd);
    match answer {
        Ok(answer) if answer.code == 0 && answer.body.is_empty() => Err(Outcome::Empty),
        Ok(answer) => {
            http::remember(sys, url, Some(&answer));
            Ok(answer)
        }
        Err(_) => Err(Outcome::Reset),
    }
}
