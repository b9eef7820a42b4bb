//! The nearest name to a mistyped one.

/// The candidate with the fewest typing slips from `word`, if they are few for its length.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0 | 1 => return None,
        2 | 3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    let distances = candidates.filter(|name| *name != word).map(|name| (slips(word, name), name));
    // A letter left out is a commoner slip than one too many.
    let key = |(slips, name): &(usize, &str)| (*slips, std::cmp::Reverse(name.len()));
    distances.filter(|(slips, _)| *slips <= most).min_by_key(key).map(|(_, name)| name)
}

/// Letters to add, drop, change or swap with their neighbour (Damerau-Levenshtein, optimal alignment).
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (a, b, count) in
            [("web", "web", 0), ("web", "wbe", 1), ("dokcer", "docker", 1), ("", "ab", 2), ("rum", "run", 1)]
        {
            assert_eq!(slips(a, b), count, "{a} {b}");
        }
        assert_eq!(nearest("imags", ["images", "image", "ps"].into_iter()), Some("images"));
        assert_eq!(nearest("x", ["y"].into_iter()), None);
        assert_eq!(nearest("build", ["ps", "exec"].into_iter()), None);
    }
}
