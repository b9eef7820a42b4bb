//! The panel in which two moments of the timeline are compared.

use layerlab::session::timeline::Tick;
use layerlab::view::moment::{Comparison, Moment};
use layerlab::view::timeline::{Change, ChangeKind, mark};
use layerlab::words::Words;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::app::looking::Act;
use super::icon::icon;

#[inline(never)]
pub fn view(
    ticks: &[Tick],
    (from, to): (Moment, Moment),
    compared: &Comparison,
    words: &'static Words,
    act: &Callback<Act>,
) -> Html {
    let told = &words.moment;
    let names: Vec<String> = std::iter::once(told.start.to_owned())
        .chain(
            ticks
                .iter()
                .enumerate()
                .map(|(n, tick)| format!("{}. {}", n + 1, mark(tick.kind, &tick.text, tick.status, 1).label)),
        )
        .collect();
    let close = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Act::Compare))
    };
    let escape = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                act.emit(Act::Compare);
            }
        })
    };
    html! {
        <section class="tune moments" aria-label={told.compare} data-part="moments" onkeydown={escape}>
            <header>
                <h2>{ told.compare }</h2>
                <button type="button" class="btn" aria-label={words.page.close} title={words.page.close} onclick={close}>{ icon("x", 11) }</button>
            </header>
            { choice(told.earlier, from, &names, act, Act::From) }
            { choice(told.later, to, &names, act, Act::To) }
            if compared.is_empty() { <p>{ told.equal }</p> }
            { list(told.appeared, &compared.appeared) }
            { list(told.changed, &compared.changed) }
            { list(told.went, &compared.went) }
        </section>
    }
}

fn choice(name: &'static str, chosen: Moment, names: &[String], act: &Callback<Act>, to: fn(Moment) -> Act) -> Html {
    let act = act.clone();
    let change = Callback::from(move |event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        if let Some(moment) = select.and_then(|select| select.value().parse().ok()) {
            act.emit(to(moment));
        }
    });
    let options = names.iter().enumerate().map(|(n, name)| {
        html! { <option value={n.to_string()} selected={n == chosen}>{ name.clone() }</option> }
    });
    html! { <label><span>{ name }</span><select onchange={change}>{ for options }</select></label> }
}

fn list(name: &'static str, changes: &[Change]) -> Html {
    if changes.is_empty() {
        return Html::default();
    }
    let chip = |change: &Change| {
        let class = match change.kind {
            ChangeKind::Appeared => "chip add",
            ChangeKind::Went => "chip del",
            ChangeKind::Changed => "chip",
            ChangeKind::Written => "chip w",
        };
        html! { <li class={class}>{ change.short.clone() }</li> }
    };
    html! { <><h3>{ name }</h3><ul>{ for changes.iter().map(chip) }</ul></> }
}
