//! Regular expressions with look-around, as the rules of normalisation are written in: a backtracking
//! matcher over characters. `^` and `$` are those of lines; a look behind sees one character. A pattern
//! that is not understood panics.

enum Node {
    Set(Set),
    Start,
    End,
    /// `\b`
    Boundary,
    Group(Box<Node>, Option<usize>),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: usize,
        lazy: bool,
    },
    Look {
        node: Box<Node>,
        ahead: bool,
        wanted: bool,
    },
}

struct Set {
    negated: bool,
    items: Vec<Item>,
}

enum Item {
    Range(char, char),
    Digit,
    Word,
    Space(bool),
}

pub struct Pattern {
    root: Node,
    groups: usize,
}

/// The spans of a match and of its groups, in characters.
pub type Spans = Vec<Option<(usize, usize)>>;

/// A match, as text.
pub struct Found<'a> {
    chars: &'a [char],
    spans: Spans,
}

impl Found<'_> {
    pub fn group(&self, number: usize) -> Option<String> {
        let (start, end) = (*self.spans.get(number)?)?;
        Some(self.chars[start..end].iter().collect())
    }

    /// A group's text, or none of it.
    pub fn text(&self, number: usize) -> String {
        self.group(number).unwrap_or_default()
    }
}

impl Pattern {
    pub fn new(pattern: &str) -> Pattern {
        let mut reader = Reader { chars: pattern.chars().collect(), at: 0, groups: 0 };
        let root = reader.either();
        assert_eq!(reader.at, reader.chars.len(), "pattern {pattern}");
        Pattern { root, groups: reader.groups }
    }

    fn match_at(&self, text: &[char], at: usize) -> Option<Spans> {
        let mut spans = vec![None; self.groups + 1];
        let mut end = None;
        let found = run(&self.root, text, at, &mut spans, &mut |to, _| {
            end = Some(to);
            true
        });
        spans[0] = Some((at, end?));
        found.then_some(spans)
    }

    /// A match at the start of the text.
    pub fn at_start<T>(&self, text: &str, see: impl FnOnce(&Found) -> T) -> Option<T> {
        let chars: Vec<char> = text.chars().collect();
        let spans = self.match_at(&chars, 0)?;
        Some(see(&Found { chars: &chars, spans }))
    }

    pub fn is_in(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        (0..=chars.len()).any(|at| self.match_at(&chars, at).is_some())
    }

