//! The page: one component that holds the sitting and hands its projections down.

mod inspecting;
mod learning;
mod line;
pub mod looking;
pub mod own;
pub mod panes;
mod room;
mod sharing;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use layerlab::diagram::{Scene, Slots};
use layerlab::lesson::coach::{Advice, advise};
use layerlab::lesson::{Lesson, Progress, Seen, stage_key};
use layerlab::model::World;
use layerlab::model::terminal::Editing;
use layerlab::session::log::{Input, Key};
use layerlab::session::timeline::Kind;
use layerlab::words::{Lang, Words};
use web_sys::{HtmlElement, KeyboardEvent};
use yew::html::Scope;
use yew::prelude::*;

use self::learning::{answers, recall, sitting_of};
use self::looking::Looks;
use self::panes::{Pane, Panes};
use super::inspector::{self, Inspector};
use super::lesson::{Answers, Ask, Place};
use super::library::{self, Entry, Trouble};
use super::prompt::{self, Recall};
use super::share::{self, Panel};
use super::sitting::{Next, Sitting, now};
use super::store::{self, Speed, Theme};
use super::timeline::changes_of;
use super::{drop, frame, mark};

/// What a frame's work may take that still draws, in milliseconds.
const SHORT_MS: f64 = 0.8;
/// Rows written between two frames that nobody can follow.
const FLOOD: u64 = 100;
/// Sentences that are said of one command.
const SAID: usize = 4;

pub enum Msg {
    /// Something is due in the machine.
    Due,
    /// The browser draws next.
    Frame,
    Typed,
    Key(KeyboardEvent),
    Paste(String),
    Submit,
    Insert(String),
    Ask(Ask),
    /// A lesson's text has come, or has not.
    Told(String, Lang, Result<Box<Lesson>, Trouble>),
    Press(Key),
    Undo,
    Redo,
    Look(Option<usize>),
    LiveOn,
    Select(Option<String>),
    Lang(Lang),
    Theme,
    Speed(Speed),
    Resized,
    /// Printing begins or has ended.
    Print(bool),
    Share(share::Act),
    Focus,
    Scrolled,
    /// The editor's text is to be written to its file.
    Save(String),
    /// The editor is closed and nothing is written.
    Leave,
    Panes(panes::Act),
    Inspect(inspector::Act),
    Looks(looking::Act),
    Own(own::Act),
}

/// A World with the slots of its time.
pub type Shown = (World, Slots);

pub struct App {
    pub sitting: Sitting,
    pub lang: Lang,
    pub theme: Theme,
    pub speed: Speed,
    pub embed: bool,
    pub entries: Vec<Entry>,
    /// The open lesson, whether or not its text is here.
    pub id: String,
    pub lesson: Option<Rc<Lesson>>,
    /// Why its text is not here.
    pub trouble: Option<Trouble>,
    guest: own::Guest,
    /// The list of lessons is open.
    pub listing: bool,
    /// The switches of the machine are open.
    pub tuning: bool,
    pub panel: Panel,
    /// The page is on its way to a printer.
    pub printing: bool,
    pub answers: Answers,
    /// What a text speaks of, as it names it.
    marked_object: Option<String>,
    link: Scope<App>,
    pub place: Place,
    pub present: Shown,
    pub panes: Panes,
    pub inspector: Inspector,
    pub looks: Looks,
    pub scene: Rc<Scene>,
    pub moving: bool,
    pub looking: Option<usize>,
    pub selected: Option<String>,
    pub advice: Option<Advice>,
    pub candidates: Vec<String>,
    /// What a program waits for an editor for, and the text that the file held.
    pub editing: Option<(Editing, String)>,
    /// What the live region says.
    pub said: String,
    pub refs: Refs,
    recall: Recall,
    /// Ticks that were looked at for the coach and the live region.
    told: usize,
    /// Whether the terminal stands at its end, and its height and that of its rows when it was last scrolled.
    pinned: bool,
    extent: (i32, i32),
    size: (i32, i32),
    /// What of the timeline the lesson has seen.
    progress: Progress,
    /// Calls [`Msg::Due`] when something happens by itself.
    timer: Option<Timeout>,
    /// What runs writes faster than anybody reads.
    pub flooded: bool,
    /// The last row's number when the last frame was drawn.
    newest: u64,
    /// A frame was asked for.
    framed: bool,
    /// The next frame draws what the last one's work has left.
    drawn_next: bool,
    /// The editor has closed: the prompt is to have the focus again.
    refocus: bool,
    /// Ticks that the timeline had when it was last scrolled to its end.
    marked: usize,
    /// Something changed since the last frame that is no work of the machine.
    dirty: bool,
    _listeners: Vec<EventListener>,
}

