//! Words of a Dockerfile: quotes, escapes and variables, as BuildKit's shell lexer reads them.

use std::collections::BTreeSet;

use super::glob;
use crate::model::limits;

/// Substitutions inside substitutions go no deeper; more is an attack on the stack.
const DEPTH: usize = 50;

/// The variables that a word may name.
pub trait Variables {
    fn get(&self, name: &str) -> Option<String>;
}

/// No variables at all.
pub struct Nothing;

impl Variables for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// Names and values in order; of a name given twice the last counts.
impl Variables for Vec<(String, String)> {
    fn get(&self, name: &str) -> Option<String> {
        self.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

/// How words are read.
#[derive(Clone, Copy, Debug)]
pub struct Lex {
    pub escape: char,
    /// Quotes stay in the result.
    pub raw_quotes: bool,
    /// Escapes stay in the result.
    pub raw_escapes: bool,
    /// Quotes are letters like any other.
    pub skip_quotes: bool,
    /// What names no variable stays as it is.
    pub skip_unset: bool,
}

impl Lex {
    pub fn new(escape: char) -> Lex {
        Lex { escape, raw_quotes: false, raw_escapes: false, skip_quotes: false, skip_unset: false }
    }
}

/// What a word became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    pub text: String,
    /// The text cut at blanks that are neither quoted nor escaped.
    pub words: Vec<String>,
    /// The variables that it names and that are set, and those that are not.
    pub matched: BTreeSet<String>,
    pub unmatched: BTreeSet<String>,
}

/// Takes quotes and escapes off a word and puts variables in.
pub fn expand(lex: Lex, word: &str, variables: &dyn Variables) -> Result<Expanded, String> {
    let mut reader = Reader {
        lex,
        chars: word.chars().collect(),
        at: 0,
        raw_escapes: lex.raw_escapes,
        variables,
        matched: BTreeSet::new(),
        unmatched: BTreeSet::new(),
        depth: 0,
        put: 0,
    };
    match reader.until(None, lex.raw_escapes) {
        Ok((text, words)) => Ok(Expanded { text, words, matched: reader.matched, unmatched: reader.unmatched }),
        Err(why) => Err(format!("failed to process {}: {why}", crate::model::quote::quoted(word))),
    }
}

struct Reader<'a> {
    lex: Lex,
    chars: Vec<char>,
    at: usize,
    raw_escapes: bool,
    variables: &'a dyn Variables,
    matched: BTreeSet<String>,
    unmatched: BTreeSet<String>,
    depth: usize,
    /// Bytes that substitutions have put in.
    put: usize,
}

/// Words as they grow.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    word: String,
    inside: bool,
}

