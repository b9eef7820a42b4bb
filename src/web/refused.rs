//! What is wrong with a lesson, place by place.

use layerlab::words::Words;
use yew::prelude::*;

use super::icon::icon;
use super::lesson::inline;
use super::library::Trouble;

/// In the lesson's place: there is none to show.
#[inline(never)]
pub fn view(trouble: &Trouble, words: &'static Words) -> Html {
    html! {
        <div class="refused" data-part="refused">
            <h2 class="title">{ words.own.refused }</h2>
            { list(trouble, words) }
        </div>
    }
}

/// Over the page: what stands there stays. `draft` says that it is an earlier version of the same lesson.
#[inline(never)]
pub fn card(trouble: &Trouble, draft: bool, words: &'static Words, close: Callback<MouseEvent>) -> Html {
    let title = if draft { words.own.draft } else { words.own.refused };
    html! {
        <section class="refused over" role="alert" data-part="refused">
            <div class="head"><h2>{ icon("warn", 16) }{ title }</h2>
            <button type="button" class="btn" aria-label={words.page.close} onclick={close}>{ icon("x", 12) }</button></div>
            { list(trouble, words) }
        </section>
    }
}

fn list(trouble: &Trouble, words: &'static Words) -> Html {
    let place = |one: &layerlab::lesson::own::Refusal| {
        let at = match (one.file.as_str(), one.line) {
            ("", _) => String::new(),
            (file, 0) => file.to_owned(),
            (file, line) => format!("{file}:{line}"),
        };
        html! { <li><code class="at">{ at }</code><span>{ inline(&one.told(words.lang)) }</span></li> }
    };
    html! {
        <>
            <p>{ trouble.said(words) }</p>
            if !trouble.refusals().is_empty() { <ul>{ for trouble.refusals().iter().map(place) }</ul> }
        </>
    }
}