#[derive(Clone, Default)]
pub struct Refs {
    pub stage: NodeRef,
    pub out: NodeRef,
    pub input: NodeRef,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> App {
        let lang = store::lang();
        let entries = library::entries();
        let (lesson, shared, panel) = store::fragment().map(|it| sharing::begin(&it, &entries)).unwrap_or_default();
        let id = lesson.unwrap_or_else(|| library::opening(&entries));
        let mut sitting = shared.unwrap_or_else(|| sitting_of(&id, &entries));
        let present = sitting.present();
        let recall = recall(&sitting);
        let told = sitting.session.ticks().len();
        let link = ctx.link().clone();
        let events = [("resize", 0), ("beforeprint", 1), ("afterprint", 2)];
        let listen = |(event, kind)| {
            let link = link.clone();
            let message = move || [Msg::Resized, Msg::Print(true), Msg::Print(false)].into_iter().nth(kind);
            let window = web_sys::window()?;
            Some(EventListener::new(&window, event, move |_| message().into_iter().for_each(|m| link.send_message(m))))
        };
        let dragged = drop::listen(&ctx.link().callback(Msg::Own));
        let listeners = events.into_iter().filter_map(listen).chain(dragged).collect();
        let mut app = App {
            lang,
            theme: store::theme(),
            speed: store::speed(),
            embed: store::query("embed").is_some(),
            entries,
            id,
            lesson: None,
            trouble: None,
            guest: own::Guest::default(),
            listing: false,
            tuning: false,
            panel,
            printing: false,
            answers: answers(&sitting),
            marked_object: None,
            link: ctx.link().clone(),
            place: Place::default(),
            panes: Panes::new(present.0.engine.builds.next_run),
            inspector: Inspector::default(),
            looks: Looks::default(),
            present,
            scene: Rc::default(),
            moving: false,
            looking: None,
            selected: None,
            advice: None,
            candidates: Vec::new(),
            editing: None,
            said: String::new(),
            refs: Refs::default(),
            recall,
            told,
            pinned: true,
            extent: (0, 0),
            size: (0, 0),
            progress: Progress::default(),
            timer: None,
            flooded: false,
            newest: 0,
            framed: false,
            drawn_next: false,
            refocus: false,
            marked: 0,
            dirty: true,
            sitting,
            _listeners: listeners,
        };
        app.speak(lang);
        app.paint();
        app.panel.open.then(|| app.offer_link());
        if app.is_ready() {
            // Right behind the first drawing: `rendered` may come after the browser's own work on it.
            wasm_bindgen_futures::spawn_local(async { mark("data-ready", Some("")) });
        }
        app
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.measure();
            self.focus_prompt();
            // The Stage is drawn at once, now that its room is known.
            self.drawn_next = true;
            ctx.link().send_message(Msg::Frame);
        }
        let ticks = self.sitting.session.ticks().len();
        if ticks != std::mem::replace(&mut self.marked, ticks) {
            self.show_last_tick();
        }
        if self.looks.settle() {
            self.measure();
            (self.dirty, self.pinned) = (true, true);
            self.ask_frame(ctx);
        }
        if self.panes.pane != Pane::Stage && self.settle_pane() {
            self.dirty = true;
            self.ask_frame(ctx);
        }
        if std::mem::take(&mut self.refocus) {
            self.focus_prompt();
        }
        if let Some(out) = self.refs.out.cast::<HtmlElement>().filter(|_| self.pinned) {
            self.extent = to_end(&out);
            // Rows are components of their own: some are in their places only after this.
            super::next_frame(move || {
                to_end(&out);
            });
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Due => {
                self.ask_frame(ctx);
                return false;
            }
            Msg::Frame => {
                self.framed = false;
                return self.pump(ctx);
            }
            Msg::Resized => self.measure(),
            // The browser prints what stands there when this is done: it can't wait for a frame.
            Msg::Print(now) => {
                self.printing = now;
                return true;
            }
            Msg::Focus => {
                self.focus_prompt();
                return false;
            }
            Msg::Scrolled => {
                self.scrolled();
                return false;
            }
            msg => {
                if !self.heed(msg) {
                    return false;
                }
            }
        }
        // The machine gets going at once; what there is to see is drawn with the next frame, once.
        self.sitting.pump(self.speed);
        self.dirty = true;
        self.mark_busy();
        self.ask_frame(ctx);
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        frame::view(self, ctx)
    }
}

