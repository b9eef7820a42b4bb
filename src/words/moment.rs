//! What is said where two moments of the timeline are compared. The texts stand in `moment/LANGUAGE.txt`.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct MomentWords {
    pub compare: &'static str,
    pub earlier: &'static str,
    pub later: &'static str,
    pub start: &'static str,
    pub appeared: &'static str,
    pub went: &'static str,
    pub changed: &'static str,
    pub equal: &'static str,
}

pub const EN: MomentWords = file_words!(MomentWords, "moment/en.txt", {
    compare, earlier, later, start, appeared, went, changed, equal
}, {});

pub const VI: MomentWords = file_words!(MomentWords, "moment/vi.txt", {
    compare, earlier, later, start, appeared, went, changed, equal
}, {});
