//! POSIX regular expressions (IEEE Std 1003.1, chapter 9), basic and extended, with GNU's `\w \s \b \< \+ \? \|`.
//!
//! A pattern is compiled to a small program that is run for all alternatives at once (Pike's method): time is
//! pattern times text, whatever the pattern. The leftmost match is found, the longest of those. References
//! back into the match (`\1` in a pattern) have no such method and are refused.

/// How deep groups may nest and how long a program may be.
const DEPTH: usize = 60;
const PROGRAM: usize = 20_000;

#[derive(Clone, Debug)]
enum Inst {
    Char(char),
    /// Any character.
    Any,
    Set {
        negated: bool,
        members: Vec<Member>,
    },
    /// Both are tried; the first is preferred where captures differ.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    Assert(Place),
    Match,
}

#[derive(Clone, Debug)]
enum Member {
    Range(char, char),
    Class(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Start,
    End,
    WordStart,
    WordEnd,
    Border,
    Inside,
}

#[derive(Clone, Debug)]
enum Tree {
    Empty,
    One(Inst),
    All(Vec<Tree>),
    Either(Vec<Tree>),
    Repeat(Box<Tree>, usize, Option<usize>),
    Group(usize, Box<Tree>),
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Regex {
    program: Vec<Inst>,
    fold: bool,
    pub groups: usize,
}

/// Where a match and its groups begin and end, in bytes: positions 2n and 2n+1 for group n.
pub type Match = Vec<Option<usize>>;

pub const CLASSES: [&str; 12] =
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"];

/// Whether a character belongs to a class of the POSIX locale.
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
        _ => c.is_ascii_hexdigit(),
    }
}

fn word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

impl Regex {
    /// Compiles a pattern; `fold` ignores case. The error is as the GNU C library words it.
    pub fn new(pattern: &str, extended: bool, fold: bool) -> Result<Regex, String> {
        let mut parser = Parser { text: pattern.chars().collect(), at: 0, extended, groups: 0, depth: 0 };
        let tree = parser.alternatives()?;
        if parser.at < parser.text.len() {
            return Err("Unmatched ) or \\)".into());
        }
        let mut regex = Regex { program: Vec::new(), fold, groups: parser.groups };
        regex.emit(&Tree::Group(0, Box::new(tree)))?;
        regex.push(Inst::Match)?;
        Ok(regex)
    }

    /// A pattern that matches a text as it stands.
    pub fn literal(text: &str, fold: bool) -> Regex {
        let tree = Tree::All(text.chars().map(|c| Tree::One(Inst::Char(c))).collect());
        let mut regex = Regex { program: Vec::new(), fold, groups: 0 };
        let _ = regex.emit(&Tree::Group(0, Box::new(tree)));
        let _ = regex.push(Inst::Match);
        regex
    }

    fn push(&mut self, inst: Inst) -> Result<usize, String> {
        if self.program.len() >= PROGRAM {
            return Err("Regular expression too big".into());
        }
        self.program.push(inst);
        Ok(self.program.len() - 1)
    }

    fn set(&mut self, at: usize, inst: Inst) {
        if let Some(place) = self.program.get_mut(at) {
            *place = inst;
        }
    }