impl App {
    /// What a page that nobody touches never hears; says whether there is something to draw.
    fn heed(&mut self, msg: Msg) -> bool {
        match msg {
            Msg::Typed => return self.typed(),
            Msg::Key(event) => match prompt::act(&event, self.line().is_empty()) {
                Some(act) => {
                    event.prevent_default();
                    self.act(act);
                }
                None => return false,
            },
            Msg::Paste(text) => self.paste(&text),
            Msg::Submit => self.submit_line(),
            Msg::Insert(text) => {
                let line = format!("{}{text} ", self.line());
                self.set_line(&line);
                self.focus_prompt();
                return false;
            }
            Msg::Ask(ask) => self.ask(ask),
            Msg::Told(id, lang, lesson) => self.told(&id, lang, lesson),
            Msg::Press(key) => self.sitting.key(key),
            Msg::Undo => self.travel(true),
            Msg::Redo => self.travel(false),
            Msg::Look(tick) => {
                let last = self.sitting.session.ticks().len().saturating_sub(1);
                self.looking = tick.filter(|tick| *tick != last);
            }
            Msg::LiveOn => {
                if let Some(tick) = self.looking.take() {
                    self.sitting.turn(Input::Back(tick + 1));
                    self.told = self.sitting.session.ticks().len();
                }
            }
            Msg::Select(key) => self.choose(key),
            Msg::Inspect(act) => self.inspect(act),
            Msg::Lang(lang) => {
                store::keep_lang(lang);
                self.speak(lang);
            }
            Msg::Theme => {
                self.theme = self.theme.next();
                store::keep_theme(self.theme);
                mark("data-theme", self.theme.name());
            }
            Msg::Speed(speed) => {
                self.speed = speed;
                store::keep_speed(speed);
            }
            Msg::Share(act) => self.share(act),
            Msg::Save(text) => {
                if let Some((editing, _)) = &self.editing
                    && let Err(refusal) = self.sitting.save(&editing.path, text)
                {
                    self.complain(&refusal);
                }
            }
            Msg::Leave => self.sitting.key(Key::Interrupt),
            Msg::Panes(act) => self.act_on_panes(act),
            Msg::Looks(act) => self.look_otherwise(act),
            Msg::Own(act) => self.act_on_own(act),
            Msg::Due | Msg::Frame | Msg::Resized | Msg::Print(_) | Msg::Focus | Msg::Scrolled => {}
        }
        true
    }

