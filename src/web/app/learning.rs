//! Lessons in the page: how one is fetched and opened, with the machine that it wants, and what is answered in it.

use std::rc::Rc;

use layerlab::lesson::coach::advise;
use layerlab::lesson::{Lesson, Progress, Reached};
use layerlab::session::log::{Boot, Console, Input};
use layerlab::words::Lang;

use super::{App, Msg, seed};
use crate::lesson::{Answers, Ask, Place, score};
use crate::library::{self, Entry, Trouble};
use crate::prompt::Recall;
use crate::sitting::{Sitting, Visit};
use crate::{mark, store};

impl App {
    /// Speaks a language: the lesson's text in it has to come first.
    pub(super) fn speak(&mut self, lang: Lang) {
        self.lang = lang;
        mark("lang", Some(lang.code()));
        let (id, hash) = (self.id.clone(), hash_of(&self.id, &self.entries));
        if let Some(lesson) = library::prepared(&id, lang) {
            return self.told(&id, lang, Ok(Box::new(lesson)));
        }
        self.link.send_future(async move {
            let lesson = library::fetch(id.clone(), hash, lang).await.map(Box::new);
            Msg::Told(id, lang, lesson)
        });
    }

    /// The lesson's text is here: its machine is set up, unless the learner works on one already.
    pub(super) fn told(&mut self, id: &str, lang: Lang, lesson: Result<Box<Lesson>, Trouble>) {
        if id != self.id || lang != self.lang {
            return;
        }
        let lesson = match lesson {
            Ok(lesson) => lesson,
            Err(why) => {
                (self.lesson, self.trouble) = (None, Some(why));
                if library::is_address(id) {
                    self.watch();
                }
                return;
            }
        };
        let boot = lesson.boot(boot_of(&self.id, &self.entries));
        if let Some(sitting) = self.sitting.instead(boot) {
            self.sitting = sitting;
            self.sit_down();
        }
        let opened = self.lesson.is_none();
        (self.lesson, self.trouble) = (Some(Rc::new(*lesson)), None);
        self.progress = Progress::default();
        self.progress();
        if opened {
            // Who comes back goes on where there is something to do.
            self.place.shown = None;
        }
        if library::is_address(id) {
            self.watch();
        }
    }

    /// What is seen of another machine.
    pub(super) fn sit_down(&mut self) {
        self.present = self.sitting.present();
        self.recall = recall(&self.sitting);
        self.answers = answers(&self.sitting);
        self.told = self.sitting.session.ticks().len();
        (self.looking, self.selected, self.advice, self.marked_object) = (None, None, None, None);
        (self.pinned, self.newest, self.marked) = (true, 0, 0);
        self.progress = Progress::default();
        self.measure();
    }

    /// Lays this lesson aside and opens another.
    #[inline(never)]
    pub(super) fn open(&mut self, id: String) {
        self.listing = false;
        if id == self.id {
            return;
        }
        self.sitting.store();
        if self.sitting.visit != Visit::Own {
            // The stored session is another one's: it finds its place by its own lesson.
            store::clear_fragment();
        }
        store::keep_lesson(&id);
        if store::ask("lesson", &id) {
            // The page is loaded anew, with the other lesson in its address.
            return;
        }
        (self.id, self.lesson, self.place) = (id, None, Place::default());
        self.panes.unsaved.clear();
        self.sitting = sitting_of(&self.id, &self.entries);
        self.sit_down();
        self.speak(self.lang);
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Run(line) => {
                self.submit(&line);
                self.focus_prompt();
            }
            Ask::Answer(name, given) => self.answer(name, given),
            Ask::Look(object) => self.marked_object = Some(object),
            Ask::List => self.listing = !self.listing,
            Ask::Open(id) => self.open(id),
            Ask::Tune => (self.tuning, self.panel.open) = (!self.tuning, false),
            Ask::Turn(switch) => self.sitting.switch(switch),
            Ask::Show(step) => self.place = Place { shown: Some(step), hints: 0, ..self.place.clone() },
            Ask::Hint => self.place.hints += 1,
        }
    }

    /// What is said to a question. The step stays in sight, so that the reason can be read.
    #[inline(never)]
    pub(super) fn answer(&mut self, name: String, given: String) {
        let at = self.lesson.as_ref().map(|lesson| self.place.step(lesson));
        self.sitting.answer(name, given);
        self.answers = answers(&self.sitting);
        let done = self.place.done;
        self.progress();
        if self.place.done != done {
            self.place.shown = at;
        }
        self.sitting.store();
    }

    /// What a command came to may show a moment later: a container that was started and has ended.
    #[inline(never)]
    pub(super) fn advise_late(&mut self) -> bool {
        let ticks = self.sitting.session.ticks();
        let last = ticks.last().filter(|_| self.advice.is_none() && self.told == ticks.len());
        let Some((text, status)) = last.map(|tick| (&tick.text, tick.status.unwrap_or(0))) else { return false };
        self.advice = advise(text, &self.sitting.said(), "", status, &self.present.0, self.lang);
        self.advice.is_some()
    }

    /// How far the lesson is.
    pub(super) fn progress(&mut self) {
        let Some(lesson) = &self.lesson else { return };
        let session = &self.sitting.session;
        let answers: Vec<_> = self.answers.iter().map(|(name, given)| (name.as_str(), given.as_str())).collect();
        let Reached { done, spent, .. } =
            self.progress.observe(lesson, session.builds(), session.ticks(), &answers, &self.present.0);
        if (done, &spent) == (self.place.done, &self.place.spent) {
            return;
        }
        // What a puzzle took stays in sight, too.
        let scored = spent.get(self.place.done..).unwrap_or_default().iter().rposition(Option::is_some);
        let shown = scored.map(|at| at + self.place.done);
        if let Some(score) = shown.and_then(|at| score(lesson, at, &spent, self.lang.words())) {
            self.said = format!("{}. {score}", self.said);
        }
        // What somebody else did counts for nobody here.
        let own = self.sitting.visit == Visit::Own;
        for (step, spent) in lesson.steps.iter().zip(&spent) {
            spent.iter().filter(|_| own).for_each(|spent| store::keep_best(&self.id, &step.id, *spent));
        }
        self.place = Place { done, shown, spent, hints: 0 };
        self.marked_object = None;
        if own {
            store::keep_progress(&self.id, done);
        }
    }
}

/// What was answered to the lesson's questions.
pub(super) fn answers(sitting: &Sitting) -> Answers {
    let all = sitting.session.answers();
    Rc::new(all.into_iter().map(|(name, given)| (name.to_owned(), given.to_owned())).collect())
}

/// What was typed, for the prompt.
pub(super) fn recall(sitting: &Sitting) -> Recall {
    let line = |input: &Input| match input {
        Input::Line(text) => Some(text.clone()),
        _ => None,
    };
    Recall::new(sitting.session.log().iter().filter_map(line).collect())
}

fn hash_of(id: &str, entries: &[Entry]) -> String {
    entries.iter().find(|entry| entry.id == id).map(|entry| entry.hash.clone()).unwrap_or_default()
}

/// What a machine starts with, before the lesson says more.
fn boot_of(id: &str, entries: &[Entry]) -> Boot {
    let lesson = Some(layerlab::session::log::Lesson { id: id.to_owned(), hash: hash_of(id, entries) });
    Boot { seed: seed(), console: Console::Screen { rows: 24, columns: 100 }, lesson, ..Boot::default() }
}

/// The stored session of a lesson, or a new one.
pub(super) fn sitting_of(id: &str, entries: &[Entry]) -> Sitting {
    Sitting::open(boot_of(id, entries))
}