    fn emit(&mut self, tree: &Tree) -> Result<(), String> {
        match tree {
            Tree::Empty => {}
            Tree::One(inst) => {
                self.push(inst.clone())?;
            }
            Tree::All(parts) => {
                for part in parts {
                    self.emit(part)?;
                }
            }
            Tree::Either(parts) => {
                let mut ends = Vec::new();
                for (n, part) in parts.iter().enumerate() {
                    if n + 1 == parts.len() {
                        self.emit(part)?;
                        break;
                    }
                    let split = self.push(Inst::Match)?;
                    self.emit(part)?;
                    ends.push(self.push(Inst::Match)?);
                    let next = self.program.len();
                    self.set(split, Inst::Split(split + 1, next));
                }
                let end = self.program.len();
                ends.into_iter().for_each(|at| self.set(at, Inst::Jump(end)));
            }
            Tree::Repeat(part, least, most) => {
                for _ in 0..*least {
                    self.emit(part)?;
                }
                match most {
                    None => {
                        let split = self.push(Inst::Match)?;
                        self.emit(part)?;
                        self.push(Inst::Jump(split))?;
                        let end = self.program.len();
                        self.set(split, Inst::Split(split + 1, end));
                    }
                    Some(most) => {
                        let mut splits = Vec::new();
                        for _ in *least..*most {
                            splits.push(self.push(Inst::Match)?);
                            self.emit(part)?;
                        }
                        let end = self.program.len();
                        splits.into_iter().for_each(|at| self.set(at, Inst::Split(at + 1, end)));
                    }
                }
            }
            Tree::Group(number, inner) => {
                self.push(Inst::Save(number * 2))?;
                self.emit(inner)?;
                self.push(Inst::Save(number * 2 + 1))?;
            }
        }
        Ok(())
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// The leftmost, longest match that begins at byte `from` or later.
    pub fn find(&self, text: &str, from: usize) -> Option<Match> {
        let mut machine = Machine { regex: self, seen: vec![0; self.program.len()], step: 0, stack: Vec::new() };
        let mut best: Option<Match> = None;
        let mut now: Vec<(usize, Match)> = Vec::new();
        let mut next: Vec<(usize, Match)> = Vec::new();
        let mut before = text.get(..from)?.chars().next_back();
        let mut rest = text.get(from..)?.char_indices();
        loop {
            let current = rest.next();
            let at = current.map_or(text.len(), |(offset, _)| from + offset);
            let c = current.map(|(_, c)| c);
            let after = |machine: &mut Machine, list: &mut Vec<(usize, Match)>, pc, saved| {
                machine.add(list, pc, saved, at, before, c);
            };
            // Threads came here without their assertions looked at: `add` needs both neighbours.
            machine.step += 1;
            let mut list = Vec::with_capacity(now.len() + 4);
            for (pc, saved) in now.drain(..) {
                after(&mut machine, &mut list, pc, saved);
            }
            if best.is_none() {
                after(&mut machine, &mut list, 0, vec![None; (self.groups + 1) * 2]);
            }
            if list.is_empty() && best.is_some() {
                return best;
            }
            for (pc, saved) in list {
                match self.program.get(pc) {
                    Some(Inst::Match) => {
                        let better = best.as_ref().is_none_or(|best| {
                            let (start, end) = (saved.first(), saved.get(1));
                            start < best.first() || start == best.first() && end > best.get(1)
                        });
                        if better {
                            best = Some(saved);
                        }
                    }
                    Some(inst) if c.is_some_and(|c| self.accepts(inst, c)) => next.push((pc + 1, saved)),
                    _ => {}
                }
            }
            if let Some(best) = &best {
                next.retain(|(_, saved)| saved.first() <= best.first());
            }
            std::mem::swap(&mut now, &mut next);
            if c.is_none() || best.is_some() && now.is_empty() {
                return best;
            }
            before = c;
        }
    }

    fn accepts(&self, inst: &Inst, c: char) -> bool {
        match inst {
            Inst::Char(want) => *want == c || self.fold && lower(*want) == lower(c),
            Inst::Any => true,
            Inst::Set { negated, members } => {
                let holds = |c: char| {
                    members.iter().any(|member| match member {
                        Member::Range(low, high) => (*low..=*high).contains(&c),
                        Member::Class(name) => in_class(name, c),
                    })
                };
                let fold = || self.fold && (holds(lower(c)) || c.to_uppercase().any(holds));
                (holds(c) || fold()) != *negated
            }
            _ => false,
        }
    }
}

struct Machine<'a> {
    regex: &'a Regex,
    /// The step in which each instruction was last reached.
    seen: Vec<u64>,
    step: u64,
    stack: Vec<(usize, Match)>,
}

impl Machine<'_> {
    /// Follows everything that takes no character.
    fn add(
        &mut self,
        list: &mut Vec<(usize, Match)>,
        pc: usize,
        saved: Match,
        at: usize,
        before: Option<char>,
        after: Option<char>,
    ) {
        self.stack.push((pc, saved));
        while let Some((pc, mut saved)) = self.stack.pop() {
            match self.seen.get_mut(pc) {
                Some(seen) if *seen != self.step => *seen = self.step,
                _ => continue,
            }
            match self.regex.program.get(pc) {
                Some(Inst::Jump(to)) => self.stack.push((*to, saved)),
                Some(Inst::Split(first, second)) => {
                    self.stack.push((*second, saved.clone()));
                    self.stack.push((*first, saved));
                }
                Some(Inst::Save(slot)) => {
                    if let Some(place) = saved.get_mut(*slot) {
                        *place = Some(at);
                    }
                    self.stack.push((pc + 1, saved));
                }
                Some(Inst::Assert(place)) => {
                    let (left, right) = (word(before), word(after));
                    let holds = match place {
                        Place::Start => before.is_none(),
                        Place::End => after.is_none(),
                        Place::WordStart => !left && right,
                        Place::WordEnd => left && !right,
                        Place::Border => left != right,
                        Place::Inside => left == right,
                    };
                    if holds {
                        self.stack.push((pc + 1, saved));
                    }
                }
                Some(_) => list.push((pc, saved)),
                None => {}
            }
        }
    }
}