    /// Whether the terminal's end is in sight.
    fn scrolled(&mut self) {
        let Some(out) = self.refs.out.cast::<HtmlElement>() else { return };
        let extent = (out.client_height(), out.scroll_height());
        // Who scrolls changes no measure: what does is a new row, or room given to the coach.
        if extent == std::mem::replace(&mut self.extent, extent) {
            self.pinned = out.scroll_top() + extent.0 >= extent.1 - 24;
        } else if self.pinned {
            to_end(&out);
        }
    }

    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }

    /// What the checks look at now.
    pub fn seen<'a>(&'a self, lines: &'a [&'a str]) -> Seen<'a> {
        Seen { world: &self.present.0, lines, answers: &[] }
    }

    fn ask_frame(&mut self, ctx: &Context<Self>) {
        if !std::mem::replace(&mut self.framed, true) {
            let link = ctx.link().clone();
            super::next_frame(move || link.send_message(Msg::Frame));
        }
    }

    /// Lets the machine run and asks to be called again when it has more to do; says whether there is
    /// something to draw.
    ///
    /// At real pace a frame either runs the machine or draws, so that neither holds it for long.
    fn pump(&mut self, ctx: &Context<Self>) -> bool {
        if std::mem::take(&mut self.drawn_next) {
            self.ask_frame(ctx);
            return self.look();
        }
        self.timer = None;
        let began = now();
        let replaying = self.sitting.session.replaying();
        match self.sitting.pump(self.speed) {
            Next::Sleep => {}
            Next::Frame => self.ask_frame(ctx),
            Next::In(wait) => {
                let link = ctx.link().clone();
                let due = move || link.send_message(Msg::Due);
                self.timer = Some(Timeout::new(wait.min(60_000.0) as u32, due));
            }
        }
        // The end of a replay may be all that there was left to do of it.
        self.dirty |= replaying && !self.sitting.session.replaying();
        let stirred = self.sitting.stirred();
        if !std::mem::take(&mut self.dirty) && !stirred {
            return false;
        }
        if self.speed != Speed::Instant && now() - began > SHORT_MS {
            self.drawn_next = true;
            self.ask_frame(ctx);
            return false;
        }
        self.look()
    }

    /// Looks at what the machine has become; true, as there is something to draw.
    fn look(&mut self) -> bool {
        if self.sitting.session.replaying() {
            self.told = self.sitting.session.ticks().len();
        } else if self.is_ready() {
            mark("data-ready", Some(""));
        }
        self.mark_busy();
        let newest = self.sitting.screen.rows().0 + self.sitting.screen.len() as u64;
        self.flooded = self.sitting.session.busy() && newest > self.newest + FLOOD;
        self.newest = newest;
        self.edit();
        self.notice();
        self.present = self.sitting.present();
        if self.panes.pane != Pane::Stage || self.panes.builds != self.present.0.engine.builds.next_run {
            self.follow();
        }
        self.paint();
        true
    }

    /// Whether the learner can begin: the prompt is there, and the lesson or why there is none.
    fn is_ready(&self) -> bool {
        !self.sitting.session.replaying() && (self.lesson.is_some() || self.trouble.is_some())
    }

    fn mark_busy(&self) {
        mark("data-busy", self.sitting.session.busy().then_some(""));
    }

    /// Opens the editor that a program waits for, and closes one that nobody waits for any more.
    fn edit(&mut self) {
        let editing = self.sitting.session.editing();
        if editing.as_ref() == self.editing.as_ref().map(|(editing, _)| editing) {
            return;
        }
        self.editing = None;
        let Some(editing) = editing else {
            self.refocus = true;
            return;
        };
        match String::from_utf8(self.sitting.session.edited().unwrap_or_default()) {
            Ok(text) => self.editing = Some((editing, text)),
            Err(_) => {
                self.complain(&(self.words().page.no_text)(&editing.path));
                self.sitting.key(Key::Interrupt);
            }
        }
    }

    /// Draws the Stage anew if it is another one.
    fn paint(&mut self) {
        self.present = self.sitting.present();
        if !self.measured() {
            return;
        }
        let past = self.looking.and_then(|tick| self.sitting.past(Some(tick)));
        let shown = past.as_ref().unwrap_or(&self.present).clone();
        let mut scene = self.sitting.scene(&shown, self.size, self.stage_words(), self.selected.clone());
        let blamed = self.advice.as_ref().and_then(|advice| advice.object.as_ref());
        for (object, class) in [(self.marked_object.as_ref(), "marked"), (blamed, "trouble")] {
            if let Some(key) = object.and_then(|object| stage_key(&shown.0, object)) {
                Rc::make_mut(&mut scene).mark(&key, class);
            }
        }
        if self.looks.presenting || self.looks.moments.is_some() {
            self.mark_looks(&mut scene);
        }
        self.moving = past.is_none() && now() > 1_000.0;
        if self.panes.pane != Pane::Stage {
            self.paint_pane(&shown);
        }
        if self.selected.is_some() || self.inspector.shown.is_some() {
            self.inspector.paint(self.selected.as_deref(), &shown.0, &shown.1, self.lang.words());
        }
        if self.scene.width == 0 {
            self.scene = scene;
        } else if *scene != *self.scene {
            self.scene = scene;
            // What happens by itself counts for the lesson, too: a container that ends after the prompt is back.
            self.progress();
            // A page that nobody has typed into needs no coach, and not the half of the machine that has it.
            if self.told > 0 && self.advise_late() {
                self.paint();
            }
        }
    }

    /// What ended since: the coach, the live region, the lesson, the store.
    fn notice(&mut self) {
        let ticks = self.sitting.session.ticks();
        if self.told >= ticks.len() || ticks.get(self.told).is_some_and(|tick| tick.after.is_none()) {
            self.told = self.told.min(ticks.len());
            return;
        }
        let words = self.lang.words();
        let mut sentences = Vec::new();
        self.advice = None;
        while let Some(tick) = ticks.get(self.told).filter(|tick| tick.after.is_some()) {
            let changes = changes_of(&self.sitting.session, self.told, words).unwrap_or_default();
            sentences.extend(changes.into_iter().map(|change| change.sentence));
            // A switch that was turned meanwhile takes nothing from what is said of the command.
            if let Some(after) = tick.after.as_ref().filter(|_| tick.kind != Kind::Switch) {
                let said = self.sitting.said();
                let status = tick.status.unwrap_or(0);
                self.advice = advise(&tick.text, &said, "", status, after, self.lang);
            }
            self.told += 1;
        }
        self.said = match sentences.is_empty() {
            true => words.page.nothing_changed.to_owned(),
            false => sentences.iter().take(SAID).cloned().collect::<Vec<_>>().join(". "),
        };
        self.present = self.sitting.present();
        self.progress();
        if !self.sitting.session.busy() {
            self.keep_session();
        }
    }
}

/// Scrolls to the end; the heights of the window and of what is in it.
fn to_end(out: &HtmlElement) -> (i32, i32) {
    let height = out.scroll_height();
    out.set_scroll_top(height);
    (out.client_height(), height)
}

/// Another machine for everybody; the same one where the address asks for it.
fn seed() -> u64 {
    let asked = store::query("seed").and_then(|seed| seed.parse().ok());
    asked.unwrap_or_else(|| (js_sys::Math::random() * 9e15) as u64)
}
