//! The list of lessons, with how far each is, and the way to open one of one's own.

use layerlab::words::{Lang, Words};
use web_sys::{Event, HtmlInputElement};
use yew::prelude::*;

use super::app::own::Act;
use super::drop;
use super::icon::icon;
use super::lesson::Ask;
use super::library::{Entry, is_own};
use super::store;

#[inline(never)]
pub fn view(
    entries: &[Entry],
    current: &str,
    lang: Lang,
    words: &'static Words,
    ask: &Callback<Ask>,
    give: Callback<Act>,
) -> Html {
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
        let forget = is_own(&entry.id).then(|| {
            let (give, id) = (give.clone(), entry.id.clone());
            let forget = Callback::from(move |_: MouseEvent| give.emit(Act::Forget(id.clone())));
            let label = (words.own.remove)(entry.title(lang));
            html! { <button type="button" class="forget" title={label.clone()} aria-label={label} onclick={forget}>{ icon("x", 11) }</button> }
        });
        html! {
            <li>
                <button type="button" class={class} aria-current={here} onclick={open} data-lesson={entry.id.clone()}>
                    { icon(name, 15) }
                    <span class="name">{ entry.title(lang).to_owned() }</span>
                    <span class="far">{ format!("{steps}/{} · {} {}", entry.steps, entry.minutes, page.minutes) }</span>
                </button>
                { forget }
            </li>
        }
    };
    let close = {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(Ask::List))
    };
    let listed = entries.iter().filter(|entry| !is_own(&entry.id));
    let own: Vec<_> = entries.iter().filter(|entry| is_own(&entry.id)).collect();
    html! {
        <aside class="lesson" aria-label={page.lessons} data-part="lessons">
            <div class="body">
                <h2 class="title">{ page.lessons }</h2>
                <ol class="all">{ for listed.map(row) }</ol>
                <section class="own" data-part="own">
                    <h3>{ words.own.heading }</h3>
                    if !own.is_empty() { <ul class="all">{ for own.into_iter().map(row) }</ul> }
                    <p>{ words.own.how }</p>
                    <div class="acts">
                        { field(words.own.open_files, false, &give) }
                        { field(words.own.open_folder, true, &give) }
                    </div>
                </section>
            </div>
            <div class="lfoot"><span class="grow"></span><button type="button" class="pri" onclick={close}>{ page.close }</button></div>
        </aside>
    }
}

/// A field for files, or for a folder, that looks like a button.
fn field(name: &'static str, folder: bool, give: &Callback<Act>) -> Html {
    let give = give.clone();
    let chosen = Callback::from(move |event: Event| {
        let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(files) = field.files() {
            drop::read(drop::chosen(&files), give.clone());
        }
        // The same choice is to be heard of again.
        field.set_value("");
    });
    let input = match folder {
        true => html! { <input type="file" webkitdirectory=true onchange={chosen} /> },
        false => html! { <input type="file" multiple=true accept=".md,.zip" onchange={chosen} /> },
    };
    html! { <label class={folder.then_some("folder")}>{ input }<span>{ name }</span></label> }
}
