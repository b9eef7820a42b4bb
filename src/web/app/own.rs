//! Lessons that the learner brings along, and lessons that are being written: what comes of them in the page.

use gloo::timers::callback::Timeout;
use layerlab::lesson::Lesson;
use layerlab::lesson::own::{Own, gather};
use layerlab::words::Lang;
use yew::prelude::*;

use super::{App, Msg};
use crate::library::{self, Entry, Trouble};
use crate::{refused, store};

/// How long until a lesson that is being written is looked at again.
const AGAIN_MS: u32 = 1_000;

pub enum Act {
    /// Files hang over the page, or do not any more.
    Hover(bool),
    /// Texts have come, with their paths.
    Given(Vec<(String, String)>),
    /// A lesson is not to be kept any more.
    Forget(String),
    /// What is said of a lesson was read.
    Close,
    /// A lesson that is being written was looked at again.
    Again(String, Lang, Result<Box<Lesson>, Trouble>),
}

/// What there is of such lessons besides themselves.
#[derive(Default)]
pub struct Guest {
    hovering: bool,
    /// What is wrong with what was brought; true where an earlier version is still there.
    trouble: Option<(Trouble, bool)>,
    /// Looks again at a lesson that is being written.
    watch: Option<Timeout>,
}

impl App {
    #[inline(never)]
    pub(super) fn act_on_own(&mut self, act: Act) {
        match act {
            Act::Hover(on) => self.guest.hovering = on,
            Act::Given(files) => self.given(&files),
            Act::Forget(id) => self.forget(&id),
            Act::Close => self.guest.trouble = None,
            Act::Again(id, lang, lesson) => self.again(&id, lang, lesson),
        }
    }

    /// Keeps what are lessons and opens one, or the list where there are several; says what is wrong with the rest.
    fn given(&mut self, files: &[(String, String)]) {
        let (found, mut refused) = gather(files);
        let (mut opened, mut replaced) = (Vec::new(), Vec::new());
        let mut full = false;
        for own in found {
            match entry(&own) {
                Ok(entry) => match self.keep(&own, entry) {
                    Some((id, old)) => {
                        replaced.extend(old.into_iter().map(|old| (old, id.clone())));
                        opened.push(id);
                    }
                    None => full = true,
                },
                Err(mut why) => refused.append(&mut why),
            }
        }
        self.guest.trouble = match refused.is_empty() {
            false => Some((Trouble::Refused(refused), false)),
            true => full.then_some((Trouble::Full, false)),
        };
        let newer = replaced.iter().find(|(old, _)| *old == self.id).map(|(_, new)| new.clone());
        match (opened.as_slice(), newer) {
            ([], _) => {}
            ([one], _) => self.open(one.clone()),
            (_, newer) => {
                newer.into_iter().for_each(|id| self.open(id));
                self.listing = true;
            }
        }
        // The session of the one that was open has been laid aside by now.
        for (old, _) in replaced {
            self.entries.retain(|known| known.id != old);
            store::forget_own(&old);
        }
        self.keep_list();
    }

    /// Keeps a lesson in the browser; gives its id, and those of earlier versions of it.
    fn keep(&mut self, own: &Own, entry: Entry) -> Option<(String, Vec<String>)> {
        let id = entry.id.clone();
        let name = |id: &str| id.rsplit_once('~').map(|(name, _)| name.to_owned());
        let earlier = |known: &Entry| {
            let told = known.titles.iter().zip(&entry.titles).any(|(one, other)| one == other);
            known.id != id && name(&known.id) == name(&id) && library::is_own(&known.id) && told
        };
        let old: Vec<String> =
            self.entries.iter().filter(|known| earlier(known)).map(|known| known.id.clone()).collect();
        if !self.entries.iter().any(|known| known.id == id) {
            self.entries.push(entry);
        }
        if !store::keep_own(&id, &own.bundle()) {
            self.entries.retain(|known| known.id != id);
            return None;
        }
        Some((id, old))
    }

