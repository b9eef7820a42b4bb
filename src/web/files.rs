//! The files of the home directory and an editor for one of them: a text field over its own text in colours, with
//! what a build would say of it underneath. What is saved goes into the session's log.

use std::collections::BTreeMap;
use std::rc::Rc;

use layerlab::kernel::join;
use layerlab::model::World;
use layerlab::session::host::{HOME, PROJECT};
use layerlab::view::code::{Code, Diagnostic, Severity, code};
use layerlab::view::files::{self, Entry};
use layerlab::words::{BuildWords, Lang};
use web_sys::{HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::build::stretches;
use super::icon::icon;

/// The World that files are read of: another one is another `Rc`.
#[derive(Clone)]
pub struct Home(pub Rc<World>);

impl PartialEq for Home {
    fn eq(&self, other: &Home) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub home: Home,
    pub language: Lang,
    pub hidden: bool,
    /// A file to open; the number tells one wish from another.
    pub wanted: (usize, String),
    /// The path and the text of a file to be written.
    pub save: Callback<(String, String)>,
    /// The paths of the files whose text is not written, whenever they are others.
    pub unsaved: Callback<Vec<String>>,
    /// Escape: back to the prompt.
    pub leave: Callback<()>,
}

pub enum Msg {
    Open(String),
    Typed,
    Key(KeyboardEvent),
    Save,
    /// Goes to what is said of the text.
    Go(usize),
    Naming(bool),
    Create,
}

/// A file's text as it is edited.
#[derive(Default)]
struct Draft {
    text: String,
    /// What the file holds; none where it is not there.
    base: Option<String>,
    /// A command has changed the file after the text was.
    outside: bool,
}

impl Draft {
    fn is_saved(&self) -> bool {
        self.base.as_ref() == Some(&self.text)
    }

    /// The file is looked at again.
    fn compare(&mut self, now: Option<String>) {
        if now == self.base {
            return;
        }
        match &now {
            Some(text) if self.is_saved() => self.text.clone_from(text),
            Some(text) => self.outside = *text != self.text,
            None => self.outside = false,
        }
        self.base = now;
    }
}

pub struct Files {
    entries: Vec<Entry>,
    more: usize,
    /// The open file.
    path: String,
    drafts: BTreeMap<String, Draft>,
    code: Code,
    /// A name for a new file is asked for.
    naming: bool,
    field: NodeRef,
    name: NodeRef,
    /// The field is to have the focus, with this selected (in UTF-16 units), once it is drawn.
    focus: Option<(u32, u32)>,
    /// The text in the field is not the draft's yet.
    stale: bool,
    /// What was last said to be not written.
    unsaved: Vec<String>,
}

impl Component for Files {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Files {
        let mut files = Files {
            entries: Vec::new(),
            more: 0,
            path: String::new(),
            drafts: BTreeMap::new(),
            code: Code::default(),
            naming: false,
            field: NodeRef::default(),
            name: NodeRef::default(),
            focus: None,
            stale: false,
            unsaved: Vec::new(),
        };
        let Props { home, wanted, .. } = ctx.props();
        files.look(&home.0);
        let first = Some(wanted.1.clone()).filter(|path| !path.is_empty()).or_else(|| files::first(&home.0, PROJECT));
        files.open(&home.0, first.unwrap_or_default());
        files
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let Props { home, wanted, .. } = ctx.props();
        if *home != old.home {
            self.look(&home.0);
            self.reread(&home.0);
        }
        if *wanted != old.wanted && !wanted.1.is_empty() {
            self.open(&home.0, wanted.1.clone());
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let world = &ctx.props().home.0;
        match msg {
            Msg::Open(path) => {
                self.open(world, path);
                self.focus = Some((0, 0));
            }
            Msg::Typed => {
                let Some(field) = self.field.cast::<HtmlTextAreaElement>() else { return false };
                if let Some(draft) = self.drafts.get_mut(&self.path) {
                    draft.text = field.value();
                    self.code = code(world, &self.path, &draft.text);
                }
            }
            Msg::Key(event) if event.is_composing() => return false,
            Msg::Key(event) => match event.key().to_lowercase().as_str() {
                "s" if event.ctrl_key() || event.meta_key() => {
                    event.prevent_default();
                    self.save(ctx);
                }
                "escape" => ctx.props().leave.emit(()),
                _ => return false,
            },
            Msg::Save => self.save(ctx),
            Msg::Go(at) => {
                let Some((draft, one)) = self.drafts.get(&self.path).zip(self.code.diagnostics.get(at)) else {
                    return false;
                };
                let units = |to: usize| draft.text.get(..to).map_or(0, |text| text.encode_utf16().count() as u32);
                self.focus = Some((units(one.range.start), units(one.range.end)));
            }
            Msg::Naming(on) => self.naming = on,
            Msg::Create => {
                let name = self.name.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
                self.naming = false;
                if !name.trim().is_empty() {
                    self.open(world, join(self.folder(), name.trim()));
                    self.focus = Some((0, 0));
                }
            }
        }
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        let open = self
            .drafts
            .iter()
            .filter(|(_, draft)| !draft.is_saved() && (draft.base.is_some() || !draft.text.is_empty()));
        let unsaved: Vec<String> = open.map(|(path, _)| path.clone()).collect();
        if unsaved != self.unsaved {
            self.unsaved.clone_from(&unsaved);
            ctx.props().unsaved.emit(unsaved);
        }
        if let Some(input) = self.name.cast::<HtmlInputElement>().filter(|_| self.naming) {
            let _ = input.focus();
        }
        let Some(field) = self.field.cast::<HtmlTextAreaElement>() else { return };
        if std::mem::take(&mut self.stale)
            && let Some(draft) = self.drafts.get(&self.path)
        {
            field.set_value(&draft.text);
        }
        if let Some((from, to)) = self.focus.take() {
            let _ = field.focus();
            let _ = field.set_selection_range(from, to);
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let words = &ctx.props().language.words().build;
        html! {
            <div class="files" hidden={ctx.props().hidden} data-part="files">
                { self.list(ctx, words) }
                { self.editor(ctx, words) }
            </div>
        }
    }
}

impl Files {
    fn look(&mut self, world: &World) {
        (self.entries, self.more) = files::list(world);
    }

    fn open(&mut self, world: &World, path: String) {
        if !self.drafts.contains_key(&path) && !path.is_empty() {
            let base = files::text(world, &path);
            let text = base.clone().unwrap_or_default();
            self.drafts.insert(path.clone(), Draft { text, base, outside: false });
        }
        self.path = path;
        self.reread(world);
    }

    /// Reads the files again that are being edited.
    fn reread(&mut self, world: &World) {
        self.stale = true;
        for (path, draft) in &mut self.drafts {
            draft.compare(files::text(world, path));
        }
        // What is saved need not be remembered.
        self.drafts.retain(|path, draft| *path == self.path || !draft.is_saved());
        self.code = self.drafts.get(&self.path).map(|draft| code(world, &self.path, &draft.text)).unwrap_or_default();
    }

    fn save(&mut self, ctx: &Context<Self>) {
        if let Some(draft) = self.drafts.get_mut(&self.path).filter(|draft| !draft.is_saved()) {
            draft.outside = false;
            ctx.props().save.emit((self.path.clone(), draft.text.clone()));
        }
    }

    /// Where a new file goes: beside the open one.
    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or(PROJECT, |(folder, _)| folder)
    }

    fn list(&self, ctx: &Context<Self>, words: &'static BuildWords) -> Html {
        let link = ctx.link();
        let entries = self.entries.iter().map(|entry| self.entry(ctx, entry, words));
        let added = self
            .drafts
            .iter()
            .filter(|(path, draft)| draft.base.is_none() && self.entries.iter().all(|entry| entry.path != **path));
        let added = added.map(|(path, _)| {
            let name = short(path).to_owned();
            self.entry(ctx, &Entry { path: path.clone(), name, depth: 0, is_dir: false }, words)
        });
        let create = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            Msg::Create
        });
        let cancel = link.batch_callback(|event: KeyboardEvent| {
            event.stop_propagation();
            (event.key() == "Escape").then_some(Msg::Naming(false))
        });
        html! {
            <nav class="tree" aria-label={words.file_list}>
                <ul>{ for entries }{ for added }</ul>
                if self.more > 0 { <p class="dim">{ format!("+{}", self.more) }</p> }
                if self.naming {
                    <form class="new" onsubmit={create} onkeydown={cancel}>
                        <input ref={self.name.clone()} aria-label={words.new_name} placeholder={format!("{}/", short(self.folder()))}
                            autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false" />
                        <button>{ words.create }</button>
                    </form>
                } else {
                    <button type="button" class="act" data-part="new-file" onclick={link.callback(|_: MouseEvent| Msg::Naming(true))}>{ "+ " }{ words.new_file }</button>
                }
            </nav>
        }
    }

    fn entry(&self, ctx: &Context<Self>, entry: &Entry, words: &'static BuildWords) -> Html {
        let style = format!("--d:{}", entry.depth);
        if entry.is_dir {
            return html! { <li key={entry.path.clone()} class="dir" style={style}>{ icon("folder", 12) }{ entry.name.clone() }</li> };
        }
        let path = entry.path.clone();
        let open = ctx.link().callback(move |_: MouseEvent| Msg::Open(path.clone()));
        let unsaved = self.drafts.get(&entry.path).is_some_and(|draft| !draft.is_saved());
        let current = (entry.path == self.path).then_some("true");
        html! {
            <li key={entry.path.clone()} style={style}>
                <button type="button" aria-current={current} title={entry.path.clone()} onclick={open}>
                    { entry.name.clone() }
                    if unsaved { <i class="dot" title={words.unsaved}></i><span class="said">{ format!(" ({})", words.unsaved) }</span> }
                </button>
            </li>
        }
    }

    fn editor(&self, ctx: &Context<Self>, words: &'static BuildWords) -> Html {
        let Some(draft) = self.drafts.get(&self.path) else {
            return html! { <section class="code"><p class="none">{ words.no_file }</p></section> };
        };
        let link = ctx.link();
        let saved = draft.is_saved();
        let lines = self.code.lines.iter().enumerate().map(|(at, line)| {
            let of_line = |one: &&Diagnostic| one.line == at + 1;
            let worst =
                self.code.diagnostics.iter().filter(of_line).min_by_key(|one| one.severity == Severity::Warning);
            html! { <div class={worst.map(sign)} data-n={(at + 1).to_string()}>{ stretches(line) }</div> }
        });
        let bare = self.code.lines.is_empty();
        let class = if bare { "field bare" } else { "field" };
        let invalid = self.code.diagnostics.iter().any(|one| one.severity == Severity::Error);
        let shown = self.path.strip_prefix(HOME).map_or(self.path.clone(), |rest| format!("~{rest}"));
        html! {
            <section class="code" onkeydown={link.callback(Msg::Key)}>
                <header>
                    <code>{ shown }</code>
                    <span class={if saved { "dim" } else { "unsaved" }} role="status" data-part="file-state">{ if saved { words.saved } else { words.unsaved } }</span>
                    <span class="grow"></span>
                    <span class="lab"><kbd>{ "Ctrl+S" }</kbd></span>
                    <button type="button" class="pri" aria-disabled={saved.to_string()} data-part="file-save"
                        onclick={link.callback(|_: MouseEvent| Msg::Save)}>{ words.save }</button>
                </header>
                if draft.outside { <p class="warn" role="alert">{ icon("warn", 14) }{ words.changed_outside }</p> }
                <div class="scroll">
                    <div class={class}>
                        if !bare { <pre aria-hidden="true">{ for lines }</pre> }
                        <textarea ref={self.field.clone()} data-part="file-text" aria-label={(words.text_of)(&self.path)} aria-describedby="problems"
                            aria-invalid={invalid.to_string()} autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false" wrap="off"
                            oninput={link.callback(|_: InputEvent| Msg::Typed)} />
                    </div>
                </div>
                { self.problems(ctx, words) }
            </section>
        }
    }

    /// What a build would say of the text.
    fn problems(&self, ctx: &Context<Self>, words: &'static BuildWords) -> Html {
        let found = &self.code.diagnostics;
        if !layerlab::view::code::is_dockerfile(&self.path) {
            return html! { <div id="problems"></div> };
        }
        let items = found.iter().enumerate().map(|(at, one)| {
            let what = if one.severity == Severity::Error { words.error } else { words.warning };
            let go = ctx.link().callback(move |_: MouseEvent| Msg::Go(at));
            html! {
                <li key={at}><button type="button" class={sign(one)} onclick={go}>
                    { icon("warn", 13) }<b>{ format!("{what}, {}", (words.line)(one.line)) }</b>{ " " }<span>{ one.message.clone() }</span>
                </button></li>
            }
        });
        let count = match found.len() {
            0 => words.no_problems.to_owned(),
            n => format!("{}: {n}", words.problems),
        };
        html! {
            <div class="problems" id="problems" data-part="problems">
                <p role="status">{ count }</p>
                if !found.is_empty() { <ul>{ for items }</ul> }
            </div>
        }
    }
}

fn sign(one: &Diagnostic) -> &'static str {
    match one.severity {
        Severity::Error => "bad",
        Severity::Warning => "warned",
    }
}

fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
