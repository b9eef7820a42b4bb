//! Shell patterns: `*`, `?`, `[a-z]`, `[!x]`, `[[:digit:]]`.
//!
//! A pattern is a list of items made from characters that know whether they were quoted. Matching
//! is the classical two-pointer walk: at most pattern times text, never exponential.

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Char(char),
    Any,
    Star,
    Set { negated: bool, members: Vec<Member> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    Range(char, char),
    Class(&'static str),
}

const CLASSES: [&str; 12] =
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"];

/// A compiled pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
}

impl Pattern {
    /// A pattern of unquoted text; a backslash quotes the next character.
    pub fn new(text: &str) -> Pattern {
        let mut chars = Vec::new();
        let mut quoted = false;
        for c in text.chars() {
            if c == '\\' && !quoted {
                quoted = true;
                continue;
            }
            chars.push((c, quoted));
            quoted = false;
        }
        if quoted {
            chars.push(('\\', true));
        }
        Pattern::from_chars(&chars)
    }

    /// A pattern of characters, each with whether it was quoted.
    pub fn from_chars(chars: &[(char, bool)]) -> Pattern {
        let mut items = Vec::new();
        let mut at = 0;
        // Where no closing bracket follows any more, none needs to be sought: linear in all.
        let mut brackets = true;
        while let Some(&(c, quoted)) = chars.get(at) {
            at += 1;
            let item = match c {
                _ if quoted => Item::Char(c),
                '?' => Item::Any,
                '*' if items.last() == Some(&Item::Star) => continue,
                '*' => Item::Star,
                '[' if brackets => match set(chars, at) {
                    Some((item, end)) => {
                        at = end;
                        item
                    }
                    None => {
                        brackets = chars.get(at..).is_some_and(|rest| rest.contains(&(']', false)));
                        Item::Char('[')
                    }
                },
                _ => Item::Char(c),
            };
            items.push(item);
        }
        Pattern { items }
    }

    /// True if the pattern is a plain text: nothing in it is active.
    pub fn is_literal(&self) -> bool {
        self.items.iter().all(|item| matches!(item, Item::Char(_)))
    }

