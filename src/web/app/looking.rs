//! How the learner looks at the machine: for an audience, through a lens, at two moments beside each other.

use std::rc::Rc;

use layerlab::diagram::Scene;
use layerlab::session::log::Input;
use layerlab::view::moment::{Comparison, Moment, compare};
use layerlab::words::{Lens, Words};
use web_sys::KeyboardEvent;

use super::{App, Msg};
use crate::sitting::Sitting;

/// What the learner does about it.
pub enum Act {
    /// For an audience, or no longer.
    Present,
    Lens(Lens),
    /// Closes what the lens says of itself; the Stage stays as it is.
    Told,
    /// Opens or closes the comparison.
    Compare,
    From(Moment),
    To(Moment),
}

#[derive(Default)]
pub struct Looks {
    pub presenting: bool,
    pub lens: Lens,
    /// What the lens says of itself takes the lesson's place.
    pub told: bool,
    /// The moments that are compared.
    pub moments: Option<(Moment, Moment)>,
    pub compared: Comparison,
    /// What the sizes were measured for.
    measured: bool,
}

/// For an audience all is drawn a quarter larger.
pub const LARGE: f64 = 1.25;

impl Looks {
    pub fn scale(&self) -> f64 {
        if self.presenting { LARGE } else { 1.0 }
    }

    /// Whether the page has another layout than it was measured for.
    pub fn settle(&mut self) -> bool {
        std::mem::replace(&mut self.measured, self.presenting) != self.presenting
    }
}

/// What a key means wherever the focus is: F8 for an audience, Alt+Z and Alt+Shift+Z for undo and redo.
pub fn key(event: &KeyboardEvent) -> Option<Msg> {
    match event.code().as_str() {
        "F8" => Some(Msg::Looks(Act::Present)),
        "KeyZ" if event.alt_key() && !event.ctrl_key() && !event.meta_key() => {
            Some(if event.shift_key() { Msg::Redo } else { Msg::Undo })
        }
        _ => None,
    }
}

impl App {
    /// The words of the Stage, as the lens has them.
    pub(super) fn stage_words(&self) -> &'static Words {
        match self.looks.lens {
            Lens::Technical => self.lang.words(),
            lens => self.through(lens),
        }
    }

    #[inline(never)]
    fn through(&self, lens: Lens) -> &'static Words {
        lens.words(self.lang)
    }

    #[inline(never)]
    pub(super) fn look_otherwise(&mut self, act: Act) {
        match act {
            Act::Present => self.looks.presenting = !self.looks.presenting,
            Act::Lens(lens) => (self.looks.lens, self.looks.told) = (lens, lens != Lens::Technical),
            Act::Told => self.looks.told = false,
            Act::Compare => {
                let last = self.sitting.session.ticks().len();
                self.looks.moments = match self.looks.moments {
                    Some(_) => None,
                    // What is looked at is compared with now, and now with what was before the last command.
                    None => Some((self.looking.map_or(last.saturating_sub(1), |tick| tick + 1), last)),
                };
                (self.looking, self.tuning, self.panel.open) = (None, false, false);
            }
            Act::From(moment) => self.looks.moments = self.looks.moments.map(|(_, to)| (moment, to)),
            Act::To(moment) => self.looks.moments = self.looks.moments.map(|(from, _)| (from, moment)),
        }
        if let Some((from, to)) = self.looks.moments {
            let later = from.max(to);
            self.looking = later.checked_sub(1).filter(|_| later < self.sitting.session.ticks().len());
        }
    }

    /// Marks on the Stage what an audience should look at, or what differs between two moments.
    #[inline(never)]
    pub(super) fn mark_looks(&mut self, scene: &mut Rc<Scene>) {
        let ticks = self.sitting.session.ticks();
        if let Some((from, to)) = self.looks.moments {
            // After an undo there are fewer moments than were chosen from.
            let (from, to) = (from.min(ticks.len()), to.min(ticks.len()));
            self.looks.moments = Some((from, to));
            self.looks.compared = compare(ticks, from, to, self.lang.words()).unwrap_or_default();
            for (key, class) in self.looks.compared.marks() {
                Rc::make_mut(scene).mark(key, class);
            }
        } else if self.looks.presenting {
            let shown = self.looking.map_or(ticks.len(), |tick| tick + 1);
            let changed = shown.checked_sub(1).and_then(|before| compare(ticks, before, shown, self.lang.words()));
            for (key, _) in changed.unwrap_or_default().marks() {
                Rc::make_mut(scene).mark(key, "lit");
            }
        }
    }

    /// Undo or redo.
    pub(super) fn travel(&mut self, back: bool) {
        let page = &self.lang.words().page;
        let last = |sitting: &Sitting| sitting.session.ticks().last().map(|tick| tick.text.clone()).unwrap_or_default();
        let before = last(&self.sitting);
        let moved = match back {
            true => self.sitting.turn(Input::Undo),
            false => self.sitting.turn(Input::Redo),
        };
        if moved {
            self.said = if back { (page.undone)(&before) } else { (page.redone)(&last(&self.sitting)) };
            (self.looking, self.advice, self.pinned) = (None, None, true);
            self.told = self.sitting.session.ticks().len();
            self.present = self.sitting.present();
            self.progress();
            self.sitting.store();
        }
    }

    /// The newest tick is where the timeline is looked at.
    pub(super) fn show_last_tick(&self) {
        let found = crate::document().and_then(|document| document.query_selector("[data-part=ticks]").ok()?);
        if let Some(ticks) = found {
            ticks.set_scroll_left(ticks.scroll_width());
        }
    }
}
