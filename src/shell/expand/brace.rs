//! Brace expansion (bash): `a{b,c}d`, `{1..5}`, `{a..e..2}`.

use crate::shell::syntax::{Part, Word};
use crate::shell::word::{push_literal, push_quoted};

/// How many characters one word may become in all.
const LIMIT: usize = 1 << 20;
/// How long a word may be in which braces are looked for.
const WORD: usize = 10_000;
/// How deep braces may nest.
const DEPTH: u32 = 50;

/// A character of unquoted text, or a part that braces don't look into.
#[derive(Clone)]
enum Unit {
    Char(char),
    Part(Part),
}

/// Whether a word holds what may be braces.
pub(super) fn may_expand(word: &Word) -> bool {
    word.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.contains('{')))
}

/// The words that a word becomes; nothing if they are too many.
pub(super) fn expand(word: &Word) -> Option<Vec<Word>> {
    let mut units = Vec::new();
    for part in &word.parts {
        match part {
            Part::Literal(text) => units.extend(text.chars().map(Unit::Char)),
            other => units.push(Unit::Part(other.clone())),
        }
    }
    if units.len() > WORD {
        return Some(vec![word.clone()]);
    }
    let mut budget = LIMIT;
    let words = alternatives(&units, DEPTH, &mut budget)?;
    Some(words.into_iter().map(|units| word_of(&units)).collect())
}

fn word_of(units: &[Unit]) -> Word {
    let mut parts = Vec::new();
    for unit in units {
        match unit {
            Unit::Char(c) => push_literal(&mut parts, c.encode_utf8(&mut [0; 4])),
            Unit::Part(Part::Quoted(text)) => push_quoted(&mut parts, text),
            Unit::Part(part) => parts.push(part.clone()),
        }
    }
    Word { parts }
}

fn is(unit: &Unit, wanted: char) -> bool {
    matches!(unit, Unit::Char(c) if *c == wanted)
}

/// All the sequences of units that a sequence becomes.
fn alternatives(units: &[Unit], depth: u32, budget: &mut usize) -> Option<Vec<Vec<Unit>>> {
    let mut results: Vec<Vec<Unit>> = vec![Vec::new()];
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let group = if is(unit, '{') && depth > 0 { group(units, at) } else { None };
        let Some((end, commas)) = group else {
            *budget = budget.checked_sub(results.len())?;
            for result in &mut results {
                result.push(unit.clone());
            }
            at += 1;
            continue;
        };
        let choices = choices(units, at, end, &commas, depth, budget)?;
        let units = |all: &[Vec<Unit>]| all.iter().map(|one| one.len() + 1).sum::<usize>();
        let size =
            units(&results).checked_mul(choices.len())?.checked_add(units(&choices).checked_mul(results.len())?)?;
        *budget = budget.checked_sub(size)?;
        results = results.iter().flat_map(|r| choices.iter().map(|c| [r.as_slice(), c].concat())).collect();
        at = end + 1;
    }
    Some(results)
}

/// What a group of braces offers.
fn choices(
    units: &[Unit],
    at: usize,
    end: usize,
    commas: &[usize],
    depth: u32,
    budget: &mut usize,
) -> Option<Vec<Vec<Unit>>> {
    if commas.is_empty() {
        let inside = units.get(at + 1..end)?;
        let text: String = inside.iter().map(|u| if let Unit::Char(c) = u { *c } else { '\0' }).collect();
        return sequence(&text, budget);
    }
    let mut all = Vec::new();
    let mut from = at + 1;
    for to in commas.iter().copied().chain([end]) {
        all.extend(alternatives(units.get(from..to)?, depth - 1, budget)?);
        from = to + 1;
    }
    Some(all)
}

/// The end of the group that starts at a brace, and its commas; nothing if it is no group.
fn group(units: &[Unit], at: usize) -> Option<(usize, Vec<usize>)> {
    let (mut open, mut commas) = (0_u32, Vec::new());
    for (i, unit) in units.iter().enumerate().skip(at) {
        if is(unit, '{') {
            open += 1;
        } else if is(unit, '}') {
            open -= 1;
            if open == 0 {
                let inside = units.get(at + 1..i)?;
                let text: String = inside.iter().map(|u| if let Unit::Char(c) = u { *c } else { '\0' }).collect();
                return (!commas.is_empty() || is_sequence(&text)).then_some((i, commas));
            }
        } else if is(unit, ',') && open == 1 {
            commas.push(i);
        }
    }
    None
}

fn is_sequence(text: &str) -> bool {
    let mut pieces = text.split("..");
    let (Some(first), Some(last), step, None) = (pieces.next(), pieces.next(), pieces.next(), pieces.next()) else {
        return false;
    };
    let numbers = first.parse::<i64>().is_ok() && last.parse::<i64>().is_ok();
    let letter = |t: &str| t.len() == 1 && t.bytes().all(|b| b.is_ascii_alphabetic());
    (numbers || (letter(first) && letter(last))) && step.is_none_or(|s| s.parse::<i64>().is_ok())
}

/// `1..5`, `a..e`, with an optional step.
fn sequence(text: &str, budget: &mut usize) -> Option<Vec<Vec<Unit>>> {
    if !is_sequence(text) {
        return None;
    }
    let mut pieces = text.split("..");
    let (first, last) = (pieces.next()?, pieces.next()?);
    let step = pieces.next().map_or(1, |s| s.parse::<i64>().unwrap_or(1).unsigned_abs().max(1));
    let width = [first, last]
        .iter()
        .filter(|t| t.trim_start_matches('-').starts_with('0') && t.trim_start_matches('-').len() > 1)
        .map(|_| first.len().max(last.len()))
        .max()
        .unwrap_or(0);
    let number = |t: &str| t.parse::<i64>().ok().or_else(|| t.bytes().next().map(i64::from));
    let (from, to) = (number(first)?, number(last)?);
    let letters = first.parse::<i64>().is_err();
    let count = usize::try_from(from.abs_diff(to) / step + 1).ok()?;
    *budget = budget.checked_sub(count)?;
    let mut all = Vec::new();
    for i in 0..count as u64 {
        let offset = i64::try_from(i * step).ok()?;
        let value = if from <= to { from + offset } else { from - offset };
        let shown =
            if letters { char::from_u32(u32::try_from(value).ok()?)?.to_string() } else { format!("{value:0width$}") };
        all.push(shown.chars().map(Unit::Char).collect());
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words = expand(&Word::literal(text)).expect("few words");
        let texts: Vec<&str> = words.iter().map(|w| w.as_literal().unwrap_or("")).collect();
        assert_eq!(texts.join(" "), expected, "{text}");
    }

    #[test]
    fn braces_expand_as_in_bash() {
        check("{a,b}{1,2}", "a1 a2 b1 b2");
        check("{1..10..3}", "1 4 7 10");
        check("{a..e}", "a b c d e");
        check("{3..1}", "3 2 1");
        check("{01..3}", "01 02 03");
        check("{a}", "{a}");
        check("{a,b", "{a,b");
        check("x{,y}", "x xy");
        check("a{b,c{d,e}}f", "abf acdf acef");
        check("{-1..1}", "-1 0 1");
        check("{{a,b}", "{a {b");
        check("a,b}", "a,b}");
        check("{}", "{}");
    }

    #[test]
    fn too_many_words_are_refused() {
        assert!(expand(&Word::literal("{1..99999999}")).is_none());
        assert!(expand(&Word::literal(&"{a,b}".repeat(40))).is_none());
        assert!(expand(&Word::literal(&"{".repeat(3_000))).is_some());
    }
}