    /// The text with every match, from left to right, replaced.
    pub fn replace(&self, text: &str, mut with: impl FnMut(&Found) -> String) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at <= chars.len() {
            if let Some(spans) = self.match_at(&chars, at) {
                let end = spans[0].map_or(at, |(_, end)| end);
                out.push_str(&with(&Found { chars: &chars, spans }));
                if end > at {
                    at = end;
                    continue;
                }
            }
            out.extend(chars.get(at));
            at += 1;
        }
        out
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Set {
    fn has(&self, c: char) -> bool {
        let inside = self.items.iter().any(|item| match item {
            Item::Range(from, to) => (*from..=*to).contains(&c),
            Item::Digit => c.is_ascii_digit(),
            Item::Word => is_word(c),
            Item::Space(yes) => c.is_whitespace() == *yes,
        });
        inside != self.negated
    }
}

type Next<'n> = &'n mut dyn FnMut(usize, &mut Spans) -> bool;

fn run(node: &Node, text: &[char], at: usize, spans: &mut Spans, next: Next) -> bool {
    match node {
        Node::Set(set) => text.get(at).is_some_and(|c| set.has(*c)) && next(at + 1, spans),
        Node::Start => (at == 0 || text[at - 1] == '\n') && next(at, spans),
        Node::End => (at == text.len() || text[at] == '\n') && next(at, spans),
        Node::Boundary => {
            let before = at > 0 && is_word(text[at - 1]);
            let after = text.get(at).is_some_and(|c| is_word(*c));
            before != after && next(at, spans)
        }
        Node::Group(node, number) => run(node, text, at, spans, &mut |end, spans| {
            let Some(number) = *number else { return next(end, spans) };
            let old = spans[number].replace((at, end));
            next(end, spans) || {
                spans[number] = old;
                false
            }
        }),
        Node::Sequence(nodes) => sequence(nodes, text, at, spans, next),
        Node::Either(nodes) => nodes.iter().any(|node| run(node, text, at, spans, next)),
        Node::Repeat { node, least, most, lazy } => repeat(node, (*least, *most, *lazy), text, at, spans, next),
        Node::Look { node, ahead, wanted } => {
            let found = if *ahead {
                run(node, text, at, spans, &mut |_, _| true)
            } else {
                (at.saturating_sub(1)..=at).any(|start| run(node, text, start, spans, &mut |end, _| end == at))
            };
            found == *wanted && next(at, spans)
        }
    }
}

fn sequence(nodes: &[Node], text: &[char], at: usize, spans: &mut Spans, next: Next) -> bool {
    match nodes.split_first() {
        None => next(at, spans),
        Some((first, rest)) => run(first, text, at, spans, &mut |at, spans| sequence(rest, text, at, spans, next)),
    }
}

fn repeat(
    node: &Node,
    (least, most, lazy): (usize, usize, bool),
    text: &[char],
    at: usize,
    spans: &mut Spans,
    next: Next,
) -> bool {
    if let Node::Set(set) = node {
        let reach = text[at..].iter().take(most).take_while(|c| set.has(**c)).count();
        if reach < least {
            return false;
        }
        let mut counts = least..=reach;
        return match lazy {
            true => counts.any(|count| next(at + count, spans)),
            false => counts.rev().any(|count| next(at + count, spans)),
        };
    }
    if least > 0 {
        return run(node, text, at, spans, &mut |end, spans| {
            repeat(node, (least - 1, most - 1, lazy), text, end, spans, next)
        });
    }
    if lazy && next(at, spans) {
        return true;
    }
    let more = most > 0
        && run(node, text, at, spans, &mut |end, spans| {
            end > at && repeat(node, (0, most - 1, lazy), text, end, spans, next)
        });
    more || (!lazy && next(at, spans))
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    groups: usize,
}

impl Reader {
    fn take(&mut self, text: &str) -> bool {
        let there = text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c));
        if there {
            self.at += text.chars().count();
        }
        there
    }

    fn either(&mut self) -> Node {
        let mut ways = vec![self.sequence()];
        while self.take("|") {
            ways.push(self.sequence());
        }
        if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) }
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while self.at < self.chars.len() && !matches!(self.chars[self.at], '|' | ')') {
            let node = self.atom();
            nodes.push(self.quantified(node));
        }
        Node::Sequence(nodes)
    }

    fn quantified(&mut self, node: Node) -> Node {
        let (least, most) = match self.chars.get(self.at) {
            Some('?') => (0, 1),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('{') => {
                self.at += 1;
                let least = self.number().unwrap_or(0);
                let most = if self.take(",") { self.number().unwrap_or(usize::MAX) } else { least };
                assert_eq!(self.chars.get(self.at), Some(&'}'));
                (least, most)
            }
            _ => return node,
        };
        self.at += 1;
        let lazy = self.take("?");
        Node::Repeat { node: Box::new(node), least, most, lazy }
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(char::is_ascii_digit) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect::<String>().parse().ok()
    }

    fn atom(&mut self) -> Node {
        for (mark, ahead, wanted) in
            [("(?=", true, true), ("(?!", true, false), ("(?<=", false, true), ("(?<!", false, false)]
        {
            if self.take(mark) {
                let node = Box::new(self.inside());
                return Node::Look { node, ahead, wanted };
            }
        }
        if self.take("(?:") {
            return Node::Group(Box::new(self.inside()), None);
        }
        if self.take("(") {
            self.groups += 1;
            let number = self.groups;
            return Node::Group(Box::new(self.inside()), Some(number));
        }
        let c = self.chars[self.at];
        self.at += 1;
        match c {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::Set(Set { negated: true, items: vec![Item::Range('\n', '\n')] }),
            '[' => Node::Set(self.set()),
            '\\' if self.chars[self.at] == 'b' => {
                self.at += 1;
                Node::Boundary
            }
            '\\' => Node::Set(Set { negated: false, items: vec![self.escape()] }),
            c => Node::Set(Set { negated: false, items: vec![Item::Range(c, c)] }),
        }
    }

    fn inside(&mut self) -> Node {
        let node = self.either();
        assert!(self.take(")"));
        node
    }

    fn escape(&mut self) -> Item {
        let c = self.chars[self.at];
        self.at += 1;
        match c {
            'd' => Item::Digit,
            'w' => Item::Word,
            's' => Item::Space(true),
            'S' => Item::Space(false),
            'n' => Item::Range('\n', '\n'),
            't' => Item::Range('\t', '\t'),
            c => Item::Range(c, c),
        }
    }

    fn set(&mut self) -> Set {
        let negated = self.take("^");
        let mut items = Vec::new();
        while !self.take("]") {
            let c = self.chars[self.at];
            self.at += 1;
            let item = if c == '\\' { self.escape() } else { Item::Range(c, c) };
            let range = self.chars[self.at] == '-' && self.chars[self.at + 1] != ']';
            items.push(match item {
                Item::Range(from, _) if range => {
                    self.at += 2;
                    Item::Range(from, self.chars[self.at - 1])
                }
                item => item,
            });
        }
        Set { negated, items }
    }
}