struct Parser {
    text: Vec<char>,
    at: usize,
    extended: bool,
    groups: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Takes an operator: bare in extended patterns, after a backslash in basic ones.
    fn operator(&mut self, c: char) -> bool {
        let found = match self.extended {
            true => self.peek(0) == Some(c),
            false => self.peek(0) == Some('\\') && self.peek(1) == Some(c),
        };
        if found {
            self.at += if self.extended { 1 } else { 2 };
        }
        found
    }

    fn sees(&self, c: char) -> bool {
        match self.extended {
            true => self.peek(0) == Some(c),
            false => self.peek(0) == Some('\\') && self.peek(1) == Some(c),
        }
    }

    fn alternatives(&mut self) -> Result<Tree, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("Regular expression too big".into());
        }
        let mut all = vec![self.sequence()?];
        while self.operator('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.pop().unwrap_or(Tree::Empty) } else { Tree::Either(all) })
    }

    fn sequence(&mut self) -> Result<Tree, String> {
        let mut parts = Vec::new();
        loop {
            let open_group = self.depth > 1 && self.sees(')');
            if self.peek(0).is_none() || self.sees('|') || open_group {
                break;
            }
            if self.depth == 1 && !self.extended && self.sees(')') {
                return Err("Unmatched ) or \\)".into());
            }
            let first = parts.is_empty();
            let atom = self.atom(first)?;
            parts.push(self.repeated(atom)?);
        }
        Ok(Tree::All(parts))
    }

    fn repeated(&mut self, mut atom: Tree) -> Result<Tree, String> {
        // Anchors of basic patterns are not repeated.
        if !self.extended && matches!(atom, Tree::One(Inst::Assert(Place::Start))) {
            return Ok(atom);
        }
        let mut times = 0;
        loop {
            let (least, most) = if self.peek(0) == Some('*') {
                self.at += 1;
                (0, None)
            } else if self.operator('+') {
                (1, None)
            } else if self.operator('?') {
                (0, Some(1))
            } else if self.sees('{') && (!self.extended || self.peek(1).is_some_and(|c| c.is_ascii_digit() || c == ','))
            {
                self.operator('{');
                self.bounds()?
            } else {
                return Ok(atom);
            };
            times += 1;
            if times > DEPTH {
                return Err("Regular expression too big".into());
            }
            // A repeated repetition of the same open kind says nothing more.
            atom = match atom {
                Tree::Repeat(inner, 0, None) if most.is_none() => Tree::Repeat(inner, 0, None),
                atom => Tree::Repeat(Box::new(atom), least, most),
            };
        }
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.text.get(start..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn bounds(&mut self) -> Result<(usize, Option<usize>), String> {
        let least = self.number();
        let most = if self.peek(0) == Some(',') {
            self.at += 1;
            self.number()
        } else {
            least
        };
        if !self.operator('}') {
            return Err("Unmatched { or \\{".into());
        }
        let least = least.unwrap_or(0);
        if least > 32_767 || most.is_some_and(|most| most > 32_767) {
            return Err("Regular expression too big".into());
        }
        if most.is_some_and(|most| most < least) {
            return Err("Invalid content of \\{\\}".into());
        }
        Ok((least, most))
    }

    fn atom(&mut self, first: bool) -> Result<Tree, String> {
        if self.operator('(') {
            self.groups += 1;
            let number = self.groups;
            let inner = self.alternatives()?;
            if !self.operator(')') {
                return Err("Unmatched ( or \\(".into());
            }
            return Ok(Tree::Group(number, Box::new(inner)));
        }
        let Some(c) = self.peek(0) else { return Ok(Tree::Empty) };
        self.at += 1;
        let last = self.peek(0).is_none() || self.sees(')') || self.sees('|');
        Ok(Tree::One(match c {
            '.' => Inst::Any,
            '[' => self.bracket()?,
            '^' if self.extended || first => Inst::Assert(Place::Start),
            '$' if self.extended || last => Inst::Assert(Place::End),
            '*' | '+' | '?' if self.extended && first => {
                // GNU takes a repetition of nothing as nothing, but for `*`, which it takes literally.
                if c == '*' { Inst::Char('*') } else { return Ok(Tree::Empty) }
            }
            '\\' => return self.escape(),
            c => Inst::Char(c),
        }))
    }

    fn escape(&mut self) -> Result<Tree, String> {
        let Some(c) = self.peek(0) else { return Err("Trailing backslash".into()) };
        self.at += 1;
        let set = |negated, name| {
            let members = match name {
                "word" => vec![Member::Class("alnum"), Member::Range('_', '_')],
                _ => vec![Member::Class("space")],
            };
            Inst::Set { negated, members }
        };
        Ok(Tree::One(match c {
            'w' => set(false, "word"),
            'W' => set(true, "word"),
            's' => set(false, "space"),
            'S' => set(true, "space"),
            'b' => Inst::Assert(Place::Border),
            'B' => Inst::Assert(Place::Inside),
            '<' => Inst::Assert(Place::WordStart),
            '>' => Inst::Assert(Place::WordEnd),
            '`' => Inst::Assert(Place::Start),
            '\'' => Inst::Assert(Place::End),
            'n' => Inst::Char('\n'),
            't' => Inst::Char('\t'),
            '1'..='9' => return Err("layerlab: a reference back into the match is not simulated".into()),
            c => Inst::Char(c),
        }))
    }

    fn bracket(&mut self) -> Result<Inst, String> {
        let negated = self.peek(0) == Some('^');
        if negated {
            self.at += 1;
        }
        let mut members = Vec::new();
        let mut first = true;
        loop {
            let Some(c) = self.peek(0) else {
                return Err("Unmatched [, [^, [:, [., or [=".into());
            };
            self.at += 1;
            if c == ']' && !first {
                return Ok(Inst::Set { negated, members });
            }
            first = false;
            if c == '[' && self.peek(0) == Some(':') {
                let rest: String = self.text.iter().skip(self.at + 1).take_while(|c| c.is_ascii_lowercase()).collect();
                let Some(name) = CLASSES.iter().find(|name| **name == rest) else {
                    return Err("Invalid character class name".into());
                };
                self.at += 1 + rest.len();
                if self.peek(0) != Some(':') || self.peek(1) != Some(']') {
                    return Err("Unmatched [, [^, [:, [., or [=".into());
                }
                self.at += 2;
                members.push(Member::Class(name));
                continue;
            }
            let low = c;
            if self.peek(0) == Some('-') && self.peek(1).is_some_and(|c| c != ']') {
                let high = self.peek(1).unwrap_or(low);
                self.at += 2;
                if high < low {
                    return Err("Invalid range end".into());
                }
                members.push(Member::Range(low, high));
            } else {
                members.push(Member::Range(low, low));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(pattern: &str, extended: bool, text: &str) -> Option<String> {
        let regex = Regex::new(pattern, extended, false).expect(pattern);
        let at = regex.find(text, 0)?;
        Some(text[at[0].unwrap_or(0)..at[1].unwrap_or(0)].to_string())
    }

    #[test]
    fn the_leftmost_longest_match_is_found() {
        let cases = [
            ("a|ab", true, "xab", Some("ab")),
            ("b*", true, "abb", Some("")),
            ("b+", true, "abbc", Some("bb")),
            ("b\\+", false, "abbc", Some("bb")),
            ("b+", false, "abbc", None),
            ("^[a-c]*$", true, "abca", Some("abca")),
            ("x{2,3}", true, "axxxxb", Some("xxx")),
            ("\\(ab\\)\\{2\\}", false, "ababab", Some("abab")),
            ("[[:digit:]]+", true, "id 42!", Some("42")),
            ("[]x]", true, "a]", Some("]")),
            ("\\<is", true, "this is", Some("is")),
            ("*a", false, "b*a", Some("*a")),
            ("a$b", false, "a$b", Some("a$b")),
            ("^$", true, "", Some("")),
            ("(a*)*b", true, "aaaab", Some("aaaab")),
            ("(a|b)*c|d", true, "ababd", Some("d")),
            ("h.llo", true, "hệllo", Some("hệllo")),
            ("h.*o", true, "xhệllo", Some("hệllo")),
        ];
        for (pattern, extended, text, want) in cases {
            assert_eq!(found(pattern, extended, text).as_deref(), want, "{pattern} in {text}");
        }
    }

    #[test]
    fn groups_are_saved() {
        let regex = Regex::new("([a-z]+)=([0-9]+)", true, false).expect("compiles");
        let at = regex.find("-- ab=12 ", 0).expect("matches");
        assert_eq!(at, [Some(3), Some(8), Some(3), Some(5), Some(6), Some(8)]);
    }

    #[test]
    fn hostile_patterns_are_refused_or_linear() {
        assert!(Regex::new(&"(".repeat(1000), true, false).is_err());
        assert!(Regex::new("((a{1000}){1000}){1000}", true, false).is_err());
        assert!(Regex::new("a[", true, false).is_err());
        let regex = Regex::new("(a|a)*(a|a)*(a|a)*b", true, false).expect("compiles");
        assert!(!regex.is_match(&"a".repeat(3000)));
    }
}
