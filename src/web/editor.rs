//! The editor that vi and nano open: a plain text field over the page, saved or left.

use layerlab::words::Words;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The program that asked: `vi`, `nano`.
    pub program: AttrValue,
    pub path: AttrValue,
    /// What the file holds when the editor opens.
    pub text: AttrValue,
    pub language: layerlab::words::Lang,
    pub save: Callback<String>,
    pub leave: Callback<()>,
}

pub enum Msg {
    Key(KeyboardEvent),
    Save,
    Leave,
}

/// What is typed lives in the field alone, so that drawing the page anew does not touch it.
pub struct Editor {
    field: NodeRef,
    save: NodeRef,
}

impl Component for Editor {
    type Message = Msg;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Editor {
        Editor { field: NodeRef::default(), save: NodeRef::default() }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Key(event) if event.is_composing() => {}
            Msg::Key(event) => match event.key().to_lowercase().as_str() {
                "s" if event.ctrl_key() || event.meta_key() => {
                    event.prevent_default();
                    ctx.props().save.emit(self.text());
                }
                // Who is used to vi presses Escape often: it must not throw anything away.
                "escape" if self.text() == *ctx.props().text => ctx.props().leave.emit(()),
                "escape" => {
                    let _ = self.save.cast::<HtmlElement>().map(|button| button.focus());
                }
                _ => {}
            },
            Msg::Save => ctx.props().save.emit(self.text()),
            Msg::Leave => ctx.props().leave.emit(()),
        }
        false
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if let Some(field) = self.field.cast::<HtmlTextAreaElement>().filter(|_| first) {
            field.set_value(&ctx.props().text);
            let _ = field.focus();
            let _ = field.set_selection_range(0, 0);
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { program, path, language, .. } = ctx.props();
        let words: &'static Words = language.words();
        let page = &words.page;
        let link = ctx.link();
        html! {
            <div class="veil">
                <section class="editor" role="dialog" aria-modal="true" aria-label={format!("{}: {path}", page.editor)}
                    data-part="editor" onkeydown={link.callback(Msg::Key)}>
                    <header><b>{ program.clone() }</b><code>{ path.clone() }</code></header>
                    <textarea ref={self.field.clone()} aria-label={page.editor_text} autocapitalize="off" autocomplete="off"
                        autocorrect="off" spellcheck="false" wrap="off" />
                    <footer>
                        <span class="lab"><kbd>{ "Ctrl+S" }</kbd>{ " " }{ page.save }</span>
                        <span class="grow"></span>
                        <button type="button" data-part="editor-leave" onclick={link.callback(|_: MouseEvent| Msg::Leave)}>{ page.leave_editor }</button>
                        <button type="button" class="pri" ref={self.save.clone()} data-part="editor-save"
                            onclick={link.callback(|_: MouseEvent| Msg::Save)}>{ page.save }</button>
                    </footer>
                </section>
            </div>
        }
    }
}

impl Editor {
    /// What stands in the field.
    fn text(&self) -> String {
        self.field.cast::<HtmlTextAreaElement>().map(|field| field.value()).unwrap_or_default()
    }
}
