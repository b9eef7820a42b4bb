//! The prompt line: a real text input, so that selection, input methods and phone keyboards work as everywhere.

use layerlab::model::limits;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, HtmlTextAreaElement, KeyboardEvent};

/// What a key on the prompt means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    Submit,
    Complete,
    Older,
    Newer,
    Interrupt,
    End,
    Suspend,
    Clear,
    /// Everything before the cursor goes (^U).
    Kill,
}

/// Reads a key; while an input method composes, keys are its own.
pub fn act(event: &KeyboardEvent, empty: bool) -> Option<Act> {
    if event.is_composing() || event.key_code() == 229 || event.alt_key() || event.meta_key() {
        return None;
    }
    let key = event.key();
    if event.ctrl_key() {
        return match key.to_lowercase().as_str() {
            // With something selected, ^C copies.
            "c" if !selecting() => Some(Act::Interrupt),
            "d" if empty => Some(Act::End),
            "z" if empty => Some(Act::Suspend),
            "l" => Some(Act::Clear),
            "u" => Some(Act::Kill),
            _ => None,
        };
    }
    match key.as_str() {
        "Enter" if !event.shift_key() => Some(Act::Submit),
        "Tab" if !event.shift_key() && !empty => Some(Act::Complete),
        "ArrowUp" => Some(Act::Older),
        "ArrowDown" => Some(Act::Newer),
        _ => None,
    }
}

fn selecting() -> bool {
    let in_page = web_sys::window().and_then(|window| window.get_selection().ok()?);
    if in_page.is_some_and(|selection| !selection.is_collapsed()) {
        return true;
    }
    let input = super::document().and_then(|document| document.active_element());
    let input = input.and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok());
    let range = |input: HtmlTextAreaElement| Some(input.selection_start().ok()?? != input.selection_end().ok()??);
    input.and_then(range).unwrap_or(false)
}

/// The text of a paste that is not left to the browser.
pub fn pasted(event: &ClipboardEvent) -> Option<String> {
    let text = event.clipboard_data()?.get_data("text/plain").ok()?;
    let plain = text.len() <= limits::LINE_BYTES && !text.chars().any(|c| c != '\t' && c.is_control());
    (!plain).then_some(text)
}

/// A text with line breaks as they should be and without other control characters, and how many of those
/// there were.
pub fn clean(text: &str) -> (String, usize) {
    let mut clean = text.replace("\r\n", "\n").replace('\r', "\n");
    let all = clean.chars().count();
    clean.retain(|c| matches!(c, '\t' | '\n') || !c.is_control());
    let left = all - clean.chars().count();
    (clean, left)
}

/// Earlier lines, and the one that was being written when they were looked up.
#[derive(Clone, Default, Debug)]
pub struct Recall {
    lines: Vec<String>,
    at: Option<usize>,
    draft: String,
}

impl Recall {
    pub fn new(lines: Vec<String>) -> Recall {
        Recall { lines, ..Recall::default() }
    }

    pub fn push(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        self.at = None;
    }

    pub fn older(&mut self, current: &str) -> Option<String> {
        let at = match self.at {
            None => {
                self.draft = current.to_owned();
                self.lines.len()
            }
            Some(at) => at,
        };
        let at = at.checked_sub(1)?;
        self.at = Some(at);
        self.lines.get(at).cloned()
    }

    pub fn newer(&mut self) -> Option<String> {
        let at = self.at? + 1;
        if at >= self.lines.len() {
            self.at = None;
            return Some(std::mem::take(&mut self.draft));
        }
        self.at = Some(at);
        self.lines.get(at).cloned()
    }
}
