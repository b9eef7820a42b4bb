//! Two moments of the timeline beside each other: what came, went and changed between them.

use super::timeline::{Change, ChangeKind, changes};
use crate::model::World;
use crate::session::timeline::Tick;
use crate::words::Words;

/// A moment by its number: 0 is before the first operation, `n` after the operation `n`.
pub type Moment = usize;

/// What lies between two moments, by kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    pub appeared: Vec<Change>,
    pub went: Vec<Change>,
    /// What was written included.
    pub changed: Vec<Change>,
}

impl Comparison {
    pub fn is_empty(&self) -> bool {
        self.appeared.is_empty() && self.went.is_empty() && self.changed.is_empty()
    }

    /// The Stage's keys of what the later moment shows otherwise, each with the class of its mark.
    pub fn marks(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let appeared = self.appeared.iter().map(|change| (change.key.as_str(), "is-new"));
        appeared.chain(self.changed.iter().map(|change| (change.key.as_str(), "is-changed")))
    }
}

/// The World of a moment; nothing while the operation before it still runs.
pub fn world(ticks: &[Tick], moment: Moment) -> Option<&World> {
    match moment.checked_sub(1) {
        None => ticks.first().map(|tick| &tick.before),
        Some(at) => ticks.get(at)?.after.as_ref(),
    }
}

/// Compares two moments; the earlier one comes first whatever the order in which they are given.
pub fn compare(ticks: &[Tick], a: Moment, b: Moment, words: &'static Words) -> Option<Comparison> {
    let (before, after) = (world(ticks, a.min(b))?, world(ticks, a.max(b))?);
    let mut comparison = Comparison::default();
    for change in changes(before, after, words) {
        match change.kind {
            ChangeKind::Appeared => comparison.appeared.push(change),
            ChangeKind::Went => comparison.went.push(change),
            ChangeKind::Changed | ChangeKind::Written => comparison.changed.push(change),
        }
    }
    Some(comparison)
}
