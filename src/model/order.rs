//! Sorting, written once.
//!
//! The standard library's sort is a new four kilobytes of code for every type and every
//! comparison, and the page has some fifty of them. Here the positions are sorted (a stable merge
//! sort behind one comparison of positions), then the values are put in their places.

use std::cmp::Ordering;

/// Stable sorting of slices, for what a reader counts in hundreds.
pub trait Order<T> {
    /// Puts the values in their own order.
    fn order(&mut self)
    where
        T: Ord;

    /// Puts the values in the order that `compare` says; equals stay as they stand.
    fn order_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// Puts the values in the order of what `key` says of them.
    fn order_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);
}

impl<T> Order<T> for [T] {
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }

    fn order_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let swaps = swaps(&sorted(self.len(), &|a, b| compare(&self[a], &self[b])));
        for (one, other) in swaps {
            self.swap(one, other);
        }
    }

    fn order_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The positions in the order of their values.
fn sorted(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let (mut runs, mut merged): (Vec<usize>, Vec<usize>) = ((0..len).collect(), Vec::with_capacity(len));
    let mut width = 1;
    while width < len {
        for pair in runs.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([a, lefts @ ..], [b, rights @ ..]) = (left, right) {
                if compare(*a, *b) == Ordering::Greater {
                    merged.push(*b);
                    right = rights;
                } else {
                    merged.push(*a);
                    left = lefts;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut runs, &mut merged);
        merged.clear();
        width *= 2;
    }
    runs
}

/// The swaps that bring the value at `sources[at]` to `at`, for every position.
fn swaps(sources: &[usize]) -> Vec<(usize, usize)> {
    let mut held: Vec<usize> = (0..sources.len()).collect();
    let mut place = held.clone();
    let mut swaps = Vec::new();
    for (at, &wanted) in sources.iter().enumerate() {
        let from = place[wanted];
        if from != at {
            swaps.push((at, from));
            held.swap(at, from);
            place[held[from]] = from;
            place[wanted] = at;
        }
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the standard sort is what ours is held against")]
    fn agrees_with_the_standard_sort_and_is_stable() {
        let mut dice = 3_u32;
        for len in (0..40).chain([257, 1000]) {
            let values: Vec<(u32, usize)> = (0..len)
                .map(|at| {
                    dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((dice >> 16) % 17, at)
                })
                .collect();
            let (mut ours, mut theirs) = (values.clone(), values.clone());
            ours.order_by_key(|(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            assert_eq!(ours, theirs);
            ours.order_by(|a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            assert_eq!(ours, theirs);
            ours.order();
            assert_eq!(
                ours,
                values.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
            );
        }
    }
}