impl Words {
    fn letter(&mut self, c: char) {
        if !c.is_whitespace() {
            self.raw(c);
        } else if self.inside && !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.inside = false;
        }
    }

    fn raw(&mut self, c: char) {
        self.word.push(c);
        self.inside = true;
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    /// Reads up to `stop` (taken, not kept), or to the end.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), String> {
        if self.depth >= DEPTH {
            return Err(format!("layerlab: substitutions more than {DEPTH} deep are not simulated"));
        }
        self.depth += 1;
        let before = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let read = self.read_until(stop);
        self.raw_escapes = before;
        self.depth -= 1;
        read
    }

    fn read_until(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), String> {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                self.at += 1;
                return Ok((text, words.finish()));
            }
            let special = match c {
                '$' => Some(self.dollar()?),
                '<' => Some(self.possible_heredoc()),
                '\'' if !self.lex.skip_quotes => Some(self.single_quoted()?),
                '"' if !self.lex.skip_quotes => Some(self.double_quoted()?),
                _ => None,
            };
            if let Some(piece) = special {
                for letter in piece.chars() {
                    if c == '$' { words.letter(letter) } else { words.raw(letter) }
                }
                words.inside |= c != '$';
                text.push_str(&piece);
                continue;
            }
            self.at += 1;
            if c != self.lex.escape {
                words.letter(c);
                text.push(c);
                continue;
            }
            if self.raw_escapes {
                words.raw(c);
                text.push(c);
            }
            let Some(escaped) = self.next() else { break };
            words.raw(escaped);
            text.push(escaped);
        }
        match stop {
            Some(stop) => Err(format!("unexpected end of statement while looking for matching {stop}")),
            None => Ok((text, words.finish())),
        }
    }

    fn single_quoted(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        if self.lex.raw_quotes {
            text.push('\'');
        }
        loop {
            match self.next() {
                None => return Err("unexpected end of statement while looking for matching single-quote".into()),
                Some('\'') => break,
                Some(c) => text.push(c),
            }
        }
        if self.lex.raw_quotes {
            text.push('\'');
        }
        Ok(text)
    }

    fn double_quoted(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        if self.lex.raw_quotes {
            text.push('"');
        }
        loop {
            match self.peek() {
                None => return Err("unexpected end of statement while looking for matching double-quote".into()),
                Some('"') => break self.at += 1,
                Some('$') => text.push_str(&self.dollar()?),
                Some(c) if c == self.lex.escape => {
                    self.at += 1;
                    if self.raw_escapes {
                        text.push(c);
                    }
                    match self.peek() {
                        None => {}
                        // Only these can be escaped between double quotes.
                        Some(next) if matches!(next, '"' | '$') || next == self.lex.escape => {
                            self.at += 1;
                            text.push(next);
                        }
                        Some(_) => text.push(c),
                    }
                }
                Some(c) => {
                    self.at += 1;
                    text.push(c);
                }
            }
        }
        if self.lex.raw_quotes {
            text.push('"');
        }
        Ok(text)
    }

    fn possible_heredoc(&mut self) -> String {
        self.at += 1;
        if self.peek() != Some('<') {
            return "<".into();
        }
        self.at += 1;
        let mut text = String::from("<<");
        // Blanks between the mark and the word belong to it.
        while let Some(c @ (' ' | '\t' | '\r')) = self.peek() {
            self.at += 1;
            text.push(c);
        }
        text
    }

    fn dollar(&mut self) -> Result<String, String> {
        let piece = self.substitution()?;
        self.put += piece.len();
        if self.put > limits::STRING_BYTES { too_long() } else { Ok(piece) }
    }

    fn substitution(&mut self) -> Result<String, String> {
        self.at += 1;
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".into());
            }
            return Ok(match self.value(&name) {
                None if self.lex.skip_unset => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        self.at += 1;
        match self.peek() {
            None => return Err("syntax error: missing '}'".into()),
            Some('{' | '}' | ':') => return Err("syntax error: bad substitution".into()),
            Some(_) => {}
        }
        let name = self.name();
        match self.next() {
            Some('}') => Ok(match self.value(&name) {
                None if self.lex.skip_unset => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some('/') => self.replaced(&name),
            Some(':') => {
                let modifier = self.next();
                self.modified(&name, modifier, true)
            }
            modifier => self.modified(&name, modifier, false),
        }
    }

    /// A substitution up to its end, where a missing brace has words of its own.
    fn argument(&mut self, stop: char, raw_escapes: bool, missing: &str) -> Result<String, String> {
        match self.until(Some(stop), raw_escapes) {
            Ok((text, _)) => Ok(text),
            Err(_) if self.peek().is_none() => Err(missing.into()),
            Err(why) => Err(why),
        }
    }

    /// `${name-word}`, `${name:+word}`, `${name#pattern}` and the like.
    fn modified(&mut self, name: &str, modifier: Option<char>, colon: bool) -> Result<String, String> {
        // What Go makes of the end of the text.
        let shown = modifier.unwrap_or('\u{fffd}');
        let marks = if colon { format!(":{shown}") } else { shown.to_string() };
        let unsupported = || Err(format!("unsupported modifier ({marks}) in substitution"));
        let pattern = matches!(modifier, Some('#' | '%'));
        if !colon && !matches!(modifier, Some('+' | '-' | '?' | '#' | '%')) || colon && pattern {
            return unsupported();
        }
        let word = self.argument('}', pattern, "syntax error: missing '}'")?;
        let value = self.value(name);
        if self.lex.skip_unset && value.is_none() {
            return Ok(format!("${{{name}{marks}{word}}}"));
        }
        let missing = value.as_ref().is_none_or(|value| colon && value.is_empty());
        match modifier {
            Some('-') => Ok(if missing { word } else { value.unwrap_or_default() }),
            Some('+') => Ok(if missing { String::new() } else { word }),
            Some('?') if missing => {
                let state = if value.is_none() { "unset" } else { "empty" };
                let message = if word.is_empty() { format!("is not allowed to be {state}") } else { word };
                Err(format!("{name}: {message}"))
            }
            Some('?') => Ok(value.unwrap_or_default()),
            Some(mark @ ('#' | '%')) => trimmed(&value.unwrap_or_default(), mark, &word),
            _ => unsupported(),
        }
    }

    /// `${name/pattern/text}` and, with two slashes, every match.
    fn replaced(&mut self, name: &str) -> Result<String, String> {
        let all = self.peek() == Some('/');
        if all {
            self.at += 1;
        }
        let pattern = self.argument('/', true, "syntax error: missing '/' in ${}")?;
        let by = self.argument('}', true, "syntax error: missing '}'")?;
        let Some(value) = self.value(name) else {
            return Ok(if self.lex.skip_unset { format!("${{{name}/{pattern}/{by}}}") } else { String::new() });
        };
        let found = glob::Pattern::substitution(&pattern)
            .map_err(|why| format!("invalid pattern ({pattern}) in substitution: {why}"))?;
        // At most one match a letter, and one at the end.
        if (value.len() + 1).saturating_mul(by.len()) > limits::VALUES_BYTES {
            return too_long();
        }
        Ok(found.replace(&value, &by, all))
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if name.is_empty() && c.is_numeric() {
                while let Some(digit) = self.peek().filter(|c| c.is_numeric()) {
                    self.at += 1;
                    name.push(digit);
                }
                return name;
            }
            if name.is_empty() && matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
                self.at += 1;
                return c.to_string();
            }
            if !c.is_alphanumeric() && c != '_' {
                break;
            }
            self.at += 1;
            name.push(c);
        }
        name
    }

    fn value(&mut self, name: &str) -> Option<String> {
        let value = self.variables.get(name);
        let set = if value.is_some() { &mut self.matched } else { &mut self.unmatched };
        set.insert(name.to_string());
        value
    }
}

