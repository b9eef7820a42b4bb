//! The learner's browser: an address bar over what the simulated server sent. Its page is in a frame that runs no
//! script and fetches nothing.

use layerlab::view::browser::{Shown, Window};
use layerlab::words::Words;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::icon;
use super::inspector::command;
use super::lesson::Ask;

#[inline(never)]
pub fn view(
    shown: &Shown,
    ports: Vec<String>,
    bar: &NodeRef,
    words: &'static Words,
    open: &Callback<String>,
    ask: &Callback<Ask>,
) -> Html {
    let told = &words.browse;
    let (go, field) = (open.clone(), bar.clone());
    let submit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let typed = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
        let typed = typed.trim();
        if !typed.is_empty() {
            go.emit(typed.to_owned());
        }
    });
    let (again, here) = (open.clone(), shown.address.clone());
    let reload = Callback::from(move |_: MouseEvent| {
        if !here.is_empty() {
            again.emit(here.clone());
        }
    });
    let port = |address: String| {
        let (open, to) = (open.clone(), address.clone());
        let go = Callback::from(move |_: MouseEvent| open.emit(to.clone()));
        html! { <button type="button" onclick={go}>{ address }</button> }
    };
    let none = ports.is_empty().then(|| html! { <span>{ told.no_ports }</span> });
    html! {
        <section class="web" aria-label={words.page.browser} data-part="browser">
            <form class="addr" onsubmit={submit}>
                <button type="button" class="re" title={told.reload} aria-label={told.reload} aria-disabled={shown.address.is_empty().to_string()} onclick={reload}>{ icon("again", 14) }</button>
                <input ref={bar.clone()} aria-label={told.address} value={shown.address.clone()} placeholder="localhost:8080" maxlength="2000"
                    autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false" inputmode="url" />
                <button class="act">{ told.open }</button>
            </form>
            <div class="ports" role="group" aria-label={told.ports}>{ none }{ for ports.into_iter().map(port) }</div>
            <div class="win">{ window(&shown.window, words) }</div>
            <footer>
                if let Some((status, good)) = &shown.status {
                    <details>
                        <summary><b class={if *good { "good" } else { "bad" }}>{ status.clone() }</b>{ " · " }{ told.headers }</summary>
                        <dl>{ for shown.headers.iter().map(|(name, value)| html! { <><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></> }) }</dl>
                    </details>
                }
                <span class="grow"></span>
                if let Some(line) = &shown.command { { command(line, words.inspect.type_it, ask) } }
            </footer>
        </section>
    }
}

fn window(window: &Window, words: &'static Words) -> Html {
    let told = &words.browse;
    match window {
        Window::Blank => html! { <p class="say">{ told.blank }</p> },
        Window::Loading => html! { <p class="say" role="status">{ told.loading }</p> },
        Window::Text(text) if text.is_empty() => html! { <p class="say">{ told.empty_page }</p> },
        Window::Text(text) => {
            html! { <pre tabindex="0" role="region" aria-label={told.content}>{ text.clone() }</pre> }
        }
        Window::Html(html) => html! { <iframe sandbox="" srcdoc={html.clone()} title={told.content}></iframe> },
        Window::Failure { sentence, code } => html! {
            <div class="say" role="alert">
                <h3>{ told.trouble }</h3>
                <p>{ sentence.clone() }</p>
                <code>{ *code }</code>
            </div>
        },
    }
}
