//! The page: a projection of the machine, drawn by Yew. It holds no rule of Docker.

use yew::prelude::*;

#[component]
fn App() -> Html {
    // The tests in a browser wait for this mark: the page is there and its session is replayed.
    use_effect_with((), |()| {
        if let Some(root) = document().and_then(|document| document.document_element()) {
            root.set_attribute("data-ready", "").ok();
        }
    });
    html! {
        <main>
            <h1>{ "Layerlab" }</h1>
        </main>
    }
}

fn main() {
    if let Some(place) = document().and_then(|document| document.get_element_by_id("app")) {
        yew::Renderer::<App>::with_root(place).render();
    }
}

fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}