fn too_long() -> Result<String, String> {
    Err("layerlab: value too long".into())
}

/// The value without what the pattern matches at its start (`#`) or end (`%`); a doubled mark takes the most.
fn trimmed(value: &str, mark: char, word: &str) -> Result<String, String> {
    let (most, pattern) = match word.strip_prefix(mark) {
        Some(pattern) => (true, pattern),
        None => (false, word),
    };
    let bad = |why: String| format!("invalid pattern ({pattern}) in substitution: {why}");
    let found = glob::Pattern::substitution(pattern).map_err(bad)?;
    let chars: Vec<char> = value.chars().collect();
    Ok(if mark == '#' {
        let from = found.prefix(&chars, most).unwrap_or(0);
        chars[from..].iter().collect()
    } else {
        let until = found.suffix(&chars, most).unwrap_or(chars.len());
        chars[..until].iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars() -> Vec<(String, String)> {
        let list = [("A", "apple"), ("EMPTY", ""), ("PATHS", "/a/b/c.tar.gz"), ("S", "x y")];
        list.map(|(name, value)| (name.to_string(), value.to_string())).to_vec()
    }

    fn word(text: &str) -> String {
        expand(Lex::new('\\'), text, &vars()).map_or_else(|why| format!("! {why}"), |done| done.text)
    }

    #[test]
    fn every_form_of_a_substitution() {
        for (text, expected) in [
            ("$A ${A} $NO ${NO}.", "apple apple  ."),
            ("'$A' \"$A\" \\$A \"\\$A\"", "$A apple $A $A"),
            ("${NO-n} ${NO:-n} ${EMPTY-n} ${EMPTY:-n} ${A:-n}", "n n  n apple"),
            ("${NO+y}|${EMPTY+y}|${EMPTY:+y}|${A:+y}", "|y||y"),
            ("${A:?gone}${A?gone}", "appleapple"),
            ("${PATHS#*/}|${PATHS##*/}|${PATHS%.*}|${PATHS%%.*}", "a/b/c.tar.gz|c.tar.gz|/a/b/c.tar|/a/b/c"),
            ("${A/p/P}|${A//p/P}|${A/?p/_}|${A//[/x}", "aPple|aPPle|_ple|apple"),
            ("${PATHS//\\//:}", ":a:b:c.tar.gz"),
            ("${NO:-${A:+${EMPTY:-deep}}}", "deep"),
            ("$ a$", "$ a$"),
            ("\\a\\\\ \"\\a\"", "a\\ \\a"),
            ("$1x ${A}b", "x appleb"),
        ] {
            assert_eq!(word(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_as_buildkit_says_it() {
        for (text, why) in [
            ("${A", "unsupported modifier (\u{fffd}) in substitution"),
            ("${", "syntax error: missing '}'"),
            ("${}", "syntax error: bad substitution"),
            ("${A:-x", "syntax error: missing '}'"),
            ("${A/x}", "syntax error: missing '/' in ${}"),
            ("${A:#x}", "unsupported modifier (:#) in substitution"),
            ("${NO:?}", "NO: is not allowed to be unset"),
            ("${EMPTY:?say}", "EMPTY: say"),
            ("'x", "unexpected end of statement while looking for matching single-quote"),
            ("\"x", "unexpected end of statement while looking for matching double-quote"),
        ] {
            let quoted = crate::model::quote::quoted(text);
            assert_eq!(word(text), format!("! failed to process {quoted}: {why}"), "{text}");
        }
        let deep = "${NO:-".repeat(10_000);
        assert!(word(&deep).starts_with("! "));
    }

    #[test]
    fn a_value_that_doubles_is_refused_by_the_limit() {
        let mut known = vec![("A".to_string(), "0123456789".to_string())];
        let grow = |known: &Vec<_>, by: &str| expand(Lex::new('\\'), by, known);
        let doubled = loop {
            match grow(&known, "$A\"$A\"") {
                Ok(done) => known[0].1 = done.text,
                Err(why) => break why,
            }
        };
        assert_eq!(doubled, "failed to process \"$A\\\"$A\\\"\": layerlab: value too long");
        assert!(known[0].1.len() > limits::STRING_BYTES / 2);
        assert!(grow(&known, "${A//?/$A}").is_err_and(|why| why.ends_with("layerlab: value too long")));
    }

    #[test]
    fn words_are_cut_at_blanks_that_nobody_quotes() {
        let words = |text: &str| expand(Lex::new('\\'), text, &vars()).map(|done| done.words).unwrap_or_default();
        assert_eq!(words("a 'b c' $S d\\ e"), ["a", "b c", "x", "y", "d e"]);
        assert_eq!(words("cat << EOF > x"), ["cat", "<< EOF", ">", "x"]);
        let unset = Lex { skip_unset: true, ..Lex::new('\\') };
        let kept = expand(unset, "$NO ${NO:-x} $A", &vars()).unwrap_or_default();
        assert_eq!(kept.text, "$NO ${NO:-x} apple");
        assert_eq!((kept.matched.len(), kept.unmatched.len()), (1, 1));
    }
}
