//! The page: a projection of the machine, drawn by Yew. It holds no rule of Docker.

mod app;
mod browser;
mod build;
mod drop;
mod editor;
mod files;
mod frame;
mod handout;
mod icon;
mod inspector;
mod lens;
mod lesson;
mod lessons;
mod library;
mod moments;
mod prompt;
mod quiz;
mod refused;
mod share;
mod sitting;
mod stage;
mod store;
mod switches;
mod terminal;
mod timeline;

/// A replay allocates some 1.3 million times: this takes less time and less room than the standard one.
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    // The script in `index.html` offers this text with the session when the machine has failed.
    std::panic::set_hook(Box::new(|fault| {
        let text = fault.to_string();
        store::keep_fault(&text);
        web_sys::console::error_1(&text.into());
    }));
    if let Some(place) = document().and_then(|document| document.get_element_by_id("app")) {
        wasm_bindgen_futures::spawn_local(async move {
            library::prepare().await;
            yew::Renderer::<app::App>::with_root(place).render();
        });
    }
}

/// The page's document; there is none outside a browser's window.
fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Sets or removes a mark on `<html>`.
fn mark(name: &str, value: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Calls back when the browser draws next.
fn next_frame(call: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let call = wasm_bindgen::closure::Closure::once_into_js(call);
    let _ = window.request_animation_frame(wasm_bindgen::JsCast::unchecked_ref(&call));
}
