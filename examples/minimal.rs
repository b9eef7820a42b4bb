//! The least that a page made with Yew is: a button that counts. `tests/e2e/ready.test.mjs` measures the page against it.

use yew::{Html, Renderer, function_component, html, use_effect_with, use_state};

#[function_component(Counter)]
fn counter() -> Html {
    let count = use_state(|| 0);
    let more = {
        let count = count.clone();
        move |_| count.set(*count + 1)
    };
    // The mark that says of Layerlab's page, too, that it can be used.
    use_effect_with((), |()| {
        let root =
            web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("data-ready", "");
        }
    });
    html! { <button onclick={more}>{ *count }</button> }
}

fn main() {
    Renderer::<Counter>::new().render();
}
