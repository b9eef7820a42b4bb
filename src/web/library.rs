//! The list of lessons in the page, and how their texts come here.

use std::cell::RefCell;

use layerlab::lesson::own::{Own, Refusal, gather, unbundle};
use layerlab::lesson::{Lesson, unpack};
use layerlab::words::{Lang, Words};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

use super::store;

/// What the page's list says of a lesson.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    pub id: String,
    pub minutes: String,
    pub steps: usize,
    /// In Vietnamese and English.
    pub titles: [String; 2],
    pub hash: String,
}

impl Entry {
    pub fn title(&self, lang: Lang) -> &str {
        let [vi, en] = &self.titles;
        if lang == Lang::Vi { vi } else { en }
    }
}

/// The list that the build has put into index.html (`site/lessons.mjs`), and the learner's own lessons.
pub fn entries() -> Vec<Entry> {
    let list = super::document().and_then(|document| document.get_element_by_id("lessons")?.text_content());
    let entry = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let (id, minutes, steps) = (cells.next()?, cells.next()?, cells.next()?.parse().ok()?);
        Some(Entry { id, minutes, steps, titles: [cells.next()?, cells.next()?], hash: cells.next()? })
    };
    let list = list.unwrap_or_default() + "\n" + &store::own_list();
    list.lines().filter_map(entry).collect()
}

thread_local! {
    /// The lesson that the page opens with, from the moment it is there until the page asks for it.
    static OPENING: RefCell<Option<(String, Lang, Lesson)>> = const { RefCell::new(None) };
}

/// The lesson that the page opens with, unless a shared session brings its own.
pub fn opening(entries: &[Entry]) -> String {
    let asked = store::query("lesson").or_else(store::lesson);
    asked.or_else(|| Some(entries.first()?.id.clone())).unwrap_or_default()
}

/// Has that lesson at hand before anything is drawn, so that it is drawn with the rest. What hinders it is met again, and told,
/// when the page asks for it.
pub async fn prepare() {
    let entries = entries();
    let id = opening(&entries);
    let Some(entry) = entries.iter().find(|entry| entry.id == id) else { return };
    if store::fragment().is_some() || is_own(&id) {
        return;
    }
    let lang = store::lang();
    if let Ok(lesson) = fetch(id.clone(), entry.hash.clone(), lang).await {
        OPENING.set(Some((id, lang, lesson)));
    }
}

/// Gives the lesson that was prepared, once, if it is this one.
pub fn prepared(id: &str, lang: Lang) -> Option<Lesson> {
    OPENING.take().filter(|(other, told, _)| other == id && *told == lang).map(|(_, _, lesson)| lesson)
}

/// Whether a lesson is an address, not a listed one: `?lesson=my/folder/`.
pub fn is_address(id: &str) -> bool {
    id.contains(['/', ':']) || id.ends_with(".md")
}

/// Whether it is one that the learner has brought along.
pub fn is_own(id: &str) -> bool {
    id.contains('~') && !is_address(id)
}

/// Why there is no lesson to show.
#[derive(Clone, PartialEq, Debug)]
pub enum Trouble {
    /// Nothing of this name is in the list.
    Unlisted,
    /// Nothing is to be had at this address.
    Missing(String),
    /// The address is of this other origin.
    Elsewhere(String),
    /// It is not kept in the browser any more.
    Gone,
    /// The browser does not keep any more.
    Full,
    Refused(Vec<Refusal>),
}

impl Trouble {
    /// What is said of it before the places, if any.
    pub fn said(&self, words: &Words) -> String {
        let own = &words.own;
        match self {
            Trouble::Unlisted => own.listed.to_owned(),
            Trouble::Missing(url) => (own.missing)(url),
            Trouble::Elsewhere(origin) => (own.elsewhere)(origin),
            Trouble::Gone => own.gone.to_owned(),
            Trouble::Full => own.full.to_owned(),
            Trouble::Refused(_) => own.why.to_owned(),
        }
    }

