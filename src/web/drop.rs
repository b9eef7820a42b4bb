//! Files that are dropped on the page or chosen in it, read into texts with their paths.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::{Array, Function, Promise, Reflect};
use layerlab::lesson::archive;
use layerlab::model::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DataTransfer, DragEvent, Event, File, FileList, FileSystemDirectoryEntry, FileSystemEntry,
    FileSystemFileEntry,
};
use yew::prelude::*;

use super::app::own::Act;

/// How deep a folder is looked into, and how many texts are read.
const DEPTH: usize = 4;
const FILES: usize = 256;
/// What is read of a file: a byte more than a lesson in one file may have.
const BYTES: i32 = (3 * limits::LESSON_BYTES + 1) as i32;

/// What a drop or a field has brought.
pub enum Brought {
    /// A file or a folder.
    Entry(FileSystemEntry),
    /// A file and its path.
    File(File, String),
}

/// Listens to files that are dragged over the page and dropped on it.
pub fn listen(send: &Callback<Act>) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let hovers = Rc::new(Cell::new(false));
    let listen = |kind: &'static str| {
        let (send, hovers) = (send.clone(), hovers.clone());
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window, kind, options, move |event| heard(event, &hovers, &send))
    };
    ["dragover", "dragleave", "drop"].into_iter().map(listen).collect()
}

/// What is said of files alone: text that is dragged is the browser's affair.
#[inline(never)]
fn heard(event: &Event, hovers: &Cell<bool>, send: &Callback<Act>) {
    let event: &DragEvent = event.unchecked_ref();
    let Some(transfer) = event.data_transfer().filter(|transfer| transfer.types().includes(&"Files".into(), 0)) else {
        return;
    };
    event.prevent_default();
    // A pointer that goes from one element to another leaves the first: only who leaves all goes nowhere.
    let hovering = match event.type_().as_str() {
        "dragover" => true,
        "dragleave" => event.related_target().is_some(),
        _ => false,
    };
    if hovers.replace(hovering) != hovering {
        send.emit(Act::Hover(hovering));
    }
    if event.type_() == "drop" {
        read(dropped(&transfer), send.clone());
    }
}

/// What a drop holds, which it tells in its own moment only.
fn dropped(transfer: &DataTransfer) -> Vec<Brought> {
    let items = transfer.items();
    let items = (0..items.length()).filter_map(|at| items.get(at)).filter(|item| item.kind() == "file");
    let brought = items.filter_map(|item| {
        let entry = item.webkit_get_as_entry().ok().flatten().map(Brought::Entry);
        entry.or_else(|| item.get_as_file().ok().flatten().map(|file| Brought::File(file.clone(), file.name())))
    });
    brought.collect()
}

/// What a field has been given: a folder's files know their paths.
#[inline(never)]
pub fn chosen(files: &FileList) -> Vec<Brought> {
    let files = (0..files.length()).filter_map(|at| files.get(at));
    let path = |file: &File| {
        let path = Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
    };
    files.map(|file| (path(&file), file)).map(|(path, file)| Brought::File(file, path)).collect()
}

/// Reads all of it, and tells.
#[inline(never)]
pub fn read(brought: Vec<Brought>, send: Callback<Act>) {
    wasm_bindgen_futures::spawn_local(async move {
        let mut texts = Vec::new();
        for (file, path) in files(brought).await {
            if let Some(name) = path.strip_suffix(".zip") {
                match packed(&file).await.and_then(|bytes| archive::texts(&bytes)) {
                    Some(inner) => {
                        texts.extend(inner.into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)))
                    }
                    None => texts.push((path, String::new())),
                }
            } else if path.ends_with(".md")
                && let Some(text) = text(&file).await
            {
                texts.push((path, text));
            }
        }
        send.emit(Act::Given(texts));
    });
}

/// All files, those in folders included.
async fn files(brought: Vec<Brought>) -> Vec<(File, String)> {
    let mut found = Vec::new();
    let mut open: Vec<(Brought, usize)> = brought.into_iter().rev().map(|one| (one, 0)).collect();
    while let Some((one, depth)) = open.pop().filter(|_| found.len() < FILES) {
        match one {
            Brought::File(file, path) => found.push((file, path)),
            Brought::Entry(entry) if entry.is_directory() && depth < DEPTH => {
                let inner = inner(entry.unchecked_ref()).await;
                open.extend(inner.into_iter().map(|entry| (Brought::Entry(entry), depth + 1)));
            }
            Brought::Entry(entry) if entry.is_file() => {
                let path = entry.full_path().trim_start_matches('/').to_owned();
                let entry: &FileSystemFileEntry = entry.unchecked_ref();
                if let Some(file) = answer(|done, failed| entry.file_with_callback_and_callback(done, failed)).await {
                    found.push((file.unchecked_into(), path));
                }
            }
            Brought::Entry(_) => {}
        }
    }
    found
}

/// What is in a folder: it tells a part at a time, and none at its end.
async fn inner(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut found = Vec::new();
    while found.len() < FILES {
        let ask = |done: &Function, failed: &Function| {
            let _ = reader.read_entries_with_callback_and_callback(done, failed);
        };
        let part: Array = answer(ask).await.map(JsCast::unchecked_into).unwrap_or_default();
        if part.length() == 0 {
            break;
        }
        found.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    found
}

/// What a call answers to its first callback.
async fn answer(call: impl Fn(&Function, &Function)) -> Option<JsValue> {
    let promise = Promise::new(&mut |done, failed| call(&done, &failed));
    JsFuture::from(promise).await.ok()
}

/// The bytes of an archive: one more than it may have, so that it is seen to be too long.
async fn packed(file: &File) -> Option<Vec<u8>> {
    let blob = file.slice_with_i32_and_i32(0, limits::PACK_BYTES as i32 + 1).ok()?;
    let bytes = js_sys::Uint8Array::new(&JsFuture::from(blob.array_buffer()).await.ok()?).to_vec();
    (bytes.len() <= limits::PACK_BYTES).then_some(bytes)
}

async fn text(file: &File) -> Option<String> {
    let blob: Blob = file.slice_with_i32_and_i32(0, BYTES).ok()?;
    JsFuture::from(blob.text()).await.ok()?.as_string()
}
