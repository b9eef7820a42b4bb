//! The list of lessons, with how far each is.

use layerlab::words::{Lang, Words};
use yew::prelude::*;

use super::icon::icon;
use super::lesson::Ask;
use super::library::Entry;
use super::store;

#[inline(never)]
pub fn view(entries: &[Entry], current: &str, lang: Lang, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let page = &words.page;
    let done = store::progress();
    let row = |entry: &Entry| {
        let steps = done.iter().find(|(id, _)| *id == entry.id).map_or(0, |(_, steps)| *steps).min(entry.steps);
        let open = {
            let (ask, id) = (ask.clone(), entry.id.clone());
            Callback::from(move |_: MouseEvent| ask.emit(Ask::Open(id.clone())))
        };
        let (name, class) = match steps {
            all if all == entry.steps => ("check", "done"),
            0 => ("dot", ""),
            _ => ("now", "now"),
        };
        let here = (entry.id == current).then_some("page");
        html! {
            <li>
                <button type="button" class={class} aria-current={here} onclick={open} data-lesson={entry.id.clone()}>
                    { icon(name, 15) }
                    <span class="name">{ entry.title(lang).to_owned() }</span>
                    <span class="far">{ format!("{steps}/{} · {} {}", entry.steps, entry.minutes, page.minutes) }</span>
                </button>
            </li>
        }
    };
    let close = {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(Ask::List))
    };
    html! {
        <aside class="lesson" aria-label={page.lessons} data-part="lessons">
            <div class="body">
                <h2 class="title">{ page.lessons }</h2>
                <ol class="all">{ for entries.iter().map(row) }</ol>
            </div>
            <div class="lfoot"><span class="grow"></span><button type="button" class="pri" onclick={close}>{ page.close }</button></div>
        </aside>
    }
}
