//! How often somebody may do something: a bucket each that fills by itself. Pure: the time comes with each call.

use std::collections::BTreeMap;

/// Buckets that are remembered; then those that are full again are forgotten.
const KNOWN: usize = 4_096;

pub struct Gate<K> {
    /// How many may go at once, and how many come back in a second.
    size: f64,
    rate: f64,
    /// What was left, and when that was, in milliseconds.
    buckets: BTreeMap<K, (f64, u64)>,
    /// When those that are full again were last forgotten.
    tidied: u64,
}

impl<K: Ord + Clone> Gate<K> {
    pub fn new(size: u32, rate: f64) -> Gate<K> {
        Gate { size: f64::from(size), rate, buckets: BTreeMap::new(), tidied: 0 }
    }

    fn left(&self, key: &K, now: u64) -> f64 {
        let filled = |(left, at): &(f64, u64)| left + now.saturating_sub(*at) as f64 / 1e3 * self.rate;
        self.buckets.get(key).map_or(self.size, filled).min(self.size)
    }

    /// Whether one more may go.
    pub fn open(&self, key: &K, now: u64) -> bool {
        self.left(key, now) >= 1.0
    }

    /// One has gone.
    pub fn take(&mut self, key: &K, now: u64) {
        if self.buckets.len() >= KNOWN && !self.buckets.contains_key(key) {
            self.tidy(now);
            if self.buckets.len() >= KNOWN {
                // Whoever has so many addresses has to wait with all of them: one is forgotten for another.
                self.buckets.pop_first();
            }
        }
        let left = (self.left(key, now) - 1.0).max(0.0);
        self.buckets.insert(key.clone(), (left, now));
    }

    /// Forgets the buckets that are full again, once a second at most: there are many.
    fn tidy(&mut self, now: u64) {
        if now.abs_diff(self.tidied) >= 1_000 {
            self.tidied = now;
            let (size, rate) = (self.size, self.rate);
            self.buckets.retain(|_, (left, at)| *left + now.saturating_sub(*at) as f64 / 1e3 * rate < size);
        }
    }

    /// Takes one if it may go.
    pub fn pass(&mut self, key: &K, now: u64) -> bool {
        let open = self.open(key, now);
        if open {
            self.take(key, now);
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let mut gate = Gate::new(3, 0.5);
        assert_eq!([0, 0, 0, 0].map(|now| gate.pass(&1, now)), [true, true, true, false]);
        assert!(gate.pass(&2, 0), "somebody else");
        assert!(!gate.pass(&1, 1_999) && gate.pass(&1, 2_000) && !gate.pass(&1, 2_001));
        assert_eq!([1_000_000; 4].map(|now| gate.pass(&1, now)), [true, true, true, false]);
        // A clock that goes back fills nothing.
        assert!(!gate.pass(&1, 5));
    }

    #[test]
    fn many_addresses_do_not_fill_the_memory() {
        let mut gate = Gate::new(2, 1.0);
        for key in 0..3 * KNOWN {
            gate.take(&key, 7);
        }
        assert!(gate.buckets.len() <= KNOWN);
        gate.take(&usize::MAX, 1_000_000);
        assert_eq!(gate.buckets.len(), 1, "full ones are forgotten");
    }
}
