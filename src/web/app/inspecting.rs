//! What is selected on the Stage, and so in the inspector.

use layerlab::view::inspector::subject;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::App;
use super::panes::{Act, Pane};
use crate::inspector;

impl App {
    /// Selects an object. Whoever came by keyboard goes on in the inspector.
    #[inline(never)]
    pub(super) fn choose(&mut self, key: Option<String>) {
        if key.as_deref() == Some("browser") {
            return self.act_on_panes(Act::Show(Pane::Browser));
        }
        let found = key.as_deref().map(|key| subject(&self.present.0, key));
        self.selected = found.map(|(key, tab)| {
            if let Some(tab) = tab {
                self.inspector.act(inspector::Act::Tab(tab));
            }
            key
        });
        if self.selected.is_some() && focused("[role=treeitem], .members button") {
            crate::next_frame(|| crate::next_frame(|| focus(".insp")));
        }
    }

    #[inline(never)]
    pub(super) fn inspect(&mut self, act: inspector::Act) {
        match act {
            inspector::Act::Choose(key) => self.choose(Some(key)),
            inspector::Act::Close => {
                self.selected = None;
                self.refocus = true;
            }
            act => self.inspector.act(act),
        }
    }
}

fn focused(selector: &str) -> bool {
    let active = crate::document().and_then(|document| document.active_element());
    active.is_some_and(|element| element.matches(selector).unwrap_or(false))
}

fn focus(selector: &str) {
    let found = crate::document().and_then(|document| document.query_selector(selector).ok()?);
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