    pub fn refusals(&self) -> &[Refusal] {
        match self {
            Trouble::Refused(all) => all,
            _ => &[],
        }
    }
}

/// Fetches a lesson and reads it; what is wrong with it otherwise.
pub async fn fetch(id: String, hash: String, lang: Lang) -> Result<Lesson, Trouble> {
    if is_address(&id) || is_own(&id) {
        return brought(id, lang).await;
    }
    if hash.is_empty() {
        return Err(Trouble::Unlisted);
    }
    let url = format!("lessons/{id}.{}.{hash}.txt", lang.code());
    let packed = text(&url, RequestCache::Default).await?;
    unpack(&id, &packed).ok_or(Trouble::Missing(url))
}

/// A lesson that is not listed.
pub async fn brought(id: String, lang: Lang) -> Result<Lesson, Trouble> {
    let own = if is_own(&id) { kept(&id) } else { at(&id, lang).await };
    own?.read(&id, lang).map_err(|refusal| Trouble::Refused(vec![refusal]))
}

fn kept(id: &str) -> Result<Own, Trouble> {
    let text = store::own(id).ok_or(Trouble::Gone)?;
    let (name, _) = id.rsplit_once('~').unwrap_or((id, ""));
    unbundle(name, &format!("{name}.md"), &text).map_err(|refusal| Trouble::Refused(vec![refusal]))
}

/// The texts at an address: a folder's or its lesson.md, or a lesson in one file.
async fn at(id: &str, lang: Lang) -> Result<Own, Trouble> {
    let url = own_origin(id)?;
    let shown = id.trim_start_matches("./");
    let folder = url.strip_suffix("lesson.md").unwrap_or(&url);
    let mut files = Vec::new();
    if folder.ends_with(".md") {
        files.push((shown.to_owned(), fresh(folder).await?));
    } else {
        let (slash, shown) = (if folder.ends_with('/') { "" } else { "/" }, shown.trim_end_matches("lesson.md"));
        let common = fresh(&format!("{folder}{slash}lesson.md")).await?;
        files.push((format!("{shown}{slash}lesson.md"), common));
        // The other language is better than none.
        for lang in [lang, if lang == Lang::Vi { Lang::En } else { Lang::Vi }] {
            let name = layerlab::lesson::library::file(lang);
            if let Ok(told) = fresh(&format!("{folder}{slash}{name}")).await {
                files.push((format!("{shown}{slash}{name}"), told));
                break;
            }
        }
    }
    let (mut found, refused) = gather(&files);
    found.pop().filter(|_| refused.is_empty()).ok_or(Trouble::Refused(refused))
}

/// An address, if it is of the page's own origin.
fn own_origin(id: &str) -> Result<String, Trouble> {
    let parts = || {
        let location = web_sys::window()?.location();
        let url = web_sys::Url::new_with_base(id, &location.href().ok()?).ok()?;
        Some((url, location.origin().ok()?))
    };
    let (url, own) = parts().ok_or_else(|| Trouble::Missing(id.to_owned()))?;
    match url.origin() {
        origin if origin == own => Ok(format!("{own}{}", url.pathname())),
        // What has no origin is known by its kind: `data:`.
        origin if origin == "null" => Err(Trouble::Elsewhere(url.protocol())),
        origin => Err(Trouble::Elsewhere(origin)),
    }
}

/// A text as the server has it now: the browser asks whether what it keeps of it is still good.
async fn fresh(url: &str) -> Result<String, Trouble> {
    text(url, RequestCache::NoCache).await
}

async fn text(url: &str, cache: RequestCache) -> Result<String, Trouble> {
    let missing = || Trouble::Missing(url.to_owned());
    let failed = |_| missing();
    let init = RequestInit::new();
    init.set_cache(cache);
    let window = web_sys::window().ok_or_else(missing)?;
    let response = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await.map_err(failed)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(missing());
    }
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(missing)
}
