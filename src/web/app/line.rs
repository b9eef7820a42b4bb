//! What is typed: the prompt's line, its keys, what is pasted into it and how it is completed.

use layerlab::model::limits;
use layerlab::session::log::{Key, Refusal};
use layerlab::view::complete::complete;
use web_sys::HtmlTextAreaElement;

use super::App;
use crate::prompt::{self, Act};
use crate::store;

impl App {
    pub(super) fn line(&self) -> String {
        self.refs.input.cast::<HtmlTextAreaElement>().map(|input| input.value()).unwrap_or_default()
    }

    pub(super) fn set_line(&mut self, line: &str) {
        if let Some(input) = self.refs.input.cast::<HtmlTextAreaElement>() {
            input.set_value(line);
            grow(&input);
        }
    }

    pub(super) fn focus_prompt(&self) {
        if let Some(input) = self.refs.input.cast::<HtmlTextAreaElement>().filter(|_| !self.embed) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = input.focus_with_options(&options);
        }
    }

    pub(super) fn typed(&mut self) -> bool {
        if let Some(input) = self.refs.input.cast::<HtmlTextAreaElement>() {
            grow(&input);
        }
        !std::mem::take(&mut self.candidates).is_empty()
    }

    pub(super) fn act(&mut self, act: Act) {
        let line = self.line();
        match act {
            Act::Submit => return self.submit_line(),
            Act::Complete => return self.complete(),
            Act::Older => {
                if let Some(older) = self.recall.older(&line) {
                    self.set_line(&older);
                }
            }
            Act::Newer => {
                if let Some(newer) = self.recall.newer() {
                    self.set_line(&newer);
                }
            }
            Act::Interrupt => {
                self.set_line("");
                self.sitting.key(Key::Interrupt);
            }
            Act::End => self.sitting.key(Key::End),
            Act::Suspend => self.sitting.key(Key::Suspend),
            Act::Clear => self.sitting.screen.clear_above(),
            Act::Kill => self.set_line(""),
        }
        self.candidates.clear();
    }

    pub(super) fn submit_line(&mut self) {
        let line = self.line();
        self.set_line("");
        self.submit(&line);
    }

    pub(super) fn submit(&mut self, text: &str) {
        if store::query("fault").as_deref() == Some(text) {
            // A way to see what happens when the machine fails.
            self.sitting.store();
            panic!("asked for by the address");
        }
        text.lines().for_each(|line| self.recall.push(line));
        (self.looking, self.pinned) = (None, true);
        self.candidates.clear();
        self.advice = None;
        if let Err(refusal) = self.sitting.submit(text) {
            self.complain(&refusal);
        }
    }

    /// Says on the terminal and to listeners that something was not taken.
    pub(super) fn complain(&mut self, text: &str) {
        self.said = text.to_owned();
        self.sitting.screen.write(format!("\r\n{text}\r\n").as_bytes());
    }

    /// What the browser is not left to paste by itself: several lines, of which all but the last are sent as
    /// a terminal does, a line that is too long, and what is no text.
    pub(super) fn paste(&mut self, text: &str) {
        let (clean, controls) = prompt::clean(text);
        if controls > 0 {
            self.complain(&(self.lang.words().page.left_out)(controls));
        }
        let longest = clean.split('\n').map(str::len).max().unwrap_or_default();
        if longest > limits::LINE_BYTES {
            self.complain(&Refusal::LineTooLong(longest).to_string());
            return;
        }
        let Some((lines, rest)) = clean.rsplit_once('\n') else {
            if let Some(input) = self.refs.input.cast::<HtmlTextAreaElement>() {
                let _ = input.set_range_text(&clean);
                grow(&input);
            }
            return;
        };
        let lines = format!("{}{lines}", self.line());
        self.set_line(rest);
        self.submit(&lines);
        self.said = (self.lang.words().page.pasted)(lines.lines().count());
    }

    fn complete(&mut self) {
        let line = self.line();
        let completion = complete(&self.present.0, self.sitting.session.machine().shell(), &line);
        self.set_line(&completion.line);
        self.candidates = completion.candidates;
    }
}

/// A line that is longer than the terminal is wide takes more rows.
fn grow(input: &HtmlTextAreaElement) {
    let style = input.style();
    let _ = style.set_property("height", "");
    if input.scroll_height() > input.client_height() {
        let _ = style.set_property("height", &format!("{}px", input.scroll_height()));
    }
}
