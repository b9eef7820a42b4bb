//! The lenses: which one the Stage is seen through, and what it says of itself.

use layerlab::words::{Lang, Lens, Words};
use yew::prelude::*;

use super::app::looking::Act;
use super::icon::icon;
use super::lesson::inline;

/// The choice.
pub fn choice(chosen: Lens, words: &'static Words, act: &Callback<Act>) -> Html {
    let page = &words.page;
    let buttons = Lens::ALL.into_iter().map(|lens| {
        let on = lens == chosen;
        let name = match lens {
            Lens::Technical => page.lens_technical,
            Lens::Kitchen => page.lens_kitchen,
            Lens::Objects => "OOP",
        };
        let act = act.clone();
        let choose = Callback::from(move |_: MouseEvent| act.emit(Act::Lens(lens)));
        html! {
            <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} onclick={choose}>{ name }</button>
        }
    });
    html! {
        <>
            <span class="lab">{ page.view_as }</span>
            <div class="seg" role="group" aria-label={page.view_as} data-part="lens">{ for buttons }</div>
        </>
    }
}

/// What stands in the lesson's place: the words beside each other, and where the metaphor breaks.
#[inline(never)]
pub fn view(lens: Lens, lang: Lang, words: &'static Words, act: &Callback<Act>) -> Html {
    let Some(told) = lens.told(lang) else { return Html::default() };
    let rows = [
        ("image", told.image, told.image_is),
        ("layer", told.layer, told.layer_is),
        ("container", told.container, told.container_is),
        ("writable layer", told.top, told.top_is),
        ("volume", told.volume, told.volume_is),
        ("network", told.network, told.network_is),
        ("port", told.port, told.port_is),
    ];
    let row = |(term, name, what): (&'static str, &'static str, &'static str)| {
        html! { <div><dt><code>{ term }</code></dt><dd><b>{ name }</b>{ rich(what) }</dd></div> }
    };
    let close = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Act::Told))
    };
    let breaks = [told.breaks_layers, told.breaks_state, told.breaks_images];
    html! {
        <aside class="lesson lens" aria-label={told.title} data-part="lens-told">
            <div class="body" tabindex="0">
                <div class="kick">{ words.page.view_as }</div>
                <h2 class="title">{ told.title }</h2>
                <p>{ rich(told.intro) }</p>
                <dl>{ for rows.into_iter().map(row) }</dl>
                <section class="tip">
                    <h3>{ icon("warn", 15) }{ told.breaks }</h3>
                    { for breaks.into_iter().map(|text| html! { <p>{ rich(text) }</p> }) }
                </section>
            </div>
            <div class="lfoot"><span class="grow"></span><button type="button" class="pri" onclick={close}>{ told.back }</button></div>
        </aside>
    }
}

/// A text with its emphasis, which stands between pairs of asterisks, and its code.
fn rich(text: &'static str) -> Html {
    let parts = text.split("**").enumerate().map(|(n, part)| match n % 2 {
        0 => inline(part),
        _ => html! { <strong>{ inline(part) }</strong> },
    });
    html! { <>{ for parts }</> }
}
