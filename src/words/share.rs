//! What the panel for sharing says. The texts stand in files of their own, `share/LANGUAGE.txt`, so that the page
//! has them with its second half; a line that is missing there does not compile.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct ShareWords {
    pub link: &'static str,
    pub why: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub by_hand: &'static str,
    pub too_long: &'static str,
    pub save: &'static str,
    pub open: &'static str,
    pub restart: &'static str,
    pub forget: &'static str,
    pub forget_ask: &'static str,
    pub visiting: &'static str,
    pub visiting_text: &'static str,
    pub mine: &'static str,
    pub aside: &'static str,
    pub broken: &'static str,
    pub safe: &'static str,
    pub form: &'static str,
    pub damaged: &'static str,
    pub no_session: &'static str,
    pub fell: &'static str,
    pub full: &'static str,
    pub keeping: &'static str,
    pub unkept_full: &'static str,
    pub unkept_blocked: &'static str,
    pub unkept_newer: &'static str,
    pub unkept_beside: &'static str,
    pub unread: &'static str,
}

pub const EN: ShareWords = file_words!(ShareWords, "share/en.txt", {
    link, why, copy, copied, by_hand, too_long, save, open, restart, forget, forget_ask, visiting, visiting_text, mine, aside, broken, safe, form, damaged, no_session, fell, full, keeping, unkept_full, unkept_blocked, unkept_newer, unkept_beside, unread
}, {});

pub const VI: ShareWords = file_words!(ShareWords, "share/vi.txt", {
    link, why, copy, copied, by_hand, too_long, save, open, restart, forget, forget_ask, visiting, visiting_text, mine, aside, broken, safe, form, damaged, no_session, fell, full, keeping, unkept_full, unkept_blocked, unkept_newer, unkept_beside, unread
}, {});