    fn keep_list(&self) {
        let row = |entry: &Entry| {
            let Entry { id, minutes, steps, titles: [vi, en], hash } = entry;
            format!("{id}\t{minutes}\t{steps}\t{vi}\t{en}\t{hash}\n")
        };
        store::keep_own_list(
            &self.entries.iter().filter(|entry| library::is_own(&entry.id)).map(row).collect::<String>(),
        );
    }

    fn forget(&mut self, id: &str) {
        self.entries.retain(|entry| entry.id != id);
        store::forget_own(id);
        self.keep_list();
        if self.id == id
            && let Some(first) = self.entries.first()
        {
            self.open(first.id.clone());
            // The session that was just laid aside is that of the lesson that is gone.
            store::forget_own(id);
            self.listing = true;
        }
    }

    /// Looks again in a while, if the lesson is being written: it came from an address, and the page is its
    /// author's (`&live`, or a server on the same machine).
    #[inline(never)]
    pub(super) fn watch(&mut self) {
        let host = web_sys::window().and_then(|window| window.location().hostname().ok()).unwrap_or_default();
        let near = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        if !library::is_address(&self.id) || !near && store::query("live").is_none() {
            return;
        }
        let (link, id, lang) = (self.link.clone(), self.id.clone(), self.lang);
        self.guest.watch = Some(Timeout::new(AGAIN_MS, move || {
            link.clone().send_future(async move {
                // Nobody looks: it is left at that until somebody does.
                while crate::document().is_some_and(|document| document.hidden()) {
                    pause().await;
                }
                let lesson = library::brought(id.clone(), lang).await.map(Box::new);
                Msg::Own(Act::Again(id, lang, lesson))
            });
        }));
    }

    /// What has become of the lesson: its text is drawn anew, its session goes on.
    fn again(&mut self, id: &str, lang: Lang, lesson: Result<Box<Lesson>, Trouble>) {
        if id != self.id || lang != self.lang {
            return;
        }
        match lesson {
            Ok(lesson) if self.lesson.as_deref() == Some(&*lesson) => self.settle(),
            Ok(lesson) => {
                self.settle();
                let at =
                    |known: &Lesson| self.place.shown.and_then(|at| known.steps.get(at)).map(|step| step.id.clone());
                let shown = self.lesson.as_deref().and_then(at);
                let found = lesson.steps.iter().position(|step| Some(&step.id) == shown.as_ref());
                self.told(id, lang, Ok(lesson));
                self.place.shown = found;
                return;
            }
            Err(trouble) if self.lesson.is_some() => self.guest.trouble = Some((trouble, true)),
            Err(trouble) => self.trouble = Some(trouble),
        }
        self.watch();
    }

    /// The mistake in the lesson that is being written is mended.
    fn settle(&mut self) {
        if self.guest.trouble.as_ref().is_some_and(|(_, draft)| *draft) {
            self.guest.trouble = None;
        }
    }
}

/// Waits a while.
async fn pause() {
    let wait = |done: js_sys::Function, _| {
        let window = web_sys::window();
        let _ =
            window.map(|window| window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, AGAIN_MS as i32));
    };
    let mut wait = wait;
    let _ = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::new(&mut wait)).await;
}

/// What the list says of a lesson, if it is one.
fn entry(own: &Own) -> Result<Entry, Vec<layerlab::lesson::own::Refusal>> {
    let layerlab::lesson::own::Summary { minutes, steps, titles } = own.summary()?;
    Ok(Entry { id: own.id(), minutes: minutes.to_string(), steps, titles, hash: own.hash() })
}

/// What hangs over the page, and what is said of what was dropped.
#[inline(never)]
pub fn view(app: &App, ctx: &Context<App>) -> Html {
    let words = app.words();
    let close = ctx.link().callback(|_: MouseEvent| Msg::Own(Act::Close));
    html! {
        <>
            if app.guest.hovering { <div class="hover" data-part="hover"><p>{ words.own.drop_here }</p></div> }
            { app.guest.trouble.as_ref().map(|(trouble, draft)| refused::card(trouble, *draft, words, close)) }
        </>
    }
}

/// Whether there is anything of that to be seen.
pub fn is_seen(app: &App) -> bool {
    app.guest.hovering || app.guest.trouble.is_some()
}
