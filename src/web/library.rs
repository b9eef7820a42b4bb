//! The list of lessons in the page, and how their texts come here.

use layerlab::lesson::{Lesson, parse, unpack};
use layerlab::words::Lang;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// What the page's list says of a lesson.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    pub id: String,
    pub minutes: String,
    pub steps: usize,
    /// In Vietnamese and English.
    titles: [String; 2],
    pub hash: String,
}

impl Entry {
    pub fn title(&self, lang: Lang) -> &str {
        let [vi, en] = &self.titles;
        if lang == Lang::Vi { vi } else { en }
    }
}

/// The list that the build has put into index.html (`site/lessons.mjs`).
pub fn entries() -> Vec<Entry> {
    let list = super::document().and_then(|document| document.get_element_by_id("lessons")?.text_content());
    let entry = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let (id, minutes, steps) = (cells.next()?, cells.next()?, cells.next()?.parse().ok()?);
        Some(Entry { id, minutes, steps, titles: [cells.next()?, cells.next()?], hash: cells.next()? })
    };
    list.unwrap_or_default().lines().filter_map(entry).collect()
}

/// Whether a lesson's name is a folder's, not a listed one: `?lesson=my/folder/`.
pub fn is_folder(id: &str) -> bool {
    id.ends_with('/')
}

/// Fetches a lesson and reads it; what is wrong with it otherwise.
pub async fn fetch(id: String, hash: String, lang: Lang) -> Result<Lesson, String> {
    let code = lang.code();
    if !is_folder(&id) {
        let packed = text(&format!("lessons/{id}.{code}.{hash}.txt")).await?;
        return unpack(&id, &packed).ok_or(id);
    }
    let folder = own_origin(&id).ok_or_else(|| id.clone())?;
    let (common, told) = (text(&format!("{folder}lesson.md")).await?, text(&format!("{folder}{code}.md")).await?);
    let file = if lang == Lang::Vi { "vi.md" } else { "en.md" };
    parse(&id, &common, file, &told).map_err(|error| format!("{id}{error}"))
}

/// A folder's address, if it is below the page's origin.
fn own_origin(folder: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let url = web_sys::Url::new_with_base(folder, &location.href().ok()?).ok()?;
    (url.origin() == location.origin().ok()?).then(|| format!("{}{}", url.origin(), url.pathname()))
}

async fn text(url: &str) -> Result<String, String> {
    let failed = |_| url.to_owned();
    let window = web_sys::window().ok_or_else(|| url.to_owned())?;
    let response = JsFuture::from(window.fetch_with_str(url)).await.map_err(failed)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("{url}: {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| url.to_owned())
}
