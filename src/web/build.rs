//! A build in the page: its Dockerfile with what became of each line, beside its graph.

use std::rc::Rc;

use layerlab::diagram::Scene;
use layerlab::diagram::build::Look;
use layerlab::view::code::{Severity, Stretch};
use layerlab::view::dockerfile::{Line, Listing};
use layerlab::words::Words;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::icon;

/// What there is to show of a build.
pub struct Shown {
    pub scene: Rc<Scene>,
    pub listing: Listing,
}

/// What the signs of the legend stand for.
const LEGEND: [Look; 5] = [Look::Cached, Look::Done, Look::Running, Look::Waiting, Look::Failed];

/// The Dockerfile beside the graph; `edit` is called with the path of a file that can be edited.
pub fn view(listing: &Listing, graph: Html, words: &'static Words, edit: &Callback<String>) -> Html {
    let build = &words.build;
    let button = (!listing.path.is_empty()).then(|| {
        let (edit, path) = (edit.clone(), listing.path.clone());
        let label = format!("{}: {}", build.edit, listing.name);
        let open = Callback::from(move |_: MouseEvent| edit.emit(path.clone()));
        html! {
            <button type="button" class="act" aria-label={label} data-part="edit-dockerfile" onclick={open}>
                { icon("pen", 12) }{ build.edit }
            </button>
        }
    });
    let lines = listing.lines.iter().map(line);
    html! {
        <div class="build" data-part="build">
            <section class="dfile" aria-label={listing.name.clone()}>
                <header><b>{ listing.name.clone() }</b><span class="grow"></span>{ button }</header>
                <ol class="dock" data-part="dockerfile" tabindex="0" aria-label={listing.name.clone()}>{ for lines }</ol>
                if let Some(error) = &listing.error {
                    <p class="fail" data-part="build-error">{ icon("x", 11) }<span>{ error.clone() }</span></p>
                }
            </section>
            { graph }
        </div>
    }
}

fn line(line: &Line) -> Html {
    let class = classes!(
        line.look.map(Look::class),
        line.running.then_some("now"),
        line.broken.is_some().then_some("brk"),
        line.idle.then_some("idle")
    );
    let sign = line.look.map(|look| icon(look.icon(), 12));
    let spoken =
        (!line.spoken.is_empty()).then(|| html! { <span class="said">{ format!(" ({})", line.spoken) }</span> });
    html! {
        <li key={line.number} class={class} title={line.broken.clone()}>
            <span class="n" aria-hidden="true">{ line.number }</span><span class="g">{ sign }</span>
            <span class="t">{ stretches(&line.code) }{ spoken }</span>
        </li>
    }
}

/// The stretches of a line.
pub fn stretches(line: &[Stretch]) -> Html {
    let stretch = |one: &Stretch| {
        let wrong = one.wrong.map(|severity| match severity {
            Severity::Error => "er",
            Severity::Warning => "wn",
        });
        match (one.ink.class(), wrong) {
            ("", None) => html! { { one.text.clone() } },
            (ink, wrong) => html! { <span class={classes!(ink, wrong)}>{ one.text.clone() }</span> },
        }
    };
    html! { { for line.iter().map(stretch) } }
}

/// What the signs mean.
pub fn legend(words: &'static Words) -> Html {
    let one = |look: Look| html! { <span>{ icon(look.icon(), 12) }{ look.word(&words.build) }</span> };
    html! { <div class="legend" aria-hidden="true">{ for LEGEND.into_iter().map(one) }</div> }
}

/// Brings the line that runs into sight, where the listing is longer than its window.
pub fn follow() {
    let find = |what: &str| super::document()?.query_selector(what).ok()??.dyn_into::<HtmlElement>().ok();
    let (Some(list), Some(line)) = (find(".dock"), find(".dock .now")) else { return };
    let (top, height) = (line.offset_top() - list.offset_top(), list.client_height());
    if top < list.scroll_top() || top + line.offset_height() > list.scroll_top() + height {
        list.set_scroll_top(top - height / 2);
    }
}
