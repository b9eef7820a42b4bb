//! The panel for sharing: a link to the session, the session as a file, and what forgets it.

use layerlab::session::log::LoadError;
use layerlab::session::share::ShareError;
use layerlab::words::Words;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, HtmlInputElement, Url};
use yew::prelude::*;

use super::sitting::Visit;
use super::store::{self, Unkept};

/// Bytes of a file that is looked into; a log is not longer.
const FILE_BYTES: f64 = 64e6;

/// What the panel asks for.
pub enum Act {
    Toggle,
    Copy,
    /// Whether the browser has taken the link.
    Copied(bool),
    Save,
    /// A file's text.
    Opened(String),
    Restart,
    Forget,
    /// Leaves the shared session.
    Mine,
    /// Takes back what was laid aside.
    Aside,
    /// Saves what could not be read as a file.
    Unread,
}

/// Why a shared session is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    Form,
    Damaged,
    NoSession,
    Fell,
}

impl From<ShareError> for Trouble {
    fn from(error: ShareError) -> Trouble {
        match error {
            ShareError::Form(_) | ShareError::Log(LoadError::Version(_)) => Trouble::Form,
            ShareError::Damaged | ShareError::TooLong => Trouble::Damaged,
            ShareError::Log(_) => Trouble::NoSession,
        }
    }
}

/// What the panel shows.
#[derive(Default)]
pub struct Panel {
    pub open: bool,
    /// The whole address; none where the session is too long for one.
    pub link: Option<String>,
    pub copied: Option<bool>,
    pub trouble: Option<Trouble>,
}

#[inline(never)]
pub fn view(panel: &Panel, visit: Visit, words: &'static Words, act: &Callback<Act>) -> Html {
    let share = &words.share;
    let button = |name: &'static str, part: &'static str, make: fn() -> Act| {
        let act = act.clone();
        html! { <button type="button" data-part={part} onclick={Callback::from(move |_: MouseEvent| act.emit(make()))}>{ name }</button> }
    };
    let trouble = panel.trouble.map(|trouble| match trouble {
        Trouble::Form => share.form,
        Trouble::Damaged => share.damaged,
        Trouble::NoSession => share.no_session,
        Trouble::Fell => share.fell,
    });
    let escape = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                act.emit(Act::Toggle);
            }
        })
    };
    html! {
        <section class="tune share" aria-label={words.page.share} data-part="share-panel" onkeydown={escape}>
            if let Some(why) = trouble {
                <div role="alert" data-part="share-trouble"><h2>{ share.broken }</h2><p>{ why }{ " " }{ share.safe }</p></div>
            }
            if visit != Visit::Own {
                <div role="status" data-part="visiting">
                    <h2>{ share.visiting }</h2><p>{ if visit == Visit::Unkept { share.full } else { share.visiting_text } }</p>
                    <div class="col">{ button(share.mine, "mine", || Act::Mine) }</div>
                </div>
            }
            if let Some(why) = unkept(visit, words) {
                <div role="status" data-part="unkept"><h2>{ share.keeping }</h2><p>{ why }</p></div>
            }
            <h2>{ share.link }</h2>
            if let Some(link) = &panel.link {
                <input readonly=true value={link.clone()} aria-label={share.link} data-part="link" onfocus={Callback::from(|event: FocusEvent| select(&event))} />
                <div class="row" role="status">
                    { button(share.copy, "copy", || Act::Copy) }
                    if let Some(copied) = panel.copied { <span>{ if copied { share.copied } else { share.by_hand } }</span> }
                </div>
                <p>{ share.why }</p>
            } else {
                <p>{ share.too_long }</p>
            }
            <div class="col">
                { button(share.save, "save", || Act::Save) }
                <label class="file"><input type="file" accept=".json,.txt" data-part="open" onchange={chosen(act)} /><span>{ share.open }</span></label>
                if store::is_aside() { { button(share.aside, "aside", || Act::Aside) } }
                if !store::unread().is_empty() { { button(share.unread, "unread", || Act::Unread) } }
                { button(share.restart, "restart", || Act::Restart) }
                { button(share.forget, "forget", || Act::Forget) }
            </div>
        </section>
    }
}

/// Why the reader's own session is not kept as it should be.
#[inline(never)]
pub fn unkept(visit: Visit, words: &'static Words) -> Option<&'static str> {
    let share = &words.share;
    store::unkept().filter(|_| visit == Visit::Own).map(|unkept| match unkept {
        Unkept::Full => share.unkept_full,
        Unkept::Blocked => share.unkept_blocked,
        Unkept::Newer => share.unkept_newer,
        Unkept::Beside => share.unkept_beside,
    })
}

/// A link that is looked at is a link to be copied.
fn select(event: &FocusEvent) {
    if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
        field.select();
    }
}

/// Reads the file that was chosen.
fn chosen(act: &Callback<Act>) -> Callback<Event> {
    let act = act.clone();
    Callback::from(move |event: Event| {
        let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let Some(file) = field.files().and_then(|files| files.get(0)) else { return };
        field.set_value("");
        let act = act.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let text = if file.size() > FILE_BYTES { None } else { JsFuture::from(file.text()).await.ok() };
            act.emit(Act::Opened(text.and_then(|text| text.as_string()).unwrap_or_default()));
        });
    })
}

/// The page's address with another fragment and no query.
pub fn address(fragment: &str) -> Option<String> {
    let href = web_sys::window()?.location().href().ok()?;
    let page = href.split(['?', '#']).next()?;
    Some(format!("{page}#{fragment}"))
}

/// Puts a text where it can be pasted from. Browsers refuse that to a page that came over the network unencrypted;
/// then the link is selected.
pub fn copy(text: &str, act: Callback<Act>) {
    let clipboard = web_sys::window().and_then(|window| {
        let navigator = window.navigator();
        let there = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|it| it.is_object());
        there.then(|| navigator.clipboard())
    });
    let written = clipboard.map(|clipboard| JsFuture::from(clipboard.write_text(text)));
    wasm_bindgen_futures::spawn_local(async move {
        let copied = match written {
            Some(written) => written.await.is_ok(),
            None => false,
        };
        let field = super::document().and_then(|document| document.query_selector("[data-part=link]").ok()?);
        if let Some(field) = field.filter(|_| !copied).and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
        }
        act.emit(Act::Copied(copied));
    });
}

/// Has the browser save a text as a file.
pub fn save(name: &str, text: &str) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind).ok()?;
    let url = Url::create_object_url_with_blob(&blob).ok()?;
    let anchor: HtmlElement = super::document()?.create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_attribute("href", &url).ok()?;
    anchor.set_attribute("download", name).ok()?;
    anchor.click();
    Url::revoke_object_url(&url).ok()
}
