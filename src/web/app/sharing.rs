//! Sessions that are shared: how one comes with the address or a file, and what the panel does.

use layerlab::session::log::{Input, save};
use layerlab::session::share;

use super::{App, Msg};
use crate::library::Entry;
use crate::share::{Act, Panel, Trouble, address, copy};
use crate::sitting::{Sitting, Visit};
use crate::{share as panel, store};

/// The name of a saved session.
const FILE: &str = "layerlab-session.json";
/// The name of what was stored and could not be read.
const UNREAD: &str = "layerlab-unread.txt";

/// The session that comes with the address, if one does.
#[inline(never)]
pub(super) fn arrive(fragment: &str) -> Result<Vec<Input>, Trouble> {
    if store::fell() {
        return Err(Trouble::Fell);
    }
    share::read(fragment).map_err(Trouble::from)
}

/// The lesson of a shared session, if this page has it.
fn lesson_of(log: &[Input], entries: &[Entry]) -> Option<String> {
    let Some(Input::Boot(boot)) = log.first() else { return None };
    let id = &boot.lesson.as_ref()?.id;
    entries.iter().any(|entry| entry.id == *id).then(|| id.clone())
}

/// What a page begins with whose address holds a session: the lesson, the sitting, and the panel that says so.
#[inline(never)]
pub(super) fn begin(fragment: &str, entries: &[Entry]) -> (Option<String>, Option<Sitting>, Panel) {
    let arrived = arrive(fragment);
    let trouble = arrived.as_ref().err().copied();
    let lesson = arrived.as_ref().ok().and_then(|log| lesson_of(log, entries));
    let sitting = arrived.ok().and_then(|log| Sitting::visit(&save(&log)));
    // In another page a session is what its author has prepared, and nothing to be told of.
    let open = trouble.is_some() || store::query("embed").is_none();
    (lesson, sitting, Panel { open, trouble, ..Panel::default() })
}

impl App {
    #[inline(never)]
    pub(super) fn share(&mut self, act: Act) {
        match act {
            Act::Toggle => {
                self.panel = Panel { open: !self.panel.open, ..Panel::default() };
                self.tuning = false;
                self.offer_link();
            }
            Act::Copy => {
                self.offer_link();
                if let Some(link) = &self.panel.link {
                    copy(link, self.link.callback(Msg::Share));
                }
            }
            Act::Copied(copied) => self.panel.copied = Some(copied),
            Act::Save => {
                let _ = panel::save(FILE, &self.sitting.session.stored());
            }
            Act::Unread => {
                let _ = panel::save(UNREAD, &store::unread().join("\n"));
            }
            Act::Opened(text) => self.open_file(&text),
            Act::Restart => self.restart(),
            Act::Forget => self.forget_all(),
            Act::Mine => self.leave(),
            Act::Aside => {
                self.sitting.store();
                store::take_back();
                self.leave();
            }
        }
    }

    /// Stores the session; says it when that does not go as it should, once a reason.
    #[inline(never)]
    pub(super) fn keep_session(&mut self) {
        self.sitting.store();
        if store::is_news()
            && let Some(why) = panel::unkept(self.sitting.visit, self.lang.words())
        {
            self.said = format!("{}. {why}", self.said);
        }
    }

    /// The link to the session as it is now.
    #[inline(never)]
    pub(super) fn offer_link(&mut self) {
        self.panel.copied = None;
        let _ = self.sitting.session.stored();
        self.panel.link = share::link(self.sitting.session.log()).ok().and_then(|link| address(&link));
    }

    /// Looks at the session of a file, as at one that comes with a link.
    fn open_file(&mut self, text: &str) {
        let log = match share::read_file(text) {
            Ok(log) => log,
            Err(error) => {
                self.panel.trouble = Some(error.into());
                return;
            }
        };
        self.sitting.store();
        let Some(sitting) = Sitting::visit(&save(&log)) else { return };
        if let Some(id) = lesson_of(&log, &self.entries).filter(|id| *id != self.id) {
            (self.id, self.lesson) = (id, None);
            self.place = Default::default();
            self.speak(self.lang);
        }
        self.sitting = sitting;
        self.panel = Panel { open: true, ..Panel::default() };
        self.sit_down();
        self.offer_link();
    }

    /// Leaves what is looked at for the stored session, whatever lesson the address asks for.
    fn leave(&self) {
        store::clear_fragment();
        let _ = web_sys::window().map(|window| window.location().reload());
    }

    #[inline(never)]
    pub(super) fn restart(&mut self) {
        let sure = |question| web_sys::window().and_then(|window| window.confirm_with_message(question).ok());
        if self.sitting.visit == Visit::Own && sure(self.lang.words().page.restart_ask) == Some(true) {
            store::forget_log();
            store::keep_lesson(&self.id);
            self.leave();
        } else if self.sitting.visit != Visit::Own {
            self.leave();
        }
    }

    fn forget_all(&self) {
        let sure =
            web_sys::window().and_then(|window| window.confirm_with_message(self.lang.words().share.forget_ask).ok());
        if sure == Some(true) {
            store::forget();
            self.leave();
        }
    }
}
