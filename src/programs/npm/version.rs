//! Versions and ranges of them, as npm reads them (node-semver, "Ranges").

/// Major, minor, patch. The simulated registry holds no pre-releases.
pub type Version = [u64; 3];

/// `1.2.3`; anything else is none.
pub fn parse(text: &str) -> Option<Version> {
    let mut parts = text.trim().trim_start_matches(['v', '=']).split('.');
    let version = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
    parts.next().is_none().then_some(version)
}

pub fn text(version: Version) -> String {
    let [major, minor, patch] = version;
    format!("{major}.{minor}.{patch}")
}

fn number(part: &str) -> Option<u64> {
    part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Alternatives, each from a version up to, and without, another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Range(Vec<(Version, Version)>);

const END: Version = [u64::MAX; 3];

impl Range {
    /// None for what is no range of versions: a tag, an address.
    pub fn parse(text: &str) -> Option<Range> {
        text.split("||").map(alternative).collect::<Option<Vec<_>>>().map(Range)
    }

    pub fn holds(&self, version: Version) -> bool {
        self.0.iter().any(|(low, high)| *low <= version && version < *high)
    }
}

fn alternative(text: &str) -> Option<(Version, Version)> {
    if let Some((low, high)) = text.split_once(" - ") {
        let (low, high) = (bounds(">=", low.trim())?, bounds("<=", high.trim())?);
        return Some((low.0, high.1));
    }
    let mut all = ([0; 3], END);
    let mut operator = String::new();
    for word in text.split_whitespace() {
        let split = word.find(|c: char| !"<>=~^".contains(c)).unwrap_or(word.len());
        let (before, version) = word.split_at(split);
        operator.push_str(before);
        if version.is_empty() {
            continue;
        }
        let (low, high) = bounds(&operator, version)?;
        all = (all.0.max(low), all.1.min(high));
        operator.clear();
    }
    operator.is_empty().then_some(all)
}

/// What one comparator allows.
fn bounds(operator: &str, text: &str) -> Option<(Version, Version)> {
    let text = text.trim_start_matches('v');
    let mut given = Vec::new();
    for part in text.split('.') {
        if matches!(part, "x" | "X" | "*" | "") {
            break;
        }
        given.push(number(part)?);
    }
    if given.len() > 3 {
        return None;
    }
    let part = |at: usize| given.get(at).copied().unwrap_or(0);
    let low = [part(0), part(1), part(2)];
    // The first version above all that begin with the first so many parts.
    let above = |parts: usize| match parts {
        0 => END,
        1 => [low[0].saturating_add(1), 0, 0],
        2 => [low[0], low[1].saturating_add(1), 0],
        _ => [low[0], low[1], low[2].saturating_add(1)],
    };
    let known = given.len();
    Some(match operator {
        "" | "=" => (low, above(known)),
        "^" => {
            let first = low.iter().take(known).position(|part| *part > 0).map_or(known, |at| at + 1);
            (low, above(first))
        }
        "~" | "~>" => (low, above(known.min(2))),
        ">=" => (low, END),
        ">" => (above(known), END),
        "<" => ([0; 3], low),
        "<=" => ([0; 3], above(known)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(range: &str, inside: &[&str], outside: &[&str]) {
        let range = Range::parse(range).expect("a range");
        for text in inside {
            assert!(range.holds(parse(text).expect("a version")), "{text} in {range:?}");
        }
        for text in outside {
            assert!(!range.holds(parse(text).expect("a version")), "{text} out of {range:?}");
        }
    }

    #[test]
    fn ranges() {
        holds("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]);
        holds("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0"]);
        holds("^0.0.3", &["0.0.3"], &["0.0.4"]);
        holds("^4", &["4.0.0", "4.22.3"], &["5.0.0"]);
        holds("~1.3.8", &["1.3.8", "1.3.9"], &["1.4.0"]);
        holds("~1", &["1.9.9"], &["2.0.0"]);
        holds("1.x", &["1.0.0", "1.7.0"], &["2.0.0"]);
        holds("2.0.0", &["2.0.0"], &["2.0.1"]);
        holds(">= 0.6", &["0.6.0", "9.0.0"], &["0.5.9"]);
        holds(">=1.2 <2", &["1.2.0", "1.9.0"], &["2.0.0", "1.1.0"]);
        holds("^12.17.0 || ^14.13 || >=16.0.0", &["12.17.0", "14.13.1", "18.0.0"], &["13.0.0"]);
        holds("1.2.3 - 2.3", &["1.2.3", "2.3.9"], &["2.4.0"]);
        holds("", &["0.0.1", "7.0.0"], &[]);
        holds("*", &["7.0.0"], &[]);
        assert_eq!(Range::parse("next"), None);
        assert_eq!(Range::parse("file:../x"), None);
    }
}