    /// True if the pattern starts with a plain dot, and so may match a hidden file.
    pub fn starts_with_dot(&self) -> bool {
        self.items.first() == Some(&Item::Char('.'))
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    /// Whether all the characters match.
    pub fn matches_chars(&self, text: &[char]) -> bool {
        let (mut item, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.items.get(item) {
                Some(Item::Star) => {
                    retry = Some((item + 1, at));
                    item += 1;
                    continue;
                }
                Some(other) if text.get(at).is_some_and(|c| other.accepts(*c)) => {
                    item += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let Some((after_star, from)) = retry else { return false };
            retry = Some((after_star, from + 1));
            item = after_star;
            at = from + 1;
        }
        self.items.get(item..).is_none_or(|rest| rest.iter().all(|i| *i == Item::Star))
    }

    /// The length in characters of the shortest or longest prefix that matches.
    pub fn prefix(&self, text: &[char], longest: bool) -> Option<usize> {
        // All states at once: linear in the text for each item of the pattern.
        let mut states = vec![false; self.items.len() + 1];
        if let Some(first) = states.first_mut() {
            *first = true;
        }
        self.close(&mut states);
        let mut next = states.clone();
        let mut found = None;
        for at in 0..=text.len() {
            if states.last() == Some(&true) {
                found = Some(at);
                if !longest {
                    return found;
                }
            }
            let Some(c) = text.get(at) else { break };
            if !self.step(&states, &mut next, *c) {
                break;
            }
            std::mem::swap(&mut states, &mut next);
        }
        found
    }

    /// The length in characters of the shortest or longest suffix that matches.
    pub fn suffix(&self, text: &[char], longest: bool) -> Option<usize> {
        let reversed: Vec<char> = text.iter().rev().copied().collect();
        let items = self.items.iter().rev().cloned().collect();
        Pattern { items }.prefix(&reversed, longest)
    }

    /// Lets every state pass the stars in front of it.
    fn close(&self, states: &mut [bool]) {
        for (i, item) in self.items.iter().enumerate() {
            if *item == Item::Star
                && states.get(i) == Some(&true)
                && let Some(next) = states.get_mut(i + 1)
            {
                *next = true;
            }
        }
    }

    /// The states after a character; false if none is left.
    fn step(&self, states: &[bool], next: &mut [bool], c: char) -> bool {
        next.fill(false);
        let mut alive = false;
        for (i, item) in self.items.iter().enumerate() {
            if states.get(i) != Some(&true) {
                continue;
            }
            let target = match item {
                Item::Star => i,
                other if other.accepts(c) => i + 1,
                _ => continue,
            };
            if let Some(state) = next.get_mut(target) {
                *state = true;
                alive = true;
            }
        }
        self.close(next);
        alive
    }
}

impl Item {
    fn accepts(&self, c: char) -> bool {
        match self {
            Item::Char(own) => *own == c,
            Item::Any => true,
            Item::Star => false,
            Item::Set { negated, members } => members.iter().any(|m| m.accepts(c)) != *negated,
        }
    }
}

impl Member {
    fn accepts(&self, c: char) -> bool {
        match self {
            Member::Range(low, high) => (*low..=*high).contains(&c),
            Member::Class(name) => in_class(name, c),
        }
    }
}

/// Whether a character is in a class of POSIX.
pub fn in_class(name: &str, c: char) -> bool {
    match name {
        "alnum" => c.is_alphanumeric(),
        "alpha" => c.is_alphabetic(),
        "blank" => c == ' ' || c == '\t',
        "cntrl" => c.is_control(),
        "digit" => c.is_ascii_digit(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        "lower" => c.is_lowercase(),
        "print" => !c.is_control(),
        "punct" => c.is_ascii_punctuation(),
        "space" => c.is_whitespace(),
        "upper" => c.is_uppercase(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

/// The set whose content starts at `at`, and where the text goes on behind it.
fn set(chars: &[(char, bool)], mut at: usize) -> Option<(Item, usize)> {
    let negated = matches!(chars.get(at), Some(('!' | '^', false)));
    at += usize::from(negated);
    let mut members = Vec::new();
    let mut first = true;
    loop {
        let &(c, quoted) = chars.get(at)?;
        if c == ']' && !quoted && !first {
            return Some((Item::Set { negated, members }, at + 1));
        }
        first = false;
        if c == '['
            && !quoted
            && let Some((class, end)) = class(chars, at + 1)
        {
            members.push(Member::Class(class));
            at = end;
            continue;
        }
        let range = chars.get(at + 1) == Some(&('-', false));
        match chars.get(at + 2) {
            Some(&(high, high_quoted)) if range && (high != ']' || high_quoted) => {
                members.push(Member::Range(c, high));
                at += 3;
            }
            _ => {
                members.push(Member::Range(c, c));
                at += 1;
            }
        }
    }
}

/// `:name:]` at a position, and where the text goes on behind it.
fn class(chars: &[(char, bool)], at: usize) -> Option<(&'static str, usize)> {
    let name: String = chars.get(at..)?.iter().take(10).map(|(c, _)| *c).collect();
    let (inside, _) = name.strip_prefix(':')?.split_once(":]")?;
    let class = CLASSES.into_iter().find(|c| *c == inside)?;
    Some((class, at + class.len() + 3))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let pattern = Pattern::new(pattern);
        for text in yes {
            assert!(pattern.matches(text), "{text:?} must match");
        }
        for text in no {
            assert!(!pattern.matches(text), "{text:?} must not match");
        }
    }

    #[test]
    fn stars_and_marks_match() {
        check("", &[""], &["a"]);
        check("a*", &["a", "ab"], &["ba", ""]);
        check("*.txt", &["a.txt", ".txt"], &["a.txt.gz"]);
        check("?b?", &["abc", "ấbc"], &["bc", "abcd"]);
        check("a*b*c", &["abc", "aXbXbXc"], &["acb"]);
        check(r"\*a", &["*a"], &["xa"]);
        check("**", &["", "abc"], &[]);
    }

    #[test]
    fn sets_match() {
        check("[a-c]x", &["ax", "cx"], &["dx", "x"]);
        check("[!a-c]", &["d"], &["a"]);
        check("[^a-c]", &["d"], &["b"]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("[[:digit:][:upper:]_]*", &["1", "Ax", "_"], &["a"]);
        check("[ab", &["[ab"], &["a"]);
        check("[[:nope:]]", &[":]", "n]"], &["1"]);
        check(r"[\]]", &["]"], &["\\"]);
    }

    #[test]
    fn prefixes_and_suffixes_are_cut() {
        let text: Vec<char> = "archive.tar.gz".chars().collect();
        assert_eq!(Pattern::new("*.").prefix(&text, false), Some(8));
        assert_eq!(Pattern::new("*.").prefix(&text, true), Some(12));
        assert_eq!(Pattern::new(".*").suffix(&text, false), Some(3));
        assert_eq!(Pattern::new(".*").suffix(&text, true), Some(7));
        assert_eq!(Pattern::new("x").prefix(&text, true), None);
        assert_eq!(Pattern::new("").prefix(&text, true), Some(0));
        assert_eq!(Pattern::new("*").prefix(&text, true), Some(14));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let text = "a".repeat(5_000);
        let pattern = format!("{}b", "a*".repeat(500));
        assert!(!Pattern::new(&pattern).matches(&text));
        assert!(Pattern::new(&"[".repeat(100_000)).is_literal());
    }
}
